"""The addresses of the mirror's pages."""

from django.urls import path, register_converter

from orders.numbers import NumberConverter
from orders.views import channels, detail, export, list, look_up, notes, saved, statistics, support, sync

register_converter(NumberConverter, "number")

app_name = "orders"
urlpatterns = [
    path("orders/", list.orders, name="list"),
    path("orders/<number:number>/", detail.detail, name="detail"),
    path("orders/<number:number>/state/", detail.state, name="state"),
    path("orders/<number:number>/refresh/", detail.refresh, name="refresh"),
    path("orders/<number:number>/notes/", notes.order_notes, name="notes"),
    path("orders/<number:number>/look-up/", look_up.look_up, name="look-up"),
    path("notes/", notes.many, name="many-notes"),
    path("exports/orders/", export.export, name="export"),
    path("exports/statistics/", statistics.export, name="statistics-export"),
    path("views/", saved.views, name="views"),
    path("views/columns/", saved.columns, name="columns"),
    path("views/<int:pk>/", saved.view, name="view"),
    path("views/<int:pk>/removal/", saved.removal, name="view-removal"),
    path("views/<int:pk>/place/", saved.place, name="view-place"),
    path("support/", support.look_up, name="support"),
    path("statistics/", statistics.statistics, name="statistics"),
    path("statistics/gestures/", statistics.gestures, name="statistics-gestures"),
    path("sync/", sync.sync, name="sync"),
    path("sync/freshness/", sync.freshness, name="freshness"),
    path("sync/period/", sync.period, name="period"),
    path("sync/quarantine/<int:pk>/", sync.quarantine, name="quarantine"),
    path("sync/quarantine/<int:pk>/again/", sync.again, name="again"),
    path("settings/channels/", channels.channels, name="channels"),
    path("settings/channels/<int:pk>/", channels.channel, name="channel"),
]

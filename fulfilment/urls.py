"""The addresses of every page that asks something of the marketplace, and of the outbox."""

from django.urls import path

import orders.urls  # noqa: F401  (registers the converter `number`)
from fulfilment.views import approval, shipment

app_name = "fulfilment"
urlpatterns = [
    path("orders/<number:number>/approval/", approval.approval, name="approval"),
    path("orders/<number:number>/approval/refusal/", approval.refusal, name="refusal"),
    path("orders/<number:number>/shipment/", shipment.shipment, name="shipment"),
    path("orders/<number:number>/shipment/look/", shipment.look, name="shipment-look"),
    path("orders/<number:number>/shipment/carriers/", shipment.carriers, name="shipment-carriers"),
]

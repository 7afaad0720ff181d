"""The addresses of the settings."""

from django.urls import path

from backoffice.administration import index, shop

urlpatterns = [
    path("settings/", index.index, name="settings"),
    path("settings/shop/", shop.overview, name="settings-shop"),
    path("settings/shop/<slug:section>/", shop.section, name="settings-shop-section"),
]

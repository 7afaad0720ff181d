"""Every address of the site. Apps are named by strings: nothing here imports upward."""

from django.conf import settings
from django.urls import include, path

from backoffice import export_pages, health, styleguide

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("exports/", export_pages.listed, name="exports"),
    path("exports/<int:pk>/file/", export_pages.file, name="export-file"),
    path("exports/<int:pk>/stop/", export_pages.stop, name="export-stop"),
    path("", include("backoffice.people.urls")),
    path("", include("backoffice.administration.urls")),
    path("", include("orders.urls")),
    path("", include("fulfilment.urls")),
]
if settings.DEBUG:
    urlpatterns.append(path("styleguide/", styleguide.styleguide, name="styleguide"))

handler429 = "backoffice.people.login.too_many"
handler400 = "backoffice.errors.too_much"
handler403 = "backoffice.errors.forbidden"
handler404 = "backoffice.errors.not_found"
handler500 = "backoffice.errors.broken"

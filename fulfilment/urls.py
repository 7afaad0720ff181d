"""The addresses of every page that asks something of the marketplace, and of the outbox."""

from django.urls import path

import orders.urls  # noqa: F401  (registers the converter `number`)
from fulfilment.views import (
    approval,
    batches,
    cancellation,
    gesture,
    gestures,
    imports,
    invoice,
    outbox,
    requests,
    shipment,
    warehouse,
)

app_name = "fulfilment"
urlpatterns = [
    path("warehouse/", warehouse.warehouse, name="warehouse"),
    path("warehouse/next/", warehouse.next_order, name="warehouse-next"),
    path("warehouse/truck/", warehouse.truck, name="truck"),
    path("orders/<number:number>/claim/", warehouse.claim, name="claim"),
    path("orders/<number:number>/claim/release/", warehouse.release, name="claim-release"),
    path("orders/<number:number>/hold/", warehouse.hold, name="hold"),
    path("orders/<number:number>/approval/", approval.approval, name="approval"),
    path("orders/<number:number>/approval/refusal/", approval.refusal, name="refusal"),
    path("orders/<number:number>/shipment/", shipment.shipment, name="shipment"),
    path("orders/<number:number>/shipment/look/", shipment.look, name="shipment-look"),
    path("orders/<number:number>/shipment/carriers/", shipment.carriers, name="shipment-carriers"),
    path("outbox/batches/", batches.batches, name="batches"),
    path("outbox/batches/<int:pk>/", batches.batch, name="batch"),
    path("outbox/batches/<int:pk>/pause/", batches.pause, name="batch-pause"),
    path("outbox/batches/<int:pk>/withdrawal/", batches.withdrawal, name="batch-withdrawal"),
    path("outbox/batches/<int:pk>/numbers/", batches.numbers, name="batch-numbers"),
    path("outbox/batches/<int:pk>/orders/<int:position>/", batches.item, name="batch-item"),
    path("orders/<number:number>/cancellation/", cancellation.cancellation, name="cancellation"),
    path("orders/<number:number>/gesture/", gesture.gesture, name="gesture"),
    path("orders/<number:number>/requests/", requests.requests, name="requests"),
    path("outbox/", outbox.outbox, name="outbox"),
    path("outbox/pause/", outbox.pause, name="pause"),
    path("outbox/pause/<slug:slug>/end/", outbox.resume, name="resume"),
    path("outbox/installation/", outbox.adopt, name="adopt"),
    path("outbox/<int:pk>/<slug:step>/", requests.step, name="step"),
    path("orders/<number:number>/invoice/", invoice.invoice, name="invoice"),
    path("orders/<number:number>/invoice/<int:pk>/", invoice.kept, name="invoice-file"),
    path("invoices/", invoice.invoices, name="invoices"),
    path("gestures/", gestures.gestures, name="gestures"),
    path("gestures/file/", gestures.file, name="gestures-file"),
    path("imports/", imports.imports, name="imports"),
    path("imports/<int:pk>/", imports.check, name="import"),
    path("imports/<int:pk>/columns/", imports.columns, name="import-columns"),
    path("imports/<int:pk>/sending/", imports.sending, name="import-sending"),
    path("imports/<int:pk>/rows/", imports.rows, name="import-rows"),
    path("imports/<int:pk>/file/", imports.file, name="import-file"),
]

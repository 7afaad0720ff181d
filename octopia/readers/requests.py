"""Reads what was asked of the marketplace: cancellations, gestures, invoices, and the answers to a write."""

from typing import Any
from urllib.parse import unquote, urlsplit

from octopia.readers.document import LONG, Malformed, Node, Reading, decode, named, nameless, page
from octopia.schema import (
    CancellationRequest,
    CancelledLine,
    Complaint,
    GestureAmount,
    GestureConfiguration,
    GestureRequest,
    InvoiceDocument,
    InvoiceFile,
    InvoiceImport,
    Page,
    Reason,
)

IDENTIFIERS = ("cancellationRequestId", "requestId", "partialCancellationRequestId", "importId")
IDENTIFIER = 200  # signs


def read_reasons(body: bytes) -> Page[Reason]:
    """E7; nobody shows its shape, so the code may stand under four names (simulator)."""
    return page(body, _reason, nameless)


def read_cancellations(body: bytes) -> Page[CancellationRequest]:
    """A page of E10."""
    return page(body, _cancellation, named("cancellationRequestId"))


def read_gestures(body: bytes) -> Page[GestureRequest]:
    """A page of E14."""
    return page(body, _gesture, named("requestId"))


def read_gesture(body: bytes) -> GestureRequest:
    """E15; raises Malformed."""
    return _gesture(decode(body))


def read_gesture_amount(body: bytes) -> GestureAmount:
    """E11; raises Malformed."""
    root = Reading(decode(body)).root
    if (allowable := root.number("allowableAmount")) is None:
        raise Malformed("allowableAmount is missing.")
    return GestureAmount(allowable=allowable, order=root.text("orderId"), currency=root.text("currencyCode"))


def read_gesture_configuration(body: bytes) -> GestureConfiguration:
    """E12; raises Malformed."""
    root = Reading(decode(body)).root
    if (allowed := root.flag("allowsGesture")) is None:
        raise Malformed("allowsGesture is missing.")
    return GestureConfiguration(
        allowed=allowed,
        channel=root.text("salesChannelId"),
        max_rate=root.number("maxRate"),
        max_amount=root.number("maxAmount"),
        currency=root.text("currencyCode"),
    )


def read_invoice_documents(body: bytes) -> Page[InvoiceDocument]:
    """E16."""
    return page(body, _document, nameless)


def read_invoice_imports(body: bytes) -> Page[InvoiceImport]:
    """A page of E17."""
    return page(body, _import, named("importId"))


def read_invoice_import(body: bytes) -> InvoiceImport:
    """E17 for one import; raises Malformed."""
    return _import(decode(body))


def read_identifier(body: bytes, *locations: str) -> str:
    """The id of a request just made: from the body, else the end of a Location; "" when nobody tells (inferred)."""
    try:
        document = decode(body) if body.strip() else None
    except Malformed:
        document = None
    if isinstance(document, dict):
        for name in IDENTIFIERS:
            if found := _identifier(document.get(name)):
                return found
    for location in locations:
        try:
            last = urlsplit(location).path.rstrip("/").rpartition("/")[2]
        except ValueError:
            continue
        if found := _identifier(unquote(last)):
            return found
    return ""


def _identifier(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**20:
        value = str(value)
    sound = isinstance(value, str) and 0 < len(value) <= IDENTIFIER and value.isprintable()
    return value if sound else ""


def _reason(document: Any) -> Reason:
    root = Reading(document).root
    for name in ("code", "reason", "reference", "id"):
        if code := root.text(name):
            return Reason(code=code, label=root.text("label"))
    raise Malformed("code is missing.")


def _cancellation(document: Any) -> CancellationRequest:
    root = Reading(document).root
    author = root.child("requestedBy")
    return CancellationRequest(
        id=root.required("cancellationRequestId"),
        order=root.required("orderSellerId"),
        channel=root.text("salesChannel"),
        kind=root.text("type"),
        status=root.text("status"),
        reason=root.text("reason"),
        asked_by=author.text("userType"),
        asked_by_id=author.identity("userId"),
        lines=tuple(
            CancelledLine(
                code=line.required("lineId"),
                offer_id=line.text("offerId"),
                reason=line.text("reason"),
                refund_shipping=line.flag("shippingCostRefund"),
                status=line.text("status"),
            )
            for line in root.children("lines")
        ),
        complaints=_complaints(root),
        created_at=root.moment("createdAt"),
        changed_at=root.moment("updatedAt"),
    )


def _gesture(document: Any) -> GestureRequest:
    root = Reading(document).root
    return GestureRequest(
        id=root.required("requestId"),
        order=root.required("orderId"),
        channel=root.text("salesChannelId"),
        reason=root.text("reason"),
        details=root.text("reasonDetails", LONG),
        amount=root.number("amount"),
        currency=root.text("currencyCode"),
        status=root.text("status"),
        complaints=_complaints(root),
        created_at=root.moment("createdAt"),
        changed_at=root.moment("updatedAt"),
    )


def _document(document: Any) -> InvoiceDocument:
    root = Reading(document).root
    return InvoiceDocument(
        name=root.text("fileName"),
        import_id=root.text("importId"),
        status=root.text("status"),
        created_at=root.moment("createdAt"),
    )


def _import(document: Any) -> InvoiceImport:
    root = Reading(document).root
    return InvoiceImport(
        id=root.required("importId"),
        status=root.required("status"),
        created_at=root.moment("createdAt"),
        files=tuple(
            InvoiceFile(
                name=file.required("fileName"),
                status=file.text("status"),
                step=file.text("integrationStatus"),
                complaints=_complaints(file),
            )
            for file in root.children("files", limit=10_000)
        ),
    )


def _complaints(node: Node) -> tuple[Complaint, ...]:
    return tuple(
        Complaint(code=entry.identity("code"), message=entry.text("message", LONG)) for entry in node.children("errors")
    )

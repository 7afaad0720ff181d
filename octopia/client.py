"""The marketplace's operations E1 to E18, one method per endpoint; no retries, no cache, no policy.

What a method may raise stands in `octopia.errors`. A read raises Untouched (Busy, Unauthorized, Forbidden) when it may
be asked again, Rejected (Missing, Conflict) when the answer is no, Odd when nobody foresaw it. A write raises the same,
and Unanswered when its outcome is not known; it returns once the marketplace has taken it, which proves no effect.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Literal, TypedDict, Unpack

from octopia.answers import Answer
from octopia.calls import Caller, segment
from octopia.errors import Illegible
from octopia.readers import orders as orders_
from octopia.readers import requests as requests_
from octopia.readers import shop as shop_
from octopia.schema import (
    CancellationRequest,
    Carrier,
    GestureAmount,
    GestureConfiguration,
    GestureRequest,
    Indicator,
    InvoiceDocument,
    InvoiceImport,
    LineCancellation,
    Order,
    Page,
    Reason,
    Seller,
    Shipment,
    Subscription,
    Unreadable,
)

Sort = Literal["", "changed_at", "created_at", "ship_by"]

SORTS: Mapping[str, str] = {"changed_at": "updatedAt", "created_at": "createdAt", "ship_by": "shippedAtMax"}
KINDS = {"pdf": "application/pdf", "xml": "application/xml", "zip": "application/zip"}


class Filters(TypedDict, total=False):
    """What orders are asked for. Times must be aware; both ends are inclusive (clients). Without a date only the latest
    orders come (documented)."""

    channel_number: str
    channel: str
    business: bool | None
    status: Iterable[str]
    supply_mode: Iterable[str]
    country: str
    changed_min: datetime | None
    changed_max: datetime | None
    created_min: datetime | None
    created_max: datetime | None
    ship_by_min: datetime | None
    ship_by_max: datetime | None


class Client(Caller):
    """The marketplace for one seller; its making and its one repetition after a 401 are those of `Caller`."""

    # orders

    def orders(
        self,
        *,
        page: int = 1,
        size: int = 100,
        sort: Sort = "changed_at",
        descending: bool = False,
        after: str = "",
        **filters: Unpack[Filters],
    ) -> Page[Order]:
        """E1. `page` from 1, `size` at most 100; `after` is the `next` of the page before and replaces all the rest.
        The order of the answer is a wish: the marketplace may ignore it silently (clients)."""
        query = _filters(filters)
        query += [("pageIndex", str(page)), ("pageSize", str(size))]
        if sort:
            query.append(("sort", SORTS[sort]))
            if descending:
                query.append(("desc", SORTS[sort]))
        return self._list("/orders", orders_.read_orders, query, after)

    def count(self, **filters: Unpack[Filters]) -> int:
        """E2."""
        return self._read("/orders/count", shop_.read_count, _filters(filters))

    def order(self, number: str) -> Order:
        """E3. Raises Illegible, with the record, when it came and cannot be understood."""
        read = self._read(f"/orders/{segment(number)}", orders_.read_order)
        if isinstance(read, Order) and read.number.casefold() != number.strip().casefold():
            read = Unreadable(raw=b"", reason="The marketplace answered with another order.", number=number)
        if isinstance(read, Unreadable):
            raise Illegible(read)
        return read

    def decide(self, number: str, accepted: bool) -> None:
        """E4: accept the order, or refuse it."""
        document = {"approval_status": "Accepted" if accepted else "Refused"}
        self._post(f"/orders/{segment(number)}/approval-status", document)

    def ship(self, number: str, parcels: Iterable[Shipment]) -> None:
        """E5: declare parcels."""
        document = [
            {"parcelNumber": parcel.number, "carrierName": parcel.carrier}
            | ({"trackingUrl": parcel.url} if parcel.url else {})
            | {"orderLineIds": list(parcel.lines)}
            for parcel in parcels
        ]
        self._post(f"/orders/{segment(number)}/shipments", document)

    def carriers(self) -> Page[Carrier]:
        """E6, whole."""
        return self._list("/carriers", shop_.read_carriers)

    # cancellations

    def cancellation_reasons(self, channel: str, status: str, user_type: str = "Seller") -> Page[Reason]:
        """E7, whole: the reasons that hold for a channel and the status of an order or line."""
        query = _given(salesChannel=channel, userType=user_type, orderStatus=status)
        return self._list("/cancellation-reasons", requests_.read_reasons, query)

    def cancel(self, number: str, *, reason: str, refund_shipping: bool) -> str:
        """E8: ask for the whole order. The id of the request, "" when the answer tells none."""
        document = {"orderSellerId": number, "reason": reason, "shippingCostRefund": refund_shipping}
        return self._ask("/order-cancellation-requests", document)

    def cancel_lines(self, number: str, lines: Iterable[LineCancellation]) -> str:
        """E9: ask for some lines. The id of the request, "" when the answer tells none."""
        document = {
            "orderSellerId": number,
            "lines": [
                {
                    "lineId": line.code,
                    "offerId": line.offer_id,
                    "reason": line.reason,
                    "shippingCostRefund": line.refund_shipping,
                }
                for line in lines
            ],
        }
        return self._ask("/order-partial-cancellation-requests", document)

    def cancellations(
        self,
        *,
        order: str = "",
        request: str = "",
        line: str = "",
        offer_id: str = "",
        channel: str = "",
        page: int = 1,
        size: int = 100,
        after: str = "",
    ) -> Page[CancellationRequest]:
        """E10. One of `order` and `request` is needed (documented)."""
        query = _given(
            orderSellerId=order, cancellationRequestId=request, lineId=line, offerId=offer_id, salesChannel=channel
        )
        query += [("pageIndex", str(page)), ("pageSize", str(size))]
        return self._list("/order-cancellation-requests", requests_.read_cancellations, query, after)

    # gestures

    def gesture_amount(self, number: str) -> GestureAmount:
        """E11: what may still be granted on the order."""
        path = f"/orders/{segment(number)}/commercial-gestures-available-amounts"
        return self._read(path, requests_.read_gesture_amount)

    def gesture_configuration(self, channel: str) -> GestureConfiguration:
        """E12: whether the channel takes gestures, and how large."""
        path = f"/sales-channel-commercial-gesture-configurations/{segment(channel)}"
        return self._read(path, requests_.read_gesture_configuration)

    def give_gesture(self, number: str, *, reason: str, amount: Decimal, details: str = "") -> str:
        """E13. The id of the request, "" when the answer tells none. Raises ValueError unless `amount` is above 0."""
        if not amount.is_finite() or amount <= 0:
            raise ValueError("A gesture is an amount above zero.")
        document = {"orderId": number, "reason": reason, "amount": amount}
        return self._ask(
            "/order-commercial-gesture-requests", document | ({"reasonDetails": details} if details else {})
        )

    def gestures(
        self,
        *,
        order: str = "",
        status: str = "",
        created_min: datetime | None = None,
        created_max: datetime | None = None,
        changed_min: datetime | None = None,
        changed_max: datetime | None = None,
        limit: int = 100,
        after: str = "",
    ) -> Page[GestureRequest]:
        """E14. An order, a status or a date is needed (documented); `limit` at most 1,000 (clients)."""
        query = _given(orderId=order, status=status)
        query += _times(createdAt=(created_min, created_max), updatedAt=(changed_min, changed_max))
        query.append(("limit", str(limit)))
        return self._list("/order-commercial-gesture-requests", requests_.read_gestures, query, after)

    def gesture(self, request: str) -> GestureRequest:
        """E15."""
        return self._read(f"/order-commercial-gesture-requests/{segment(request)}", requests_.read_gesture)

    # invoices

    def invoice_documents(self, number: str) -> Page[InvoiceDocument]:
        """E16: the invoices attached to an order."""
        return self._list(f"/orders/{segment(number)}/invoice-documents", requests_.read_invoice_documents)

    def attach_invoice(self, number: str, name: str, content: bytes) -> str:
        """E16: attach a PDF or UBL file; it replaces the one before. The id of the import, "" when none is told."""
        return self._identified(self._upload(f"/orders/{segment(number)}/invoice-documents", [_file(name, content)]))

    def import_invoices(self, files: Iterable[tuple[str, bytes]]) -> str:
        """E17: attach many; each file's name is its order's number. The id of the import, "" when none is told."""
        parts = [_file(name, content) for name, content in files]
        return self._identified(self._upload("/order-invoice-imports", parts))

    def invoice_imports(self, *, size: int = 100, after: str = "") -> Page[InvoiceImport]:
        """E17, by cursor."""
        query = [("pageSize", str(size))]
        return self._list("/order-invoice-imports", requests_.read_invoice_imports, query, after)

    def invoice_import(self, request: str) -> InvoiceImport:
        """E17: how one import stands."""
        return self._read(f"/order-invoice-imports/{segment(request)}", requests_.read_invoice_import)

    # the shop

    def seller(self) -> Seller:
        """E18: the profile."""
        return self._read("/sellers", shop_.read_seller)

    def indicators(self) -> Page[Indicator]:
        """E18: the performance, whole."""
        return self._list("/sellers/indicators", shop_.read_indicators)

    def subscriptions(self) -> Page[Subscription]:
        """E18: the sales channels, whole."""
        return self._list("/sellers/subscriptions", shop_.read_subscriptions)

    def _ask(self, path: str, document: object) -> str:
        return self._identified(self._post(path, document))

    @staticmethod
    def _identified(answer: Answer) -> str:
        headers = answer.headers
        return requests_.read_identifier(answer.body, headers.get("location", ""), headers.get("content-location", ""))


def _filters(filters: Filters) -> list[tuple[str, str]]:
    query = _given(
        reference=filters.get("channel_number", ""),
        salesChannelId=filters.get("channel", ""),
        status=",".join(filters.get("status", ())),
        supplyMode=",".join(filters.get("supply_mode", ())),
        shippingCountry=filters.get("country", ""),
    )
    if (business := filters.get("business")) is not None:
        query.append(("businessOrder", "true" if business else "false"))
    return query + _times(
        updatedAt=(filters.get("changed_min"), filters.get("changed_max")),
        createdAt=(filters.get("created_min"), filters.get("created_max")),
        shippedAt=(filters.get("ship_by_min"), filters.get("ship_by_max")),
    )


def _given(**names: str) -> list[tuple[str, str]]:
    return [(name, value) for name, value in names.items() if value]


def _times(**bounds: tuple[datetime | None, datetime | None]) -> list[tuple[str, str]]:
    """Bounds in whole seconds: the lower one rounded down, the upper one up, so that nothing falls between."""
    query = []
    for name, (low, high) in bounds.items():
        if low is not None:
            query.append((f"{name}Min", _written(low)))
        if high is not None:
            query.append((f"{name}Max", _written(high + timedelta(microseconds=999_999))))
    return query


def _written(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError("A time that is asked for needs an offset.")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _file(name: str, content: bytes) -> tuple[str, bytes, str]:
    return name, content, KINDS.get(name.rpartition(".")[2].lower(), "application/octet-stream")

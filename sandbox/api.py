"""The operations E1–E18 as answers: each reads what the contract let through and asks market, rules and verbs."""

import base64
import binascii
import json
from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from sandbox import invoices, profile, rules, verbs
from sandbox.asked import Request
from sandbox.carriers import CARRIERS
from sandbox.channels import LABELS, reasons
from sandbox.contract import PREFIX, Reading
from sandbox.exchange import Answer, Call, answer
from sandbox.multipart import read_files
from sandbox.orders import Order, Snapshot
from sandbox.refusal import inconsistent, invalid, not_found
from sandbox.shelf import Filters, read_sort
from sandbox.wording import dump, moment

if TYPE_CHECKING:
    from sandbox.market import Market

_NEVER = float("inf")


class Api:
    """The marketplace's service for one market. `ignoring`: what a fault makes lists forget, in words of `SPELLS`."""

    def __init__(self, market: "Market") -> None:
        self.market = market
        self.ignoring: frozenset[str] = frozenset()

    def serve(self, seller: str, reading: Reading, call: Call) -> Answer:
        """Answer one call that fits the contract; raises `Refusal`."""
        return _OPERATIONS[reading.operation.id](self, seller, reading, call)

    # ---- orders

    def _filters(self, query: dict[str, Any]) -> Filters:
        def span(name: str) -> tuple[float, float]:
            return query.get(f"{name}Min", -_NEVER), query.get(f"{name}Max", _NEVER)

        if "filter" in self.ignoring:
            return Filters(created=(0, _NEVER))
        return Filters(
            reference=query.get("reference"),
            channel=query.get("salesChannelId"),
            business=query.get("businessOrder"),
            statuses=frozenset(query["status"]) if "status" in query else None,
            modes=frozenset(query["supplyMode"]) if "supplyMode" in query else None,
            country=query["shippingCountry"].upper() if "shippingCountry" in query else None,
            updated=span("updatedAt"),
            created=span("createdAt"),
            ship_by=span("shippedAt"),  # U25: a range on the deadline
        )

    def _unlisted(self) -> frozenset[str]:
        return frozenset() if self.market.settings.processing_listed else frozenset({"Processing"})

    def find(self, seller: str, query: dict[str, Any]) -> list[Snapshot]:
        """One page of E1, and one more when there is a next page."""
        if "empty list" in self.ignoring:
            return []
        sort = [] if "sort" in self.ignoring else read_sort(query.get("sort"), query.get("desc"))
        found = self.market.shelves[seller].find(
            self._filters(query), sort, self.market.settings.latest_orders, unlisted=self._unlisted()
        )
        size, page = query.get("pageSize", 100), query.get("pageIndex", 1)
        return list(islice(found, (page - 1) * size, page * size + 1))

    def list_orders(self, seller: str, reading: Reading, call: Call) -> Answer:
        query = reading.query
        size, page = query.get("pageSize", 100), query.get("pageIndex", 1)
        found = self.find(seller, query)
        body = b'{"itemsPerPage":%d,"items":[%s]}' % (
            len(found[:size]),
            b",".join(order.text for order in found[:size]),
        )
        link = self._next("/orders", call, {"pageIndex": page + 1, "pageSize": size}) if len(found) > size else None
        return Answer(200, body, headers=(("Link", link),) if link else ())

    def count_orders(self, seller: str, reading: Reading, _call: Call) -> Answer:
        if "empty list" in self.ignoring:
            return answer(0)
        found = self.market.shelves[seller].find(
            self._filters(reading.query),
            [("updatedAt", False)],
            self.market.settings.latest_orders,
            unlisted=self._unlisted(),
        )
        number = sum(1 for _ in found)
        return answer(number // 2 + 7 if "miscount" in self.ignoring else number)

    def _order(self, seller: str, number: str) -> Order:
        order = self.market.shelves[seller].orders.get(number)
        if order is None or order.status in self._unlisted():
            raise not_found()
        return order

    def read_order(self, seller: str, reading: Reading, _call: Call) -> Answer:
        snapshot = self._order(seller, reading.path["orderId"]).snapshot
        return Answer(200, snapshot.text if snapshot else b"null")

    def approve(self, seller: str, reading: Reading, _call: Call) -> Answer:
        order = self._order(seller, reading.path["orderId"])
        rules.approval(order, self.market.channels[order.channel])
        verbs.approve(self.market, order, reading.body["approval_status"])
        return Answer(204)

    def ship(self, seller: str, reading: Reading, _call: Call) -> Answer:
        order = self._order(seller, reading.path["orderId"])
        channel, strict = self.market.channels[order.channel], self.market.settings.strict_tracking
        verbs.ship(self.market, order, rules.shipment(order, channel, reading.body, strict_tracking=strict))
        return Answer(201)

    def carriers(self, _seller: str, _reading: Reading, _call: Call) -> Answer:
        return answer(CARRIERS)

    # ---- cancellation

    def cancellation_reasons(self, _seller: str, reading: Reading, _call: Call) -> Answer:
        query = reading.query
        codes = reasons(query.get("salesChannel"), query.get("userType"), query.get("orderStatus"))
        return _page([{"code": code, "label": LABELS[code]} for code in codes])

    def _asked(self, order: Order) -> list[str]:
        requests = self.market.requests_of(order.seller, order.number, "cancellation")
        return [
            line["lineId"]
            for request in requests
            if request.document["requestedBy"]["userType"] == "Seller"
            for line in request.document["lines"]
            if line["status"] != "Rejected"
        ]

    def cancel(self, seller: str, reading: Reading, _call: Call) -> Answer:
        body = reading.body
        order = self._order(seller, body["orderSellerId"])
        lines = rules.whole_cancellation(order, self.market.channels[order.channel], body["reason"], self._asked(order))
        answers = [(body["reason"], body["shippingCostRefund"])] * len(lines)
        return _registered(verbs.ask_cancellation(self.market, order, lines, answers, whole=True))

    def cancel_lines(self, seller: str, reading: Reading, _call: Call) -> Answer:
        body = reading.body
        order = self._order(seller, body["orderSellerId"])
        lines = rules.partial_cancellation(
            order, self.market.channels[order.channel], body["lines"], self._asked(order)
        )
        answers = [(wanted["reason"], wanted["shippingCostRefund"]) for wanted in body["lines"]]
        return _registered(verbs.ask_cancellation(self.market, order, lines, answers, whole=False))

    def cancellations(self, seller: str, reading: Reading, call: Call) -> Answer:
        query = reading.query
        if not query.get("orderSellerId") and not query.get("cancellationRequestId"):
            raise invalid("R41", "orderSellerId", "orderSellerId or cancellationRequestId is required.")
        if query.get("orderSellerId"):
            requests = self.market.requests_of(seller, query["orderSellerId"], "cancellation")
        else:
            found = self.market.requests.get(query["cancellationRequestId"])
            requests = [found] if found and found.seller == seller and found.kind == "cancellation" else []
        documents = [request.document for request in requests if _matches(request, query)]
        size, page = query.get("pageSize", 100), query.get("pageIndex", 1)
        link = None
        if len(documents) > page * size:
            link = self._next("/order-cancellation-requests", call, {"pageIndex": page + 1, "pageSize": size})
        return _page(documents[(page - 1) * size : page * size], link)

    # ---- gestures

    def available_amount(self, seller: str, reading: Reading, _call: Call) -> Answer:
        order = self._order(seller, reading.path["orderId"])
        rules.gesture_state(order)
        amount = verbs.remaining(self.market, order)
        return answer(
            {"orderId": order.number, "allowableAmount": amount, "currencyCode": order.document["currencyCode"]}
        )

    def gesture_configuration(self, _seller: str, reading: Reading, _call: Call) -> Answer:
        channel = self.market.channels.get(reading.path["salesChannelId"])
        if channel is None:
            raise not_found("sales channel")
        return answer(profile.gestures(channel))

    def ask_gesture(self, seller: str, reading: Reading, _call: Call) -> Answer:
        body = reading.body
        order = self._order(seller, body["orderId"])
        rules.gesture(order, self.market.channels[order.channel], body["reason"], body.get("reasonDetails"))
        request = verbs.ask_gesture(self.market, order, body["reason"], body.get("reasonDetails"), body["amount"])
        location = f"{PREFIX}/order-commercial-gesture-requests/{request.id}"
        return answer({"requestId": request.id, "status": "InProgress"}, 201, Location=location)

    def gestures(self, seller: str, reading: Reading, call: Call) -> Answer:
        query = reading.query
        bounds = ("createdAtMin", "createdAtMax", "updatedAtMin", "updatedAtMax")
        if not any(query.get(name) is not None for name in ("orderId", "status", *bounds)):
            raise invalid("R52", "orderId", "Give an order, a status or a date.")
        found = [
            request
            for request in self._of(seller, "gesture", query.get("orderId"))
            if query.get("status") in (None, request.document["status"]) and _within(request, query)
        ]
        return self._walk(reading, found, "limit", call)

    def read_gesture(self, seller: str, reading: Reading, _call: Call) -> Answer:
        return answer(self._request(seller, "gesture", reading.path["requestId"]).document)

    # ---- invoices

    def upload_invoice(self, seller: str, reading: Reading, call: Call) -> Answer:
        files = read_files(call, closed=self.market.settings.closed_bodies)
        order = self._order(seller, reading.path["orderId"])
        rules.invoice(order, self.market.channels[order.channel])
        if len(files) > 1:
            raise inconsistent("R53", "An order has one invoice.", "files", "Only one file is allowed.")
        return answer({"importId": invoices.upload(self.market, seller, files, order.number).id}, 202)

    def invoice_documents(self, seller: str, reading: Reading, _call: Call) -> Answer:
        order = self._order(seller, reading.path["orderId"])
        document = self.market.invoices.get((seller, order.number))
        return _page([document] if document else [])

    def upload_invoices(self, seller: str, _reading: Reading, call: Call) -> Answer:
        files = read_files(call, closed=self.market.settings.closed_bodies)
        return answer({"importId": invoices.upload(self.market, seller, files).id}, 202)

    def imports(self, seller: str, reading: Reading, call: Call) -> Answer:
        return self._walk(reading, self._of(seller, "import", None), "pageSize", call)

    def read_import(self, seller: str, reading: Reading, _call: Call) -> Answer:
        return answer(self._request(seller, "import", reading.path["importId"]).document)

    # ---- the seller

    def sellers(self, seller: str, _reading: Reading, _call: Call) -> Answer:
        return answer(profile.seller(self.market, seller))

    def indicators(self, seller: str, _reading: Reading, _call: Call) -> Answer:
        return answer(profile.indicators(self.market, seller))

    def subscriptions(self, seller: str, _reading: Reading, _call: Call) -> Answer:
        return answer(profile.subscriptions(self.market, seller))

    # ---- lists of requests

    def _of(self, seller: str, kind: str, order: str | None) -> list[Request]:
        if order is not None:
            return self.market.requests_of(seller, order, kind)
        return [
            request for request in self.market.requests.values() if request.seller == seller and request.kind == kind
        ]

    def _request(self, seller: str, kind: str, name: str) -> Request:
        request = self.market.requests.get(name)
        if request is None or request.seller != seller or request.kind != kind:
            raise not_found("request" if kind == "gesture" else "import")
        return request

    def _walk(self, reading: Reading, found: list[Request], size_name: str, call: Call) -> Answer:
        """Cursor pages, oldest first; the cursor is only found in the `next` link."""
        size, cursor = reading.query.get(size_name, 100), reading.query.get("cursor")
        found = sorted(found, key=lambda request: (request.document["createdAt"], request.id))
        if cursor is not None:
            after = _read_cursor(cursor)
            if after is None and reading.operation.says_bad_request:
                raise invalid("2.2", "cursor", "The cursor is not valid.")
            found = [one for one in found if after is None or [one.document["createdAt"], one.id] > after]
        link = None
        if len(found) > size:
            last = found[size - 1]
            link = self._next(
                reading.operation.template,
                call,
                {size_name: size, "cursor": _cursor(last.document["createdAt"], last.id)},
            )
        return _page([request.document for request in found[:size]], link)

    def _next(self, path: str, call: Call, changed: dict[str, Any]) -> str:
        """The Link header; its origin is the real one's, whatever address the sandbox is reached at."""
        kept = [(name, text) for name, text in call.parameters if name not in changed]
        address = f"{self.market.settings.link_origin}{PREFIX}{path}?{urlencode([*kept, *changed.items()])}"
        return f'<{address}>; rel="next"'


def _page(items: list[Any], link: str | None = None) -> Answer:
    body = answer({"itemsPerPage": len(items), "items": items})
    return body.with_header("Link", link) if link else body


def _registered(request: Request) -> Answer:
    document = request.document
    body = {
        "cancellationRequestId": request.id,
        "orderSellerId": document["orderSellerId"],
        "status": document["status"],
    }
    return answer(body, 201, Location=f"{PREFIX}/order-cancellation-requests?cancellationRequestId={request.id}")


def _matches(request: Request, query: dict[str, Any]) -> bool:
    document = request.document
    return (
        query.get("cancellationRequestId") in (None, "", request.id)
        and query.get("salesChannel") in (None, document["salesChannel"])
        and any(
            query.get("lineId") in (None, line["lineId"]) and query.get("offerId") in (None, line["offerId"])
            for line in document["lines"]
        )
    )


def _within(request: Request, query: dict[str, Any]) -> bool:
    for name in ("createdAt", "updatedAt"):
        at = moment(request.document[name])
        if not query.get(f"{name}Min", -_NEVER) <= at <= query.get(f"{name}Max", _NEVER):
            return False
    return True


def _cursor(created: str, name: str) -> str:
    return base64.urlsafe_b64encode(dump([created, name])).decode().rstrip("=")


def _read_cursor(text: str) -> list[str] | None:
    try:
        after = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error):
        return None
    good = isinstance(after, list) and len(after) == 2 and all(isinstance(part, str) for part in after)
    return after if good else None


_OPERATIONS: dict[str, Callable[[Api, str, Reading, Call], Answer]] = {
    "get-orders": Api.list_orders,
    "get-orders-count": Api.count_orders,
    "get-orders-orderId": Api.read_order,
    "post-orders-orderId-approval-status": Api.approve,
    "post-orders-orderId-shipments": Api.ship,
    "get-carriers": Api.carriers,
    "get-cancellation-reasons": Api.cancellation_reasons,
    "post-order-cancellation-requests": Api.cancel,
    "post-order-partial-cancellation-requests": Api.cancel_lines,
    "get-order-cancellation-requests": Api.cancellations,
    "get-orders-orderId-commercial-gestures-available-amounts": Api.available_amount,
    "get-sales-channel-commercial-gesture-configurations-salesChannelId": Api.gesture_configuration,
    "post-order-commercial-gesture-requests": Api.ask_gesture,
    "get-order-commercial-gesture-requests": Api.gestures,
    "get-order-commercial-gesture-requests-requestId": Api.read_gesture,
    "get-orders-orderId-invoice-documents": Api.invoice_documents,
    "post-orders-orderId-invoice-documents": Api.upload_invoice,
    "post-order-invoice-imports": Api.upload_invoices,
    "get-order-invoice-imports": Api.imports,
    "get-order-invoice-imports-importId": Api.read_import,
    "get-sellers": Api.sellers,
    "get-sellers-indicators": Api.indicators,
    "get-sellers-subscriptions": Api.subscriptions,
}

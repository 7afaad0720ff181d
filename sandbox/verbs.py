"""The effect of each verb on the market, once the rules have let it pass."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sandbox.asked import Request
from sandbox.orders import Order
from sandbox.rules import Parcel, allowable
from sandbox.wording import Document, cents, euros, stamp

if TYPE_CHECKING:
    from sandbox.market import Market


def approve(market: "Market", order: Order, decision: str, at: float | None = None) -> None:
    """E4: `Accepted` (preparation follows by itself, R6) or `Refused` (final)."""
    with market.changing(order, at):
        for line in order.lines:
            if order.reached(line) == "WaitingAcceptance":
                line["status"] = decision
                order.before.pop(line["orderLineId"], None)
    market.record(decision.lower(), order, at=at, lines=[line["orderLineId"] for line in order.lines])


def ship(market: "Market", order: Order, parcels: Sequence[Parcel], at: float | None = None) -> None:
    """E5: the named lines are shipped; the order follows when the last one is (R29)."""
    with market.changing(order, at):
        for parcel in parcels:
            entry = {"parcelNumber": parcel.number, "carrierName": parcel.carrier, "trackingUrl": parcel.url}
            for code in parcel.lines:
                line = order.line(code)
                if line is not None:
                    line["status"] = "Shipped"
                    line["parcels"] = [*(line["parcels"] or []), entry]
                    order.before.pop(code, None)
    for parcel in parcels:
        market.record(
            "shipped", order, at=at, lines=parcel.lines, parcel=parcel.number, carrier=parcel.carrier, url=parcel.url
        )


def deliver(market: "Market", order: Order, at: float | None = None) -> None:
    """R9: a carrier's event, where there is one."""
    with market.changing(order, at):
        for line in order.lines:
            if line["status"] == "Shipped":
                line["status"] = "Delivered"


def cancel_now(market: "Market", order: Order, codes: Sequence[str], reason: str, at: float | None = None) -> None:
    """Cancelled without a request: a deadline, or a customer before acceptance (R5, R11, R12)."""
    with market.changing(order, at):
        for code in codes:
            line = order.line(code)
            if line is not None:
                line["status"] = "Cancelled"
                order.before.pop(code, None)
        if order.add_up() == "Cancelled":
            order.document["cancellationDetails"] = {"reason": reason}


def ask_cancellation(
    market: "Market",
    order: Order,
    lines: Sequence[Document],
    answers: Sequence[tuple[str, bool]],
    *,
    whole: bool,
    user: str = "Seller",
    at: float | None = None,
) -> Request:
    """E8, E9: the lines wait as `CancelRequest` (R13) until the request is decided (R42).

    `answers`: reason and refund of the shipping cost, for each line.
    """
    when = market.clock.time() if at is None else at
    request = Request(
        "cancellation",
        order.seller,
        order.number,
        {
            "cancellationRequestId": market.new_id(),
            "orderSellerId": order.number,
            "salesChannel": order.channel,
            "type": "Total" if whole else "Partial",
            "status": "InProgress",
            "requestedBy": {
                "userType": user,
                "userId": order.seller if user == "Seller" else order.document["customer"]["reference"],
            },
            "lines": [
                {
                    "lineId": line["orderLineId"],
                    "offerId": line["offer"]["id"],
                    "reason": reason,
                    "shippingCostRefund": refund,
                    "status": "InProgress",
                }
                for line, (reason, refund) in zip(lines, answers, strict=True)
            ],
            "errors": [],
            "createdAt": stamp(when),
            "updatedAt": stamp(when),
        },
        {"moment": when},
    )
    with market.changing(order, at):
        for line in lines:
            code = line["orderLineId"]
            order.before.setdefault(code, line["status"])
            line["status"] = "CancelRequest"
    codes = [line["orderLineId"] for line in lines]
    market.open_request(request)
    market.record(
        "cancellation",
        order,
        request=request.id,
        at=at,
        lines=codes,
        type=request.document["type"],
        answers=[list(answer) for answer in answers],
    )
    if user == "Seller":  # what a customer asks, the seller decides (R12)
        schedule(market, request, "decide", market.settings.cancellation_delay, when)
    return request


def ask_gesture(market: "Market", order: Order, reason: str, details: str | None, amount: float) -> Request:
    """E13: queued, decided later (R50)."""
    when = market.clock.time()
    request = Request(
        "gesture",
        order.seller,
        order.number,
        {
            "requestId": market.new_id(),
            "orderId": order.number,
            "salesChannelId": order.channel,
            "reason": reason,
            "reasonDetails": details,
            "amount": amount,
            "currencyCode": order.document["currencyCode"],
            "status": "InProgress",
            "errors": [],
            "createdAt": stamp(when),
            "updatedAt": stamp(when),
        },
        {"moment": when},
    )
    market.open_request(request)
    market.record("gesture", order, request=request.id, amount=amount, reason=reason, reason_details=details)
    schedule(market, request, "gesture", market.settings.gesture_delay, when)
    return request


def schedule(market: "Market", request: Request, event: str, delay: float, when: float) -> None:
    """Fix when and how a request will be decided: by the list of decisions, else by the drawn shares."""
    listed = market.decisions[request.kind]
    word = listed.popleft() if listed else ""
    settings = market.settings
    outcome, _, wait = word.partition(" ")
    if not word:
        outcome = "rejected" if settings.rejected_share and market.luck.random() < settings.rejected_share else "done"
        if settings.late_decision_share and market.luck.random() < settings.late_decision_share:
            delay = settings.late_decision_delay
    if outcome == "late":  # "late 3600": done, an hour later
        outcome, delay = "done", settings.late_decision_delay
    if wait:
        delay = float(wait)
    market.later(when + delay, event, {"request": request.id, "outcome": outcome})


def granted(market: "Market", order: Order) -> int:
    """R47, in cents: gestures already granted or in progress."""
    requests = market.requests_of(order.seller, order.number, "gesture")
    return sum(cents(request.document["amount"]) for request in requests if request.document["status"] != "Rejected")


def remaining(market: "Market", order: Order) -> float | int:
    """E11: what may still be granted, in the order's currency."""
    return euros(allowable(order, market.channels[order.channel], granted(market, order)))

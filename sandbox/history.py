"""The invented past: what state an order of a given age has reached, and which requests it left behind."""

import random
from typing import TYPE_CHECKING, Any

from sandbox import verbs
from sandbox.asked import Request
from sandbox.author import DAY, DRAWN, LineWish, Wish
from sandbox.channels import Channel, reasons
from sandbox.orders import SHIPPED, Order
from sandbox.rules import allowable
from sandbox.wording import euros, moment, stamp

if TYPE_CHECKING:
    from sandbox.market import Market

HOUR = 3_600
# Until which age in hours, and how often each state is met then (in a hundred).
_BY_AGE: tuple[tuple[float, dict[str, int]], ...] = (
    (0.2, {"Processing": 4, "WaitingAcceptance": 56, "Accepted": 40}),
    (6, {"WaitingAcceptance": 34, "Accepted": 6, "InPreparation": 55, "Cancelled": 4, "Processing": 1}),
    (40, {"WaitingAcceptance": 12, "Accepted": 1, "InPreparation": 66, "Shipped": 15, "Cancelled": 4, "Refused": 2}),
    (110, {"InPreparation": 22, "Shipped": 61, "Delivered": 7, "Cancelled": 5, "Refused": 4, "Rejected": 1}),
    (20 * 24, {"InPreparation": 1, "Shipped": 61, "Delivered": 26, "Cancelled": 6, "Refused": 5, "Rejected": 1}),
    (float("inf"), {"Shipped": 52, "Delivered": 35, "Cancelled": 6, "Refused": 6, "Rejected": 1}),
)
_GESTURES = (
    ("MissingProduct", None),
    ("ShippingFees", None),
    ("Other", "Geste de fidélité"),
    ("MissingProduct", "Une pièce manquait dans le carton"),
)


def wish(rng: random.Random, channel: Channel, created: float, now: float, *, approval: bool) -> Wish:
    """An order of this age, with the steps that led to its state."""
    weights = next(weights for limit, weights in _BY_AGE if (now - created) / HOUR < limit)
    status = rng.choices(list(weights), list(weights.values()))[0]
    if not approval and status in ("WaitingAcceptance", "Refused"):
        status = "InPreparation" if status == "WaitingAcceptance" else "Shipped"
    lines = [LineWish(mode=DRAWN) for _ in range(rng.choices((1, 2, 3, 4, 7), (62, 24, 9, 4, 1))[0])]
    _vary(rng, channel, status, lines)
    steps = _steps(rng, status, created, now, approval=approval)
    spare = rng.random()
    return Wish(
        status=status,
        lines=lines,
        created=created,
        updated=steps[-1][1],
        deadline=created + rng.randint(6, 30) * DAY if spare < 0.03 else None,
        steps=steps,
        reason=rng.choice(("missing-product", "customer-withdrawal", "shipping-deadline"))
        if status == "Cancelled"
        else "",
    )


def _vary(rng: random.Random, channel: Channel, status: str, lines: list[LineWish]) -> None:
    several = len(lines) > 1
    if several and rng.random() < 0.05:
        lines[-1] = LineWish(mode="Seller", elsewhere=True)
    if several and status == "InPreparation" and not channel.complete_order_only and rng.random() < 0.25:
        lines[0] = LineWish(mode="Seller", status="Shipped")
    elif (
        several
        and status in ("InPreparation", "Shipped", "Delivered")
        and channel.partial_cancellation
        and rng.random() < 0.06
    ):
        lines[0] = LineWish(mode="Seller", status="Cancelled")
    elif status == "InPreparation" and rng.random() < 0.05:
        lines[0] = LineWish(mode="Seller", status="CancelRequest")


def _steps(rng: random.Random, status: str, created: float, now: float, *, approval: bool) -> list[tuple[str, float]]:
    path = {
        "Processing": ["Processing"],
        "WaitingAcceptance": ["WaitingAcceptance"],
        "Accepted": ["Accepted"],
        "InPreparation": ["Accepted", "InPreparation"],
        "Shipped": ["Accepted", "InPreparation", "Shipped"],
        "Delivered": ["Accepted", "InPreparation", "Shipped", "Delivered"],
        "Refused": ["Refused"],
        "Rejected": ["Processing", "Rejected"],
        "Cancelled": ["Accepted", "InPreparation", "Cancelled"],
    }[status]
    if approval and path[0] != "Processing" and status != "WaitingAcceptance":
        path = ["WaitingAcceptance", *path]
    longest = {"Shipped": 2.2 * DAY, "Delivered": 4 * DAY, "Cancelled": 2 * DAY, "Refused": DAY}
    when, steps = created + rng.randint(5, 60), []
    for step in path:
        steps.append((step, min(when, now)))
        following = path[len(steps)] if len(steps) < len(path) else ""
        if following:
            span = longest.get(following, HOUR)
            when = min(when + rng.uniform(0.05, 1) * span, when + (now - when) * 0.9)
    return steps


def leave_requests(market: "Market", order: Order, now: float, *, since: float = 0) -> None:
    """The requests an order of the past would have left: cancellations and gestures, done, rejected or pending."""
    rng, channel = market.author.rng, market.channels[order.channel]
    at = max(moment(order.document["updatedAt"]), since)
    pending = [line["orderLineId"] for line in order.lines if line["status"] == "CancelRequest"]
    gone = [line["orderLineId"] for line in order.lines if line["status"] == "Cancelled"]
    if pending:
        cancellation(market, order, pending, "InProgress", at, user="Customer")
    elif gone:
        seller = rng.random() < 0.6
        cancellation(market, order, gone, "Done", at, user="Seller" if seller else "Customer")
    elif order.status in SHIPPED and rng.random() < 0.02:
        rejected = [line["orderLineId"] for line in order.lines if line["offer"]["supplyMode"] == "Seller"]
        if rejected:
            cancellation(market, order, rejected, "Rejected", at, user="Seller")
    if order.status in SHIPPED and channel.gestures and rng.random() < 0.06:
        status = rng.choices(("Done", "Rejected", "InProgress"), (60, 28, 12))[0]
        gesture(market, order, status, min(at + rng.uniform(0.2, 1.5) * DAY, now), now)


def cancellation(market: "Market", order: Order, codes: list[str], status: str, at: float, *, user: str) -> Request:
    """A cancellation request of the past, in the state given."""
    reason = (
        "customer-withdrawal"
        if user == "Customer"
        else market.author.rng.choice(reasons(order.channel, "Seller", "InPreparation"))
    )
    whole = len(codes) == len(order.lines)
    lines = [line for line in order.lines if line["orderLineId"] in codes]
    errors = [{"code": "LineShipped", "message": "The line was shipped meanwhile."}] if status == "Rejected" else []
    document: dict[str, Any] = {
        "cancellationRequestId": market.new_id(),
        "orderSellerId": order.number,
        "salesChannel": order.channel,
        "type": "Total" if whole else "Partial",
        "status": status,
        "requestedBy": {
            "userType": user,
            "userId": order.seller if user == "Seller" else order.document["customer"]["reference"],
        },
        "lines": [
            {
                "lineId": line["orderLineId"],
                "offerId": line["offer"]["id"],
                "reason": reason,
                "shippingCostRefund": True,
                "status": status,
            }
            for line in lines
        ],
        "errors": errors,
        "createdAt": stamp(at - 60),
        "updatedAt": stamp(at),
    }
    return market.open_request(Request("cancellation", order.seller, order.number, document, {"moment": at - 60}))


def gesture(market: "Market", order: Order, status: str, at: float, now: float) -> Request:
    """A gesture of the past, in the state given; one in progress is decided within three days."""
    rng, channel = market.author.rng, market.channels[order.channel]
    reason, details = rng.choice(_GESTURES)
    free = allowable(order, channel, verbs.granted(market, order))
    amount = max(min(rng.choice((300, 500, 990, 1_500)), free), 100)
    errors = []
    if status == "Rejected" or amount > free:
        status, amount = "Rejected", free + rng.choice((500, 1_000, 4_000))
        errors = [{"code": "AmountTooHigh", "message": "The amount exceeds the allowable amount of the order."}]
    document: dict[str, Any] = {
        "requestId": market.new_id(),
        "orderId": order.number,
        "salesChannelId": order.channel,
        "reason": reason,
        "reasonDetails": details,
        "amount": euros(amount),
        "currencyCode": order.document["currencyCode"],
        "status": status,
        "errors": errors,
        "createdAt": stamp(at - 1_800),
        "updatedAt": stamp(at - 1_800 if status == "InProgress" else at),
    }
    request = market.open_request(Request("gesture", order.seller, order.number, document, {"moment": at - 1_800}))
    if status == "InProgress":
        market.later(now + rng.uniform(1, 70) * HOUR, "gesture", {"request": request.id, "outcome": "done"})
    return request

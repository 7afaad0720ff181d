"""What an order's page tells of requests beside the timeline: a cancellation that waits for the seller, and what this
order and its customer were given. Read only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from orders.models import CancellationRequest, GestureRequest, Line, Order

WAITS = "CancelRequest"
CANCELLED = "Cancelled"
IN_PROGRESS, REJECTED = "InProgress", "Rejected"
SHOWN = 5  # gestures of an order and its customer
ORDERS = 50  # of the customer that are looked at


@dataclass(frozen=True)
class CancellationAsked:
    """`lines` stand in CancelRequest. `who` as the marketplace names them, "" where the request is not read yet."""

    lines: list[Line]
    who: str = ""
    at: datetime | None = None


def cancellation(order: Order) -> CancellationAsked | None:
    """What waits for the seller's decision; None, without a query, where nothing does."""
    if not order.cancel_asked:
        return None
    lines = [line for line in order.lines.all() if line.status == WAITS]
    known = CancellationRequest.objects.filter(account=order.account_id, number=order.number, status=IN_PROGRESS)
    request = known.exclude(user_type="Seller").order_by("-created_at").first()
    if request is None:
        return CancellationAsked(lines)
    return CancellationAsked(lines, request.user_type, request.created_at)


def untold(lines: Iterable[Line], requests: Sequence[CancellationRequest]) -> bool:
    """Is a line cancelled, or to be, without a request that we know? Only a question by the order's number tells."""
    going = [request for request in requests if request.status == IN_PROGRESS]
    taken = [request for request in requests if request.status != REJECTED]
    return any(
        (line.status == WAITS and not _names(going, line)) or (line.status == CANCELLED and not _names(taken, line))
        for line in lines
    )


def _names(requests: Iterable[CancellationRequest], line: Line) -> bool:
    """One of the requests is for this line, or for the order without naming any."""
    return any(not request.lines or line.code in {row["code"] for row in request.lines} for request in requests)


def gestures(order: Order) -> list[GestureRequest]:
    """What this order and this customer were given or asked for, the newest first. One query."""
    found = GestureRequest.objects.filter(account=order.account_id)
    if not order.customer:
        found = found.filter(number=order.number)
    else:
        same = Order.objects.filter(account=order.account_id, customer=order.customer).order_by("-placed_at")
        found = found.filter(Q(number=order.number) | Q(number__in=same.values("number")[:ORDERS]))
    return list(found.order_by("-created_at")[:SHOWN])

"""A cancellation that somebody asked for and that waits for the seller: which lines, since when, by whom. Read only."""

from dataclasses import dataclass
from datetime import datetime

from orders.models import CancellationRequest, Line, Order

WAITS = "CancelRequest"
IN_PROGRESS = "InProgress"


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

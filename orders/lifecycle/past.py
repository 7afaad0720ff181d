"""What was already asked about an order's lines, from the mirror: a line is not asked about twice (R38, R35)."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

from orders.models import CancellationRequest, Order

SELLER, DONE, REJECTED = "seller", "Done", "Rejected"


@dataclass(frozen=True, slots=True)
class History:
    """The codes of lines whose cancellation was asked: `asked` by the seller, open or done; `turned_down`, by the
    seller and rejected. `partly`: a request for single lines was carried out."""

    asked: frozenset[str] = frozenset()
    turned_down: frozenset[str] = frozenset()
    partly: bool = False

    def with_request(self, request: CancellationRequest) -> "History":
        asked, turned_down, partly = set(self.asked), set(self.turned_down), self.partly
        for line in request.lines:
            code, status = line["code"], line.get("status") or request.status
            partly = partly or (request.type == "Partial" and status == DONE)
            if request.user_type.lower() in (SELLER, ""):  # whose it is may be left out: then it could be ours
                (turned_down if status == REJECTED else asked).add(code)
        return History(frozenset(asked), frozenset(turned_down - asked), partly)


def history(order: Order) -> History:
    return histories([order])[order.pk]


def histories(orders: Iterable[Order]) -> dict[int, History]:
    """Of each order by its primary key; one query."""
    orders = list(orders)
    requests: dict[tuple[int, str], list[CancellationRequest]] = {}
    for request in CancellationRequest.objects.filter(
        account__in={order.account_id for order in orders}, number__in={order.number for order in orders}
    ):
        requests.setdefault((request.account_id, request.number), []).append(request)
    return {
        order.pk: reduce(History.with_request, requests.get((order.account_id, order.number), ()), History())
        for order in orders
    }

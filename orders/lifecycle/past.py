"""What was already asked about an order's lines, from the mirror: a line is not asked about twice (R38, R35), and what
its status was while a request waits (R13)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import reduce
from itertools import chain

from octopia.contract.rules import SHIPPED
from octopia.contract.vocabulary import Status
from orders.models import CancellationRequest, Line, Order, Parcel

SELLER, DONE, REJECTED = "seller", "Done", "Rejected"


@dataclass(frozen=True, slots=True)
class History:
    """The codes of lines whose cancellation was asked: `asked` by the seller, open or done; `turned_down`, by the
    seller and rejected. `partly`: a request for single lines was carried out. `shipped`: of lines that had left before
    their cancellation was asked, which is all that their status tells."""

    asked: frozenset[str] = frozenset()
    turned_down: frozenset[str] = frozenset()
    partly: bool = False
    shipped: frozenset[str] = frozenset()

    def with_request(self, request: CancellationRequest) -> "History":
        asked, turned_down, partly = set(self.asked), set(self.turned_down), self.partly
        for line in request.lines:
            code, status = line["code"], line.get("status") or request.status
            partly = partly or (request.type == "Partial" and status == DONE)
            if request.user_type.lower() in (SELLER, ""):  # whose it is may be left out: then it could be ours
                (turned_down if status == REJECTED else asked).add(code)
        return replace(self, asked=frozenset(asked), turned_down=frozenset(turned_down - asked), partly=partly)


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


def left_before(order: Order, lines: Iterable[Line]) -> History:
    """Which of these lines of the order had been shipped before they came to wait for a cancellation; nothing else."""
    return lefts_before([(order, lines)]).get(order.pk, History())


def lefts_before(orders: Iterable[tuple[Order, Iterable[Line]]]) -> dict[int, History]:
    """The same of several orders, by the primary key, for those where there are such lines. One query at most."""
    asked = [(order, lines) for order, lines in ((order, list(lines)) for order, lines in orders) if _waiting(lines)]
    parcels: dict[int, list[list[str]]] = {}
    if asked:
        for pk, codes in Parcel.objects.filter(order__in=[order for order, _ in asked]).values_list("order", "lines"):
            parcels.setdefault(pk, []).append(codes)
    return {order.pk: History(shipped=left(order, lines, parcels.get(order.pk, ()))) for order, lines in asked}


def left(order: Order, lines: Iterable[Line], parcels: Iterable[Iterable[str]]) -> frozenset[str]:
    """The codes of lines that wait for a cancellation and had been shipped: with the whole order, or in one of these
    parcels, each given by its codes."""
    waiting = _waiting(lines)
    return waiting if order.status in SHIPPED else waiting & frozenset(chain.from_iterable(parcels))


def _waiting(lines: Iterable[Line]) -> frozenset[str]:
    return frozenset(line.code for line in lines if line.status == Status.CANCEL_REQUEST)

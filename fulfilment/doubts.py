"""What is worth a look before an order is accepted: the same buyer twice, a price far below ours, nowhere to go.

One place for the marks of the list and the groups of a preview. Three queries, whatever the number of orders.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal

from django.db.models import Count, Q, Sum
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice import shop
from octopia.contract.vocabulary import Status
from orders.models import Line, Order, SkuRollup

REPEATED, CHEAP, NOWHERE = "repeated", "cheap", "nowhere"
SENTENCES: dict[str, Promise] = {
    REPEATED: _("The same customer has another order that waits to be decided."),
    CHEAP: _("A price is less than half of what this product was sold for lately."),
    NOWHERE: _("It has no delivery address."),
}
MARKS: dict[str, Promise] = {
    REPEATED: _("Same buyer twice"),
    CHEAP: _("Price far below ours"),
    NOWHERE: _("No address"),
}
LATELY = timedelta(days=92)  # sales that say what a product costs with us
ENOUGH = 3  # lines of it sold: fewer say nothing
FAR = Decimal("0.5")  # of that price


def marks(orders: Sequence[Order]) -> dict[int, list[str]]:
    """The marks of a list's rows, by the order's id; an order that does not wait for us has none."""
    waiting = [order for order in orders if order.status == Status.WAITING_ACCEPTANCE]
    return {pk: [str(MARKS[word]) for word in found] for pk, found in of(waiting).items()}


def of(orders: Sequence[Order]) -> dict[int, list[str]]:
    """The doubts about each of these orders, by its id, the one to be told first at the head."""
    if not orders:
        return {}
    lines = list(Line.objects.filter(order__in=[order.pk for order in orders]))
    by_order: dict[int, list[Line]] = {}
    for line in lines:
        by_order.setdefault(line.order_id, []).append(line)
    repeated, usual = _repeated(orders), _usual(orders, lines)
    found = {}
    for order in orders:
        own = by_order.get(order.pk, [])
        holds = {
            REPEATED: (order.account_id, order.customer) in repeated,
            CHEAP: any(_far_below(line, usual.get((order.account_id, line.sku, order.currency))) for line in own),
            NOWHERE: order.recipient_id is None and not any(line.address_id for line in own),
        }
        if told := [word for word, so in holds.items() if so]:
            found[order.pk] = told
    return found


def _repeated(orders: Iterable[Order]) -> set[tuple[int, str]]:
    """The customers, each with the account, who have more than one order that waits to be decided."""
    known = Counter((order.account_id, order.customer) for order in orders if order.customer)
    twice = {who for who, number in known.items() if number > 1}
    waiting = Order.objects.filter(
        account__in={account for account, _customer in known},
        customer__in={customer for _account, customer in known},
        status=Status.WAITING_ACCEPTANCE,
    )
    counted = waiting.order_by().values_list("account", "customer").annotate(orders=Count("pk"))
    return twice | {(account, customer) for account, customer, number in counted if number > 1}


def _usual(orders: Iterable[Order], lines: Iterable[Line]) -> Mapping[tuple[int, str, str], Decimal]:
    """What one piece of these products was sold for lately, by account, SKU and currency."""
    sold = SkuRollup.objects.filter(
        Q(sku__in={line.sku for line in lines}),
        account__in={order.account_id for order in orders},
        month__gte=shop.day_of(timezone.now() - LATELY).replace(day=1),
    )
    sums = sold.order_by().values_list("account", "sku", "currency")
    sums = sums.annotate(sold_lines=Sum("lines"), sold_items=Sum("items"), got=Sum("revenue"))
    return {
        (account, sku, currency): got / items
        for account, sku, currency, number, items, got in sums
        if number >= ENOUGH and items > 0
    }


def _far_below(line: Line, usual: Decimal | None) -> bool:
    return usual is not None and line.selling_unit is not None and line.selling_unit < usual * FAR

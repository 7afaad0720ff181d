"""What the page of the telephone shows: the ten best hits of what was typed, and before typing what one was at."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch

from backoffice.models import AccessLog, SellerAccount, User
from orders import lookup, ports, ranking, search
from orders.fields import sees
from orders.models import GestureRequest, Line, Order
from orders.ports import Entry, Matter
from orders.queries import OPEN
from orders.views import row

HITS = 10
LEAST = 2  # signs that are searched
OPENED = 8  # orders that were opened last
LOOKED = 40  # entries of the access log that these are taken from
PARTS = ("asked", "check", "answered", "flight")


@dataclass(frozen=True)
class Hit:
    """One order as the page names it. `last`: what was asked of it last; `gestures`: given or asked for."""

    order: Order
    url: str
    who: str
    due: datetime | None
    products: str
    last: Entry | None
    gestures: int

    @property
    def status(self) -> str:
        """The word of the badge: an order of which a part has left is told apart."""
        partly = self.order.partly_shipped and self.order.status == "InPreparation"
        return "PartlyShipped" if partly else self.order.status


def hits(ids: Sequence[int], text: str, user: User, among: Sequence[SellerAccount], scope: lookup.Scope) -> list[Hit]:
    """The best of the orders that were found."""
    best = ranking.best(ids, text, scope) if not search.several_numbers(search.split(text)) else list(ids)
    return _hits(_orders(among, pk__in=best[:HITS]), best, user, among)


def opened(user: User, among: Sequence[SellerAccount], since: datetime) -> list[Hit]:
    """The orders that this person opened since a moment, the last one first."""
    looked = AccessLog.objects.filter(user=user, view="orders:detail", at__gte=since).order_by("-at")
    seen = list(dict.fromkeys(looked.values_list("account", "subject")[:LOOKED]))[:OPENED]
    orders = {(order.account_id, order.number): order for order in _orders(among, number__in=[n for _a, n in seen])}
    found = [orders[key] for key in seen if key in orders]
    return _hits(found, [order.pk for order in found], user, among)


def matters(user: User, among: Sequence[SellerAccount]) -> dict[str, list[tuple[Matter, str]]]:
    """What this person has to do with still, by part, each with the address of its order."""
    accounts = {account.pk: account for account in among}
    told: dict[str, list[tuple[Matter, str]]] = {part: [] for part in PARTS}
    for tell in ports.MATTERS:
        for matter in tell(user, list(accounts)):
            told[matter.part].append((matter, _url(matter.number, accounts[matter.account], among)))
    return {part: rows for part, rows in told.items() if rows}


def _orders(among: Sequence[SellerAccount], **wanted: Sequence[object]) -> list[Order]:
    lines = Prefetch("lines", Line.objects.only("order_id", "position", "title", "sku").order_by("position"))
    found = Order.objects.filter(account__in=[account.pk for account in among], **wanted)
    return list(found.select_related("recipient").prefetch_related(lines))


def _hits(orders: Sequence[Order], ids: Sequence[int], user: User, among: Sequence[SellerAccount]) -> list[Hit]:
    """The hits in the order of `ids`: two more queries, whatever their number."""
    accounts = {account.pk: account for account in among}
    asked: dict[int, Entry] = {}
    for tell in ports.LATEST:
        asked |= tell([order.pk for order in orders])
    gestures = Counter(
        GestureRequest.objects.filter(account__in=list(accounts), number__in=[order.number for order in orders])
        .exclude(status="Rejected")
        .values_list("account", "number")
    )
    told = {
        order.pk: Hit(
            order=order,
            url=_url(order.number, accounts[order.account_id], among),
            who=row.recipient_of(order, sees(user, order)),
            due=order.deadline if order.status in OPEN else None,
            products=", ".join(line.title or line.sku for line in order.lines.all()),
            last=asked.get(order.pk),
            gestures=gestures[order.account_id, order.number],
        )
        for order in orders
    }
    return [told[pk] for pk in ids if pk in told]


def _url(number: str, account: SellerAccount, among: Sequence[SellerAccount]) -> str:
    return row.order_url(number, f"?account={account.slug}" if len(among) > 1 else "")

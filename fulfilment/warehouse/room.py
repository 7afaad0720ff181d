"""What the queue's page shows: its tabs, its rows with who packs them, and what is left against the clock, in words."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice import shop, typography
from backoffice.models import SellerAccount, User
from fulfilment import following
from fulfilment.models import Claim, Command, Hold, Product
from fulfilment.warehouse import queue
from fulfilment.warehouse.holds import words as kept_back
from fulfilment.warehouse.pace import Pace
from fulfilment.warehouse.queue import OURS, Bucket, Departures
from octopia.contract.vocabulary import Verb
from orders.fields import sees
from orders.models import Line, Order
from orders.views.row import recipient_of


@dataclass
class Row:
    """One order of the queue, as this person sees it."""

    order: Order
    account: SellerAccount
    who: str
    mine: bool = False
    lines: list[Line] = field(default_factory=list)
    locations: dict[str, str] = field(default_factory=dict)  # by SKU
    claim: Claim | None = None
    hold: str = ""  # kept back: by whom, until when and why
    asks: bool = False  # it waits for support's answer
    request: Command | None = None  # under way, or refused and not read yet
    said: str = ""  # the marketplace's words about the latter

    @property
    def query(self) -> str:
        return f"?{urlencode({'account': self.account.slug})}"

    @property
    def pick(self) -> str:
        """The one product, or how many there are."""
        return self.lines[0].title or self.lines[0].sku if len(self.lines) == 1 else ""

    @property
    def location(self) -> str:
        return self.locations.get(self.lines[0].sku, "") if len(self.lines) == 1 else ""


def rows(orders: Sequence[Order], user: User, among: Sequence[SellerAccount], now: datetime) -> list[Row]:
    """Five queries, whatever the number of orders."""
    accounts = {account.pk: account for account in among}
    found = {
        order.pk: Row(order, accounts[order.account_id], recipient_of(order, sees(user, order, now)))
        for order in orders
    }
    lines = list(Line.objects.filter(order__in=found).order_by("position"))
    products = Product.objects.filter(account__in=accounts, sku__in={line.sku for line in lines}).exclude(location="")
    places = {(account, sku): place for account, sku, place in products.values_list("account", "sku", "location")}
    for line in lines:
        row = found[line.order_id]
        row.lines.append(line)
        if (place := places.get((line.account_id, line.sku))) is not None:
            row.locations[line.sku] = place
    for claim in Claim.objects.filter(order__in=found, ended_at=None, until__gt=now):
        found[claim.order_id].claim = claim
        found[claim.order_id].mine = claim.user_id == user.pk
    for hold in Hold.objects.filter(order__in=found, ended_at=None, until__gt=now):
        found[hold.order_id].hold, found[hold.order_id].asks = kept_back(hold), hold.asks
    asked = Command.objects.filter(queue.under_way() | queue.refused_lately(), order__in=found)
    for command in asked.exclude(kind=Verb.INVOICE).order_by("pk"):
        row = found[command.order_id]
        row.request, row.said = command, "" if command.is_open else following.ended_words(command)
    return [found[order.pk] for order in orders]


def tabs(chosen: Bucket, counts: dict[Bucket, int], account: str, now: datetime) -> list[dict[str, Any]]:
    labels = _labels(now)
    return [
        {
            "label": labels[name],
            "url": address(name, account),
            "count": counts[name],
            "current": name is chosen,
            "tone": "danger" if name is Bucket.LATE and counts[name] else "",
        }
        for name in Bucket
    ]


def address(name: Bucket, account: str = "", **more: str) -> str:
    query = {"bucket": name.value, **({"account": account} if account else {}), **more}
    return f"{reverse('fulfilment:warehouse')}?{urlencode(query)}"


def summary(counts: dict[Bucket, int], pace: Pace, now: datetime) -> list[str]:
    """What is left, the cut-off, and the pace: each a sentence of its own."""
    leaves, zone = Departures.of(now).next, shop.zone()
    due = counts[Bucket.LATE] + counts[Bucket.NEXT]
    told = [
        ngettext("%(count)s order must leave", "%(count)s orders must leave", due) % {"count": due},
        ngettext("%(count)s late", "%(count)s late", counts[Bucket.LATE]) % {"count": counts[Bucket.LATE]},
    ]
    clock = {"time": typography.clock(leaves, zone), "wait": typography.relative(leaves, now)}
    if shop.day_of(leaves) == shop.day_of(now):
        told.append(_("cut-off %(time)s, %(wait)s") % clock)
    else:
        told.append(_("cut-off tomorrow %(time)s, %(wait)s") % clock)
    return [*told, *_pace(pace)]


def staying(accounts: Sequence[int], now: datetime) -> list[str]:
    """What does not leave with the truck though it should, in sentences."""
    count, kept = queue.staying(accounts, now)
    if not count:
        return []
    said = ngettext(
        "%(count)s order that is late or due by the next cut-off is not declared: it stays here.",
        "%(count)s orders that are late or due by the next cut-off are not declared: they stay here.",
        count,
    )
    among = [_("Kept back among them: %(count)s.") % {"count": kept}] if kept else []
    return [said % {"count": count}, *among]


def emptiness(chosen: Bucket, deadline: datetime | None, now: datetime) -> tuple[str, str]:
    """Why there is no row: a title and a sentence."""
    if chosen not in (Bucket.LATE, Bucket.NEXT):
        return _("Nothing here."), ""
    if deadline is None:
        return _("Nothing left to ship."), ""
    at = typography.exact(deadline, shop.zone(), now)
    return _("Nothing here."), _("The next deadline is %(time)s.") % {"time": at}


def _pace(pace: Pace) -> list[str]:
    if not pace.left:
        return []
    if pace.per_hour is None:
        return [_("nothing was shipped in the last 3 hours")]
    told = {"left": pace.left, "pace": pace.per_hour}
    if pace.enough:
        return [_("%(left)s left, %(pace)s an hour: enough") % told]
    return [_("%(left)s left, %(pace)s an hour: not enough") % told]


def _labels(now: datetime) -> dict[Bucket, str]:
    today = shop.day_of(Departures.of(now).next) == shop.day_of(now)
    return {
        Bucket.LATE: _("Late"),
        Bucket.NEXT: _("Before cut-off") if today else _("Before tomorrow's cut-off"),
        Bucket.AFTER: _("Tomorrow") if today else _("The day after"),
        Bucket.LATER: _("Later"),
        Bucket.NONE: _("Without deadline"),
        Bucket.HELD: _("Kept back"),
        Bucket.NOT_OURS: _("Not ours"),
    }


def first_with_rows(counts: dict[Bucket, int]) -> Bucket:
    """Where the page opens: the first bucket that holds something."""
    return next((name for name in OURS if counts[name]), Bucket.LATE)

"""What happened to an order in the warehouse, for its page: packed by whom, kept back, asked about; and what is now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Subquery
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from backoffice import shop, typography
from backoffice.models import User
from backoffice.templatetags import components
from fulfilment.models import Claim, Hold
from orders.models import Order
from orders.ports import Entry

LONGEST = 50  # rows of each kind that a page reads, the newest
CLAIM = ("id", "user_id", "user_name", "station", "at", "until", "taken_from", "reason", "ended_at")
HOLD = ("id", "problem", "reason", "until", "at", "by_name", "asks", "ended_at", "ended_by_name")


@dataclass(frozen=True)
class Happened:
    """The newest first."""

    claims: list[Claim]
    holds: list[Hold]
    slips: list[tuple[datetime, str]]  # when, and by whom

    @property
    def claim(self) -> Claim | None:
        """Who packs it now."""
        now = timezone.now()
        return next((claim for claim in self.claims if claim.ended_at is None and claim.until > now), None)

    @property
    def hold(self) -> Hold | None:
        """What keeps it back now."""
        now = timezone.now()
        return next((hold for hold in self.holds if hold.stands(now)), None)

    @property
    def question(self) -> Hold | None:
        """What the pack station asks, while nobody has answered it."""
        return next((hold for hold in self.holds if hold.asks and hold.ended_at is None), None)


def of(order: Order) -> Happened:
    """One query, once a page."""
    known: Happened | None = getattr(order, "_happened_here", None)
    if known is None:
        with connection.cursor() as cursor:
            cursor.execute(_HAPPENED, {"order": order.pk, "longest": LONGEST})
            claims, holds, slips = cursor.fetchone()
        known = Happened(
            [Claim(order=order, **_read(row)) for row in claims or ()],
            [Hold(order=order, **_read(row)) for row in holds or ()],
            [(datetime.fromisoformat(row["at"]), row["by_name"]) for row in slips or ()],
        )
        order._happened_here = known  # type: ignore[attr-defined]
    return known


def timeline(order: Order, _user: User) -> Iterator[Entry]:
    """The order's timeline: packed by whom, taken over, kept back, asked about, released, printed."""
    found = of(order)
    for claim in found.claims:
        title = _("Taken over from %(who)s, to be packed") % {"who": claim.taken_from} if claim.taken_from else ""
        said = (claim.reason,) if claim.reason else ()
        yield Entry(claim.at, "person", title or _("Opened to be packed"), who=claim.user_name, said=said)
    for hold in found.holds:
        yield Entry(hold.at, "person", _kept(hold), who=hold.by_name, said=(hold.why,) if hold.why else ())
        if hold.ended_at is not None:
            title = _("The question to support has ended") if hold.asks else _("Kept back no longer")
            yield Entry(hold.ended_at, "person", title, who=hold.ended_by_name)
    for place, (at, who) in enumerate(found.slips):
        title = _("Slip printed") if place == len(found.slips) - 1 else _("Slip printed again")
        yield Entry(at, "person", title, who=who)


def row_columns() -> dict[str, Any]:
    """What the orders list brings along with each order: is it kept back, and who packs it now?"""
    here = {"order": OuterRef("pk"), "ended_at": None, "until__gt": Now()}
    return {
        "kept_back": Exists(Hold.objects.filter(**here)),
        "packed_by": Subquery(Claim.objects.filter(**here).values("user_name")[:1]),
    }


def row_badge(order: Order) -> SafeString | str:
    """The badge of a row of the orders list for what happens to its order in the warehouse."""
    if getattr(order, "kept_back", False):
        return components.tag(pgettext("order", "Kept back"), "warn")
    who = getattr(order, "packed_by", None)
    return components.tag(_("%(who)s packs it") % {"who": who}, "info") if who else ""


def erase(orders: Sequence[int]) -> None:
    """What people wrote about these orders may name a customer: it goes with the customer's data."""
    Hold.objects.filter(order__in=orders).exclude(reason="").update(reason="")
    Claim.objects.filter(order__in=orders).exclude(reason="").update(reason="")


def _kept(hold: Hold) -> str:
    if hold.asks:
        return _("Support is asked; kept back until the answer")
    return _("Kept back until %(time)s") % {"time": typography.exact(hold.until, shop.zone(), timezone.now())}


def _read(row: dict[str, Any]) -> dict[str, Any]:
    moments = {name: row[name] and datetime.fromisoformat(row[name]) for name in ("at", "until", "ended_at")}
    return row | moments


# In one, since every order page asks it.
_HAPPENED = f"""
SELECT (SELECT json_agg(row_to_json(c)) FROM (SELECT {", ".join(CLAIM)} FROM fulfilment_claim
         WHERE order_id = %(order)s ORDER BY at DESC, id DESC LIMIT %(longest)s) c),
       (SELECT json_agg(row_to_json(h)) FROM (SELECT {", ".join(HOLD)} FROM fulfilment_hold
         WHERE order_id = %(order)s ORDER BY at DESC, id DESC LIMIT %(longest)s) h),
       (SELECT json_agg(row_to_json(s)) FROM (SELECT at, by_name FROM fulfilment_slip
         WHERE order_id = %(order)s ORDER BY at DESC LIMIT %(longest)s) s)
"""  # noqa: S608 the columns are ours, the value travels apart

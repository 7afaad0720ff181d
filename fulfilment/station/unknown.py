"""A scan that is no order known here, before any is open: an item, a label, or the number of an order not read yet.

The mirror says how far it reaches; the marketplace is not asked.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice import shop, typography
from backoffice.models import SellerAccount
from fulfilment import carriers
from fulfilment.station import stock
from fulfilment.station.desk import Desk
from orders import sync

MINUTE = timedelta(minutes=1)


def stop(desk: Desk, text: str) -> None:
    """The line stands, with the way out."""
    title = stock.named(text, [account.pk for account in desk.accounts])
    if title:
        advice = _("Scan the slip of the order first, then its items.")
        return desk.stop(_("An item without an order"), f"{title} ({text})", advice=advice)
    likely = carriers.recognise(carriers.tidy(text))
    if likely and not text.isdigit():  # an order's number may be as many digits as a label's
        seen = _("%(code)s, a label of %(carrier)s") % {"code": text, "carrier": likely[0]}
        advice = _("Scan the slip of the order first, then its items and its label.")
        return desk.stop(_("A label without an order"), seen, advice=advice, search=text)
    seen = _("%(code)s, which is no slip and no order number known here") % {"code": text}
    if text.startswith("!"):  # a code of ours: no order number begins so
        return desk.stop(_("Unknown scan"), seen)
    return desk.stop(_("Unknown scan"), seen, advice=_reach(desk.accounts, timezone.now()), search=text)


def _reach(accounts: Sequence[SellerAccount], now: datetime) -> str:
    """From when on orders may be missing here, and when it is worth another scan."""
    fresh = sync.freshness(accounts)
    if fresh.complete_until is None:
        return _(
            "Is it a new order? The orders are still being read for the first time: scan it again in some minutes."
        )
    told = {"time": _moment(fresh.complete_until, now)}
    if fresh.level != "ok":
        words = _(
            "Is it a new order? Those placed after %(time)s are not here, and the marketplace was not read since: "
            "put the parcel aside."
        )
        return words % told
    told["again"] = typography.clock(_whole(max(fresh.complete_until + sync.longest(accounts), now)), shop.zone())
    words = _(
        "Is it a new order? Those placed after %(time)s are not here yet: scan it again at %(again)s. If it is unknown "
        "then too, put the parcel aside and ask support."
    )
    return words % told


def _whole(moment: datetime) -> datetime:
    """The first whole minute that is half a minute or more later: so long a reading may take."""
    return (moment + MINUTE * 1.5).replace(second=0, microsecond=0)


def _moment(at: datetime, now: datetime) -> str:
    zone = shop.zone()
    return typography.clock(at, zone) if shop.day_of(at) == shop.day_of(now) else typography.exact(at, zone, now)

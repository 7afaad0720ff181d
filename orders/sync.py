"""Keeps the mirror fresh: the live run over the latest changes, the deep and the nightly one over more of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import NamedTuple

from django.conf import settings
from django.db import connection
from django.db.models import Count
from django.utils import timezone

import octopia
from backoffice import marketplace
from backoffice.limiter import Budget
from backoffice.models import SellerAccount
from orders import walking
from orders.models import Cursor, Order
from orders.queries import CAP
from orders.walking import Overtaken, Run, Walk

DRIFT = "drift"  # the alert's kind


@dataclass(frozen=True)
class Freshness:
    """How fresh and complete the mirror is, over some accounts the worst of each. Times are ours, UTC.

    `level` is ok, warn or danger by the age of `last`, the end of the last clean run; `waiting` counts records set
    aside and readings that were asked for and not done; `drift` says that counts differed twice; `to_approve` counts
    orders that wait for somebody's decision, for each account at most `queries.CAP` + 1.
    """

    last: datetime | None
    level: str
    complete_until: datetime | None
    waiting: int
    drift: bool
    to_approve: int = 0


def live(account: SellerAccount) -> Run:
    """Read what changed since the last run, less an overlap. Raises what the client raises; nothing read is lost.

    A run that another one overtakes ends early and is not clean. What is only read again gives way while the calls of
    the next hour's runs would not be left: a live run that finds nothing but news is always paid for.
    """
    cursor = walking.cursor(account, "live")
    return _walk(account, cursor, *_floor(account, cursor))


def nightly(account: SellerAccount) -> Run:
    """Read again what changed in the last 48 hours: what became visible late is found."""
    position = walking.cursor(account, "live").position or timezone.now()
    floor = position - timedelta(seconds=settings.SYNC_NIGHTLY_OVERLAP)
    return _walk(account, walking.cursor(account, "nightly"), floor, "nightly")


def every(account: SellerAccount) -> timedelta:
    """Between two live runs: accounts that share a client id share its calls."""
    return longest([account])


def longest(accounts: Iterable[SellerAccount]) -> timedelta:
    """Between two live runs of whichever of these accounts waits longest."""
    ids = SellerAccount.objects.filter(pk__in=[account.pk for account in accounts]).values("client_id")
    sharing = SellerAccount.objects.filter(client_id__in=ids, active=True).order_by().values("client_id")
    most = max(sharing.annotate(count=Count("pk")).values_list("count", flat=True), default=1)
    return timedelta(seconds=settings.SYNC_EVERY * most)


def spare(account: SellerAccount) -> int:
    """How many calls the mirror may spend now on what is only read again."""
    return Budget(account.client_id).spare("sync", steady=ceil(3600 / settings.SYNC_EVERY))


def _floor(account: SellerAccount, cursor: Cursor) -> tuple[datetime, str]:
    """From when on a run reads, and what it is called."""
    now, position = timezone.now(), cursor.position
    deep = cursor.runs % settings.SYNC_DEEP_EVERY == settings.SYNC_DEEP_EVERY - 1
    reach = timedelta(seconds=settings.SYNC_DEEP_OVERLAP)
    if position is None:
        # The first run: our clock may be wrong, so it begins well before now; the backfill brings the rest.
        return now - reach, "live"
    if deep and _affordable(account, position - reach):
        return position - reach, "deep"
    overlap = timedelta(seconds=settings.SYNC_OVERLAP)
    known = cursor.news_at is not None and now - cursor.news_at > 2 * overlap
    for floor in (position - overlap, position):
        if _affordable(account, floor, most=0 if known else None):
            return floor, "live"
    # Hundreds of one stamp, read again since or too dear now: until something newer comes, a deep run reads them.
    return position + walking.SECOND, "live"


def _affordable(account: SellerAccount, floor: datetime, most: int | None = None) -> bool:
    """Does reading again from here cost no page more than news alone, or at most as many as may be spent?"""
    held = Order.objects.filter(account=account, changed_at__gte=floor)
    pages = held.count() // settings.SYNC_PAGE
    return pages == 0 or pages <= (spare(account) if most is None else most)


def _walk(account: SellerAccount, cursor: Cursor, floor: datetime, source: str) -> Run:
    walk: Walk | None = None
    try:
        with marketplace.client(account, "sync") as client:
            walk = Walk(client, account, cursor, floor, source)
            return walk.go()
    except Overtaken:
        return walk.run if walk else Run()
    except (octopia.Trouble, marketplace.WrongAddress) as error:
        walking.note(cursor, str(error))
        raise


def freshness(accounts: Iterable[SellerAccount]) -> Freshness:
    """How fresh the mirror of these accounts is; one query, written out since every page asks it."""
    with connection.cursor() as cursor:
        cursor.execute(_FRESHNESS, {"accounts": [account.pk for account in accounts], "drift": DRIFT, "most": CAP + 1})
        rows = [_Told(*row) for row in cursor.fetchall()]
    active = [row for row in rows if row.active]
    lasts = [row.last for row in active]
    untils = [row.until for row in active]
    last = None if not active or None in lasts else min(moment for moment in lasts if moment)
    return Freshness(
        last=last,
        level=level(last, timezone.now()),
        complete_until=None if not active or None in untils else min(moment for moment in untils if moment),
        waiting=sum(row.aside + row.readings for row in active),
        drift=any(row.drift for row in active),
        to_approve=sum(row.to_approve for row in rows),
    )


class _Told(NamedTuple):
    active: bool
    last: datetime | None
    until: datetime | None
    aside: int
    readings: int
    drift: int
    to_approve: int


_FRESHNESS = """
SELECT a.active, c.last_success, c.complete_until,
       (SELECT count(*) FROM orders_quarantine WHERE account_id = a.id AND solved_at IS NULL),
       (SELECT count(*) FROM orders_reading WHERE account_id = a.id AND done_at IS NULL AND kind <> 'cancels'),
       (SELECT count(*) FROM backoffice_alert WHERE account_id = a.id AND kind = %(drift)s AND closed_at IS NULL),
       (SELECT count(*) FROM (SELECT FROM orders_order WHERE account_id = a.id AND status = 'WaitingAcceptance'
                               LIMIT %(most)s) o)
  FROM backoffice_selleraccount a LEFT JOIN orders_cursor c ON c.account_id = a.id AND c.name = 'live'
 WHERE a.id = ANY(%(accounts)s)
"""


def level(last: datetime | None, now: datetime) -> str:
    """ok, warn from ten minutes on, danger from thirty, also when nothing was ever read."""
    if last is None:
        return "danger"
    age = (now - last).total_seconds()
    return "danger" if age >= settings.FRESH_RED else "warn" if age >= settings.FRESH_AMBER else "ok"


__all__ = ["Freshness", "Run", "every", "freshness", "level", "live", "longest", "nightly", "spare"]

"""How complete and fresh the mirror is, for the sync page: walks, counts, what was set aside or waits, the calls."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Max, Q
from django.utils import timezone

from backoffice import alerts, shop, typography
from backoffice.limiter import Budget, Left
from backoffice.models import Alert, SellerAccount
from orders.models import Comparison, Cursor, Quarantine, Reading

LISTED = 20  # records and readings that are named one by one
LIVE = "live"  # the name of the run that keeps the mirror fresh


@dataclass(frozen=True)
class Calls:
    """The hour of one client id, and which accounts share it."""

    accounts: tuple[str, ...]
    left: Left


@dataclass(frozen=True)
class Standing:
    """One account's mirror. `newest`: when the newest order we hold was placed; `next_run`: None where none is due."""

    account: SellerAccount
    live: Cursor | None
    backfill: Cursor | None
    walks: tuple[Cursor, ...]
    newest: datetime | None
    next_run: datetime | None
    months: tuple[Comparison, ...]
    days: tuple[Comparison, ...]
    drift: tuple[str, ...]
    aside: int
    records: tuple[Quarantine, ...]
    waiting: int
    readings: tuple[Reading, ...]
    oldest_waiting: datetime | None
    nightly: int  # orders whose cancellation requests wait for the nightly audit

    @property
    def seen(self) -> int:
        """Orders read so far, by every walk."""
        return sum(walk.seen for walk in self.walks)

    @property
    def counted_since(self) -> str:
        """The day from which on orders were counted by status: thirty days ago, or as far as the mirror reached."""
        return typography.day(self.months[0].begins, shop.zone(), timezone.now()) if self.months else ""


def standings(accounts: Sequence[SellerAccount]) -> list[Standing]:
    """Every account's standing, in a number of queries that does not grow with the orders."""
    return [_standing(account) for account in accounts]


def calls(accounts: Sequence[SellerAccount]) -> list[Calls]:
    """What each client id has spent of its hour, and whether it is paused."""
    sharing: dict[str, list[str]] = {}
    for account in accounts:
        sharing.setdefault(account.client_id, []).append(account.name)
    return [Calls(tuple(names), Budget(client).left()) for client, names in sharing.items()]


def version(accounts: Sequence[SellerAccount]) -> str:
    """Changes when the page would: the newest try, reading and record. One query, for the poll."""
    mine = [account.pk for account in accounts]
    moments = (
        Cursor.objects.filter(account__in=mine)
        .values_list(Max("last_try"))
        .union(
            Reading.objects.filter(account__in=mine, done_at=None).values_list(Max("asked_at")),
            Quarantine.objects.filter(account__in=mine, solved_at=None).values_list(Max("last_seen_at")),
            all=True,
        )
    )
    return "|".join(moment.isoformat() if moment else "-" for (moment,) in moments)


def _standing(account: SellerAccount) -> Standing:
    cursors = {cursor.name: cursor for cursor in Cursor.objects.filter(account=account).order_by("name")}
    newest, next_run, aside, waiting, oldest, nightly = _figures(account)
    months, days = _comparisons(account)
    records = Quarantine.objects.filter(account=account, solved_at=None).defer("raw").order_by("-last_seen_at")
    asked = Reading.objects.filter(account=account, done_at=None).exclude(kind=Reading.Kind.CANCELLATIONS)
    return Standing(
        account=account,
        live=cursors.get(LIVE),
        backfill=cursors.get("backfill"),
        walks=tuple(cursors.values()),
        newest=newest,
        next_run=next_run,
        months=months,
        days=days,
        drift=tuple(
            alerts.words(alert) for alert in Alert.objects.filter(account=account, kind="drift", closed_at=None)
        ),
        aside=aside,
        records=tuple(records[:LISTED]),
        waiting=waiting,
        readings=tuple(asked.select_related("asked_by").order_by("due", "pk")[:LISTED]),
        oldest_waiting=oldest,
        nightly=nightly,
    )


def _comparisons(account: SellerAccount) -> tuple[tuple[Comparison, ...], tuple[Comparison, ...]]:
    """The month's by status, and the newest days'."""
    rows = Comparison.objects.filter(account=account)
    newest = rows.filter(window=Comparison.Window.DAY).order_by("-begins")
    kept = Q(window=Comparison.Window.MONTH) | Q(pk__in=newest.values("pk")[:LISTED])
    found = list(rows.filter(kept).order_by("status", "-begins"))
    months = tuple(row for row in found if row.window == Comparison.Window.MONTH)
    return months, tuple(row for row in found if row.window == Comparison.Window.DAY)


def _figures(account: SellerAccount) -> tuple[datetime | None, datetime | None, int, int, datetime | None, int]:
    """When the newest order was placed, when the next run is due, what is aside, waits, since when, and for tonight."""
    with connection.cursor() as cursor:
        cursor.execute(_FIGURES, {"account": account.pk, "lease": f"{LIVE}:{account.pk}"})
        row: tuple[datetime | None, datetime | None, int, int, datetime | None, int] = cursor.fetchone()
    return row


_FIGURES = """
SELECT (SELECT placed_at FROM orders_order WHERE account_id = %(account)s ORDER BY placed_at DESC LIMIT 1),
       (SELECT due FROM backoffice_lease WHERE name = %(lease)s),
       (SELECT count(*) FROM orders_quarantine WHERE account_id = %(account)s AND solved_at IS NULL),
       count(*) FILTER (WHERE kind <> 'cancels'), min(asked_at) FILTER (WHERE kind <> 'cancels'),
       count(*) FILTER (WHERE kind = 'cancels')
  FROM orders_reading WHERE account_id = %(account)s AND done_at IS NULL
"""

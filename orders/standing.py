"""How complete and fresh the mirror is, for the sync page: walks, counts, what was set aside or waits, the calls."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Min, Q
from django.utils import timezone

from backoffice import alerts, shop, typography
from backoffice.limiter import Budget, Left
from backoffice.models import Alert, Lease, SellerAccount
from orders.models import Comparison, Cursor, Order, Quarantine, Reading

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
    comparisons = Comparison.objects.filter(account=account)
    aside = Quarantine.objects.filter(account=account, solved_at=None)
    open_readings = Reading.objects.filter(account=account, done_at=None)
    audits = Q(kind=Reading.Kind.CANCELLATIONS)
    told = open_readings.aggregate(
        waiting=Count("pk", filter=~audits), nightly=Count("pk", filter=audits), oldest=Min("asked_at", filter=~audits)
    )
    return Standing(
        account=account,
        live=cursors.get(LIVE),
        backfill=cursors.get("backfill"),
        walks=tuple(cursors.values()),
        newest=Order.objects.filter(account=account).order_by("-placed_at").values_list("placed_at", flat=True).first(),
        next_run=Lease.objects.filter(name=f"{LIVE}:{account.pk}").values_list("due", flat=True).first(),
        months=tuple(comparisons.filter(window=Comparison.Window.MONTH).order_by("status")),
        days=tuple(comparisons.filter(window=Comparison.Window.DAY).order_by("-begins")[:LISTED]),
        drift=tuple(
            alerts.words(alert) for alert in Alert.objects.filter(account=account, kind="drift", closed_at=None)
        ),
        aside=aside.count(),
        records=tuple(aside.defer("raw").order_by("-last_seen_at")[:LISTED]),
        waiting=told["waiting"],
        readings=tuple(open_readings.exclude(audits).select_related("asked_by").order_by("due", "pk")[:LISTED]),
        oldest_waiting=told["oldest"],
        nightly=told["nightly"],
    )

"""The mirror's figures for the monitor: how much is held, set aside and waiting, and how old it is."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count, Sum

from backoffice.health import Gauge
from backoffice.models import SellerAccount
from orders.models import Cursor, DayRollup, Quarantine, Reading


def mirror(now: datetime) -> Iterable[Gauge]:
    """By account: orders from the rollups, since counting a million rows takes longer than a monitor waits."""
    slugs: dict[int, str] = dict(SellerAccount.objects.filter(active=True).values_list("pk", "slug"))

    def by_account(rows: Iterable[tuple[int, float]]) -> list[tuple[tuple[str, ...], float]]:
        return [((slugs[account],), value) for account, value in rows if account in slugs]

    held = DayRollup.objects.values_list("account", "status").annotate(held=Sum("orders")).order_by("account", "status")
    aside = Quarantine.objects.filter(solved_at=None).values_list("account").annotate(n=Count("pk")).order_by("account")
    asked = Reading.objects.filter(done_at=None).values_list("account").annotate(n=Count("pk")).order_by("account")
    live = Cursor.objects.filter(name="live").exclude(last_success=None).values_list("account", "last_success")
    yield Gauge(
        "orders",
        "Orders held, by status.",
        ("account", "status"),
        [((slugs[account], status), number) for account, status, number in held if account in slugs],
    )
    yield Gauge("quarantine", "Records set aside and not read since.", ("account",), by_account(aside))
    yield Gauge("readings_waiting", "Reads that were asked for and wait.", ("account",), by_account(asked))
    yield Gauge(
        "lag_seconds",
        "Seconds since the last clean live run.",
        ("account",),
        by_account((account, (now - last).total_seconds()) for account, last in live),
    )

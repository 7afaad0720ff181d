"""What happened in some periods, counted from the rollups and the mirrored requests in five statements.

The number of statements and, but for a year's days, their work do not grow with the orders.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from math import ceil
from typing import Any

from django.db import connection

from orders.models import ShippedRollup
from orders.ports import Question, Span
from orders.queries import LOST

Verdict = ShippedRollup.Verdict
GIVEN = "Done"  # of a gesture


@dataclass
class Money:
    """Orders of one currency that were not cancelled, refused or rejected."""

    orders: int = 0
    revenue: Decimal = Decimal(0)
    commission: Decimal = Decimal(0)
    estimated: int = 0
    fees: Decimal = Decimal(0)


@dataclass
class Counted:
    """One period. `reasons` counts the orders that we cancelled by reason; `gestures` is by reason and currency."""

    orders: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    money: dict[str, Money] = field(default_factory=lambda: defaultdict(Money))
    untimed: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    hours: Counter[int] = field(default_factory=Counter)
    cancelled: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    gestures: dict[tuple[str, str], tuple[int, Decimal]] = field(default_factory=dict)

    @property
    def shipped(self) -> int:
        return self.verdicts.total()

    @property
    def punctuality(self) -> Decimal | None:
        """In percent, of the orders whose shipping time and deadline are known."""
        return share(self.verdicts[Verdict.MET], self.verdicts[Verdict.MET] + self.verdicts[Verdict.MISSED])

    def quantile(self, part: Decimal) -> int | None:
        """The fewest whole hours within which this part of the orders was shipped; None where none was."""
        rank, passed = ceil(part * self.shipped), 0
        for hours in sorted(self.hours):
            passed += self.hours[hours]
            if passed >= rank:
                return hours
        return None

    def given(self) -> dict[str, tuple[int, Decimal]]:
        """How many gestures of each currency, and their sum."""
        sums: dict[str, tuple[int, Decimal]] = {}
        for (_reason, currency), (count, amount) in self.gestures.items():
            former = sums.get(currency, (0, Decimal(0)))
            sums[currency] = (former[0] + count, former[1] + amount)
        return dict(sorted(sums.items()))


@dataclass
class Counts:
    """Every period that the page needs; `month` is that of the marketplace's indicators, account by account."""

    now: Counted = field(default_factory=Counted)
    before: Counted = field(default_factory=Counted)
    channels: dict[str, Counted] = field(default_factory=lambda: defaultdict(Counted))
    month: dict[int, Counted] = field(default_factory=lambda: defaultdict(Counted))
    days: dict[date, tuple[int, int]] = field(default_factory=dict)  # shipped, of which late

    def of(self, name: str, account: int, channel: str) -> Iterable[Counted]:
        """Where a row of this period, account and channel counts."""
        if name == "month":
            return (self.month[account],)
        return (self.now, self.channels[channel]) if name == "now" else (self.before,)

    def about(self, name: str, channel: str | None) -> Iterable[Counted]:
        """Where something of this channel is written, or of all of them (None); the time before has no channels."""
        if channel is None:
            return (self.now if name == "now" else self.before,)
        return (self.channels[channel],) if name == "now" else ()


def share(part: int, whole: int) -> Decimal | None:
    """In percent, unrounded; None of nothing."""
    return Decimal(100) * part / whole if whole else None


def count(question: Question, month: Span) -> Counts:
    """Everything the page tells of its periods."""
    counts = Counts()
    spans = {"now": question.span, "before": question.before, "month": month}
    params: dict[str, Any] = {
        "accounts": list(question.accounts),
        "channel": question.channel,
        "names": list(spans),
        "begins": [one.begins for one in spans.values()],
        "ends": [one.ends for one in spans.values()],
        "since": [one.since for one in spans.values()],
        "until": [one.until for one in spans.values()],
        "given": GIVEN,
    }
    for name, account, channel, status, currency, *sums in _rows(_ORDERS, params):
        for counted in counts.of(name, account, channel):
            _add(counted, status, currency, sums)
    for name, account, channel, verdict, hours, orders in _rows(_SHIPPED, params):
        for counted in counts.of(name, account, channel):
            counted.verdicts[verdict] += orders
            counted.hours[hours] += orders
    for day, orders, late in _rows(_DAYS, params):
        counts.days[day] = (orders, late)
    for name, channel, whole, reason, orders in _rows(_CANCELLED, params):
        for counted in counts.about(name, channel):
            if whole:
                counted.cancelled = orders
            elif reason is not None:
                counted.reasons[reason] = orders
    for name, channel, reason, currency, number, amount in _rows(_GESTURES, params):
        for counted in counts.about(name, channel):
            counted.gestures[reason, currency] = (number, amount)
    return counts


def _add(counted: Counted, status: str, currency: str, sums: Sequence[Any]) -> None:
    orders, revenue, untimed, commission, estimated, fees = sums
    counted.orders += orders
    counted.statuses[status] += orders
    counted.untimed += untimed
    if status not in LOST and orders:
        money = counted.money[currency]
        money.orders += orders
        money.revenue += revenue
        money.commission += commission
        money.estimated += estimated
        money.fees += fees


def _rows(sql: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


_ORDERS = """
SELECT s.name, d.account_id, d.channel, d.status, d.currency, sum(d.orders), sum(d.revenue), sum(d.untimed),
       sum(d.commission), sum(d.estimated), sum(d.fees)
  FROM unnest(%(names)s::text[], %(begins)s::date[], %(ends)s::date[]) s (name, begins, ends)
  JOIN orders_dayrollup d ON d.account_id = ANY(%(accounts)s) AND d.day BETWEEN s.begins AND s.ends
 WHERE %(channel)s IN ('', d.channel) OR s.name = 'month' GROUP BY 1, 2, 3, 4, 5
"""
_SHIPPED = """
SELECT s.name, d.account_id, d.channel, d.verdict, d.hours, sum(d.orders)
  FROM unnest(%(names)s::text[], %(begins)s::date[], %(ends)s::date[]) s (name, begins, ends)
  JOIN orders_shippedrollup d ON d.account_id = ANY(%(accounts)s) AND d.day BETWEEN s.begins AND s.ends
 WHERE %(channel)s IN ('', d.channel) OR s.name = 'month' GROUP BY 1, 2, 3, 4, 5 HAVING sum(d.orders) <> 0
"""
_DAYS = """
SELECT day, sum(orders), coalesce(sum(orders) FILTER (WHERE verdict = 'missed'), 0) FROM orders_shippedrollup
 WHERE account_id = ANY(%(accounts)s) AND day BETWEEN (%(begins)s::date[])[1] AND (%(ends)s::date[])[1]
   AND %(channel)s IN ('', channel) GROUP BY 1
"""
# The requests are those of `models.BY_US`.
_CANCELLED = """
SELECT s.name, o.channel, grouping(r.reason) = 1, r.reason, count(DISTINCT o.id)
  FROM unnest(%(names)s::text[], %(since)s::timestamptz[], %(until)s::timestamptz[]) s (name, since, until)
  JOIN orders_cancellationrequest c ON c.account_id = ANY(%(accounts)s) AND c.created_at >= s.since
       AND c.created_at < s.until
  JOIN orders_order o ON o.account_id = c.account_id AND o.number = c.number
  LEFT JOIN LATERAL (SELECT line->>'reason' AS reason FROM jsonb_array_elements(c.lines) line) r ON true
 WHERE s.name <> 'month' AND c.user_type = 'Seller' AND c.status <> 'Rejected' AND %(channel)s IN ('', o.channel)
 GROUP BY GROUPING SETS ((s.name), (s.name, r.reason), (s.name, o.channel), (s.name, o.channel, r.reason))
"""
_GESTURES = """
SELECT s.name, g.channel, g.reason, g.currency, count(*), coalesce(sum(g.amount), 0)
  FROM unnest(%(names)s::text[], %(since)s::timestamptz[], %(until)s::timestamptz[]) s (name, since, until)
  JOIN orders_gesturerequest g ON g.account_id = ANY(%(accounts)s) AND g.created_at >= s.since
       AND g.created_at < s.until
 WHERE s.name <> 'month' AND g.status = %(given)s AND %(channel)s IN ('', g.channel)
 GROUP BY GROUPING SETS ((s.name, g.reason, g.currency), (s.name, g.channel, g.reason, g.currency))
"""

"""The rows behind every list of orders: which ones, in which order, page by page by key, and how many.

Everything here stays flat from a thousand orders to a million: keys instead of offsets, one branch for each account and
status so that an index gives the order, and counts that stop at a thousand.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Case, DateTimeField, Exists, F, OuterRef, Q, QuerySet, Value, When

from backoffice import shop
from orders import ports
from orders.filters import Filters
from orders.models import BY_US, CancellationRequest, Line, Order

Key = tuple[datetime | None, int]  # of a row in its list: the sorting's column, then the id
Place = str  # a key as an address carries it

PAGE = 50
CAP = 1000  # a count stops here and says "1,000+"
BRANCHES = 24  # beyond this many accounts and statuses one plain query is as good
GONE = {"Shipped", "Delivered"}
LOST = {"Cancelled", "Refused", "Rejected"}
WAITS = "WaitingAcceptance"  # for our decision
OPEN = ("Processing", WAITS, "Accepted", "InPreparation")  # a deadline matters to these
COLUMNS = (
    "account_id", "number", "channel_number", "version", "status", "partly_shipped", "cancel_asked", "channel",
    "channel_name", "business", "ours", "deadline", "placed_at", "created_at", "customer",
    "shipped_at", "closed_at", "changed_at", "first_title", "line_count",
    "item_count", "selling_total", "currency", "commission", "commission_estimated",
    "contact_erased_at", "name_erased_at",
    "recipient__first_name", "recipient__last_name", "recipient__company", "recipient__city",
    "recipient__country", "recipient__kind",
)  # fmt: skip


@dataclass(frozen=True)
class Sorting:
    """The key of a list: a column, then the id the same way round. Rows without the column's value come last."""

    name: str
    column: str
    descending: bool
    nullable: bool = False

    def value(self, row: Order) -> datetime | None:
        """The row's own, also where it was read without the list around it."""
        if self.column == "decide_by":
            return decide_by(row)
        value: datetime | None = getattr(row, self.column)
        return value

    def expressions(self, backward: bool = False) -> list[Any]:
        down = self.descending is not backward
        nulls: dict[str, Any] = {}
        if self.nullable:
            nulls = {"nulls_first": True} if backward else {"nulls_last": True}
        key, pk = F(self.column), F("pk")
        return [key.desc(**nulls), pk.desc()] if down else [key.asc(**nulls), pk.asc()]

    def beyond(self, rows: "QuerySet[Order]", place: Key, backward: bool) -> "QuerySet[Order]":
        """The rows that come after (or, backward, before) the row with this key."""
        key, pk = place
        down = self.descending is not backward
        side, tie = ("lte", "pk__gte") if down else ("gte", "pk__lte")
        if key is None:  # among the rows without a value, which stand last
            others = Q(**{f"{self.column}__isnull": True}) & ~Q(**{tie: pk})
            return rows.filter(others | Q(**{f"{self.column}__isnull": False}) if backward else others)
        near = Q(**{f"{self.column}__{side}": key}) & ~Q(**{self.column: key, tie: pk})
        if self.nullable and not backward:
            near |= Q(**{f"{self.column}__isnull": True})
        return rows.filter(near)


NEWEST = Sorting("-placed", "placed_at", descending=True)
OLDEST = Sorting("placed", "placed_at", descending=False)
MOST_URGENT = Sorting("deadline", "deadline", descending=False, nullable=True)
LEAST_URGENT = Sorting("-deadline", "deadline", descending=True, nullable=True)
SHIPPED = Sorting("", "shipped_at", descending=True)
CLOCK = Sorting("", "decide_by", descending=False, nullable=True)  # of `decide_by`: those without one come last
SORTINGS = {sorting.name: sorting for sorting in (NEWEST, OLDEST, MOST_URGENT, LEAST_URGENT)}


@dataclass(frozen=True)
class Listing:
    """One page of a list. `older` and `newer` are keys for the address, "" where the list ends."""

    rows: list[Order]
    older: str
    newer: str


class Matching:
    """The orders of some accounts that pass the filters, as one query for each account and status.

    Each of these can be read in an index's order, which one query over several accounts or statuses cannot. `ids` are
    the orders that a search found, newest first; None where nothing is searched.
    """

    def __init__(
        self, filters: Filters, accounts: Sequence[int], now: datetime, ids: Sequence[int] | None = None
    ) -> None:
        self.sorting = sorting(filters)
        listed = {"account", "q", "pasted"}.issuperset(filters.active()) and self.sorting is NEWEST
        self.listed = ids if listed else None  # then the search has said which rows, and in which order
        self.more = dict(ports.ROW_COLUMNS)  # what comes along with every row
        rows: QuerySet[Order] = Order.objects.filter(_common(filters, now))
        if filters.customer:
            rows = rows.filter(_of_customer(filters.customer, accounts))
        if self.sorting is CLOCK:
            self.more["decide_by"] = _clock()
            rows = rows.annotate(decide_by=_clock())
        if ids is not None:
            rows = rows.filter(pk__in=ids)
        statuses = _statuses(filters)
        if ids is not None or len(accounts) * max(len(statuses), 1) > BRANCHES:
            wide = rows.filter(account__in=accounts)
            self.sets = [wide.filter(status__in=statuses) if statuses else wide]
        elif statuses:
            self.sets = [rows.filter(account=a, status=s) for a, s in product(accounts, statuses)]
        else:
            self.sets = [rows.filter(account=account) for account in accounts]

    def page(self, after: str = "", before: str = "") -> Listing:
        """One page of rows, next to a key of the address or from the top. A key that cannot be read is the top."""
        key = unkey(after or before)
        back = bool(before and not after and key)
        rows = self.neighbours(PAGE + 1, key, back)
        more = len(rows) > PAGE
        rows = rows[:PAGE]
        if back:
            rows.reverse()
        return Listing(
            rows=rows,
            older=key_of(rows[-1], self.sorting) if rows and (more or back) else "",
            newer=key_of(rows[0], self.sorting) if rows and (more if back else key is not None) else "",
        )

    def neighbours(self, limit: int, key: Key | None = None, back: bool = False) -> list[Order]:
        """The rows after `key`, nearest first; with `back` those before it, nearest first too."""
        order = self.sorting.expressions(back)
        if (near := self._listed(limit, key, back)) is not None:
            return list(
                Order.objects.filter(pk__in=near)
                .select_related("recipient")
                .only(*COLUMNS)
                .annotate(**self.more)
                .order_by(*order)
            )
        parts = [(self.sorting.beyond(rows, key, back) if key else rows).order_by(*order)[:limit] for rows in self.sets]
        if not parts:
            return []
        if len(parts) == 1:
            return list(parts[0].select_related("recipient").only(*COLUMNS).annotate(**self.more))
        keys = [part.values_list("pk", self.sorting.column) for part in parts]
        ids = [pk for pk, _key in keys[0].union(*keys[1:], all=True).order_by(*order)[:limit]]
        return list(
            Order.objects.filter(pk__in=ids)
            .select_related("recipient")
            .only(*COLUMNS)
            .annotate(**self.more)
            .order_by(*order)
        )

    def _listed(self, limit: int, key: Key | None, back: bool) -> Sequence[int] | None:
        """The rows next to `key` as the search found them; None where the database must look."""
        if self.listed is None or (key and key[1] not in self.listed):
            return None
        at = self.listed.index(key[1]) if key else -1
        return self.listed[max(at - limit, 0) : at] if back else self.listed[at + 1 : at + 1 + limit]

    def narrow(self, **conditions: Any) -> None:
        """Keep only the rows that also meet these conditions."""
        self.listed = None
        self.sets = [rows.filter(**conditions) for rows in self.sets]

    def upto(self, key: Key) -> "Matching":
        """The rows that stand before the row with this key: how many there are is its position less one."""
        return self._with([self.sorting.beyond(rows, key, backward=True) for rows in self.sets])

    def only(self, pk: int) -> "Matching":
        """The one row, where it passes the filters."""
        return self._with([rows.filter(pk=pk) for rows in self.sets])

    def beside(self, key: Key) -> tuple[Order | None, Order | None]:
        """The row before and the row after this key, in one query."""
        parts = []
        for back in (True, False):
            order = self.sorting.expressions(back)
            parts += [
                self.sorting.beyond(rows, key, back)
                .order_by(*order)
                .values_list(Value(back), "pk", self.sorting.column, "number", "account")[:1]
                for rows in self.sets
            ]
        found = list(parts[0].union(*parts[1:], all=True)) if parts else []
        sides: list[Order | None] = []
        for back in (True, False):
            nearest = [row for row in found if row[0] is back]
            down = self.sorting.descending is not back
            # rows without a value stand last
            far = (datetime.max if down is back else datetime.min).replace(tzinfo=UTC)
            nearest.sort(key=lambda row: (row[2] or far, row[1]), reverse=down)
            sides.append(Order(pk=nearest[0][1], number=nearest[0][3], account_id=nearest[0][4]) if nearest else None)
        return sides[0], sides[1]

    def _with(self, sets: "list[QuerySet[Order]]") -> "Matching":
        other = object.__new__(Matching)
        other.sorting, other.sets, other.listed, other.more = self.sorting, sets, None, self.more
        return other


def sorting(filters: Filters) -> Sorting:
    """How these rows are ordered: as asked where that stays flat, else as the view does by itself.

    By deadline only where every row is open: over all orders ever it would sort a million.
    """
    if filters.sort in ("placed", "-placed"):
        return SORTINGS[filters.sort]
    if sorts_by_deadline(filters) and (filters.sort or filters.view in ("to-ship", "late")):
        return SORTINGS[filters.sort or "deadline"]
    if filters.view == "to-approve":
        return CLOCK if shop.choice("approval_windows") else OLDEST
    return SHIPPED if filters.view == "shipped-today" or filters.by == "shipped" else NEWEST


def decide_by(order: Order) -> datetime | None:
    """Until when an order that waits for us may be decided; None for any other, and where the window is unknown."""
    window = shop.approval_window(order.channel) if order.status == WAITS else None
    return order.created_at + window if window else None


def _clock() -> Case:
    """`decide_by` as the database reckons it. Of the orders that wait: hundreds, no index serves it."""
    whens = [
        When(channel=channel, then=F("created_at") + Value(timedelta(hours=known["hours"])))
        for channel, known in shop.choice("approval_windows").items()
    ]
    return Case(*whens, default=None, output_field=DateTimeField())


def sorts_by_deadline(filters: Filters) -> bool:
    """Whether every row of this list is open, so that its deadline means something."""
    statuses = _statuses(filters)
    return bool(statuses) and set(statuses) <= set(OPEN)


def counts(*wanted: Matching) -> list[int]:
    """How many rows each has, in one query; CAP + 1 stands for more than CAP."""
    parts: list[str] = []
    params: list[Any] = []
    for matching in wanted:
        sums = []
        for rows in matching.sets:
            try:
                sql, values = rows.order_by().values("pk")[: CAP + 1].query.sql_with_params()
            except EmptyResultSet:
                continue
            sums.append(f"(SELECT count(*) FROM ({sql}) counted)")  # noqa: S608 the ORM's statement, values apart
            params.extend(values)
        parts.append(f"least({' + '.join(sums) or '0'}, {CAP + 1})")
    if not params:
        return [0] * len(wanted)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", params)
        return [int(value) for value in cursor.fetchone() or ()]


def key_of(row: Order, by: Sorting) -> Place:
    """The row's place in a list, for an address."""
    return place(by.value(row), row.pk)


def place(value: datetime | None, pk: int) -> Place:
    """The same of any row with this key."""
    told = f"{value.isoformat() if value else ''}|{pk}"
    return base64.urlsafe_b64encode(told.encode()).decode().rstrip("=")


def unkey(written: Place) -> Key | None:
    """The key that an address names; None for a place that was not written by `place`."""
    try:
        told = base64.urlsafe_b64decode(written + "=" * (-len(written) % 4)).decode()
        moment, _bar, pk = told.partition("|")
        if not 0 < int(pk) < 2**63:
            return None
        value = datetime.fromisoformat(moment) if moment else None
    except (ValueError, binascii.Error):
        return None
    if value is not None and (value.tzinfo is None or not 1990 <= value.year <= 2200):
        return None
    return (value, int(pk))


def _statuses(filters: Filters) -> tuple[str, ...]:
    """The statuses that the filters leave, as few as possible; () for any; for a contradiction one that nothing has."""
    wanted: set[str] | None = set(filters.status) or None
    for condition, implied in (
        (filters.view in ("to-ship", "late"), {"InPreparation"}),
        (filters.view == "to-approve", {"WaitingAcceptance"}),
        (bool(filters.deadline), set(OPEN)),
        (filters.outcome == "untimed", GONE),
    ):
        if condition:
            wanted = implied if wanted is None else wanted & implied
    if wanted is None:
        return ()
    return tuple(sorted(wanted)) or ("",)


def _common(filters: Filters, now: datetime) -> Q:
    """The conditions beside account and status."""
    today, tomorrow = shop.today(now)
    where: Any = Q()
    if filters.view in ("to-ship", "late"):
        where &= Q(ours=True)
    if filters.view == "late":
        where &= Q(deadline__lt=now)
    if filters.view == "shipped-today":  # changed_at is never before shipped_at, and has the index
        where &= Q(changed_at__gte=today, shipped_at__gte=today)
    if filters.channel:
        where &= Q(channel__in=filters.channel)
    if filters.mode:
        where &= Exists(Line.objects.filter(order=OuterRef("pk"), supply_mode__in=filters.mode))
    after = shop.today(tomorrow + timedelta(hours=12))[1]
    where &= {
        "late": Q(deadline__lt=now),
        "at-risk": Q(deadline__gte=now, deadline__lt=cutoffs(now)[1]),
        "today": Q(deadline__gte=now, deadline__lt=tomorrow),
        "tomorrow": Q(deadline__gte=tomorrow, deadline__lt=after),
        "later": Q(deadline__gte=after),
        "none": Q(deadline=None),
    }.get(filters.deadline, Q())
    where &= _period(filters, now)
    where &= {
        "kept": ~Q(status__in=LOST),
        "on-time": Q(on_time=True),
        "shipped-late": Q(on_time=False),
        "no-deadline": Q(shipped_day__isnull=False, on_time=None),
        "untimed": Q(ours=True, shipped_day=None),
    }.get(filters.outcome, Q())
    if filters.batch:
        where &= ports.SETS["batch"](int(filters.batch)) if "batch" in ports.SETS else Q(pk=None)
    if filters.currency:
        where &= Q(currency=filters.currency)
    if filters.least is not None:
        where &= Q(selling_total__gte=filters.least)
    if filters.most is not None:
        where &= Q(selling_total__lte=filters.most)
    conditions: Q = where
    return conditions


def _of_customer(number: str, accounts: Sequence[int]) -> Q:
    """The orders of the customer of this order: the same account and the same reference. Of an order whose customer the
    marketplace did not tell, itself alone."""
    known = Order.objects.filter(number=number, account__in=accounts).values_list("account", "customer")
    conditions = Q(pk__in=[])
    for account, customer in known:
        conditions |= Q(account=account, customer=customer) if customer else Q(account=account, number=number)
    return conditions


def _period(filters: Filters, now: datetime) -> Q:
    """The days that the filters name, of whatever the period is about."""
    days: dict[str, Any] = {}
    begins, ends = filters.period(shop.day_of(now))
    if begins:
        days["gte"] = shop.begins(begins)
    if ends:
        days["lt"] = shop.begins(ends + timedelta(days=1))
    if filters.by == "cancelled" or filters.reason:
        asked = CancellationRequest.objects.filter(BY_US, account=OuterRef("account"), number=OuterRef("number"))
        if filters.reason:
            asked = asked.filter(lines__contains=[{"reason": filters.reason}])
        return Q(Exists(asked.filter(**{f"created_at__{side}": moment for side, moment in days.items()})))
    if filters.by in ports.DAYS:
        return ports.DAYS[filters.by](days.get("gte"), days.get("lt"))
    if filters.by == "shipped":
        return Q(shipped_day__isnull=False, **{f"shipped_at__{side}": moment for side, moment in days.items()})
    return Q(**{f"placed_at__{side}": moment for side, moment in days.items()})


def cutoffs(now: datetime) -> tuple[datetime, datetime]:
    """When the next parcels leave, and those after them: what is due before the latter must go with the former."""
    day, at = shop.day_of(now), shop.cutoff()
    zone = shop.zone()
    times = [datetime.combine(day + timedelta(days=ahead), at, zone) for ahead in range(3)]
    first = 0 if now < times[0] else 1
    return times[first], times[first + 1]

"""Proves that the mirror is complete: their counts against ours, and a page of the past against what we hold.

A difference counts once it stands after a fresh live run; seen so in two audits it is drift: an alert, and the period
is read again. It closes itself when the counts agree. One audit costs at most 16 calls.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

import octopia
from backoffice import marketplace
from backoffice.alerts import close_alert, open_alert
from backoffice.models import SellerAccount
from octopia.contract.vocabulary import LINE_STATUSES, Status
from orders import quarantine, readings, sync, walking, writing
from orders.models import Comparison, Cursor, Order, Quarantine, Reading

STATUSES = tuple(status.value for status in LINE_STATUSES if status is not Status.CANCEL_REQUEST)
CALLS = 16  # of one audit
SINGLES = 5  # of these, for orders that their page does not show
RECOUNTS = 4
MONTH = timedelta(days=30)
DAY = timedelta(days=1)
SETTLED = timedelta(minutes=10)  # a window must have ended so long ago
SAMPLE = timedelta(days=7)  # the longest span of the page that is compared
TWICE = 2
LATER = timedelta(minutes=10)  # an audit that cannot be paid for is tried again

Window = Comparison.Window


@dataclass(slots=True)
class Difference:
    """Their count of a window and ours; `status` "" is every status."""

    window: str
    begins: datetime
    ends: datetime
    status: str
    theirs: int
    ours: int = 0


@dataclass(slots=True)
class Report:
    """What an audit found. `differing` stood after a live run; `sampled` orders were compared, of which `missed` were
    missing or old with us; `drift` says that an alert is open."""

    calls: int = 0
    compared: int = 0
    differing: list[Difference] = field(default_factory=list)
    sampled: int = 0
    missed: int = 0
    drift: bool = False


def audit(account: SellerAccount, *, insist: bool = False, luck: random.Random | None = None) -> Report:
    """Compare once. With `insist` a difference is drift at once, as for somebody who asks now.

    Does nothing before the first live run. Raises what the client raises; what was compared till then is kept.
    """
    covered = _covered_since(account)
    if covered is None:
        return Report()
    with marketplace.client(account, "sync") as client:
        work = _Audit(client, account, covered, luck or random.Random())
        work.compare()
        work.sample()
        work.judge(insist=insist)
    return work.report


def when_affordable(account: SellerAccount) -> Report:
    """As `audit`; raises Busy while its calls would be missing to the live runs of the next hour."""
    if sync.spare(account) < CALLS:
        raise octopia.Busy(_("The calls of this hour are kept for the live runs."), wait=LATER.total_seconds())
    return audit(account)


def _covered_since(account: SellerAccount) -> datetime | None:
    """From when on the mirror claims to hold every order: as far as the backfill has come."""
    past = Cursor.objects.filter(account=account, name="backfill").first()
    live = Cursor.objects.filter(account=account, name="live").exclude(last_success=None).exists()
    return past.position if past is not None and live else None


class _Audit:
    def __init__(self, client: octopia.Client, account: SellerAccount, covered: datetime, luck: random.Random) -> None:
        self.client = client
        self.account = account
        self.luck = luck
        self.report = Report()
        self.ends = self._quiet((timezone.now() - SETTLED).replace(microsecond=0))
        self.begins = max(covered, self.ends.replace(hour=0, minute=0, second=0) - MONTH)
        self.aside = _numbers_aside(account)

    def compare(self) -> None:
        """Count by status over 30 days and one closed day; what differs is counted again after a live run."""
        counts = [self._count(Window.MONTH, self.begins, self.ends, status) for status in STATUSES]
        if (day := self._closed_day()) is not None:
            counts.append(self._count(Window.DAY, day, day + DAY, ""))
        self._count_ours(counts)
        self.report.compared = len(counts)
        differing = [count for count in counts if self._differs(count)]
        if differing:
            self.report.calls += sync.live(self.account).pages
            for count in differing[:RECOUNTS]:
                count.theirs = self._ask(count)
            self._count_ours(differing)
            self.report.differing = [count for count in differing if self._differs(count)]
        for count in counts:
            _keep(self.account, count, differs=count in self.report.differing)

    def sample(self) -> None:
        """Compare one page of the past with the mirror; what is missing or old is stored, its neighbours are read."""
        span = self.ends - SAMPLE - self.begins
        begins = self.begins + max(timedelta(0), span) * self.luck.random()
        begins = begins.replace(microsecond=0)
        ends = min(begins + SAMPLE, self.ends)
        if self.report.calls >= CALLS or begins >= ends:
            return
        self.report.calls += 1
        page = self.client.orders(created_min=begins, created_max=ends, size=settings.SYNC_PAGE, sort="created_at")
        if any(not begins <= order.created_at <= ends + walking.SECOND for order in page.items):
            return  # sort or filter was ignored: this page proves nothing
        settled = timezone.now() - SETTLED
        stored, _aside = walking.store(self.account, page, "audit")
        written = {*stored.new, *stored.changed}
        missed = [order for order in page.items if order.number in written and order.changed_at < settled]
        self.report.sampled = page.received
        self.report.missed = len(missed)
        if missed:
            readings.ask_period(self.account, begins, ends, why="audit")
        upto = max((order.created_at for order in page.items), default=begins)
        upto = ends if page.received < settings.SYNC_PAGE else upto
        self._look_for_strays(begins, upto, {order.number for order in page.items})

    def judge(self, *, insist: bool) -> None:
        """Open the alert and read the periods again, or close it."""
        rows = Comparison.objects.filter(account=self.account, differs_times__gte=1 if insist else TWICE)
        drifting = [row for row in rows if not insist or row.differs_since is not None]
        self.report.drift = bool(drifting)
        if not drifting:
            close_alert(sync.DRIFT, account=self.account)
            return
        open_alert(
            sync.DRIFT,
            account=self.account,
            theirs=sum(row.theirs for row in drifting),
            ours=sum(row.ours for row in drifting),
            statuses=", ".join(sorted({row.status for row in drifting if row.status})),
        )
        waits = Reading.objects.filter(account=self.account, kind=Reading.Kind.PERIOD, why="audit", done_at=None)
        if not waits.exists():
            begins, ends = min(row.begins for row in drifting), max(row.ends for row in drifting)
            readings.ask_period(self.account, begins, ends, why="audit")

    def _count(self, window: str, begins: datetime, ends: datetime, status: str) -> Difference:
        count = Difference(window, begins, ends, status, 0)
        count.theirs = self._ask(count)
        return count

    def _ask(self, count: Difference) -> int:
        self.report.calls += 1
        statuses = [count.status] if count.status else []
        return self.client.count(created_min=count.begins, created_max=count.ends, status=statuses)

    def _count_ours(self, counts: Iterable[Difference]) -> None:
        month = dict(
            _placed(self.account, self.begins, self.ends).values_list("status").annotate(n=Count("pk")).order_by()
        )
        for count in counts:
            if count.window == Window.MONTH:
                count.ours = month.get(count.status, 0)
            else:
                count.ours = _placed(self.account, count.begins, count.ends).count()

    def _differs(self, count: Difference) -> bool:
        """What is set aside is known to be missing: that many more or less are no difference."""
        return abs(count.theirs - count.ours) > self.aside

    def _closed_day(self) -> datetime | None:
        """The day to be compared: one that differed, else the one that nobody compared for longest."""
        last = self.ends.replace(hour=0, minute=0, second=0) - DAY
        days = {last - n * DAY for n in range(settings.BACKFILL_DAYS) if last - n * DAY >= self.begins}
        if not days:
            return None
        rows = Comparison.objects.filter(account=self.account, window=Window.DAY, begins__in=days)
        known = {row.begins: (row.differs_since is None, row.compared_at) for row in rows}
        never = datetime.min.replace(tzinfo=self.ends.tzinfo)
        return min(days, key=lambda day: (*known.get(day, (True, never)), -day.timestamp()))

    def _quiet(self, ends: datetime) -> datetime:
        """A second in which we know of no order: whether a bound belongs to its window is disputed."""
        for _turn in range(60):
            if not _placed(self.account, ends - walking.SECOND, ends + walking.SECOND).exists():
                return ends
            ends -= 3 * walking.SECOND
        return ends

    def _look_for_strays(self, begins: datetime, ends: datetime, shown: set[str]) -> None:
        """Orders that we hold and that their page does not show: read singly, a few of them."""
        ours = _placed(self.account, begins + walking.SECOND, ends - walking.SECOND)
        strays = list(ours.exclude(number__in=shown).values_list("number", flat=True)[:SINGLES])
        due = timezone.now()
        with writing.cursor() as cursor:
            room = max(0, CALLS - self.report.calls)
            quarantine.ask_again(cursor, self.account.pk, strays[:room], why="audit", due=due)
        self.report.calls += min(room, len(strays))


def _placed(account: SellerAccount, begins: datetime, ends: datetime) -> Any:
    return Order.objects.filter(account=account, created_at__gte=begins, created_at__lte=ends)


def _numbers_aside(account: SellerAccount) -> int:
    rows = Quarantine.objects.filter(account=account, solved_at=None)
    named = rows.exclude(number="").values("number").distinct().count()
    return int(named + rows.filter(number="").count())


def _keep(account: SellerAccount, count: Difference, *, differs: bool) -> None:
    now = timezone.now()
    key = {"status": count.status} if count.window == Window.MONTH else {"begins": count.begins}
    row, _created = Comparison.objects.get_or_create(
        account=account,
        window=count.window,
        **key,
        defaults={"begins": count.begins, "ends": count.ends, "theirs": 0, "ours": 0},
    )
    row.begins, row.ends, row.theirs, row.ours, row.compared_at = (
        count.begins,
        count.ends,
        count.theirs,
        count.ours,
        now,
    )
    row.differs_times = row.differs_times + 1 if differs else 0
    row.differs_since = (row.differs_since or now) if differs else None
    row.save()


def latest(accounts: Iterable[SellerAccount]) -> list[Comparison]:
    """The comparisons to show: by status over 30 days, then the days that differ and the last ones compared."""
    rows = Comparison.objects.filter(account__in=list(accounts))
    months = list(rows.filter(window=Window.MONTH).order_by("account", "status"))
    days = rows.filter(window=Window.DAY).filter(Q(differs_times__gt=0) | Q(compared_at__gte=timezone.now() - DAY))
    return months + list(days.order_by("account", "-begins")[:30])

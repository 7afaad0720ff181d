"""Reads that were asked for: one order now, a period when there is time. The row is the queue; nobody waits for it.

A person's question, a record in quarantine, a doubt about a hash and an audit's finding all end here, so that each is
read once, in its share of the calls, and its outcome is kept.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q
from django.utils import timezone

import octopia
from backoffice import jobs, marketplace
from backoffice.models import SellerAccount, User
from orders import backfill, mirror, quarantine, requests, walking
from orders.models import Reading
from orders.walking import Run

Kind, Outcome = Reading.Kind, Reading.Outcome

SAME = timedelta(seconds=30)  # a second question within these gets the first one's answer
TOLD = timedelta(minutes=2)  # how long an outcome is told where somebody asked by number
LATELY = timedelta(hours=1)  # opening an order does not ask for its cancellation requests again within it
WANTED = "wanted"  # why its cancellation requests are read now, and not with the nightly round
A_MINUTE = {"person": 10, "look-up": 3}  # questions of one user
LEASE = timedelta(minutes=4)
TRIES = 8
AT_ONCE = 50  # readings of one turn
FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(hours=1)
JOB = "readings"


class TooMany(Exception):
    """This person asks too often; `wait` is in seconds."""

    def __init__(self, wait: float) -> None:
        super().__init__(f"ask again in {wait:.0f} s")
        self.wait = max(1.0, wait)


def ask_order(account: SellerAccount, number: str, why: str = "person", by: User | None = None) -> Reading:
    """Queue the reading of one order, or give the one asked for within the last 30 s.

    `why`: person, look-up, quarantine, hash, audit. Raises TooMany when `by` asked too often in the last minute.
    """
    now = timezone.now()
    same = Reading.objects.filter(account=account, kind=Kind.ORDER, number=number)
    recent = Q(done_at=None, due__lte=now) | Q(done_at__isnull=False, asked_at__gt=now - SAME)
    first: Reading | None = same.filter(recent).order_by("-asked_at").first()
    if first is not None:
        return first
    if by is not None:
        _refuse_too_many(by, why, now)
    waiting = same.filter(done_at=None)
    if waiting.update(due=now, why=why, asked_by=by, asked_at=now, tries=0):  # it was to be read later: now
        reading: Reading = waiting.get()
    else:
        reading = _put(account=account, kind=Kind.ORDER, lane="single", number=number, why=why, asked_by=by)
    jobs.soon(JOB)
    return reading


def looked_up(accounts: Sequence[int], number: str) -> tuple[bool, str]:
    """Whether an order is being read, and how its last reading of the last two minutes ended, "" without one."""
    asked = Reading.objects.filter(account__in=accounts, kind=Kind.ORDER, number=number)
    lately = asked.filter(asked_at__gt=timezone.now() - TOLD).order_by("-asked_at").values_list("done_at", "outcome")
    rows = list(lately[: len(accounts)])
    waiting = any(done is None for done, _outcome in rows)
    return waiting, "" if waiting or not rows else rows[0][1]


def ask_cancellations(account: SellerAccount, number: str, since: timedelta = LATELY) -> None:
    """Queue the reading of an order's cancellation requests, unless they were read within `since` or are being read.

    One that waits for the night is read now.
    """
    now = timezone.now()
    same = Reading.objects.filter(account=account, kind=Kind.CANCELLATIONS, number=number)
    if same.filter(Q(why=WANTED, done_at=None) | Q(done_at__gt=now - since)).exists():
        return
    if not same.filter(done_at=None).update(why=WANTED, due=now, tries=0):
        _put(account=account, kind=Kind.CANCELLATIONS, lane="single", number=number, why=WANTED)
    jobs.soon(JOB)


def ask_period(
    account: SellerAccount, begins: datetime, ends: datetime, why: str = "person", by: User | None = None
) -> Reading:
    """Queue the reading of the orders placed in a period; one that waits already is given instead."""
    if not begins < ends:
        raise ValueError("A period begins before it ends.")
    reading = _put(account=account, kind=Kind.PERIOD, lane="backfill", begins=begins, ends=ends, why=why, asked_by=by)
    jobs.soon(JOB)
    return reading


def _put(**fields: object) -> Reading:
    key = {name: fields.get(name, "" if name == "number" else None) for name in ("account", "kind", "number", "begins")}
    try:
        with transaction.atomic():
            return Reading.objects.create(**fields)
    except IntegrityError:  # somebody asked the same in this moment
        return Reading.objects.get(done_at=None, **key)


def _refuse_too_many(by: User, why: str, now: datetime) -> None:
    limit = A_MINUTE["look-up" if why == "look-up" else "person"]
    asked = Reading.objects.filter(asked_by=by, asked_at__gt=now - timedelta(minutes=1))
    asked = asked.filter(why="look-up") if why == "look-up" else asked.exclude(why="look-up")
    times = list(asked.order_by("-asked_at").values_list("asked_at", flat=True)[:limit])
    if len(times) >= limit:
        raise TooMany((times[-1] + timedelta(minutes=1) - now).total_seconds())


def read_due(limit: int = AT_ONCE) -> int:
    """Read what is due, one after the other; returns how many came to an end.

    An account that the marketplace keeps waiting is left alone until its time comes; the others go on.
    """
    ended = 0
    resting: set[int] = set()
    for _ in range(limit):
        if not jobs.going_on():
            jobs.again()
            break
        reading = _claim(resting)
        if reading is None:
            break
        try:
            ended += _read(reading)
        except octopia.Busy as busy:
            _postpone(reading, timedelta(seconds=max(1.0, busy.wait)), str(busy), counts=False)
            resting.add(reading.account_id)
        except (octopia.Trouble, marketplace.WrongAddress) as error:
            ended += _fail(reading, str(error))
    else:
        jobs.again()
    return ended


def _claim(resting: set[int]) -> Reading | None:
    """Take the reading that waits longest, orders before periods; a lease that ended may be taken again."""
    now = timezone.now()
    table = Reading._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET until = %s, tries = tries + 1 WHERE id = (SELECT r.id FROM {table} AS r"  # noqa: S608
            " JOIN backoffice_selleraccount AS a ON a.id = r.account_id AND a.active"
            " WHERE r.done_at IS NULL AND r.due <= %s AND r.account_id <> ALL(%s)"
            " AND (r.kind <> 'cancels' OR r.why = 'wanted')"
            " AND (r.until IS NULL OR r.until <= %s OR r.until > %s) ORDER BY r.kind = 'period', r.due, r.id"
            " LIMIT 1 FOR UPDATE OF r SKIP LOCKED) RETURNING id",
            [now + LEASE, now, list(resting), now, now + 4 * LEASE],
        )
        row = cursor.fetchone()
    return Reading.objects.select_related("account").get(pk=row[0]) if row else None


def _read(reading: Reading) -> bool:
    reads: dict[str, Callable[[Reading], bool]] = {
        Kind.PERIOD: _read_period,
        Kind.CANCELLATIONS: _read_cancellations,
    }
    return reads.get(reading.kind, _read_order)(reading)


def _read_cancellations(reading: Reading) -> bool:
    with marketplace.client(reading.account, reading.lane) as client:
        return _end(reading, requests.read_cancellations(client, reading))


def _read_order(reading: Reading) -> bool:
    account = reading.account
    try:
        with marketplace.client(account, reading.lane) as client:
            order = client.order(reading.number)
    except octopia.Missing:
        return _end(reading, Outcome.MISSING)
    except octopia.Illegible as error:
        quarantine.set_aside(account, [error.record], source=mirror.SINGLE)
        return _end(reading, Outcome.SET_ASIDE, str(error))
    except octopia.Rejected as error:
        return _end(reading, Outcome.FAILED, str(error))
    stored = mirror.store(account, [order], source=mirror.SINGLE)
    if stored.set_aside:
        return _end(reading, Outcome.SET_ASIDE)
    return _end(reading, Outcome.STORED if stored.ids else Outcome.UNCHANGED)


def _read_period(reading: Reading) -> bool:
    account, run = reading.account, Run()

    def save(page: object, number: int) -> None:
        run.count(page, *walking.store(account, page, "period"))  # type: ignore[arg-type]
        reading.page = number + 1
        Reading.objects.filter(pk=reading.pk).update(page=number + 1, until=timezone.now() + LEASE, tries=1)

    assert reading.begins is not None
    assert reading.ends is not None
    with marketplace.client(account, reading.lane) as client:
        if not backfill.read_window(client, reading.begins, reading.ends, reading.page, save):
            _postpone(reading, timedelta(0), "", counts=False)
            return False
    return _end(reading, Outcome.STORED if run.new or run.changed else Outcome.UNCHANGED)


def _end(reading: Reading, outcome: str, trouble: str = "") -> bool:
    """Write down how it ended. A record in quarantine is asked for again in an hour, as long as it stands there."""
    now = timezone.now()
    Reading.objects.filter(pk=reading.pk, done_at=None).update(
        done_at=now, until=None, outcome=outcome, trouble=trouble[:500]
    )
    if outcome == Outcome.SET_ASIDE:
        with connection.cursor() as cursor:
            due = now + quarantine.AGAIN
            quarantine.ask_again(cursor, reading.account_id, [reading.number], why="quarantine", due=due)
    return True


def _fail(reading: Reading, trouble: str) -> bool:
    """Try again later, eight times, then say so; a period and a record in quarantine are never given up."""
    if reading.tries >= TRIES and reading.kind != Kind.PERIOD and reading.why != "quarantine":
        return _end(reading, Outcome.FAILED, trouble)
    _postpone(reading, min(FIRST_WAIT * 2 ** min(reading.tries - 1, 10), LONGEST_WAIT), trouble)
    return False


def _postpone(reading: Reading, wait: timedelta, trouble: str, *, counts: bool = True) -> None:
    changes = {} if counts else {"tries": F("tries") - 1}
    Reading.objects.filter(pk=reading.pk, done_at=None).update(
        due=timezone.now() + wait, until=None, trouble=trouble[:500], **changes
    )

"""Jobs that repeat, each under a lease in the database: any number of schedulers, workers and loops may start them.

A job is a function of an app; its row in `Lease` says when it is due and who runs it. Claiming is a compare-and-set, no
lock is held while it runs, and a job that dies leaves a lease that expires. It knows no job and no broker.
"""

import logging
import os
import socket
import time
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import DatabaseError
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone
from django.utils.module_loading import autodiscover_modules

import octopia
from backoffice import shop, stopping
from backoffice.alerts import close_alert, open_alert
from backoffice.models import Lease, SellerAccount
from octopia.errors import excerpt

log = logging.getLogger(__name__)

Run = TypeVar("Run", bound=Callable[..., object])
Every = timedelta | Callable[..., timedelta | datetime]

LEASE = timedelta(seconds=240)  # longer than a task's time limit; `going_on` prolongs it
TURN = 120.0  # seconds after which a job is asked to stop by itself and come again: before its task would be ended
FIRST_WAIT = timedelta(seconds=5)  # after a failure, doubled with each
LONGEST_WAIT = timedelta(minutes=5)
ALERT_AFTER = 3  # failures in a row


@dataclass(frozen=True)
class Job:
    """`run()`, or `run(account)` once for each active account. `every`: a span, or what gives it or the next time."""

    name: str
    run: Callable[..., object]
    every: Every
    per_account: bool


JOBS: dict[str, Job] = {}


@dataclass(frozen=True)
class Turn:
    """One claim of one lease, while it runs."""

    lease: Lease
    ends: float  # monotonic


_turn: ContextVar[Turn | None] = ContextVar("backoffice_turn", default=None)


def job(name: str, every: Every, per_account: bool = False) -> Callable[[Run], Run]:
    """Register a function as a repeating job. With `per_account`, it and a callable `every` are given the account."""

    def register(run: Run) -> Run:
        if (former := JOBS.get(name)) is not None and former.run is not run:
            raise ValueError(f"Two jobs are called {name!r}.")
        JOBS[name] = Job(name, run, every, per_account)
        return run

    return register


def discover() -> None:
    """Import every app's `tasks`, and with them its jobs: Celery does so for workers, a loop of its own calls this."""
    autodiscover_modules("tasks")


def nightly(hour: int, minute: int = 0) -> Callable[..., datetime]:
    """For `every`: once a day, at this time of the shop's zone."""

    def following(*_: object) -> datetime:
        now = timezone.now().astimezone(shop.zone())
        today = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
        return today if today > now else today + timedelta(days=1)

    return following


def due(now: datetime) -> list[str]:
    """The names of the leases that are due and that nobody holds, the longest waiting first."""
    names = _names()
    known = set(Lease.objects.filter(name__in=names).values_list("name", flat=True))
    if missing := [name for name in names if name not in known]:
        Lease.objects.bulk_create([Lease(name=name, due=now) for name in missing], ignore_conflicts=True)
    free = _free(now).filter(name__in=names, due__lte=now)
    return list(free.order_by("due", "pk").values_list("name", flat=True))


def run(name: str, now: datetime | None = None, turn: float = TURN) -> bool:
    """Run the lease's job if it is due and free; whether it ran. Its failures are noted, none is raised.

    `turn`: seconds after which `going_on` asks it to stop.
    """
    found = _find(name)
    if found is None or stopping.asked():
        return False
    task, account = found
    lease = _claim(name, now or timezone.now())
    if lease is None:
        return False
    arguments = (account,) if account else ()
    reset = _turn.set(Turn(lease, time.monotonic() + turn))
    try:
        task.run(*arguments)
    except octopia.Busy as busy:  # no failure: the budget, or a pause
        _settle(lease, wait=timedelta(seconds=max(1.0, busy.wait)), trouble=str(busy))
    except Exception as error:  # noqa: BLE001  (whatever a job raises, the others go on)
        _fail(lease, error)
    else:
        _succeed(lease, _next(task, arguments))
    finally:
        _turn.reset(reset)
    return True


def run_due(now: datetime | None = None) -> list[str]:
    """Run what is due, one after the other, until told to stop; the names of what ran."""
    return [name for name in due(now or timezone.now()) if run(name, now)]


def going_on() -> bool:
    """May the running job take its next step? Long jobs ask between two steps.

    It prolongs the lease. False when the process was asked to end, the job's turn is over (it comes again at once if it
    calls `again`), or the lease was lost. True outside of a job.
    """
    if stopping.asked():
        return False
    if (turn := _turn.get()) is None:
        return True
    if time.monotonic() > turn.ends:
        return False
    mine = Lease.objects.filter(pk=turn.lease.pk, epoch=turn.lease.epoch)
    return bool(mine.update(until=timezone.now() + LEASE))


def again() -> None:
    """The running job has more to do: it is due again as soon as it ends."""
    if (turn := _turn.get()) is not None:
        Lease.objects.filter(pk=turn.lease.pk).update(due=timezone.now())


def soon(name: str, account: SellerAccount | None = None, wait: timedelta = timedelta(0)) -> None:
    """Make a job due and ring for it when the transaction commits; without a broker the next look finds it.

    After a `wait` nobody is rung for: whoever looks then finds it.
    """
    from backoffice.bell import ring  # it needs the Celery application, which needs the settings

    now = timezone.now() + wait
    full = _full_name(name, account)
    if not Lease.objects.filter(name=full).update(due=now):
        Lease.objects.bulk_create([Lease(name=full, due=now)], ignore_conflicts=True)
    if not wait:
        ring(full)


def _full_name(name: str, account: SellerAccount | None) -> str:
    return f"{name}:{account.pk}" if account else name


def _names() -> list[str]:
    accounts: Iterable[int] = ()
    if any(task.per_account for task in JOBS.values()):
        accounts = list(SellerAccount.objects.filter(active=True).values_list("pk", flat=True))
    return [
        name
        for task in JOBS.values()
        for name in ([f"{task.name}:{pk}" for pk in accounts] if task.per_account else [task.name])
    ]


def _find(name: str) -> tuple[Job, SellerAccount | None] | None:
    """The job and the account of a lease's name; None for a job this version does not know, or an inactive account."""
    base, _colon, pk = name.partition(":")
    task = JOBS.get(base)
    if task is None or task.per_account != bool(pk):
        return None
    if not task.per_account:
        return task, None
    account = SellerAccount.objects.filter(pk=pk, active=True).first() if pk.isdigit() else None
    return (task, account) if account else None


def _free(now: datetime) -> Any:
    # A lease that ends later than any lease can was written by a clock that has been set back since.
    return Lease.objects.filter(Q(until=None) | Q(until__lte=now) | Q(until__gt=now + 4 * LEASE))


def _claim(name: str, now: datetime) -> Lease | None:
    died = Case(When(until=None, then=F("failures")), default=F("failures") + 1)
    taken = (
        _free(now)
        .filter(name=name, due__lte=now)
        .update(
            holder=f"{socket.gethostname()}:{os.getpid()}"[:80],
            until=now + LEASE,
            epoch=F("epoch") + 1,
            started_at=now,
            failures=died,  # an expired lease: its holder died in the middle
        )
    )
    if not taken:
        return None
    lease = Lease.objects.get(name=name)
    _alert(lease, lease.trouble or "it ended without a word")
    return lease


def _succeed(lease: Lease, following: datetime) -> None:
    _mine(lease).update(
        until=None,
        holder="",
        due=_unless_asked_meanwhile(lease, following),
        finished_at=timezone.now(),
        failures=0,
        trouble="",
    )
    if lease.failures >= ALERT_AFTER:
        close_alert("job", lease.name)


def _fail(lease: Lease, error: Exception) -> None:
    log.error("job failed", extra={"job": lease.name}, exc_info=error)
    wait = min(FIRST_WAIT * 2 ** min(lease.failures, 10), LONGEST_WAIT)
    trouble = f"{type(error).__name__}: {excerpt(str(error))}"
    try:
        _settle(lease, wait=wait, trouble=trouble, failures=lease.failures + 1)
        lease.failures += 1
        _alert(lease, trouble)
    except DatabaseError:  # the database is away: the lease expires by itself
        log.exception("a job's failure could not be noted", extra={"job": lease.name})


def _settle(lease: Lease, *, wait: timedelta, trouble: str, failures: int | None = None) -> None:
    changes: dict[str, Any] = {"until": None, "holder": "", "due": timezone.now() + wait, "trouble": trouble[:500]}
    if failures is not None:
        changes["failures"] = failures
    _mine(lease).update(**changes)


def _alert(lease: Lease, trouble: str) -> None:
    if lease.failures >= ALERT_AFTER:
        open_alert("job", lease.name, failures=lease.failures, trouble=trouble[:500])


def _mine(lease: Lease) -> Any:
    return Lease.objects.filter(pk=lease.pk, epoch=lease.epoch)


def _unless_asked_meanwhile(lease: Lease, following: datetime) -> Case:
    return Case(When(due=lease.due, then=Value(following)), default=F("due"))


def _next(task: Job, arguments: tuple[SellerAccount, ...]) -> datetime:
    every = task.every if isinstance(task.every, timedelta) else task.every(*arguments)
    return timezone.now() + every if isinstance(every, timedelta) else every

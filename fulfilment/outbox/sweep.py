"""What is due, and what was left behind: every worker looks every few seconds, and no message is needed for it."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Q
from django.utils import timezone

from backoffice import stopping
from backoffice.alerts import close_alert, open_alert
from backoffice.models import Alert
from fulfilment.models import ENDED, Command, State
from fulfilment.outbox import bell, delivery, moves, resolve, switches
from fulfilment.outbox.delivery import Outcome

log = logging.getLogger(__name__)

MOST = 500  # commands of one look
WAITS = "command-waits"  # the alert of one that nears its deadline, or waits for a day
UNSENT = (State.READY, State.PREPARING, State.SENDING, State.UNKNOWN)
SOON = timedelta(hours=4)
LONG = timedelta(hours=24)


def due(now: datetime) -> list[str]:
    """The ids of the commands that something is to be done about now, the most urgent first."""
    known = moves.legible(Command.objects.filter(due__lte=now))
    ready = switches.sendable(known.filter(state=State.READY), now)
    watched = known.filter(state__in=[State.UNKNOWN, State.TAKEN], account__active=True)
    # the unknown first: until they are settled, somebody waits in doubt
    order = watched.order_by("due", "pk").values_list("pk", flat=True)[:MOST]
    leaving = ready.order_by("deadline", "due", "pk").values_list("pk", flat=True)[:MOST]
    return [str(pk) for pk in (*order, *leaving)]


def ring(names: list[str]) -> None:
    bell.ring_now([int(name) for name in names])


def act(name: str) -> bool:
    """Do what is due about one command: send it, or look for it; whether anything was.

    What breaks over one command keeps no other waiting. Raises what the database raises.
    """
    if stopping.asked():
        return False
    pk = int(name)
    # most of those who hear of a command come second, and learn it by this one query
    due_now = Command.objects.filter(pk=pk, due__lte=timezone.now())
    state = due_now.values_list("state", flat=True).first()
    try:
        if state == State.READY:
            return delivery.deliver(pk)
        return state in (State.UNKNOWN, State.TAKEN) and resolve.look(pk)
    except DatabaseError:
        raise
    except Exception:
        log.exception("a command broke", extra={"command": pk})
        return True


def mend(now: datetime | None = None) -> int:
    """Put right what a process left behind when it died: how many commands.

    Nothing was sent by one that only prepared; of one that was sending nobody knows.
    """
    now = now or timezone.now()
    # a lease that ends later than any can was written by a clock that has been set back since
    longest = timedelta(seconds=settings.OUTBOX_LEASE + settings.OUTBOX_MARGIN)
    over = Q(lease__lte=now) | Q(lease__gt=now + longest)
    left = Command.objects.filter(over, state__in=[State.PREPARING, State.SENDING]).select_related("account", "order")
    mended = 0
    for command in left.order_by("lease")[:MOST]:
        mended += _mend(command)
    waiting = Command.objects.filter(state__in=[State.READY, State.UNKNOWN, State.TAKEN])
    waiting.filter(due__gt=now + _farthest()).update(due=now)
    return mended


def _farthest() -> timedelta:
    """Nothing is planned later than this: what is, was planned by a clock that has been set back since."""
    longest = max(settings.OUTBOX_FOLLOW[1], settings.OUTBOX_VISIBLE_WITHIN, 66 * 60)
    return 2 * timedelta(seconds=longest)


def _mend(command: Command) -> bool:
    if command.state == State.SENDING:
        return delivery.settle(command, _kept(command, delivery.unclear(command, "")))
    if command.crashes >= delivery.CRASHES:
        return moves.move(command, State.ATTENTION, "third crash")
    return moves.move(command, State.READY, "lease ended", due=timezone.now())


def _kept(command: Command, outcome: Outcome) -> Outcome:
    """A crash is no orderly end: it stays counted."""
    return Outcome(outcome.state, "lease ended", outcome.said, {**outcome.changes, "crashes": command.crashes})


def watch_deadlines(now: datetime) -> int:
    """Tell a person of each command that nears its deadline unsent, or waits for a day: how many there are."""
    old, unsent = Q(created_at__lte=now - LONG), Q(state__in=UNSENT)
    late = Command.objects.filter(
        unsent & (Q(deadline__lte=now + SOON) | old) | old & Q(state=State.TAKEN, seen_at=None)
    )
    late = late.exclude(held=True, due__gt=now, created_at__gt=now - timedelta(minutes=15))  # on hold, as wished
    late = late.select_related("account").order_by("deadline", "pk")[:MOST]  # the same ones at every look
    found = {(command.account_id, command.subject): command for command in late}
    for command in found.values():
        open_alert(WAITS, command.subject, command.account, verb=command.kind)
    for alert in Alert.objects.filter(kind=WAITS, closed_at=None).select_related("account"):
        if (alert.account_id, alert.subject) not in found:
            close_alert(WAITS, alert.subject, alert.account)
    return len(found)


def open_commands(now: datetime) -> dict[tuple[str, str], tuple[int, float]]:
    """How many commands stand in each (account's slug, state) that is not an end, and the age of the oldest in s."""
    figures: dict[tuple[str, str], tuple[int, float]] = {}
    rows = Command.objects.exclude(state__in=ENDED).values_list("account__slug", "state", "created_at")
    for slug, state, since in rows.iterator():
        number, oldest = figures.get((slug, state), (0, 0.0))
        figures[slug, state] = (number + 1, max(oldest, (now - since).total_seconds()))
    return figures

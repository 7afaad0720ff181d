"""Every change of a command's state: judged by the row count of one UPDATE, with its event in the same transaction.

No row is locked while anything is sent: a worker back from the dead finds another epoch and changes nothing.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.dispatch import Signal
from django.utils import timezone

from backoffice.models import User
from fulfilment import points
from fulfilment.models import ENDED, MOVES, Command, CommandEvent, State
from fulfilment.models.commands import SCHEMA
from fulfilment.outbox.refusals import Late
from fulfilment.verbs.registry import ACTS

LONGEST_SAID = 2_000

moved = Signal()  # after commit: command (as it is now), was, became


def move(command: Command, to: State, what: str, *, by: User | None = None, said: str = "", **changes: Any) -> bool:
    """Bring the command from the state and epoch it is held in to `to`; False when another was quicker.

    Raises ValueError for a move that does not exist. `what` is a word of `fulfilment.words.EVENTS`.
    """
    was = State(command.state)
    if to not in MOVES[was]:
        raise ValueError(f"A command that is {was} cannot become {to}.")
    changes = {"lease": None, **changes}
    if to in ENDED:
        changes.setdefault("ended_at", timezone.now())
    with transaction.atomic():
        mine = Command.objects.filter(pk=command.pk, state=was, epoch=command.epoch)
        if not mine.update(state=to, epoch=F("epoch") + 1, **changes):
            return False
        _remember(command, was, to, command.epoch + 1, what, by, said)
        transaction.on_commit(
            lambda: moved.send_robust(sender=Command, command=command, was=was, became=to), robust=True
        )
    command.state, command.epoch = to, command.epoch + 1
    for name, value in changes.items():
        if not hasattr(value, "resolve_expression"):
            setattr(command, name, value)
    return True


def note(command: Command, what: str, *, by: User | None = None, said: str = "") -> None:
    """An event that moves nothing: a look and what it found, a person's words."""
    note_all([command], what, by=by, said=said)


def note_all(commands: Iterable[Command], what: str, *, by: User | None = None, said: str = "") -> None:
    """The same event of each of these; one query."""
    CommandEvent.objects.bulk_create(
        _event(command, command.state, State(command.state), command.epoch, what, by, said) for command in commands
    )


def claim(pk: int) -> Command | None:
    """Take a READY command for sending; None when it is not due, is taken, or has a schema that we cannot read."""
    now = timezone.now()
    with transaction.atomic():
        due = legible(Command.objects.filter(pk=pk, state=State.READY, due__lte=now))
        taken = due.update(
            state=State.PREPARING,
            lease=now + timedelta(seconds=settings.OUTBOX_LEASE),
            epoch=F("epoch") + 1,
            crashes=F("crashes") + 1,
            tries=F("tries") + 1,
            held=False,
        )
        if not taken:
            return None
        command = _held(pk)
        _remember(command, State.READY, State.PREPARING, command.epoch, "claimed", None, "")
    return command


def mark(command: Command) -> None:
    """Commit that bytes may leave now; raise Late when the claim is no longer ours or nearly over."""
    points.reach("before mark", command.kind)
    now = timezone.now()
    was = State(command.state)
    with transaction.atomic():
        mine = Command.objects.filter(
            pk=command.pk,
            epoch=command.epoch,
            state__in=[State.PREPARING, State.SENDING],
            lease__gte=now + timedelta(seconds=settings.OUTBOX_MARGIN),
            # a lease that ends later than any can was written by a clock that has been set back since
            lease__lte=now + timedelta(seconds=settings.OUTBOX_LEASE + settings.OUTBOX_MARGIN),
        )
        if not mine.update(state=State.SENDING, epoch=F("epoch") + 1, attempts=F("attempts") + 1):
            raise Late
        _remember(command, was, State.SENDING, command.epoch + 1, "marked", None, "")
    command.state, command.epoch, command.attempts = State.SENDING, command.epoch + 1, command.attempts + 1
    points.reach("after mark", command.kind)


def keep_baseline(command: Command, ids: list[str]) -> None:
    """Store what the list held before the first mark, once; a resend compares with that one. Raises Late."""
    if command.baseline is not None:
        return
    mine = Command.objects.filter(pk=command.pk, epoch=command.epoch, state=State.PREPARING)
    if not mine.update(baseline=ids):
        raise Late
    command.baseline = ids


def legible(commands: "QuerySet[Command]") -> "QuerySet[Command]":
    """Those that this version understands: of a newer payload, or a newer verb, newer workers take care."""
    return commands.filter(schema__lte=SCHEMA, kind__in=list(ACTS))


def watch(pk: int, states: tuple[State, ...]) -> Command | None:
    """Take a command that is due for a look, without moving it; None when it is not due or somebody looks already."""
    now = timezone.now()
    lease = now + timedelta(seconds=settings.OUTBOX_LEASE)
    due = legible(Command.objects.filter(pk=pk, state__in=states, due__lte=now))
    # The lease of a look is its next due time: who dies while looking is followed when it has passed.
    if not due.update(due=lease, epoch=F("epoch") + 1, crashes=F("crashes") + 1):
        return None
    return _held(pk)


def look_again(command: Command, wait: timedelta, what: str, said: str = "", **changes: Any) -> bool:
    """Note what a look found and when the next one comes; the state stays.

    This look ended in order and does not count as a crash; the sends that did not, stay counted.
    """
    crashes = max(0, command.crashes - 1)
    with transaction.atomic():
        mine = Command.objects.filter(pk=command.pk, state=command.state, epoch=command.epoch)
        if not mine.update(due=timezone.now() + wait, crashes=crashes, **changes):
            return False
        note(command, what, said=said)
    return True


def _held(pk: int) -> Command:
    command: Command = Command.objects.select_related("account", "order").get(pk=pk)
    return command


def _remember(
    command: Command, was: State | str, became: State, epoch: int, what: str, by: User | None, said: str
) -> None:
    _event(command, was, became, epoch, what, by, said).save(force_insert=True)


def _event(
    command: Command, was: State | str, became: State, epoch: int, what: str, by: User | None, said: str
) -> CommandEvent:
    return CommandEvent(
        account_id=command.account_id,
        command_id=command.pk,
        was=was,
        became=became,
        epoch=epoch,
        actor=by,
        actor_name=str(by) if by else "",
        what=what,
        said=said[:LONGEST_SAID],
    )


def begin(command: Command, by: User | None, said: str = "") -> None:
    """The first event of a command that was just put."""
    _remember(command, "", State(command.state), command.epoch, "asked", by, said)

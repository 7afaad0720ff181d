"""Settles what nobody answered clearly, and follows what was taken until its effect was read back.

A look that finds the effect closes the command at any time. Absence counts only from complete, successful reads at the
times of the plan; after the last of them the strong and the weak are sent again, and money goes to a person.
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

import octopia
from backoffice import marketplace
from backoffice.alerts import open_alert
from fulfilment import points
from fulfilment.models import Command, State
from fulfilment.outbox import delivery, moves
from fulfilment.outbox.delivery import Outcome
from fulfilment.verbs.registry import Finding, Follow, Guard, Proof, act_of
from orders import readings
from orders.models import Reading

READ = "outbox"  # why a single reading was asked
LOOKED = {Reading.Outcome.STORED, Reading.Outcome.UNCHANGED, Reading.Outcome.MISSING}
SINGLE_READS = 3
REJECTED = "command-rejected"  # the alert of one that was taken and turned down later
log = logging.getLogger(__name__)


def look(pk: int) -> bool:
    """Look after an UNKNOWN or a TAKEN command that is due; whether it was ours to look after."""
    command = moves.watch(pk, (State.UNKNOWN, State.TAKEN))
    if command is None:
        return False
    points.reach("unknown taken", command.kind)
    if command.crashes > delivery.CRASHES:
        return delivery.settle(command, Outcome(State.ATTENTION, "third crash", "", {"crashes": command.crashes}))
    follow = act_of(command).follow
    if command.state == State.UNKNOWN:
        _look_for(command)
    elif follow is not None:
        _follow(command, follow)
    else:
        _wait_for(command)
    return True


def plan(command: Command) -> list[timedelta]:
    """When an unknown command is looked for, counted from the end of its last attempt; early looks first."""
    late = settings.OUTBOX_ABSENT_READS[act_of(command).guard(command)]
    return [timedelta(seconds=seconds) for seconds in (*settings.OUTBOX_EARLY_LOOKS, *late)]


def confirm_by_mirror(orders: Iterable[int]) -> int:
    """The mirror holds something new of these orders: close what it shows; how many were closed.

    What is being sent belongs to its sender, who asks the mirror itself when it is done.
    """
    closed = 0
    waiting = moves.legible(Command.objects.filter(order__in=list(orders), state__in=[State.UNKNOWN, State.TAKEN]))
    for command in waiting.select_related("account", "order"):
        try:
            closed += delivery.confirm(command)
        except Exception:  # one that breaks keeps no other from being confirmed
            log.exception("a command could not be compared with the mirror", extra={"command": command.pk})
    return closed


def _look_for(command: Command) -> None:
    act = act_of(command)
    try:
        with marketplace.client(command.account, "unknown") as client:
            finding = act.look(client, command)
    except octopia.Busy as busy:
        moves.look_again(command, timedelta(seconds=busy.wait), "look failed", str(busy))
        return
    except octopia.Missing as error:
        _absent(command, str(error), gone=True)
        return
    except (octopia.Trouble, marketplace.WrongAddress) as error:
        _look_failed(command, str(error))
        return
    points.reach("unknown looked", command.kind)
    if finding.proof is Proof.ABSENT:
        _absent(command, finding.said)
    else:
        delivery.settle(command, delivery.found(command, finding))


def _absent(command: Command, said: str, *, gone: bool = False) -> None:
    """It is not there: one look further in the plan, and at its end the guard decides. `gone`: nor is its order, which
    proves nothing, and a person decides."""
    times = plan(command)
    at = min(command.looks, len(times) - 1)
    reached = command.left_at is None or timezone.now() >= command.left_at + times[at]
    counts = at >= len(settings.OUTBOX_EARLY_LOOKS) and reached and not gone
    absent = command.absent_reads + int(counts)
    following = at + int(reached)
    if following < len(times):
        wait = _until(command.left_at, times[following])
        if reached:  # as far apart as planned, even when our clock has jumped ahead since
            wait = max(wait, times[following] - times[at])
        more = {"looks": following, "absent_reads": absent, "tries": 0}
        moves.look_again(command, wait, "look failed" if gone else "look absent", said, **more)
        return
    evidence = {"absent_reads": absent}
    if gone:
        delivery.settle(command, Outcome(State.ATTENTION, "gone", said, evidence))
        return
    if act_of(command).guard(command) is Guard.MONEY:
        delivery.settle(command, Outcome(State.ATTENTION, "absent, money", said, evidence))
        return
    crashes = max(0, command.crashes - 1)  # without this look
    if crashes >= delivery.CRASHES:
        delivery.settle(command, Outcome(State.ATTENTION, "third crash", said, {"absent_reads": absent}))
        return
    kept = {**command.evidence, **evidence}
    changes = {"due": timezone.now(), "absent_reads": absent, "evidence": kept, "tries": 0, "crashes": crashes}
    delivery.settle(command, Outcome(State.READY, "absent, again", said, changes))


def _look_failed(command: Command, said: str) -> None:
    """No usable answer: nothing is proved. The next try comes later and later, since every one costs a call."""
    moves.look_again(command, delivery.patience(command.tries + 1), "look failed", said, tries=command.tries + 1)


def _until(since: datetime | None, span: timedelta) -> timedelta:
    return max(timedelta(0), (since or timezone.now()) + span - timezone.now())


def _wait_for(command: Command) -> None:
    """Taken, and two live runs did not show it: single readings, and at last a person."""
    if delivery.confirm(command):
        return
    assert command.taken_at is not None
    read = Reading.objects.filter(
        account=command.account_id,
        kind=Reading.Kind.ORDER,
        number=command.subject,
        done_at__gt=command.taken_at,
        outcome__in=LOOKED,
    ).count()
    late = timezone.now() >= command.taken_at + timedelta(seconds=settings.OUTBOX_VISIBLE_WITHIN)
    if late and read >= SINGLE_READS:
        delivery.settle(command, Outcome(State.ATTENTION, "never seen", "", {"absent_reads": read}))
        return
    readings.ask_order(command.account, command.subject, why=READ)
    wait = timedelta(seconds=settings.OUTBOX_VISIBLE_WITHIN / (SINGLE_READS + 1))
    moves.look_again(command, wait, "read asked", absent_reads=read)


def _follow(command: Command, follow: Follow) -> None:
    """Ask what became of the request: done, rejected, or still in progress, less and less often, for three days."""
    try:
        with marketplace.client(command.account, "single") as client:
            finding = follow(client, command)
    except octopia.Busy as busy:
        moves.look_again(command, timedelta(seconds=busy.wait), "look failed", str(busy))
        return
    except (octopia.Trouble, marketplace.WrongAddress) as error:
        if not _given_up(command, str(error)):
            _look_failed(command, str(error))
        return
    decide(command, finding)


def decide(command: Command, finding: Finding) -> None:
    """What a taken command's request became: by a reading of its own, or by the mirror's."""
    kept = {"evidence": {**command.evidence, **finding.evidence}, "seen_at": command.seen_at or timezone.now()}
    if finding.remote_id:
        kept["remote_id"] = finding.remote_id[:100]
    if finding.proof is Proof.FOUND:
        delivery.settle(command, Outcome(State.CONFIRMED, "done", finding.said, kept))
    elif finding.proof is Proof.REJECTED:
        open_alert(REJECTED, command.subject, command.account, verb=command.kind)
        delivery.settle(command, Outcome(State.REFUSED, "rejected later", finding.said, kept))
    elif finding.proof is Proof.UNCLEAR:
        delivery.settle(command, Outcome(State.ATTENTION, "unclear", finding.said, kept))
    else:
        _go_on(command, finding, kept if finding.proof is Proof.FOLLOWED else {})


def _given_up(command: Command, said: str) -> bool:
    """Nobody has told for three days what became of it: a person asks. False before that."""
    assert command.taken_at is not None
    if timezone.now() < command.taken_at + timedelta(seconds=settings.OUTBOX_DECIDED_WITHIN):
        return False
    open_alert("command-undecided", command.subject, command.account, verb=command.kind)
    delivery.settle(command, Outcome(State.ATTENTION, "never decided", said))
    return True


def _go_on(command: Command, finding: Finding, kept: dict[str, object]) -> None:
    if _given_up(command, finding.said):
        return
    least, most = settings.OUTBOX_FOLLOW
    wait = timedelta(seconds=min(most, least * 2 ** min(command.looks, 12)))
    what = "in progress" if finding.proof is Proof.FOLLOWED else "request not listed"
    moves.look_again(command, wait, what, finding.said, looks=command.looks + 1, **kept)

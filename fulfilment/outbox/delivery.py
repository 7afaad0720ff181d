"""Sends one command and writes down how it ended: the answer table, and nothing but it.

Nothing is sent without a committed mark, and no answer after a mark is ever taken for a no that it is not.
"""

import logging
import random
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, IntegrityError
from django.utils import timezone

import octopia
from backoffice import marketplace
from fulfilment import points
from fulfilment.models import Command, Pause, State
from fulfilment.outbox import moves, switches
from fulfilment.outbox.refusals import Late, Refused
from fulfilment.verbs.registry import Act, Finding, Proof, act_of
from orders.lifecycle import Verdict

log = logging.getLogger(__name__)

REST: float = 5  # minutes an account rests after its token or its rights were refused
CRASHES = 3
WAIT_FOR_ANOTHER = timedelta(minutes=5)


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended: the state it leads to, a word of `fulfilment.words.EVENTS`, and what was said."""

    state: State
    what: str
    said: str = ""
    changes: dict[str, Any] = field(default_factory=dict)


def deliver(pk: int) -> bool:
    """Send the command if it is due and nobody has it; whether it was ours. Raises only what the database raises.

    What breaks before the mark is a mistake of ours: it counts as a crash, so that a poisoned command ends with a
    person and not in a circle.
    """
    if not switches.sendable(Command.objects.filter(pk=pk), timezone.now()).exists():
        return False
    command = moves.claim(pk)
    if command is None:
        return False
    points.reach("claimed", command.kind)
    if command.crashes > CRASHES:
        return moves.move(command, State.ATTENTION, "third crash")
    try:
        outcome = _attempt(command, act_of(command))
    except Late:
        return False
    except DatabaseError:
        raise
    except Exception as error:
        log.exception("a command broke before it was sent", extra={"command": command.pk})
        outcome = _broken(command, type(error).__name__)
    points.reach("before settle", command.kind)
    if settle(command, outcome) and command.state == State.TAKEN:
        points.reach("settled", command.kind)
        confirm(command)  # the mirror may have read it before we wrote that it was taken
    return True


def confirm(command: Command) -> bool:
    """Close the command if our copy of the marketplace shows its effect; a request found there is followed."""
    finding = act_of(command).mirrored(command)
    if finding.proof is Proof.FOUND or (finding.proof is Proof.FOLLOWED and command.state == State.UNKNOWN):
        return settle(command, found(command, finding))
    return False


def settle(command: Command, outcome: Outcome) -> bool:
    """Write down how an attempt ended, if the claim is still ours."""
    said = outcome.said
    changes = {"crashes": 0, **outcome.changes}
    if said and outcome.state in (State.REFUSED, State.ATTENTION, State.READY, State.UNKNOWN):
        changes.setdefault("reason", said)
    try:
        return moves.move(command, outcome.state, outcome.what, said=said, **changes)
    except IntegrityError:  # a request that was seen left room for another command, which is open now
        return moves.look_again(command, WAIT_FOR_ANOTHER, "waits its turn", said)


def _attempt(command: Command, act: Act) -> Outcome:
    try:
        with marketplace.client(command.account, "command") as client:
            return _before(client, command, act) or _send(client, command, act)
    except marketplace.WrongAddress as error:
        return _later(command, str(error), wait=timedelta(minutes=REST))


def _before(client: octopia.Client, command: Command, act: Act) -> Outcome | None:
    """What settles it before anything is sent: it was done already, or cannot be done. None: send it."""
    try:
        if command.look_first:
            finding = act.look(client, command)
            points.reach("looked first", command.kind)
            moves.note(command, f"look {finding.proof.value}", said=finding.said)
            if finding.proof is not Proof.ABSENT:
                return found(command, finding)
        elif (finding := act.mirrored(command)).proof in (Proof.FOUND, Proof.FOLLOWED):
            return found(command, finding)
        verdict = act.judge(command)
        if not verdict.offered:
            return refused(verdict)
        command.verdict = verdict.as_json()
        act.prepare(client, command)
    except Refused as error:
        return refused(error.verdict)
    except octopia.Busy as busy:
        return _later(command, str(busy), wait=timedelta(seconds=busy.wait))
    except octopia.Unauthorized as error:
        return _rested(command, error)
    except octopia.Missing as error:
        if command.look_first:  # it may have left, and nobody can take it back: a person decides
            return Outcome(State.ATTENTION, "gone", str(error))
        return _later(command, str(error))
    except octopia.Trouble as error:  # a read that failed, whatever it was answered: nothing was sent
        return _later(command, str(error))
    return None


def _send(client: octopia.Client, command: Command, act: Act) -> Outcome:
    try:
        remote = act.send(client.on("command", mark=lambda: moves.mark(command)), command)
        points.reach("sent", command.kind)
    except Late:
        raise
    except Refused as error:  # judged by a fresher reading, before the mark
        return refused(error.verdict)
    except octopia.Conflict as error:
        return _after_a_no(client, command, act, error)
    except octopia.Rejected as error:
        if command.look_first:  # an earlier try may have gone through: this is the answer to its repetition
            return _after_a_no(client, command, act, error)
        return Outcome(State.REFUSED, "refused", str(error), {"evidence": {"status": error.status}})
    except octopia.Busy as busy:
        return _later(command, str(busy), wait=timedelta(seconds=busy.wait))
    except octopia.Unauthorized as error:
        return _rested(command, error)
    except octopia.Forbidden as error:
        return _forbidden(client, command, error)
    except octopia.Untouched as error:
        return _later(command, str(error))
    except octopia.Odd as error:
        return Outcome(State.ATTENTION, "odd answer", str(error), {"evidence": {"status": error.status}})
    except octopia.Unanswered as error:
        return unclear(command, str(error))
    except Exception as error:
        log.exception("a send broke", extra={"command": command.pk})
        if command.state == State.SENDING:
            return unclear(command, type(error).__name__)
        return _later(command, type(error).__name__)
    return taken(remote)


def taken(remote: str, what: str = "taken") -> Outcome:
    """The marketplace said yes: its effect is read back later."""
    now = timezone.now()
    wait = timedelta(seconds=settings.OUTBOX_SHOWN_AFTER)
    changes = {"taken_at": now, "left_at": now, "due": now + wait, "remote_id": remote[:100], "reason": "", "looks": 0}
    return Outcome(State.TAKEN, what, "", {**changes, "absent_reads": 0, "tries": 0})


def unclear(command: Command, said: str) -> Outcome:
    """No clear answer: from now on it is looked for, and nothing is sent before that."""
    now = timezone.now()
    first = timedelta(seconds=settings.OUTBOX_EARLY_LOOKS[0])
    changes = {"left_at": now, "due": now + first, "looks": 0, "absent_reads": 0, "look_first": True, "tries": 0}
    return Outcome(State.UNKNOWN, "no answer", said, changes)


def refused(verdict: Verdict) -> Outcome:
    """We do not send it: by the rule of the verdict."""
    return Outcome(State.REFUSED, "judged", "", {"verdict": verdict.as_json()})


def found(command: Command, finding: Finding) -> Outcome:
    """What a look that found something makes of a command that was to be sent, or is not known."""
    now = timezone.now()
    kept: dict[str, Any] = {"evidence": {**command.evidence, **finding.evidence}}
    if finding.remote_id:
        kept["remote_id"] = finding.remote_id[:100]
    if finding.proof in (Proof.FOLLOWED, Proof.REJECTED):  # its request: from here on it is followed to its end
        wait = timedelta(seconds=settings.OUTBOX_FOLLOW[0] if finding.proof is Proof.FOLLOWED else 0)
        kept |= {"taken_at": command.taken_at or now, "seen_at": now, "due": now + wait, "looks": 0}
        return Outcome(State.TAKEN, "found", finding.said, kept)
    if finding.proof is Proof.FOUND:
        kept |= {"seen_at": now, "reason": "", "taken_at": command.taken_at or command.left_at or now}
        return Outcome(State.CONFIRMED, "found", finding.said, kept)
    return Outcome(State.ATTENTION, "unclear", finding.said, kept)


def patience(tries: int) -> timedelta:
    """Full jitter: at least two seconds, at most five minutes."""
    least, most = settings.OUTBOX_BACKOFF
    return timedelta(seconds=random.uniform(least, max(least, min(most, least * 2 ** min(tries, 12)))))


def _broken(command: Command, said: str) -> Outcome:
    if command.state != State.PREPARING:
        return unclear(command, said)
    if command.crashes >= CRASHES:
        return Outcome(State.ATTENTION, "third crash", said)
    wait = timezone.now() + patience(command.tries)
    return Outcome(State.READY, "later", said, {"due": wait, "crashes": command.crashes})


def _later(command: Command, said: str, wait: timedelta | None = None) -> Outcome:
    due = timezone.now() + (patience(command.tries) if wait is None else wait)
    return Outcome(State.READY, "later", said, {"due": due})


def _rested(command: Command, error: octopia.Unauthorized) -> Outcome:
    switches.pause(command.account, Pause.Cause.TOKEN, str(error), minutes=REST)
    return _later(command, str(error), wait=timedelta(minutes=REST))


def _after_a_no(client: octopia.Client, command: Command, act: Act, error: octopia.Rejected) -> Outcome:
    """It said no, perhaps because it is done already: look before it is told as a refusal."""
    try:
        finding = act.look(client.on("unknown"), command)
    except octopia.Trouble:
        return unclear(command, str(error))
    if finding.proof in (Proof.FOUND, Proof.FOLLOWED):
        return found(command, finding)
    if isinstance(error, octopia.Conflict) and error.in_progress:
        return unclear(command, str(error))
    if finding.proof is not Proof.ABSENT and command.look_first:
        return found(command, finding)  # an earlier try may have done a part of it, or something else came after it
    return Outcome(State.REFUSED, "refused", str(error), {"evidence": {"status": error.status}})


def _forbidden(client: octopia.Client, command: Command, error: octopia.Forbidden) -> Outcome:
    """Only this order, or the whole account? Reading the order tells."""
    try:
        client.on("unknown").order(command.subject)
    except octopia.Forbidden:
        switches.pause(command.account, Pause.Cause.FORBIDDEN, str(error), minutes=REST)
    except octopia.Trouble:
        log.info("the rights of an account could not be told", extra={"command": command.pk})
    else:
        return Outcome(State.ATTENTION, "forbidden", str(error))
    return _later(command, str(error), wait=timedelta(minutes=REST))

"""A person's steps: a command is put, taken back, sent at once, confirmed by a colleague, closed or sent again.

Each raises what the page shows instead: Refused, Occupied, Stale, NotNow. Nothing here calls the marketplace.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

import msgspec
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice import shop, wording
from backoffice.alerts import close_alert
from backoffice.models import User
from fulfilment import points
from fulfilment.models import OPEN, Batch, Command, CommandLine, State
from fulfilment.models.commands import lines_of
from fulfilment.outbox import bell, moves
from fulfilment.outbox.refusals import NotNow, Occupied, Refused, Stale
from fulfilment.verbs.registry import act_of
from octopia.contract.vocabulary import Verb
from orders.models import Order

EARLY = timedelta(minutes=1)  # a hold ends this long before its deadline


@dataclass(frozen=True)
class Asked:
    """What is asked of one order. `seen`: its version on the page; `lines`: the codes it names, empty: all of them.

    `bar` raises what else keeps it from being asked: it is called while nobody can change that.
    """

    verb: Verb
    payload: dict[str, Any]
    seen: int
    form_token: str
    lines: tuple[str, ...] = ()
    deadline: datetime | None = None
    amount: Decimal | None = None
    currency: str = ""
    refund: bool = False
    note: str = ""
    propose: bool = False  # above the author's limit: a second person confirms
    hold: timedelta | None = None  # None: the shop's choice for the verb
    batch: Batch | None = field(default=None)
    bar: Callable[[Order], None] | None = None


def put(order: Order, asked: Asked, by: User | None) -> Command:
    """The command for this order, new or, for a form that was sent twice, the one there is.

    Raises Stale when the order changed since it was seen, Occupied when another command holds it or one of its lines,
    Refused when the rule says no; and what the bar raises.
    """
    with transaction.atomic():
        now = timezone.now()
        locked = Order.objects.select_for_update(of=("self",)).select_related("account").get(pk=order.pk)
        same = Command.objects.filter(account=locked.account_id, subject=locked.number)
        twice: Command | None = same.filter(form_token=asked.form_token).first()
        if twice is not None:
            return twice
        if locked.version != asked.seen:
            raise Stale(locked)
        if asked.bar is not None:
            asked.bar(locked)
        codes = list(asked.lines) or lines_of(asked.payload)
        _refuse_occupied(locked, asked.verb, codes)
        command = _made(locked, asked, by, now)
        verdict = act_of(command).judge(command)
        if not verdict.offered:
            raise Refused(verdict)
        command.verdict = verdict.as_json()
        _save(command)
        CommandLine.objects.bulk_create(
            [CommandLine(account_id=locked.account_id, command=command, code=code) for code in codes]
        )
        moves.begin(command, by, asked.note)
    points.reach("put", asked.verb)
    if command.state == State.READY and not command.held:
        bell.ring(command.pk)
    return command


def occupied_by(order: Order, verb: Verb) -> Command | None:
    """The command that closes this order to another one now."""
    upload = Q(kind=Verb.INVOICE)
    same = Command.objects.filter(account=order.account_id, subject=order.number)
    same = same.filter(upload) if verb == Verb.INVOICE else same.exclude(upload)
    return same.filter(Q(state__in=OPEN) | Q(state=State.TAKEN, seen_at=None)).select_related("author").first()


def occupied_lines(order: Order) -> set[str]:
    """The codes of the lines that a request under way names: taken, listed, not decided yet."""
    open_lines = CommandLine.objects.filter(
        command__order=order, command__state=State.TAKEN, command__kind__in=[Verb.SHIP, Verb.CANCEL]
    )
    return set(open_lines.values_list("code", flat=True))


def withdraw(command: Command, by: User | None) -> None:
    """Take back what was not sent yet. Raises NotNow when it left already, or may have."""
    if Command.objects.filter(pk=command.pk, state=State.READY, look_first=True).exists():
        raise NotNow(_("An earlier attempt may have gone through: it is looked for, and cannot be taken back."))
    _step(command, (State.READY, State.PROPOSED), State.WITHDRAWN, "taken back", by)


def send_now(command: Command, by: User | None) -> None:
    """End the hold. Raises NotNow when there is none any more."""
    with transaction.atomic():
        fresh = Command.objects.select_for_update().get(pk=command.pk)
        if fresh.state != State.READY or not fresh.held:
            raise NotNow(_("It is not on hold any more."))
        Command.objects.filter(pk=fresh.pk).update(due=timezone.now(), held=False)
        moves.note(fresh, "hold ended", by=by)
    bell.ring(command.pk)


def end_holds(commands: "QuerySet[Command]", by: User) -> int:
    """End the hold of each of these that is on hold (the truck is here): how many there were; few queries, however
    many these are."""
    with transaction.atomic():
        held = list(commands.select_for_update(of=("self",)).filter(state=State.READY, held=True).order_by("pk"))
        names = [command.pk for command in held]
        Command.objects.filter(pk__in=names).update(due=timezone.now(), held=False)
        moves.note_all(held, "hold ended", by=by)
        transaction.on_commit(lambda: bell.ring_now(names), robust=True)
    return len(held)


def confirm(command: Command, by: User) -> None:
    """A second person says yes to a proposed command. Raises NotNow, also for the author."""
    if command.author_id == by.pk:
        raise NotNow(_("Another person than the one who proposed it confirms it."))
    _step(command, (State.PROPOSED,), State.READY, "approved", by, approver=by, due=timezone.now(), held=False)
    bell.ring(command.pk)


def close(command: Command, by: User, *, was_done: bool, reason: str = "") -> None:
    """A person has looked: it was done, or it was not and stays so. Raises NotNow."""
    to = State.CLOSED_DONE if was_done else State.CLOSED_NOT_DONE
    _step(command, (State.ATTENTION,), to, "was done" if was_done else "was not done", by, said=reason)


def propose_closing(command: Command, by: User, found: str) -> None:
    """Who may not settle money says what they found; a second person closes it. Raises NotNow."""
    if not found:
        raise NotNow(_("Say what you found: a colleague closes it on your word."))
    with transaction.atomic():
        fresh = Command.objects.select_for_update().get(pk=command.pk)
        if fresh.state != State.ATTENTION:
            raise NotNow(_("Nothing waits for a person here any more."))
        fresh.evidence["closing"] = {"by": str(by), "found": found, "epoch": fresh.epoch}
        Command.objects.filter(pk=fresh.pk).update(evidence=fresh.evidence)
        moves.note(fresh, "closing proposed", by=by, said=found)


def send_again(command: Command, by: User, reason: str = "") -> None:
    """A person has looked: it was not done, and is to be sent. It is read once more before it leaves. Raises NotNow."""
    again = {"due": timezone.now(), "held": False, "look_first": True, "crashes": 0, "tries": 0, "absent_reads": 0}
    _step(command, (State.ATTENTION,), State.READY, "send again", by, said=reason, **again)
    bell.ring(command.pk)


def acknowledge(command: Command, by: User) -> None:
    """A person has read that it was refused: it leaves the list of what is to be checked."""
    refused = Command.objects.filter(pk=command.pk, state=State.REFUSED, acknowledged_at=None)
    with transaction.atomic():
        if refused.update(acknowledged_at=timezone.now(), acknowledged_by=by):
            moves.note(command, "read", by=by)
            close_alert("command-rejected", command.subject, command.account)


def new_hold(verb: Verb, now: datetime, deadline: datetime | None, wanted: timedelta | None) -> datetime:
    """When a command put now may leave: after its hold, which ends before its deadline. A missed one is past help."""
    due = now + (shop.hold(verb) if wanted is None else wanted)
    if deadline is not None and now < deadline:
        due = min(due, max(now, deadline - EARLY))
    return due


def _made(order: Order, asked: Asked, by: User | None, now: datetime) -> Command:
    due = now if asked.propose else new_hold(asked.verb, now, asked.deadline, asked.hold)
    return Command(
        account=order.account,
        subject=order.number,
        order=order,
        kind=asked.verb,
        payload=asked.payload,
        fingerprint=_fingerprint(asked),
        form_token=asked.form_token,
        batch=asked.batch,
        author=by,
        author_name=str(by) if by else "",
        order_version=asked.seen,
        amount=asked.amount,
        currency=asked.currency,
        refund=asked.refund,
        note=asked.note,
        state=State.PROPOSED if asked.propose else State.READY,
        due=due,
        held=due > now,
        deadline=asked.deadline,
        created_at=now,
    )


def _save(command: Command) -> None:
    try:
        with transaction.atomic():
            command.save(force_insert=True)
    except IntegrityError:  # the constraint: whatever the lock was good for
        if (holder := occupied_by(command.order, command.verb)) is None:
            raise
        raise Occupied(holder) from None


def _refuse_occupied(order: Order, verb: Verb, codes: list[str]) -> None:
    if (holder := occupied_by(order, verb)) is not None:
        raise Occupied(holder)
    if verb not in (Verb.SHIP, Verb.CANCEL):
        return
    busy = occupied_lines(order)
    if busy and (not codes or busy & set(codes)):
        naming = Command.objects.filter(order=order, state=State.TAKEN, lines__code__in=busy)
        raise Occupied(naming.order_by("-pk").first() or Command(kind=verb, subject=order.number))


def _step(
    command: Command, states: tuple[State, ...], to: State, what: str, by: User | None, said: str = "", **changes: Any
) -> None:
    fresh = Command.objects.select_related("account", "order").get(pk=command.pk)
    if fresh.state not in states or not moves.move(fresh, to, what, by=by, said=said, **changes):
        raise NotNow(
            _("Its state has changed meanwhile: %(state)s.") % {"state": wording.word(fresh.state, "request").label}
        )


def _fingerprint(asked: Asked) -> str:
    """The same for the same thing asked, whoever asks and whenever."""
    return sha256(msgspec.json.encode([asked.verb, asked.payload], order="deterministic")).hexdigest()

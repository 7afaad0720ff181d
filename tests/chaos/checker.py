"""Compares the marketplace's ledger with our journal: each broken promise is one sentence.

It reads rows and the ledger alone, and nothing of how the outbox works: whatever wrote them, this must hold.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from fulfilment.models import MOVES, OPEN, Command, CommandEvent, State
from octopia.contract.vocabulary import Verb
from orders.models import Order

EFFECTS = {
    Verb.ACCEPT: "accepted",
    Verb.REFUSE: "refused",
    Verb.SHIP: "shipped",
    Verb.CANCEL: "cancellation",
    Verb.GESTURE: "gesture",
    Verb.INVOICE: "invoice",
}
WITHOUT_EFFECT = {State.REFUSED, State.WITHDRAWN, State.CLOSED_NOT_DONE}
MOVING = {State.READY, State.PREPARING, State.SENDING, State.UNKNOWN, State.TAKEN}


@dataclass(frozen=True)
class Effect:
    """One effect that really happened; `ours`: by a call of our client.

    `mark` tells it from others of the order: the parcel's number, the lines that are cancelled, the amount given.
    """

    effect: str
    order: str
    ours: bool
    mark: str


def effects(ledger: Iterable[Mapping[str, Any]]) -> list[Effect]:
    """The ledger as `/_sandbox/ledger` gives it, or its entries' `saved()`."""
    return [
        Effect(row["effect"], row["order"], row["by"] == "api", _mark(row["effect"], row["details"], row["lines"]))
        for row in ledger
    ]


def _mark(effect: str, details: Mapping[str, Any], lines: Iterable[str]) -> str:
    if effect == "shipped":
        return str(details["parcel"])
    if effect == "cancellation":
        return " ".join(sorted(lines))
    return f"{Decimal(str(details['amount'])):.2f}" if effect == "gesture" else ""


def marks(command: Command) -> list[str]:
    """The marks of the effects that were asked for."""
    if command.verb == Verb.SHIP:
        return [parcel["number"] for parcel in command.payload["parcels"]]
    if command.verb == Verb.CANCEL:
        return [" ".join(sorted(line["code"] for line in command.payload["lines"]))]
    return [f"{Decimal(command.payload['amount']):.2f}"] if command.verb == Verb.GESTURE else [""]


def violations(happened: Sequence[Effect], *, settled: bool = True) -> list[str]:
    """Every promise that does not hold; `settled`: no command may be on its way any more."""
    commands = list(Command.objects.order_by("pk"))
    events: dict[int, list[CommandEvent]] = defaultdict(list)
    for event in CommandEvent.objects.order_by("pk"):
        events[event.command_id].append(event)
    found = []
    for command in commands:
        last = events[command.pk][-1].what if events[command.pk] else ""
        found += _broken(command, _of(command, happened), happened, last)
        found += _path(command, events[command.pk])
        if settled and command.state in MOVING:
            found.append(f"{command} is still {command.state}")
    return found + _unasked(commands, happened) + _crowded(commands)


def differences(truth: Iterable[Mapping[str, Any]]) -> list[str]:
    """Orders that we show otherwise than the marketplace has them."""
    held = {
        order.number: (order.status, sorted((line.code, line.status) for line in order.lines.all()))
        for order in Order.objects.prefetch_related("lines")
    }
    found = []
    for document in truth:
        there = (document["status"], sorted((line["orderLineId"], line["status"]) for line in document["lines"]))
        if held.get(document["orderId"]) != there:
            found.append(f"{document['orderId']} is shown as {held.get(document['orderId'])} and is {there}")
    return found


def _of(command: Command, happened: Sequence[Effect]) -> list[Effect]:
    """The effects that our client had on this command's behalf."""
    wanted = marks(command)
    return [
        one
        for one in happened
        if one.ours and one.order == command.subject and one.effect == EFFECTS[command.verb] and one.mark in wanted
    ]


def _broken(command: Command, ours: list[Effect], happened: Sequence[Effect], last: str) -> list[str]:
    counted = Counter(one.mark for one in ours)
    found = [f"{command} had its effect {number} times ({mark})" for mark, number in counted.items() if number > 1]
    if 0 < len(counted) < len(marks(command)):
        found.append(f"{command} had its effect in part: {sorted(counted)}")
    if command.state == State.CONFIRMED:
        there = {(one.effect, one.mark) for one in happened if one.order == command.subject}
        wanted = {(EFFECTS[command.verb], mark) for mark in marks(command)}
        found += [f"{command} is confirmed and never happened: {missing}" for missing in sorted(wanted - there)]
    if command.state in WITHOUT_EFFECT and ours and last != "rejected later":  # that one is decided afterwards
        found.append(f"{command} is {command.state} and had its effect")
    return found


def _path(command: Command, events: list[CommandEvent]) -> list[str]:
    """The events are one way through MOVES, from nothing to where the command stands, and versions never go back."""
    found, at, epoch = [], "", -1
    for event in events:
        if event.epoch < epoch:
            found.append(f"{command}: epoch {event.epoch} after {epoch}")
        epoch = max(epoch, event.epoch)
        if event.was == event.became and event.what != "marked":
            if event.was != at:
                found.append(f"{command}: {event.what!r} noted in {event.was}, being {at}")
            continue
        if event.was != at or (at and State(event.became) not in MOVES[State(at)]):
            found.append(f"{command}: {at or 'nothing'} → {event.became}, told as from {event.was or 'nothing'}")
        at = event.became
    if at != command.state:
        found.append(f"{command} is {command.state} and its events end with {at or 'nothing'}")
    if command.epoch < epoch:
        found.append(f"{command} is at epoch {command.epoch}, its events at {epoch}")
    return found


def _unasked(commands: list[Command], happened: Sequence[Effect]) -> list[str]:
    asked = {(command.subject, EFFECTS[command.verb], mark) for command in commands for mark in marks(command)}
    return [
        f"{one.effect} {one.order} {one.mark}: nobody asked"
        for one in happened
        if one.ours and (one.order, one.effect, one.mark) not in asked
    ]


def _crowded(commands: list[Command]) -> list[str]:
    holding = Counter(
        (command.account_id, command.subject, command.verb == Verb.INVOICE)  # uploads stand apart
        for command in commands
        if command.state in OPEN or (command.state == State.TAKEN and command.seen_at is None)
    )
    return [f"{subject} has {number} open commands" for (_, subject, _upload), number in holding.items() if number > 1]

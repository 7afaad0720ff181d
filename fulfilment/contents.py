"""What a request about money or a document asks for, in words: for whoever confirms it, settles it or reads it."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice import typography
from fulfilment.models import Command, State
from octopia.contract.vocabulary import Verb
from orders import reasons
from orders.words import GESTURE_REASONS


def of(command: Command) -> list[str]:
    """Its sentences; none for the kinds whose order says it all. Reads the lines of the command's order.

    What a payload of another version does not hold is left out: the page is read all the same.
    """
    told = {Verb.CANCEL: _cancellation, Verb.GESTURE: _gesture, Verb.INVOICE: _invoice}.get(command.verb)
    return [*told(command), *_beside(command)] if told else []


def _gesture(command: Command) -> Iterator[str]:
    code, details = command.payload.get("reason", ""), command.payload.get("details", "")
    reason = str(GESTURE_REASONS.get(code, code)) or "–"
    if details:
        reason = _("%(reason)s: “%(details)s”") % {"reason": reason, "details": details}
    yield f"{typography.amount(command.amount, command.currency)} · {reason}"


def _cancellation(command: Command) -> Iterator[str]:
    asked, words = command.payload.get("lines", []), command.payload.get("words", {})
    if command.refund:
        amount = typography.amount(command.amount, command.currency)
        yield _("Refund of %(amount)s, by our estimate.") % {"amount": amount}
    if command.payload.get("whole") and asked:
        yield ngettext("The whole order, %(n)s line.", "The whole order, %(n)s lines.", len(asked)) % {"n": len(asked)}
        yield _reason(asked[0], words)
        return
    rows = {line.code: line for line in command.order.lines.all()}
    for line in asked:
        known = rows.get(line["code"])
        name = f"{known.quantity} × {known.title or known.sku}" if known else line["code"]
        yield f"{name} · {_reason(line, words)}"


def _reason(line: dict[str, Any], words: dict[str, str]) -> str:
    reason = reasons.words(line["reason"], words)
    return _("%(reason)s, delivery refunded") % {"reason": reason} if line["refund_shipping"] else reason


def _invoice(command: Command) -> Iterator[str]:
    if name := command.payload.get("name"):
        yield name


def _beside(command: Command) -> Iterator[str]:
    """What the team wrote down, and whether the order is another one than its author saw."""
    if command.note:
        yield _("Note for the team: “%(note)s”") % {"note": command.note}
    if command.state == State.PROPOSED and command.order.version != command.order_version:
        yield _("The order has changed since this was proposed: look at it first. It is judged anew before it leaves.")

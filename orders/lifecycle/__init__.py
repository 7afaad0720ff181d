"""May this be asked of this order, and if not, why: buttons, dialogs, previews, commands and senders ask here alone."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from octopia.contract.lifecycle import Ability, Verb
from orders.lifecycle.channels import Abilities, Book, Fact, Learned, abilities, abilities_of, book, correct, learn
from orders.lifecycle.judging import Case
from orders.lifecycle.past import History, histories, history, left, left_before, lefts_before
from orders.lifecycle.predictions import outcome, record, taught
from orders.lifecycle.verdicts import Answer, Verdict, source_words
from orders.models import Line, Order

__all__ = [
    "Abilities",
    "Ability",
    "Answer",
    "Book",
    "Case",
    "Fact",
    "History",
    "Learned",
    "Verb",
    "Verdict",
    "abilities",
    "abilities_of",
    "book",
    "cancellation",
    "case",
    "correct",
    "histories",
    "history",
    "judge",
    "learn",
    "left",
    "left_before",
    "lefts_before",
    "outcome",
    "record",
    "shipment",
    "source_words",
    "taught",
    "verdict",
]


def case(order: Order, *, abilities: Abilities | None = None, history: History | None = None) -> Case:
    """All that judging needs. What is not handed over is read: a list hands it over, so that its queries stay few."""
    lines = list(order.lines.all())
    if history is None:
        history = replace(_history(order), shipped=left_before(order, lines).shipped)
    return Case(order, lines, abilities or _abilities(order.account_id, order.channel), history)


def verdict(
    order: Order,
    verb: Verb,
    lines: Iterable[Line] | None = None,
    *,
    abilities: Abilities | None = None,
    history: History | None = None,
) -> Verdict:
    """Would the marketplace take `verb` for these lines (all, when None)? Yes when it would for one of them.

    Lines that it would not take are left out; what binds the rest together counts (complete orders, cancelling by
    line). What one call would carry exactly is judged by `shipment` and `cancellation`.
    """
    return _case(order, verb, abilities, history).verdict(verb, lines)


def judge(
    line: Line,
    order: Order,
    verb: Verb,
    *,
    abilities: Abilities | None = None,
    history: History | None = None,
) -> Verdict:
    """The same of one line, whatever goes with it: the reason beside each line of a form."""
    return _case(order, verb, abilities, history).judge(line, verb)


def shipment(
    order: Order,
    parcels: Sequence[Collection[str]],
    *,
    abilities: Abilities | None = None,
    history: History | None = None,
) -> Verdict:
    """Would the marketplace take exactly these parcels in one call, each given by the codes of its lines?"""
    return _case(order, Verb.SHIP, abilities, history).shipment(parcels)


def cancellation(
    order: Order,
    lines: Iterable[Line] | None = None,
    *,
    abilities: Abilities | None = None,
    history: History | None = None,
) -> Verdict:
    """Would the marketplace take the cancellation of exactly these lines, or of the whole order when None?"""
    return _case(order, Verb.CANCEL, abilities, history).cancellation(lines)


def _case(order: Order, verb: Verb, abilities: Abilities | None, history: History | None) -> Case:
    """Only a cancellation reads what was asked before, where it is not handed over."""
    return case(order, abilities=abilities, history=history if verb is Verb.CANCEL else history or History())


_abilities, _history = abilities, history

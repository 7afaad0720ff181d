"""The LAW: the states in which each verb is taken, as data; judging an order by it is somebody else's work.

Only permissions stand here. What an order becomes is the marketplace's business, and is learnt by reading it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from octopia.contract.channels import ABILITIES, CANNOT, ELSEWHERE, UNTOLD, Say, ability
from octopia.contract.rules import CANCELLABLE, RULES, SHIPPED, Rule
from octopia.contract.vocabulary import (
    FINAL_STATUSES,
    LINE_STATUSES,
    ORDER_STATUSES,
    Ability,
    Certainty,
    Known,
    Mode,
    Status,
    Verb,
)

__all__ = [
    "ABILITIES",
    "CANNOT",
    "ELSEWHERE",
    "FINAL_STATUSES",
    "LAW",
    "LINE_STATUSES",
    "ORDER_STATUSES",
    "RULES",
    "UNTOLD",
    "Ability",
    "Certainty",
    "Grant",
    "Known",
    "Mode",
    "Rule",
    "Say",
    "Status",
    "Verb",
    "VerbLaw",
    "ability",
]

EVERY = frozenset(Mode)


@dataclass(frozen=True, slots=True)
class Grant:
    """A line in one of `modes` and `statuses` may be asked about; `certainty` is that of the permission itself, by
    `rule`: below documented it is a doubtful one."""

    rule: str
    modes: frozenset[Mode]
    statuses: frozenset[Status]
    certainty: Certainty


@dataclass(frozen=True, slots=True)
class VerbLaw:
    """All that binds one verb.

    `whole_order`: its call names no lines, so that the order's status alone counts. `order_statuses`: the order must be
    in one of them, and a line beside it in a grant's. `by_mode`, `by_status` and `by_order` name the rule to quote when
    no grant fits, because of a line's mode or status, or of the order's status; `quotes` names another for some
    statuses. `rules` are all the rules of the verb, those about amounts, reasons and parcels too.
    """

    verb: Verb
    whole_order: bool
    grants: tuple[Grant, ...]
    order_statuses: frozenset[Status]
    by_mode: str
    by_status: str
    by_order: str
    quotes: Mapping[Status, str]
    rules: tuple[str, ...]

    def grant(self, mode: str, status: str) -> Grant | None:
        """The surest permission for a line in this mode and status; None when there is none, or a word is unknown."""
        order = list(Certainty)
        fitting = [grant for grant in self.grants if mode in grant.modes and status in grant.statuses]
        return min(fitting, key=lambda grant: order.index(grant.certainty), default=None)

    def why_not(self, mode: str, status: str) -> tuple[str, Certainty]:
        """The rule to quote for a line that no grant fits, and how sure its no is."""
        here = [grant for grant in self.grants if mode in grant.modes]
        if here and (told := self.quotes.get(Status(status))):
            return told, RULES[told].certainty
        if here and mode == Mode.SELLER:
            return self.by_status, RULES[self.by_status].certainty
        sure = [grant.certainty for grant in here] or [RULES[self.by_mode].certainty]
        return self.by_mode, min(sure, key=list(Certainty).index)  # what is inferred of a mode is inferred of its no

    def why_not_order(self, status: str) -> tuple[str, Certainty]:
        """The rule to quote for an order in a status that is none of `order_statuses`, and how sure its no is."""
        told = self.quotes.get(Status(status), self.by_order)
        return told, RULES[told].certainty


# The calls of these carry no line: approval, gesture and invoice are about the order (E4, E13, E16).
_WHOLE_ORDER = frozenset({Verb.ACCEPT, Verb.REFUSE, Verb.GESTURE, Verb.INVOICE})

_GRANTS: Mapping[Verb, tuple[Grant, ...]] = {
    Verb.ACCEPT: (Grant("R4", EVERY, frozenset({Status.WAITING_ACCEPTANCE}), Certainty.DOCUMENTED),),
    Verb.REFUSE: (Grant("R4", EVERY, frozenset({Status.WAITING_ACCEPTANCE}), Certainty.DOCUMENTED),),
    Verb.SHIP: (
        Grant("R22", frozenset({Mode.SELLER}), frozenset({Status.IN_PREPARATION}), Certainty.DOCUMENTED),
        Grant("R31", frozenset({Mode.SELLER}), frozenset({Status.CANCEL_REQUEST}), Certainty.CLIENTS),
    ),
    Verb.CANCEL: (
        Grant("R8", frozenset({Mode.SELLER}), CANCELLABLE, Certainty.DOCUMENTED),
        # the seller may at any time, says the documentation; before acceptance, says a client, one refuses instead
        Grant("R43", frozenset({Mode.SELLER}), frozenset({Status.WAITING_ACCEPTANCE}), Certainty.CLIENTS),
        Grant("R40", frozenset({Mode.FULFILLMENT}), SHIPPED, Certainty.DOCUMENTED),
        Grant("R40", frozenset({Mode.XDOCK}), SHIPPED, Certainty.INFERRED),  # behaves like Fulfillment (U28)
    ),
    Verb.GESTURE: (Grant("R46", EVERY, SHIPPED, Certainty.DOCUMENTED),),
    Verb.INVOICE: (Grant("R53", EVERY, SHIPPED, Certainty.DOCUMENTED),),
}

_ORDER_STATUSES: Mapping[Verb, frozenset[Status]] = {
    Verb.ACCEPT: frozenset({Status.WAITING_ACCEPTANCE}),
    Verb.REFUSE: frozenset({Status.WAITING_ACCEPTANCE}),
    Verb.SHIP: frozenset({Status.IN_PREPARATION}),
    Verb.CANCEL: CANCELLABLE,  # by R43, a client's: it warns where the documentation says "at any time"
    Verb.GESTURE: SHIPPED,
    Verb.INVOICE: SHIPPED,
}

_QUOTED: Mapping[Verb, tuple[str, str, str]] = {  # by mode, by status, by the order's status
    Verb.ACCEPT: ("R4", "R4", "R4"),
    Verb.REFUSE: ("R4", "R4", "R4"),
    Verb.SHIP: ("R10", "R22", "R23"),
    Verb.CANCEL: ("R40", "R43", "R43"),
    Verb.GESTURE: ("R46", "R46", "R46"),
    Verb.INVOICE: ("R53", "R53", "R53"),
}

_QUOTES: Mapping[Verb, Mapping[Status, str]] = {  # what tells more about a status than the rule above
    Verb.SHIP: {
        Status.PROCESSING: "R22",
        Status.WAITING_ACCEPTANCE: "R22",
        Status.ACCEPTED: "R6",
        Status.REJECTED: "R7",
    },
    Verb.CANCEL: {Status.CANCELLED: "R2", Status.REFUSED: "R7", Status.REJECTED: "R7"},
}

LAW: Mapping[Verb, VerbLaw] = {
    verb: VerbLaw(
        verb,
        verb in _WHOLE_ORDER,
        _GRANTS[verb],
        _ORDER_STATUSES[verb],
        *_QUOTED[verb],
        quotes=_QUOTES.get(verb, {}),
        rules=tuple(number for number, rule in RULES.items() if verb in rule.verbs),
    )
    for verb in Verb
}

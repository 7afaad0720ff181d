"""The LAW: the states in which each verb is taken, as data; judging an order by it is somebody else's work.

Only permissions stand here. What an order becomes is the marketplace's business, and is learnt by reading it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from octopia.contract.channels import ABILITIES, ELSEWHERE, Say, ability
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
    "ELSEWHERE",
    "FINAL_STATUSES",
    "LAW",
    "LINE_STATUSES",
    "ORDER_STATUSES",
    "RULES",
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

    `order_statuses`: the order itself must be in one of them; empty: only its lines count. `by_mode` and `by_status`
    name the rule to quote when no grant fits, because of a line's mode or status; `by_order` that for the order's
    status. `rules` are all the rules of the verb, those about amounts, reasons and parcels too.
    """

    verb: Verb
    grants: tuple[Grant, ...]
    order_statuses: frozenset[Status]
    by_mode: str
    by_status: str
    by_order: str
    rules: tuple[str, ...]

    def grant(self, mode: str, status: str) -> Grant | None:
        """The surest permission for a line in this mode and status; None when there is none, or a word is unknown."""
        order = list(Certainty)
        fitting = [grant for grant in self.grants if mode in grant.modes and status in grant.statuses]
        return min(fitting, key=lambda grant: order.index(grant.certainty), default=None)


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
    Verb.CANCEL: frozenset(),
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

LAW: Mapping[Verb, VerbLaw] = {
    verb: VerbLaw(
        verb,
        _GRANTS[verb],
        _ORDER_STATUSES[verb],
        *_QUOTED[verb],
        rules=tuple(number for number, rule in RULES.items() if verb in rule.verbs),
    )
    for verb in Verb
}

"""What each sales channel can do, as far as anybody knows; an installation may correct what it sees for itself."""

from collections.abc import Mapping
from dataclasses import dataclass

from octopia.contract.vocabulary import Ability, Known


@dataclass(frozen=True, slots=True)
class Say:
    """`value` is None when nobody knows; `rule` is the number of the rule that tells, "" when none does."""

    value: bool | None
    known: Known
    source: str
    rule: str = ""


ELSEWHERE: Mapping[Ability, Say] = {
    Ability.APPROVAL: Say(False, Known.DOCUMENTED, "SEED: Cdiscount only", "R3"),
    Ability.SEVERAL_PARCELS: Say(None, Known.UNKNOWN, "SEED: depends on the channel", "R25"),
    Ability.SINGLE_LINES: Say(None, Known.UNKNOWN, "SEED: depends on the channel", "R27"),
    Ability.LINE_IN_PARCELS: Say(None, Known.UNKNOWN, "SEED: not on Cdiscount, else unsaid", "R25"),
    Ability.LINE_CANCELLATION: Say(None, Known.UNKNOWN, "SEED: depends on the channel", "R39"),
    Ability.GESTURES: Say(None, Known.UNKNOWN, "SEED: read the channel's configuration", "R45"),
    Ability.INVOICES: Say(False, Known.DOCUMENTED, "D-INV: Cdiscount only", "R53"),
}
"""What holds for a channel that is not in the table."""

ABILITIES: Mapping[str, Mapping[Ability, Say]] = {
    "CDISFR": {
        Ability.APPROVAL: Say(True, Known.DOCUMENTED, "SEED: unless acceptance is automatic", "R3"),
        Ability.SEVERAL_PARCELS: Say(False, Known.DOCUMENTED, "SEED: one parcel per complete order", "R26"),
        Ability.SINGLE_LINES: Say(False, Known.DOCUMENTED, "SEED: one parcel per complete order", "R26"),
        Ability.LINE_IN_PARCELS: Say(False, Known.DOCUMENTED, "SEED: not available on Cdiscount", "R25"),
        Ability.LINE_CANCELLATION: Say(None, Known.UNKNOWN, "SEED: depends on the channel; LENGOW offers none", "R39"),
        Ability.GESTURES: Say(None, Known.UNKNOWN, "SEED: read the channel's configuration", "R45"),
        Ability.INVOICES: Say(True, Known.DOCUMENTED, "D-INV: Cdiscount only", "R53"),
    },
}
"""By the channel's id, all abilities of it."""


def ability(channel: str, name: Ability) -> Say:
    """What is known of one ability of a channel."""
    return ABILITIES.get(channel, ELSEWHERE)[name]

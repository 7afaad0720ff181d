"""What each sales channel can do, as far as anybody knows; an installation may correct what it sees for itself."""

from collections.abc import Mapping
from dataclasses import dataclass

from octopia.contract.vocabulary import N_, Ability, Known


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


CANNOT: Mapping[Ability, str] = {
    Ability.APPROVAL: N_("Orders of %(channel)s do not wait for the seller: there is nothing to accept or refuse."),
    Ability.SEVERAL_PARCELS: N_("%(channel)s takes one parcel for the complete order."),
    Ability.SINGLE_LINES: N_("%(channel)s does not manage lines one by one: only the complete order can ship."),
    Ability.LINE_IN_PARCELS: N_("On %(channel)s one line cannot be in several parcels."),
    Ability.LINE_CANCELLATION: N_("%(channel)s does not take the cancellation of single lines."),
    Ability.GESTURES: N_("%(channel)s does not take commercial gestures."),
    Ability.INVOICES: N_("%(channel)s takes no invoices."),
}
"""What a channel without the ability says, as message ids."""

UNTOLD: Mapping[Ability, str] = {
    Ability.APPROVAL: N_("Nobody knows yet whether orders of %(channel)s wait for the seller."),
    Ability.SEVERAL_PARCELS: N_("Nobody knows yet whether %(channel)s takes several parcels for one order."),
    Ability.SINGLE_LINES: N_("Nobody knows yet whether %(channel)s takes a part of an order."),
    Ability.LINE_IN_PARCELS: N_("Nobody knows yet whether %(channel)s takes one line in several parcels."),
    Ability.LINE_CANCELLATION: N_("Nobody knows yet whether %(channel)s takes the cancellation of single lines."),
    Ability.GESTURES: N_("Whether %(channel)s takes commercial gestures is told when one is begun."),
    Ability.INVOICES: N_("Nobody knows yet whether %(channel)s takes invoices."),
}
"""What is said while an ability is not known, as message ids."""

"""What may go into which parcel of one order: the lines, their reasons, and what the channel allows.

Form and pack station ask here alone. Pure: it judges by `orders.lifecycle`, and knows neither carriers nor numbers.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from octopia.contract.vocabulary import Ability, Status, Verb
from orders.lifecycle import Abilities, Answer, Case, History, Verdict
from orders.models import Address, Line, Order

MOST = 20  # parcels of one declaration


@dataclass(frozen=True)
class Packable:
    """A line with the verdict about shipping it. `place`: where it goes, as a key; lines of one parcel share it."""

    line: Line
    verdict: Verdict
    place: int

    @property
    def code(self) -> str:
        return self.line.code

    @property
    def asked_back(self) -> bool:
        """Its cancellation was asked for: it may go along, and may stay behind where all others must go (R31)."""
        return self.line.status == Status.CANCEL_REQUEST


@dataclass(frozen=True)
class Packing:
    """One order before it is packed: may it go in several parcels, in part, and one line in several parcels?"""

    case: Case
    lines: tuple[Packable, ...]
    several: Verdict
    single: Verdict
    split: Verdict

    @property
    def able(self) -> tuple[Packable, ...]:
        """The lines that can be shipped now."""
        return tuple(line for line in self.lines if line.verdict.offered)

    @property
    def left_out(self) -> tuple[Packable, ...]:
        """The other lines: shown, each with its reason."""
        return tuple(line for line in self.lines if not line.verdict.offered)

    @property
    def places(self) -> dict[int, Address | None]:
        """The delivery addresses of what can be shipped."""
        return {line.place: line.line.address for line in self.able}

    @property
    def room(self) -> int:
        """How many parcels one declaration may have."""
        if not self.several.offered:
            return 1
        return MOST if self.split.offered else min(MOST, len(self.able))

    def chosen(self, line: Packable, parcels: int) -> bool:
        """Is it for a person to say whether this line is in a parcel? Otherwise it is in each of them."""
        if line.asked_back and len(self.able) > 1:
            return True
        return len(self.able) > 1 and (parcels > 1 or self.single.offered)

    def first(self) -> list[list[str]]:
        """The parcels to begin with: everything in one, and one for each address where several are possible."""
        if not self.several.offered:
            return [[line.code for line in self.able]]
        return [[line.code for line in self.able if line.place == place] for place in self.places] or [[]]

    def packed(self, ticked: Sequence[Collection[str]]) -> list[list[str]]:
        """What is in each parcel when a person ticked this: the lines in the order's order, the unasked ones too."""
        return [
            [line.code for line in self.able if line.code in codes or not self.chosen(line, len(ticked))]
            for codes in ticked
        ]

    def behind(self, parcels: Sequence[Collection[str]]) -> list[Packable]:
        """What could be shipped and is in no parcel."""
        gone = {code for codes in parcels for code in codes}
        return [line for line in self.able if line.code not in gone]

    def mixes(self, codes: Collection[str]) -> bool:
        """Would this parcel go to two addresses?"""
        return len({line.place for line in self.able if line.code in codes}) > 1

    def twice(self, parcels: Sequence[Collection[str]]) -> list[Packable]:
        """The lines that are in more than one parcel."""
        return [line for line in self.able if sum(line.code in codes for codes in parcels) > 1]

    def verdict(self, parcels: Sequence[Collection[str]]) -> Verdict:
        """Would the marketplace take exactly these parcels?"""
        return self.case.shipment(parcels)

    @property
    def must_be_complete(self) -> bool:
        return self.single.answer is Answer.REFUSED


def packing(order: Order, lines: Sequence[Line], abilities: Abilities, history: History) -> Packing:
    """`lines`: all of the order, with their addresses; `history`: what of it had left before, for a whole answer."""
    case = Case(order, lines, abilities, history)
    able = {name: abilities.verdict(name, order.channel_name) for name in Ability}
    return Packing(
        case,
        tuple(Packable(line, case.judge(line, Verb.SHIP), line.address_id or 0) for line in lines),
        several=able[Ability.SEVERAL_PARCELS],
        single=able[Ability.SINGLE_LINES],
        split=able[Ability.LINE_IN_PARCELS],
    )

"""Everything the ship page shows of a declaration: each parcel with its lines, its carriers and what is to be told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from backoffice import shop, typography
from fulfilment import carriers
from fulfilment.forms.shipment import Caution, Declaration, Trouble, Typed
from fulfilment.packing import Packable
from orders.folding import fold

FOUND = 12  # carriers that a search shows


@dataclass(frozen=True)
class LineShown:
    """A line in one parcel. `choosable`: its tick is a person's; otherwise it is in, or has no say."""

    packable: Packable
    ticked: bool
    choosable: bool


@dataclass(frozen=True)
class Card:
    """A carrier to choose; `key` is the digit that does, "" where none is left."""

    label: str
    key: str
    checked: bool


@dataclass(frozen=True)
class ParcelShown:
    place: int
    typed: Typed
    lines: tuple[LineShown, ...]
    cards: tuple[Card, ...]
    picked: str  # the carrier that the number picked, or the last of the day; "" when a person chose
    by_number: bool
    checked: carriers.Checked | None
    cautions: tuple[Caution, ...]
    cutoff: str
    troubles: dict[str, str]
    new_carrier: bool = False  # the machine chose it since the form was read
    new_url: bool = False

    @property
    def prefix(self) -> str:
        return f"p{self.place}"

    @property
    def fits(self) -> str:
        """That the number looks right, in words; "" where nothing is known, or something is odd."""
        return self.checked.words if self.checked and not self.checked.warns else ""


def parcels_shown(
    declaration: Declaration,
    used: Sequence[str],
    now: datetime,
    troubles: Sequence[Trouble] = (),
    before: Sequence[Typed] = (),
) -> list[ParcelShown]:
    """`used`: the labels of the cards, the mostly used first; `before`: the parcels as they stand in the browser."""
    cautions = declaration.warnings
    stood = before or declaration.parcels
    return [
        ParcelShown(
            place=place,
            typed=parcel,
            lines=_lines(declaration, parcel),
            cards=_cards(parcel.carrier, used),
            picked=parcel.picked if parcel.carrier == parcel.picked else "",
            by_number=bool(parcel.picked) and carriers.picked(parcel.number, declaration.labels) == parcel.picked,
            checked=carriers.check(parcel.number, parcel.carrier) if parcel.number and parcel.carrier else None,
            cautions=tuple(caution for caution in cautions if caution.parcel == place),
            cutoff=cutoff(parcel.carrier, now) if parcel.carrier else "",
            troubles={trouble.name: trouble.words for trouble in reversed(troubles) if trouble.parcel == place},
            new_carrier=parcel.carrier != was.carrier,
            new_url=parcel.url != was.url,
        )
        for place, (parcel, was) in enumerate(zip(declaration.parcels, stood, strict=True), 1)
    ]


def _lines(declaration: Declaration, parcel: Typed) -> tuple[LineShown, ...]:
    many = len(declaration.parcels)
    shown = []
    for line in declaration.packing.able:
        choosable = declaration.packing.chosen(line, many)
        shown.append(LineShown(line, not choosable or line.code in parcel.lines, choosable))
    return tuple(shown)


def _cards(carrier: str, used: Sequence[str]) -> tuple[Card, ...]:
    cards = [Card(label, str(place), label == carrier) for place, label in enumerate(used, 1)]
    if carrier and carrier not in used:
        cards.append(Card(carrier, "", True))
    return tuple(cards)


def cutoff(carrier: str, now: datetime) -> str:
    """Until when a parcel of this carrier leaves today, with the time left."""
    zone = shop.zone()
    moment = datetime.combine(shop.day_of(now, zone), shop.cutoff(carrier.strip()), zone)
    told = {"carrier": carrier.strip(), "time": typography.clock(moment, zone)}
    if now >= moment:
        return _("The cut-off of %(carrier)s was at %(time)s: it leaves with the next collection.") % told
    return _("Cut-off of %(carrier)s: %(time)s, %(left)s.") % (told | {"left": typography.relative(moment, now)})


def search(text: str, labels: Sequence[str]) -> list[str]:
    """The carriers of the list whose name holds this text, those that begin with it first."""
    wanted = " ".join(fold(text).split())
    names = {label: fold(label).strip() for label in labels}
    hits = [label for label in labels if wanted in names[label]]
    return sorted(hits, key=lambda label: not names[label].startswith(wanted))[:FOUND]

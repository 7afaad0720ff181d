"""The sheet of command cards that hangs beside a station."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from fulfilment.barcodes import Barcode, code128
from fulfilment.models import Problem
from fulfilment.station.codes import Card, card_code
from fulfilment.station.steps import FOR_SUPPORT

PARCELS = 4  # that have a card


@dataclass(frozen=True)
class CardShown:
    barcode: Barcode
    name: str
    does: str


def cards() -> list[CardShown]:
    told = [
        (card_code(Card.NEXT), _("Next"), _("Acknowledges what stopped the line, or opens the next order.")),
        (card_code(Card.PROBLEM), _("Problem"), _("An item is missing or broken, or the address is wrong.")),
        (
            card_code(Card.BACK),
            _("Take back"),
            _("Puts the order back, or takes back what was declared last; at the dock, takes the last label off."),
        ),
    ]
    for number in range(1, PARCELS + 1):
        name = _("Parcel %(number)s") % {"number": number}
        told.append((card_code(Card.PARCEL, number), name, _("What is scanned from now on goes into this parcel.")))
    for number, which in enumerate(Problem, 1):
        does = _("Twice: support is asked.") if which in FOR_SUPPORT else _("Twice: the order is kept back.")
        told.append((card_code(Card.PROBLEM, number), str(which.label), does))
    for number in range(1, len(Problem) + 1):
        name = _("Answer %(number)s") % {"number": number}
        told.append((card_code(Card.ANSWER, number), name, _("Chooses what has this number on the screen.")))
    return [CardShown(code128(code), name, does) for code, name, does in told]

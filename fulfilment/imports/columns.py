"""Which column holds what: remembered from a file with the same head, told by the head, or by what stands in it."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from typing import Any

from backoffice.models import SellerAccount
from fulfilment import carriers
from fulfilment.imports.sheets import Row
from orders.folding import fold
from orders.models import Order

LOOKED_AT = 200  # rows that are read to recognise a column
HEAD_WITHIN = 10  # rows that may stand above the head
NONE = -1

NAMES = {
    "order": (
        "order", "order number", "order no", "order id", "orderid", "order reference", "commande", "n commande",
        "no commande", "num commande", "numero commande", "numero de commande", "n de commande", "id commande",
        "reference commande", "ref commande", "reference", "ref", "reference client", "ref client",
        "votre reference", "reference expediteur", "customer reference", "sender reference", "shipper reference",
        "reference destinataire", "bestellnummer",
    ),
    "number": (
        "tracking", "tracking number", "tracking no", "tracking code", "tracking id", "suivi", "n suivi",
        "n de suivi", "no de suivi", "numero suivi", "numero de suivi", "code suivi", "numero colis",
        "numero de colis", "n colis", "n de colis", "no colis", "colis", "parcel", "parcel number", "parcel no",
        "shipment number", "numero expedition", "numero d expedition", "n expedition", "expedition", "barcode",
        "code barre", "code barres", "waybill", "awb", "sendungsnummer",
    ),
    "carrier": ("carrier", "carrier name", "transporteur", "nom transporteur", "livreur"),
    "sku": ("sku", "seller sku", "article", "reference article", "ref article", "item", "code article"),
}  # fmt: skip
_sign = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class Columns:
    """Places of the columns from 0, NONE where there is none. `first`: the first row below the head.

    `sure`: a person need not look at them. `carrier_name`: a label for every row without one of its own.
    """

    order: int = NONE
    number: int = NONE
    carrier: int = NONE
    sku: int = NONE
    first: int = 0
    carrier_name: str = ""
    sure: bool = False

    @property
    def complete(self) -> bool:
        return self.order != NONE and self.number != NONE and self.order != self.number

    @property
    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def of_json(kept: dict[str, Any]) -> Columns:
    return Columns(**{name: value for name, value in kept.items() if name in Columns.__dataclass_fields__})


def plain(head: str) -> str:
    return _sign.sub(" ", fold(head.replace("°", " "))).strip()


def head_at(rows: Sequence[Row]) -> int:
    """The row that names the columns, NONE where none does."""
    for at, row in enumerate(rows[:HEAD_WITHIN]):
        named = {column for cell in row.cells for column, names in NAMES.items() if plain(cell) in names}
        if {"order", "number"} <= named:
            return at
    if len(rows) > 1 and not any(map(_has_digit, rows[0].cells)) and any(map(_has_digit, rows[1].cells)):
        return 0
    return NONE


def layout(rows: Sequence[Row]) -> str:
    """The same for files that are laid out alike."""
    at = head_at(rows)
    told = [plain(cell) for cell in rows[at].cells] if at != NONE else [str(len(rows[0].cells))]
    return sha256("\0".join(told).encode()).hexdigest()


def recognised(rows: Sequence[Row], account: SellerAccount) -> Columns:
    """What the head, or else the content, tells. One query."""
    at = head_at(rows)
    found = _by_names(rows[at].cells) if at != NONE else {}
    below = rows[at + 1 : at + 1 + LOOKED_AT]
    told = {"order", "number"} <= found.keys()
    width = max((len(row.cells) for row in below), default=0)
    content = [[row.cells[place] for row in below if place < len(row.cells)] for place in range(width)]
    known = _known(content, account)
    hits = [sum(cell in known for cell in cells) for cells in content]
    if any(hits) and not ("order" in found and found["order"] < width and hits[found["order"]]):
        found["order"] = hits.index(max(hits))
    if "number" not in found:
        likely = [
            0 if place in found.values() else sum(bool(carriers.recognise(cell)) for cell in set(cells))
            for place, cells in enumerate(content)
        ]
        if any(likely):
            found["number"] = likely.index(max(likely))
    columns = replace(Columns(first=at + 1), **found)  # type: ignore[arg-type]
    return replace(columns, sure=columns.complete and (told or any(hits)))


def cell(row: Row, place: int) -> str:
    return row.cells[place] if 0 <= place < len(row.cells) else ""


def _by_names(head: Sequence[str]) -> dict[str, int]:
    """The best name wins: those of a column are listed the surest first."""
    found = {}
    for column, names in NAMES.items():
        places = [(names.index(plain(cell)), place) for place, cell in enumerate(head) if plain(cell) in names]
        if places:
            found[column] = min(places)[1]
    return found


def _known(content: Iterable[Collection[str]], account: SellerAccount) -> set[str]:
    """The cells that are numbers of orders here."""
    cells = {cell for cells in content for cell in cells if 4 < len(cell) <= 64}
    mine = Order.objects.filter(account=account)
    found = set(mine.filter(number__in=cells).values_list("number", flat=True))
    return found or set(mine.filter(channel_number__in=cells).values_list("channel_number", flat=True))


def _has_digit(cell: str) -> bool:
    return any(sign.isdecimal() for sign in cell)

"""What the warehouse knows of its products, by SKU; edited by people, or read from a file with a verdict per row."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.models import SellerAccount, User
from fulfilment.imports.columns import plain
from fulfilment.imports.refusals import Unreadable
from fulfilment.imports.sheets import Row, is_amount, read
from fulfilment.models import Product
from fulfilment.warehouse import pictures

PAGE = 50
HEAVIEST = 1_000_000  # grams
MOST_EANS = 20
AT_ONCE = 500  # rows of one statement
LONGEST = {"location": 60, "instruction": 500, "stock": 60}  # signs
EAN = re.compile(r"\d{8}|\d{12,14}", re.ASCII)
COLUMNS = {
    "sku": ("sku", "seller sku", "reference", "référence", "ref"),
    "eans": ("ean", "eans", "gtin", "barcode", "code-barres", "code barres"),
    "location": ("location", "shelf", "emplacement", "rayon"),
    "weight": ("weight", "weight g", "grams", "poids", "poids g"),
    "instruction": ("instruction", "packing instruction", "packing", "consigne", "emballage"),
    "stock": ("stock", "stock note", "note de stock"),
}

LATER = [name for name in COLUMNS if name != "sku"]  # what a file may change of a product


class Wrong(ValueError):
    """A value that a product may not have; the text says how it looks when it is right."""


@dataclass
class Verdict:
    """What became of one row of a file. `tone`: ok, info (nothing to do) or danger (not taken)."""

    line: int
    sku: str
    tone: str
    words: str


@dataclass(frozen=True)
class Known:
    """One page of products. `older`: where the next page begins, "" at the end."""

    rows: list[Product]
    total: int
    after: str = ""


@dataclass
class Read:
    """A file that was read: its rows' verdicts in the file's sequence."""

    verdicts: list[Verdict] = field(default_factory=list)

    def count(self, tone: str) -> int:
        return sum(verdict.tone == tone for verdict in self.verdicts)


def listed(accounts: Sequence[int], after: str = "", text: str = "") -> Known:
    """The products by SKU, after one of them; `text`: a SKU's beginning, an EAN, or a location."""
    mine = rows = Product.objects.filter(account__in=accounts)
    if text:
        rows = rows.filter(sku__istartswith=text) | rows.filter(eans__contains=[text]) | rows.filter(location=text)
    total = rows.count()
    if after.isascii() and after.isdigit() and len(after) < 18 and (last := mine.filter(pk=int(after)).first()):
        rows = rows.filter(sku__gt=last.sku) | rows.filter(sku=last.sku, pk__gt=last.pk)
    found = list(rows.select_related("account").order_by("sku", "pk")[: PAGE + 1])
    return Known(found[:PAGE], total, str(found[PAGE - 1].pk) if len(found) > PAGE else "")


def eans(text: str) -> list[str]:
    """The EANs of a text, each once. Raises Wrong."""
    parts = [text] if is_amount(text.strip()) else re.split(r"[\s,;|/]+", text)  # its comma parts nothing
    found = list(dict.fromkeys(part for part in parts if part))
    if len(found) > MOST_EANS:
        raise Wrong(_("At most %(most)s EANs a product.") % {"most": MOST_EANS})
    for ean in found:
        if not EAN.fullmatch(ean):
            raise Wrong(
                _("“%(ean)s” is no EAN: 8, 12, 13 or 14 digits. A spreadsheet keeps them whole as text.")
                % {"ean": ean[:40]}
            )
    return found


def weight(text: str) -> int | None:
    """Whole grams; None for nothing. Raises Wrong."""
    text = text.strip().removesuffix("g").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) <= HEAVIEST):
        raise Wrong(_("“%(weight)s” is no weight: whole grams, such as 2400.") % {"weight": text[:40]})
    return int(text)


def save(account: SellerAccount, sku: str, values: dict[str, Any], by: User) -> str:
    """Store these values of a product: "new", "changed" or "same". A picture that nobody has any more is deleted."""
    row = Product.objects.select_for_update().filter(account=account, sku=sku).first()
    stamp = {"changed_at": timezone.now(), "changed_by_name": str(by)}
    if row is None:
        Product.objects.create(account=account, sku=sku, **values, **stamp)
        return "new"
    changed, former = _changes(row, values), row.picture
    if not changed:
        return "same"
    if "picture" in changed and former:
        transaction.on_commit(lambda: pictures.forget(former), robust=True)
    for name, value in (changed | stamp).items():
        setattr(row, name, value)
    row.save(update_fields=[*changed, *stamp])
    return "changed"


def take(content: bytes, account: SellerAccount, by: User) -> Read:
    """Read a file and store the rows that are right; an empty cell leaves what is known. Raises Unreadable."""
    rows = read(content)
    places = _places(rows[0])
    told = [(row.line, _cells(row, places)) for row in rows[1:]]
    with transaction.atomic():
        there = Product.objects.select_for_update().filter(account=account, sku__in={cells["sku"] for _, cells in told})
        known = {product.sku: product for product in there.order_by("pk")}
        result, seen = Read(), dict[str, Product]()
        for line, cells in told:
            result.verdicts.append(_taken(line, cells, account, known, seen))
        stored = {verdict.sku for verdict in result.verdicts if verdict.tone == "ok"}
        products = [product for sku, product in seen.items() if sku in stored]
        for product in products:
            product.changed_at, product.changed_by_name = timezone.now(), str(by)
        Product.objects.bulk_create([product for product in products if product.pk is None], batch_size=AT_ONCE)
        changed = [product for product in products if product.sku in known]
        Product.objects.bulk_update(changed, [*LATER, "changed_at", "changed_by_name"], batch_size=AT_ONCE)
    return result


def _cells(row: Row, places: dict[str, int]) -> dict[str, str]:
    return {name: row.cells[at] if at < len(row.cells) else "" for name, at in places.items()}


def _taken(
    line: int, cells: dict[str, str], account: SellerAccount, known: dict[str, Product], seen: dict[str, Product]
) -> Verdict:
    """What becomes of one row; its product, with the row's values, is noted in `seen`."""
    sku = cells["sku"]
    if not sku:
        return Verdict(line, "", "danger", _("Without a SKU."))
    if sku in seen:
        return Verdict(line, sku, "danger", _("This SKU stands above already: the first row counts."))
    product = seen[sku] = known.get(sku) or Product(account=account, sku=sku)
    try:
        changed = _changes(product, values({name: cells[name] for name in LATER if name in cells}))
    except Wrong as error:
        return Verdict(line, sku, "danger", str(error))
    for name, value in changed.items():
        setattr(product, name, value)
    if sku not in known:
        return Verdict(line, sku, "ok", _("New."))
    return (
        Verdict(line, sku, "ok", _("Changed."))
        if changed
        else Verdict(line, sku, "info", _("Known like this already."))
    )


def _changes(product: Product, given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if getattr(product, name) != value}


def values(cells: dict[str, str]) -> dict[str, Any]:
    """What the cells that are not empty say of a product. Raises Wrong."""
    found: dict[str, Any] = {}
    for name, text in cells.items():
        if not text:
            continue
        if name == "eans":
            found[name] = eans(text)
        elif name == "weight":
            found[name] = weight(text)
        else:
            if len(text) > LONGEST[name]:
                told = {"text": text[:30], "most": LONGEST[name]}
                raise Wrong(_("“%(text)s…” is longer than %(most)s signs.") % told)
            found[name] = text
    return found


def _places(head: Row) -> dict[str, int]:
    """The columns by their heads. Raises Unreadable where none is the SKU."""
    heads = [plain(cell) for cell in head.cells]
    found = {
        name: heads.index(plain(known))
        for name, names in COLUMNS.items()
        for known in reversed(names)
        if plain(known) in heads
    }
    if "sku" not in found:
        raise Unreadable(
            _(
                "The first row names the columns, and one of them is SKU. "
                "Others: EAN, location, weight, instruction, stock."
            )
        )
    return found

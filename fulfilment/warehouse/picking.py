"""Pick list and slips of some orders, in one sequence: single-line orders first, by location, then by SKU.

What is printed is kept: a second slip of an order is a reprint, and says who printed the first one and when.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from backoffice.models import User
from fulfilment.barcodes import Barcode, code128
from fulfilment.models import Product, Slip
from fulfilment.station.codes import slip_code
from fulfilment.warehouse import queue
from orders.fields import Visible, sees
from orders.models import Line, Order

MOST = 50  # orders of one run
_PARTS = re.compile(r"(\d+)")


@dataclass(frozen=True)
class Piece:
    """A line to pick, with what the warehouse knows of its product."""

    line: Line
    product: Product | None

    @property
    def location(self) -> str:
        return self.product.location if self.product else ""

    @property
    def place(self) -> tuple[object, ...]:
        """Where it stands in a walk: shelf A3 before A12; without a shelf last, by SKU."""
        return (not self.location, natural(self.location), natural(self.line.sku), self.line.pk)


@dataclass(frozen=True)
class Sheet:
    """One slip. `number`: its place in the run; `before`: the slip that was printed of the order earlier."""

    number: int
    order: Order
    pieces: list[Piece]
    seen: Visible
    before: Slip | None

    @property
    def barcode(self) -> Barcode:
        return code128(code(self.order))

    @property
    def address(self) -> object:
        return self.order.recipient if self.seen.address else None

    @property
    def several_addresses(self) -> bool:
        return len({piece.line.address_id for piece in self.pieces}) > 1

    @property
    def items(self) -> int:
        return sum(piece.line.quantity for piece in self.pieces)


@dataclass
class Pick:
    """One row of the pick list: a product, how many of it, and the slips they are for."""

    piece: Piece
    quantity: int = 0
    slips: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Run:
    """Slips in their sequence. `located`: whether a shelf is known of any product."""

    sheets: list[Sheet]
    located: bool

    @property
    def singles(self) -> list[Pick]:
        """What to pick for orders of one line: each row is dealt out to its slips one by one."""
        return _picks(sheet for sheet in self.sheets if len(sheet.pieces) == 1)

    @property
    def others(self) -> list[Pick]:
        return _picks(sheet for sheet in self.sheets if len(sheet.pieces) != 1)


def code(order: Order) -> str:
    """What the slip's barcode says: at least eight signs, and told from every other code by its beginning."""
    return slip_code(order.pk)


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """A key that counts: A3 before A12."""
    parts = _PARTS.split(text.casefold())
    return tuple((0, int(part), "") if part.isascii() and part.isdigit() else (1, 0, part) for part in parts if part)


def ready(orders: Iterable[int], accounts: Sequence[int], now: datetime) -> list[Order]:
    """Those of these orders that can be packed now: ours, not kept back, without a request under way."""
    return list(queue.in_order(queue.to_ship(accounts), now).filter(pk__in=list(orders), rank__lt=2)[:MOST])


def first(accounts: Sequence[int], name: queue.Bucket, now: datetime) -> list[Order]:
    """The first orders of a bucket that can be packed now."""
    rows = queue.in_order(queue.bucket(name, accounts, now), now).filter(rank__lt=2)
    return list(rows.order_by(*queue.KEY)[:MOST])


def run(orders: Sequence[Order], user: User) -> Run:
    """These orders in the sequence of a walk, not printed yet."""
    pieces = _pieces(orders)
    before = _printed(orders)
    ordered = sorted(orders, key=lambda order: (len(pieces[order.pk]) != 1, *_place(pieces[order.pk]), order.pk))
    return _run(ordered, pieces, before, user)


def printed(which: UUID, user: User) -> tuple[list[Slip], Run]:
    """A run as it was printed, as far as it is this person's: its slips, and what is on them."""
    slips = list(Slip.objects.for_user(user).filter(run=which).select_related("order__recipient").order_by("position"))
    orders = [slip.order for slip in slips]
    pieces = _pieces(orders)
    until = slips[0].at if slips else timezone.now()
    return slips, _run(orders, pieces, _printed(orders, until), user)


def keep(orders: Sequence[Order], user: User) -> UUID:
    """Note that these slips are printed now, in this sequence; the run they are."""
    which, now = uuid4(), timezone.now()
    with transaction.atomic():
        Slip.objects.bulk_create(
            [
                Slip(
                    account_id=order.account_id, order=order, run=which, position=place, at=now, by=user,
                    by_name=str(user),
                )
                for place, order in enumerate(orders, 1)
            ]
        )  # fmt: skip
    return which


def _run(orders: Sequence[Order], pieces: dict[int, list[Piece]], before: dict[int, Slip], user: User) -> Run:
    now = timezone.now()
    sheets = [
        Sheet(place, order, pieces[order.pk], sees(user, order, now), before.get(order.pk))
        for place, order in enumerate(orders, 1)
    ]
    return Run(sheets, located=any(piece.location for sheet in sheets for piece in sheet.pieces))


def _pieces(orders: Sequence[Order]) -> dict[int, list[Piece]]:
    """The lines of each order that can be shipped by us, in the sequence of a walk."""
    found: dict[int, list[Piece]] = {order.pk: [] for order in orders}
    lines = list(Line.objects.filter(queue.granted(), order__in=found))
    skus, accounts = {line.sku for line in lines}, {line.account_id for line in lines}
    known = {(row.account_id, row.sku): row for row in Product.objects.filter(account__in=accounts, sku__in=skus)}
    for line in lines:
        found[line.order_id].append(Piece(line, known.get((line.account_id, line.sku))))
    for pieces in found.values():
        pieces.sort(key=lambda piece: piece.place)
    return found


def _place(pieces: list[Piece]) -> tuple[object, ...]:
    return pieces[0].place[:3] if pieces else (True, (), ())


def _printed(orders: Sequence[Order], until: datetime | None = None) -> dict[int, Slip]:
    """The last slip of each order that was printed before."""
    rows = Slip.objects.filter(order__in=orders).order_by("at")
    return {slip.order_id: slip for slip in (rows.filter(at__lt=until) if until else rows)}


def _picks(sheets: Iterable[Sheet]) -> list[Pick]:
    found: dict[tuple[int, str], Pick] = {}
    for sheet in sheets:
        for piece in sheet.pieces:
            pick = found.setdefault((piece.line.account_id, piece.line.sku), Pick(piece))
            pick.quantity += piece.line.quantity
            if sheet.number not in pick.slips:
                pick.slips.append(sheet.number)
    return sorted(found.values(), key=lambda pick: pick.piece.place)

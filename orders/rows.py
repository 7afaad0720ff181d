"""Turns one order as read into the rows we keep of it. Pure: it asks no database and no clock.

Rows are plain tuples in the order of the column lists below, since hundreds of them are compared and copied at once.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from hashlib import blake2b
from operator import itemgetter
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import msgspec
from django.utils.crypto import salted_hmac

from octopia import schema
from orders import folding, models, sums

EXTRA = 4_096  # bytes of unknown members that are kept of an order

ORDER = (
    "channel_number", "channel", "channel_name", "seller", "customer", "business", "status", "payment_method",
    "currency", "offer_total", "selling_total", "fees", "purchased_at", "created_at", "changed_at", "ship_by", "hash",
    "placed_at", "day", "deadline", "ours", "partly_shipped", "cancel_asked", "line_count", "item_count", "first_title",
    "commission", "commission_estimated", "fees_total",
)  # fmt: skip
LINE = (
    "code", "position", "status", "quantity", "offer", "sku", "supply_mode", "product", "title", "gtin", "condition",
    "delivery_mode", "promised_min", "promised_max", "ship_by", "offer_unit", "offer_shipping", "selling_unit",
    "selling_shipping", "offer_total", "selling_total", "commission_with_vat", "commission_without_vat",
    "commission_rate", "taxes", "placed_at",
)  # fmt: skip
ADDRESS = (
    "civility", "first_name", "last_name", "company", "vat_number", "line1", "line2", "line3", "postcode", "city",
    "region", "country", "phone", "email", "pickup_id", "pickup_name",
)  # fmt: skip
NAMES = frozenset({"civility", "first_name", "last_name", "company", "vat_number"})
CONTACT = frozenset(ADDRESS) - NAMES - {"country"}

AT = {name: index for index, name in enumerate(ORDER)}
LINE_AT = {name: index for index, name in enumerate(LINE)}

_unit, _shipping, _quantity = (LINE_AT[name] for name in ("selling_unit", "selling_shipping", "quantity"))

GONE = frozenset({"Shipped", "Delivered"})
LOST = frozenset({"Cancelled", "Refused", "Rejected"})
SELLER = "Seller"
CANCEL_REQUEST = "CancelRequest"
NOWHERE = ("", "")

_nul = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")

Row = tuple[Any, ...]
AddressKey = tuple[str, str]  # kind, hash
Kind = models.SearchRow.Kind
NAME, PLACE, STREET, PHONE, EMAIL = map(int, (Kind.NAME, Kind.PLACE, Kind.STREET, Kind.PHONE, Kind.EMAIL))


class Unstorable(ValueError):
    """A reading that the tables cannot hold; the text is a sentence that quotes no value."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased of an order and stays so, whatever the marketplace sends."""

    contact: bool = False
    name: bool = False


@dataclass(frozen=True, slots=True)
class Parcel:
    number: str
    carrier: str
    url: str
    lines: tuple[str, ...]


class Owed(Protocol):
    """What a deadline is told by: a line of the mirror, or one as read."""

    @property
    def status(self) -> str: ...
    @property
    def supply_mode(self) -> str: ...
    @property
    def ship_by(self) -> datetime | None: ...


@dataclass(slots=True)
class Document:
    """The rows of one order. `order` and `lines` follow ORDER and LINE; `delivery` is the address key of each line."""

    number: str
    order: Row
    lines: dict[str, Row]
    delivery: dict[str, AddressKey]
    addresses: dict[AddressKey, Row]
    recipient: AddressKey
    parcels: dict[tuple[str, str], Parcel]
    extra: str
    words: set[tuple[int, str]]

    def __getitem__(self, name: str) -> Any:
        return self.order[AT[name]]


def document(order: schema.Order, zone: ZoneInfo, erased: Erased = Erased()) -> Document:
    """The rows of an order; raises Unstorable."""
    _refuse_unfit(order)
    placed_at = order.purchased_at or order.created_at
    addresses: dict[AddressKey, Row] = {}
    delivery: dict[str, AddressKey] = {}
    parcels: dict[tuple[str, str], Parcel] = {}
    billing = _address(addresses, "billing", order.billing, erased)
    last, key = None, NOWHERE
    for line in order.lines:
        if (address := line.shipping or order.shipping) != last:  # most orders go to one place
            last, key = address, _address(addresses, "shipping", address, erased)
        delivery[line.code] = key
        for parcel in line.parcels:
            _parcel(parcels, parcel, line.code)
    recipient = next((key for key in delivery.values() if key != NOWHERE), billing)
    return Document(
        number=order.number,
        order=_order(order, placed_at, zone, erased),
        lines={line.code: _line(line, position, placed_at) for position, line in enumerate(order.lines)},
        delivery=delivery,
        addresses=addresses,
        recipient=recipient,
        parcels=parcels,
        extra="" if erased.contact else extra_text(order.extra),
        words=search_words(addresses.values()),
    )


def customer_hash(reference: str) -> str:
    """What stands for a customer's reference once the name was erased: the same for the same customer, told by none."""
    return "#" + salted_hmac("orders.customer", reference, algorithm="sha256").hexdigest()[:32]


def reduced(row: Row, erased: Erased) -> Row:
    """An address without what was erased."""
    gone = (CONTACT if erased.contact else frozenset()) | (NAMES if erased.name else frozenset())
    return tuple("" if name in gone else value for name, value in zip(ADDRESS, row, strict=True)) if gone else row


@lru_cache(maxsize=4_096)
def address_hash(row: Row) -> str:
    """Tells two addresses of one order apart; of an erased one, only what is left is in it."""
    return blake2b("\0".join(row).encode(), digest_size=20).hexdigest()


def search_words(rows: Iterable[Row]) -> set[tuple[int, str]]:
    """The (kind, word) pairs by which an order with these addresses is found."""
    return set().union(*map(_words, rows))


def line_sum(row: Row) -> Decimal:
    """Unit × quantity + shipping of a line at the customer's price; a missing amount counts as none."""
    unit: Decimal | None = row[_unit]
    shipping: Decimal | None = row[_shipping]
    quantity: int = row[_quantity]
    return (unit or Decimal(0)) * quantity + (shipping or Decimal(0))


def deadline(lines: Iterable[Owed], of_order: datetime | None) -> datetime | None:
    """The earliest ship-by of the lines that wait for us, of all ours where none waits, or else the order's."""
    seller = [line for line in lines if line.supply_mode == SELLER]
    waiting = [line for line in seller if line.status not in GONE | LOST] or seller
    return min((line.ship_by for line in waiting if line.ship_by), default=of_order)


def partly_shipped(statuses: set[str]) -> bool:
    """Whether some of the lines that stand have left, and others have not."""
    left = statuses - LOST
    return bool(left & GONE) and bool(left - GONE)


def extra_text(extra: dict[str, Any]) -> str:
    """The unknown members as JSON of at most 4 kB, "" when there are none; what found no room is counted by name."""
    if not extra:
        return ""
    text = _json(extra)
    if len(text) <= EXTRA:
        return text.decode()
    kept: dict[str, Any] = {}
    room = EXTRA - 64
    for path in sorted(extra):
        size = len(_json({path: extra[path]}))
        if size <= room:
            kept[path] = extra[path]
            room -= size
    return _json(kept | {"…": len(extra) - len(kept)}).decode()


def _order(order: schema.Order, placed_at: datetime, zone: ZoneInfo, erased: Erased) -> Row:
    lines = order.lines
    statuses = {line.status for line in lines}
    return (
        order.channel_number,
        order.channel,
        order.channel_name,
        order.seller,
        customer_hash(order.customer) if erased.name and order.customer else order.customer,
        order.business,
        order.status,
        order.payment_method,
        order.currency,
        order.offer_total,
        order.selling_total,
        [[fee.label, word_of(fee.amount)] for fee in order.service_fees],
        order.purchased_at,
        order.created_at,
        order.changed_at,
        order.ship_by,
        order.hash,
        placed_at,
        placed_at.astimezone(zone).date(),
        deadline(lines, order.ship_by),
        any(line.supply_mode == SELLER for line in lines),
        partly_shipped(statuses),
        CANCEL_REQUEST in statuses,
        len(lines),
        sum(line.quantity for line in lines),
        lines[0].title[:500] if lines else "",
        *_charges(order),
    )


def _charges(order: schema.Order) -> tuple[Decimal | None, bool, Decimal | None]:
    """The commission on the lines that stand (on all where none does), whether partly our estimate, and the fees."""
    standing = [line for line in order.lines if line.status not in LOST] or order.lines
    told = [one for one in map(sums.commission, standing) if one]
    fees = [fee.amount for fee in order.service_fees if fee.amount is not None]
    return (
        sum((one.amount for one in told), Decimal(0)) if told else None,
        any(one.estimated for one in told),
        sum(fees, Decimal(0)) if fees else None,
    )


def _line(line: schema.Line, position: int, placed_at: datetime) -> Row:
    return (
        line.code,
        position,
        line.status,
        line.quantity,
        line.offer_id,
        line.sku,
        line.supply_mode,
        line.product_id,
        line.title,
        line.gtin,
        line.condition,
        line.delivery_mode,
        line.promised_min,
        line.promised_max,
        line.ship_by,
        line.offer_unit,
        line.offer_shipping,
        line.selling_unit,
        line.selling_shipping,
        line.offer_total,
        line.selling_total,
        line.commission_with_vat,
        line.commission_without_vat,
        line.commission_rate,
        {
            kind: [[tax.code, tax.target, word_of(tax.amount), word_of(tax.rate)] for tax in taxes]
            for kind, taxes in (("offer", line.offer_taxes), ("selling", line.selling_taxes))
            if taxes
        },
        placed_at,
    )


def word_of(amount: Decimal | None) -> str | None:
    """An amount as it stands in JSON: digits without an exponent and without trailing noughts."""
    if amount is None:
        return None
    text = str(amount)
    if "E" in text:
        text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") or "0" if "." in text else text


def _address(found: dict[AddressKey, Row], kind: str, address: schema.Address | None, erased: Erased) -> AddressKey:
    if address is None:
        return NOWHERE
    row = reduced(
        (
            address.civility,
            address.first_name,
            address.last_name,
            address.company,
            address.vat_number,
            address.line1,
            address.line2,
            address.line3,
            address.postal_code,
            address.city,
            address.region,
            address.country,
            address.phone,
            address.email,
            address.pickup_id,
            address.pickup_name,
        ),
        erased,
    )
    if not any(row):
        return NOWHERE
    key = (kind, address_hash(row))
    found[key] = row
    return key


def _parcel(found: dict[tuple[str, str], Parcel], parcel: schema.Parcel, code: str) -> None:
    if not parcel.number and not parcel.carrier:
        return
    key = (parcel.number, parcel.carrier)
    known = found.get(key)
    lines = (*known.lines, code) if known and code not in known.lines else known.lines if known else (code,)
    found[key] = Parcel(parcel.number, parcel.carrier, (known.url if known else "") or parcel.url, lines)


@lru_cache(maxsize=4_096)
def _words(row: Row) -> frozenset[tuple[int, str]]:
    (_civility, first, last, company, _vat, line1, line2, line3, postcode, city, _region, _country, phone, email,
     _pickup, pickup_name) = row  # fmt: skip
    found = {(NAME, word) for text in (first, last, company) for word in folding.words(text)}
    found.update((PLACE, word) for text in (postcode, city) for word in folding.words(text))
    found.update((STREET, word) for text in (line1, line2, line3, pickup_name) for word in folding.street_words(text))
    if word := folding.phone_word(phone):
        found.add((PHONE, word))
    if word := folding.email_word(email):
        found.add((EMAIL, word))
    return frozenset(found)


class Limits:
    """The text columns of a row that are shorter than the client's short texts."""

    def __init__(self, model: type[models.Owned], columns: tuple[str, ...]) -> None:
        signs = {name: getattr(model._meta.get_field(name), "max_length", None) or 500 for name in columns}
        self.model = model.__name__
        self.names = tuple(name for name in columns if signs[name] < 500)
        self.signs = tuple(signs[name] for name in self.names)
        self.pick = itemgetter(*(columns.index(name) for name in self.names))

    def refuse(self, row: Row) -> None:
        """Raise Unstorable when a text is longer than its column."""
        texts = self.pick(row)
        if not all(map(int.__le__, map(len, texts), self.signs)):
            name, length = next(
                (name, length) for name, text, length in zip(self.names, texts, self.signs, strict=True)
                if len(text) > length
            )  # fmt: skip
            raise Unstorable(f"{self.model} {name} is longer than {length} signs.")


_order_limits, _line_limits = Limits(models.Order, ORDER), Limits(models.Line, LINE)


def refuse_long(document: Document) -> None:
    """Raise Unstorable when a text is longer than its column."""
    _order_limits.refuse(document.order)
    for row in document.lines.values():
        _line_limits.refuse(row)
    for parcel in document.parcels.values():
        if len(parcel.number) > 100 or len(parcel.carrier) > 200:
            raise Unstorable("A parcel's number or carrier is too long.")


def _refuse_unfit(order: schema.Order) -> None:
    """NUL and lone surrogates cannot be stored."""
    try:
        text = msgspec.json.encode(order)
    except (UnicodeEncodeError, msgspec.MsgspecError, RecursionError, ValueError):
        raise Unstorable("The record holds a sign that is not Unicode text.") from None
    if b"\\u0000" in text and _nul.search(text):
        raise Unstorable("The record holds a NUL.")


def _json(value: Any) -> bytes:
    return msgspec.json.Encoder(decimal_format="number").encode(value)

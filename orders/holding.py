"""What the mirror holds of some orders, read in a handful of statements and in the shape of a fresh document."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from orders import models, writing
from orders.punctuality import Shipping
from orders.rows import (
    ADDRESS,
    LINE,
    LINE_AT,
    NOWHERE,
    ORDER,
    AddressKey,
    Document,
    Erased,
    Parcel,
)

ORDER_TABLE = models.Order._meta.db_table
LINE_TABLE = models.Line._meta.db_table
ADDRESS_TABLE = models.Address._meta.db_table
PARCEL_TABLE = models.Parcel._meta.db_table

_fees = ORDER.index("fees")
_taxes = LINE_AT["taxes"]


@dataclass(frozen=True, slots=True)
class Stamp:
    """Enough of a held order to tell whether an answer brings anything new."""

    id: int
    changed_at: datetime
    hash: str
    erased: Erased


@dataclass(slots=True)
class Held:
    """A held order with the ids of its rows."""

    id: int
    version: int
    shipped_at: datetime | None
    closed_at: datetime | None
    shipping: Shipping
    document: Document
    line_ids: dict[str, int] = field(default_factory=dict)
    address_ids: dict[AddressKey, int] = field(default_factory=dict)
    parcel_ids: dict[tuple[str, str], int] = field(default_factory=dict)


def stamps(cursor: writing.Cursor, account: int, numbers: Sequence[str]) -> dict[str, Stamp]:
    """The stamps of those orders that are held, by number."""
    cursor.execute(
        "SELECT number, id, changed_at, hash, contact_erased_at IS NOT NULL, name_erased_at IS NOT NULL"  # noqa: S608
        f" FROM {ORDER_TABLE} WHERE account_id = %s AND number = ANY(%s::text[])",
        [account, writing.array_text(numbers)],
    )
    return {
        number: Stamp(pk, changed_at, digest, Erased(contact, name))
        for number, pk, changed_at, digest, contact, name in cursor.fetchall()
    }


def load(cursor: writing.Cursor, ids: Sequence[int]) -> dict[str, Held]:
    """The held orders whole, by number; without their search words and unknown members, which nobody compares."""
    held: dict[int, Held] = {}
    cursor.execute(
        "SELECT id, number, version, shipped_at, closed_at, shipped_day, on_time, ship_hours,"  # noqa: S608
        f" {', '.join(ORDER)} FROM {ORDER_TABLE} WHERE id = ANY(%s)",
        [list(ids)],
    )
    for pk, number, version, shipped_at, closed_at, day, on_time, hours, *values in cursor.fetchall():
        values[_fees] = _json(values[_fees])
        document = Document(
            number=number,
            order=tuple(values),
            lines={},
            delivery={},
            addresses={},
            recipient=NOWHERE,
            parcels={},
            extra="",
            words=set(),
        )
        held[pk] = Held(pk, version, shipped_at, closed_at, Shipping(day, on_time, hours), document)
    keys = _load_addresses(cursor, held)
    _load_lines(cursor, held, keys)
    _load_parcels(cursor, held)
    return {one.document.number: one for one in held.values()}


def _load_addresses(cursor: writing.Cursor, held: dict[int, Held]) -> dict[int, AddressKey]:
    keys: dict[int, AddressKey] = {}
    cursor.execute(
        f"SELECT id, order_id, kind, hash, {', '.join(ADDRESS)} FROM {ADDRESS_TABLE} WHERE order_id = ANY(%s)",  # noqa: S608
        [list(held)],
    )
    for pk, order, kind, digest, *values in cursor.fetchall():
        keys[pk] = (kind, digest)
        held[order].address_ids[kind, digest] = pk
        held[order].document.addresses[kind, digest] = tuple(values)
    return keys


def _load_lines(cursor: writing.Cursor, held: dict[int, Held], keys: dict[int, AddressKey]) -> None:
    cursor.execute(
        f"SELECT id, order_id, address_id, {', '.join(LINE)} FROM {LINE_TABLE} WHERE order_id = ANY(%s)"  # noqa: S608
        " ORDER BY order_id, position",
        [list(held)],
    )
    for pk, order, address, *values in cursor.fetchall():
        values[_taxes] = _json(values[_taxes])
        code = values[0]
        held[order].line_ids[code] = pk
        held[order].document.lines[code] = tuple(values)
        held[order].document.delivery[code] = keys.get(address, NOWHERE)


def _load_parcels(cursor: writing.Cursor, held: dict[int, Held]) -> None:
    cursor.execute(
        f"SELECT id, order_id, number, carrier, url, lines FROM {PARCEL_TABLE} WHERE order_id = ANY(%s)",  # noqa: S608
        [list(held)],
    )
    for pk, order, number, carrier, url, lines in cursor.fetchall():
        held[order].parcel_ids[number, carrier] = pk
        held[order].document.parcels[number, carrier] = Parcel(number, carrier, url, tuple(lines))


def _json(value: Any) -> Any:
    return msgspec.json.decode(value) if isinstance(value, str) else value

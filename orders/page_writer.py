"""Writes the orders of one page: what is new is copied in, what changed is updated, in a handful of statements."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from orders import history, models, punctuality, rollups, vocabulary, writing
from orders.holding import ADDRESS_TABLE, LINE_TABLE, ORDER_TABLE, PARCEL_TABLE, Held
from orders.rows import ADDRESS, CANCEL_REQUEST, GONE, LINE, LINE_AT, LOST, ORDER, Document, Kind, Parcel

EXTRA_TABLE = models.OrderExtra._meta.db_table
CHANGE_TABLE = models.Change._meta.db_table
SEARCH_TABLE = models.SearchRow._meta.db_table
READING_TABLE = models.Reading._meta.db_table

NEW_ORDER = (
    "id", "account_id", "number", *ORDER, "recipient_id", "version", "shipped_at", "closed_at", "first_seen_at",
    "synced_at", "keep_personal",
)  # fmt: skip
CHANGED_ORDER = (
    *ORDER, "recipient_id", "version", "shipped_at", "closed_at", "shipped_day", "on_time", "ship_hours", "synced_at",
)  # fmt: skip
NEW_LINE = ("account_id", "order_id", *LINE, "address_id")
CHANGED_LINE = (*LINE, "address_id")
NEW_ADDRESS = ("id", "account_id", "order_id", "kind", "hash", *ADDRESS)
NEW_PARCEL = ("account_id", "order_id", "number", "carrier", "url", "lines", "seen_at")
NEW_CHANGE = ("account_id", "order_id", "version", "changed_at", "synced_at", "source", "fields")
NEW_EXTRA = ("account_id", "order_id", "content")
NEW_SEARCH = ("account_id", "order_id", "kind", "word", "placed_at")
CANCELLING = ("Cancelled", CANCEL_REQUEST)
CLOSED = LOST | {"Delivered"}

_fees = ORDER.index("fees")
_taxes = LINE_AT["taxes"]
_status = LINE_AT["status"]


@dataclass(slots=True)
class PageWriter:
    """Collects the rows of a page's orders, then writes them. One use, inside a transaction that holds the lock."""

    account: int
    source: str
    now: datetime
    zone: ZoneInfo
    new_orders: list[tuple[Any, ...]] = field(default_factory=list)
    changed_orders: list[dict[str, Any]] = field(default_factory=list)
    new_addresses: list[tuple[Any, ...]] = field(default_factory=list)
    gone_addresses: list[int] = field(default_factory=list)
    new_lines: list[tuple[Any, ...]] = field(default_factory=list)
    changed_lines: list[dict[str, Any]] = field(default_factory=list)
    gone_lines: list[int] = field(default_factory=list)
    new_parcels: list[tuple[Any, ...]] = field(default_factory=list)
    changed_parcels: list[dict[str, Any]] = field(default_factory=list)
    gone_parcels: list[int] = field(default_factory=list)
    extras: list[tuple[Any, ...]] = field(default_factory=list)
    changes: list[tuple[Any, ...]] = field(default_factory=list)
    searches: list[tuple[Any, ...]] = field(default_factory=list)
    researched: list[int] = field(default_factory=list)  # orders whose search rows are written anew
    words: set[str] = field(default_factory=set)
    channels: dict[str, str] = field(default_factory=dict)
    cancelled: list[str] = field(default_factory=list)
    sums: rollups.Deltas = field(default_factory=rollups.Deltas)

    def write(self, cursor: writing.Cursor, new: list[Document], changed: list[tuple[Held, Document]]) -> list[int]:
        """Write everything; returns the ids of the orders, the new ones first."""
        unknown = sum(len(document.addresses) for document in new) + sum(
            len(document.addresses.keys() - held.address_ids.keys()) for held, document in changed
        )
        ids = writing.fresh_ids(cursor, **{ORDER_TABLE: len(new), ADDRESS_TABLE: unknown})
        addresses = iter(ids[ADDRESS_TABLE])
        for pk, document in zip(ids[ORDER_TABLE], new, strict=True):
            self._add(pk, document, addresses)
        for held, document in changed:
            self._change(held, document, addresses)
        self._flush(cursor)
        return ids[ORDER_TABLE] + [held.id for held, _ in changed]

    def _add(self, pk: int, document: Document, ids: Any) -> None:
        address_ids = self._addresses(pk, document, {}, ids)
        self.new_orders.append(
            (
                pk,
                self.account,
                document.number,
                *_with_json(document.order, _fees),
                address_ids.get(document.recipient),
                1,
                None,
                None,
                self.now,
                self.now,
                False,
            )
        )
        for code, row in document.lines.items():
            self._new_line(pk, row, address_ids.get(document.delivery[code]))
        for parcel in document.parcels.values():
            self._new_parcel(pk, parcel)
        if document.extra:
            self.extras.append((self.account, pk, document.extra))
        self._search(pk, document)
        self._note(pk, 1, document, history.first(document))
        self.sums.add(document, punctuality.NOT_YET, 1)
        if any(row[_status] in CANCELLING for row in document.lines.values()):
            self.cancelled.append(document.number)

    def _change(self, held: Held, document: Document, ids: Any) -> None:
        old, pk = held.document, held.id
        address_ids = self._addresses(pk, document, held.address_ids, ids)
        self.gone_addresses += [held.address_ids[key] for key in held.address_ids.keys() - document.addresses.keys()]
        status, was = document["status"], old["status"]
        shipped_at = held.shipped_at
        if shipped_at is None and status == "Shipped" and was not in GONE:
            shipped_at = document["changed_at"]
        closed_at = held.closed_at
        if closed_at is None and status in CLOSED and was not in CLOSED:
            closed_at = document["changed_at"]
        shipping = punctuality.shipping(document, shipped_at, self.zone)
        self.changed_orders.append(
            {
                "id": pk,
                **dict(zip(ORDER, document.order, strict=True)),
                "recipient_id": address_ids.get(document.recipient),
                "version": held.version + 1,
                "shipped_at": shipped_at,
                "closed_at": closed_at,
                "shipped_day": shipping.day,
                "on_time": shipping.on_time,
                "ship_hours": shipping.hours,
                "synced_at": self.now,
            }
        )
        self._change_lines(held, document, address_ids)
        self._change_parcels(held, document)
        if document.extra:
            self.extras.append((self.account, pk, document.extra))
        if old.addresses.keys() != document.addresses.keys() or old["placed_at"] != document["placed_at"]:
            self.researched.append(pk)
            self._search(pk, document)
        self._note(pk, held.version + 1, document, history.changes(old, document))
        self.sums.add(old, held.shipping, -1)
        self.sums.add(document, shipping, 1)

    def _change_lines(self, held: Held, document: Document, address_ids: dict[Any, int]) -> None:
        old = held.document
        self.gone_lines += [held.line_ids[code] for code in held.line_ids.keys() - document.lines.keys()]
        cancelled = False
        for code, row in document.lines.items():
            address = address_ids.get(document.delivery[code])
            before = old.lines.get(code)
            was = "" if before is None else before[_status]
            if was != row[_status] and (row[_status] in CANCELLING or was == CANCEL_REQUEST):
                cancelled = True  # asked, decided, or refused: the request tells
            if before is None:
                self._new_line(held.id, row, address)
            elif before != row or old.delivery[code] != document.delivery[code]:
                self.changed_lines.append(
                    {"id": held.line_ids[code], **dict(zip(LINE, row, strict=True)), "address_id": address}
                )
        if cancelled:
            self.cancelled.append(document.number)

    def _change_parcels(self, held: Held, document: Document) -> None:
        self.gone_parcels += [held.parcel_ids[key] for key in held.parcel_ids.keys() - document.parcels.keys()]
        for key, parcel in document.parcels.items():
            if key not in held.parcel_ids:
                self._new_parcel(held.id, parcel)
            elif parcel != held.document.parcels[key]:
                self.changed_parcels.append(
                    {"id": held.parcel_ids[key], "url": parcel.url, "lines": list(parcel.lines)}
                )

    def _addresses(self, pk: int, document: Document, known: dict[Any, int], ids: Any) -> dict[Any, int]:
        found: dict[Any, int] = {}
        for key, row in document.addresses.items():
            if (address := known.get(key)) is None:
                address = next(ids)
                self.new_addresses.append((address, self.account, pk, *key, *row))
            found[key] = address
        return found

    def _new_line(self, pk: int, row: tuple[Any, ...], address: int | None) -> None:
        self.new_lines.append((self.account, pk, *_with_json(row, _taxes), address))

    def _new_parcel(self, pk: int, parcel: Parcel) -> None:
        lines = writing.array_text(parcel.lines)
        row = (self.account, pk, parcel.number, parcel.carrier, parcel.url, lines, self.now)
        self.new_parcels.append(row)

    def _search(self, pk: int, document: Document) -> None:
        placed_at = document["placed_at"]
        for kind, word in document.words:
            self.searches.append((self.account, pk, kind, word, placed_at))
            if kind in (Kind.NAME, Kind.PLACE):
                self.words.add(word)

    def _note(self, pk: int, version: int, document: Document, fields: dict[str, Any]) -> None:
        changed_at = document["changed_at"]
        self.changes.append((self.account, pk, version, changed_at, self.now, self.source, writing.json_text(fields)))
        self.channels[document["channel"]] = document["channel_name"]

    def _flush(self, cursor: writing.Cursor) -> None:
        writing.copy(cursor, ORDER_TABLE, NEW_ORDER, self.new_orders)
        writing.update(cursor, ORDER_TABLE, CHANGED_ORDER, self.changed_orders)
        writing.delete(cursor, ADDRESS_TABLE, self.gone_addresses)
        writing.copy(cursor, ADDRESS_TABLE, NEW_ADDRESS, self.new_addresses)
        writing.delete(cursor, LINE_TABLE, self.gone_lines)
        writing.update(cursor, LINE_TABLE, CHANGED_LINE, self.changed_lines)
        writing.copy(cursor, LINE_TABLE, NEW_LINE, self.new_lines)
        writing.delete(cursor, PARCEL_TABLE, self.gone_parcels)
        writing.update(cursor, PARCEL_TABLE, ("url", "lines"), self.changed_parcels)
        writing.copy(cursor, PARCEL_TABLE, NEW_PARCEL, self.new_parcels)
        self._flush_words(cursor)
        writing.copy(cursor, CHANGE_TABLE, NEW_CHANGE, self.changes)
        rollups.apply(cursor, self.account, self.sums)
        vocabulary.add_channels(cursor, self.account, self.channels)
        self._flush_cancelled(cursor)

    def _flush_words(self, cursor: writing.Cursor) -> None:
        """Unknown members and search rows: replaced whole, since nothing points to them."""
        if changed := [row["id"] for row in self.changed_orders]:
            cursor.execute(f"DELETE FROM {EXTRA_TABLE} WHERE order_id = ANY(%s)", [changed])  # noqa: S608
        writing.copy(cursor, EXTRA_TABLE, NEW_EXTRA, self.extras)
        if self.researched:
            cursor.execute(f"DELETE FROM {SEARCH_TABLE} WHERE order_id = ANY(%s)", [self.researched])  # noqa: S608
        writing.copy(cursor, SEARCH_TABLE, NEW_SEARCH, self.searches)
        vocabulary.add_words(cursor, self.words)

    def _flush_cancelled(self, cursor: writing.Cursor) -> None:
        """An order in which a line became cancelled has requests that only a question by its number shows."""
        if self.cancelled:
            cursor.execute(
                f"INSERT INTO {READING_TABLE} (account_id, kind, lane, number, page, why, asked_at, due, tries,"  # noqa: S608
                " outcome, trouble) SELECT %s, 'cancels', 'single', number, 1, 'cancelled', %s, %s, 0, '', ''"
                " FROM unnest(%s::text[]) AS fresh (number) ON CONFLICT DO NOTHING",
                [self.account, self.now, self.now, sorted(self.cancelled)],
            )


def _with_json(row: tuple[Any, ...], place: int) -> tuple[Any, ...]:
    """The row with its json member as text, as COPY wants it."""
    return (*row[:place], writing.json_text(row[place]), *row[place + 1 :])

"""Writes many rows at once: COPY for new ones, one statement for those that change. It knows tables, not orders."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from django.db import connection
from django.db.backends.utils import CursorWrapper

Cursor = CursorWrapper
MIRROR = 0x6D6972  # our corner of PostgreSQL's advisory locks

# A page of rows is made by the JSON encoder, many times faster than row by row: a JSON array of plain members without
# its brackets is a line of CSV whose escape is the backslash. Only an escape such as \n is another thing there.
CSV = r"FORMAT csv, NULL 'null', ESCAPE '\'"
_encoder = msgspec.json.Encoder(decimal_format="string")
_unlike = re.compile(rb'\\[^"\\]')


def cursor() -> Cursor:
    return connection.cursor()


def copy(cursor: Cursor, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Add rows of texts, numbers, times and None; json members and arrays must be text already."""
    if not rows:
        return
    lines = _encoder.encode_lines(rows)
    if _unlike.search(lines):
        _copy_by_rows(cursor, table, columns, rows)
        return
    # A text in JSON has no raw line break, so a bracket beside one is the end of a row.
    block = lines[1:-2].replace(b"]\n[", b"\n")
    # Django wraps what the driver raises of a statement, not of a COPY.
    with connection.wrap_database_errors, cursor.copy(f"{_into(table, columns)} WITH ({CSV})") as target:
        target.write(block)


def _copy_by_rows(cursor: Cursor, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    with connection.wrap_database_errors, cursor.copy(_into(table, columns)) as target:
        for row in rows:
            target.write_row(row)


def _into(table: str, columns: Sequence[str]) -> str:
    return f"COPY {table} ({', '.join(columns)}) FROM STDIN"


def update(cursor: Cursor, table: str, columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> None:
    """Set `columns` of the rows named by their `id`, in one statement; json members are Python values."""
    if not rows:
        return
    values = ", ".join(f"fresh.{column}" for column in columns)
    cursor.execute(
        f"UPDATE {table} AS kept SET ({', '.join(columns)}) = ROW({values})"  # noqa: S608 (names of ours)
        f" FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb) AS fresh WHERE kept.id = fresh.id",
        [_encoder.encode(rows).decode()],
    )


def delete(cursor: Cursor, table: str, ids: Sequence[int]) -> None:
    if ids:
        cursor.execute(f"DELETE FROM {table} WHERE id = ANY(%s)", [list(ids)])  # noqa: S608 (a name of ours)


def fresh_ids(cursor: Cursor, **wanted: int) -> dict[str, list[int]]:
    """New ids of several tables in one statement: {table: ids}."""
    parts = [  # the inner question is asked once, not for every id
        f"SELECT '{table}', nextval((SELECT pg_get_serial_sequence('{table}', 'id')::regclass))"  # noqa: S608
        f" FROM generate_series(1, {int(count)})"
        for table, count in wanted.items()
        if count
    ]
    found: dict[str, list[int]] = {table: [] for table in wanted}
    if parts:
        cursor.execute(" UNION ALL ".join(parts))
        for table, number in cursor.fetchall():
            found[table].append(number)
    return found


def json_text(value: Any) -> str:
    """JSON with amounts as text."""
    return _encoder.encode(value).decode()


def array_text(values: Iterable[str | None]) -> str:
    """A list of texts as PostgreSQL writes an array: the driver's own way is slow where there is much to escape."""
    return "{" + ",".join("NULL" if value is None else _quoted(value) for value in values) + "}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def lock(cursor: Cursor, account: int) -> None:
    """Wait until nobody else writes this account's mirror, and hold it until the transaction ends."""
    cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [MIRROR, account])

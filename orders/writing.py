"""Writes many rows at once: COPY for new ones, one statement for those that change. It knows tables, not orders."""

from collections.abc import Sequence
from typing import Any

import msgspec
from django.db import connection
from django.db.backends.utils import CursorWrapper

Cursor = CursorWrapper
MIRROR = 0x6D6972  # our corner of PostgreSQL's advisory locks
_encoder = msgspec.json.Encoder(decimal_format="string")


def cursor() -> Cursor:
    return connection.cursor()


def copy(cursor: Cursor, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Add rows; json members must be text already."""
    if not rows:
        return
    # Django wraps what the driver raises of a statement, not of a COPY.
    with connection.wrap_database_errors, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as target:
        for row in rows:
            target.write_row(row)


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
    parts = [
        f"SELECT '{table}', nextval(pg_get_serial_sequence('{table}', 'id')) FROM generate_series(1, {int(count)})"  # noqa: S608
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


def lock(cursor: Cursor, account: int) -> None:
    """Wait until nobody else writes this account's mirror, and hold it until the transaction ends."""
    cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [MIRROR, account])

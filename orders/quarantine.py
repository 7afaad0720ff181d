"""Records that could not be read or kept: set aside with their reason, and read again every hour until it goes well."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256

import msgspec
from django.db import transaction
from django.utils import timezone

from backoffice.models import SellerAccount
from octopia import schema
from orders import models, writing

RAW = 64 * 1024  # bytes
AGAIN = timedelta(hours=1)
TABLE = models.Quarantine._meta.db_table
READING = models.Reading._meta.db_table


def set_aside(account: SellerAccount, records: Iterable[schema.Unreadable], *, source: str) -> int:
    """Keep the records and ask for those with a number again in an hour; returns how many were not known yet."""
    now = timezone.now()
    fresh = {}
    for record in records:
        number = _clean(record.number)[:64]
        digest = sha256(record.raw).hexdigest()
        raw = _clean(record.raw[:RAW].decode(errors="replace"))
        at = record.changed_at.isoformat() if record.changed_at else None
        fresh[number, digest] = (raw, _clean(record.reason)[:500] or "It cannot be read.", at)
    if not fresh:
        return 0
    keys = sorted(fresh)
    with transaction.atomic(), writing.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {TABLE} AS kept (account_id, number, hash, raw, reason, changed_at, source, seen_at,"  # noqa: S608
            " last_seen_at, times) SELECT %s, fresh.*, %s, %s, %s, 1"
            " FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[]) AS fresh"
            " ON CONFLICT (account_id, number, hash) WHERE solved_at IS NULL DO UPDATE SET"
            " last_seen_at = excluded.last_seen_at, times = kept.times + 1 RETURNING times",
            [
                account.pk,
                source,
                now,
                now,
                writing.array_text(number for number, _ in keys),
                writing.array_text(digest for _, digest in keys),
                *(writing.array_text(fresh[key][place] for key in keys) for place in range(3)),
            ],
        )
        new = len([times for (times,) in cursor.fetchall() if times == 1])
        ask_again(cursor, account.pk, [number for number, _ in keys if number], why="quarantine", due=now + AGAIN)
    return new


def set_aside_order(account: SellerAccount, order: schema.Order, reason: str, *, source: str) -> int:
    """Keep an order that was read well but that the tables cannot hold."""
    try:
        raw = msgspec.json.encode(order)
    except (UnicodeEncodeError, msgspec.MsgspecError, ValueError, RecursionError):
        raw = repr(order).encode(errors="replace")
    record = schema.Unreadable(raw=raw[:RAW], reason=reason, number=order.number, changed_at=order.changed_at)
    return set_aside(account, [record], source=source)


def solve(cursor: writing.Cursor, account: int, read: Sequence[tuple[str, datetime]], now: datetime) -> None:
    """These orders, each with its stamp, were read well: what was set aside of them before is solved."""
    cursor.execute(
        f"UPDATE {TABLE} AS kept SET solved_at = %s FROM unnest(%s::text[], %s::timestamptz[]) AS fresh (number, at)"  # noqa: S608
        " WHERE kept.account_id = %s AND kept.solved_at IS NULL AND kept.number = fresh.number"
        " AND (kept.changed_at IS NULL OR kept.changed_at <= fresh.at)",
        [
            now,
            writing.array_text(number for number, _ in read),
            writing.array_text(at.isoformat() for _, at in read),
            account,
        ],
    )


def ask_again(cursor: writing.Cursor, account: int, numbers: Iterable[str], *, why: str, due: datetime) -> None:
    """Queue a single reading of each order, unless one waits; of one kind of question at most one an hour."""
    wanted = sorted(set(numbers))
    if not wanted:
        return
    cursor.execute(
        f"INSERT INTO {READING} (account_id, kind, lane, number, page, why, asked_at, due, tries, outcome, trouble)"  # noqa: S608
        " SELECT %s, 'order', 'single', fresh.number, 1, %s, now(), %s, 0, '', ''"
        " FROM unnest(%s::text[]) AS fresh (number)"
        f" WHERE NOT EXISTS (SELECT FROM {READING} AS done WHERE done.account_id = %s AND done.number = fresh.number"
        " AND done.why = %s AND done.done_at > %s - interval '1 hour')"
        " ON CONFLICT DO NOTHING",
        [account, why, due, wanted, account, why, due],
    )


def _clean(text: str) -> str:
    """Neither NUL nor a lone surrogate reaches the database."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()

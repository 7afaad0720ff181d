"""The history of gestures: what we asked and what the marketplace lists, one row each, whoever made it. Read only.

A gesture of ours is the command and, once it is listed, the marketplace's request of the same id. One made elsewhere is
a request alone; one that never left, or is not listed yet, a command alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

GROUPS = ("given", "waiting", "rejected", "taken back")
ELSEWHERE = "elsewhere"  # stands in an address for those whom nobody here asked for


@dataclass(frozen=True)
class Wanted:
    """What a list asks for. `person`: who asked, by id; ELSEWHERE; "" for everybody. `mine`: only these person's own,
    and those made elsewhere; None: everybody's. Reason and currency: None for any."""

    accounts: Sequence[int]
    since: datetime
    until: datetime
    group: str = ""
    person: str = ""
    reason: str | None = None
    currency: str | None = None
    channel: str = ""
    mine: int | None = None


@dataclass(frozen=True)
class Row:
    """One gesture. `at`: when it was asked for; `decided_at`: when the marketplace, or we, ended it; `word` and `kind`
    are those of its badge; `said`: why it was turned down."""

    pk: int
    created_at: datetime
    account: int
    number: str
    amount: Decimal | None
    currency: str
    reason: str
    details: str
    group: str
    word: str
    kind: str
    who: str
    confirmed_by: str
    note: str
    decided_at: datetime | None
    said: str


def rows(wanted: Wanted, after: tuple[datetime | None, int] | None, limit: int) -> list[Row]:
    """At most `limit` rows, the newest first, those beyond the place `after`. One query."""
    sql = f"{_EVERY} SELECT {', '.join(_COLUMNS)} FROM chosen"  # noqa: S608  (of this module's texts only)
    params = _params(wanted)
    if after and after[0]:
        sql += " WHERE (at, pk) < (%(at)s, %(pk)s)"
        params |= {"at": after[0], "pk": after[1]}
    return list(_read(f"{sql} ORDER BY at DESC, pk DESC LIMIT %(limit)s", params | {"limit": limit}))


def sums(wanted: Wanted) -> list[tuple[str, str, int, Decimal]]:
    """How many and how much by group and currency: (group, currency, count, sum). One query."""
    told = "grouped, currency, count(*), coalesce(sum(amount), 0)"
    sql = f"{_EVERY} SELECT {told} FROM chosen GROUP BY 1, 2 ORDER BY 2"  # noqa: S608  (the same)
    with connection.cursor() as cursor:
        cursor.execute(sql, _params(wanted))
        return list(cursor.fetchall())


def people(wanted: Wanted) -> list[tuple[str, str]]:
    """Who asked in the period: (id, name)."""
    told = "DISTINCT author_id::text, who"
    sql = f"{_EVERY} SELECT {told} FROM every WHERE author_id IS NOT NULL ORDER BY 2"  # noqa: S608  (the same)
    with connection.cursor() as cursor:
        cursor.execute(sql, _params(wanted))
        return list(cursor.fetchall())


def reasons(wanted: Wanted) -> list[str]:
    """The reasons that occur in the period."""
    with connection.cursor() as cursor:
        sql = f"{_EVERY} SELECT DISTINCT reason FROM every ORDER BY 1"  # noqa: S608  (the same)
        cursor.execute(sql, _params(wanted))
        return [reason for (reason,) in cursor.fetchall()]


def _params(wanted: Wanted) -> dict[str, Any]:
    return {
        "accounts": list(wanted.accounts),
        "since": wanted.since,
        "until": wanted.until,
        "group": wanted.group,
        "person": wanted.person,
        "elsewhere": ELSEWHERE,
        "reason": wanted.reason,
        "currency": wanted.currency,
        "channel": wanted.channel,
        "mine": wanted.mine,
    }


def _read(sql: str, params: dict[str, Any]) -> Iterator[Row]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        for row in cursor.fetchall():
            yield Row(*row)


_COLUMNS = (
    "pk", "at", "account_id", "number", "amount", "currency", "reason", "details", "grouped", "word", "kind",
    "who", "confirmed_by", "note", "decided_at", "said",
)  # fmt: skip

# What the marketplace decided goes before what we know of the command. A command is matched to its request by the id
# that the answer, or a later look, gave it.
_EVERY = """
WITH every AS (
  SELECT g.id * 2 pk, g.created_at at, g.account_id, g.number, g.channel, g.amount,
         coalesce(nullif(g.currency, ''), c.currency, '') currency, g.reason, g.details,
         CASE g.status WHEN 'Done' THEN 'given' WHEN 'Rejected' THEN 'rejected' ELSE 'waiting' END grouped,
         g.status word, 'decision' kind, coalesce(c.author_name, '') who, c.author_id,
         coalesce(nullif(u.name, ''), u.username, '') confirmed_by, coalesce(c.note, '') note,
         CASE WHEN g.status IN ('Done', 'Rejected') THEN g.changed_at END decided_at,
         coalesce((SELECT string_agg(coalesce(nullif(e->>1, ''), e->>0), ' ')
                     FROM jsonb_array_elements(g.errors) e), '') said
    FROM orders_gesturerequest g
    LEFT JOIN fulfilment_command c
      ON c.account_id = g.account_id AND c.kind = 'gesture' AND c.remote_id = g.remote_id AND c.remote_id <> ''
    LEFT JOIN backoffice_user u ON u.id = c.approver_id
   WHERE g.account_id = ANY(%(accounts)s) AND g.created_at >= %(since)s AND g.created_at < %(until)s
  UNION ALL
  SELECT c.id * 2 + 1, c.created_at, c.account_id, c.subject, o.channel, c.amount, c.currency,
         c.payload->>'reason', c.payload->>'details',
         CASE WHEN c.state IN ('CONFIRMED', 'CLOSED_DONE') THEN 'given'
              WHEN c.state IN ('REFUSED', 'CLOSED_NOT_DONE') THEN 'rejected'
              WHEN c.state = 'WITHDRAWN' THEN 'taken back' ELSE 'waiting' END,
         c.state, 'request', c.author_name, c.author_id, coalesce(nullif(u.name, ''), u.username, ''), c.note,
         c.ended_at, CASE WHEN c.state = 'REFUSED' THEN c.reason ELSE '' END
    FROM fulfilment_command c
    JOIN orders_order o ON o.id = c.order_id
    LEFT JOIN backoffice_user u ON u.id = c.approver_id
   WHERE c.account_id = ANY(%(accounts)s) AND c.kind = 'gesture'
     AND c.created_at >= %(since)s AND c.created_at < %(until)s
     AND NOT EXISTS (SELECT FROM orders_gesturerequest g WHERE g.account_id = c.account_id
                                                           AND g.remote_id = c.remote_id AND c.remote_id <> '')
), chosen AS (
  SELECT * FROM every
   WHERE (%(group)s = '' OR grouped = %(group)s)
     AND (%(person)s = '' OR coalesce(author_id::text, %(elsewhere)s) = %(person)s)
     AND (%(reason)s::text IS NULL OR reason = %(reason)s)
     AND (%(currency)s::text IS NULL OR currency = %(currency)s)
     AND (%(channel)s = '' OR channel = %(channel)s)
     AND (%(mine)s::bigint IS NULL OR author_id IS NULL OR author_id = %(mine)s)
)
"""

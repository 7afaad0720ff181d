"""The statements behind the search: exact identifiers, words and product titles, each served by one index.

Every set is pairs of (order, placed_at), newest first and capped, so that several words are an INTERSECT of pairs and
no statement grows with the number of orders. Knows no request and no words for people.
"""
# ruff: noqa: S608 the parts of the statements are ours, the values travel apart

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

from orders.fields import SHIPPED_LATELY

CAP = 500  # orders that a search shows
SPREAD = 40  # different words that one beginning may stand for
TITLES = 60  # products that one word may stand for
COMMON = 20_000  # rows of one word that several words are crossed with
PATIENCE = 1500  # milliseconds for one statement
AT_WORK = timedelta(days=180)  # the oldest orders that are still looked at for whether their contact is open
LAST = "\U0010ffff"  # sorts after every continuation of a beginning

STRONG = frozenset({"number", "channel number", "parcel", "request"})  # such a hit is what was meant
BEGINNING = "beginning"  # of an order's number: at most CAP + 1 of each, and then not those of any day


class TooSlow(Exception):
    """The statement needed more than its time; asking for less may help."""


@dataclass(frozen=True)
class Scope:
    """What the person who searches may see: which accounts, whose contacts, gestures, and which kinds of words."""

    accounts: tuple[int, ...]
    every_contact: bool
    gestures: bool
    kinds: tuple[int, ...]  # of SearchRow
    now: datetime


class Hit(NamedTuple):
    term: int
    kind: str
    order: int
    placed_at: datetime


@dataclass
class Meaning:
    """What one term may stand for: orders by identifier, words of people and places, products by title."""

    orders: list[tuple[int, datetime]]
    words: list[str]
    skus: list[str]

    def __bool__(self) -> bool:
        return bool(self.orders or self.words or self.skus)


@contextmanager
def bounded(milliseconds: int = PATIENCE) -> Iterator[None]:
    """Statements inside end after this time; raises TooSlow."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(milliseconds)])
            yield
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TooSlow from error
        raise


def identify(terms: Sequence[str], scope: Scope) -> list[Hit]:
    """The orders that each term names exactly, by whatever number; and those whose number begins with it."""
    sql = """
    WITH term AS (SELECT i, t, upper(t) u FROM unnest(%(terms)s::text[]) WITH ORDINALITY x(t, i)),
         shop AS (SELECT unnest(%(accounts)s::bigint[]) a)
    SELECT i, 'number', o.id, o.placed_at FROM term, orders_order o
     WHERE o.number IN (t, u) AND o.account_id = ANY(%(accounts)s)
    UNION ALL SELECT i, 'channel number', o.id, o.placed_at FROM term, orders_order o
     WHERE o.channel_number IN (t, u) AND o.channel_number <> '' AND o.account_id = ANY(%(accounts)s)
    UNION ALL SELECT i, 'parcel', o.id, o.placed_at FROM term, orders_parcel p JOIN orders_order o ON o.id = p.order_id
     WHERE p.number IN (t, u) AND p.account_id = ANY(%(accounts)s)
    UNION ALL SELECT i, 'request', o.id, o.placed_at
      FROM term, shop JOIN orders_cancellationrequest r ON r.account_id = a
      JOIN orders_order o ON o.account_id = a AND o.number = r.number WHERE r.remote_id = t
    UNION ALL SELECT i, 'request', o.id, o.placed_at
      FROM term, shop JOIN orders_gesturerequest r ON r.account_id = a
      JOIN orders_order o ON o.account_id = a AND o.number = r.number WHERE r.remote_id = t AND %(gestures)s
    UNION ALL SELECT i, 'product', l.order_id, l.placed_at FROM term, shop,
     unnest(CASE WHEN t = u THEN ARRAY[t] ELSE ARRAY[t, u] END) spelling, LATERAL
     (SELECT order_id, placed_at FROM orders_line WHERE account_id = a AND sku = spelling
       ORDER BY placed_at DESC LIMIT %(cap)s) l
    UNION ALL SELECT i, 'product', l.order_id, l.placed_at FROM term, shop, LATERAL
     (SELECT order_id, placed_at FROM orders_line WHERE account_id = a AND gtin = t AND gtin <> ''
       ORDER BY placed_at DESC LIMIT %(cap)s) l
    UNION ALL SELECT i, 'beginning', o.id, o.placed_at FROM term, LATERAL
     (SELECT id, placed_at FROM orders_order WHERE number ~>=~ u AND number ~<~ (u || %(last)s) AND number <> u
         AND account_id = ANY(%(accounts)s) LIMIT %(cap)s) o WHERE length(t) >= 4 AND t ~ '[0-9]'
    """
    params: dict[str, Any] = {"terms": list(terms), "accounts": list(scope.accounts), "gestures": scope.gestures}
    params |= {"cap": CAP + 1, "last": LAST}
    return [Hit(int(i) - 1, kind, order, placed) for i, kind, order, placed in _rows(sql, params)]


def numbers(tokens: Sequence[str], scope: Scope) -> dict[str, set[tuple[datetime, int]]]:
    """The orders of each pasted number (an order's, the channel's, a parcel's or a request's): when placed, and id."""
    found: dict[str, set[tuple[datetime, int]]] = {token: set() for token in tokens}
    sql = """
    WITH token AS (SELECT t, upper(t) u FROM unnest(%(tokens)s::text[]) t)
    SELECT t, o.placed_at, o.id FROM token JOIN orders_order o ON o.number IN (t, u)
     WHERE o.account_id = ANY(%(accounts)s)
    UNION SELECT t, o.placed_at, o.id FROM token JOIN orders_order o ON o.channel_number IN (t, u)
      AND o.channel_number <> '' WHERE o.account_id = ANY(%(accounts)s)
    UNION SELECT t, o.placed_at, o.id FROM token JOIN orders_parcel p ON p.number IN (t, u)
      JOIN orders_order o ON o.id = p.order_id WHERE p.account_id = ANY(%(accounts)s)
    UNION SELECT t, o.placed_at, o.id FROM token, unnest(%(accounts)s::bigint[]) a JOIN orders_cancellationrequest r
      ON r.account_id = a JOIN orders_order o ON o.account_id = a AND o.number = r.number WHERE r.remote_id = t
    UNION SELECT t, o.placed_at, o.id FROM token, unnest(%(accounts)s::bigint[]) a JOIN orders_gesturerequest r
      ON r.account_id = a JOIN orders_order o ON o.account_id = a AND o.number = r.number
      WHERE r.remote_id = t AND %(gestures)s
    """
    params = {"tokens": list(tokens), "accounts": list(scope.accounts), "gestures": scope.gestures}
    for token, placed, order in _rows(sql, params):
        found[token].add((placed, order))
    return found


def vocabulary(words: Sequence[str], scope: Scope) -> dict[str, list[str]]:
    """The words that begin so, at most SPREAD + 1 of each: found by jumping from one to the next in the index.

    One or two signs stand for themselves only: as a beginning they would mean everybody.
    """
    sql = """
    WITH RECURSIVE wanted AS (
        SELECT w, a, CASE WHEN length(w) < 3 THEN w ELSE w || %(last)s END upto
          FROM unnest(%(words)s::text[]) w, unnest(%(accounts)s::bigint[]) a),
    walk AS (
        SELECT w, a, upto, (SELECT s.word FROM orders_searchrow s WHERE s.account_id = a AND s.word >= w COLLATE "C"
               AND s.word <= upto COLLATE "C" ORDER BY s.word LIMIT 1) found, 1 n FROM wanted
        UNION ALL
        SELECT w, a, upto, (SELECT s.word FROM orders_searchrow s WHERE s.account_id = a AND s.word > found
               AND s.word <= upto COLLATE "C" ORDER BY s.word LIMIT 1), n + 1
          FROM walk WHERE found IS NOT NULL AND n <= %(spread)s)
    SELECT DISTINCT w, found FROM walk WHERE found IS NOT NULL ORDER BY 1, 2
    """
    found: dict[str, list[str]] = defaultdict(list)
    params = {"words": list(words), "accounts": list(scope.accounts), "spread": SPREAD, "last": LAST}
    for word, known in _rows(sql, params):
        found[word].append(known)
    return found


def products(words: Sequence[str], scope: Scope) -> dict[str, list[str]]:
    """The SKUs whose title holds each word, at most TITLES; under the key "" those that hold all of them."""
    wanted = [word for word in words if len(word) >= 3]
    if not wanted:
        return {}
    sql = """
    SELECT w, p.sku FROM unnest(%(words)s::text[], %(patterns)s::text[]) x(w, pattern), LATERAL
      (SELECT DISTINCT sku FROM (SELECT sku FROM orders_skurollup
        WHERE account_id = ANY(%(accounts)s) AND folded LIKE pattern LIMIT 2000) near LIMIT %(titles)s) p
    """
    found: dict[str, list[str]] = defaultdict(list)
    patterns = [f"%{word}%" for word in wanted]
    params: dict[str, Any] = {
        "words": wanted, "patterns": patterns, "accounts": list(scope.accounts), "titles": TITLES,
    }  # fmt: skip
    if len(wanted) == len(words) > 1:
        every = " AND ".join(f"folded LIKE %(all{i})s" for i in range(len(patterns)))
        params |= {f"all{i}": pattern for i, pattern in enumerate(patterns)}
        sql += f"""UNION ALL (SELECT '', sku FROM (SELECT DISTINCT sku FROM orders_skurollup
            WHERE account_id = ANY(%(accounts)s) AND {every} LIMIT %(titles)s) p)"""
    for word, sku in _rows(sql, params):
        found[word].append(sku)
    return found


def noted(words: Sequence[str], scope: Scope) -> dict[str, list[tuple[int, datetime]]]:
    """The orders beside which a note holds each word, with the day they were placed."""
    wanted = [word for word in words if len(word) >= 3]
    if not wanted:
        return {}
    sql = """
    SELECT w, n.order_id, o.placed_at FROM unnest(%(words)s::text[], %(patterns)s::text[]) x(w, pattern), LATERAL
      (SELECT DISTINCT order_id FROM orders_note WHERE account_id = ANY(%(accounts)s) AND folded LIKE pattern
        LIMIT %(cap)s) n JOIN orders_order o ON o.id = n.order_id
    """
    found: dict[str, list[tuple[int, datetime]]] = defaultdict(list)
    params: dict[str, Any] = {
        "words": wanted, "patterns": [f"%{word}%" for word in wanted], "accounts": list(scope.accounts), "cap": CAP,
    }  # fmt: skip
    for word, order, placed in _rows(sql, params):
        found[word].append((order, placed))
    return found


def similar(word: str) -> list[str]:
    """Words of the vocabulary that look like this one, the nearest first."""
    with connection.cursor() as cursor:  # short words share few trigrams with their neighbours
        cursor.execute("SELECT set_config('pg_trgm.similarity_threshold', '0.2', true)")
    sql = "SELECT word FROM orders_word WHERE word %% %(w)s ORDER BY similarity(word, %(w)s) DESC LIMIT 200"
    return [found for (found,) in _rows(sql, {"w": word})]


def spelt(variants: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """Of the spellings of each word, those that are words of the vocabulary."""
    sql = """SELECT x.w, k.word FROM unnest(%(words)s::text[], %(spellings)s::text[]) x(w, spelling)
               JOIN orders_word k ON k.word = x.spelling COLLATE "C" ORDER BY 1, 2"""
    pairs = [(word, spelling) for word, several in variants.items() for spelling in sorted(several)]
    found: dict[str, list[str]] = defaultdict(list)
    for word, known in _rows(sql, {"words": [word for word, _ in pairs], "spellings": [each for _, each in pairs]}):
        found[word].append(known)
    return found


def told_by(orders: Sequence[int], kinds: Sequence[int]) -> dict[int, list[tuple[int, str]]]:
    """The kinds and words by which these orders are found."""
    sql = "SELECT order_id, kind, word FROM orders_searchrow WHERE order_id = ANY(%(ids)s) AND kind = ANY(%(kinds)s)"
    found: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for order, kind, word in _rows(sql, {"ids": list(orders), "kinds": list(kinds)}):
        found[order].append((kind, word))
    return found


def crossed(meanings: Sequence[Meaning], whole: Sequence[str], scope: Scope) -> list[int]:
    """The newest orders that every term stands for, at most CAP + 1; `whole`: SKUs whose title holds all terms."""
    single = len(meanings) == 1
    named: set[tuple[datetime, int]] = set()
    if all(meaning.orders == meanings[0].orders for meaning in meanings):
        # (N or A) and (N or B) is N or (A and B): the hundreds that a SKU names need not be sent back to be crossed.
        named = {(placed, order) for order, placed in meanings[0].orders}
        meanings = [Meaning([], meaning.words, meaning.skus) for meaning in meanings]
        meanings = meanings if all(meanings) else []
        if not meanings and not whole:
            return _newest(named)
    params: dict[str, Any] = {
        "accounts": list(scope.accounts), "kinds": list(scope.kinds), "whole": list(whole),
        "rows": CAP + 1 if single else COMMON, "cap": CAP + 1, "since": scope.now - SHIPPED_LATELY,
        "recent": scope.now - AT_WORK,
    }  # fmt: skip
    parts = []
    for i, meaning in enumerate(meanings):
        sets = []
        if meaning.orders:
            params[f"o{i}"] = [order for order, _placed in meaning.orders]
            params[f"p{i}"] = [placed for _order, placed in meaning.orders]
            sets.append(f"SELECT * FROM unnest(%(o{i})s::bigint[], %(p{i})s::timestamptz[])")
        if meaning.words:
            params[f"w{i}"] = meaning.words
            sets.append(_WORDS[scope.every_contact].format(i=i))
        if meaning.skus:
            params[f"s{i}"] = meaning.skus
            sets.append(_LINES.format(name=f"s{i}"))
        parts.append("(" + " UNION ".join(sets) + ")")
    found = " INTERSECT ".join(parts)
    if whole:
        found = f"({found}) UNION {_LINES.format(name='whole')}" if found else _LINES.format(name="whole")
    sql = f"""SELECT DISTINCT placed_at, order_id FROM ({found}) f(order_id, placed_at)
               ORDER BY 1 DESC, 2 DESC LIMIT %(cap)s"""
    rows = _rows(sql, params)
    return _newest(named.union(rows)) if named else [order for _placed, order in rows]


def _newest(orders: Iterable[tuple[datetime, int]]) -> list[int]:
    return [order for _placed, order in sorted(orders, reverse=True)[: CAP + 1]]


# Whoever sees every contact reads the index alone; the warehouse looks at each order whether its contact is still open.
_WORDS = {
    True: """SELECT s.order_id, s.placed_at FROM unnest(%(accounts)s::bigint[]) a, unnest(%(w{i})s::text[]) w, LATERAL
      (SELECT order_id, placed_at FROM orders_searchrow WHERE account_id = a AND word = w COLLATE "C"
          AND kind = ANY(%(kinds)s) ORDER BY placed_at DESC LIMIT %(rows)s) s""",
    False: """SELECT s.order_id, s.placed_at FROM unnest(%(accounts)s::bigint[]) a, unnest(%(w{i})s::text[]) w, LATERAL
      (SELECT r.order_id, r.placed_at FROM orders_searchrow r JOIN orders_order o ON o.id = r.order_id
        WHERE r.account_id = a AND r.word = w COLLATE "C" AND r.kind = ANY(%(kinds)s)
          AND (o.status = 'InPreparation'
               OR (o.status IN ('Shipped', 'Delivered') AND coalesce(o.shipped_at, o.changed_at) >= %(since)s))
          AND r.placed_at >= %(recent)s
        ORDER BY r.placed_at DESC LIMIT %(rows)s) s""",
}
_LINES = """SELECT l.order_id, l.placed_at FROM unnest(%(accounts)s::bigint[]) a, unnest(%({name})s::text[]) k, LATERAL
      (SELECT order_id, placed_at FROM orders_line WHERE account_id = a AND sku = k
        ORDER BY placed_at DESC LIMIT %(rows)s) l"""


def _rows(sql: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows

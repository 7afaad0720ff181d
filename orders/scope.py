"""What one person's pages may show of the mirror: the accounts, and the words that occur in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.db import connection
from django.http import HttpRequest
from django.utils import timezone

from backoffice.models import SellerAccount, User
from orders.fields import found_by
from orders.lookup import Scope

WORDS = 60  # different statuses and channels that a filter offers


@dataclass(frozen=True)
class Surroundings:
    """The words that occur in these accounts' orders, and the newest change among them (theirs: a version to poll)."""

    statuses: tuple[str, ...] = ()
    channels: tuple[tuple[str, str], ...] = ()  # (code, name)
    version: datetime | None = None


def person(request: HttpRequest) -> User:
    return cast(User, request.user)


def accounts(request: HttpRequest) -> list[SellerAccount]:
    """The accounts whose orders this person may see; asked once a request, by page and frame together."""
    known: list[SellerAccount] | None = getattr(request, "_accounts_in_scope", None)
    if known is None:
        known = list(person(request).scope().defer("client_secret", "profile"))  # to open a secret takes its time
        request._accounts_in_scope = known  # type: ignore[attr-defined]
    return known


def to_search(user: User, among: Sequence[SellerAccount]) -> Scope:
    """What this person's search looks at."""
    return Scope(
        accounts=tuple(account.pk for account in among),
        every_contact=user.has_perm("orders.old_contacts"),
        kinds=tuple(int(kind) for kind in found_by(user)),
        now=timezone.now(),
    )


def surroundings(among: Sequence[SellerAccount]) -> Surroundings:
    """One query that jumps through the indexes, whatever the number of orders."""
    sql = """
    SELECT seen.statuses, shop.channels, newest.version FROM unnest(%(accounts)s::bigint[]) a,
      LATERAL (WITH RECURSIVE walk AS (
          (SELECT status, 1 n FROM orders_order WHERE account_id = a ORDER BY status LIMIT 1)
          UNION ALL SELECT (SELECT status FROM orders_order o WHERE account_id = a AND o.status > walk.status
                             ORDER BY status LIMIT 1), n + 1 FROM walk WHERE status IS NOT NULL AND n < %(words)s)
        SELECT array_agg(status) statuses FROM walk WHERE status IS NOT NULL) seen,
      LATERAL (SELECT array_agg(ARRAY[code, name]::text[]) channels FROM
          (SELECT code, name FROM orders_channel WHERE account_id = a ORDER BY code LIMIT %(words)s) c) shop,
      LATERAL (SELECT max(changed_at) "version" FROM orders_order WHERE account_id = a) newest
    """
    statuses: dict[str, None] = {}
    channels: dict[str, str] = {}
    versions = []
    with connection.cursor() as cursor:
        cursor.execute(sql, {"accounts": [account.pk for account in among], "words": WORDS})
        for seen, known, version in cursor.fetchall():
            statuses |= dict.fromkeys(seen or ())
            channels |= {code: name or code for code, name in known or ()}
            versions += [version] if version else []
    return Surroundings(tuple(statuses), tuple(channels.items()), max(versions, default=None))


def version(among: Sequence[SellerAccount]) -> datetime | None:
    """The newest change of these accounts' orders: the cheap question of a poll."""
    sql = """SELECT max(version) FROM unnest(%s::bigint[]) a,
             LATERAL (SELECT max(changed_at) "version" FROM orders_order WHERE account_id = a) newest"""
    with connection.cursor() as cursor:
        cursor.execute(sql, [[account.pk for account in among]])
        row = cursor.fetchone()
    return row[0] if row else None

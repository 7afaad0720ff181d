"""What one person's pages may show of the mirror: the accounts, and the words that occur in them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from django.db import connection
from django.db.models import F
from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice import shop
from backoffice.models import SellerAccount, User
from orders.fields import found_by
from orders.lookup import Scope
from orders.models import Order
from orders.queries import CAP

WORDS = 60  # different statuses and channels that a filter offers
COUNTED = ("to-ship", "late", "to-approve", "shipped-today", "")  # the views that are counted, "" is every order


@dataclass(frozen=True)
class Surroundings:
    """The words that occur in these accounts' orders, the newest change among them (theirs: a version to poll), and
    how many orders each view holds in each account, by `COUNTED` and at most CAP + 1."""

    statuses: tuple[str, ...] = ()
    channels: tuple[tuple[str, str], ...] = ()  # (code, name)
    reasons: dict[str, str] = field(default_factory=dict)  # of cancellations: the marketplace's label by code
    version: datetime | None = None
    counts: dict[int, tuple[int, ...]] = field(default_factory=dict)

    def counted(self, accounts: Iterable[int]) -> dict[str, int]:
        """How many orders each view holds in these accounts together, at most CAP + 1."""
        rows = [self.counts[account] for account in accounts]
        return {view: min(sum(row[at] for row in rows), CAP + 1) for at, view in enumerate(COUNTED)}


def person(request: HttpRequest) -> User:
    return cast(User, request.user)


def accounts(request: HttpRequest) -> list[SellerAccount]:
    """The accounts whose orders this person may see; asked once a request, by page and frame together."""
    known: list[SellerAccount] | None = getattr(request, "_accounts_in_scope", None)
    if known is None:
        mine = person(request).scope().defer("client_secret", "profile")  # to open a secret takes its time
        known = list(mine.annotate(accepts_by_itself=F("profile__auto_accept")))
        request._accounts_in_scope = known  # type: ignore[attr-defined]
    return known


def named(request: HttpRequest) -> list[SellerAccount]:
    """Those of this person's accounts that the address names: one of them, or all."""
    slug = request.GET.get("account", "")
    return [account for account in accounts(request) if slug in ("", account.slug)]


def order(request: HttpRequest, number: str) -> Order:
    """The order of this number with its account. Raises Http404 where there is none, and where two accounts hold the
    number and the address names neither: nobody acts on an order that was not meant."""
    among = {account.pk: account for account in named(request)}
    found: list[Order] = list(Order.objects.filter(number=number, account__in=among).order_by("pk")[:2])
    if not found:
        raise Http404(_("No order with this number is known here."))
    if len(found) > 1:
        raise Http404(_("Two accounts hold an order of this number: open it from the list of orders."))
    found[0].account = among[found[0].account_id]
    return found[0]


def to_search(user: User, among: Sequence[SellerAccount]) -> Scope:
    """What this person's search looks at."""
    return Scope(
        accounts=tuple(account.pk for account in among),
        every_contact=user.has_perm("orders.old_contacts"),
        gestures=user.has_perm("orders.gestures"),
        kinds=tuple(int(kind) for kind in found_by(user)),
        now=timezone.now(),
    )


def surroundings(among: Sequence[SellerAccount], now: datetime) -> Surroundings:
    """One query that jumps through the indexes, whatever the number of orders."""
    statuses: dict[str, None] = {}
    channels: dict[str, str] = {}
    reasons: dict[str, str] = {}
    versions = []
    counts = {}
    params: dict[str, Any] = {
        "accounts": [account.pk for account in among], "words": WORDS,
        "now": now, "today": shop.today(now)[0], "most": CAP + 1,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_SURROUNDINGS, params)
        for account, seen, known, labels, version, *counted in cursor.fetchall():
            statuses |= dict.fromkeys(seen or ())
            channels |= {code: name or code for code, name in known or ()}
            reasons |= dict(labels or ())
            versions += [version] if version else []
            counts[account] = tuple(counted)
    return Surroundings(tuple(statuses), tuple(channels.items()), reasons, max(versions, default=None), counts)


# The counts are those of `queries.counts` for each view; written out, since every list asks them.
_SURROUNDINGS = """
SELECT a, seen.statuses, shop.channels,
       ARRAY(SELECT ARRAY[code, label]::text[] FROM orders_reason WHERE account_id = a ORDER BY code LIMIT %(words)s),
       newest.version,
       (SELECT count(*) FROM (SELECT FROM orders_order WHERE account_id = a AND status = 'InPreparation' AND ours
                               LIMIT %(most)s) o),
       (SELECT count(*) FROM (SELECT FROM orders_order WHERE account_id = a AND status = 'InPreparation' AND ours
                                 AND deadline < %(now)s LIMIT %(most)s) o),
       (SELECT count(*) FROM (SELECT FROM orders_order WHERE account_id = a AND status = 'WaitingAcceptance'
                               LIMIT %(most)s) o),
       (SELECT count(*) FROM (SELECT FROM orders_order WHERE account_id = a AND changed_at >= %(today)s
                                 AND shipped_at >= %(today)s LIMIT %(most)s) o),
       (SELECT count(*) FROM (SELECT FROM orders_order WHERE account_id = a LIMIT %(most)s) o)
  FROM unnest(%(accounts)s::bigint[]) a,
  LATERAL (WITH RECURSIVE walk AS (
      (SELECT status, 1 n FROM orders_order WHERE account_id = a ORDER BY status LIMIT 1)
      UNION ALL SELECT (SELECT status FROM orders_order o WHERE account_id = a AND o.status > walk.status
                         ORDER BY status LIMIT 1), n + 1 FROM walk WHERE status IS NOT NULL AND n < %(words)s)
    SELECT array_agg(status) statuses FROM walk WHERE status IS NOT NULL) seen,
  LATERAL (SELECT array_agg(ARRAY[code, name]::text[]) channels FROM
      (SELECT code, name FROM orders_channel WHERE account_id = a ORDER BY code LIMIT %(words)s) c) shop,
  LATERAL (SELECT max(changed_at) "version" FROM orders_order WHERE account_id = a) newest
"""


def version(among: Sequence[SellerAccount]) -> datetime | None:
    """The newest change of these accounts' orders: the cheap question of a poll."""
    sql = """SELECT max(version) FROM unnest(%s::bigint[]) a,
             LATERAL (SELECT max(changed_at) "version" FROM orders_order WHERE account_id = a) newest"""
    with connection.cursor() as cursor:
        cursor.execute(sql, [[account.pk for account in among]])
        row = cursor.fetchone()
    return row[0] if row else None

"""The queue: what must leave, in the order it must leave, in buckets around the carrier's cut-off.

The first five buckets are exactly the orders with a line that we can ship; "not ours" stands apart. An order that is
kept back or has a request under way keeps its bucket, and stands at its end: it is not offered again.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, cast

from django.db import connection, models
from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from backoffice.models import User
from fulfilment.models import OPEN, Claim, Command, Hold, State
from fulfilment.warehouse.claims import Claimed, claim
from octopia.contract.lifecycle import LAW, Verb
from orders.models import Line, Order
from orders.queries import PAGE, cutoffs

FAR = datetime(9999, 1, 1, tzinfo=UTC)  # where an order without a deadline stands: behind all others
TRIES = 25  # orders that are looked at for one that nobody packs


class Bucket(models.TextChoices):
    LATE = "late"
    NEXT = "cutoff"  # must go with the next parcels
    AFTER = "tomorrow"  # must go with those after them
    LATER = "later"
    NONE = "none"  # without a deadline
    HELD = "held"  # kept back: in one of the buckets above too
    NOT_OURS = "not-ours"


OURS = (Bucket.LATE, Bucket.NEXT, Bucket.AFTER, Bucket.LATER, Bucket.NONE)


@dataclass(frozen=True)
class Departures:
    """When the next parcels leave, those after them, and those after those: calendar days of the shop."""

    next: datetime
    after: datetime
    third: datetime

    @classmethod
    def of(cls, now: datetime) -> "Departures":
        first, second = cutoffs(now)
        return cls(first, second, cutoffs(first.astimezone(UTC))[1])


@dataclass(frozen=True)
class Page:
    """One page of a bucket. `older` and `newer` are keys for the address, "" where the list ends."""

    rows: list[Order]
    older: str
    newer: str


def to_ship(accounts: Sequence[int]) -> "QuerySet[Order]":
    """The orders of which a line can be shipped by us now, whatever else is in them."""
    return _preparing(accounts).filter(_ours(), ours=True)


def not_ours(accounts: Sequence[int]) -> "QuerySet[Order]":
    """The orders being prepared by somebody else's warehouse alone, or whose lines of ours are gone."""
    return _preparing(accounts).exclude(_ours())


def bucket(name: Bucket, accounts: Sequence[int], now: datetime) -> "QuerySet[Order]":
    """The orders of one bucket."""
    if name is Bucket.NOT_OURS:
        return not_ours(accounts)
    return to_ship(accounts).filter(_within(name, now))


def counts(accounts: Sequence[int], now: datetime) -> dict[Bucket, int]:
    """How many orders each bucket holds, in one query."""
    rows = _preparing(accounts).annotate(can=_ours(), kept=_kept(now))
    wanted = {name.name: Count("pk", filter=Q(can=True) & _within(name, now)) for name in OURS}
    wanted["HELD"] = Count("pk", filter=Q(can=True, kept=True))
    found = rows.aggregate(**wanted, NOT_OURS=Count("pk", filter=Q(can=False)))
    return {name: found[name.name] for name in Bucket}


def version(accounts: Sequence[int], now: datetime) -> str:
    """Tells whether the queue looks different: the cheap question of a poll, one query."""
    params: dict[str, Any] = {"accounts": list(accounts), "now": now, "after": Departures.of(now).after}
    with connection.cursor() as cursor:
        cursor.execute(_VERSION, params)
        told = cursor.fetchone()
    return sha256(repr(told).encode()).hexdigest()[:16]


def next_deadline(accounts: Sequence[int], now: datetime) -> datetime | None:
    """The first deadline that is still to come."""
    ahead = to_ship(accounts).filter(deadline__gte=now).order_by("deadline")
    return ahead.values_list("deadline", flat=True).first()


def urgent(accounts: Sequence[int], now: datetime) -> int:
    """How many orders must go with the next parcels or should have gone: what needs a person today."""
    late_or_due = _within(Bucket.LATE, now) | _within(Bucket.NEXT, now)
    return to_ship(accounts).filter(late_or_due).count()


def staying(accounts: Sequence[int], now: datetime) -> tuple[int, int]:
    """How many of the late orders and of those that must go with the next parcels nobody has declared, and how many of
    these are kept back: one query."""
    due = to_ship(accounts).filter(_within(Bucket.LATE, now) | _within(Bucket.NEXT, now))
    declared = Command.objects.filter(under_way(), order=OuterRef("pk")).exclude(kind=Verb.INVOICE)
    left = due.exclude(Exists(declared)).annotate(kept=_kept(now))
    found = left.aggregate(all=Count("pk"), held=Count("pk", filter=Q(kept=True)))
    return found["all"], found["held"]


def in_order(rows: "QuerySet[Order]", now: datetime) -> "QuerySet[Any]":
    """In the order they must leave: what was refused later first, then by deadline, single items of a product
    together; what is kept back or has a request under way last. Each row says `refused`, `busy` and `kept`."""
    requests = Command.objects.filter(order=OuterRef("pk"))
    first = Line.objects.filter(order=OuterRef("pk")).order_by("position").values("sku")[:1]
    single = Q(item_count=1)
    return rows.annotate(
        refused=Exists(requests.filter(refused_lately())),
        busy=Exists(requests.filter(under_way()).exclude(kind=Verb.INVOICE)),
        kept=_kept(now),
    ).annotate(
        rank=Case(When(Q(kept=True) | Q(busy=True), then=2), When(refused=True, then=0), default=1),
        by=Coalesce("deadline", Value(FAR)),
        several=Case(When(single, then=0), default=1),
        product=Case(When(single, then=Subquery(first)), default=Value("")),
    )


def under_way() -> Q:
    """Of commands: what closes an order to another."""
    return Q(state__in=OPEN) | Q(state=State.TAKEN, seen_at=None)


def refused_lately() -> Q:
    """Of commands: a shipment that was refused, also later, and that nobody has read yet."""
    return Q(kind=Verb.SHIP, state=State.REFUSED, acknowledged_at=None)


def granted() -> Q:
    """Of lines: what the law lets us ship."""
    found = Q()
    for grant in LAW[Verb.SHIP].grants:
        found |= Q(supply_mode__in=grant.modes, status__in=grant.statuses)
    return found


def page(rows: "QuerySet[Any]", after: str = "", before: str = "") -> Page:
    """One page of the rows of `in_order`, next to a key of the address or from the top."""
    key = _unkey(after or before)
    back = bool(before and not after and key)
    if key is not None:
        rows = rows.filter(_beyond(key, back))
    ordered = rows.select_related("recipient").order_by(*(f"-{name}" if back else name for name in KEY))
    found = list(ordered[: PAGE + 1])
    more, found = len(found) > PAGE, found[:PAGE]
    if back:
        found.reverse()
    return Page(
        rows=found,
        older=_key(found[-1]) if found and (more or back) else "",
        newer=_key(found[0]) if found and (more if back else key is not None) else "",
    )


def next_order(user: User, accounts: Sequence[int] | None = None, at: str = "", without: int = 0) -> Order | None:
    """The first order that nobody packs, is not kept back and has no request under way; it is claimed for `user` at
    the station `at`. None when nothing is left. `without`: an order that is not wanted now."""
    now = timezone.now()
    seen = [account.pk for account in user.scope()] if accounts is None else list(accounts)
    rows = in_order(to_ship(seen), now).filter(rank__lt=2).exclude(pk=without)
    others = Claim.objects.filter(order=OuterRef("pk"), ended_at=None, until__gt=now).exclude(user=user, station=at)
    order: Order
    for order in rows.exclude(Exists(others)).select_related("account").order_by(*KEY)[:TRIES]:
        try:
            claim(order, user, at)
        except Claimed:  # another station was quicker
            continue
        return order
    return None


_VERSION = """
SELECT (SELECT array_agg(newest) FROM unnest(%(accounts)s::bigint[]) a,
               LATERAL (SELECT max(changed_at) newest FROM orders_order WHERE account_id = a) o),
       (SELECT array_agg(id ORDER BY id) FROM fulfilment_claim
         WHERE ended_at IS NULL AND until > %(now)s AND account_id = ANY(%(accounts)s)),
       (SELECT array_agg(id ORDER BY id) FROM fulfilment_hold
         WHERE ended_at IS NULL AND until > %(now)s AND account_id = ANY(%(accounts)s)),
       (SELECT array_agg((id, state) ORDER BY id) FROM fulfilment_command
         WHERE state NOT IN ('CONFIRMED', 'REFUSED', 'WITHDRAWN', 'CLOSED_DONE', 'CLOSED_NOT_DONE')
           AND account_id = ANY(%(accounts)s)),
       (SELECT max(id) FROM fulfilment_command
         WHERE state = 'REFUSED' AND acknowledged_at IS NULL AND account_id = ANY(%(accounts)s)),
       (SELECT count(*) FROM orders_order WHERE account_id = ANY(%(accounts)s) AND status = 'InPreparation' AND ours
           AND deadline < %(now)s), %(after)s::timestamptz
"""


KEY = ("rank", "by", "several", "product", "pk")


def _preparing(accounts: Sequence[int]) -> "QuerySet[Order]":
    return Order.objects.filter(account__in=accounts, status__in=LAW[Verb.SHIP].order_statuses)


def _ours() -> Exists:
    """The order has a line that the law lets us ship."""
    return Exists(Line.objects.filter(granted(), order=OuterRef("pk")))


def _kept(now: datetime) -> Exists:
    return Exists(Hold.objects.filter(order=OuterRef("pk"), ended_at=None, until__gt=now))


def _within(name: Bucket, now: datetime) -> Q:
    leaves = Departures.of(now)
    return {
        Bucket.LATE: Q(deadline__lt=now),
        Bucket.NEXT: Q(deadline__gte=now, deadline__lt=leaves.after),
        Bucket.AFTER: Q(deadline__gte=leaves.after, deadline__lt=leaves.third),
        Bucket.LATER: Q(deadline__gte=leaves.third),
        Bucket.NONE: Q(deadline=None),
        Bucket.HELD: Q(_kept(now)),
    }[name]


def _beyond(key: Sequence[Any], back: bool) -> Q:
    """What comes after (or before) the row with this key, column by column."""
    side = "lt" if back else "gt"
    found, same = Q(), Q()
    for name, value in zip(KEY, key, strict=True):
        found |= same & Q(**{f"{name}__{side}": value})
        same &= Q(**{name: value})
    return found


def _key(row: Order) -> str:
    values = [cast(Any, getattr(row, name)) for name in KEY]
    told = json.dumps([value.isoformat() if isinstance(value, datetime) else value for value in values])
    return base64.urlsafe_b64encode(told.encode()).decode().rstrip("=")


def _unkey(place: str) -> list[Any] | None:
    """The key that an address names; None for one that was not written by `_key`."""
    try:
        rank, by, several, product, pk = json.loads(base64.urlsafe_b64decode(place + "=" * (-len(place) % 4)))
        moment = datetime.fromisoformat(by)
        product.encode()  # half a sign, which JSON can hold, is none
    except (ValueError, TypeError, AttributeError, binascii.Error, RecursionError):
        return None
    numbers = all(type(value) is int and 0 <= value < 2**31 for value in (rank, several)) and type(pk) is int
    if not numbers or not 0 < pk < 2**63 or "\0" in product or moment.tzinfo is None:
        return None
    return [rank, moment, several, product, pk]

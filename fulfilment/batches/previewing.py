"""What a preview shows: the groups with their reasons and numbers, and when the last request will have left.

It may be open on two pages: its version tells whether what would be sent off is what one of them showed.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from math import ceil

from backoffice import shop
from backoffice.limiter import Budget
from backoffice.models import SellerAccount
from fulfilment.batches import words
from fulfilment.batches.kinds import KINDS
from fulfilment.models import Batch, BatchItem, Command, State

PACE = 0.5  # seconds that a worker needs for one request
Group = Batch.Group


class Changed(Exception):
    """What would be sent off is not what the page showed."""


class Empty(Exception):
    """Nothing is left that sending it off would ask for, or it is not complete."""


@dataclass(frozen=True)
class Reason:
    """Why some orders of a group are in it. `change`: what would have to happen for another answer."""

    words: str
    change: str
    orders: int


@dataclass(frozen=True)
class Part:
    """One group of a preview. `orders`: without those left out by hand; `numbered`: of these, with what they need."""

    group: str
    orders: int
    left_out: int
    numbered: int
    reasons: tuple[Reason, ...]


def version(batch: Batch) -> str:
    """Changes with the carrier, with any number, and with each order that is left out or taken in; one query."""
    rows = BatchItem.objects.filter(batch=batch).order_by("pk").values_list("pk", "left_out", "payload")
    told = repr((batch.options.get("carrier", ""), [(pk, out, sorted(kept.items())) for pk, out, kept in rows]))
    return blake2b(told.encode(), digest_size=8).hexdigest()


def refuse(batch: Batch, *, look_too: bool, seen: str) -> None:
    """Raise Changed or Empty where the button of the page that showed the version `seen` does not hold any more."""
    if seen != version(batch):
        raise Changed
    groups = (Group.CLEAR, Group.LOOK) if look_too else (Group.CLEAR,)
    carried = batch.options.get("carrier") or not KINDS[batch.kind].parcels
    if not carried or not any(part.numbered for part in parts(batch) if part.group in groups):
        raise Empty


def parts(batch: Batch) -> list[Part]:
    """All three groups; one query."""
    rows = BatchItem.objects.filter(batch=batch).values_list("answer", "why", "verdict", "left_out", "payload__number")
    by_group: dict[str, list[tuple[str, dict[str, object], bool, str | None]]] = {group: [] for group in Group.values}
    for answer, why, verdict, left_out, number in rows:
        by_group[answer].append((why, verdict, left_out, number))
    needed = KINDS[batch.kind].parcels
    found = []
    for group, members in by_group.items():
        counted = Counter(
            (words.why(why, verdict), words.change(why, verdict)) for why, verdict, _left_out, _number in members if why
        )
        kept = [number for _why, _verdict, left_out, number in members if not left_out]
        found.append(
            Part(
                group,
                orders=len(kept),
                left_out=len(members) - len(kept),
                numbered=sum(1 for number in kept if number) if needed else len(kept),
                reasons=tuple(Reason(said, change, number) for (said, change), number in counted.most_common()),
            )
        )
    return found


def leaves_by(account: SellerAccount, kind: str, orders: int, now: datetime) -> datetime:
    """When the last of so many requests will have left, by what is left of the hour's calls and what waits before."""
    left = {use.lane: use for use in Budget(account.client_id).left().lanes}["command"]
    waiting = Command.objects.filter(account__client_id=account.client_id, state=State.READY).count()
    calls = waiting + orders
    wait = timedelta(seconds=calls * PACE)
    if calls > left.left:  # the rest comes with the hours, at least the lane's minimum in each
        wait += timedelta(hours=ceil((calls - left.left) / left.minimum))
    return now + shop.hold(kind) + wait

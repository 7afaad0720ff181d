"""Where an order stands in the list it was opened from: "3 of 58", and its neighbours there."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime

from django.http import QueryDict

from backoffice.models import SellerAccount
from orders import filters, queries, words
from orders.filters import Filters
from orders.lookup import TooSlow, bounded
from orders.models import Order
from orders.queries import CAP, Matching

LONGEST = 2000  # signs of a list's address


@dataclass(frozen=True)
class Position:
    """`place` and `total` are words ("1,000+"); neighbours are numbers with the account's slug, None at the ends."""

    place: str
    total: str
    newer: tuple[str, str] | None
    older: tuple[str, str] | None


def view_of(address: str, among: Sequence[SellerAccount], prices: bool) -> Filters:
    """The filters of the list that a link says it came from; those that make no sense are left out."""
    query = QueryDict(address[:LONGEST])
    return filters.read(
        query,
        accounts=[account.slug for account in among],
        statuses=filter(str.isprintable, query.getlist("status")),
        channels=filter(str.isprintable, query.getlist("channel")),
        prices=prices,
    ).filters


def position(order: Order, view: Filters, among: Sequence[SellerAccount], now: datetime) -> Position | None:
    """The order's place in that list; None where the list no longer holds it, or is a search's."""
    if view.text or view.pasted:
        return None
    slugs = {account.pk: account.slug for account in among}
    wanted = [account.pk for account in among if view.account in ("", account.slug)]
    matching = Matching(view, wanted, now)
    key = (matching.sorting.value(order), order.pk)
    try:
        with bounded() if view.walks() else nullcontext():
            before, total, here = queries.counts(matching.upto(key), matching, matching.only(order.pk))
            if not here:
                return None
            newer, older = matching.beside(key)
    except TooSlow:
        return None
    return Position(
        place=words.capped(before + 1 if before <= CAP else before),
        total=words.capped(total),
        newer=(newer.number, slugs[newer.account_id]) if newer else None,
        older=(older.number, slugs[older.account_id]) if older else None,
    )

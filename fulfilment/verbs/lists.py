"""Reading the marketplace's lists of requests whole: a list that was not read to its end proves nothing."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import octopia
from octopia.schema import Page

T = TypeVar("T")
PAGES = 20


def whole(first: Page[T], following: Callable[[str], Page[T]]) -> Sequence[T]:
    """All items of a list from its first page on. Raises Untouched when it has no end, or a record cannot be read."""
    items: list[T] = []
    page = first
    for _ in range(PAGES):
        if page.unreadable:
            raise octopia.Untouched("A record of the marketplace's list cannot be read.")
        items += page.items
        if not page.next or not page.received:
            return items
        page = following(page.next)
    raise octopia.Untouched("The marketplace's list has no end.")

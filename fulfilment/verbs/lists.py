"""Reading the marketplace's lists of requests whole: a list that was not read to its end proves nothing."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import octopia
from fulfilment.models import Command
from octopia.schema import Page

T = TypeVar("T")
PAGES = 20
AHEAD = timedelta(minutes=15)  # that our clock may have been when the command was put


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


def earliest(command: Command) -> datetime:
    """From when on, by the marketplace's clock, a request may be this command's, where no baseline tells: it was never
    marked here, since the database is older than what was sent."""
    return command.created_at - AHEAD

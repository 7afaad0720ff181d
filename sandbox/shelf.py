"""The lists of one seller's orders: filters, sort in three spellings, pages; quick for tens of thousands."""

import bisect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from sandbox.orders import Order, Snapshot

_Key = tuple[float, int, Snapshot]
SORTABLE = ("createdAt", "updatedAt", "shippedAtMax")
_NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class Filters:
    """What a search asks for; bounds in seconds since the epoch, both inclusive."""

    reference: str | None = None
    channel: str | None = None
    business: bool | None = None
    statuses: frozenset[str] | None = None
    modes: frozenset[str] | None = None
    country: str | None = None
    updated: tuple[float, float] = (-_NEVER, _NEVER)
    created: tuple[float, float] = (-_NEVER, _NEVER)
    ship_by: tuple[float, float] = (-_NEVER, _NEVER)

    @property
    def dated(self) -> bool:
        """R14: is there any date filter at all?"""
        return any(bounds != (-_NEVER, _NEVER) for bounds in (self.updated, self.created, self.ship_by))

    def test(self) -> Callable[[Snapshot], bool]:
        """One function with only the criteria that were given."""
        tests: list[Callable[[Snapshot], bool]] = []
        if self.reference is not None:
            tests.append(lambda order: order.reference == self.reference)
        if self.channel is not None:
            tests.append(lambda order: order.channel == self.channel)
        if self.business is not None:
            tests.append(lambda order: order.business == self.business)
        if (statuses := self.statuses) is not None:
            tests.append(lambda order: order.status in statuses)
        if (modes := self.modes) is not None:
            tests.append(lambda order: not modes.isdisjoint(order.modes))
        if (country := self.country) is not None:
            tests.append(lambda order: country in order.countries)
        if self.updated != (-_NEVER, _NEVER):
            tests.append(lambda order: self.updated[0] <= order.updated <= self.updated[1])
        if self.created != (-_NEVER, _NEVER):
            tests.append(lambda order: self.created[0] <= order.created <= self.created[1])
        if self.ship_by != (-_NEVER, _NEVER):
            tests.append(
                lambda order: order.ship_by is not None and self.ship_by[0] <= order.ship_by <= self.ship_by[1]
            )
        return lambda order: all(test(order) for test in tests)


def read_sort(sort: str | None, desc: str | None) -> list[tuple[str, bool]]:
    """(field, descending), from `sort=a,b&desc=b`, `sort=a` or `sort=asc:a` (U4); what is unknown is ignored."""
    reverse = {name.strip() for name in (desc or "").split(",")}
    wanted = []
    for part in (sort or "").split(","):
        direction, colon, name = part.strip().partition(":")
        if not colon:
            direction, name = "", direction
        if name in SORTABLE:
            wanted.append((name, direction == "desc" or name in reverse))
    return wanted


class Shelf:
    """One seller's orders with the two indexes that a search walks."""

    def __init__(self) -> None:
        self.orders: dict[str, Order] = {}
        self._updated: list[_Key] = []
        self._created: list[_Key] = []

    def show(self, order: Order) -> None:
        """Let the lists show the newest version of `order`."""
        new, old = order.snapshot, order.listed
        if new is None or new is old:
            return
        if old is not None:
            _remove(self._updated, (old.updated, old.serial, old))
            _remove(self._created, (old.created, old.serial, old))
        bisect.insort(self._updated, (new.updated, new.serial, new))
        bisect.insort(self._created, (new.created, new.serial, new))
        order.listed = new

    def rebuild(self) -> None:
        """Index everything anew; for many orders at once."""
        for order in self.orders.values():
            if order.listed is None:
                order.listed = order.snapshot
        shown = [order.listed for order in self.orders.values() if order.listed is not None]
        self._updated = sorted((one.updated, one.serial, one) for one in shown)
        self._created = sorted((one.created, one.serial, one) for one in shown)

    def find(
        self, filters: Filters, sort: list[tuple[str, bool]], latest: int, *, unlisted: frozenset[str]
    ) -> Iterator[Snapshot]:
        """The matching versions, sorted; newest first when no sort is given (SIM)."""
        fits = filters.test()
        walk: Iterable[Snapshot]
        if not filters.dated:  # R14
            walk = (key[2] for key in self._created[-latest:]) if latest else ()
            ready = None
        elif filters.created != (-_NEVER, _NEVER) and filters.updated == (-_NEVER, _NEVER):
            walk, ready = self._slice(self._created, filters.created, sort, "createdAt")
        else:
            walk, ready = self._slice(self._updated, filters.updated, sort, "updatedAt")
        found = (one for one in walk if one.status not in unlisted and fits(one))
        if ready:
            return found
        return iter(_sorted(list(found), sort))

    def _slice(
        self, index: list[_Key], bounds: tuple[float, float], sort: list[tuple[str, bool]], name: str
    ) -> tuple[Iterable[Snapshot], bool]:
        start = bisect.bisect_left(index, bounds[0], key=lambda key: key[0])
        stop = bisect.bisect_right(index, bounds[1], key=lambda key: key[0])
        chosen = range(start, stop)
        ready = bool(sort) and sort[0][0] == name and len(sort) == 1
        if ready and sort[0][1]:
            chosen = chosen[::-1]
        return (index[position][2] for position in chosen), ready


def _remove(index: list[_Key], key: _Key) -> None:
    position = bisect.bisect_left(index, key[:2], key=lambda other: other[:2])
    if position < len(index) and index[position][2] is key[2]:
        del index[position]


def _sorted(found: list[Snapshot], sort: list[tuple[str, bool]]) -> list[Snapshot]:
    fields: dict[str, Callable[[Snapshot], float]] = {
        "createdAt": lambda order: order.created,
        "updatedAt": lambda order: order.updated,
        "shippedAtMax": lambda order: _NEVER if order.ship_by is None else order.ship_by,
    }
    found.sort(key=lambda order: order.serial)
    for name, descending in reversed(sort or [("createdAt", True)]):
        found.sort(key=fields[name], reverse=descending)
    return found

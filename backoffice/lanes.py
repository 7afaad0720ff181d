"""How the calls of an hour are shared out among the lanes; pure arithmetic, it knows neither clock nor storage.

Shares are guaranteed minima. Everybody leaves the rest of sync's minimum and of the reserve whole. A lane below its own
minimum leaves a quarter of the minima of those before it in `ORDER` (sync: nothing). A lane beyond it borrows: it
leaves half of the minima of those before it and a quarter of those after it, where unused. The reserve borrows nothing.
So each lane finds a part of its minimum at once, and the whole of it within the hour: borrowers are shut out
while a part is missing that they must leave.
"""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass

SHARES = {"command": 40, "unknown": 10, "single": 15, "sync": 25, "backfill": 5, "reserve": 5}  # percent of the hour
ORDER = ("unknown", "command", "single", "sync", "backfill")  # who borrows before whom
WHOLE = frozenset({"sync", "reserve"})  # lent to nobody


@dataclass(frozen=True)
class Terms:
    """What one lane is held to, in calls an hour: what to leave of each other lane's unused minimum."""

    lane: str
    capacity: int
    most: int  # of this lane alone
    minima: Mapping[str, int]
    own: Mapping[str, int]  # at most this much, while the lane is below its minimum
    lent: Mapping[str, int]  # at most this much, while it borrows

    def admits(self, used: Mapping[str, int]) -> bool:
        """May one more call be made, after `used` calls by lane in the last hour?"""
        mine = used.get(self.lane, 0)
        if mine >= self.most:
            return False
        leave = self.own if mine < self.minima[self.lane] else self.lent
        kept = sum(min(max(0, self.minima[lane] - used.get(lane, 0)), most) for lane, most in leave.items())
        return sum(used.values()) + kept < self.capacity


def minima(capacity: int) -> dict[str, int]:
    """The guaranteed calls an hour of each lane; at least one each."""
    return {lane: max(1, capacity * share // 100) for lane, share in SHARES.items()}


def terms(lane: str, capacity: int) -> Terms:
    """ValueError for a lane that does not exist."""
    if lane not in SHARES:
        raise ValueError(f"The call budget has no lane {lane!r}.")
    least = minima(capacity)
    others = [other for other in SHARES if other != lane]
    return Terms(
        lane=lane,
        capacity=capacity,
        most=capacity if lane in ORDER else least[lane],
        minima=least,
        own={other: least[other] if other in WHOLE else _part(least[other], other, lane, 4, 0) for other in others},
        lent={other: least[other] if other in WHOLE else _part(least[other], other, lane, 2, 4) for other in others},
    )


def _part(minimum: int, other: str, caller: str, before: int, after: int) -> int:
    """The `before`-th part of a lane's minimum where it comes before the caller, else the `after`-th; 0: nothing."""
    if caller not in ORDER or (caller == "sync" and not after):  # sync comes to its minimum past everybody
        return 0
    part = before if ORDER.index(other) < ORDER.index(caller) else after
    return -(-minimum // part) if part else 0


def room(held: Terms, used: Mapping[str, int]) -> int:
    """How many calls the lane could make now, one after the other, if no other lane called."""
    spent = used.get(held.lane, 0)
    # Each call more leaves less to the lane, so the first one that is refused is found by halving.
    return bisect_left(range(held.capacity), True, key=lambda more: not held.admits({**used, held.lane: spent + more}))

"""Who has an order's page open at this moment. Kept in the cache alone, for less than a minute: it may be lost.

A page that is shown tells it, again with each poll of its region; a hidden tab does not poll, and is soon forgotten.
"""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime

from django.core.cache import cache
from django.utils import timezone
from redis.exceptions import RedisError

from backoffice.models import User
from orders.models import Order

log = logging.getLogger(__name__)

LASTS = 50  # seconds that a page counts as open after its last poll: two polls and some patience
ASKING = 600  # seconds that an opened dialog is told
SHOWN = 3  # colleagues that are named

Entry = tuple[str, float, float, str, float]  # name, since, seen, the verb of the dialog opened last, when


@dataclass(frozen=True)
class Colleague:
    """Somebody else who has the order open. `verb`: of the dialog that they opened, "" for none."""

    pk: int
    who: str
    since: datetime
    verb: str
    opened: datetime


def here(order: Order, user: User) -> list[Colleague]:
    """Tell that `user` looks at the order, and who else does; nobody where the cache cannot say."""
    return _note(order, user, None)


def opens(order: Order, user: User, verb: str) -> None:
    """Tell that `user` opened a dialog of the order; "" that they sent it."""
    _note(order, user, verb)


def version(colleagues: list[Colleague]) -> str:
    """Tells whether a region that was shown says the same."""
    return ".".join(f"{one.pk}{one.verb}" for one in colleagues)


def _note(order: Order, user: User, verb: str | None) -> list[Colleague]:
    """Two round trips. Who is overwritten by another's poll in the same moment is back with their own next one, with
    the time since when: that stands by itself."""
    now = timezone.now().timestamp()
    everybody, mine = f"presence:{order.pk}", f"presence:{order.pk}:{user.pk}"
    try:
        known = cache.get_many([everybody, mine])
        entries: dict[int, Entry] = known.get(everybody, {})
        since, asked, at = known.get(mine, (now, "", now))
        if verb is not None:
            asked, at = verb, now
        entries = {pk: entry for pk, entry in entries.items() if entry[2] > now - LASTS}
        entries[user.pk] = (user.name or user.username, since, now, asked if at > now - ASKING else "", at)
        cache.set_many({everybody: entries, mine: (since, asked, at)}, LASTS)
    except RedisError as trouble:  # out of memory, or starting: nobody is named, and the page goes on
        log.warning("the cache does not tell who has an order open (%s)", type(trouble).__name__)
        return []
    others = sorted((entry[1], pk, entry) for pk, entry in entries.items() if pk != user.pk)
    return [
        Colleague(pk, who, _moment(since), asked, _moment(at))
        for _since, pk, (who, since, _seen, asked, at) in others[:SHOWN]
    ]


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)

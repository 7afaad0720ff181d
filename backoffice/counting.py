"""The hour's calls of one client id in Redis: counted and judged by one script, so that no two processes both take the
last call. It knows no policy but the terms it is handed, and says when it cannot reach Redis."""

import hashlib
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import redis
from django.conf import settings
from redis.commands.core import Script

from backoffice.lanes import SHARES, Terms
from backoffice.models import Breaker

T = TypeVar("T")

SLOTS = 61  # minutes: sixty whole ones and the one that has begun, so that no sixty minutes ever hold more
KEPT = 2 * 60 * 60  # seconds a bucket nobody uses is kept
RESPITE = 5.0  # seconds without Redis before it is tried again

# One hash: "<minute>:<lane>" → calls; "filled" when it was filled from the database; "paused" → until (epoch seconds);
# "open" while the breaker is open. A minute in the future counts: our clock may have been set back.
SCRIPT = """
local minute, now, probe, slots, kept = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4]), ARGV[5]
local lane, capacity, most, minimum = ARGV[6], tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])
if redis.call('HEXISTS', KEYS[1], 'filled') == 0 then return {'empty', '0'} end
local used, total, oldest, old = {}, 0, minute, {}
local paused, open = 0, false
local fields = redis.call('HGETALL', KEYS[1])
for i = 1, #fields, 2 do
  local slot, of = string.match(fields[i], '^(%d+):(.+)$')
  if slot then
    slot = tonumber(slot)
    if slot <= minute - slots or slot > minute + slots then
      old[#old + 1] = fields[i]
    else
      local calls = tonumber(fields[i + 1])
      used[of] = (used[of] or 0) + calls
      total = total + calls
      if slot < oldest then oldest = slot end
    end
  elseif fields[i] == 'paused' then paused = tonumber(fields[i + 1])
  elseif fields[i] == 'open' then open = true end
end
if #old > 0 then redis.call('HDEL', KEYS[1], unpack(old)) end
if paused > now then return {'paused', tostring(paused)} end
if open and probe == '0' then return {'open', '0'} end
local column = 3
if (used[lane] or 0) >= minimum then column = 4 end
local left = 0
for i = 10, #ARGV, 4 do
  local unused = tonumber(ARGV[i + 1]) - (used[ARGV[i]] or 0)
  local part = tonumber(ARGV[i + column - 1])
  if unused > part then unused = part end
  if unused > 0 then left = left + unused end
end
if (used[lane] or 0) >= most or total + left >= capacity then return {'full', tostring(oldest)} end
redis.call('HINCRBY', KEYS[1], minute .. ':' .. lane, 1)
redis.call('EXPIRE', KEYS[1], kept)
return {'admitted', '0'}
"""

# One of many processes fills the bucket; the others find it filled.
FILL = """
if redis.call('HEXISTS', KEYS[1], 'filled') == 1 then return 0 end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'filled', 1, unpack(ARGV, 2))
redis.call('EXPIRE', KEYS[1], ARGV[1])
return 1
"""


class NoRedis(Exception):
    """Redis cannot be reached, or is not there: count in the database."""


@dataclass(frozen=True)
class Taken:
    """`verdict`: admitted, full (`value`: the oldest minute that counts), paused (until), open, or empty (fill it)."""

    verdict: str
    value: float


class Counts:
    """One client id's bucket."""

    def __init__(self, client_id: str) -> None:
        self._key = f"calls:{hashlib.sha256(client_id.encode()).hexdigest()[:24]}"

    def take(self, terms: Terms, minute: int, now: float, *, probe: bool) -> Taken:
        """Take one call of the hour that ends with `minute` (epoch minutes). Raises NoRedis."""
        others: list[str | int] = [
            part
            for lane in SHARES
            if lane != terms.lane
            for part in (lane, terms.minima[lane], terms.own[lane], terms.lent[lane])
        ]
        head: list[str | int | float] = [minute, now, int(probe), SLOTS, KEPT]
        head += [terms.lane, terms.capacity, terms.most, terms.minima[terms.lane]]
        verdict, value = _reach(self._key, lambda server: _scripts(server)[0](keys=[self._key], args=[*head, *others]))
        return Taken(_text(verdict), float(_text(value)))

    def fill(self, slots: Iterable[tuple[int, str, int]], standing: Breaker | None) -> None:
        """Begin with what the database knows: (minute, lane, calls), pause and breaker. Raises NoRedis."""
        fields: dict[str, int | float] = {f"{minute}:{lane}": calls for minute, lane, calls in slots}
        fields |= _standing(standing)
        pairs: list[str | int | float] = [part for pair in fields.items() for part in pair]
        _reach(self._key, lambda server: _scripts(server)[1](keys=[self._key], args=[KEPT, *pairs]))

    def copy_standing(self, row: Breaker | None) -> None:
        """Copy pause and breaker as the database has them. Without Redis nothing happens: it is filled anew later."""
        fields = _standing(row)

        def write(server: redis.Redis) -> None:
            pipe = server.pipeline(transaction=True)
            pipe.hdel(self._key, "paused", "open")
            if fields:
                pipe.hset(self._key, mapping=fields)
            pipe.execute()

        with suppress(NoRedis):
            _reach(self._key, write)


def _standing(row: Breaker | None) -> dict[str, int | float]:
    fields: dict[str, int | float] = {}
    if row is not None and row.paused_until is not None:
        fields["paused"] = row.paused_until.timestamp()
    if row is not None and row.opened_at is not None:
        fields["open"] = 1
    return fields


@cache
def _server(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_connect_timeout=0.5, socket_timeout=1.0)


@cache
def _scripts(server: redis.Redis) -> tuple[Script, Script]:
    return server.register_script(SCRIPT), server.register_script(FILL)


class _Outages:
    """What this process has seen of Redis' absences: a bucket may have missed calls that were counted elsewhere."""

    count = 0
    until = 0.0  # monotonic: not tried again before
    known: dict[str, int] = {}  # by key, how many absences it was filled anew after


def _reach(key: str, ask: Callable[[redis.Redis], T]) -> T:
    if not settings.REDIS_URL or time.monotonic() < _Outages.until:
        raise NoRedis
    try:
        server = _server(settings.REDIS_URL)
        if _Outages.known.setdefault(key, 0) < _Outages.count:
            server.delete(key)  # calls were counted in the database meanwhile: fill it from there
            _Outages.known[key] = _Outages.count
        return ask(server)
    except (redis.RedisError, OSError, ValueError) as error:
        _Outages.count += 1
        _Outages.until = time.monotonic() + RESPITE
        raise NoRedis from error


def redis_answers() -> bool:
    """Is Redis there now? Asked for a probe, within a second."""
    try:
        return bool(settings.REDIS_URL) and bool(_server(settings.REDIS_URL).ping())
    except (redis.RedisError, OSError, ValueError):
        return False


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)

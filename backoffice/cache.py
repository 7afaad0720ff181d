"""Django's cache in Redis, or in this process's own memory while Redis does not answer.

What lies here may be lost: how often somebody tried to sign in, codes used in the last half minute, lists kept for
minutes. Without Redis each process counts for itself, so nobody is shut out and nobody guesses without end.
"""

import logging
from collections.abc import Callable
from time import monotonic
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import TimeoutError as NoAnswer

log = logging.getLogger(__name__)

RESPITE = 5.0  # seconds without Redis before it is tried again


def _either(name: str) -> Callable[..., Any]:
    def call(self: "Cache", *args: Any, **kwargs: Any) -> Any:
        if monotonic() >= self.silent_until:
            try:
                return getattr(RedisCache, name)(self, *args, **kwargs)
            except (NoConnection, NoAnswer) as trouble:
                self.silent_until = monotonic() + RESPITE
                log.warning("the cache does not answer: this process keeps its own (%s)", type(trouble).__name__)
        return getattr(self.spare, name)(*args, **kwargs)

    call.__name__ = name
    return call


class Cache(RedisCache):
    """Every question to Redis has an answer without it."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self.spare = LocMemCache("spare", {**params, "OPTIONS": {}})
        self.silent_until = 0.0

    add = _either("add")
    get = _either("get")
    set = _either("set")
    touch = _either("touch")
    delete = _either("delete")
    get_many = _either("get_many")
    has_key = _either("has_key")
    incr = _either("incr")
    set_many = _either("set_many")
    delete_many = _either("delete_many")
    clear = _either("clear")

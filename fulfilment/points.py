"""Fail points: places where a test may end, stall or break the process. In production each is one comparison.

Armed by the environment, `FAIL_POINT="after mark:ship=kill"`: place, kind (or *), and kill, die, stall SECONDS or
raise. `die` is what `kill` looks like from within: nothing of ours hears of it, and what was not committed is lost.
"""

import os
import signal
import time

PLACES = (
    "put", "claimed", "looked first", "before mark", "after mark", "sent", "before settle", "settled", "unknown taken",
    "unknown looked", "batch chunk",
)  # fmt: skip
_armed = os.environ.get("FAIL_POINT", "")


class Died(BaseException):
    """The process ended, as far as the code around the point can tell; only a test catches it."""


class Broken(Exception):
    """What an armed point raises."""


def reach(place: str, kind: str) -> None:
    """Pass the place; or what it was armed with, once."""
    if not _armed:
        return
    _act(place, kind)


def arm(words: str) -> None:
    """Arm one point in this process, or none with ""; for tests. ValueError for a place that does not exist."""
    global _armed
    if words and words.partition(":")[0] not in PLACES:
        raise ValueError(f"No fail point is called {words!r}.")
    _armed = words


def _act(place: str, kind: str) -> None:
    where, _, act = _armed.partition("=")
    name, _, wanted = where.partition(":")
    if name != place or wanted not in ("*", kind):
        return
    arm("")
    word, _, number = act.partition(" ")
    if word == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif word == "die":
        raise Died(place)
    elif word == "stall":
        time.sleep(float(number))
    else:
        raise Broken(f"fail point {place}")

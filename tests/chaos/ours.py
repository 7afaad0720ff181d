"""Seconds of a machine of our own: what a bar in seconds means where other work has its share of the cores."""

import os
import time
from collections.abc import Iterable

import psutil

from tests.chaos.crew import ROOT

ENGINES = ("postgres", "valkey-server")


class OwnTime:
    """Counts a second as far as the cores were left to the run: the whole of it on a machine without other work."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._at = time.monotonic()
        self._spent = _others(())

    def look(self, sessions: Iterable[int]) -> float:
        """The seconds until now. `sessions`: those of the run's processes, whoever is their parent by now."""
        at, spent = time.monotonic(), _others(sessions)
        passed = max(at - self._at, 0.001)
        # who has ended since is not seen any more: that part of other work counts as ours
        gone = sum(max(0.0, seconds - self._spent.get(pid, 0.0)) for pid, seconds in spent.items())
        self.seconds += passed * max(0.0, 1 - gone / passed / (os.cpu_count() or 1))
        self._at, self._spent = at, spent
        return self.seconds


def _others(sessions: Iterable[int]) -> dict[int, float]:
    """What each process that is not of the run has spent on the cores so far, in seconds."""
    known = set(sessions)
    parents, spent, roots = dict[int, int](), dict[int, float](), {os.getpid()}
    for process in psutil.process_iter(["ppid", "name", "cpu_times", "cmdline"]):
        told = process.info
        if told["cpu_times"] is None:
            continue
        parents[process.pid] = told["ppid"] or 0
        spent[process.pid] = told["cpu_times"].user + told["cpu_times"].system
        engine = told["name"] in ENGINES and str(ROOT) in " ".join(told["cmdline"] or ())
        if engine or _session(process.pid) in known:
            roots.add(process.pid)
    return {pid: seconds for pid, seconds in spent.items() if not _descends(pid, parents, roots)}


def _descends(pid: int, parents: dict[int, int], roots: set[int]) -> bool:
    while pid:
        if pid in roots:
            return True
        pid = parents.get(pid, 0)
    return False


def _session(pid: int) -> int:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return 0

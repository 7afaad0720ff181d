"""The processes of a run, and the one that kills them: by the operating system, without a word, in the middle of it."""

import os
import random
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Role:
    """One program. `children`: it works in forks, which are killed more often than itself. `ends`: it may be done."""

    name: str
    command: Sequence[str]
    children: bool = False
    ends: bool = False
    process: subprocess.Popen[bytes] | None = None
    groups: list[int] = field(default_factory=list)
    done: bool = False


class Crew:
    """Starts every role, starts again whatever dies, and kills at random; a context manager that leaves nothing."""

    def __init__(self, roles: Sequence[Role], environment: dict[str, str], logs: Path, rng: random.Random) -> None:
        self.roles = roles
        self.killed: Counter[str] = Counter()
        self._environment = environment
        self._logs = logs
        self._rng = rng
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._watch = threading.Thread(target=self._look_after, daemon=True)

    def __enter__(self) -> "Crew":
        for role in self.roles:
            self._start(role)
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._watch.join()
        for role in self.roles:
            for group in role.groups:
                with suppress(ProcessLookupError):
                    os.killpg(group, signal.SIGKILL)
            if role.process:
                role.process.wait()

    def kill_one(self) -> str:
        """Kill a process of the crew that is alive now; what it was, "" when nothing could be killed."""
        with self._lock:
            victims = [victim for role in self.roles for victim in self._victims(role)]
            if not victims:
                return ""
            name, pid = self._rng.choices(victims, [weight for _, _, weight in victims])[0][:2]
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                return ""
            self.killed[name] += 1
            return name

    def pids(self, name: str) -> list[int]:
        """The process of this role and its forks."""
        role = next(role for role in self.roles if role.name == name)
        if role.process is None or role.process.poll() is not None:
            return []
        with suppress(psutil.NoSuchProcess):
            return [role.process.pid, *(child.pid for child in psutil.Process(role.process.pid).children())]
        return []

    def finished(self) -> bool:
        """Is everybody done who may be?"""
        return all(role.done for role in self.roles if role.ends)

    def _victims(self, role: Role) -> list[tuple[str, int, int]]:
        pids = self.pids(role.name)
        if not pids or (role.children and len(pids) == 1):  # it has only begun
            return []
        if not role.children:
            return [(role.name, pids[0], 1)]  # what starts anew costs seconds of a core; the forks are what works
        return [(role.name, pids[0], 1)] + [(f"{role.name}'s child", pid, 8) for pid in pids[1:]]

    def _start(self, role: Role) -> None:
        log = (self._logs / f"{role.name}.log").open("a")
        with log:
            role.process = subprocess.Popen(
                role.command, cwd=ROOT, env=self._environment, stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        role.groups.append(role.process.pid)

    def _look_after(self) -> None:
        while not self._ended.wait(0.1):
            for role in self.roles:
                with self._lock:
                    if role.process is None or role.done or role.process.poll() is None:
                        continue
                    if role.ends and role.process.returncode == 0:
                        role.done = True
                        continue
                    with suppress(ProcessLookupError):
                        os.killpg(role.process.pid, signal.SIGKILL)  # forks that outlived it
                    self._start(role)


def pause_between(kills: int, span: float, rng: random.Random) -> list[float]:
    """Moments of the kills over the span, in seconds from its begin."""
    return sorted(rng.uniform(0, span) for _ in range(kills))


def wait_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))

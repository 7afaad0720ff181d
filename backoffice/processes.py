"""A supervisor of a few children: starts them, shows their words, starts again what dies, and leaves nothing behind.

Each child leads a process group of its own, so a Ctrl-C in the terminal reaches only the supervisor. Who runs is
written down with its start time: after a `kill -9` the next supervisor ends the orphans and nobody else.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import psutil

COLOURS = (36, 33, 35, 32, 34, 31)
SAME_START = 5.0  # seconds by which a clock may be set between two readings of one process's start
SETTLED = 60.0  # seconds of life after which a death counts as the first again
LONGEST_WAIT = 30.0


@dataclass(frozen=True)
class Program:
    """What to run. `grace`: seconds between TERM and KILL; a higher `stage` is ended later (others depend on it)."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    grace: float = 10.0
    stage: int = 0


class Voice:
    """Lines of several programs on one terminal, each behind its program's name."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self._lock = threading.Lock()
        self._names: list[str] = []
        self._colours = self._out.isatty() and not os.environ.get("NO_COLOR")

    def say(self, name: str, line: str) -> None:
        """One line; a terminal that went away is no reason to fail."""
        with self._lock, suppress(OSError, ValueError):
            if name not in self._names:
                self._names.append(name)
            label = f"{name:<9} |"
            if self._colours:
                label = f"\x1b[{COLOURS[self._names.index(name) % len(COLOURS)]}m{label}\x1b[0m"
            print(f"{label} {line}", file=self._out, flush=True)


class Child:
    """One program and the process that runs it now, if any."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.process: subprocess.Popen[bytes] | None = None
        self.started = 0.0  # time.monotonic()
        self.deaths = 0
        self.due: float | None = None  # when to start it again, time.monotonic()

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None


class Supervisor:
    """Runs programs until told to stop. `record` is the file that says who runs."""

    def __init__(self, record: Path, voice: Voice) -> None:
        self.record = record
        self.voice = voice
        self.children: list[Child] = []

    def start(self, program: Program) -> None:
        child = Child(program)
        self.children.append(child)
        self._spawn(child)

    def restart_all(self) -> None:
        """End every child and start it again, as after a change of what they were told."""
        self._end(self.children)
        for child in self.children:
            self._spawn(child)

    def watch(self, stopping: threading.Event, look: Callable[[], None], every: float = 2.0) -> None:
        """Look after the children until `stopping`; `look` is called every so many seconds."""
        next_look = time.monotonic() + every
        while not stopping.wait(0.1):
            self._revive()
            if time.monotonic() >= next_look:
                look()
                next_look = time.monotonic() + every

    def stop(self, impatient: threading.Event | None = None) -> None:
        """End all children, stage by stage: TERM, then KILL after each one's grace, or at once when impatient."""
        for stage in sorted({child.program.stage for child in self.children}):
            self._end([child for child in self.children if child.program.stage == stage], impatient)
        self.record.unlink(missing_ok=True)

    def _spawn(self, child: Child) -> None:
        program = child.program
        child.due = None
        child.started = time.monotonic()
        try:
            process = subprocess.Popen(
                program.command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **program.environment},
                start_new_session=True,
            )
        except OSError as error:
            self.voice.say(program.name, f"does not start: {error}")
            self._wait_a_little(child)
            return
        child.process = process
        self._write_record()
        threading.Thread(target=self._listen, args=(program.name, process), daemon=True).start()

    def _listen(self, name: str, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout
        with process.stdout as words:
            for line in words:
                self.voice.say(name, line.decode(errors="replace").rstrip())

    def _revive(self) -> None:
        for child in self.children:
            if child.due is not None:
                if time.monotonic() >= child.due:
                    self._spawn(child)
            elif not child.alive():
                assert child.process
                kill_group(child.process.pid, signal.SIGKILL)  # what it left of its group
                how = child.process.returncode
                end = f"was killed by signal {-how}" if how < 0 else f"ended with {how}"
                wait = self._wait_a_little(child)
                self.voice.say(child.program.name, f"{end}; starts again in {wait:.0f} s")

    def _wait_a_little(self, child: Child) -> float:
        child.deaths = 1 if time.monotonic() - child.started > SETTLED else child.deaths + 1
        wait = min(2.0 ** (child.deaths - 1), LONGEST_WAIT)
        child.due = time.monotonic() + wait
        return wait

    def _end(self, children: list[Child], impatient: threading.Event | None = None) -> None:
        began = time.monotonic()
        for child in children:
            child.due = None
            if child.alive() and child.process:
                with suppress(ProcessLookupError):
                    child.process.terminate()  # the leader alone: it knows how to end its own
        for child in children:
            if child.process is None:
                continue
            while child.alive() and time.monotonic() - began < child.program.grace:
                if impatient and impatient.is_set():
                    break
                time.sleep(0.05)
            if child.alive():
                self.voice.say(child.program.name, "does not end by itself: killed")
            kill_group(child.process.pid, signal.SIGKILL)
            child.process.wait()

    def _write_record(self) -> None:
        rows = []
        for child in self.children:
            if child.process and child.alive():
                with suppress(psutil.NoSuchProcess):
                    rows.append({"pid": child.process.pid, "started": psutil.Process(child.process.pid).create_time()})
        fresh = self.record.with_suffix(".new")
        fresh.write_text(json.dumps(rows))
        fresh.replace(self.record)


def kill_group(leader: int, sign: signal.Signals) -> None:
    """Signal what is left of a child's process group; nothing left is fine."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, sign)


def end_orphans(record: Path, seconds: float = 10.0) -> int:
    """End what a killed supervisor left running, by its record; answers how many children that were."""
    try:
        rows = json.loads(record.read_text())
    except (FileNotFoundError, ValueError):
        return 0
    found = [process for row in rows for process in _group(int(row["pid"]), float(row["started"]))]
    for process in found:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    psutil.wait_procs(found, timeout=seconds)
    # looked for anew: a group may have grown, and a number may have got another owner meanwhile
    for row in rows:
        if _group(int(row["pid"]), float(row["started"])):
            kill_group(int(row["pid"]), signal.SIGKILL)
    record.unlink(missing_ok=True)
    return len(found)


def _group(leader: int, started: float) -> list[psutil.Process]:
    """The recorded child, if that number is still its; else, the leader gone, what lives on in its group."""
    try:
        process = psutil.Process(leader)
    except psutil.NoSuchProcess:
        return [member for member in psutil.process_iter() if _belongs(member, leader, started)]
    same = abs(process.create_time() - started) < SAME_START and process.status() != psutil.STATUS_ZOMBIE
    return [process] if same else []


def _belongs(member: psutil.Process, leader: int, started: float) -> bool:
    try:
        return os.getpgid(member.pid) == leader and member.create_time() >= started - SAME_START
    except (ProcessLookupError, PermissionError, psutil.Error):
        return False

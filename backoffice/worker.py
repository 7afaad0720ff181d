"""What each worker does beside its tasks, in its main process and not through the broker: look for due work every few
seconds, ring for it, run what nobody came for, and give a sign of life. It takes no lock, and no number of workers is
too few or too many."""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from celery import bootsteps, current_app
from celery.signals import worker_shutting_down
from celery.worker.components import Pool
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections
from django.utils import timezone

from backoffice import beats, bell, checks, jobs, marketplace, stopping
from backoffice.alerts import close_alert, open_alert
from backoffice.models import SellerAccount

log = logging.getLogger(__name__)

CANARY_EVERY = 60.0  # seconds
SHORT_TURN = 20.0  # seconds a job may keep the one thread that works where messages do not arrive
HARD_STOP = 5.0  # seconds given to the two threads when the worker ends


@dataclass(frozen=True)
class Source:
    """Due work of one kind: `due` names it, `ring` asks workers for it, `run` does one, `mend` puts right what died."""

    due: Callable[[datetime], list[str]]
    ring: Callable[[list[str]], None]
    run: Callable[[str], bool]
    mend: Callable[[datetime], object] | None = None


SOURCES: list[Source] = [
    Source(jobs.due, lambda names: bell.ring(*names), lambda name: jobs.run(name, turn=SHORT_TURN))
]  # apps add theirs in ready()


class Look:
    """One worker's looks for due work. `clock` gives our aware time, `elapsed` seconds that only grow."""

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = timezone.now,
        elapsed: Callable[[], float] = time.monotonic,
        patience: float | None = None,
    ) -> None:
        self._clock = clock
        self._elapsed = elapsed
        self._patience = settings.SWEEP_PATIENCE if patience is None else patience
        self._seen: dict[tuple[int, str], float] = {}  # due, and since when we know
        self._began = elapsed()
        self._canary_sent = float("-inf")

    def __call__(self) -> list[str]:
        """Ring for what is due; do what waited past our patience, one after the other, for a short turn: its names."""
        now = self._clock()
        if not SellerAccount.objects.exists():
            marketplace.first_account()
        seen: dict[tuple[int, str], float] = {}
        for at, source in enumerate(SOURCES):
            if source.mend is not None:
                source.mend(now)
            names = source.due(now)
            seen |= {(at, name): self._seen.get((at, name), self._elapsed()) for name in names}
            source.ring(names)
        self._seen = seen
        self._mind_the_canary(now)
        return self._do_late()

    def _do_late(self) -> list[str]:
        began, done = self._elapsed(), []
        for at, name in list(self._seen):
            if stopping.asked() or self._elapsed() - began >= SHORT_TURN:
                break
            if self._elapsed() - self._seen[at, name] >= self._patience and SOURCES[at].run(name):
                done.append(name)
        return done

    def _mind_the_canary(self, now: datetime) -> None:
        """Send one where no scheduler does; tell when none came through for three minutes. Restart nothing."""
        if self._elapsed() - self._canary_sent >= CANARY_EVERY:
            self._canary_sent = self._elapsed()
            bell.ring_canary()
        if beats.lives("canary", now):
            close_alert("canary")
        elif self._elapsed() - self._began > beats.SILENT.total_seconds():
            open_alert("canary")


class Sweep(bootsteps.StartStopStep):
    """Two threads of the worker's main process: one looks, one gives the sign of life while the other is busy."""

    requires = (Pool,)

    def __init__(self, worker: Any, **options: Any) -> None:
        super().__init__(worker, **options)
        self._ended = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self, worker: Any) -> None:
        stopping.forget()
        self._ended.clear()
        look = Look()
        name = beats.worker_name()
        self._threads = [
            threading.Thread(target=self._repeat, args=(look, settings.SWEEP_EVERY), name="sweep", daemon=True),
            threading.Thread(
                target=self._repeat,
                args=(lambda: beats.beat(name, "worker"), settings.HEARTBEAT_EVERY),
                name="heartbeat",
                daemon=True,
            ),
        ]
        for thread in self._threads:
            thread.start()

    def stop(self, worker: Any) -> None:
        stopping.ask()
        self._ended.set()
        for thread in self._threads:
            thread.join(HARD_STOP)
        try:
            beats.farewell(beats.worker_name())
        except DatabaseError:
            log.warning("the worker's last sign could not be written")
        finally:
            connections.close_all()

    def terminate(self, worker: Any) -> None:
        self.stop(worker)

    def _repeat(self, act: Callable[[], object], every: float) -> None:
        """Act at once and then every so many seconds, whatever goes wrong, until the worker ends."""
        while not self._ended.is_set():
            try:
                act()
            except Exception:  # the thread must live: the database or the broker may be away
                log.exception("a worker's look failed")
            finally:
                connections.close_all()  # a fork of the pool must not inherit an open one
            self._ended.wait(every)


def stop_claiming(**_: object) -> None:
    """The worker was told to end: nothing new is begun, running jobs stop before their next step.

    Celery waits for running tasks as long as they please; after `worker_soft_shutdown_timeout` seconds we end it, and
    what ran then is found again through its expired lease.
    """
    if stopping.asked():
        return
    stopping.ask()
    limit = threading.Timer(settings.CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT, _end_now)
    limit.daemon = True
    limit.start()


def _end_now() -> None:
    log.warning("tasks still ran after the time to end was over")
    current_app.conf.worker_soft_shutdown_timeout = 0  # it has been waited for
    os.kill(os.getpid(), signal.SIGQUIT)


def refuse_unsafe() -> None:
    """A worker does not start where the system checks say that it must not. Raises SystemExit with the sentence."""
    try:
        checks.refuse_to_start()
    except ImproperlyConfigured as error:  # Celery's signals swallow every Exception of a receiver
        raise SystemExit(f"The worker does not start. {error}") from None


worker_shutting_down.connect(stop_claiming, dispatch_uid="backoffice")

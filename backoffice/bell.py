"""Rings through the broker: look now. A message carries names alone; losing it costs one sweep, never a row."""

import logging
import time

from django.db import transaction
from kombu.exceptions import OperationalError

from backoffice.celery import app

log = logging.getLogger(__name__)

STALE = 60  # seconds after which a ring that nobody heard is thrown away
RESPITE = 5.0  # seconds without the broker before it is tried again


class _Broker:
    deaf_until = 0.0  # monotonic


def ring(*names: str) -> None:
    """Ask workers to run these leases' jobs, once the transaction has committed. Never raises, never waits long."""
    if names:
        transaction.on_commit(lambda: send("backoffice.tasks.run_job", *([name] for name in names)), robust=True)


def ring_canary() -> None:
    """Send the canary through the broker."""
    send("backoffice.tasks.canary", [])


def send(task: str, *messages: list[str] | list[int]) -> None:
    """One message each, with these arguments. Never raises, never waits long."""
    if time.monotonic() < _Broker.deaf_until:
        return
    try:
        for arguments in messages:
            app.send_task(task, args=arguments, expires=STALE, retry=False, ignore_result=True)
    except (OperationalError, OSError) as error:
        _Broker.deaf_until = time.monotonic() + RESPITE
        log.warning("the broker does not answer: %s", type(error).__name__)

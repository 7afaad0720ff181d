"""Who lives: a row for each worker, for the scheduler, and for the canary that goes through the broker."""

import os
import socket
from datetime import datetime, timedelta

from django.utils import timezone

from backoffice.models import Heartbeat

SILENT = timedelta(minutes=3)  # without a sign: degraded
KEPT = timedelta(days=1)


def beat(name: str, kind: str) -> None:
    """Write that it lives now. `kind`: worker, scheduler, canary."""
    now = timezone.now()
    Heartbeat.objects.bulk_create(
        [Heartbeat(name=name[:120], kind=kind, at=now)],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["kind", "at"],
    )


def worker_name() -> str:
    """This process, as a worker: `worker:host:pid`."""
    return f"worker:{socket.gethostname()}:{os.getpid()}"


def farewell(name: str) -> None:
    """It ended in order: nobody should wait for its next sign."""
    Heartbeat.objects.filter(name=name).delete()


def last(kind: str, host: str = "") -> datetime | None:
    """The newest sign of this kind, for workers on one host when named."""
    rows = Heartbeat.objects.filter(kind=kind)
    if host:
        rows = rows.filter(name__startswith=f"{kind}:{host}:")
    return rows.order_by("-at").values_list("at", flat=True).first()


def lives(kind: str, now: datetime, host: str = "") -> bool:
    """Has it given a sign in the last three minutes?"""
    at = last(kind, host)
    return at is not None and at > now - SILENT


def forget_old_beats(now: datetime) -> int:
    """Delete the rows of processes that ended a day ago; how many."""
    return Heartbeat.objects.filter(at__lt=now - KEPT).delete()[0]

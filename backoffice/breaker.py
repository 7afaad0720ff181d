"""Pauses and the breaker of a client id, in the database: true for every process, whatever happens to Redis."""

import json
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from backoffice.alerts import close_alert, open_alert
from backoffice.models import Breaker

IN_A_ROW = 5  # failures that open it
RECENT = 20  # outcomes looked at
HALF = RECENT // 2  # failures among them that open it
PROBE_EVERY = 30.0  # seconds between two calls while it is open
LONGEST = timedelta(minutes=65)  # no pause is longer


def row(client_id: str) -> Breaker | None:
    return Breaker.objects.filter(client_id=client_id).first()


def pause(client_id: str, cause: str, wait: float, now: datetime) -> Breaker:
    """Let nobody call for `wait` seconds (65 minutes at most); an earlier, longer pause stays. `cause`: quota, 429."""
    until = now + min(timedelta(seconds=max(0.0, wait)), LONGEST)
    Breaker.objects.get_or_create(client_id=client_id)
    shorter = Q(paused_until=None) | Q(paused_until__lt=until) | Q(paused_until__gt=now + LONGEST)  # our clock jumped
    Breaker.objects.filter(shorter, client_id=client_id).update(paused_until=until, cause=cause)
    return Breaker.objects.get(client_id=client_id)


def note(client_id: str, failed: bool, status: int | None, now: datetime) -> Breaker | None:
    """Remember one outcome. The row when the breaker opened or closed by it, else None.

    Successes are remembered only beside failures: while all is well, nothing is written.
    """
    seen = _remember(client_id, failed)
    if seen is None and failed:
        Breaker.objects.get_or_create(client_id=client_id)
        seen = _remember(client_id, failed)
    if seen is None:
        return None
    recent, is_open = seen
    if is_open and not failed:
        return _turn(client_id, was_open=True, opened_at=None, probe_at=None, recent=[])
    if not is_open and _opens(recent):
        later = now + timedelta(seconds=PROBE_EVERY)
        cause = f"{status}" if status else "no answer"
        return _turn(client_id, was_open=False, opened_at=now, probe_at=later, cause=cause)
    return None


def probe(client_id: str, now: datetime) -> bool:
    """Is this process the one that may ask now, while the breaker is open?"""
    due = Q(probe_at__lte=now) | Q(probe_at=None) | Q(probe_at__gt=now + timedelta(seconds=2 * PROBE_EVERY))
    return bool(
        Breaker.objects.filter(due, client_id=client_id)
        .exclude(opened_at=None)
        .update(probe_at=now + timedelta(seconds=PROBE_EVERY))
    )


def forget(client_id: str) -> None:
    """Close it: what an address did says nothing about another. A pause that was asked for stays."""
    Breaker.objects.filter(client_id=client_id).update(opened_at=None, probe_at=None, recent=[])
    close_alert("breaker", client_id)


def _remember(client_id: str, failed: bool) -> tuple[list[int], bool] | None:
    """Add one outcome: the recent ones with it, and whether it is open; None when nothing had to be written.

    One statement, since it follows a call: whoever calls waits for nobody else's transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {Breaker._meta.db_table} SET recent ="  # noqa: S608
            " CASE WHEN jsonb_array_length(recent) < %s THEN recent ELSE recent - 0 END || %s::jsonb"
            " WHERE client_id = %s AND (%s OR opened_at IS NOT NULL OR recent @> '[1]')"
            " RETURNING recent::text, opened_at IS NOT NULL",
            [RECENT, f"[{int(failed)}]", client_id, failed],
        )
        seen = cursor.fetchone()
    return (json.loads(seen[0]), seen[1]) if seen else None


def _turn(client_id: str, *, was_open: bool, **changes: Any) -> Breaker | None:
    """Open or close it, with its alert; None when another process was quicker."""
    with transaction.atomic():
        mine = Breaker.objects.filter(client_id=client_id, opened_at__isnull=not was_open)
        if not mine.update(**changes):
            return None
        state = Breaker.objects.get(client_id=client_id)
        if was_open:
            close_alert("breaker", client_id)
        else:
            open_alert("breaker", client_id, trouble=state.cause)
    return state


def _opens(recent: list[int]) -> bool:
    return recent[-IN_A_ROW:] == [1] * IN_A_ROW or sum(recent) >= HALF

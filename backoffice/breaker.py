"""Pauses and the breaker of a client id, in the database: true for every process, whatever happens to Redis."""

from datetime import datetime, timedelta

from django.db import transaction
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
    known = row(client_id)
    if not failed and (known is None or (known.opened_at is None and not any(known.recent))):
        return None
    with transaction.atomic():
        Breaker.objects.get_or_create(client_id=client_id)
        state = Breaker.objects.select_for_update().get(client_id=client_id)
        was_open = state.opened_at is not None
        state.recent = [*state.recent, int(failed)][-RECENT:]
        if not failed and was_open:
            state.opened_at = state.probe_at = None
            state.recent = []
            close_alert("breaker", client_id)
        elif not was_open and _opens(state.recent):
            state.opened_at, state.probe_at = now, now + timedelta(seconds=PROBE_EVERY)
            state.cause = f"{status}" if status else "no answer"
            open_alert("breaker", client_id, trouble=state.cause)
        state.save(update_fields=["recent", "opened_at", "probe_at", "cause"])
    return state if (state.opened_at is not None) != was_open else None


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


def _opens(recent: list[int]) -> bool:
    return recent[-IN_A_ROW:] == [1] * IN_A_ROW or sum(recent) >= HALF

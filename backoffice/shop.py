"""The shop's choices as they are now, and the shop's calendar: which day a moment falls on."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from time import monotonic
from typing import Any, Literal
from zoneinfo import ZoneInfo

from django.dispatch import Signal
from django.utils import timezone

from backoffice.declarations import CHOICES
from backoffice.models import Setting, User
from backoffice.roles import Role

KEPT = 10.0  # seconds a process may show a former choice
chosen = Signal()  # a choice was stored: `key`


@dataclass
class _Known:
    """What this process read last, all choices at once."""

    read_at: float = -KEPT
    values: dict[str, Any] | None = None
    times: dict[str, datetime] = field(default_factory=dict)


_known = _Known()


def choice(key: str) -> Any:
    """The value chosen on the pages, or else the default. KeyError for a choice that is not declared.

    A stored value that may not be (any more) counts as not chosen.
    """
    default = CHOICES[key].default
    return _look().get(key, default)


def choose(key: str, value: Any, by: User | None) -> None:
    """Store a choice; other processes follow within ten seconds. Raises KeyError, or ValueError for what may not be."""
    kind = CHOICES[key].kind
    stored = kind.write(kind.read(value))
    Setting.objects.update_or_create(
        key=key, defaults={"value": stored, "changed_by": by, "changed_at": timezone.now()}
    )
    forget()
    chosen.send(sender=None, key=key)


def chosen_at(key: str) -> datetime | None:
    """When a choice was made last; None for one that stands as it came."""
    _look()
    return _known.times.get(key)


def forget() -> None:
    """Read every choice anew at the next question."""
    _known.values = None
    _known.times.clear()


def _look() -> dict[str, Any]:
    """What was chosen, asked of the database when it was not for a while."""
    if _known.values is None or monotonic() - _known.read_at > KEPT:
        _known.values, _known.read_at = {}, monotonic()
        for key, value, at in Setting.objects.filter(key__in=CHOICES).values_list("key", "value", "changed_at"):
            _known.times[key] = at
            try:
                _known.values[key] = CHOICES[key].kind.read(value)
            except ValueError:  # of an older version, or written by hand
                continue
    return _known.values


def hold(verb: str) -> timedelta:
    """How long a command of this kind can be taken back before it is sent."""
    return timedelta(seconds=choice(f"hold_{verb}"))


def cutoff(carrier: str = "") -> time:
    """Until when, by the shop's clock, a parcel of this carrier (its label) leaves the same day."""
    times = choice("cutoffs")
    return time.fromisoformat(times.get(carrier) or times[""])


def approval_window(channel: str) -> timedelta | None:
    """How long an order of this channel (its code) may wait for our decision; None: unknown (R5)."""
    known = choice("approval_windows").get(channel)
    return timedelta(hours=known["hours"]) if known else None


def approval_origin(channel: str) -> str:
    """How the shop knows of the window, in its own words; "" where it is unknown or not told."""
    return str(choice("approval_windows").get(channel, {}).get("origin", ""))


Money = Literal["cancel", "gesture"]


def limit(kind: Money, role: str) -> Decimal:
    """What one command of this kind may give without a colleague; nothing for a role that gives no money."""
    return Decimal(0) if role == Role.WAREHOUSE else Decimal(choice(f"{kind}_limit_{role}"))


def daily_limit(kind: Money, role: str) -> Decimal:
    """What all commands of this kind of one person may give in one of the shop's days."""
    return Decimal(0) if role == Role.WAREHOUSE else Decimal(choice(f"{kind}_limit_day_{role}"))


def kept(what: Literal["contact", "name", "raw", "access"]) -> timedelta:
    """How long this is kept."""
    return timedelta(days=choice(f"keep_{what}_days"))


def zone() -> ZoneInfo:
    return ZoneInfo(choice("time_zone"))


def day_of(moment: datetime, at: ZoneInfo | None = None) -> date:
    """The shop's calendar day of an aware moment."""
    return moment.astimezone(at or zone()).date()


def begins(day: date, at: ZoneInfo | None = None) -> datetime:
    """When the shop's day begins; a day ends when the next begins, whatever the clocks do that night."""
    return datetime.combine(day, time(0), at or zone())


def today(now: datetime) -> tuple[datetime, datetime]:
    """Begin and end of the shop's day that holds `now`."""
    day = day_of(now)
    return begins(day), begins(day + timedelta(days=1))

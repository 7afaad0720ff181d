"""The shop's choices (table Setting) with their defaults, and the shop's calendar: which day a moment falls on."""

from datetime import date, datetime, time, timedelta
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from backoffice.models import Setting, User

DEFAULTS: dict[str, Any] = {
    "time_zone": settings.SHOP_TIME_ZONE,
}
_KEPT = 10.0  # seconds a process may show a former choice
_known: dict[str, tuple[float, Any]] = {}


def choice(key: str) -> Any:
    """The value chosen on the pages, or else the default. KeyError for a choice that does not exist."""
    default = DEFAULTS[key]
    read_at, value = _known.get(key, (-_KEPT, None))
    if monotonic() - read_at > _KEPT:
        row = Setting.objects.filter(key=key).values_list("value", flat=True).first()
        value = default if row is None else row
        _known[key] = (monotonic(), value)
    return value


def choose(key: str, value: Any, by: User | None) -> None:
    """Store a choice; other processes follow within ten seconds."""
    if key not in DEFAULTS:
        raise KeyError(key)
    Setting.objects.update_or_create(key=key, defaults={"value": value, "changed_by": by, "changed_at": timezone.now()})
    forget()


def forget() -> None:
    """Read every choice anew at the next question."""
    _known.clear()


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

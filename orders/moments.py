"""A moment as an address or a person writes it: "2026-11-21T14:03", by the shop's clock unless an offset is told."""

import re
from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext as _

from backoffice import shop

LONGEST = 40  # signs that are looked at
_DAY, _MINUTE, _SECOND = (re.compile(shape) for shape in (r"[\d-]{8,10}", r".*T\d\d:\d\d", r".*T\d\d:\d\d:\d\d"))
_TICK = timedelta(microseconds=1)


class NoMoment(ValueError):
    """The text names no moment that can be looked at; it says why, for a person."""


def read(text: str, now: datetime) -> datetime:
    """The end of what was named, since a minute holds what was read within it, a day what was read that day.

    Of an hour that the clocks repeat, the later one. Raises NoMoment.
    """
    asked = text.strip()[:LONGEST]
    written = re.sub(r"(\d) (\d)", r"\1T\2", asked)
    try:
        begins = datetime.fromisoformat(written)
        if begins.tzinfo is None:
            begins = begins.replace(tzinfo=shop.zone(), fold=1)
        if begins > now:
            raise NoMoment(_("That moment has not come yet: “%(asked)s”.") % {"asked": asked})
        return min(_end(written, begins), now)
    except NoMoment:
        raise
    except (ValueError, OverflowError):
        raise NoMoment(
            _("“%(asked)s” is no moment. Write the day and the time, as in 2026-11-21T14:03.") % {"asked": asked}
        ) from None


def written(moment: datetime) -> str:
    """The moment as a field for a day and a time holds it, by the shop's clock."""
    return f"{moment.astimezone(shop.zone()):%Y-%m-%dT%H:%M:%S}"


def address(moment: datetime) -> str:
    """The moment in an address, to the microsecond: a change is known at its own moment."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


def before(moment: datetime) -> datetime:
    """The last instant before it."""
    return moment - _TICK


def _end(text: str, begins: datetime) -> datetime:
    """The last instant of what was named: a day ends when the next begins, whatever the clocks do that night."""
    if _DAY.fullmatch(text):
        return (begins + timedelta(days=1)).astimezone(UTC) - _TICK
    length = (
        timedelta(minutes=1) if _MINUTE.fullmatch(text) else timedelta(seconds=1) if _SECOND.fullmatch(text) else _TICK
    )
    return begins.astimezone(UTC) + length - _TICK

"""How amounts and times are written in each language, and how near a deadline is. Pure: no database, no request."""

from datetime import date, datetime, timedelta, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, lru_cache
from typing import Literal

from django.utils.formats import date_format, number_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

NO_BREAK = "\u00a0"
MINUS = "\u2212"
SIGNS = {"EUR": "€", "GBP": "£", "USD": "$"}
CENT = Decimal("0.01")
SOON = timedelta(hours=4)

Level = Literal["late", "soon", "today", "later", ""]

# Written per language, not translated: the patterns are typography, and a translator never sees the letters' meaning.
_DAY = {"fr": "j N", "en": "j M"}
_DAY_AND_YEAR = {"fr": "j N Y", "en": "j M Y"}


def _language() -> str:
    return (get_language() or "en").split("-")[0]


def amount(value: Decimal | None, currency: str = "EUR") -> str:
    """`1 284,50 €` in French, `€1,284.50` in English; two decimals, half up; a dash where there is no amount."""
    return "–" if value is None else _amount(value, currency, _language())


def figure(value: Decimal) -> str:
    """An amount whose currency stands elsewhere: `1 284,50` in French, `1,284.50` in English."""
    return number_format(value, decimal_pos=2, use_l10n=True, force_grouping=True)


@lru_cache(maxsize=4_000)  # a list writes the same few hundred again and again
def _amount(value: Decimal, currency: str, language: str) -> str:
    rounded = Decimal(value).quantize(CENT, ROUND_HALF_UP)
    digits = number_format(abs(rounded), decimal_pos=2, use_l10n=True, force_grouping=True)
    sign = MINUS if rounded < 0 else ""
    unit = SIGNS.get(currency, currency)
    if language == "fr":
        return f"{sign}{digits}{NO_BREAK}{unit}".rstrip()
    return f"{sign}{unit}{digits}" if currency in SIGNS else f"{sign}{digits}{NO_BREAK}{unit}".rstrip()


def day(moment: datetime, zone: tzinfo, now: datetime) -> str:
    """`21 Nov`, `21 nov.`; with the year where it is not this one."""
    local = moment.astimezone(zone)
    patterns = _DAY if local.year == now.astimezone(zone).year else _DAY_AND_YEAR
    return _written(local.date(), patterns is _DAY_AND_YEAR, _language())


@lru_cache(maxsize=4_000)
def _written(on: date, with_year: bool, language: str) -> str:
    patterns = _DAY_AND_YEAR if with_year else _DAY
    return date_format(on, patterns.get(language, patterns["en"])).replace(" ", NO_BREAK)


def days(begins: date, ends: date, *, year: bool = True) -> str:
    """`1 Nov – 30 Nov 2026`; a single day stands alone."""
    last = _written(ends, year, _language())
    if begins == ends:
        return last
    return f"{_written(begins, year and begins.year != ends.year, _language())} – {last}"


def clock(moment: datetime, zone: tzinfo) -> str:
    """`18:00`, in both languages."""
    return f"{moment.astimezone(zone):%H:%M}"


def exact(moment: datetime, zone: tzinfo, now: datetime) -> str:
    """`21 Nov 18:00`, `21 nov. 18:00`."""
    return f"{day(moment, zone, now)} {clock(moment, zone)}"


def relative(moment: datetime, now: datetime, *, deadline: bool = False) -> str:
    """`in 2 h`, `3 d ago`; a deadline in the past is `31 h late`. Hours are counted up to two days, then days."""
    ahead = moment > now
    minutes = int(abs(moment - now).total_seconds() // 60)
    if minutes == 0:
        return _("now") if ahead or deadline else _("just now")
    if minutes < 60:
        number, unit = minutes, "min"
    elif minutes < 48 * 60:
        number, unit = minutes // 60, "h"
    else:
        number, unit = minutes // (24 * 60), "d"
    text = _spans(_language())[unit][0 if ahead else 2 if deadline else 1]
    return text.replace("{n}", str(number)).replace(" ", NO_BREAK)


@cache
def _spans(language: str) -> dict[str, tuple[str, str, str]]:
    """What is ahead, past and late, in the language of the page, which is `language`.

    `{n}` stands for the number here and in the script that keeps the words up to date. Units are abbreviated, so that
    no plural is needed in either language.
    """
    return {
        "min": (_("in {n} min"), _("{n} min ago"), _("{n} min late")),
        "h": (_("in {n} h"), _("{n} h ago"), _("{n} h late")),
        "d": (_("in {n} d"), _("{n} d ago"), _("{n} d late")),
    }


def colon() -> str:
    """What stands between a label and its value: `: `, in French after a no-break space."""
    return f"{NO_BREAK}: " if _language() == "fr" else ": "


def clock_words() -> dict[str, str]:
    """The sentences of `relative` for the script, by name of their data- attribute."""
    names = ("in", "ago", "late")
    words = {"now": _("now"), "just-now": _("just now")}
    for unit, texts in _spans(_language()).items():
        words |= {f"{name}-{unit}": text for name, text in zip(names, texts, strict=True)}
    return words


def level(deadline: datetime | None, zone: tzinfo, now: datetime) -> Level:
    """How near a deadline is: late, soon (within four hours), today, later; "" where there is none."""
    if deadline is None:
        return ""
    if deadline <= now:
        return "late"
    if deadline - now <= SOON:
        return "soon"
    return "today" if deadline.astimezone(zone).date() == now.astimezone(zone).date() else "later"

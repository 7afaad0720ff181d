"""The period that the figures' address asks for, in days of the shop, and the one just before it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice import shop
from orders.filters import shown
from orders.ports import Span

LENGTHS = {"7": 7, "30": 30, "90": 90, "365": 365}
USUAL = "30"
LONGEST = 731  # days at once
DAY = timedelta(days=1)
LABELS = {
    "7": gettext_lazy("7 days"),
    "30": gettext_lazy("30 days"),
    "90": gettext_lazy("90 days"),
    "365": gettext_lazy("365 days"),
    "month": gettext_lazy("This month"),
    "last-month": gettext_lazy("Last month"),
}


@dataclass(frozen=True)
class Period:
    """`word`: how the address names it, "" for days that were chosen one by one. Both spans include their last day."""

    word: str
    span: Span
    before: Span
    complaints: tuple[str, ...] = field(default=())

    @property
    def days(self) -> int:
        return (self.span.ends - self.span.begins).days + 1


def read(query: Mapping[str, Any], today: date) -> Period:
    """The period an address asks for; whatever makes no sense is complained about and is the usual one."""
    word = str(query.get("period", "")).strip()
    asked = [str(query.get(name, "")).strip() for name in ("from", "to")]
    if any(asked) and word in ("", "days"):
        return _chosen(asked, today)
    if word and word not in LABELS:
        complaint = _("Period: “%(value)s” is not known and was ignored.") % {"value": shown(word)}
        return _named(USUAL, today, (complaint,))
    return _named(word or USUAL, today)


def span(begins: date, ends: date) -> Span:
    return Span(begins, ends, shop.begins(begins), shop.begins(ends + DAY))


def last(days: int, today: date) -> Span:
    """So many days, today the last of them."""
    return span(today - (days - 1) * DAY, today)


def address(period: Period, **more: str) -> str:
    """The query string of a period with an account and a channel, "?" included."""
    days = {"from": period.span.begins.isoformat(), "to": period.span.ends.isoformat()}
    pairs = ({"period": period.word} if period.word else days) | more
    return "?" + urlencode([(name, value) for name, value in pairs.items() if value])


def _named(word: str, today: date, complaints: tuple[str, ...] = ()) -> Period:
    if days := LENGTHS.get(word):
        return Period(word, last(days, today), last(days, today - days * DAY), complaints)
    first = today.replace(day=1)
    if word == "month":  # as many days of the month before, as far as it has them
        former = (first - DAY).replace(day=1)
        return Period(word, span(first, today), span(former, min(former + (today - first), first - DAY)), complaints)
    ends = first - DAY
    former = ends.replace(day=1) - DAY
    return Period(word, span(ends.replace(day=1), ends), span(former.replace(day=1), former), complaints)


def _chosen(asked: list[str], today: date) -> Period:
    days: list[date] = []
    for value in asked:
        try:
            day = date.fromisoformat(value) if value else today
        except ValueError:
            day = date.min
        if not 2000 <= day.year <= 2100:
            said = _("Period: “%(value)s” is no day and was ignored. A day looks like 2026-11-24.")
            return _named(USUAL, today, (said % {"value": shown(value)},))
        days.append(day)
    begins, ends = min(days), max(days)
    complaints: tuple[str, ...] = ()
    if (ends - begins).days >= LONGEST:
        begins = ends - (LONGEST - 1) * DAY
        complaints = (_("Period: at most %(days)s days are counted at once.") % {"days": LONGEST},)
    length = ends - begins + DAY
    return Period("", span(begins, ends), span(begins - length, begins - DAY), complaints)

"""The history of gestures: filters in the address, sums that open their rows, and the same rows as a file."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from backoffice import shop, typography, wording
from backoffice.models import SellerAccount
from backoffice.pages import page
from fulfilment import gestures as history
from fulfilment import sheets
from fulfilment.gestures import ELSEWHERE, GROUPS, Row, Wanted
from orders import scope, words
from orders.queries import PAGE, Sorting, key_of, unkey
from orders.statistics import period
from orders.statistics.period import Period

CREATED = Sorting("", "created_at", descending=True)
NONE = "-"  # stands in an address for a reason or currency that was not told
LONGEST = 50_000  # rows of a file
GROUP_WORDS = {
    "given": gettext_lazy("Given"),
    "waiting": gettext_lazy("Waiting"),
    "rejected": gettext_lazy("Turned down"),
    "taken back": gettext_lazy("Taken back"),
}


@dataclass(frozen=True)
class Asked:
    """What the address asks for, in the person's scope."""

    wanted: Wanted
    period: Period
    account: str
    among: list[SellerAccount]

    def address(self, **more: str) -> str:
        """This list's address, with other filters; an empty one takes a filter away."""
        wanted = self.wanted
        pairs = {
            "account": self.account, "state": wanted.group, "person": wanted.person, "channel": wanted.channel,
            "reason": _told(wanted.reason), "currency": _told(wanted.currency),
        }  # fmt: skip
        return reverse("fulfilment:gestures") + period.address(self.period, **(pairs | more))


@require_safe
def gestures(request: HttpRequest) -> HttpResponse:
    """The gestures asked for in a period, here or elsewhere, newest first."""
    asked = _asked(request)
    key = unkey(request.GET.get("after", "")[:200])
    found = history.rows(asked.wanted, key, PAGE + 1)
    sums = history.sums(replace(asked.wanted, group="", currency=None))
    older = key_of(_placed(found[PAGE - 1]), CREATED) if len(found) > PAGE else ""
    slugs = {account.pk: account.slug for account in asked.among}
    return page(
        request,
        "fulfilment/gestures.html",
        {
            "rows": [(row, slugs[row.account]) for row in found[:PAGE]],
            "sums": _sums(asked, sums),
            "older": asked.address() + f"&after={older}" if older else "",
            "newest": asked.address() if key else "",
            "every": scope.person(request).has_perm("fulfilment.every_gesture"),
            "file": asked.address().replace(reverse("fulfilment:gestures"), reverse("fulfilment:gestures-file")),
            "here": reverse("fulfilment:gestures"),
            "said": typography.days(asked.period.span.begins, asked.period.span.ends),
            "period": asked.period,
            "periods": [
                {"value": word, "label": label, "checked": word == asked.period.word}
                for word, label in period.LABELS.items()
            ],
            "period_active": period.LABELS.get(asked.period.word, ""),
            "menus": _menus(request, asked),
            "complaints": asked.period.complaints,
        },
    )


@require_safe
def file(request: HttpRequest) -> StreamingHttpResponse:
    """The rows of the list as a table for a spreadsheet, without the customer."""
    asked = _asked(request)
    answer = StreamingHttpResponse(_written(asked), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="gestures.csv"'
    return answer


def _written(asked: Asked) -> Iterator[str]:
    """Line by line, read a page at a time: its memory does not grow with the rows."""
    writer = csv.writer(_Echo())
    head = (
        _("Order"), _("Account"), _("Asked"), _("Amount"), _("Currency"), _("Reason"), _("Details"), _("State"),
        _("Asked by"), _("Confirmed by"), _("Decided"), _("Marketplace's words"), _("Note for the team"),
    )  # fmt: skip
    yield "\ufeff" + writer.writerow(head)
    names = {account.pk: account.name for account in asked.among}
    key, written = None, 0
    while written < LONGEST and (found := history.rows(asked.wanted, key, 500)):
        for row in found:
            yield writer.writerow([sheets.safe(cell) for cell in _cells(row, names)])
        written, key = written + len(found), (found[-1].created_at, found[-1].pk)


def _cells(row: Row, names: Mapping[int, str]) -> Iterable[str]:
    zone = shop.zone()
    amount = "" if row.amount is None else f"{row.amount:.2f}"
    decided = f"{row.decided_at.astimezone(zone):%Y-%m-%d %H:%M}" if row.decided_at else ""
    asked = f"{row.created_at.astimezone(zone):%Y-%m-%d %H:%M}"
    reason = str(words.GESTURE_REASONS.get(row.reason, row.reason))
    state = str(wording.word(row.word, row.kind).label)
    return (
        row.number, names[row.account], asked, amount, row.currency, reason, row.details, state, row.who,
        row.confirmed_by, decided, row.said, row.note,
    )  # fmt: skip


class _Echo:
    """Gives back what the writer writes: a line for the answer's stream."""

    def write(self, line: str) -> str:
        return line


def _asked(request: HttpRequest) -> Asked:
    user, among = scope.person(request), scope.accounts(request)
    chosen = period.read(request.GET, shop.day_of(timezone.now()))
    given = {name: request.GET.get(name, "")[:100].replace("\0", "") for name in _NAMES}
    slug = given["account"] if given["account"] in {account.slug for account in among} else ""
    wanted = Wanted(
        accounts=[account.pk for account in among if slug in ("", account.slug)],
        since=chosen.span.since,
        until=chosen.span.until,
        group=given["state"] if given["state"] in GROUPS else "",
        person=given["person"] if given["person"].isdecimal() or given["person"] == ELSEWHERE else "",
        reason=_asked_for(given["reason"]),
        currency=_asked_for(given["currency"]),
        channel=given["channel"],
        mine=None if user.has_perm("fulfilment.every_gesture") else user.pk,
    )
    return Asked(wanted, chosen, slug, among)


_NAMES = ("account", "state", "person", "reason", "currency", "channel")


def _asked_for(value: str) -> str | None:
    return "" if value == NONE else value or None


def _told(value: str | None) -> str:
    return NONE if value == "" else value or ""


def _sums(asked: Asked, sums: list[tuple[str, str, int, Any]]) -> list[dict[str, Any]]:
    """What was given, waits and was turned down, each currency by itself, with the list of its rows."""
    return [
        {
            "label": GROUP_WORDS[group],
            "count": count,
            "amount": amount,
            "currency": currency,
            "url": asked.address(state=group, currency=_told(currency)),
            "current": asked.wanted.group == group and asked.wanted.currency in (None, currency),
        }
        for name in GROUPS
        for group, currency, count, amount in sums
        if group == name
    ]


def _menus(request: HttpRequest, asked: Asked) -> list[dict[str, Any]]:
    wanted = asked.wanted
    among = replace(wanted, group="", person="", reason=None, currency=None)
    occurring = {reason or NONE: str(words.GESTURE_REASONS.get(reason, reason or "–"))
                 for reason in history.reasons(among)}  # fmt: skip
    options: list[tuple[str, str, Mapping[str, Any], str]] = [
        ("state", _("State"), {"": _("Every state"), **GROUP_WORDS}, wanted.group),
        ("reason", _("Reason"), {"": _("Every reason"), **occurring}, _told(wanted.reason)),
    ]
    if wanted.mine is None:
        people = {"": _("Everybody"), **dict(history.people(among)), ELSEWHERE: _("Made elsewhere")}
        options.append(("person", _("Person"), people, wanted.person))
    if len(asked.among) > 1:
        accounts = {"": _("Every account"), **{account.slug: account.name for account in asked.among}}
        options.append(("account", _("Account"), accounts, asked.account))
    return [
        {
            "name": name, "label": label, "active": choices.get(value, "") if value else "",
            "options": [{"value": word, "label": text, "checked": word == value} for word, text in choices.items()],
        }
        for name, label, choices, value in options
    ]  # fmt: skip


@dataclass(frozen=True)
class _Placed:
    """What a place in the list is made of."""

    created_at: Any
    pk: int


def _placed(row: Row) -> Any:
    return _Placed(row.created_at, row.pk)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The entries of the side bar about money given and documents, for whoever may open them."""
    user = scope.person(request)
    entries = (
        ("orders.gestures", _("Gestures"), reverse("fulfilment:gestures"), "g m", "gestures"),
        ("fulfilment.invoice", _("Invoices"), reverse("fulfilment:invoices"), "", "invoice"),
    )
    return [
        {
            "label": label, "url": url, "key": key, "icon": icon, "count": "",
            "current": request.path.startswith(url),
        }
        for right, label, url, key, icon in entries
        if user.has_perm(right)
    ]  # fmt: skip

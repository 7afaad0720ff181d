"""The history of gestures: filters in the address, sums that open their rows, and the same rows as a file."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from backoffice import typography
from backoffice.export_pages import ExportForm
from backoffice.export_pages import asked as asked_as_file
from backoffice.pages import page
from fulfilment import asked_gestures, exporting
from fulfilment import gestures as history
from fulfilment.asked_gestures import NONE, Asked, told
from fulfilment.gestures import ELSEWHERE, GROUPS
from orders import scope, words
from orders.queries import PAGE, place, unkey
from orders.statistics import period

GROUP_WORDS = {
    "given": gettext_lazy("Given"),
    "waiting": gettext_lazy("Waiting"),
    "rejected": gettext_lazy("Turned down"),
    "taken back": gettext_lazy("Taken back"),
}


@require_safe
def gestures(request: HttpRequest) -> HttpResponse:
    """The gestures asked for in a period, here or elsewhere, newest first."""
    asked = _asked(request, request.GET)
    key = unkey(request.GET.get("after", "")[:200])
    found = history.rows(asked.wanted, key, PAGE + 1)
    sums = history.sums(replace(asked.wanted, group="", currency=None))
    older = place(found[PAGE - 1].created_at, found[PAGE - 1].pk) if len(found) > PAGE else ""
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
            "list": asked.query(),
            "here": reverse("fulfilment:gestures"),
            "said": typography.days(asked.period.span.begins, asked.period.span.ends),
            "period": asked.period,
            "periods": [
                {"value": word, "label": label, "checked": word == asked.period.word}
                for word, label in period.LABELS.items()
            ],
            "period_active": period.LABELS.get(asked.period.word, ""),
            "menus": _menus(asked),
            "complaints": asked.period.complaints,
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HttpRequest) -> HttpResponse:
    """The rows of the list as a file."""
    if not scope.person(request).has_perm("orders.gestures"):
        raise PermissionDenied
    text = request.POST.get("list", request.GET.get("list", ""))[:2000]
    wanted = _asked(request, QueryDict(text.removeprefix("?")))
    query = wanted.query()
    chosen = [menu for menu in _menus(wanted) if menu["active"]]
    said = typography.days(wanted.period.span.begins, wanted.period.span.ends)
    context = {
        "title": _("Gestures"),
        "words": " · ".join([said, *(f"{menu['label']}{typography.colon()}{menu['active']}" for menu in chosen)]),
        "back": wanted.address(),
        "list": query,
    }
    form = ExportForm(request.POST if request.method == "POST" else None, user=scope.person(request))
    wishes = {"address": query.removeprefix("?")}
    return asked_as_file(request, "fulfilment/gestures_export.html", form, context, exporting.SOURCE, wishes)


def _asked(request: HttpRequest, query: QueryDict) -> Asked:
    return asked_gestures.read(query, scope.person(request), scope.accounts(request), timezone.now())


def _sums(asked: Asked, sums: list[tuple[str, str, int, Any]]) -> list[dict[str, Any]]:
    """What was given, waits and was turned down, each currency by itself, with the list of its rows."""
    return [
        {
            "label": GROUP_WORDS[group],
            "count": count,
            "amount": amount,
            "currency": currency,
            "url": asked.address(state=group, currency=told(currency)),
            "current": asked.wanted.group == group and asked.wanted.currency in (None, currency),
        }
        for name in GROUPS
        for group, currency, count, amount in sums
        if group == name
    ]


def _menus(asked: Asked) -> list[dict[str, Any]]:
    wanted = asked.wanted
    among = replace(wanted, group="", person="", reason=None, currency=None)
    occurring = {reason or NONE: str(words.GESTURE_REASONS.get(reason, reason or "–"))
                 for reason in history.reasons(among)}  # fmt: skip
    options: list[tuple[str, str, Mapping[str, Any], str]] = [
        ("state", _("State"), {"": _("Every state"), **GROUP_WORDS}, wanted.group),
        ("reason", _("Reason"), {"": _("Every reason"), **occurring}, told(wanted.reason)),
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

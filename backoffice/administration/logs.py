"""Who looked at whose data, and who exported what and why: for administrators, newest first, by person and order."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from backoffice.models import AccessLog, Export
from backoffice.pages import page

ROWS = 50
SHOWN = ("looks", "exports")


@require_safe
def logs(request: HttpRequest) -> HttpResponse:
    asked = {name: request.GET.get(name, "").strip()[:64] for name in ("show", "person", "order", "before")}
    show = asked["show"] if asked["show"] in SHOWN else "looks"
    found = _exports(asked) if show == "exports" else _looks(asked)
    before = asked["before"]
    if before.isascii() and before.isdigit() and len(before) < 19:
        found = found.filter(pk__lt=int(before))
    rows = list(found.order_by("-pk")[: ROWS + 1])
    shown = rows[:ROWS]
    context = {
        "show": show,
        "rows": shown,
        "person": asked["person"],
        "order": asked["order"],
        "tabs": [
            {"label": label, "url": _url(asked, show=name, before=""), "current": name == show}
            for name, label in zip(SHOWN, (_("Looks at orders"), _("Exports")), strict=True)
        ],
        "older": _url(asked, show=show, before=str(shown[-1].pk)) if len(rows) > ROWS else "",
        "newest": _url(asked, show=show, before="") if before else "",
    }
    return page(request, "settings/logs.html", context)


def _looks(asked: dict[str, str]) -> Any:
    rows = AccessLog.objects.select_related("account").defer("account__client_secret", "account__profile")
    if asked["order"]:
        rows = rows.filter(subject=asked["order"])
    return rows.filter(username=asked["person"]) if asked["person"] else rows


def _exports(asked: dict[str, str]) -> Any:
    rows = Export.objects.all()
    return rows.filter(username=asked["person"]) if asked["person"] else rows


def _url(asked: dict[str, str], **changed: str) -> str:
    pairs = [(name, value) for name, value in (asked | changed).items() if value]
    return f"{reverse('settings-logs')}?{urlencode(pairs)}"

"""One view, two answers: a browser gets the page, htmx gets its twin; and what the frame of every page shows."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django_htmx.http import trigger_client_event

Entries = Callable[[HttpRequest], list[dict[str, Any]]]
NAVIGATION: list[Entries] = []  # filled by the apps in ready(): the side bar's entries a person may open
LAST: list[Entries] = []  # entries that come after those of the apps
SETTINGS: list[Entries] = []  # the entries of the settings' front page: {url, icon, label, text}
BARS: list[Entries] = []  # red and striped bars on every page: {level, words}
FRESHNESS: list[Callable[[HttpRequest], dict[str, Any]]] = []  # how fresh and complete the mirror is


def twin(template: str) -> str:
    """`orders/detail.html` → `orders/_detail.html`."""
    folder, _, name = template.rpartition("/")
    return f"{folder}/_{name}"


def page(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """The page for a browser (and for htmx restoring history), its twin for htmx."""
    partial = request.htmx and not request.htmx.history_restore_request  # type: ignore[attr-defined]
    answer = render(request, twin(template) if partial else template, context, status=status)
    patch_vary_headers(answer, ["HX-Request"])
    return answer


def done(request: HttpRequest, url: str, event: str) -> HttpResponse:
    """A write ended well: the dialog closes and regions that listen refresh; a browser is sent on."""
    if request.htmx:  # type: ignore[attr-defined]
        return trigger_client_event(HttpResponse(status=204), event)
    return HttpResponseRedirect(url)


def plain_http(_request: HttpRequest) -> list[dict[str, Any]]:
    """The red bar of an installation that speaks plain http in a network it was told to trust."""
    if settings.ALLOW_PLAIN_HTTP != "lan":
        return []
    return [{"level": "danger", "words": _("This site is served over plain http: anyone on this network can read it.")}]


def _settings(request: HttpRequest) -> list[dict[str, Any]]:
    """The last entry of the side bar, for whoever may open something behind it."""
    if not any(entries(request) for entries in SETTINGS):
        return []
    url = reverse("settings")
    current = request.path.startswith(url) and request.path != reverse("settings-alerts")  # that has an entry
    return [{"label": _("Settings"), "url": url, "key": "", "icon": "settings", "count": "", "current": current}]


def frame(request: HttpRequest) -> dict[str, Any]:
    """The context of the frame; nothing of it for htmx, whose twins have no frame."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or getattr(request, "htmx", False):
        return {}
    return {
        "frame": {
            "nav": [entry for entries in (*NAVIGATION, *LAST, _settings) for entry in entries(request)],
            "bars": [bar for bars in BARS for bar in bars(request)],
            "freshness": next((tell(request) for tell in FRESHNESS), None),
        }
    }

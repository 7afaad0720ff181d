"""The front page of the settings: what this person may open, and nothing else."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from backoffice import pages


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    entries = [entry for some in pages.SETTINGS for entry in some(request)]
    return pages.page(request, "settings/index.html", {"entries": entries})


def entries(request: HttpRequest) -> list[dict[str, Any]]:
    """The pages of this package."""
    found = [
        (
            "backoffice.shop",
            "settings-shop",
            "settings",
            _("Shop"),
            _("Time zone, cut-off times, time to take back, limits, retention, alerts by e-mail"),
        ),
        (
            "backoffice.alerts",
            "settings-alerts",
            "warn",
            _("Alerts"),
            _("What needs a person now, and what was lately"),
        ),
        ("backoffice.users", "settings-users", "users", _("People"), _("Who is here, with which role and accounts")),
        (
            "backoffice.accounts",
            "settings-accounts",
            "lock",
            _("Seller accounts"),
            _("Addresses and credentials of the marketplace, what may be sent, practice"),
        ),
        (
            "backoffice.logs",
            "settings-logs",
            "audit",
            _("Logs"),
            _("Who looked at customers' data, who exported what and why, who changed what"),
        ),
    ]
    may = request.user.has_perm
    return [
        {"url": reverse(name), "icon": icon, "label": label, "text": text}
        for right, name, icon, label, text in found
        if may(right)
    ]

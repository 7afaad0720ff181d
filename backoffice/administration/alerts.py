"""The alerts that are open now, and those that closed lately: of one's role and one's accounts."""

from datetime import timedelta
from typing import Any, cast

from django.db.models import F, Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from backoffice import alerts
from backoffice.models import Alert, User
from backoffice.pages import page
from backoffice.roles import Role

SHOWN = timedelta(days=7)  # after it closed
MOST = 100


@require_safe
def open_alerts(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    scope = Q() if user.sees_every_account else Q(account=None) | Q(account__in=user.accounts.all())
    mine = Alert.objects.filter(scope).filter(Q(closed_at=None) | Q(closed_at__gt=timezone.now() - SHOWN))
    kinds = {kind for kind in mine.values_list("kind", flat=True).distinct() if concerns(kind, user)}
    found = (
        mine.filter(kind__in=kinds)
        .select_related("account")
        .order_by(F("closed_at").desc(nulls_first=True), "-opened_at")
    )
    shown = [_row(alert, user) for alert in found[:MOST]]
    context = {
        "open": [row for row in shown if row["alert"].closed_at is None],
        "closed": [row for row in shown if row["alert"].closed_at is not None],
    }
    return page(request, "settings/alerts.html", context)


def _row(alert: Alert, user: User) -> dict[str, Any]:
    url = alerts.place(alert, user) if alert.closed_at is None else ""
    return {"alert": alert, "name": alerts.name(alert), "words": alerts.words(alert), "url": url}


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """An entry of the side bar while something is open that concerns this person."""
    user = cast(User, request.user)
    standing = [(kind, account) for kind, account in alerts.standing() if concerns(kind, user)]
    if any(account for _kind, account in standing) and not user.sees_every_account:
        among = set(user.accounts.values_list("pk", flat=True))
        standing = [row for row in standing if row[1] is None or row[1] in among]
    url = reverse("settings-alerts")
    if not standing and request.path != url:
        return []
    return [
        {
            "label": _("Alerts"),
            "url": url,
            "key": "",
            "icon": "warn",
            "count": len(standing) or "",
            "current": request.path == url,
        }
    ]


def concerns(kind: str, user: User) -> bool:
    return Role(user.role) in alerts.concerned(kind)

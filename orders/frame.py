"""What the mirror adds to the frame of every page: its entries in the side bar, and how fresh and complete it is."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from backoffice import shop, typography
from orders import ports, scope, sync, words
from orders.filters import Filters, address


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The entries this person may open; the only count is of orders that wait for somebody's decision."""
    user = scope.person(request)
    view = request.GET.get("view", "")
    entries: list[dict[str, Any]] = []
    if user.has_perm("orders.support"):
        entries.append(
            {
                "label": _("Support"),
                "url": reverse("orders:support"),
                "key": "g s",
                "icon": "support",
                "count": ports.COUNTS["orders:support"](request) if "orders:support" in ports.COUNTS else "",
                "current": request.path == reverse("orders:support"),
            }
        )
    if user.has_perm("orders.view"):
        here = request.path.startswith(reverse("orders:list"))
        waiting = told(request).to_approve
        entries += [
            {
                "label": _("Approvals"),
                "url": reverse("orders:list") + address(Filters(view="to-approve")),
                "key": "g a",
                "icon": "approvals",
                "count": words.capped(waiting) if waiting else "",
                "current": here and view == "to-approve",
            },
            {
                "label": _("Orders"),
                "url": reverse("orders:list") + user.last_view,
                "key": "g o",
                "icon": "orders",
                "count": "",
                "current": here and view != "to-approve",
            },
        ]
    if user.has_perm("orders.statistics"):
        entries.append(
            {
                "label": _("Figures"),
                "url": reverse("orders:statistics"),
                "key": "g f",
                "icon": "figures",
                "count": "",
                "current": request.path.startswith(reverse("orders:statistics")),
            }
        )
    return entries


def settings(request: HttpRequest) -> list[dict[str, Any]]:
    """The settings that belong to the mirror."""
    if not scope.person(request).has_perm("orders.channels"):
        return []
    return [
        {
            "url": reverse("orders:channels"),
            "icon": "link",
            "label": _("Channels"),
            "text": _("What each sales channel can do, how that is known, and how our predictions turned out."),
        }
    ]


def practice(request: HttpRequest) -> list[dict[str, Any]]:
    """The striped bar of whoever sees a practice account; beside real ones it names them."""
    among = scope.accounts(request)
    unreal = [account.name for account in among if account.practice]
    if not unreal:
        return []
    said = _("Practice, nothing is real")
    if len(unreal) < len(among):
        said = f"{said} ({', '.join(unreal)})"
    return [{"level": "practice", "words": said}]


def fresh(request: HttpRequest) -> dict[str, Any]:
    """How old what is shown is, in words, and until when the mirror is complete. `seen` tells two answers apart."""
    state = told(request)
    zone = shop.zone()
    until = typography.clock(state.complete_until, zone) if state.complete_until else ""
    last = typography.clock(state.last, zone) if state.last else ""
    age = typography.relative(state.last, timezone.now()) if state.last else ""
    if not state.last:
        said = _("never read yet")
    elif state.level == "danger":
        said = _("last read %(age)s, new orders may be missing") % {"age": age}
    elif state.level == "warn":
        said = _("last read %(age)s") % {"age": age}
    else:
        said = _("up to date")
    if state.drift:
        said = _("%(words)s, counts differ") % {"words": said}
    seen = f"{state.level}|{last}|{until}|{state.waiting}|{said}"
    return {
        "level": "warn" if state.drift and state.level == "ok" else state.level,
        "time": last,
        "words": said,
        "complete_until": until,
        "waiting": state.waiting,
        "url": reverse("orders:sync"),
        "poll": f"{reverse('orders:freshness')}?{urlencode({'seen': seen})}",
        "seen": seen,
    }


def told(request: HttpRequest) -> sync.Freshness:
    """What the mirror says of itself, asked once a request."""
    known: sync.Freshness | None = getattr(request, "_told", None)
    if known is None:
        known = sync.freshness(scope.accounts(request))
        request._told = known  # type: ignore[attr-defined]
    return known

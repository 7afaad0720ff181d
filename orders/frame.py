"""What the mirror adds to the frame of every page: its entries in the side bar, and how fresh and complete it is."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from backoffice import shop, typography
from orders import queries, scope, sync, words
from orders.filters import Filters, address
from orders.queries import Matching


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The entries this person may open; the only count is of orders that wait for somebody's decision."""
    user = scope.person(request)
    view = request.GET.get("view", "")
    entries: list[dict[str, Any]] = []
    if user.has_perm("orders.view"):
        here = request.path.startswith(reverse("orders:list"))
        waiting = _waiting(request)
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
                "url": reverse("orders:list"),
                "key": "g o",
                "icon": "orders",
                "count": "",
                "current": here and view != "to-approve",
            },
        ]
    if user.has_perm("orders.sync"):
        entries.append(
            {
                "label": _("Sync"),
                "url": reverse("orders:sync"),
                "key": "g u",
                "icon": "sync",
                "count": "",
                "current": request.path.startswith(reverse("orders:sync")),
            }
        )
    return entries


def fresh(request: HttpRequest) -> dict[str, Any]:
    """How old what is shown is, in words, and until when the mirror is complete. `seen` tells two answers apart."""
    told = sync.freshness(scope.accounts(request))
    zone = shop.zone()
    until = typography.clock(told.complete_until, zone) if told.complete_until else ""
    last = typography.clock(told.last, zone) if told.last else ""
    age = typography.relative(told.last, timezone.now()) if told.last else ""
    if not told.last:
        said = _("never read yet")
    elif told.level == "danger":
        said = _("last read %(age)s, new orders may be missing") % {"age": age}
    elif told.level == "warn":
        said = _("last read %(age)s") % {"age": age}
    else:
        said = _("up to date")
    if told.drift:
        said = _("%(words)s, counts differ") % {"words": said}
    seen = f"{told.level}|{last}|{until}|{told.waiting}|{said}"
    return {
        "level": "warn" if told.drift and told.level == "ok" else told.level,
        "time": last,
        "words": said,
        "complete_until": until,
        "waiting": told.waiting,
        "url": reverse("orders:sync"),
        "poll": f"{reverse('orders:freshness')}?{urlencode({'seen': seen})}",
        "seen": seen,
    }


def _waiting(request: HttpRequest) -> int:
    known = getattr(request, "_to_approve", None)
    if known is None:
        among = [account.pk for account in scope.accounts(request)]
        (known,) = queries.counts(Matching(Filters(view="to-approve"), among, timezone.now()))
        request._to_approve = known  # type: ignore[attr-defined]
    return int(known)

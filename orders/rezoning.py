"""A new zone of the shop moves the days of all figures: a task counts them anew, and pages say so until then."""

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from backoffice import jobs, shop
from backoffice.models import Lease, SellerAccount
from orders import scope

JOB = "recount"
# Until every process has followed, orders may still be written with days of the former zone: count after that.
FOLLOWED = timedelta(seconds=2 * shop.KEPT)
_done_for: dict[str, datetime] = {}  # the choice that every account has followed, as far as this process knows


def follow(*, key: str, **_: Any) -> None:
    """The receiver of `shop.chosen`."""
    if key == "time_zone":
        for account in SellerAccount.objects.filter(active=True).defer("client_secret", "profile"):
            jobs.soon(JOB, account, wait=FOLLOWED)


def rebuilding() -> bool:
    """Whether figures of some active account still hold days of the former zone."""
    since = shop.chosen_at("time_zone")
    if since is None or _done_for.get(JOB) == since:
        return False
    names = [f"{JOB}:{pk}" for pk in SellerAccount.objects.filter(active=True).values_list("pk", flat=True)]
    done = Lease.objects.filter(name__in=names, started_at__gte=since + FOLLOWED, finished_at__gte=since + FOLLOWED)
    if done.count() < len(names):
        return True
    _done_for[JOB] = since
    return False


def bar(request: HttpRequest) -> list[dict[str, Any]]:
    """The bar over every page of whoever sees figures, while days are counted anew."""
    if not scope.person(request).has_perm("orders.view") or not rebuilding():
        return []
    words = _(
        "The shop's time zone was changed: the days of all figures are being counted anew. Until then they are mixed."
    )
    return [{"level": "info", "words": words}]

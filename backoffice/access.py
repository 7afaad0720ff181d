"""The access log: who looked at whose personal data. Written by the view that shows it, kept twelve months."""

from datetime import datetime
from typing import Protocol, cast

from django.http import HttpRequest
from django.utils.functional import Promise

from backoffice import jobs, shop
from backoffice.models import AccessLog, User

BATCH = 5_000
NAMES: dict[str, str | Promise] = {}  # what the views are called that show personal data; filled by the apps in ready()


class HasNumber(Protocol):
    """An order, as far as the log is concerned: this module stands below `orders`."""

    number: str
    account_id: int


def log(request: HttpRequest, order: HasNumber, view: str) -> None:
    """Note that the signed-in person saw personal data of `order` in `view` (the name of the page's URL, in NAMES)."""
    user = cast(User, request.user)
    AccessLog.objects.create(
        user=user, username=user.username, account_id=order.account_id, subject=order.number, view=view
    )


def forget(now: datetime) -> int:
    """Erase the looks whose time is over, some thousands at a time; how many went."""
    gone = 0
    while jobs.going_on():
        old = AccessLog.objects.filter(at__lt=now - shop.kept("access")).order_by("at").values("pk")[:BATCH]
        erased, _by_table = AccessLog.objects.filter(pk__in=old).delete()
        gone += erased
        if erased < BATCH:
            break
    return gone

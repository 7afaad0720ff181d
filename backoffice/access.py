"""The access log: who looked at whose personal data. Written by the view that shows it, kept twelve months."""

from typing import Protocol, cast

from django.http import HttpRequest

from backoffice.models import AccessLog, User


class HasNumber(Protocol):
    """An order, as far as the log is concerned: this module stands below `orders`."""

    number: str
    account_id: int


def log(request: HttpRequest, order: HasNumber, view: str) -> None:
    """Note that the signed-in person saw personal data of `order` in `view` (the name of the page's URL)."""
    user = cast(User, request.user)
    AccessLog.objects.create(
        user=user, username=user.username, account_id=order.account_id, subject=order.number, view=view
    )

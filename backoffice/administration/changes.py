"""What would change, before and after, shown before it is saved. It knows no model."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from backoffice.pages import page

CONFIRMED = "confirmed"
SECRET_ASKED = "secret_asked"  # noqa: S105  (a field's name)


@dataclass(frozen=True)
class Change:
    """One thing that would change, in words, a line each; `effect`: what it does, in a sentence or nothing."""

    label: str | Promise
    before: list[str]
    after: list[str]
    effect: str | Promise = ""


def confirmed(request: HttpRequest) -> bool:
    """Whether this was sent from the page that shows before and after."""
    return CONFIRMED in request.POST


def confirm(
    request: HttpRequest,
    heading: str | Promise,
    changes: list[Change],
    *,
    above: tuple[str, str | Promise],
    secret: str = "",
) -> HttpResponse:
    """The page of before and after, which sends the same once more. `above`: address and name of the page behind it.

    `secret`: a field that is not sent along but typed again, with a secret in it that no page holds.
    """
    left_out = {"csrfmiddlewaretoken", CONFIRMED, SECRET_ASKED, secret}
    typed = [(key, value) for key, values in request.POST.lists() if key not in left_out for value in values]
    context = {
        "heading": heading,
        "changes": changes,
        "typed": typed,
        "back": above[0],
        "above": above[1],
        "secret": secret,
    }
    return page(request, "settings/confirm.html", context)


def secret_missing(request: HttpRequest, secret: str) -> bool:
    """Whether the page of before and after asked for a secret again and got none."""
    return SECRET_ASKED in request.POST and not request.POST.get(secret)


def yes_or_no(value: Any) -> str:
    return _("yes") if value else _("no")

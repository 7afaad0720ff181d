"""The pack station: a page that takes one scan after the other; its command cards; and a slip scanned elsewhere."""

import secrets
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from backoffice import access, shop
from backoffice.pages import page
from backoffice.roles import HOMES, Role
from fulfilment import warehouse
from fulfilment.actions import order_url
from fulfilment.forms.asking import TOKEN
from fulfilment.station import codes, showing, steps
from fulfilment.station.cards import cards as command_cards
from fulfilment.station.desk import Desk
from fulfilment.views.shipment import LAST, last_carrier
from orders import scope
from orders.models import Order

TEMPLATE = "fulfilment/pack.html"


@require_http_methods(["GET", "HEAD", "POST"])
def pack(request: HttpRequest) -> HttpResponse:
    """What stands on the bench; a scan, a card or a key is a POST, and the server says what it led to."""
    if request.method != "POST":
        desk = Desk(
            steps.bench_of(warehouse.station(request)), scope.person(request), scope.accounts(request),
            last_carrier(request),
        )  # fmt: skip
        context = _context(desk)
        if request.htmx and request.GET.get("at") == context["screen"].at:  # type: ignore[attr-defined]
            return HttpResponse(status=204)
        return _shown(request, desk, context)
    token = request.POST.get(TOKEN, "")
    if not 16 <= len(token) <= 40 or "\0" in token:
        raise BadRequest("no token")
    desk = steps.take(
        warehouse.station(request), scope.person(request), scope.accounts(request), token=token,
        last=last_carrier(request), step=request.POST.get("step", "scan"),
        text=request.POST.get("text", ""), stop=request.POST.get("stop", ""),
    )  # fmt: skip
    if desk.carrier:
        request.session[LAST] = [desk.carrier, shop.day_of(timezone.now()).isoformat()]
    if request.htmx:  # type: ignore[attr-defined]
        return _shown(request, desk, _context(desk))
    return HttpResponseRedirect(reverse("fulfilment:pack"))


@require_safe
def cards(request: HttpRequest) -> HttpResponse:
    """The command cards, to be printed and cut out."""
    return page(request, "fulfilment/pack_cards.html", {"cards": command_cards()})


@require_POST
def slip(request: HttpRequest) -> HttpResponse:
    """A slip was scanned on another page: it lies on the bench of whoever packs; others get the order's page."""
    user, code = scope.person(request), codes.tidy(request.POST.get("code", ""))
    if HOMES[Role(user.role)] == "fulfilment:warehouse":
        steps.take(
            warehouse.station(request), user, scope.accounts(request), token=secrets.token_urlsafe(24), text=code,
            last=last_carrier(request),
        )  # fmt: skip
        return HttpResponseRedirect(reverse("fulfilment:pack"))
    pk = codes.slip(code)
    order = Order.objects.for_user(user).filter(pk=pk).select_related("account").first()
    if order is None:
        messages.warning(request, _("%(code)s is the slip of no order that is known here.") % {"code": code})
        return HttpResponseRedirect(reverse("home"))
    return HttpResponseRedirect(order_url(order))


def _shown(request: HttpRequest, desk: Desk, context: dict[str, Any]) -> HttpResponse:
    """The page. Whose name stands on it was looked at: once for each order that is opened, and for each page."""
    if context["screen"].who and (desk.opened or not request.htmx):  # type: ignore[attr-defined]
        access.log(request, desk.here, "fulfilment:pack")
    return page(request, TEMPLATE, context)


def _context(desk: Desk) -> dict[str, Any]:
    return {"screen": showing.screen(desk), "token": secrets.token_urlsafe(24), "bench": desk.bench.key}

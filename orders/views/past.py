"""The order's page as it was known at a moment (`?at=`), and what could be asked then. Nothing is sent from it."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Prefetch, prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from backoffice import shop
from backoffice.pages import page
from orders import moments, past, scope
from orders.models import Line, Order


def shown(request: HttpRequest, order: Order) -> HttpResponse:
    """The order at the moment that the address names; a sentence where it names none, or one too early."""
    prefetch_related_objects([order], Prefetch("lines", Line.objects.order_by("position")))
    account = {"account": order.account.slug}
    context: dict[str, Any] = {
        "order": order,
        "now_url": f"{order.get_absolute_url()}?{urlencode(account)}",
        "past_url": past_url(order),
        "zone": shop.zone().key,
    }
    try:
        moment = moments.read(request.GET["at"], timezone.now())
    except moments.NoMoment as error:
        context |= {"trouble": str(error), "asked": ""}
        return page(request, "orders/past.html", context, status=422)
    return page(request, "orders/past.html", context | _told(request, order, moment))


def past_url(order: Order) -> str:
    """The beginning of the address of a moment of this order."""
    return f"{order.get_absolute_url()}?{urlencode({'account': order.account.slug})}&at="


def _told(request: HttpRequest, order: Order, moment: datetime) -> dict[str, Any]:
    user = scope.person(request)
    then = past.past(order, user, moment)
    told: dict[str, Any] = {"moment": moment, "asked": moments.written(moment), "past": then}
    if then:
        known, start = then.known, past_url(order)
        told |= {
            "sheet": then,
            "order": then.order,
            "today": order,
            "entries": past.entries(order, user, moment),
            "earlier": start + moments.address(moments.before(known.synced_at)) if known.version > 1 else "",
            "later": start + moments.address(known.until) if known.until else "",
        }
    return told

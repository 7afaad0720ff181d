"""The pick list and the slips of some orders: looked at first, kept when they are printed, printed by the browser."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from backoffice.models import User
from backoffice.pages import page
from fulfilment.warehouse import picking
from fulfilment.warehouse.queue import Bucket
from orders import ports, scope, selection
from orders.lookup import TooSlow
from orders.models import Order


@require_http_methods(["GET", "HEAD", "POST"])
def pick(request: HttpRequest) -> HttpResponse:
    """What would be printed (GET); it is noted as printed, and the print page opens (POST)."""
    asked = request.POST if request.method == "POST" else request.GET
    chosen, bucket = _numbers(asked.getlist("o")), asked.get("bucket", "")
    orders = _orders(request, chosen, bucket)
    run = picking.run(orders, scope.person(request))
    if request.method == "POST":
        if not orders:
            messages.warning(request, _("None of these orders can be packed now."))
            return HttpResponseRedirect(reverse("fulfilment:pick"))
        which = picking.keep([sheet.order for sheet in run.sheets], scope.person(request))
        return HttpResponseRedirect(reverse("fulfilment:slips", args=[which]))
    context = {
        "run": run,
        "left_out": max(len(set(chosen)) - len(orders), 0),
        "most": picking.MOST,
        "empty": _("Another warehouse packs these orders: there is no slip of ours for them.")
        if bucket == Bucket.NOT_OURS
        else _("No order that must leave next waits to be packed."),
        "back": reverse("fulfilment:warehouse"),
    }
    return page(request, "fulfilment/pick.html", context)


@require_POST
def chosen(request: HttpRequest) -> HttpResponse:
    """What was ticked in the list of orders, on to the page that shows what would be printed."""
    try:
        found = selection.chosen(request, picking.MOST)
    except TooSlow:
        messages.warning(request, _("This view took too long to be read. Add a period or a status to it."))
        return HttpResponseRedirect(reverse("orders:list") + selection.view(request))
    query = urlencode([("o", pk) for pk, _account in found.orders[: picking.MOST]])
    return HttpResponseRedirect(f"{reverse('fulfilment:pick')}?{query}" if query else reverse("orders:list"))


def bar(user: User) -> list[ports.Bulk]:
    """The button below the orders list."""
    may = user.has_perm("fulfilment.queue")
    return [ports.Bulk("pick", _("Pick list"), "p", reverse("fulfilment:pick-chosen"))] if may else []


@require_http_methods(["GET", "HEAD"])
def slips(request: HttpRequest, which: UUID) -> HttpResponse:
    """The pick list and the slips as they are printed."""
    kept, run = picking.printed(which, scope.person(request))
    if not kept:
        raise Http404(_("These slips are not known here."))
    context: dict[str, Any] = {"run": run, "first": kept[0], "back": reverse("fulfilment:warehouse")}
    return page(request, "fulfilment/slips.html", context)


def _orders(request: HttpRequest, chosen: list[int], bucket: str) -> list[Order]:
    """The chosen orders, or else the first of the bucket, of what must leave next where none is named."""
    accounts, now = [account.pk for account in scope.accounts(request)], timezone.now()
    if chosen:
        return picking.ready(chosen, accounts, now)
    if bucket == Bucket.NOT_OURS:
        return []
    if bucket in Bucket.values:
        return picking.first(accounts, Bucket(bucket), now)
    late = picking.first(accounts, Bucket.LATE, now)
    return (late + picking.first(accounts, Bucket.NEXT, now))[: picking.MOST]


def _numbers(values: list[str]) -> list[int]:
    return [int(value) for value in values[:1000] if value.isascii() and value.isdigit() and len(value) < 18]

"""Reads an order by its number that is not known here yet: placed in the last minutes, or never read."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from backoffice.models import SellerAccount
from orders import filters, readings, scope, timeline
from orders.models import Order
from orders.views import row
from orders.views.detail import too_many


@require_http_methods(["GET", "HEAD", "POST"])
def look_up(request: HttpRequest, number: str) -> HttpResponse:
    """Asks for it (POST), and tells htmx what became of it: nothing yet (204), the order's page, or why there is none.

    A browser without scripts is sent to the list, to search again.
    """
    slug = request.GET.get("account", "")
    every = scope.accounts(request)
    among = [account for account in every if account.active and slug in ("", account.slug)]
    refused = _ask(request, number, among) if request.method == "POST" else ""
    if not request.htmx:  # type: ignore[attr-defined]
        return HttpResponseRedirect(reverse("orders:list") + filters.address(filters.Filters(text=number)))
    order = Order.objects.filter(number=number, account__in=every).select_related("account").first()
    if order:
        account = f"?account={order.account.slug}" if len(every) > 1 else ""
        return HttpResponseClientRedirect(row.order_url(number, account))
    context = told(number, among) | {"refused": refused, "number": number, "slug": slug}
    if context["waiting"] and request.method != "POST":
        return HttpResponse(status=204)
    return render(request, "orders/_look_up.html", context)


def told(number: str, among: Sequence[SellerAccount]) -> dict[str, Any]:
    """Whether the number is being read, and how its reading of the last minutes ended."""
    waiting, outcome = readings.looked_up([account.pk for account in among], number)
    return {"waiting": waiting, "outcome": timeline.OUTCOMES.get(outcome, outcome)}


def _ask(request: HttpRequest, number: str, among: Sequence[SellerAccount]) -> str:
    """Why it is not asked for now; nothing where it is. What a page without scripts shows is left for its next."""
    refused = ""
    for account in among:
        try:
            readings.ask_order(account, number, why="look-up", by=scope.person(request))
        except readings.TooMany as error:
            refused = too_many(error.wait)
            break
    if not request.htmx:  # type: ignore[attr-defined]
        if refused:
            messages.warning(request, refused)
        else:
            messages.info(request, _("%(number)s is being asked for. Search again in a moment.") % {"number": number})
    return refused

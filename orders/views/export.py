"""The page that asks for the orders list as a file: by order or by line, in which form, with or without customers."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from backoffice.export_pages import asked
from backoffice.models import Export, User
from orders import columns, exporting, filters, listing, ports, saved, scope, selection, words
from orders.forms import OrdersExportForm
from orders.lookup import TooSlow, bounded
from orders.selection import PASTED


@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HttpRequest) -> HttpResponse:
    user = scope.person(request)
    among = scope.accounts(request)
    around = scope.surroundings(among, timezone.now())
    text = request.POST.get("list", request.GET.get("list", "")) or selection.view(request)
    ticked: list[int] = []
    if "order" in request.POST and not request.POST.get("all"):
        ticked = [pk for pk, _account in selection.chosen(request, ports.MOST_AT_ONCE).orders]
    chosen = replace(selection.read(QueryDict(text.removeprefix("?")), request, among, around).filters, add_up=False)
    shown = columns.shown(chosen.columns, user, several=len(among) > 1)
    posted = request.POST if "kind" in request.POST else None  # else it is what the list sends
    form = OrdersExportForm(posted, user=user, personal=columns.CUSTOMER in shown)
    view = str(words.VIEWS[chosen.view])
    # what was searched is mostly a customer's name or address: the note says only that something was
    searched = [str(filters.LABELS["q"])] if chosen.text else []
    noted = [*(chip["label"] for chip in listing.chips(replace(chosen, text=""), around, among)), *searched]
    context = {
        "title": _("Orders"),
        "words": " · ".join([view, *(chip["label"] for chip in listing.chips(chosen, around, among))]),
        "noted": " · ".join([view, *noted]),
        "columns": columns.told(name for name in shown if name != columns.CUSTOMER),
        "back": saved.address(chosen),
        "list": filters.address(chosen),
        "ticked": [f"{pk}.0" for pk in ticked],
    }
    if ticked:
        told = ngettext("%(count)s order that was ticked", "%(count)s orders that were ticked", len(ticked))
        context["words"] = context["noted"] = told % {"count": words.grouped(len(ticked))}
    wishes: dict[str, Any] = {"address": filters.address(chosen).removeprefix("?"), "columns": list(shown)}
    if ticked:
        wishes["orders"] = ticked
    if chosen.pasted:
        wishes["numbers"] = request.session.get(PASTED, {}).get(chosen.pasted, ["-"])

    def count(wishes: dict[str, Any]) -> int:
        try:
            with bounded():
                return exporting.table(Export(owner=user, wishes=wishes, created_at=timezone.now())).total
        except TooSlow:
            return 0  # who writes the file counts without haste, and tells it in its place

    return asked(request, "orders/export.html", form, context, exporting.SOURCE, wishes, count)


def bar(user: User) -> list[ports.Bulk]:
    """The button below the orders list."""
    return [ports.Bulk("export", _("Export"), "e", reverse("orders:export"))] if user.has_perm("orders.export") else []

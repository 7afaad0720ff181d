"""The page that asks for the orders list as a file: by order or by line, in which form, with or without customers."""

from dataclasses import replace

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from backoffice.export_pages import asked
from orders import columns, exporting, filters, listing, saved, scope, selection, words
from orders.forms import OrdersExportForm
from orders.selection import PASTED


@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HttpRequest) -> HttpResponse:
    user = scope.person(request)
    among = scope.accounts(request)
    around = scope.surroundings(among, timezone.now())
    text = request.POST.get("list", request.GET.get("list", ""))
    chosen = replace(selection.read(QueryDict(text.removeprefix("?")), request, among, around).filters, add_up=False)
    shown = columns.shown(chosen.columns, user, several=len(among) > 1)
    posted = request.POST if request.method == "POST" else None
    form = OrdersExportForm(posted, user=user, personal=columns.CUSTOMER in shown)
    context = {
        "title": _("Orders"),
        "words": " · ".join(
            [str(words.VIEWS[chosen.view]), *(c["label"] for c in listing.chips(chosen, around, among))]
        ),
        "columns": columns.told(name for name in shown if name != columns.CUSTOMER),
        "back": saved.address(chosen),
        "list": filters.address(chosen),
    }
    wishes = {"address": filters.address(chosen).removeprefix("?"), "columns": list(shown)}
    if chosen.pasted:
        wishes["numbers"] = request.session.get(PASTED, {}).get(chosen.pasted, ["-"])
    return asked(request, "orders/export.html", form, context, exporting.SOURCE, wishes)

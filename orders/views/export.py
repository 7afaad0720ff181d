"""The page that asks for the orders list as a file: by order or by line, in which form, with or without customers."""

from dataclasses import replace

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from backoffice import exports
from backoffice.export_pages import asked_afresh
from backoffice.pages import page
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
    told = " · ".join([str(words.VIEWS[chosen.view]), *(c["label"] for c in listing.chips(chosen, around, among))])
    if form.is_valid() and exports.too_many(user):
        form.add_error(None, _("Several files are being written for you. Wait until they are ready."))
    if not form.is_valid():
        context = {
            "form": form,
            "words": told,
            "columns": columns.told(name for name in shown if name != columns.CUSTOMER),
            "back": saved.address(chosen),
            "list": filters.address(chosen),
        }
        return page(request, "orders/export.html", context, status=422 if form.errors else 200)

    def go_on(request: HttpRequest) -> HttpResponse:
        wishes = {
            "address": filters.address(chosen).removeprefix("?"),
            "per": form.cleaned_data["per"],
            "columns": list(shown),
        }
        if chosen.pasted:
            wishes["numbers"] = request.session.get(PASTED, {}).get(chosen.pasted, ["-"])
        kind, mark = form.cleaned_data["kind"], form.cleaned_data["mark"]
        exports.ask(user, exporting.SOURCE, told, wishes, kind=kind, mark=mark, reason=form.why)
        messages.success(request, _("The file is being written. It is kept for 24 hours."))
        return HttpResponseRedirect(reverse("exports"))

    return asked_afresh(request, bool(form.why), go_on)

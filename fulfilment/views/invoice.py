"""Invoices: one for an order, many by their names, and the orders that have none yet."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from backoffice import shop
from backoffice.models import SellerAccount
from backoffice.pages import page
from fulfilment import actions, bulk_invoices, uninvoiced
from fulfilment import invoices as files
from fulfilment.actions import asks
from fulfilment.bulk_invoices import MOST
from fulfilment.forms.invoice import TAKES, InvoiceForm
from fulfilment.models import Command
from fulfilment.outbox import switches
from fulfilment.verbs import invoice as verb_file
from octopia.contract.vocabulary import Verb
from orders import lifecycle, scope
from orders.models import Order
from orders.queries import PAGE, place, unkey

TOLD = 10  # files that are named in messages
TYPES = {"pdf": "application/pdf", "xml": "application/xml"}


@asks(Verb.INVOICE)
def invoice(request: HttpRequest, order: Order) -> HttpResponse:
    """Attach a file; what was attached before is shown, since a new one takes its place."""
    form = InvoiceForm(request.POST or None, request.FILES or None, order=order)
    if form.is_valid():
        verb_file.ask(order, form.invoice, by=scope.person(request), **form.asked)
        return actions.asked(request, order, _("The invoice for %(number)s is on its way.") % {"number": order.number})
    before = Command.objects.filter(order=order, kind=Verb.INVOICE, state__in=uninvoiced.DONE).order_by("-pk").first()
    context = {
        "order": order,
        "form": form,
        "before": before,
        "heading": actions.heading(Verb.INVOICE, order),
        "verdict": lifecycle.verdict(order, Verb.INVOICE),
        "hold": int(shop.hold(Verb.INVOICE).total_seconds()),
        "why_not": switches.why_not(order.account, Verb.INVOICE),
        "here": f"{request.path}?{urlencode({'account': order.account.slug})}",
        "back": actions.order_url(order),
    }
    return page(request, "fulfilment/invoice.html", context, status=422 if form.is_bound else 200)


@require_safe
def kept(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """The file of one upload, to be saved: never shown by the browser itself."""
    found = Command.objects.filter(account__in=scope.accounts(request), subject=number, kind=Verb.INVOICE, pk=pk)
    command = found.first()
    content = files.content(command.payload["sha256"]) if command else None
    if command is None or content is None:
        raise Http404(_("This file is not kept any more."))
    name = command.payload["name"]
    answer = HttpResponse(content, content_type=TYPES.get(name.rpartition(".")[2], "application/octet-stream"))
    answer["Content-Disposition"] = f'attachment; filename="{name.encode("ascii", "replace").decode()}"'
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
def invoices(request: HttpRequest) -> HttpResponse:
    """Many files, each with its verdict before anything is sent (POST, then POST again); who has none yet (GET)."""
    among = scope.accounts(request)
    context: dict[str, Any] = {"checked": [], "takes": f"{TAKES},.zip,application/zip", "among": among}
    status = 200
    if request.method == "POST" and "signed" in request.POST:
        return _send(request, among)
    if request.method == "POST":
        account = _account(request, among)
        uploads = request.FILES.getlist("files")
        if account and uploads:
            checked = bulk_invoices.check(uploads, account, scope.person(request))
            context["checked"] = checked
            context["ready"] = sum(bool(one.signed) for one in checked)
        else:
            context["complaint"], status = _("Choose at least one file."), 422
    return page(request, "fulfilment/invoices.html", context | _missing(request, among), status=status)


def _send(request: HttpRequest, among: list[SellerAccount]) -> HttpResponse:
    """What was checked becomes a batch, and its page follows it."""
    signed = request.POST.getlist("signed")[:MOST]
    batch, left = bulk_invoices.send(signed, scope.person(request), among)
    if batch is not None:
        for one in left[:TOLD]:
            messages.warning(request, _("%(file)s: %(why)s") % {"file": one.name, "why": one.why_not})
        return HttpResponseRedirect(reverse("fulfilment:batch", args=[batch.pk]))
    context = {"checked": left, "takes": f"{TAKES},.zip,application/zip", "among": among, "ready": 0}
    return page(request, "fulfilment/invoices.html", context | _missing(request, among), status=409)


def _account(request: HttpRequest, among: list[SellerAccount]) -> SellerAccount | None:
    slug = request.POST.get("account", "")
    return next((account for account in among if slug in ("", account.slug)), None)


def _missing(request: HttpRequest, among: list[SellerAccount]) -> dict[str, Any]:
    key = unkey(request.GET.get("after", "")[:200])
    found = uninvoiced.rows(among, key, PAGE + 1)
    here = reverse("fulfilment:invoices")
    older = f"{here}?after={place(found[PAGE - 1].placed_at, found[PAGE - 1].pk)}" if len(found) > PAGE else ""
    return {"missing": found[:PAGE], "older": older, "newest": here if key else ""}

"""The sync page: how complete the mirror is, what was set aside, what waits; and asking for readings by hand."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from backoffice import access, shop
from backoffice.models import SellerAccount
from backoffice.pages import page
from orders import readings, scope, standing
from orders.forms import PeriodForm
from orders.frame import fresh
from orders.models import Quarantine
from orders.views.detail import too_many


@require_http_methods(["GET", "HEAD"])
def sync(request: HttpRequest) -> HttpResponse:
    """Every account of the person's scope. A poll gets 204 while nothing changed."""
    among = scope.accounts(request)
    version = standing.version(among)
    if request.htmx and request.GET.get("seen") == version:  # type: ignore[attr-defined]
        return HttpResponse(status=204)
    return page(request, "orders/sync.html", _context(among, version) | {"form": _form(among)})


@require_GET
def freshness(request: HttpRequest) -> HttpResponse:
    """The poll of the sign in the frame: 204 while it would show the same."""
    shown = fresh(request)
    if request.GET.get("seen") == shown["seen"]:
        return HttpResponse(status=204)
    return render(request, "components/freshness.html", {"fresh": shown})


@require_http_methods(["GET", "HEAD"])
def quarantine(request: HttpRequest, pk: int) -> HttpResponse:
    """One record that could not be read, as it came; whoever looks at it is noted."""
    record = _record(request, pk)
    access.log(request, record, "orders:quarantine")
    return page(request, "orders/quarantine.html", {"record": record})


@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the order behind a record to be read again."""
    record = _record(request, pk)
    if not record.number:
        messages.warning(request, _("This record has no number: it is read again only when its page is."))
    else:
        try:
            readings.ask_order(record.account, record.number, why="quarantine", by=scope.person(request))
            messages.success(request, _("%(number)s will be read again.") % {"number": record.number})
        except readings.TooMany as error:
            messages.warning(request, too_many(error.wait))
    return HttpResponseRedirect(reverse("orders:sync"))


@require_POST
def period(request: HttpRequest) -> HttpResponse:
    """Ask for all orders created in some days to be read again; it waits for calls that nobody else needs."""
    among = scope.accounts(request)
    form = _form(among, request.POST)
    if not form.is_valid():
        context = _context(among, standing.version(among)) | {"form": form}
        return page(request, "orders/sync.html", context, status=422)
    values = form.cleaned_data
    account = next(account for account in among if account.slug == values["account"])
    readings.ask_period(
        account,
        shop.begins(values["begins"]),
        shop.begins(values["ends"] + timedelta(days=1)),
        why="person",
        by=scope.person(request),
    )
    messages.success(request, _("The period will be read again, as calls allow."))
    return HttpResponseRedirect(reverse("orders:sync"))


def _record(request: HttpRequest, pk: int) -> Quarantine:
    mine = [account.pk for account in scope.accounts(request)]
    record: Quarantine = get_object_or_404(Quarantine.objects.select_related("account"), pk=pk, account__in=mine)
    return record


def _form(among: list[SellerAccount], data: Any = None) -> PeriodForm:
    return PeriodForm(data, accounts=[(account.slug, account.name) for account in among])


def _context(among: list[SellerAccount], version: str) -> dict[str, Any]:
    return {"standings": standing.standings(among), "calls": standing.calls(among), "version": version}

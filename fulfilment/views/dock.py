"""The dock check: every label is scanned before the truck, and what is wrong stops the line until it was seen."""

import secrets
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from backoffice import shop
from backoffice.pages import page
from fulfilment import carriers, handover, loading, warehouse
from fulfilment import dock as check
from fulfilment.dock import Cart
from fulfilment.forms.asking import TOKEN
from fulfilment.known_parcels import NUMBER
from fulfilment.models import DockScan
from fulfilment.station import codes
from orders import scope
from orders.models import Order

SHOWN = 200  # rows of each list
MOST = 20  # orders of one number
LOADING = "dock"  # how far this session is


@require_http_methods(["GET", "HEAD", "POST"])
def dock(request: HttpRequest) -> HttpResponse:
    """Today's cart (GET); a scan, a card or a key (POST)."""
    kept = loading.read(request.session.get(LOADING))
    among, now = scope.accounts(request), timezone.now()
    if request.method == "POST":
        token = request.POST.get(TOKEN, "")
        if not 16 <= len(token) <= 40 or "\0" in token:
            raise BadRequest("no token")
        loading.take(
            kept, among, scope.person(request), now, token=token, step=request.POST.get("step", "scan"),
            text=request.POST.get("text", ""), stop=request.POST.get("stop", ""),
        )  # fmt: skip
        request.session[LOADING] = loading.written(kept)
        if not request.htmx:  # type: ignore[attr-defined]
            return HttpResponseRedirect(here(carrier_of(request)), status=303)
    whole = check.cart(among, shop.day_of(now))
    context = context_of(whole, carrier_of(request), here) | {
        "loading": kept,
        "bench": f"{warehouse.station(request)}:dock",
        "token": secrets.token_urlsafe(24),
        "day": shop.day_of(now),
        "printed": handover.of_cart(among, shop.day_of(now)),
    }
    answer = page(request, "fulfilment/dock.html", context)
    if request.method == "GET" and kept.told.signal:  # told once: it is no news when the page is opened again
        kept.told = loading.Told()
        request.session[LOADING] = loading.written(kept)
    return answer


@require_POST
def removal(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a label off the cart again."""
    scan = get_object_or_404(DockScan.objects.for_user(scope.person(request)), pk=pk)
    if scan.day != shop.day_of(timezone.now()):
        raise PermissionDenied
    scan.delete()
    messages.success(request, _("%(number)s is taken off the cart.") % {"number": scan.number})
    return HttpResponseRedirect(here(carrier_of(request)), status=303)


@require_safe
def declaration(request: HttpRequest) -> HttpResponse:
    """To the shipment of an order, by its number or its slip, with a number from the cart in its form; where two
    accounts hold the number, a page to choose from."""
    text = codes.tidy(request.GET.get("order", ""))
    number = carriers.tidy(request.GET.get("number", "").replace("\0", ""))[:NUMBER]
    orders = _orders(request, text)
    accounts = {order.account_id for order in orders}
    if not orders:
        messages.warning(request, _("No order with this number is known here."))
        return HttpResponseRedirect(here(""))
    if len(accounts) < len(orders):
        messages.warning(request, _("Several orders have this number: scan the slip of the one you mean."))
        return HttpResponseRedirect(here(""))
    if len(orders) > 1:
        return page(request, "orders/choose.html", {"orders": orders, "number": text, "here": request.path})
    query = urlencode({"account": orders[0].account.slug, "tracking": number})
    return HttpResponseRedirect(f"{reverse('fulfilment:shipment', args=[orders[0].number])}?{query}")


def _orders(request: HttpRequest, text: str) -> list[Order]:
    """The order of a slip; or those of a number, of the account that was chosen where one was."""
    chosen = request.GET.get("account", "")
    among = [account.pk for account in scope.accounts(request) if chosen in ("", account.slug)]
    mine = Order.objects.filter(account__in=among).select_related("account").order_by("account", "pk")
    if not text:
        return []
    if (pk := codes.slip(text)) is not None:
        return list(mine.filter(pk=pk))
    return list(mine.filter(number=text)[:MOST]) or list(mine.filter(channel_number=text)[:MOST])


def context_of(whole: Cart, chosen: str, address: Any) -> dict[str, Any]:
    """What a page shows of a cart, of one carrier where it is chosen; `address`: of the page, by the carrier."""
    found = whole.of(chosen) if chosen else whole
    return {
        "cart": found,
        "strange": found.strange[:SHOWN],
        "missing": found.missing[:SHOWN],
        "loaded": found.loaded[:SHOWN],
        "carrier": chosen,
        "sum": _sum(found),
        "tabs": [_tab("", len(whole.loaded), whole.declared, chosen, address(""))]
        + [_tab(name, *counts, chosen, address(name)) for name, counts in whole.carriers.items()],
        "here": address(chosen),
    }


def _sum(cart: Cart) -> dict[str, str]:
    if cart.meets:
        said = ngettext(
            "The one declared parcel is on the cart.", "All %(n)s declared parcels are on the cart.", cart.declared
        )
        return {"tone": "ok", "text": said % {"n": cart.declared}}
    if not cart.declared and not cart.strange:
        return {"tone": "info", "text": _("Nothing was declared since the last cart.")}
    parts = []
    if cart.missing:
        missing = len(cart.missing)
        parts.append(
            ngettext("%(n)s declared parcel is missing.", "%(n)s declared parcels are missing.", missing)
            % {"n": missing}
        )
    if cart.strange:
        strange = len(cart.strange)
        parts.append(
            ngettext("%(n)s on the cart is not declared.", "%(n)s on the cart are not declared.", strange)
            % {"n": strange}
        )
    return {"tone": "danger" if cart.strange else "warn", "text": " ".join(parts)}


def _tab(name: str, loaded: int, declared: int, chosen: str, url: str) -> dict[str, Any]:
    return {
        "label": name or _("Every carrier"),
        "count": f"{loaded}/{declared}",
        "url": url,
        "current": name == chosen,
        "tone": "" if loaded == declared else "warn",
    }


def carrier_of(request: HttpRequest) -> str:
    given = request.POST.get("carrier") or request.GET.get("carrier", "")
    return str(given).replace("\0", "")[:200]


def here(carrier: str, day: date | None = None) -> str:
    """The address of today's cart, or of a former one."""
    url = reverse("fulfilment:dock-cart", args=[day.isoformat()]) if day else reverse("fulfilment:dock")
    return url + (f"?{urlencode({'carrier': carrier})}" if carrier else "")

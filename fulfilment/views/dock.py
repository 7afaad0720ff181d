"""The dock check: every label is scanned before the truck; and the list that the driver signs."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from backoffice import shop, typography
from backoffice.pages import page
from fulfilment import carriers
from fulfilment import dock as check
from fulfilment.dock import Cart
from fulfilment.known_parcels import NUMBER
from fulfilment.models import DockScan
from orders import scope
from orders.models import Order

SHOWN = 200  # rows of each list
LAST = "dock-last"  # the session's last scan, [id, was it the first], shown once


@require_http_methods(["GET", "HEAD", "POST"])
def dock(request: HttpRequest) -> HttpResponse:
    """Today's cart (GET); a label was scanned (POST)."""
    last: tuple[DockScan, bool] | None = None
    if request.method == "POST":
        number = carriers.tidy(request.POST.get("number", "").replace("\0", ""))[:NUMBER]
        among = scope.accounts(request)
        if number and among:
            last = check.scan(number, among, scope.person(request), timezone.now())
        if not request.htmx:  # type: ignore[attr-defined]
            if last:
                request.session[LAST] = [last[0].pk, last[1]]
            return HttpResponseRedirect(_here(_carrier(request)), status=303)
    elif kept := request.session.pop(LAST, None):
        scan = DockScan.objects.for_user(scope.person(request)).filter(pk=kept[0]).first()
        last = (scan, bool(kept[1])) if scan else None
    return page(request, "fulfilment/dock.html", _context(request, last))


@require_POST
def removal(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a label off the cart again."""
    scan = get_object_or_404(DockScan.objects.for_user(scope.person(request)), pk=pk)
    if scan.day != shop.day_of(timezone.now()):
        raise PermissionDenied
    scan.delete()
    messages.success(request, _("%(number)s is taken off the cart.") % {"number": scan.number})
    return HttpResponseRedirect(_here(_carrier(request)), status=303)


@require_safe
def declaration(request: HttpRequest) -> HttpResponse:
    """To the shipment of an order, with a number from the cart in its form."""
    text = request.GET.get("order", "").replace("\0", "").strip()[:500]
    number = carriers.tidy(request.GET.get("number", "").replace("\0", ""))[:NUMBER]
    mine = Order.objects.filter(account__in=scope.accounts(request)).select_related("account")
    order = (mine.filter(number=text).first() or mine.filter(channel_number=text).first()) if text else None
    if order is None:
        messages.warning(request, _("No order with this number is known here."))
        return HttpResponseRedirect(_here(""))
    query = urlencode({"account": order.account.slug, "tracking": number})
    return HttpResponseRedirect(f"{reverse('fulfilment:shipment', args=[order.number])}?{query}")


@require_safe
def handover(request: HttpRequest) -> HttpResponse:
    """What is on the cart, a sheet for each carrier, with a line to sign on."""
    now = timezone.now()
    found = check.cart(scope.accounts(request), now)
    chosen = _carrier(request)
    names = [name for name in found.carriers if chosen in ("", name)]
    sheets = [(name, sorted(found.of(name).loaded, key=lambda parcel: parcel.number)) for name in names]
    context = {"sheets": [(name, parcels) for name, parcels in sheets if parcels], "now": now, "here": _here(chosen)}
    return page(request, "fulfilment/handover.html", context)


def _context(request: HttpRequest, last: tuple[DockScan, bool] | None) -> dict[str, Any]:
    whole = check.cart(scope.accounts(request), timezone.now())
    chosen = _carrier(request)
    found = whole.of(chosen) if chosen else whole
    return {
        "cart": found,
        "strange": found.strange[:SHOWN],
        "missing": found.missing[:SHOWN],
        "loaded": found.loaded[:SHOWN],
        "carrier": chosen,
        "told": _told(whole, last) if last else None,
        "sum": _sum(found),
        "tabs": [_tab("", len(whole.loaded), whole.declared, chosen)]
        + [_tab(name, loaded, declared, chosen) for name, (loaded, declared) in whole.carriers.items()],
        "here": _here(chosen),
        "handover": reverse("fulfilment:dock-handover") + (f"?{urlencode({'carrier': chosen})}" if chosen else ""),
    }


def _told(cart: Cart, last: tuple[DockScan, bool]) -> dict[str, str]:
    """What the scan just now means: tone and sound, title, sentence."""
    scan, first = last
    parcel = next((parcel for parcel in cart.loaded if parcel.scan and parcel.scan.pk == scan.pk), None)
    if parcel is None:
        return {
            "tone": "danger",
            "signal": "wrong",
            "title": _("%(number)s is not declared") % {"number": scan.number},
            "text": _("Take it off the cart, or declare it below."),
        }
    words = {"carrier": parcel.carrier, "order": parcel.order}
    if not first:
        at = typography.clock(scan.at, shop.zone())
        return {
            "tone": "info",
            "signal": "right",
            "title": _("%(number)s is on the cart already") % {"number": scan.number},
            "text": _("Scanned at %(time)s. %(carrier)s, order %(order)s.") % {**words, "time": at},
        }
    return {
        "tone": "ok",
        "signal": "finished" if cart.meets else "right",
        "title": _("%(number)s is on the cart") % {"number": scan.number},
        "text": _("%(carrier)s, order %(order)s.") % words,
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


def _tab(name: str, loaded: int, declared: int, chosen: str) -> dict[str, Any]:
    return {
        "label": name or _("Every carrier"),
        "count": f"{loaded}/{declared}",
        "url": _here(name),
        "current": name == chosen,
        "tone": "" if loaded == declared else "warn",
    }


def _carrier(request: HttpRequest) -> str:
    data = request.POST if request.method == "POST" else request.GET
    return data.get("carrier", "").replace("\0", "")[:200]


def _here(carrier: str) -> str:
    return reverse("fulfilment:dock") + (f"?{urlencode({'carrier': carrier})}" if carrier else "")

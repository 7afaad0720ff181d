"""Former carts, to be read again; and the lists that drivers sign, of today's cart and of former ones."""

from datetime import date
from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from backoffice import shop, typography
from backoffice.pages import page
from fulfilment import dock, handover
from fulfilment.views.dock import carrier_of, context_of, here
from orders import scope

FIRST = date(2000, 1, 1)  # no cart is older


@require_safe
def carts(request: HttpRequest) -> HttpResponse:
    """The days on which a cart was checked; `before`: the older ones."""
    today = shop.day_of(timezone.now())
    before = _day(request.GET["before"]) if "before" in request.GET else today
    among = scope.accounts(request)
    found = dock.former(among, min(before, today))
    url = reverse("fulfilment:dock-carts")
    last = found[-1].day if found else None
    older = f"{url}?before={last.isoformat()}" if last and dock.before(among, last) else ""
    newest = url if before < today else ""
    return page(request, "fulfilment/carts.html", {"carts": found, "older": older, "newest": newest})


@require_safe
def cart(request: HttpRequest, day: str) -> HttpResponse:
    """One former cart: what left, what stayed behind, what was on it undeclared."""
    when = _day(day)
    if when >= shop.day_of(timezone.now()):
        raise Http404(_("No cart was checked on this day."))
    whole = dock.cart(scope.accounts(request), when)
    printed = handover.of_cart(scope.accounts(request), when)
    if not whole.loaded and not whole.strange and not printed:
        raise Http404(_("No cart was checked on this day."))
    heading = _("Cart of %(day)s") % {"day": typography.days(when, when)}
    context = context_of(whole, carrier_of(request), partial(here, day=when))
    context |= {"day": when, "heading": heading, "printed": printed}
    return page(request, "fulfilment/cart.html", context)


@require_POST
def making(request: HttpRequest) -> HttpResponse:
    """Make the lists of a cart: they are noted as printed, and the print page opens."""
    now = timezone.now()
    today = shop.day_of(now)
    day = min(_day(request.POST["day"]), today) if "day" in request.POST else today
    carrier = carrier_of(request)
    run = handover.keep(scope.accounts(request), day, carrier, scope.person(request), now)
    if run is None:
        messages.warning(request, _("Nothing is on the cart."))
        return HttpResponseRedirect(here(carrier, None if day >= today else day))
    return HttpResponseRedirect(reverse("fulfilment:dock-handover", args=[run]))


@require_safe
def lists(request: HttpRequest, which: UUID) -> HttpResponse:
    """The lists as they are printed: a sheet for each carrier, with a line to sign on."""
    found = handover.printed(which, scope.accounts(request))
    if found is None:
        raise Http404(_("These lists are not known here."))
    past = found.day < shop.day_of(timezone.now())
    return page(request, "fulfilment/handover.html", {"printed": found, "here": here("", found.day if past else None)})


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if day < FIRST:
        raise Http404(_("No cart was checked on this day."))
    return day

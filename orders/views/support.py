"""The page of the telephone: one field for whatever the customer says, and the way to the order."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect, replace_url

from backoffice import sessions
from backoffice.models import SellerAccount
from backoffice.pages import page
from orders import filters, scope, search, support, words
from orders.filters import Filters
from orders.forms import NumbersForm
from orders.models import Order
from orders.views import row
from orders.views.look_up import told

LONGEST = 2000  # signs of what is typed


@require_http_methods(["GET", "HEAD"])
def look_up(request: HttpRequest) -> HttpResponse:
    """Results from the second sign; with `go`, which Enter and a paste send, one exact hit opens at once."""
    user, among = scope.person(request), scope.accounts(request)
    typed = request.GET.get("q", "")[:LONGEST].replace("\0", " ")
    context: dict[str, Any] = {"typed": typed, "form": NumbersForm(), "here": reverse("orders:support")}
    if len(typed.strip()) < support.LEAST:
        context |= {
            "matters": support.matters(user, among),
            "opened": support.opened(user, among, sessions.began(request)),
        }
    else:
        asked = scope.to_search(user, among)
        found = search.find(typed, asked, forgiving=True)
        if found.only and "go" in request.GET:
            return _go(request, found.only, among)
        context |= _answer(typed, found, support.hits(found.ids, typed, user, among, asked))
        if context["unknown"]:
            context |= told(context["unknown"], among)
    answer = page(request, "orders/support.html", context)
    if request.htmx:  # type: ignore[attr-defined]
        replace_url(answer, context["here"] + (f"?{urlencode({'q': typed})}" if typed else ""))
    return answer


def _go(request: HttpRequest, order: int, among: list[SellerAccount]) -> HttpResponse:
    number, slug = Order.objects.values_list("number", "account__slug").get(pk=order)
    url = row.order_url(number, f"?account={slug}" if len(among) > 1 else "")
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponseClientRedirect(url)
    return HttpResponse(status=302, headers={"Location": url})


def _answer(typed: str, found: search.Found, hits: list[support.Hit]) -> dict[str, Any]:
    """The hits, and what is said about them."""
    count = len(found.ids)
    nothing = not count and not found.failed and not found.short
    if not count and not nothing:
        said = ""
    elif found.more:
        said = _("More than %(count)s orders, the best %(shown)s shown. Type more to find the others.") % {
            "count": count,
            "shown": len(hits),
        }
    elif count > len(hits):
        said = _("%(count)s orders, the best %(shown)s shown") % {"count": count, "shown": len(hits)}
    elif count:
        said = ngettext("%(count)s order found", "%(count)s orders found", count) % {"count": words.grouped(count)}
    else:
        said = _("Nothing found.")
    numbers = search.several_numbers(search.split(typed))
    return {
        "found": found,
        "hits": hits,
        "said": said,
        "every": reverse("orders:list") + filters.address(Filters(text=typed)) if count > len(hits) or numbers else "",
        "unknown": search.split(typed)[0] if nothing and search.one_number(typed) else "",
        "searched": _searched() if nothing else "",
    }


def _searched() -> str:
    """What was searched, for somebody who found nothing: this page's roles leave no field out."""
    return _(
        "Searched: order, channel, parcel, gesture and cancellation numbers; names, e-mail, telephone, postcode, town"
        " and street; SKU, EAN, product words and notes."
    )

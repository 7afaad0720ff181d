"""The orders list: tabs, filters, the search's hits and the rows; its address is its state."""

import hashlib
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect, push_url

from backoffice.models import SellerAccount
from backoffice.pages import page
from orders import adding, columns, filters, listing, ports, queries, saved, scope, search, selection, words
from orders.filters import Filters
from orders.forms import NumbersForm
from orders.lookup import TooSlow, bounded
from orders.models import Order
from orders.queries import Matching
from orders.selection import PASTED
from orders.views import look_up, row

KEPT = 10
UNASKED = (
    "view",
    "pasted",
    "sort",
    "by",
    "outcome",
    "reason",
    "currency",
    "batch",
    "customer",
    "sum",
    "columns",
)  # no menu of the form asks for these


@require_http_methods(["GET", "HEAD", "POST"])
def orders(request: HttpRequest) -> HttpResponse:
    """The list (GET); a pasted list of numbers, kept in the session under a short name (POST)."""
    if request.method == "POST":
        return _paste(request)
    user = scope.person(request)
    among = scope.accounts(request)
    if "since" in request.GET and request.htmx:  # type: ignore[attr-defined]
        return _news(request, among)
    now = timezone.now()
    around = scope.surroundings(among, now)
    asked = selection.read(request.GET, request, among, around)
    wanted = [account for account in among if asked.filters.account in ("", account.slug)]
    found = selection.found(request, asked.filters, user, wanted)
    if found and found.only and not asked.filters.without("q").without("pasted").active():
        number, slug = Order.objects.values_list("number", "account__slug").get(pk=found.only)
        return _go(request, row.order_url(number, f"?account={slug}" if len(among) > 1 else ""))
    address = filters.address(asked.filters, after=asked.after, before=asked.before)
    if not request.htmx and not asked.complaints and "" in request.GET.dict().values():  # type: ignore[attr-defined]
        return redirect(reverse("orders:list") + address)  # a form names its empty fields too
    answer = page(request, "orders/list.html", _context(request, among, wanted, around, asked, found, now))
    if request.htmx:  # type: ignore[attr-defined]
        push_url(answer, reverse("orders:list") + address)
    return answer


def _go(request: HttpRequest, url: str) -> HttpResponse:
    """On to another page, also where only a region was asked for."""
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)  # type: ignore[attr-defined]


def _context(
    request: HttpRequest,
    among: Sequence[SellerAccount],
    wanted: Sequence[SellerAccount],
    around: scope.Surroundings,
    asked: filters.Asked,
    found: search.Found | None,
    now: datetime,
) -> dict[str, Any]:
    user = scope.person(request)
    chosen = asked.filters
    views = saved.beside(request, chosen, among, around, now)
    if not asked.complaints:
        saved.remember(user, chosen, views)
    ids = None if found is None else found.ids
    everywhere = [account.pk for account in wanted]
    matching = Matching(chosen, everywhere, now, ids)
    counted = around.counted(everywhere)
    complaints = list(asked.complaints)
    if chosen.sort.endswith("deadline") and not queries.sorts_by_deadline(chosen):
        complaints.append(_("Only open orders can be put in the order of their deadlines: choose “To ship” first."))
    try:
        with bounded() if chosen.walks() else nullcontext():
            rows = matching.page(asked.after, asked.before)
            added = adding.totals(matching) if chosen.add_up else None
            total = _total(chosen, matching, counted, ids) if added is None else sum(one.orders for one in added)
        slow = False
    except TooSlow:
        rows, total, slow, added = queries.Listing([], "", ""), 0, True, None
    address = filters.address(chosen)
    actions = [action for offers in ports.BULK for action in offers(user)]
    back = f"?from={quote(address.removeprefix('?'), safe='')}" if address else ""
    nothing = found is not None and not found.ids and not found.short
    unknown = search.split(chosen.text)[0] if nothing and search.one_number(chosen.text) else ""
    told, decide = columns.shown(chosen.columns, user, len(among) > 1), chosen.view == "to-approve"
    return {
        "rows": row.rows(rows.rows, user, among, back, told, pick=bool(actions), decide=decide) if rows.rows else "",
        "heads": row.heads(told, listing.sorts(chosen, matching.sorting), decide) if rows.rows else [],
        "columns": [
            {"name": name, "label": columns.COLUMNS[name].label, "checked": name in told}
            for name in columns.offered(user, len(among) > 1)
        ],
        "filters": chosen,
        "menus": listing.menus(chosen, around, among),
        "chips": listing.chips(chosen, around, among),
        "clear": filters.address(Filters(view=chosen.view, columns=chosen.columns)) or reverse("orders:list"),
        "tabs": listing.tabs(chosen, counted, views),
        "views": views,
        "newer": filters.address(chosen, before=rows.newer) if rows.newer else "",
        "older": filters.address(chosen, after=rows.older) if rows.older else "",
        "actions": actions if rows.rows else [],
        "token": uuid4().hex,
        "whole": listing.whole(len(rows.rows), total) if actions else "",
        "shown": listing.shown(len(rows.rows), total),
        "total": total,
        "added": None if added is None else listing.added_up(added, user),
        "kept": [
            (name, value)
            for name, given in filters.pairs(chosen).items()
            if name in UNASKED and given
            for value in ([given] if isinstance(given, str) else given)
        ],
        "complaints": complaints,
        "found": found,
        "hidden": listing.hidden(chosen, found, total),
        "slow": slow,
        "empty": None if rows.rows or slow else listing.emptiness(chosen, everywhere, now, ids, found),
        "prices": user.has_perm("orders.prices"),
        "view_name": words.VIEWS[chosen.view],
        "address": address,
        "news": filters.address(chosen, since=_since(around.version, now)),
        "form": NumbersForm(),
        "unsearched": listing.unsearched(user) if found else "",
        "here": reverse("orders:list"),
        "unknown": unknown,
        **(look_up.told(unknown, wanted) if unknown else {}),
        "placed": listing.placed(chosen),
        "placed_label": filters.LABELS[chosen.by or "placed"],
        "placed_active": words.PLACED.get(chosen.placed, "")
        or (listing.period(chosen) if "placed" in chosen.active() else ""),
        "amount_active": listing.amounts(chosen) if "amount" in chosen.active() else "",
    }


def _total(chosen: Filters, matching: Matching, counted: dict[str, int], ids: Sequence[int] | None) -> int:
    """How many orders the list holds; asked only where neither a tab nor the search has counted them."""
    filtering = [name for name in chosen.active() if name not in ("account", "q", "pasted")]
    if ids is None and filtering in ([], ["view"]):
        return counted[chosen.view]
    if ids is not None and not filtering:
        return len(ids)
    (total,) = queries.counts(matching)
    return total


def _since(version: datetime | None, now: datetime) -> str:
    return f"{version.isoformat() if version else ''}|{now.isoformat()}"


def _news(request: HttpRequest, among: Sequence[SellerAccount]) -> HttpResponse:
    """A poll: 204 while nothing changed, else how many of the list's orders are new or changed, and the way to them."""
    known, _bar, opened = request.GET["since"].partition("|")
    try:
        since = datetime.fromisoformat(known) if known else None
        then = datetime.fromisoformat(opened)
        if then.tzinfo is None or (since and since.tzinfo is None):
            raise ValueError("a time without a zone")
    except ValueError:
        return HttpResponse(status=204)
    newest = scope.version(among)
    if newest is None or newest == since:
        return HttpResponse(status=204)
    query = request.GET.copy()
    del query["since"]
    asked = selection.read(query, request, among).filters
    if asked.text or asked.pasted:
        return HttpResponse(status=204)
    wanted = [account.pk for account in among if asked.account in ("", account.slug)]
    later, new = Matching(asked, wanted, timezone.now()), Matching(asked, wanted, timezone.now())
    if since:
        later.narrow(changed_at__gt=since)
    new.narrow(**({"changed_at__gt": since} if since else {}), first_seen_at__gt=then)
    changed, fresh = queries.counts(later, new)
    if not changed:
        return HttpResponse(status=204)
    said = (
        ngettext("%(count)s new order", "%(count)s new orders", fresh)
        if fresh
        else ngettext("%(count)s order changed", "%(count)s orders changed", changed)
    ) % {"count": words.capped(fresh or changed)}
    return render(
        request, "orders/_news.html", {"words": said, "url": request.path + filters.address(asked), "news": ""}
    )


def _paste(request: HttpRequest) -> HttpResponse:
    """Keep a pasted list of numbers and go to the list that shows them."""
    form = NumbersForm(request.POST)
    if not form.is_valid():
        return page(request, "orders/numbers.html", {"form": form}, status=422)
    numbers: list[str] = form.cleaned_data["numbers"]
    name = hashlib.blake2b("\n".join(numbers).encode(), digest_size=6).hexdigest()
    kept: dict[str, list[str]] = request.session.get(PASTED, {})
    kept = {key: value for key, value in kept.items() if key != name}
    request.session[PASTED] = dict(list(kept.items())[-(KEPT - 1) :]) | {name: numbers}
    return HttpResponseRedirect(reverse("orders:list") + filters.address(Filters(pasted=name)))

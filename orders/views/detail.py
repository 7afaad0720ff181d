"""The order page, the poll that tells whether it changed, and the request to read it anew from the marketplace."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from backoffice import access, shop
from backoffice.models import User
from backoffice.pages import page
from orders import answers, asked, filters, notes, presence, queries, readings, scope, sheet, timeline, words
from orders.forms import NoteForm
from orders.models import CancellationRequest, Order, Reading
from orders.position import Position, position, view_of
from orders.views import past

TOLD = timedelta(minutes=2)  # how long the outcome of a reading stays on the page
SHOWS = ("", *timeline.ORIGINS)


@require_http_methods(["GET", "HEAD"])
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """One order, or as it was known at a moment; where two accounts hold the number, a page to choose from."""
    user, among = scope.person(request), scope.accounts(request)
    rows = sheet.found(number, scope.named(request))
    if not rows:
        raise Http404(_("No order with this number is known here. Search for it, or read it from the marketplace."))
    if len(rows) > 1:
        return page(request, "orders/choose.html", {"orders": rows, "number": number})
    order = rows[0]
    if request.GET.get("at"):
        return past.shown(request, order)
    shown = sheet.sheet(order, user)
    origin = request.GET.get("show", "")
    came_from = request.GET.get("from", "")
    view = view_of(came_from, among, user.has_perm("orders.prices"))
    place = position(order, view, among, timezone.now()) if came_from else None
    late = _lateness(order)
    context = {
        "sheet": shown,
        "order": order,
        "entries": timeline.entries(order, user, origin if origin in SHOWS else ""),
        "shows": _shows(request, order, origin),
        "back": reverse("orders:list") + filters.address(view),
        "back_label": _came(view, came_from),
        "place": _links(place, came_from, len(among)),
        "late": late,
        "due": order.deadline if order.status in queries.OPEN and not late else None,
        "notes": notes.shown(notes.of(order), user),
        "note_form": NoteForm(),
        "answer": answers.answer(shown) if user.has_perm("orders.support") else None,
        "past_url": past.past_url(order),
        "zone": shop.zone().key,
        "refresh_url": f"{reverse('orders:refresh', args=[order.number])}?{urlencode({'account': order.account.slug})}",
        **_told(order, shown.reading, order.version),
        **_others(order, user),
    }
    if asked.untold(order.lines.all(), sheet.cancellations(order)):
        readings.ask_cancellations(order.account, order.number)
    if shown.seen.personal:
        access.log(request, order, "orders:detail")
    return page(request, "orders/detail.html", context)


@require_GET
def state(request: HttpRequest, number: str) -> HttpResponse:
    """The poll of an open order page: 204 while nothing new is known, nor who else is there; a whole new page when what
    was asked for came."""
    order = scope.order(request, number)
    seen = request.GET.get("version", "")
    version = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else order.version
    told = _told(order, _last(order), version) | _others(order, scope.person(request))
    if "waiting" in request.GET and not told["waiting"]:
        answer = HttpResponse(status=204)
        answer["HX-Refresh"] = "true"
        return answer
    same = request.GET.get("others", "") == told["others_version"]
    if not told["waiting"] and not told["changed"] and same:
        return HttpResponse(status=204)
    return render(request, "orders/_state.html", {"order": order, **told})


@require_POST
def refresh(request: HttpRequest, number: str) -> HttpResponse:
    """Ask for this order to be read from the marketplace, by whoever has a call to spare; the page follows it."""
    order = scope.order(request, number)
    refused = ""
    try:
        readings.ask_order(order.account, order.number, why="person", by=scope.person(request))
        known = CancellationRequest.objects.filter(account=order.account_id, number=order.number)
        if asked.untold(order.lines.all(), list(known)):
            readings.ask_cancellations(order.account, order.number, since=readings.SAME)
    except readings.TooMany as error:
        refused = too_many(error.wait)
    if request.htmx:  # type: ignore[attr-defined]
        told = _told(order, _last(order), order.version) | _others(order, scope.person(request))
        told["refused"] = refused
        return render(request, "orders/_state.html", {"order": order, **told})
    if refused:
        messages.warning(request, refused)
    query = {"account": request.GET["account"]} if request.GET.get("account") else {}
    return HttpResponseRedirect(order.get_absolute_url() + (f"?{urlencode(query)}" if query else ""))


def too_many(wait: float) -> str:
    """The refusal of one request too many, with the wait."""
    return _("Too many readings were asked for. Try again in %(seconds)s seconds.") % {"seconds": max(1, round(wait))}


def _last(order: Order) -> dict[str, Any] | None:
    of_order = Reading.objects.filter(account=order.account_id, kind=Reading.Kind.ORDER, number=order.number)
    row = of_order.order_by("-asked_at").values("done_at", "outcome", "trouble").first()
    return row and {"done": row["done_at"], "outcome": row["outcome"], "trouble": row["trouble"]}


def _told(order: Order, last: dict[str, Any] | None, version: int) -> dict[str, Any]:
    """What the page says of its own age: a reading under way or just ended, and whether the order changed meanwhile."""
    done = last and last["done"]
    if isinstance(done, str):
        done = datetime.fromisoformat(done)
    waiting = last is not None and done is None
    fresh = bool(done and done > timezone.now() - TOLD)
    return {
        "waiting": waiting,
        "outcome": timeline.OUTCOMES.get(last["outcome"], last["outcome"]) if last and fresh else "",
        "trouble": last["trouble"] if last and (waiting or fresh) else "",
        "changed": order.version > version,
        "version": version,
        "refused": "",
    }


def _others(order: Order, user: User) -> dict[str, Any]:
    """Who else has the order open: told with what the page polls already."""
    others = presence.here(order, user)
    return {"others": others, "others_version": presence.version(others)}


def _shows(request: HttpRequest, order: Order, origin: str) -> list[dict[str, Any]]:
    """The filters of the timeline, as links that keep where the page came from."""
    labels = {"": _("All"), "marketplace": _("Marketplace"), "us": _("Our requests"), "person": _("People")}
    kept = {name: request.GET[name] for name in ("account", "from") if request.GET.get(name)}
    return [
        {
            "label": labels[show],
            "url": f"{order.get_absolute_url()}?{urlencode(kept | ({'show': show} if show else {}))}#timeline",
            "current": show == origin,
        }
        for show in SHOWS
    ]


def _links(place: Position | None, came_from: str, accounts: int) -> dict[str, Any] | None:
    if place is None:
        return None

    def link(to: tuple[str, str] | None) -> str:
        if to is None:
            return ""
        query = {"from": came_from} | ({"account": to[1]} if accounts > 1 else {})
        return f"{reverse('orders:detail', args=[to[0]])}?{urlencode(query)}"

    return {"place": place.place, "total": place.total, "newer": link(place.newer), "older": link(place.older)}


def _came(view: filters.Filters, came_from: str) -> str:
    """What the link back to the list says; nothing where the page was opened by itself."""
    if view.view:
        return str(words.VIEWS[view.view])
    return _("Search") if view.text else _("List") if came_from else ""


def _lateness(order: Order) -> str:
    """How the page warns of the deadline: late, soon, or nothing for an order that has none or has left."""
    if order.deadline is None or order.status not in queries.OPEN:
        return ""
    left = order.deadline - timezone.now()
    return "late" if left < timedelta(0) else "soon" if left < timedelta(hours=4) else ""

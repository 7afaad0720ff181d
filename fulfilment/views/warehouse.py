"""The queue, and what people do in it: pack the next, take one over, keep one back, send all when the truck is here."""

import secrets
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from backoffice.models import SellerAccount
from backoffice.pages import page
from fulfilment import frame
from fulfilment import warehouse as room_of
from fulfilment.forms.warehouse import HoldForm, TakeOverForm
from fulfilment.models import Command, State
from fulfilment.outbox import asking, switches
from fulfilment.outbox.refusals import NotNow
from fulfilment.station import steps
from fulfilment.warehouse import holds, queue, room
from fulfilment.warehouse.pace import pace
from fulfilment.warehouse.queue import Bucket, Departures
from octopia.contract.vocabulary import Verb
from orders import scope
from orders.models import Order


@require_http_methods(["GET", "HEAD"])
def warehouse(request: HttpRequest) -> HttpResponse:
    """One bucket of the queue; its address is its state. A poll gets 204 while nothing changed."""
    among = _chosen(request)
    accounts, now = [account.pk for account in among], timezone.now()
    version = queue.version(accounts, now)
    if "seen" in request.GET and request.htmx:  # type: ignore[attr-defined]
        if request.GET["seen"] == version:
            return HttpResponse(status=204)
        return render(request, "fulfilment/_warehouse_news.html", {"url": _here(request)})
    return page(request, "fulfilment/warehouse.html", _context(request, among, version))


@require_POST
def next_order(request: HttpRequest) -> HttpResponse:
    """Claim the first order that nobody packs, and lay it on the bench; what lies there already goes first."""
    among, token = [account.pk for account in _chosen(request)], secrets.token_urlsafe(24)
    key = room_of.station(request)
    if not steps.open_next(key, scope.person(request), scope.accounts(request), among, token):
        messages.info(request, _("Nothing is left to pack: the rest is packed by others, kept back or on its way."))
        return HttpResponseRedirect(reverse("fulfilment:warehouse"))
    return HttpResponseRedirect(reverse("fulfilment:pack"))


@require_http_methods(["GET", "HEAD", "POST"])
def claim(request: HttpRequest, number: str) -> HttpResponse:
    """Pack this order; whoever packs it now is told of in the form, and a reason is needed."""
    order, user, at = scope.order(request, number), scope.person(request), room_of.station(request)
    holder = room_of.claimed(order)
    others = holder is not None and (holder.user_id, holder.station) != (user.pk, at)
    form = TakeOverForm(request.POST if request.method == "POST" and others else None)
    if request.method == "POST":
        try:
            if others and form.is_valid():
                room_of.take_over(order, user, at, reason=form.cleaned_data["reason"])
                return _go(request, _url("fulfilment:shipment", order))
            if not others:
                room_of.claim(order, user, at)
                return _go(request, _url("fulfilment:shipment", order))
        except room_of.Claimed as error:  # somebody was quicker
            holder, form = error.holder, TakeOverForm()
    context = {"order": order, "holder": holder if others else None, "form": form, "heading": _heading(order)}
    context["back"] = reverse("fulfilment:warehouse")
    return page(request, "fulfilment/claim.html", context, status=422 if form.is_bound else 200)


@require_POST
def release(request: HttpRequest, number: str) -> HttpResponse:
    """Nobody packs it any more."""
    order = scope.order(request, number)
    room_of.release(order, scope.person(request), room_of.station(request))
    return HttpResponseRedirect(reverse("fulfilment:warehouse"))


@require_http_methods(["GET", "HEAD", "POST"])
def hold(request: HttpRequest, number: str) -> HttpResponse:
    """Keep an order back, or say what keeps it back and offer to release it."""
    order, user = scope.order(request, number), scope.person(request)
    standing = room_of.held(order)
    if request.method == "POST" and "release" in request.POST:
        if room_of.let_go(order, user):
            messages.success(request, _("%(number)s is in the queue again.") % {"number": order.number})
        return _go(request, reverse("fulfilment:warehouse"))
    form, why_not = HoldForm(request.POST or None), holds.declared(order)
    if form.is_valid():
        try:
            room_of.hold(order, user, reason=form.cleaned_data["reason"], until=form.until)
        except NotNow as error:
            why_not = str(error)
        else:
            messages.success(request, _("%(number)s is kept back.") % {"number": order.number})
            return _go(request, reverse("fulfilment:warehouse"))
    context = {
        "order": order,
        "form": form,
        "standing": holds.words(standing) if standing else "",
        "why_not": why_not,
        "missed": holds.missed(order, holds.tomorrow(timezone.now())),
        "heading": _("Keep %(number)s back") % {"number": order.number},
        "back": reverse("fulfilment:warehouse"),
    }
    status = 409 if why_not and form.is_bound else 422 if form.is_bound else 200
    return page(request, "fulfilment/kept.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def truck(request: HttpRequest) -> HttpResponse:
    """The truck is here: what is still on hold is sent now, after it was said how much that is, and what stays."""
    among, now = _chosen(request), timezone.now()
    accounts = [account.pk for account in among]
    waiting = Command.objects.filter(account__in=accounts, kind=Verb.SHIP, state=State.READY, held=True)
    leaving, stays = switches.sendable(waiting, now), room.staying(accounts, now)
    if request.method == "POST":
        ended = asking.end_holds(leaving, scope.person(request))
        said = ngettext("%(count)s shipment is sent now.", "%(count)s shipments are sent now.", ended)
        messages.success(request, said % {"count": ended})
        if stays:
            messages.warning(request, " ".join(stays))
        return _go(request, reverse("fulfilment:warehouse"))
    count = leaving.count()
    reasons = [frame.why_not(request, account, Verb.SHIP) for account in among]
    context = {
        "count": count,
        "blocked": waiting.count() - count,
        "reasons": sorted(filter(None, set(reasons))),
        "stays": stays,
        "names": [account.name for account in among] if len(scope.accounts(request)) > 1 else [],
        "back": reverse("fulfilment:warehouse"),
        "heading": _("The truck is here"),
    }
    return page(request, "fulfilment/truck.html", context)


def _context(request: HttpRequest, among: list[SellerAccount], version: str) -> dict[str, Any]:
    user, now = scope.person(request), timezone.now()
    accounts, slug = [account.pk for account in among], _slug(request)
    counts = queue.counts(accounts, now)
    wanted = request.GET.get("bucket", "")
    chosen = Bucket(wanted) if wanted in Bucket.values else room.first_with_rows(counts)
    ordered = queue.in_order(queue.bucket(chosen, accounts, now), now)
    listed = queue.page(ordered, request.GET.get("after", ""), request.GET.get("before", ""))
    due = counts[Bucket.LATE] + counts[Bucket.NEXT]
    deadline = None if listed.rows else queue.next_deadline(accounts, now)
    title, text = room.emptiness(chosen, deadline, now)
    return {
        "rows": room.rows(listed.rows, user, scope.accounts(request), now) if listed.rows else [],
        "tabs": room.tabs(chosen, counts, slug, now),
        "bucket": chosen,
        "ours": chosen is not Bucket.NOT_OURS,
        "summary": room.summary(counts, pace(accounts, due, Departures.of(now).next, now), now),
        "older": room.address(chosen, slug, after=listed.older) if listed.older else "",
        "newer": room.address(chosen, slug, before=listed.newer) if listed.newer else "",
        "shown": ngettext("%(shown)s of %(total)s order", "%(shown)s of %(total)s orders", counts[chosen])
        % {"shown": len(listed.rows), "total": counts[chosen]},
        "here": room.address(chosen, slug),
        "version": version,
        "several": len(scope.accounts(request)) > 1,
        "slug": slug,
        "empty": title,
        "empty_text": text,
    }


def _slug(request: HttpRequest) -> str:
    slug = request.GET.get("account", "")
    return slug if any(account.slug == slug for account in scope.accounts(request)) else ""


def _chosen(request: HttpRequest) -> list[SellerAccount]:
    """The accounts of this person, or the one that the address names."""
    return scope.named(request)


def _here(request: HttpRequest) -> str:
    query = request.GET.copy()
    query.pop("seen", None)
    return f"{reverse('fulfilment:warehouse')}?{query.urlencode()}"


def _url(name: str, order: Order) -> str:
    return f"{reverse(name, args=[order.number])}?account={order.account.slug}"


def _heading(order: Order) -> str:
    return _("Pack %(number)s") % {"number": order.number}


def _go(request: HttpRequest, url: str) -> HttpResponse:
    return HttpResponseClientRedirect(url) if request.htmx else HttpResponseRedirect(url)  # type: ignore[attr-defined]

"""Declare parcels: a page that is a dialog too, the words it fetches while one types, the search for a carrier."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice import shop
from backoffice.pages import page
from fulfilment import actions
from fulfilment.actions import asks
from fulfilment.carriers import tidy
from fulfilment.forms.shipment import (
    Declaration,
    ShipmentForm,
    Trouble,
    Typed,
    changed,
    filled_up,
    first_parcels,
    typed,
)
from fulfilment.known_parcels import NUMBER, listed, most_used, uses
from fulfilment.outbox import asking, switches
from fulfilment.packing import Packing, packing
from fulfilment.shipment_sheet import parcels_shown, search
from fulfilment.verbs import shipment as verb_file
from octopia.contract.vocabulary import Verb
from orders import lifecycle, scope
from orders.fields import sees
from orders.models import Order
from orders.statistics import price

TEMPLATE = "fulfilment/shipment.html"
LAST = "last_carrier"  # of this person, in the session: [label, the shop's day]


@asks(Verb.SHIP)
def shipment(request: HttpRequest, order: Order) -> HttpResponse:
    if request.method != "POST":
        return _page(request, order, ShipmentForm(order=order), _declaration(request, order, None))
    form = ShipmentForm(request.POST, order=order)
    given = typed(request.POST)
    declaration = _declaration(request, order, given)
    after = changed(given, declaration.packing, request.POST)
    if after is not None or "look" in request.POST:
        if after is not None:
            declaration = _declaration(request, order, after)
        return _page(request, order, form, declaration, focus="number" if after is not None else "send")
    troubles = [*declaration.troubles, *_repicked(given, declaration.parcels)]
    if not form.is_valid():
        form = ShipmentForm(order=order)
        troubles = [Trouble(0, "", _("This form is too old to be sent. Look at it once more, then send it."))]
    elif not troubles:
        troubles = [Trouble(caution.parcel, "number", caution.words) for caution in form.unseen(declaration)]
    if troubles:
        return _page(request, order, form, declaration, troubles)
    verb_file.ask(order, declaration.payload, by=scope.person(request), **form.asked)
    request.session[LAST] = [declaration.parcels[-1].carrier, shop.day_of(timezone.now()).isoformat()]
    return actions.asked(request, order, _("Shipment of %(number)s is on its way.") % {"number": order.number})


@asks(Verb.SHIP)
def look(request: HttpRequest, order: Order) -> HttpResponse:
    """What is to be told about a form that is being typed; it changes nothing. Posted, since it may be long."""
    given = typed(request.POST)
    context = _context(request, order, _declaration(request, order, given), before=given)
    return render(request, "fulfilment/_shipment_look.html", context)


@asks(Verb.SHIP)
def carriers(request: HttpRequest, order: Order) -> HttpResponse:
    """The carriers of the marketplace's list that a text is in, to choose from."""
    place = request.GET.get("parcel", "1")
    prefix = f"p{place}" if place.isascii() and place.isdigit() and len(place) < 3 else "p1"
    text = request.GET.get(f"{prefix}-q", "").replace("\0", "").strip()[:200]
    found = search(text, listed(order.account)) if text else []
    return render(request, "fulfilment/_carriers.html", {"prefix": prefix, "text": text, "found": found})


def _declaration(request: HttpRequest, order: Order, given: Sequence[Typed] | None) -> Declaration:
    """The parcels as typed, filled up by what their numbers tell; those to begin with where nothing was typed."""
    abilities = lifecycle.abilities(order.account_id, order.channel)
    lines = list(order.lines.select_related("address").order_by("position"))
    packed = packing(order, lines, abilities, lifecycle.left_before(order, lines))
    labels = listed(order.account)
    parcels = _first(request, packed) if given is None else given
    known = uses([parcel.number for parcel in parcels], order, scope.accounts(request))
    return Declaration(packed, labels, [filled_up(parcel, labels) for parcel in parcels], known)


def _first(request: HttpRequest, packed: Packing) -> list[Typed]:
    """The parcels to begin with; the first has the number that the address brings along, from the dock check."""
    parcels = first_parcels(packed, last_carrier(request))
    number = tidy(request.GET.get("tracking", "").replace("\0", ""))[:NUMBER]
    return [replace(parcels[0], number=number), *parcels[1:]] if number else parcels


def _repicked(given: Sequence[Typed], filled: Sequence[Typed]) -> list[Trouble]:
    """A carrier that the machine picked just now is shown before it is sent."""
    words = _("The number looks like one of %(carrier)s, which is chosen now. Look at it, then send.")
    return [
        Trouble(place, "carrier", words % {"carrier": after.carrier.strip()})
        for place, (before, after) in enumerate(zip(given, filled, strict=True), 1)
        if before.carrier != after.carrier
    ]


def last_carrier(request: HttpRequest) -> str:
    """The carrier that this person chose last, for the day."""
    label, day = request.session.get(LAST, ["", ""])
    return str(label) if day == shop.day_of(timezone.now()).isoformat() else ""


def _page(
    request: HttpRequest,
    order: Order,
    form: ShipmentForm,
    declaration: Declaration,
    troubles: Sequence[Trouble] = (),
    focus: str = "",
) -> HttpResponse:
    context = _context(request, order, declaration, troubles)
    context |= {"form": form, "focus": focus, "price": price.of_late_parcel(order, timezone.now())}
    return page(request, TEMPLATE, context, status=422 if troubles else 200)


def _context(
    request: HttpRequest,
    order: Order,
    declaration: Declaration,
    troubles: Sequence[Trouble] = (),
    before: Sequence[Typed] = (),
) -> dict[str, Any]:
    now, packed = timezone.now(), declaration.packing
    used = most_used(order, declaration.labels, now)
    due = asking.new_hold(Verb.SHIP, now, order.deadline, None)
    places = packed.places if sees(scope.person(request), order, now).address else {}
    return {
        "order": order,
        "packing": packed,
        "places": [address for address in places.values() if address] if len(packed.places) > 1 else [],
        "parcels": parcels_shown(declaration, used, now, troubles, before),
        "labels": declaration.labels,
        "room": len(declaration.parcels) < packed.room,
        "label": declaration.label,
        "behind": packed.behind(declaration.contents),
        "cautions": "\n".join(caution.key for caution in declaration.warnings),
        "troubles": troubles,
        "hold": round((due - now).total_seconds()),
        "why_not": switches.why_not(order.account, Verb.SHIP),
        "heading": actions.heading(Verb.SHIP, order),
        "back": actions.order_url(order),
    }

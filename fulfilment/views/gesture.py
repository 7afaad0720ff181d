"""The gesture dialog: what the channel and the order allow is fetched first and shown before anything is typed."""

from decimal import ROUND_DOWN, Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice import shop, typography
from backoffice.models import User
from backoffice.pages import page
from fulfilment import actions, choices, limits
from fulfilment.actions import asks
from fulfilment.forms.gesture import Bounds, GestureForm
from fulfilment.models import State
from fulfilment.outbox import switches
from fulfilment.outbox.refusals import Refused
from fulfilment.verbs import gesture as verb_file
from octopia.contract.vocabulary import Certainty, Verb
from orders import asked as requested
from orders import lifecycle, scope
from orders.lifecycle import Answer, Verdict
from orders.models import GestureRequest, Order
from orders.statistics import price
from orders.sums import CENT, order_sum


@asks(Verb.GESTURE)
def gesture(request: HttpRequest, order: Order) -> HttpResponse:
    try:
        configuration, amount = choices.gesture_configuration(order), choices.gesture_amount(order)
    except choices.Silent as error:
        return actions.silent(request, order, Verb.GESTURE, str(error))
    if not configuration.value["allowed"]:
        raise Refused(Verdict(Answer.REFUSED, "R45", Certainty.MEASURED, params={"channel": order.channel_name}))
    allowable, currency = amount.value
    if order.currency and order.currency != (configuration.value["currency"] or currency):
        raise Refused(Verdict(Answer.REFUSED, "R48", Certainty.DOCUMENTED))
    person = scope.person(request)
    of_order = GestureRequest.objects.filter(account=order.account_id, number=order.number)
    earlier = list(of_order.exclude(status=verb_file.REJECTED))
    bounds = _bounds(order, configuration.value, allowable, currency, person, earlier)
    form = GestureForm(request.POST or None, order=order, bounds=bounds, earlier=earlier)
    if form.is_valid():
        command = verb_file.ask(
            order,
            reason=form.cleaned_data["reason"],
            details=form.cleaned_data["details"].strip(),
            amount=form.cleaned_data["amount"],
            by=person,
            note=form.cleaned_data["note"],
            **form.asked,
        )
        choices.forget_amount(order)
        return actions.asked(request, order, _said(command.state, order))
    if "sum" in request.GET and request.method == "GET":
        told = _sum(order, form, request.GET) | {"beside": True}
        return render(request, "fulfilment/_gesture_sum.html", told)
    context = {
        "order": order,
        "form": form,
        "bounds": bounds,
        "earlier": requested.gestures(order),
        "known_at": min(configuration.at, amount.at),
        "heading": actions.heading(Verb.GESTURE, order),
        "verdict": lifecycle.verdict(order, Verb.GESTURE),
        "hold": int(shop.hold(Verb.GESTURE).total_seconds()),
        "why_not": switches.why_not(order.account, Verb.GESTURE),
        "here": f"{request.path}?{urlencode({'account': order.account.slug})}",
        **_sum(order, form, request.POST),
    }
    return page(request, "fulfilment/gesture.html", context, status=422 if form.is_bound else 200)


def _sum(order: Order, form: GestureForm, data: Any) -> dict[str, Any]:
    """What the button says: the amount, and whether a colleague confirms it."""
    amount, warning = form.typed(data)
    propose = amount is not None and amount > form.bounds.mine
    button = _("Give the gesture")
    if amount is not None:
        button = _("Propose %(amount)s") if propose else _("Give %(amount)s")
        button %= {"amount": typography.amount(amount, form.bounds.currency)}
    return {
        "button": button,
        "warning": warning,
        "propose": propose,
        "price": price.of_gesture(order, amount, timezone.now()),
        "back": actions.order_url(order),
    }


def _bounds(
    order: Order,
    configuration: dict[str, Any],
    allowable: Decimal,
    currency: str,
    person: User,
    earlier: list[GestureRequest],
) -> Bounds:
    """The bound that bites, in words: the channel's rate, its fixed amount, or what is left of them."""
    given = sum((request.amount for request in earlier), Decimal(0))
    total = order_sum(list(order.lines.all()), []).total
    rate, most = configuration["max_rate"], configuration["max_amount"]
    if given:
        why = _("%(given)s of it was given or is being decided.") % {"given": typography.amount(given, currency)}
    elif most is not None and allowable == most:
        why = _("that is the channel's limit for one order.")
    elif rate is not None and not verb_file.taken(order).exists():
        why = _("%(rate)s %% of %(total)s, nothing given yet.") % {
            "rate": typography.figure(rate) if rate % 1 else int(rate), "total": typography.amount(total, currency)
        }  # fmt: skip
    else:
        why = _("that is what the marketplace still allows on this order.")
    mine = min(shop.limit("gesture", person.role), limits.left_today(person, "gesture"))
    most = allowable.quantize(CENT, ROUND_DOWN)  # what is shown at most can be given
    return Bounds(most, why, currency, mine if currency == limits.CURRENCY else Decimal(0), given)


def _said(state: str, order: Order) -> str:
    if state == State.PROPOSED:
        return _("The gesture for %(number)s waits for a colleague.") % {"number": order.number}
    return _("The gesture for %(number)s is on its way.") % {"number": order.number}

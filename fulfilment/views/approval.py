"""Accept or refuse an order that waits for our decision: two dialogs, which are pages too."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from backoffice import shop
from backoffice.pages import page
from fulfilment import actions, deciding, frame
from fulfilment.actions import asks
from fulfilment.forms.approval import AcceptForm, RefuseForm
from fulfilment.verbs import approval as verb_file
from octopia.contract.vocabulary import Verb
from orders import lifecycle, scope
from orders.models import Order


@asks(Verb.ACCEPT)
def approval(request: HttpRequest, order: Order) -> HttpResponse:
    form = AcceptForm(request.POST or None, order=order)
    if form.is_valid():
        verb_file.ask(order, Verb.ACCEPT, by=scope.person(request), **form.asked)
        return actions.asked(request, order, _("Acceptance of %(number)s is on its way.") % {"number": order.number})
    return _page(request, order, Verb.ACCEPT, form)


@asks(Verb.REFUSE)
def refusal(request: HttpRequest, order: Order) -> HttpResponse:
    form = RefuseForm(request.POST or None, order=order, above=shop.choice("refuse_confirm_above"))
    if form.is_valid():
        verb_file.ask(order, Verb.REFUSE, by=scope.person(request), reason=form.why, **form.asked)
        return actions.asked(request, order, _("Refusal of %(number)s is on its way.") % {"number": order.number})
    return _page(request, order, Verb.REFUSE, form)


def _page(request: HttpRequest, order: Order, verb: Verb, form: AcceptForm | RefuseForm) -> HttpResponse:
    template = "fulfilment/approval.html" if verb is Verb.ACCEPT else "fulfilment/refusal.html"
    return page(request, template, _context(request, order, verb, form), status=422 if form.is_bound else 200)


def _context(request: HttpRequest, order: Order, verb: Verb, form: AcceptForm | RefuseForm) -> dict[str, Any]:
    return {
        "order": order,
        "lines": deciding.noted(order.lines.all()),
        "form": form,
        "heading": actions.heading(verb, order),
        "verdict": lifecycle.verdict(order, verb),
        "until": verb_file.deadline(order),
        "origin": shop.approval_origin(order.channel),
        "hold": int(shop.hold(verb).total_seconds()),
        "why_not": frame.why_not(request, order.account, verb),
        "prices": scope.person(request).has_perm("orders.prices"),
        "back": actions.order_url(order),
    }

"""The cancellation dialog: its reasons are fetched while it opens, and only codes of that answer are taken."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice import shop, typography
from backoffice.pages import page
from fulfilment import actions, choices, limits
from fulfilment.actions import asks
from fulfilment.forms.cancellation import LINES, CancellationForm, Sums, sums
from fulfilment.models import State
from fulfilment.outbox import switches
from fulfilment.outbox.refusals import Refused
from fulfilment.verbs import cancellation as verb_file
from octopia.contract.lifecycle import Ability
from octopia.contract.vocabulary import Status, Verb
from orders import lifecycle, scope
from orders.models import Line, Order
from orders.statistics import price

Judged = list[tuple[Line, lifecycle.Verdict]]


@asks(Verb.CANCEL)
def cancellation(request: HttpRequest, order: Order) -> HttpResponse:
    case = lifecycle.case(order)
    judged: Judged = [
        (line, case.judge(line, Verb.CANCEL)) for line in sorted(case.lines, key=lambda row: row.position)
    ]
    able = [line for line, verdict in judged if verdict.offered]
    whole = case.cancellation()
    by_line = case.abilities.verdict(Ability.LINE_CANCELLATION, order.channel_name)
    if not able or not (whole.offered or by_line.offered):
        raise Refused(whole)
    try:
        fetched = {status: _reasons(order, status) for status in {line.status for line in able}}
    except choices.Silent as error:
        return actions.silent(request, order, Verb.CANCEL, str(error))
    form = CancellationForm(
        request.POST or None,
        order=order,
        judged=judged,
        whole=whole,
        by_line=by_line.offered,
        reasons={status: known.value for status, known in fetched.items()},
    )
    if "sum" in request.GET and request.method == "GET":
        return render(request, "fulfilment/_cancellation_sum.html", _sums(request, order, form, request.GET))
    if form.is_valid():
        command = verb_file.ask(
            order,
            form.lines,
            whole_order=form.whole,
            by=scope.person(request),
            note=form.cleaned_data["note"],
            words=form.words,
            **form.asked,
        )
        return actions.asked(request, order, _said(command.state, order))
    context = {
        "order": order,
        "form": form,
        "heading": actions.heading(Verb.CANCEL, order),
        "verdict": _doubt(form, whole, by_line),
        "whole": whole,
        "by_line": by_line,
        "refusal": _refusal(request, case),
        "price": price.of_cancellation(order, timezone.now()),
        "known_at": min((known.at for known in fetched.values()), default=None),
        "hold": int(shop.hold(Verb.CANCEL).total_seconds()),
        "why_not": switches.why_not(order.account, Verb.CANCEL),
        "here": f"{request.path}?{urlencode({'account': order.account.slug})}",
        **_sums(request, order, form, request.POST),
    }
    return page(request, "fulfilment/cancellation.html", context, status=422 if form.is_bound else 200)


def _reasons(order: Order, status: str) -> choices.Fetched:
    """For a line that waits for a decision those of the order's own status: its own is one of lines alone."""
    return choices.cancellation_reasons(order, order.status if status == Status.CANCEL_REQUEST else status)


def _refusal(request: HttpRequest, case: lifecycle.Case) -> str:
    """Where an order that waits for our decision is refused instead; "" where it does not, or the role may not."""
    if not case.of_order(Verb.REFUSE).offered or not scope.person(request).has_perm("fulfilment.refuse"):
        return ""
    address = reverse("fulfilment:refusal", args=[case.order.number])
    return f"{address}?{urlencode({'account': case.order.account.slug})}"


def _doubt(form: CancellationForm, whole: lifecycle.Verdict, by_line: lifecycle.Verdict) -> lifecycle.Verdict:
    """What is not sure about what the form asks first."""
    return by_line if form.initial["scope"] == LINES and by_line.doubtful else whole


def _sums(request: HttpRequest, order: Order, form: CancellationForm, data: Any) -> dict[str, Any]:
    told = sums(form, data)
    over = limits.exceeded(scope.person(request), "cancel", told.refund, order.currency) if told.refunded else None
    button = _button(told, order, propose=over is not None)
    return {
        "order": order,
        "sums": told,
        "back_words": typography.amount(told.back, order.currency),
        "stays_words": typography.amount(told.stays, order.currency),
        "over": over,
        "button": button,
        "back": actions.order_url(order),
    }


def _button(told: Sums, order: Order, *, propose: bool) -> str:
    """What a press does: how many lines, and the amount where money goes back."""
    if not told.cancelled:
        return _("Cancel the chosen lines")
    if not told.refunded:
        said = ngettext("Cancel %(lines)s line", "Cancel %(lines)s lines", told.cancelled)
    elif propose:
        said = ngettext(
            "Propose to cancel %(lines)s line, refund %(amount)s",
            "Propose to cancel %(lines)s lines, refund %(amount)s",
            told.cancelled,
        )
    else:
        said = ngettext(
            "Cancel %(lines)s line, refund %(amount)s", "Cancel %(lines)s lines, refund %(amount)s", told.cancelled
        )
    return said % {"lines": told.cancelled, "amount": typography.amount(told.back, order.currency)}


def _said(state: str, order: Order) -> str:
    if state == State.PROPOSED:
        return _("The cancellation for %(number)s waits for a colleague.") % {"number": order.number}
    return _("The cancellation for %(number)s is on its way.") % {"number": order.number}

"""The cancellation dialog: its reasons are fetched while it opens, and only codes of that answer are taken."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from backoffice import shop
from backoffice.pages import page
from fulfilment import actions, choices, limits
from fulfilment.actions import asks
from fulfilment.forms.cancellation import CancellationForm, sums
from fulfilment.models import State
from fulfilment.outbox import switches
from fulfilment.outbox.refusals import Refused
from fulfilment.verbs import cancellation as verb_file
from octopia.contract.lifecycle import Ability
from octopia.contract.vocabulary import Verb
from orders import lifecycle, scope
from orders.models import Line, Order

Judged = list[tuple[Line, lifecycle.Verdict]]


@asks(Verb.CANCEL)
def cancellation(request: HttpRequest, order: Order) -> HttpResponse:
    case = lifecycle.case(order)
    judged: Judged = [(line, case.judge(line, Verb.CANCEL)) for line in sorted(case.lines, key=lambda row: row.position)]
    able = [line for line, verdict in judged if verdict.offered]
    whole = case.cancellation()
    by_line = case.abilities.verdict(Ability.LINE_CANCELLATION, order.channel_name)
    if not whole.offered and not by_line.offered:
        raise Refused(whole)
    try:
        fetched = {status: choices.cancellation_reasons(order, status) for status in {line.status for line in able}}
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
            **form.asked,
        )
        return actions.asked(request, order, _said(command.state, order))
    context = {
        "order": order,
        "form": form,
        "heading": actions.heading(Verb.CANCEL, order),
        "verdict": by_line if form.only == "lines" else whole,
        "whole": whole,
        "by_line": by_line,
        "known_at": min((known.at for known in fetched.values()), default=None),
        "hold": int(shop.hold(Verb.CANCEL).total_seconds()),
        "why_not": switches.why_not(order.account, Verb.CANCEL),
        "here": f"{request.path}?{urlencode({'account': order.account.slug})}",
        **_sums(request, order, form, request.POST),
    }
    return page(request, "fulfilment/cancellation.html", context, status=422 if form.is_bound else 200)


def _sums(request: HttpRequest, order: Order, form: CancellationForm, data: Any) -> dict[str, Any]:
    told = sums(form, data)
    over = limits.exceeded(scope.person(request), "cancel", told.back, order.currency) if told.refunded else None
    return {"order": order, "sums": told, "over": over, "back": actions.order_url(order)}


def _said(state: str, order: Order) -> str:
    if state == State.PROPOSED:
        return _("The cancellation for %(number)s waits for a colleague.") % {"number": order.number}
    return _("The cancellation for %(number)s is on its way.") % {"number": order.number}

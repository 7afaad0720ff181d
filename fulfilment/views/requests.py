"""The requests of one order in their place on its page, the poll that follows them, and a person's steps on each."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from backoffice.pages import page
from fulfilment import actions, contents, following, frame, steps, words
from fulfilment.models import Command, State
from fulfilment.outbox.refusals import NotNow
from orders import scope
from orders.models import Order

REGION = "fulfilment-order"  # of an order's page
LONGEST = 400  # signs of a person's reason


@require_GET
def requests(request: HttpRequest, number: str) -> HttpResponse:
    """The poll of an order's page: 204 while nothing happened, else the region and the buttons anew."""
    order = scope.order(request, number)
    if request.GET.get("seen") == _seen(following.version(order), request.GET.get("held", "")):
        return HttpResponse(status=204)
    return region(request, order)


@require_POST
def step(request: HttpRequest, pk: int, step: str) -> HttpResponse:
    """One step of a person: taken back, sent now, confirmed, closed, sent again, read."""
    user = scope.person(request)
    command = _command(request, pk)
    wanted = steps.STEPS.get(step)
    if wanted is None:
        raise Http404
    if not wanted.may(user, command) and command.state in wanted.states:
        raise PermissionDenied
    try:
        if command.state not in wanted.states:
            raise NotNow(actions.held_words(command))
        frame.forget(request)
        wanted.do(command, user, request.POST.get("reason", "").replace("\0", "").strip()[:LONGEST])
    except NotNow as error:
        return _answer(request, command, refusal=str(error), status=409)
    except steps.Silent:
        silent = _("No answer from the marketplace. Nothing was sent.")
        return _answer(request, command, refusal=silent, status=503)
    return _answer(request, command, said=str(wanted.done))


def region(request: HttpRequest, order: Order, refusal: str = "", status: int = 200) -> HttpResponse:
    """The region of the order's page, with its buttons beside it."""
    context = {"order": order, "told": context_of(request, order) | {"refusal": refusal}, "beside": True}
    return render(request, "fulfilment/_requests.html", context, status=status)


def context_of(request: HttpRequest, order: Order) -> dict[str, Any]:
    """What the region shows of an order: its requests with what comes next, and the version that a poll compares."""
    now = timezone.now()
    user = scope.person(request)
    found = following.shown(order, now)
    held = "held" if any(command.on_hold for command in found) else ""
    return {
        "rows": [row(request, command) for command in found if command.kind in frame.kinds(user)],
        "polls": following.polls(found),
        "seen": _seen(following.version_shown(order), held),
        "held": held,
        "url": f"{reverse('fulfilment:requests', args=[order.number])}",
    }


def row(request: HttpRequest, command: Command) -> dict[str, Any]:
    """One command with its words and this person's buttons."""
    now = timezone.now()
    why_not = frame.why_not(request, command.account, command.kind)
    offered = steps.offered(scope.person(request), command)
    return {
        "command": command,
        "what": words.VERBS[command.kind],
        "asks": contents.of(command),
        "next": following.coming(command, why_not, now),
        "until": command.due if command.on_hold else None,
        "ended": following.ended_words(command),
        "steps": offered,
        "reason": _reason({step["name"] for step in offered}) if command.state == State.ATTENTION else "",
    }


def _reason(names: set[str]) -> str:
    """Is what the person found asked: it may be said, or must be, where a colleague closes on their word."""
    return "must" if names == {"propose-closing"} else "may"


def _seen(version: str, held: str) -> str:
    return f"{version}-{held}"


def _command(request: HttpRequest, pk: int) -> Command:
    user = scope.person(request)
    found = Command.objects.filter(account__in=scope.accounts(request), kind__in=frame.kinds(user))
    command: Command | None = found.select_related("account", "order").filter(pk=pk).first()
    if command is None:
        raise Http404
    return command


def _answer(
    request: HttpRequest, command: Command, *, said: str = "", refusal: str = "", status: int = 200
) -> HttpResponse:
    """For the order's page its region anew; elsewhere back to where the button stood."""
    order = command.order
    order.account = command.account
    if request.htmx and request.htmx.target == REGION:  # type: ignore[attr-defined]
        return region(request, order, refusal, status)
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = actions.order_url(order)
    if refusal:
        context = {
            "order": order,
            "heading": f"{words.VERBS[command.kind]} {order.number}",
            "reason": refusal,
            "back": back,
        }
        return page(request, "fulfilment/not_now.html", context, status=status)
    messages.success(request, said)
    return HttpResponseRedirect(back)

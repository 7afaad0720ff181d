"""The verbs as the site offers them: the gate before each dialog, the faces of refusal, and the buttons of an order."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods
from django_htmx.http import trigger_client_event

from backoffice import shop, typography, wording
from backoffice.models import User
from backoffice.pages import page
from fulfilment import words
from fulfilment.forms.asking import TOKEN
from fulfilment.models import Command, Hold
from fulfilment.outbox.asking import occupied_by
from fulfilment.outbox.refusals import NotNow, Occupied, Refused, Stale
from fulfilment.warehouse import Held, refuse_held
from fulfilment.warehouse.holds import words as kept_back
from octopia.contract.vocabulary import Verb
from orders import lifecycle, presence, scope, sheet
from orders.models import Line, Order

CHANGED = "order-changed"  # the event that regions of an order listen for

HEADINGS = {
    Verb.CANCEL: gettext_lazy("Cancel lines of %(number)s"),
    Verb.GESTURE: gettext_lazy("Gesture for %(number)s"),
    Verb.INVOICE: gettext_lazy("Invoice for %(number)s"),
}
View = Callable[[HttpRequest, Order], HttpResponse]


@dataclass(frozen=True)
class Offer:
    """How a verb is offered: its page, its label and key, and whether it ends the order."""

    verb: Verb
    url_name: str
    label: str | Promise
    key: str
    danger: bool = False


MAIN = (Verb.ACCEPT, Verb.SHIP)  # the first of these that is possible is the page's primary button, the rightmost one
OFFERS = (  # in the order of the buttons
    Offer(Verb.REFUSE, "fulfilment:refusal", gettext_lazy("Refuse"), "r", danger=True),
    Offer(Verb.ACCEPT, "fulfilment:approval", gettext_lazy("Accept"), "a"),
    Offer(Verb.SHIP, "fulfilment:shipment", gettext_lazy("Ship"), "s"),
    Offer(Verb.CANCEL, "fulfilment:cancellation", gettext_lazy("Cancel lines"), "c", danger=True),
    Offer(Verb.GESTURE, "fulfilment:gesture", gettext_lazy("Gesture"), "m"),
    Offer(Verb.INVOICE, "fulfilment:invoice", gettext_lazy("Invoice"), "i"),
)


@dataclass(frozen=True)
class Action:
    """One button of an order. `why_not`: the sentence beside it when it cannot be asked for now, "" when it can.

    Buttons that share a reason share its sentence: `why_id` is its id, `labels` whose it is, in the first of them.
    """

    verb: Verb
    url: str
    label: str
    key: str
    danger: bool
    primary: bool
    why_not: str
    why_id: str
    labels: str


def asks(verb: Verb) -> Callable[[View], Callable[..., HttpResponse]]:
    """The gate of a page `…/orders/<number>/…`: right, order and state, in that order: 403, 404, or why not (409).

    The view gets the order. What `put` refuses meanwhile becomes the same page; a form sent twice leads where the first
    did.
    """

    def gate(view: View) -> Callable[..., HttpResponse]:
        @wraps(view)
        def gated(request: HttpRequest, number: str) -> HttpResponse:
            if not scope.person(request).has_perm(f"fulfilment.{verb}"):
                raise PermissionDenied
            rows = sheet.found(number, scope.named(request))
            if not rows:
                raise Http404(_("No order with this number is known here."))
            if len(rows) > 1:
                context = {"orders": rows, "number": number, "here": request.path}
                return page(request, "orders/choose.html", context)
            order = rows[0]
            prefetch_related_objects([order], Prefetch("lines", Line.objects.order_by("position")))
            if request.method == "POST" and _sent_before(request, order):
                return asked(request, order)
            try:
                _refuse(order, verb)
                if request.method == "GET" and not request.GET.get("sum"):
                    presence.opens(order, scope.person(request), verb)
                return view(request, order)
            except Occupied as error:
                if request.method == "POST" and _sent_before(request, order):  # the same press, in the same moment
                    return asked(request, order)
                return occupied(request, order, verb, error.command)
            except Refused as error:
                return refused(request, order, verb, error.verdict)
            except Stale as error:
                return stale(request, order, verb, error.order)
            except Held as error:
                change = _("It may be shipped when the hold has ended, or when somebody releases it in the queue.")
                return _not_now(request, order, verb, reason=str(error), change=change)
            except NotNow as error:
                return not_now(request, order, verb, str(error))

        return require_http_methods(["GET", "HEAD", "POST"])(gated)

    return gate


def asked(request: HttpRequest, order: Order, said: str = "") -> HttpResponse:
    """It was put: the dialog closes and the order's regions refresh; a browser is sent to the order."""
    presence.opens(order, scope.person(request), "")
    if request.htmx:  # type: ignore[attr-defined]
        answer = trigger_client_event(HttpResponse(status=204), CHANGED)
        return trigger_client_event(answer, "toast", {"value": said}) if said else answer
    if said:
        messages.success(request, said)
    return HttpResponseRedirect(order_url(order))


def faulty(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """The same form with what is to be put right."""
    return page(request, template, context, status=422)


def refused(request: HttpRequest, order: Order, verb: Verb, verdict: lifecycle.Verdict) -> HttpResponse:
    """409: the rule in words, its source and certainty, and what would change it."""
    return _not_now(request, order, verb, verdict=verdict)


def occupied(request: HttpRequest, order: Order, verb: Verb, holder: Command) -> HttpResponse:
    """409: somebody asked for something else before; who, what, when, and what became of it."""
    return _not_now(
        request, order, verb, reason=held_words(holder), holder=holder,
        change=_("One request at a time: the next can be asked for when this one has ended or was taken back."),
    )  # fmt: skip


def stale(request: HttpRequest, order: Order, verb: Verb, fresh: Order) -> HttpResponse:
    """409: the order changed at the marketplace after the form was opened."""
    at = typography.exact(fresh.changed_at, shop.zone(), timezone.now())
    said = _("Changed at the marketplace, %(time)s. Nothing was sent.") % {"time": at}
    change = _("Look at what is new, then ask again.")
    return _not_now(request, order, verb, reason=said, change=change, new=True)


def silent(request: HttpRequest, order: Order, verb: Verb, said: str) -> HttpResponse:
    """503: what the dialog needs could not be fetched; nothing was sent."""
    here = f"{request.path}?{urlencode({'account': order.account.slug})}"
    context = {"order": order, "heading": heading(verb, order), "again": here, "back": order_url(order), "said": said}
    return page(request, "fulfilment/silent.html", context, status=503)


def not_now(request: HttpRequest, order: Order, verb: Verb, said: str) -> HttpResponse:
    """409: the state of a request does not allow this step any more."""
    return _not_now(request, order, verb, reason=said)


def held_words(command: Command, then: str = "") -> str:
    """Who asked for what and when, and what became of it, as one sentence; `then`: the state of a moment before."""
    on_hold = command.on_hold and not then
    told = {
        "what": words.VERBS[command.kind],
        "who": command.author_name or _("the program"),
        "time": typography.exact(command.created_at, shop.zone(), timezone.now()),
        "state": _("on hold") if on_hold else wording.word(then or command.state, "request").label,
    }
    return _("%(what)s asked for by %(who)s, %(time)s: %(state)s.") % told


def heading(verb: Verb, order: Order) -> str:
    """The subject of a dialog: "Refuse 25353454709"."""
    if verb in HEADINGS:
        return str(HEADINGS[verb]) % {"number": order.number}
    label = next((offer.label for offer in OFFERS if offer.verb is verb), words.VERBS[verb])
    return f"{label} {order.number}"


def order_url(order: Order) -> str:
    """The order's page, in its account."""
    return f"{order.get_absolute_url()}?{urlencode({'account': order.account.slug})}"


def offer_url(offer: Offer, order: Order) -> str:
    return f"{reverse(offer.url_name, args=[order.number])}?{urlencode({'account': order.account.slug})}"


def actions(order: Order, user: User, holder: Command | None, kept: Hold | None) -> list[Action]:
    """The buttons of an order for this person: those of the role, with the reason beside what is not possible now.

    `holder`: the command that closes the order to others, as far as the page has read it; `kept`: the hold on it.
    """
    mine = [offer for offer in OFFERS if user.has_perm(f"fulfilment.{offer.verb}")]
    case = sheet.case(order)
    reasons = {offer.verb: _why_not(case, offer.verb, holder, kept) for offer in mine}
    first = next((verb for verb in MAIN if reasons.get(verb) == ""), None)
    mine.sort(key=lambda offer: offer.verb is first)
    shared: dict[str, list[Offer]] = {}
    for offer in mine:
        shared.setdefault(reasons[offer.verb], []).append(offer)
    return [_action(offer, order, reasons[offer.verb], shared, primary=offer.verb is first) for offer in mine]


def _action(offer: Offer, order: Order, why_not: str, shared: dict[str, list[Offer]], *, primary: bool) -> Action:
    with_it = shared[why_not]
    return Action(
        verb=offer.verb,
        url=offer_url(offer, order),
        label=str(offer.label),
        key=offer.key,
        danger=offer.danger,
        primary=primary,
        why_not=why_not,
        why_id=f"why-{with_it[0].verb}",
        labels=", ".join(str(each.label) for each in with_it) if with_it[0] is offer else "",
    )


def _why_not(case: lifecycle.Case, verb: Verb, holder: Command | None, kept: Hold | None) -> str:
    if holder is not None and (holder.kind == Verb.INVOICE) == (verb is Verb.INVOICE):
        return held_words(holder)
    if verb is Verb.SHIP and kept is not None:
        return kept_back(kept)
    verdict = case.verdict(verb)
    return "" if verdict.offered else verdict.words


def _sent_before(request: HttpRequest, order: Order) -> bool:
    token = request.POST.get(TOKEN, "")
    same = Command.objects.filter(account=order.account_id, subject=order.number, form_token=token[:41])
    return bool(token) and "\0" not in token and same.exists()


def _refuse(order: Order, verb: Verb) -> None:
    """Raise Occupied or Refused for what cannot be asked for now."""
    if (holder := occupied_by(order, verb)) is not None:
        raise Occupied(holder)
    if verb is Verb.SHIP:
        refuse_held(order)
    verdict = lifecycle.verdict(order, verb)
    if not verdict.offered:
        raise Refused(verdict)


def _not_now(request: HttpRequest, order: Order, verb: Verb, **told: Any) -> HttpResponse:
    context = {"order": order, "heading": heading(verb, order), "back": order_url(order), **told}
    return page(request, "fulfilment/not_now.html", context, status=409)

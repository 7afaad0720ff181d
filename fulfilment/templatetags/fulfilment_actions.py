"""What a page of the mirror shows of the verbs, and how pages of the outbox say a state or a second."""

from datetime import datetime
from typing import Any

from django import template
from django.template.context import RequestContext
from django.utils.html import format_html
from django.utils.safestring import SafeString

from backoffice import wording
from fulfilment import actions as offered
from fulfilment import following, frame, words
from fulfilment import past as was
from fulfilment.views import requests as region
from fulfilment.warehouse import happened, holds
from orders import past
from orders.models import Order

register = template.Library()


@register.simple_tag(takes_context=True)
def actions(context: RequestContext, order: Order) -> list[offered.Action]:
    """`{% actions order as actions %}`: the buttons of an order, each with its reason when it is not possible now."""
    return offered.actions(order, context["user"], following.holder(order), happened.of(order).hold)


@register.filter
def blocked(actions: list[offered.Action]) -> list[offered.Action]:
    """Those that cannot be asked for now."""
    return [action for action in actions if action.why_not]


@register.simple_tag(takes_context=True)
def possible_then(context: RequestContext, order: Order, then: past.Past) -> list[was.Possible]:
    """`{% possible_then order past as possible %}`: what could be asked of an order at a moment that has passed."""
    return was.possible(order, then.case, context["user"], then.moment)


@register.inclusion_tag("fulfilment/_here.html", takes_context=True)
def in_the_warehouse(context: RequestContext, order: Order) -> dict[str, Any]:
    """`{% in_the_warehouse order %}`: who packs the order now, what keeps it back, and what the pack station asks."""
    found, user = happened.of(order), context["user"]
    hold = found.question or found.hold
    mine = found.claim is not None and found.claim.user_id == user.pk
    return {
        "order": order,
        "claim": found.claim,
        "mine": mine,
        "hold": hold,
        "kept": holds.words(hold) if hold and not hold.asks else "",
        "perms": context["perms"],
    }


@register.simple_tag(takes_context=True)
def requests(context: RequestContext, order: Order) -> dict[str, Any]:
    """`{% requests order as told %}`: what was asked of an order and is under way, or ended badly or just now."""
    return region.context_of(context["request"], order)


@register.simple_tag(takes_context=True)
def outbox_tabs(context: RequestContext) -> list[dict[str, Any]]:
    """The outbox and the mirror's completeness are the tabs of one page."""
    return frame.tabs(context["request"])


@register.simple_tag(takes_context=True)
def approval_notes(context: RequestContext) -> dict[str, Any]:
    """What the view of orders to approve says above its rows."""
    return frame.approval_notes(context["request"])


@register.simple_tag(takes_context=True)
def accepts_by_itself(context: RequestContext, order: Order) -> bool:
    """`{% accepts_by_itself order as automatic %}`: an order that waits, while its portal's own acceptance is on."""
    return frame.accepts_by_itself(context["request"], order)


@register.simple_tag
def verb_words(kind: str) -> str:
    return str(words.VERBS.get(kind, kind))


@register.simple_tag
def request_tone(state: str) -> str:
    """The tone of a request's frame; the badge says the same in words."""
    tone = wording.word(state, "request").tone
    return "info" if tone == "neutral" else tone


@register.simple_tag
def second(moment: datetime) -> SafeString:
    """A moment to the second by the shop's clock, as the end of a hold is told."""
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(timespec="seconds"), following.clock(moment))

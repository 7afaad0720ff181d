"""What a page of the mirror shows of the verbs."""

from django import template
from django.template.context import RequestContext

from fulfilment import actions as offered
from fulfilment.outbox.asking import occupied_by
from octopia.contract.vocabulary import Verb
from orders.models import Order

register = template.Library()


@register.simple_tag(takes_context=True)
def actions(context: RequestContext, order: Order) -> list[offered.Action]:
    """`{% actions order as actions %}`: the buttons of an order, each with its reason when it is not possible now."""
    return offered.actions(order, context["user"], occupied_by(order, Verb.SHIP))

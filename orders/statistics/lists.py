"""The lists behind the figures, as addresses: each has exactly the rows that were counted."""

from dataclasses import replace
from urllib.parse import urlencode

from django.urls import reverse

from orders.filters import Filters, address
from orders.ports import Question, Span


def orders(question: Question, filters: Filters, span: Span | None = None, every_channel: bool = False) -> str:
    """The orders of the question's account and channel that pass these filters; with `span`, of these days."""
    channel = filters.channel or ((question.channel,) if question.channel and not every_channel else ())
    asked = replace(
        filters,
        account=question.account,
        channel=channel,
        begins=span.begins if span else None,
        ends=span.ends if span else None,
        add_up=True,
    )
    return reverse("orders:list") + address(asked)


NONE = "-"  # stands in an address for a reason or currency that was not told


def gestures(question: Question, reason: str | None = None, currency: str | None = None) -> str:
    """The gestures given in the question's period; of one reason or currency, "" where none was told."""
    span = question.span
    pairs = {
        "account": question.account, "channel": question.channel,
        "reason": NONE if reason == "" else reason, "currency": NONE if currency == "" else currency,
        "from": span.begins.isoformat(), "to": span.ends.isoformat(),
    }  # fmt: skip
    query = urlencode([(name, value) for name, value in pairs.items() if value])
    return f"{reverse('orders:statistics-gestures')}?{query}"

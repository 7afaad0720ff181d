"""The figures that only the outbox knows: what nobody answered clearly, what waits for a colleague, work an hour."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.models import User
from fulfilment import frame
from fulfilment.models import ENDED, Command, State
from octopia.contract.vocabulary import Verb
from orders.filters import Filters
from orders.ports import Figure, Question
from orders.statistics import lists
from orders.words import grouped

UNCLEAR = gettext_lazy(
    "Requests of which nobody knows yet whether the marketplace carried them out, at this moment: being looked for, or"
    " waiting for a person to decide."
)
PROPOSED = gettext_lazy("Requests above somebody's own limit that a colleague has not confirmed yet, at this moment.")
PACE = gettext_lazy(
    "Orders that people here declared as shipped in the period, wholly or in part, and that the marketplace took, for"
    " each hour of work: an hour in which a person declared at least one, each person's by itself. What was declared"
    " elsewhere is left out."
)


def figures(question: Question, user: User) -> Sequence[Figure]:
    """One query. A channel narrows the work of the period; what stands at this moment is of every channel."""
    params: dict[str, Any] = {
        "accounts": list(question.accounts), "kinds": frame.kinds(user), "channel": question.channel,
        "since": question.span.since, "until": question.span.until,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED, params)
        unclear, proposed, orders, hours = cursor.fetchone()
    return [
        Figure(
            key="unclear", label=_("Unclear"), definition=UNCLEAR, value=grouped(unclear), rows=unclear,
            url=_outbox(question, "unclear"), part="today", tone="danger" if unclear else "",
        ),
        Figure(
            key="proposed", label=_("To be confirmed"), definition=PROPOSED, value=grouped(proposed), rows=proposed,
            url=_outbox(question, "proposed"), part="today", tone="warn" if proposed else "",
        ),
        Figure(
            key="pace", label=_("Shipped per hour of work"), definition=PACE, value=_per(orders, hours),
            rows=orders, url=lists.orders(question, Filters(by="declared"), question.span),
            note=_("Orders: %(orders)s; hours of work: %(hours)s")
            % {"orders": grouped(orders), "hours": grouped(hours)}
            if hours
            else "",
        ),
    ]  # fmt: skip


def _outbox(question: Question, part: str) -> str:
    pairs = {"part": part} | ({"account": question.account} if question.account else {})
    return f"{reverse('fulfilment:outbox')}?{urlencode(pairs)}"


def declared(since: datetime | None, until: datetime | None) -> Q:
    """Of orders: those that `pace` counts between these moments, for the list behind it."""
    done = Q(state__in=[State.CONFIRMED, State.CLOSED_DONE])
    taken = Q(author__isnull=False, taken_at__isnull=False)
    if since:
        done &= Q(ended_at__gte=since)
        taken &= Q(taken_at__gte=since)
    if until:
        taken &= Q(taken_at__lt=until)
    going = Q(state=State.TAKEN) & ~Q(state__in=ENDED)
    asked = Command.objects.filter(account=OuterRef("account"), order=OuterRef("pk"), kind=Verb.SHIP)
    return Q(Exists(asked.filter(done | going, taken)))


def _per(orders: int, hours: int) -> str:
    return number_format(round(Decimal(orders) / hours, 1), decimal_pos=1, use_l10n=True) if hours else "–"


# The parts are those of `listing.PARTS`, the work is that of `declared`. What was taken in the period has ended since
# its beginning, or not at all yet: each half has an index of its own.
_COUNTED = """
WITH sent AS (
  SELECT order_id, author_id, taken_at FROM fulfilment_command
   WHERE account_id = ANY(%(accounts)s) AND kind = 'ship' AND ended_at >= %(since)s
     AND state IN ('CONFIRMED', 'CLOSED_DONE')
  UNION ALL
  SELECT order_id, author_id, taken_at FROM fulfilment_command
   WHERE account_id = ANY(%(accounts)s) AND kind = 'ship' AND state = 'TAKEN'
     AND state NOT IN ('CONFIRMED', 'REFUSED', 'WITHDRAWN', 'CLOSED_DONE', 'CLOSED_NOT_DONE')
), work AS (
  SELECT count(DISTINCT order_id) orders, count(DISTINCT (author_id, date_trunc('hour', taken_at))) hours FROM sent
   WHERE author_id IS NOT NULL AND taken_at >= %(since)s AND taken_at < %(until)s
     AND (%(channel)s = '' OR EXISTS (SELECT FROM orders_order o WHERE o.id = order_id AND o.channel = %(channel)s))
), open AS (
  SELECT count(*) FILTER (WHERE state <> 'PROPOSED') unclear, count(*) FILTER (WHERE state = 'PROPOSED') proposed
    FROM fulfilment_command
   WHERE account_id = ANY(%(accounts)s) AND kind = ANY(%(kinds)s) AND state IN ('UNKNOWN', 'ATTENTION', 'PROPOSED')
     AND state NOT IN ('CONFIRMED', 'REFUSED', 'WITHDRAWN', 'CLOSED_DONE', 'CLOSED_NOT_DONE')
)
SELECT unclear, proposed, orders, hours FROM open, work
"""

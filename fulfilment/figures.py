"""The figures that only the outbox knows: what nobody answered clearly, what waits for a colleague, work an hour."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import connection
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.models import User
from fulfilment import frame
from orders.ports import Figure, Question
from orders.words import grouped

UNCLEAR = gettext_lazy(
    "Requests of which nobody knows yet whether the marketplace carried them out, at this moment: being looked for, or"
    " waiting for a person to decide."
)
PROPOSED = gettext_lazy("Requests above somebody's own limit that a colleague has not confirmed yet, at this moment.")
PACE = gettext_lazy(
    "Shipments declared here in the period that the marketplace took, for each hour of work: an hour in which a person"
    " declared at least one, each person's by itself. Parcels declared elsewhere are left out."
)


def figures(question: Question, user: User) -> Sequence[Figure]:
    """One query. A channel narrows the work of the period; what stands at this moment is of every channel."""
    params: dict[str, Any] = {
        "accounts": list(question.accounts), "kinds": frame.kinds(user), "channel": question.channel,
        "since": question.span.since, "until": question.span.until,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED, params)
        unclear, proposed, shipments, hours = cursor.fetchone()
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
            key="pace", label=_("Shipped per hour of work"), definition=PACE, value=_per(shipments, hours),
            url=reverse("fulfilment:parcels") + (f"?account={question.account}" if question.account else ""),
            note=_("Shipments: %(shipments)s; hours of work: %(hours)s")
            % {"shipments": grouped(shipments), "hours": grouped(hours)}
            if hours
            else "",
        ),
    ]  # fmt: skip


def _outbox(question: Question, part: str) -> str:
    pairs = {"part": part} | ({"account": question.account} if question.account else {})
    return f"{reverse('fulfilment:outbox')}?{urlencode(pairs)}"


def _per(shipments: int, hours: int) -> str:
    return number_format(round(Decimal(shipments) / hours, 1), decimal_pos=1, use_l10n=True) if hours else "–"


# The parts are those of `listing.PARTS`. What was taken in the period has ended since its beginning, or not at all yet:
# each half has an index of its own.
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
  SELECT count(*) shipments, count(DISTINCT (author_id, date_trunc('hour', taken_at))) hours FROM sent
   WHERE author_id IS NOT NULL AND taken_at >= %(since)s AND taken_at < %(until)s
     AND (%(channel)s = '' OR EXISTS (SELECT FROM orders_order o WHERE o.id = order_id AND o.channel = %(channel)s))
), open AS (
  SELECT count(*) FILTER (WHERE state <> 'PROPOSED') unclear, count(*) FILTER (WHERE state = 'PROPOSED') proposed
    FROM fulfilment_command
   WHERE account_id = ANY(%(accounts)s) AND kind = ANY(%(kinds)s) AND state IN ('UNKNOWN', 'ATTENTION', 'PROPOSED')
     AND state NOT IN ('CONFIRMED', 'REFUSED', 'WITHDRAWN', 'CLOSED_DONE', 'CLOSED_NOT_DONE')
)
SELECT unclear, proposed, shipments, hours FROM open, work
"""

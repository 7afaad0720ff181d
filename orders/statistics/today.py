"""The figures of this moment: is today safe?"""

from datetime import datetime
from typing import Literal

from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice import shop, typography
from orders import words
from orders.filters import Filters
from orders.ports import Figure, Question
from orders.queries import cutoffs
from orders.statistics import lists

TO_SHIP = gettext_lazy("Orders in preparation with a line that we ship ourselves, at this moment.")
LATE = gettext_lazy("Of the orders to ship, those whose earliest deadline has passed.")
AT_RISK = gettext_lazy(
    "Of the orders to ship, those that are not late yet and are due before the cut-off after the next one: what does"
    " not leave with the next parcels will be late."
)
TO_APPROVE = gettext_lazy("Orders that wait for us to accept or refuse them, at this moment.")
COMPLETE = gettext_lazy(
    "The end of the last reading of the marketplace's changes that came to its end: what changed there later is not"
    " counted here yet."
)


def figures(question: Question, complete_until: datetime | None) -> list[Figure]:
    """Exact counts, in one query over the orders that are open."""
    to_ship, late, at_risk, to_approve = _count(question)
    zone = shop.zone()
    cutoff = cutoffs(question.now)[0]

    def one(
        key: str, label: str, definition: object, rows: int, filters: Filters, tone: Literal["", "warn", "danger"] = ""
    ) -> Figure:
        return Figure(
            key=key, label=label, definition=str(definition), value=words.grouped(rows),
            url=lists.orders(question, filters, every_channel=True), rows=rows, part="today",
            tone=tone if rows else "",
        )  # fmt: skip

    at = typography.clock(cutoff, zone)
    return [
        one("to-ship", _("To ship"), TO_SHIP, to_ship, Filters(view="to-ship")),
        one("late", _("Late"), LATE, late, Filters(view="late"), "danger"),
        one(
            "at-risk", _("At risk before %(time)s") % {"time": at}, AT_RISK, at_risk,
            Filters(view="to-ship", deadline="at-risk"), "warn",
        ),
        one("to-approve", _("To approve"), TO_APPROVE, to_approve, Filters(view="to-approve"), "warn"),
        Figure(
            key="complete", label=_("Mirror complete until"), definition=str(COMPLETE), part="today",
            value=typography.clock(complete_until, zone) if complete_until else "–", url=reverse("orders:sync"),
            note=typography.day(complete_until, zone, question.now) if complete_until else _("never read yet"),
        ),
    ]  # fmt: skip


def _count(question: Question) -> tuple[int, int, int, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            _OPEN,
            {"accounts": list(question.accounts), "now": question.now, "after": cutoffs(question.now)[1]},
        )
        row: tuple[int, int, int, int] = cursor.fetchone()
    return row


_OPEN = """
SELECT count(*), count(*) FILTER (WHERE deadline < %(now)s),
       count(*) FILTER (WHERE deadline >= %(now)s AND deadline < %(after)s),
       (SELECT count(*) FROM orders_order WHERE account_id = ANY(%(accounts)s) AND status = 'WaitingAcceptance')
  FROM orders_order WHERE account_id = ANY(%(accounts)s) AND status = 'InPreparation' AND ours
"""

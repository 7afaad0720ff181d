"""What a row of the orders list shows more while it waits for our decision: our stock notes, and the two steps.

One query for a whole page; nothing here decides.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from backoffice.models import User
from fulfilment.models import Product
from octopia.contract.vocabulary import Status
from orders.models import Line, Order
from orders.ports import Deciding

_STEP = '<a class="button{tone}" id="{id}" href="{url}" hx-get="{url}" hx-target="#dialog">{label}</a>'


def rows(orders: Sequence[Order], user: User, slugs: Mapping[int, str]) -> Mapping[int, Deciding]:
    """The stock notes and the steps of each of these orders, by its id; `slugs`: of their accounts."""
    notes: dict[int, list[str]] = defaultdict(list)
    for line in noted(Line.objects.filter(order__in=[order.pk for order in orders])):
        if note := line.stock_note:  # type: ignore[attr-defined]
            notes[line.order_id].append(f"{line.quantity} × {line.sku}: {note}")
    return {
        order.pk: Deciding(notes.get(order.pk, ()), _steps(order, user, slugs[order.account_id])) for order in orders
    }


def noted(lines: "QuerySet[Line]") -> "QuerySet[Line]":
    """These lines with what the warehouse wrote about the stock of their product, as `stock_note`."""
    known = Product.objects.filter(~Q(stock=""), account=OuterRef("account"), sku=OuterRef("sku"))
    return lines.annotate(stock_note=Subquery(known.values("stock")[:1])).order_by("order", "position")


def _steps(order: Order, user: User, slug: str) -> Sequence[SafeString]:
    if order.status != Status.WAITING_ACCEPTANCE:
        return ()
    offered = (
        ("accept", "approval", " primary", _("Accept")),
        ("refuse", "refusal", " danger", _("Refuse")),
    )
    asked = urlencode({"account": slug})
    return [
        format_html(
            _STEP,
            tone=tone,
            id=f"{verb}-{order.pk}",
            url=f"{reverse(f'fulfilment:{place}', args=[order.number])}?{asked}",
            label=label,
        )
        for verb, place, tone, label in offered
        if user.has_perm(f"fulfilment.{verb}")
    ]

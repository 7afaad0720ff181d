"""The rows of the orders list, each written whole: fifty a page, as tags they cost more than all else on it."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from backoffice.models import SellerAccount, User
from backoffice.templatetags import components
from orders import ports
from orders.columns import COLUMNS, NUMBER
from orders.fields import Visible, sees
from orders.models import Order
from orders.queries import OPEN, decide_by

_plain = re.compile(r"[A-Za-z0-9_-]+")
WIDEST = 24  # signs of a number that a row has room for
NOTHING = format_html("{}", "")
LINES = format_html('class="{}" data-at="{}"', "wide", "lines")  # for a decision they are seen on every screen
FROM_DESK = format_html('class="{}"', "wide from-desk")

_OPEN = '<tr id="order-{pk}"{edge}>'
_PICK = (
    '<td class="pick" data-at="pick"><input type="checkbox" name="order" value="{pk}.{version}" data-select'
    ' aria-label="{number}"></td>'
)
_NUMBER = (
    '<th scope="row" data-at="name"><a href="{url}" data-row><span class="number" translate="no" title="{number}">'
    '<span class="from-tablet">{head}</span><b>{tail}</b></span></a></th>'
)
_CELLS = {  # by the column's name; a cell without a place steps aside on a phone
    "ship-by": '<td data-at="when" class="nowrap">{due}</td>',
    "customer": '<td data-at="who">{who}{pro}</td>',
    "products": "<td {lines}>{title}{more}{notes}</td>",
    "items": '<td class="num" data-at="what">{items}</td>',
    "state": '<td data-at="state">{state}</td>',
    "total": '<td class="money-cell" data-at="what">{total}</td>',
    "commission": '<td class="money-cell">{commission}</td>',
    "channel": '<td class="nowrap">{channel}</td>',
    "channel-number": '<td><span class="number" translate="no">{channel_number}</span></td>',
    "shipped": '<td class="nowrap">{shipped}</td>',
    "account": "<td>{account}</td>",
    "placed": '<td class="nowrap from-desk">{placed}</td>',
}
_BOTH = {  # where a row has room for one of them, the total names the items too
    "items": '<td class="num from-desk">{items}</td>',
    "total": '<td class="money-cell" data-at="what"><span class="on-phone">{items} × </span>{total}</td>',
}
_STEPS = '<td class="until-desk" data-at="steps"><span class="decide">{steps}</span></td>'
_LIKE = {"items": "num", "total": "money-cell", "commission": "money-cell"}  # the class of a head
_DESK = {"products", "placed"}
_SORTED = {"ship-by": "deadline", "placed": "placed"}  # the names of `listing.sorts`


@lru_cache(maxsize=200)
def _shape(columns: tuple[str, ...], pick: bool, decide: bool) -> str:
    cells = _CELLS | _BOTH if {"items", "total"} <= set(columns) else _CELLS
    first = [cells[name] for name in columns if name == "ship-by"]
    others = [cells[name] for name in columns if name != "ship-by"]
    return "".join([_OPEN, _PICK if pick else "", *first, _NUMBER, *others, _STEPS if decide else "", "</tr>"])


def heads(columns: tuple[str, ...], sorts: dict[str, dict[str, str]], decide: bool) -> list[dict[str, Any]]:
    """The head of each column, as `rows` puts them."""
    both = {"items", "total"} <= set(columns)
    found = []
    for name in columns:
        desk = name in _DESK or (name == "items" and both)
        classes = [word for word in (_LIKE.get(name), "from-desk" if desk else "") if word]
        sort = {} if decide and name == "ship-by" else sorts.get(_SORTED.get(name, ""), {})
        label = _("Decide by") if decide and name == "ship-by" else COLUMNS[name].label
        found.append({"name": name, "label": label, "classes": " ".join(classes), "sort": sort})
    number = {"name": "number", "label": NUMBER, "classes": "", "sort": {}}
    return [*found[:1], number, *found[1:]] if columns[:1] == ("ship-by",) else [number, *found]


def rows(
    orders: Sequence[Order],
    user: User,
    among: Sequence[SellerAccount],
    back: str,
    columns: tuple[str, ...],
    pick: bool = False,
    decide: bool = False,
) -> SafeString:
    """The rows of these orders as `user` sees them; `back`: the query that says which list they were opened from;
    `columns`: those that this person may see; `pick`: each with a box to choose it, in the version that is shown;
    `decide`: the clock is that of our decision."""
    known = {account.pk: account for account in among}
    told = [name for name in columns if name in _SELDOM]
    cells = _cells(orders, user, known, back, decide)
    if told:
        cells = (
            cell | {name.replace("-", "_"): _SELDOM[name](order) for name in told}
            for cell, order in zip(cells, orders, strict=True)
        )
    return format_html_join("\n", _shape(columns, pick, decide), cells)


def order_url(number: str, query: str = "") -> str:
    """The address of an order's page."""
    if _plain.fullmatch(number):  # nothing to escape: nearly all of them
        return f"{reverse('orders:list')}{number}/{query}"
    return reverse("orders:detail", args=[number]) + query


def _cells(
    orders: Sequence[Order], user: User, among: dict[int, SellerAccount], back: str, decide: bool
) -> Iterator[dict[str, Any]]:
    pro = format_html(" {}", components.tag(_("Pro"), "info"))
    folder = reverse("orders:list")
    doubts = [tell(orders) for tell in ports.DOUBTS] if decide else []
    slugs = {pk: account.slug for pk, account in among.items()}
    deciding = [tell(orders, user, slugs) for tell in ports.DECIDING] if decide else []
    for order in orders:
        number = order.number
        query = back
        if len(among) > 1:
            query = f"{back}{'&' if back else '?'}account={among[order.account_id].slug}"
        due = decide_by(order) if decide else order.deadline if order.status in OPEN else None
        when = components.when(due, deadline=True) if due else components.when(order.shipped_at, "day")
        plain = _plain.fullmatch(number)
        yield {
            "pk": order.pk,
            "version": order.version,
            "edge": format_html(' data-edge="{}"', components.deadline(due)) if due else NOTHING,
            "due": when or (_("unknown") if decide else "–"),
            "url": f"{folder}{number}/{query}" if plain else order_url(number, query),
            "number": number,
            "head": _head(number),
            "tail": number[-components.EMPHASISED :],
            "who": recipient_of(order, sees(user, order)),
            "pro": pro if order.business else NOTHING,
            "title": order.first_title,
            "more": _more(order.line_count - 1),
            "lines": LINES if decide else FROM_DESK,
            "notes": _below(note for known in deciding for note in known[order.pk].notes) if decide else NOTHING,
            "steps": _joined(step for known in deciding for step in known[order.pk].steps) if decide else NOTHING,
            "items": str(order.item_count),
            "state": _state(order, [word for known in doubts for word in known.get(order.pk, ())]),
            "total": components.money(order.selling_total, order.currency),
            "account": among[order.account_id].name if len(among) > 1 else NOTHING,
            "placed": components.when(order.placed_at),
        }


def commission_of(order: Order) -> SafeString | str:
    """The commission; where a part of it is only our reckoning from the rate, that is said."""
    if order.commission is None:
        return "–"
    told = components.money(order.commission, order.currency)
    return format_html("≈ {}", told) if order.commission_estimated else told


_SELDOM: dict[str, Callable[[Order], SafeString | str]] = {  # what is reckoned only where it is shown
    "commission": commission_of,
    "channel": lambda order: order.channel_name or order.channel,
    "channel-number": lambda order: order.channel_number or "–",
    "shipped": lambda order: components.when(order.shipped_at) or "–",
}


def _head(number: str) -> str:
    """What stands before the last eight signs, which stand out and on a phone stand alone."""
    head = number[: -components.EMPHASISED]
    if len(number) > WIDEST:
        head = f"{head[: WIDEST - components.EMPHASISED - 5]}…{head[-4:]}"
    return head


def recipient_of(order: Order, seen: Visible) -> str:
    """How a list names the customer: initial, name and town, as far as they are seen."""
    recipient = order.recipient
    if not recipient or (recipient.kind == "billing" and not seen.billing):
        return ""
    name = ""
    if seen.name:
        initial = f"{recipient.first_name[:1]}. " if recipient.first_name else ""
        name = f"{initial}{recipient.last_name}".strip() or recipient.company
    where = recipient.city if seen.address else ""
    return f"{name}, {where}" if name and where else name or where


def _state(order: Order, doubts: Sequence[str]) -> SafeString | str:
    partly = order.partly_shipped and order.status == "InPreparation"
    badge = components.badge("PartlyShipped" if partly else order.status)
    more = [components.badge("CancelRequest")] if order.cancel_asked else []
    more += [shown for tell in ports.ROW_BADGES if (shown := tell(order))]
    more += [components.tag(word, "warn", "ring") for word in doubts]
    return format_html("{}{}", badge, _below(more)) if more else badge


def _below(parts: Iterable[SafeString | str]) -> SafeString:
    """Each on a line of its own, under what the cell says first."""
    return format_html_join("", '<span class="sub">{}</span>', ((part,) for part in parts))


def _joined(parts: Iterable[SafeString]) -> SafeString:
    return format_html_join(" ", "{}", ((part,) for part in parts))


@lru_cache(maxsize=100)
def _more(lines: int) -> SafeString:
    """How many lines there are beside the first."""
    return format_html(' <span class="muted nowrap">+{}</span>', lines) if lines > 0 else NOTHING

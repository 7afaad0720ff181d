"""What happened to an order, newest first: the marketplace's changes, its requests, and what people did here."""

import json
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from backoffice import shop, typography
from backoffice.models import User
from orders import ports, reasons, words
from orders.models import Order
from orders.ports import Entry, Shift

LONGEST = 200  # entries of each source
ORIGINS = ("marketplace", "us", "person")
PRICES = frozenset(
    {
        "offer_total",
        "selling_total",
        "fees",
        "offer_unit",
        "offer_shipping",
        "selling_unit",
        "selling_shipping",
        "taxes",
    }
)
COMMISSIONS = frozenset({"commission_with_vat", "commission_without_vat", "commission_rate"})
LABELS = {
    "channel_number": gettext_lazy("Channel's number"),
    "channel": gettext_lazy("Channel"),
    "channel_name": gettext_lazy("Channel's name"),
    "business": gettext_lazy("Pro customer"),
    "payment_method": gettext_lazy("Payment"),
    "currency": gettext_lazy("Currency"),
    "offer_total": gettext_lazy("Total at our price"),
    "selling_total": gettext_lazy("Total for the customer"),
    "fees": gettext_lazy("Service fees"),
    "purchased_at": gettext_lazy("Purchased"),
    "created_at": gettext_lazy("Created"),
    "ship_by": gettext_lazy("Ship by"),
    "customer": gettext_lazy("Customer"),
    "billing": gettext_lazy("Billing address"),
    "shipping": gettext_lazy("Delivery address"),
    "quantity": gettext_lazy("Quantity"),
    "sku": gettext_lazy("SKU"),
    "title": gettext_lazy("Product"),
    "supply_mode": gettext_lazy("Shipped by"),
    "delivery_mode": gettext_lazy("Delivery"),
    "condition": gettext_lazy("Condition"),
    "offer_unit": gettext_lazy("Our unit price"),
    "offer_shipping": gettext_lazy("Our delivery price"),
    "selling_unit": gettext_lazy("Unit price"),
    "selling_shipping": gettext_lazy("Delivery price"),
    "commission_rate": gettext_lazy("Commission rate"),
    "commission_with_vat": gettext_lazy("Commission with VAT"),
    "commission_without_vat": gettext_lazy("Commission without VAT"),
    "seller": gettext_lazy("Seller id"),
    "offer": gettext_lazy("Offer"),
    "product": gettext_lazy("Product number"),
    "gtin": gettext_lazy("EAN"),
    "promised_min": gettext_lazy("Promised from"),
    "promised_max": gettext_lazy("Promised until"),
    "taxes": gettext_lazy("Taxes"),
}
TIMES = frozenset({"purchased_at", "created_at", "ship_by", "promised_min", "promised_max"})
AMOUNTS = (PRICES | COMMISSIONS) - {"fees", "taxes", "commission_rate"}
ASKED = {
    "person": gettext_lazy("Asked the marketplace for this order"),
    "look-up": gettext_lazy("Looked up by number"),
    "quarantine": gettext_lazy("Asked to read it again"),
}
OUTCOMES = {
    "stored": gettext_lazy("it had changed"),
    "unchanged": gettext_lazy("nothing had changed"),
    "missing": gettext_lazy("the marketplace does not know it"),
    "set aside": gettext_lazy("it could not be read and was set aside"),
    "failed": gettext_lazy("it could not be read"),
}


def entries(order: Order, user: User, origin: str = "") -> list[Entry]:
    """Every source's entries, newest first; of one origin only, where it is named."""
    found = [entry for source in ports.TIMELINE for entry in source(order, user)]
    if origin:
        found = [entry for entry in found if entry.origin == origin]
    return sorted(found, key=lambda entry: entry.at, reverse=True)


def of_mirror(order: Order, user: User) -> Iterator[Entry]:
    """The versions of the order that we read, the requests that the marketplace knows, and what people did here."""
    hidden = (frozenset() if user.has_perm("orders.prices") else PRICES) | (
        frozenset() if user.has_perm("orders.commissions") else COMMISSIONS
    )
    gestures, looks = user.has_perm("orders.gestures"), user.has_perm("orders.accesses")
    yield Entry(order.placed_at, "marketplace", _("Order placed"), who=order.channel_name or order.channel)
    rows = _rows(_ENTRIES, order, whys=list(ASKED), looks=looks)
    for source, at, read_at, name, told, who, status, lines, reason, amount, currency in rows:
        if source == "change":
            yield _changed(at, read_at, name, told, hidden)
        elif source == "person":
            yield _by_person(at, read_at, name, told, who, status)
        elif source != "gesture" or gestures:
            given = typography.amount(amount, currency or order.currency) if amount is not None else ""
            yield _request(source, at, read_at, name, told, who, status, lines, reason, given)


def _request(
    source: str,
    at: datetime,
    read_at: datetime,
    remote: str,
    told: Any,
    asker: str,
    status: str,
    lines: Any,
    reason: str,
    given: str,
) -> Entry:
    """A cancellation or a gesture that the marketplace knows, wherever it was asked. `reason`: of a gesture; of a
    cancellation, whose lines have one each, what the marketplace calls its reasons, as JSON."""
    if source == "gesture":
        named = words.GESTURE_REASONS.get(reason, reason)
        title = _("Gesture %(id)s: %(reason)s") % {"id": remote, "reason": ", ".join(filter(None, (given, str(named))))}
    else:
        title = _("Cancellation %(id)s") % {"id": remote}
    labels = json.loads(reason) if source == "cancellation" else {}
    return Entry(
        at=at or read_at,
        origin="marketplace",
        title=title,
        who=asker,
        status=status,
        kind="decision",
        read_at=read_at,
        shifts=tuple(
            Shift(
                _("Line %(code)s") % {"code": line.get("code", "")},
                became=reasons.words(str(line.get("reason") or ""), labels),
            )
            for line in lines
            if isinstance(line, dict)
        ),
        said=tuple(" ".join(str(part) for part in error if part) for error in told if isinstance(error, list)),
        tone="danger" if status == "Rejected" else "",
    )


def _by_person(at: datetime, done_at: datetime | None, why: str, told: Any, who: str | None, outcome: str) -> Entry:
    """A reading that somebody asked for, or a look at the order."""
    if why not in ASKED:
        return Entry(at, "person", _("Looked at the order"), who=who or "")
    title = str(ASKED[why])
    if done_at:
        title = _("%(asked)s: %(outcome)s") % {"asked": title, "outcome": OUTCOMES.get(outcome, outcome)}
    return Entry(
        at, "person", title, who=who or "", said=tuple(filter(None, told)), tone="danger" if outcome == "failed" else ""
    )


# Written out and in one, since every order page asks it: composing it cost more than its answer.
_ENTRIES = """
(SELECT 'change', changed_at, synced_at, version::text, fields::json, '', '', '[]'::json, '', NULL::numeric, ''
   FROM orders_change WHERE order_id = %(order)s ORDER BY version DESC LIMIT %(longest)s)
UNION ALL
SELECT 'cancellation', created_at, synced_at, remote_id, errors::json, user_type, status, lines::json,
       coalesce((SELECT json_object_agg(code, label)::text FROM orders_reason WHERE account_id = %(account)s), '{}'),
       NULL, ''
  FROM orders_cancellationrequest WHERE account_id = %(account)s AND number = %(number)s
UNION ALL
SELECT 'gesture', created_at, synced_at, remote_id, errors::json, '', status, '[]'::json, reason, amount, currency
  FROM orders_gesturerequest WHERE account_id = %(account)s AND number = %(number)s
UNION ALL
(SELECT 'person', asked_at, done_at, why, json_build_array(nullif(trouble, '')), username, outcome, '[]'::json, '',
        NULL, ''
   FROM orders_reading LEFT JOIN backoffice_user u ON u.id = asked_by_id
  WHERE account_id = %(account)s AND kind = 'order' AND number = %(number)s AND why = ANY(%(whys)s)
  ORDER BY asked_at DESC LIMIT %(longest)s)
UNION ALL
(SELECT 'person', at, NULL, 'look', '[]'::json, username, '', '[]'::json, '', NULL, '' FROM backoffice_accesslog
  WHERE %(looks)s AND account_id = %(account)s AND subject = %(number)s ORDER BY at DESC LIMIT %(longest)s)
"""


def _rows(sql: str, order: Order, **params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            sql, params | {"account": order.account_id, "order": order.pk, "number": order.number, "longest": LONGEST}
        )
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _changed(at: datetime, read_at: datetime, version: str, fields: Any, hidden: frozenset[str]) -> Entry:
    first = version == "1"
    title = _("First read") if first else _("Changed")
    shifts = []
    status = ""
    for path, pair in fields.items():
        was, became = pair if isinstance(pair, list) and len(pair) == 2 else (None, pair)
        name = path.rpartition(".")[2]
        if path == "status":
            status = str(became)
            if not first:
                shifts.append(Shift(_("Order"), str(was or ""), status, status=True))
        elif path.startswith("parcels."):
            number, _bar, carrier = path.removeprefix("parcels.").partition("|")
            if was is None:
                title = _("Parcel declared")
            word = _("declared") if was is None else _("changed") if became else _("taken away")
            shifts.append(Shift(", ".join(filter(None, (number, carrier))), became=word))
        elif path.startswith("lines."):
            code = path.split(".")[1]
            if path.count(".") == 1:
                shifts.append(
                    Shift(_("Line %(code)s") % {"code": code}, became=_("added") if was is None else _("removed"))
                )
            elif name == "status":
                if not first:
                    shifts.append(
                        Shift(_("Line %(code)s") % {"code": code}, str(was or ""), str(became or ""), status=True)
                    )
            elif name not in hidden:
                label = _("Line %(code)s, %(field)s") % {"code": code, "field": LABELS.get(name, name)}
                shifts.append(Shift(label, _said(name, was), _said(name, became)))
        elif path in ("billing", "shipping", "customer"):
            word = _("told") if not was else _("changed") if became else _("no longer told")
            shifts.append(Shift(str(LABELS[path]), became=word))
        elif name not in hidden:
            shifts.append(Shift(str(LABELS.get(name, name)), _said(name, was), _said(name, became)))
    return Entry(
        at=at,
        origin="marketplace",
        title=title,
        status=status,
        kind="order",
        read_at=read_at,
        shifts=tuple(shifts),
    )


def _said(name: str, value: Any) -> str:
    """A value of `history.plain` as a person reads it, in the page's language."""
    if value is None or value == "":
        return "–"
    if name in TIMES:
        return typography.exact(datetime.fromisoformat(value), shop.zone(), timezone.now())
    if name in AMOUNTS:
        return typography.figure(Decimal(value))
    if name == "supply_mode":
        return str(words.MODES.get(value, value))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list | dict):
        return ngettext("%(count)s entry", "%(count)s entries", len(value)) % {"count": len(value)}
    return str(value)[:200]

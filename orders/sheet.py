"""Everything the order page shows of one order, and for what is not shown the reason. Few queries, always as many."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _

from backoffice.models import User
from orders.fields import Visible, sees
from orders.models import Address, Line, Order, Parcel, Reading
from orders.sums import LineSum, OrderSum, line_sum, order_sum

OTHERS = 5  # other orders of the customer that are listed
BEFORE_PREPARATION = frozenset({"Processing", "WaitingAcceptance", "Accepted"})
ADDRESS = (
    "id", "kind", "civility", "first_name", "last_name", "company", "vat_number", "line1", "line2", "line3", "postcode",
    "city", "region", "country", "phone", "email", "pickup_id", "pickup_name",
)  # fmt: skip
GONE = frozenset({"Shipped", "Delivered"})


@dataclass(frozen=True)
class ParcelShown:
    """A parcel; `url` is empty unless it is a plain http or https address."""

    number: str
    carrier: str
    url: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """A delivery address with the lines that go there; `missing` says why there is none."""

    address: Address | None
    lines: tuple[str, ...]
    missing: str = ""


@dataclass(frozen=True)
class LineShown:
    line: Line
    sum: LineSum


@dataclass(frozen=True)
class Other:
    number: str
    status: str
    placed_at: datetime


@dataclass(frozen=True)
class Sheet:
    """One order as one person sees it."""

    order: Order
    seen: Visible
    lines: list[LineShown]
    sum: OrderSum | None
    places: list[Place]
    billing: Address | None
    billing_missing: str
    parcels: list[ParcelShown]
    others: list[Other]
    more_others: bool
    reading: dict[str, Any] | None  # the last one that was asked for: done, outcome, trouble
    unknown: list[tuple[str, str]] = field(default_factory=list)

    @property
    def status(self) -> str:
        """The word of the badge: an order of which a part has left is told apart."""
        partly = self.order.partly_shipped and self.order.status == "InPreparation"
        return "PartlyShipped" if partly else self.order.status


def found(number: str, accounts: Sequence[int]) -> list[Order]:
    """The orders of this number in these accounts, with all that one query can bring along."""
    same = Order.objects.filter(
        ~Q(pk=OuterRef("pk")), ~Q(customer=""), account=OuterRef("account"), customer=OuterRef("customer")
    ).order_by("-placed_at")
    asked = Reading.objects.filter(
        account=OuterRef("account"), kind=Reading.Kind.ORDER, number=OuterRef("number")
    ).order_by("-asked_at")
    parcels = Parcel.objects.filter(order=OuterRef("pk")).order_by("seen_at", "pk")
    rows: QuerySet[Order] = (
        Order.objects.filter(number=number, account__in=accounts)
        .select_related("account", "extra")
        .annotate(
            parcel_rows=ArraySubquery(
                parcels.values(data=JSONObject(number="number", carrier="carrier", url="url", lines="lines"))
            ),
            address_rows=ArraySubquery(
                Address.objects.filter(order=OuterRef("pk"))
                .order_by("pk")
                .values(data=JSONObject(**{name: name for name in ADDRESS}))
            ),
            reading_rows=ArraySubquery(
                asked.values(data=JSONObject(done="done_at", outcome="outcome", trouble="trouble"))[:1]
            ),
            other_rows=ArraySubquery(
                same.values(data=JSONObject(number="number", status="status", placed=F("placed_at")))[: OTHERS + 1]
            ),
        )
        .order_by("account__name")
    )
    return list(rows)


def sheet(order: Order, user: User) -> Sheet:
    """What `user` sees of an order that `found` gave: one more query."""
    seen = sees(user, order)
    lines = list(Line.objects.filter(order=order).order_by("position"))
    addresses = {row["id"]: Address(order=order, **row) for row in order.address_rows}  # type: ignore[attr-defined]
    billing = next((address for address in addresses.values() if address.kind == "billing"), None)
    extra = getattr(order, "extra", None)
    others = order.other_rows  # type: ignore[attr-defined]
    return Sheet(
        order=order,
        seen=seen,
        lines=[LineShown(line, line_sum(line)) for line in lines],
        sum=order_sum(lines, order.fees) if seen.prices else None,
        places=_places(order, lines, addresses, seen),
        billing=billing if seen.billing else None,
        billing_missing=_no_billing(order, billing, seen),
        parcels=[
            ParcelShown(row["number"], row["carrier"], safe_url(row["url"]), tuple(row["lines"]))
            for row in order.parcel_rows  # type: ignore[attr-defined]
        ],
        others=[Other(row["number"], row["status"], datetime.fromisoformat(row["placed"])) for row in others[:OTHERS]],
        more_others=len(others) > OTHERS,
        reading=next(iter(order.reading_rows), None),  # type: ignore[attr-defined]
        unknown=_unknown(extra.content) if extra and seen.unknown else [],
    )


def _unknown(content: dict[str, Any]) -> list[tuple[str, str]]:
    """The members that no column is for, by path, each as JSON."""
    return [(path, json.dumps(value, ensure_ascii=False)) for path, value in sorted(content.items())]


def safe_url(url: str) -> str:
    """The address where it is http or https with a host; "" for anything else, which is then shown as text."""
    try:
        parts = urlsplit(url)
        return url if parts.scheme in ("http", "https") and parts.hostname and url.isprintable() else ""
    except ValueError:
        return ""


def _places(order: Order, lines: Sequence[Line], addresses: dict[int, Address], seen: Visible) -> list[Place]:
    """Where the lines go, one entry an address; lines without one are grouped by the reason."""
    places: dict[tuple[int | None, str], list[str]] = {}
    for line in lines:
        address = addresses.get(line.address_id or 0)
        reason = _hidden(order, line, address, seen)
        kept = address.pk if address and seen.address else None
        places.setdefault((kept, reason), []).append(line.code)
    return [Place(addresses[pk] if pk else None, tuple(codes), reason) for (pk, reason), codes in places.items()]


def _hidden(order: Order, line: Line, address: Address | None, seen: Visible) -> str:
    """Why the delivery address of a line is not shown; "" when it is."""
    if not seen.address:
        return _("Your role sees addresses of orders being prepared or shipped in the last 30 days only.")
    if order.contact_erased_at:
        return _("Erased, as it must be some time after the end of an order.")
    if address is not None:
        return ""
    if line.supply_mode == "Fulfillment" and line.status not in GONE:
        return _("The marketplace's warehouse ships this: it hides the address until then.")
    if line.status in BEFORE_PREPARATION or order.status in BEFORE_PREPARATION:
        return _("The marketplace may not tell the address before the order is to be shipped.")
    return _("The marketplace told no address.")


def _no_billing(order: Order, billing: Address | None, seen: Visible) -> str:
    if not seen.billing:
        return _("Your role does not see billing addresses.")
    if order.contact_erased_at:
        return _("Erased, as it must be some time after the end of an order.")
    return "" if billing else _("The marketplace told no billing address.")

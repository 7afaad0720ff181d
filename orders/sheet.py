"""Everything the order page shows of one order, and for what is not shown the reason. Few queries, always as many."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import reduce
from typing import Any
from urllib.parse import urlsplit

from django.db.models import Prefetch, prefetch_related_objects
from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice.models import SellerAccount, User
from orders import filters, lifecycle, notes, reasons, words
from orders.fields import Visible, sees
from orders.models import Address, CancellationRequest, Line, Order
from orders.queries import CAP
from orders.sums import LineSum, OrderSum, line_sum, order_sum

OTHERS = 5  # other orders of the customer that are listed
GIVEN = 50  # gestures of the order and its customer that are listed, and as many cancellations
OF_CUSTOMER = 50  # orders of the customer whose gestures and cancellations are looked for, the newest
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
class Given:
    """A gesture of this order, or of another one of its customer."""

    number: str
    amount: Decimal | None
    currency: str
    reason: str
    status: str
    errors: list[Any]
    created_at: datetime | None


@dataclass(frozen=True)
class Revoked:
    """A cancellation asked for of this order, or of another one of its customer. `who`: as the marketplace names them;
    `lines`: how many it names, 0 for the whole order; `code`: the marketplace's word for the reason."""

    number: str
    who: str
    lines: int
    reason: str
    code: str
    status: str
    created_at: datetime | None


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
    customers: int  # all orders of the customer, this one too; at most CAP + 1
    given: list[Given]  # the newest first
    more_given: bool
    revoked: list[Revoked]  # the newest first
    more_revoked: bool
    reading: dict[str, Any] | None  # the last one that was asked for: done, outcome, trouble
    unknown: list[tuple[str, str]] = field(default_factory=list)

    @property
    def more_others(self) -> str:
        """How many orders the customer has, where they are not all listed; "" where they are."""
        return words.capped(self.customers) if self.customers > OTHERS + 1 else ""

    @property
    def customers_url(self) -> str:
        """The list of them all."""
        wanted = filters.Filters(account=self.order.account.slug, customer=self.order.number)
        return reverse("orders:list") + filters.address(wanted)

    @property
    def looked_at(self) -> int:
        """In how many of them, the newest, gestures and cancellations were looked for; 0 for all."""
        return OF_CUSTOMER if self.customers > OF_CUSTOMER else 0

    @property
    def status(self) -> str:
        """The word of the badge: an order of which a part has left is told apart."""
        partly = self.order.partly_shipped and self.order.status == "InPreparation"
        return "PartlyShipped" if partly else self.order.status


def found(number: str, accounts: Sequence[SellerAccount]) -> list[Order]:
    """The orders of this number in these accounts, by the accounts' order, with all that one query can bring along.

    Written out: to compose and compile it cost a quarter of the order page.
    """
    known = {account.pk: account for account in accounts}
    limits = {"others": OTHERS, "counted": CAP + 1, "given": GIVEN + 1, "of_customer": OF_CUSTOMER, "notes": notes.MOST}
    orders = list(Order.objects.raw(_FOUND, {"number": number, "accounts": list(known), **limits}))
    for order in orders:
        order.account = known[order.account_id]
    return sorted(orders, key=lambda order: list(known).index(order.account_id))


_FOUND = f"""
SELECT {", ".join(f"o.{field.column}" for field in Order._meta.concrete_fields)},
       (SELECT content::json FROM orders_orderextra WHERE order_id = o.id) AS extra_content,
       ARRAY(SELECT json_build_object('number', number, 'carrier', carrier, 'url', url, 'lines', lines)
               FROM orders_parcel WHERE order_id = o.id ORDER BY seen_at, id) AS parcel_rows,
       ARRAY(SELECT row_to_json(a) FROM (SELECT {", ".join(ADDRESS)} FROM orders_address
              WHERE order_id = o.id ORDER BY id) a) AS address_rows,
       ARRAY(SELECT json_build_object('done', done_at, 'outcome', outcome, 'trouble', trouble) FROM orders_reading
              WHERE account_id = o.account_id AND kind = 'order' AND number = o.number
              ORDER BY asked_at DESC LIMIT 1) AS reading_rows,
       ARRAY(SELECT json_build_object('number', number, 'status', status, 'placed', placed_at) FROM orders_order same
              WHERE account_id = o.account_id AND customer = o.customer AND customer <> '' AND id <> o.id
              ORDER BY placed_at DESC LIMIT %(others)s) AS other_rows,
       (SELECT count(*) FROM (SELECT FROM orders_order WHERE account_id = o.account_id AND customer = o.customer
                                 AND customer <> '' LIMIT %(counted)s) c) AS customers,
       ARRAY(SELECT json_build_array(number, amount::text, coalesce(nullif(currency, ''), o.currency), reason, status,
                                     errors, created_at)
               FROM orders_gesturerequest
              WHERE account_id = o.account_id
                AND number = ANY(same.numbers) ORDER BY created_at DESC NULLS LAST, id DESC LIMIT %(given)s
       ) AS given_rows,
       ARRAY(SELECT json_build_array(number, user_type, jsonb_array_length(lines), coalesce(lines->0->>'reason', ''),
                                     coalesce((SELECT label FROM orders_reason WHERE account_id = o.account_id
                                                  AND code = lines->0->>'reason'), ''), status, created_at)
               FROM orders_cancellationrequest WHERE account_id = o.account_id
                AND number = ANY(same.numbers) ORDER BY created_at DESC NULLS LAST, id DESC LIMIT %(given)s
       ) AS revoked_rows,
       ARRAY(SELECT json_build_array(k.account_id, channel, ability, origin, value, was, source, note, learned_at,
                                     coalesce(nullif(u.name, ''), u.username, ''))
               FROM orders_channelability k LEFT JOIN backoffice_user u ON u.id = k.user_id
              WHERE k.account_id = o.account_id AND channel = o.channel)
       || ARRAY(SELECT json_build_array(account_id, channel, rule, verb, accepted, NULL, '', '', first_at, '')
                  FROM orders_prediction WHERE account_id = o.account_id AND channel = o.channel AND accepted
       ) AS ability_rows,
       ARRAY(SELECT row_to_json(c) FROM orders_cancellationrequest c
              WHERE account_id = o.account_id AND number = o.number) AS cancellation_rows,
       ARRAY(SELECT json_build_object('id', id, 'kind', kind, 'text', text, 'author_id', author_id,
                                      'author_name', author_name, 'at', at, 'changed_at', changed_at)
               FROM orders_note WHERE order_id = o.id ORDER BY kind, at DESC LIMIT %(notes)s) AS note_rows
  FROM orders_order o
  CROSS JOIN LATERAL (SELECT array_append(ARRAY(SELECT number FROM orders_order
          WHERE account_id = o.account_id AND customer = o.customer AND customer <> ''
          ORDER BY placed_at DESC LIMIT %(of_customer)s), o.number) AS numbers) same
 WHERE o.number = %(number)s AND o.account_id = ANY(%(accounts)s)
"""  # noqa: S608 the columns are ours, the values travel apart


def sheet(order: Order, user: User) -> Sheet:
    """What `user` sees of an order that `found` gave: one more query."""
    seen = sees(user, order)
    prefetch_related_objects([order], Prefetch("lines", Line.objects.order_by("position")))  # also for who judges it
    lines = list(order.lines.all())
    addresses = {row["id"]: Address(order=order, **row) for row in order.address_rows}  # type: ignore[attr-defined]
    billing = next((address for address in addresses.values() if address.kind == "billing"), None)
    extra = order.extra_content  # type: ignore[attr-defined]
    others = order.other_rows  # type: ignore[attr-defined]
    given = order.given_rows if seen.gestures else []  # type: ignore[attr-defined]
    revoked = order.revoked_rows  # type: ignore[attr-defined]
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
        others=[Other(row["number"], row["status"], datetime.fromisoformat(row["placed"])) for row in others],
        customers=order.customers,  # type: ignore[attr-defined]
        given=[_given(*row) for row in given[:GIVEN]],
        more_given=len(given) > GIVEN,
        revoked=[_revoked(*row) for row in revoked[:GIVEN]],
        more_revoked=len(revoked) > GIVEN,
        reading=next(iter(order.reading_rows), None),  # type: ignore[attr-defined]
        unknown=_unknown(extra) if extra and seen.unknown else [],
    )


def case(order: Order) -> lifecycle.Case:
    """All that judging the order needs; without a query for an order that `found` gave and `sheet` has read."""
    if not hasattr(order, "ability_rows"):
        return lifecycle.case(order)
    history = reduce(lifecycle.History.with_request, cancellations(order), lifecycle.History())
    shipped = lifecycle.left(order, order.lines.all(), (row["lines"] for row in order.parcel_rows))  # type: ignore[attr-defined]
    return lifecycle.case(order, abilities=abilities(order), history=replace(history, shipped=shipped))


def abilities(order: Order, until: datetime | None = None) -> lifecycle.Abilities:
    """What is known of the channel of an order that `found` gave; `until`: what was known by then."""
    rows = ((*row[:8], datetime.fromisoformat(row[8]), row[9]) for row in order.ability_rows)  # type: ignore[attr-defined]
    known = [row for row in rows if until is None or row[8] <= until]
    return lifecycle.book(known).of(order.account_id, order.channel)


def cancellations(order: Order) -> list[CancellationRequest]:
    """The cancellation requests that are known of an order that `found` gave."""
    return [CancellationRequest(**row) for row in order.cancellation_rows]  # type: ignore[attr-defined]


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


def _given(number: str, amount: str | None, currency: str, reason: str, status: str, errors: Any, at: Any) -> Given:
    told = None if amount is None else Decimal(amount)
    return Given(number, told, currency, reason, status, errors, datetime.fromisoformat(at) if at else None)


def _revoked(number: str, who: str, lines: int, code: str, label: str, status: str, at: Any) -> Revoked:
    reason = reasons.words(code, {code: label})
    return Revoked(number, who, lines, reason, code, status, datetime.fromisoformat(at) if at else None)


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

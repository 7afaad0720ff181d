"""Frozen readings of the marketplace's answers, in our words; it knows neither their spelling nor how they travel.

Everywhere: money is `Decimal` in the order's currency with at most four decimals, times are aware and UTC, a missing or
null text is "", a missing number or time is None, and a word never seen before stands as it came.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Generic, TypeVar

import msgspec

T = TypeVar("T")

EARLY = 0.8  # of a token's life: from then on one process renews it


class Address(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where somebody lives or receives; `country` is upper-case. `email` is a relay: never a key of a person."""

    civility: str = ""
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    vat_number: str = ""
    line1: str = ""
    line2: str = ""
    line3: str = ""
    postal_code: str = ""
    city: str = ""
    region: str = ""
    country: str = ""
    phone: str = ""
    email: str = ""
    pickup_id: str = ""
    pickup_name: str = ""


class Tax(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """`rate` in percent, as declared in the offer; `amount` may be 0 although the rate is set (documented)."""

    code: str = ""
    target: str = ""
    amount: Decimal | None = None
    rate: Decimal | None = None


class Parcel(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A parcel as declared; `carrier` is a label, not always one of the carriers' list (clients)."""

    number: str = ""
    carrier: str = ""
    url: str = ""


class ServiceFee(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Charged to the customer within the order's total and deducted from the payout (documented)."""

    label: str = ""
    amount: Decimal | None = None


class Line(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The unit of shipping and cancelling. Shipping costs and commissions are those of the whole line."""

    code: str
    status: str
    quantity: int
    offer_id: str = ""
    sku: str = ""
    supply_mode: str = ""
    product_id: str = ""
    title: str = ""
    gtin: str = ""
    condition: str = ""
    delivery_mode: str = ""
    promised_min: datetime | None = None
    promised_max: datetime | None = None
    ship_by: datetime | None = None
    offer_unit: Decimal | None = None
    offer_shipping: Decimal | None = None
    selling_unit: Decimal | None = None
    selling_shipping: Decimal | None = None
    offer_total: Decimal | None = None  # as received; whether it holds the shipping is disputed: never compute with it
    selling_total: Decimal | None = None
    commission_with_vat: Decimal | None = None
    commission_without_vat: Decimal | None = None
    commission_rate: Decimal | None = None  # hundredths of a percent: 800 is 8 % (measured)
    offer_taxes: tuple[Tax, ...] = ()
    selling_taxes: tuple[Tax, ...] = ()
    shipping: Address | None = None
    parcels: tuple[Parcel, ...] = ()


class Order(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One order as the marketplace tells it at `changed_at`, its clock.

    `extra` holds every member we do not know, by path ("bar", "lines.QK01.foo", "lines.QK01.parcels.0.weight"); numbers
    in it are int or Decimal. `hash` is the sha256 of the whole document with its keys sorted, in hex: two readings with
    one hash say the same.
    """

    number: str
    status: str
    created_at: datetime
    changed_at: datetime
    lines: tuple[Line, ...]
    hash: str
    channel_number: str = ""
    business: bool = False
    channel: str = ""
    channel_name: str = ""
    seller: str = ""
    customer: str = ""
    purchased_at: datetime | None = None
    ship_by: datetime | None = None
    payment_method: str = ""
    currency: str = ""
    billing: Address | None = None
    shipping: Address | None = None  # only where an answer has it on the order; the lines' own come first (clients)
    offer_total: Decimal | None = None
    selling_total: Decimal | None = None
    service_fees: tuple[ServiceFee, ...] = ()
    extra: dict[str, Any] = {}


class Unreadable(msgspec.Struct, frozen=True, kw_only=True):
    """A record set aside. `number` is "" and `changed_at` None when even these could not be read; `raw` is at most
    64 kB of it; `reason` is a sentence for a person."""

    raw: bytes
    reason: str
    number: str = ""
    changed_at: datetime | None = None


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One page of a list, in the order in which it came.

    `received` counts the records of the answer, unreadable and repeated ones too: a page is the last when this is less
    than what was asked for. `next` is the query of the answer's `next` link, "" when there is none; it is handed back
    to the same method as `after`.
    """

    items: tuple[T, ...]
    unreadable: tuple[Unreadable, ...] = ()
    received: int = 0
    next: str = ""


class Carrier(msgspec.Struct, frozen=True, kw_only=True):
    """`code` is not unique (measured): the label is what a shipment names."""

    code: str
    label: str


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """A cancellation reason that holds for the channel, requester and status it was asked for."""

    code: str
    label: str = ""


class Complaint(msgspec.Struct, frozen=True, kw_only=True):
    """Why a request or a file was rejected, in the marketplace's words."""

    code: str = ""
    message: str = ""


class CancelledLine(msgspec.Struct, frozen=True, kw_only=True):
    """What a cancellation request says of one line."""

    code: str
    offer_id: str = ""
    reason: str = ""
    refund_shipping: bool | None = None
    status: str = ""


class CancellationRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A cancellation somebody asked for: seller, customer or customer service. Its members are a guess (simulator)."""

    id: str
    order: str
    channel: str = ""
    kind: str = ""  # Total or Partial
    status: str = ""  # InProgress, Done, Rejected
    reason: str = ""
    asked_by: str = ""  # Seller, Customer, …
    asked_by_id: str = ""
    lines: tuple[CancelledLine, ...] = ()
    complaints: tuple[Complaint, ...] = ()
    created_at: datetime | None = None
    changed_at: datetime | None = None


class GestureRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A commercial gesture that was asked for, and how it was decided."""

    id: str
    order: str
    channel: str = ""
    reason: str = ""
    details: str = ""
    amount: Decimal | None = None
    currency: str = ""
    status: str = ""  # InProgress, Done, Rejected
    complaints: tuple[Complaint, ...] = ()
    created_at: datetime | None = None
    changed_at: datetime | None = None


class GestureAmount(msgspec.Struct, frozen=True, kw_only=True):
    """What may still be granted on an order."""

    allowable: Decimal
    order: str = ""
    currency: str = ""


class GestureConfiguration(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a channel takes gestures; `max_rate` in percent of the order. A limit that is None is not known."""

    allowed: bool
    channel: str = ""
    max_rate: Decimal | None = None
    max_amount: Decimal | None = None
    currency: str = ""


class InvoiceFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file of an import: Running, Success or Failure, and the technical step it reached."""

    name: str
    status: str = ""
    step: str = ""
    complaints: tuple[Complaint, ...] = ()


class InvoiceImport(msgspec.Struct, frozen=True, kw_only=True):
    """An upload of invoices: Running, Success, PartialSuccess or Failure."""

    id: str
    status: str
    created_at: datetime | None = None
    files: tuple[InvoiceFile, ...] = ()


class InvoiceDocument(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice attached to an order."""

    name: str = ""
    import_id: str = ""
    status: str = ""
    created_at: datetime | None = None


class Shipment(msgspec.Struct, frozen=True, kw_only=True):
    """A parcel to declare: its number, the carrier's label, the codes of its lines, a tracking address or ""."""

    number: str
    carrier: str
    lines: tuple[str, ...]
    url: str = ""


class LineCancellation(msgspec.Struct, frozen=True, kw_only=True):
    """A line to cancel; the marketplace wants its code and its offer both (documented)."""

    code: str
    offer_id: str
    reason: str
    refund_shipping: bool


class Seller(msgspec.Struct, frozen=True, kw_only=True):
    """The seller's profile; with `auto_accept` orders never wait for acceptance (documented). None: not said."""

    id: str
    login: str = ""
    shop_name: str = ""
    created_at: datetime | None = None
    state: str = ""
    sub_state: str = ""
    subscription_step: str = ""
    auto_accept: bool | None = None
    fulfillment_profile: str = ""
    extra: dict[str, Any] = {}


class Indicator(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of the seller's performance over 30, 60 and 365 days.

    `name` is acceptance, shipping, deadlines, claims or refunds; another one stands as it came.
    `threshold_kind` is TresholdMin or TresholdMax, their spelling.
    """

    name: str
    description: str = ""
    value_30: Decimal | None = None
    value_60: Decimal | None = None
    value_365: Decimal | None = None
    threshold: Decimal | None = None
    threshold_kind: str = ""
    compliant_30: bool | None = None
    compliant_60: bool | None = None
    compliant_365: bool | None = None
    computed_at: datetime | None = None


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """A sales channel the seller is or was subscribed to: the only list of channels there is (documented)."""

    channel: str
    id: str = ""
    status: str = ""
    action: str = ""
    offer_currency: str = ""
    payment_currency: str = ""


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """An access token and its life by our clock. Its text shows in no repr and no message."""

    access: str
    issued_at: datetime
    expires_at: datetime

    @property
    def renew_at(self) -> datetime:
        """From here on one process should fetch the next one; the others may go on with this."""
        return self.issued_at + timedelta(seconds=(self.expires_at - self.issued_at).total_seconds() * EARLY)

    def __repr__(self) -> str:
        return f"Token(issued_at={self.issued_at.isoformat()}, expires_at={self.expires_at.isoformat()})"

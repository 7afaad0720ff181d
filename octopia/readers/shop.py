"""Reads what changes seldom: carriers, the seller's profile, indicators and sales channels, and the token."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from octopia.readers.document import Malformed, Reading, decode, named_records, nameless, page, set_aside
from octopia.schema import Carrier, Indicator, Page, Seller, Subscription, Token, Unreadable

INDICATORS = {
    "order_acceptation": "acceptance",
    "product_shipping": "shipping",
    "deadline_compliance": "deadlines",
    "order_claims": "claims",
    "order_refunds": "refunds",
}
LIFE = 7_200  # seconds of a token that does not say (documented)
LONGEST = 86_400
TOKEN = 16_384  # signs


def read_carriers(body: bytes) -> Page[Carrier]:
    """E6. One label carried a trailing space (measured): it is trimmed."""
    return page(body, _carrier, nameless)


def read_subscriptions(body: bytes) -> Page[Subscription]:
    """E18: the seller's sales channels."""
    return page(body, _subscription, nameless)


def read_seller(body: bytes) -> Seller:
    """E18, the profile; a list of one is taken too. Raises Malformed."""
    document = decode(body)
    if isinstance(document, list) and len(document) == 1:
        document = document[0]
    reading = Reading(document)
    root = reading.root
    if not (number := root.identity("seller_id")):
        raise Malformed("seller_id is missing.")
    return Seller(
        id=number,
        login=root.text("login"),
        shop_name=root.text("shop_name"),
        created_at=root.moment("creation_date"),
        state=root.text("seller_state"),
        sub_state=root.text("seller_sub_state"),
        subscription_step=root.text("subscription_step"),
        auto_accept=root.flag("auto_accept_order"),
        fulfillment_profile=root.identity("fulfillment_profile_id"),
        extra=reading.extra(),
    )


def read_indicators(body: bytes) -> Page[Indicator]:
    """E18: the indicators that are told; a null one is left out. Raises Malformed when it is no object."""
    items: list[Indicator] = []
    unreadable: list[Unreadable] = []
    for name, raw in named_records(body).items():
        if raw.strip() == b"null":
            continue
        try:
            items.append(_indicator(INDICATORS.get(name, name), decode(raw)))
        except Malformed as error:
            unreadable.append(set_aside(raw, str(error), nameless))
    return Page(items=tuple(items), unreadable=tuple(unreadable), received=len(items) + len(unreadable))


def read_count(body: bytes) -> int:
    """E2: a bare integer (measured); raises Malformed."""
    count = decode(body)
    if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count < 10**12:
        raise Malformed("The count is not a whole number.")
    return count


def read_token(body: bytes, *, now: datetime) -> Token:
    """The token endpoint's answer to a request made at `now`, our clock; raises Malformed."""
    document = decode(body)
    access = document.get("access_token") if isinstance(document, dict) else None
    if not isinstance(access, str) or not 0 < len(access) <= TOKEN or not access.isascii() or not access.isprintable():
        raise Malformed("The answer holds no usable access token.")
    life = document.get("expires_in")
    if isinstance(life, bool) or not isinstance(life, int | Decimal) or life <= 0:
        life = LIFE
    return Token(access=access, issued_at=now, expires_at=now + timedelta(seconds=int(min(life, LONGEST))))


def _carrier(document: Any) -> Carrier:
    root = Reading(document).root
    return Carrier(code=root.text("code").strip(), label=root.required("label").strip())


def _subscription(document: Any) -> Subscription:
    root = Reading(document).root
    return Subscription(
        channel=root.required("sales_channel_id"),
        id=root.identity("subscription_id"),
        status=root.text("status"),
        action=root.text("action"),
        offer_currency=root.text("offer_submission_currency"),
        payment_currency=root.text("seller_payment_currency"),
    )


def _indicator(name: str, document: Any) -> Indicator:
    root = Reading(document).root
    return Indicator(
        name=name[:100].replace("\0", ""),
        description=root.text("description"),
        value_30=root.number("value_d30"),
        value_60=root.number("value_d60"),
        value_365=root.number("value_d365"),
        threshold=root.number("treshold"),
        threshold_kind=root.text("treshold_type"),
        compliant_30=root.flag("compliant_d30"),
        compliant_60=root.flag("compliant_d60"),
        compliant_365=root.flag("compliant_d365"),
        computed_at=root.moment("computation_date"),
    )

"""Factories: each gives something that could be in a shop today; name only what the test is about."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from itertools import count
from typing import Any

import msgspec
from django.conf import settings
from django.utils import timezone

from backoffice.models import SellerAccount, User
from octopia import schema
from orders import mirror, models

_turns = count(1)

CLIENT_ID, SECRET, SELLER = "demo-client", "demo-secret", "104512"  # those of the sandbox
API = "http://market.test/seller/v2"
TOKENS = "http://market.test/auth/realms/maas/protocol/openid-connect/token"

PRACTICE_TOKENS = "http://practice.test/auth/realms/maas/protocol/openid-connect/token"


def account(**fields: Any) -> SellerAccount:
    """The sandbox's demo seller, or another one by `seller_id`."""
    turn = next(_turns)
    if fields.get("practice"):
        fields = {"api_url": settings.PRACTICE_URL, "token_url": PRACTICE_TOKENS} | fields
    fields = {
        "name": f"Shop {turn}",
        "slug": f"shop-{turn}",
        "seller_id": SELLER,
        "api_url": API,
        "token_url": TOKENS,
        "client_id": CLIENT_ID,
        "client_secret": SECRET,
    } | fields
    return SellerAccount.objects.create(**fields)


def the_account() -> SellerAccount:
    """The account there is, or else a new one: most tests know only one."""
    return SellerAccount.objects.order_by("pk").first() or account()


def user(role: str = "support", *accounts: SellerAccount, **fields: Any) -> User:
    """A person who sees the given accounts, or else every account there is."""
    seen = accounts or tuple(SellerAccount.objects.all())
    fields.setdefault("username", f"{role}-{next(_turns)}")
    return User.objects.create_user(role=role, accounts=seen, **fields)


def address(**members: Any) -> schema.Address:
    members = {
        "civility": "Mme",
        "first_name": "Solène",
        "last_name": "Le Goff",
        "line1": "12 rue des Tanneurs",
        "postal_code": "37000",
        "city": "Tours",
        "country": "FR",
        "phone": "+33612345678",
        "email": "k3j2h1@relay.example.org",
    } | members
    return schema.Address(**members)


def line(code: str = "QK01", **members: Any) -> schema.Line:
    whole: dict[str, Any] = {
        "status": "InPreparation",
        "quantity": 1,
        "offer_id": f"OFFER{code}_104512_6_CDISFR",
        "sku": "LAMP-01",
        "supply_mode": "Seller",
        "product_id": "DEM3760000000017",
        "title": "Lampadaire arqué en métal",
        "gtin": "3760000000017",
        "condition": "New",
        "delivery_mode": "TrackedHomeDelivery",
        "ship_by": timezone.now().replace(microsecond=0) + timedelta(days=1),
        "offer_unit": Decimal("49.90"),
        "offer_shipping": Decimal("5.90"),
        "selling_unit": Decimal("49.90"),
        "selling_shipping": Decimal("5.90"),
        "offer_total": Decimal("55.80"),
        "selling_total": Decimal("55.80"),
        "commission_with_vat": Decimal("8.04"),
        "commission_without_vat": Decimal("6.70"),
        "commission_rate": Decimal(1200),
        "offer_taxes": (schema.Tax(code="VAT", target="Product", amount=Decimal(0), rate=Decimal(20)),),
        "selling_taxes": (schema.Tax(code="VAT", target="Product", amount=Decimal(0), rate=Decimal(20)),),
        "shipping": address(),
    } | members
    return schema.Line(code=code, **whole)


def reading(number: str = "", **members: Any) -> schema.Order:
    """An order as the client reads it: one line, placed yesterday, to be shipped tomorrow. Its hash follows from it."""
    turn = next(_turns)
    placed = members.get("created_at") or datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
    status = members.get("status", "InPreparation")
    members = {
        "number": number or f"SCID01{placed:%y%m%d%H%M%S}{turn:04d}",
        "channel_number": f"{placed:%y%m%d}{turn:08d}",
        "channel": "CDISFR",
        "channel_name": "Cdiscount",
        "seller": SELLER,
        "customer": f"CUST-{turn}",
        "purchased_at": placed - timedelta(seconds=40),
        "created_at": placed,
        "changed_at": placed + timedelta(hours=1),
        "status": status,
        "payment_method": "Card",
        "currency": "EUR",
        "billing": address(phone="", email=""),
        "offer_total": Decimal("55.80"),
        "selling_total": Decimal("55.80"),
        "lines": (line(status=status),),
        "hash": "",
    } | members
    order = schema.Order(**members)
    if order.hash:
        return order
    return msgspec.structs.replace(order, hash=sha256(msgspec.json.encode(order)).hexdigest())


def later(order: schema.Order, **members: Any) -> schema.Order:
    """The same order some time on, changed as told."""
    members.setdefault("changed_at", order.changed_at + timedelta(minutes=10))
    changed = msgspec.structs.replace(order, **members, hash="")
    return msgspec.structs.replace(changed, hash=sha256(msgspec.json.encode(changed)).hexdigest())


def order(number: str = "", *, of: SellerAccount | None = None, source: str = "live", **members: Any) -> models.Order:
    """A mirrored order, written by the mirror itself, that could be shipped today."""
    seller = of or the_account()
    read = reading(number, **members)
    mirror.store(seller, [read], source=source)
    return models.Order.objects.get(account=seller, number=read.number)

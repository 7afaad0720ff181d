"""Writes the documents of invented orders, reproducibly: who buys what, where it goes, what it costs."""

import hashlib
import random
import string
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sandbox import carriers, catalogue
from sandbox.channels import Channel
from sandbox.orders import FINAL, SHIPPED, Order
from sandbox.wording import Document, euros, stamp

DAY = 86_400
DRAWN = "drawn"  # as a line's mode: the product's own
_CUSTOMERS = 1_500
_HOUSES = ("", "", "", " bis", " ter")
_SIGNS = string.digits + string.ascii_uppercase


@dataclass(frozen=True, slots=True)
class LineWish:
    """What a caller may say about one line; money in euros; what is left out is drawn."""

    code: str = ""
    sku: str = ""
    quantity: int = 0
    mode: str = ""
    status: str = ""
    price: float | None = None
    discount: float = 0
    shipping: float | None = None
    address: Document | None = None
    elsewhere: bool = False  # goes to another address than the rest of the order
    deadline: str | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """What a caller may say about an order; times are seconds since the epoch; what is left out is drawn."""

    number: str = ""
    status: str = "InPreparation"
    lines: Sequence[LineWish] = (LineWish(quantity=1),)
    created: float = 0
    updated: float = 0
    deadline: float | None = None
    no_deadline: bool = False
    shipped: float | None = None
    reference: str | None = ""
    customer: str | None = ""
    business: bool | None = None
    pickup: bool | None = None
    country: str = ""
    fee: float | None = None
    currency: str = ""
    steps: Sequence[tuple[str, float]] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Customer:
    reference: str | None
    billing: Document
    delivery: Document
    business: bool


@lru_cache(maxsize=8)
def _people(seed: int) -> tuple[_Customer, ...]:
    """Everybody who ever buys; they are never changed, so that markets of one seed share them."""
    rng = random.Random(f"people {seed}")
    return tuple(_person(rng, position) for position in range(_CUSTOMERS))


def _person(rng: random.Random, position: int) -> _Customer:
    civility, first = rng.choice(catalogue.FIRST_NAMES)
    last = rng.choice(catalogue.LAST_NAMES)
    business = rng.random() < 0.12
    code, city = rng.choice(catalogue.CITIES)
    country = "FR"
    if rng.random() < 0.05:
        code, city, country = rng.choice(catalogue.ABROAD)
    company = rng.choice(catalogue.COMPANIES) if business else None
    billing: Document = {
        "civility": None if rng.random() < 0.04 else civility,
        "firstName": first,
        "lastName": last,
        "companyName": company,
        "companyVatNumber": catalogue.vat_number(rng.randrange(10**8)) if business else None,
        "addressLine1": f"{rng.randint(1, 180)}{rng.choice(_HOUSES)} {rng.choice(catalogue.STREETS)}",
        "addressLine2": rng.choice(catalogue.EXTRAS),
        "addressLine3": None,
        "postalCode": code,
        "city": city,
        "stateOrRegion": None,
        "countryCode": country,
    }
    tag = f"{rng.getrandbits(24):06x}"
    contact: Document = {
        # 06 39 98 .. .. is the block the French regulator keeps for fiction.
        "phone": None if rng.random() < 0.05 else f"+336399800{rng.randint(0, 99):02d}",
        "email": None if rng.random() < 0.1 else f"{tag}.demo@example.org",
        "pickupId": None,
        "pickupName": None,
    }
    delivery = {**billing, **contact}
    if rng.random() < 0.12:  # a present: somebody else receives it
        other, name = rng.choice(catalogue.FIRST_NAMES)
        delivery |= {"civility": other, "firstName": name, "addressLine2": "Chez les voisins si absent"}
    elif rng.random() < 0.15 and not business:
        pickup, shop = rng.choice(catalogue.PICKUPS)
        delivery |= {"pickupId": pickup, "pickupName": shop, "addressLine1": shop, "addressLine2": None}
    reference = None if rng.random() < 0.03 else f"CUST-{position:04X}{tag[:2].upper()}"
    return _Customer(reference, billing, delivery, business)


class Author:
    """Draws everything from one random source; equal seeds write equal orders."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self._customers = _people(seed)
        self._products = {product.sku: position for position, product in enumerate(catalogue.PRODUCTS)}

    def _customer(self, wish: Wish) -> _Customer:
        for _ in range(400):
            # The square makes some people come back often.
            found = self._customers[int(self.rng.random() ** 2 * _CUSTOMERS)]
            if wish.business is not None and found.business != wish.business:
                continue
            if wish.pickup is not None and bool(found.delivery["pickupId"]) != wish.pickup:
                continue
            if not wish.country or found.delivery["countryCode"].upper() == wish.country.upper():
                return found
        address = {**self._customers[0].billing, "countryCode": wish.country or "FR"}
        return _Customer(None, address, {**self._customers[0].delivery, **address}, bool(wish.business))

    # ---- numbers

    def number(self, channel: Channel, created: float) -> str:
        """A new order number, in the channel's way: dated, short or long (U26)."""
        tail = "".join(self.rng.choices(_SIGNS, k=4))
        day = stamp(created)
        digits = day[2:4] + day[5:7] + day[8:10] + day[11:13] + day[14:16] + day[17:19]
        if channel.numbers == "dated":
            return f"SCID01{digits}{tail}"
        if channel.numbers == "long":
            return f"{channel.id}-{digits}-{self.rng.getrandbits(32):08X}-{tail}"
        return f"{self.rng.randint(100_000, 999_999)}{tail[:2]}"

    def parcel(self) -> Document:
        label, pattern, page = self.rng.choice(carriers.COMMON)
        number = "".join(
            str(self.rng.randint(0, 9))
            if sign == "#"
            else self.rng.choice(string.ascii_uppercase)
            if sign == "@"
            else sign
            for sign in pattern
        )
        return {"parcelNumber": number, "carrierName": label, "trackingUrl": page.format(number=number)}

    # ---- documents

    def write(self, seller: str, channel: Channel, wish: Wish) -> Order:
        """One order as wished; the rest is drawn."""
        customer = self._customer(wish)
        number = wish.number or self.number(channel, wish.created)
        prefix = "".join(self.rng.choices(string.ascii_uppercase, k=2))
        parcels: dict[str, Document] = {}
        lines = [
            self._line(seller, channel, wish, line, f"{prefix}{position:02d}", customer, parcels)
            for position, line in enumerate(wish.lines, 1)
        ]
        offered = sum(line.pop("_offer") for line in lines)
        sold = sum(line.pop("_selling") for line in lines)
        fee = round(wish.fee * 100) if wish.fee is not None else self.rng.choice((0, 0, 0, 0, 149, 299))
        deadlines = [line["delivery"]["shippedAtMax"] for line in lines if line["delivery"]]
        reference = wish.reference
        if reference == "":
            reference = (
                None
                if self.rng.random() < 0.1
                else f"{stamp(wish.created)[2:10].replace('-', '')}{''.join(self.rng.choices(_SIGNS, k=7))}"
            )
        document: Document = {
            "orderId": number,
            "reference": reference,
            "businessOrder": customer.business if wish.business is None else wish.business,
            "salesChannel": {"id": channel.id, "name": channel.name},
            "seller": {"id": seller},
            "customer": {"reference": customer.reference if wish.customer == "" else wish.customer},
            "purchasedAt": None if self.rng.random() < 0.02 else stamp(wish.created - self.rng.randint(20, 90)),
            "createdAt": stamp(wish.created),
            "updatedAt": stamp(wish.updated or wish.created),
            "shippedAtMax": min(deadlines, default=None),
            "status": wish.status,
            "payment": {"method": self.rng.choice(catalogue.PAYMENTS)},
            "currencyCode": wish.currency or channel.currency,
            "billingAddress": customer.billing,
            "totalPrice": {"offerPrice": euros(offered), "sellingPrice": euros(sold + fee)},  # U8
            "serviceFees": [{"label": "Frais de service", "amount": euros(fee)}] if fee else [],
            "statusEvents": [{"status": status, "createdAt": stamp(when)} for status, when in wish.steps],
            "lines": lines,
        }
        if wish.status == "Cancelled" and wish.reason:
            document["cancellationDetails"] = {"reason": wish.reason}
        order = Order(document, shy=self.rng.random() < 0.7)
        for line in lines:
            if line["status"] == "CancelRequest":
                order.before[line["orderLineId"]] = wish.status if wish.status not in FINAL else "InPreparation"
        order.partly_cancelled = wish.status != "Cancelled" and any(line["status"] == "Cancelled" for line in lines)
        document["status"] = order.add_up()
        return order

    def _line(
        self,
        seller: str,
        channel: Channel,
        wish: Wish,
        line: LineWish,
        code: str,
        customer: _Customer,
        parcels: dict[str, Document],
    ) -> Document:
        rng = self.rng
        position = self._products.get(line.sku, -1) if line.sku else rng.randrange(len(catalogue.PRODUCTS))
        product = (
            catalogue.PRODUCTS[position] if position >= 0 else catalogue.Product(line.sku, f"Article {line.sku}", 1990)
        )
        mode = line.mode or "Seller"
        if mode == DRAWN:
            mode = (product.mode if channel.id in ("CDISFR", "ZZLINE") else "") or "Seller"
        status = line.status or wish.status
        quantity = line.quantity or rng.choice((1, 1, 1, 1, 1, 2, 2, 3, 6))
        unit = product.price if line.price is None else round(line.price * 100)
        discount = round(line.discount * 100) or (unit // 10 if line.price is None and rng.random() < 0.12 else 0)
        shipping = product.shipping if line.shipping is None else round(line.shipping * 100)
        offered, sold = unit * quantity + shipping, (unit - discount) * quantity + shipping
        commission = (offered * product.commission + 5_000) // 10_000
        taxes: list[Document] = [{"code": "VAT", "target": "Product", "amount": 0, "rate": product.vat}]  # R20
        if rng.random() < 0.2:
            taxes = [{**taxes[0], "amount": euros(round((unit - discount) * product.vat / (100 + product.vat)))}]
        ship_by = wish.deadline
        if ship_by is None:
            ship_by = (wish.created // DAY + product.days) * DAY + 23 * 3_600
        # R16, example 5.2: what the warehouse prepares has no deadline for the seller.
        delivery: Document | None = {
            "mode": "PickUp" if customer.delivery["pickupId"] else "TrackedHomeDelivery",
            "promisedAtMin": stamp(ship_by + 25 * 3_600),
            "promisedAtMax": stamp(ship_by + 73 * 3_600),
            "shippedAtMax": line.deadline or stamp(ship_by),
        }
        if wish.no_deadline or (mode != "Seller" and line.deadline is None and wish.deadline is None):
            delivery = None
        address = line.address or customer.delivery
        if line.elsewhere:
            address = self._customers[rng.randrange(_CUSTOMERS)].delivery
        carried: list[Document] = []
        if status in SHIPPED:
            carried = [parcels.setdefault(mode if not line.elsewhere else code, self.parcel())]
        # The same article keeps its offer from order to order.
        offer = hashlib.blake2b(f"{seller} {product.sku} {channel.id}".encode(), digest_size=8).hexdigest().upper()
        return {
            "orderLineId": line.code or code,
            "status": status,
            "quantity": quantity,
            "totalPrice": {"offerPrice": euros(offered), "sellingPrice": euros(sold)},  # U7: shipping included
            "offerPrice": {
                "unitSalesPrice": euros(unit),
                "shippingCost": euros(shipping),
                "commission": {
                    "amountWithVat": euros((commission * 12 + 5) // 10),
                    "amountWithoutVat": euros(commission),
                    "rate": product.commission,
                },
                "taxes": taxes,
            },
            "sellingPrice": {"unitSalesPrice": euros(unit - discount), "shippingCost": euros(shipping), "taxes": taxes},
            "offer": {
                "id": f"{offer}_{seller}_6_{channel.id}",
                "sellerProductId": product.sku,
                "supplyMode": mode,
                "productId": f"DEM{catalogue.gtin(max(position, 0))}",
                "productTitle": product.title,
                "productGtin": None if rng.random() < 0.05 else catalogue.gtin(max(position, 0)),
                "condition": product.condition,
            },
            "delivery": delivery,
            "shippingAddress": address,
            "parcels": carried,
            "productAttributes": None,
            "statusEvents": [],
            "_offer": offered,
            "_selling": sold,
        }


def line_wishes(lines: int | Sequence[Any]) -> tuple[LineWish, ...]:
    """`2`, or a list of dictionaries with the fields of `LineWish`; `ValueError` when a field is unknown."""
    if isinstance(lines, int):
        if lines < 1:
            raise ValueError("an order has at least one line")
        return tuple(LineWish(quantity=1) for _ in range(lines))
    wishes = []
    for line in lines:
        if isinstance(line, LineWish):
            wishes.append(line)
        elif isinstance(line, dict) and not set(line) - set(LineWish.__dataclass_fields__):
            wishes.append(LineWish(**line))
        else:
            raise ValueError(f"a line is described by {', '.join(LineWish.__dataclass_fields__)}")
    if not wishes:
        raise ValueError("an order has at least one line")
    return tuple(wishes)

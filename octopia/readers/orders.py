"""Reads orders: one, or a page in which a malformed one does not spoil its neighbours."""

from typing import Any

from octopia.readers.document import (
    LONG,
    NUMBER,
    STATUS,
    Malformed,
    Node,
    Reading,
    decode,
    fingerprint,
    named,
    page,
    set_aside,
)
from octopia.schema import Address, Line, Order, Page, Parcel, ServiceFee, Tax, Unreadable

LINES = 1_000  # of one order; more is not an order
PIECES = 1_000_000  # of one line
ADDRESS = {
    "civility": "civility",
    "firstName": "first_name",
    "lastName": "last_name",
    "companyName": "company",
    "companyVatNumber": "vat_number",
    "addressLine1": "line1",
    "addressLine2": "line2",
    "addressLine3": "line3",
    "postalCode": "postal_code",
    "city": "city",
    "stateOrRegion": "region",
    "countryCode": "country",
    "phone": "phone",
    "email": "email",
    "pickupId": "pickup_id",
    "pickupName": "pickup_name",
}

identify = named("orderId")


def read_orders(body: bytes) -> Page[Order]:
    """A page of E1; raises Malformed when there is no list. Of an order that stands twice the newest is kept."""
    read = page(body, order, identify)
    newest: dict[str, Order] = {}
    for item in read.items:
        known = newest.get(item.number)
        if known is None or item.changed_at >= known.changed_at:
            newest[item.number] = item
    kept = tuple(item for item in read.items if newest[item.number] is item)
    return Page(items=kept, unreadable=read.unreadable, received=read.received)


def read_order(body: bytes) -> Order | Unreadable:
    """The answer of E3; raises Malformed when it is not JSON: then the answer is broken, not the order."""
    document = decode(body)
    try:
        return order(document)
    except Malformed as error:
        return set_aside(body, str(error), identify)


def order(document: Any) -> Order:
    """One order from its decoded document, which is used up; raises Malformed."""
    if not isinstance(document, dict):
        raise Malformed("The record is not an object.")
    digest = fingerprint(document)
    reading = Reading(document)
    root = reading.root
    number = root.required("orderId", NUMBER)
    channel, total = root.child("salesChannel"), root.child("totalPrice")
    mode = root.text("supplyMode")  # on the order in one client's reading; the line's own comes first (U10)
    addresses = Addresses()
    lines = _lines(root, mode, addresses)
    billing, shipping = addresses.read(root.child("billingAddress")), addresses.read(root.child("shippingAddress"))
    return Order(
        number=number,
        status=root.required("status", STATUS),
        created_at=root.required_moment("createdAt"),
        changed_at=root.required_moment("updatedAt"),
        lines=lines,
        hash=digest,
        channel_number=root.text("reference"),
        business=root.flag("businessOrder") or False,
        channel=channel.text("id"),
        channel_name=channel.text("name"),
        seller=root.child("seller").identity("id"),
        customer=root.child("customer").text("reference"),
        purchased_at=root.moment("purchasedAt"),
        ship_by=root.moment("shippedAtMax"),
        payment_method=root.child("payment").text("method"),
        currency=root.text("currencyCode"),
        billing=billing,
        shipping=shipping,
        offer_total=total.number("offerPrice"),
        selling_total=total.number("sellingPrice"),
        service_fees=tuple(
            ServiceFee(label=fee.text("label", LONG), amount=fee.number("amount"))
            for fee in root.children("serviceFees")
        ),
        extra=reading.extra(),
    )


def _lines(root: Node, mode: str, addresses: "Addresses") -> tuple[Line, ...]:
    if root.members.get("lines") is None:
        raise Malformed("lines is missing.")
    lines: dict[str, Line] = {}
    for node in root.children("lines", LINES):
        line = _line(node, mode, addresses)
        if line.code in lines:
            raise Malformed("Two lines have the same code.")
        lines[line.code] = line
    return tuple(lines.values())


def _line(node: Node, mode: str, addresses: "Addresses") -> Line:
    code = node.required("orderLineId", NUMBER)
    node.path = f"lines.{code}."
    offer, delivery, total = node.child("offer"), node.child("delivery"), node.child("totalPrice")
    asked, paid = node.child("offerPrice"), node.child("sellingPrice")
    commission = asked.child("commission")
    offer_id, sku, supply_mode, product, gtin, condition = offer.texts(
        "id", "sellerProductId", "supplyMode", "productId", "productGtin", "condition"
    )
    return Line(
        code=code,
        status=node.required("status", STATUS),
        quantity=node.whole("quantity", PIECES),
        offer_id=offer_id,
        sku=sku,
        supply_mode=supply_mode or mode,
        product_id=product,
        title=offer.text("productTitle", LONG),
        gtin=gtin,
        condition=condition,
        delivery_mode=delivery.text("mode"),
        promised_min=delivery.moment("promisedAtMin"),
        promised_max=delivery.moment("promisedAtMax"),
        ship_by=delivery.moment("shippedAtMax"),
        offer_unit=asked.number("unitSalesPrice"),
        offer_shipping=asked.number("shippingCost"),
        selling_unit=paid.number("unitSalesPrice"),
        selling_shipping=paid.number("shippingCost"),
        offer_total=total.number("offerPrice"),
        selling_total=total.number("sellingPrice"),
        commission_with_vat=_either(commission, "amountWithVat", "amountWithTax"),
        commission_without_vat=_either(commission, "amountWithoutVat", "amountWithoutTax"),
        commission_rate=commission.number("rate"),
        offer_taxes=_taxes(asked),
        selling_taxes=_taxes(paid),
        shipping=addresses.read(node.child("shippingAddress")),
        parcels=tuple(
            Parcel(
                number=parcel.text("parcelNumber"),
                carrier=parcel.text("carrierName").strip(),
                url=parcel.text("trackingUrl", LONG),
            )
            for parcel in node.children("parcels")
        ),
    )


def _either(node: Node, name: str, other: str) -> Any:
    first, second = node.number(name), node.number(other)  # both are taken: the second is one client's spelling (U6)
    return second if first is None else first


def _taxes(price: Node) -> tuple[Tax, ...]:
    taxes = []
    for tax in price.children("taxes"):
        code, target = tax.texts("code", "target")
        taxes.append(Tax(code=code, target=target, amount=tax.number("amount"), rate=tax.number("rate")))
    return tuple(taxes)


class Addresses:
    """The addresses of one order: the one that its lines repeat is read once."""

    __slots__ = ("address", "members")

    def __init__(self) -> None:
        self.members: dict[str, Any] = {}
        self.address: Address | None = None

    def read(self, node: Node) -> Address | None:
        """None when nothing is told: a hidden address may be null, absent, or an object of nulls."""
        if not node.members:
            return None
        if node.members == self.members:
            node.members.clear()
            return self.address
        members = node.members.copy()
        address = _address(node)
        if not node.members:  # an unknown member has a path of its own each time
            self.members, self.address = members, address
        return address


def _address(node: Node) -> Address | None:
    texts = node.texts(*ADDRESS)
    if not any(texts):
        return None
    address = dict(zip(ADDRESS.values(), texts, strict=True))
    address["country"] = address["country"].upper()
    return Address(**address)

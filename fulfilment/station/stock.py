"""What the station knows of the products of an order: their EANs, how to pack them, and who has read that."""

from dataclasses import dataclass
from hashlib import sha256

from backoffice.models import User
from fulfilment.models import Acknowledgement, Product
from orders.models import Line, Order


@dataclass(frozen=True)
class Instruction:
    product: Product
    words: str

    @property
    def digest(self) -> str:
        return sha256(self.words.encode()).hexdigest()


def products(order: Order, lines: list[Line]) -> dict[str, Product]:
    """By SKU, as far as the warehouse told of them."""
    wanted = {line.sku for line in lines}
    return {product.sku: product for product in Product.objects.filter(account=order.account_id, sku__in=wanted)}


def unread(known: dict[str, Product], user: User) -> list[Instruction]:
    """The packing instructions that this person has not acknowledged in these words."""
    told = [Instruction(product, product.instruction) for product in known.values() if product.instruction.strip()]
    if not told:
        return []
    rows = Acknowledgement.objects.filter(user=user, product__in=[each.product for each in told])
    read = set(rows.values_list("product_id", "digest"))
    return [each for each in told if (each.product.pk, each.digest) not in read]


def acknowledge(told: list[Instruction], user: User) -> None:
    for each in told:
        Acknowledgement.objects.update_or_create(
            product=each.product, user=user, defaults={"account_id": each.product.account_id, "digest": each.digest}
        )


def named(text: str, account: int) -> str:
    """What the product of this code is called, where an order or our table knows it; "" where nothing does."""
    titles = Line.objects.filter(account=account, sku=text) | Line.objects.filter(account=account, gtin=text)
    title = titles.values_list("title", flat=True).first()
    if title is not None:
        return title or text
    kept = Product.objects.filter(account=account)
    product = kept.filter(sku=text).first() or kept.filter(eans__contains=[text]).first()
    return product.sku if product else ""

"""What the station knows of an order and its products: their EANs, how to pack them, notes, and who has read that."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from django.utils.text import Truncator

from backoffice.models import User
from fulfilment.models import Acknowledgement, Product
from orders.models import Line, Note, Order

SIGNS = 70  # of a title in a sentence
NOTES = 10  # of an order that a station shows


@dataclass(frozen=True)
class Instruction:
    """How to pack a product; or, without one, what somebody (`who`) wrote about the order for whoever packs it."""

    words: str
    product: Product | None = None
    who: str = ""

    @property
    def digest(self) -> str:
        return sha256(self.words.encode()).hexdigest()


def short(title: str) -> str:
    """A title as it is read at a glance: some have three hundred signs."""
    return Truncator(title).chars(SIGNS)


def called(line: Line) -> str:
    return short(line.title) or line.sku


def products(order: Order, lines: list[Line]) -> dict[str, Product]:
    """By SKU, as far as the warehouse told of them."""
    wanted = {line.sku for line in lines}
    return {product.sku: product for product in Product.objects.filter(account=order.account_id, sku__in=wanted)}


def unread(known: dict[str, Product], user: User) -> list[Instruction]:
    """The packing instructions that this person has not acknowledged in these words."""
    told = [Instruction(product.instruction, product) for product in known.values() if product.instruction.strip()]
    if not told:
        return []
    rows = Acknowledgement.objects.filter(user=user, product__in=[each.product for each in told])
    read = set(rows.values_list("product_id", "digest"))
    return [each for each in told if each.product and (each.product.pk, each.digest) not in read]


def written(order: Order) -> list[Instruction]:
    """The notes of this order for whoever packs it, the first that was written first."""
    notes = Note.objects.filter(order=order, kind=Note.Kind.PACKER).order_by("at")
    return [Instruction(note.text, who=note.author_name) for note in notes[:NOTES]]


def acknowledge(told: list[Instruction], user: User) -> None:
    for each in told:
        if each.product is not None:
            Acknowledgement.objects.update_or_create(
                product=each.product, user=user,
                defaults={"account_id": each.product.account_id, "digest": each.digest},
            )  # fmt: skip


def named(text: str, accounts: Sequence[int]) -> str:
    """What the product of this code is called, where an order or our table knows it; "" where nothing does."""
    lines = Line.objects.filter(account__in=accounts)
    titles = lines.filter(sku=text) | lines.filter(gtin=text)
    title = titles.values_list("title", flat=True).first()
    if title is not None:
        return short(title) or text
    kept = Product.objects.filter(account__in=accounts)
    product = kept.filter(sku=text).first() or kept.filter(eans__contains=[text]).first()
    return product.sku if product else ""

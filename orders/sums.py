"""An order's money explained: what each line costs, what is taken off and what is added. Pure.

Line total = unit × quantity + shipping. The marketplace's own `totalPrice` is shown beside it, never computed with:
whether it includes the shipping is disputed. Every amount is in the order's one currency.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Protocol

from orders.models import Line

CENT = Decimal("0.01")
RATE = Decimal(10_000)  # a commission rate of 800 is 8 % (measured)
LOST = frozenset({"Cancelled", "Refused", "Rejected"})
ZERO = Decimal(0)


class Charged(Protocol):
    """What a line's commission is told by: a line of the mirror, or one as read."""

    @property
    def quantity(self) -> int: ...
    @property
    def offer_unit(self) -> Decimal | None: ...
    @property
    def offer_shipping(self) -> Decimal | None: ...
    @property
    def commission_without_vat(self) -> Decimal | None: ...
    @property
    def commission_rate(self) -> Decimal | None: ...


@dataclass(frozen=True)
class Commission:
    """Without VAT. `estimated` where the marketplace told the rate only, then rounded half up."""

    amount: Decimal
    estimated: bool


@dataclass(frozen=True)
class LineSum:
    """What the customer pays for a line; `discount` is how much below the seller's own price that is."""

    goods: Decimal | None
    shipping: Decimal
    discount: Decimal
    commission: Commission | None

    @property
    def total(self) -> Decimal | None:
        return None if self.goods is None else self.goods + self.shipping


@dataclass(frozen=True)
class OrderSum:
    """The sums over the lines that still count. `left_out`: lines cancelled or refused; `unknown`: without a price."""

    goods: Decimal
    shipping: Decimal
    fees: tuple[tuple[str, Decimal], ...]
    discount: Decimal
    commission: Commission | None
    left_out: int
    unknown: int

    @property
    def total(self) -> Decimal:
        return self.goods + self.shipping + sum((amount for _label, amount in self.fees), ZERO)


def line_sum(line: Line) -> LineSum:
    """What one line costs the customer, and what it costs us."""
    goods = None if line.selling_unit is None else line.selling_unit * line.quantity
    shipping = line.selling_shipping or ZERO
    discount = ZERO
    if goods is not None and line.offer_unit is not None:
        own = line.offer_unit * line.quantity + (line.offer_shipping or ZERO)
        discount = max(own - goods - shipping, ZERO)
    return LineSum(goods, shipping, discount, commission(line))


def order_sum(lines: Sequence[Line], fees: Iterable[Sequence[object]]) -> OrderSum:
    """The sums of an order; lines that were cancelled or refused are left out and counted."""
    standing = [line for line in lines if line.status not in LOST]
    counted = standing or list(lines)
    sums = [line_sum(line) for line in counted]
    commissions = [told.commission for told in sums if told.commission]
    return OrderSum(
        goods=sum((told.goods for told in sums if told.goods is not None), ZERO),
        shipping=sum((told.shipping for told in sums), ZERO),
        fees=tuple((str(label or ""), _amount(amount)) for label, amount in fees),
        discount=sum((told.discount for told in sums), ZERO),
        commission=Commission(
            sum((told.amount for told in commissions), ZERO), any(told.estimated for told in commissions)
        )
        if commissions
        else None,
        left_out=len(lines) - len(counted),
        unknown=sum(told.goods is None for told in sums),
    )


def commission(line: Charged) -> Commission | None:
    """What the marketplace keeps of a line, without VAT; None where it told neither the amount nor the rate."""
    if line.commission_without_vat is not None:
        return Commission(line.commission_without_vat, estimated=False)
    if line.commission_rate is None or line.offer_unit is None:
        return None
    base = line.offer_unit * line.quantity + (line.offer_shipping or ZERO)
    return Commission((base * line.commission_rate / RATE).quantize(CENT, ROUND_HALF_UP), estimated=True)


def _amount(value: object) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return ZERO

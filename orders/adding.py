"""What a whole list comes to: how many rows it has and their sums, by currency."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Sum

from orders.queries import Matching


@dataclass(frozen=True)
class Total:
    """The orders of one list in one currency, and what they come to; None where no order tells it."""

    currency: str
    orders: int
    selling: Decimal | None
    commission: Decimal | None
    fees: Decimal | None


def totals(matching: Matching) -> list[Total]:
    """How many rows a list has and their sums, exactly, by currency; one query, as long as the rows are many."""
    sums = (Count("pk"), Sum("selling_total"), Sum("commission"), Sum("fees_total"))
    parts = [rows.order_by().values_list("currency").annotate(*sums) for rows in matching.sets]
    found: dict[str, Total] = {}
    for part in parts[0].union(*parts[1:], all=True) if parts else ():
        known = found.get(part[0])
        row = Total(*part)
        found[row.currency] = row if known is None else _added(known, row)
    return [found[currency] for currency in sorted(found)]


def _added(one: Total, other: Total) -> Total:
    def plus(a: Decimal | None, b: Decimal | None) -> Decimal | None:
        return a if b is None else b if a is None else a + b

    return Total(
        one.currency,
        one.orders + other.orders,
        plus(one.selling, other.selling),
        plus(one.commission, other.commission),
        plus(one.fees, other.fees),
    )

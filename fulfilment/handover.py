"""The lists that drivers sign, one sheet a carrier: kept as they were printed, whatever becomes of the cart later."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

import msgspec
from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import F, Func, IntegerField, Sum
from django.utils.translation import gettext as _

from backoffice import typography
from backoffice.models import SellerAccount, User
from fulfilment import dock
from fulfilment.models import Handover

LISTED = 20  # of the lists of one cart, its page names so many


class Parcel(msgspec.Struct, frozen=True):
    """One row of a sheet: what the driver signs for. `at`: when it was scanned."""

    number: str
    order: str
    at: datetime


@dataclass(frozen=True)
class Sheet:
    """One carrier's list. `before`: the list of this cart that was printed first, where this is another one."""

    carrier: str
    parcels: list[Parcel]
    before: Handover | None


@dataclass(frozen=True)
class Printed:
    """Sheets that were printed together."""

    day: date
    at: datetime
    by_name: str
    sheets: list[Sheet]

    @property
    def words(self) -> str:
        """Whose day it is."""
        return _("Cart of %(day)s") % {"day": typography.days(self.day, self.day)}


@dataclass(frozen=True)
class Former:
    """Lists that were printed of a cart: when, by whom, of which carriers, and how many parcels are on them."""

    run: UUID
    at: datetime
    by_name: str
    carriers: list[str]
    parcels: int

    @property
    def words(self) -> str:
        return ", ".join(name or "–" for name in self.carriers)


def keep(among: Sequence[SellerAccount], day: date, carrier: str, by: User, now: datetime) -> UUID | None:
    """Keep the lists of this cart as they are printed now, of one carrier or of all; the run they are, None of
    nothing."""
    rows: dict[tuple[int, str], list[Parcel]] = {}
    for parcel in dock.cart(among, day).loaded:
        if parcel.scan and carrier in ("", parcel.carrier):
            row = Parcel(parcel.number, parcel.order, parcel.scan.at)
            rows.setdefault((parcel.account, parcel.carrier[:200]), []).append(row)
    run = uuid4()
    Handover.objects.bulk_create(
        Handover(
            account_id=account, run=run, day=day, carrier=name, at=now, by=by, by_name=str(by),
            parcels=msgspec.to_builtins(parcels),
        )
        for (account, name), parcels in sorted(rows.items())
    )  # fmt: skip
    return run if rows else None


def printed(run: UUID, among: Sequence[SellerAccount]) -> Printed | None:
    """The lists as they were printed, as far as they are of these accounts; a carrier's is one sheet. Two queries."""
    rows = list(Handover.objects.filter(run=run, account__in=among).exclude(parcels=[]))
    if not rows:
        return None
    first, found = rows[0], dict[str, list[Parcel]]()
    for row in rows:
        found.setdefault(row.carrier, []).extend(msgspec.convert(row.parcels, list[Parcel]))
    earlier = Handover.objects.filter(account__in=among, day=first.day, carrier__in=found, at__lt=first.at)
    before = {row.carrier: row for row in earlier.defer("parcels").order_by("-at")}
    sheets = [
        Sheet(name, sorted(found[name], key=lambda parcel: parcel.number), before.get(name)) for name in sorted(found)
    ]
    return Printed(first.day, first.at, first.by_name, sheets)


def of_cart(among: Sequence[SellerAccount], day: date) -> list[Former]:
    """What was printed of the cart of this day, the last lists first. One query."""
    rows = Handover.objects.filter(account__in=among, day=day).exclude(parcels=[]).values("run", "at", "by_name")
    length = Func(F("parcels"), function="jsonb_array_length", output_field=IntegerField())
    told = rows.annotate(carriers=ArrayAgg("carrier", distinct=True, default=[]), parcels=Sum(length))
    return [Former(**row) for row in told.order_by("-at")[:LISTED]]

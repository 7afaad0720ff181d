"""The lists that drivers sign: what was on a cart when the list was printed, one sheet a carrier, reprints marked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from django.utils.translation import gettext as _

from backoffice import typography
from backoffice.models import SellerAccount, User
from fulfilment import dock
from fulfilment.models import Handover


@dataclass(frozen=True)
class Sheet:
    """One carrier's list. `before`: the list of this cart that was printed first, where this is another one."""

    carrier: str
    parcels: list[dock.Declared]
    before: Handover | None


@dataclass(frozen=True)
class Printed:
    day: date
    at: datetime
    by_name: str
    sheets: list[Sheet]

    @property
    def words(self) -> str:
        """Whose day it is."""
        return _("Cart of %(day)s") % {"day": typography.days(self.day, self.day)}


def keep(among: Sequence[SellerAccount], day: date, carrier: str, by: User, now: datetime) -> UUID | None:
    """Note that the lists of this cart are printed now, of one carrier or of all; the run they are, None of nothing."""
    loaded = dock.cart(among, day).loaded
    wanted = {(parcel.account, parcel.carrier) for parcel in loaded if carrier in ("", parcel.carrier)}
    run = uuid4()
    Handover.objects.bulk_create(
        Handover(account_id=account, run=run, day=day, carrier=name[:200], at=now, by=by, by_name=str(by))
        for account, name in sorted(wanted)
    )
    return run if wanted else None


def printed(run: UUID, among: Sequence[SellerAccount]) -> Printed | None:
    """The lists as they were printed, as far as they are of these accounts."""
    rows = list(Handover.objects.filter(run=run, account__in=among).order_by("carrier"))
    if not rows:
        return None
    first, names = rows[0], sorted({row.carrier for row in rows})
    earlier = Handover.objects.filter(account__in=among, day=first.day, carrier__in=names, at__lt=first.at)
    before = {row.carrier: row for row in earlier.order_by("-at")}
    loaded = [parcel for parcel in dock.cart(among, first.day).loaded if parcel.scan and parcel.scan.at <= first.at]
    of = {name: [parcel for parcel in loaded if parcel.carrier[:200] == name] for name in names}
    sheets = [Sheet(name, sorted(of[name], key=lambda parcel: parcel.number), before.get(name)) for name in names]
    return Printed(first.day, first.at, first.by_name, sheets)

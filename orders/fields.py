"""Which personal data and amounts of one order a person sees. Pages and search both ask here; decides nothing else.

Warehouse: name, address and phone only of orders in preparation or shipped within 30 days; no e-mail, billing or
prices. Support: everything but commissions. Which orders at all is `for_user`; what was erased is gone for everybody.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from django.db.models import Q
from django.utils import timezone

from backoffice.models import User
from orders.models import Order, SearchRow

SHIPPED_LATELY = timedelta(days=30)
_SENT = ("Shipped", "Delivered")


@dataclass(frozen=True)
class Visible:
    """What one person sees of one order."""

    name: bool
    address: bool
    phone: bool
    email: bool
    billing: bool
    prices: bool
    commissions: bool
    gestures: bool  # what customers were given
    unknown: bool  # members that no column is for

    @property
    def personal(self) -> bool:
        """Whether any personal data is shown: then the access is logged."""
        return self.name or self.address or self.phone or self.email or self.billing or self.unknown


def sees(user: User, order: Order, now: datetime | None = None) -> Visible:
    """What `user` sees of `order` today."""
    rights = user.rights
    return _visible(rights, "orders.old_contacts" in rights or _at_work(order, now or timezone.now()))


@lru_cache(maxsize=64)  # a list asks fifty times for the same few answers
def _visible(rights: frozenset[str], contact: bool) -> Visible:
    return Visible(
        name=contact,
        address=contact,
        phone=contact,
        email="orders.email" in rights,
        billing="orders.billing" in rights,
        prices="orders.prices" in rights,
        commissions="orders.commissions" in rights,
        gestures="orders.gestures" in rights,
        unknown="orders.unknown_members" in rights,
    )


def found_by(user: User) -> frozenset[SearchRow.Kind]:
    """The kinds of personal words that `user` may search; for whom, says `contacts_shown`."""
    kinds = {SearchRow.Kind.NAME, SearchRow.Kind.PLACE, SearchRow.Kind.STREET, SearchRow.Kind.PHONE}
    if user.has_perm("orders.email"):
        kinds.add(SearchRow.Kind.EMAIL)
    return frozenset(kinds)


def contacts_shown(user: User, now: datetime | None = None, prefix: str = "") -> Q:
    """The orders whose name and address `user` sees, as a condition on Order (reached by `prefix`, as in "order__").

    Empty where that is every order. The same rule as `sees`, said for the database; a test holds them together.
    """
    if user.has_perm("orders.old_contacts"):
        return Q()
    since = (now or timezone.now()) - SHIPPED_LATELY
    lately = Q(**{f"{prefix}shipped_at__gte": since}) | Q(
        **{f"{prefix}shipped_at": None, f"{prefix}changed_at__gte": since}
    )
    return Q(**{f"{prefix}status": "InPreparation"}) | (Q(**{f"{prefix}status__in": _SENT}) & lately)


def _at_work(order: Order, now: datetime) -> bool:
    if order.status == "InPreparation":
        return True
    return order.status in _SENT and (order.shipped_at or order.changed_at) >= now - SHIPPED_LATELY

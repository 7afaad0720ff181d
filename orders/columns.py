"""The columns of the orders list: which there are, who may see them, and which of them a person chose.

People choose, we put them in order. The number of the order is always there.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice.models import User


@dataclass(frozen=True)
class Column:
    """`right`: who may see it; `usual`: shown to whoever chose nothing."""

    label: Promise
    right: str = ""
    usual: bool = True


NUMBER = _("Order")
CUSTOMER = "customer"  # personal data
ACCOUNT = "account"  # shown where there are several
COLUMNS = {
    "ship-by": Column(_("Ship by")),
    CUSTOMER: Column(_("For")),
    "products": Column(_("Products")),
    "items": Column(_("Items")),
    "state": Column(_("State")),
    "total": Column(_("Total"), "orders.prices"),
    "commission": Column(_("Commission without VAT"), "orders.commissions", usual=False),
    "channel": Column(_("Channel"), usual=False),
    "channel-number": Column(_("Channel's number"), usual=False),
    "shipped": Column(_("Shipped"), usual=False),
    ACCOUNT: Column(_("Account")),
    "placed": Column(_("Placed")),
}


def offered(user: User, several: bool) -> tuple[str, ...]:
    """The columns that this person may see; `several`: of more than one account."""
    return tuple(
        name
        for name, column in COLUMNS.items()
        if (not column.right or user.has_perm(column.right)) and (several or name != ACCOUNT)
    )


def shown(wanted: Iterable[str], user: User, several: bool) -> tuple[str, ...]:
    """The columns that an address wants, else those the person chose, else the usual ones: of those they may see."""
    among = offered(user, several)
    asked = set(wanted) or set(user.columns.split(","))
    return tuple(name for name in among if name in asked) or tuple(name for name in among if COLUMNS[name].usual)


def chosen(ticked: Iterable[str], user: User, several: bool) -> str:
    """What is kept of a person's choice: "" for the usual columns, so that they get those that become usual later."""
    among = offered(user, several)
    ticked = [name for name in among if name in set(ticked)]
    return "" if ticked == [name for name in among if COLUMNS[name].usual] else ",".join(ticked)


def told(names: Iterable[str]) -> str:
    """The titles of these columns, after the number's, as a sentence names them."""
    return ", ".join([str(NUMBER), *(str(COLUMNS[name].label) for name in names)])

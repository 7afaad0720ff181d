"""What is known of parcels beyond one order: who carries them mostly, and which numbers are on others already."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q

from backoffice.models import SellerAccount
from fulfilment.carriers import plain, tidy
from fulfilment.models import ENDED, Command
from octopia.contract.vocabulary import Status, Verb
from orders.folding import fold
from orders.models import Address, Carrier, Order, Parcel

CARDS = 4
NUMBER = 100  # signs of a tracking number, at most: what the mirror keeps
NAMED = 20  # numbers that a statement names one by one
LATELY = timedelta(days=90)
LOOKED_AT = 400  # orders, and declarations of ours, that are counted: the newest ones
COMMON = ("Colissimo", "Chronopost", "Mondial Relay", "DPD")  # where nothing was shipped yet
OVER = (Status.CANCELLED, Status.REFUSED, Status.REJECTED)


def listed(account: SellerAccount) -> list[str]:
    """The labels of the marketplace's list, each once, by name. Codes repeat there: the label is the value."""
    labels = Carrier.objects.filter(account=account).values_list("label", flat=True)
    return sorted(dict.fromkeys(labels), key=fold)


def most_used(order: Order, labels: Sequence[str], now: datetime) -> list[str]:
    """The carriers mostly used with this order's channel in the last 90 days, as labels of the list where they are.

    One query over the newest orders and declarations only, through their indexes: it costs the same in every shop.
    """
    told: dict[str, Any] = {
        "account": order.account_id, "channel": order.channel, "since": now - LATELY, "most": LOOKED_AT,
        "verb": Verb.SHIP,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_MOST_USED, told)
        counted: dict[str, int] = {}
        for carrier, count in cursor.fetchall():
            counted[plain(carrier)] = counted.get(plain(carrier), 0) + count
    known = {plain(label): label for label in labels or COMMON}  # where the list was not read yet
    ranked = sorted((name for name in counted if name in known), key=lambda name: (-counted[name], name))
    common = [plain(label) for label in COMMON if plain(label) in known]
    return [known[name] for name in dict.fromkeys([*ranked, *common])][:CARDS]


_MOST_USED = """
SELECT carrier, count(*) FROM (
  SELECT p.carrier FROM (SELECT id FROM orders_order
                          WHERE account_id = %(account)s AND changed_at >= %(since)s AND channel = %(channel)s
                            AND status IN ('Shipped', 'Delivered', 'InPreparation')
                          ORDER BY changed_at DESC LIMIT %(most)s) o
    JOIN orders_parcel p ON p.order_id = o.id
  UNION ALL
  SELECT parcel ->> 'carrier' FROM (SELECT payload FROM fulfilment_command c
                                      JOIN orders_order o ON o.id = c.order_id AND o.channel = %(channel)s
                                     WHERE c.account_id = %(account)s AND c.kind = %(verb)s
                                       AND NOT (c.state IN ('CONFIRMED', 'REFUSED', 'WITHDRAWN', 'CLOSED_DONE',
                                                            'CLOSED_NOT_DONE'))
                                       AND c.created_at >= %(since)s
                                     ORDER BY c.created_at DESC LIMIT %(most)s) c,
         jsonb_array_elements(c.payload -> 'parcels') parcel) used
 WHERE carrier <> '' GROUP BY carrier
"""


@dataclass(frozen=True)
class Use:
    """A tracking number on another order. `asked`: by a request of ours that the marketplace does not show yet."""

    number: str
    order: Order
    asked: bool
    homes: frozenset[str] = field(default=frozenset())  # where that order goes

    def same_home(self, homes: Collection[str]) -> bool:
        """Does that order go where these lines go, and nowhere else?"""
        return bool(self.homes) and self.homes == frozenset(homes)


def uses(numbers: Iterable[str], order: Order | None, among: Sequence[SellerAccount]) -> list[Use]:
    """On which orders that are not over these numbers stand, `order` aside: mirrored, or in a request of ours."""
    wanted = {tidy(number) for number in numbers if 0 < len(number) <= NUMBER}
    if not wanted:
        return []
    accounts = [account.pk for account in among]
    written = wanted | {number.lower() for number in wanted}
    there = Parcel.objects.filter(account__in=accounts, number__in=written, order__closed_at=None)
    there = there.exclude(order__status__in=OVER).exclude(order=order).select_related("order__account")
    found = {(parcel.order_id, tidy(parcel.number)): (parcel.order, False) for parcel in there}
    naming = Q()
    for number in wanted if len(wanted) <= NAMED else ():  # beyond, every open declaration is looked through
        naming |= Q(payload__parcels__contains=[{"number": number}])
    asked = Command.objects.filter(naming, account__in=accounts, kind=Verb.SHIP).exclude(state__in=ENDED)
    for command in asked.exclude(order=order).select_related("order__account"):
        for parcel in command.payload["parcels"]:
            if parcel["number"] in wanted:
                found.setdefault((command.order_id, parcel["number"]), (command.order, True))
    homes = homes_of({order_id for order_id, _ in found})
    return [
        Use(number, other, asked, homes.get(order_id, frozenset()))
        for (order_id, number), (other, asked) in found.items()
    ]


def homes_of(order_ids: Collection[int]) -> dict[int, frozenset[str]]:
    """By order, the delivery addresses as they are compared."""
    homes: dict[int, set[str]] = {}
    if order_ids:
        for address in Address.objects.filter(order__in=order_ids, kind="shipping"):
            homes.setdefault(address.order_id, set()).add(home(address))
    return {order_id: frozenset(found - {""}) for order_id, found in homes.items()}


def home(address: Address | None) -> str:
    """Who lives where, folded, so that two spellings of one address are one; "" for none, or an erased one.

    The name belongs to it: at a pick-up point many customers have the same street.
    """
    if address is None or not (address.line1 or address.pickup_id):
        return ""
    parts = (
        address.last_name, address.company, address.line1, address.line2, address.line3, address.postcode,
        address.city, address.country, address.pickup_id,
    )  # fmt: skip
    return "|".join(" ".join(fold(part).split()) for part in parts)

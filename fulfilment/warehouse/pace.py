"""How quickly parcels are declared, and whether that is enough for what must leave with the next ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q

from fulfilment.models import Command, State
from octopia.contract.vocabulary import Verb

LOOKED_AT = timedelta(hours=3)
LEAST = timedelta(minutes=30)  # a first parcel a minute ago is not sixty an hour


@dataclass(frozen=True)
class Pace:
    """`per_hour`: shipments the marketplace took in the last hours, None when there was none; `enough`: for `left`
    orders until `leaves`, None where nobody can tell."""

    left: int
    per_hour: int | None
    enough: bool | None


def pace(accounts: Sequence[int], left: int, leaves: datetime, now: datetime) -> Pace:
    """One query. The hours are counted from the first shipment of the last three."""
    since = now - LOOKED_AT
    taken = Command.objects.filter(
        Q(state=State.TAKEN) | Q(ended_at__gte=since), account__in=accounts, kind=Verb.SHIP, taken_at__gte=since
    )
    found = taken.aggregate(count=Count("pk"), first=Min("taken_at"))
    if not found["count"]:
        return Pace(left, None, True if not left else None)
    hours = max(now - found["first"], LEAST) / timedelta(hours=1)
    per_hour = found["count"] / hours
    return Pace(left, round(per_hour), left <= per_hour * ((leaves - now) / timedelta(hours=1)))

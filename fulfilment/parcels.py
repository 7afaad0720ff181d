"""The parcels that were declared: those the marketplace shows, and those we asked for that it does not show yet."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from fulfilment import carriers
from fulfilment.models import ENDED, Command, State
from octopia.contract.vocabulary import Verb
from orders.models import Line, Order, Parcel

PAGE = 50
TAKEN_ON = (State.TAKEN, State.CONFIRMED, State.CLOSED_DONE)  # of a declaration that may stand behind a parcel
LONGEST = 100  # signs that are looked for


@dataclass(frozen=True)
class Wanted:
    """`number`: the beginning of a tracking number; `since`, `until`: when it was first seen, or asked for."""

    accounts: tuple[int, ...]
    number: str = ""
    carrier: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Row:
    """One parcel. `state` is the order's, or that of the request (`asked`) that declares it."""

    pk: int
    number: str
    carrier: str
    page: str  # where the carrier shows it
    order: Order
    items: int
    who: str  # "": declared outside of here
    at: datetime
    state: str
    asked: bool


def declared(wanted: Wanted, before: int | None = None) -> list[Row]:
    """Those the marketplace shows, the newest first: one page and one more. Three queries."""
    found = Parcel.objects.filter(account__in=wanted.accounts)
    if wanted.number:
        beginnings = Q(number__startswith=wanted.number) | Q(number__startswith=wanted.number.lower())
        found = found.filter(beginnings)
    if wanted.carrier:
        found = found.filter(carrier=wanted.carrier)
    if wanted.since:
        found = found.filter(seen_at__gte=wanted.since)
    if wanted.until:
        found = found.filter(seen_at__lt=wanted.until)
    if before is not None:
        found = found.filter(pk__lt=before)
    parcels = list(found.select_related("order__account").defer("order__fees").order_by("-pk")[: PAGE + 1])
    items = _items(parcel.order_id for parcel in parcels)
    declarations = _declarations(parcel.order_id for parcel in parcels)
    rows = []
    for parcel in parcels:
        command = declarations.get((parcel.order_id, carriers.tidy(parcel.number)))
        rows.append(
            Row(
                parcel.pk,
                parcel.number,
                parcel.carrier.strip(),
                carriers.tracking_page(parcel.carrier, parcel.number),
                parcel.order,
                sum(items.get((parcel.order_id, code), 0) for code in parcel.lines),
                command.author_name if command else "",
                command.created_at if command else parcel.seen_at,
                parcel.order.status,
                asked=False,
            )
        )
    return rows


def asked(wanted: Wanted, before: int | None = None) -> list[Row]:
    """Those of requests that have not ended, the newest request first: the parcels of one page of requests."""
    found = Command.objects.filter(account__in=wanted.accounts, kind=Verb.SHIP).exclude(state__in=ENDED)
    if wanted.since:
        found = found.filter(created_at__gte=wanted.since)
    if wanted.until:
        found = found.filter(created_at__lt=wanted.until)
    if wanted.carrier:
        found = found.filter(payload__parcels__contains=[{"carrier": wanted.carrier}])
    if before is not None:
        found = found.filter(pk__lt=before)
    commands: Any = found.select_related("order__account").defer("order__fees").order_by("-pk")
    if wanted.number:  # a beginning has no index here, and what has not ended is little
        commands = [one for one in commands if any(_begins(parcel, wanted.number) for parcel in one.payload["parcels"])]
    commands = list(commands[: PAGE + 1])
    items = _items(command.order_id for command in commands)
    return [
        Row(
            command.pk,
            parcel["number"],
            parcel["carrier"].strip(),
            carriers.tracking_page(parcel["carrier"], parcel["number"]),
            command.order,
            sum(items.get((command.order_id, code), 0) for code in parcel["lines"]),
            command.author_name,
            command.created_at,
            command.state,
            asked=True,
        )
        for command in commands
        for parcel in command.payload["parcels"]
        if not wanted.number or _begins(parcel, wanted.number)
    ]


def _begins(parcel: dict[str, Any], number: str) -> bool:
    return str(parcel["number"]).startswith(number)


def _items(orders: Iterable[int]) -> dict[tuple[int, str], int]:
    """How many pieces each line of these orders has."""
    lines = Line.objects.filter(order__in=set(orders)).values_list("order", "code", "quantity")
    return {(order, code): quantity for order, code, quantity in lines}


def _declarations(orders: Iterable[int]) -> dict[tuple[int, str], Command]:
    """Our requests behind the parcels of these orders, by order and number."""
    commands = Command.objects.filter(order__in=set(orders), kind=Verb.SHIP, state__in=TAKEN_ON).order_by("pk")
    return {
        (command.order_id, parcel["number"]): command
        for command in commands.only("order_id", "payload", "author_name", "created_at")
        for parcel in command.payload["parcels"]
    }

"""Declare parcels. Proof: our parcel number on our lines. A line ships whole; the marketplace knows no un-ship."""

from datetime import timedelta
from typing import Any, TypedDict

from django.db.models import prefetch_related_objects

import octopia
from backoffice.models import User
from fulfilment.models import Batch, Command
from fulfilment.models.commands import lines_of
from fulfilment.outbox.asking import Asked, put
from fulfilment.verbs import reading
from fulfilment.verbs.registry import Act, Finding, Guard, Proof, register
from fulfilment.warehouse.claims import ended_by
from fulfilment.warehouse.holds import refuse_held
from octopia import schema
from octopia.contract.vocabulary import Mode, Status, Verb
from orders import lifecycle
from orders.lifecycle import Verdict
from orders.models import Order, Parcel

TO_SHIP = {Status.IN_PREPARATION, Status.CANCEL_REQUEST}


class ParcelAsked(TypedDict):
    """One parcel of the payload. `carrier` is the label of the marketplace's list; `url` may be empty."""

    number: str
    carrier: str
    url: str
    lines: list[str]


def ask(
    order: Order,
    parcels: list[ParcelAsked],
    *,
    by: User,
    seen: int,
    form_token: str,
    batch: Batch | None = None,
    hold: timedelta | None = None,
) -> Command:
    """Declare these parcels; their lines go whole. The form has checked them. Raises what `put` does, and Held.

    Whoever packed the order has done so.
    """
    payload: dict[str, Any] = {"parcels": [dict(parcel) for parcel in parcels]}
    asked = Asked(
        Verb.SHIP,
        payload,
        seen=seen,
        form_token=form_token,
        lines=tuple(lines_of(payload)),
        deadline=order.deadline,
        batch=batch,
        hold=hold,
        bar=refuse_held,
    )
    command = put(order, asked, by)
    ended_by(order)
    return command


def send(client: octopia.Client, command: Command) -> str:
    client.ship(
        command.subject,
        [
            schema.Shipment(
                number=parcel["number"], carrier=parcel["carrier"], url=parcel["url"], lines=tuple(parcel["lines"])
            )
            for parcel in command.payload["parcels"]
        ],
    )
    return ""


def look(client: octopia.Client, command: Command) -> Finding:
    reading.read(client, command)
    return mirrored(command)


def mirrored(command: Command) -> Finding:
    """Each of our parcels on each of its lines: found. None of them, and the lines still here: absent."""
    wanted = {
        (parcel["number"].strip().casefold(), code) for parcel in command.payload["parcels"] for code in parcel["lines"]
    }
    there = {
        (number.strip().casefold(), code)
        for number, codes in Parcel.objects.filter(order=command.order_id).values_list("number", "lines")
        for code in codes
    }
    statuses = dict(command.order.lines.filter(code__in=lines_of(command.payload)).values_list("code", "status"))
    evidence = {"parcels": sorted(number for number, _code in wanted & there), "lines": statuses}
    if wanted <= there:
        return Finding(Proof.FOUND, evidence=evidence)
    if not wanted & there and all(status in TO_SHIP for status in statuses.values()):
        return Finding(Proof.ABSENT, evidence=evidence)
    return Finding(Proof.UNCLEAR, evidence=evidence)


def judge(command: Command) -> Verdict:
    """Exactly these parcels: a part of what was asked is not what was asked."""
    parcels = [parcel["lines"] for parcel in command.payload["parcels"]]
    prefetch_related_objects([command.order], "lines")  # both of the next read them
    history = lifecycle.left_before(command.order, command.order.lines.all())
    return lifecycle.shipment(command.order, parcels, history=history)


def guard(command: Command) -> Guard:
    """Strong for the whole order in one parcel, which cannot ship twice; weak for parts, of which several may."""
    ours = set(command.order.lines.filter(supply_mode=Mode.SELLER).values_list("code", flat=True))
    whole = len(command.payload["parcels"]) == 1 and ours <= set(lines_of(command.payload))
    return Guard.STRONG if whole else Guard.WEAK


register(Act(Verb.SHIP, send=send, look=look, mirrored=mirrored, judge=judge, guard=guard))

"""How tests ask: with a new form token each time, and a hold of no length."""

import itertools
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from fulfilment.models import Command, CommandEvent
from fulfilment.outbox import delivery, resolve, sweep
from fulfilment.verbs import approval, cancellation, gesture, shipment
from octopia.contract.vocabulary import Verb
from orders.models import Order
from sandbox.market import Market
from tests import make
from tests.fulfilment.conftest import due_now

_tokens = itertools.count(1)
NO_HOLD = timedelta(0)


def _common(order: Order, more: dict[str, Any], role: str) -> dict[str, Any]:
    return {
        "by": more.pop("by", None) or make.user(role),
        "seen": order.version,
        "form_token": f"form-{next(_tokens)}",
    } | more


def accept(order: Order, **more: Any) -> Command:
    return approval.ask(order, Verb.ACCEPT, **_common(order, more, "manager"))


def parcel(number: str, codes: list[str]) -> shipment.ParcelAsked:
    return {"number": number, "carrier": "Colissimo", "url": f"https://www.laposte.fr/?code={number}", "lines": codes}


def ship(order: Order, parcels: list[shipment.ParcelAsked] | None = None, **more: Any) -> Command:
    """All lines in one parcel, or in these; without a hold."""
    asked = parcels or [parcel("6A00000000001", [line.code for line in order.lines.all()])]
    return shipment.ask(order, asked, hold=NO_HOLD, **_common(order, more, "warehouse"))


def cancel(order: Order, *codes: str, reason: str = "missing-product", refund: bool = True, **more: Any) -> Command:
    """The whole order, or the lines of these codes."""
    lines = [line for line in order.lines.all() if not codes or line.code in codes]
    asked: list[cancellation.LineAsked] = [
        {"code": line.code, "offer": line.offer, "reason": reason, "refund_shipping": refund} for line in lines
    ]
    return cancellation.ask(order, asked, whole_order=not codes, **_common(order, more, "manager"))


def give(order: Order, amount: str = "5.00", reason: str = "MissingProduct", details: str = "", **more: Any) -> Command:
    return gesture.ask(order, reason=reason, details=details, amount=Decimal(amount), **_common(order, more, "manager"))


def sent(command: Command) -> Command:
    """The command after one delivery, whatever it waited for."""
    due_now(command)
    delivery.deliver(command.pk)
    command.refresh_from_db()
    return command


def looked(command: Command) -> Command:
    """The command after one look, whatever it waited for."""
    due_now(command)
    resolve.look(command.pk)
    command.refresh_from_db()
    return command


def act_on_all() -> None:
    """Everything that is due now, as a worker's sweep does it."""
    for name in sweep.due(timezone.now()):
        sweep.act(name)


def effects(market: Market) -> list[tuple[str, str]]:
    return [(effect.effect, effect.order) for effect in market.ledger]


def path(command: Command) -> list[tuple[str, str]]:
    return list(CommandEvent.objects.filter(command=command).values_list("was", "became"))

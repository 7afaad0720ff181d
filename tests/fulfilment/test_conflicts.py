"""Every conflict that the documentation names for money: the marketplace refuses it, and none of them leaves us."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

import octopia
from backoffice import marketplace
from fulfilment import invoices
from fulfilment.models import Command, State
from fulfilment.outbox.refusals import Occupied, Refused
from fulfilment.verbs import invoice
from octopia import schema
from orders import readings
from orders.models import Order
from sandbox.market import Market
from tests import make
from tests.fulfilment.asking import cancel, give, looked, sent

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Case:
    """`raw`: the call by itself; `ours`: the same asked of us; `before`: what happens first, in the market alone."""

    raw: Callable[[octopia.Client, Order], Any]
    ours: Callable[[Order], Command]
    placed: dict[str, Any] = field(default_factory=dict)
    before: Callable[[Market, Order], None] | None = None
    later: bool = False  # it is taken, and rejected when it is decided


def _gives(amount: str = "5.00", reason: str = "ShippingFees", details: str = "") -> dict[str, Any]:
    return {
        "raw": lambda client, order: client.give_gesture(
            order.number, reason=reason, amount=Decimal(amount), details=details
        ),
        "ours": lambda order: give(order, amount, reason, details, by=make.user("administrator")),
    }


def _cancels_whole(reason: str = "missing-product") -> dict[str, Any]:
    return {
        "raw": lambda client, order: client.cancel(order.number, reason=reason, refund_shipping=True),
        "ours": lambda order: cancel(order, reason=reason),
    }


def _cancels_first() -> dict[str, Any]:
    def raw(client: octopia.Client, order: Order) -> None:
        line = order.lines.order_by("position")[0]
        wanted = schema.LineCancellation(
            code=line.code, offer_id=line.offer, reason="missing-product", refund_shipping=True
        )
        client.cancel_lines(order.number, [wanted])

    return {"raw": raw, "ours": lambda order: cancel(order, order.lines.order_by("position")[0].code)}


def _one_line_cancelled(market: Market, order: Order) -> None:
    sent(cancel(order, order.lines.order_by("position")[0].code))
    market.clock.advance(120)
    looked(Command.objects.get())


def attach(order: Order) -> Command:
    file = invoices.checked("a.pdf", b"%PDF-1.7")
    return invoice.ask(order, file, by=make.user("support"), seen=order.version, form_token="of-a-test")


CASES = {
    "R35 whole after a part": Case(
        **_cancels_whole(), placed={"channel": "ZZLINE", "lines": 2}, before=_one_line_cancelled
    ),
    "R38 the same line again": Case(
        **_cancels_first(), placed={"channel": "ZZLINE", "lines": 2}, before=_one_line_cancelled
    ),
    "R40 of the warehouse, before it is shipped": Case(**_cancels_whole(), placed={"lines": [{"mode": "Fulfillment"}]}),
    "R45 a channel that forbids gestures": Case(**_gives(), placed={"channel": "ZZDEMO", "status": "Shipped"}),
    "R46 before it is shipped": Case(**_gives()),
    "R47 above what is left": Case(
        **_gives("100.01"), placed={"status": "Shipped", "lines": [{"price": 10_000}]}, later=True
    ),
    "R49 other, without an explanation": Case(**_gives(reason="Other"), placed={"status": "Shipped"}),
    "R53 an invoice before it is shipped": Case(
        raw=lambda client, order: client.attach_invoice(order.number, "a.pdf", b"%PDF-1.7"), ours=attach
    ),
    "E16 a channel without invoices": Case(
        raw=lambda client, order: client.attach_invoice(order.number, "a.pdf", b"%PDF-1.7"),
        ours=attach,
        placed={"channel": "ZZLINE", "status": "Shipped"},
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_conflict_is_refused_there_and_does_not_leave_us(market, place, account, calls, case, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    order = place("SCID1", **case.placed)
    if case.before:
        case.before(market, order)
        readings.ask_order(account, order.number)
        readings.read_due()
        order = Order.objects.get(pk=order.pk)
    refused = nullcontext() if case.later else pytest.raises(octopia.Rejected)
    with marketplace.client(account, "command") as client, refused:
        case.raw(client, order)
    if case.later:
        market.clock.advance(120)
        with marketplace.client(account, "sync") as client:
            assert [request.status for request in client.gestures(order=order.number).items] == ["Rejected"]

    effects = len(market.ledger)
    calls.clear()
    try:
        command = sent(case.ours(order))
    except (Refused, Occupied):
        pass
    else:
        assert command.state == State.REFUSED
        assert command.judged is not None
    assert [call for call in calls if call.startswith("POST")] == []
    assert len(market.ledger) == effects

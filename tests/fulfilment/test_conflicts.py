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
from fulfilment.outbox import asking
from fulfilment.outbox.refusals import Occupied, Refused
from fulfilment.verbs import invoice
from octopia import schema
from octopia.contract.vocabulary import Ability
from orders import lifecycle, readings
from orders.models import Order
from sandbox.market import Market
from tests import make
from tests.fulfilment.asking import cancel, give, looked, sent
from tests.fulfilment.dialogs import filled, url
from tests.orders.pages import signed_in

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Case:
    """`raw`: the call by itself; `ours`: the same asked of us, None where the page takes no such thing; `before`: what
    happens first."""

    raw: Callable[[octopia.Client, Order], Any]
    ours: Callable[[Order], Command | None]
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


def _cancels_first(offer: str = "", reason: str = "missing-product") -> dict[str, Any]:
    def raw(client: octopia.Client, order: Order) -> None:
        line = order.lines.order_by("position")[0]
        wanted = schema.LineCancellation(
            code=line.code, offer_id=offer or line.offer, reason=reason, refund_shipping=True
        )
        client.cancel_lines(order.number, [wanted])

    return {"raw": raw, "ours": lambda order: cancel(order, order.lines.order_by("position")[0].code)}


def _known_to_take_whole_orders(_market: Market, order: Order) -> None:
    """The documentation leaves it open which channels do: until somebody has said so, it is a doubt that is told."""
    source = "its contract"
    lifecycle.correct(
        order.account, order.channel, Ability.LINE_CANCELLATION, False, by=make.user("administrator"), source=source
    )


def _typed(name: str, **values: str) -> Callable[[Order], Command | None]:
    """The same as a person sends it from the dialog; what its page does not take is not asked at all."""

    def ours(order: Order) -> Command | None:
        client, page = signed_in("administrator"), url(order, name)
        answer = client.post(page, filled(client.get(page), **values))
        assert (answer.status_code == 302) == Command.objects.filter(subject=order.number).exists()
        return Command.objects.filter(subject=order.number).first()

    return ours


def _confirmed(order: Order) -> Command:
    """A gesture that a colleague has confirmed: limits say nothing of its currency."""
    command = give(order, "5.00", "ShippingFees", by=make.user("administrator"))
    assert command.state == State.PROPOSED
    asking.confirm(command, make.user("manager"))
    return command


def _given_already(market: Market, order: Order) -> None:
    sent(give(order, "5.00", "ShippingFees", by=make.user("administrator")))
    market.clock.advance(120)
    looked(Command.objects.get())


def _one_line_cancelled(market: Market, order: Order) -> None:
    sent(cancel(order, order.lines.order_by("position")[0].code))
    market.clock.advance(120)
    looked(Command.objects.get())


def attach(order: Order) -> Command:
    file = invoices.checked("a.pdf", b"%PDF-1.7")
    return invoice.ask(order, file, by=make.user("support"), seen=order.version, form_token="of-a-test")


CASES = {
    "R33 a reason that does not hold once shipped": Case(
        raw=_cancels_whole("seller-refusal")["raw"],
        ours=_typed("cancellation", scope="whole", reason="seller-refusal"),
        placed={"channel": "ZZLINE", "status": "Shipped", "lines": 2},
    ),
    "R34 the whole order without a reason": Case(
        raw=_cancels_whole("")["raw"],
        ours=_typed("cancellation", scope="whole"),
        placed={"channel": "ZZLINE", "lines": 2},
    ),
    "R35 whole after a part": Case(
        **_cancels_whole(), placed={"channel": "ZZLINE", "lines": 2}, before=_one_line_cancelled
    ),
    "R36 a line without a reason": Case(
        raw=_cancels_first(reason="")["raw"],
        ours=_typed("cancellation", scope="lines", line_0="on"),
        placed={"channel": "ZZLINE", "lines": 2},
    ),
    "R38 the same line again": Case(
        **_cancels_first(), placed={"channel": "ZZLINE", "lines": 2}, before=_one_line_cancelled
    ),
    "R39 a line, where only whole orders are cancelled": Case(
        **_cancels_first(), placed={"channel": "ZZBLOC", "lines": 2}, before=_known_to_take_whole_orders
    ),
    "R40 of the warehouse, before it is shipped": Case(**_cancels_whole(), placed={"lines": [{"mode": "Fulfillment"}]}),
    "R45 a channel that forbids gestures": Case(**_gives(), placed={"channel": "ZZDEMO", "status": "Shipped"}),
    "R46 before it is shipped": Case(**_gives()),
    "R47 above what is left": Case(
        **_gives("100.01"), placed={"status": "Shipped", "lines": [{"price": 10_000}]}, later=True
    ),
    "R48 a currency that is not the channel's": Case(
        raw=_gives()["raw"], ours=_confirmed, placed={"status": "Shipped", "currency": "GBP"}
    ),
    "R49 other, without an explanation": Case(**_gives(reason="Other"), placed={"status": "Shipped"}),
    "R51 the same again": Case(
        **_gives(), placed={"status": "Shipped", "lines": [{"price": 100}]}, before=_given_already, later=True
    ),
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
def test_a_conflict_is_refused_there_and_does_not_leave_us(market, place, account, calls, case):
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
            decided = {request.status for request in client.gestures(order=order.number).items}
            assert decided == ({"Done", "Rejected"} if case.before else {"Rejected"})

    effects = len(market.ledger)
    calls.clear()
    try:
        asked = case.ours(order)
        command = sent(asked) if asked else None
    except (Refused, Occupied):
        command = None
    if command is not None:
        assert command.state == State.REFUSED
        assert command.judged is not None
    assert [call for call in calls if call.startswith("POST")] == []
    assert len(market.ledger) == effects


def test_what_only_other_clients_say_is_told_before_and_is_refused_there_without_an_effect(market, place):
    """R43, before acceptance: the documentation says "at any time", so it warns and points to the refusal."""
    order = place("SCID1", status="WaitingAcceptance")
    verdict = lifecycle.cancellation(order)

    command = sent(cancel(order))

    assert (verdict.rule, verdict.doubtful) == ("R43", True)
    assert command.state == State.REFUSED
    assert "current status" in command.reason
    assert len(market.ledger) == 0


# ---- the limit of a gesture, at its boundaries


@dataclass(frozen=True)
class Bound:
    """What the market has on its shelf, and the most that may be given there in cents."""

    most: int
    placed: dict[str, Any] = field(default_factory=dict)
    before: Callable[[Market, Order], None] | None = None


BOUNDS = {
    "the channel's rate": Bound(20_00, {"lines": [{"price": 100}]}),
    "its fixed amount": Bound(100_00, {"lines": [{"price": 10_000}]}),
    "another channel's rate": Bound(10_00, {"channel": "ZZBLOC", "lines": [{"price": 100}]}),
    "another channel's amount": Bound(30_00, {"channel": "ZZBLOC", "lines": [{"price": 1_000}]}),
    "after a line was cancelled": Bound(
        20_00, {"channel": "ZZLINE", "lines": [{"price": 50}, {"price": 100}]}, _one_line_cancelled
    ),
    "after something was given": Bound(15_00, {"lines": [{"price": 100}]}, _given_already),
}


@pytest.mark.parametrize("cents", [0, 1], ids=["at it", "a hundredth above"])
@pytest.mark.parametrize("bound", BOUNDS.values(), ids=BOUNDS.keys())
def test_the_limit_of_a_gesture_at_its_boundary(market, place, account, calls, bound, cents):
    order = place("SCID1", **{"status": "Shipped", **bound.placed})
    if bound.before:
        bound.before(market, order)
        readings.ask_order(account, order.number)
        readings.read_due()
        order = Order.objects.get(pk=order.pk)
    amount = str(Decimal(bound.most + cents) / 100)
    before = len(market.ledger)
    calls.clear()

    command = sent(give(order, amount, "Other", "A late parcel", by=make.user("administrator")))

    assert command.state == (State.REFUSED if cents else State.TAKEN)
    assert any(call.startswith("POST") for call in calls) is not bool(cents)
    assert len(market.ledger) - before == (0 if cents else 1)
    if not cents:
        market.clock.advance(120)
        assert looked(command).state == State.CONFIRMED  # the marketplace agrees that it is within

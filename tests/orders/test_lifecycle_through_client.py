"""The whole way: placed in the market, read by the client, mirrored, judged, asked; and what the answer teaches."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import pytest

import octopia
from backoffice import marketplace
from octopia.contract.lifecycle import Ability, Verb
from octopia.schema import LineCancellation, Shipment
from orders import lifecycle, mirror, requests
from orders.lifecycle import Answer, Verdict
from orders.models import CancellationRequest, Order, Prediction

pytestmark = pytest.mark.django_db
LISTED = ("WaitingAcceptance", "Accepted", "InPreparation", "Shipped", "Delivered", "Refused", "Cancelled")
CHANNELS = ("CDISFR", "ZZLINE")  # opposites; the whole table is tests/orders/test_lifecycle_against_sandbox.py


@dataclass(frozen=True)
class Ask:
    """One thing to ask of an order of two lines: what we say of it, and how it is asked."""

    verb: Verb
    judged: Callable[[Order], Verdict]
    sent: Callable[[octopia.Client, Order], object]


def parcels(*codes: str) -> Callable[[octopia.Client, Order], object]:
    return lambda client, order: client.ship(order.number, [Shipment(number="6A1", carrier="DPD", lines=codes)])


def cancelled(client: octopia.Client, order: Order) -> object:
    line = order.lines.get(code="L1")
    wanted = LineCancellation(code="L1", offer_id=line.offer, reason="missing-product", refund_shipping=False)
    return client.cancel_lines(order.number, [wanted])


ASKS = {
    "accept": Ask(Verb.ACCEPT, lambda o: lifecycle.verdict(o, Verb.ACCEPT), lambda c, o: c.decide(o.number, True)),
    "refuse": Ask(Verb.REFUSE, lambda o: lifecycle.verdict(o, Verb.REFUSE), lambda c, o: c.decide(o.number, False)),
    "ship": Ask(Verb.SHIP, lambda o: lifecycle.verdict(o, Verb.SHIP), parcels("L1", "L2")),
    "ship a part": Ask(Verb.SHIP, lambda o: lifecycle.shipment(o, [["L1"]]), parcels("L1")),
    "cancel": Ask(
        Verb.CANCEL,
        lifecycle.cancellation,
        lambda c, o: c.cancel(o.number, reason="missing-product", refund_shipping=True),
    ),
    "cancel a line": Ask(Verb.CANCEL, lambda o: lifecycle.cancellation(o, o.lines.filter(code="L1")), cancelled),
    "gesture": Ask(
        Verb.GESTURE,
        lambda o: lifecycle.verdict(o, Verb.GESTURE),
        lambda c, o: c.give_gesture(o.number, reason="MissingProduct", amount=Decimal(1)),
    ),
    "invoice": Ask(
        Verb.INVOICE,
        lambda o: lifecycle.verdict(o, Verb.INVOICE),
        lambda c, o: c.attach_invoice(o.number, "invoice.pdf", b"%PDF-1.7 invented"),
    ),
}


def placed(market, account, channel: str, *statuses: str) -> list[Order]:
    """Orders of two lines in these statuses, read by the client and mirrored."""
    numbers = [
        market.place(channel=channel, status=status, lines=[{"code": "L1"}, {"code": "L2"}]).number
        for status in statuses
    ]
    with marketplace.client(account, "command") as client:
        mirror.store(account, [client.order(number) for number in numbers], source="live")
    return [Order.objects.get(account=account, number=number) for number in numbers]


def asked(client: octopia.Client, ask: Ask, order: Order) -> tuple[bool, str]:
    """Whether it was taken, and the marketplace's words."""
    try:
        ask.sent(client, order)
    except octopia.Rejected as error:
        return False, str(error)
    return True, ""


@pytest.mark.parametrize("channel", CHANNELS)
def test_what_the_mirror_offers_the_marketplace_takes(market, account, channel):
    wrong, answers = [], set()

    with marketplace.client(account, "command") as client:
        for name, ask in ASKS.items():
            for order in placed(market, account, channel, *LISTED):
                verdict = ask.judged(order)
                taken, words = asked(client, ask, order)
                answers.add(verdict.answer)
                if verdict.answer is not Answer.DOUBTFUL and taken is not (verdict.answer is Answer.ALLOWED):
                    wrong.append((name, order.status, verdict.answer.name, verdict.rule, words))

    assert wrong == []
    assert answers >= {Answer.REFUSED, Answer.ALLOWED}


def test_a_refusal_of_the_marketplace_teaches_what_the_channel_cannot_do(market, account):
    ask = ASKS["ship a part"]
    first, second = placed(market, account, "ZZBLOC", "InPreparation", "InPreparation")
    doubt = ask.judged(first)

    with marketplace.client(account, "command") as client:
        taken, words = asked(client, ask, first)
    lifecycle.outcome(account, Verb.SHIP, "ZZBLOC", doubt, taken, words, number=first.number)

    warned = ask.judged(second)
    fact = lifecycle.abilities(account.pk, "ZZBLOC")[Ability.SINGLE_LINES]
    assert (doubt.answer, taken) == (Answer.DOUBTFUL, False)
    assert fact.value is False
    assert fact.marketplace
    assert (fact.marketplace.source, fact.marketplace.note) == (words, first.number)
    assert (warned.answer, warned.certainty) == (Answer.DOUBTFUL, "measured")
    assert Prediction.objects.get().accepted is False


def test_a_request_that_was_read_back_keeps_the_line_from_being_asked_again(market, account):
    (order,) = placed(market, account, "ZZLINE", "InPreparation")
    ask = ASKS["cancel a line"]

    with marketplace.client(account, "command") as client:
        before = ask.judged(order)
        asked(client, ask, order)
        requests.store_cancellations(account, client.cancellations(order=order.number).items)
        after = ask.judged(order)
        taken, _ = asked(client, ask, order)

    assert CancellationRequest.objects.get().user_type == "Seller"
    assert before.answer is Answer.DOUBTFUL  # by line: nobody knows whether this channel takes it
    assert (after.answer, after.rule, taken) == (Answer.REFUSED, "R38", False)

"""Cancelling: followed to its decision, never asked twice; a refund is never sent again by a machine."""

from datetime import timedelta

import pytest
from django.utils import timezone

from fulfilment.models import Command, State
from fulfilment.outbox.refusals import Occupied, Refused
from orders import lifecycle, readings
from orders.models import CancellationRequest, Order
from tests import make
from tests.fulfilment.asking import act_on_all, cancel, effects, looked, sent

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("decision", "state"), [("done", State.CONFIRMED), ("rejected", State.REFUSED)], ids=["granted", "turned down"]
)
def test_a_request_is_followed_to_its_decision(market, place, decision, state):
    market.decisions["cancellation"].append(decision)
    command = cancel(place("SCID1"))

    assert sent(command).state == State.TAKEN
    assert command.remote_id
    looked(command)
    assert (command.state, command.seen_at is not None) == (State.TAKEN, True)
    market.clock.advance(120)

    assert looked(command).state == state
    assert effects(market) == [("cancellation", "SCID1")]
    assert (command.reason != "") == (state == State.REFUSED)


def test_a_cancellation_reads_once_before_it_is_sent(market, place, calls):
    command = cancel(place("SCID1"))
    calls.clear()

    sent(command)

    assert [call.split("?")[0] for call in calls] == [
        "GET /seller/v2/order-cancellation-requests",
        "POST /seller/v2/order-cancellation-requests",
    ]


def test_single_lines_are_cancelled_with_their_offers(market, place):
    order = place("SCID1", channel="ZZLINE", lines=3)
    codes = [line.code for line in order.lines.all()]
    command = cancel(order, *codes[:2])

    assert sent(command).state == State.TAKEN

    assert market.ledger[0].lines == tuple(codes[:2])
    assert CancellationRequest.objects.count() == 0  # it is listed from the next reading on
    looked(command)
    assert set(command.evidence["lines"]) == set(codes[:2])


def test_after_a_part_was_cancelled_the_whole_order_cannot_be(market, place, live):
    order = place("SCID1", channel="ZZLINE", lines=3)
    command = cancel(order, order.lines.first().code)
    sent(command)
    market.clock.advance(120)
    looked(command)
    live()

    with pytest.raises(Refused) as refused:
        cancel(Order.objects.get(number="SCID1"))

    assert refused.value.verdict.rule == "R35"


def test_a_line_with_a_request_is_not_asked_again(market, place):
    order = place("SCID1", channel="ZZLINE", lines=2)
    first, second = (line.code for line in order.lines.all())
    sent(looked(sent(cancel(order, first))))
    readings.ask_order(order.account, order.number)
    readings.read_due()
    order = Order.objects.get(number="SCID1")

    with pytest.raises((Occupied, Refused)):
        cancel(order, first)

    assert cancel(order, second).state == State.READY


@pytest.mark.parametrize("fault", ["500 after", "lost", "cut", "html after", "type"])
def test_an_unclear_answer_whose_request_is_there_is_found_and_followed(market, place, fault):
    command = cancel(place("SCID1"))
    market.faults = [{"fault": fault, "method": "POST"}]
    assert sent(command).state == State.UNKNOWN

    looked(command)

    assert command.state == State.TAKEN
    assert command.remote_id
    market.clock.advance(120)
    assert looked(command).state == State.CONFIRMED
    assert effects(market) == [("cancellation", "SCID1")]


@pytest.mark.parametrize(("status", "state"), [("InPreparation", State.TAKEN), ("Shipped", State.ATTENTION)])
def test_what_is_not_there_is_sent_again_unless_it_is_a_refund(market, place, status, state, time_machine):
    now = timezone.now()
    time_machine.move_to(now, tick=False)
    command = cancel(place("SCID1", status=status))
    market.faults = [{"fault": "500 before", "method": "POST"}]
    assert sent(command).state == State.UNKNOWN

    for seconds in (6, 31, 121, 421, 1201, 1202):
        time_machine.move_to(now + timedelta(seconds=seconds), tick=False)
        act_on_all()

    command.refresh_from_db()
    assert command.state == state
    assert command.absent_reads == (0 if state == State.TAKEN else 3)
    assert effects(market) == ([("cancellation", "SCID1")] if state == State.TAKEN else [])


def test_a_refund_above_the_limit_waits_for_a_colleague(place, monkeypatch):
    order = place("SCID1", status="Shipped")
    monkeypatch.setattr("backoffice.shop.limit", lambda kind, role: 1)

    command = cancel(order)

    assert (command.state, command.refund) == (State.PROPOSED, True)


def test_before_acceptance_one_refuses_instead(place):
    verdict = lifecycle.cancellation(place("SCID1", status="WaitingAcceptance"))

    assert verdict.rule == "R43"


def test_a_part_of_a_request_that_was_granted_is_told_line_by_line(market, place):
    order = place("SCID1", channel="ZZLINE", lines=2)
    codes = [line.code for line in order.lines.all()]
    command = cancel(order, *codes)
    sent(command)
    looked(command)
    request = next(iter(market.requests.values()))
    request.document["status"] = "Done"
    for line, status in zip(request.document["lines"], ("Done", "Rejected"), strict=True):
        line["status"] = status

    looked(command)

    assert command.state == State.ATTENTION
    assert command.evidence["lines"] == dict(zip(codes, ("Done", "Rejected"), strict=True))


def test_somebody_else_s_request_for_the_same_lines_is_told_apart(market, place):
    """A colleague cancels in the portal while ours is unclear: the one that is ours has our reason."""
    order = place("SCID1", channel="ZZLINE", lines=2)
    code = order.lines.first().code
    command = cancel(order, code)
    market.faults = [{"fault": "500 before", "method": "POST"}]
    sent(command)
    elsewhere(market, "SCID1", code, "seller-refusal")

    looked(command)

    assert command.state == State.ATTENTION
    assert Command.objects.count() == 1


def elsewhere(market, number, code, reason):
    from sandbox import verbs

    order = market.order(number)
    with market.acting("elsewhere"):
        verbs.ask_cancellation(market, order, [order.line(code)], [(reason, False)], whole=False)


def test_what_was_not_shipped_gives_nothing_back_and_needs_no_colleague(place, monkeypatch):
    monkeypatch.setattr("backoffice.shop.limit", lambda kind, role: 0)

    command = cancel(place("SCID1"), by=make.user("support"))

    assert (command.state, command.refund, command.amount) == (State.READY, False, None)

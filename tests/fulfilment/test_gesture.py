"""Gestures: money that leaves once, within what the marketplace and our own limits allow, or waits for a person."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from backoffice import shop
from fulfilment import limits
from fulfilment.models import State
from fulfilment.outbox import asking
from fulfilment.outbox.refusals import NotNow, Refused
from orders.models import GestureRequest
from tests import make
from tests.fulfilment.asking import act_on_all, effects, give, looked, sent

pytestmark = pytest.mark.django_db


@pytest.fixture
def shipped(place):
    """A shipped order on which 20 % may be given."""
    return place("SCID1", status="Shipped", lines=[{"price": 10_000}])


@pytest.mark.parametrize(("decision", "state"), [("done", State.CONFIRMED), ("rejected", State.REFUSED)])
def test_a_gesture_is_followed_to_its_decision(market, shipped, decision, state):
    market.decisions["gesture"].append(decision)
    command = give(shipped)

    assert sent(command).state == State.TAKEN
    market.clock.advance(120)

    assert looked(command).state == state
    assert effects(market) == [("gesture", "SCID1")]


def test_a_gesture_reads_the_list_and_the_amount_before_it_is_sent(shipped, calls):
    command = give(shipped)
    calls.clear()

    sent(command)

    assert [call.split("?")[0] for call in calls] == [
        "GET /seller/v2/order-commercial-gesture-requests",
        "GET /seller/v2/orders/SCID1/commercial-gestures-available-amounts",
        "POST /seller/v2/order-commercial-gesture-requests",
    ]


@pytest.mark.parametrize("fault", ["500 after", "lost", "cut", "html after", "empty", "type"])
def test_money_whose_answer_was_lost_is_found_and_not_sent_again(market, shipped, fault):
    command = give(shipped)
    market.faults = [{"fault": fault, "method": "POST"}]
    sent(command)

    looked(command)

    assert (command.state, bool(command.remote_id)) == (State.TAKEN, True)
    assert effects(market) == [("gesture", "SCID1")]


def test_money_that_is_not_there_goes_to_a_person_and_never_leaves_by_itself(market, shipped, time_machine):
    now = timezone.now()
    time_machine.move_to(now, tick=False)
    command = give(shipped)
    market.faults = [{"fault": "500 before", "method": "POST"}]
    sent(command)

    for seconds in (6, 31, 121, 421, 1201, 1300, 90_000):
        time_machine.move_to(now + timedelta(seconds=seconds), tick=False)
        act_on_all()

    command.refresh_from_db()
    assert (command.state, command.attempts) == (State.ATTENTION, 1)
    assert effects(market) == []


def test_a_person_may_send_it_again_and_it_is_read_once_more_before(market, shipped, calls):
    command = give(shipped)
    market.faults = [{"fault": "500 before", "method": "POST"}]
    sent(command)
    for _ in range(6):
        looked(type(command).objects.get(pk=command.pk))
    type(command).objects.filter(pk=command.pk).update(state=State.ATTENTION)
    asking.send_again(command, make.user("manager"))
    calls.clear()

    assert sent(command).state == State.TAKEN

    assert calls[0].startswith("GET /seller/v2/order-commercial-gesture-requests")
    assert effects(market) == [("gesture", "SCID1")]


@pytest.mark.parametrize(("cents", "state"), [(0, State.TAKEN), (1, State.REFUSED)], ids=["at the limit", "above it"])
def test_the_amount_still_allowable_is_a_wall(market, shipped, cents, state):
    from octopia.contract.rules import RULES
    from sandbox import verbs

    most = Decimal(str(verbs.remaining(market, market.order("SCID1"))))
    command = give(shipped, str(most + Decimal(cents) / 100), by=make.user("administrator"))

    sent(command)

    assert command.state == state
    if state == State.REFUSED:
        assert command.judged is not None
        assert command.judged.rule == "R47"
        assert RULES["R47"].verbs == ("gesture",)


def test_the_same_gesture_again_is_refused_while_it_is_open_and_when_it_was_given(market, shipped):
    command = give(shipped)
    sent(command)
    looked(command)

    with pytest.raises(Refused) as refused:
        give(shipped)

    assert refused.value.verdict.rule == "R51"


def test_before_it_is_shipped_nothing_is_given(place):
    with pytest.raises(Refused) as refused:
        give(place("SCID1"))

    assert refused.value.verdict.rule == "R46"


def test_a_channel_that_forbids_gestures_is_not_asked_twice(market, place):
    order = place("SCID1", channel="ZZDEMO", status="Shipped")

    assert sent(give(order)).state == State.REFUSED

    assert effects(market) == []


def test_above_the_limit_a_colleague_confirms_and_never_the_author(shipped):
    author = make.user("support")
    above = str(shop.limit("gesture", "support") + Decimal("0.01"))
    command = give(shipped, above, by=author)
    assert command.state == State.PROPOSED

    with pytest.raises(NotNow):
        asking.confirm(command, author)
    asking.confirm(command, make.user("manager"))

    command.refresh_from_db()
    assert (command.state, command.approver is not None) == (State.READY, True)


def test_the_day_s_limit_counts_what_was_given_today(place):
    author = make.user("support")
    at_once, a_day = shop.limit("gesture", "support"), shop.daily_limit("gesture", "support")
    number = 0
    while limits.left_today(author, "gesture") >= at_once:
        number += 1
        assert give(place(f"SCID{number}", status="Shipped"), str(at_once), by=author).state == State.READY
    assert number == a_day // at_once

    assert give(place("LAST", status="Shipped"), str(at_once), by=author).state == State.PROPOSED


def test_a_gesture_made_elsewhere_is_mirrored_and_not_taken_for_ours(market, shipped):
    from sandbox import verbs

    command = give(shipped)
    market.faults = [{"fault": "500 before", "method": "POST"}]
    sent(command)
    with market.acting("elsewhere"):
        verbs.ask_gesture(market, market.order("SCID1"), "ShippingFees", None, 4)

    looked(command)

    assert command.state == State.UNKNOWN
    assert GestureRequest.objects.get().reason == "ShippingFees"

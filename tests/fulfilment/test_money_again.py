"""A person sends money again: it is looked for in the same request, and what is there is not given twice."""

import pytest

from fulfilment.models import State
from tests.fulfilment.asking import effects, give, looked, sent
from tests.fulfilment.conftest import due_now
from tests.orders.pages import signed_in, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def shipped(place):
    return place("SCID1", status="Shipped", lines=[{"price": 10_000}])


def unclear(market, shipped, fault):
    """A gesture whose answer was lost, left to a person."""
    command = give(shipped)
    market.faults = [{"fault": fault, "method": "POST"}]
    sent(command)
    type(command).objects.filter(pk=command.pk).update(state=State.ATTENTION)
    command.refresh_from_db()
    return command


def again(command):
    return signed_in("manager").post(f"/outbox/{command.pk}/send-again/", {"reason": "The customer has nothing"})


def test_what_is_there_already_is_not_given_twice(market, shipped):
    command = unclear(market, shipped, "lost after")  # it had its effect

    answer = again(command)

    command.refresh_from_db()
    assert answer.status_code == 409
    assert "something is there: close it as done" in text(answer)
    assert command.state == State.ATTENTION
    assert effects(market) == [("gesture", "SCID1")]


def test_nothing_is_sent_again_while_nobody_can_look(market, shipped):
    command = unclear(market, shipped, "lost before")
    market.faults = [{"fault": "lost"}] * 4

    answer = again(command)

    command.refresh_from_db()
    assert answer.status_code == 503
    assert "Nothing was sent" in text(answer)
    assert command.state == State.ATTENTION
    assert effects(market) == []


def test_what_is_not_there_is_sent_after_it_was_looked_for_twice(market, shipped, calls):
    command = unclear(market, shipped, "lost before")
    calls.clear()

    assert again(command).status_code == 302
    assert [call.split("?")[0] for call in calls] == ["GET /seller/v2/order-commercial-gesture-requests"]
    command.refresh_from_db()
    assert (command.state, command.look_first) == (State.READY, True)
    due_now(command)
    calls.clear()
    assert sent(command).state == State.TAKEN
    assert calls[0].startswith("GET /seller/v2/order-commercial-gesture-requests")

    market.clock.advance(120)
    assert looked(command).state in (State.TAKEN, State.CONFIRMED)
    assert effects(market) == [("gesture", "SCID1")]

"""Who may do what with money on the pages: by role, amount, and whether it is one's own. The author never confirms."""

from decimal import Decimal

import pytest
from django.test import Client

from backoffice import shop
from fulfilment.models import Command, State
from tests import make
from tests.backoffice.people import with_second_factor
from tests.fulfilment.asking import cancel, effects, give, sent
from tests.orders.pages import text

pytestmark = pytest.mark.django_db

ROLES = ("warehouse", "support", "manager", "administrator")
ASKS = {"gesture": give, "refund": lambda order, amount, **more: cancel(order, **more)}
ABOVE = Decimal("0.01")
UNSEEN = 404  # the warehouse has nothing to do with money: the command is not there
NO, YES = 403, 302


@pytest.fixture(params=ASKS)
def kind(request):
    return request.param


@pytest.fixture
def order(place):
    return place("SCID1", status="Shipped", lines=[{"price": 10_000}])


def browser(user):
    client = Client()
    client.force_login(with_second_factor(user) if user.role in ("manager", "administrator") else user)
    return client


def pressed(client, command, step):
    answer = client.post(f"/outbox/{command.pk}/{step}/")
    command.refresh_from_db()
    return answer.status_code


def limit():
    return Decimal(shop.choice("confirm_above"))


@pytest.mark.parametrize("own", [False, True], ids=["a colleague's", "one's own"])
@pytest.mark.parametrize(
    ("role", "status"), [("warehouse", UNSEEN), ("support", NO), ("manager", YES), ("administrator", YES)]
)
def test_who_confirms_what_was_proposed(order, kind, role, status, own, monkeypatch):
    person = make.user(role)
    author = person if own else make.user("support")
    monkeypatch.setattr(shop, "limit", lambda kind, role: Decimal(0))
    command = ASKS[kind](order, "5.00", by=author)
    assert command.state == State.PROPOSED
    client, may = browser(person), status == YES and not own

    offered = "/confirm/" in client.get(f"/orders/{order.number}/").content.decode()

    assert offered is may
    assert pressed(client, command, "confirm") == (NO if own and status == YES else status)
    assert command.state == (State.READY if may else State.PROPOSED)
    assert command.approver == (person if may else None)


@pytest.mark.parametrize("own", [False, True], ids=["a colleague's", "one's own"])
@pytest.mark.parametrize("above", [Decimal(0), ABOVE, None], ids=["at the limit", "above it", "another currency"])
@pytest.mark.parametrize(
    ("role", "settles"), [("warehouse", UNSEEN), ("support", NO), ("manager", YES), ("administrator", YES)]
)
def test_who_sends_money_again(order, calls, kind, role, settles, above, own):
    person = make.user(role)
    command = to_be_checked(order, kind, person if own else make.user("support"), above)
    client = browser(person)
    may = settles == YES and not (own and above != 0)
    calls.clear()

    status = pressed(client, command, "send-again")

    assert status == (YES if may else NO if settles == YES else settles)
    assert command.state == (State.READY if may else State.ATTENTION)
    assert [call.partition(" ")[0] for call in calls] == (["GET"] if may else [])  # the list, in the same request


def to_be_checked(order, kind, author, above):
    command = ASKS[kind](order, "5.00", by=author)
    fields = {"amount": limit() + (above or 0), "currency": "EUR" if above is not None else "GBP"}
    Command.objects.filter(pk=command.pk).update(state=State.ATTENTION, author=author, **fields)
    command.refresh_from_db()
    return command


def test_what_is_there_already_is_not_sent_again(market, order, kind):
    command = ASKS[kind](order, "5.00", by=make.user("administrator"))
    if command.state == State.PROPOSED:
        pressed(browser(make.user("manager")), command, "confirm")
    sent(command)
    assert len(effects(market)) == 1
    Command.objects.filter(pk=command.pk).update(state=State.ATTENTION, remote_id="")
    client = browser(make.user("manager"))

    assert pressed(client, command, "send-again") == 409

    assert command.state == State.ATTENTION
    assert len(effects(market)) == 1


def test_a_marketplace_that_is_silent_leaves_it_with_the_person(market, order, kind):
    command = to_be_checked(order, kind, make.user("support"), Decimal(0))
    market.faults = [{"fault": "500 before", "method": "GET"}] * 5

    answer = browser(make.user("manager")).post(f"/outbox/{command.pk}/send-again/")

    command.refresh_from_db()
    assert answer.status_code == 503
    assert "Nothing was sent" in text(answer)
    assert command.state == State.ATTENTION

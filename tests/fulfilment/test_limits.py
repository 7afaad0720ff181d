"""Limits of money given: at the limit, a hundredth above, another currency, and two at once, which do not both fit."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import pytest
from django.db import connection

from backoffice import shop
from fulfilment import limits
from fulfilment.models import Command, State
from fulfilment.outbox import asking
from fulfilment.outbox.refusals import NotNow
from fulfilment.steps import STEPS
from tests import make
from tests.fulfilment.asking import cancel, give


@pytest.fixture
def shipped(place):
    return lambda number: place(number, status="Shipped", lines=[{"price": 10_000}])


@pytest.mark.django_db(transaction=True)
def test_two_gestures_at_once_do_not_both_fit_under_what_is_left_of_the_day(shipped, monkeypatch):
    author = make.user("support")
    monkeypatch.setattr(shop, "daily_limit", lambda kind, role: Decimal(30))
    orders = [shipped(f"SCID{turn}") for turn in range(4)]
    together = Barrier(len(orders))

    def given(order):
        try:
            together.wait(timeout=10)
            return give(order, "20.00", by=author).state
        finally:
            connection.close()

    with ThreadPoolExecutor(len(orders)) as pool:
        states = list(pool.map(given, orders))

    assert sorted(states) == [State.PROPOSED, State.PROPOSED, State.PROPOSED, State.READY]


@pytest.mark.django_db(transaction=True)
def test_two_colleagues_who_confirm_at_once_confirm_once(shipped, monkeypatch):
    monkeypatch.setattr(shop, "limit", lambda kind, role: Decimal(1))
    command = give(shipped("SCID1"), "5.00", by=make.user("support"))
    colleagues = [make.user("manager") for _ in range(4)]
    together = Barrier(len(colleagues))

    def confirmed(by):
        try:
            together.wait(timeout=10)
            asking.confirm(command, by)
        except NotNow:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(len(colleagues)) as pool:
        assert sorted(pool.map(confirmed, colleagues)) == [False, False, False, True]

    command.refresh_from_db()
    assert command.state == State.READY
    assert command.approver in colleagues


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["support", "manager", "administrator"])
@pytest.mark.parametrize(
    ("cents", "state"), [(0, State.READY), (1, State.PROPOSED)], ids=["at it", "a hundredth above"]
)
def test_the_limit_of_each_role(shipped, role, cents, state):
    amount = shop.limit("gesture", role) + Decimal(cents) / 100

    assert give(shipped("SCID1"), str(amount), by=make.user(role)).state == state


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["support", "manager", "administrator"])
@pytest.mark.parametrize(
    ("cents", "state"), [(0, State.READY), (1, State.PROPOSED)], ids=["at it", "a hundredth above"]
)
def test_the_limit_of_each_role_for_a_refund(place, role, cents, state):
    price = shop.limit("cancel", role) + Decimal(cents) / 100
    order = place("SCID1", status="Shipped", lines=[{"price": float(price)}])

    assert cancel(order, refund=False, by=make.user(role)).state == state


@pytest.mark.django_db
def test_another_currency_than_that_of_the_limits_always_needs_a_colleague(db):
    over = limits.exceeded(make.user("administrator"), "gesture", Decimal("0.01"), "GBP")

    assert over is not None
    assert "EUR" in over.words


@pytest.mark.django_db
def test_the_warehouse_gives_no_money_however_little(db):
    assert limits.exceeded(make.user("warehouse"), "gesture", Decimal("0.01"), "EUR") is not None


@pytest.mark.django_db
def test_what_a_colleague_confirmed_or_nobody_got_leaves_the_day_s_limit_alone(shipped, monkeypatch):
    author = make.user("support")
    whole = limits.left_today(author, "gesture")
    monkeypatch.setattr(shop, "limit", lambda kind, role: Decimal(1))
    confirmed = give(shipped("SCID1"), "5.00", by=author)
    asking.confirm(confirmed, make.user("manager"))
    asking.withdraw(give(shipped("SCID2"), "1.00", by=author), author)

    assert limits.left_today(author, "gesture") == whole
    assert limits.left_today(author, "cancel") == shop.daily_limit("cancel", "support")


@pytest.mark.django_db
@pytest.mark.parametrize("ask", [give, lambda order, **more: cancel(order, **more)], ids=["gesture", "refund"])
@pytest.mark.parametrize(
    ("role", "may"), [("warehouse", False), ("support", False), ("manager", True), ("administrator", True)]
)
def test_who_may_confirm_what_a_colleague_proposed(shipped, monkeypatch, ask, role, may):
    monkeypatch.setattr(shop, "limit", lambda kind, _role: Decimal(0))
    author = make.user("manager")
    command = ask(shipped("SCID1"), by=author)
    assert command.state == State.PROPOSED

    assert STEPS["confirm"].may(make.user(role), command) is may
    assert STEPS["confirm"].may(author, command) is False
    assert Command.objects.count() == 1

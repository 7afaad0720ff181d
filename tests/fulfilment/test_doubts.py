"""The view of orders to approve: oldest clock first, the doubtful ones marked, and what is said when there is none."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backoffice import shop as choices
from fulfilment import doubts
from fulfilment.models import Product
from orders import mirror
from orders.models import Order
from tests import make
from tests.orders.pages import numbers, signed_in, text

pytestmark = pytest.mark.django_db
VIEW = "/orders/?view=to-approve"
LINES = {"A": "LMP-1", "B": "LMP-2"}
NOW = datetime.now(UTC).replace(microsecond=0)


def waiting(account, number, hours=1, **members):
    return make.order(
        number, of=account, status="WaitingAcceptance", created_at=NOW - timedelta(hours=hours), **members
    )


def lamp(unit="49.90", **members):
    return make.line(selling_unit=Decimal(unit), selling_total=Decimal(unit), **members)


def sold(account, times, unit="49.90"):
    """This product was sold so often lately, at this price."""
    for _turn in range(times):
        make.order(of=account, status="Shipped", lines=(lamp(unit, status="Shipped"),))


def found(*orders):
    return {order.number: doubts.of(list(orders)).get(order.pk, []) for order in orders}


def test_the_oldest_clock_comes_first_and_an_unknown_one_last(account):
    choices.choose(
        "approval_windows", {"CDISFR": {"hours": 48, "origin": ""}, "DARTYFR": {"hours": 4, "origin": ""}}, None
    )
    waiting(account, "LONG-OLD", 30)
    waiting(account, "SHORT-NEW", 1, channel="DARTYFR")
    waiting(account, "UNKNOWN", 200, channel="ELSEWHERE")
    waiting(account, "LONG-NEW", 2)

    assert numbers(signed_in("manager").get(VIEW)) == ["SHORT-NEW", "LONG-OLD", "LONG-NEW", "UNKNOWN"]


def test_pages_of_the_clock_follow_each_other_and_an_order_knows_its_place(account, monkeypatch):
    choices.choose("approval_windows", {"CDISFR": {"hours": 48, "origin": ""}}, None)
    monkeypatch.setattr("orders.queries.PAGE", 2)
    made = [waiting(account, f"A{hours}", hours).number for hours in (9, 7, 5, 3)]
    waiting(account, "A1", 1, channel="ELSEWHERE")
    client = signed_in("manager")

    seen, address = [], VIEW
    while address:
        answer = client.get(address)
        seen += numbers(answer)
        body = answer.content.decode()
        address = (
            "/orders/" + body.split('rel="next"')[0].rpartition('href="')[2].split('"')[0].replace("&amp;", "&")
            if 'rel="next"' in body
            else ""
        )
    place = text(client.get("/orders/A7/?from=view%3Dto-approve"))

    assert seen == [*made, "A1"]
    assert "2 of 5" in place


def test_the_rows_of_the_view_carry_our_stock_notes_and_the_steps_a_person_may_take(account):
    Product.objects.create(account=account, sku="LMP-1", stock="3 left, more on Friday")
    Product.objects.create(account=make.account(seller_id="2"), sku="LMP-2", stock="of another account")
    lines = tuple(make.line(code, sku=sku, quantity=2, status="WaitingAcceptance") for code, sku in LINES.items())
    order = waiting(account, "A1", lines=lines)
    manager, hand = signed_in("manager", account), signed_in("warehouse", account)
    manager.get(VIEW)

    with CaptureQueriesContext(connection) as one:
        told = manager.get(VIEW).content.decode()
    for turn in range(9):
        waiting(account, f"B{turn}", lines=lines)
    with CaptureQueriesContext(connection) as ten:
        manager.get(VIEW)

    assert "2 × LMP-1: 3 left, more on Friday" in told
    assert "of another account" not in told
    assert f"/orders/{order.number}/approval/?account=" in told
    assert f"/orders/{order.number}/approval/refusal/?account=" in told
    assert f"/orders/{order.number}/approval/refusal/?account=" not in hand.get(VIEW).content.decode()
    assert "3 left" in manager.get(f"/orders/{order.number}/approval/").content.decode()
    assert "3 left" not in manager.get("/orders/").content.decode()
    assert len(ten) == len(one) <= 10


def test_the_same_buyer_twice_is_doubted_in_each_of_the_orders(account):
    first, second, other = (
        waiting(account, number, customer=who) for number, who in (("A1", "C1"), ("A2", "C1"), ("A3", "C3"))
    )

    assert found(first, second, other) == {"A1": ["repeated"], "A2": ["repeated"], "A3": []}
    assert found(first) == {"A1": ["repeated"]}  # the other one is on another page


def test_a_buyer_of_another_account_is_another_buyer(account):
    other = make.account(seller_id="2")

    assert found(waiting(account, "A1", customer="C1"), waiting(other, "A2", customer="C1")) == {"A1": [], "A2": []}


@pytest.mark.parametrize(
    ("sales", "unit", "told"), [(3, "24.00", ["cheap"]), (3, "30.00", []), (1, "5.00", []), (0, "1.00", [])]
)
def test_a_price_far_below_what_the_product_was_sold_for_is_doubted(account, sales, unit, told):
    sold(account, sales)

    assert found(waiting(account, "A1", lines=(lamp(unit, status="WaitingAcceptance"),))) == {"A1": told}


@pytest.mark.parametrize(("sold_at", "told"), [("2026-08-31T21:59", []), ("2026-08-31T22:01", ["cheap"])])
def test_a_month_of_sales_begins_by_the_shops_clock(account, time_machine, sold_at, told):
    for _turn in range(3):
        placed = datetime.fromisoformat(f"{sold_at}+00:00")
        make.order(
            of=account, status="Shipped", created_at=placed, purchased_at=placed, lines=(lamp(status="Shipped"),)
        )
    time_machine.move_to(datetime(2026, 12, 1, 22, 30, tzinfo=UTC), tick=False)  # 92 days before: 1 September in Paris

    assert found(waiting(account, "A1", lines=(lamp("9.00", status="WaitingAcceptance"),))) == {"A1": told}


def test_the_price_of_another_currency_says_nothing(account):
    sold(account, 4)
    line = lamp("5.00", status="WaitingAcceptance")

    assert found(waiting(account, "A1", currency="PLN", lines=(line,))) == {"A1": []}


def test_an_order_without_an_address_is_doubted(account):
    order = waiting(account, "A1", billing=None, lines=(make.line(status="WaitingAcceptance", shipping=None),))

    assert found(order) == {"A1": ["nowhere"]}


def test_the_rows_of_the_view_carry_the_marks_and_no_other_list_does(account):
    sold(account, 3)
    waiting(account, "A1", customer="C1", lines=(lamp("9.00", status="WaitingAcceptance"),))
    waiting(account, "A2", customer="C1")
    client = signed_in("warehouse")

    said = text(client.get(VIEW))
    everywhere = text(client.get("/orders/"))

    assert said.count("Same buyer twice") == 2
    assert said.count("Price far below ours") == 1
    assert "Same buyer twice" not in everywhere


def test_the_view_costs_as_many_queries_for_one_row_as_for_twenty(account):
    choices.choose("approval_windows", {"CDISFR": {"hours": 48, "origin": ""}}, None)
    client = signed_in("manager")
    seen = []
    for rows in (1, 20):
        for turn in range(Order.objects.count(), rows):
            waiting(account, f"A{turn:03d}", customer=f"C{turn % 3}")
        client.get(VIEW)
        with CaptureQueriesContext(connection) as counted:
            assert len(numbers(client.get(VIEW))) == rows
        seen.append(len(counted))

    assert len(set(seen)) == 1
    assert seen[0] <= 14


def test_nothing_to_approve_tells_of_channels_that_accept_by_themselves_when_none_has_waited_lately(account):
    client = signed_in("manager")
    never = text(client.get(VIEW))
    read = make.reading("A1", status="WaitingAcceptance", created_at=NOW - timedelta(days=3))
    mirror.store(account, [read], source="live")
    mirror.store(account, [make.later(read, status="InPreparation")], source="live")
    lately = text(client.get(VIEW))
    Order.objects.update(created_at=timezone.now() - timedelta(days=15))
    long_ago = text(client.get(VIEW))

    assert "none has waited for you in the last 14 days" in never
    assert "Nothing to approve." in lately
    assert "in the last 14 days" not in lately
    assert "none has waited for you in the last 14 days" in long_ago


def test_the_portals_own_acceptance_is_told_on_the_page_of_an_order_that_waits(account):
    account.profile = {"auto_accept": True}
    account.save()
    waiting(account, "A1")
    make.order("A2", of=account)
    client = signed_in("manager")

    assert "this order may be accepted before you decide" in text(client.get("/orders/A1/"))
    assert "this order may be accepted before you decide" not in text(client.get("/orders/A2/"))

"""Columns of the orders list: chosen by a person, put in order by us, kept in views, and those of its file."""

import re
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from backoffice.models import SavedView, User
from tests import make
from tests.orders.pages import link, numbers, signed_in, text
from tests.orders.test_exports import ask, content, rows

pytestmark = pytest.mark.django_db
USUAL = ["Ship by", "Order", "For", "Products", "Items", "State", "Total", "Placed"]


@pytest.fixture
def shop(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    account = make.account()
    make.order("DUE", channel_number="CH-1")
    make.order("WAITS", status="WaitingAcceptance")
    return account


def heads(answer) -> list[str]:
    head = answer.content.decode().partition("<thead>")[2].partition("</thead>")[0]
    cells = [
        unescape(" ".join(re.sub(r"<[^>]+>", " ", cell).split())) for cell in re.findall(r"<th .*?</th>", head, re.S)
    ]
    return [cell for cell in cells if cell != "Select"]


def choose(client, *names, **more):
    return client.post(reverse("orders:columns"), {"columns": names, **more})


def test_a_person_chooses_and_finds_them_again_in_our_order(shop):
    client, colleague = signed_in("support", shop), signed_in("support", shop)
    assert heads(client.get("/orders/")) == USUAL

    answer = choose(client, "placed", "channel-number", "total", list="?view=to-ship&columns=items")

    assert answer["Location"] == "/orders/?view=to-ship"
    page = client.get("/orders/")
    assert heads(page) == ["Order", "Total", "Channel's number", "Placed"]
    assert "CH-1" in text(page)
    assert heads(colleague.get("/orders/")) == USUAL
    choose(client, usual="1")
    assert heads(client.get("/orders/")) == USUAL
    assert {user.columns for user in User.objects.all()} == {""}  # and so they get what becomes usual later


def test_no_choice_shows_what_a_role_may_not_see(shop):
    packer, supporter = signed_in("warehouse", shop), signed_in("support", shop)

    choose(packer, "total", "commission", "state")
    choose(supporter, "total", "commission", "account", "unknown")

    assert heads(packer.get("/orders/")) == ["Order", "State"]
    assert heads(packer.get("/orders/?columns=total")) == [
        "Ship by",
        "Order",
        "For",
        "Products",
        "Items",
        "State",
        "Placed",
    ]
    assert heads(supporter.get("/orders/")) == ["Order", "Total"]
    assert "Columns: “moon” is not known" in text(supporter.get("/orders/?columns=moon"))


def test_a_view_keeps_the_columns_it_was_saved_with(shop):
    client = signed_in("manager", shop)
    choose(client, "state", "commission")
    client.post(reverse("orders:views"), {"name": "Costs", "address": "?view=to-ship", "audience": "everybody"})
    choose(client, "placed")

    kept = SavedView.objects.get()

    assert kept.address == "?view=to-ship&columns=commission&columns=state"
    assert heads(client.get(f"/orders/{kept.address}")) == ["Order", "State", "Commission without VAT"]
    packer = signed_in("warehouse", shop)
    assert "Costs" in text(packer.get("/orders/"))  # it is theirs too, as far as they see
    assert heads(packer.get(f"/orders/{kept.address}")) == ["Order", "State"]
    assert "its own columns" in text(client.get(reverse("orders:views")))


def test_a_filter_leaves_the_columns_of_the_address(shop):
    page = signed_in("support", shop).get("/orders/?columns=state&columns=total&status=InPreparation").content.decode()

    assert page.count('type="hidden" name="columns"') == 2
    assert "columns=state&amp;columns=total" in page.partition('id="filters-clear"')[0].rpartition("<a ")[2]


@pytest.mark.parametrize(
    ("names", "head"),
    [
        (("items", "state"), ["Order", "Items", "State"]),
        (("ship-by", "shipped", "channel", "total"), ["Order", "Ship by", "Total", "Currency", "Channel", "Shipped"]),
        (("ship-by", "customer"), ["Order", "Ship by", "Shipped"]),
    ],
)
def test_the_file_has_the_columns_of_the_screen(shop, names, head):
    client = signed_in("support", shop)
    choose(client, *names)

    ask(client, "?view=to-ship")

    table = rows(content(client))
    assert table[0] == head
    assert [row[0] for row in table[1:]] == numbers(client.get("/orders/?view=to-ship")) == ["DUE"]
    assert "Their columns: Order, " in text(client.get(reverse("orders:export")))


def test_the_clock_of_a_decision_is_in_the_file_of_that_view(shop):
    client = signed_in("support", shop)

    ask(client, "?view=to-approve&columns=ship-by&columns=items", per="line")

    assert rows(content(client))[0][-1] == "Decide by"


def test_personal_data_is_offered_only_where_the_customer_is_on_the_screen(shop):
    client = signed_in("manager", shop)

    assert "With personal data" in text(client.get(reverse("orders:export")))
    choose(client, "state")
    assert "With personal data" not in text(client.get(reverse("orders:export")))


def test_the_way_back_to_the_list_leads_to_the_view_that_was_last_looked_at(shop):
    client = signed_in("administrator")
    client.post(reverse("orders:views"), {"name": "Mine", "address": "?channel=CDISFR"})
    marker = 'data-key="g o"'

    for looked_at, way in (
        ("?view=to-ship", "?view=to-ship"),
        ("?view=to-approve", "?view=to-ship"),  # has a way of its own
        ("?status=Shipped", "?view=to-ship"),  # no view
        ("?channel=CDISFR", "?channel=CDISFR"),
    ):
        client.get(f"/orders/{looked_at}")
        assert link(client.get(reverse("settings")), marker) == f"/orders/{way}"
    assert client.get("/")["Location"] == "/orders/?channel=CDISFR"
    client.get("/orders/")
    assert link(client.get(reverse("settings")), marker) == "/orders/"


def test_neither_columns_nor_the_view_looked_at_cost_queries(shop):
    client = signed_in("manager", shop)
    client.get("/orders/")

    def asked(rows):
        for number in range(rows):
            make.order(f"MORE-{rows}-{number}")
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/orders/").status_code == 200
        return len(queries)

    usual = asked(0)
    choose(client, "ship-by", "customer", "state", "total", "commission", "channel", "channel-number", "shipped")

    assert asked(3) == asked(10) == usual <= 10

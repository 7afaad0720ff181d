"""The list of orders: its views, filters, order and pages, and that its address is its state."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orders import filters, mirror, queries
from orders.filters import Filters
from orders.models import Order
from orders.queries import Matching
from tests import make
from tests.orders.pages import link, numbers, signed_in, text

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def lines(**members):
    return (make.line(**members),)


def ago(**span):
    return timezone.now().replace(microsecond=0) - timedelta(**span)


@pytest.fixture
def shop():
    """One order of each kind that the views tell apart."""
    account = make.account()
    make.order("DUE", lines=lines(ship_by=ago(hours=-5)))
    make.order("LATE", lines=lines(ship_by=ago(hours=5)))
    make.order("NOT-OURS", lines=lines(supply_mode="Fulfillment"))
    make.order("TO-APPROVE", status="WaitingAcceptance", channel="CONFFR", channel_name="Conforama")
    make.order("GONE", status="Delivered", created_at=ago(days=60))
    Order.objects.filter(number="GONE").update(shipped_at=ago(days=59))
    return account


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"DUE", "LATE", "NOT-OURS", "TO-APPROVE", "GONE"}),
        ("?view=to-ship", {"DUE", "LATE"}),
        ("?view=late", {"LATE"}),
        ("?view=to-approve", {"TO-APPROVE"}),
        ("?view=shipped-today", set()),
        ("?status=Delivered&status=WaitingAcceptance", {"GONE", "TO-APPROVE"}),
        ("?channel=CONFFR", {"TO-APPROVE"}),
        ("?mode=Fulfillment", {"NOT-OURS"}),
        ("?deadline=late", {"LATE"}),
        ("?deadline=none&status=Delivered", set()),
        ("?placed=7", {"DUE", "LATE", "NOT-OURS", "TO-APPROVE"}),
        ("?min=55.81", set()),
        ("?view=to-ship&deadline=at-risk", {"DUE"}),
        ("?outcome=untimed", {"GONE"}),
        ("?outcome=kept&currency=EUR&channel=CONFFR", {"TO-APPROVE"}),
        ("?by=shipped", set()),  # nobody counted its time: only the mirror says so
        ("?by=cancelled", set()),
        ("?max=55,80&status=Delivered", {"GONE"}),
        ("?max=0%C2%A0055,80%E2%80%AF%E2%82%AC&status=Delivered", {"GONE"}),  # as French writes it, or as we show it
    ],
)
def test_each_view_and_filter_shows_its_orders(shop, query, expected):
    answer = signed_in().get(f"/orders/{query}")

    assert answer.status_code == 200
    assert set(numbers(answer)) == expected


def test_the_views_are_counted_beside_their_names(shop):
    words = text(signed_in().get("/orders/"))

    assert "To ship 2 Late 1 To approve 1 Shipped today 0 All 5" in words


def test_an_order_shipped_today_is_in_its_view(shop):
    order = make.reading("LEFT", changed_at=ago(days=1))
    mirror.store(shop, [order], source="live")
    mirror.store(
        shop,
        [make.later(order, status="Shipped", lines=lines(status="Shipped"), changed_at=timezone.now())],
        source="live",
    )

    answer = signed_in().get("/orders/?view=shipped-today")

    assert numbers(answer) == ["LEFT"]


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ("?status=Nonsense", "Status: “Nonsense” is not known"),
        ("?view=moon", "View: “moon” is not known"),
        ("?min=lots", "Amount: “lots” is no amount"),
        ("?min=1e999999", "is no amount"),
        ("?min=NaN", "is no amount"),
        ("?from=2026-13-45", "is no day"),
        ("?from=0001-01-01", "out of range"),
        ("?colour=red", "“colour” is no filter of this page"),
        ("?sort=deadline", "Only open orders can be put in the order of their deadlines"),
        ("?account=else", "Account: “else” is not known"),
    ],
)
def test_a_filter_that_makes_no_sense_is_told_and_ignored(shop, query, complaint):
    answer = signed_in().get(f"/orders/{query}")

    assert answer.status_code == 200
    assert re.search(r'<div class="banner-text">\s*<p>', answer.content.decode())  # and under no title
    assert complaint in text(answer)
    assert len(numbers(answer)) == 5


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?min=100", "Amount: from 100.00"),
        ("?max=200", "Amount: up to 200.00"),
        ("?min=100&max=200", "Amount: 100.00 – 200.00"),
        ("?from=2026-11-03", "Placed: from 3 Nov 2026"),
    ],
)
def test_a_filter_with_one_end_says_which(shop, query, said):
    assert said in text(signed_in().get(f"/orders/{query}"))


@pytest.mark.parametrize(
    "query",
    ["?after=%00", "?after=xx&before=yy", "?q=%00", "?status=%00", "?after=" + "A" * 300, "?min=%20",
     "?q=" + "x" * 3000,
     "?from=2026-01-01&to=2020-01-01", "?pasted=..%2F", "?since=x", "?q=%F0%9F%92%A9", "?view=late&view=to-ship"],
)  # fmt: skip
def test_no_address_of_the_list_breaks_it(shop, query):
    client = signed_in()

    assert client.get(f"/orders/{query}").status_code in (200, 302)
    assert client.get(f"/orders/{query}", headers=HTMX).status_code in (200, 204)


def test_the_same_filters_always_have_the_same_address():
    one = Filters(status=("Shipped",), view="late", text="a b", least=Decimal("10.00"))

    assert filters.address(one) == "?view=late&status=Shipped&min=10&q=a+b"
    assert filters.address(one.without("amount").without("q")) == "?view=late&status=Shipped"


def test_a_form_sent_by_a_browser_leads_to_the_short_address(shop):
    answer = signed_in().get("/orders/?view=late&min=&max=&q=&from=&to=&placed=")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/orders/?view=late")


def test_paging_walks_every_order_once_and_back_again():
    account = make.account()
    same = ago(days=1)
    mirror.store(account, [make.reading(f"N{turn:03d}", created_at=same) for turn in range(120)], source="live")
    client = signed_in()

    first = client.get("/orders/")
    second = client.get("/orders/" + link(first, 'rel="next"'))
    third = client.get("/orders/" + link(second, 'rel="next"'))
    back = client.get("/orders/" + link(third, 'rel="prev"'))

    walked = [*numbers(first), *numbers(second), *numbers(third)]
    assert [len(numbers(page)) for page in (first, second, third)] == [50, 50, 20]
    assert len(set(walked)) == 120
    assert numbers(back) == numbers(second)
    assert 'rel="next"' not in third.content.decode()
    assert 'rel="prev"' not in first.content.decode()


@pytest.mark.parametrize("sort", ["deadline", "-deadline"])
def test_orders_without_a_deadline_come_last_whichever_way_and_are_walked(sort):
    account = make.account()
    readings = [make.reading(f"D{turn:02d}", lines=lines(ship_by=ago(hours=-turn))) for turn in range(58)]
    readings += [make.reading(f"X{turn:02d}", ship_by=None, lines=lines(ship_by=None)) for turn in range(7)]
    mirror.store(account, readings, source="live")
    matching = Matching(Filters(view="to-ship", sort=sort), [account.pk], timezone.now())

    first = matching.page()
    second = matching.page(after=first.older)
    back = matching.page(before=second.newer)

    walked = [order.number for order in (*first.rows, *second.rows)]
    dated = sorted(walked[:58], reverse=sort == "-deadline")
    assert walked[:58] == dated
    assert {number[0] for number in walked[58:]} == {"X"}
    assert [order.number for order in back.rows] == [order.number for order in first.rows]


def test_several_accounts_and_statuses_are_one_list():
    mine, yours = make.account(), make.account(seller_id="2")
    for turn in range(40):
        mirror.store(
            (mine, yours)[turn % 2],
            [
                make.reading(
                    f"N{turn:02d}", status=("Shipped", "Delivered")[turn // 2 % 2], created_at=ago(hours=turn + 1)
                )
            ],
            source="live",
        )

    answer = signed_in("support", mine, yours).get("/orders/?status=Shipped&status=Delivered")

    assert numbers(answer) == [f"N{turn:02d}" for turn in range(40)]


def test_orders_of_other_accounts_are_neither_shown_nor_counted():
    mine, yours = make.account(), make.account(seller_id="2")
    make.order("MINE", of=mine)
    make.order("YOURS", of=yours)

    answer = signed_in("support", mine).get("/orders/")

    assert numbers(answer) == ["MINE"]
    assert "All 1" in text(answer)


def test_a_count_stops_at_a_thousand():
    account = make.account()
    make.order("N")
    row = {name: value for name, value in Order.objects.values().get().items() if name != "id"}
    Order.objects.bulk_create([Order(**row | {"number": f"C{turn}"}) for turn in range(1005)])

    assert "All 1,000+" in text(signed_in("support", account).get("/orders/"))


def test_an_empty_list_names_the_filter_that_excludes_most(shop):
    answer = signed_in().get("/orders/?view=late&channel=CDISFR&status=InPreparation&placed=yesterday&max=1")

    assert numbers(answer) == []
    assert "“Amount” excludes most: without it 1 would be shown." in text(answer)
    assert "Remove “Amount”" in text(answer)


def test_the_warehouse_sees_no_prices_and_no_name_of_an_old_order(shop):
    words = text(signed_in("warehouse").get("/orders/"))

    assert "55.80" not in words
    assert "Amount" not in words
    assert words.count("S. Le Goff, Tours") == 3  # those in preparation; neither to approve nor delivered long ago


def test_the_warehouse_cannot_filter_by_amount(shop):
    answer = signed_in("warehouse").get("/orders/?min=1000")

    assert "your role does not see amounts" in text(answer)
    assert len(numbers(answer)) == 5


@pytest.mark.parametrize("query", ["", "?view=to-ship", "?status=InPreparation&channel=CDISFR&mode=Seller"])
def test_the_list_makes_as_many_queries_for_one_row_as_for_fifty(query):
    make.account()
    client = signed_in()
    seen = []
    for rows in (1, 10, 50):
        for _row in range(rows - Order.objects.count()):
            make.order()
        client.get(f"/orders/{query}")
        with CaptureQueriesContext(connection) as counted:
            answer = client.get(f"/orders/{query}")
        assert len(numbers(answer)) == rows
        seen.append(len(counted))

    assert len(set(seen)) == 1
    assert seen[0] <= 10


def test_htmx_gets_the_region_and_the_address_to_show(shop):
    answer = signed_in().get("/orders/?view=late&q=&min=", headers=HTMX)

    assert answer.content.decode().lstrip().startswith("<section")
    assert answer.headers["HX-Push-Url"] == "/orders/?view=late"


def poll(client, page):
    query = page.content.decode().split('id="orders-news" hx-get="')[1].split('"')[0].replace("&amp;", "&")
    return client.get(f"/orders/{query}", headers=HTMX)


def test_a_poll_is_quiet_until_something_is_new_and_then_says_how_much(shop):
    client = signed_in()
    page = client.get("/orders/?view=to-ship")

    before = poll(client, page)
    make.order("NEW", changed_at=timezone.now() + timedelta(minutes=1))
    after = poll(client, page)

    assert before.status_code == 204
    assert "1 new order" in text(after)
    assert "/orders/?view=to-ship" in after.content.decode()


def test_a_poll_asks_the_database_little(shop):
    client = signed_in()
    page = client.get("/orders/")

    with CaptureQueriesContext(connection) as counted:
        poll(client, page)

    assert len(counted) <= 4


def test_the_order_of_a_list_is_always_the_order_of_an_index(shop):
    statuses = ["Delivered"] * 8 + ["InPreparation", "Shipped"]
    mirror.store(shop, [make.reading(status=status) for status in statuses * 30], source="live")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE orders_order")  # or the planner goes by what other tests left behind
    plans = []
    for chosen in (Filters(), Filters(status=("Shipped",)), Filters(view="to-ship")):
        matching = Matching(chosen, [shop.pk], timezone.now())
        rows = matching.sets[0].order_by(*matching.sorting.expressions())[: queries.PAGE]
        with connection.cursor() as cursor:
            cursor.execute(
                "SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off"
            )
        plans.append(rows.explain())

    assert ["Sort" in plan for plan in plans] == [False, False, False]
    assert ["order_placed" in plans[0], "order_status_placed" in plans[1], "order_to_ship" in plans[2]] == [True] * 3


def test_a_list_says_exactly_what_it_comes_to_as_far_as_the_person_sees_amounts(shop):
    make.order("ZLOTY", currency="PLN", selling_total=Decimal("1000.10"))

    manager = text(signed_in("manager").get("/orders/?outcome=kept&sum=1"))
    warehouse = text(signed_in("warehouse").get("/orders/?outcome=kept&sum=1"))

    assert "6 orders Total: €279.00 Commission without VAT: €33.50" in manager
    assert "Total: 1,000.10\xa0PLN".replace("\xa0", " ") in manager
    assert "6 orders" in warehouse
    assert "€" not in warehouse


def test_what_no_menu_asks_for_stays_when_the_form_is_sent(shop):
    page = signed_in("manager").get("/orders/?by=shipped&from=2026-11-01&outcome=shipped-late&sum=1").content.decode()

    for name, value in (("by", "shipped"), ("outcome", "shipped-late"), ("sum", "1")):
        assert f'<input type="hidden" name="{name}" value="{value}">' in page

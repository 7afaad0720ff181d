"""The lists: filters, sort, pages, counts, cursors, and what a seller never sees."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from sandbox import outsiders
from sandbox.market import Market
from tests.sandbox.conftest import Shop

EVER = "2000-01-01T00:00:00Z"


def numbers(shop: Shop, **query: Any) -> list[str]:
    return [order["orderId"] for order in shop.get("/orders", **{"createdAtMin": EVER, **query}).json()["items"]]


def link_query(link: str) -> dict[str, str]:
    address, _, relation = link.partition(">;")
    assert relation.strip() == 'rel="next"'
    return {name: values[0] for name, values in parse_qs(urlsplit(address.lstrip("<")).query).items()}


@pytest.fixture
def five(market: Market) -> None:
    market.place(
        "A",
        created=-500,
        updated=-100,
        status="Shipped",
        channel="ZZLINE",
        business=True,
        reference="R-A",
        deadline=200_000,
    )
    market.place("B", created=-400, updated=-200, deadline=3_600, country="BE", business=False)
    market.place("C", created=-300, updated=-300, lines=[{"mode": "Fulfillment"}, {}], deadline=7_200, business=False)
    market.place("D", created=-200, updated=-150, status="WaitingAcceptance", business=False, deadline=90_000)
    market.place("E", created=-100, updated=-50, status="Cancelled", channel="ZZDEMO", business=False, deadline=100_000)


@pytest.mark.usefixtures("five")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"status": "Shipped"}, "A"),
        ({"status": "Shipped,Cancelled"}, "AE"),
        ({"status": ["Shipped", "Cancelled"]}, "AE"),
        ({"salesChannelId": "ZZLINE"}, "A"),
        ({"businessOrder": "true"}, "A"),
        ({"businessOrder": "false"}, "BCDE"),
        ({"supplyMode": "Fulfillment"}, "C"),
        ({"supplyMode": "Fulfillment,Seller"}, "ABCDE"),
        ({"shippingCountry": "be"}, "B"),
        ({"reference": "R-A"}, "A"),
        ({"limit": "1", "offset": "3", "colour": "red"}, "ABCDE"),
        ({"salesChannelId": "NOSUCH"}, ""),
    ],
)
def test_a_filter_keeps_what_it_names(query: dict[str, Any], expected: str, shop: Shop) -> None:
    assert "".join(sorted(numbers(shop, **query))) == expected
    assert shop.get("/orders/count", createdAtMin=EVER, **query).json() == len(expected)


@pytest.mark.usefixtures("five")
def test_dates_are_inclusive_bounds(shop: Shop, market: Market) -> None:
    updated = {order: document["updatedAt"] for order, document in market.documents().items()}

    assert sorted(numbers(shop, updatedAtMin=updated["D"])) == ["A", "D", "E"]
    assert sorted(numbers(shop, updatedAtMax=updated["D"])) == ["B", "C", "D"]
    assert numbers(shop, updatedAtMin=updated["D"], updatedAtMax=updated["D"]) == ["D"]
    assert sorted(numbers(shop, createdAtMin=market.documents()["D"]["createdAt"])) == ["D", "E"]
    late = datetime.fromtimestamp(market.clock.time() + 8_000, UTC).isoformat()
    assert sorted(numbers(shop, shippedAtMax=late, shippedAtMin=EVER)) == ["B", "C"] or "A" in numbers(
        shop, shippedAtMax=late
    )


@pytest.mark.usefixtures("five")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"sort": "updatedAt"}, "CBDAE"),
        ({"sort": "updatedAt", "desc": "updatedAt"}, "EADBC"),
        ({"sort": "asc:updatedAt"}, "CBDAE"),
        ({"sort": "desc:updatedAt"}, "EADBC"),
        ({"sort": "createdAt"}, "ABCDE"),
        ({"sort": "asc:updatedAt", "updatedAtMin": EVER}, "CBDAE"),
        ({"sort": "updatedAt", "desc": "updatedAt", "updatedAtMin": EVER}, "EADBC"),
        ({"sort": "nonsense"}, "EDCBA"),
        ({}, "EDCBA"),
    ],
)
def test_three_spellings_sort(query: dict[str, str], expected: str, shop: Shop) -> None:
    assert "".join(numbers(shop, **query)) == expected


@pytest.mark.usefixtures("five")
def test_pages_follow_the_link_and_end_empty(shop: Shop) -> None:
    query: dict[str, Any] = {"createdAtMin": EVER, "sort": "updatedAt", "pageSize": 2}
    seen, sizes, links = "", [], []
    for _ in range(3):
        page = shop.get("/orders", **query)
        seen += "".join(order["orderId"] for order in page.json()["items"])
        sizes.append(page.json()["itemsPerPage"])
        if "Link" in page.headers:
            links.append(page.headers["Link"])
            query = link_query(links[-1])

    assert (seen, sizes, len(links)) == ("CBDAE", [2, 2, 1], 2)
    # The address in the link is the real marketplace's, wherever the sandbox answers.
    assert all(link.startswith("<https://api.octopia-io.net/seller/v2/orders?") for link in links)
    assert shop.get("/orders", **query | {"pageIndex": 9}).json() == {"itemsPerPage": 0, "items": []}


def test_r14_without_a_date_only_the_latest_orders_come(shop: Shop, market: Market) -> None:
    market.place_many(150)

    assert shop.get("/orders/count").json() == 100
    assert shop.get("/orders/count", createdAtMin=EVER).json() == 150
    newest = max(document["createdAt"] for document in market.documents().values())
    assert shop.get("/orders").json()["items"][0]["createdAt"] == newest


def test_r1_orders_in_control_can_be_kept_from_sellers(shop: Shop, market: Market) -> None:
    market.place("SCID1", status="Processing")

    assert numbers(shop) == ["SCID1"]
    market.settings.processing_listed = False

    assert numbers(shop) == []
    assert shop.get("/orders/SCID1").status_code == 404


def test_an_order_in_the_list_is_the_order_read_alone(shop: Shop, market: Market) -> None:
    market.place_many(40)
    listed = {order["orderId"]: order for order in shop.get("/orders", createdAtMin=EVER).json()["items"]}

    assert listed == {number: shop.order(number) for number in listed}
    assert listed == market.documents()


def test_a_late_update_keeps_its_time_and_shows_later(shop: Shop, market: Market) -> None:
    order = market.place("SCID1")
    before = shop.order("SCID1")["updatedAt"]
    market.clock.advance(60)
    market.faults = ["late 90"]

    shop.ship(order)

    assert shop.order("SCID1")["status"] == "Shipped"
    assert shop.get("/orders", updatedAtMin=EVER).json()["items"][0]["status"] == "InPreparation"
    market.clock.advance(90)
    (shown,) = shop.get("/orders", updatedAtMin=EVER).json()["items"]
    assert shown["status"] == "Shipped"
    assert before < shown["updatedAt"] < market.clock.now().isoformat()


def test_lists_can_lag_for_a_share_of_the_updates(shop: Shop, market: Market) -> None:
    market.settings.change({"late_share": 1, "late_seconds": 60})
    order = market.place("SCID1")

    assert numbers(shop) == []
    market.clock.advance(61)
    assert numbers(shop) == ["SCID1"]
    outsiders.touch(market, order)
    assert shop.order("SCID1")["updatedAt"] > shop.get("/orders", createdAtMin=EVER).json()["items"][0]["updatedAt"]


def test_gestures_come_by_cursor(shop: Shop, market: Market) -> None:
    for position in range(5):
        order = market.place(f"SCID{position}", status="Shipped", lines=[{"price": 100, "quantity": 1}])
        shop.gesture(order, 1)
        market.clock.advance(1)
    query: dict[str, Any] = {"status": "InProgress", "limit": 2}
    seen: list[str] = []
    for _ in range(3):
        page = shop.get("/order-commercial-gesture-requests", **query)
        seen += [one["orderId"] for one in page.json()["items"]]
        query = link_query(page.headers["Link"]) if "Link" in page.headers else {}

    assert seen == [f"SCID{position}" for position in range(5)]
    assert query == {}
    assert shop.get("/order-commercial-gesture-requests", createdAtMin="2100-01-01T00:00:00Z").json()["items"] == []


def test_cancellations_are_found_by_line_offer_and_channel(shop: Shop, market: Market) -> None:
    order = market.place("SCID1", lines=[{"code": "L1"}, {"code": "L2"}])
    shop.cancel_lines(order, "L2")

    def ask(**query: str) -> int:
        return len(shop.get("/order-cancellation-requests", orderSellerId="SCID1", **query).json()["items"])

    assert [ask(), ask(lineId="L2"), ask(lineId="L1"), ask(salesChannel="CDISFR"), ask(salesChannel="ZZLINE")] == [
        1,
        1,
        0,
        1,
        0,
    ]
    assert shop.get("/order-cancellation-requests", orderSellerId="OTHER").json()["items"] == []

"""The invented past is believable and reproducible; life goes on, also over a rest."""

import json
import time
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox import life
from sandbox.author import DAY
from sandbox.carriers import CARRIERS
from sandbox.history import HOUR
from sandbox.market import Market
from sandbox.orders import STATUSES
from sandbox.wording import moment
from tests.sandbox.conftest import Shop

START = DAY * 20_000 + 36_000


def filled(seed: int, count: int = 600) -> Market:
    market = Market(seed)
    market.clock.pause(datetime.fromtimestamp(START, UTC))
    market.place_many(count)
    life.furnish(market, "104512")
    return market


@pytest.fixture(scope="module")
def stock() -> dict[str, Any]:
    return filled(7).documents()


def test_the_same_seed_writes_the_same_market() -> None:
    one, two, other = (json.dumps(filled(seed, 80).documents()) for seed in (3, 3, 4))

    assert one == two != other


def test_every_state_line_state_and_mode_is_met(stock: dict[str, Any]) -> None:
    lines = [line for order in stock.values() for line in order["lines"]]

    assert {order["status"] for order in stock.values()} == set(STATUSES)
    assert {line["status"] for line in lines} == {*STATUSES, "CancelRequest"}
    assert {line["offer"]["supplyMode"] for line in lines} == {"Seller", "Fulfillment", "Xdock"}


def test_the_awkward_cases_are_there(stock: dict[str, Any]) -> None:
    def some(what: Any) -> bool:
        return any(what(order) for order in stock.values())

    def addresses(order: dict[str, Any]) -> set[str]:
        return {json.dumps(line["shippingAddress"]) for line in order["lines"] if line["shippingAddress"]}

    assert some(lambda order: order["businessOrder"] and order["billingAddress"]["companyVatNumber"])
    assert some(lambda order: any((line["shippingAddress"] or {}).get("pickupId") for line in order["lines"]))
    assert some(lambda order: len({line["offer"]["supplyMode"] for line in order["lines"]}) == 3)
    assert some(lambda order: len(addresses(order)) == 2)
    assert some(lambda order: any(line["quantity"] > 1 for line in order["lines"]))
    assert some(lambda order: order["serviceFees"])
    assert some(lambda order: order["totalPrice"]["offerPrice"] > order["totalPrice"]["sellingPrice"])
    assert some(
        lambda order: any(
            tax["amount"] == 0 and tax["rate"] for line in order["lines"] for tax in line["sellingPrice"]["taxes"]
        )
    )
    assert some(lambda order: any(len(line["offer"]["productTitle"]) > 200 for line in order["lines"]))
    assert some(lambda order: order["customer"]["reference"] is None)
    assert some(lambda order: order["shippedAtMax"] is None)
    sizes = [len(number) for number in stock]
    assert (min(sizes), max(sizes) >= 24) == (8, True)
    assert max(Counter(order["customer"]["reference"] for order in stock.values()).values()) > 2


def test_today_s_queue_has_late_near_and_far_deadlines_and_approvals(stock: dict[str, Any]) -> None:
    spans = [
        moment(order["shippedAtMax"]) - START
        for order in stock.values()
        if order["status"] == "InPreparation" and order["shippedAtMax"]
    ]

    assert sum(span < 0 for span in spans) >= 3
    assert sum(0 <= span < 12 * HOUR for span in spans) >= 4
    assert sum(span > 4 * DAY for span in spans) >= 3
    assert sum(order["status"] == "WaitingAcceptance" for order in stock.values()) >= 4


def test_most_orders_are_recent_and_none_is_from_tomorrow(stock: dict[str, Any]) -> None:
    ages = [(START - moment(order["createdAt"])) / DAY for order in stock.values()]

    assert 0 <= min(ages) < 1 < 80 < max(ages) <= 90.1
    assert sum(age < 30 for age in ages) > len(ages) / 2
    assert all(moment(order["createdAt"]) <= moment(order["updatedAt"]) <= START for order in stock.values())


def test_money_adds_up(stock: dict[str, Any]) -> None:
    for order in stock.values():
        fees = sum(fee["amount"] for fee in order["serviceFees"])
        for price in ("offerPrice", "sellingPrice"):
            lines = sum(
                line[price]["unitSalesPrice"] * line["quantity"] + line[price]["shippingCost"]
                for line in order["lines"]
            )
            expected = lines + (fees if price == "sellingPrice" else 0)
            assert order["totalPrice"][price] == pytest.approx(expected, abs=0.005)
        for line in order["lines"]:
            base = line["offerPrice"]["unitSalesPrice"] * line["quantity"] + line["offerPrice"]["shippingCost"]
            commission = line["offerPrice"]["commission"]
            assert commission["amountWithoutVat"] == pytest.approx(base * commission["rate"] / 10_000, abs=0.0051)


def test_an_order_s_status_is_that_of_its_lines_and_parcels_belong_to_shipped_lines(stock: dict[str, Any]) -> None:
    labels = {carrier["label"].strip() for carrier in CARRIERS}
    for order in stock.values():
        remaining = [line for line in order["lines"] if line["status"] != "Cancelled"]
        assert bool(remaining) == (order["status"] != "Cancelled")
        for line in order["lines"]:
            if line["status"] != "CancelRequest":
                assert bool(line["parcels"]) == (line["status"] in ("Shipped", "Delivered"))
            assert all(parcel["carrierName"] in labels for parcel in line["parcels"])


def test_requests_of_all_kinds_were_left_behind() -> None:
    market = filled(7)
    kinds = Counter((one.kind, one.document["status"]) for one in market.requests.values())

    for kind in ("cancellation", "gesture"):
        assert all(kinds[kind, status] for status in ("Done", "Rejected", "InProgress"))
    rejected = [
        one for one in market.requests.values() if (one.kind, one.document["status"]) == ("gesture", "Rejected")
    ]
    assert any(one.private["moment"] > START - 3 * DAY for one in rejected)
    assert all(one.document["errors"] for one in rejected)


def test_five_thousand_orders_are_placed_and_listed_quickly(shop: Shop, market: Market) -> None:
    market.settings.check_answers = False
    began = time.monotonic()
    market.place_many(5_000)
    placed = time.monotonic() - began
    began = time.monotonic()
    for page in range(1, 11):
        answer = shop.get("/orders", updatedAtMin="2000-01-01T00:00:00Z", sort="updatedAt", pageIndex=page * 5)
        assert answer.json()["itemsPerPage"] == 100

    # Far above what it takes (2 s, 15 ms a page), so that a busy machine does not fail it.
    assert placed < 30
    assert time.monotonic() - began < 10


def test_life_brings_orders_cancellations_and_shipments(shop: Shop, market: Market) -> None:
    market.place_many(200)
    before = market.documents()
    market.live = True
    market.later(market.clock.time(), "live", {})

    for _ in range(24):
        market.clock.advance(3_600)
        market.settle()

    after = market.documents()
    assert len(after) > len(before) + 100
    assert Counter(order["status"] for order in after.values()).keys() >= {
        "WaitingAcceptance",
        "InPreparation",
        "Shipped",
    }
    changes = Counter(
        (before[number]["status"], after[number]["status"]) for number in before if before[number] != after[number]
    )
    assert changes["Shipped", "Delivered"] > 0
    assert {entry.by for entry in market.ledger} & {"warehouse", "customer", "elsewhere"}


def test_life_goes_on_after_the_machine_slept(market: Market) -> None:
    market.place_many(100)
    market.live = True
    market.later(market.clock.time(), "live", {})
    market.clock.advance(2 * DAY)
    market.settle()
    woken = len(market.documents())

    market.clock.advance(3 * 3_600)

    assert 100 < woken < 100 + 2 * 40 + 30
    assert len(market.documents()) > woken + 20


def test_nothing_lives_without_being_told(market: Market) -> None:
    market.place_many(50)
    market.clock.advance(86_400 * 5)
    before = len(market.documents())

    market.clock.advance(86_400 * 5)

    assert len(market.documents()) == before


def test_a_queue_nobody_works_on_stays_a_queue(market: Market) -> None:
    market.settings.change({"live_queue": 10, "live_approvals": 5, "live_orders_per_hour": 60})
    market.place_many(120)
    life.furnish(market, "104512")
    market.live = True
    market.later(market.clock.time(), "live", {})

    for _ in range(12):
        market.clock.advance(3_600)
        market.settle()

    counts = Counter(order["status"] for order in market.documents().values())
    assert counts["WaitingAcceptance"] <= 8
    assert counts["InPreparation"] < 80
    assert {entry.by for entry in market.ledger if entry.effect == "accepted"} == {"elsewhere"}

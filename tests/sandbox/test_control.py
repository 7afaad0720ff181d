"""`/_sandbox/`: reading the truth, setting the clock, the faults and the abilities, acting as others."""

from typing import Any

import pytest

from sandbox.market import Market
from tests.sandbox.conftest import Shop


def post(shop: Shop, path: str, **body: Any) -> Any:
    answer = shop.http.post(f"/_sandbox/{path}", json=body)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


def get(shop: Shop, path: str, **query: Any) -> Any:
    return shop.http.get(f"/_sandbox/{path}", params=query).json()


def test_the_ledger_is_read_and_filtered(shop: Shop, market: Market) -> None:
    shop.ship(market.place("SCID1"))
    shop.cancel(market.place("SCID2"))

    everything, ships = get(shop, "ledger")["effects"], get(shop, "ledger", effect="shipped")["effects"]

    assert [(entry["id"], entry["effect"], entry["order"]) for entry in everything] == [
        (1, "shipped", "SCID1"),
        (2, "cancellation", "SCID2"),
    ]
    assert [entry["order"] for entry in ships] == ["SCID1"]
    assert get(shop, "ledger", order="SCID3")["effects"] == []


def test_the_truth_knows_no_lag(shop: Shop, market: Market) -> None:
    market.settings.late_share = 1
    market.place_many(10)
    shop.ship(market.place("SCID1"))

    truth = {order["orderId"]: order for order in get(shop, "orders")["orders"]}

    assert truth == market.documents()
    assert truth["SCID1"]["status"] == "Shipped"


def test_the_clock_pauses_runs_and_jumps(shop: Shop, market: Market) -> None:
    order = market.place("SCID1", status="WaitingAcceptance")
    shop.approve(order)

    assert post(shop, "clock", pause=True)["factor"] == 0
    post(shop, "clock", advance=30)
    assert shop.order("SCID1")["status"] == "InPreparation"
    assert post(shop, "clock", factor=60)["factor"] == 60
    assert post(shop, "clock", resume=True)["factor"] == 1


def test_orders_are_placed_with_every_wish(shop: Shop) -> None:
    placed = post(
        shop,
        "orders",
        number="SCID1",
        channel="ZZLINE",
        status="InPreparation",
        deadline=-3_600,
        business=True,
        lines=[{"code": "L1", "quantity": 3, "price": 9.9, "mode": "Xdock"}, {"code": "L2", "status": "CancelRequest"}],
    )

    assert [line["status"] for line in placed["lines"]] == ["InPreparation", "CancelRequest"]
    assert placed["lines"][0]["quantity"] == 3
    assert placed["shippedAtMax"] < placed["createdAt"]
    assert shop.order("SCID1") == placed
    assert len(post(shop, "orders", count=12)["placed"]) == 12
    assert get(shop, "state")["sellers"]["104512"]["orders"] == 13


def test_outsiders_act(shop: Shop) -> None:
    post(shop, "orders", number="SCID1")
    post(shop, "orders", number="SCID2")

    asked = post(shop, "outsider", act="ask-cancellation", order="SCID1")
    post(shop, "outsider", act="ship", order="SCID2", parcel="6A9", carrier="DPD")

    assert asked["request"]["requestedBy"]["userType"] == "Customer"
    assert shop.order("SCID1")["lines"][0]["status"] == "CancelRequest"
    assert shop.order("SCID2")["lines"][0]["parcels"] == [
        {"parcelNumber": "6A9", "carrierName": "DPD", "trackingUrl": None}
    ]
    assert [entry["by"] for entry in get(shop, "ledger")["effects"]] == ["customer", "elsewhere"]


def test_decisions_are_fixed_in_advance(shop: Shop, market: Market) -> None:
    post(shop, "decisions", gesture=["rejected", "late 3600", "late"])
    order = market.place("SCID1", status="Shipped", lines=[{"price": 100, "quantity": 1}])
    shop.gesture(order, 1)
    shop.gesture(order, 2)
    shop.gesture(order, 3)

    post(shop, "clock", advance=20)
    found = [one["document"]["status"] for one in get(shop, "requests", kind="gesture")["requests"]]
    assert found == ["Rejected", "InProgress", "InProgress"]
    post(shop, "clock", advance=3_600)

    assert [one["document"]["status"] for one in get(shop, "requests")["requests"]] == [
        "Rejected",
        "Done",
        "InProgress",
    ]


def test_abilities_settings_faults_and_sellers_are_set(shop: Shop, market: Market) -> None:
    post(shop, "channels", id="CDISFR", partial_cancellation=False)
    post(shop, "settings", gesture_delay=5)
    post(shop, "sellers", id="98979", client_id="second", client_secret="word")
    post(shop, "faults", add=["500"], last={"miscount": 60})
    order = market.place("SCID1", lines=[{"code": "L1"}, {"code": "L2"}])

    assert shop.get("/carriers").status_code == 500
    assert (shop.cancel_lines(order, "L1").status_code, shop.rule) == (422, "R39")
    assert get(shop, "settings")["gesture_delay"] == 5
    assert [seller["id"] for seller in get(shop, "sellers")["sellers"]] == ["104512", "98979"]
    assert shop.get("/orders/count", updatedAtMin="2000-01-01T00:00:00Z").json() == 7
    post(shop, "faults", clear=True)
    assert shop.get("/orders/count", updatedAtMin="2000-01-01T00:00:00Z").json() == 1


def test_the_quota_can_be_filled_again(shop: Shop, market: Market) -> None:
    market.settings.calls_per_hour = 1
    assert [shop.get("/carriers").status_code for _ in range(2)] == [200, 403]

    post(shop, "quota")

    assert shop.get("/carriers").status_code == 200


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("orders", {"status": "Sent"}, 400),
        ("orders", {"channel": "NOSUCH"}, 400),
        ("orders", {"colour": "red"}, 400),
        ("orders", {"lines": 0}, 400),
        ("orders", {"lines": [{"colour": "red"}]}, 400),
        ("orders", {"count": 0}, 400),
        ("orders", {"seller": "1"}, 404),
        ("clock", {"advance": -1}, 400),
        ("clock", {"factor": "fast"}, 400),
        ("clock", {"stop": True}, 400),
        ("settings", {"token_life": "long"}, 400),
        ("settings", {"no_such": 1}, 400),
        ("channels", {"id": "NOSUCH"}, 404),
        ("channels", {"id": "CDISFR", "name": "x"}, 400),
        ("channels", {"id": "CDISFR", "gestures": 1}, 400),
        ("faults", {"add": ["lightning"]}, 400),
        ("faults", {"last": {"500": 3}}, 400),
        ("outsider", {"act": "ship", "order": "NOSUCH"}, 404),
        ("outsider", {"act": "ship"}, 404),
        ("decisions", {"gesture": ["maybe"]}, 400),
        ("sellers", {"id": "shop"}, 400),
        ("nonsense", {}, 404),
    ],
)
def test_what_makes_no_sense_is_told_in_one_sentence(path: str, body: dict[str, Any], status: int, shop: Shop) -> None:
    answer = shop.http.post(f"/_sandbox/{path}", json=body)

    assert answer.status_code == status
    assert isinstance(answer.json()["error"], str)


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff"])
def test_a_body_that_is_no_object_is_told(content: bytes, shop: Shop) -> None:
    assert shop.http.post("/_sandbox/clock", content=content).status_code == 400


def test_an_order_number_is_placed_once(shop: Shop) -> None:
    post(shop, "orders", number="SCID1")

    assert shop.http.post("/_sandbox/orders", json={"number": "SCID1"}).status_code == 400

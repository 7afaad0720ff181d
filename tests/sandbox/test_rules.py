"""Each refusal of the dossier by its rule: what was asked, which status, and which rule said no."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from sandbox import outsiders
from sandbox.market import Market
from sandbox.orders import Order
from tests.sandbox.conftest import Shop, codes

PDF = b"%PDF-1.7 invented"


@dataclass(frozen=True)
class Case:
    rule: str
    says: str
    status: int
    ask: Callable[[Shop, Order], httpx.Response]
    order: dict[str, Any] = field(default_factory=dict)
    before: Callable[[Shop, Order], object] = lambda shop, order: None


TWO = [{"code": "L1"}, {"code": "L2"}]
WAREHOUSE = [{"code": "L1", "mode": "Fulfillment"}]
XDOCK = [{"code": "L1", "mode": "Xdock"}]
LINES = "ZZLINE"  # full line management
WHOLE = "ZZBLOC"  # complete orders only
NO_GESTURE = "ZZDEMO"


def _tracking(url: str) -> Callable[[Shop, Order], httpx.Response]:
    return lambda shop, order: shop.ship(order, trackingUrl=url)


CASES = [
    Case("R4", "approval only while the order waits", 409, lambda shop, order: shop.approve(order)),
    Case(
        "R4",
        "approval only on Cdiscount",
        409,
        lambda shop, order: shop.approve(order),
        {"channel": LINES, "status": "WaitingAcceptance"},
    ),
    Case(
        "R4",
        "approval only once",
        409,
        lambda shop, order: shop.approve(order, "Refused"),
        {"status": "WaitingAcceptance"},
        Shop.approve,
    ),
    Case(
        "2.4",
        "approval with another word",
        400,
        lambda shop, order: shop.approve(order, "Perhaps"),
        {"status": "WaitingAcceptance"},
    ),
    *(
        Case("R23", f"no shipment from {status}", 409, lambda shop, order: shop.ship(order), {"status": status})
        for status in ("Refused", "Cancelled", "Shipped", "Delivered")
    ),
    *(
        Case("R22", f"no shipment from {status}", 409, lambda shop, order: shop.ship(order), {"status": status})
        for status in ("Processing", "WaitingAcceptance", "Accepted", "Rejected")
    ),
    Case("R22", "no shipment of the warehouse's line", 409, lambda shop, order: shop.ship(order), {"lines": WAREHOUSE}),
    Case("R22", "no shipment of a cross-docked line", 409, lambda shop, order: shop.ship(order), {"lines": XDOCK}),
    Case("R22", "no shipment of a line of no such code", 400, lambda shop, order: shop.ship(order, ["NONE"])),
    Case(
        "R22",
        "no shipment when the warehouse has every line",
        409,
        lambda shop, order: shop.ship(order, None),
        {"lines": WAREHOUSE},
    ),
    Case("R22", "no shipment without a parcel number", 400, lambda shop, order: shop.ship(order, parcelNumber=" ")),
    Case(
        "R22",
        "no second shipment of a line",
        409,
        lambda shop, order: shop.ship(order, ["L1"]),
        {"channel": LINES, "lines": TWO},
        lambda shop, order: shop.ship(order, ["L1"]),
    ),
    Case(
        "R25",
        "no line in two parcels",
        422,
        lambda shop, order: shop.ship(order, ["L1"], ["L1"]),
        {"channel": NO_GESTURE, "lines": TWO},
    ),
    Case(
        "R26", "no two parcels on Cdiscount", 422, lambda shop, order: shop.ship(order, ["L1"], ["L2"]), {"lines": TWO}
    ),
    Case("R26", "no part of an order on Cdiscount", 422, lambda shop, order: shop.ship(order, ["L1"]), {"lines": TWO}),
    Case(
        "R27",
        "no part of an order elsewhere",
        422,
        lambda shop, order: shop.ship(order, ["L1"]),
        {"channel": WHOLE, "lines": TWO},
    ),
    Case("2.4", "no tracking address of another scheme", 400, _tracking("ftp://example.org/6A00000000001")),
    Case("2.4", "no tracking address with a space", 400, _tracking("https://example.org/6A 00000000001")),
    Case("2.4", "no tracking address with brackets", 400, _tracking("https://example.org/(6A00000000001)")),
    Case("R28", "no tracking address without the number", 400, _tracking("https://www.laposte.fr/suivi")),
    Case("R28", "no tracking address on a private host", 400, _tracking("https://intranet.local/6A00000000001")),
    Case("R28", "no tracking address on a private number", 400, _tracking("http://192.168.1.9/6A00000000001")),
    Case("R30", "no blank carrier", 400, lambda shop, order: shop.ship(order, carrierName="  ")),
    Case(
        "2.4",
        "no parcel without a carrier",
        400,
        lambda shop, order: shop.post(f"/orders/{order.number}/shipments", [{"parcelNumber": "1"}]),
    ),
    Case("2.4", "no surplus member", 400, lambda shop, order: shop.ship(order, weight=3)),
    Case("R33", "no reason nobody offers", 400, lambda shop, order: shop.cancel(order, "bad-mood")),
    Case(
        "R33",
        "no reason of another status",
        400,
        lambda shop, order: shop.cancel(order, "seller-refusal"),
        {"status": "Shipped"},
    ),
    Case(
        "R33",
        "no line reason nobody offers",
        400,
        lambda shop, order: shop.cancel_lines(order, "L1", reason="x"),
        {"lines": TWO},
    ),
    Case(
        "R35",
        "no full cancellation after a partial one",
        409,
        lambda shop, order: shop.cancel(order),
        {"lines": [{"code": "L1", "status": "Cancelled"}, {"code": "L2"}]},
    ),
    Case("R36", "no line of another order", 400, lambda shop, order: shop.cancel_lines(order, "NONE")),
    Case(
        "R36",
        "no wrong offer",
        400,
        lambda shop, order: shop.cancel_lines(order, "L1", offer="X_1_6_CDISFR"),
        {"lines": TWO},
    ),
    Case("R38", "no second request for an order", 409, lambda shop, order: shop.cancel(order), {}, Shop.cancel),
    Case(
        "R38",
        "no second request for a line",
        409,
        lambda shop, order: shop.cancel_lines(order, "L1"),
        {"lines": TWO},
        lambda shop, order: shop.cancel_lines(order, "L1"),
    ),
    Case(
        "R38",
        "no line twice in a request",
        409,
        lambda shop, order: shop.cancel_lines(order, "L1", "L1"),
        {"lines": TWO},
    ),
    Case(
        "R38",
        "no request for a cancelled line",
        409,
        lambda shop, order: shop.cancel_lines(order, "L1"),
        {"lines": [{"code": "L1", "status": "Cancelled"}, {"code": "L2"}]},
    ),
    Case(
        "R39",
        "no lines where only orders are cancelled",
        422,
        lambda shop, order: shop.cancel_lines(order, "L1"),
        {"channel": WHOLE, "lines": TWO},
    ),
    Case("R40", "no cancellation at the warehouse", 409, lambda shop, order: shop.cancel(order), {"lines": WAREHOUSE}),
    Case(
        "R40",
        "no cancellation at the cross-dock",
        409,
        lambda shop, order: shop.cancel_lines(order, "L1"),
        {"lines": XDOCK},
    ),
    *(
        Case("R43", f"no cancellation from {status}", 409, lambda shop, order: shop.cancel(order), {"status": status})
        for status in ("Processing", "WaitingAcceptance", "Refused", "Rejected", "Cancelled")
    ),
    Case(
        "R41",
        "no list of cancellations without a name",
        400,
        lambda shop, order: shop.get("/order-cancellation-requests"),
    ),
    Case(
        "R45",
        "no gesture where the channel forbids it",
        422,
        lambda shop, order: shop.gesture(order),
        {"channel": NO_GESTURE, "status": "Shipped"},
    ),
    *(
        Case("R46", f"no gesture from {status}", 409, lambda shop, order: shop.gesture(order), {"status": status})
        for status in ("WaitingAcceptance", "Accepted", "InPreparation", "Refused", "Cancelled")
    ),
    Case(
        "R46",
        "no allowable amount before shipping",
        409,
        lambda shop, order: shop.get(f"/orders/{order.number}/commercial-gestures-available-amounts"),
    ),
    Case(
        "R48",
        "no gesture in another currency",
        422,
        lambda shop, order: shop.gesture(order),
        {"status": "Shipped", "currency": "CHF"},
    ),
    Case(
        "R49",
        "no other reason without details",
        400,
        lambda shop, order: shop.gesture(order, reason="Other"),
        {"status": "Shipped"},
    ),
    Case(
        "R49",
        "no other reason with empty details",
        400,
        lambda shop, order: shop.gesture(order, reason="Other", reasonDetails="  "),
        {"status": "Shipped"},
    ),
    Case("2.4", "no gesture of nothing", 400, lambda shop, order: shop.gesture(order, 0), {"status": "Shipped"}),
    Case(
        "R52",
        "no list of gestures without a filter",
        400,
        lambda shop, order: shop.get("/order-commercial-gesture-requests"),
    ),
    Case(
        "R53",
        "no invoice before shipping",
        409,
        lambda shop, order: shop.upload(f"/orders/{order.number}/invoice-documents", a_pdf=PDF),
    ),
    Case(
        "R53",
        "no two invoices of one order",
        422,
        lambda shop, order: shop.upload(f"/orders/{order.number}/invoice-documents", a_pdf=PDF, b_pdf=PDF),
        {"status": "Shipped"},
    ),
    Case(
        "E16",
        "no invoice on other channels",
        422,
        lambda shop, order: shop.upload(f"/orders/{order.number}/invoice-documents", a_pdf=PDF),
        {"channel": LINES, "status": "Shipped"},
    ),
    Case("1", "no invoice as JSON", 415, lambda shop, order: shop.post("/order-invoice-imports", {})),
    Case("2.4", "no unknown order", 404, lambda shop, order: shop.get("/orders/NONE")),
    Case("2.2", "no page of 101", 400, lambda shop, order: shop.get("/orders", pageSize=101)),
    Case("2.2", "no page 0", 400, lambda shop, order: shop.get("/orders", pageIndex=0)),
    Case("2.2", "no status nobody knows", 400, lambda shop, order: shop.get("/orders", status="Shipped,Sent")),
    Case("2.2", "no date that is none", 400, lambda shop, order: shop.get("/orders", updatedAtMin="yesterday")),
    Case(
        "2.2",
        "no cursor of our own",
        400,
        lambda shop, order: shop.get("/order-commercial-gesture-requests", status="Done", cursor="?"),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[f"{case.rule}: {case.says}" for case in CASES])
def test_the_market_refuses_by_rule(case: Case, shop: Shop, market: Market) -> None:
    order = market.place("SCID1", **case.order)
    case.before(shop, order)
    effects, document = len(market.ledger), market.documents()["SCID1"]

    answer = case.ask(shop, order)

    assert (answer.status_code, shop.rule) == (case.status, case.rule), answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["status"] == case.status
    assert len(market.ledger) == effects
    assert market.documents()["SCID1"] == document


def test_every_unmarked_rule_number_is_one_of_the_dossier() -> None:
    numbers = {case.rule for case in CASES if case.rule.startswith("R")}

    assert numbers <= {f"R{number}" for number in range(1, 56)}
    assert len(numbers) >= 20


def test_r28_does_not_hang_on_a_hostile_address(shop: Shop, market: Market) -> None:
    order = market.place("SCID1")

    answer = shop.ship(order, trackingUrl=f"https://{'a' * 5_000}(6A00000000001")

    assert answer.status_code == 400


def test_r31_a_line_with_a_pending_cancellation_still_ships(shop: Shop, market: Market) -> None:
    order = market.place("SCID1", lines=2)
    outsiders.act(market, order, "ask-cancellation", lines=codes(order)[:1])

    answer = shop.ship(order)

    assert answer.status_code == 201
    assert shop.order("SCID1")["status"] == "Shipped"


def test_a_refused_member_passes_when_bodies_are_open(shop: Shop, market: Market) -> None:
    order = market.place("SCID1")
    market.settings.closed_bodies = False

    assert shop.ship(order, weight=3).status_code == 201


def test_r28_beyond_the_pattern_is_a_switch(shop: Shop, market: Market) -> None:
    order = market.place("SCID1")
    market.settings.strict_tracking = False

    assert shop.ship(order, trackingUrl="https://intranet.local/suivi").status_code == 201

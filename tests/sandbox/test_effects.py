"""What each verb does once it is taken, what happens by itself later, and what the ledger says of it."""

import io
import threading
import zipfile

import pytest

from sandbox import outsiders
from sandbox.market import Market
from tests.sandbox.conftest import Shop, codes

PDF = b"%PDF-1.7 invented"


def statuses(shop: Shop, number: str = "SCID1") -> tuple[str, list[str]]:
    order = shop.order(number)
    return order["status"], [line["status"] for line in order["lines"]]


def test_r6_an_accepted_order_is_prepared_half_a_minute_later(shop: Shop, market: Market) -> None:
    order = market.place("SCID1", status="WaitingAcceptance", lines=2)

    answer = shop.approve(order)

    assert (answer.status_code, answer.content) == (204, b"")
    assert statuses(shop) == ("Accepted", ["Accepted", "Accepted"])
    market.clock.advance(29)
    assert statuses(shop)[0] == "Accepted"
    market.clock.advance(1)
    assert statuses(shop) == ("InPreparation", ["InPreparation", "InPreparation"])
    assert [entry.effect for entry in market.ledger] == ["accepted"]


def test_r7_a_refused_order_stays_refused(shop: Shop, market: Market) -> None:
    order = market.place("SCID1", status="WaitingAcceptance")

    shop.approve(order, "Refused")
    market.clock.advance(90 * 86_400)

    assert statuses(shop) == ("Refused", ["Refused"])
    assert [entry.effect for entry in market.ledger] == ["refused"]


def test_r5_an_order_nobody_approves_expires(shop: Shop, market: Market) -> None:
    market.place("SCID1", status="WaitingAcceptance")

    market.clock.advance(48 * 3_600 - 1)
    assert statuses(shop)[0] == "WaitingAcceptance"
    market.clock.advance(2)

    assert statuses(shop) == ("Cancelled", ["Cancelled"])
    assert shop.order("SCID1")["cancellationDetails"] == {"reason": "approval-deadline"}


def test_a_shipment_puts_the_parcel_on_every_line_and_once_into_the_ledger(shop: Shop, market: Market) -> None:
    order = market.place("SCID1", lines=2)

    answer = shop.ship(order)

    assert (answer.status_code, answer.content) == (201, b"")
    seen = shop.order("SCID1")
    assert seen["status"] == "Shipped"
    assert [line["parcels"][0]["parcelNumber"] for line in seen["lines"]] == ["6A00000000001"] * 2
    (entry,) = market.ledger
    assert (entry.effect, entry.order, entry.by, list(entry.lines)) == ("shipped", "SCID1", "api", codes(order))
    assert entry.details["parcel"] == "6A00000000001"
    assert entry.call == answer.headers["X-Request-Id"]


def test_r29_an_order_stays_in_preparation_until_its_last_line_ships(shop: Shop, market: Market) -> None:
    order = market.place("SCID1", channel="ZZLINE", lines=[{"code": "L1"}, {"code": "L2"}])

    shop.ship(order, ["L1"])
    assert statuses(shop) == ("InPreparation", ["Shipped", "InPreparation"])
    shop.ship(order, ["L2"])

    assert statuses(shop) == ("Shipped", ["Shipped", "Shipped"])
    assert len(market.ledger) == 2


def test_r25_a_line_may_travel_in_two_parcels_where_the_channel_allows_it(shop: Shop, market: Market) -> None:
    order = market.place("SCID1", channel="ZZLINE", lines=[{"code": "L1", "quantity": 2}])

    assert shop.ship(order, ["L1"], ["L1"]).status_code == 201

    parcels = shop.order("SCID1")["lines"][0]["parcels"]
    assert [parcel["parcelNumber"] for parcel in parcels] == ["6A00000000001", "6A00000000002"]
    assert len(market.ledger) == 2


def test_r10_the_seller_ships_their_lines_and_the_warehouse_its_own(shop: Shop, market: Market) -> None:
    order = market.place("SCID1", lines=[{"code": "L1"}, {"code": "L2", "mode": "Fulfillment"}])

    assert shop.ship(order, ["L1"]).status_code == 201
    assert statuses(shop) == ("InPreparation", ["Shipped", "InPreparation"])
    outsiders.act(market, order, "warehouse-ship")

    assert statuses(shop) == ("Shipped", ["Shipped", "Shipped"])
    assert [entry.by for entry in market.ledger] == ["api", "warehouse"]


@pytest.mark.parametrize("mode", ["Fulfillment", "Xdock"])
def test_r16_the_warehouse_s_address_is_hidden_until_it_ships(mode: str, shop: Shop, market: Market) -> None:
    order = market.place("SCID1", lines=[{"code": "L1", "mode": mode}])

    assert shop.order("SCID1")["lines"][0]["shippingAddress"] is None
    outsiders.act(market, order, "warehouse-ship")

    assert shop.order("SCID1")["lines"][0]["shippingAddress"]["city"]


def test_r17_addresses_may_be_missing_before_preparation(shop: Shop, market: Market) -> None:
    orders = [market.place(f"SCID{number}", status="WaitingAcceptance") for number in range(30)]

    hidden = sum(shop.order(order.number)["lines"][0]["shippingAddress"] is None for order in orders)

    assert 0 < hidden < 30


def test_r12_a_customer_s_request_waits_for_the_seller(shop: Shop, market: Market) -> None:
    order = market.place("SCID1", lines=2)
    outsiders.act(market, order, "ask-cancellation", lines=codes(order)[:1])

    market.clock.advance(7 * 86_400)
    assert statuses(shop) == ("InPreparation", ["CancelRequest", "InPreparation"])
    assert shop.cancel(order).status_code == 201
    market.clock.advance(20)

    assert statuses(shop) == ("Cancelled", ["Cancelled", "Cancelled"])
    listed = shop.get("/order-cancellation-requests", orderSellerId="SCID1").json()["items"]
    assert [(one["requestedBy"]["userType"], one["status"]) for one in listed] == [
        ("Customer", "Done"),
        ("Seller", "Done"),
    ]


def test_r42_a_cancellation_is_decided_later(shop: Shop, market: Market) -> None:
    order = market.place("SCID1", lines=2)

    answer = shop.cancel(order)

    assert answer.status_code == 201
    assert statuses(shop) == ("InPreparation", ["CancelRequest", "CancelRequest"])
    market.clock.advance(20)
    assert statuses(shop) == ("Cancelled", ["Cancelled", "Cancelled"])
    name = answer.json()["cancellationRequestId"]
    (listed,) = shop.get("/order-cancellation-requests", cancellationRequestId=name).json()["items"]
    assert (listed["status"], listed["type"]) == ("Done", "Total")
    assert [(entry.effect, entry.request) for entry in market.ledger] == [("cancellation", name)]


def test_r37_cancelled_lines_leave_the_order_alive_and_the_last_one_takes_it_along(shop: Shop, market: Market) -> None:
    order = market.place("SCID1", lines=[{"code": "L1"}, {"code": "L2"}])

    shop.cancel_lines(order, "L1")
    market.clock.advance(20)
    assert statuses(shop) == ("InPreparation", ["Cancelled", "InPreparation"])
    shop.cancel_lines(order, "L2")
    market.clock.advance(20)

    assert statuses(shop) == ("Cancelled", ["Cancelled", "Cancelled"])


def test_a_rejected_cancellation_gives_the_lines_their_status_back(shop: Shop, market: Market) -> None:
    order = market.place("SCID1", status="Shipped")
    market.decisions["cancellation"].append("rejected 3600")

    shop.cancel(order)
    market.clock.advance(3_599)
    assert statuses(shop) == ("Shipped", ["CancelRequest"])
    market.clock.advance(1)

    assert statuses(shop) == ("Shipped", ["Shipped"])
    (listed,) = shop.get("/order-cancellation-requests", orderSellerId="SCID1").json()["items"]
    assert listed["status"] == "Rejected"
    assert listed["errors"][0]["message"]
    assert shop.cancel(order).status_code == 201  # a rejected request blocks nothing


def test_what_ships_while_its_cancellation_is_pending_is_not_cancelled(shop: Shop, market: Market) -> None:
    order = market.place("SCID1")

    shop.cancel(order)
    shop.ship(order)
    market.clock.advance(20)

    assert statuses(shop) == ("Shipped", ["Shipped"])
    (listed,) = shop.get("/order-cancellation-requests", orderSellerId="SCID1").json()["items"]
    assert (listed["status"], listed["errors"][0]["code"]) == ("Rejected", "LineShipped")


def test_r40_the_warehouse_s_lines_are_cancelled_once_shipped(shop: Shop, market: Market) -> None:
    order = market.place("SCID1", status="Shipped", lines=[{"mode": "Fulfillment"}])

    assert shop.cancel(order).status_code == 201
    market.clock.advance(20)

    assert statuses(shop) == ("Cancelled", ["Cancelled"])


def test_r47_the_allowable_amount_follows_rate_limit_cancelled_lines_and_gestures(shop: Shop, market: Market) -> None:
    lines = [
        {"code": "L1", "price": 139.9, "discount": 10, "shipping": 5.99, "quantity": 1},
        {"code": "L2", "price": 19.9, "shipping": 0, "quantity": 2},
    ]
    order = market.place("SCID1", status="Shipped", lines=lines, fee=1.49)

    def allowable() -> float:
        return float(shop.get("/orders/SCID1/commercial-gestures-available-amounts").json()["allowableAmount"])

    assert allowable() == 35.14  # the documented example: 20 % of 175.69, the fee aside
    shop.gesture(order, 9.95)
    assert allowable() == 25.19
    shop.cancel_lines(order, "L2")
    market.clock.advance(20)
    assert allowable() == 17.23  # 20 % of 135.89, less what was granted
    big = market.place("SCID2", status="Delivered", lines=[{"price": 900, "discount": 0, "shipping": 0, "quantity": 1}])
    assert shop.get(f"/orders/{big.number}/commercial-gestures-available-amounts").json()["allowableAmount"] == 100


def test_r50_a_gesture_is_granted_later(shop: Shop, market: Market) -> None:
    order = market.place("SCID1", status="Shipped", lines=[{"price": 100, "quantity": 1}])

    answer = shop.gesture(order, 5, reason="Other", reasonDetails="Fidelity")

    assert (answer.status_code, answer.json()["status"]) == (201, "InProgress")
    name = answer.json()["requestId"]
    market.clock.advance(20)
    assert shop.get(f"/order-commercial-gesture-requests/{name}").json()["status"] == "Done"
    assert [(entry.effect, entry.request) for entry in market.ledger] == [("gesture", name)]


@pytest.mark.parametrize("amount", [120, 4.3e307])
def test_a_gesture_beyond_the_limit_is_rejected_with_its_reason(shop: Shop, market: Market, amount: float) -> None:
    order = market.place("SCID1", status="Shipped", lines=[{"price": 100, "quantity": 1}])

    shop.gesture(order, amount)
    left = shop.get("/orders/SCID1/commercial-gestures-available-amounts").json()["allowableAmount"]
    market.clock.advance(20)

    (listed,) = shop.get("/order-commercial-gesture-requests", orderId="SCID1").json()["items"]
    assert left == 0
    assert (listed["status"], listed["errors"][0]["code"]) == ("Rejected", "AmountTooHigh")


def test_r51_the_same_gesture_again_is_rejected_as_a_duplicate(shop: Shop, market: Market) -> None:
    order = market.place("SCID1", status="Shipped", lines=[{"price": 100, "quantity": 1}])

    for _ in range(2):
        shop.gesture(order, 5)
        market.clock.advance(20)

    listed = shop.get("/order-commercial-gesture-requests", orderId="SCID1").json()["items"]
    assert [one["status"] for one in listed] == ["Done", "Rejected"]
    assert listed[1]["errors"][0]["code"] == "Duplicate"


def test_r53_the_last_invoice_of_an_order_wins(shop: Shop, market: Market) -> None:
    order = market.place("SCID1", status="Shipped")

    first = shop.upload(f"/orders/{order.number}/invoice-documents", first_pdf=PDF)
    market.clock.advance(10)
    shop.upload(f"/orders/{order.number}/invoice-documents", second_pdf=PDF)
    market.clock.advance(10)

    assert first.status_code == 202
    (document,) = shop.get(f"/orders/{order.number}/invoice-documents").json()["items"]
    assert (document["fileName"], document["status"]) == ("second.pdf", "Success")
    assert [entry.effect for entry in market.ledger] == ["invoice", "invoice"]


def test_r54_one_bad_file_does_not_fail_the_others(shop: Shop, market: Market) -> None:
    market.place("SCID1", status="Shipped")
    market.place("SCID2", status="Delivered")
    market.place("SCID3")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("SCID2.xml", '<?xml version="1.0"?><Invoice xmlns="urn:oasis"/>')
        opened.writestr("UNKNOWN.pdf", PDF)

    name = shop.upload("/order-invoice-imports", SCID1_pdf=PDF, SCID3_pdf=PDF, all_zip=archive.getvalue()).json()[
        "importId"
    ]
    assert shop.get(f"/order-invoice-imports/{name}").json()["status"] == "Running"
    market.clock.advance(10)

    found = shop.get(f"/order-invoice-imports/{name}").json()
    assert found["status"] == "PartialSuccess"
    assert {file["fileName"]: file["status"] for file in found["files"]} == {
        "SCID1.pdf": "Success",
        "SCID2.xml": "Success",
        "SCID3.pdf": "Failure",
        "UNKNOWN.pdf": "Failure",
    }
    assert sorted(entry.order for entry in market.ledger) == ["SCID1", "SCID2"]
    assert shop.get("/order-invoice-imports").json()["items"][0]["importId"] == name


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"PK\x03\x04 broken", b"<html></html>"])
def test_a_file_that_is_no_invoice_fails_alone(content: bytes, shop: Shop, market: Market) -> None:
    market.place("SCID1", status="Shipped")

    name = shop.upload("/order-invoice-imports", SCID1_pdf=content).json()["importId"]
    market.clock.advance(10)

    found = shop.get(f"/order-invoice-imports/{name}").json()
    assert (found["status"], found["files"][0]["integrationStatus"]) == ("Failure", "FileCheck")
    assert market.ledger == []


def test_r33_reasons_follow_asker_channel_and_status(shop: Shop) -> None:
    def ask(**query: str) -> list[str]:
        return [reason["code"] for reason in shop.get("/cancellation-reasons", **query).json()["items"]]

    assert ask(salesChannel="CDISFR", userType="Seller", orderStatus="InPreparation") == [
        "seller-refusal",
        "missing-product",
        "reference-mistake",
    ]
    assert "seller-refusal" not in ask(userType="Seller", orderStatus="Shipped")
    assert ask(userType="Seller", orderStatus="WaitingAcceptance") == []
    assert ask(userType="Customer", orderStatus="InPreparation") != ask(userType="Seller", orderStatus="InPreparation")
    assert "reference-mistake" not in ask(salesChannel="ZZBLOC", userType="Seller", orderStatus="InPreparation")


def test_r45_the_channel_says_whether_it_allows_gestures(shop: Shop) -> None:
    allowed = shop.get("/sales-channel-commercial-gesture-configurations/CDISFR").json()
    forbidden = shop.get("/sales-channel-commercial-gesture-configurations/ZZDEMO").json()

    assert allowed == {
        "salesChannelId": "CDISFR",
        "allowsGesture": True,
        "maxRate": 20,
        "maxAmount": 100,
        "currencyCode": "EUR",
    }
    assert forbidden == {
        "salesChannelId": "ZZDEMO",
        "allowsGesture": False,
        "maxRate": None,
        "maxAmount": None,
        "currencyCode": "EUR",
    }


def test_the_66_carriers_keep_their_repeated_codes(shop: Shop) -> None:
    carriers = shop.get("/carriers").json()

    assert len(carriers) == 66
    assert [carrier["label"] for carrier in carriers if carrier["code"] == "pcc"] == [
        "Chronofresh",
        "Chronopost",
        "Colissimo",
        "La Poste",
    ]
    assert sum(carrier["code"] == "dhldp" for carrier in carriers) == 2
    assert sum(carrier["label"] != carrier["label"].strip() for carrier in carriers) == 1


def test_r55_the_seller_sees_profile_indicators_and_channels(shop: Shop, market: Market) -> None:
    market.place_many(200)

    assert shop.get("/sellers").json()["auto_accept_order"] is False
    told = shop.get("/sellers/indicators").json()
    for name in ("order_acceptation", "deadline_compliance"):
        rate = told[name]
        assert 0 < rate["value_d60"] <= 100
        assert rate["compliant_d60"] == (rate["value_d60"] >= rate["treshold"])
    channels = {row["sales_channel_id"] for row in shop.get("/sellers/subscriptions").json()}
    assert channels == {"CDISFR", "ZZLINE", "ZZBLOC", "ZZDEMO"}


def test_an_act_that_does_not_fit_is_refused(market: Market) -> None:
    order = market.place("SCID1", status="Delivered")

    with pytest.raises(ValueError, match="no line"):
        outsiders.act(market, order, "ship")


def test_r3_a_seller_with_automatic_acceptance_never_decides(market: Market) -> None:
    market.add_seller("98979", auto_accept=True)
    market.place_many(150, seller="98979")
    market.live = True
    market.later(market.clock.time(), "live", {})

    market.clock.advance(6 * 3_600)

    seen = {document["status"] for document in market.documents("98979").values()}
    assert "InPreparation" in seen
    assert not seen & {"WaitingAcceptance", "Refused"}


def test_effects_are_counted_once_under_many_callers(market: Market) -> None:
    market.settings.check_answers = False
    numbers = [market.place(f"SCID{number}").number for number in range(20)]
    shops = [Shop(market) for _ in range(6)]

    def ship_all(shop: Shop) -> None:
        for number in numbers:
            shop.ship(market.order(number))

    threads = [threading.Thread(target=ship_all, args=[shop]) for shop in shops]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(entry.order for entry in market.ledger) == sorted(numbers)

"""What the client asks, where it asks it, and how a list goes on."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import httpx
import pytest

from octopia import Missing, Unanswered, Untouched
from octopia.calls import next_query
from octopia.schema import LineCancellation, Shipment
from tests.octopia.making import API, Network, answer, client, documented

NOW = datetime(2026, 11, 4, 9, 0, tzinfo=UTC)


# what is asked


def test_orders_are_asked_for_with_utc_seconds_that_leave_nothing_out():
    network = Network(documented("orders"))
    paris = timezone(timedelta(hours=1))

    client(network).orders(
        changed_min=datetime(2026, 11, 4, 10, 0, 0, 900_000, tzinfo=paris),
        changed_max=datetime(2026, 11, 4, 10, 0, 0, 1, tzinfo=paris),
        created_max=datetime(2026, 11, 4, 9, 0, 0, tzinfo=UTC),
        status=["WaitingAcceptance", "Accepted"],
        business=False,
    )

    assert network.query == {
        "status": "WaitingAcceptance,Accepted",
        "businessOrder": "false",
        "updatedAtMin": "2026-11-04T09:00:00Z",
        "updatedAtMax": "2026-11-04T09:00:01Z",
        "createdAtMax": "2026-11-04T09:00:00Z",
        "pageIndex": "1",
        "pageSize": "100",
        "sort": "updatedAt",
    }


def test_every_filter_of_the_search_has_a_name_of_ours():
    network = Network(answer(200, b"17"))

    found = client(network).count(
        channel_number="2611",
        channel="CDISFR",
        supply_mode=["Seller", "Xdock"],
        country="FR",
        created_min=NOW,
        ship_by_min=NOW,
        ship_by_max=NOW,
    )

    assert found == 17
    assert network.query == {
        "reference": "2611",
        "salesChannelId": "CDISFR",
        "supplyMode": "Seller,Xdock",
        "shippingCountry": "FR",
        "createdAtMin": "2026-11-04T09:00:00Z",
        "shippedAtMin": "2026-11-04T09:00:00Z",
        "shippedAtMax": "2026-11-04T09:00:00Z",
    }


def test_a_list_may_be_asked_for_downwards_or_in_no_order():
    network = Network(documented("orders"))
    ours = client(network)

    ours.orders(sort="created_at", descending=True, page=3, size=20)
    downwards = network.query
    ours.orders(sort="")

    assert downwards == {"pageIndex": "3", "pageSize": "20", "sort": "createdAt", "desc": "createdAt"}
    assert network.query == {"pageIndex": "1", "pageSize": "100"}


def test_a_time_without_offset_is_our_own_mistake():
    with pytest.raises(ValueError, match="needs an offset"):
        client(Network(documented("orders"))).orders(changed_min=datetime(2026, 11, 4))


def test_requests_are_listed_by_what_they_are_about():
    network = Network(documented("cancellations"))
    ours = client(network)

    ours.cancellations(order="S1", line="A", offer_id="O", channel="CDISFR")
    cancellations = network.query
    network.replies = [documented("gestures")]
    ours.gestures(order="S1", status="Done", changed_min=NOW, created_max=NOW, limit=1000)
    gestures = network.query

    assert cancellations == {
        "orderSellerId": "S1",
        "lineId": "A",
        "offerId": "O",
        "salesChannel": "CDISFR",
        "pageIndex": "1",
        "pageSize": "100",
    }
    assert gestures == {
        "orderId": "S1",
        "status": "Done",
        "createdAtMax": "2026-11-04T09:00:00Z",
        "updatedAtMin": "2026-11-04T09:00:00Z",
        "limit": "1000",
    }


def test_reasons_are_asked_for_a_channel_a_status_and_the_seller():
    network = Network(documented("cancellation_reasons"))

    client(network).cancellation_reasons("CDISFR", "InPreparation")

    assert network.query == {"salesChannel": "CDISFR", "userType": "Seller", "orderStatus": "InPreparation"}


def test_an_amount_travels_as_a_json_number_exactly():
    network = Network(documented("gesture_created", 201))

    found = client(network).give_gesture("S1", reason="Other", amount=Decimal("0.10"), details="late")

    assert found == "2c6b0f6e-55c1-4a52-8a67-0a6f3c3e9d01"
    assert b'"amount":0.10' in network.calls[0].content


@pytest.mark.parametrize("amount", [Decimal(0), Decimal(-1), Decimal("NaN"), Decimal("Infinity")])
def test_a_gesture_of_nothing_is_not_sent(amount):
    network = Network(answer(201))

    with pytest.raises(ValueError, match="above zero"):
        client(network).give_gesture("S1", reason="Other", amount=amount)

    assert network.calls == []


def test_an_invoice_is_sent_as_a_file_with_its_type():
    network = Network(documented("invoice_import_created", 202))

    found = client(network).attach_invoice("S1", "S1.pdf", b"%PDF-1.7")

    sent = network.calls[0]
    assert found == "0f1d6a0e-1d55-4a41-8c0d-7f5f6cc1b0aa"
    assert sent.url.path == "/seller/v2/orders/S1/invoice-documents"
    assert sent.headers["Content-Type"].startswith("multipart/form-data; boundary=")
    assert b'name="files"; filename="S1.pdf"\r\nContent-Type: application/pdf\r\n\r\n%PDF-1.7' in sent.content


def test_invoices_in_bulk_keep_their_names():
    network = Network(answer(202, None, Location="/seller/v2/order-invoice-imports/i-7"))

    found = client(network).import_invoices([("S1.xml", b"<Invoice/>"), ("all.zip", b"PK")])

    assert found == "i-7"
    assert network.calls[0].content.count(b'name="files"') == 2
    assert b'filename="S1.xml"\r\nContent-Type: application/xml' in network.calls[0].content


def test_a_write_that_tells_no_id_is_taken_all_the_same():
    network = Network(answer(200))
    ours = client(network)

    lines = [LineCancellation(code="A", offer_id="O", reason="x", refund_shipping=True)]
    assert ours.cancel_lines("S1", lines) == ""
    ours.ship("S1", [Shipment(number="P", carrier="DPD", lines=("A",))])
    assert len(network.calls) == 2


@pytest.mark.parametrize("number", ["", " ", ".", "..", "count", "a\nb", "a\0b", "x" * 201])
def test_what_can_be_no_number_is_not_asked_for(number):
    network = Network(documented("order"))

    with pytest.raises(Missing):
        client(network).order(number)

    assert network.calls == []


def test_a_number_cannot_leave_its_place_in_the_address():
    network = Network(answer(204))

    client(network).decide("../sellers?x=1#é", True)

    assert network.calls[0].url.raw_path == b"/seller/v2/orders/..%2Fsellers%3Fx%3D1%23%C3%A9/approval-status"


@pytest.mark.parametrize(
    "changes",
    [
        {"api_url": "ftp://market.test"},
        {"api_url": "market.test/seller"},
        {"api_url": "https://user:pw@market.test/"},
        {"api_url": "https://market.test/?x=1"},
        {"token_url": ""},
        {"seller_id": ""},
        {"seller_id": "1\r\nX: y"},
    ],
)
def test_an_address_or_seller_that_can_never_work_is_refused_at_once(changes):
    with pytest.raises(ValueError, match=r"address|seller id"):
        client(Network(answer()), **changes)


# lists


def test_a_list_goes_on_with_the_query_of_its_next_link_at_our_own_origin():
    network = Network(
        documented("orders", 200, Link='<https://evil.test/other?pageIndex=2&cursor=a%2Bb>; rel="next"'),
        documented("orders_past_the_end"),
    )
    ours = client(network)

    first = ours.orders(changed_min=NOW)
    second = ours.orders(after=first.next)

    assert network.calls[1].url.copy_with(query=None) == httpx.URL(f"{API}/orders")
    assert network.query == {"pageIndex": "2", "cursor": "a+b"}
    assert (first.received, second.received, second.next) == (2, 0, "")


@pytest.mark.parametrize(
    ("link", "found"),
    [
        ('<http://x/o?cursor=1>; rel="next"', "cursor=1"),
        ("<http://x/o?cursor=1>; rel=next", "cursor=1"),
        ('<http://x/o?a=1,2>; rel="prev", <http://x/o?a=3,4>; title="a, b"; rel="last next"', "a=3,4"),
        ('<?cursor=1>; REL="NEXT"', "cursor=1"),
        ('<http://x/o?cursor=>; rel="next"', "cursor="),
        ('<http://x/o>; rel="next"', ""),
        ('<http://x/o?cursor=1>; rel="prev"', ""),
        ('<http://x/o?sent=1>; rel="next"', ""),
        ('<http://[/o?cursor=1>; rel="next"', ""),
        ("<" * 50_000, ""),
        (";" * 50_000, ""),
        ("<x>" + "; a" * 20_000, ""),
        ("<http://x/o?" + "a=1&" * 2_000 + '>; rel="next"', ""),
        ("", ""),
    ],
)
def test_only_the_query_of_the_next_relation_is_believed(link, found):
    assert next_query(link, [("sent", "1")]) == found


def test_a_page_that_names_itself_as_the_next_is_the_last():
    link = '<http://market.test/seller/v2/order-invoice-imports?pageSize=100>; rel="next"'

    page = client(Network(documented("invoice_imports", 200, Link=link))).invoice_imports()

    assert page.next == ""


def test_the_client_outlives_its_close():
    network = Network(documented("seller"))

    with client(network) as ours:
        ours.seller()
    found = ours.seller()

    assert found.id == "104512"


def test_an_answer_larger_than_any_honest_one_is_not_read_to_its_end():
    sent = []

    class Flood(httpx.SyncByteStream):
        def __iter__(self):
            while True:
                sent.append(1)
                yield b" " * 1_000_000

    flood = lambda request: httpx.Response(200, stream=Flood())  # noqa: E731

    with pytest.raises(Untouched, match="too large"):
        client(Network(flood)).orders()
    with pytest.raises(Unanswered, match="too large"):
        client(Network(flood)).decide("S1", True)
    assert len(sent) == 2 * 21


def test_a_carriers_label_is_trimmed():
    carriers = client(Network(answer(200, [{"code": "a", "label": "DPD "}, {"code": None, "label": None}]))).carriers()

    assert [carrier.label for carrier in carriers.items] == ["DPD"]
    assert len(carriers.unreadable) == 1

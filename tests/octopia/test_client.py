"""The client's way of calling: tokens, the call budget, what is asked, and how a list goes on."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from threading import Barrier, Thread

import httpx
import pytest

from octopia import Busy, MemoryStore, Missing, Unanswered, Unauthorized, Untouched
from octopia.calls import next_query
from octopia.schema import LineCancellation, Shipment, Token
from tests.octopia.making import API, SECRET, Network, answer, client, documented, token_answer

NOW = datetime(2026, 11, 4, 9, 0, tzinfo=UTC)


class Ledger:
    """A gate that writes down what it is asked and told, and may be shut."""

    def __init__(self, shut=()):
        self.shut = set(shut)
        self.asked = []
        self.told = []

    def admit(self, lane):
        if lane in self.shut:
            raise Busy("The share of this lane is used up.", wait=60)
        self.asked.append(lane)

    def heard(self, lane, *, status, wait, quota):
        self.told.append((lane, status, wait, quota))


def bearers(network):
    return [call.headers["Authorization"] for call in network.calls]


# the token


def test_a_call_carries_the_token_and_the_seller():
    network = Network(documented("seller"))

    client(network).seller()

    headers = network.calls[0].headers
    assert (headers["Authorization"], headers["SellerId"], headers["Accept"]) == (
        "Bearer token-1",
        "104512",
        "application/json",
    )
    assert "Accept-Language" not in headers


def test_the_token_is_asked_for_with_the_credentials_once():
    network = Network(documented("seller"))
    ours = client(network)

    ours.seller()
    ours.on("single").seller()

    asked = network.token_calls[0]
    assert len(network.token_calls) == 1
    assert dict(httpx.QueryParams(asked.content.decode())) == {
        "grant_type": "client_credentials",
        "client_id": "a-client",
        "client_secret": SECRET,
    }
    assert asked.headers["Content-Type"] == "application/x-www-form-urlencoded"


def test_a_read_with_an_expired_token_is_made_once_more_with_a_new_one():
    network = Network(documented("error_unauthorized", 401), documented("seller"))

    seller = client(network).seller()

    assert seller.id == "104512"
    assert bearers(network) == ["Bearer token-1", "Bearer token-2"]


def test_a_token_refused_twice_is_the_end_of_it():
    network = Network(documented("error_unauthorized", 401))

    with pytest.raises(Unauthorized, match="Access token is missing or invalid"):
        client(network).seller()

    assert (len(network.calls), len(network.token_calls)) == (2, 2)


def test_a_write_with_an_expired_token_is_left_to_the_caller_and_the_token_is_replaced():
    network = Network(documented("error_unauthorized", 401), answer(204))
    ours = client(network)

    with pytest.raises(Unauthorized):
        ours.decide("SCID1", True)
    ours.decide("SCID1", True)

    assert bearers(network) == ["Bearer token-1", "Bearer token-2"]
    assert len(network.token_calls) == 2


def test_a_write_is_made_again_only_after_the_caller_marked_it_again():
    network = Network(documented("error_unauthorized", 401), answer(204))
    marks = []

    client(network).on("command", again=lambda: marks.append(len(network.calls))).decide("SCID1", True)

    assert marks == [1]
    assert bearers(network) == ["Bearer token-1", "Bearer token-2"]


def test_a_write_whose_second_mark_is_refused_is_not_made_again():
    network = Network(documented("error_unauthorized", 401), answer(204))

    def late():
        raise TimeoutError("the claim is another's now")

    with pytest.raises(TimeoutError):
        client(network).on("command", again=late).decide("SCID1", True)

    assert len(network.calls) == 1


@pytest.mark.parametrize(
    ("reply", "expected", "words"),
    [
        (documented("error_token", 401), Unauthorized, "invalid_client Invalid client or Invalid client credentials"),
        (answer(400, {"title": "Bad", "detail": "No such client"}), Unauthorized, "No such client"),
        (answer(403, {"detail": "Not you"}), Untouched, "Not you"),
        (answer(429, {"message": "Try again in 17 seconds."}), Busy, "Too many tokens"),
        (answer(500), Untouched, "500"),
        (answer(302, Location="http://elsewhere.test"), Untouched, "302"),
        (answer(200, {"access_token": ""}), Untouched, "no token"),
        (answer(200, {"access_token": "a\r\nX: y"}), Untouched, "no token"),
        (answer(200, b"<html>"), Untouched, "no token"),
        (httpx.ReadTimeout("slow"), Untouched, "did not answer"),
        (httpx.ConnectError("refused"), Untouched, "cannot be reached"),
    ],
)
def test_a_write_without_a_token_is_untouched_and_names_the_step_that_failed(reply, expected, words):
    network = Network(answer(204), tokens=[reply])

    with pytest.raises(expected, match=words) as caught:
        client(network).decide("SCID1", True)

    assert caught.value.step == "token"
    assert network.calls == []


@pytest.mark.parametrize(
    ("says", "life"), [(600, 600), (None, 7200), ("x", 7200), (0, 7200), (10**12, 86_400), (1.5, 1)]
)
def test_a_token_lives_as_long_as_it_says_within_reason(says, life):
    store = MemoryStore()

    client(Network(documented("seller"), tokens=[token_answer(expires_in=says)]), store=store).seller()

    token = store.current()
    assert token is not None
    assert token.expires_at - token.issued_at == timedelta(seconds=life)


def token(access, issued=NOW):
    return Token(access=access, issued_at=issued, expires_at=issued + timedelta(seconds=7200))


def test_a_token_is_renewed_after_four_fifths_of_its_life():
    clock = [NOW]
    store = MemoryStore(lambda: clock[0])
    store.replace(None, lambda: token("first"))

    clock[0] = NOW + timedelta(seconds=5759)
    assert store.current() == token("first")

    clock[0] = NOW + timedelta(seconds=5760)
    assert store.current() is None
    assert store.replace(None, lambda: token("second", clock[0])).access == "second"


def test_a_token_that_cannot_be_renewed_early_serves_until_its_end():
    clock = [NOW]
    store = MemoryStore(lambda: clock[0])
    store.replace(None, lambda: token("first"))

    def fail():
        raise Untouched("down")

    clock[0] = NOW + timedelta(seconds=7000)
    assert store.replace(None, fail).access == "first"

    clock[0] = NOW + timedelta(seconds=7200)
    with pytest.raises(Untouched):
        store.replace(None, fail)


def test_only_the_token_that_failed_is_replaced():
    store = MemoryStore(lambda: NOW)
    store.replace(None, lambda: token("second"))

    assert store.replace("first", lambda: token("third")).access == "second"
    assert store.replace("second", lambda: token("third")).access == "third"


def test_many_callers_with_one_failed_token_fetch_one_new_one():
    store = MemoryStore(lambda: NOW)
    store.replace(None, lambda: token("old"))
    barrier, fetched, got = Barrier(8), [], []

    def fetch():
        fetched.append(1)
        return token(f"new-{len(fetched)}")

    def call():
        barrier.wait()
        got.append(store.replace("old", fetch).access)

    threads = [Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(fetched), set(got)) == (1, {"new-1"})


def test_no_secret_shows_in_a_repr():
    store = MemoryStore()
    ours = client(Network(documented("seller")), store=store)
    ours.seller()

    shown = f"{ours!r} {ours.on('single')!r} {store.current()!r} {store.current()}"
    assert SECRET not in shown
    assert "token-1" not in shown


# the budget


def test_every_call_is_asked_for_in_its_lane_and_told_how_it_went():
    gate = Ledger()
    network = Network(documented("error_unauthorized", 401), documented("seller"))

    client(network, gate=gate).on("single").seller()

    assert gate.asked == ["single", "single"]
    assert gate.told == [("single", 401, None, False), ("single", 200, None, False)]


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (documented("error_quota", 403), ("sync", 403, 700.0, True)),
        (documented("error_rate", 429), ("sync", 429, 17.0, False)),
        (answer(503), ("sync", 503, None, False)),
        (httpx.ReadTimeout("slow"), ("sync", None, None, False)),
        (httpx.ConnectError("refused"), ("sync", None, None, False)),
    ],
)
def test_the_gate_hears_of_pauses_and_of_silence(reply, told):
    gate = Ledger()

    with pytest.raises(Untouched):
        client(Network(reply), gate=gate).seller()

    assert gate.told == [told]


def test_a_shut_lane_sends_nothing_and_the_other_lanes_go_on():
    gate = Ledger(shut={"backfill"})
    network = Network(documented("seller"))
    ours = client(network, gate=gate, lane="backfill")

    with pytest.raises(Busy) as caught:
        ours.seller()
    ours.on("command").seller()

    assert (caught.value.wait, len(network.calls)) == (60, 1)
    assert gate.told == [("command", 200, None, False)]


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

"""Cancellations and gestures, ours and others', and what changes seldom."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from django.utils import timezone

import octopia
from backoffice import marketplace
from backoffice.models import Alert
from octopia import schema
from orders import asked, models, readings, reference, requests, sync
from sandbox import outsiders
from tests import make
from tests.orders.pages import signed_in, text

pytestmark = pytest.mark.django_db


def gesture(request, **members):
    granted: dict[str, Any] = {"order": "SCID1", "reason": "ShippingFees", "amount": Decimal(5), "status": "Done"}
    return schema.GestureRequest(id=request, **granted | members)


def test_gestures_made_anywhere_are_mirrored_and_followed(market, account):
    market.place("SCID1", status="Shipped")
    with marketplace.client(account) as client:
        client.give_gesture("SCID1", reason="ShippingFees", amount=Decimal("2.50"))
    requests.mirror_gestures(account)
    assert models.GestureRequest.objects.get().status == "InProgress"
    market.clock.advance(3600)

    requests.mirror_gestures(account)

    row = models.GestureRequest.objects.get()
    assert (row.number, row.amount, row.status) == ("SCID1", Decimal("2.5"), "Done")


def test_the_list_of_gestures_is_read_on_from_its_newest(market, account, calls):
    requests.mirror_gestures(account)
    market.place("SCID1", status="Shipped")
    with marketplace.client(account) as client:
        client.give_gesture("SCID1", reason="ShippingFees", amount=Decimal("2.50"))
    requests.mirror_gestures(account)
    newest = models.GestureRequest.objects.get().changed_at

    assert models.Cursor.objects.get(name="gestures").position == newest


def test_a_list_that_lags_does_not_bring_an_older_state_back(account):
    now = timezone.now()
    requests.store_gestures(account, [gesture("G1", status="Rejected", changed_at=now)])
    cancelled = schema.CancellationRequest(id="C1", order="SCID1", status="Done", changed_at=now)
    requests.store_cancellations(account, [cancelled])

    before = now - timedelta(minutes=1)
    requests.store_gestures(account, [gesture("G1", status="InProgress", changed_at=before)])
    older = msgspec.structs.replace(cancelled, status="InProgress", changed_at=before)
    requests.store_cancellations(account, [older])

    assert models.GestureRequest.objects.get().status == "Rejected"
    assert models.CancellationRequest.objects.get().status == "Done"


def test_money_given_twice_is_alerted_until_it_is_no_more(account):
    requests.store_gestures(account, [gesture("G1"), gesture("G2"), gesture("G3", amount=Decimal(7))])
    requests.alert_doubles(account)
    alert = Alert.objects.get(kind="gesture-double", closed_at=None)
    assert (alert.subject, alert.params["times"]) == ("SCID1", 2)

    requests.store_gestures(account, [gesture("G2", status="Rejected")])
    requests.alert_doubles(account)

    assert not Alert.objects.filter(kind="gesture-double", closed_at=None).exists()


def test_the_requests_of_a_cancelled_line_are_read_once(market, account, calls):
    order = market.place("SCID1", lines=2)
    market.place("SCID2")
    outsiders.act(market, order, "ask-cancellation")
    sync.live(account)
    calls.clear()

    assert requests.mirror_cancellations(account) == 1
    assert requests.mirror_cancellations(account) == 0

    row = models.CancellationRequest.objects.get()
    assert (row.number, row.user_type, len(row.lines)) == ("SCID1", "Customer", 2)
    assert len(calls) == 1


@pytest.mark.parametrize("decided", ["Done", "Rejected"])
def test_a_request_is_read_again_when_its_lines_were_decided(market, account, decided):
    market.place("SCID1")
    market.decisions["cancellation"].append(decided.lower())
    with marketplace.client(account) as client:
        client.cancel("SCID1", reason="seller-refusal", refund_shipping=True)
    sync.live(account)
    requests.mirror_cancellations(account)
    assert models.CancellationRequest.objects.get().status == "InProgress"
    market.clock.advance(3600)
    sync.live(account)

    requests.mirror_cancellations(account)

    assert models.CancellationRequest.objects.get().status == decided


def test_a_night_asks_for_forty_orders_the_newest_first_and_counts_the_rest(market, account, calls):
    for n in range(45):
        order = market.place(f"SCID{n:02}", created=n - 100)
        outsiders.act(market, order, "ask-cancellation")
    sync.live(account)
    calls.clear()

    asked = requests.mirror_cancellations(account)

    assert (asked, len(calls), requests.waiting([account])) == (40, 40, 5)


def test_an_order_that_could_not_be_asked_stays_in_the_queue(market, account):
    order = market.place("SCID1")
    outsiders.act(market, order, "ask-cancellation")
    sync.live(account)
    market.faults = ["500 before"]

    with pytest.raises(octopia.Untouched):
        requests.mirror_cancellations(account)

    assert requests.waiting([account]) == 1


def test_an_order_that_is_opened_has_its_requests_read_at_once_and_not_with_every_look(market, account, calls):
    order = market.place("SCID1", lines=2)
    outsiders.act(market, order, "ask-cancellation")
    sync.live(account)
    client = signed_in()
    calls.clear()
    opened = text(client.get("/orders/SCID1/"))
    assert calls == []  # never in the request
    client.get("/orders/SCID1/")

    assert readings.read_due() == 1

    assert "is being read: it stands here in a moment" in opened
    assert [call.partition("?")[0] for call in calls] == ["GET /seller/v2/order-cancellation-requests"]
    assert "The customer asks to cancel" in text(client.get("/orders/SCID1/"))
    assert readings.read_due() == 0
    assert requests.waiting([account]) == 0


def test_what_nobody_asked_for_is_not_asked_for_again_within_the_hour_but_on_a_refresh(market, account, calls):
    make.order("SCID1", of=account, status="Cancelled")
    client = signed_in()
    for _look in range(2):
        client.get("/orders/SCID1/")
        readings.read_due()
    assert len(calls) == 1

    models.Reading.objects.update(done_at=timezone.now() - readings.SAME)
    client.post("/orders/SCID1/refresh/")
    readings.read_due()

    assert [call.partition("?")[0].rpartition("/")[2] for call in calls[1:]].count("order-cancellation-requests") == 1


def test_an_order_without_a_cancellation_asks_for_nothing(market, account, calls):
    market.place("SCID1")
    sync.live(account)

    signed_in().get("/orders/SCID1/")

    assert not models.Reading.objects.exists()


@pytest.mark.parametrize(
    ("status", "requests_known", "untold"),
    [
        ("InPreparation", [], False),
        ("Cancelled", [], True),
        ("Cancelled", [("Done", ["A"])], False),
        ("Cancelled", [("Rejected", ["A"])], True),
        ("Cancelled", [("Done", ["B"])], True),
        ("Cancelled", [("Done", [])], False),
        ("CancelRequest", [("InProgress", ["A"])], False),
        ("CancelRequest", [("Done", ["A"])], True),
    ],
)
def test_a_line_without_a_request_that_is_known(status, requests_known, untold):
    known = [
        models.CancellationRequest(status=decided, lines=[{"code": code} for code in codes])
        for decided, codes in requests_known
    ]

    assert asked.untold([models.Line(code="A", status=status)], known) is untold


def test_what_waits_for_the_night_is_no_gap_in_the_mirror(market, account):
    order = market.place("SCID1")
    outsiders.act(market, order, "ask-cancellation")
    sync.live(account)

    assert sync.freshness([account]).waiting == 0


def test_the_shop_s_own_facts_are_mirrored(market, account):
    reference.mirror_reference(account)

    account.refresh_from_db()
    assert models.Carrier.objects.count() == 66
    assert models.Carrier.objects.filter(code="pcc").count() == 4
    assert models.Channel.objects.get(code="CDISFR").status == "Active"
    assert models.Indicator.objects.exists()
    assert account.profile["shop_name"] == "Atelier Demo"
    assert "legal" not in str(account.profile).lower()


def test_reading_the_facts_again_repeats_nothing(market, account):
    for _ in range(2):
        reference.mirror_reference(account)

    assert models.Carrier.objects.count() == 66


def test_a_carrier_that_left_the_list_goes_and_an_empty_list_is_not_believed(account):
    listed = tuple(schema.Carrier(code=code, label=code.upper()) for code in ("ups", "gls"))
    reference.store_carriers(account, schema.Page(items=listed))
    reference.store_carriers(account, schema.Page(items=listed[:1]))
    reference.store_carriers(account, schema.Page(items=()))

    assert [carrier.label for carrier in models.Carrier.objects.all()] == ["UPS"]


def test_a_channel_keeps_the_name_that_orders_told(account):
    make.order("SCID1", of=account)

    reference.store_channels(account, schema.Page(items=(schema.Subscription(channel="CDISFR", status="Active"),)))

    channel = models.Channel.objects.get()
    assert (channel.name, channel.status) == ("Cdiscount", "Active")


def test_legal_information_is_left_out_of_the_profile(account):
    seller = schema.Seller(id="104512", extra={"seller_legal_information.vat": "FR1", "holidays": True})

    reference.store_profile(account, msgspec.structs.replace(seller, shop_name="Atelier"))

    account.refresh_from_db()
    assert account.profile["extra"] == {"holidays": True}

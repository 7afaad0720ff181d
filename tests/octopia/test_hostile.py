"""Answers that are wrong, broken or meant to hurt: the bad record is set aside, and nothing else suffers."""

import json
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from octopia import Illegible, Untouched
from octopia.readers import requests, shop
from octopia.readers.document import Malformed
from octopia.readers.orders import read_order, read_orders
from octopia.schema import Order, Unreadable
from tests.octopia.making import GOOD, Network, answer, body, client, listed, order

HOSTILE = [
    ({"orderId": None}, "orderId is missing"),
    ({"orderId": "  "}, "orderId is missing"),
    ({"orderId": 7}, "orderId is not a text"),
    ({"orderId": "x" * 65}, "orderId is longer than 64 signs"),
    ({"status": None}, "status is missing"),
    ({"status": "x" * 65}, "status is longer"),
    ({"status": ["Shipped"]}, "status is not a text"),
    ({"createdAt": None}, "createdAt is missing"),
    ({"updatedAt": "soon"}, "updatedAt is not a date"),
    ({"updatedAt": "1999-12-31T23:59:59Z"}, "updatedAt is not a date"),
    ({"updatedAt": "2101-01-01T00:00:00Z"}, "updatedAt is not a date"),
    ({"shippedAtMax": "32/13/2026"}, "shippedAtMax is not a date"),
    ({"lines": None}, "lines is missing"),
    ({"lines": {}}, "lines is not a list"),
    ({"lines": ["QK01"]}, "lines.0 is not an object"),
    ({"lines": [{"orderLineId": "A", "status": "Shipped", "quantity": 1}] * 2}, "Two lines have the same code"),
    ({"lines": [{}] * 1_001}, "lines has more than 1000 entries"),
    ({"line_orderLineId": None}, "orderLineId is missing"),
    ({"line_status": ""}, "lines.QK01.status is missing"),
    ({"line_quantity": None}, "lines.QK01.quantity is missing"),
    ({"line_quantity": "2"}, "lines.QK01.quantity is not a whole number"),
    ({"line_quantity": 1.5}, "lines.QK01.quantity is not a whole number"),
    ({"line_quantity": True}, "lines.QK01.quantity is not a whole number"),
    ({"line_quantity": -1}, "lines.QK01.quantity is not between"),
    ({"line_quantity": 10**400}, "lines.QK01.quantity is not between"),
    ({"line_offer": "x"}, "lines.QK01.offer is not an object"),
    ({"line_sellingPrice": {"unitSalesPrice": "12.50"}}, "sellingPrice.unitSalesPrice is not a number"),
    ({"line_sellingPrice": {"unitSalesPrice": True}}, "sellingPrice.unitSalesPrice is not a number"),
    ({"totalPrice": {"offerPrice": 10**10}}, "totalPrice.offerPrice is beyond"),
    ({"totalPrice": {"offerPrice": -(10**300)}}, "totalPrice.offerPrice is beyond"),
    ({"businessOrder": "yes"}, "businessOrder is neither true nor false"),
    ({"reference": "a\0b"}, "reference holds a NUL"),
    ({"reference": "x" * 501}, "reference is longer than 500 signs"),
    ({"line_parcels": [{"trackingUrl": "x" * 2_001}]}, "trackingUrl is longer than 2000 signs"),
    ({"billingAddress": ["Tours"]}, "billingAddress is not an object"),
    ({"unknown": {"deep": "a\0b"}}, "unknown holds a NUL"),
    ({"unknown": {"a\0b": 1}}, "unknown holds a NUL"),
    ({"unknown": 10**80}, "unknown is a number nobody could mean"),
    ({"a\0b": 1}, "An unknown member's name holds a NUL"),
]


@pytest.mark.parametrize(("changes", "reason"), HOSTILE)
def test_a_malformed_order_is_set_aside_with_its_reason_and_its_neighbours_go_on(changes, reason):
    bad = body(order(**changes))

    page = read_orders(listed(order(orderId="A1"), bad, order(orderId="A2")))

    assert [item.number for item in page.items] == ["A1", "A2"]
    assert page.received == 3
    assert page.unreadable[0].raw == bad
    assert reason in page.unreadable[0].reason


BROKEN = [
    b'{"orderId": "B1", "updatedAt": "2026-11-04T09:12:33", "amount": NaN}',
    b'{"orderId": "B1", "updatedAt": "2026-11-04T09:12:33", "amount": -Infinity}',
    b'{"orderId": "B1", "updatedAt": "2026-11-04T09:12:33", "name": "\xff\xfe"}',
    b'{"orderId": "B1", "updatedAt": "2026-11-04T09:12:33", "name": "\\ud800"}',
    b'{"orderId": "B1", "updatedAt": "2026-11-04T09:12:33", "name": "\\q, ] }"}',
    b'{"orderId": "B1", "updatedAt": "2026-11-04T09:12:33", "deep": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    b'{"orderId": "B1", "updatedAt": "2026-11-04T09:12:33", "big": ' + b"9" * 5_000 + b"}",
    b'{"orderId": "B1", "updatedAt": "2026-11-04T09:12:33" "comma": 1}',
    b'{"orderId": "B1", "updatedAt": "2026-11-04T09:12:33", "totalPrice": {"offerPrice": 1e999999999}}',
    b'{"orderId": "B1", "updatedAt": "2026-11-04T09:12:33", "other": 1e999999999}',
]


@pytest.mark.parametrize("bad", BROKEN, ids=range(len(BROKEN)))
def test_a_record_that_is_not_even_json_does_not_spoil_its_page(bad):
    page = read_orders(listed(order(orderId="A1"), bad, order(orderId="A2")))

    assert [item.number for item in page.items] == ["A1", "A2"]
    assert [(item.number, item.changed_at) for item in page.unreadable] == [
        ("B1", datetime(2026, 11, 4, 9, 12, 33, tzinfo=UTC))
    ]


def test_a_record_nested_just_within_the_parser_is_set_aside_too():
    page = read_orders(listed(order(deep=json.loads("[" * 200 + "]" * 200)), order(orderId="A2")))

    assert [item.number for item in page.items] == ["A2"]
    assert "nested too deeply" in page.unreadable[0].reason


def test_only_64_kb_of_an_unreadable_record_are_kept():
    page = read_orders(listed(order(orderId=None, billingAddress={"city": "x" * 100_000})))

    assert len(page.unreadable[0].raw) == 64 * 1024


def test_an_order_that_stands_twice_in_a_page_counts_once_and_the_newest_wins():
    older, newer = order(), order(updatedAt="2026-11-04T11:00:00Z", status="Shipped")

    page = read_orders(listed(newer, order(orderId="A2"), older))

    assert [(item.number, item.status) for item in page.items] == [
        ("SCID01261104091233K7QD", "Shipped"),
        ("A2", "InPreparation"),
    ]
    assert page.received == 3


@pytest.mark.parametrize(
    "text", [b"[]", b'{"items": null}', b'{"items": []}', b" \n[ ] ", b'{"itemsPerPage": 0, "items": []}']
)
def test_an_empty_list_is_empty_bare_or_in_its_envelope(text):
    assert read_orders(text).received == 0


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"17",
        b"null",
        b'"x"',
        b"{}",
        b'{"items": {}}',
        b'{"items": 3}',
        b'{"items": [',
        b'{"items": [{"orderId": "A"}',
        b'{"items": [{"orderId": "A"}]',
        b'[{"orderId": "A"',
        b"<html></html>",
        b'{"items": [NaN',
        b'{"items": [NaN]',
        b'{"other": [NaN]}',
        b"[" * 100_000,
        b'{"items": ["unclosed]}',
    ],
)
def test_an_answer_without_a_whole_list_is_a_failed_read_not_an_empty_one(text):
    with pytest.raises(Untouched):
        client(Network(answer(200, text))).orders()


def test_a_single_order_that_cannot_be_understood_comes_with_its_record():
    with pytest.raises(Illegible, match="updatedAt is not a date") as caught:
        client(Network(answer(200, order(updatedAt="soon")))).order("SCID01261104091233K7QD")

    assert caught.value.record.number == "SCID01261104091233K7QD"
    assert json.loads(caught.value.record.raw)["updatedAt"] == "soon"


def test_another_order_than_the_one_asked_for_is_not_taken_for_it():
    with pytest.raises(Illegible, match="another order"):
        client(Network(answer(200, order()))).order("SCID2")


@pytest.mark.parametrize("text", [b"-1", b"1.5", b"true", b'"17"', b'{"count": 17}', b"null", b"9" * 5_000])
def test_a_count_is_a_whole_number_or_a_failed_read(text):
    with pytest.raises(Untouched):
        client(Network(answer(200, text))).count()


# Hostile payloads: never an exception other than ours.

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from(["2026-11-04T09:12:33Z", "Shipped", "\0", "9999-12-31T23:59:59-23:59"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
MEMBERS = [*json.loads(GOOD), "shippingAddress", "unknown"]
LINE_MEMBERS = [f"line_{name}" for name in json.loads(GOOD)["lines"][0]]
READERS = [
    requests.read_reasons,
    requests.read_cancellations,
    requests.read_gestures,
    requests.read_gesture,
    requests.read_gesture_amount,
    requests.read_gesture_configuration,
    requests.read_invoice_documents,
    requests.read_invoice_imports,
    requests.read_invoice_import,
    shop.read_carriers,
    shop.read_subscriptions,
    shop.read_seller,
    shop.read_indicators,
    shop.read_count,
    read_orders,
    read_order,
]
quickly = settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow], database=None)


@quickly
@given(st.dictionaries(st.sampled_from(MEMBERS + LINE_MEMBERS), json_values, max_size=3))
def test_an_order_with_any_member_replaced_is_read_or_set_aside(changes):
    changes.pop("lines", None)

    found = read_order(body(order(**changes)))

    assert isinstance(found, Order | Unreadable)
    if isinstance(found, Order):
        assert b"\\u0000" not in msgspec.json.encode(found)


@quickly
@given(st.integers(0, len(GOOD)), st.binary(max_size=6), st.integers(0, 40))
def test_a_page_with_damaged_bytes_is_read_or_refused(place, put, cut):
    damaged = listed(GOOD[:place] + put + GOOD[place + cut :], order(orderId="A2"))

    try:
        page = read_orders(damaged)
    except Malformed:
        return

    assert page.received >= len(page.items) + len(page.unreadable)


@quickly
@given(st.sampled_from(READERS), json_values | st.lists(json_values, max_size=3))
def test_any_json_is_read_or_refused_by_every_reader(reader, value):
    try:
        found = reader(body(value))
    except Malformed as refusal:
        found = str(refusal)

    assert found is not None


@quickly
@given(st.sampled_from(READERS), st.binary(max_size=60))
def test_any_bytes_are_read_or_refused_by_every_reader(reader, value):
    try:
        found = reader(value)
    except Malformed as refusal:
        found = str(refusal)

    assert found is not None

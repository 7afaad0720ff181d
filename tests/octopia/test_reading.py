"""Reading answers nobody vouches for: what is tolerated, what is kept, and what is set aside with its reason."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from octopia import Illegible, Untouched
from octopia.contract import example
from octopia.readers import requests, shop
from octopia.readers.document import Malformed, instant
from octopia.readers.orders import read_order, read_orders
from octopia.schema import Order, Unreadable
from tests.octopia.making import Network, answer, client

GOOD = example("order")


def order(**changes):
    """The documented order with members changed; `line_…` changes its first line."""
    document = json.loads(GOOD)
    for name, value in changes.items():
        target = document["lines"][0] if name.startswith("line_") else document
        target[name.removeprefix("line_")] = value
    return document


def body(document):
    return json.dumps(document).encode()


def read(**changes):
    found = read_order(body(order(**changes)))
    assert isinstance(found, Order), found
    return found


def listed(*records):
    raws = [record if isinstance(record, bytes) else body(record) for record in records]
    return b'{"itemsPerPage": %d, "items": [%s]}' % (len(raws), b",".join(raws))


def test_an_order_is_read_in_our_words():
    found = read()

    assert (found.number, found.channel_number, found.channel) == (
        "SCID01261104091233K7QD",
        "2611040912K7QD4",
        "CDISFR",
    )
    assert (found.customer, found.seller, found.payment_method) == ("CUST-7F3A91", "104512", "Card")
    assert found.changed_at == datetime(2026, 11, 4, 10, 2, 47, tzinfo=UTC)
    assert found.ship_by == datetime(2026, 11, 6, 23, 0, tzinfo=UTC)
    assert (found.offer_total, found.selling_total) == (Decimal("185.69"), Decimal("177.18"))
    assert [(fee.label, fee.amount) for fee in found.service_fees] == [("Frais de service", Decimal("1.49"))]
    assert found.billing is not None
    assert (found.billing.civility, found.billing.city, found.billing.company) == ("Mme", "Tours", "")
    assert found.shipping is None
    assert found.extra == {}


def test_a_line_is_read_in_our_words():
    line = read().lines[1]

    assert (line.code, line.status, line.quantity, line.sku) == ("QK02", "InPreparation", 2, "MUG-GRES-BLEU")
    assert (line.offer_unit, line.offer_shipping, line.selling_unit) == (Decimal("19.9"), Decimal(0), Decimal("19.9"))
    assert (line.commission_rate, line.commission_without_vat) == (Decimal(1500), Decimal("5.97"))
    assert line.offer_taxes[0].rate == Decimal(20)
    assert line.shipping is not None
    assert line.shipping.phone == "+33600000000"
    assert line.delivery_mode == "TrackedHomeDelivery"
    assert line.promised_max == datetime(2026, 11, 10, tzinfo=UTC)


def test_money_never_passes_through_a_float():
    raw = GOOD.replace(b'"offerPrice": 185.69', b'"offerPrice": 1234567890.1234')

    found = read_order(raw)

    assert isinstance(found, Order)
    assert found.offer_total == Decimal("1234567890.1234")


@pytest.mark.parametrize(
    ("number", "kept"),
    [
        (b"0.30000000000000004", "0.3000"),
        (b"1.00005", "1.0001"),
        (b"-12.5", "-12.5"),
        (b"1e2", "100"),
        (b"1e-999999999", "0"),
    ],
)
def test_a_number_finer_than_the_column_is_rounded_as_the_database_would(number, kept):
    found = read_order(GOOD.replace(b'"offerPrice": 185.69', b'"offerPrice": ' + number))

    assert isinstance(found, Order)
    assert found.offer_total == Decimal(kept)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-04T09:12:33+00:00", datetime(2026, 11, 4, 9, 12, 33, tzinfo=UTC)),
        ("2026-11-04T09:12:33Z", datetime(2026, 11, 4, 9, 12, 33, tzinfo=UTC)),
        ("2026-11-04T09:12:33", datetime(2026, 11, 4, 9, 12, 33, tzinfo=UTC)),
        ("2026-11-04T10:12:33.5+01:00", datetime(2026, 11, 4, 9, 12, 33, 500_000, tzinfo=UTC)),
        ("2026-11-04T09:12:33.1234567Z", datetime(2026, 11, 4, 9, 12, 33, 123_456, tzinfo=UTC)),
        (" 2026-11-04 ", datetime(2026, 11, 4, tzinfo=UTC)),
        ("0001-01-01T00:00:00", None),
        ("0001-01-01T00:00:00+23:59", None),
        ("9999-12-31T23:59:59-23:59", None),
        ("2101-01-01T00:00:00Z", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_a_time_is_utc_with_or_without_fraction_and_offset(text, moment):
    assert instant(text) == moment


@pytest.mark.parametrize(
    "changes",
    [
        {"reference": None, "customer": None, "payment": None, "salesChannel": None, "seller": None},
        {"billingAddress": None, "totalPrice": None, "serviceFees": None, "shippedAtMax": None, "businessOrder": None},
        {"line_offer": None, "line_delivery": None, "line_offerPrice": None, "line_sellingPrice": None},
        {"line_parcels": None, "line_shippingAddress": None, "line_totalPrice": None},
        {"line_parcels": [None, {"parcelNumber": None}], "serviceFees": [None, {}]},
        {"line_offerPrice": {"commission": None, "taxes": [None, {"code": None, "rate": None}]}},
        {"line_shippingAddress": {"city": None}},
        {"lines": []},
    ],
)
def test_null_is_tolerated_everywhere(changes):
    found = read(**changes)

    assert found.number == "SCID01261104091233K7QD"


def test_an_absent_member_reads_like_a_null_one():
    bare = {
        "orderId": "X1",
        "status": "Accepted",
        "createdAt": "2026-11-04T09:12:33",
        "updatedAt": "2026-11-04T09:12:33",
        "lines": [{"orderLineId": "A", "status": "Accepted", "quantity": 1}],
    }

    found = read_order(body(bare))

    assert isinstance(found, Order)
    assert (found.currency, found.billing, found.lines[0].offer_unit, found.lines[0].supply_mode) == (
        "",
        None,
        None,
        "",
    )


def test_an_unknown_word_stands_as_it_came():
    found = read(status="Teleported", line_status="Beamed")

    assert (found.status, found.lines[0].status) == ("Teleported", "Beamed")


def test_an_unknown_member_is_kept_with_its_path():
    found = read(
        bar=[1, "x"],
        statusEvents=[{"status": "Accepted"}],
        cancellationDetails={"by": "Customer"},
        line_foo=None,
        line_productAttributes={"colour": "blue"},
        line_parcels=[{"parcelNumber": "P1", "weight": 3}],
        seller={"id": "1", "grade": "A"},
    )

    assert found.extra == {
        "bar": [1, "x"],
        "statusEvents": [{"status": "Accepted"}],
        "cancellationDetails": {"by": "Customer"},
        "lines.QK01.foo": None,
        "lines.QK01.productAttributes": {"colour": "blue"},
        "lines.QK01.parcels.0.weight": 3,
        "seller.grade": "A",
    }


def test_a_number_in_an_unknown_member_is_exact():
    found = read_order(GOOD.replace(b'"status": "InPreparation"', b'"status": "Shipped", "weight": 1.10', 1))

    assert isinstance(found, Order)
    assert found.extra == {"weight": Decimal("1.10")}


def test_the_spellings_and_places_of_other_clients_are_read_too():
    found = read(
        shippingAddress={"city": "Lyon", "countryCode": "fr"},
        supplyMode="Xdock",
        seller={"id": 104512},
        line_offer={"id": "O1", "sellerProductId": "S1"},
        line_offerPrice={"commission": {"amountWithTax": 1.2, "amountWithoutTax": 1}},
    )

    line = found.lines[0]
    assert found.shipping is not None
    assert (found.shipping.city, found.shipping.country, found.seller) == ("Lyon", "FR", "104512")
    assert (line.supply_mode, line.commission_with_vat, line.commission_without_vat) == ("Xdock", Decimal("1.2"), 1)
    assert found.lines[1].supply_mode == "Seller"


def test_an_address_of_nulls_is_a_hidden_address():
    found = read(line_shippingAddress={"city": None, "lastName": "", "phone": None})

    assert found.lines[0].shipping is None


def test_two_readings_that_say_the_same_have_one_hash():
    one = json.loads(GOOD)
    other = dict(reversed(one.items()))

    assert read_order(body(one)) == read_order(json.dumps(other, indent=3).encode())


@pytest.mark.parametrize("changes", [{"status": "Shipped"}, {"unknown": 1}, {"line_productAttributes": {"a": 1}}])
def test_a_reading_that_says_something_else_has_another_hash(changes):
    assert len(read().hash) == 64
    assert read(**changes).hash != read().hash


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


@pytest.mark.parametrize("name", ["code", "reason", "reference", "id"])
def test_a_reason_is_found_under_any_of_its_four_names_bare_or_in_an_envelope(name):
    page = requests.read_reasons(body([{name: "missing-product", "label": "Produit manquant"}, {"label": "no code"}]))

    assert [(item.code, item.label) for item in page.items] == [("missing-product", "Produit manquant")]
    assert page.unreadable[0].reason == "code is missing."


def test_an_indicator_with_an_unknown_name_is_kept_and_a_malformed_one_set_aside():
    page = shop.read_indicators(
        body({"order_claims": {"value_d30": 1.5}, "new_one": {}, "order_refunds": 3, "x": None})
    )

    assert [(item.name, item.value_30) for item in page.items] == [("claims", Decimal("1.5")), ("new_one", None)]
    assert (len(page.unreadable), page.received) == (1, 3)


@pytest.mark.parametrize(
    ("text", "location", "found"),
    [
        (b'{"cancellationRequestId": "c"}', "", "c"),
        (b'{"requestId": "r", "status": "InProgress"}', "", "r"),
        (b'{"partialCancellationRequestId": 12}', "", "12"),
        (b'{"importId": "i"}', "", "i"),
        (b"", "http://market.test/seller/v2/order-cancellation-requests/a%20b/", "a b"),
        (b"{}", "/order-cancellation-requests/9d1f?x=1", "9d1f"),
        (b'{"requestId": {"a": 1}}', "", ""),
        (b'{"requestId": "a\\u0000b"}', "", ""),
        (b"[1]", "", ""),
        (b"", "http://[", ""),
    ],
)
def test_the_id_of_a_request_is_read_wherever_it_stands(text, location, found):
    assert requests.read_identifier(text, location) == found


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

"""Reading answers nobody vouches for: what is tolerated, and what is kept."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from octopia.readers import requests, shop
from octopia.readers.document import instant
from octopia.readers.orders import read_order
from octopia.schema import Order
from tests.octopia.making import GOOD, body, order


def read(**changes):
    found = read_order(body(order(**changes)))
    assert isinstance(found, Order), found
    return found


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

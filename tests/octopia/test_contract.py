"""The contract's parts agree: the OpenAPI file, the examples, the law, and what the client reads and sends."""

import json
from decimal import Decimal

import pytest
import yaml
from jsonschema import Draft202012Validator

from octopia import Trouble
from octopia.contract import EXAMPLES, OPENAPI, example, examples
from octopia.contract.lifecycle import (
    ABILITIES,
    ELSEWHERE,
    LAW,
    LINE_STATUSES,
    ORDER_STATUSES,
    RULES,
    Ability,
    Certainty,
    Known,
    Mode,
    Status,
    Verb,
    ability,
)
from octopia.schema import LineCancellation, Shipment
from tests.octopia.making import Network, client, documented

SPEC = yaml.load(OPENAPI.read_text(), Loader=yaml.CSafeLoader)
OPERATIONS = {
    operation["operationId"]: (path, method, operation)
    for path, item in SPEC["paths"].items()
    for method, operation in item.items()
    if method in ("get", "post")
}
ORDER = "SCID01261104091233K7QD"
ANSWERS = sorted(name for name, item in examples().items() if item.part == "answer" and item.status < 300)
REQUESTS = sorted(name for name, item in examples().items() if item.part == "request")
REFUSALS = sorted(name for name, item in examples().items() if item.status >= 300)

# How each documented answer is read by the client.
READ = {
    "cancellation_created": lambda c: c.cancel(ORDER, reason="seller-refusal", refund_shipping=True),
    "cancellation_reasons": lambda c: c.cancellation_reasons("CDISFR", "InPreparation"),
    "cancellations": lambda c: c.cancellations(order=ORDER),
    "carriers": lambda c: c.carriers(),
    "count": lambda c: c.count(),
    "gesture_amount": lambda c: c.gesture_amount(ORDER),
    "gesture_configuration": lambda c: c.gesture_configuration("CDISFR"),
    "gesture_configuration_forbidden": lambda c: c.gesture_configuration("ZZDEMO"),
    "gesture_created": lambda c: c.give_gesture(ORDER, reason="Other", amount=Decimal(1), details="x"),
    "gesture_read": lambda c: c.gesture("2c6b0f6e"),
    "gestures": lambda c: c.gestures(order=ORDER),
    "indicators": lambda c: c.indicators(),
    "invoice_documents": lambda c: c.invoice_documents(ORDER),
    "invoice_import": lambda c: c.invoice_import("0f1d6a0e"),
    "invoice_import_created": lambda c: c.import_invoices([("a.pdf", b"%PDF")]),
    "invoice_imports": lambda c: c.invoice_imports(),
    "order": lambda c: c.order(ORDER),
    "order_hidden_address": lambda c: c.order("SCID01261104154402B3XN"),
    "orders": lambda c: c.orders(),
    "orders_past_the_end": lambda c: c.orders(),
    "seller": lambda c: c.seller(),
    "subscriptions": lambda c: c.subscriptions(),
}

# How each documented request is made by the client.
SENT = {
    "approval": lambda c: c.decide(ORDER, True),
    "cancellation": lambda c: c.cancel(ORDER, reason="seller-refusal", refund_shipping=True),
    "cancellation_of_lines": lambda c: c.cancel_lines(
        ORDER,
        [
            LineCancellation(
                code="QK02",
                offer_id="4F8B6A0C91D2E733_104512_6_CDISFR",
                reason="missing-product",
                refund_shipping=False,
            )
        ],
    ),
    "gesture": lambda c: c.give_gesture(
        ORDER,
        reason="MissingProduct",
        amount=Decimal("9.95"),
        details="One of the two mugs was not in the box",
    ),
    "shipment": lambda c: c.ship(
        ORDER,
        [
            Shipment(
                number="6A12345678901",
                carrier="Colissimo",
                url="https://www.laposte.fr/outils/suivre-vos-envois?code=6A12345678901",
                lines=("QK01", "QK02"),
            )
        ],
    ),
    "shipment_of_one_line": lambda c: c.ship(ORDER, [Shipment(number="XH000123FR", carrier="DPD", lines=("QK02",))]),
}


def resolved(node):
    while "$ref" in node:
        found = SPEC
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node


def schemas(name):
    item = examples()[name]
    operation = OPERATIONS[item.operation][2]
    holder = operation["requestBody"] if item.part == "request" else operation["responses"][str(item.status)]
    return [kind["schema"] | {"components": SPEC["components"]} for kind in resolved(holder)["content"].values()]


def test_every_example_is_in_the_index_and_every_entry_has_its_file():
    files = {path.stem for path in EXAMPLES.glob("*.json")} - {"index"}

    assert files == set(examples())
    assert {item.part for item in examples().values()} == {"request", "answer"}


def test_every_operation_that_reads_or_writes_json_has_an_example():
    covered = {item.operation for item in examples().values()}

    assert set(OPERATIONS) - covered == {"post-orders-orderId-invoice-documents"}  # its body is a file


@pytest.mark.parametrize("name", [*ANSWERS, *REQUESTS, *REFUSALS])
def test_an_example_fits_the_openapi_file(name):
    body = json.loads(example(name))

    assert any(Draft202012Validator(schema).is_valid(body) for schema in schemas(name))


@pytest.mark.parametrize("name", sorted(set(ANSWERS) - {"token"}))
def test_a_documented_answer_is_read_by_the_client(name):
    network = Network(documented(name, examples()[name].status))

    read = READ[name](client(network))

    path, method, _ = OPERATIONS[examples()[name].operation]
    asked = network.calls[0]
    pattern = ["*" if part.startswith("{") else part for part in path.split("/")]
    parts = asked.url.path.removeprefix("/seller/v2").split("/")
    assert asked.method == method.upper()
    assert [given if wanted == "*" else wanted for given, wanted in zip(parts, pattern, strict=True)] == parts
    assert read is not None
    assert not getattr(read, "unreadable", ())
    assert getattr(read, "extra", {}) == {}


@pytest.mark.parametrize("name", REQUESTS)
def test_a_documented_request_is_what_the_client_sends(name):
    network = Network(documented("cancellation_created", 201))

    SENT[name](client(network))

    assert network.body == json.loads(example(name))
    assert network.calls[0].headers["Content-Type"] == "application/json"
    assert network.calls[0].url.path.endswith(OPERATIONS[examples()[name].operation][0].rpartition("/")[2])


@pytest.mark.parametrize("name", sorted(set(REFUSALS) - {"error_token"}))
def test_a_documented_error_is_told_in_its_words(name):
    body = json.loads(example(name))
    words = body.get("detail") or body.get("message") or next(iter(body["errors"].values()))[0]

    with pytest.raises(Trouble) as caught:
        client(Network(documented(name, examples()[name].status))).order("SCID1")

    assert words in str(caught.value)


def test_there_are_66_carriers_with_repeated_codes():
    carriers = client(Network(documented("carriers"))).carriers().items

    codes = [carrier.code for carrier in carriers]
    assert (len(carriers), codes.count("pcc"), codes.count("dhldp")) == (66, 4, 2)
    assert len({carrier.label for carrier in carriers}) == 66


# The law


def test_the_statuses_are_those_of_the_openapi_file():
    known = SPEC["components"]["schemas"]

    assert {str(status) for status in ORDER_STATUSES} == set(known["OrderStatus"]["enum"])
    assert {str(status) for status in LINE_STATUSES} == set(known["OrderLineStatus"]["enum"])
    assert {str(mode) for mode in Mode} == set(known["SupplyMode"]["enum"])


def test_every_rule_has_its_number_its_source_and_its_words():
    for number, rule in RULES.items():
        assert number == rule.number
        assert 1 <= int(number.removeprefix("R")) <= 55
        assert rule.verbs
        assert rule.source
        assert rule.words.endswith(".")
        assert rule.change.endswith(".")


def test_only_a_documented_rule_blocks():
    blocking = {rule.certainty for rule in RULES.values() if rule.blocks}

    assert blocking == {Certainty.DOCUMENTED}
    assert not RULES["R43"].blocks
    assert not RULES["R31"].blocks


@pytest.mark.parametrize("verb", Verb)
def test_the_law_quotes_only_rules_that_bind_the_verb(verb):
    law = LAW[verb]
    quoted = {law.by_mode, law.by_status, law.by_order, *law.quotes.values(), *(grant.rule for grant in law.grants)}

    assert quoted <= set(law.rules)
    assert all(verb in RULES[number].verbs for number in law.rules)


@pytest.mark.parametrize(
    ("verb", "mode", "taken", "doubtful"),
    [
        (Verb.ACCEPT, Mode.SELLER, {"WaitingAcceptance"}, set()),
        (Verb.REFUSE, Mode.FULFILLMENT, {"WaitingAcceptance"}, set()),
        (Verb.SHIP, Mode.SELLER, {"InPreparation"}, {"CancelRequest"}),
        (Verb.SHIP, Mode.FULFILLMENT, set(), set()),
        (Verb.SHIP, Mode.XDOCK, set(), set()),
        (Verb.CANCEL, Mode.SELLER, {"Accepted", "InPreparation", "Shipped", "Delivered"}, {"WaitingAcceptance"}),
        (Verb.CANCEL, Mode.FULFILLMENT, {"Shipped", "Delivered"}, set()),
        (Verb.CANCEL, Mode.XDOCK, set(), {"Shipped", "Delivered"}),
        (Verb.GESTURE, Mode.XDOCK, {"Shipped", "Delivered"}, set()),
        (Verb.INVOICE, Mode.SELLER, {"Shipped", "Delivered"}, set()),
        (Verb.SHIP, "Drone", set(), set()),
    ],
)
def test_a_verb_is_taken_in_these_states_of_a_line(verb, mode, taken, doubtful):
    grants = {str(status): LAW[verb].grant(mode, status) for status in [*LINE_STATUSES, "Teleported"]}

    sure = {status for status, grant in grants.items() if grant and grant.certainty is Certainty.DOCUMENTED}
    rest = {status for status, grant in grants.items() if grant and grant.certainty is not Certainty.DOCUMENTED}
    assert (sure, rest) == (taken, doubtful)


def test_an_order_ships_in_preparation_and_is_rewarded_after_shipment():
    assert LAW[Verb.SHIP].order_statuses == {Status.IN_PREPARATION}
    assert LAW[Verb.GESTURE].order_statuses == {Status.SHIPPED, Status.DELIVERED}
    assert LAW[Verb.CANCEL].order_statuses == {"Accepted", "InPreparation", "Shipped", "Delivered"}


def test_every_channel_tells_every_ability_and_says_how_it_is_known():
    for says in [ELSEWHERE, *ABILITIES.values()]:
        assert set(says) == set(Ability)
        for say in says.values():
            assert (say.value is None) == (say.known is Known.UNKNOWN)
            assert say.source
            assert not say.rule or say.rule in RULES


def test_cdiscount_takes_one_parcel_and_another_channel_is_not_known():
    assert ability("CDISFR", Ability.SEVERAL_PARCELS).value is False
    assert ability("ZZDEMO", Ability.SEVERAL_PARCELS).value is None
    assert ability("ZZDEMO", Ability.APPROVAL).value is False

"""What the mirror keeps of an order, and that storing it twice, late or out of order changes nothing."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from octopia import schema
from octopia.contract import example
from octopia.readers.orders import read_order, read_orders
from orders import mirror, models
from tests import make

pytestmark = pytest.mark.django_db


def the_order(number="SCID1"):
    return models.Order.objects.get(number=number)


def test_every_member_of_an_order_is_kept(account):
    fee = schema.ServiceFee(label="Frais", amount=Decimal("1.49"))

    mirror.store(account, [make.reading("SCID1", service_fees=(fee,))], source="live")

    order, line = the_order(), models.Line.objects.get()
    assert (order.status, order.currency, order.selling_total) == ("InPreparation", "EUR", Decimal("55.80"))
    assert order.fees == [["Frais", "1.49"]]
    assert (line.code, line.sku, line.quantity) == ("QK01", "LAMP-01", 1)
    assert line.taxes["offer"] == [["VAT", "Product", "0", "20"]]
    assert line.address is not None
    assert line.address.line1 == "12 rue des Tanneurs"
    assert order.recipient == line.address
    assert set(order.addresses.values_list("kind", flat=True)) == {"billing", "shipping"}
    assert order.changes.get().fields["status"] == [None, "InPreparation"]


@pytest.mark.parametrize("name", ["order", "order_hidden_address"])
def test_the_documented_orders_are_kept(account, name):
    read = read_order(example(name))
    assert isinstance(read, schema.Order)

    mirror.store(account, [read], source="live")

    assert the_order(read.number).lines.count() == len(read.lines)


def test_the_documented_page_is_kept(account):
    page = read_orders(example("orders"))

    result = mirror.store(account, page.items, source="live")

    assert len(result.new) == len(page.items) == models.Order.objects.count()


def test_storing_twice_changes_nothing(account):
    read = make.reading("SCID1")
    mirror.store(account, [read], source="live")

    result = mirror.store(account, [read], source="live")

    assert result.unchanged == ["SCID1"]
    assert the_order().version == models.Change.objects.count() == 1


def test_a_newer_reading_replaces_the_whole_order(account):
    read = make.reading("SCID1", lines=(make.line("A"), make.line("B", title="Mug")))
    mirror.store(account, [read], source="live")
    kept = models.Line.objects.get(code="A").pk
    parcel = schema.Parcel(number="6A1", carrier="Colissimo", url="https://tracking.example/6A1")
    shipped = make.later(
        read, status="Shipped", lines=(make.line("A", status="Shipped", parcels=(parcel,)), make.line("C"))
    )

    mirror.store(account, [shipped], source="live")

    order = the_order()
    assert (order.status, order.version, order.shipped_at) == ("Shipped", 2, shipped.changed_at)
    assert list(order.lines.values_list("code", flat=True)) == ["A", "C"]
    assert models.Line.objects.get(code="A").pk == kept
    assert order.parcels.get().lines == ["A"]
    assert order.changes.get(version=2).fields["lines.A.status"] == ["InPreparation", "Shipped"]


def test_an_older_reading_is_counted_and_ignored(account):
    read = make.reading("SCID1", status="Shipped")
    mirror.store(account, [read], source="live")

    older = make.later(read, status="InPreparation", changed_at=read.changed_at - timedelta(seconds=1))
    result = mirror.store(account, [older], source="single")

    assert result.older == ["SCID1"]
    assert the_order().status == "Shipped"


def test_equal_stamps_with_other_content_are_asked_singly(account):
    read = make.reading("SCID1")
    mirror.store(account, [read], source="live")
    other = make.later(read, status="Shipped", changed_at=read.changed_at)

    result = mirror.store(account, [other], source="live")

    assert result.asked == ["SCID1"]
    assert the_order().status == "InPreparation"
    assert models.Reading.objects.get().why == "hash"


def test_equal_stamps_are_settled_by_a_single_reading(account):
    read = make.reading("SCID1")
    mirror.store(account, [read], source="live")

    mirror.store(account, [make.later(read, status="Shipped", changed_at=read.changed_at)], source="single")

    assert the_order().status == "Shipped"


def test_a_doubt_that_was_settled_is_not_asked_again_within_an_hour(account):
    read = make.reading("SCID1")
    mirror.store(account, [read], source="live")
    other = make.later(read, payment_method="Paypal", changed_at=read.changed_at)
    mirror.store(account, [other], source="live")
    models.Reading.objects.update(done_at=datetime.now(UTC))

    mirror.store(account, [other], source="live")

    assert models.Reading.objects.filter(done_at=None).count() == 0


def test_of_two_versions_in_one_page_the_newer_is_kept(account):
    read = make.reading("SCID1")

    mirror.store(account, [make.later(read, status="Shipped"), read], source="live")

    assert the_order().status == "Shipped"


def test_the_same_number_of_two_accounts_are_two_orders(account):
    other = make.account(seller_id="209876")

    for one in (account, other):
        mirror.store(one, [make.reading("SCID1")], source="live")

    assert models.Order.objects.filter(number="SCID1").count() == 2


def test_a_shipped_order_first_seen_as_such_has_no_date_of_shipment(account):
    order = make.order("SCID1", status="Shipped")

    assert order.shipped_at is None


@pytest.mark.parametrize("status", ["Cancelled", "Refused", "Rejected", "Delivered"])
def test_an_order_is_closed_when_it_is_seen_to_end(account, status):
    read = make.reading("SCID1")
    end = make.later(read, status=status)
    mirror.store(account, [read], source="live")

    mirror.store(account, [end], source="live")

    assert the_order().closed_at == end.changed_at


def test_the_day_is_that_of_the_shop(account):
    bought = datetime(2026, 7, 31, 23, 30, tzinfo=UTC)

    order = make.order("SCID1", purchased_at=bought, created_at=bought, changed_at=bought)

    assert str(order.day) == "2026-08-01"


def test_the_deadline_is_that_of_the_next_line_that_we_ship(account):
    soon, later, theirs = (datetime(2026, 11, day, tzinfo=UTC) for day in (3, 4, 1))

    order = make.order(
        "SCID1",
        lines=(
            make.line("A", status="Shipped", ship_by=soon),
            make.line("B", ship_by=later),
            make.line("C", supply_mode="Fulfillment", ship_by=theirs),
        ),
    )

    assert (order.deadline, order.ours, order.partly_shipped) == (later, True, True)


def test_an_address_of_the_order_serves_lines_without_one(account):
    order = make.order("SCID1", shipping=make.address(city="Brest"), lines=(make.line("A", shipping=None),))

    delivery = models.Address.objects.get(kind="shipping")
    assert (delivery.city, order.lines.get().address_id) == ("Brest", delivery.pk)


@pytest.mark.parametrize(
    "text",
    [
        "null",
        "NULL",
        "\\N",
        "\\.",
        "a\\",
        '"',
        '"",null',
        "]\n[",
        "],[",
        "a\\nb",
        "a\nb\tc\r",
        "{},'%s",
        "\x7f\x1f",
        "é 🦑",
    ],
)
def test_every_text_is_kept_sign_by_sign(account, text):
    """Also in a page of plain neighbours, which are written in another way than a text with a line break."""
    parcel = schema.Parcel(number=text, carrier=text, url="")
    line = make.line(text, title=text, parcels=(parcel,), shipping=make.address(company=text))
    odd = make.reading("SCID2", lines=(line,), extra={text: text}, service_fees=(schema.ServiceFee(label=text),))

    mirror.store(account, [make.reading("SCID1"), odd, make.reading("SCID3")], source="live")

    order = models.Order.objects.get(number="SCID2")
    kept, sent = order.lines.get(), order.parcels.get()
    assert kept.address is not None
    assert (kept.code, kept.title, kept.address.company) == (text, text, text)
    assert (sent.number, sent.carrier, sent.lines) == (text, text, [text])
    assert (order.extra.content, order.fees) == ({text: text}, [[text, None]])
    assert (
        models.Line.objects.exclude(order=order).values_list("title", flat=True).distinct().get()
        == "Lampadaire arqué en métal"
    )


def test_a_hidden_address_that_appears_is_kept_and_noted_without_its_words(account):
    read = make.reading("SCID1", billing=None, lines=(make.line("A", shipping=None),))
    mirror.store(account, [read], source="live")

    shown = msgspec.structs.replace(read.lines[0], shipping=make.address())

    mirror.store(account, [make.later(read, lines=(shown,))], source="live")

    assert the_order().lines.get().address == models.Address.objects.get(kind="shipping", city="Tours")
    assert the_order().changes.get(version=2).fields == {"shipping": [False, True]}
    assert models.SearchRow.objects.filter(word="tours").exists()


def test_unknown_members_are_kept_within_four_kilobytes(account):
    make.order("SCID1", extra={"gift": {"text": "Pour Zoé"}, "huge": "x" * 9_000, "lines.QK01.weight": Decimal("1.25")})

    content = models.OrderExtra.objects.get().content
    assert content["gift"] == {"text": "Pour Zoé"}
    assert content["lines.QK01.weight"] == 1.25
    assert "huge" not in content


def test_the_history_holds_nothing_personal(account):
    read = make.reading("SCID1", extra={"note": "secret-note"})
    moved = make.address(first_name="Canary", line1="3 quai Canari", city="Canarville", email="canary@relay.example")
    mirror.store(account, [read], source="live")

    mirror.store(
        account, [make.later(read, billing=moved, customer="CUST-CANARY", extra={"note": "canari"})], source="live"
    )

    texts = str(list(models.Change.objects.values_list("fields", flat=True))).lower()
    assert models.Change.objects.count() == 2
    assert not [word for word in ("canar", "goff", "tours", "tanneurs", "secret-note") if word in texts]


def test_any_moment_can_be_told_as_it_was_known(account):
    read = make.reading("SCID1", lines=(make.line("A"), make.line("B.x")))
    parcel = schema.Parcel(number="6A.1", carrier="Colissimo")
    versions = [
        read,
        make.later(read, payment_method="Paypal", lines=(make.line("A", status="CancelRequest"), make.line("B.x"))),
        make.later(read, status="Shipped", changed_at=read.changed_at + timedelta(hours=2),
                   lines=(make.line("B.x", status="Shipped", quantity=3, parcels=(parcel,)), make.line("C"))),
    ]  # fmt: skip
    moments = []
    for version in versions:
        mirror.store(account, [version], source="live")
        moments.append(datetime.now(UTC))

    known = [one for moment in moments if (one := mirror.as_known_at(the_order(), moment))]

    assert len(known) == 3
    assert mirror.as_known_at(the_order(), moments[0] - timedelta(days=1)) is None
    assert [one.fields["payment_method"] for one in known] == ["Card", "Paypal", "Card"]
    assert [sorted(one.lines) for one in known] == [["A", "B.x"], ["A", "B.x"], ["B.x", "C"]]
    assert [one.lines["B.x"]["quantity"] for one in known] == [1, 1, 3]
    assert [one.lines["A"]["status"] for one in known[:2]] == ["InPreparation", "CancelRequest"]
    assert [list(one.parcels) for one in known] == [[], [], ["6A.1|Colissimo"]]


def test_words_are_found_without_accents_and_case(account):
    make.order(
        "SCID1", lines=(make.line("A", shipping=make.address(company="Ébène & Œuvres", phone="06 11 22 33 44")),)
    )

    words = set(models.SearchRow.objects.values_list("kind", "word"))
    kind = models.SearchRow.Kind
    assert {(kind.NAME, "ebene"), (kind.NAME, "oeuvres"), (kind.NAME, "solene"), (kind.PLACE, "37000")} <= words
    assert {(kind.STREET, "tanneurs"), (kind.PHONE, "611223344"), (kind.EMAIL, "k3j2h1@relay.example.org")} <= words
    assert (kind.STREET, "rue") not in words
    assert models.Word.objects.filter(word="ebene").exists()
    assert not models.Word.objects.filter(word="tanneurs").exists()


def test_a_channel_that_only_orders_name_is_known(account):
    make.order("SCID1", channel="ZZNEWS", channel_name="Nouveautés")

    assert models.Channel.objects.get(code="ZZNEWS").name == "Nouveautés"


def test_a_text_that_no_column_holds_is_set_aside_and_its_neighbours_are_kept(account):
    bad = make.reading("SCID2", channel="C" * 80)

    result = mirror.store(account, [make.reading("SCID1"), bad, make.reading("SCID3")], source="live")

    assert (result.new, result.set_aside) == (["SCID1", "SCID3"], ["SCID2"])
    record = models.Quarantine.objects.get()
    assert (record.number, record.reason) == ("SCID2", "Order channel is longer than 64 signs.")


@pytest.mark.parametrize("text", ["nul\0here", "half \ud83d a sign"])
def test_what_is_not_text_never_reaches_the_database(account, text):
    bad = msgspec.structs.replace(make.reading("SCID2"), payment_method=text)

    result = mirror.store(account, [bad, make.reading("SCID1")], source="live")

    assert (result.new, result.set_aside) == (["SCID1"], ["SCID2"])


def test_a_sum_that_the_database_refuses_spoils_no_neighbour(account):
    bad = msgspec.structs.replace(make.reading("SCID2"), selling_total=Decimal(10) ** 11)

    result = mirror.store(account, [make.reading("SCID1"), bad, make.reading("SCID3")], source="live")

    assert (sorted(result.new), result.set_aside) == (["SCID1", "SCID3"], ["SCID2"])


def test_a_good_reading_solves_what_was_set_aside(account):
    read = make.reading("SCID1")
    mirror.store(account, [msgspec.structs.replace(read, channel="C" * 80)], source="live")

    mirror.store(account, [read], source="single")

    assert models.Quarantine.objects.get().solved_at is not None


def test_a_page_costs_the_same_few_statements_whatever_its_size(account):
    def statements(size):
        read = [make.reading() for _ in range(size)]
        with CaptureQueriesContext(
            connection,
        ) as first:
            mirror.store(account, read, source="live")
        with CaptureQueriesContext(connection) as second:
            mirror.store(account, [make.later(one, status="Shipped") for one in read], source="live")
        with CaptureQueriesContext(connection) as third:
            mirror.store(account, [make.later(one, status="Shipped") for one in read], source="live")
        return len(first), len(second), len(third)

    statements(2)  # a process learns the channel and the words first

    few, many = statements(2), statements(100)

    assert few == many
    assert many[0] <= 20
    assert many[1] <= 20
    assert many[2] == 1


def test_listeners_are_told_after_the_commit(account, django_capture_on_commit_callbacks):
    told = []
    mirror.stored.connect(listener := lambda **words: told.append((words["ids"], words["new"])))

    with django_capture_on_commit_callbacks(execute=True):
        mirror.store(account, [make.reading("SCID1")], source="live")
    mirror.stored.disconnect(listener)

    assert told == [([the_order().pk], 1)]


def test_a_cancelled_line_queues_a_question_for_its_requests(account):
    read = make.reading("SCID1")
    mirror.store(account, [read], source="live")

    mirror.store(account, [make.later(read, lines=(make.line("QK01", status="CancelRequest"),))], source="live")

    assert models.Reading.objects.get().kind == models.Reading.Kind.CANCELLATIONS

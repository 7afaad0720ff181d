"""The ship page: the three documented payloads, carriers, tracking numbers, and what a form may never send."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import octopia
from backoffice import marketplace
from backoffice.models import SellerAccount
from fulfilment import known_parcels
from fulfilment.models import Command, State
from fulfilment.outbox import asking, delivery
from fulfilment.outbox.refusals import Refused
from fulfilment.packing import packing
from octopia import schema
from octopia.contract.vocabulary import Verb
from orders import lifecycle, mirror
from orders.lifecycle import Ability
from orders.models import Carrier, Order, Parcel
from sandbox import outsiders
from sandbox.channels import CHANNELS
from tests import make
from tests.fixtures import InProcess
from tests.fulfilment.asking import parcel, ship
from tests.fulfilment.browser_form import fields, send
from tests.orders.pages import signed_in, text

pytestmark = pytest.mark.django_db

FORM = "fulfilment-shipment"
HTMX = {"HX-Request": "true"}
EXAMPLES = Path(octopia.__file__).parent / "contract" / "examples"
LABELS = [
    "Colissimo", "La Poste", "Chronopost", "DPD", "GLS", "UPS", "DHL", "Mondial Relay", "CUBYN", "Heppner ", "FedEx"
]  # fmt: skip


def example(name: str) -> list[dict]:
    document: list[dict] = json.loads((EXAMPLES / f"{name}.json").read_text())
    return document


@pytest.fixture
def carriers(account: SellerAccount) -> None:
    rows = [Carrier(account=account, label=label, code="pcc", position=place) for place, label in enumerate(LABELS)]
    Carrier.objects.bulk_create(rows)


@pytest.fixture
def bodies(market, monkeypatch) -> list:
    """The bodies of the shipments that the marketplace received."""
    received: list = []
    before = marketplace.TRANSPORT
    assert isinstance(before, InProcess)

    class Recorded(InProcess):
        def handle_request(self, request):
            if request.url.path.endswith("/shipments"):
                received.append(json.loads(request.read()))
            return super().handle_request(request)

    monkeypatch.setattr(marketplace, "TRANSPORT", Recorded(market))
    return received


def url(order: Order) -> str:
    return f"/orders/{order.number}/shipment/"


def tell(account: SellerAccount, channel: str, **abilities: bool) -> None:
    """A person knows what this channel can do."""
    for name, value in abilities.items():
        lifecycle.correct(account, channel, Ability(name), value, by=make.user("administrator"), source="seen")


def delivered() -> Command:
    """The command that was asked for, sent without waiting for the end of its hold."""
    command = Command.objects.get()
    asking.send_now(command, None)
    delivery.deliver(command.pk)
    command.refresh_from_db()
    return command


# --- The three documented payloads


def test_a_complete_order_is_declared_as_documented(place, carriers, bodies):
    order = place("SCID1", lines=[{"code": "QK01"}, {"code": "QK02"}])
    client = signed_in("warehouse")

    answer = send(client, url(order), client.get(url(order)), FORM, p1_number=" 6a12345678901 ", p1_carrier="Colissimo")

    assert answer.status_code == 302, text(answer)
    assert delivered().state == State.TAKEN
    assert bodies == [example("shipment")]


def test_one_line_of_a_channel_that_allows_it_is_declared_as_documented(place, carriers, bodies):
    order = place("SCID1", channel="ZZLINE", lines=[{"code": "QK01"}, {"code": "QK02"}])
    client = signed_in("warehouse")
    page = client.get(url(order))
    typed = {"p1_number": "XH000123FR", "p1_carrier": "DPD", "p1_url": "", "p1_filled": "x", "p1_lines": ["QK02"]}

    warned = send(client, url(order), page, FORM, **typed)
    answer = send(client, url(order), warned, FORM)

    assert warned.status_code == 422
    assert "Numbers of DPD look different" in text(warned)
    assert answer.status_code == 302, text(answer)
    assert delivered().state == State.TAKEN
    assert bodies == [example("shipment_of_one_line")]


def test_one_line_in_two_parcels_is_declared_as_documented(place, account, carriers, bodies):
    order = place("SCID1", channel="ZZLINE", lines=[{"code": "QK01", "quantity": 2}])
    tell(account, "ZZLINE", **{Ability.SEVERAL_PARCELS: True, Ability.LINE_IN_PARCELS: True})
    client = signed_in("warehouse")
    page = send(client, url(order), client.get(url(order)), FORM, add="1", p1_number="6A12345678901")
    assert page.status_code == 200

    answer = send(client, url(order), page, FORM, p2_number="6A12345678902", p2_carrier="Colissimo")

    assert answer.status_code == 302, text(answer)
    assert delivered().state == State.TAKEN
    one = example("shipment")[0]
    assert bodies == [
        [
            one | {"orderLineIds": ["QK01"]},
            one
            | {
                "parcelNumber": "6A12345678902",
                "trackingUrl": one["trackingUrl"].replace("78901", "78902"),
                "orderLineIds": ["QK01"],
            },
        ]
    ]


def test_two_parcels_with_a_line_each_and_one_that_stays(place, carriers, bodies):
    order = place("SCID1", channel="ZZLINE", lines=[{"code": "QK01"}, {"code": "QK02"}, {"code": "QK03"}])
    client = signed_in("warehouse")
    page = send(client, url(order), client.get(url(order)), FORM, add="1", p1_number="6A12345678901", p1_lines=["QK01"])
    assert "Stays in the order" in text(page)

    answer = send(client, url(order), page, FORM, p2_number="12345678", p2_carrier="Mondial Relay", p2_lines=["QK03"])

    assert answer.status_code == 302, text(answer)
    assert delivered().state == State.TAKEN
    assert [(parcel["carrierName"], parcel["orderLineIds"]) for parcel in bodies[0]] == [
        ("Colissimo", ["QK01"]),
        ("Mondial Relay", ["QK03"]),
    ]


@pytest.mark.parametrize("channel", [channel.id for channel in CHANNELS])
@pytest.mark.parametrize("modes", [("Seller",), ("Seller", "Seller"), ("Seller", "Fulfillment", "Seller")])
def test_what_the_form_begins_with_is_taken_on_every_channel(place, market, carriers, live, channel, modes):
    live(0)
    lines = [{"code": f"QK{turn}", "mode": mode} for turn, mode in enumerate(modes)]
    order = place("SCID1", channel=channel, lines=lines)
    client = signed_in("warehouse")

    answer = send(client, url(order), client.get(url(order)), FORM, p1_number="6A12345678901", p1_carrier="Colissimo")
    assert answer.status_code == 302, text(answer)
    command = delivered()
    assert command.state == State.TAKEN, command.reason
    live()

    command.refresh_from_db()
    assert command.state == State.CONFIRMED
    (effect,) = [effect for effect in market.ledger if effect.effect == "shipped" and effect.by == "api"]
    assert list(effect.lines) == [line["code"] for line in lines if line["mode"] == "Seller"]


# --- What the form offers


def test_a_channel_of_one_parcel_has_no_ticks_and_no_second_parcel(account, carriers):
    order = make.order("SCID1", of=account, lines=(make.line("A"), make.line("B")))

    page = signed_in("warehouse").get(url(order))

    assert "Cdiscount takes one parcel for the complete order." in text(page)
    assert "Add a parcel" not in text(page)
    assert "p1-lines" not in fields(page, FORM)
    assert "Ship 2 lines in 1 parcel" in text(page)


def test_a_channel_of_one_parcel_takes_no_second_one_by_hand(account, carriers):
    order = make.order("SCID1", of=account, lines=(make.line("A"), make.line("B")))
    client = signed_in("warehouse")

    answer = send(
        client, url(order), client.get(url(order)), FORM,
        parcels="2", p1_number="6A12345678901", p2_number="6A12345678902", **{"p2-carrier": "Colissimo"},
    )  # fmt: skip

    assert answer.status_code == 422
    assert "takes one parcel for the complete order" in text(answer)
    assert not Command.objects.exists()


def test_lines_of_others_are_shown_with_the_reason(account, carriers):
    order = make.order("SCID1", of=account, lines=(make.line("A"), make.line("B", supply_mode="Fulfillment")))

    page = signed_in("warehouse").get(url(order))

    assert "Not in this shipment" in text(page)
    assert "Ship 1 line in 1 parcel" in text(page)


def test_a_line_whose_cancellation_is_asked_is_offered_with_a_warning(account, carriers):
    order = make.order("SCID1", of=account, lines=(make.line("A"), make.line("B", status="CancelRequest")))

    page = signed_in("warehouse").get(url(order))

    assert fields(page, FORM)["p1-lines"] == ["B"]
    assert "R31" not in text(page)
    assert 'id="p1-why-B"' in page.content.decode()


def test_lines_to_two_addresses_begin_in_two_parcels_and_are_never_mixed(account, carriers):
    other = make.address(line1="1 place du Marché", city="Lille", postal_code="59000")
    order = make.order("SCID1", of=account, channel="ZZLINE", lines=(make.line("A"), make.line("B", shipping=other)))
    client = signed_in("warehouse")
    page = client.get(url(order))
    told = fields(page, FORM)
    assert (told["p1-lines"], told["p2-lines"]) == (["A"], ["B"])
    assert "Lille" in text(page)

    answer = send(client, url(order), page, FORM, p1_number="6A12345678901", p1_lines=["A", "B"], p2_lines=["B"])

    assert answer.status_code == 422
    assert "a parcel has one" in text(answer)


def test_the_deadline_the_cut_off_and_the_hold_are_told(account, carriers):
    order = make.order("SCID1", of=account, lines=(make.line("A", ship_by=timezone.now() - timedelta(hours=31)),))
    client = signed_in("warehouse")

    page = send(client, url(order), client.get(url(order)), FORM, look="1", p1_carrier="DPD")

    assert "31 h late" in text(page).replace("\xa0", " ")
    assert "cut-off of DPD" in text(page).replace("Cut", "cut")
    assert "Can be taken back for 60 s." in text(page)


# --- Carriers


def test_the_most_used_carriers_of_the_channel_come_first(account, carriers):
    for turn, carrier in enumerate(["GLS", "GLS", "GLS", "UPS", "UPS", "DHL"]):
        parcels = (schema.Parcel(number=f"N{turn}", carrier=carrier, url=""),)
        make.order(of=account, status="Shipped", lines=(make.line(status="Shipped", parcels=parcels),))
    parcels = (schema.Parcel(number="N9", carrier="CUBYN", url=""),)
    line = make.line(status="Shipped", parcels=parcels)
    make.order(of=account, channel="ZZLINE", status="Shipped", lines=(line,))
    order = make.order("SCID1", of=account)

    page = signed_in("warehouse").get(url(order)).content.decode()

    cards = [part.split('"')[0] for part in page.split('data-key-label="')[1:]]
    assert cards == ["GLS", "UPS", "DHL", "Colissimo"]


def test_the_number_picks_its_carrier_and_its_page_and_says_so(account, carriers):
    order = make.order("SCID1", of=account)
    client = signed_in("warehouse")

    looked = send(client, url(order), client.get(url(order)), FORM, look="1", p1_number="6a1 2345 678901")

    told = fields(looked, FORM)
    assert (told["p1-carrier"], told["p1-number"]) == (["Colissimo"], ["6A12345678901"])
    assert told["p1-url"] == ["https://www.laposte.fr/outils/suivre-vos-envois?code=6A12345678901"]
    assert "The number chose Colissimo" in text(looked)
    assert not Command.objects.exists()


def test_a_mistyped_number_is_noticed_before_a_carrier_is_chosen(account, carriers):
    order = make.order("SCID1", of=account)
    client = signed_in("warehouse")

    looked = send(client, url(order), client.get(url(order)), FORM, look="1", p1_number="1Z999AA10123456785")

    assert "Its check digit does not fit" in text(looked)
    assert "p1-carrier" not in fields(looked, FORM)


def test_without_the_marketplaces_list_the_usual_carriers_are_offered(account):
    order = make.order("SCID1", of=account)
    client = signed_in("warehouse")
    page = client.get(url(order))
    assert page.content.decode().count("data-key-label") == 4

    answer = send(client, url(order), page, FORM, p1_number="6A12345678901", p1_carrier="Colissimo")

    assert answer.status_code == 302, text(answer)


def test_what_a_person_chose_is_never_changed_by_the_number(account, carriers):
    order = make.order("SCID1", of=account)
    client = signed_in("warehouse")
    typed = {"p1_number": "6A12345678901", "p1_carrier": "UPS", "p1_url": "https://a.example.com/6A12345678901"}

    looked = send(client, url(order), client.get(url(order)), FORM, look="1", **typed)

    told = fields(looked, FORM)
    assert (told["p1-carrier"], told["p1-url"]) == (["UPS"], ["https://a.example.com/6A12345678901"])
    assert "It looks like a number of Colissimo / La Poste, not of UPS." in text(looked)


def test_a_carrier_picked_at_the_last_moment_is_shown_before_it_is_sent(account, carriers):
    order = make.order("SCID1", of=account)
    client = signed_in("warehouse")

    first = send(client, url(order), client.get(url(order)), FORM, p1_number="6A12345678901")
    second = send(client, url(order), first, FORM)

    assert first.status_code == 422
    assert "which is chosen now" in text(first)
    assert second.status_code == 302
    assert Command.objects.get().payload["parcels"][0]["carrier"] == "Colissimo"


def test_the_label_of_the_list_is_the_value_with_its_space(account, carriers):
    order = make.order("SCID1", of=account)
    client = signed_in("warehouse")

    answer = send(client, url(order), client.get(url(order)), FORM, p1_number="123", p1_listed="Heppner ")

    assert answer.status_code == 302, text(answer)
    assert Command.objects.get().payload["parcels"][0]["carrier"] == "Heppner "


def test_a_carrier_of_no_list_is_taken_after_a_warning(account, carriers):
    order = make.order("SCID1", of=account)
    client = signed_in("warehouse")

    first = send(client, url(order), client.get(url(order)), FORM, p1_number="123", p1_free="Chez Paul")
    second = send(client, url(order), first, FORM)

    assert first.status_code == 422
    assert "is not in the marketplace's list" in text(first).replace("&#x27;", "'")
    assert second.status_code == 302
    assert Command.objects.get().payload["parcels"][0]["carrier"] == "Chez Paul"


def test_the_last_carrier_of_a_person_is_kept_for_the_day(account, carriers, time_machine):
    now = timezone.now().replace(hour=10)
    time_machine.move_to(now)
    first, second = make.order("SCID1", of=account), make.order("SCID2", of=account)
    client = signed_in("warehouse")
    send(client, url(first), client.get(url(first)), FORM, p1_number="00AB12CD", p1_carrier="GLS")

    assert fields(client.get(url(second)), FORM)["p1-carrier"] == ["GLS"]
    time_machine.move_to(now + timedelta(hours=20))
    client = signed_in("warehouse")
    assert "p1-carrier" not in fields(client.get(url(second)), FORM)


def test_the_list_is_searched_without_accents_and_by_its_beginning(account, carriers):
    order = make.order("SCID1", of=account)
    client = signed_in("warehouse")

    found = client.get(f"{url(order)}carriers/", {"parcel": "2", "p2-q": "po"}, headers=HTMX).content.decode()

    assert [part.split('"')[0] for part in found.split('value="')[1:]] == ["Chronopost", "La Poste", "po"]
    assert 'name="p2-carrier"' in found


# --- Tracking numbers


@pytest.fixture
def used(account) -> Order:
    """Another order, sent yesterday with a number of Colissimo."""
    parcels = (schema.Parcel(number="6A12345678901", carrier="Colissimo", url=""),)
    home = make.address(last_name="Martin", line1="3 rue Haute")
    line = make.line(status="Shipped", parcels=parcels, shipping=home)
    return make.order("SCIDUSED", of=account, status="Shipped", lines=(line,))


def test_a_number_of_another_open_order_is_refused_and_said_where(account, carriers, used):
    order = make.order("SCID1", of=account)
    client = signed_in("warehouse")

    answer = send(client, url(order), client.get(url(order)), FORM, p1_number="6A12345678901", p1_carrier="Colissimo")

    assert answer.status_code == 422
    assert "Order SCIDUSED has this number already." in text(answer)
    assert fields(answer, FORM)["p1-number"] == ["6A12345678901"]
    assert not Command.objects.exists()


def test_a_number_of_an_order_to_the_same_address_is_a_warning_that_names_it(account, carriers, used):
    home = make.address(last_name="MARTIN", line1="3  Rue haute")
    order = make.order("SCID1", of=account, lines=(make.line(shipping=home),))
    client = signed_in("warehouse")

    first = send(client, url(order), client.get(url(order)), FORM, p1_number="6A12345678901", p1_carrier="Colissimo")
    second = send(client, url(order), first, FORM)

    assert first.status_code == 422
    assert "Order SCIDUSED, to the same address, has this number too." in text(first)
    assert second.status_code == 302


def test_a_number_of_an_order_that_is_over_is_free(account, carriers, used):
    Order.objects.filter(pk=used.pk).update(closed_at=timezone.now())
    order = make.order("SCID1", of=account)
    client = signed_in("warehouse")

    answer = send(client, url(order), client.get(url(order)), FORM, p1_number="6A12345678901", p1_carrier="Colissimo")

    assert answer.status_code == 302, text(answer)


def test_a_number_that_is_being_declared_for_another_order_is_refused(account, carriers):
    first, second = make.order("SCID1", of=account), make.order("SCID2", of=account, lines=(
        make.line(shipping=make.address(line1="9 quai Neuf")),
    ))  # fmt: skip
    client = signed_in("warehouse")
    typed = {"p1_number": "6A12345678901", "p1_carrier": "Colissimo"}
    assert send(client, url(first), client.get(url(first)), FORM, **typed).status_code == 302

    answer = send(client, url(second), client.get(url(second)), FORM, **typed)

    assert answer.status_code == 422
    assert "Order SCID1 is being shipped with this number." in text(answer)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"p1_number": ""}, "Scan or type the tracking number"),
        ({"p1_number": "A" * 101}, "This is no tracking number"),
        ({"p1_number": "AB\x07C"}, "This is no tracking number"),
        ({"p1_carrier": None, "p1_number": "ODD"}, "Choose who carries the parcel."),
        ({"p1_url": "https://intranet/6A12345678901"}, "is not a public site"),
        ({"p1_url": "https://a.example.com/"}, "does not carry the tracking number"),
        ({"parcels": "99999"}, ""),
        ({"parcels": "0"}, ""),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(account, carriers, typed, words):
    order = make.order("SCID1", of=account)
    client = signed_in("warehouse")
    good = {"p1_number": "6A12345678901", "p1_carrier": "Colissimo"}

    answer = send(client, url(order), client.get(url(order)), FORM, **(good | typed))

    if words:
        assert answer.status_code == 422
        assert words in text(answer)
        assert "nothing was sent" in text(answer)
        kept = fields(answer, FORM)
        for name in set(typed) & {"p1_url"}:
            assert kept[name.replace("_", "-")] == [typed[name]]
        assert not Command.objects.exists()
    else:
        assert answer.status_code == 302


def test_two_parcels_of_one_order_have_numbers_of_their_own(account, carriers):
    order = make.order("SCID1", of=account, channel="ZZLINE", lines=(make.line("A"), make.line("B")))
    client = signed_in("warehouse")
    page = send(client, url(order), client.get(url(order)), FORM, add="1", p1_number="6A12345678901", p1_lines=["A"])

    same = send(client, url(order), page, FORM, p2_number="6A12345678901", p2_lines=["B"])
    empty = send(client, url(order), page, FORM, p2_number="6A12345678902", p2_lines=None)
    fewer = send(client, url(order), page, FORM, remove="2")

    assert "Parcel 1 has this number already." in text(same)
    assert "Tick what is in this parcel, or remove it." in text(empty)
    assert fields(fewer, FORM)["parcels"] == ["1"]
    assert fields(fewer, FORM)["p1-number"] == ["6A12345678901"]


# --- The gate


def test_a_stale_tab_sends_nothing(account, carriers):
    order = make.order("SCID1", of=account)
    client = signed_in("warehouse")
    page = client.get(url(order))
    mirror.store(
        account, [make.later(make.reading("SCID1"), changed_at=order.changed_at + timedelta(hours=2))], source="live"
    )

    answer = send(client, url(order), page, FORM, p1_number="6A12345678901", p1_carrier="Colissimo")

    assert answer.status_code == 409
    assert "Changed at the marketplace" in text(answer)
    assert not Command.objects.exists()


def test_a_form_sent_twice_asks_once(account, carriers):
    order = make.order("SCID1", of=account)
    client = signed_in("warehouse")
    page = client.get(url(order))
    typed = {"p1_number": "6A12345678901", "p1_carrier": "Colissimo"}

    answers = [send(client, url(order), page, FORM, **typed) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert Command.objects.count() == 1
    assert client.get(url(order)).status_code == 409


def test_nothing_of_an_order_that_is_gone_is_asked(account, carriers):
    order = make.order("SCID1", of=account, status="Shipped", lines=(make.line(status="Shipped"),))

    assert signed_in("warehouse").get(url(order)).status_code == 409
    assert signed_in("support").get(url(order)).status_code == 403


def test_a_colleague_of_another_shop_finds_nothing(account, carriers):
    order = make.order("SCID1", of=account)
    elsewhere = make.account(seller_id="2")

    assert signed_in("warehouse", elsewhere).get(url(order)).status_code == 404


def test_the_page_costs_the_same_whatever_the_order_holds(account, carriers):
    small = make.order("SCID1", of=account)
    large = make.order("SCID2", of=account, channel="ZZLINE", lines=tuple(make.line(f"L{turn}") for turn in range(30)))
    Parcel.objects.bulk_create(
        Parcel(account=account, order=small, number=f"N{turn}", carrier="DPD", lines=[]) for turn in range(200)
    )
    client = signed_in("warehouse")
    client.get(url(small))
    counts = []
    for order in (small, large):
        with CaptureQueriesContext(connection) as queries:
            client.get(url(order))
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 16


def test_a_hostile_form_is_refused_and_costs_little(account, carriers):
    order = make.order("SCID1", of=account, channel="ZZLINE")
    client = signed_in("warehouse")
    page = client.get(url(order))
    long = "A" * 100_000
    hostile: dict[str, Any] = {
        f"p{place}-{name}": long for place in (1, 2) for name in ("number", "carrier", "url", "picked")
    }
    hostile |= {"p1-lines": ["' OR 1=1", "\x00", "A" * 5_000], "seen": "9" * 30, "seen_warnings": long, "parcels": "²"}

    for values in (fields(page, FORM) | hostile, {"parcels": "-1"}, {"form_token": "\x00" * 20}):
        for path in (url(order), f"{url(order)}look/"):
            assert client.post(path, values).status_code in (200, 422)
    assert client.get(f"{url(order)}carriers/", {"parcel": "\x00", "p1-q": "\x00%_'" + "z" * 3_000}).status_code == 200
    assert not Command.objects.exists()


def test_what_is_known_of_parcels_is_read_through_indexes(account, carriers):
    told = {"account": account.pk, "channel": "CDISFR", "since": timezone.now(), "most": 400, "verb": "ship"}
    order = make.order(of=account)
    Parcel.objects.bulk_create(Parcel(account=account, order=order, number=f"N{turn}") for turn in range(500))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE orders_parcel")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN " + known_parcels._MOST_USED, told)
        plan = " ".join(row[0] for row in cursor.fetchall())
        used = Parcel.objects.filter(account__in=[account.pk], number__in={"6A12345678901", "6a12345678901"})
        numbers = used.filter(order__closed_at=None).explain()

    # which of several indexes a small table is read by is chance; that each table can be read by one is not
    assert "Seq Scan" not in plan
    assert "one_parcel_a_number" in plan
    assert re.search(r"Index Cond: \(.*\(number\)::text = ANY", numbers)


def test_looking_while_typing_tells_without_changing_anything(account, carriers):
    order = make.order("SCID1", of=account, channel="ZZLINE", lines=(make.line("A"), make.line("B")))
    client = signed_in("warehouse")
    typed = fields(client.get(url(order)), FORM) | {"p1-number": ["6A12345678901"], "p1-lines": ["A"]}

    told = client.post(f"{url(order)}look/", typed, headers=HTMX).content.decode()

    assert "Looks like a number of Colissimo" in told
    assert 'id="p1-carrier"' in told  # the number picked it
    assert 'id="p1-page"' in told
    assert '<span id="shipment-label" hx-swap-oob="true">Ship 1 of 2 lines</span>' in told
    assert "Stays in the order" in told
    assert not Command.objects.exists()


def test_a_line_that_had_left_before_its_cancellation_was_asked_is_not_shipped_again(market, place, live):
    """Its status tells only that a request waits; its parcel tells that it is gone."""
    live(0)
    order = place("SCID1", channel="ZZLINE", lines=2)
    there, (gone, left) = market.order("SCID1"), [line.code for line in order.lines.order_by("position")]
    outsiders.act(market, there, "ship", lines=[gone])
    outsiders.act(market, there, "ask-cancellation")
    live()
    order.refresh_from_db()
    lines = list(order.lines.order_by("position"))
    assert {line.status for line in lines} == {"CancelRequest"}

    history = lifecycle.left_before(order, lines)
    packed = packing(order, lines, lifecycle.abilities(order.account_id, order.channel), history)

    assert [line.line.code for line in packed.able] == [left]
    assert lifecycle.judge(lines[0], order, Verb.SHIP, history=history).rule == "R22"
    with pytest.raises(Refused):
        ship(order, [parcel("6A99", [gone])])


@pytest.mark.parametrize("gone", [False, True], ids=["waits", "left before"])
def test_the_order_s_button_knows_what_had_left_before_its_cancellation_was_asked(account, gone):
    order = make.order("SCID1", lines=(make.line("A", status="CancelRequest"), make.line("B", status="Cancelled")))
    if gone:
        Parcel.objects.create(account=account, order=order, number="6A1", lines=["A"], seen_at=timezone.now())

    page = signed_in("warehouse").get(f"/orders/SCID1/?account={order.account.slug}").content.decode()

    button = re.search(r'<a[^>]*id="action-ship"[^>]*>', page)
    assert button
    assert ('aria-disabled="true"' in button[0]) == gone

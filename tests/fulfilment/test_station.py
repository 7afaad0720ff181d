"""The pack station scan by scan: what is declared, what stops the line, and that nothing wrong ever leaves."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from backoffice import shop as choices
from backoffice.models import AccessLog
from fulfilment import warehouse
from fulfilment.models import Bench, Command, Packed, Product, State
from fulfilment.outbox import asking
from fulfilment.station import steps
from orders import lifecycle, mirror
from orders.lifecycle import Ability
from orders.models import Cursor, Order
from tests import make
from tests.fulfilment.asking import ship
from tests.fulfilment.packing_up import DRILL, HOSE, Station, declared, drill, hose, label, shop, slip
from tests.orders.pages import signed_in, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return shop(name="Lampes")


@pytest.fixture
def station(account) -> Station:
    return Station(account)


def order_of(account, *lines, number="SCID01261104091233K7QD", **members):
    return make.order(number, of=account, lines=lines or (drill(),), **members)


# --- One order


def test_one_order_takes_two_scans_and_no_click_where_items_are_not_checked(account, station):
    choices.choose("item_check_single", False, None)
    order = order_of(account)

    station.scan(slip(order), label())

    assert declared(order) == [("Colissimo", label(), ["A"])]
    assert (station.scans, station.keys, station.signal) == (2, 0, "finished")
    command = Command.objects.get()
    assert command.on_hold
    assert label() in command.payload["parcels"][0]["url"]
    assert timedelta(seconds=50) < command.due - timezone.now() <= timedelta(seconds=60)
    assert station.bench.order is None
    assert warehouse.claimed(order) is None
    assert Packed.objects.get().counts == {}


def test_the_right_item_is_not_called_wrong_where_items_are_not_checked(account, station):
    choices.choose("item_check_single", False, None)
    order = order_of(account)

    assert "The right item. Scan the label." in station.scan(slip(order), DRILL)
    station.scan(label())

    assert declared(order) == [("Colissimo", label(), ["A"])]


def test_items_are_counted_and_take_one_scan_each(account, station):
    order = order_of(account, drill(2), hose())

    station.scan(order.number, DRILL, "hos-25", DRILL)
    assert not Command.objects.exists()
    assert "2 of 2" in station.said
    station.scan(label())

    assert declared(order) == [("Colissimo", label(), ["A", "B"])]
    assert station.scans == 3 + 2
    assert Packed.objects.get().counts == {"A": 2, "B": 1}
    assert "Packed" not in str(Command.objects.get().payload)  # the counts are ours alone


def test_an_item_is_known_by_every_ean_of_our_table(account, station):
    order = order_of(account, drill())
    Product.objects.create(account=account, sku="DRL-18V", eans=["4006381333931"])

    station.scan(slip(order), "04006381333931", label())

    assert declared(order)


@pytest.mark.parametrize(
    ("scan", "title"),
    [
        (HOSE, "Unknown scan"),
        ("ZZ-UNKNOWN-1", "Unknown scan"),
        (label(), "Items are missing"),
    ],
)
def test_a_wrong_scan_stops_the_line_until_it_was_acknowledged_once(account, station, scan, title):
    order = order_of(account, drill(2))
    station.scan(slip(order), DRILL)

    said = station.scan(scan)

    assert title in said
    assert "1 × Perceuse-visseuse 18 V" in said  # what was expected
    assert scan in said  # and what was seen
    assert 'role="alert"' in said
    assert order.number not in said  # the former order has left the screen
    station.scan(DRILL, label())
    assert "2 scans after it were not taken" in station.said
    assert not Command.objects.exists()
    station.key("next")
    assert order.number in station.said
    station.scan(DRILL, label())
    assert declared(order)
    assert station.keys == 1


def test_the_item_of_another_order_is_named(account, station):
    order_of(account, hose(), number="SCID0126OTHER")
    order = order_of(account, drill())

    assert "Tuyau d&#x27;arrosage" in station.scan(slip(order), HOSE)
    assert "Wrong item" in station.said


def test_one_item_too_many_stops(account, station):
    long = "Perceuse " * 30
    order = order_of(account, drill(title=long), drill(2, "B", title=long), hose(code="C"))

    said = station.scan(slip(order), DRILL, DRILL, DRILL, DRILL)

    assert "One too many" in said
    assert "of which all 3 are in already" in said  # on both lines of it
    assert long[:100] not in said  # what is read at a glance is short


def test_a_stop_that_nobody_has_seen_cannot_be_acknowledged(account, station):
    order = order_of(account, drill())
    station.scan(slip(order), "ZZ-UNKNOWN-1")

    station.post("scan", "!CNEXT00", stop="")  # the card was scanned before the page said so
    assert "Unknown scan" in station.said
    station.scan("!CNEXT00")

    assert "Unknown scan" not in station.said
    assert station.bench.order == order


def test_the_slip_of_another_order_in_the_middle_stops(account, station):
    order, other = order_of(account, drill()), order_of(account, hose(), number="SCID0126OTHER")
    station.scan(slip(order))

    assert "Another order" in station.scan(slip(other))
    assert "SCID0126OTHER" in station.said
    station.scan("!C next")
    assert "open already" in station.scan(slip(order))
    assert station.bench.order == order


def test_what_is_no_order_stops_before_anything_is_open(account, station):
    order_of(account, drill())

    assert "Expected" in station.scan("!S99999999")
    assert "Is it a new order?" not in station.said
    station.key("next")
    assert "An item without an order" in station.scan(DRILL)
    assert "Scan the slip of the order first" in station.said
    station.key("next")
    assert "A label without an order" in station.scan(label())
    assert "a label of Colissimo" in station.said
    assert not Bench.objects.filter(order__isnull=False).exists()


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (None, "still being read for the first time"),
        (0.5, "Those placed after 15:04 are not here yet: scan it again at 15:07."),
        (2, "Those placed after 15:03 are not here yet: scan it again at 15:06."),  # the next run is late
        (90, "Those placed after 13:35 are not here, and the marketplace was not read since"),
        (24 * 60, "Those placed after 17\u00a0Mar 15:05 are not here, and"),
    ],
)
def test_a_number_that_is_not_read_yet_is_told_from_when_on_orders_are_missing(account, time_machine, minutes, said):
    now = datetime(2026, 3, 18, 14, 5, 20, tzinfo=UTC)
    time_machine.move_to(now, tick=False)
    station = Station(account)
    if minutes is not None:
        until = now - timedelta(minutes=minutes)
        Cursor.objects.create(account=account, name="live", complete_until=until, last_success=until)

    assert said in station.scan("25353454709")

    assert "/orders/?q=25353454709" in station.said
    make.order("25353454709", of=account, lines=(drill(),))
    station.key("next")
    assert "Order 25353454709 is open." in station.scan("25353454709")


def test_a_token_is_taken_once(account, station):
    order = order_of(account, drill(2))
    station.scan(slip(order))

    for _ in range(3):
        station.post("scan", DRILL, token="one-token-for-one-scan")

    assert station.work.checked == {"A": 1}


def test_a_post_without_a_token_is_refused_and_a_strange_step_changes_nothing(account, station):
    assert station.client.post("/warehouse/pack/", {"text": "x"}).status_code == 400
    station.post("sing", "x" * 5000)
    station.scan("\x1d\x00" + "Ü" * 300)
    assert Bench.objects.get().order is None


# --- Labels


def test_a_label_of_two_carriers_is_asked_about_once_a_day(account, station):
    number = "GA1234567890"  # Colis Privé, and Relais Colis, which this marketplace does not list
    choices.choose("item_check_single", False, None)
    first, second = order_of(account), order_of(account, drill(), number="SCID0126SECOND")

    station.scan(slip(first), number)
    assert "Whose label is it?" in station.said
    station.key("carrier", "Nobody")
    assert not Command.objects.exists()
    station.scan("!CANSWER01", slip(second), "GA1234567891")

    assert declared(first) == [("Colis Privé", number, ["A"])]
    assert declared(second) == [("Colis Privé", "GA1234567891", ["A"])]


def test_a_label_that_may_be_a_product_is_scanned_twice(account, station):
    choices.choose("item_check_single", False, None)
    order = order_of(account)
    ean8 = "96385074"  # which is a number of Mondial Relay as well

    station.scan(slip(order), ean8)
    assert not Command.objects.exists()
    station.scan(ean8)

    assert declared(order) == [("Mondial Relay", ean8, ["A"])]


def test_a_number_that_is_on_another_order_stops(account, station):
    choices.choose("item_check_single", False, None)
    first = order_of(account)
    other = order_of(account, drill(shipping=make.address(last_name="Autre", line1="1 rue")), number="SCID0126SECOND")
    station.scan(slip(first), label(), slip(other))

    assert first.number in station.scan(label())
    assert not Command.objects.filter(order=other).exists()


# --- Parcels


def test_several_parcels_by_card(account, station):
    lifecycle.correct(account, "ZZLINE", Ability.LINE_IN_PARCELS, False, by=make.user("administrator"), source="seen")
    order = order_of(account, drill(), hose(), channel="ZZLINE")

    station.scan(slip(order), DRILL, label(1), "!CPARCEL02", HOSE)
    assert not Command.objects.exists()
    station.scan(label(2))

    assert declared(order) == [("Colissimo", label(1), ["A"]), ("Colissimo", label(2), ["B"])]


def test_nothing_goes_into_a_parcel_that_has_its_label(account, station):
    lifecycle.correct(account, "ZZLINE", Ability.LINE_IN_PARCELS, False, by=make.user("administrator"), source="seen")
    order = order_of(account, drill(), hose(), channel="ZZLINE")
    station.scan(slip(order), DRILL, label(1))

    assert "This parcel has a label" in station.scan(HOSE)
    station.key("next")
    assert "This parcel has a label" in station.scan(label(2))
    station.key("next")
    station.scan("!CPARCEL02", HOSE, label(2))

    assert declared(order) == [("Colissimo", label(1), ["A"]), ("Colissimo", label(2), ["B"])]


def test_the_label_that_is_scanned_anew_is_of_the_parcel_that_was_wrong(account, station):
    choices.choose("item_check_single", False, None)
    lifecycle.correct(account, "ZZLINE", Ability.LINE_IN_PARCELS, False, by=make.user("administrator"), source="seen")
    first = order_of(account)
    station.scan(slip(first), label(1))
    elsewhere = make.address(last_name="Autre", line1="1 rue")
    order = order_of(
        account, drill(shipping=elsewhere), hose(shipping=elsewhere), number="SCID0126SECOND", channel="ZZLINE"
    )

    station.scan(slip(order), DRILL, label(1), "!CPARCEL02", HOSE, label(2))
    assert "It cannot be declared like this" in station.said
    station.key("next")
    station.scan(label(3))

    assert declared(order) == [("Colissimo", label(3), ["A"]), ("Colissimo", label(2), ["B"])]


def test_a_channel_of_one_parcel_says_so(account, station):
    order = order_of(account, drill(), hose())

    station.scan(slip(order), DRILL, "!C parcel 2")

    assert station.signal == "wrong"
    assert station.work.parcel == 1


# --- Back, now, problems


def test_back_puts_the_order_back_and_then_takes_back_the_last(account, station):
    choices.choose("item_check_single", False, None)
    order, other = order_of(account), order_of(account, hose(), number="SCID0126SECOND")
    station.scan(slip(order), label(), slip(other), "!CTAKEBACK00")
    assert station.bench.order is None
    assert warehouse.claimed(other) is None

    station.scan("!CTAKEBACK00")

    assert Command.objects.get().state == State.WITHDRAWN
    assert station.bench.order == order
    station.scan(label())
    assert Command.objects.filter(state=State.READY).count() == 1


def test_what_is_on_hold_can_be_sent_at_once(account, station):
    choices.choose("item_check_single", False, None)
    order = order_of(account)
    station.scan(slip(order), label())

    station.key("now")

    assert not Command.objects.get().held
    station.scan("!CTAKEBACK00")
    assert station.signal in ("right", "wrong")


def test_a_missing_item_takes_three_actions(account, station):
    order = order_of(account, drill())
    station.scan(slip(order))

    station.key("problem", "ask")
    station.key("problem", "missing")
    station.key("hold", "")

    assert station.keys == 3
    kept = warehouse.held(order)
    assert kept is not None
    assert (kept.problem, kept.reason) == ("missing", "")
    assert station.bench.order is None
    assert not Command.objects.exists()
    assert "Kept back" in station.scan(slip(order))


def test_a_missing_item_takes_two_scans_of_its_card_and_no_key(account, station):
    order = order_of(account, drill(), hose(2))
    station.scan(slip(order), DRILL, HOSE, "!CPROBLEM01")
    assert warehouse.held(order) is None

    station.scan("!CPROBLEM01")

    kept = warehouse.held(order)
    assert kept is not None
    assert (kept.why, kept.asks) == ("An item is missing. 1 × Tuyau d'arrosage 25 m", False)
    assert (station.keys, station.signal) == (0, "right")


def test_what_the_station_asks_is_answered_by_cards_with_the_numbers_on_the_screen(account, station):
    order = order_of(account, drill())
    station.scan("!CANSWER01")
    assert station.signal == "wrong"
    station.scan(slip(order), "!CPROBLEM00", "!CANSWER03")
    assert station.work.problem == "address"
    station.scan("!CANSWER09")
    assert "There is no answer 9." in station.said

    station.scan("!CANSWER01")  # support is asked first about an address

    kept = warehouse.held(order)
    assert kept is not None
    assert kept.asks
    assert not Command.objects.exists()


def test_only_who_may_cancel_is_led_there(account):
    order = order_of(account, drill())
    for role, offered in (("warehouse", False), ("manager", True)):
        one = Station(account, role=role)
        one.scan(slip(order))
        one.key("problem", "missing")
        assert ("Cancel lines instead" in one.said) is offered
        one.key("back")


# --- Others


def test_two_stations_never_have_the_same_order(account):
    order_of(account, number="SCID0126FIRST")
    order_of(account, number="SCID0126SECOND")
    person = signed_in("warehouse", account)
    one, two = Station(account, person), Station(account)

    one.scan("!CNEXT00")
    two.scan("!CNEXT00")

    assert {one.order.number, two.order.number} == {"SCID0126FIRST", "SCID0126SECOND"}
    three = Station(account)
    assert "Nothing is left" in three.scan("!CNEXT00")
    assert "packs this order" in three.scan(slip(one.order))


@pytest.mark.parametrize("what", ["held", "taken over", "declared", "cancelled", "changed"])
def test_what_happens_elsewhere_interrupts_the_next_poll(account, station, what):
    read = make.reading("SCID0126FIRST", lines=(drill(),))
    mirror.store(account, [read], source="live")
    order = Order.objects.get()
    station.scan(slip(order))
    at = station.said.split("?at=")[1].split('"')[0]
    poll = {"headers": {"HX-Request": "true"}}
    assert station.client.get(f"/warehouse/pack/?at={at}", **poll).status_code == 204
    other = make.user("warehouse")
    if what == "held":
        warehouse.hold(order, other, reason="Client absent", until=timezone.now() + timedelta(hours=3))
    elif what == "taken over":
        warehouse.take_over(order, other, "elsewhere", reason="pause")
    elif what == "declared":
        ship(order)
    elif what == "cancelled":
        mirror.store(account, [make.later(read, status="Cancelled", lines=(drill(status="Cancelled"),))], source="live")
    else:
        mirror.store(account, [make.later(read, payment_method="Transfer")], source="live")

    answer = station.client.get(f"/warehouse/pack/?at={at}", **poll)

    said = answer.content.decode()
    assert 'role="alert"' in said
    assert ("has taken this order over: pause" in said) is (what == "taken over")
    assert "by this scan" not in said
    before = Command.objects.count()
    station.scan(DRILL, label())
    assert Command.objects.count() == before
    station.key("next")
    assert (station.bench.order is None) is (what != "changed")


def test_an_order_of_another_shop_is_unknown(account, station):
    foreign = make.order("SCID0126FOREIGN", of=make.account(name="Autre", seller_id="999"))

    assert "no order number known here" in station.scan(slip(foreign))
    assert "no order number known here" in Station(account).scan("SCID0126FOREIGN")


def test_the_packing_instruction_is_read_once(account, station):
    Product.objects.create(account=account, sku="DRL-18V", instruction="Carton double, sens vertical.")
    first, second = order_of(account, drill()), order_of(account, drill(), number="SCID0126SECOND")
    station.scan(slip(first))
    assert "Carton double" in station.said

    station.scan(DRILL)
    assert station.work.checked == {}
    station.scan("!CNEXT00", DRILL, label(1), slip(second))

    assert "Carton double" not in station.said
    Product.objects.update(instruction="Carton triple.")
    station.key("back")
    assert "Carton triple" in station.scan(slip(second))


def test_what_was_not_on_the_screen_is_not_acknowledged_by_a_key_pressed_before(account, station):
    Product.objects.create(account=account, sku="DRL-18V", instruction="Coins renforcés")
    order = order_of(account)

    station.post("next", stop="")  # pressed twice, too quickly for the page
    station.post("next", stop="")

    assert station.order == order
    assert "Read before packing" in station.said
    assert not station.work.read
    station.key("next")
    assert station.work.read


def test_the_picture_of_the_next_item_is_ours(account, station):
    name = f"{'0' * 64}.png"
    Product.objects.create(account=account, sku="HOS-25", picture=name)
    order = order_of(account, drill(), hose())

    assert "<img" not in station.scan(slip(order))
    assert f'src="/warehouse/pictures/{name}"' in station.scan(DRILL)


def test_without_scripts_every_step_leads_back_to_the_page(account):
    client = signed_in("warehouse", account)
    order = order_of(account, drill())
    token = client.get("/warehouse/pack/").content.decode().split('name="form_token" value="')[1].split('"')[0]

    answer = client.post("/warehouse/pack/", {"form_token": token, "step": "scan", "text": order.number}, follow=True)

    assert answer.redirect_chain == [("/warehouse/pack/", 302)]
    assert order.number in text(answer)


def test_who_saw_a_customer_s_name_is_logged_once_an_order(account, station):
    order = order_of(account, drill(2))

    station.scan(slip(order), DRILL, DRILL)

    assert [(row.subject, row.view) for row in AccessLog.objects.all()] == [(order.number, "fulfilment:pack")]


def test_support_packs_nothing(account):
    assert signed_in("support", account).get("/warehouse/pack/").status_code == 403


# --- The long run


@pytest.mark.parametrize("share", [5, pytest.param(1, marks=pytest.mark.everything)])
def test_two_hundred_recorded_orders_and_no_wrong_declaration(account, share):
    """5 % wrong items, 2 % unknown codes, 2 % already shipped; the person acknowledges what stops the line."""
    dice = random.Random(7)
    luck = (["wrong"] * 10 + ["unknown"] * 5 + ["shipped"] * 5 + [""] * 180)[::share]
    dice.shuffle(luck)
    packer, expected, acknowledged = Recorded(account), {}, 0
    for turn, kind in enumerate(luck):
        number = f"SCID0126RUN{turn:05}"
        lines = [drill(dice.choice((1, 1, 2))), hose()][: dice.choice((1, 1, 2))]
        order = order_of(account, *lines, number=number)
        scans = [line.gtin for line in lines for _ in range(line.quantity)]
        if kind == "wrong":
            scans.insert(dice.randrange(len(scans) + 1), "3760000000031")
        elif kind == "unknown":
            scans.insert(dice.randrange(len(scans) + 1), "ZZ-UNKNOWN-1")
        elif kind == "shipped":
            gone = make.reading(number, status="Shipped", changed_at=timezone.now() + timedelta(minutes=5))
            mirror.store(account, [gone], source="live")
        for scan in (slip(order), *scans, label(turn)):
            stop = packer.scan(scan)
            if stop is not None:
                packer.acknowledge(stop.key)
                acknowledged += 1
                if kind == "shipped":
                    break
        if kind != "shipped":
            expected[number] = [("Colissimo", label(turn), [line.code for line in lines])]

    assert {number: declared_of(number) for number in expected} == expected
    assert Command.objects.count() == len(expected) == 195 // share
    assert acknowledged == 20 // share


class Recorded:
    """A station fed without the site around it."""

    def __init__(self, account) -> None:
        self.told = ("recorded-station", make.user("warehouse", account), [account])
        self.turn = 0

    def scan(self, text: str, stop: str = ""):
        self.turn += 1
        return steps.take(*self.told, token=f"recorded-token-{self.turn:06}", text=text, stop=stop).work.stop

    def acknowledge(self, stop: str) -> None:
        assert self.scan("!CNEXT00", stop) is None


def test_lines_to_two_addresses_never_share_a_parcel(account, station):
    elsewhere = make.address(last_name="Autre", line1="1 rue Haute", city="Lyon")
    order = order_of(account, drill(), hose(shipping=elsewhere), channel="ZZLINE")
    station.scan(slip(order), DRILL)

    assert "Another address" in station.scan(HOSE)
    station.key("next")
    station.scan(label(1), "!CPARCEL02", HOSE, label(2))

    assert declared(order) == [("Colissimo", label(1), ["A"]), ("Colissimo", label(2), ["B"])]


def test_a_line_whose_cancellation_is_asked_for_stays_behind(account, station):
    order = order_of(account, drill(), hose(status="CancelRequest"))

    station.scan(slip(order), HOSE)
    assert "Wrong item" in station.said
    station.key("next")
    station.scan(DRILL, label())

    assert declared(order) == [("Colissimo", label(), ["A"])]
    asked = order_of(account, drill(status="CancelRequest"), number="SCID0126ASKED")
    assert "Its cancellation is asked for" in station.scan(slip(asked))


def declared_of(number: str) -> list[tuple[str, str, list[str]]]:
    command = Command.objects.get(subject=number)
    return [(parcel["carrier"], parcel["number"], parcel["lines"]) for parcel in command.payload["parcels"]]


def test_taking_back_is_asked_of_the_outbox(account, station):
    choices.choose("item_check_single", False, None)
    order = order_of(account)
    station.scan(slip(order), label())
    asking.send_now(Command.objects.get(), make.user("warehouse"))
    Command.objects.update(state=State.TAKEN)

    station.scan("!CTAKEBACK00")

    assert station.signal == "wrong"
    assert Command.objects.get().state == State.TAKEN


def test_a_slip_scanned_elsewhere_lies_on_the_packers_bench_and_opens_the_order_for_others(account):
    order, other = order_of(account), order_of(account, number="SCID0126OTHER")
    packer, support = signed_in("warehouse", account), signed_in("support", account)

    assert packer.post("/warehouse/slip/", {"code": slip(order)}).headers["Location"] == "/warehouse/pack/"
    assert Bench.objects.get().order == order
    packer.post("/warehouse/slip/", {"code": slip(other)})  # in the middle of the first
    assert "Another order" in text(packer.get("/warehouse/pack/"))

    led = support.post("/warehouse/slip/", {"code": slip(order)}).headers["Location"]
    assert led.startswith(order.get_absolute_url())
    foreign = make.order("SCID0126FOREIGN", of=make.account(seller_id="999"))
    answer = support.post("/warehouse/slip/", {"code": slip(foreign)}, follow=True)
    assert "is the slip of no order that is known here" in text(answer)

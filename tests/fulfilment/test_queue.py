"""The queue's page: buckets that add up, rows in their order, holds, claims, the truck, the clocks' two odd nights."""

import base64
import itertools
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backoffice import shop
from backoffice.models import SellerAccount, User
from fulfilment import warehouse
from fulfilment.models import Claim, Command, CommandEvent, Hold, Pause, State
from fulfilment.outbox import asking
from fulfilment.warehouse import holds, queue, room
from fulfilment.warehouse.pace import pace
from fulfilment.warehouse.queue import OURS, Bucket, Departures
from octopia.contract.vocabulary import Verb
from orders import lifecycle
from orders.models import Order
from tests import make
from tests.fulfilment.asking import ship
from tests.fulfilment.packing_up import Station, slip
from tests.orders.pages import text

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 18, 11, tzinfo=UTC)  # in Paris, with the cut-off at 16:00 ahead
MODES = ("Seller", "Fulfillment")
STATUSES = ("InPreparation", "Shipped", "CancelRequest", "Cancelled")


def due(at: datetime | None, number: str = "", **line) -> Order:
    return make.order(number, ship_by=at, lines=(make.line(ship_by=at, **line),))


def browser(role: str = "warehouse", **fields) -> tuple[Client, User]:
    client, user = Client(), make.user(role, **fields)
    client.force_login(user)
    return client, user


def listed(client: Client, query: str = "") -> list[str]:
    rows = client.get(f"/warehouse/{query}").context["rows"]
    return [row.order.number for row in rows]


def test_the_first_five_buckets_are_exactly_the_orders_with_a_line_we_can_ship(account):
    now = timezone.now()
    leaves, minute = Departures.of(now), timedelta(minutes=1)
    deadlines = [None, now - minute, leaves.after - minute, leaves.after, leaves.third, leaves.third + 99 * minute]
    turns = itertools.product(MODES, STATUSES, MODES, STATUSES)
    for turn, (mode, status, other_mode, other) in enumerate(turns):
        at = deadlines[turn % len(deadlines)]
        lines = (
            make.line(supply_mode=mode, status=status, ship_by=at),
            make.line("QK02", supply_mode=other_mode, status=other, ship_by=at),
        )
        make.order(f"SC{turn}", lines=lines, ship_by=at)
    make.order("SCWAITS", status="WaitingAcceptance")

    counts = queue.counts([account.pk], now)
    rows = {name: set(queue.bucket(name, [account.pk], now)) for name in Bucket}

    orders = list(Order.objects.prefetch_related("lines"))
    ours = {order for order in orders if lifecycle.verdict(order, Verb.SHIP).offered}
    prepared = {order for order in orders if order.status == "InPreparation"}
    assert {name: len(found) for name, found in rows.items()} == counts
    assert sum(counts[name] for name in OURS) == len(ours) > 0
    assert set().union(*(rows[name] for name in OURS)) == ours
    assert rows[Bucket.NOT_OURS] == prepared - ours
    assert all(counts[name] for name in OURS)


@pytest.mark.parametrize(
    ("now", "hours"),
    [
        (datetime(2026, 3, 28, 10, tzinfo=UTC), 23),  # the night to 29 March has an hour less
        (datetime(2026, 10, 24, 10, tzinfo=UTC), 25),  # the night to 25 October one more
        (NOON, 24),
    ],
)
def test_parcels_leave_at_the_same_clock_on_both_sides_of_a_change_of_the_clocks(account, now, hours):
    leaves = Departures.of(now)
    edge = leaves.after.astimezone(UTC)
    before, after = due(edge - timedelta(minutes=1), "SCBEFORE"), due(edge, "SCAFTER")

    found = {name: list(queue.bucket(name, [account.pk], now)) for name in (Bucket.NEXT, Bucket.AFTER)}

    clocks = {moment.astimezone(shop.zone()).strftime("%H:%M") for moment in (leaves.next, leaves.after, leaves.third)}
    assert clocks == {"16:00"}
    assert edge - leaves.next.astimezone(UTC) == timedelta(hours=hours)
    assert found == {Bucket.NEXT: [before], Bucket.AFTER: [after]}


def test_after_the_cut_off_the_next_parcels_are_tomorrow_s(account):
    evening = NOON.replace(hour=17)
    order = due(NOON + timedelta(days=1, hours=8), "SC1")  # tomorrow 20:00: goes with tomorrow's parcels

    labels = [tab["label"] for tab in room.tabs(Bucket.LATE, queue.counts([account.pk], evening), "", evening)]

    assert list(queue.bucket(Bucket.NEXT, [account.pk], evening)) == [order]
    assert labels[1:3] == ["Before tomorrow's cut-off", "The day after"]


def test_a_bucket_is_paged_by_keys_both_ways(account):
    at = timezone.now().replace(microsecond=0) + timedelta(days=9)
    for turn in range(60):
        due(at + timedelta(seconds=turn // 7), f"SC{turn:02d}", sku=f"SKU{turn % 3}", quantity=1 + turn % 2)
    client, _user = browser()

    first = client.get("/warehouse/?bucket=later").context
    second = client.get(first["older"]).context
    again = client.get(second["newer"]).context

    numbers = [[row.order.number for row in page["rows"]] for page in (first, second, again)]
    assert [len(page) for page in numbers] == [50, 10, 50]
    assert len({*numbers[0], *numbers[1]}) == 60
    assert numbers[2] == numbers[0]
    assert listed(client, "?bucket=later&after=nonsense") == numbers[0]


def test_a_row_says_who_packs_it_what_keeps_it_back_and_what_was_asked(account):
    now = timezone.now()
    orders = [due(now + timedelta(days=9, hours=turn), f"SC{turn}") for turn in range(4)]
    client, _user = browser(username="amelie")
    karim = make.user("warehouse", username="karim")
    warehouse.claim(orders[0], karim)
    warehouse.hold(orders[1], karim, reason="box missing", until=now + timedelta(hours=3))
    ship(orders[2])
    refused = ship(orders[3])
    Command.objects.filter(pk=refused.pk).update(state=State.REFUSED, reason="Unknown carrier", ended_at=now)

    page = client.get("/warehouse/?bucket=later").content.decode()

    assert listed(client, "?bucket=later") == ["SC3", "SC0", "SC1", "SC2"]  # refused first, not offered ones last
    for words in ("karim packs it", "Kept back by karim", "box missing", "Unknown carrier", "Waiting to be sent"):
        assert words in page
    assert listed(client, "?bucket=held") == ["SC1"]


def test_a_poll_is_quiet_until_something_changes(account):
    order = due(timezone.now() + timedelta(days=9), "SC1")
    client, user = browser()
    page = client.get("/warehouse/")
    url = f"{page.context['here']}&seen={page.context['version']}"

    quiet = client.get(url, headers={"HX-Request": "true"})
    warehouse.claim(order, user)
    told = client.get(url, headers={"HX-Request": "true"})

    assert quiet.status_code == 204
    assert "The queue has changed." in told.content.decode()
    assert "seen=" not in told.content.decode()


def test_the_page_makes_as_many_queries_for_one_order_as_for_fifty(account):
    client, user = browser()
    counts = []
    for turn in range(50):
        order = due(timezone.now() + timedelta(days=9, minutes=turn), f"SC{turn}")
        if turn % 3:
            warehouse.claim(order, user, str(turn))
        if turn in (0, 9, 49):
            client.get("/warehouse/")
            with CaptureQueriesContext(connection) as queries:
                assert len(listed(client)) == turn + 1
            counts.append(len(queries))

    assert len(set(counts)) == 1
    assert counts[0] <= 18


def test_pack_next_claims_the_order_and_opens_it(account):
    due(timezone.now() + timedelta(hours=1), "SC1")
    client, user = browser()

    first = client.post("/warehouse/next/", follow=True)
    again = client.post("/warehouse/next/", follow=True)
    other, _somebody = browser()
    second = other.post("/warehouse/next/", follow=True)

    assert [page.redirect_chain[-1][0] for page in (first, again)] == ["/warehouse/pack/"] * 2
    assert "SC1" in first.content.decode()
    assert "SC1" in again.content.decode()
    assert Claim.objects.get().user == user
    assert "Nothing is left to pack" in second.content.decode()


def test_taking_over_asks_for_a_reason(account):
    order = due(timezone.now() + timedelta(hours=1), "SC1")
    warehouse.claim(order, make.user("warehouse", username="karim"))
    client, user = browser()

    asked = client.get("/orders/SC1/claim/")
    without = client.post("/orders/SC1/claim/", {"reason": " "})
    done = client.post("/orders/SC1/claim/", {"reason": "he is at lunch"})

    assert "karim packs this order" in asked.content.decode()
    assert without.status_code == 422
    assert done.status_code == 302
    claim = warehouse.claimed(order)
    assert claim is not None
    assert (claim.user, claim.taken_from, claim.reason) == (user, "karim", "he is at lunch")


def test_an_order_is_kept_back_until_a_day_and_released(account):
    order = due(timezone.now() + timedelta(days=3), "SC1")
    client, _user = browser()
    tomorrow = shop.day_of(timezone.now()) + timedelta(days=1)

    wrong = client.post("/orders/SC1/hold/", {"reason": "x", "day": (tomorrow - timedelta(days=1)).isoformat()})
    client.post("/orders/SC1/hold/", {"reason": "box missing", "day": tomorrow.isoformat()})
    kept = warehouse.held(order)
    client.post("/orders/SC1/hold/", {"release": "1"})

    assert wrong.status_code == 422
    assert kept is not None
    assert (kept.reason, kept.until) == ("box missing", holds.morning(tomorrow))
    assert warehouse.held(order) is None


def test_an_order_whose_shipment_waits_is_taken_back_before_it_is_kept_back(account):
    """A form that was opened before the order was packed promises nothing that is not so."""
    order = due(timezone.now() + timedelta(days=3), "SC1")
    client, _user = browser()
    tomorrow = shop.day_of(timezone.now()) + timedelta(days=1)
    command = ship(order)
    wish = {"reason": "box missing", "day": tomorrow.isoformat()}

    refused = client.post("/orders/SC1/hold/", wish)

    assert refused.status_code == 409
    assert "has not left yet: take it back first." in text(refused)
    assert warehouse.held(order) is None
    assert "hold-send" not in client.get("/orders/SC1/hold/").content.decode()
    Command.objects.filter(pk=command.pk).update(state=State.SENDING)
    assert "While that is open" in text(client.post("/orders/SC1/hold/", wish))
    Command.objects.filter(pk=command.pk).update(state=State.WITHDRAWN)
    assert client.post("/orders/SC1/hold/", wish).status_code == 302
    assert warehouse.held(order)
    with pytest.raises(warehouse.Held):
        ship(order)


@pytest.mark.parametrize(
    ("now", "hours"),
    [
        (datetime(2026, 3, 28, 19, tzinfo=UTC), 11),  # 20:00 in Paris, and the night has an hour less
        (datetime(2026, 10, 24, 18, tzinfo=UTC), 13),  # one more
        (datetime(2026, 3, 18, 19, tzinfo=UTC), 12),
    ],
)
def test_the_morning_is_the_same_in_the_queue_and_at_the_station(account, time_machine, now, hours):
    time_machine.move_to(now, tick=False)
    one, other = (due(now + timedelta(days=3), number) for number in ("SC1", "SC2"))
    station = Station(account)
    queue_form = text(station.client.get("/orders/SC1/hold/"))
    station.client.post("/orders/SC1/hold/", {"reason": "box missing", "day": (now + timedelta(days=1)).date()})

    station.scan(slip(other), "!CPROBLEM01")
    offered = station.said
    station.scan("!CPROBLEM01")

    assert list(Hold.objects.values_list("order", "until").order_by("order")) == [
        (order.pk, now + timedelta(hours=hours)) for order in (one, other)
    ]
    assert "That day at 08:00 it is in the queue again." in queue_form
    assert "Keep the order back until tomorrow 08:00" in offered
    assert " 08:00: An item is missing." in station.said
    assert "will be late" not in queue_form + offered
    soon = due(now + timedelta(hours=4), "SC3")
    assert "it will be late: its deadline is" in station.scan(slip(soon), "!CPROBLEM01")
    assert "it will be late: its deadline is" in text(station.client.get("/orders/SC3/hold/"))


def test_the_truck_ends_every_hold_of_one_s_accounts_and_of_no_others(account):
    theirs = make.account(seller_id="2", sending=["ship"])
    mine = [ship(due(timezone.now() + timedelta(days=3), f"SC{turn}")) for turn in range(2)]
    other = ship(make.order("SCOTHER", of=theirs))
    Command.objects.update(held=True, due=timezone.now() + timedelta(minutes=1))
    client, user = browser()
    user.accounts.set([account])

    asked = client.get("/warehouse/truck/").content.decode()
    before = Command.objects.filter(held=True).count()
    client.post("/warehouse/truck/")

    assert "2 shipments are still on hold" in asked
    assert "stays here" not in asked
    assert before == 3
    assert [Command.objects.get(pk=each.pk).held for each in (*mine, other)] == [False, False, True]
    assert set(CommandEvent.objects.filter(what="hold ended").values_list("command", "actor")) == {
        (each.pk, user.pk) for each in mine
    }


def test_the_truck_says_what_stays_and_what_cannot_leave(account):
    soon = timezone.now() + timedelta(minutes=1)
    left, kept, waits = (due(soon, f"SC{turn}") for turn in range(3))
    ship(waits)
    Command.objects.update(held=True, due=soon)
    client, user = browser()
    warehouse.hold(kept, user, reason="box missing", until=soon + timedelta(hours=3))
    Pause.objects.create(account=account, reason="stocktaking", by_name="Solène")

    asked = text(client.get("/warehouse/truck/"))
    client.post("/warehouse/truck/")

    assert "1 shipment on hold cannot leave now. Sending is paused: stocktaking" in asked
    assert "2 orders that are late or due by the next cut-off are not declared: they stay here." in asked
    assert "Kept back among them: 1." in asked
    assert Command.objects.get().on_hold
    Pause.objects.update(ended_at=timezone.now())
    said = text(client.post("/warehouse/truck/", follow=True))
    assert not Command.objects.get().held
    assert "1 shipment is sent now." in said
    assert "they stay here" in said
    assert set(queue.to_ship([account.pk])) == {left, kept, waits}


def test_the_truck_asks_as_little_for_many_as_for_one(account):
    by, queries = make.user("warehouse"), []
    for turn, several in enumerate((1, 6)):
        for each in range(several):
            ship(due(timezone.now() + timedelta(days=3), f"SC{turn}{each}"))
        Command.objects.filter(subject__startswith=f"SC{turn}").update(held=True)
        with CaptureQueriesContext(connection) as asked:
            assert asking.end_holds(Command.objects.all(), by) == several
        queries.append(len(asked))

    assert queries[0] == queries[1]


@pytest.mark.parametrize(("left", "enough"), [(20, True), (60, False)])
def test_the_pace_is_that_of_the_last_hours_against_the_cut_off(account, left, enough):
    now = timezone.now()
    for turn in range(22):
        command = ship(due(now + timedelta(days=3), f"SC{turn}"))
        Command.objects.filter(pk=command.pk).update(state=State.TAKEN, taken_at=now - timedelta(minutes=5 * turn + 15))

    found = pace([account.pk], left, now + timedelta(hours=2), now)

    assert (found.per_hour, found.enough) == (11, enough)


def test_a_pace_that_nobody_knows_is_not_made_up(account):
    now = timezone.now()

    assert room.summary(dict.fromkeys(Bucket, 4), pace([account.pk], 8, now, now), now)[-1].startswith("nothing")


def test_the_warehouse_begins_in_the_queue_and_sees_no_price(account):
    due(timezone.now() + timedelta(hours=1), "SC1")
    client, _user = browser()

    page = client.get("/", follow=True)

    assert page.redirect_chain[-1][0] == "/warehouse/"
    assert "SC1"[-3:] in page.content.decode()
    assert "€" not in page.content.decode()


@pytest.mark.parametrize("path", ["/warehouse/next/", "/warehouse/truck/", "/orders/SC1/hold/", "/orders/SC1/claim/"])
def test_support_sees_the_queue_and_changes_nothing_in_it(account, path):
    due(timezone.now() + timedelta(hours=1), "SC1")
    client, _user = browser("support")

    assert client.post(path).status_code == 403
    assert "Pack next" not in client.get("/warehouse/").content.decode()


def test_orders_of_others_are_not_there(account: SellerAccount):
    due(timezone.now() + timedelta(hours=1), "SC1")
    other = make.account(seller_id="2")
    client, user = browser()
    user.accounts.set([other])

    assert listed(client) == []
    assert client.post("/orders/SC1/hold/", {"reason": "x"}).status_code == 404


def test_a_place_that_no_page_wrote_is_the_top(account):
    order = due(timezone.now() - timedelta(hours=1))
    key = base64.urlsafe_b64encode(b'[1, "2026-01-01T00:00:00+00:00", 0, "\\ud800", 5]').decode()

    client, _user = browser()
    for place in (key, "x", "%00"):
        assert listed(client, f"?bucket=late&after={place}") == [order.number]

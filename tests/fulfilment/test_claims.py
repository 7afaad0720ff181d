"""Claims and holds: who packs what, what is kept back, and which order comes next."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backoffice.models import User
from fulfilment import warehouse
from fulfilment.batches import judging, putting
from fulfilment.batches.kinds import KINDS
from fulfilment.models import Batch, Claim, Command, Hold
from fulfilment.station import codes, steps
from fulfilment.warehouse.queue import to_ship
from octopia.contract.vocabulary import Verb
from orders import lifecycle
from orders.models import Carrier, Order
from tests import make
from tests.fulfilment.asking import ship

pytestmark = pytest.mark.django_db
LOCKING = re.compile(r'(?:SELECT .* FROM|UPDATE|INSERT INTO) "(orders_order|fulfilment_claim|fulfilment_hold)"')


def due(hours: float, number: str, **line) -> Order:
    """An order that is to be shipped in so many hours."""
    at = timezone.now().replace(microsecond=0) + timedelta(hours=hours)
    return make.order(number, lines=(make.line(ship_by=at, **line),))


def given(packer: User, at: str) -> str:
    """The number of the order that this station is given, "" for none."""
    order = warehouse.next_order(packer, at=at)
    return order.number if order else ""


def test_the_next_order_is_the_one_whose_deadline_comes_first(account):
    due(30, "SCLATER")
    due(-2, "SCLATE")
    due(5, "SCSOON")
    packer = make.user("warehouse")

    numbers = [given(packer, str(turn)) for turn in range(3)]

    assert numbers == ["SCLATE", "SCSOON", "SCLATER"]
    assert warehouse.next_order(packer, at="another") is None


def test_single_items_of_one_product_come_together_within_a_deadline(account):
    at = timezone.now().replace(microsecond=0) + timedelta(hours=5)
    for number, sku, quantity in (("SC1", "LAMP", 1), ("SC2", "HOSE", 3), ("SC3", "DRILL", 1), ("SC4", "LAMP", 1)):
        make.order(number, lines=(make.line(ship_by=at, sku=sku, quantity=quantity),))
    packer = make.user("warehouse")

    numbers = [given(packer, str(turn)) for turn in range(4)]

    assert numbers == ["SC3", "SC1", "SC4", "SC2"]


def test_two_stations_never_get_the_same_order_even_under_one_login(account):
    due(1, "SC1")
    due(2, "SC2")
    packer = make.user("warehouse")

    here, there = given(packer, "a"), given(packer, "b")

    assert (here, there) == ("SC1", "SC2")
    assert given(packer, "a") == "SC1"  # it is still the same station's


def test_a_claim_names_who_packs_and_ends_after_twenty_minutes(account, time_machine):
    order = due(1, "SC1")
    karim, amelie = make.user("warehouse", username="karim"), make.user("warehouse", username="amelie")
    warehouse.claim(order, karim)

    with pytest.raises(warehouse.Claimed) as refused:
        warehouse.claim(order, amelie)
    time_machine.move_to(timezone.now() + timedelta(minutes=21))
    later = warehouse.claim(order, amelie)

    assert refused.value.holder.user_name == "karim"
    assert (later.user_name, later.taken_from) == ("amelie", "")
    assert Claim.objects.filter(ended_at=None).count() == 1


def test_a_claim_is_taken_over_with_a_reason_that_is_kept(account):
    order = due(1, "SC1")
    karim, amelie = make.user("warehouse", username="karim"), make.user("warehouse", username="amelie")
    warehouse.claim(order, karim)

    taken = warehouse.take_over(order, amelie, reason="Karim is at lunch")

    assert (taken.taken_from, taken.reason) == ("karim", "Karim is at lunch")
    standing = warehouse.claimed(order)
    assert standing is not None
    assert standing.user == amelie


def test_only_one_s_own_claim_is_released(account):
    order = due(1, "SC1")
    karim, amelie = make.user("warehouse"), make.user("warehouse")
    warehouse.claim(order, karim)

    assert not warehouse.release(order, amelie)
    assert warehouse.release(order, karim)
    assert warehouse.claimed(order) is None


def test_an_order_that_is_kept_back_is_not_offered_until_its_time(account, time_machine):
    order = due(30, "SC1")
    packer = make.user("warehouse", username="karim")
    warehouse.hold(order, packer, reason="box missing", until=timezone.now() + timedelta(hours=2))

    kept = warehouse.next_order(packer)
    time_machine.move_to(timezone.now() + timedelta(hours=2, minutes=1))

    assert kept is None
    assert warehouse.held(order) is None
    assert warehouse.next_order(packer) == order


def test_a_hold_ends_the_claim_and_can_be_let_go(account):
    order = due(1, "SC1")
    packer = make.user("warehouse")
    warehouse.claim(order, packer)
    warehouse.hold(order, packer, reason="box missing", until=timezone.now() + timedelta(hours=2))
    warehouse.hold(order, packer, reason="box found broken", until=timezone.now() + timedelta(hours=3))

    assert warehouse.claimed(order) is None
    standing = warehouse.held(order)
    assert standing is not None
    assert standing.reason == "box found broken"
    assert warehouse.let_go(order, packer)
    assert Hold.objects.filter(ended_at=None).count() == 0
    assert not warehouse.let_go(order, packer)


def test_an_order_with_a_request_under_way_is_not_offered_again(account):
    order = due(1, "SC1")
    ship(order)

    assert warehouse.next_order(make.user("warehouse")) is None


def test_an_order_of_another_account_is_never_offered(account):
    due(1, "SC1")
    other = make.account(seller_id="2")

    assert warehouse.next_order(make.user("warehouse", other)) is None


def test_the_law_decides_which_lines_are_ours(account):
    make.order("SCTHEIRS", lines=(make.line(supply_mode="Fulfillment"),))
    make.order("SCMIXED", lines=(make.line(), make.line("QK02", supply_mode="Fulfillment")))
    make.order("SCASKED", status="InPreparation", lines=(make.line(status="CancelRequest"),))

    ours = set(to_ship([account.pk]))

    offered = {order for order in Order.objects.all() if lifecycle.verdict(order, Verb.SHIP).offered}
    assert ours == offered


def test_a_held_order_s_shipment_page_says_so_and_nothing_is_put(account, client):
    order = due(30, "SC1")
    packer = make.user("warehouse", username="karim")
    warehouse.hold(order, packer, reason="box missing", until=timezone.now() + timedelta(hours=2))
    client.force_login(packer)

    page = client.get("/orders/SC1/shipment/")

    assert page.status_code == 409
    assert "Kept back by karim" in page.content.decode()
    assert "box missing" in page.content.decode()
    with pytest.raises(warehouse.Held):
        ship(order)


def test_declaring_an_order_ends_the_claim_on_it(account):
    order = due(1, "SC1")
    warehouse.claim(order, make.user("warehouse"))

    ship(order)

    assert warehouse.claimed(order) is None


def test_the_order_s_page_says_why_a_held_order_is_not_shipped(account, client):
    order = due(30, "SC1")
    packer = make.user("warehouse", username="karim")
    client.force_login(packer)
    before = client.get("/orders/SC1/").content.decode()

    warehouse.hold(order, packer, reason="box missing", until=timezone.now() + timedelta(hours=2))

    assert "box missing" not in before
    assert "Kept back by karim" in client.get("/orders/SC1/").content.decode()


def test_every_path_locks_the_order_before_its_claims_and_holds(account):
    """Two that began at either end would wait for each other."""
    Carrier.objects.create(account=account, label="Colissimo", code="COL")
    user, colleague = make.user("warehouse"), make.user("warehouse")
    until = timezone.now() + timedelta(hours=1)

    def declared_by_a_batch(order):
        [item] = judging.judged(KINDS[Verb.SHIP], [order], {})
        item.payload["number"] = "6A00000000001"
        batch = Batch.objects.create(account=account, token=order.number, kind=Verb.SHIP, author=user)
        batch.options, item.batch, item.position = {"carrier": "Colissimo"}, batch, 0
        batch.save()
        item.save()
        putting.confirm(batch, look_too=True)
        return lambda: putting.advance(str(batch.pk))

    def declared_at_the_station(order):
        def scan(*texts):
            for text in texts:
                steps.take("desk", user, [account], token=f"{order.pk}-{text}", text=text)

        scan(codes.slip_code(order.pk), "QK01")
        return lambda: scan("6A00000000002")

    def answered(order):
        warehouse.ask(order, user, reason="?")
        return lambda: warehouse.answer(order, colleague, text="!", until=until)

    paths = {
        "claim": lambda order: lambda: warehouse.claim(order, user),
        "take over": lambda order: lambda: warehouse.take_over(order, colleague, reason="?"),
        "hold": lambda order: lambda: warehouse.hold(order, user, reason="?", until=until),
        "answer": answered,
        "batch": declared_by_a_batch,
        "station": declared_at_the_station,
    }
    for name, prepared in paths.items():
        order = make.order(of=account, lines=(make.line(sku="QK01"),))
        act = prepared(order)
        with CaptureQueriesContext(connection) as caught:
            act()
        told = [query["sql"] for query in caught if not query["sql"].startswith("SELECT") or " FOR " in query["sql"]]
        locking = [found[1] for sql in told if (found := LOCKING.match(sql))]
        assert locking[0] == "orders_order", name
        assert {"fulfilment_claim", "fulfilment_hold"} & set(locking), name
    assert Command.objects.filter(kind=Verb.SHIP).count() == 2

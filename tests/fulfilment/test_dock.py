"""The dock check: declared and on the cart, declared and missing, on it and not declared; and who signs for it."""

import itertools
import re
from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backoffice import shop
from fulfilment import dock
from fulfilment.models import Command, DockScan, Handover, State
from orders.models import Carrier, Order, Parcel
from tests import make
from tests.fulfilment.asking import parcel, ship
from tests.fulfilment.packing_up import slip

pytestmark = pytest.mark.django_db
DOCK = "/parcels/dock/"
tokens = itertools.count(1)
FIRST, SECOND, THIRD = "6A00000000001", "6A00000000002", "6A00000000003"


@pytest.fixture
def client(account):
    Carrier.objects.create(account=account, label="Colissimo", code="COL")
    client = Client()
    client.force_login(make.user("warehouse", account, username="amelie"))
    return client


def text(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def declared(account, number, **members):
    order = make.order(of=account, **members)
    ship(order, [parcel(number, ["QK01"])])
    return order


def scanned(client, number, token="", step="scan", stop="", **headers):
    told = {"form_token": token or f"dock-token-{next(tokens):08}", "step": step, "text": number, "stop": stop}
    return client.post(DOCK, told, headers=headers or {"HX-Request": "true"})


def seen(client, answer):
    """Somebody presses the key of the stop that this answer shows."""
    stop = re.search(r'name="stop" value="(\w+)"', answer.content.decode())
    assert stop
    return scanned(client, "", step="next", stop=stop[1])


def cart(account):
    return dock.cart([account], shop.day_of(timezone.now()))


def listed(client, **more):
    """The print page of the handover list, as it is made."""
    return client.post(f"{DOCK}handover/", more, follow=True)


def test_counts_meet_when_every_declared_label_was_scanned(client, account):
    for number in (FIRST, SECOND):
        declared(account, number)
    assert "2 declared parcels are missing." in text(client.get(DOCK))

    first = text(scanned(client, "6a 00000 000001"))
    assert f"{FIRST} is on the cart" in first
    assert "1 declared parcel is missing." in first
    last = scanned(client, SECOND)
    assert "All 2 declared parcels are on the cart." in text(last)
    assert 'data-signal="finished"' in last.content.decode()
    assert cart(account).meets


def test_a_label_again_is_said_and_counts_once(client, account):
    declared(account, FIRST)
    scanned(client, FIRST)

    assert f"{FIRST} is on the cart already" in text(scanned(client, FIRST))
    assert DockScan.objects.count() == 1


def test_what_is_not_declared_stops_until_it_was_seen_and_is_declared_from_there(client, account):
    order = make.order(of=account)
    declared(account, FIRST)
    answer = scanned(client, THIRD)
    assert f"{THIRD} is not declared" in text(answer)
    assert "a label of Colissimo" in text(answer)
    assert 'role="alert"' in answer.content.decode()

    again = scanned(client, FIRST)  # a scan does not take it away, and is not taken
    assert "1 scan after it was not taken." in text(again)
    assert f"{THIRD} is not declared" in text(client.get(DOCK))
    assert [scan.number for scan in DockScan.objects.all()] == [THIRD]
    assert "is not declared" in text(scanned(client, "", step="next", stop="another"))  # it came up after the key
    going_on = seen(client, again)
    assert "1 on the cart is not declared." in text(going_on)
    assert 'role="alert"' not in going_on.content.decode()

    for named in (order.channel_number, slip(order)):
        leads = client.get(f"{DOCK}declaration/", {"order": named, "number": THIRD})
        form = client.get(leads.headers["Location"])
        assert f'value="{THIRD}"' in form.content.decode()
    assert Command.objects.count() == 1
    strange = client.get(f"{DOCK}declaration/", {"order": "SCID404", "number": THIRD})
    assert "No order with this number is known here." in text(client.get(strange.headers["Location"]))

    ship(order, [parcel(THIRD, ["QK01"])])
    scanned(client, FIRST)
    assert cart(account).meets


def test_a_slip_an_order_or_a_product_is_no_label_and_not_on_the_cart(client, account):
    order = make.order("SCID0126110400017", of=account, lines=(make.line(gtin="3760000000017", title="Perceuse"),))
    for scan, said in (
        (slip(order), "the slip of an order"),
        (order.number, f"the slip or number of order {order.number}"),
        ("3760000000017", "Perceuse (3760000000017)"),
        ("4006381333931", "4006381333931, a product's number"),
    ):
        answer = scanned(client, scan)
        assert "This is no label" in text(answer)
        assert said in unescape(text(answer))
        seen(client, answer)
    assert not DockScan.objects.exists()


def test_cards_acknowledge_and_take_the_last_label_off(client, account):
    answer = scanned(client, THIRD)
    stop = re.search(r'name="stop" value="(\w+)"', answer.content.decode())
    assert stop
    scanned(client, "!CNEXT00", stop=stop[1])
    assert f"{THIRD} is taken off the cart." in text(scanned(client, "!CTAKEBACK00"))
    assert "There is nothing to take off" in text(scanned(client, "!CTAKEBACK00"))
    assert "This card does nothing here" in text(scanned(client, "!CPARCEL02"))
    assert not DockScan.objects.exists()


def test_a_step_that_is_sent_again_counts_once(client, account):
    declared(account, FIRST)
    for _turn in range(2):
        assert f"{FIRST} is on the cart " in text(scanned(client, FIRST, token="a-token-of-the-device"))
    assert client.post(DOCK, {"step": "scan", "text": FIRST}).status_code == 400


def test_a_request_that_was_taken_back_or_refused_declares_nothing(client, account):
    for number, state in ((FIRST, State.WITHDRAWN), (SECOND, State.REFUSED)):
        Command.objects.filter(order=declared(account, number)).update(state=state)

    assert "is not declared" in text(scanned(client, FIRST))
    assert (cart(account).declared, len(cart(account).strange)) == (0, 1)


def test_what_was_declared_elsewhere_must_be_on_the_cart_too(account):
    order = make.order(of=account, status="Shipped")
    order.parcels.create(account=account, number=FIRST, carrier="DPD ", lines=["QK01"])
    assert cart(account).declared == 0  # the first reading tells nothing of today
    Order.objects.filter(pk=order.pk).update(shipped_at=timezone.now())

    assert [(one.number, one.carrier) for one in cart(account).missing] == [(FIRST, "DPD")]


def test_what_stayed_behind_is_missed_the_next_day_and_what_left_is_not(client, account):
    for number in (FIRST, SECOND):
        declared(account, number)
    yesterday = timezone.now() - timedelta(days=1)
    Command.objects.update(created_at=yesterday)
    assert cart(account).declared == 0
    DockScan.objects.create(account=account, number=FIRST, day=shop.day_of(yesterday), at=yesterday)

    assert [one.number for one in cart(account).missing] == [SECOND]
    assert f"{SECOND} is on the cart" in text(scanned(client, SECOND))


def test_a_label_declared_long_before_is_known(client, account):
    declared(account, FIRST)
    Command.objects.update(created_at=timezone.now() - timedelta(days=5))

    assert f"{FIRST} is on the cart" in text(scanned(client, FIRST))
    assert cart(account).meets


def test_it_works_without_scripts_and_a_label_is_taken_off_again(client, account):
    declared(account, FIRST)
    told = {"form_token": "dock-token-without-scripts", "step": "scan", "text": FIRST}
    answer = client.post(f"{DOCK}?carrier=Colissimo", told)
    assert answer.headers["Location"] == f"{DOCK}?carrier=Colissimo"
    assert f"{FIRST} is on the cart" in text(client.get(DOCK))
    assert f"{FIRST} is on the cart" not in text(client.get(DOCK))  # told once

    client.post(f"{DOCK}{DockScan.objects.get().pk}/removal/")
    assert not DockScan.objects.exists()
    scanned(client, "  ")
    assert not DockScan.objects.exists()


def test_the_handover_list_has_a_sheet_for_each_carrier_and_a_reprint_says_so(client, account):
    declared(account, FIRST)
    ship(make.order(of=account), [parcel(SECOND, ["QK01"]) | {"carrier": "DPD"}])
    assert "Nothing is on the cart." in text(listed(client))
    for number in (FIRST, SECOND):
        scanned(client, number)

    both, one = listed(client), listed(client, carrier="DPD")

    assert both.content.decode().count("Signature") == 2
    assert "Reprint" not in text(both)
    assert FIRST not in text(one)
    assert "Reprint: amelie printed this list before" in text(one)


def test_what_a_driver_signed_is_read_as_it_was_printed_whatever_becomes_of_the_cart(client, account):
    for number in (FIRST, SECOND):
        declared(account, number)
        scanned(client, number)
    seen(client, scanned(client, THIRD))
    signed = listed(client)

    DockScan.objects.get(number=FIRST).delete()
    Command.objects.filter(payload__parcels__contains=[{"number": SECOND}]).update(state=State.WITHDRAWN)
    declared(account, THIRD)
    Parcel.objects.all().delete()

    again = client.get(signed.request["PATH_INFO"])
    rows = re.compile(r"<tbody>.*</tbody>", re.DOTALL)
    assert rows.findall(again.content.decode()) == rows.findall(signed.content.decode())
    assert "Reprint" not in text(again)
    assert (FIRST in text(again), SECOND in text(again), THIRD in text(again)) == (True, True, False)
    assert signed.request["PATH_INFO"] in client.get(DOCK).content.decode()  # it is found again


def test_a_former_cart_is_read_and_its_list_printed_again(client, account):
    for number in (FIRST, SECOND):
        declared(account, number)
    yesterday = timezone.now() - timedelta(days=1)
    day = shop.day_of(yesterday).isoformat()
    Command.objects.update(created_at=yesterday)
    for number in (FIRST, "UNKNOWN"):
        DockScan.objects.create(account=account, number=number, day=day, at=yesterday, by_name="Karim")

    page = client.get(f"{DOCK}carts/")
    cart = client.get(f"{DOCK}carts/{day}/")

    assert f"{DOCK}carts/{day}/" in page.content.decode()
    assert "Karim" in text(page)
    assert "1 declared parcel is missing. 1 on the cart is not declared." in text(cart)
    assert "Take off" not in text(cart)
    assert FIRST in text(listed(client, day=day))
    assert "Reprint: amelie printed this list before" in text(listed(client, day=day))
    today = shop.day_of(timezone.now()).isoformat()
    for none in (today, "2020-01-01", "nothing"):
        assert client.get(f"{DOCK}carts/{none}/").status_code == 404


def test_the_cart_is_of_ones_own_accounts_and_for_whoever_packs(client, account):
    other = make.account(seller_id="999")
    foreign = DockScan.objects.create(account=other, number=FIRST, day=shop.day_of(timezone.now()))
    support = Client()
    support.force_login(make.user("support", account))

    assert FIRST not in text(client.get(DOCK))
    run = Handover.objects.create(account=other, run=uuid4(), day=foreign.day, carrier="DPD").run
    assert client.get(f"{DOCK}handover/{run}/").status_code == 404
    assert client.post(f"{DOCK}{foreign.pk}/removal/").status_code == 404
    assert support.get(DOCK).status_code == 403
    assert scanned(support, FIRST).status_code == 403


def test_a_label_of_a_former_day_stays_as_it_was(client, account):
    scan = DockScan.objects.create(account=account, number=FIRST, day=shop.day_of(timezone.now()) - timedelta(days=1))

    assert client.post(f"{DOCK}{scan.pk}/removal/").status_code == 403


def test_a_cart_costs_the_same_however_full_it_is(account, django_assert_max_num_queries):
    for turn in range(10):
        declared(account, f"6A{turn:011d}")
    DockScan.objects.create(account=account, number=THIRD, day=shop.day_of(timezone.now()))
    DockScan.objects.create(account=account, number="UNKNOWN", day=shop.day_of(timezone.now()))

    with django_assert_max_num_queries(6):
        found = cart(account)
    assert (len(found.loaded), len(found.missing), len(found.strange)) == (1, 9, 1)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "yesterday"])
def test_a_day_that_cannot_be_a_carts_breaks_nothing(client, day):
    assert client.get(f"{DOCK}carts/{day}/").status_code == 404
    assert client.post(f"{DOCK}handover/", {"day": day}).status_code in (302, 404)


def test_a_label_that_was_declared_after_it_was_scanned_is_loaded_whatever_its_account(account):
    """Where nobody knows the label yet, its scan is kept with the first account."""
    other = make.account(seller_id="999", name="Second")
    order = make.order(of=other, seller="999")
    user, now = make.user("warehouse", account, other), timezone.now()
    dock.scan(FIRST, {}, [account, other], user, now)

    ship(order, [parcel(FIRST, ["QK01"])])

    whole = dock.cart([account, other], shop.day_of(now))
    assert [each.order for each in whole.loaded] == [order.number]
    assert (whole.missing, whole.strange) == ([], [])


def test_a_number_that_two_accounts_hold_is_chosen_before_its_label_is_declared(account):
    other = make.account(seller_id="999", name="Second")
    orders = [
        make.order("SCID0126110400017", of=account, channel_number="C1"),
        make.order("SCID0126110400017", of=other, seller="999", channel_number="C1"),
    ]
    client = Client()
    client.force_login(make.user("warehouse", account, other))
    for turn, order in enumerate(orders):
        ship(order, [parcel(f"6A{turn:011}", ["QK01"])])

    for named in ("SCID0126110400017", "C1"):
        choice = client.get(f"{DOCK}declaration/", {"order": named, "number": THIRD})
        links = [unescape(link) for link in re.findall(r'href="([^"]*declaration[^"]*)"', choice.content.decode())]
        leads = [client.get(link).headers["Location"] for link in links]
        assert [re.findall(r"account=([^&]+)&tracking=(\w+)", link) for link in leads] == [
            [(other.slug, THIRD)],  # by their names
            [(account.slug, THIRD)],
        ]
    cart = client.get(DOCK).content.decode()
    for order in orders:
        assert f"{order.get_absolute_url()}?account={order.account.slug}" in cart
    make.order("SCID0126110400018", of=account, channel_number="C1")
    answer = client.get(f"{DOCK}declaration/", {"order": "C1", "number": THIRD}, follow=True)
    assert "Several orders have this number" in unescape(text(answer))


def test_former_carts_are_read_some_weeks_at_a_time_over_every_gap(client, account):
    today = shop.day_of(timezone.now())
    days = [today - timedelta(days=back) for back in (*range(1, 36), 300, 301, 900)]
    for day in days:
        DockScan.objects.create(account=account, number=FIRST, day=day)

    found, pages, address = [], 0, f"{DOCK}carts/"
    while address:
        answer = client.get(address)
        found += [cart.day for cart in answer.context["carts"]]
        pages, address = pages + 1, answer.context["older"]

    assert (found, pages) == (days, 4)
    with CaptureQueriesContext(connection) as caught:
        dock.former([account], today)
    plain = [query["sql"] for query in caught if "GROUP BY" in query["sql"]]
    assert len(plain) == 1
    assert plain[0].count('"day" >') == 1  # never over every scan there is

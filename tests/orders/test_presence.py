"""Who else has an order open: told on its page and with its one poll, forgotten soon, and never in the page's way."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orders import presence
from orders.models import Order
from tests import make
from tests.orders.pages import signed_in, text
from tests.pages import known

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def order() -> Order:
    return make.order("SCID1", status="Shipped")


def browser(order: Order, name: str, role: str = "support"):
    client = signed_in(role, order.account)
    order.account.users.filter(pk=client.session["_auth_user_id"]).update(name=name)
    return client


def poll(answer) -> str:
    """The address that the page asks by itself."""
    found = re.search(r'id="orders-state"[^>]* hx-get="([^"]+)"', answer.content.decode())
    assert found
    return found[1].replace("&amp;", "&")


def test_a_colleague_is_named_with_since_when_and_oneself_is_not(order):
    amelie, karim = browser(order, "Amélie"), browser(order, "Karim")
    first = amelie.get("/orders/SCID1/")

    second = karim.get("/orders/SCID1/")
    told = amelie.get(poll(first), headers=HTMX)

    assert "has this order open" not in text(first)
    assert re.search(r"Amélie has this order open, since \d\d:\d\d ?\.", text(second))
    assert re.search(r"Karim has this order open, since \d\d:\d\d ?\.", text(told))
    assert amelie.get(poll(told), headers=HTMX).status_code == 204  # said once


def test_since_stays_while_the_page_polls_and_ends_soon_after(order):
    amelie, karim = browser(order, "Amélie"), browser(order, "Karim")
    with time_machine.travel(timezone.now(), tick=False) as clock:
        began = timezone.now()
        page = amelie.get("/orders/SCID1/")
        for _turn in range(12):
            clock.shift(timedelta(seconds=20))
            amelie.get(poll(page), headers=HTMX)
        with_her = karim.get("/orders/SCID1/")
        clock.shift(timedelta(seconds=presence.LASTS + 1))
        alone = karim.get(poll(with_her), headers=HTMX)

    assert [one.since for one in with_her.context["others"]] == [began]
    assert alone.status_code == 200
    assert "Amélie" not in text(alone)


def test_a_dialog_that_a_colleague_opened_is_told_until_it_is_sent(order):
    known(order, order)
    amelie, karim = browser(order, "Amélie"), browser(order, "Karim")
    amelie.get("/orders/SCID1/")
    amelie.get("/orders/SCID1/gesture/", headers=HTMX)
    told = text(karim.get("/orders/SCID1/"))
    user = order.account.users.get(name="Amélie")

    presence.opens(order, user, "")

    assert re.search(r"Amélie has this order open, since [\d:]+ ?; opened “Give a gesture” at [\d:]+ ?\.", told)
    assert "Give a gesture" not in text(karim.get("/orders/SCID1/"))


def test_whoever_may_not_open_the_order_is_told_nothing_and_leaves_no_trace(order):
    browser(order, "Amélie").get("/orders/SCID1/")
    other = make.account(seller_id="2")
    same = make.order("SCID1", of=other)
    stranger = browser(same, "Karim")

    answer = stranger.get("/orders/SCID1/")

    assert answer.context["others"] == []
    assert "Karim" not in text(browser(order, "Zoé").get("/orders/SCID1/"))


def test_the_past_is_no_presence(order):
    browser(order, "Amélie").get("/orders/SCID1/", {"at": timezone.now().isoformat()})

    assert browser(order, "Karim").get("/orders/SCID1/").context["others"] == []


def test_it_costs_no_query(order):
    client = browser(order, "Amélie")
    answer = client.get("/orders/SCID1/")
    counts = []
    for turn in range(3):
        for address in ("/orders/SCID1/", poll(answer)):
            with CaptureQueriesContext(connection) as queries:
                client.get(address, headers=HTMX)
            counts.append(len(queries))
        browser(order, f"Colleague {turn}").get("/orders/SCID1/")

    assert counts[:2] * 3 == counts
    assert counts[1] == 5  # the session, the person, their accounts, the order, its last reading


def test_without_the_cache_the_page_opens_and_names_nobody_of_elsewhere(order, settings, tmp_path):
    before = settings.CACHES
    settings.CACHES = {"default": {**before["default"], "LOCATION": f"unix://{tmp_path}/nobody.sock"}}
    page = browser(order, "Amélie").get("/orders/SCID1/")

    assert page.status_code == 200
    assert browser(order, "Karim").get(poll(page), headers=HTMX).status_code in (200, 204)
    cache.clear()


def test_what_lies_in_the_cache_by_mistake_breaks_nothing(order):
    client = browser(order, "Amélie")
    client.get("/orders/SCID1/")
    cache.delete(f"presence:{order.pk}")

    assert client.get("/orders/SCID1/").context["others"] == []

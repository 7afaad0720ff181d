"""Saved views: an address with a name, beside the views that everybody has."""

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from backoffice.models import SavedView, User
from orders import filters, saved
from orders.columns import COLUMNS
from orders.filters import Filters
from tests import make
from tests.orders.pages import link, numbers, signed_in, text

pytestmark = pytest.mark.django_db
WORDS = ("Müller", "x & y", "a=b", "50 %", "É#1", "+33 6", "tab?", "“quoted”", "日本")


@pytest.fixture
def shop():
    account = make.account()
    make.order("DUE")
    make.order("CONF", channel="CONFFR", channel_name="Conforama")
    make.order("WAITS", status="WaitingAcceptance")
    return account


def save(client, name, query="", **more):
    return client.post(reverse("orders:views"), {"name": name, "address": query, **more})


def by_chance(dice: random.Random) -> Filters:
    """A list's filters, any of them, as an address can hold them."""

    def maybe(choices):
        return dice.choice(choices) if dice.random() < 0.5 else ""

    def some(choices):
        return tuple(sorted(dice.sample(choices, dice.randint(0, len(choices)))))

    days = sorted(date(2026, 1, 1) + timedelta(days=dice.randint(0, 300)) for _ in range(2))
    amounts = sorted(Decimal(dice.randint(-9999, 999999)) / 100 for _ in range(2))
    placed = maybe(list(filters.PLACED))
    return Filters(
        view=maybe(filters.VIEWS),
        account=maybe(["tools", "toys"]),
        status=some(["Shipped", "InPreparation", "New word"]),
        channel=some(["CDISFR", "CONFFR"]),
        mode=some(filters.MODES),
        deadline=maybe(filters.DEADLINES),
        by=maybe(filters.BY),
        placed=placed,
        begins=None if placed else dice.choice([None, days[0]]),
        ends=None if placed else dice.choice([None, days[1]]),
        outcome=maybe(filters.OUTCOMES),
        reason=maybe(WORDS),
        currency=maybe(["EUR", "PLN"]),
        least=dice.choice([None, amounts[0].quantize(filters.CENT)]),
        most=dice.choice([None, amounts[1].quantize(filters.CENT)]),
        customer=maybe(["SCID1", "A/1 é"]),
        text=maybe(WORDS),
        sort=maybe(filters.SORTS),
        add_up=dice.random() < 0.3,
        columns=some(list(COLUMNS)),
    )


def test_a_hundred_views_by_chance_survive_the_round_trip_through_the_address():
    dice = random.Random(20261126)
    there: dict[str, Any] = {
        "accounts": ["tools", "toys"], "statuses": ["Shipped", "InPreparation", "New word"],
        "channels": ["CDISFR", "CONFFR"], "prices": True,
    }  # fmt: skip
    seen = set()
    for _ in range(100):
        wanted = by_chance(dice)
        written = filters.address(wanted)

        asked = filters.read(QueryDict(written.removeprefix("?")), **there)

        assert asked.complaints == []
        assert asked.filters == wanted
        assert filters.address(asked.filters) == written
        seen.add(written)
    assert len(seen) > 90


def test_a_view_is_kept_and_stands_beside_the_others_with_its_count(shop):
    client = signed_in("support")

    answer = save(client, "Conforama only", "?channel=CONFFR&view=to-ship")

    assert answer.status_code == 302
    assert answer["Location"] == "/orders/?view=to-ship&channel=CONFFR"  # as the list writes it
    page = client.get(answer["Location"])
    assert numbers(page) == ["CONF"]
    assert "Conforama only 1" in text(page)
    current = [part for part in page.content.decode().split("<a ") if 'aria-current="true"' in part.split(">")[0]]
    assert ["Conforama only" in part for part in current if "tab-orders-list" in part] == [True]
    assert "Save this view" not in text(page)


def test_a_filtered_list_offers_to_keep_it_and_a_pasted_one_does_not(shop):
    client = signed_in("support")

    assert "Save this view" in text(client.get("/orders/?channel=CONFFR"))
    assert "Save this view" not in text(client.get("/orders/?view=to-ship"))
    pasted = client.post("/orders/", {"numbers": "DUE CONF"})
    assert "Save this view" not in text(client.get(pasted["Location"]))


def test_the_key_changes_to_the_next_view(shop):
    client = signed_in("support")
    save(client, "Mine", "?channel=CONFFR")

    assert link(client.get("/orders/"), 'data-key="v"') == "/orders/?channel=CONFFR"
    assert link(client.get("/orders/?channel=CONFFR"), 'data-key="v"') == "?view=to-ship"


def test_a_view_is_for_its_owner_unless_a_manager_shares_it(shop):
    colleague = signed_in("support", shop)
    save(colleague, "My own", "?channel=CONFFR", audience="everybody")  # not theirs to say
    manager = signed_in("manager", shop)
    save(manager, "For packers", "?view=to-ship&channel=CONFFR", audience="warehouse")
    save(manager, "For all", "?channel=CONFFR&status=InPreparation", audience="everybody")

    packer, support = (text(client.get("/orders/")) for client in (signed_in("warehouse", shop), colleague))

    assert [name in packer for name in ("For packers", "For all", "My own")] == [True, True, False]
    assert [name in support for name in ("For packers", "For all", "My own")] == [False, True, True]
    assert SavedView.objects.get(name="My own").audience == ""


def test_a_shared_view_about_what_one_may_not_see_is_left_out(shop):
    make.account(slug="other", seller_id="7")
    manager = signed_in("administrator")
    save(manager, "Of the other shop", "?account=other", audience="everybody")
    save(manager, "Dear ones", "?view=to-ship&min=500", audience="everybody")

    assert "Of the other shop" not in text(signed_in("support", shop).get("/orders/"))
    packer = text(signed_in("warehouse", shop).get("/orders/"))
    assert "Dear ones" not in packer


def test_it_is_renamed_put_in_order_and_removed_by_its_owner_alone(shop):
    client = signed_in("support", shop)
    save(client, "One", "?channel=CONFFR")
    save(client, "Two", "?status=InPreparation")
    one, two = SavedView.objects.order_by("position")

    client.post(reverse("orders:view-place", args=[two.pk]), {"step": "up"})
    client.post(reverse("orders:view", args=[one.pk]), {"name": "Uno"})

    assert [row.name for row in SavedView.objects.all()] == ["Two", "Uno"]
    assert client.post(reverse("orders:view", args=[one.pk]), {"name": "Two"}).status_code == 422
    stranger = signed_in("manager", shop)
    for name in ("orders:view", "orders:view-removal", "orders:view-place"):
        assert stranger.post(reverse(name, args=[one.pk]), {"name": "Theirs"}).status_code == 404
    assert client.post(reverse("orders:view-removal", args=[one.pk])).status_code == 302
    assert [row.name for row in SavedView.objects.all()] == ["Two"]


def test_a_view_about_an_account_that_is_not_theirs_is_not_there_for_who_shares_either(shop):
    make.account(slug="other", seller_id="7")
    save(signed_in("administrator"), "Of the other shop", "?account=other", audience="everybody")
    save(signed_in("administrator"), "For all", "?channel=CONFFR", audience="everybody")
    foreign, known = SavedView.objects.order_by("pk")
    manager = signed_in("manager", shop)

    for name in ("orders:view", "orders:view-place", "orders:view-removal"):
        assert manager.post(reverse(name, args=[foreign.pk]), {"name": "Theirs"}).status_code == 404
    assert manager.get(reverse("orders:view", args=[foreign.pk])).status_code == 404
    assert manager.post(reverse("orders:view", args=[known.pk]), {"name": "Conforama"}).status_code == 302

    assert [row.name for row in SavedView.objects.order_by("pk")] == ["Of the other shop", "Conforama"]


def test_two_views_of_one_name_and_too_many_are_refused(shop):
    client = signed_in("support")
    save(client, "Same", "?channel=CONFFR")

    assert "You have a view of this name already." in text(save(client, "Same", "?status=InPreparation"))
    owner = User.objects.get()
    SavedView.objects.bulk_create(SavedView(owner=owner, name=f"V{n}", address="") for n in range(19))
    assert "20 views are the most" in text(save(client, "One more", "?channel=CONFFR"))


def test_the_queries_do_not_grow_with_the_views(shop):
    client = signed_in("support", shop)
    owner = User.objects.get()
    save(client, "First", "?channel=CONFFR&view=to-ship")
    client.get("/orders/")

    def asked():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get("/orders/").status_code == 200
        return len(queries)

    before = asked()
    SavedView.objects.bulk_create(
        SavedView(owner=owner, name=f"V{n}", address=f"?placed=7&view=to-ship&min={n}") for n in range(15)
    )
    saved.forget(owner)
    client.get("/orders/")

    assert asked() == before <= 10
    page = text(client.get("/orders/"))
    assert "V14" in page


def test_the_page_of_the_views_tells_what_they_keep(shop):
    client = signed_in("support")
    save(client, "Conforama only", "?channel=CONFFR&view=to-ship")

    page = text(client.get(reverse("orders:views")))

    assert "Conforama only To ship · Channel: Conforama Only me" in page

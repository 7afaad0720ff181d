"""The list of declared parcels: ours and those of elsewhere, found by a scan, in pages by key."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fulfilment import parcels
from fulfilment.models import Command, State
from orders.models import Carrier
from tests import make
from tests.fulfilment.asking import ship

pytestmark = pytest.mark.django_db
PARCELS = "/parcels/"


@pytest.fixture
def client(account):
    Carrier.objects.create(account=account, label="Colissimo", code="COL")
    client = Client()
    client.force_login(make.user("warehouse", account, username="amelie"))
    return client


def text(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def declared(account, number, carrier="Colissimo", **members):
    order = make.order(of=account, status="Shipped", **members)
    order.parcels.create(account=account, number=number, carrier=carrier, lines=["QK01"])
    return order


def numbers(answer):
    return re.findall(r'<th scope="row"[^>]*>(?:<a[^>]*>)?\s*([0-9A-Za-z]+)', answer.content.decode())


def test_a_parcel_says_who_declared_it_and_how_far_it_is(client, account):
    order = declared(account, "6A00000000001", lines=(make.line(quantity=3, status="Shipped"),))
    elsewhere = declared(account, "1Z999AA10123456784", "UPS")
    mine = make.order(of=account)
    command = ship(mine, by=make.user("warehouse", account, username="karim"))
    Command.objects.filter(pk=command.pk).update(order=order, subject=order.number, state=State.CONFIRMED)

    said = text(client.get(PARCELS))

    assert re.search(r"6A00000000001 .* Colissimo SCID\S* ?\S* 3 Shipped karim", said)
    assert elsewhere.number[-8:] in said
    assert "elsewhere" in said


def test_what_is_asked_for_is_a_list_of_its_own_until_it_is_visible(client, account):
    order = make.order(of=account)
    ship(order)

    assert numbers(client.get(PARCELS)) == []
    assert numbers(client.get(PARCELS + "?show=asked")) == ["6A00000000001"]
    assert numbers(client.get(PARCELS + "?show=asked&q=6a 000")) == ["6A00000000001"]
    assert numbers(client.get(PARCELS + "?show=asked&q=7")) == []
    Command.objects.update(state=State.REFUSED)
    assert "Nothing is under way." in text(client.get(PARCELS + "?show=asked"))


def test_filters_are_in_the_address(client, account):
    declared(account, "6A00000000001")
    declared(account, "1Z999AA10123456784", "UPS")

    assert numbers(client.get(PARCELS + "?q=6a00000000001")) == ["6A00000000001"]
    assert numbers(client.get(PARCELS + "?carrier=UPS")) == ["1Z999AA10123456784"]
    assert numbers(client.get(PARCELS + "?day=2001-01-01")) == []
    assert "No parcel is like this." in text(client.get(PARCELS + "?day=2001-01-01"))
    assert len(numbers(client.get(PARCELS + "?day=nonsense&before=x&account="))) == 2


def test_pages_follow_a_key_and_cost_the_same(client, account):
    for turn in range(parcels.PAGE + 3):
        declared(account, f"6A{turn:011d}")

    with CaptureQueriesContext(connection) as queries:
        first = client.get(PARCELS)
    older = re.search(r'href="(/parcels/\?before=\d+)"', first.content.decode())
    assert older
    rest = client.get(older.group(1))

    assert len(queries) <= 14
    assert len(numbers(first)) == parcels.PAGE
    assert numbers(rest) == [f"6A{turn:011d}" for turn in (2, 1, 0)]


def test_another_accounts_parcels_are_not_there(client):
    declared(make.account(seller_id="999"), "6A00000000009")

    assert numbers(client.get(PARCELS + "?q=6A00000000009")) == []

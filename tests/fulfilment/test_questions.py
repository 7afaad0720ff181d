"""What happens to an order in the warehouse stands on its page; a question to support stays until it is answered."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from fulfilment import warehouse
from fulfilment.models import Claim, Hold
from orders import retention
from orders.models import Note, Order
from tests import make
from tests.backoffice.people import with_second_factor
from tests.fulfilment.packing_up import DRILL, Station, declared, drill, label, shop, slip
from tests.orders.pages import signed_in, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return shop(name="Lampes")


@pytest.fixture
def asked(account):
    """An order whose packer has asked support."""
    order = make.order("SCID01261104091233K7QD", of=account, lines=(drill(),))
    station = Station(account)
    station.scan(slip(order))
    station.key("problem", "ask")
    station.key("problem", "address")
    station.key("ask", "Pas de numéro de rue")
    return order, station


def page_of(client, order) -> str:
    return text(client.get(order.get_absolute_url()))


def test_a_question_stands_among_supports_matters_and_on_the_order_until_it_is_answered(account, asked):
    order, station = asked
    support = signed_in("support", account)
    assert "Support is asked" in station.said
    assert "Kept back until support answers" in station.scan(slip(order))
    station.key("next")
    at = station.said.split("?at=")[1].split('"')[0]
    assert "can be packed now" not in station.said

    matters = support.get("/support/")
    assert "The pack station asks" in text(matters)
    assert "The address is impossible. Pas de numéro de rue" in text(matters)
    assert 'class="count">1<' in matters.content.decode()
    assert "asks at the pack station" in page_of(support, order)
    assert "Waits for an answer" in text(support.get("/warehouse/?bucket=held"))
    url = f"/orders/{order.number}/question/"
    assert support.post(url, {"text": " "}).status_code == 422
    assert warehouse.question(order)

    support.post(url, {"text": "12 rue des Tanneurs"})

    assert warehouse.held(order) is None
    assert "The pack station asks" not in text(support.get("/support/"))
    page = page_of(support, order)
    assert "asks at the pack station" not in page
    for said in ("Support is asked; kept back until the answer", "The question to support has ended", "12 rue des"):
        assert said in page
    late = support.post(url, {"text": "14 rue des Lilas"})
    assert late.status_code == 409
    assert "14 rue des Lilas</textarea>" in late.content.decode()  # what was typed is not lost
    fields = dict(re.findall(r'name="(kind)" value="(\w+)"', late.content.decode()))
    [notes] = re.findall(r'action="([^"]+/notes/[^"]*)"', late.content.decode())
    support.post(notes, fields | {"text": "14 rue des Lilas"})
    assert [note.kind for note in Note.objects.filter(order=order, text="14 rue des Lilas")] == [Note.Kind.PACKER]

    told = station.client.get("/warehouse/pack/", {"at": at}, headers={"HX-Request": "true"})
    assert re.search(rf"can be packed now.*{order.number}", text(told))
    assert "12 rue des Tanneurs" in station.scan(slip(order))
    assert "can be packed now" not in station.said
    station.scan(DRILL)
    assert station.work.checked == {}  # the answer is read first
    station.scan("!CNEXT00", DRILL, label())
    assert declared(order)


def test_what_is_the_matter_is_read_in_the_readers_language(account, asked):
    order, station = asked
    kept = make.order("SCID0126KEPT", of=account, lines=(drill(),))
    station.scan(slip(kept), "!CPROBLEM01", "!CPROBLEM01")
    before = make.order("SCID0126BEFORE", of=account)
    tomorrow = warehouse.tomorrow(timezone.now())
    warehouse.hold(before, make.user("warehouse", account), reason="An item is broken. Angle", until=tomorrow)
    french = Client()
    french.force_login(with_second_factor(make.user("manager", account, language="fr")))

    page, queue = order.get_absolute_url(), "/warehouse/?bucket=held"
    for address in (queue, page, "/support/", f"/orders/{order.number}/question/"):
        told = text(french.get(address))
        assert "L’adresse est impossible. Pas de numéro de rue" in told, address
        assert "The address is impossible" not in told
    for address in (queue, kept.get_absolute_url(), f"/orders/{kept.number}/hold/"):
        assert "Un article manque." in text(french.get(address)), address
    assert "L’adresse est impossible." in Station(account, french).scan(slip(order))
    assert "The address is impossible. Pas de numéro de rue" in page_of(signed_in("support", account), order)
    assert "An item is broken. Angle" in page_of(french, before)  # of an older version: as it was written


def test_support_may_answer_and_keep_the_order_back(account, asked):
    order, _station = asked
    day = timezone.localdate() + timedelta(days=3)

    signed_in("support", account).post(
        f"/orders/{order.number}/question/", {"text": "La cliente rappelle", "day": day.isoformat()}
    )

    kept = warehouse.held(order)
    assert kept is not None
    assert (kept.asks, kept.reason) == (False, "La cliente rappelle")


def test_two_answers_to_one_question_are_one(account, asked):
    order, _station = asked
    first, second = (make.user("support", account, username=name) for name in ("nora", "tom"))

    assert warehouse.answer(order, first, text="12 rue des Tanneurs", until=None)
    assert not warehouse.answer(order, second, text="14 rue des Tanneurs", until=timezone.now() + timedelta(days=1))

    assert Note.objects.get(order=order).text == "12 rue des Tanneurs"
    assert warehouse.held(order) is None


def test_who_packs_released_asks_and_ended_orders(account, asked):
    """Released by whoever packs, the question has ended; of an order that is over, nobody is asked any more."""
    order, station = asked
    other = make.order("SCID0126OTHER", of=account)
    warehouse.ask(other, make.user("warehouse", account), reason="?")
    assert warehouse.questions([account.pk]).count() == 2

    station.client.post(f"/orders/{order.number}/hold/", {"release": "1"})
    Order.objects.filter(pk=other.pk).update(status="Cancelled")

    assert not warehouse.questions([account.pk])
    assert station.client.get(f"/orders/{order.number}/question/").status_code == 403


def test_another_accounts_question_is_not_there(account, asked):
    order, _station = asked
    stranger = signed_in("support", make.account(seller_id="999"))

    assert "The pack station asks" not in text(stranger.get("/support/"))
    assert stranger.post(f"/orders/{order.number}/question/", {"text": "?"}).status_code == 404
    assert warehouse.question(order)


def test_the_order_says_who_packs_it_and_tells_what_happened(account):
    order = make.order(of=account, lines=(drill(),))
    amelie, karim = (make.user("warehouse", account, username=name, name=name) for name in ("Amélie", "Karim"))
    support = signed_in("support", account)
    warehouse.claim(order, amelie, "one")
    assert "Amélie packs this order" in page_of(support, order)
    assert "Amélie packs it" in text(support.get("/orders/"))
    warehouse.take_over(order, karim, "two", reason="Amélie a fini sa journée")
    warehouse.hold(order, karim, reason="Carton manquant", until=timezone.now() + timedelta(hours=2))

    page = page_of(support, order)

    for said in (
        "Opened to be packed",
        "Taken over from Amélie, to be packed",
        "Amélie a fini sa journée",
        "Kept back by Karim",
        "Carton manquant",
    ):
        assert said in page
    assert "packs this order" not in page
    assert "Kept back" in text(support.get("/orders/"))
    warehouse.let_go(order, karim)
    assert "Kept back no longer" in page_of(support, order)


def test_a_note_for_the_packer_is_read_before_anything_is_packed(account):
    order = make.order(of=account, lines=(drill(),))
    Note.objects.create(account=account, order=order, kind="packer", text="Emballage cadeau", author_name="Solène")
    Note.objects.create(account=account, order=order, kind="team", text="Cliente fidèle", author_name="Solène")
    station = Station(account)

    assert "Emballage cadeau" in station.scan(slip(order))
    assert "Cliente fidèle" not in station.said
    station.scan(DRILL)
    assert station.work.checked == {}
    station.scan("!CNEXT00")
    assert "Emballage cadeau" in station.said  # it stays in sight
    Note.objects.create(account=account, order=order, kind="packer", text="Et un ruban", author_name="Solène")
    station.scan(DRILL)
    assert station.work.checked == {}
    station.scan("!CNEXT00", DRILL, label())
    assert declared(order)


def test_what_was_written_goes_with_the_customers_data(account, asked):
    order, _station = asked
    warehouse.take_over(order, make.user("warehouse", account), "two", reason="Client au téléphone")
    Order.objects.filter(pk=order.pk).update(status="Shipped", shipped_at=timezone.now() - timedelta(days=900))

    retention.erase_contacts(account)

    assert set(Hold.objects.values_list("reason", flat=True)) == {""}
    assert set(Claim.objects.values_list("reason", flat=True)) == {""}

"""The page of the telephone: what it finds first, when it opens an order, and what it says before and after typing."""

import random
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from backoffice.models import AccessLog
from fulfilment.models import Command, State
from orders import mirror, ranking, rollups, scope, search, support
from orders.models import GestureRequest, Order
from tests import make
from tests.orders.pages import signed_in, text

pytestmark = pytest.mark.django_db

SURNAMES = (
    "Martin Bernard Dubois Thomas Robert Richard Petit Durand Leroy Moreau Simon Laurent Lefebvre Michel Garcia David"
    " Bertrand Roux Vincent Fournier Morel Girard Andre Lefevre Mercier Dupont Lambert Bonnet Francois Martinez Legrand"
    " Garnier Faure Rousseau Blanc Guerin Muller Henry Roussel Nicolas Perrin Morin Mathieu Clement Gauthier Dumont"
    " Lopez Fontaine Chevalier Robin Masson Sanchez Gerard Nguyen Boyer Denis Lemaire Duval Joly Gautier Roger Roche"
    " Roy Noel Meyer Lucas Meunier Jean Perez Marchand Dufour Blanchard Marie Barbier Brun Dumas Brunet Schmitt Leroux"
    " Colas Béranger Lefèvre Gaëtan Kœnig"
)


def typo(word: str, dice: random.Random) -> str:
    """The word with one error of a hurried hand: two signs exchanged, one missing, one twice, one wrong."""
    at = dice.randrange(len(word) - 1)
    signs = "0123456789" if word.isdigit() else "abcdefghijklmnopqrstuvwxyz"
    return dice.choice(
        [
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at + 1 :],
            word[: at + 1] + word[at:],
            word[:at] + dice.choice(signs) + word[at + 1 :],
        ]
    )


def test_two_hundred_names_and_postcodes_with_typing_errors_are_in_the_first_three_hits():
    dice = random.Random(20261104)
    account, surnames = make.account(), SURNAMES.split()
    people: dict[tuple[str, str], None] = {}
    while len(people) < 1_200:
        people[dice.choice(surnames), f"{dice.randrange(1, 96):02}{dice.randrange(0, 1000, 10):03}"] = None
    readings = [
        make.reading(
            f"N{turn:05}", lines=(make.line(shipping=make.address(last_name=name, postal_code=code, city="Ville")),)
        )
        for turn, (name, code) in enumerate(people)
    ]
    for start in range(0, len(readings), 400):
        mirror.store(account, readings[start : start + 400], source="live")
    user = make.user("support", account)
    asked = scope.to_search(user, [account])

    missed = []
    for turn in dice.sample(range(len(readings)), 200):
        name, code = list(people)[turn]
        wrong_name = dice.random() < 0.7
        typed = f"{typo(name.lower(), dice)} {code}" if wrong_name else f"{name} {typo(code, dice)}"
        hits = support.hits(search.find(typed, asked, forgiving=True).ids, typed, user, [account], asked)
        if f"N{turn:05}" not in [hit.order.number for hit in hits[:3]]:
            missed.append((typed, name, code))

    assert missed == []


@pytest.fixture
def shop():
    account = make.account()
    for number, first, last, city in (
        ("A-0001", "Anne", "Lyonnet", "Paris"),
        ("A-0002", "Marc", "Fournier", "Lyon"),
        ("A-0003", "Lyon", "Fournier", "Lille"),
    ):
        shipping = make.address(first_name=first, last_name=last, city=city)
        lines = (
            make.line(sku="DRL", title="Perceuse", shipping=shipping),
            make.line("B2", title="Lampe", shipping=shipping),
        )
        make.order(number, of=account, lines=lines)
    return account


def asked_of(order: Order, author, state: str, **more) -> Command:
    return Command.objects.create(
        account=order.account, subject=order.number, order=order, kind="cancel", fingerprint="f",
        form_token=f"t-{order.number}-{state}", author=author, author_name=author.username, order_version=1,
        state=state, **more,
    )  # fmt: skip


def hits_of(account, typed):
    user = make.user("support", account)
    asked = scope.to_search(user, [account])
    return [
        hit.order.number
        for hit in support.hits(search.find(typed, asked, forgiving=True).ids, typed, user, [account], asked)
    ]


def test_a_name_comes_before_a_beginning_and_both_before_a_town(shop):
    assert hits_of(shop, "lyon") == ["A-0003", "A-0001", "A-0002"]


def test_hits_as_good_as_each_other_stay_newest_first(shop):
    now = timezone.now()
    for hours in range(12):
        make.order(f"B-{hours:04}", of=shop, created_at=now - timedelta(hours=hours), customer="C")

    rollups.recount(shop)

    assert hits_of(shop, "perceuse") == ["A-0003", "A-0002", "A-0001"]
    assert hits_of(shop, "goff") == [f"B-{hours:04}" for hours in range(10)]


def test_a_postcode_of_two_exchanged_figures_is_not_taken_for_another_word():
    assert "69030" in search.one_letter_away("69003")
    assert not any(sign.isalpha() for word in search.one_letter_away("69003") for sign in word)
    assert ranking._alike("fournir", "fournier") < ranking._alike("fourn", "fournier")


def test_an_exact_number_opens_at_once_where_enter_or_a_paste_sent_it(shop):
    client = signed_in("support", shop)

    typing = client.get("/support/?q=A-0002", headers={"HX-Request": "true"})
    sent = client.get("/support/?q=A-0002&go=1", headers={"HX-Request": "true"})
    plain = client.get("/support/?q=A-0002&go=1")

    assert typing.status_code == 200
    assert "1 order found" in text(typing)
    assert sent.headers["HX-Redirect"] == "/orders/A-0002/"
    assert (plain.status_code, plain.headers["Location"]) == (302, "/orders/A-0002/")


def test_enter_on_a_name_shows_its_orders_and_opens_none(shop):
    answer = signed_in("support", shop).get("/support/?q=fournier&go=1")

    assert answer.status_code == 200
    assert "2 orders found" in text(answer)
    assert "L. Fournier, Lille" in text(answer)
    assert "Perceuse, Lampe" in text(answer)


def test_one_sign_is_not_searched(shop):
    answer = signed_in("support", shop).get("/support/?q=f")

    assert "found" not in text(answer).lower()


def test_pasted_numbers_are_found_found_twice_or_not_found(shop):
    make.order("A-0009", of=shop, channel_number="A-00011")
    make.order("A-00011", of=shop)

    answer = signed_in("support", shop).get("/support/?q=A-0009%20%20A-00011;A-00099&go=1")

    assert "2 orders found" in text(answer)
    assert "1 number stands for several orders A-00011" in text(answer)
    assert "1 number was not found A-00099" in text(answer)
    assert "Show all of them in the list" in text(answer)


def test_who_finds_nothing_is_told_what_was_searched_and_may_ask_the_marketplace(shop):
    answer = signed_in("support", shop).get("/support/?q=SCID99999")

    assert "Nothing found." in text(answer)
    assert "gesture and cancellation numbers" in text(answer)
    assert reverse("orders:look-up", args=["SCID99999"]) in answer.content.decode()


def test_before_typing_stand_my_open_matters_and_the_orders_opened_in_this_session(shop):
    client = signed_in("support", shop)
    me, other = shop.users.get(), make.user("support", shop)
    one, two, three = Order.objects.order_by("number")
    asked_of(one, me, State.ATTENTION, reason="Nobody answered")
    asked_of(two, me, State.CONFIRMED, ended_at=timezone.now() - timedelta(hours=1))
    asked_of(three, other, State.READY)
    AccessLog.objects.create(user=me, username="x", account=shop, subject="A-0003", view="orders:detail")
    old = timezone.now() - timedelta(days=1)
    AccessLog.objects.create(user=me, username="x", account=shop, subject="A-0002", view="orders:detail", at=old)

    said = text(client.get("/support/"))
    matters, _title, opened = said.partition("Opened last")

    assert "A-0001" in matters
    assert "Nobody answered" in matters
    assert "Answered" in matters
    assert "A-0002" in matters
    assert "A-0003" not in matters
    assert "A-0003" in opened
    assert "A-0002" not in opened


def test_a_hit_says_what_was_asked_of_it_last_and_its_gestures(shop):
    asked_of(Order.objects.get(number="A-0001"), make.user("support", shop), State.REFUSED, ended_at=timezone.now())
    GestureRequest.objects.create(account=shop, remote_id="G1", number="A-0001", status="Done", reason="Other")
    GestureRequest.objects.create(account=shop, remote_id="G2", number="A-0001", status="Rejected", reason="Other")

    said = text(signed_in("support", shop).get("/support/?q=lyonnet"))

    assert "Cancellation Refused" in said
    assert "1 gesture" in said


def test_ten_hits_cost_as_many_queries_as_one(shop):
    client = signed_in("support", shop)
    client.get("/support/?q=fournier")
    with CaptureQueriesContext(connection) as few:
        client.get("/support/?q=lyonnet")
    for turn in range(12):
        make.order(f"C-{turn:04}", of=shop, lines=(make.line(shipping=make.address(last_name="Lyonnet")),))

    with CaptureQueriesContext(connection) as many:
        answer = client.get("/support/?q=lyonnet")

    assert "13 orders, the best 10 shown" in text(answer)
    assert len(many) <= len(few) + 1  # several hits are put in their order
    assert len(many) <= 22


def test_orders_of_other_accounts_are_not_found(shop):
    elsewhere = make.account(seller_id="other")
    make.order("X-0001", of=elsewhere)

    assert "Nothing found." in text(signed_in("support", shop).get("/support/?q=X-0001"))


def test_support_begins_its_day_here():
    assert signed_in("support").get("/").headers["Location"] == "/support/"

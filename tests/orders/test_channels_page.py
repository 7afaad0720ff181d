"""What each channel can do, as an administrator sees and corrects it; and how our predictions turned out."""

import time

import pytest
from django.urls import reverse

from backoffice import sessions
from octopia.contract.lifecycle import Ability, Verb
from orders import lifecycle
from orders.models import Channel, ChannelAbility
from tests import make
from tests.orders.pages import signed_in

pytestmark = pytest.mark.django_db
PAGE = "/settings/channels/"


@pytest.fixture
def shop(account):
    make.order(lines=(make.line("A"), make.line("B")))
    make.order(channel="ZZLINE", channel_name="Galerie", lines=(make.line("A"), make.line("B")))
    return account


def channel(code: str) -> Channel:
    return Channel.objects.get(code=code)


def address(code: str) -> str:
    return reverse("orders:channel", args=[channel(code).pk])


def test_every_channel_tells_each_ability_with_how_it_is_known(shop):
    boss = signed_in("administrator", shop)

    body = boss.get(PAGE).content.decode()

    assert body.count("One order in several parcels") == 2
    assert "the marketplace&#x27;s page on order management" in body
    assert "documented" in body
    assert "not known" in body


def test_what_was_learned_is_shown_with_its_words_and_the_documentation_beside_it(shop):
    lifecycle.learn(shop, "CDISFR", Ability.SEVERAL_PARCELS, True, "Two parcels were taken.")
    lifecycle.learn(shop, "ZZLINE", Ability.SINGLE_LINES, False, "Only a complete order is shipped.")
    boss = signed_in("administrator", shop)

    body = boss.get(PAGE).content.decode()

    assert "yes. Two parcels were taken." in body  # beside: the documented no counts
    assert "the marketplace&#x27;s answer to us" in body
    assert "Only a complete order is shipped." in body


@pytest.mark.parametrize("role", ["warehouse", "support", "manager"])
def test_only_an_administrator_sees_and_corrects(shop, role):
    client = signed_in(role, shop)

    answers = [client.get(PAGE), client.get(address("CDISFR")), client.post(address("CDISFR"), {"gestures": "yes"})]

    assert {answer.status_code for answer in answers} == {403}
    assert not ChannelAbility.objects.exists()


def test_a_correction_is_shown_before_and_after_and_then_counts(shop):
    boss = signed_in("administrator", shop)
    typed = {"several_parcels": "yes", "source": "told by the seller support"}

    looked = boss.post(address("CDISFR"), typed)
    nothing_yet = ChannelAbility.objects.count()
    saved = boss.post(address("CDISFR"), typed | {"confirmed": looked.context["form"].seen})

    change = looked.context["changes"][0]
    fact = lifecycle.abilities(shop.pk, "CDISFR")[Ability.SEVERAL_PARCELS]
    assert (change.label, change.before, change.after) == ("One order in several parcels", "no", "yes")
    assert nothing_yet == 0
    assert (saved.status_code, saved["Location"]) == (302, PAGE)
    assert fact.value is True
    assert fact.person
    assert (fact.person.was, fact.person.source) == (False, "told by the seller support")
    assert "told by the seller support" in boss.get(PAGE).content.decode()
    assert "Documented: no" in boss.get(PAGE).content.decode()


def test_a_correction_is_taken_back(shop):
    boss = signed_in("administrator", shop)
    lifecycle.correct(shop, "CDISFR", Ability.INVOICES, False, by=make.user("administrator"), source="seen")
    typed = {"invoices": "", "source": "it was a mistake"}

    looked = boss.post(address("CDISFR"), typed)
    boss.post(address("CDISFR"), typed | {"confirmed": looked.context["form"].seen})

    assert looked.context["changes"][0].after == "yes"
    assert not ChannelAbility.objects.exists()


def test_what_somebody_else_corrected_meanwhile_is_shown_before_it_is_saved(shop):
    boss = signed_in("administrator", shop)
    typed = {"gestures": "yes", "source": "seen"}
    looked = boss.post(address("CDISFR"), typed)
    lifecycle.correct(shop, "CDISFR", Ability.INVOICES, False, by=make.user("administrator"), source="seen")

    again = boss.post(address("CDISFR"), typed | {"confirmed": looked.context["form"].seen})

    assert again.status_code == 200
    assert {change.label for change in again.context["changes"]} == {"Commercial gestures", "Invoices"}
    assert lifecycle.abilities(shop.pk, "CDISFR")[Ability.GESTURES].value is None


def test_whoever_corrects_says_how_they_know(shop):
    boss = signed_in("administrator", shop)

    answer = boss.post(address("CDISFR"), {"gestures": "yes", "source": ""})

    assert answer.status_code == 422
    assert "data-summary" in answer.content.decode()


def test_a_correction_asks_for_a_fresh_login(shop):
    boss = signed_in("administrator", shop)
    session = boss.session
    session[sessions.PROVED] = time.time() - sessions.FRESH.total_seconds() - 1
    session.save()

    answer = boss.post(address("CDISFR"), {"gestures": "yes", "source": "seen"})

    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_reauthenticate"))


def test_the_page_takes_the_same_queries_for_many_channels(shop, django_assert_max_num_queries):
    boss = signed_in("administrator", shop)
    boss.get(PAGE)
    for turn in range(30):
        Channel.objects.create(account=shop, code=f"ZZ{turn:04d}")
        lifecycle.learn(shop, f"ZZ{turn:04d}", Ability.GESTURES, True, "taken")

    with django_assert_max_num_queries(9):
        boss.get(PAGE)


def test_a_wrong_prediction_is_told_with_its_last_example(shop):
    order = make.order()
    verdict = lifecycle.verdict(order, Verb.CANCEL)
    lifecycle.outcome(shop, Verb.CANCEL, "CDISFR", verdict, False, "Not this one.", number=order.number)
    lifecycle.outcome(shop, Verb.SHIP, "CDISFR", lifecycle.verdict(order, Verb.SHIP), True, number=order.number)
    boss = signed_in("administrator", shop)

    answer = boss.get(PAGE)

    outcomes = answer.context["outcomes"]
    body = answer.content.decode()
    assert ([row.rule for row in outcomes.wrong], outcomes.missed, outcomes.all) == ([verdict.rule], 1, 2)
    assert "Not this one." in body
    assert order.get_absolute_url() in body
    assert "1 of 2 answers were not as predicted." in body

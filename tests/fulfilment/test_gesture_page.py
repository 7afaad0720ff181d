"""The gesture dialog: bounds before the first key, a button that says the amount, and money asked for once."""

from decimal import Decimal

import pytest

from backoffice import shop
from fulfilment import choices
from fulfilment.models import Command, State
from octopia.contract.vocabulary import Ability
from orders import lifecycle
from orders.models import GestureRequest
from sandbox import verbs
from tests.fulfilment.asking import give, looked, sent
from tests.fulfilment.dialogs import HTMX, button, filled, url
from tests.orders.pages import signed_in, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def shipped(place):
    return place("SCID1", status="Shipped", lines=[{"price": 100}])


def page(order):
    return url(order, "gesture")


def most(market, number="SCID1"):
    return Decimal(str(verbs.remaining(market, market.order(number))))


def test_the_bound_and_the_currency_are_said_before_anything_is_typed(shipped, market):
    said = text(signed_in().get(page(shipped)))

    assert f"At most €{most(market):,.2f}" in said
    assert "nothing given yet" in said
    assert "Amount in €" in said


def test_what_a_colleague_has_seen_done_was_given_though_it_is_not_listed_yet(shipped):
    given = give(shipped, "5.00")
    Command.objects.filter(pk=given.pk).update(state=State.CLOSED_DONE)

    said = text(signed_in().get(page(shipped)))

    assert "nothing given yet" not in said
    assert "that is what the marketplace still allows on this order" in said


@pytest.mark.parametrize("typed", ["5", "5.00", "5,00", " 5,0 ", "5 €"])
def test_an_amount_is_understood_as_people_type_it(shipped, typed):
    client = signed_in()
    form = filled(client.get(page(shipped)), amount=typed, reason="ShippingFees")

    assert client.post(page(shipped), form).status_code == 302

    command = Command.objects.get()
    assert (command.amount, command.payload["amount"], command.payload["currency"]) == (5, "5.00", "EUR")


@pytest.mark.parametrize(
    ("cents", "status"), [(0, 302), (1, 422)], ids=["what is allowed at most", "one hundredth more"]
)
def test_the_marketplace_s_limit_is_a_wall_in_the_form_too(shipped, market, cents, status):
    client = signed_in("administrator")
    amount = most(market) + Decimal(cents) / 100
    form = filled(client.get(page(shipped)), amount=str(amount), reason="ShippingFees")

    assert client.post(page(shipped), form).status_code == status

    assert Command.objects.exists() == (status == 302)


def test_what_is_shown_at_most_can_be_given_and_no_cent_more(shipped):
    choices.keep(shipped.account, choices.amount_of(shipped), (Decimal("12.3456"), "EUR"))
    client = signed_in()
    shown = client.get(page(shipped))

    above = client.post(page(shipped), filled(shown, amount="12.35", reason="ShippingFees"))
    at_it = client.post(page(shipped), filled(shown, amount="12.34", reason="ShippingFees"))

    assert "At most €12.34" in text(shown)
    assert (above.status_code, at_it.status_code) == (422, 302)


@pytest.mark.parametrize(("cents", "words", "state"), [(0, "Give", State.READY), (1, "Propose", State.PROPOSED)])
def test_above_one_s_limit_the_button_proposes(place, cents, words, state):
    order = place("SCID1", status="Shipped", lines=[{"price": 10_000}])
    amount = shop.limit("gesture", "support") + Decimal(cents) / 100
    client = signed_in()
    shown = client.get(page(order))

    summed = client.get(page(order), {"sum": "1", "amount": str(amount)})
    client.post(page(order), filled(shown, amount=str(amount), reason="ShippingFees"))

    assert button(shown, "gesture") == "Give the gesture"
    assert button(summed, "gesture") == f"{words} €{amount:,.2f}"
    assert Command.objects.get().state == state


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"amount": "5"}, "Choose the reason."),
        ({"amount": "", "reason": "ShippingFees"}, "Write the amount, such as 9.99."),
        ({"amount": "0", "reason": "ShippingFees"}, "The amount is above zero, such as 9.99."),
        ({"amount": "-5", "reason": "ShippingFees"}, "The amount is above zero"),
        ({"amount": "5.001", "reason": "ShippingFees"}, "two decimals at most"),
        ({"amount": "1,234", "reason": "ShippingFees"}, "two decimals at most"),
        ({"amount": "1,234.56", "reason": "ShippingFees"}, "This is no amount: write it such as 9.99."),
        ({"amount": "5,5,5", "reason": "ShippingFees"}, "This is no amount"),
        ({"amount": "five", "reason": "ShippingFees"}, "This is no amount"),
        ({"amount": "NaN", "reason": "ShippingFees"}, "This is no amount"),
        ({"amount": "Infinity", "reason": "ShippingFees"}, "This is no amount"),
        ({"amount": "1\u202f000,50", "reason": "ShippingFees"}, "At most €20.00"),
        ({"amount": "9" * 40, "reason": "ShippingFees"}, "At most €20.00"),
        ({"amount": "1e400", "reason": "ShippingFees"}, "At most €20.00"),
        ({"amount": "5", "reason": "Other"}, "Say in a sentence what it is for"),
        ({"amount": "5", "reason": "Other", "details": "  "}, "Say in a sentence what it is for"),
        ({"amount": "5", "reason": "Invented"}, "“Invented” does not hold any more"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_asked(shipped, calls, values, said):
    client = signed_in()
    form = filled(client.get(page(shipped)), note="third call", **values)

    answer = client.post(page(shipped), form)

    body = answer.content.decode()
    assert answer.status_code == 422
    assert said in text(answer)
    assert f'name="amount" value="{values["amount"]}"' in body or not values["amount"]
    assert 'name="note" value="third call"' in body
    assert not Command.objects.exists()
    assert [call for call in calls if call.startswith("POST")] == []


def test_the_same_again_is_told_with_its_day_while_typing_and_blocked(shipped, market):
    command = give(shipped, "5.00", "ShippingFees")
    sent(command)
    market.clock.advance(120)
    assert looked(command).state == State.CONFIRMED
    client = signed_in()
    shown = client.get(page(shipped))

    summed = client.get(page(shipped), {"sum": "1", "amount": "5", "reason": "ShippingFees"})
    answer = client.post(page(shipped), filled(shown, amount="5", reason="ShippingFees"))

    assert "Already given on" in text(summed)
    assert "Earlier, this order and this customer" in text(shown)
    assert answer.status_code == 422
    assert Command.objects.count() == 1


def test_while_one_is_open_another_is_not_offered(shipped):
    give(shipped, "5.00", "ShippingFees")

    answer = signed_in().get(page(shipped))

    assert answer.status_code == 409
    assert "Commercial gesture asked for by" in text(answer)


def test_a_rejected_one_explains_itself(shipped, account):
    GestureRequest.objects.create(
        account=account, remote_id="G1", number="SCID1", reason="ShippingFees", amount=5, currency="EUR",
        status="Rejected", errors=[["E7", "The customer was given a refund already."]],
    )  # fmt: skip

    assert "The customer was given a refund already." in text(signed_in().get(page(shipped)))


def test_a_channel_that_forbids_gestures_is_told_and_remembered_in_a_sentence(place, account):
    order = place("SCID1", channel="ZZDEMO", status="Shipped")

    answer = signed_in().get(page(order))

    learned = lifecycle.abilities(account.pk, "ZZDEMO")[Ability.GESTURES]
    assert answer.status_code == 409
    assert "does not take commercial gestures" in text(answer)
    assert learned.marketplace is not None
    assert learned.marketplace.value is False
    assert learned.marketplace.source.endswith("in the channel's configuration of commercial gestures.")


def test_before_shipment_nothing_is_offered_or_fetched(place, calls):
    order = place("SCID1")
    calls.clear()

    assert signed_in().get(page(order)).status_code == 409

    assert calls == []


def test_a_silent_marketplace_gets_the_third_face_and_nothing_is_sent(shipped, market):
    market.faults = [{"fault": "lost"}] * 4

    answer = signed_in().get(page(shipped), headers=HTMX)

    assert answer.status_code == 503
    assert "Nothing was sent" in text(answer)


def test_what_was_given_changes_what_is_left_at_once(shipped, market):
    command = give(shipped, "5.00", "ShippingFees")
    sent(command)
    market.clock.advance(120)
    looked(command)

    said = text(signed_in().get(page(shipped)))

    assert f"At most €{most(market):,.2f}" in said
    assert "€5.00 of it was given or is being decided" in said


def test_the_warehouse_gives_nothing(shipped):
    assert signed_in("warehouse").get(page(shipped)).status_code == 403

"""The answer that support pastes: in the customer's language, and only what is known."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone, translation

from octopia import schema
from orders import answers, sheet
from orders.models import Order
from tests import make
from tests.orders.pages import signed_in, text

pytestmark = pytest.mark.django_db
PARCEL = schema.Parcel(number="6A12345678901", carrier="Colissimo", url="https://track.example/6A12345678901")


def told(**members):
    account = make.the_account()
    lines = members.pop("lines", None) or (make.line(shipping=make.address(country=members.pop("country", "FR"))),)
    order = make.order("A-0001", of=account, channel_number="2611AB", lines=lines, **members)
    Order.objects.filter(pk=order.pk, status="Shipped").update(shipped_at=datetime(2026, 11, 4, 9, tzinfo=UTC))
    (found,) = sheet.found("A-0001", [account])
    with translation.override("en"):
        return answers.answer(sheet.sheet(found, make.user("support", account)))


def test_a_shipped_order_is_told_with_its_day_its_parcel_and_where_to_follow_it():
    said = told(status="Shipped", lines=(make.line(status="Shipped", parcels=(PARCEL,)),))

    assert said.language == "fr"
    assert said.text.startswith("Votre commande 2611AB a été expédiée le 4 nov. 2026.")
    assert "6A12345678901, Colissimo." in said.text
    assert said.text.endswith("https://track.example/6A12345678901")


@pytest.mark.parametrize(("country", "language"), [("FR", "fr"), ("BE", "fr"), ("DE", "en"), ("", "fr")])
def test_the_language_is_that_of_the_country_or_else_of_the_channel(country, language):
    assert told(country=country).language == language


@pytest.mark.parametrize(
    ("status", "begins"),
    [
        ("Processing", "Your order 2611AB was received and is being confirmed."),
        ("WaitingAcceptance", "Your order 2611AB was received and is being confirmed."),
        ("InPreparation", "Your order 2611AB is being prepared. It is to be shipped by"),
        ("Delivered", "Your order 2611AB was delivered."),
        ("Cancelled", "Your order 2611AB was cancelled."),
        ("Refused", "Your order 2611AB was cancelled."),
    ],
)
def test_each_status_has_its_sentence(status, begins):
    assert told(status=status, country="DE").text.startswith(begins)


def test_a_late_order_promises_no_other_day():
    line = make.line(ship_by=timezone.now() - timedelta(days=2), shipping=make.address(country="DE"))

    said = told(lines=(line,)).text

    assert "and is late." in said
    assert said.count("shipped by") == 1


@pytest.mark.parametrize(
    ("days", "said"),
    [(2, "le reste est en préparation. Le reste doit être expédié"), (-2, "Le reste devait être expédié")],
)
def test_of_an_order_that_left_in_part_the_rest_is_due(days, said):
    due = timezone.now() + timedelta(days=days)
    lines = (make.line("A", status="Shipped", parcels=(PARCEL,)), make.line("B", ship_by=due))

    assert said in told(lines=lines).text


def test_an_unknown_status_says_nothing():
    assert told(status="Teleported") is None


def test_support_has_it_on_the_order_page_and_the_warehouse_has_not():
    order = make.order("A-0001")

    assert "Answer for the customer" in text(signed_in("support", order.account).get("/orders/A-0001/"))
    assert "Answer for the customer" not in text(signed_in("warehouse", order.account).get("/orders/A-0001/"))

"""Taken, and rejected later: the author and whoever settles it read it in the outbox, in the marketplace's words."""

import re

import pytest

from backoffice.models import Alert
from fulfilment.models import Command, State
from tests import make
from tests.fulfilment.asking import cancel, give, looked, sent
from tests.fulfilment.test_second_person import browser
from tests.orders.pages import text

pytestmark = pytest.mark.django_db

ASKS = {"gesture": give, "cancellation": cancel}


@pytest.fixture(params=ASKS)
def rejected(request, market, place):
    """What a supporter asked, the marketplace took, and rejected an hour later."""
    order = place("SCID1", status="Shipped", lines=[{"price": 40}])
    market.decisions[request.param].append("rejected")
    author = make.user("support")
    command = ASKS[request.param](order, by=author)
    assert sent(command).state == State.TAKEN
    market.clock.advance(3600)
    assert looked(command).state == State.REFUSED
    return command


def waits(answer):
    """What the side bar counts beside the outbox."""
    found = re.search(r'href="/outbox/"[^>]*>.*?</a>', answer.content.decode(), re.S)
    assert found
    count = re.search(r"\d+", re.sub(r"<[^>]+>", " ", found[0]))
    return int(count[0]) if count else 0


@pytest.mark.parametrize("who", ["author", "manager"])
def test_it_stands_in_what_is_to_be_checked_with_the_marketplace_s_words(rejected, who):
    person = rejected.author if who == "author" else make.user("manager")
    client = browser(person)

    outbox, other = client.get("/outbox/"), client.get("/orders/")

    assert f'id="request-{rejected.pk}"' in outbox.content.decode()
    assert rejected.reason
    assert rejected.reason in text(outbox)
    assert waits(other) == 1
    assert Alert.objects.filter(kind="command-rejected", subject="SCID1", closed_at=None).exists()
    assert rejected.reason in text(client.get("/orders/SCID1/"))


def test_once_its_author_has_read_it_it_is_gone_from_there_and_stays_on_the_order(rejected):
    client = browser(rejected.author)

    client.post(f"/outbox/{rejected.pk}/acknowledge/")

    assert f'id="request-{rejected.pk}"' not in client.get("/outbox/").content.decode()
    assert waits(client.get("/orders/")) == 0
    assert not Alert.objects.filter(kind="command-rejected", closed_at=None).exists()
    assert rejected.reason in text(client.get("/orders/SCID1/"))


def test_a_rejection_can_be_asked_for_again_with_another_reason_or_amount(rejected):
    order = rejected.order
    order.refresh_from_db()
    again = cancel(order, reason="reference-mistake") if rejected.kind == "cancel" else give(order, "4.00")

    assert sent(again).state == State.TAKEN
    assert Command.objects.count() == 2

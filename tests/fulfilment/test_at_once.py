"""G7 and G12: many presses of one form, and two people at one order, at the same moment on a real database."""

import threading
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from django.utils import timezone

from fulfilment.batches import previewing, putting
from fulfilment.models import Batch, Command, State
from fulfilment.outbox import asking, delivery
from fulfilment.outbox.refusals import NotNow, Occupied
from octopia.contract.vocabulary import Verb
from tests import make
from tests.fulfilment.asking import accept
from tests.fulfilment.conftest import due_now

THREADS, PRESSES = 10, 10
pytestmark = pytest.mark.django_db(transaction=True)


def together(*acts):
    """Run these at the same moment, each in a thread with a connection of its own; what each gave or raised."""
    gate = threading.Barrier(len(acts))
    given: list[Any] = [None] * len(acts)

    def run(at, act):
        try:
            gate.wait()
            given[at] = act()
        except Exception as error:  # noqa: BLE001  (the test looks at it)
            given[at] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(at, act)) for at, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return given


def test_a_hundred_presses_of_one_form_make_one_command(market, place, account):
    order = place("SCID1", status="WaitingAcceptance")
    visitor = Client()
    visitor.force_login(make.user("warehouse", account))
    session = visitor.session.session_key
    assert session
    form = {"form_token": "one-form-pressed-often", "seen": order.version}

    def press():
        browser = Client()
        browser.cookies[settings.SESSION_COOKIE_NAME] = session
        return {browser.post("/orders/SCID1/approval/", form).status_code for _ in range(PRESSES)}

    answers = together(*[press] * THREADS)

    assert answers == [{302}] * THREADS  # each is led to what the first one asked
    assert Command.objects.count() == 1
    assert Command.objects.get().events.count() == 1


def test_two_people_at_one_order_make_one_open_command_and_the_other_is_told(market, place):
    for turn in range(5):
        order = place(f"SCID{turn}", status="WaitingAcceptance")
        people = [make.user("manager"), make.user("manager")]

        given = together(*[partial(accept, order, by=who) for who in people])

        (command,) = Command.objects.filter(order=order)
        (told,) = [one for one in given if not isinstance(one, Command)]
        assert isinstance(told, Occupied)
        assert told.command.pk == command.pk


def test_many_workers_at_one_command_send_it_once(market, place):
    command = accept(place("SCID1", status="WaitingAcceptance"))
    due_now(command)

    given = together(*[lambda: delivery.deliver(command.pk)] * 12)

    assert sorted(given) == [False] * 11 + [True]
    assert len(market.ledger) == 1
    command.refresh_from_db()
    assert (command.state, command.attempts) == (State.TAKEN, 1)
    assert command.due > timezone.now()


def pressing(path, fields, session):
    """A browser of this session presses the form so often."""
    browser = Client()
    browser.cookies[settings.SESSION_COOKIE_NAME] = session
    return {browser.post(path, fields).headers.get("Location") for _ in range(3)}


def test_many_presses_of_one_selection_make_one_batch_and_sending_it_off_often_asks_each_order_once(
    market, place, account
):
    orders = [place(f"SCID{turn}", status="WaitingAcceptance") for turn in range(4)]
    visitor = Client()
    visitor.force_login(make.user("warehouse", account))
    session = visitor.session.session_key
    fields = {"verb": "accept", "token": "one-selection", "order": [f"{order.pk}.{order.version}" for order in orders]}

    made = together(*[partial(pressing, "/outbox/batches/", fields, session)] * 6)
    (batch,) = Batch.objects.all()
    shown = {"look": "1", "seen": previewing.version(batch)}
    sent = together(*[partial(pressing, f"/outbox/batches/{batch.pk}/", shown, session)] * 6)
    together(*[partial(putting.advance, str(batch.pk))] * 4)

    assert made == [{f"/outbox/batches/{batch.pk}/"}] * 6
    assert sent == [{f"/outbox/batches/{batch.pk}/"}] * 6
    assert batch.items.count() == 4
    assert sorted(Command.objects.values_list("subject", flat=True)) == [order.number for order in orders]
    assert set(Command.objects.values_list("batch", flat=True)) == {batch.pk}


def test_two_colleagues_confirm_one_proposal_once(market, place):
    order = place("SCID1", status="Shipped")
    command = asking.put(
        order,
        asking.Asked(
            Verb.GESTURE, {}, seen=order.version, form_token="proposed by one", amount=Decimal(5), propose=True
        ),
        make.user("support"),
    )
    people = [make.user("manager") for _ in range(4)]

    given = together(*[partial(asking.confirm, command, who) for who in people])

    assert sum(one is None for one in given) == 1
    assert sum(isinstance(one, NotNow) for one in given) == 3
    command.refresh_from_db()
    assert command.state == State.READY
    assert command.events.filter(what="approved").count() == 1

"""A database whose disk is full: nothing leaves without a committed mark, and all goes on by itself."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from fulfilment.models import Command, State
from fulfilment.outbox import sweep
from orders import backfill, sync
from tests.chaos import checker
from tests.fulfilment.kinds import KINDS, asked, done, words
from tests.orders.pages import signed_in
from tests.orders.truth import differences

FULL = """
CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;
"""


@contextmanager
def full_disk(event, table, when="true"):
    """The server refuses these writes as it does when no block is left."""
    with connection.cursor() as cursor:
        cursor.execute(FULL)
        trigger = f"CREATE TRIGGER full_disk BEFORE {event} ON {table} FOR EACH ROW WHEN ({when})"
        cursor.execute(f"{trigger} EXECUTE FUNCTION full_disk()")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION full_disk CASCADE")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", [KINDS[2], *(pytest.param(kind, marks=pytest.mark.everything) for kind in KINDS)])
def test_nothing_is_sent_while_the_mark_cannot_be_kept(market, place, kind):
    command = asked(kind, place)

    with full_disk("UPDATE", "fulfilment_command", "NEW.state = 'SENDING'"):
        sweep.act(str(command.pk))

    assert list(market.ledger) == []
    assert "marked" not in words(command)
    sweep.mend(timezone.now() + timedelta(seconds=181))
    assert done(command).state == State.TAKEN
    assert len(market.ledger) == 1


@pytest.mark.django_db(transaction=True)
def test_an_answer_that_cannot_be_written_is_looked_for_and_not_sent_again(market, place, live):
    command = asked("ship", place)

    with full_disk("UPDATE", "fulfilment_command", "NEW.state = 'TAKEN'"), pytest.raises(OperationalError):
        sweep.act(str(command.pk))

    assert len(market.ledger) == 1
    sweep.mend(timezone.now() + timedelta(seconds=181))
    assert done(command).state == State.CONFIRMED
    assert checker.violations(checker.effects(entry.saved() for entry in market.ledger)) == []


@pytest.mark.django_db(transaction=True)
def test_who_asks_meanwhile_reads_a_page_and_asks_again_later(market, place, account):
    order = place("SCID1", status="WaitingAcceptance")
    client = signed_in("warehouse")
    client.raise_request_exception = False
    form = {"form_token": "of-a-full-disk-0123456789", "seen": str(order.version)}

    with full_disk("INSERT", "fulfilment_command"):
        answer = client.post(f"/orders/{order.number}/approval/", form)

    assert answer.status_code in (500, 503)
    assert b"<h1" in answer.content
    assert b"No space left" not in answer.content
    assert not Command.objects.exists()
    assert client.post(f"/orders/{order.number}/approval/", form).status_code == 302
    assert Command.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_mirror_goes_on_where_it_was(market, account):
    market.place_many(30)
    with full_disk("INSERT", "orders_order"), pytest.raises(OperationalError):
        sync.live(account)

    sync.live(account)
    backfill.backfill(account)

    assert differences(market, account) == []

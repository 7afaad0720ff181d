"""Reads that somebody asked for: queued, limited, done once, and told how they ended."""

from datetime import timedelta

import pytest
from django.utils import timezone

from backoffice.models import Breaker
from orders import models, readings
from tests import make
from tests.orders.truth import differences

pytestmark = pytest.mark.django_db

Outcome = models.Reading.Outcome


def again(reading):
    reading.refresh_from_db()
    return reading


def test_a_question_calls_nobody_before_its_turn(market, account, calls):
    market.place("SCID1")

    reading = readings.ask_order(account, "SCID1", by=make.user())

    assert calls == []
    assert (reading.lane, reading.done_at) == ("single", None)


def test_an_order_that_is_asked_for_is_read(market, account, calls):
    market.place("SCID1")
    reading = readings.ask_order(account, "SCID1")

    assert readings.read_due() == 1

    assert again(reading).outcome == Outcome.STORED
    assert calls == ["GET /seller/v2/orders/SCID1"]
    assert differences(market, account) == []


def test_an_order_that_did_not_change_is_as_of_now(market, account):
    market.place("SCID1")
    readings.ask_order(account, "SCID1")
    readings.read_due()
    models.Reading.objects.update(asked_at=timezone.now() - timedelta(minutes=5))
    models.Order.objects.update(synced_at=timezone.now() - timedelta(hours=1))

    reading = readings.ask_order(account, "SCID1")
    readings.read_due()

    assert again(reading).outcome == Outcome.UNCHANGED
    assert timezone.now() - models.Order.objects.get().synced_at < timedelta(minutes=1)


def test_a_number_nobody_knows_is_told(market, account):
    reading = readings.ask_order(account, "NOWHERE", why="look-up")

    readings.read_due()

    assert again(reading).outcome == Outcome.MISSING


def test_a_second_question_within_half_a_minute_shows_the_first(market, account):
    market.place("SCID1")
    first = readings.ask_order(account, "SCID1", by=make.user())
    assert readings.ask_order(account, "SCID1", by=make.user("manager")) == first
    readings.read_due()

    assert readings.ask_order(account, "SCID1", by=make.user("warehouse")) == first
    assert models.Reading.objects.count() == 1


@pytest.mark.parametrize(("why", "limit"), [("person", 10), ("look-up", 3)])
def test_who_asks_too_often_is_told_how_long_to_wait(account, why, limit):
    person = make.user()
    for n in range(limit):
        readings.ask_order(account, f"SCID{n}", why=why, by=person)

    with pytest.raises(readings.TooMany) as error:
        readings.ask_order(account, "SCID-more", why=why, by=person)

    assert 0 < error.value.wait <= 60
    assert readings.ask_order(account, "SCID-more", why=why, by=make.user("manager"))


def test_a_question_hurries_what_was_to_be_read_later(account):
    later = models.Reading.objects.create(
        account=account, number="SCID1", why="quarantine", due=timezone.now() + timedelta(hours=1)
    )

    reading = readings.ask_order(account, "SCID1", by=make.user())

    assert reading == later
    assert reading.due <= timezone.now()


def test_a_failed_read_is_tried_again_and_given_up_after_eight(market, account):
    market.place("SCID1")
    reading = readings.ask_order(account, "SCID1")

    for turn in range(readings.TRIES):
        market.faults = ["500 before"]
        assert again(reading).done_at is None
        models.Reading.objects.update(due=timezone.now())
        readings.read_due()
        assert again(reading).tries == turn + 1
        Breaker.objects.all().delete()

    assert again(reading).outcome == Outcome.FAILED
    assert again(reading).trouble


def test_a_busy_marketplace_costs_no_try_and_is_waited_for(market, account):
    market.place("SCID1")
    market.faults = ["429 40"]
    reading = readings.ask_order(account, "SCID1")

    readings.read_due()

    reading = again(reading)
    assert (reading.tries, reading.done_at) == (0, None)
    assert timedelta(seconds=30) < reading.due - timezone.now() < timedelta(seconds=60)


def test_a_reader_that_died_leaves_its_reading_to_others(market, account):
    market.place("SCID1")
    reading = readings.ask_order(account, "SCID1")
    models.Reading.objects.update(until=timezone.now() + timedelta(minutes=3), tries=1)
    assert readings.read_due() == 0

    models.Reading.objects.update(until=timezone.now() - timedelta(seconds=1))
    assert readings.read_due() == 1

    assert again(reading).outcome == Outcome.STORED


def test_a_record_set_aside_is_read_every_hour_until_it_goes_well(market, account):
    market.place("SCID1")
    market.faults = ["broken 1"]
    reading = readings.ask_order(account, "SCID1", why="person")
    readings.read_due()
    assert again(reading).outcome == Outcome.SET_ASIDE
    following = models.Reading.objects.get(done_at=None)
    assert timedelta(minutes=59) < following.due - timezone.now() <= timedelta(hours=1)
    assert following.why == "quarantine"

    models.Reading.objects.filter(pk=following.pk).update(due=timezone.now())
    readings.read_due()

    assert models.Quarantine.objects.get().solved_at is not None
    assert not models.Reading.objects.filter(done_at=None).exists()


def test_a_period_is_read_again_page_by_page(market, account, calls):
    for n in range(150):
        market.place(created=n - 4000)
    market.place("SCID-other", created=-9 * 86400)
    now = market.clock.now()

    reading = readings.ask_period(account, now - timedelta(days=2), now, by=make.user("administrator"))
    readings.read_due()

    assert again(reading).outcome == Outcome.STORED
    assert (again(reading).lane, len(calls), models.Order.objects.count()) == ("backfill", 2, 150)


def test_a_period_that_broke_off_goes_on_at_its_page(market, account, calls):
    for n in range(250):
        market.place(created=n - 4000)
    now = market.clock.now()
    market.faults = ["", "500 before"]
    reading = readings.ask_period(account, now - timedelta(days=2), now)
    readings.read_due()
    models.Reading.objects.update(due=timezone.now())
    calls.clear()

    readings.read_due()

    assert again(reading).outcome == Outcome.STORED
    assert "pageIndex=2" in calls[0]
    assert models.Order.objects.count() == 250


def test_a_period_that_waits_is_not_asked_twice(account):
    now = timezone.now()

    first = readings.ask_period(account, now - timedelta(days=2), now)
    second = readings.ask_period(account, now - timedelta(days=2), now)

    assert first == second


def test_a_period_ends_after_it_begins(account):
    with pytest.raises(ValueError, match="begins before"):
        readings.ask_period(account, timezone.now(), timezone.now() - timedelta(days=1))

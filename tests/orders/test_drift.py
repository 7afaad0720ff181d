"""The mirror equals the truth whatever happens: page drift, equal stamps, late updates, failing pages, kills.

A kill is an exception that nothing of ours catches, raised between two statements: the connection rolls back what was
not committed, as it does when a process dies.
"""

import random
import threading
from contextlib import suppress

import pytest
import time_machine
from django.conf import settings
from django.db import connection, connections
from django.utils import timezone
from redis import Redis

import octopia
from backoffice.models import Breaker
from orders import backfill, models, readings, sync
from orders.rows import ORDER
from sandbox import outsiders
from tests import make
from tests.orders.truth import differences

FAILING = "500-before:0.06,html:0.04,cut:0.04,empty:0.03,lost:0.03"  # one page in five


class Killed(BaseException):
    """The process ends here."""


class Killer:
    """Ends the process at one statement in `every`, drawn; used as a wrapper of the connection's statements."""

    def __init__(self, seed: int, every: int) -> None:
        self.luck = random.Random(seed)
        self.every = every
        self.kills = 0

    def __call__(self, execute, sql, params, many, context):
        if self.luck.randrange(self.every) == 0:
            self.kills += 1
            raise Killed
        return execute(sql, params, many, context)


def end_the_pause():
    Breaker.objects.all().delete()
    Redis.from_url(settings.REDIS_URL).flushdb()


def disturb(market, luck, count):
    """Others act on so many orders, and some come in."""
    numbers = sorted(market.shelves[make.SELLER].orders)
    for number in luck.sample(numbers, min(count, len(numbers))):
        with suppress(ValueError):
            outsiders.act(market, market.order(number), luck.choice(outsiders.ACTS))
    for n in range(3):
        market.place(created=-n)


def come_to_rest(market, account):
    """No more faults; the late becomes visible; a deep run, and the past to its end."""
    market.faults.clear()
    market.settings.drift_share = market.settings.late_share = 0
    market.clock.advance(300)
    end_the_pause()
    models.Cursor.objects.filter(name="live").update(runs=settings.SYNC_DEEP_EVERY - 1)
    assert sync.live(account).clean
    assert backfill.backfill(account).clean


def run_killed(killer, run):
    with suppress(Killed, octopia.Trouble), connection.execute_wrapper(killer):
        run()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("many", [1_500, pytest.param(5_000, marks=pytest.mark.everything)])
def test_thousands_of_orders_of_one_stamp_under_failures_and_kills(market, many):
    account = make.account()
    luck = random.Random(11)
    market.place_many(many)
    market.faults = [f"equal {many}"]
    market.faults.mix(FAILING)
    market.settings.drift_share = 0.2
    market.settings.late_share, market.settings.late_seconds = 0.3, 240
    killer = Killer(5, every=many * 3 // 100)

    for turn in range(60):
        run_killed(killer, lambda: sync.live(account))
        if turn % 3 == 0:
            run_killed(killer, lambda: backfill.backfill(account))
        end_the_pause()
        market.clock.advance(60)
        disturb(market, luck, 4)
        if models.Order.objects.count() >= many:
            break
    come_to_rest(market, account)

    assert killer.kills >= 8
    assert differences(market, account) == []
    assert models.Quarantine.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_two_syncs_and_a_backfill_at_once(market):
    account = make.account()
    market.place_many(400)
    troubles = []

    def work(run):
        try:
            for _ in range(4):
                run(account)
                market.place(created=-1)
        except Exception as error:  # noqa: BLE001  (told in the assertion)
            troubles.append(error)
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=work, args=[run]) for run in (sync.live, sync.live, backfill.backfill, sync.nightly)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    come_to_rest(market, account)

    assert troubles == []
    assert differences(market, account) == []
    versions = models.Order.objects.values_list("pk", "version")
    assert models.Change.objects.count() == sum(version for _, version in versions)


@pytest.mark.parametrize("broken_off", [False, True])
@pytest.mark.django_db
def test_a_cancellation_that_shows_after_twenty_minutes_is_repaired_by_the_deep_run(market, monkeypatch, broken_off):
    """Later than any overlap, and newer changes have moved the cursor on: live runs pass it by, the deep one does not,
    also where a page of it fails and another run takes it up."""
    monkeypatch.setattr(settings, "SYNC_PAGE", 10)
    account = make.account()
    order = market.place("SCID-late")
    market.clock.advance(5)
    sync.live(account)
    market.late_next = 20 * 60
    outsiders.act(market, order, "cancel")
    market.late_next = 0
    shown = []

    for _minute in range(2 * settings.SYNC_DEEP_EVERY):
        market.clock.advance(60)
        market.place(created=-1)
        deep = models.Cursor.objects.get(name="live").runs % settings.SYNC_DEEP_EVERY == settings.SYNC_DEEP_EVERY - 1
        if deep and broken_off:
            market.faults = ["", "500 before", "500 before", "500 before"]
            with suppress(octopia.Trouble):
                sync.live(account)
            market.faults.clear()
            end_the_pause()
        sync.live(account)
        shown.append(models.Order.objects.get(number="SCID-late").status)

    assert shown[20:25] == ["InPreparation"] * 5  # it shows over there, and no live run reads so far back
    assert shown[-1] == "Cancelled"
    assert differences(market, account) == []


@pytest.mark.django_db
def test_a_cancellation_within_the_second_of_the_known_version_is_settled_by_a_single_reading(market):
    """Equal stamps, other content: a list does not say which is newer, so the order is read alone."""
    account = make.account()
    order = market.place("SCID-same")
    sync.live(account)
    outsiders.act(market, order, "cancel")

    sync.live(account)
    readings.read_due()

    assert differences(market, account) == []


@pytest.mark.parametrize("minutes", [-10, 10])
@pytest.mark.django_db
def test_our_clock_may_be_wrong_by_ten_minutes(market, minutes):
    account = make.account()
    luck = random.Random(3)
    market.place_many(60)

    with time_machine.travel(timezone.now().timestamp() + minutes * 60, tick=True):
        for _ in range(8):
            sync.live(account)
            market.clock.advance(60)
            disturb(market, luck, 5)
        sync.live(account)
        backfill.backfill(account)

    assert differences(market, account) == []
    assert sync.freshness([account]).last is not None


@pytest.mark.django_db
def test_a_clock_that_jumps_back_by_an_hour_loses_nothing(market):
    account = make.account()
    market.place_many(60)
    with time_machine.travel(timezone.now().timestamp() + 3600, tick=True):
        sync.live(account)
        backfill.backfill(account)
    market.clock.advance(60)
    market.place("SCID-new")

    sync.live(account)

    assert differences(market, account) == []


def test_the_comparison_with_the_truth_sees_every_field(market, db):
    account = make.account()
    market.place("SCID1")
    sync.live(account)
    assert differences(market, account) == []

    models.Order.objects.update(payment_method="Barter", item_count=77)
    models.Line.objects.update(sku="ANOTHER")

    found = differences(market, account)
    assert {f"SCID1.{name}" for name in ("payment_method", "item_count")} == {
        text.split(":")[0] for text in found if text.split(":")[0].removeprefix("SCID1.") in ORDER
    }
    assert "SCID1.lines differ" in found

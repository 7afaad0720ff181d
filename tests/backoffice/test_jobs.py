"""Repeating jobs under a lease: due, claimed once, failing, dying, and asked for."""

import base64
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import connections
from django.utils import timezone
from redis import Redis

from backoffice import jobs, stopping
from backoffice.bell import ring
from backoffice.models import Alert, Lease, SellerAccount
from octopia import Busy

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_other_jobs(monkeypatch):
    monkeypatch.setattr(jobs, "JOBS", {})
    yield
    stopping.forget()


@pytest.fixture
def accounts():
    return [
        SellerAccount.objects.create(name=name, slug=name, seller_id=name, api_url="http://127.0.0.1/", active=active)
        for name, active in (("one", True), ("two", True), ("asleep", False))
    ]


def counting(name, every=timedelta(minutes=1), **options):
    ran = []
    jobs.job(name, every=every, **options)(lambda *account: ran.append(account))
    return ran


def test_a_new_job_is_due_at_once_and_again_after_its_span():
    ran = counting("walk")

    with time_machine.travel(datetime(2026, 11, 24, 12, tzinfo=UTC), tick=False) as clock:
        assert jobs.run_due() == ["walk"]
        assert jobs.run_due() == []
        clock.shift(timedelta(seconds=61))
        assert jobs.run_due() == ["walk"]

    assert len(ran) == 2


def test_a_job_of_accounts_runs_once_for_each_that_is_active(accounts):
    ran = counting("walk", per_account=True)

    jobs.run_due()

    assert ran == [(accounts[0],), (accounts[1],)]


def test_the_span_may_depend_on_the_account(accounts):
    spans = {"one": timedelta(minutes=1), "two": timedelta(hours=1)}
    ran = counting("walk", every=lambda account: spans[account.slug], per_account=True)
    jobs.run_due()

    jobs.run_due(timezone.now() + timedelta(minutes=2))

    assert [account.slug for (account,) in ran] == ["one", "two", "one"]


def test_a_nightly_job_comes_at_its_hour_of_the_shops_zone():
    counting("sweep up", every=jobs.nightly(3, 30))

    with time_machine.travel(datetime(2026, 11, 24, 12, tzinfo=UTC), tick=False):
        jobs.run_due()

    assert Lease.objects.get(name="sweep up").due == datetime(2026, 11, 25, 2, 30, tzinfo=UTC)


def test_one_job_that_fails_leaves_the_others_running_and_comes_back_later():
    @jobs.job("broken", every=timedelta(minutes=1))
    def broken():
        raise RuntimeError("no such town")

    ran = counting("walk")

    jobs.run_due()

    lease = Lease.objects.get(name="broken")
    assert (lease.failures, lease.trouble, lease.until) == (1, "RuntimeError: no such town", None)
    assert timezone.now() < lease.due < timezone.now() + timedelta(seconds=6)
    assert len(ran) == 1


def test_waits_grow_with_each_failure_up_to_five_minutes_and_a_person_is_told_after_three():
    failing = True

    @jobs.job("broken", every=timedelta(minutes=1))
    def broken():
        told.extend(Alert.objects.values_list("params__trouble", flat=True))
        if failing:
            raise RuntimeError("no such town")

    waits: list[float] = []
    told: list[str] = []
    with time_machine.travel(datetime(2026, 11, 24, 12, tzinfo=UTC), tick=False) as clock:
        for _failure in range(9):
            jobs.run_due()
            waits.append((Lease.objects.get().due - timezone.now()).total_seconds())
            clock.shift(timedelta(seconds=waits[-1]))
        assert waits == [5, 10, 20, 40, 80, 160, 300, 300, 300]
        assert Alert.objects.get(kind="job", subject="broken", closed_at=None).params["failures"] == 9

        failing = False
        jobs.run_due()

    assert Alert.objects.get().closed_at is not None
    assert Lease.objects.get().failures == 0
    assert set(told) == {"RuntimeError: no such town"}  # also while it is tried again


def test_a_spent_budget_is_no_failure_but_a_time_to_come_back():
    @jobs.job("walk", every=timedelta(minutes=1))
    def walk():
        raise Busy("The calls of this hour are spent.", wait=700)

    jobs.run_due()

    lease = Lease.objects.get()
    assert (lease.failures, lease.trouble) == (0, "The calls of this hour are spent.")
    assert lease.due > timezone.now() + timedelta(seconds=690)


def test_a_job_that_died_is_taken_over_when_its_lease_ends_and_the_death_counts():
    ran = counting("walk")
    now = timezone.now()
    Lease.objects.create(name="walk", due=now, holder="gone:1", until=now + timedelta(seconds=30), epoch=7)

    assert jobs.run_due(now) == []
    assert jobs.run_due(now + timedelta(seconds=31)) == ["walk"]

    assert len(ran) == 1


def test_whoever_comes_back_from_the_dead_changes_nothing():
    @jobs.job("walk", every=timedelta(minutes=1))
    def walk():
        Lease.objects.update(epoch=99, holder="another:2")
        assert not jobs.going_on()

    jobs.run_due()

    lease = Lease.objects.get()
    assert (lease.epoch, lease.holder) == (99, "another:2")
    assert lease.finished_at is None


def test_a_lease_from_a_clock_that_was_set_back_does_not_block_for_ever():
    ran = counting("walk")
    Lease.objects.create(name="walk", due=timezone.now(), until=timezone.now() + timedelta(days=400))

    jobs.run_due()

    assert len(ran) == 1


def test_a_job_asked_for_while_it_runs_runs_once_more():
    ran = []

    @jobs.job("walk", every=timedelta(hours=1))
    def walk():
        ran.append(1)
        if len(ran) == 1:
            jobs.soon("walk")

    jobs.run_due()

    assert jobs.run_due() == ["walk"]
    assert jobs.run_due() == []


def test_a_job_with_more_to_do_is_due_again_at_once():
    ran = []

    @jobs.job("backfill", every=timedelta(hours=1))
    def backfill():
        ran.append(1)
        if len(ran) < 3:
            jobs.again()

    while jobs.run_due():
        pass

    assert len(ran) == 3


def test_asking_for_a_job_rings_when_the_transaction_commits(django_capture_on_commit_callbacks):
    counting("walk", every=timedelta(hours=1))
    jobs.run_due()

    with django_capture_on_commit_callbacks() as rings:
        jobs.soon("walk")

    assert len(rings) == 1
    assert jobs.due(timezone.now()) == ["walk"]


def test_a_process_that_was_asked_to_end_begins_nothing_and_stops_between_two_steps():
    steps = []

    @jobs.job("walk", every=timedelta(minutes=1))
    def walk():
        while jobs.going_on():
            steps.append(1)
            if len(steps) == 2:
                stopping.ask()

    ran = counting("later")

    jobs.run_due()

    assert len(steps) == 2
    assert ran == []


def test_a_job_is_asked_to_stop_well_before_its_task_is_ended(settings):
    assert jobs.TURN + 20 < settings.CELERY_TASK_SOFT_TIME_LIMIT < jobs.LEASE.total_seconds()


def test_names_that_this_version_does_not_know_are_left_alone(accounts):
    counting("walk", per_account=True)
    for name in ("gone", "walk", f"walk:{accounts[2].pk}", "walk:0", "walk:x"):
        Lease.objects.create(name=name)

        assert not jobs.run(name)


def test_two_jobs_of_one_name_are_a_mistake():
    counting("walk")

    with pytest.raises(ValueError, match="Two jobs"):
        counting("walk")


@pytest.mark.django_db(transaction=True)
def test_three_schedulers_at_once_start_each_due_job_once():
    together = threading.Barrier(3)
    ran = {name: counting(name, every=timedelta(hours=1)) for name in ("one", "two", "three", "four")}

    def look(_scheduler):
        try:
            together.wait()
            jobs.run_due()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(look, range(3)))

    assert [len(times) for times in ran.values()] == [1, 1, 1, 1]


@pytest.mark.parametrize("names", [(), ("live:1",), ("live:1", "audit:1")])
def test_each_due_job_is_rung_for_once_and_nothing_where_nothing_is_due(names, django_capture_on_commit_callbacks):
    broker = Redis.from_url(settings.REDIS_URL)
    broker.delete("celery")

    with django_capture_on_commit_callbacks(execute=True):
        ring(*names)

    texts: Any = broker.lrange("celery", 0, -1)
    messages = [json.loads(base64.b64decode(json.loads(text)["body"])) for text in texts]
    assert sorted(arguments for arguments, *_ in messages) == sorted([name] for name in names)
    broker.delete("celery")

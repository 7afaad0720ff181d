"""Workers as real processes: the broker comes and goes, nobody schedules, everybody schedules, and the end in order."""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from celery.fixups.django import DjangoWorkerFixup  # type: ignore[attr-defined]  # not in its stubs
from celery.signals import task_prerun
from django.db import connection, connections
from django.utils import timezone

from backoffice import beats, jobs, worker
from backoffice.celery import app
from backoffice.engines import places, valkey
from backoffice.models import Alert, Heartbeat, Lease, SellerAccount
from backoffice.tasks import canary

ROOT = Path(__file__).resolve().parents[2]
NOWHERE = "redis+socket:///nowhere/broker.sock"


@pytest.fixture
def no_other_jobs(monkeypatch):
    monkeypatch.setattr(jobs, "JOBS", {})


@contextmanager
def process(tmp_path, name, *arguments, **environment):
    """A Celery process on this test's database; ended, by force if need be, with the block."""
    with (tmp_path / f"{name}.log").open("w") as log:
        started = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "backoffice", *arguments],
            cwd=ROOT,
            env={
                **{key: value for key, value in os.environ.items() if not key.startswith("PYTEST")},
                "DJANGO_SETTINGS_MODULE": "tests.backoffice.worker_settings",
                **environment,
            },
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield started
        finally:
            with suppress(ProcessLookupError):
                os.killpg(started.pid, signal.SIGKILL)
            started.wait()


def a_worker(tmp_path, wanted, name="worker", **environment):
    arguments = ("worker", "--concurrency=1", "--loglevel=INFO", f"-n{name}@test")
    return process(tmp_path, name, *arguments, TESTS_JOBS=wanted, **environment)


def a_scheduler(tmp_path, name, **environment):
    return process(tmp_path, name, "beat", f"--schedule={tmp_path / name}.db", f"--pidfile={tmp_path / name}.pid")


@pytest.fixture
def broker(tmp_path_factory, socket_enabled):
    """A Valkey of this test's own, that may be stopped and started."""
    who = places.account()
    folder = tmp_path_factory.mktemp("broker")
    home = places.settle(folder, who)
    server = valkey.start(
        valkey.Valkey(
            home=home / "valkey",
            sockets=places.socket_folder("", who),
            port=0,
            password="of-a-test",
            who=who,
            durable=False,
        )
    )
    yield server
    valkey.stop(server)
    for left in (home, server.sockets):  # as root they lie outside of pytest's own folder
        shutil.rmtree(left, ignore_errors=True)


def address(server):
    return f"redis+socket://:{server.password}@{server.socket}?virtual_host=0"


def eventually(true, seconds, tmp_path):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if true():
            return
        time.sleep(0.1)
    logs = "\n".join(f"{log.name}:\n{log.read_text()[-3000:]}" for log in tmp_path.glob("*.log"))
    pytest.fail(f"It did not happen within {seconds} s.\n{logs}")


def seen(name, since=None):
    rows = Heartbeat.objects.filter(name=name)
    return (rows.filter(at__gt=since) if since else rows).exists()


@pytest.mark.django_db(transaction=True)
def test_a_worker_survives_a_broker_that_goes_away_while_a_task_runs(tmp_path, broker):
    with a_worker(tmp_path, "quick slow", TESTS_BROKER_URL=address(broker), TESTS_STEPS="15") as running:
        eventually(lambda: seen("slow-began"), 60, tmp_path)
        valkey.stop(broker)
        eventually(lambda: seen("slow-ended"), 60, tmp_path)
        valkey.start(broker)
        back = timezone.now()

        eventually(lambda: seen("canary", back) or seen("quick", back), 60, tmp_path)

        Lease.objects.filter(name="slow").update(due=timezone.now())
        eventually(lambda: Lease.objects.get(name="slow").epoch >= 2, 60, tmp_path)
        assert running.poll() is None


@pytest.mark.django_db(transaction=True)
def test_due_work_starts_without_scheduler_and_without_broker(tmp_path):
    with a_worker(tmp_path, "quick", TESTS_BROKER_URL=NOWHERE, TESTS_PATIENCE="1"):
        eventually(lambda: seen("quick"), 60, tmp_path)
        first = timezone.now()

        eventually(lambda: seen("quick", first), 60, tmp_path)


@pytest.mark.django_db(transaction=True)
def test_three_schedulers_and_two_workers_run_a_due_job_once(tmp_path):
    with (
        a_worker(tmp_path, "slow", "one", TESTS_STEPS="5"),
        a_worker(tmp_path, "slow", "two", TESTS_STEPS="5"),
        a_scheduler(tmp_path, "beat-one"),
        a_scheduler(tmp_path, "beat-two"),
        a_scheduler(tmp_path, "beat-three"),
    ):
        eventually(lambda: seen("slow-ended") and seen("scheduler") and seen("canary"), 60, tmp_path)

        assert Lease.objects.get(name="slow").epoch == 1
        assert Heartbeat.objects.filter(kind="worker").count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_worker_told_to_end_lets_jobs_stop_between_two_steps(tmp_path):
    with a_worker(tmp_path, "slow", TESTS_STEPS="600") as running:
        eventually(lambda: seen("slow-began"), 60, tmp_path)

        running.terminate()

        assert running.wait(20) == 0
    assert seen("slow-stopped")
    assert not Heartbeat.objects.filter(kind="worker").exists()


@pytest.mark.everything
@pytest.mark.django_db(transaction=True)
def test_a_worker_told_to_end_does_not_wait_for_ever(tmp_path):
    with a_worker(tmp_path, "stubborn") as running:
        eventually(lambda: seen("stubborn-began"), 60, tmp_path)

        running.terminate()

        running.wait(40)  # it is given three seconds in these settings, and would take sixty
    assert not seen("stubborn-ended")


@pytest.mark.django_db
def test_a_worker_rings_first_and_after_its_patience_does_the_work_itself(no_other_jobs):
    ran = []
    jobs.job("walk", every=timedelta(hours=1))(lambda: ran.append("walk"))
    jobs.job("talk", every=timedelta(hours=1))(lambda: ran.append("talk"))
    seconds = [0.0]
    look = worker.Look(elapsed=lambda: seconds[0], patience=30)

    for now in (0.0, 15.0, 29.0):
        seconds[0] = now
        assert look() == []
    for now in (30.0, 45.0, 60.0):
        seconds[0] = now
        look()

    assert sorted(ran) == ["talk", "walk"]


@pytest.mark.django_db
def test_a_canary_that_stays_away_is_told_and_forgotten_when_it_comes_back(no_other_jobs):
    seconds = [0.0]
    look = worker.Look(elapsed=lambda: seconds[0], patience=30)
    look()
    assert not Alert.objects.exists()

    seconds[0] = 181.0
    look()
    assert Alert.objects.get(kind="canary").closed_at is None

    beats.beat("canary", "canary")
    look()
    assert Alert.objects.get(kind="canary").closed_at is not None


@pytest.mark.django_db
def test_a_worker_makes_the_first_account_from_the_environment(no_other_jobs, settings):
    settings.OCTOPIA_API_URL, settings.OCTOPIA_AUTH_URL = "https://api.example.org/seller/v2", "https://auth.test/token"
    settings.OCTOPIA_CLIENT_ID, settings.OCTOPIA_CLIENT_SECRET = "shop", "secret"
    settings.OCTOPIA_SELLER_ID = "104512"

    worker.Look()()

    assert SellerAccount.objects.get().seller_id == "104512"


@pytest.mark.django_db(transaction=True)
def test_a_worker_does_not_start_on_a_database_that_may_forget_commits(tmp_path):
    with a_worker(tmp_path, "quick", TESTS_DURABLE="1") as running:
        assert running.wait(60) != 0

    assert "fsync = off: a crash could lose commits" in (tmp_path / "worker.log").read_text()
    assert not Heartbeat.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_worker_keeps_its_connection_between_tasks_and_drops_one_that_broke():
    def backend():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            return cursor.fetchone()[0]

    def next_task():
        between.close_database()
        task_prerun.send(sender=canary)

    between, first = DjangoWorkerFixup(app), backend()
    next_task()
    kept = backend()
    other = connections.create_connection("default")
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [first])
    other.close()
    next_task()

    assert kept == first
    assert backend() != first

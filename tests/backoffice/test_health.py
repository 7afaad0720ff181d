"""The addresses that probes and monitors ask, and the worker's own health check."""

import socket
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.utils import timezone

from backoffice import beats, health, jobs, tasks
from backoffice.models import Alert, CallBudget, Heartbeat, Lease
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch):
    monkeypatch.setattr(health._Known, "migrated", False)
    monkeypatch.setattr(health._Known, "durable", False)


@pytest.fixture
def all_well():
    beats.beat("canary", "canary")
    beats.beat(beats.worker_name(), "worker")


def broken_database(*_, **__):
    raise OperationalError("the server closed the connection")


def test_the_process_answers_without_asking_the_database(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = client.get("/healthz")

    assert (answer.status_code, answer.content) == (200, b"ok\n")


def test_a_site_that_can_serve_is_ready(client, all_well):
    answer = client.get("/readyz")

    assert (answer.status_code, answer.content) == (200, b"ready\n")
    assert "no-store" in answer["Cache-Control"]


def test_what_only_slows_it_down_is_named_and_still_ready(client, settings):
    settings.REDIS_URL = "unix:///nowhere/redis.sock"

    answer = client.get("/readyz")

    assert (answer.status_code, answer.content) == (200, b"ready, degraded: broker, canary, worker\n")


def test_a_canary_that_was_not_seen_for_three_minutes_is_named(client, all_well):
    Heartbeat.objects.filter(kind="canary").update(at=timezone.now() - timedelta(minutes=3, seconds=1))

    assert client.get("/readyz").content == b"ready, degraded: canary\n"


def test_without_the_database_the_site_is_not_ready_but_alive(client, monkeypatch):
    monkeypatch.setattr(connection, "ensure_connection", broken_database)
    monkeypatch.setattr(connection, "cursor", broken_database)

    ready = client.get("/readyz")

    assert (ready.status_code, ready.content) == (503, b"not ready: database\n")
    assert client.get("/healthz").status_code == 200


def test_a_database_that_waits_for_a_migration_is_not_ready(client):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'orders'")

    answer = client.get("/readyz")

    assert (answer.status_code, answer.content) == (503, b"not ready: migrations\n")


def test_a_database_that_may_forget_commits_is_not_ready(client, settings):
    settings.THROW_AWAY_DATABASE = False

    answer = client.get("/readyz")

    assert (answer.status_code, answer.content) == (503, b"not ready: durability\n")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", "Basic right", "Bearer right2"])
def test_a_stranger_reads_no_figures(client, settings, header):
    settings.METRICS_TOKEN = "right"

    assert client.get("/metrics", headers={"Authorization": header} if header else {}).status_code == 403


def test_an_empty_token_opens_nothing(client, settings):
    settings.METRICS_TOKEN = ""

    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 403


@pytest.mark.parametrize(
    ("role", "status"), [("warehouse", 403), ("support", 403), ("manager", 200), ("administrator", 200)]
)
def test_people_read_figures_by_their_right(client, settings, role, status):
    settings.DEMO = True  # without a second factor
    client.force_login(make.user(role))

    assert client.get("/metrics").status_code == status


def test_the_monitor_reads_the_machinery(client, settings, account):
    settings.METRICS_TOKEN = "right"
    CallBudget.objects.create(client_id=account.client_id, lane="sync", minute=timezone.now(), calls=7)
    Alert.objects.create(kind="token")
    Lease.objects.create(name="forget")
    Lease.objects.filter(name="forget").update(finished_at=timezone.now() - timedelta(seconds=90), failures=2)

    answer = client.get("/metrics", headers={"Authorization": "Bearer right"})

    text = answer.content.decode()
    assert answer["Content-Type"].startswith("text/plain")
    assert f'backoffice_calls_used{{client="{account.client_id}",lane="sync"}} 7.0' in text
    assert f'backoffice_calls_allowed{{client="{account.client_id}"}} {float(settings.OCTOPIA_CALLS_PER_HOUR)}' in text
    assert 'backoffice_alerts_open{kind="token"} 1.0' in text
    assert 'backoffice_job_failures{job="forget"} 2.0' in text
    assert 'backoffice_job_age_seconds{job="forget"} 9' in text


def test_an_app_adds_its_own_figures(client, settings, monkeypatch):
    settings.METRICS_TOKEN = "right"
    monkeypatch.setattr(health, "GAUGES", [lambda now: [health.Gauge("lamps", "Lamps.", samples=[((), 3)])]])

    text = client.get("/metrics", headers={"Authorization": "Bearer right"}).content.decode()

    assert "backoffice_lamps 3.0" in text


def test_no_figure_holds_the_secret(client, settings, account):
    settings.METRICS_TOKEN = "right"

    text = client.get("/metrics", headers={"Authorization": "Bearer right"}).content.decode()

    assert account.client_secret not in text


def test_a_worker_of_this_host_that_gave_a_sign_lately_is_healthy(all_well, capsys):
    call_command("heartbeat", check="worker")

    assert "worker" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "age"), [("worker:elsewhere:1", 0), (f"worker:{socket.gethostname()}:1", 181), ("canary", 0)]
)
def test_a_worker_that_is_silent_or_elsewhere_does_not_count(name, age):
    Heartbeat.objects.create(name=name, kind=name.split(":")[0], at=timezone.now() - timedelta(seconds=age))

    with pytest.raises(CommandError, match="three minutes"):
        call_command("heartbeat", check="worker")


def test_the_rows_of_processes_long_gone_are_forgotten(all_well):
    Heartbeat.objects.filter(kind="worker").update(at=timezone.now() - timedelta(days=2))

    assert jobs.JOBS["forget"].run is tasks.forget
    jobs.soon("forget")
    jobs.run("forget")

    assert list(Heartbeat.objects.values_list("kind", flat=True)) == ["canary"]

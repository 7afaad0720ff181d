"""`make up` and `make reset`: what they refuse, in one sentence, and what they draw, remember and remove."""

import io
import json
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from backoffice import demo_database, embedded, refusals, reset, up
from backoffice.engines import places
from backoffice.engines.places import Refusal
from backoffice.processes import Program, Supervisor, Voice

ROOT = Path(__file__).resolve().parent.parent.parent


def run_up(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The supervisor as a process, in an environment that is a stranger's, with nothing of the tests' in it."""
    clean = {name: value for name, value in os.environ.items() if name in {"PATH", "LANG", "TMPDIR"}}
    return subprocess.run(
        [sys.executable, "-m", "backoffice.up"],
        cwd=ROOT, env={**clean, "DATA_DIR": str(folder), **environment}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def one_sentence(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    (line,) = done.stderr.strip().splitlines()
    return line


@pytest.mark.enable_socket
def test_a_busy_port_is_told_with_the_way_out(checkout):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        told = one_sentence(run_up(checkout / "var", PORT=str(port)))

    assert f"port {port} is in use" in told
    assert f"PORT={port + 1} make up" in told
    assert not (checkout / "var" / "engines.json").exists()


def test_a_second_one_while_the_first_runs_says_what_to_do(checkout):
    (checkout / "var").mkdir()
    with up.only_one(checkout / "var"):
        told = one_sentence(run_up(checkout / "var"))

    assert f"already runs here (process {os.getpid()}, port" in told
    assert "Ctrl-C" in told


def test_the_lock_of_a_killed_one_holds_nobody_up(checkout):
    (checkout / "var").mkdir()
    holder = subprocess.Popen(
        [sys.executable, "-c", "import sys, time; from pathlib import Path; from backoffice import up\n"
         "with up.only_one(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)", checkout / "var"],
        cwd=ROOT, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert holder.stdout
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(Refusal), up.only_one(checkout / "var"):
        pass

    holder.kill()
    holder.communicate()

    with up.only_one(checkout / "var"):
        assert "process" in (checkout / "var" / "up.lock").read_text()


@pytest.mark.enable_socket
@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"PORT": "80000"}, "PORT is '80000'"),
        ({"SITE_URL": "http://shop.example.org", "OCTOPIA_API_URL": "https://api.example.org"}, "ALLOW_PLAIN_HTTP=lan"),
        ({"ALLOWED_HOSTS": "shop.example.org", "SITE_URL": "https://shop.example.org"}, "DEMO is on"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
    ],
)
def test_what_is_unsafe_is_refused_in_one_sentence_before_anything_starts(checkout, environment, words):
    told = one_sentence(run_up(checkout / "var", **{"PORT": str(places.port()), **environment}))

    assert words in told
    assert not (checkout / "var" / "engines.json").exists()


@pytest.fixture
def told(checkout, monkeypatch):
    """What a setting is in another process, in the checkout of a demo: told(name, module="settings", **environment)."""
    for name in ("SECRET_KEY", "FIELD_ENCRYPTION_KEY", "INSTALLATION_ID"):
        monkeypatch.delenv(name, raising=False)
    folder = checkout / "var"
    folder.mkdir()
    up.draw_secrets(folder)
    clean = {name: value for name, value in os.environ.items() if name in {"PATH", "LANG", "TMPDIR"}}

    def ask(name: str, module: str = "settings", **environment: str) -> str:
        return subprocess.check_output(
            [sys.executable, "-c", f"from backoffice import {module} as asked; print(asked.{name})"],
            cwd=ROOT, env={**clean, "DATA_DIR": str(folder), **environment}, text=True,
        ).strip()  # fmt: skip

    return ask


def test_links_made_in_another_terminal_lead_to_the_port_that_was_last_served(checkout, told):
    (checkout / "var" / "port").write_text("8123")

    assert told("SITE_URL") == "http://127.0.0.1:8123"
    assert told("SITE_URL", PORT="8124") == "http://127.0.0.1:8124"
    assert told("SITE_URL", SITE_URL="http://localhost:8125/") == "http://localhost:8125"


def test_a_variable_set_to_nothing_counts_as_not_set(told):
    names = [
        "PORT",
        "SITE_URL",
        "ALLOWED_HOSTS",
        "WEB_WORKERS",
        "OCTOPIA_CALLS_PER_HOUR",
        "SHOP_TIME_ZONE",
        "DEFAULT_FROM_EMAIL",
    ]
    empty = dict.fromkeys([*names, "DEBUG", "DEMO", "TRUSTED_PROXY"], "")

    for name in names:
        assert told(name, **empty) == told(name)
    bind = told("bind", module="serving", **{**empty, "BIND": ""})
    assert bind == told("bind", module="serving") == "127.0.0.1:8000"


@pytest.mark.parametrize("number", ["eight", "0", "-1", "65536", "8000.5"])
def test_what_is_no_port_is_refused(monkeypatch, number):
    monkeypatch.setenv("PORT", number)

    with pytest.raises(Refusal, match=f"PORT is '{number}'"):
        up._port()


def test_secrets_are_drawn_once_and_are_their_owner_s_alone(tmp_path, monkeypatch):
    for name in ("SECRET_KEY", "FIELD_ENCRYPTION_KEY", "INSTALLATION_ID"):
        monkeypatch.delenv(name, raising=False)

    up.draw_secrets(tmp_path)
    first = json.loads((tmp_path / "secrets.json").read_text())
    up.draw_secrets(tmp_path)

    assert json.loads((tmp_path / "secrets.json").read_text()) == first
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600
    refusals.refuse_unsafe(
        secret_key=first["SECRET_KEY"],
        encryption_key=first["FIELD_ENCRYPTION_KEY"],
        installation_id=first["INSTALLATION_ID"],
        debug=False,
        demo=False,
        hosts=["127.0.0.1"],
        site_url="http://127.0.0.1:8000",
        allow_plain_http="",
        octopia_api_url="",
    )


def test_a_secret_that_is_set_is_not_drawn(tmp_path, monkeypatch):
    monkeypatch.delenv("INSTALLATION_ID", raising=False)
    monkeypatch.setenv("SECRET_KEY", "given")
    monkeypatch.setenv("FIELD_ENCRYPTION_KEY", "given")

    up.draw_secrets(tmp_path)

    assert list(json.loads((tmp_path / "secrets.json").read_text())) == ["INSTALLATION_ID"]


@pytest.fixture
def database():
    """This test's own database, as `make up` speaks to it; its mark is taken away afterwards."""
    connection.ensure_connection()
    session = connection.connection
    yield session
    row = session.execute("SELECT current_database()").fetchone()
    session.execute(psycopg.sql.SQL("COMMENT ON DATABASE {} IS NULL").format(psycopg.sql.Identifier(row[0])))


@pytest.fixture
def claim(monkeypatch, database):
    """Claim the test's database for the demo, or for a shop, over a connection of its own."""
    settings = connection.settings_dict
    reached = psycopg.connect(
        host=settings["HOST"], port=settings["PORT"], user=settings["USER"], password=settings["PASSWORD"],
        dbname=settings["NAME"], autocommit=True,
    )  # fmt: skip
    engines = embedded.Engines(None, None)
    yield lambda *, demo: up._claim_database(engines, demo=demo)
    reached.close()


@pytest.mark.django_db(transaction=True)
def test_the_demo_takes_an_empty_database_and_goes_on_with_it(database, claim):
    assert demo_database.is_empty(database)

    claim(demo=True)

    assert demo_database.is_demo(database)
    claim(demo=True)


@pytest.mark.django_db(transaction=True)
def test_the_demo_does_not_take_the_database_of_a_shop(database, claim, django_user_model):
    django_user_model.objects.create_user("somebody", role="support")

    with pytest.raises(Refusal, match="holds a shop's data"):
        claim(demo=True)

    assert not demo_database.is_demo(database)


@pytest.mark.django_db(transaction=True)
def test_a_shop_does_not_take_the_database_of_the_demo(database, claim):
    claim(demo=True)

    with pytest.raises(Refusal, match="make reset"):
        claim(demo=False)


def test_a_database_that_does_not_answer_is_told_in_one_sentence(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://nobody:secret@127.0.0.1:1/nowhere")

    with pytest.raises(Refusal, match="DATABASE_URL does not answer") as refusal:
        up._claim_database(embedded.Engines(None, None), demo=False)

    assert "secret" not in str(refusal.value)


@pytest.mark.enable_socket
def test_an_engine_that_dies_is_started_again_and_the_children_only_told_when_its_address_changed(
    checkout, monkeypatch
):
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name)
    (checkout / "var").mkdir(mode=0o755)
    monkeypatch.setenv("DATABASE_URL", "one of its own")
    engines = up._start_engines(checkout / "var", Voice(io.StringIO()))
    words = io.StringIO()
    supervisor = Supervisor(checkout / "var" / "processes.json", Voice(words))
    supervisor.start(Program("web", (sys.executable, "-c", "import time; time.sleep(60)")))
    first = supervisor.children[0].process
    assert engines.valkey
    process = engines.valkey.process()
    assert process

    process.kill()
    assert places.gone(process, 10)
    up._revive_engines(checkout / "var", engines, supervisor)

    assert engines.valkey.answers()
    assert "an embedded engine ended; starting it again" in words.getvalue()
    assert supervisor.children[0].process is first
    supervisor.stop()


@pytest.mark.enable_socket
def test_reset_removes_the_data_and_what_it_points_to(checkout, monkeypatch):
    monkeypatch.delenv("DATABASE_URL")
    (checkout / "closed").mkdir(mode=0o700)
    data = checkout / "closed" / "var"
    engines = embedded.start(data, with_postgres=False, durable=False)
    assert engines.valkey
    assert engines.sockets
    home = engines.valkey.home

    reset.reset(data)

    assert not engines.valkey.answers()
    assert not os.path.lexists(data)
    assert not home.parent.exists()
    assert not engines.sockets.exists()


def test_reset_is_refused_while_the_data_is_in_a_server_of_one_s_own(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://127.0.0.1/shop")
    (tmp_path / "secrets.json").write_text("{}")

    with pytest.raises(Refusal, match="DATABASE_URL is set"):
        reset.reset(tmp_path)

    assert (tmp_path / "secrets.json").exists()


def test_reset_is_refused_while_it_runs(tmp_path, monkeypatch):
    monkeypatch.delenv("DATABASE_URL")

    with up.only_one(tmp_path), pytest.raises(Refusal, match="Ctrl-C"):
        reset.reset(tmp_path)

    assert tmp_path.exists()


def test_reset_leaves_a_folder_alone_that_holds_nothing_of_ours(tmp_path, monkeypatch):
    monkeypatch.delenv("DATABASE_URL")
    (tmp_path / "thesis.txt").write_text("years of work")

    with pytest.raises(Refusal, match="holds nothing that `make up` made"):
        reset.reset(tmp_path)

    assert (tmp_path / "thesis.txt").exists()


def test_a_command_in_another_terminal_knows_the_demo_s_marketplace(checkout, told):
    (checkout / "var" / "sandbox-port").write_text("9017")

    assert told("PRACTICE_URL") == "http://127.0.0.1:9017/seller/v2"
    assert told("PRACTICE_URL", PRACTICE_URL="http://127.0.0.1:9018/seller/v2") == "http://127.0.0.1:9018/seller/v2"
    assert told("PRACTICE_URL", OCTOPIA_API_URL="https://api.example.org/seller/v2") == ""

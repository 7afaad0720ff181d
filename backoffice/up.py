"""`make up`: brings the whole back office to life on one machine and keeps it so until Ctrl-C.

In order: secrets, engines, schema, marketplace of the demo, people, web, worker, scheduler. Whatever stands in the way
is said in one sentence (`Refusal`).
"""

import importlib
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_NB, flock
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import IO

import environ
import psycopg
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from backoffice import demo_database, embedded, processes, remembered
from backoffice.engines import places
from backoffice.engines.places import Refusal
from backoffice.processes import Program, Supervisor, Voice

ROOT = Path(__file__).resolve().parent.parent
SANDBOX_PORT = 9000
ANSWER_SECONDS = 60.0


def main() -> int:
    """Run until Ctrl-C; 0 after an orderly end, 1 with one sentence when something stands in the way."""
    try:
        os.chdir(ROOT)
        environ.Env.read_env(ROOT / ".env")
        folder = data_folder()
        with only_one(folder):
            _run(folder)
    except (Refusal, ImproperlyConfigured) as error:
        print(f"make up: {error}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


def data_folder() -> Path:
    """DATA_DIR, made if it is missing, in a place the embedded engines can reach where they are needed."""
    folder = Path(os.environ.get("DATA_DIR") or ROOT / "var").absolute()
    places.settle(folder, places.account() if _embedded_engines() else None)
    return folder


def _embedded_engines() -> bool:
    return not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"))


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the data folder for this supervisor; Refusal while another does. A killed one holds nothing."""
    path = folder / "up.lock"
    with path.open("a+") as file:
        _take(file)
        file.truncate(0)
        file.write(f"process {os.getpid()}, port {_port()}")
        file.flush()
        yield


def _take(file: IO[str]) -> None:
    try:
        flock(file, LOCK_EX | LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        raise Refusal(
            f"it already runs here ({file.read()}): use that one, or end it first with Ctrl-C in its terminal."
        ) from None


def draw_secrets(folder: Path) -> None:
    """Draw what the environment does not give, once: it stays in `secrets.json` (0600) of the data folder."""
    path = folder / "secrets.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    drawn: dict[str, Callable[[], str]] = {
        "SECRET_KEY": lambda: secrets.token_urlsafe(64),
        "FIELD_ENCRYPTION_KEY": lambda: Fernet.generate_key().decode(),
        "INSTALLATION_ID": lambda: secrets.token_hex(8),
    }
    missing = {name: draw() for name, draw in drawn.items() if not os.environ.get(name) and name not in known}
    if missing:
        places.write_private(path, json.dumps({**known, **missing}, indent=2))


def _run(folder: Path) -> None:
    begun = time.monotonic()
    voice = Voice()
    stopping, impatient = _signals()
    record = folder / "processes.json"
    if left := processes.end_orphans(record):
        voice.say("up", f"ended {left} processes that an earlier run had left")
    demo = not os.environ.get("OCTOPIA_API_URL")
    _refuse_a_busy_port(_port())
    (folder / "port").write_text(str(_port()))
    draw_secrets(folder)
    market = _demo_environment(folder) if demo else 0
    importlib.import_module("backoffice.settings")  # refuses what is unsafe, before anything is started

    supervisor = Supervisor(record, voice)
    try:
        engines = _start_engines(folder, voice)
        _claim_database(engines, demo=demo)
        if demo:
            supervisor.start(_sandbox(folder, market))
        manage(voice, "migrate", "--verbosity=0")
        manage(voice, "collectstatic", "--noinput", "--verbosity=0")
        if demo:
            _wait_for(market, "/_sandbox/", "the demo's marketplace", stopping)
            manage(voice, "seed_demo", shown=False)
        for program in _programs(folder):
            supervisor.start(program)
        _wait_for(_port(), "/healthz", "the web server", stopping)
        if not stopping.is_set():
            _greet(voice, folder, demo=demo, seconds=time.monotonic() - begun)
        supervisor.watch(stopping, lambda: _revive_engines(folder, engines, supervisor))
    finally:
        voice.say("up", "ending; once more Ctrl-C ends at once")
        supervisor.stop(impatient)
        embedded.stop(folder)
        voice.say("up", "ended")


def _signals() -> tuple[threading.Event, threading.Event]:
    """Two events: stop, and (at the second signal) stop at once. A closed terminal stops too."""
    stopping, impatient = threading.Event(), threading.Event()

    def heard(number: int, _frame: object) -> None:
        (impatient if stopping.is_set() and number != signal.SIGHUP else stopping).set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, heard)
    return stopping, impatient


def _port() -> int:
    given = os.environ.get("PORT") or "8000"
    if not given.isdecimal() or not 1 <= int(given) <= 65535:
        raise Refusal(f"PORT is {given!r}: set a number from 1024 to 65535.")
    return int(given)


def _refuse_a_busy_port(port: int) -> None:
    if places.port(port) != port:
        raise Refusal(
            f"port {port} is in use by another program: end that, or choose another as in `PORT={port + 1} make up`."
        )


def _demo_environment(folder: Path) -> int:
    """Point the site at the demo's own marketplace; answers its port, the same at every start."""
    path = folder / "sandbox-port"
    former = int(path.read_text()) if path.exists() else 0
    port = places.port(former or SANDBOX_PORT)
    if former and port != former:  # the demo's account has this address, and practice may have no other
        raise Refusal(
            f"port {former}, where this demo's marketplace has its address, is in use by another program:"
            " end that, or begin anew with `make reset`."
        )
    path.write_text(str(port))
    api = remembered.practice_url(folder)
    os.environ |= {
        "DEMO": "1",
        "OCTOPIA_API_URL": api,
        "PRACTICE_URL": api,
        "OCTOPIA_AUTH_URL": f"http://127.0.0.1:{port}/auth/realms/maas/protocol/openid-connect/token",
        "OCTOPIA_CLIENT_ID": "demo-client",
        "OCTOPIA_CLIENT_SECRET": "demo-secret",
        "OCTOPIA_SELLER_ID": "104512",
    }
    return port


def _start_engines(folder: Path, voice: Voice) -> embedded.Engines:
    engines = embedded.start(
        folder,
        with_postgres=not os.environ.get("DATABASE_URL"),
        with_valkey=not os.environ.get("REDIS_URL"),
    )
    for name, server in (("PostgreSQL", engines.postgres), ("Valkey", engines.valkey)):
        if server:
            voice.say("up", f"{name} runs, its data in {server.home}")
    return engines


def _revive_engines(folder: Path, engines: embedded.Engines, supervisor: Supervisor) -> None:
    """Start an engine that died; its port stays unless another took it, and then everybody is told anew."""
    if all(server.process() for server in (engines.postgres, engines.valkey) if server):
        return
    supervisor.voice.say("up", "an embedded engine ended; starting it again")
    before = (folder / "engines.json").read_text()
    try:
        _start_engines(folder, supervisor.voice)
    except Refusal as error:
        supervisor.voice.say("up", str(error))
        return
    if (folder / "engines.json").read_text() != before:
        supervisor.restart_all()


def _claim_database(engines: embedded.Engines, *, demo: bool) -> None:
    """Keep the demo and real shops apart: the demo takes an empty database or its own, a shop never a demo's."""
    with _database(engines) as connection:
        marked = demo_database.is_demo(connection)
        if demo and not marked:
            if not demo_database.is_empty(connection):
                raise Refusal(
                    "the database holds a shop's data and OCTOPIA_API_URL is not set, which would make it a demo:"
                    " set OCTOPIA_API_URL, or point DATABASE_URL at an empty database."
                )
            demo_database.mark(connection)
        if marked and not demo:
            raise Refusal(
                "the database holds the demo's data and OCTOPIA_API_URL names a real marketplace:"
                " point DATABASE_URL at an empty database, or clear the demo away with `make reset`."
            )


def _database(engines: embedded.Engines) -> psycopg.Connection:
    if engines.postgres:
        return engines.postgres.connect()
    members = environ.Env.db_url_config(os.environ["DATABASE_URL"])
    try:
        return psycopg.connect(
            host=members["HOST"], port=members["PORT"] or 5432, user=members["USER"], password=members["PASSWORD"],
            dbname=members["NAME"], autocommit=True, connect_timeout=10,
        )  # fmt: skip
    except psycopg.OperationalError as error:
        raise Refusal(f"the database of DATABASE_URL does not answer ({str(error).strip()}).") from None


def manage(voice: Voice, *arguments: str, shown: bool = True) -> str:
    """Run a management command to its end and answer with what it printed.

    Its words and complaints are shown unless told not to; when it fails they are in any case, and Refusal is raised.
    """
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,  # a Ctrl-C does not tear a migration apart
    )
    for line in (done.stdout + done.stderr).splitlines() if shown or done.returncode else []:
        voice.say("setup", line)
    if done.returncode:
        raise Refusal(f"`manage.py {arguments[0]}` failed: its words stand above.")
    return done.stdout.strip()


def _sandbox(folder: Path, port: int) -> Program:
    command = [sys.executable, "-m", "sandbox", "--port", str(port), "--orders", "500", "--seed", "7"]
    return Program("market", (*command, "--state", str(folder / "sandbox.db"), "--live"), stage=1)


def _programs(folder: Path) -> list[Program]:
    celery = (sys.executable, "-m", "celery", "-A", "backoffice")
    schedule = ("--schedule", str(folder / "celerybeat-schedule"), "--pidfile=")
    return [
        Program("web", (sys.executable, "-m", "gunicorn", "--config", "python:backoffice.serving"), grace=20),
        Program("worker", (*celery, "worker", "--loglevel=INFO", "--concurrency=2", "--without-mingle"), grace=60),
        Program("scheduler", (*celery, "beat", "--loglevel=INFO", *schedule)),
    ]


def _wait_for(port: int, path: str, what: str, stopping: threading.Event) -> None:
    """Wait until something answers HTTP there, whatever it says; Refusal after a minute."""
    end = time.monotonic() + ANSWER_SECONDS
    while not stopping.wait(0.1):
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", path)
            connection.getresponse()
        except (OSError, HTTPException):
            if time.monotonic() > end:
                raise Refusal(f"{what} does not answer within a minute: its own words stand above.") from None
        else:
            return
        finally:
            connection.close()


def _greet(voice: Voice, folder: Path, *, demo: bool, seconds: float) -> None:
    lines = ["", f"The back office is ready after {seconds:.0f} s: http://127.0.0.1:{_port()}"]
    logins = folder / "demo-logins.json"
    if demo and logins.exists():
        lines += ["", "Demo logins (user, password):"]
        lines += [f"  {user:<15} {password}" for user, password in json.loads(logins.read_text()).items()]
    if not demo and (link := manage(voice, "invite", "--first", shown=False)):
        lines += ["", "There is no administrator yet. This link makes the first one, once:", f"  {link}"]
    lines += ["", "Ctrl-C ends everything; the next `make up` goes on with the same data.", ""]
    for line in lines:
        voice.say("up", line)


if __name__ == "__main__":
    sys.exit(main())

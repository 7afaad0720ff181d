"""The tests' throw-away PostgreSQL and Valkey under `var/test/`: shared by sessions at once, ended by the last.

A session holds a shared lock; each of its processes a numbered slot: database `backoffice_test_<slot>`, cloned from a
migrated template, and Redis number <slot>. Pytest itself only reads DATABASE_URL and REDIS_URL. Locks are the
kernel's, so a session that was killed leaves nothing behind but a server that the next one takes over.
"""

import atexit
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fcntl import LOCK_EX, LOCK_NB, LOCK_SH, flock
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import psycopg
import redis
from psycopg import sql

from backoffice import embedded
from backoffice.engines.places import account, locked, settle

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "var" / "test"
SLOTS = 60
MARK = "backoffice-tests"  # in another's Redis, a number that holds this key is ours to empty
_held: list[IO[str]] = []  # the locks of this process, for as long as it lives


@contextmanager
def session() -> Iterator[None]:
    """A server to test against for the time of the block; DATABASE_URL and REDIS_URL name it."""
    if {"DATABASE_URL", "REDIS_URL"} <= set(os.environ):
        yield
        return
    door, users = FOLDER / "door.lock", FOLDER / "users.lock"
    settle(ROOT / "var", account())
    settle(FOLDER, account())
    with locked(door):
        engines = _started()
        using = users.open("a")
        flock(using, LOCK_SH)
    database = engines.database()
    os.environ["DATABASE_URL"] = "postgres://{USER}:{PASSWORD}@:{PORT}/{HOST}/{NAME}".format(**database)
    assert engines.valkey
    os.environ["REDIS_URL"] = os.environ["TESTS_OWN_REDIS"] = engines.valkey.socket_url
    try:
        yield
    finally:
        for held in _held:
            held.close()
        with locked(door), users.open("a") as last:
            using.close()
            with suppress(BlockingIOError):  # others still test
                flock(last, LOCK_EX | LOCK_NB)
                embedded.stop(FOLDER)


def _started() -> embedded.Engines:
    """The server, begun afresh when its (never flushed) data did not survive the machine."""
    try:
        return embedded.start(FOLDER, durable=False)
    except embedded.Refusal:
        home = settle(FOLDER, account())
        embedded.stop(FOLDER)
        subprocess.run(["rm", "-rf", home / "postgres", home / "valkey", FOLDER / "engines.json"], check=True)
        return embedded.start(FOLDER, durable=False)


def join() -> None:
    """Give this pytest process a slot of its own in DATABASE_URL and REDIS_URL, starting the server if nobody has.

    A program that a test starts inherits both, and with them its test's database.
    """
    me = os.environ.get("PYTEST_XDIST_WORKER", "main")
    if os.environ.get("TESTS_SLOT_OF") == me:
        return
    if "TESTS_DATABASE_URL" not in os.environ:
        serving = session()
        serving.__enter__()
        atexit.register(serving.__exit__, None, None, None)
        os.environ["TESTS_DATABASE_URL"] = os.environ["DATABASE_URL"]
        os.environ["TESTS_REDIS_URL"] = os.environ["REDIS_URL"]
    slot = _slot()
    os.environ["DATABASE_URL"] = os.environ["TESTS_DATABASE_URL"].rsplit("/", 1)[0] + f"/backoffice_test_{slot}"
    os.environ["REDIS_URL"] = _numbered(os.environ["TESTS_REDIS_URL"], slot)
    os.environ["TESTS_SLOT_OF"] = me
    _emptied(os.environ["REDIS_URL"])


def clone_database() -> None:
    """Make this slot's database anew from the migrated template, which is made first when migrations changed."""
    url = os.environ["DATABASE_URL"]
    name = url.rsplit("/", 1)[1]
    template = f"backoffice_template_{_fingerprint()}"
    with locked(FOLDER / "template.lock"), _maintenance() as connection:
        if not _exists(connection, template):
            _build(connection, template, url)
        _drop(connection, name)
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )


def drop_database() -> None:
    """Remove this slot's database."""
    with _maintenance() as connection:
        _drop(connection, os.environ["DATABASE_URL"].rsplit("/", 1)[1])


def _build(connection: psycopg.Connection, template: str, url: str) -> None:
    """Migrate an empty database under another name and give it the template's only when it is whole."""
    old = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'backoffice\\_template\\_%'")
    for (name,) in old.fetchall():
        _drop(connection, name)
    fresh = f"{template}_fresh"
    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(fresh)))
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0", "--skip-checks"],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": url.rsplit("/", 1)[0] + f"/{fresh}",
        },
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"The template database did not migrate:\n{(done.stdout + done.stderr)[-1500:]}")
    connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(*map(sql.Identifier, (fresh, template))))


def _fingerprint() -> str:
    """What decides the migrated schema: packages, settings (apps), migrations, models (rights, content types)."""
    found = [ROOT / "requirements.txt", ROOT / "backoffice" / "settings.py"]
    found += [*ROOT.glob("*/migrations/*.py"), *ROOT.glob("*/models*.py")]
    found += ROOT.glob("*/models/*.py")
    digest = hashlib.sha256()
    for path in sorted(found):
        digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def _maintenance() -> psycopg.Connection:
    url = urlsplit(os.environ["TESTS_DATABASE_URL"])
    folder, _, name = url.path[1:].rpartition("/")
    return psycopg.connect(
        host=folder or url.hostname, port=url.port, user=url.username, password=url.password, dbname=name,
        autocommit=True,
    )  # fmt: skip


def _exists(connection: psycopg.Connection, name: str) -> bool:
    return connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def _drop(connection: psycopg.Connection, name: str) -> None:
    drop = sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name))
    try:
        connection.execute(drop + sql.SQL(" WITH (FORCE)"))
    except psycopg.errors.InsufficientPrivilege:  # the server's own vacuum is there: asked plainly, it leaves
        connection.execute(drop)


def _slot() -> int:
    """The first slot that no other process holds; ours until this process ends."""
    folder = FOLDER / "slots"
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(1, SLOTS + 1):
        file = (folder / str(number)).open("a")
        try:
            flock(file, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            file.close()
            continue
        _held.append(file)
        return number
    raise RuntimeError(f"All {SLOTS} slots of the tests' server are taken: wait for other test runs to end.")


def _numbered(url: str, number: int) -> str:
    if url.startswith("unix:"):
        return url.split("?", 1)[0] + f"?db={number}"
    return url.rsplit("/", 1)[0] + f"/{number}"


def _emptied(url: str) -> None:
    """Empty our Redis number; refuse to touch one that holds what is not of tests."""
    client = redis.Redis.from_url(url)
    try:
        ours = os.environ["TESTS_REDIS_URL"] == os.environ.get("TESTS_OWN_REDIS")
        if not ours and client.dbsize() and not client.exists(MARK):
            raise RuntimeError("The tests' Redis number holds something else: give the tests a Redis of their own.")
        client.flushdb()
        client.set(MARK, "1")
    finally:
        client.close()


if __name__ == "__main__":  # python -m tests.server COMMAND…: run it with a server to test against
    with session():
        sys.exit(subprocess.run(sys.argv[1:], check=False).returncode)

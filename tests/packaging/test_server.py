"""The tests' own server: shared, one database for each process, and gone with its last user."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import redis
from django.core.cache import cache
from django.db import connection

from tests import server

ROOT = Path(__file__).resolve().parent.parent.parent


def in_a_process(code: str, **environment: str) -> str:
    """Run Python as a pytest process of its own would begin, in a session that shares this one's server."""
    mine = {name: value for name, value in os.environ.items() if name != "TESTS_SLOT_OF"}
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=ROOT, env={**mine, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


JOIN = "from tests import server; import os; server.join(); print(os.environ['DATABASE_URL'], os.environ['REDIS_URL'])"


def test_each_process_has_a_database_and_a_redis_number_of_its_own():
    other = in_a_process(JOIN, PYTEST_XDIST_WORKER="gw99").split()

    assert other[0].rsplit("/", 1)[0] == os.environ["DATABASE_URL"].rsplit("/", 1)[0]
    assert other[0] != os.environ["DATABASE_URL"]
    assert other[1] != os.environ["REDIS_URL"]


def test_a_program_that_a_test_starts_sees_the_test_s_own():
    inherited = {"TESTS_SLOT_OF": os.environ["TESTS_SLOT_OF"]}

    assert in_a_process(JOIN, **inherited) == f"{os.environ['DATABASE_URL']} {os.environ['REDIS_URL']}"


def test_somebody_s_own_settings_do_not_reach_the_tests():
    told = in_a_process(
        """
        import pytest
        pytest.main(["--collect-only", "-q", "tests/packaging/test_images.py"])
        from django.conf import settings
        print(settings.SETTINGS_MODULE)
        """,
        DJANGO_SETTINGS_MODULE="backoffice.settings",
    )

    assert told.splitlines()[-1] == "tests.settings"


@pytest.mark.django_db
def test_the_database_is_migrated_and_reached_over_a_private_socket():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_migrations")
        (migrations,) = cursor.fetchone()

    assert migrations > 0
    assert connection.settings_dict["HOST"].startswith("/")
    assert connection.settings_dict["NAME"] == os.environ["DATABASE_URL"].rsplit("/", 1)[1]


def test_the_cache_works_while_sockets_are_closed():
    cache.set("word", "kept", 5)

    assert cache.get("word") == "kept"


def test_a_redis_that_holds_something_else_is_not_emptied(monkeypatch):
    cache.set("somebody's", "data", 5)
    monkeypatch.setenv("TESTS_OWN_REDIS", "another")
    client = redis.Redis.from_url(os.environ["REDIS_URL"])
    client.delete(server.MARK)

    with pytest.raises(RuntimeError, match="a Redis of their own"):
        server._emptied(os.environ["REDIS_URL"])

    assert cache.get("somebody's") == "data"
    client.set(server.MARK, "1")
    client.close()


@pytest.fixture
def elsewhere(checkout):
    """Code that runs a session of a server in another folder, so that beginning and end are its own."""
    return f"""
        from pathlib import Path
        from tests import server
        server.ROOT, server.FOLDER = Path({str(checkout)!r}), Path({str(checkout)!r}) / "var" / "test"
    """


def test_the_last_session_ends_the_server_and_no_earlier_one(elsewhere):
    code = textwrap.dedent(elsewhere) + textwrap.dedent(
        """
        import os
        for name in ("DATABASE_URL", "REDIS_URL"):
            os.environ.pop(name)
        from backoffice import embedded
        def runs():
            return embedded.load(server.FOLDER).answer()
        with server.session():
            for name in ("DATABASE_URL", "REDIS_URL"):
                os.environ.pop(name)
            with server.session():
                both = runs()
            one = runs()
        print(both, one, runs())
        """
    )

    told = in_a_process(code)

    assert told == "True True False"

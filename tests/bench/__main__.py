"""Fill three databases, serve them beside their floor, and print each goal of the performance page with its bar.

`python -m tests.bench [--sizes 1000,100000,1000000] [--keep]`: `--keep` uses what an earlier run filled. The servers
are durable ones of their own under `var/bench/`; the exit status is 1 when a bar that is a ratio was missed.
"""

import argparse
import os
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import psycopg
from psycopg import sql

from backoffice import embedded
from tests.bench.measure import Report
from tests.bench.pages import measure_pages
from tests.bench.serving import Site

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "var" / "bench"


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.bench", description=__doc__)
    parser.add_argument("--sizes", default="1000,100000,1000000")
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    sizes = [int(size) for size in options.sizes.split(",")]
    report = Report()
    FOLDER.mkdir(parents=True, exist_ok=True)
    engines = embedded.start(FOLDER)
    try:
        environment = surroundings(engines)
        for size in sizes:
            prepare(engines, environment, size, keep=options.keep, report=report)
        with ExitStack() as running:
            sites = [running.enter_context(Site(size, environment(size))) for size in sizes]
            measure_pages(report, sites)
        for subject in ("mirroring", "calls"):
            run(environment(sizes[-1]), f"tests.bench.{subject}", str(sizes[-1]), report=report)
    finally:
        embedded.stop(FOLDER)
    print(f"\n{len(report.lines)} figures, missed: {', '.join(report.missed) or 'none'}")  # noqa: T201
    return 1 if report.missed else 0


def surroundings(engines: embedded.Engines):
    """The environment of a process that works on the database of one size."""
    members = engines.database()
    assert engines.valkey

    def of(size: int) -> dict[str, str]:
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": "postgres://{USER}:{PASSWORD}@:{PORT}/{HOST}/{name}".format(**members, name=name_of(size)),
            "REDIS_URL": engines.valkey.socket_url,
            "PYTHONPATH": str(ROOT),
        }

    return of


def name_of(size: int) -> str:
    return f"bench_{size}"


def prepare(engines: embedded.Engines, environment, size: int, *, keep: bool, report: Report) -> None:
    members = engines.database()
    with psycopg.connect(
        host=members["HOST"], port=members["PORT"], user=members["USER"], password=members["PASSWORD"],
        dbname=members["NAME"], autocommit=True,
    ) as connection:  # fmt: skip
        there = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name_of(size)]).fetchone()
        if there and keep:
            return
        name = sql.Identifier(name_of(size))
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0", "--skip-checks"],
        cwd=ROOT, env=environment(size), check=True,
    )  # fmt: skip
    begun = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "tests.bench.prepare", str(size)], cwd=ROOT, env=environment(size), check=True
    )
    report.put("fill", f"{size:,} orders with three lines each", f"{time.perf_counter() - begun:.0f} s")


def run(environment: dict[str, str], module: str, *arguments: str, report: Report) -> None:
    """Measure in a process of its own; it prints its lines, and its misses count."""
    done = subprocess.run([sys.executable, "-m", module, *arguments], cwd=ROOT, env=environment, check=False)
    if done.returncode:
        report.lines.append((module, "in its own process", f"exit status {done.returncode}", False))


if __name__ == "__main__":
    sys.exit(main())

"""Fill three databases, serve them beside their floor, and print each goal of the performance page with its bar.

`python -m tests.bench [--sizes 1000,100000,1000000] [--keep] [--only crowd]`: `--keep` uses what an earlier run
filled, `--only` measures one part on the largest size. The servers are durable ones of their own under `var/bench/`;
the exit status is 1 when a bar that is a ratio was missed, or an error met the crowd.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import psycopg
from psycopg import sql

from backoffice import embedded
from tests.bench import crowd
from tests.bench.first import first_order_seconds
from tests.bench.measure import Report
from tests.bench.pages import measure_pages
from tests.bench.serving import Site

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "var" / "bench"
Environment = Callable[[int], dict[str, str]]  # of a process that works on the database of one size


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.bench", description=__doc__)
    parser.add_argument("--sizes", default="1000,100000,1000000")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--only", choices=["crowd"])
    parser.add_argument("--seconds", type=float, default=crowd.SECONDS, help="of the crowd")
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
            if not options.only:
                measure_pages(report, sites)
            crowd.measure_crowd(report, sites[-1], options.seconds)
        if options.only:
            return 1 if report.missed else 0
        prepare(engines, environment, 0, keep=False, report=report)
        measure_mirror(
            report, run(environment(0), "mirroring", "empty"), run(environment(sizes[-1]), "mirroring", "full")
        )
        measure_calls(report, run(environment(0), "calls"))
        prepare(engines, environment, 0, keep=False, report=report)
        measure_shipping(report, run(environment(0), "shipping"))
    finally:
        embedded.stop(FOLDER)
    seconds = first_order_seconds(FOLDER / "up")
    report.put("P11", "first order on the page of a fresh `make up`", f"{seconds:.0f} s, wanted ≤ 120 s")
    print(f"\n{len(report.lines)} figures, missed: {', '.join(report.missed) or 'none'}")  # noqa: T201
    return 1 if report.missed else 0


def surroundings(engines: embedded.Engines) -> Environment:
    members = engines.database()
    assert engines.valkey
    redis_url = engines.valkey.socket_url

    def of(size: int) -> dict[str, str]:
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": "postgres://{USER}:{PASSWORD}@:{PORT}/{HOST}/{name}".format(**members, name=name_of(size)),
            "REDIS_URL": redis_url,
            "PYTHONPATH": str(ROOT),
        }

    return of


def name_of(size: int) -> str:
    return f"bench_{size}"


def prepare(engines: embedded.Engines, environment: Environment, size: int, *, keep: bool, report: Report) -> None:
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


def run(environment: dict[str, str], subject: str, *arguments: str) -> dict[str, float]:
    """What a process of its own measured."""
    done = subprocess.run(
        [sys.executable, "-m", f"tests.bench.{subject}", *arguments],
        cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def measure_mirror(report: Report, empty: dict[str, float], full: dict[str, float]) -> None:
    for what, rates in (("an empty table", empty), ("the largest", full)):
        words = ", ".join(f"{name} {rate:,.0f}" for name, rate in rates.items())
        report.put("P7", f"orders a second on {what}", words)
    report.bar("P7", "stored, against the bare copy", empty["store"] / empty["bare"], 0.25, at_most=False)
    report.bar("P7", "an unchanged page against a changed one", empty["unchanged"] / empty["changed"], 6, at_most=False)
    report.bar("P7", "stored on the largest against empty", full["store"] / empty["store"], 0.75, at_most=False)


def measure_calls(report: Report, spent: dict[str, float]) -> None:
    report.bar("P9", "calls of a live run that finds nothing", spent["nothing changed"], 1, unit="calls")
    report.bar("P9", "calls of a live run over 100 changed orders", spent["100 changed"], 2, unit="calls")
    report.bar("P9", "calls for 5,000 changed orders", spent["5000 changed"], 52, unit="calls")
    memory = spent["memory over 400 pages"] / spent["memory over 4 pages"]
    report.bar("P7", "memory after 50 more pages against after 4", memory, 1.2)
    report.put("P9", "orders mirrored of those 5,000", f"{spent['mirrored']:,.0f}", spent["mirrored"] == 5000)


def measure_shipping(report: Report, spent: dict[str, float]) -> None:
    report.bar("P9", "calls per shipped order at 300, read back included", spent["free calls"] / 300, 1.1, unit="calls")
    report.bar("P9", "reads before the first send of a shipment", spent["free reads"], 0, unit="calls")
    report.bar("P9", "minutes for 300 shipments at 450 calls an hour", spent["budget minutes"], 75, unit="min")
    report.bar("P9", "longest time without a live run meanwhile", spent["budget longest gap"], 10, unit="min")
    refused = spent["budget live runs refused"]  # promised: each minute's run gets its calls, whoever else is short
    report.put("P9", "live runs refused meanwhile, promised none", f"{refused:,.0f}", refused == 0)
    report.put("P9", "shipments confirmed", f"{spent['budget confirmed']:,.0f}", spent["budget confirmed"] == 300)


if __name__ == "__main__":
    sys.exit(main())

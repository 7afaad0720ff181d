"""`make chaos`: G1 in its short form. `python -m tests.chaos [--commands N] [--kills N] [--seed N] [--span S]
[--limit S] [--rounds N] [--here]`.

1,000 commands, a third of the sends faulty, 60 kills; real PostgreSQL that keeps its commits, real Valkey, the sandbox,
two Celery workers, two loops of `deliver`, and whoever asks, each a process of its own. The exit status is 1, and the
seed is printed, when a promise is broken. The long form: more `--commands`, `--kills` and `--rounds`.
"""

import argparse
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backoffice import embedded
from tests.chaos.run import Limits, Outcome, go

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "var" / "chaos"


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.chaos", description=__doc__)
    parser.add_argument("--commands", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--span", type=float, default=60.0, help="seconds over which is asked and killed")
    parser.add_argument(
        "--limit", type=float, default=120.0, help="seconds of a machine of its own until all is settled"
    )
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--rounds", type=int, default=1, help="runs, each with the next seed")
    parser.add_argument("--here", action="store_true", help="on the empty database of DATABASE_URL, as tests do")
    options = parser.parse_args()
    limits = Limits(options.commands, options.kills, options.span, options.limit)
    if options.rounds > 1:
        return max([_round(seed) for seed in range(options.seed, options.seed + options.rounds)])
    with surroundings(here=options.here) as environment:
        outcome = go(options.seed, limits, environment, _logs(options.seed))
    _tell(options.seed, outcome)
    return 1 if outcome.violations else 0


def _round(seed: int) -> int:
    """One of several runs in a process of its own: nothing of the one before is open any more."""
    asked = [*sys.argv[1:], "--rounds", "1", "--seed", str(seed)]  # the last word counts
    return subprocess.run([sys.executable, "-m", "tests.chaos", *asked], cwd=ROOT, check=False).returncode


@contextmanager
def surroundings(*, here: bool) -> Iterator[dict[str, str]]:
    """The environment of every process of a run: a fresh database on a server that keeps its commits."""
    base = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    base.pop("PYTHONDONTWRITEBYTECODE", None)  # every process that starts again would compile everything again
    base |= {"DJANGO_SETTINGS_MODULE": "tests.chaos.settings", "PYTHONPATH": str(ROOT)}
    if here:
        yield base | {"CHAOS_THROW_AWAY": "1"}
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    engines = embedded.start(FOLDER)
    try:
        assert engines.postgres
        assert engines.valkey
        with engines.postgres.connect(dbname="template1") as session:
            session.execute("DROP DATABASE IF EXISTS chaos WITH (FORCE)")
            session.execute("CREATE DATABASE chaos")
        members = engines.database()
        url = "postgres://{USER}:{PASSWORD}@:{PORT}/{HOST}/chaos".format(**members)
        environment = base | {"DATABASE_URL": url, "REDIS_URL": engines.valkey.socket_url}
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity=0", "--skip-checks"],
            cwd=ROOT, env=environment, check=True,
        )  # fmt: skip
        yield environment
    finally:
        embedded.stop(FOLDER)


def _logs(seed: int) -> Path:
    folder = FOLDER / f"logs-{seed}"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    return folder


def _tell(seed: int, outcome: Outcome) -> None:
    out = sys.stdout.write
    for name, value in outcome.figures.items():
        out(f"{name:<38} {value}\n")
    for violation in outcome.violations[:50]:
        out(f"BROKEN  {violation}\n")
    out(f"seed {seed}: {len(outcome.violations) or 'no'} broken promises\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

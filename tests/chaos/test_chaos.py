"""The chaos run in miniature, and smaller still for every day, so that it cannot rot; `make chaos` is the real one."""

import os
import subprocess
import sys

import pytest

from tests.chaos import plan
from tests.chaos.crew import ROOT


@pytest.mark.parametrize(
    ("commands", "kills", "pace"),
    [(26, 3, 4), pytest.param(60, 6, 1, marks=pytest.mark.everything)],  # the larger one with Celery's workers
)
@pytest.mark.django_db(transaction=True)
def test_commands_survive_faults_and_kills(commands, kills, pace):
    asked = {"--seed": 3, "--commands": commands, "--kills": kills, "--span": 8 / pace, "--limit": 150}
    done = subprocess.run(
        [sys.executable, "-m", "tests.chaos", "--here", *(str(word) for pair in asked.items() for word in pair)],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.chaos.settings", "CHAOS_PACE": str(pace)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    assert "seed 3: no broken promises" in done.stdout


def test_a_third_of_the_sends_goes_wrong():
    made = plan.plan(5, 1000)

    wrong = sum(1 for fault in made.faults if fault["fault"])

    assert len(made.asks) == 1000
    assert 0.30 <= wrong / len(made.faults) <= 0.50


@pytest.mark.everything
def test_other_work_goes_on_after_a_death_and_once_broker_and_database_are_back():
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "DATABASE", "REDIS"))}
    done = subprocess.run(
        [sys.executable, "-m", "tests.chaos.recovery"],
        cwd=ROOT, env=kept, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    assert done.stdout.count("bar 30 s") == 2
    assert "work once the database is back" in done.stdout

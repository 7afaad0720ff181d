"""Jobs that tests start in a worker's own process; what they did is read from their leases and heartbeats."""

import os
import time
from datetime import timedelta

from backoffice import beats, jobs

WANTED = os.environ.get("TESTS_JOBS", "").split()

jobs.JOBS.clear()  # the apps' own jobs would call a marketplace that is not there


@jobs.job("quick", every=timedelta(seconds=1))
def quick() -> None:
    beats.beat("quick", "job")


@jobs.job("slow", every=timedelta(hours=1))
def slow() -> None:
    """Works in steps, as every long job does."""
    beats.beat("slow-began", "job")
    for _step in range(int(os.environ.get("TESTS_STEPS", "30"))):
        if not jobs.going_on():
            beats.beat("slow-stopped", "job")
            return
        time.sleep(0.1)
    beats.beat("slow-ended", "job")


@jobs.job("stubborn", every=timedelta(hours=1))
def stubborn() -> None:
    """Does not ask whether it may go on."""
    beats.beat("stubborn-began", "job")
    time.sleep(60)
    beats.beat("stubborn-ended", "job")


for name in set(jobs.JOBS) - set(WANTED):
    del jobs.JOBS[name]

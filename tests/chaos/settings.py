"""The tests' settings for processes that are killed all the time: every wait a hundredth, in the same proportions."""

import os

from tests.chaos.pace import PACE
from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS

THROW_AWAY_DATABASE = "CHAOS_THROW_AWAY" in os.environ  # the short form within `make test` alone
INSTALLED_APPS = [*INSTALLED_APPS, "tests.chaos"]
OCTOPIA_CALLS_PER_HOUR = 1_000_000
SYNC_EVERY = 1 / PACE
SYNC_OVERLAP = 5
SWEEP_EVERY = 2 / PACE
SWEEP_PATIENCE = 4 / PACE
HEARTBEAT_EVERY = 5
OUTBOX_LEASE = 12 / PACE
OUTBOX_MARGIN = 6 / PACE  # longer than a send may last (tests.chaos.apps)
OUTBOX_BACKOFF = (0.3 / PACE, 3 / PACE)
OUTBOX_EARLY_LOOKS = (0.3 / PACE, 1 / PACE)
OUTBOX_ABSENT_READS = {
    "S": (2 / PACE, 4 / PACE),
    "W": (2 / PACE, 5 / PACE, 10 / PACE),
    "M": (2 / PACE, 5 / PACE, 10 / PACE),
}  # a late effect comes within half of the last (tests.chaos.plan)
OUTBOX_SHOWN_AFTER = 6 / PACE
OUTBOX_VISIBLE_WITHIN = 40 / PACE
OUTBOX_FOLLOW = (0.5 / PACE, 4 / PACE)
DELIVER_EVERY = 0.5 / PACE
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 5

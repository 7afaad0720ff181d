"""The tests' settings for processes that are killed all the time: every wait a hundredth, in the same proportions."""

import os

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS

THROW_AWAY_DATABASE = "CHAOS_THROW_AWAY" in os.environ  # the short form within `make test` alone
INSTALLED_APPS = [*INSTALLED_APPS, "tests.chaos"]
OCTOPIA_CALLS_PER_HOUR = 1_000_000
SYNC_EVERY = 1
SYNC_OVERLAP = 5
SWEEP_EVERY = 2
SWEEP_PATIENCE = 4
HEARTBEAT_EVERY = 5
OUTBOX_LEASE = 12
OUTBOX_MARGIN = 6  # longer than a send may last (tests.chaos.apps)
OUTBOX_BACKOFF = (0.3, 3)
OUTBOX_EARLY_LOOKS = (0.3, 1)
OUTBOX_ABSENT_READS = {
    "S": (2, 4),
    "W": (2, 5, 10),
    "M": (2, 5, 10),
}  # a late effect comes within 5 s (tests.chaos.plan)
OUTBOX_SHOWN_AFTER = 6
OUTBOX_VISIBLE_WITHIN = 40
OUTBOX_FOLLOW = (0.5, 4)
DELIVER_EVERY = 0.5
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 5

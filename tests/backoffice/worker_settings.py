"""The tests' settings for a worker in a process of its own: short waits, jobs of the test, a broker of its own."""

import os

from tests.settings import *  # noqa: F403

if broker := os.environ.get("TESTS_BROKER_URL"):
    CELERY_BROKER_URL = broker
    REDIS_URL = broker
THROW_AWAY_DATABASE = "TESTS_DURABLE" not in os.environ
SWEEP_EVERY = 1
SWEEP_PATIENCE = int(os.environ.get("TESTS_PATIENCE", "60"))
HEARTBEAT_EVERY = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 3
CELERY_IMPORTS = ["tests.backoffice.worker_jobs"]

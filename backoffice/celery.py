"""The Celery application. The database is the queue; a message only says: look now."""

import os
from typing import Any

from celery import Celery
from celery.signals import celeryd_init, task_prerun
from django.conf import settings
from django.db import close_old_connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")

app = Celery("backoffice")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_configure.connect
def plan(sender: Celery, **_: object) -> None:
    """What a scheduler sends. Any number of them may: the rows decide."""
    sender.conf.beat_schedule = {
        "tick": {
            "task": "backoffice.tasks.tick",
            "schedule": float(settings.SWEEP_EVERY),
            "options": {"expires": 60},
        },
        "canary": {"task": "backoffice.tasks.canary", "schedule": 60.0, "options": {"expires": 60}},
    }


@task_prerun.connect
def look_at_connections(sender: Any, **_: object) -> None:
    """A task goes on with the connection of the one before, unless that is too old or broke meanwhile.

    One that is run in its caller's process leaves the caller's alone.
    """
    if not sender.request.is_eager:
        close_old_connections()


@celeryd_init.connect
def prepare_worker(instance: Any, **_: object) -> None:
    """Give a worker its sweep, or refuse to start it; no other process needs either."""
    from backoffice import worker  # it needs the apps

    worker.refuse_unsafe()
    instance.app.steps["worker"].add(worker.Sweep)

"""The Celery application. The database is the queue; a message only says: look now."""

import os
from typing import Any

from celery import Celery
from celery.signals import celeryd_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")

app = Celery("backoffice")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    # any number of schedulers may send these: the rows decide
    "tick": {"task": "backoffice.tasks.tick", "schedule": 15.0, "options": {"expires": 60}},
    "canary": {"task": "backoffice.tasks.canary", "schedule": 60.0, "options": {"expires": 60}},
}


@celeryd_init.connect
def prepare_worker(instance: Any, **_: object) -> None:
    """Give a worker its sweep, or refuse to start it; no other process needs either."""
    from backoffice import worker  # it needs the apps

    worker.refuse_unsafe()
    instance.app.steps["worker"].add(worker.Sweep)

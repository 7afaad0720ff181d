"""The outbox's figures for the monitor: how many commands stand in each state, and since when the oldest does."""

from collections.abc import Iterable
from datetime import datetime

from backoffice.health import Gauge
from fulfilment.outbox import sweep


def outbox(now: datetime) -> Iterable[Gauge]:
    figures = sorted(sweep.open_commands(now).items())
    yield Gauge(
        "commands",
        "Commands that have not ended, by state.",
        ("account", "state"),
        [(key, float(number)) for key, (number, _oldest) in figures],
    )
    yield Gauge(
        "commands_oldest_seconds",
        "Age of the oldest command in each state.",
        ("account", "state"),
        [(key, oldest) for key, (_number, oldest) in figures],
    )

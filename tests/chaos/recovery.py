"""G13: how long other work stands still after a worker's death, and once the broker or the database is back.

`python -m tests.chaos.recovery`: real processes, the waits of production; printed, the exit status is 1 where a bar was
missed or a promise broken.
"""

import os
import random
import signal
import sys
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from backoffice import embedded
from backoffice.engines import postgres, valkey
from tests.chaos.__main__ import FOLDER, surroundings
from tests.chaos.crew import Crew, Role
from tests.chaos.plan import Plan
from tests.chaos.run import Sandbox, free_port, market, prepare

AWAY = 3.0  # seconds an engine stays away
STARTED = 90.0  # seconds given to the workers to begin with
PARCELS = 40
NO_HOLD = timedelta(0)


def main() -> int:
    logs = FOLDER / "logs-recovery"
    logs.mkdir(parents=True, exist_ok=True)
    with surroundings(here=False) as environment:
        environment |= {
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "OCTOPIA_CALLS_PER_HOUR": "100000",
            "PORT": str(free_port()),
        }
        os.environ.update(environment)
        with market(1, environment, logs) as sandbox:
            prepare(sandbox, Plan(orders=[{"number": f"REC{at:03}"} for at in range(PARCELS)]))
            return 0 if measured(sandbox, environment, logs) else 1


def measured(sandbox: Sandbox, environment: dict[str, str], logs: Path) -> bool:
    """Whether each bar holds; a line is printed for each."""
    from tests.chaos import checker

    celery = (sys.executable, "-m", "celery", "-A", "backoffice", "worker", "--loglevel=WARNING", "--concurrency=2")
    roles = [Role(f"worker-{at}", (*celery, f"-nrecovery{at}@test"), children=True) for at in (1, 2)]
    engines = embedded.load(FOLDER)
    broker, database = engines.valkey, engines.postgres
    assert broker
    assert database
    shop = Shop()
    with Crew(roles, environment, logs, random.Random(1)) as crew:
        held = [told("the workers' first sends", shop.asks(2, STARTED), STARTED)]

        shop.ask(12)
        for pid in crew.pids("worker-1"):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        held.append(told("other work after a worker's death", shop.asks(4, 30), 30))

        valkey.stop(broker)
        shop.ask(4)
        time.sleep(AWAY)
        valkey.start(broker)
        held.append(told("work once the broker is back", shop.asks(2, 30), 30))

        postgres.stop(database)
        time.sleep(AWAY)
        postgres.start(database)
        shop.connect_anew()
        held.append(told("work once the database is back", shop.asks(4, 10), 10))
    broken = checker.violations(checker.effects(sandbox.ask("ledger")["effects"]), settled=False)
    for violation in broken:
        sys.stdout.write(f"BROKEN  {violation}\n")
    return all(held) and not broken


class Shop:
    """Who asks for one whole shipment after the other, and sees how long they take to leave."""

    def __init__(self) -> None:
        self._asked = 0

    def ask(self, many: int) -> None:
        from django.conf import settings
        from django.db import transaction

        from backoffice.models import User
        from fulfilment.verbs import shipment
        from orders.models import Order

        assert settings.SWEEP_EVERY == 15  # the waits of production
        person = User.objects.get(username="hand")
        for _turn in range(many):
            order = Order.objects.get(number=f"REC{self._asked:03}")
            self._asked += 1
            number = f"6A{self._asked:011}"
            parcel: shipment.ParcelAsked = {
                "number": number,
                "carrier": "Colissimo",
                "url": f"https://www.laposte.fr/outils/suivre-vos-envois?code={number}",
                "lines": [line.code for line in order.lines.all()],
            }
            with transaction.atomic():
                shipment.ask(order, [parcel], by=person, seen=order.version, form_token=number, hold=NO_HOLD)

    def asks(self, many: int, most: float) -> float:
        """Ask for so many. The seconds from now until they were taken, and until none waits that nobody holds."""
        from fulfilment.models import Command, State

        began = time.monotonic()
        self.ask(many)
        new = [command.pk for command in Command.objects.order_by("-pk")[:many]]
        while (elapsed := time.monotonic() - began) < 3 * most:
            taken = Command.objects.filter(pk__in=new, state__in=[State.TAKEN, State.CONFIRMED]).count()
            if taken == many and not Command.objects.filter(state=State.READY).exists():
                return elapsed
            time.sleep(0.05)
        return float("inf")

    def connect_anew(self) -> None:
        from django.db import connections

        connections.close_all()


def told(what: str, seconds: float, bar: float) -> bool:
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    sys.stdout.write(f"{what:<38} {seconds:.1f} s, bar {bar:.0f} s (load {load:.1f} a core)\n")
    sys.stdout.flush()
    return seconds <= bar


if __name__ == "__main__":
    sys.exit(main())

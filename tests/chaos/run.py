"""One run: place the orders, start everybody, kill, wait until all is settled, compare."""

import json
import os
import random
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from octopia import Busy
from tests.chaos.crew import ROOT, Crew, Role, pause_between
from tests.chaos.ours import OwnTime
from tests.chaos.pace import PACE
from tests.chaos.plan import Plan, plan

CLIENT, SECRET, SELLER = "demo-client", "demo-secret", "104512"  # those of the sandbox
MUCH_TOO_LATE = 5  # times the limit, by any clock: what is not settled then is stuck
LONGEST_PAUSE = 90.0  # seconds that the last comparison waits for a pause of the market's to end
TOKEN_PATH = "/auth/realms/maas/protocol/openid-connect/token"


# Of the marketplace: what it decides by itself takes a tenth of the time.
SETTINGS: dict[str, float] = {
    "calls_per_hour": 0,
    "preparation_delay": 3 / PACE,
    "cancellation_delay": 2 / PACE,
    "gesture_delay": 2 / PACE,
    "import_delay": 1 / PACE,
}


@dataclass(frozen=True)
class Limits:
    commands: int
    kills: int
    span: float
    seconds: float


@dataclass
class Outcome:
    figures: dict[str, str] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)
    own: float = 0.0  # seconds of a machine of our own


class Sandbox:
    """The marketplace as a process, and its back door."""

    def __init__(self, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"

    def ask(self, path: str, body: Any = None) -> Any:
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.base}/_sandbox/{path}", data=content)  # noqa: S310
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return json.load(answer)


def go(seed: int, limits: Limits, environment: dict[str, str], logs: Path) -> Outcome:
    """Run one seed on the empty database that the environment names."""
    rng = random.Random(f"kills {seed}")
    made = plan(seed, limits.commands)
    environment = {**environment, "PORT": str(free_port()), "WEB_WORKERS": "2"}
    os.environ.update(environment)
    with market(seed, environment, logs) as sandbox:
        prepare(sandbox, made)
        began = time.monotonic()
        with Crew(roles(seed, limits), environment, logs, rng) as crew:
            outcome = _live(limits, crew, began, rng, lambda act: _elsewhere(sandbox, act), made.elsewhere)
            seconds = time.monotonic() - began
        outcome.violations += compare(sandbox)
        return _figures(outcome, sandbox, crew, limits, seconds, len(made.elsewhere))


@contextmanager
def market(seed: int, environment: dict[str, str], logs: Path) -> Iterator[Sandbox]:
    port = free_port()
    with (logs / "market.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "sandbox", "--port", str(port), "--orders", "0", "--seed", str(seed)],
            cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        sandbox = Sandbox(port)
        for _ in range(200):
            try:
                sandbox.ask("settings", SETTINGS)
                break
            except OSError:
                time.sleep(0.05)
        yield sandbox
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def prepare(sandbox: Sandbox, made: Plan) -> None:
    """Orders there and here, an account that sends, a person who asks; only then the faults."""
    import django

    django.setup()
    from datetime import timedelta

    from django.utils import timezone

    from backoffice.models import SellerAccount, User
    from orders import sync
    from orders.models import Order

    for wish in made.orders:
        sandbox.ask("orders", wish)
    account = SellerAccount.objects.create(
        name="Chaos", slug="chaos", seller_id=SELLER, api_url=f"{sandbox.base}/seller/v2",
        token_url=f"{sandbox.base}{TOKEN_PATH}", client_id=CLIENT, client_secret=SECRET,
        sending=["accept", "refuse", "ship", "cancel", "gesture", "invoice"],
        created_at=timezone.now() - timedelta(days=2),
    )  # fmt: skip
    User.objects.create_user(username="chaos", role="administrator", accounts=[account])
    User.objects.create_user(username="hand", role="warehouse", accounts=[account])
    User.objects.create_user(username="voice", role="support", accounts=[account])
    while Order.objects.count() < len(made.orders):
        sync.live(account)
    sandbox.ask("faults", {"set": made.faults})


def roles(seed: int, limits: Limits) -> list[Role]:
    python = sys.executable
    celery = (python, "-m", "celery", "-A", "backoffice", "worker", "--loglevel=WARNING", "--concurrency=2")
    quiet = ("--without-mingle", "--without-gossip")
    few, least = limits.commands < 200, limits.commands < 50
    workers = [
        Role(f"worker-{at}", (*celery, *quiet, f"-nchaos{at}@test"), children=True)
        for at in (1,) * (not least) + (2,) * (not few)
    ]
    # the least form has no worker of Celery's, who does the live run: it costs most to start
    sync = [Role("sync", (python, "manage.py", "sync", "--loop"))] * least
    loops = [Role(f"deliver-{at}", (python, "manage.py", "deliver", "--loop")) for at in (1,) + (2,) * (not few)]
    people = 1 if few else 2
    asking = (python, "-m", "tests.chaos.loader", str(seed), str(limits.commands), str(limits.span * 0.8), str(people))
    persons = [Role(f"person-{at}", (*asking, str(at)), ends=True) for at in range(people)]
    web = (python, "-m", "gunicorn", "--config", "python:backoffice.serving")
    return [*workers, *sync, *loops, Role("web", web, children=True), *persons]


def _elsewhere(sandbox: Sandbox, act: dict[str, Any]) -> None:
    """Another program of the seller acts, unless ours was quicker."""
    with suppress(urllib.error.HTTPError):
        sandbox.ask("outsider", act)


def _live(
    limits: Limits,
    crew: Crew,
    began: float,
    rng: random.Random,
    elsewhere: Callable[[dict[str, Any]], None],
    acts: list[dict[str, Any]],
) -> Outcome:
    """Kill at the drawn moments, look at the versions meanwhile, and wait for the end of it all."""
    outcome = Outcome()
    others = [(began + rng.uniform(0, limits.span / 2), act) for act in acts]
    moments = [began + at for at in pause_between(limits.kills, limits.span, rng)]
    versions: dict[str, tuple[int, Any]] = {}
    looked, late, clock = 0.0, False, OwnTime()
    while time.monotonic() < began + MUCH_TOO_LATE * limits.seconds:
        while moments and moments[0] <= time.monotonic():
            if not crew.kill_one():
                break
            moments.pop(0)
        for due, act in [other for other in others if other[0] <= time.monotonic()]:
            elsewhere(act)
            others.remove((due, act))
        if time.monotonic() - looked > 1.5:
            looked = time.monotonic()
            outcome.violations += _gone_back(versions)
            outcome.own = clock.look(group for role in crew.roles for group in role.groups)
            if not late and outcome.own > limits.seconds:
                late = True
                outcome.violations.append(f"not everything was settled within {limits.seconds:.0f} s")
                outcome.violations += _unsettled()
            if not moments and crew.finished() and _settled():
                break
        time.sleep(0.05)
    if moments:
        outcome.violations.append(f"only {sum(crew.killed.values())} processes could be killed")
    return outcome


def _gone_back(versions: dict[str, tuple[int, Any]]) -> list[str]:
    from orders.models import Order

    found = []
    for number, version, changed_at in Order.objects.values_list("number", "version", "changed_at"):
        before = versions.get(number)
        if before and (version < before[0] or changed_at < before[1]):
            found.append(f"{number} went back from {before} to {(version, changed_at)}")
        versions[number] = (version, changed_at)
    return found


def _settled() -> bool:
    from fulfilment.models import Command
    from tests.chaos.checker import MOVING

    return not Command.objects.filter(state__in=MOVING).exists()


def _asking() -> float:
    """Seconds from the first command that was put to the last."""
    from django.db.models import Max, Min

    from fulfilment.models import Command

    ends = Command.objects.aggregate(first=Min("created_at"), last=Max("created_at"))
    return float((ends["last"] - ends["first"]).total_seconds()) if ends["first"] else 0.0


def _unsettled() -> list[str]:
    """What was still under way when the time was up, with what happened last: slow is another fault than stuck."""
    from django.utils import timezone

    from fulfilment.models import Command
    from tests.chaos.checker import MOVING

    now, told = timezone.now(), []
    for command in Command.objects.filter(state__in=MOVING).order_by("created_at"):
        last = command.events.order_by("-pk").first()
        old, due = (now - command.created_at).total_seconds(), (command.due - now).total_seconds()
        before = f"{last.what} {(now - last.at).total_seconds():.0f} s ago" if last else "nothing"
        told.append(f"{command} is {command.state} after {old:.0f} s: {before}, due in {due:.0f} s")
    return told


def compare(sandbox: Sandbox) -> list[str]:
    """The ledger against the journal, and, after one last live run, the truth against the mirror."""
    from django.utils import timezone

    from backoffice.models import SellerAccount
    from orders import readings, sync
    from orders.models import Reading
    from tests.chaos import checker

    sandbox.ask("faults", {"clear": True})
    sandbox.ask("clock", {"advance": 60})  # what was held up arrives, what is being prepared is done
    sandbox.ask("clock", {"pause": True})
    happened = checker.effects(sandbox.ask("ledger")["effects"])
    _patiently(lambda: sync.nightly(SellerAccount.objects.get()))  # the promise is: equal after the deep run,
    Reading.objects.filter(done_at=None).update(due=timezone.now(), until=None)
    readings.read_due()  # and after the single readings for two versions of one second
    return checker.violations(happened) + checker.differences(sandbox.ask("orders")["orders"])


def _patiently(read: Callable[[], object]) -> None:
    """Read when the last pause that the market asked for is over."""
    until = time.monotonic() + LONGEST_PAUSE
    while True:
        try:
            read()
        except Busy as busy:
            if time.monotonic() > until:
                raise
            time.sleep(min(busy.wait, 5))
        else:
            return


def _figures(outcome: Outcome, sandbox: Sandbox, crew: Crew, limits: Limits, seconds: float, spare: int) -> Outcome:
    from django.db.models import F

    from fulfilment.models import Command, CommandEvent, State

    states = Counter(Command.objects.values_list("state", flat=True))
    marks = CommandEvent.objects.filter(what="marked").count()
    unclear = CommandEvent.objects.filter(became="UNKNOWN").exclude(was=F("became")).count()
    resent = Command.objects.filter(attempts__gt=1).count()
    times = sorted(
        (ended - created).total_seconds()
        for created, ended in Command.objects.exclude(ended_at=None).values_list("created_at", "ended_at")
    )
    why = Counter(
        command.events.exclude(was=F("became")).latest("pk").what
        for command in Command.objects.filter(state=State.ATTENTION)
    )
    asked = sum(states.values())
    if asked < limits.commands - spare:  # what others were quicker with may be refused before it is put
        outcome.violations.append(f"only {asked} of {limits.commands} commands were put")
    outcome.figures = {
        "commands": f"{asked}: " + ", ".join(f"{number} {state}" for state, number in states.most_common()),
        "sends": f"{marks}, {unclear} without a clear answer, {resent} commands sent more than once",
        "for a person": ", ".join(f"{number} {what}" for what, number in why.most_common()) or "none",
        "kills": f"{sum(crew.killed.values())}: " + ", ".join(f"{n} {name}" for name, n in crew.killed.most_common()),
        "effects in the ledger": str(len(sandbox.ask("ledger")["effects"])),
        "the last was asked after": f"{_asking():.0f} s",
        "settled after": f"{outcome.own:.0f} s of a machine of its own ({seconds:.0f} s), bar {limits.seconds:.0f} s",
        "from asked to ended": f"median {statistics.median(times):.1f} s, longest {times[-1]:.1f} s"
        if times
        else "none",
    }
    return outcome

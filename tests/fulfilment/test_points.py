"""G2 and G3: the process dies, or stalls past its lease, at every fail point; nothing is lost, nothing doubled."""

import itertools
import os
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from fulfilment import points
from fulfilment.models import ENDED, Command, State
from fulfilment.outbox import sweep
from sandbox.app import App
from sandbox.contract import SIGN_IN_PATH
from sandbox.server import Server
from tests.chaos import checker
from tests.fulfilment.kinds import KINDS, MONEY, asked, fault, passing

ROOT = Path(__file__).resolve().parents[2]
ANSWERS = ("", "500 before", "500 after", "lost", "lost before", "type", "redirect", "delayed 100", "status 409", "401")
ON_THE_WAY = [place for place in points.PLACES if place not in ("put", "batch chunk")]  # those: test_batches
# by the plan of the weakest, twice: who died may meet an unclear answer afterwards; then what is taken and not visible
TIMES = (181, 187, 220, 310, 620, 1390, 1400, 1430, 1530, 1830, 2620, 2700, 3500, 5200)
QUIET = 220  # seconds: more than twice the longest that an answer of ANSWERS holds a call up
# The short form: at each point three kinds, under two answers each; the whole product is that of `make test-all`.
SHORT = [(point, KINDS[(at + step * 3) % len(KINDS)]) for at, point in enumerate(ON_THE_WAY) for step in range(3)]
FEW = 2
WHOLE = list(itertools.product(ON_THE_WAY, KINDS))
STALLS = [
    *itertools.product(["claimed", "before mark", "after mark", "sent", "before settle"], KINDS, [200]),
    *itertools.product(["after mark", "before settle"], KINDS, [400, 1500]),
]


@pytest.fixture(autouse=True)
def _nothing_armed():
    yield
    points.arm("")


def settle(market, live, time_machine, now, act=sweep.act):
    """Time passes by both clocks, with a live run and sweeps now and then, until nothing moves any more.

    Nothing is on its way to the marketplace for longer than QUIET.
    """
    before = 0
    for seconds in TIMES:
        if before > QUIET and not Command.objects.exclude(state__in=[*ENDED, State.ATTENTION]).exists():
            return
        market.clock.advance(seconds - before)
        before = seconds
        time_machine.move_to(now + timedelta(seconds=seconds), tick=False)
        live(0)
        for _ in range(2):
            passing(time_machine, now, seconds, act)


def broken(market):
    return checker.violations(checker.effects(entry.saved() for entry in market.ledger))


def dies_everywhere(market, place, live, time_machine, point, kind, answers):
    """One command an answer: its first send meets it, and who brings it to the point first dies there. How many did."""
    now = timezone.now()
    time_machine.move_to(now, tick=False)
    live(0)
    waiting = {str(asked(kind, place, f"SCID{at}").pk): answer for at, answer in enumerate(answers)}
    alive = set(waiting)

    def act(name):
        fault(market, waiting.get(name, ""), kind)
        points.arm(f"{point}:*=die" if name in alive else "")
        try:
            sweep.act(name)
        except points.Died:
            alive.discard(name)
        points.arm("")
        if not list(market.faults):
            waiting.pop(name, None)

    passing(time_machine, now, 0, act)
    settle(market, live, time_machine, now, act)

    assert broken(market) == []
    assert not waiting or kind in MONEY  # what may have left is not sent again
    return len(answers) - len(alive)


@pytest.mark.django_db
@pytest.mark.parametrize(("point", "kind"), SHORT)
def test_a_process_that_dies_anywhere_loses_and_doubles_nothing(market, place, live, time_machine, point, kind):
    turn = ON_THE_WAY.index(point) + KINDS.index(kind)
    few = [ANSWERS[(turn + step * 5) % len(ANSWERS)] for step in range(FEW)]

    dies_everywhere(market, place, live, time_machine, point, kind, few)

    if kind not in MONEY:  # what moves money may end with a person
        assert not Command.objects.filter(state=State.ATTENTION).exists()


@pytest.mark.everything
@pytest.mark.django_db
@pytest.mark.parametrize(("point", "kind"), WHOLE)
def test_a_process_that_dies_anywhere_under_any_answer(market, place, live, time_machine, point, kind):
    died = dies_everywhere(market, place, live, time_machine, point, kind, ANSWERS)

    assert died or (point == "looked first" and kind in MONEY)  # what moves money is not sent again


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("point", "kind", "seconds"),
    [pytest.param(*stall, marks=[pytest.mark.everything] if at % 3 else []) for at, stall in enumerate(STALLS)],
)
def test_a_worker_that_stalls_past_its_lease_doubles_nothing(
    market, place, live, time_machine, monkeypatch, point, kind, seconds
):
    """G3, 72 times: while it stalls, others put right what it left and go on; then it goes on itself."""
    now = timezone.now()
    time_machine.move_to(now, tick=False)
    live(0)
    command = asked(kind, place)

    def others_go_on(length):
        for step in range(1, 13):
            market.clock.advance(length / 12)
            passing(time_machine, now, length * step / 12)

    monkeypatch.setattr("fulfilment.points.time.sleep", others_go_on)
    points.arm(f"{point}:*=stall {seconds}")
    sweep.act(str(command.pk))
    now += timedelta(seconds=seconds)

    settle(market, live, time_machine, now)

    assert broken(market) == []
    command.refresh_from_db()
    assert command.state == State.CONFIRMED or kind in MONEY


JUMPS = list(
    itertools.product([-600, 600], ["ship", "part", "cancel", "gesture"], ["lost", "500 before", "delayed 540"])
)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("jump", "kind", "answer"),
    [pytest.param(*case, marks=[pytest.mark.everything] if at % 4 else []) for at, case in enumerate(JUMPS)],
)
def test_our_clock_may_jump_by_ten_minutes(market, place, live, time_machine, jump, kind, answer):
    """G15: a minute after a send without an answer our clock is set; the marketplace's goes on as it was."""
    now = timezone.now()
    time_machine.move_to(now, tick=False)
    live(0)
    command = asked(kind, place)
    fault(market, answer, kind)
    sweep.act(str(command.pk))
    market.faults = []

    for elapsed in range(60, 1260, 60):
        market.clock.advance(60)
        passing(time_machine, now, elapsed + jump)
    settle(market, live, time_machine, now + timedelta(seconds=1200 + jump))

    assert broken(market) == []
    command.refresh_from_db()
    assert command.state == State.CONFIRMED or kind in MONEY


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("point", "left", "end"),
    [
        pytest.param("claimed", State.PREPARING, State.TAKEN, marks=pytest.mark.everything),
        ("after mark", State.SENDING, State.UNKNOWN),
        pytest.param("sent", State.SENDING, State.CONFIRMED, marks=pytest.mark.everything),
        pytest.param("before settle", State.SENDING, State.CONFIRMED, marks=pytest.mark.everything),
    ],
)
def test_a_real_process_killed_at_a_point_is_found_by_the_next(
    market, account, place, socket_enabled, point, left, end
):
    """Armed by the environment, as it would be by hand; processes after each other, the market on a socket."""
    command = asked("ship", place)
    server = Server(App(market), "127.0.0.1", 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.port}"
    type(account).objects.update(api_url=f"{base}/seller/v2", token_url=f"{base}{SIGN_IN_PATH}")
    market.clock.resume()
    try:
        assert deliver(FAIL_POINT=f"{point}:ship=kill") == -9
        command.refresh_from_db()
        assert command.state == left
        Command.objects.update(lease=timezone.now())
        assert deliver() == 0
        Command.objects.exclude(state=State.TAKEN).update(due=timezone.now())
        assert deliver() == 0
    finally:
        server.shutdown()
        server.server_close()

    command.refresh_from_db()
    assert command.state == end
    assert len(market.ledger) == (end != State.UNKNOWN)


def deliver(**environment):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    done = subprocess.run(
        [sys.executable, "manage.py", "deliver"],
        cwd=ROOT,
        env={**kept, "DJANGO_SETTINGS_MODULE": "tests.settings", **environment},
        capture_output=True,
        check=False,
    )
    return done.returncode

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
from fulfilment.models import Command, State
from fulfilment.outbox import sweep
from sandbox.app import App
from sandbox.contract import SIGN_IN_PATH
from sandbox.server import Server
from tests.chaos import checker
from tests.fulfilment.kinds import KINDS, MONEY, asked, fault, passing

ROOT = Path(__file__).resolve().parents[2]
ANSWERS = ("", "500 before", "500 after", "lost", "lost before", "type", "redirect", "delayed 100", "status 409", "401")
AT_ONCE = [place for place in points.PLACES if place != "put"]
# by the plan of the weakest; then what is taken and not visible, or not decided
TIMES = (181, 187, 310, 500, 620, 1390, 2000, 2700, 3500)
# The short form: at each point three kinds, under two answers each; the whole product is that of `make test-all`.
SHORT = [(point, KINDS[(at + step * 2) % len(KINDS)]) for at, point in enumerate(AT_ONCE) for step in range(3)]
FEW = 2
STALLS = [
    *itertools.product(["claimed", "before mark", "after mark", "sent", "before settle"], KINDS, [200]),
    *itertools.product(["after mark", "before settle"], KINDS, [400, 1500]),
]


@pytest.fixture(autouse=True)
def _nothing_armed():
    yield
    points.arm("")


def settle(market, live, time_machine, now):
    """Time passes by both clocks, with a live run and sweeps now and then."""
    before = 0
    for seconds in TIMES:
        market.clock.advance(seconds - before)
        before = seconds
        time_machine.move_to(now + timedelta(seconds=seconds), tick=False)
        live(0)
        for _ in range(2):
            passing(time_machine, now, seconds)


def broken(market):
    return checker.violations(checker.effects(entry.saved() for entry in market.ledger))


def dies_everywhere(market, place, live, time_machine, point, kind, answers):
    now = timezone.now()
    time_machine.move_to(now, tick=False)
    live(0)
    died = 0
    for at, answer in enumerate(answers):
        command = asked(kind, place, f"SCID{at}")
        fault(market, answer, kind)
        points.arm(f"{point}:*=die")
        for _ in range(4):  # the point of a look is reached after an unclear answer only
            Command.objects.filter(pk=command.pk).update(due=timezone.now())
            try:
                sweep.act(str(command.pk))
            except points.Died:
                died += 1
                break
        points.arm("")
    market.faults = []

    settle(market, live, time_machine, now)

    assert broken(market) == []
    return died


@pytest.mark.django_db
@pytest.mark.parametrize(("point", "kind"), SHORT)
def test_a_process_that_dies_anywhere_loses_and_doubles_nothing(market, place, live, time_machine, point, kind):
    turn = AT_ONCE.index(point) + KINDS.index(kind)
    few = [ANSWERS[(turn + step * 5) % len(ANSWERS)] for step in range(FEW)]

    dies_everywhere(market, place, live, time_machine, point, kind, few)

    if kind not in MONEY:  # what moves money may end with a person
        assert not Command.objects.filter(state=State.ATTENTION).exists()


@pytest.mark.everything
@pytest.mark.django_db
@pytest.mark.parametrize(("point", "kind"), list(itertools.product(AT_ONCE, KINDS)))
def test_a_process_that_dies_anywhere_under_any_answer(market, place, live, time_machine, point, kind):
    dies_everywhere(market, place, live, time_machine, point, kind, ANSWERS)


@pytest.mark.django_db
@pytest.mark.parametrize("point", ["claimed", "before mark", "after mark", "sent", "before settle", "settled"])
def test_points_are_reached_by_what_is_sent(market, place, live, time_machine, point):
    assert dies_everywhere(market, place, live, time_machine, point, "ship", ("",)) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("point", ["unknown taken", "unknown looked"])
def test_points_are_reached_by_looks(market, place, live, time_machine, point):
    assert dies_everywhere(market, place, live, time_machine, point, "ship", ("lost before",)) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("point", "kind", "seconds"),
    [pytest.param(*stall, marks=[pytest.mark.everything] if at % 3 else []) for at, stall in enumerate(STALLS)],
)
def test_a_worker_that_stalls_past_its_lease_doubles_nothing(
    market, place, live, time_machine, monkeypatch, point, kind, seconds
):
    """G3, 63 times: while it stalls, others put right what it left and go on; then it goes on itself."""
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

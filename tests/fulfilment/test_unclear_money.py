"""Money under faults of every kind: found by reading or with a person within 25 minutes, and never given twice."""

import random
from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from fulfilment.models import Command, CommandEvent, State
from fulfilment.outbox import sweep
from tests import make
from tests.fulfilment.asking import cancel, effects, give
from tests.fulfilment.conftest import due_now

pytestmark = pytest.mark.django_db

COMMANDS = 30
WITHIN = timedelta(minutes=25)
STEP = timedelta(seconds=15)  # between two sweeps
WRITES = (
    "500 before", "502 after", "503 before", "504 after", "html", "html after", "cut", "empty", "type", "redirect",
    "lost", "lost before", "delayed 90", "delayed 600", "",
)  # fmt: skip
READS = ("500", "cut", "html", "lost", "empty", "type")
EVERY = 6  # one look in so many goes wrong too


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.everything)])
def test_unclear_money_is_settled_or_with_a_person_within_25_minutes(market, place, time_machine, seed):
    luck = random.Random(seed)
    commands = [asked(place, turn) for turn in range(COMMANDS)]
    now = begun = timezone.now()
    time_machine.move_to(now, tick=False)

    while now < begun + WITHIN:
        for name in sweep.due(now):
            sending = Command.objects.filter(pk=name, state=State.READY).exists()
            market.faults = [{"fault": luck.choice(WRITES), "method": "POST"}] if sending else []
            if not sending and luck.randrange(EVERY) == 0:
                market.faults = [{"fault": luck.choice(READS), "method": "GET"}]
            sweep.act(name)
        now += STEP
        market.clock.advance(STEP.total_seconds())
        time_machine.move_to(now, tick=False)
        sweep.mend(now)

    states = dict(Command.objects.values_list("subject", "state"))
    given = Counter(order for _effect, order in effects(market))
    assert set(states.values()) <= {State.TAKEN, State.CONFIRMED, State.ATTENTION}
    assert max(given.values()) == 1
    assert set(given) == {number for number, state in states.items() if state != State.ATTENTION}
    assert {command.subject for command in commands} == set(states)
    went = CommandEvent.objects.filter(became=State.UNKNOWN).values("command").distinct().count()
    assert went > COMMANDS // 2  # most of them were in doubt
    assert State.ATTENTION in states.values()


def asked(place, turn):
    """Gestures and refunds in turn, each of somebody whose limits leave it."""
    order = place(f"SCID{turn}", status="Shipped", lines=[{"price": 40}])
    ask = give if turn % 2 else cancel
    command = ask(order, by=make.user("administrator"))
    assert command.state == State.READY
    due_now(command)
    return command

"""A walk through everything that can happen to commands, drawn by hypothesis; the promises hold after every step."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

import octopia
from backoffice.models import SellerAccount
from fulfilment import points
from fulfilment.models import Command, State
from fulfilment.outbox import asking, resolve, sweep
from fulfilment.outbox.refusals import NotNow, Occupied, Refused, Stale
from orders import readings, sync
from orders.models import Order
from sandbox import outsiders
from sandbox.market import Market
from tests import fixtures, make
from tests.chaos import checker
from tests.fulfilment import kinds
from tests.fulfilment.asking import parcel, ship

FAULTS = [
    "", "", "500 before", "500 after", "lost", "lost before", "type", "empty", "redirect", "cut", "401", "429 5",
    "delayed 100", "delayed 500", "status 409 busy", "status 403", "html after",
]  # fmt: skip
ACTS = ["accept", "ship", "cancel", "ask-cancellation", "touch", "deliver"]
POINTS = [place for place in points.PLACES if place != "put"]


class Undone(Exception):
    """Ends the transaction of one walk."""


@contextmanager
def undone() -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
            raise Undone
    except Undone:
        pass


class Outbox(RuleBasedStateMachine):
    """Three orders at most; `time` moves both clocks. Nothing outlives a walk, so that the same steps end the same:
    each begins at the same moment, in a market of its own, with an empty database, cache and budget of calls."""

    fresh: Callable[[], Market]  # the test gives these four
    account: SellerAccount
    clock: Any
    begins: datetime

    def __init__(self) -> None:
        super().__init__()
        self.block = undone()
        self.block.__enter__()
        self.now = self.begins
        self.clock.move_to(self.now, tick=False)
        fixtures.forget()
        self.market = type(self).fresh()
        self.versions: dict[int, int] = {}
        self.placed = 0
        self.person, self.other = make.user("administrator"), make.user("manager")
        sync.live(self.account)

    def teardown(self) -> None:
        points.arm("")
        self.market.faults.clear()
        self.block.__exit__(None, None, None)

    def place(self, number: str, **members: Any) -> Order:
        self.market.place(number, **members)
        readings.ask_order(self.account, number)
        readings.read_due()
        self.pass_time(5)
        while not Order.objects.filter(number=number).exists():  # a pause, or the breaker
            self.pass_time(31)
            readings.read_due()
        return Order.objects.get(account=self.account, number=number)

    def pass_time(self, seconds: float) -> None:
        self.market.clock.advance(seconds)
        self.now += timedelta(seconds=seconds)
        self.clock.move_to(self.now, tick=False)

    @rule(kind=st.sampled_from(kinds.KINDS))
    def accept_an_order_of_work(self, kind: str) -> None:
        if self.placed == 3:
            return
        self.placed += 1
        kinds.asked(kind, self.place, f"WALK{self.placed}")

    @rule(at=st.integers(0, 2))
    def ask_more_of_an_order(self, at: int) -> None:
        order = Order.objects.order_by("pk")[at : at + 1].first()
        if order is None:
            return
        codes = [line.code for line in order.lines.all()]
        number = f"6Z{Command.objects.count():05}"
        with suppress(Occupied, Refused, Stale):
            ship(order, [parcel(number, codes[-1:])])

    @rule(at=st.integers(0, 3), answer=st.sampled_from(FAULTS), death=st.sampled_from(["", "", "", *POINTS]))
    def act(self, at: int, answer: str, death: str) -> None:
        """Whatever is due about one command, under an answer, and perhaps the end of the process."""
        if (command := self.any(at)) is None:
            return
        self.market.faults = [{"fault": answer, "method": "POST", "path": kinds.PATHS[command.kind]}]
        points.arm(f"{death}:*=die" if death else "")
        with suppress(points.Died):
            sweep.act(str(command.pk))
        points.arm("")
        self.market.faults.clear()

    @rule(seconds=st.sampled_from([1, 6, 31, 121, 181, 301, 421, 1201, 4000]))
    def time(self, seconds: int) -> None:
        self.pass_time(seconds)
        sweep.mend(timezone.now())

    @rule()
    def everything_due(self) -> None:
        for name in sweep.due(timezone.now()):
            sweep.act(name)

    @rule()
    def sync(self) -> None:
        with suppress(octopia.Busy):  # the marketplace asked for a pause, or the breaker is open
            sync.live(SellerAccount.objects.get())
        resolve.confirm_by_mirror(Order.objects.values_list("pk", flat=True))

    @rule(at=st.integers(0, 2), act=st.sampled_from(ACTS))
    def outsider(self, at: int, act: str) -> None:
        if not (orders := list(Order.objects.order_by("pk"))):
            return
        with suppress(ValueError):
            outsiders.act(self.market, self.market.order(orders[at % len(orders)].number), act)

    @rule(at=st.integers(0, 3), step=st.sampled_from(["withdraw", "again", "close", "approve"]))
    def a_person(self, at: int, step: str) -> None:
        """Who closes or sends again has looked there first, as the page asks."""
        if (command := self.any(at)) is None:
            return
        happened = self.happened(command)
        try:
            if step == "withdraw":
                asking.withdraw(command, self.person)
            elif step == "approve":
                asking.confirm(command, self.other)
            elif step == "again" and not happened and not self.market.due():
                asking.send_again(command, self.person)
            elif step == "close" and not self.market.due():
                asking.close(command, self.person, was_done=happened)
        except NotNow:
            pass

    @invariant()
    def promises(self) -> None:
        happened = checker.effects(entry.saved() for entry in self.market.ledger)
        assert checker.violations(happened, settled=False) == []

    @invariant()
    def versions_never_go_back(self) -> None:
        for pk, version in Order.objects.values_list("pk", "version"):
            assert version >= self.versions.get(pk, 0)
            self.versions[pk] = version

    def any(self, at: int) -> Command | None:
        commands = list(Command.objects.order_by("pk"))
        found: Command | None = commands[at % len(commands)] if commands else None
        return found

    def happened(self, command: Command) -> bool:
        there = Counter(
            (one.order, one.effect, one.mark) for one in checker.effects(entry.saved() for entry in self.market.ledger)
        )
        return all(there[command.subject, checker.EFFECTS[command.verb], mark] for mark in checker.marks(command))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("walks", "steps"), [(12, 25), pytest.param(150, 50, marks=pytest.mark.everything)], ids=["short", "long"]
)
def test_the_promises_hold_on_every_walk(monkeypatch, account, time_machine, walks, steps):
    given = {"fresh": partial(fixtures.fresh_market, monkeypatch), "account": account, "clock": time_machine}
    machine = type("Walk", (Outbox,), {**given, "begins": timezone.now()})

    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=walks, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )

    assert not Command.objects.exclude(state__in=list(State)).exists()

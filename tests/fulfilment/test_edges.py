"""The outbox at its edges: rare answers, poisoned rows, clocks that jump, copies, pauses; one promise a test."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from backoffice import stopping
from backoffice.models import Alert, Setting
from fulfilment import points
from fulfilment.models import Batch, Command, CommandEvent, Pause, State
from fulfilment.outbox import asking, moves, resolve, sweep, switches
from fulfilment.outbox.refusals import Late, NotNow
from fulfilment.verbs import registry, shipment
from fulfilment.verbs.registry import ACTS, Finding, Guard, Proof
from octopia.contract.vocabulary import Verb
from orders import readings
from orders.models import Order, Prediction, Reading
from tests import make
from tests.fulfilment.asking import effects, looked, parcel, sent
from tests.fulfilment.conftest import due_now
from tests.fulfilment.kinds import KINDS, asked, done, fault, passing, words

pytestmark = pytest.mark.django_db


# ---- answers


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("status", "state"),
    [
        (400, State.REFUSED), (404, State.REFUSED), (405, State.REFUSED), (406, State.REFUSED), (415, State.REFUSED),
        (422, State.REFUSED), (409, State.REFUSED), (408, State.UNKNOWN), (500, State.UNKNOWN), (302, State.UNKNOWN),
        (402, State.ATTENTION), (410, State.ATTENTION), (418, State.ATTENTION), (451, State.ATTENTION),
    ],
)  # fmt: skip
def test_each_status_leads_where_the_table_says(market, place, kind, status, state):
    command = asked(kind, place)
    fault(market, f"status {status}", kind)

    assert sent(command).state == state

    assert effects(market) == []


def test_a_conflict_that_says_it_is_being_processed_is_not_a_no(market, place):
    command = asked("ship", place)
    fault(market, "status 409 busy")

    assert sent(command).state == State.UNKNOWN


def test_a_no_to_a_repetition_is_read_before_it_is_believed(market, place):
    command = asked("ship", place)
    fault(market, "lost")  # it was done, and the look below is made to miss it
    sent(command)
    Command.objects.filter(pk=command.pk).update(state=State.READY, look_first=True)
    market.faults = [{"fault": "500", "method": "GET", "path": "/orders/"}, ""]

    assert sent(command).state == State.READY  # the look failed: nothing is sent
    assert sent(command).state == State.CONFIRMED

    assert len(effects(market)) == 1


def test_a_refusal_of_what_an_earlier_try_did_late_is_a_confirmation(market, place, monkeypatch):
    """The first try arrives between the look and the repetition, which is refused for it."""
    command = asked("ship", place)
    fault(market, "delayed 30")
    assert sent(command).state == State.UNKNOWN
    Command.objects.filter(pk=command.pk).update(state=State.READY)
    real = moves.mark

    def mark(held):
        market.clock.advance(31)
        real(held)

    monkeypatch.setattr(moves, "mark", mark)

    assert sent(command).state == State.CONFIRMED

    assert len(effects(market)) == 1


def test_a_token_that_is_refused_to_the_reads_before_rests_the_account_too(market, place, account):
    command = asked("gesture", place)
    market.faults = [{"fault": "401", "method": "GET"}] * 2

    assert sent(command).state == State.READY

    assert Pause.objects.get(account=account).cause == "token"


@pytest.mark.parametrize(("everywhere", "state", "pauses"), [(False, State.ATTENTION, 0), (True, State.READY, 1)])
def test_a_forbidden_order_goes_to_a_person_and_a_forbidden_account_rests(
    market, place, account, everywhere, state, pauses
):
    command = asked("ship", place)
    market.faults = [{"fault": "status 403", "method": "POST", "path": "/shipments"}]
    if everywhere:
        market.faults.extend([{"fault": "status 403", "method": "GET", "path": "/orders/SCID1"}])

    assert sent(command).state == state

    assert Pause.objects.filter(account=account, cause="forbidden", ended_at=None).count() == pauses


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_breaks_after_the_mark_is_no_no(market, place, kind):
    command = asked(kind, place)
    points.arm("after mark:*=raise")

    assert sent(command).state == State.UNKNOWN

    assert effects(market) == []


# ---- poison


def _poison(command):
    raise KeyError("poison")


def test_a_poisoned_command_keeps_no_other_waiting_and_ends_with_a_person(market, place, monkeypatch):
    poison, good = asked("ship", place), asked("accept", place, "SCID2")
    act = ACTS[Verb.SHIP]
    monkeypatch.setitem(ACTS, Verb.SHIP, registry.Act(**{**vars(act), "judge": _poison}))
    for _ in range(3):
        due_now(poison)
        call_command("deliver")

    poison.refresh_from_db()
    good.refresh_from_db()
    assert (poison.state, good.state) == (State.ATTENTION, State.TAKEN)
    assert "KeyError" in poison.reason


def test_a_look_that_ends_in_order_forgets_no_crash(market, place):
    command = asked("ship", place)
    held = moves.claim(command.pk)
    assert held
    moves.mark(held)
    sweep.mend(timezone.now() + timedelta(seconds=181))

    assert done(command).crashes == 1

    Command.objects.filter(pk=command.pk).update(crashes=3, looks=3, left_at=timezone.now() - timedelta(hours=1))
    assert done(command).state == State.ATTENTION
    assert words(command)[-1] == "third crash"


def test_a_broken_look_at_one_confirms_the_others(market, place, live, monkeypatch):
    live(0)
    one, other = asked("accept", place), asked("ship", place, "SCID2")
    sent(one)
    sent(other)
    act = ACTS[Verb.ACCEPT]
    monkeypatch.setitem(ACTS, Verb.ACCEPT, registry.Act(**{**vars(act), "mirrored": _poison}))

    live()

    other.refresh_from_db()
    assert other.state == State.CONFIRMED


@pytest.mark.parametrize("change", [{"schema": 2}, {"kind": "gesture"}])
def test_what_a_newer_version_put_is_left_to_newer_workers(place, monkeypatch, change):
    command = asked("ship", place)
    monkeypatch.delitem(ACTS, Verb.GESTURE, raising=False)
    Command.objects.filter(pk=command.pk).update(**change)

    assert sweep.due(timezone.now()) == []
    assert moves.claim(command.pk) is None

    Command.objects.filter(pk=command.pk).update(state=State.UNKNOWN)
    assert not resolve.look(command.pk)
    assert resolve.confirm_by_mirror([command.order_id]) == 0


# ---- looks


def test_looks_that_fail_come_less_and_less_often(market, place, settings, monkeypatch):
    command = asked("ship", place)
    fault(market, "500")
    sent(command)
    monkeypatch.setattr("random.uniform", lambda least, most: most)
    waits = []
    for _ in range(6):
        market.faults = [{"fault": "status 410", "method": "GET", "path": "/orders/"}]
        done(command)
        waits.append((command.due - timezone.now()).total_seconds())

    assert command.state == State.UNKNOWN
    assert waits == sorted(waits)
    assert waits[-1] > 100


def test_absent_reads_stay_apart_when_our_clock_jumps_ahead(market, place, time_machine):
    """A shipment in parts, held up at the marketplace for nine minutes, and a clock that jumps by ten."""
    now = timezone.now()
    time_machine.move_to(now, tick=False)
    command = asked("part", place)
    fault(market, "delayed 540", "part")
    sent(command)
    real = 0.0
    for _ in range(400):
        real += 5
        market.clock.advance(5)
        passing(time_machine, now, real + 600)

    command.refresh_from_db()
    assert command.state == State.CONFIRMED
    assert command.attempts == 1
    assert len(effects(market)) == 1


def test_what_is_taken_and_gone_over_there_goes_to_a_person(market, place, time_machine):
    now = timezone.now()
    time_machine.move_to(now, tick=False)
    command = asked("ship", place)
    sent(command)
    for minute in range(2, 45, 2):
        time_machine.move_to(now + timedelta(minutes=minute), tick=False)
        market.faults = [{"fault": "status 404", "method": "GET", "path": "/orders/SCID1"}]
        for name in sweep.due(timezone.now()):
            sweep.act(name)
        readings.read_due()

    command.refresh_from_db()
    assert command.state == State.ATTENTION
    assert words(command)[-1] == "never seen"


def test_a_request_that_becomes_a_person_s_waits_while_another_command_is_open(place, account):
    command = asked("part", place)
    seen = timezone.now()
    Command.objects.filter(pk=command.pk).update(state=State.TAKEN, seen_at=seen, taken_at=seen)
    order = Order.objects.get(number="SCID1")
    other = asked_second(order)
    command.refresh_from_db()

    resolve.decide(command, Finding(Proof.UNCLEAR, "two of them"))

    command.refresh_from_db()
    assert command.state == State.TAKEN
    assert words(command)[-1] == "waits its turn"
    assert command.due > timezone.now()
    asking.withdraw(other, make.user("manager"))
    resolve.decide(command, Finding(Proof.UNCLEAR, "two of them"))
    command.refresh_from_db()
    assert command.state == State.ATTENTION


def asked_second(order):
    """A second command of an order whose first was seen, for another of its lines."""
    code = order.lines.order_by("position").last().code
    return shipment.ask(
        order, [parcel("6A99", [code])], by=make.user("manager"), seen=order.version, form_token="second",
        hold=timedelta(minutes=5),
    )  # fmt: skip


def test_what_was_taken_and_rejected_later_is_told_until_it_was_read(place):
    command = asked("ship", place)
    Command.objects.filter(pk=command.pk).update(state=State.TAKEN, taken_at=timezone.now())
    command.refresh_from_db()

    resolve.decide(command, Finding(Proof.REJECTED, "too late"))

    command.refresh_from_db()
    assert command.state == State.REFUSED
    alert = Alert.objects.get(kind="command-rejected", closed_at=None)
    asking.acknowledge(command, make.user("manager"))
    alert.refresh_from_db()
    assert alert.closed_at is not None


def test_a_request_that_breaks_its_looks_waits_its_turn_too(place):
    """Three processes ended over it: it is a person's, as soon as the order's other request has ended."""
    command = asked("part", place)
    seen = timezone.now()
    Command.objects.filter(pk=command.pk).update(state=State.TAKEN, seen_at=seen, taken_at=seen, crashes=3)
    other = asked_second(Order.objects.get(number="SCID1"))

    assert done(command).state == State.TAKEN
    assert words(command)[-1] == "waits its turn"

    asking.withdraw(other, make.user("manager"))
    assert done(command).state == State.ATTENTION


@pytest.mark.parametrize("kind", ["accept", "refuse"])
def test_a_status_that_nobody_knows_is_no_proof_of_a_decision(market, place, kind):
    """The send had no effect, and the order moved on to a word that we do not know: a person looks."""
    command = asked(kind, place)
    fault(market, "500 before", kind)
    assert sent(command).state == State.UNKNOWN
    market.faults = [{"fault": "unknown status", "method": "GET", "path": "/orders/SCID1"}]

    assert looked(command).state == State.ATTENTION

    assert effects(market) == []


@pytest.mark.parametrize("kind", ["invoice", "gesture", "refund"])
def test_a_request_whose_id_leads_nowhere_is_found_by_what_it_asks(market, place, kind):
    """Where the answer to a request tells its id is not documented: what was read there may be something else."""
    command = sent(asked(kind, place))
    known = command.remote_id
    assert known
    Command.objects.filter(pk=command.pk).update(remote_id="v2")
    market.clock.advance(3600)

    assert looked(command).state == State.CONFIRMED

    assert command.remote_id == known


@pytest.mark.parametrize("kind", ["invoice", "gesture", "cancel"])
def test_a_request_that_is_never_read_again_goes_to_a_person_after_three_days(market, place, time_machine, kind):
    """Its id is not known there any more, or no look succeeds: it is not in flight for ever."""
    now = timezone.now()
    time_machine.move_to(now, tick=False)
    command = sent(asked(kind, place))
    assert command.state == State.TAKEN
    for hours in (24, 71, 73):
        time_machine.move_to(now + timedelta(hours=hours), tick=False)
        market.faults = [{"fault": "status 404", "method": "GET"}] * 2
        done(command)

    assert command.state == State.ATTENTION
    assert words(command)[-1] == "never decided"


def test_an_unclear_one_whose_order_is_gone_over_there_goes_to_a_person(market, place, time_machine):
    now = timezone.now()
    time_machine.move_to(now, tick=False)
    command = asked("ship", place)
    fault(market, "500")
    sent(command)
    for seconds in (6, 31, 121, 301):
        time_machine.move_to(now + timedelta(seconds=seconds), tick=False)
        market.faults = [{"fault": "status 404", "method": "GET", "path": "/orders/SCID1"}]
        assert done(command).attempts == 1

    assert command.state == State.ATTENTION
    assert command.absent_reads == 0  # nothing was read that proves anything


def test_one_that_is_looked_for_first_and_gone_over_there_goes_to_a_person(market, place):
    """It may have left, so nobody can take it back: it must not be tried for ever."""
    command = asked("ship", place)
    Command.objects.filter(pk=command.pk).update(look_first=True)
    market.faults = [{"fault": "status 404", "method": "GET", "path": "/orders/SCID1"}]

    assert sent(command).state == State.ATTENTION


# ---- clocks, leases, ends


@pytest.mark.parametrize("state", [State.READY, State.UNKNOWN, State.TAKEN])
def test_what_a_clock_that_was_ahead_planned_is_due_now(place, state):
    command = asked("ship", place)
    Command.objects.filter(pk=command.pk).update(state=state, due=timezone.now() + timedelta(days=2))

    sweep.mend(timezone.now())

    command.refresh_from_db()
    assert command.due <= timezone.now()


def test_a_lease_of_a_clock_that_was_ahead_is_over(place):
    held = moves.claim(asked("ship", place).pk)
    assert held
    Command.objects.filter(pk=held.pk).update(lease=timezone.now() + timedelta(minutes=10))

    with pytest.raises(Late):
        moves.mark(held)
    assert sweep.mend(timezone.now()) == 1


def test_hundreds_that_were_left_behind_are_put_right_in_one_look(place):
    command = asked("ship", place)
    Command.objects.filter(pk=command.pk).update(state=State.SENDING, lease=timezone.now() - timedelta(seconds=1))
    fields = {field.name: getattr(command, field.name) for field in Command._meta.fields if field.name != "id"}
    fields |= {"state": State.PREPARING, "lease": timezone.now() - timedelta(seconds=1)}
    Command.objects.bulk_create(Command(**{**fields, "subject": f"S{at}", "form_token": f"t{at}"}) for at in range(300))

    assert sweep.mend(timezone.now()) == 301

    assert set(Command.objects.values_list("state", flat=True)) == {State.READY, State.UNKNOWN}
    assert CommandEvent.objects.filter(what="lease ended").count() == 301


def test_a_worker_that_is_to_end_begins_nothing(market, place):
    command = asked("ship", place)
    stopping.ask()
    try:
        assert not sweep.act(str(command.pk))
    finally:
        stopping.forget()

    command.refresh_from_db()
    assert command.state == State.READY
    assert effects(market) == []


# ---- a person's steps, pauses, copies, restores


def test_what_may_have_left_cannot_be_taken_back(market, place):
    command = asked("ship", place)
    fault(market, "500")
    sent(command)
    Command.objects.filter(pk=command.pk).update(state=State.READY)

    with pytest.raises(NotNow):
        asking.withdraw(command, make.user("manager"))


def test_a_paused_batch_waits_and_the_others_leave(market, place, account):
    batch = Batch.objects.create(account=account, token="b", kind="ship", state=Batch.State.PAUSED)
    waiting, alone = asked("ship", place, batch=batch), asked("ship", place, "SCID2")

    assert sweep.due(timezone.now()) == [str(alone.pk)]
    assert sent(waiting).state == State.READY

    Batch.objects.update(state=Batch.State.RUNNING)
    assert sent(waiting).state == State.TAKEN


def test_a_pause_stops_sending_and_not_looking_and_ends(market, place, account):
    unknown, ready = asked("ship", place), asked("ship", place, "SCID2")
    fault(market, "lost")
    sent(unknown)
    due_now(unknown)
    switches.pause(account, Pause.Cause.PERSON, "stocktaking", by=make.user("manager"))

    assert sweep.due(timezone.now()) == [str(unknown.pk)]
    assert sent(ready).state == State.READY
    assert "stocktaking" in switches.why_not(account, "ship")
    assert done(unknown).state == State.CONFIRMED

    switches.resume(account, Pause.Cause.PERSON)
    assert sent(ready).state == State.TAKEN


def test_a_pause_of_the_machine_ends_by_itself(market, place, account, time_machine):
    command = asked("ship", place)
    switches.pause(account, Pause.Cause.TOKEN, "401", minutes=5)
    assert sent(command).state == State.READY

    time_machine.move_to(timezone.now() + timedelta(minutes=6))

    assert sent(command).state == State.TAKEN


def test_a_restored_database_sends_nothing_until_all_was_read_and_an_administrator_agrees(market, place, time_machine):
    """The shipment left after the backup was made: it is recognised, and not sent again."""
    from tests.fulfilment.test_delivery import shipped_elsewhere

    command, gone = asked("ship", place), asked("accept", place, "SCID2")
    number = command.payload["parcels"][0]["number"]
    shipped_elsewhere(market, "SCID1", parcel=number)
    Reading.objects.update(asked_at=timezone.now() - timedelta(hours=1))  # the backup is that old
    switches.restored(timezone.now())
    assert sent(command).state == State.READY
    assert sweep.due(timezone.now()) == []
    administrator = make.user("administrator")
    with pytest.raises(NotNow):
        switches.adopt(administrator)

    market.faults = [{"fault": "status 404", "method": "GET", "path": "/orders/SCID2"}]
    readings.read_due()
    assert Reading.objects.filter(why="restore", number="SCID2").get().outcome == Reading.Outcome.MISSING
    assert switches.unreconciled() == 0
    switches.adopt(administrator)

    assert sent(command).state == State.CONFIRMED
    assert sent(gone).state == State.TAKEN  # looked for, not found, sent
    assert effects(market) == [("shipped", "SCID1"), ("accepted", "SCID2")]
    assert not Setting.objects.get(key=switches.RESTORED).value


def test_a_proposal_of_a_restored_database_can_be_taken_back(place):
    """Nobody has confirmed it, as far as anybody knows here: it must not hold its order until somebody does."""
    command = asked("gesture", place)
    Command.objects.filter(pk=command.pk).update(state=State.PROPOSED)
    switches.restored(timezone.now())

    asking.withdraw(command, make.user("manager"))

    command.refresh_from_db()
    assert command.state == State.WITHDRAWN


@pytest.mark.parametrize("kind", ["gesture", "refund", "invoice"])
def test_what_left_after_the_backup_is_recognised_though_our_clock_was_ahead(market, place, kind):
    """The row is as the backup has it, written ten minutes later than it was."""
    command = sent(asked(kind, place))
    assert command.state == State.TAKEN
    market.clock.advance(60)
    Command.objects.filter(pk=command.pk).update(
        state=State.READY, look_first=True, attempts=0, baseline=None, remote_id="", taken_at=None, refund=False,
        created_at=command.created_at + timedelta(minutes=10),
    )  # fmt: skip

    assert sent(command).state in (State.TAKEN, State.CONFIRMED)

    assert len(effects(market)) == 1


def test_what_waits_in_a_copy_is_looked_for_before_it_is_sent(market, place, settings):
    """The original may have gone on sending until the copy was made the one that sends."""
    command = asked("ship", place)
    assert sweep.due(timezone.now()) == [str(command.pk)]
    settings.INSTALLATION_ID = "moved"
    assert sweep.due(timezone.now()) == []

    switches.adopt(make.user("administrator"))

    command.refresh_from_db()
    assert command.look_first


def test_a_command_that_waits_long_is_told_also_when_it_was_taken_and_not_seen(place):
    taken, ready = asked("ship", place), asked("accept", place, "SCID2")
    old = timezone.now() - timedelta(hours=25)
    Command.objects.filter(pk=taken.pk).update(state=State.TAKEN, created_at=old)
    Command.objects.filter(pk=ready.pk).update(deadline=timezone.now() + timedelta(hours=3))

    assert sweep.watch_deadlines(timezone.now()) == 2
    Command.objects.update(state=State.CONFIRMED)
    assert sweep.watch_deadlines(timezone.now()) == 0

    assert not Alert.objects.filter(kind=sweep.WAITS, closed_at=None).exists()


# ---- what answers teach


def test_a_clear_answer_is_counted_against_what_was_expected(
    market, place, account, django_capture_on_commit_callbacks
):
    command = asked("ship", place)
    with django_capture_on_commit_callbacks(execute=True):
        sent(command)

    assert Prediction.objects.count() == 1


def test_money_is_never_sent_again_by_the_machine(market, place, monkeypatch):
    command = asked("ship", place)
    act = ACTS[Verb.SHIP]
    monkeypatch.setitem(ACTS, Verb.SHIP, registry.Act(**{**vars(act), "guard": lambda command: Guard.MONEY}))
    fault(market, "500")
    sent(command)
    Command.objects.filter(pk=command.pk).update(looks=4, left_at=timezone.now() - timedelta(hours=1))

    assert done(command).state == State.ATTENTION

    assert words(command)[-1] == "absent, money"
    assert sweep.due(timezone.now()) == []

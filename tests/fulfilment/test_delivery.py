"""Sending one command: the answer table, and that nothing is sent twice or given up for lack of an answer."""

from datetime import timedelta

import pytest
from django.utils import timezone

from fulfilment.models import Command, Pause, State
from fulfilment.outbox import asking, moves, sweep
from fulfilment.outbox.refusals import Late, Occupied, Refused, Stale
from fulfilment.verbs import approval
from octopia.contract.vocabulary import Verb
from orders.models import Order
from tests import make
from tests.fulfilment.asking import accept, effects, parcel, path, sent, ship

pytestmark = pytest.mark.django_db


def test_a_shipment_costs_one_call_and_is_confirmed_by_the_next_live_run(market, place, live, calls):
    live(0)
    order = place("SCID1")
    command = ship(order)
    calls.clear()

    assert sent(command).state == State.TAKEN
    assert calls == ["POST /seller/v2/orders/SCID1/shipments"]
    live()

    command.refresh_from_db()
    assert command.state == State.CONFIRMED
    assert command.seen_at is not None
    assert effects(market) == [("shipped", "SCID1")]
    assert path(command) == [
        ("", "READY"), ("READY", "PREPARING"), ("PREPARING", "SENDING"), ("SENDING", "TAKEN"), ("TAKEN", "CONFIRMED")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("verb", "effect", "status"), [("accept", "accepted", "Accepted"), ("refuse", "refused", "Refused")]
)
def test_a_decision_is_taken_and_read_back(market, place, live, calls, verb, effect, status):
    live(0)
    order = place("SCID1", status="WaitingAcceptance")
    command = approval.ask(
        order, Verb(verb), by=make.user("manager"), seen=order.version, form_token="f", reason="out of stock"
    )
    calls.clear()

    assert sent(command).state == State.TAKEN
    assert len(calls) == 1
    live(1)

    command.refresh_from_db()
    order.refresh_from_db()
    assert (command.state, order.status) == (State.CONFIRMED, status)
    assert effects(market) == [(effect, "SCID1")]


@pytest.mark.parametrize(
    ("fault", "state", "done"),
    [
        ("500 after", State.UNKNOWN, True),
        ("500 before", State.UNKNOWN, False),
        ("503 before", State.UNKNOWN, False),
        ("html after", State.UNKNOWN, True),
        ("redirect", State.UNKNOWN, False),
        ("lost", State.UNKNOWN, True),
        ("lost before", State.UNKNOWN, False),
        ("empty", State.TAKEN, True),
        ("429 17", State.READY, False),
        ("429 text", State.READY, False),
        ("quota 695", State.READY, False),
        ("401", State.TAKEN, True),
    ],
)
def test_each_answer_leads_where_the_table_says(market, place, fault, state, done):
    order = place("SCID1")
    command = ship(order)
    market.faults = [{"fault": fault, "method": "POST", "path": "/shipments"}]

    assert sent(command).state == state

    assert effects(market) == ([("shipped", "SCID1")] if done else [])


@pytest.mark.parametrize(("fault", "done"), [("500 after", True), ("500 before", False), ("lost", True)])
def test_an_unclear_answer_is_looked_for_and_sent_again_only_when_it_is_not_there(
    market, place, fault, done, time_machine
):
    now = timezone.now()
    time_machine.move_to(now, tick=False)
    order = place("SCID1")
    command = ship(order)
    market.faults = [{"fault": fault, "method": "POST", "path": "/shipments"}]
    sent(command)
    assert command.state == State.UNKNOWN

    for seconds in (6, 31, 121, 301, 302):
        time_machine.move_to(now + timedelta(seconds=seconds), tick=False)
        for name in sweep.due(timezone.now()):
            sweep.act(name)

    command.refresh_from_db()
    assert command.state in (State.CONFIRMED, State.TAKEN)
    assert command.attempts == (1 if done else 2)
    assert effects(market) == [("shipped", "SCID1")]


def test_who_hears_of_a_command_second_learns_it_by_one_query(market, place, django_assert_num_queries):
    taken = sent(ship(place("SCID1")))
    assert taken.state == State.TAKEN
    with django_assert_num_queries(1):
        assert not sweep.act(str(taken.pk))


def test_a_clear_no_is_told_in_the_marketplace_s_words(market, place):
    order = place("SCID1")
    command = ship(order)
    shipped_elsewhere(market, "SCID1")

    assert sent(command).state == State.REFUSED

    assert command.reason
    assert len(effects(market)) == 1


def shipped_elsewhere(market, number, parcel="OTHER1"):
    """Another program of the seller declares the parcel: we have not read it yet."""
    from sandbox import verbs
    from sandbox.rules import Parcel

    order = market.order(number)
    with market.acting("elsewhere"):
        verbs.ship(market, order, [Parcel(parcel, "Colissimo", "", tuple(line["orderLineId"] for line in order.lines))])


def test_the_same_parcel_declared_elsewhere_is_adopted_not_repeated(market, place, live, calls):
    live(0)
    order = place("SCID1")
    command = ship(order)
    shipped_elsewhere(market, "SCID1", parcel="6A00000000001")
    live()
    calls.clear()

    assert sent(command).state == State.CONFIRMED

    assert calls == []
    assert len(effects(market)) == 1


def test_what_the_order_does_not_allow_any_more_is_not_sent(market, place, live, calls):
    live(0)
    order = place("SCID1")
    command = ship(order)
    shipped_elsewhere(market, "SCID1")
    live()
    calls.clear()

    assert sent(command).state == State.REFUSED

    assert calls == []
    assert command.judged is not None
    assert command.judged.rule in ("R22", "R23")


def test_one_form_makes_one_command(place):
    order = place("SCID1", status="WaitingAcceptance")

    first, second = accept(order, form_token="same"), accept(order, form_token="same")

    assert first.pk == second.pk


def test_an_order_has_one_open_command(place):
    order = place("SCID1", status="WaitingAcceptance")
    first = accept(order)

    with pytest.raises(Occupied) as refused:
        accept(order)

    assert refused.value.command == first


def test_what_was_seen_before_a_change_is_not_sent(place):
    order = place("SCID1", status="WaitingAcceptance")
    order.version -= 1

    with pytest.raises(Stale):
        accept(order)


def test_what_the_rules_forbid_is_not_put(place):
    order = place("SCID1")

    with pytest.raises(Refused) as refused:
        accept(order)

    assert refused.value.verdict.rule == "R4"
    assert not Command.objects.exists()


def test_a_command_on_hold_waits_and_can_be_taken_back(place, calls):
    order = place("SCID1", status="WaitingAcceptance")
    command = accept(order)
    calls.clear()

    assert command.on_hold
    assert sweep.due(timezone.now()) == []
    assert command.author is not None
    asking.withdraw(command, command.author)

    command.refresh_from_db()
    assert command.state == State.WITHDRAWN
    assert calls == []


def test_a_hold_ends_at_once_when_wished(place):
    command = accept(place("SCID1", status="WaitingAcceptance"))

    asking.send_now(command, command.author)

    assert sweep.due(timezone.now()) == [str(command.pk)]


def test_a_worker_whose_claim_is_over_sends_nothing(market, place, monkeypatch):
    command = ship(place("SCID1"))
    claimed = moves.claim(command.pk)
    assert claimed is not None
    Command.objects.filter(pk=command.pk).update(lease=timezone.now() + timedelta(seconds=59))

    with pytest.raises(Late):
        moves.mark(claimed)

    assert effects(market) == []


def test_what_a_dead_worker_was_sending_is_unknown_and_what_it_prepared_is_ready(place):
    sending, preparing = moves.claim(ship(place("SCID1")).pk), moves.claim(ship(place("SCID2")).pk)
    assert sending is not None
    assert preparing is not None
    moves.mark(sending)
    later = timezone.now() + timedelta(seconds=181)

    assert sweep.mend(later) == 2

    sending.refresh_from_db()
    preparing.refresh_from_db()
    assert (sending.state, preparing.state) == (State.UNKNOWN, State.READY)


def test_a_command_that_ends_three_processes_goes_to_a_person(place):
    command = ship(place("SCID1"))
    for _ in range(3):
        assert moves.claim(command.pk)
        sweep.mend(timezone.now() + timedelta(seconds=181))

    command.refresh_from_db()
    assert command.state == State.ATTENTION


@pytest.mark.parametrize(
    "change",
    [{"active": False}, {"sending": ["accept"]}, {"created_at": timezone.now()}],
    ids=["switched off", "verb off", "first day"],
)
def test_an_account_that_may_not_send_sends_nothing(market, place, account, change, calls):
    command = ship(place("SCID1"))
    type(account).objects.update(**change)
    calls.clear()

    assert sent(command).state == State.READY

    assert calls == []
    assert sweep.due(timezone.now()) == []


def test_a_copied_installation_sends_nothing(place, settings, calls):
    command = ship(place("SCID1"))
    sweep.due(timezone.now())
    settings.INSTALLATION_ID = "another"
    calls.clear()

    assert sent(command).state == State.READY

    assert calls == []


def test_a_refused_token_rests_the_account(market, place, account):
    command = ship(place("SCID1"))
    market.faults = [{"fault": "401", "method": "POST", "path": "/shipments"} for _ in range(2)]

    assert sent(command).state == State.READY

    assert Pause.objects.get(account=account).cause == "token"
    assert effects(market) == []


@pytest.mark.parametrize("orders", [60, pytest.param(300, marks=pytest.mark.everything)])
def test_many_orders_ship_for_little_more_than_a_call_each(market, place, live, calls, account, orders):
    for at in range(orders):
        market.place(f"SCID{at}")
    live(0)
    market.clock.advance(5)
    for at in range(orders):
        order = Order.objects.get(number=f"SCID{at}")
        ship(order, parcels=[parcel(f"6B{at:011d}", [order.lines.get().code])])
    calls.clear()

    for name in sweep.due(timezone.now()):
        sweep.act(name)
    live()

    assert set(Command.objects.values_list("state", flat=True)) == {State.CONFIRMED}
    assert len(calls) <= orders * 1.1
    assert [call for call in calls if call.startswith("GET") and "/orders/SCID" in call] == []

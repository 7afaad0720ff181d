"""What happens to money between asking and sending: shipped meanwhile, changed meanwhile, a price nobody knows."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from backoffice import shop
from fulfilment import limits
from fulfilment.models import Command, State
from fulfilment.outbox import asking
from fulfilment.outbox.refusals import Refused
from fulfilment.steps import STEPS
from orders.models import Line, Order
from sandbox import outsiders
from tests import make
from tests.fulfilment.asking import act_on_all, cancel, effects, give, sent
from tests.fulfilment.dialogs import button, filled, url
from tests.fulfilment.test_cancellation import elsewhere
from tests.fulfilment.test_second_person import browser
from tests.orders.pages import signed_in, text

pytestmark = pytest.mark.django_db


def shipped_meanwhile(order):
    """Somebody ships it in the portal, and the mirror has read it."""
    Order.objects.filter(pk=order.pk).update(status="Shipped")
    Line.objects.filter(order=order).update(status="Shipped")


def test_what_was_shipped_meanwhile_is_not_refunded_past_its_author_s_limit(market, place):
    order = place("SCID1", lines=[{"price": 900}])
    command = cancel(order, by=make.user("support"))
    shipped_meanwhile(order)

    sent(command)

    assert (command.state, effects(market)) == (State.REFUSED, [])
    assert command.judged is not None
    assert "shipped after this was asked for" in command.judged.words
    assert command.judged.source == "this shop's limits"


def test_what_was_shipped_meanwhile_counts_for_the_day_within_the_limit(place):
    author, order = make.user("support"), place("SCID1", lines=[{"price": 10}])
    command = cancel(order, by=author)
    before = limits.left_today(author, "cancel")
    shipped_meanwhile(order)

    sent(command)

    assert command.refund
    assert command.amount is not None
    assert limits.left_today(author, "cancel") == before - command.amount


def test_what_was_shipped_while_it_was_unclear_is_settled_as_money(market, place, time_machine):
    now = timezone.now()
    time_machine.move_to(now, tick=False)
    author, order = make.user("support"), place("SCID1")
    command = cancel(order, by=author)
    market.faults = [{"fault": "500 before", "method": "POST"}]
    sent(command)
    shipped_meanwhile(order)

    for seconds in (6, 31, 121, 421, 1201, 1202):
        time_machine.move_to(now + timedelta(seconds=seconds), tick=False)
        act_on_all()

    command.refresh_from_db()
    offered = {name for name, step in STEPS.items() if step.offered(author, command)}
    assert (command.state, effects(market)) == (State.ATTENTION, [])
    assert offered == {"propose-closing"}
    assert STEPS["send-again"].offered(make.user("manager"), command)


def test_a_refund_without_a_known_price_needs_a_colleague(place):
    order = place("SCID1", status="Shipped", channel="ZZLINE", lines=2)
    Line.objects.filter(order=order).update(selling_unit=None)
    page, client = url(order, "cancellation"), signed_in("support")
    values = {"scope": "lines", "line_0": "on", "reason_0": "missing-product"}

    summed = client.get(page, {"sum": "1", "scope": "lines", "line-0": "on"})
    client.post(page, filled(client.get(page), **values))

    command = Command.objects.get()
    assert button(summed, "cancellation").startswith("Propose")
    assert "A price of it is not known" in text(summed)
    assert (command.state, command.refund, command.amount) == (State.PROPOSED, True, None)


def test_what_was_not_shipped_does_not_count_for_the_limit_on_the_button_either(place):
    """One line is shipped and cheap, the other is not shipped and above every limit."""
    order = place("SCID1", channel="ZZLINE", lines=[{"price": 10, "status": "Shipped"}, {"price": 5_000}])

    summed = signed_in("support").get(
        url(order, "cancellation"), {"sum": "1", "scope": "lines", "line-0": "on", "line-1": "on"}
    )

    assert button(summed, "cancellation") == "Cancel 2 lines, refund €5,010.00"
    assert "colleague" not in text(summed)


def test_a_gesture_that_a_person_has_seen_to_be_done_is_not_given_again(place):
    order = place("SCID1", status="Shipped", lines=[{"price": 100}])
    command = give(order, "5.00")
    Command.objects.filter(pk=command.pk).update(state=State.ATTENTION)
    command.refresh_from_db()
    asking.close(command, make.user("manager"), was_done=True)

    with pytest.raises(Refused) as refused:
        give(order, "5.00")

    assert refused.value.verdict.rule == "R51"


def test_an_order_in_another_currency_than_the_channel_s_is_told_before_anything_is_typed(place):
    order = place("SCID1", status="Shipped", currency="GBP")

    answer = signed_in("manager").get(url(order, "gesture"))

    assert answer.status_code == 409
    assert "R48" in text(answer)


@pytest.mark.parametrize("kind", ["gesture", "refund"])
def test_what_was_proposed_is_judged_anew_when_it_is_confirmed_after_the_order_changed(
    market, place, live, monkeypatch, kind
):
    """A colleague cancels a line in the portal while the proposal waits."""
    monkeypatch.setattr(shop, "limit", lambda kind, role: Decimal(0))
    order = place("SCID1", channel="ZZLINE", status="Shipped", lines=[{"price": 100}, {"price": 200}])
    if kind == "gesture":
        command = give(order, "60.00", by=make.user("support"))
    else:
        command = cancel(order, by=make.user("support"))
    assert command.state == State.PROPOSED
    elsewhere(market, "SCID1", order.lines.order_by("position")[1].code, "missing-product")
    live(120)
    before = effects(market)
    client = browser(make.user("manager"))
    shown = text(client.get("/outbox/"))

    client.post(f"/outbox/{command.pk}/confirm/")

    assert "The order has changed since this was proposed" in shown
    assert sent(command).state == State.REFUSED
    assert command.judged is not None
    assert command.judged.rule == ("R47" if kind == "gesture" else "R35")
    assert effects(market) == before


def test_whoever_confirms_reads_what_is_asked_and_why(place, monkeypatch):
    monkeypatch.setattr(shop, "limit", lambda kind, role: Decimal(0))
    author = make.user("support")
    gift = place("SCID1", status="Shipped", lines=[{"price": 100}])
    give(gift, "5.00", "Other", "A scratch", by=author, note="third call")
    order = place("SCID2", channel="ZZLINE", status="Shipped", lines=[{"price": 30, "quantity": 2}, {"price": 12}])
    line = order.lines.order_by("position")[0]
    page, client = url(order, "cancellation"), browser(author)
    values = {"scope": "lines", "line_0": "on", "reason_0": "missing-product", "refund_0": "on"}
    client.post(page, filled(client.get(page), **values))

    outbox, beside = (text(browser(make.user("manager")).get(path)) for path in ("/outbox/", "/orders/SCID2/"))

    assert "€5.00 · Other: “A scratch”" in outbox
    assert "Confirm €5.00" in outbox
    assert "Note for the team: “third call”" in outbox
    for said in (outbox, beside):
        assert "Refund of €60.00, by our estimate." in said
        assert f"2 × {line.title}" in said
        assert "delivery refunded" in said
    assert "missing-product" not in outbox  # the reason's own words


def test_a_refund_that_grew_while_it_waited_is_judged_by_what_it_is_now(market, place):
    """One line was shipped and cheap; the other is shipped while the request waits, and above every limit."""
    order = place("SCID1", channel="ZZLINE", lines=[{"price": 10, "status": "Shipped"}, {"price": 5_000}])
    command = cancel(order, by=make.user("support"))
    assert (command.state, command.amount) == (State.READY, Decimal("10.00"))
    shipped_meanwhile(order)

    sent(command)

    assert (command.state, effects(market)) == (State.REFUSED, [])
    assert command.judged is not None
    assert "shipped after this was asked for" in command.judged.words


def test_a_refund_that_grew_within_the_limit_counts_whole_for_the_day(place):
    author = make.user("support")
    order = place("SCID1", channel="ZZLINE", lines=[{"price": 10, "status": "Shipped"}, {"price": 5}])
    before = limits.left_today(author, "cancel")
    command = cancel(order, by=author)
    shipped_meanwhile(order)

    assert sent(command).state == State.TAKEN

    assert command.amount == Decimal("15.00")
    assert limits.left_today(author, "cancel") == before - Decimal("15.00")


def test_what_was_shipped_while_it_waits_for_a_person_is_settled_as_money_too(place):
    author, order = make.user("support"), place("SCID1")
    command = cancel(order, by=author)
    Command.objects.filter(pk=command.pk).update(state=State.ATTENTION)
    command.refresh_from_db()
    assert {"was-done", "send-again"} <= {name for name, step in STEPS.items() if step.offered(author, command)}

    shipped_meanwhile(order)

    command = Command.objects.select_related("order").get()
    assert {name for name, step in STEPS.items() if step.offered(author, command)} == {"propose-closing"}
    assert STEPS["send-again"].offered(make.user("manager"), command)


@pytest.mark.parametrize("channel", ["CDISFR", "ZZLINE"])
def test_a_shipped_line_whose_customer_asks_for_its_cancellation_is_a_refund(market, place, live, channel):
    """Its status says that a request waits, and not that it was shipped before."""
    live(0)
    order = place("SCID1", channel=channel, status="Shipped", lines=[{"price": 900}])
    outsiders.act(market, market.order("SCID1"), "ask-cancellation")
    live()
    order.refresh_from_db()
    assert order.lines.get().status == "CancelRequest"

    command = cancel(order, by=make.user("support"))

    assert (command.state, command.refund, command.amount) == (State.PROPOSED, True, Decimal("900.00"))


def test_of_an_order_in_parts_the_parcels_tell_which_line_was_shipped(market, place, live):
    live(0)
    order = place("SCID1", channel="ZZLINE", lines=[{"price": 900}, {"price": 800, "quantity": 1}])
    there, gone = market.order("SCID1"), order.lines.order_by("position")[0].code
    outsiders.act(market, there, "ship", lines=[gone])
    outsiders.act(market, there, "ask-cancellation")
    live()
    order.refresh_from_db()
    assert {line.status for line in order.lines.all()} == {"CancelRequest"}
    assert order.status == "InPreparation"

    summed = signed_in("support").get(
        url(order, "cancellation"), {"sum": "1", "scope": "lines", "line-0": "on", "line-1": "on"}
    )

    command = cancel(order, by=make.user("support"))

    assert button(summed, "cancellation") == "Propose to cancel 2 lines, refund €1,700.00"
    assert (command.state, command.amount) == (State.PROPOSED, Decimal("900.00"))

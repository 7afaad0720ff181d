"""The cancellation dialog: its four faces, what is said before the first key, its sums, and one press asks once."""

import re

import pytest
from django.utils import timezone

from backoffice import shop
from fulfilment import choices
from fulfilment.models import Command, State
from octopia.contract.vocabulary import Ability, Verb
from orders import lifecycle
from orders.models import CancellationRequest, Order, Reason
from sandbox import outsiders
from tests import make
from tests.fulfilment.asking import cancel, effects, looked, sent
from tests.fulfilment.dialogs import HTMX, button, filled, url
from tests.orders.pages import signed_in, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def lines(place):
    """Three lines of a channel that cancels line by line."""
    return place("SCID1", channel="ZZLINE", lines=3)


def page(order: Order) -> str:
    return url(order, "cancellation")


def test_one_line_is_cancelled_with_its_own_reason(lines):
    client = signed_in()
    form = filled(client.get(page(lines)), scope="lines", line_1="on", reason_1="missing-product", note="called us")

    answer = client.post(page(lines), form)

    command = Command.objects.get()
    second = lines.lines.order_by("position")[1]
    assert answer.status_code == 302
    assert (command.kind, command.state, command.note) == (Verb.CANCEL, State.READY, "called us")
    assert command.payload["whole"] is False
    assert [(line["code"], line["reason"]) for line in command.payload["lines"]] == [(second.code, "missing-product")]


def test_the_whole_order_takes_one_reason_and_the_delivery(lines):
    client = signed_in()
    form = filled(client.get(page(lines)), scope="whole", reason="missing-product", refund="on")

    client.post(page(lines), form)

    payload = Command.objects.get().payload
    assert payload["whole"] is True
    assert {(line["reason"], line["refund_shipping"]) for line in payload["lines"]} == {("missing-product", True)}
    assert len(payload["lines"]) == 3


def test_a_reason_for_all_serves_the_lines_without_one_of_their_own(lines):
    client = signed_in()
    chosen = {"line_0": "on", "line_2": "on", "reason_2": "reference-mistake", "reason": "missing-product"}
    form = filled(client.get(page(lines)), scope="lines", **chosen)

    client.post(page(lines), form)

    reasons = [line["reason"] for line in Command.objects.get().payload["lines"]]
    assert reasons == ["missing-product", "reference-mistake"]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "Tick the lines to cancel"),
        ({"line_0": "on"}, "Choose a reason for this line, or one for all"),
        ({"line_0": "on", "reason_0": "made-up"}, "made-up"),
        ({"scope": "whole"}, "Choose the reason"),
    ],
    ids=["nothing ticked", "no reason", "a code that was not given", "whole without reason"],
)
def test_what_is_missing_is_said_and_nothing_is_asked(lines, values, said):
    client = signed_in()
    form = filled(client.get(page(lines)), **{"scope": "lines", **values})

    answer = client.post(page(lines), form)

    assert answer.status_code == 422
    assert said in text(answer)
    assert not Command.objects.exists()


def test_reasons_are_asked_once_and_only_for_the_statuses_there_are(lines, calls):
    client = signed_in()
    calls.clear()

    client.get(page(lines))
    client.get(page(lines))

    assert len(calls) == 1
    assert "orderStatus=InPreparation" in calls[0]


def test_a_marketplace_that_is_silent_gets_the_third_face(lines, market):
    market.faults = [{"fault": "lost"}] * 4

    answer = signed_in().get(page(lines), headers=HTMX)
    french = signed_in().get(page(lines), headers={**HTMX, "Accept-Language": "fr"})

    assert answer.status_code == french.status_code == 503
    assert "Nothing was sent. The marketplace did not answer." in text(answer)
    assert "Rien n’a été envoyé. La marketplace n’a pas répondu." in text(french)
    assert f'href="{page(lines)}?account=' in answer.content.decode()


def test_before_acceptance_it_says_to_refuse_instead(place):
    waiting = place("SCID1", status="WaitingAcceptance")

    answer = signed_in("manager").get(page(waiting))

    assert answer.status_code == 200
    assert "before that it is refused" in text(answer)
    assert f"/orders/{waiting.number}/approval/refusal/" in answer.content.decode()


def test_a_channel_without_line_cancellation_shows_only_the_whole_order(place):
    order = place("SCID1", channel="ZZBLOC", lines=2)
    lifecycle.correct(
        order.account, "ZZBLOC", Ability.LINE_CANCELLATION, False, by=make.user("administrator"), source="its contract"
    )

    answer = signed_in().get(page(order))

    assert answer.status_code == 200
    assert "Only the whole order can be cancelled" in text(answer)
    assert 'name="line-0"' not in answer.content.decode()


def test_a_line_with_a_request_cannot_be_ticked_and_says_why(lines, market):
    command = cancel(lines, lines.lines.order_by("position")[0].code)
    sent(command)
    looked(command)  # listed, not decided yet

    answer = signed_in().get(page(lines))

    body = answer.content.decode()
    assert answer.status_code == 200
    assert [f'name="line-{at}"' in body for at in range(3)] == [True, True, False]
    assert "A cancellation was already asked for this line" in text(answer)


def test_of_the_warehouse_it_says_that_it_has_to_be_shipped_first_and_fetches_nothing(place, calls):
    order = place("SCID1", lines=[{"mode": "Fulfillment"}])
    calls.clear()

    answer = signed_in().get(page(order))

    assert answer.status_code == 409
    assert "can be cancelled once it is shipped" in text(answer)
    assert calls == []


def test_of_the_warehouse_it_is_a_refund_once_it_is_shipped(place, market):
    order = place("SCID1", status="Shipped", lines=[{"mode": "Fulfillment", "price": 40}])
    client = signed_in()
    shown = client.get(page(order))

    client.post(page(order), filled(shown, reason=re.findall(r'<option value="([a-z-]+)"', shown.content.decode())[0]))
    command = sent(Command.objects.get())

    assert button(shown, "cancellation") == "Cancel 1 line, refund €40.00"
    assert (command.refund, command.state) == (True, State.TAKEN)
    assert effects(market) == [("cancellation", "SCID1")]


def test_it_is_said_since_when_the_reasons_are_known(lines):
    client = signed_in()
    client.get(page(lines))
    known = choices.cancellation_reasons(lines, "InPreparation").at

    later = client.get(page(lines)).content.decode()

    assert "Reasons as the marketplace gave them:" in later
    assert Reason.objects.get(account=lines.account, code="missing-product").label == "Produit manquant"
    assert f'datetime="{known.isoformat(timespec="seconds")[:16]}' in later


def test_after_a_part_was_cancelled_only_lines_are_offered_and_it_says_why(lines, market, live):
    command = cancel(lines, lines.lines.first().code)
    sent(command)
    market.clock.advance(120)
    looked(command)
    live()

    answer = signed_in().get(page(lines))

    assert "Only single lines can be cancelled" in text(answer)
    assert 'name="scope"' not in answer.content.decode()


def test_a_single_line_is_the_whole_order_and_needs_no_choice(place):
    order = place("SCID1", lines=1)
    client = signed_in()
    shown = client.get(page(order))

    answer = client.post(page(order), filled(shown, reason="missing-product"))

    assert 'name="scope"' not in shown.content.decode()
    assert button(shown, "cancellation") == "Cancel 1 line"
    assert answer.status_code == 302
    assert Command.objects.get().payload["whole"] is True


def test_the_sum_follows_what_is_ticked(place):
    order = place("SCID1", channel="ZZLINE", status="Shipped", lines=[{"price": 100}, {"price": 40}])
    client = signed_in()
    client.get(page(order))

    none = client.get(page(order), {"sum": "1", "scope": "lines"})
    one = client.get(page(order), {"sum": "1", "scope": "lines", "line-1": "on"})

    cost = order.lines.order_by("position")[1]
    amount = f"€{cost.selling_unit * cost.quantity:,.2f}"
    assert "Nothing is ticked yet" in text(none)
    assert amount in text(one)
    assert "our estimate" in text(one)
    assert button(one, "cancellation") == f"Cancel 1 line, refund {amount}"


def test_a_refund_above_the_limit_is_proposed_and_the_button_says_so(place):
    order = place("SCID1", channel="ZZLINE", status="Shipped", lines=[{"price": 10_000}, {"price": 40}])
    client = signed_in()
    shown = client.get(page(order))

    summed = client.get(page(order), {"sum": "1", "scope": "lines", "line-0": "on"})
    client.post(page(order), filled(shown, scope="lines", line_0="on", reason_0="missing-product"))

    command = Command.objects.get()
    assert command.amount > shop.limit("cancel", "support")
    assert button(summed, "cancellation").startswith("Propose to cancel 1 line, refund €")
    assert "a colleague confirms" in text(summed)
    assert command.state == State.PROPOSED


def test_in_a_dialog_it_closes_and_the_order_refreshes(lines):
    client = signed_in()
    form = filled(client.get(page(lines), headers=HTMX), scope="whole", reason="missing-product")

    answer = client.post(page(lines), form, headers=HTMX)

    assert answer.status_code == 204
    assert "order-changed" in answer.headers["HX-Trigger"]


def test_a_press_that_is_repeated_asks_once(lines):
    client = signed_in()
    form = filled(client.get(page(lines)), scope="whole", reason="missing-product")

    assert [client.post(page(lines), form).status_code for _ in range(2)] == [302, 302]

    assert Command.objects.count() == 1


def test_what_waits_does_not_claim_to_leave(lines):
    type(lines.account).objects.update(created_at=timezone.now())

    shown = text(signed_in().get(page(lines)))

    assert "Nothing is sent on the first day of an account, that is until" in shown
    assert "Can be taken back as long as it waits" in shown
    assert "It leaves in" not in shown


def test_the_warehouse_does_not_cancel(lines):
    assert signed_in("warehouse").get(page(lines)).status_code == 403


def test_a_line_that_the_customer_asked_for_has_the_order_s_reasons(market, place, live):
    order = place("SCID1", channel="ZZLINE", lines=2)
    outsiders.act(market, market.order("SCID1"), "ask-cancellation")
    live()

    answer = signed_in().get(page(order))

    assert answer.status_code == 200
    assert "missing-product" in answer.content.decode()


def test_every_field_has_a_label(lines):
    body = signed_in().get(page(lines)).content.decode()

    ids = set(re.findall(r'<(?:select|input type="checkbox"|textarea)[^>]* id="([^"]+)"', body))
    labelled = set(re.findall(r'<label[^>]* for="([^"]+)"', body))
    assert {name for name in ids if name.startswith("id_")} <= labelled


def test_a_customer_s_own_request_is_shown_on_the_order_and_to_the_packer(place, account):
    order = place("SCID9", channel="ZZLINE", lines=2)
    line = order.lines.order_by("position")[0]
    order.lines.filter(pk=line.pk).update(status="CancelRequest")
    Order.objects.filter(pk=order.pk).update(cancel_asked=True)
    support, packer = signed_in("support"), signed_in("warehouse")

    before = text(support.get(f"/orders/{order.number}/"))
    CancellationRequest.objects.create(
        account=account, remote_id="C1", number=order.number, status="InProgress", user_type="Customer",
        created_at=order.created_at, lines=[{"code": line.code, "reason": "changed-mind"}],
    )  # fmt: skip

    assert "A cancellation is asked for, and waits for the seller" in before
    assert "The customer asks to cancel" in text(support.get(f"/orders/{order.number}/"))
    assert "Do not pack these lines" in text(packer.get(f"/orders/{order.number}/shipment/"))
    assert "asked" not in text(packer.get(f"/orders/{place('SCID8').number}/shipment/"))

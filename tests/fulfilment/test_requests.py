"""What was asked, followed on the order's page: its state, what comes next, the steps of a person, the timeline."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backoffice import shop as choices
from fulfilment.models import Command, CommandEvent, Pause, State
from fulfilment.outbox import delivery, moves, switches
from fulfilment.verbs import approval
from octopia.contract.vocabulary import Verb
from tests import make
from tests.orders.pages import signed_in, text

pytestmark = pytest.mark.django_db

REGION = {"HX-Request": "true", "HX-Target": "fulfilment-order"}


@pytest.fixture
def order(account):
    return make.order("SCID00001234", of=account, status="WaitingAcceptance")


def asked(order, by=None, **more):
    """An acceptance on hold."""
    return approval.ask(
        order, Verb.ACCEPT, by=by or make.user("manager", name="Karim"), seen=order.version, form_token="f" * 20, **more
    )


def page(order, role="manager"):
    return signed_in(role).get(f"/orders/{order.number}/")


def step(client, command, name, **more):
    return client.post(f"/outbox/{command.pk}/{name}/", **more)


def poll_of(answer):
    (found,) = re.findall(r'<section id="fulfilment-order"[^>]*hx-get="([^"]+)"', answer.content.decode())
    return found.replace("&amp;", "&")


def test_a_held_request_stands_on_the_order_with_its_end_and_both_ways_out(order):
    command = asked(order)

    answer = page(order)

    said = text(answer)
    assert "On hold, can be taken back until" in said
    assert re.search(r"It can be taken back until it leaves: \d\d:\d\d:\d\d", said)
    assert f'formaction="/outbox/{command.pk}/take-back/" data-key="z"' in answer.content.decode()
    assert f'formaction="/outbox/{command.pk}/send-now/" data-key="e"' in answer.content.decode()
    assert "every 3s" in answer.content.decode()


def test_while_it_is_open_the_other_verbs_say_who_asked_for_what(order):
    asked(order)

    answer = page(order)

    assert "Acceptance asked for by Karim" in text(answer)
    buttons = re.findall(r'id="action-[^>]*>', answer.content.decode())
    assert buttons
    assert all('aria-disabled="true"' in button for button in buttons)


def test_taking_back_answers_with_the_region_and_sends_nothing(order):
    command = asked(order)

    answer = step(signed_in("manager"), command, "take-back", headers=REGION)

    command.refresh_from_db()
    body = answer.content.decode()
    assert command.state == State.WITHDRAWN
    assert "Taken back, nothing was sent" in text(answer)
    assert 'id="fulfilment-actions" class="offered cluster" hx-swap-oob="true"' in body


def test_send_now_ends_the_hold(order):
    command = asked(order)

    answer = step(signed_in("manager"), command, "send-now")

    command.refresh_from_db()
    assert (command.held, command.state) == (False, State.READY)
    assert answer.status_code == 302


def test_only_the_author_or_a_manager_takes_back(order):
    command = asked(order, by=make.user("warehouse"))

    assert step(signed_in("warehouse"), command, "take-back").status_code == 403
    assert "take-back" not in page(order, "warehouse").content.decode()
    assert step(signed_in("manager"), command, "take-back").status_code == 302


def test_a_step_that_came_too_late_says_what_became_of_it(order):
    command = asked(order)
    Command.objects.update(state=State.SENDING)

    answer = step(signed_in("manager"), command, "take-back", headers=REGION)

    assert answer.status_code == 409
    assert "Acceptance asked for by Karim" in text(answer)
    assert "Being sent" in text(answer)


def test_a_poll_is_answered_only_when_something_happened(order):
    command = asked(order)
    client = signed_in("manager")
    poll = poll_of(client.get(f"/orders/{order.number}/"))

    same = client.get(poll, headers=REGION)
    moves.note(command, "later", said="503")
    other = client.get(poll, headers=REGION)

    assert same.status_code == 204
    assert other.status_code == 200
    assert 'id="fulfilment-actions"' in other.content.decode()


def test_an_unchanged_poll_costs_few_queries(order):
    asked(order)
    client = signed_in("manager")
    poll = poll_of(client.get(f"/orders/{order.number}/"))
    client.get(poll, headers=REGION)

    with CaptureQueriesContext(connection) as queries:
        assert client.get(poll, headers=REGION).status_code == 204

    assert len(queries) <= 5


def test_the_page_makes_as_many_queries_with_requests_as_with_none(order):
    client = signed_in("manager")
    address = f"/orders/{order.number}/?from=view%3Dto-approve"
    client.get(address)
    counts = []
    for turn in range(3):
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        counts.append(len(queries))
        Command.objects.filter(state=State.READY).update(state=State.WITHDRAWN, ended_at=timezone.now())
        approval.ask(order, Verb.ACCEPT, by=make.user("manager"), seen=order.version, form_token=f"form-number-{turn}")

    assert len(set(counts)) == 1
    assert counts[0] <= 12


def test_while_sending_is_paused_it_says_so(order, account):
    command = asked(order)
    Command.objects.filter(pk=command.pk).update(held=False, due=timezone.now())
    switches.pause(account, Pause.Cause.PERSON, "stocktaking")

    assert "It waits. Sending is paused: stocktaking" in text(page(order))


def test_the_timeline_tells_who_asked_and_what_the_marketplace_said(order):
    command = asked(order)
    CommandEvent.objects.create(
        account=order.account, command=command, was=State.SENDING, became=State.REFUSED, epoch=3, what="refused",
        said="status does not allow it",
    )  # fmt: skip

    answer = signed_in("manager").get(f"/orders/{order.number}/?show=us")

    said = text(answer)
    assert "Our requests" in said
    assert "Acceptance: asked for" in said
    assert "Karim" in said
    assert "Acceptance: refused by the marketplace" in said
    assert "status does not allow it" in said
    assert "Order placed" not in said


def test_a_refusal_stays_until_somebody_has_read_it(order):
    command = asked(order)
    Command.objects.filter(pk=command.pk).update(
        state=State.REFUSED, reason="not for you", ended_at=timezone.now() - timedelta(days=1)
    )
    client = signed_in("manager")

    before = text(client.get(f"/orders/{order.number}/"))
    step(client, command, "acknowledge")
    after = client.get(f"/orders/{order.number}/").content.decode()

    assert "not for you" in before
    assert f"request-{command.pk}" not in after


def test_confirmed_requests_go_from_their_place_after_a_while(market, place, live):
    live(0)
    order = place("SCID1", status="WaitingAcceptance")
    command = asked(order)
    Command.objects.filter(pk=command.pk).update(due=timezone.now(), held=False)
    delivery.deliver(command.pk)
    taken = text(page(order))
    live()
    confirmed = text(page(order))
    Command.objects.update(ended_at=timezone.now() - timedelta(minutes=3))
    later = page(order).content.decode()

    assert "Taken, not visible yet" in taken
    assert "The next reading of the order should show it" in taken
    assert "Acceptance Confirmed" in confirmed
    assert f"request-{command.pk}" not in later


def test_a_colleague_confirms_what_was_proposed_and_never_its_author(order):
    author = make.user("manager", name="Karim")
    command = asked(order, by=author)
    Command.objects.filter(pk=command.pk).update(state=State.PROPOSED)

    assert "/confirm/" in page(order).content.decode()
    assert step(signed_in("warehouse"), command, "confirm").status_code == 403
    assert step(signed_in("manager"), command, "confirm").status_code == 302
    command.refresh_from_db()
    assert command.state == State.READY


def test_a_command_out_of_scope_does_not_exist(order):
    command = asked(order)
    other = make.account(seller_id="2")

    assert step(signed_in("manager", other), command, "take-back").status_code == 404


def test_support_does_not_settle_what_is_not_of_its_kinds(order):
    command = asked(order)
    Command.objects.filter(pk=command.pk).update(state=State.ATTENTION)

    assert step(signed_in("support"), command, "was-done").status_code == 403
    assert step(signed_in("warehouse"), command, "was-done").status_code == 302
    command.refresh_from_db()
    assert command.state == State.CLOSED_DONE


def test_a_row_of_the_list_shows_what_was_asked_of_its_order(order):
    command = asked(order)
    client = signed_in("manager")

    assert re.search(r'title="Acceptance">On hold until \d\d:\d\d:\d\d</span>', row(client))
    Command.objects.filter(pk=command.pk).update(due=timezone.now() - timedelta(seconds=1))
    assert 'title="Acceptance">Waiting to be sent</span>' in row(client)


def row(client):
    return client.get("/orders/?view=to-approve").content.decode()


def test_the_view_to_approve_says_the_time_and_where_it_is_known_from(order):
    choices.choose("approval_windows", {"CDISFR": {"hours": 48, "origin": "told by the portal"}}, None)

    answer = signed_in("manager").get("/orders/?view=to-approve")

    said = text(answer)
    assert "Decide by" in said
    assert "CDISFR: 48 hours to decide (told by the portal)" in said
    assert 'data-relative="deadline"' in answer.content.decode()


def test_a_portal_that_accepts_by_itself_is_told(order, account):
    account.profile = {"auto_accept": True}
    account.save()

    answer = signed_in("manager").get("/orders/?view=to-approve")

    assert f"{account.name}: the marketplace accepts orders by itself" in text(answer)

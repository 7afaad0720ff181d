"""Accepting and refusing as pages: the gate, the four faces, and that one press asks once."""

import re
from datetime import timedelta

import pytest

from fulfilment.models import Command, State
from fulfilment.outbox import asking
from octopia.contract.vocabulary import Verb
from orders import mirror
from tests import make
from tests.orders.pages import signed_in, text

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def order(account):
    return make.order("SCID00001234", of=account, status="WaitingAcceptance")


def url(order, page="approval"):
    return f"/orders/{order.number}/{'approval/refusal/' if page == 'refusal' else 'approval/'}"


def filled(answer, **values):
    """The form of a page as a browser would send it, with these values."""
    body = answer.content.decode()
    hidden = dict(re.findall(r'<input type="hidden" name="(form_token|seen)" value="([^"]+)"', body))
    assert set(hidden) == {"form_token", "seen"}
    return hidden | values


def test_accepting_puts_a_command_on_hold_and_leads_to_the_order(order):
    client = signed_in("warehouse")
    form = filled(client.get(url(order)))

    answer = client.post(url(order), form)

    command = Command.objects.get()
    assert (command.kind, command.state, command.on_hold) == (Verb.ACCEPT, State.READY, True)
    assert command.author_name.startswith("warehouse")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(f"/orders/{order.number}/")


def test_in_a_dialog_it_closes_and_the_order_refreshes(order):
    client = signed_in("warehouse")
    form = filled(client.get(url(order), headers=HTMX))

    answer = client.post(url(order), form, headers=HTMX)

    assert answer.status_code == 204
    assert "order-changed" in answer.headers["HX-Trigger"]


def test_a_form_sent_twice_asks_once_and_leads_where_the_first_did(order):
    client = signed_in("warehouse")
    form = filled(client.get(url(order)))

    first, second = client.post(url(order), form), client.post(url(order), form)

    assert Command.objects.count() == 1
    assert (second.status_code, second.headers["Location"]) == (302, first.headers["Location"])


def test_a_form_of_an_older_version_is_not_sent_and_leads_to_what_is_new(order, account):
    client = signed_in("warehouse")
    form = filled(client.get(url(order)))
    read = make.reading(order.number, status="WaitingAcceptance", channel_name="Cdiscount again")
    mirror.store(account, [make.later(read, changed_at=order.changed_at + timedelta(hours=2))], source="live")

    answer = client.post(url(order), form)

    assert answer.status_code == 409
    assert "Changed at the marketplace" in text(answer)
    assert "Show what is new" in text(answer)
    assert not Command.objects.exists()


def test_two_people_one_order_the_other_reads_who_did_what_and_when(order):
    karim = make.user("manager", name="Karim")
    held = signed_in("warehouse")
    form = filled(held.get(url(order)))
    asking.put(order, asking.Asked(Verb.REFUSE, {}, seen=order.version, form_token="k" * 20), karim)

    answer = held.post(url(order), form)

    said = text(answer)
    assert answer.status_code == 409
    assert "Refusal asked for by Karim" in said
    assert "See the request" in said
    assert Command.objects.count() == 1


def test_what_the_state_does_not_allow_is_said_with_its_rule(account):
    shipped = make.order("SCID00009999", of=account, status="Shipped")

    answer = signed_in("warehouse").get(url(shipped))

    assert answer.status_code == 409
    assert "R" in text(answer)
    assert "What would change it" in text(answer)


def test_refusing_needs_a_reason_and_keeps_it_with_us(order):
    client = signed_in("manager")
    form = filled(client.get(url(order, "refusal")))

    without = client.post(url(order, "refusal"), form)
    client.post(url(order, "refusal"), form | {"reason": "other", "details": "Doppelt bestellt"})

    command = Command.objects.get()
    assert without.status_code == 422
    assert 'role="alert"' in without.content.decode()
    assert (command.kind, command.note) == (Verb.REFUSE, "other: Doppelt bestellt")


def test_another_reason_is_told_in_words(order):
    client = signed_in("manager")
    form = filled(client.get(url(order, "refusal")))

    answer = client.post(url(order, "refusal"), form | {"reason": "other"})

    assert answer.status_code == 422
    assert "Say in your words" in text(answer)


@pytest.mark.parametrize(("typed", "status"), [("", 422), ("9999", 422), ("1234", 302), (" 1234 ", 302)])
def test_above_the_limit_the_end_of_the_number_is_typed(account, typed, status):
    dear = make.order("SCID00001234", of=account, status="WaitingAcceptance", selling_total=201)
    client = signed_in("manager")
    form = filled(client.get(url(dear, "refusal")), reason="out of stock", signs=typed)

    assert client.post(url(dear, "refusal"), form).status_code == status


def test_the_warehouse_may_accept_and_not_refuse_and_support_neither(order):
    assert signed_in("warehouse").get(url(order)).status_code == 200
    assert signed_in("warehouse").get(url(order, "refusal")).status_code == 403
    assert signed_in("support").get(url(order)).status_code == 403


def test_an_order_out_of_scope_does_not_exist(order):
    other = make.account(seller_id="2")

    assert signed_in("warehouse", other).get(url(order)).status_code == 404


def test_a_number_of_two_accounts_is_chosen_first(order, account):
    make.order(order.number, of=make.account(seller_id="2"), status="WaitingAcceptance")
    client = signed_in("warehouse")

    answer = client.get(url(order))

    assert f"{url(order)}?account={account.slug}" in answer.content.decode()
    assert client.get(f"{url(order)}?account={account.slug}").status_code == 200


def test_a_token_of_nobodys_making_is_put_right(order):
    client = signed_in("warehouse")

    for token in ("", "short", "x" * 41, "\0" * 20):
        assert client.post(url(order), {"form_token": token, "seen": "1"}).status_code == 422
    assert not Command.objects.exists()


def test_the_order_page_offers_what_the_role_may_and_says_why_not(order, account):
    waiting = signed_in("manager").get(f"/orders/{order.number}/").content.decode()
    shipped = make.order("SCID00009999", of=account, status="Shipped")
    gone = signed_in("warehouse").get(f"/orders/{shipped.number}/").content.decode()

    assert re.search(r'class="button primary" id="action-accept"[^>]*data-key="a">', waiting)
    assert re.search(r'class="button danger" id="action-refuse"[^>]*data-key="r">', waiting)
    assert re.search(r'id="action-accept"[^>]*aria-disabled="true" aria-describedby="why-accept"', gone)
    assert 'id="why-accept"' in gone
    assert "action-refuse" not in gone

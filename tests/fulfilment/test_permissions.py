"""Who may settle what needs a person: every step of every kind for every role, on the page and against it."""

import re
from decimal import Decimal
from typing import Any

import pytest

from fulfilment import steps
from fulfilment.models import Command, CommandEvent, State
from tests import make
from tests.backoffice.people import with_second_factor
from tests.orders.pages import signed_in, text

pytestmark = pytest.mark.django_db

LIMIT = Decimal(50)  # confirm_above
SETTLE = {"was-done", "was-not-done", "send-again"}
CLOSE = SETTLE - {"send-again"}
KINDS: dict[str, dict[str, Any]] = {  # what moves no money: by right; money: within the limit and above it
    "accept": {"kind": "accept"},
    "refuse": {"kind": "refuse"},
    "ship": {"kind": "ship"},
    "cancel": {"kind": "cancel", "amount": Decimal(900)},
    "invoice": {"kind": "invoice"},
    "refund": {"kind": "cancel", "refund": True, "amount": LIMIT, "currency": "EUR"},
    "refund, much": {"kind": "cancel", "refund": True, "amount": LIMIT + 1, "currency": "EUR"},
    "refund, unknown": {"kind": "cancel", "refund": True, "amount": None},
    "gesture": {"kind": "gesture", "amount": LIMIT, "currency": "EUR"},
    "gesture, much": {"kind": "gesture", "amount": LIMIT + 1, "currency": "EUR"},
}
MONEY = {name for name in KINDS if name.startswith(("refund", "gesture"))}
MUCH = {"refund, much", "refund, unknown", "gesture, much"}
FULL = dict.fromkeys(KINDS, SETTLE)
TABLE = {  # what a role may do about a colleague's request; a kind that is missing does not exist for it
    "warehouse": {"accept": SETTLE, "ship": SETTLE},
    "support": {
        "accept": set(), "refuse": set(), "ship": set(), "cancel": SETTLE, "invoice": SETTLE,
        **{kind: {"propose-closing"} for kind in MONEY},
    },
    "manager": FULL,
    "administrator": FULL,
}  # fmt: skip


def needs_a_person(account, name, author):
    order = make.order(f"{list(KINDS).index(name):02d}-{author.pk}", of=account)
    command = Command.objects.create(
        account=account, order=order, subject=order.number, state="ATTENTION", author=author, author_name=str(author),
        form_token=f"{name}-{author.pk}", order_version=1, fingerprint="", **KINDS[name],
    )  # fmt: skip
    CommandEvent.objects.create(account=account, command=command, became="ATTENTION", epoch=0, what="asked")
    return command


def expected(role, name, own):
    """None: not there for this role."""
    may = TABLE[role].get(name)
    if may and own and name in MUCH:
        return may - {"send-again"}  # money above the limit is never sent again by its author alone
    return may


@pytest.mark.parametrize("role", list(TABLE))
def test_the_page_offers_what_the_table_allows_and_the_address_refuses_the_rest(account, role):
    person = make.user(role)
    client = signed_in(role)
    client.force_login(with_second_factor(person) if role in ("manager", "administrator") else person)
    other = make.user("manager")
    rows = {(name, own): needs_a_person(account, name, person if own else other) for name in KINDS for own in (1, 0)}

    body = client.get("/outbox/").content.decode()
    shown = set(re.findall(r'id="request-(\d+)"', body))
    offered: dict[str, set[str]] = {}
    for pk, name in re.findall(r'formaction="/outbox/(\d+)/([a-z-]+)/"', body):
        offered.setdefault(pk, set()).add(name)

    for (name, own), command in rows.items():
        may, pk = expected(role, name, own), str(command.pk)
        assert (pk in shown) is (may is not None), (role, name)
        assert offered.get(pk, set()) == (may or set()), (role, name, own)
        for step in {*SETTLE, "propose-closing"} - (may or set()):
            answer = client.post(f"/outbox/{pk}/{step}/", {"reason": "I looked"})
            assert answer.status_code == (404 if may is None else 403), (role, name, step)
    assert set(Command.objects.values_list("state", flat=True)) == {"ATTENTION"}
    for (name, own), command in rows.items():
        may = expected(role, name, own) or set()
        if may & CLOSE:
            assert client.post(f"/outbox/{command.pk}/was-not-done/", {"reason": "I looked"}).status_code == 302
            command.refresh_from_db()
            assert command.state == State.CLOSED_NOT_DONE, (role, name)


def test_the_table_of_this_test_knows_every_step_of_what_needs_a_person():
    named = {step.name for step in steps.STEPS.values() if State.ATTENTION in step.states}

    assert named == {*SETTLE, "propose-closing"}


def test_support_proposes_to_close_money_and_a_manager_closes_it(account):
    command = needs_a_person(account, "gesture", make.user("support", name="Lena"))
    support, manager = signed_in("support"), signed_in("manager")

    without = support.post(f"/outbox/{command.pk}/propose-closing/", {"reason": " "})
    proposed = support.post(
        f"/outbox/{command.pk}/propose-closing/", {"reason": "The customer has it", "next": "/outbox/"}
    )
    command.refresh_from_db()
    seen = text(manager.get("/outbox/"))
    manager.post(f"/outbox/{command.pk}/was-done/")

    assert without.status_code == 409
    assert "Say what you found" in text(without)
    assert proposed.status_code == 302
    assert command.state == State.ATTENTION
    assert "proposes to close it: “The customer has it”. A person decides." in seen
    command.refresh_from_db()
    assert command.state == State.CLOSED_DONE
    assert list(command.events.values_list("what", flat=True)) == ["asked", "closing proposed", "was done"]


def test_a_proposal_of_before_it_was_sent_again_is_no_longer_told(account):
    command = needs_a_person(account, "gesture", make.user("support"))
    signed_in("support").post(f"/outbox/{command.pk}/propose-closing/", {"reason": "It is there"})
    Command.objects.filter(pk=command.pk).update(epoch=command.epoch + 1)

    assert "proposes to close" not in text(signed_in("manager").get("/outbox/"))

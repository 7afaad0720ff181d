"""The outbox as a page: what needs a person first, by role; the person's steps; pausing, resuming, adopting."""

import re
from datetime import timedelta
from decimal import Decimal
from time import perf_counter

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backoffice.models import Setting
from fulfilment import listing
from fulfilment.models import Command, CommandEvent, Pause, State
from fulfilment.outbox import switches
from octopia.contract.vocabulary import Verb
from tests import make
from tests.backoffice.people import with_second_factor
from tests.orders.pages import signed_in, text

pytestmark = pytest.mark.django_db


def command(account, number, kind="accept", state="ATTENTION", **fields):
    order = make.order(number, of=account)
    made = Command.objects.create(
        account=account, order=order, subject=number, kind=kind, state=state, form_token=number.ljust(20, "x"),
        order_version=1, fingerprint="", author_name=fields.pop("author_name", "Karim"), **fields,
    )  # fmt: skip
    CommandEvent.objects.create(account=account, command=made, became=state, epoch=0, what="asked", actor_name="Karim")
    return made


def shown(answer):
    return re.findall(r'<article class="card" id="request-(\d+)"', answer.content.decode())


def test_what_needs_a_person_comes_first_and_oldest_first(account):
    rows = [
        command(account, "A1", state="UNKNOWN"),
        command(account, "A2", state="ATTENTION"),
        command(account, "A3", state="REFUSED", reason="status does not allow it", ended_at=timezone.now()),
        command(account, "A4", state="PROPOSED"),
    ]
    command(account, "A5", state="READY")
    command(account, "A6", state="CONFIRMED", ended_at=timezone.now())

    answer = signed_in("manager").get("/outbox/")

    assert shown(answer) == [str(row.pk) for row in rows]
    assert "“status does not allow it”" in text(answer) or "status does not allow it" in text(answer)
    assert "Nothing is sent again before it was looked for" in text(answer)
    assert "A person decides" in text(answer)


def test_nothing_to_check_is_said_with_what_was_confirmed(account):
    for turn in range(2):
        command(account, f"A{turn}", state="CONFIRMED", ended_at=timezone.now())
    command(account, "A9", state="CONFIRMED", ended_at=timezone.now() - timedelta(days=2))

    assert "Nothing to check. 2 requests confirmed today." in text(signed_in("manager").get("/outbox/"))


def test_each_list_has_an_address(account):
    flying = command(account, "A1", state="READY")
    ended = command(account, "A2", kind="ship", state="CONFIRMED", ended_at=timezone.now())
    client = signed_in("manager")

    assert shown(client.get("/outbox/?show=flight")) == [str(flying.pk)]
    assert shown(client.get("/outbox/?show=ended")) == [str(ended.pk)]
    assert shown(client.get("/outbox/?show=ended&kind=accept")) == []
    assert client.get("/outbox/?show=nonsense&kind=x&after=zz").status_code == 200


def test_the_warehouse_sees_its_own_kinds_and_its_count(account):
    mine, _other = command(account, "A1", kind="ship"), command(account, "A2", kind="gesture")

    answer = signed_in("warehouse").get("/outbox/")

    assert shown(answer) == [str(mine.pk)]
    assert re.search(r'data-key="g u">.*?<span class="count">1</span>', answer.content.decode(), re.S)


def test_another_account_does_not_exist(account):
    command(account, "A1")
    other = make.account(seller_id="2")

    assert shown(signed_in("manager", other).get("/outbox/")) == []


@pytest.mark.parametrize(
    ("role", "kind", "steps"),
    [
        ("warehouse", "accept", ["was-done", "was-not-done", "send-again"]),
        ("support", "accept", []),
        ("support", "cancel", ["was-done", "was-not-done", "send-again"]),
        ("support", "gesture", ["propose-closing"]),
        ("manager", "refuse", ["was-done", "was-not-done", "send-again"]),
    ],
)
def test_a_row_has_the_buttons_of_the_role(account, role, kind, steps):
    command(account, "A1", kind=kind)

    answer = signed_in(role).get("/outbox/")

    assert re.findall(r'formaction="/outbox/\d+/([a-z-]+)/"', answer.content.decode()) == steps


def test_money_above_the_limit_is_sent_again_by_another_than_its_author(account):
    author = make.user("manager")
    row = command(account, "A1", kind="gesture", amount=Decimal(51), author=author)
    client = signed_in("manager")
    client.force_login(with_second_factor(author))

    assert client.post(f"/outbox/{row.pk}/send-again/").status_code == 403
    assert client.post(f"/outbox/{row.pk}/was-done/").status_code == 302


@pytest.mark.parametrize(
    ("kind", "mark"), [("gesture", "required"), ("cancel", "")], ids=["for a colleague", "settled at once"]
)
def test_what_was_found_can_be_said_wherever_it_is_asked(account, kind, mark):
    row = command(account, "A1", kind=kind)
    client = signed_in("support")

    for place in ("/outbox/", f"/orders/A1/?account={account.slug}"):
        field = re.search(rf'<input[^>]*id="reason-{row.pk}"[^>]*>', client.get(place).content.decode())
        assert field
        assert ("required" in field[0]) == bool(mark)


def test_closing_keeps_what_the_person_found(account):
    row = command(account, "A1")

    answer = signed_in("warehouse").post(
        f"/outbox/{row.pk}/was-not-done/", {"reason": "not there\0", "next": "/outbox/"}
    )

    row.refresh_from_db()
    assert answer.headers["Location"] == "/outbox/"
    assert row.state == State.CLOSED_NOT_DONE
    assert row.events.last().said == "not there"


def test_a_step_leads_to_no_other_site(account):
    row = command(account, "A1")

    answer = signed_in("warehouse").post(f"/outbox/{row.pk}/was-done/", {"next": "https://elsewhere.example/"})

    assert answer.headers["Location"].startswith("/orders/A1/")


def test_pages_follow_each_other_by_key(account, monkeypatch):
    monkeypatch.setattr(listing, "PAGE", 2)
    rows = [command(account, f"A{turn}") for turn in range(5)]
    client = signed_in("manager")
    seen, address = [], "/outbox/"
    for _page in range(3):
        answer = client.get(address)
        seen += shown(answer)
        found = re.search(r'href="(\?[^"]*after=\d+)"', answer.content.decode())
        address = "/outbox/" + found[1].replace("&amp;", "&") if found else ""

    assert seen == [str(row.pk) for row in rows]
    assert address == ""


def test_a_poll_is_quiet_until_something_happens(account):
    row = command(account, "A1")
    client = signed_in("manager")
    (poll,) = re.findall(r'id="outbox-news"[^>]*hx-get="([^"]+)"', client.get("/outbox/").content.decode())
    poll = poll.replace("&amp;", "&")

    quiet = client.get(poll, headers={"HX-Request": "true"})
    CommandEvent.objects.create(account=account, command=row, became=row.state, epoch=1, what="look absent")
    loud = client.get(poll, headers={"HX-Request": "true"})

    assert quiet.status_code == 204
    assert "Show what is new" in text(loud)


def test_pausing_needs_a_reason_and_stands_in_red_on_every_page(account):
    client = signed_in("manager")

    without = client.post("/outbox/pause/", {"account": account.slug})
    client.post("/outbox/pause/", {"account": account.slug, "reason": "stocktaking"})

    assert without.status_code == 422
    assert switches.why_not(account, Verb.ACCEPT)
    bars = re.findall(
        r'<div class="bar" data-level="danger">(.*?)</div>', client.get("/profile/").content.decode(), re.S
    )
    assert any("stocktaking" in bar for bar in bars)
    client.post(f"/outbox/pause/{account.slug}/end/")
    assert not switches.why_not(account, Verb.ACCEPT)
    assert "stocktaking" not in text(client.get("/profile/"))


def test_only_a_manager_pauses_and_only_an_administrator_adopts(account):
    for role in ("warehouse", "support"):
        assert signed_in(role).get("/outbox/pause/").status_code == 403
    assert signed_in("manager").post("/outbox/installation/").status_code == 403


def test_a_copy_of_an_installation_sends_after_an_administrator_adopted_it(account):
    Setting.objects.create(key=switches.INSTALLATION, value="another one")
    command(account, "A1", state="READY")
    client = signed_in("administrator")

    before, asked = client.get("/outbox/"), text(client.get("/outbox/installation/"))
    client.post("/outbox/installation/")

    assert "If another installation with these orders still runs, both send" in asked
    assert "1 request that was not sent leaves then" in asked
    assert "sends already" in text(client.get("/outbox/installation/"))
    assert "This is a copy of another installation" in text(before)
    assert 'id="outbox-adopt"' in before.content.decode()
    assert Setting.objects.get(key=switches.INSTALLATION).value == settings.INSTALLATION_ID
    assert 'id="outbox-adopt"' not in client.get("/outbox/").content.decode()


def test_after_a_restore_sending_stays_off_until_everything_open_was_read_again(account):
    row = command(account, "A1", state="READY")
    switches.restored(timezone.now())
    client = signed_in("administrator")

    refused = client.post("/outbox/installation/", follow=True)
    row.order.synced_at = timezone.now()
    row.order.save(update_fields=["synced_at"])
    client.post("/outbox/installation/")

    assert "has not been read again since the restore" in text(refused)
    assert not switches.installation_why_not()


def test_a_pause_of_the_machine_is_shown_with_its_end(account):
    switches.pause(account, Pause.Cause.TOKEN, "invalid_client", minutes=5)

    said = text(signed_in("manager").get("/outbox/"))

    assert "the marketplace refuses the token" in said
    assert "ends by itself" in said


def test_a_quiet_poll_costs_the_same_few_queries_whatever_the_outbox_holds(account):
    client = signed_in("manager")
    counted, took = [], []
    for rows in (1, 40):
        for turn in range(Command.objects.count(), rows):
            command(account, f"A{turn}")
        (poll,) = re.findall(r'id="outbox-news"[^>]*hx-get="([^"]+)"', client.get("/outbox/").content.decode())
        with CaptureQueriesContext(connection) as queries:
            began = perf_counter()
            assert client.get(poll.replace("&amp;", "&"), headers={"HX-Request": "true"}).status_code == 204
            took.append(perf_counter() - began)
        counted.append(len(queries))
    print(f"a quiet poll of the outbox: {counted[-1]} queries, {1000 * min(took):.1f} ms")  # noqa: T201

    assert len(set(counted)) == 1
    assert counted[0] <= 6


def test_the_page_costs_as_many_queries_for_one_request_as_for_thirty(account):
    client = signed_in("manager")
    counted = []
    for rows in (1, 30):
        for turn in range(Command.objects.count(), rows):
            command(account, f"A{turn}")
        client.get("/outbox/")
        with CaptureQueriesContext(connection) as queries:
            assert len(shown(client.get("/outbox/"))) == rows
        counted.append(len(queries))

    assert len(set(counted)) == 1
    assert counted[0] <= 16

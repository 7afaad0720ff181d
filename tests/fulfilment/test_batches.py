"""Many orders at once: chosen in a list, shown in groups, sent off once, followed to the end."""

import itertools
import os
import re
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from fulfilment import doubts, points, warehouse
from fulfilment.batches import making, previewing, putting, words
from fulfilment.models import Batch, BatchItem, Command, State
from fulfilment.outbox import delivery, sweep
from fulfilment.verbs import approval
from octopia import schema
from octopia.contract.vocabulary import Verb
from orders import mirror
from orders.models import Address, Carrier, Order
from tests import make
from tests.backoffice.people import with_second_factor
from tests.fulfilment.asking import parcel, ship
from tests.orders.pages import numbers

pytestmark = pytest.mark.django_db
BATCHES = "/outbox/batches/"
ROOT = Path(__file__).resolve().parents[2]
_forms = itertools.count(1)


def person(role="warehouse", *accounts):
    """A browser in which this person is signed in, and the person."""
    user = make.user(role, *accounts)
    client = Client()
    client.force_login(with_second_factor(user) if role in ("manager", "administrator") else user)
    return client, user


def waiting(account, number, status="WaitingAcceptance", **more):
    """So many orders that wait for our decision."""
    readings = [make.reading(status=status, **more) for _ in range(number)]
    mirror.store(account, readings, source="live")
    return list(Order.objects.filter(number__in=[reading.number for reading in readings]).order_by("pk"))


def post(client, orders, verb="accept", **more):
    """Press a button of the list's bar with these orders ticked."""
    fields = {"verb": verb, "token": f"form-{next(_forms)}", "view": "?view=to-approve"}
    fields["order"] = [f"{order.pk}.{order.version}" for order in orders]
    return client.post(BATCHES, fields | more)


def made(client, orders, verb="accept", **more):
    answer = post(client, orders, verb, **more)
    assert answer.status_code == 302
    return Batch.objects.get(pk=int(answer.headers["Location"].rstrip("/").rpartition("/")[2]))


def advanced(batch):
    """The batch after a worker has looked after it."""
    putting.advance(str(batch.pk))
    batch.refresh_from_db()
    return batch


def url(batch, name="batch", *more):
    return reverse(f"fulfilment:{name}", args=[batch.pk, *more])


def send(client, batch, *, follow=False, **more):
    """Press the button of the preview, as it stands now."""
    shown = {"seen": previewing.version(Batch.objects.get(pk=batch.pk))}
    return client.post(url(batch), shown | more, follow=follow)


def text(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


# --- Choosing ---------------------------------------------------------------------------------------------------------


def test_who_may_ask_sees_boxes_and_buttons_and_who_may_not_sees_none(account):
    waiting(account, 2)

    mine = person("warehouse")[0].get("/orders/?view=to-approve").content.decode()
    none = person("support")[0].get("/orders/?view=to-approve").content.decode()

    assert mine.count("data-select ") == 2
    assert 'name="verb" value="accept"' in mine
    assert 'name="verb" value="ship"' in mine
    assert set(re.findall(r'name="verb" value="(\w+)"', none)) == {"note", "export", "pick"}


def test_ticked_orders_become_a_preview_and_a_second_press_the_same(account):
    client, user = person()
    orders = waiting(account, 3)
    one = {"token": "form-of-the-page"}

    first = made(client, orders[:2], **one)
    again = made(client, orders[:2], **one)
    other = made(client, orders[1:], **one)  # Back, and ticked anew

    assert first == again != other
    assert (first.state, first.kind, first.author) == ("draft", "accept", user)
    assert [item.order for item in first.items.all()] == orders[:2]
    assert not Command.objects.exists()


def test_the_whole_view_is_filled_by_the_server_in_its_own_sequence(account):
    client, _user = person()
    orders = waiting(account, 60)
    waiting(account, 2, status="InPreparation")

    batch = made(client, [], all="1")

    assert batch.items.count() == 60
    assert {item.order for item in batch.items.all()} == set(orders)


def test_a_view_that_holds_more_than_a_batch_gives_its_first_orders_and_says_so(account, monkeypatch):
    from fulfilment.batches import choosing

    monkeypatch.setattr(choosing, "MOST_AT_ONCE", 5)
    client, _user = person()
    waiting(account, 7)

    batch = made(client, [], all="1")

    assert batch.items.count() == 5
    assert "The view holds more" in text(client.get(url(batch)))


def test_unknown_foreign_and_senseless_orders_are_left_out_and_counted(account):
    strange = make.account(seller_id="999")
    foreign = waiting(strange, 1)
    client, _user = person("warehouse", account)
    mine = waiting(account, 1)

    batch = made(client, mine, order=[f"{mine[0].pk}.1", f"{foreign[0].pk}.1", "999999.1", "x.y", "1"])

    assert [item.order for item in batch.items.all()] == mine
    assert "4 of the orders you chose are not here for you" in text(client.get(url(batch)))


def test_nothing_chosen_leads_back_to_the_list(account):
    client, _user = person()

    answer = post(client, [])

    assert answer.headers["Location"] == "/orders/?view=to-approve"
    assert not Batch.objects.exists()


def test_orders_of_several_accounts_are_gone_on_with_one_by_one(account):
    other = make.account(seller_id="999", name="Second")
    here, there = waiting(account, 2), waiting(other, 1)
    client, _user = person("warehouse", account, other)

    answer = post(client, here + there)
    batch = made(client, here + there, account=other.slug)

    assert answer.status_code == 409
    assert "Second, 1 order" in text(answer)
    assert f"{account.name}, 2 orders" in text(answer)
    assert [item.order for item in batch.items.all()] == there


@pytest.mark.parametrize("verb", ["cancel", "nonsense", ""])
def test_what_cannot_be_asked_of_many_leads_back_and_makes_nothing(account, verb):
    client, _user = person("manager")

    assert post(client, waiting(account, 1), verb).headers["Location"] == "/orders/"
    assert not Batch.objects.exists()


@pytest.mark.parametrize(("role", "verb"), [("support", "accept"), ("support", "ship")])
def test_a_verb_without_the_right_makes_nothing(account, role, verb):
    client, _user = person(role)

    assert post(client, waiting(account, 1), verb).status_code == 403
    assert not Batch.objects.exists()


# --- Preview ----------------------------------------------------------------------------------------------------------


def test_a_preview_groups_what_is_clear_what_to_look_at_and_what_is_not_possible(account):
    client, user = person()
    clear, changed, busy = waiting(account, 3)
    twice = waiting(account, 2, customer="CUST-SAME")
    nowhere = waiting(account, 1, billing=None, lines=(make.line(status="WaitingAcceptance", shipping=None),))
    shipped = waiting(account, 1, status="Shipped")
    approval.ask(busy, Verb.ACCEPT, by=user, seen=busy.version, form_token="by hand")
    seen = [f"{order.pk}.{order.version}" for order in [clear, changed, busy, *twice, *nowhere, *shipped]]
    Order.objects.filter(pk=changed.pk).update(version=2)

    batch = made(client, [], order=seen)

    groups = {item.order: (item.answer, item.why) for item in batch.items.select_related("order")}
    assert groups == {
        clear: ("clear", ""),
        changed: ("look", words.CHANGED),
        busy: ("not", words.OCCUPIED),
        twice[0]: ("look", doubts.REPEATED),
        twice[1]: ("look", doubts.REPEATED),
        nowhere[0]: ("look", doubts.NOWHERE),
        shipped[0]: ("not", words.RULE),
    }
    assert "The same customer has another order that waits to be decided." in text(client.get(url(batch)))
    impossible = text(client.get(url(batch) + "?group=not"))
    assert f"Acceptance by {user} is under way for this order." in impossible
    assert "Accept 1 order" in impossible
    assert "Accept all 5 orders, doubtful ones too" in impossible


@pytest.mark.parametrize("verb", ["accept", "ship"])
def test_a_preview_is_made_and_shown_in_as_many_queries_for_one_order_as_for_fifty(account, verb):
    client, _user = person()
    Carrier.objects.create(account=account, label="Colissimo", code="C")
    status = "WaitingAcceptance" if verb == "accept" else "InPreparation"
    client.get(url(made(client, waiting(account, 1, status=status), verb)))  # what an installation notes once
    shown, making_ = [], []
    for number in (1, 10, 50):
        orders = waiting(account, number, status=status)
        with CaptureQueriesContext(connection) as queries:
            batch = made(client, orders, verb)
        making_.append(len(queries))
        client.get(url(batch))  # what is kept for seconds may just have ended
        with CaptureQueriesContext(connection) as queries:
            client.get(url(batch))
        shown.append(len(queries))
        putting.confirm(batch, look_too=True)

    assert len(set(shown)) == 1
    assert len(set(making_)) == 1
    assert max(shown) <= 22
    assert max(making_) <= 22


def test_an_order_is_left_out_and_taken_in_again(account):
    client, _user = person()
    batch = made(client, waiting(account, 2))

    client.post(url(batch, "batch-item", 0), {"out": "yes", "group": "clear"})
    left = text(client.get(url(batch)))
    client.post(url(batch, "batch-item", 1), {"out": "yes"})
    client.post(url(batch, "batch-item", 1), {"out": "no"})

    assert "Accept 1 order" in left
    assert "1 order is left out by hand." in left
    assert list(batch.items.values_list("left_out", flat=True)) == [True, False]


def test_a_preview_is_its_authors_alone_and_is_thrown_away_after_a_day(account):
    client, _user = person()
    batch = made(client, waiting(account, 1))

    assert person("manager")[0].get(url(batch)).status_code == 404
    Batch.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert making.forget_drafts() == 1

    assert client.get(url(batch)).status_code == 410
    assert not BatchItem.objects.exists()
    send(client, batch)
    batch.refresh_from_db()
    assert batch.state == Batch.State.DISCARDED


# --- Sending off ------------------------------------------------------------------------------------------------------


def test_what_is_clear_is_accepted_once_and_the_rest_stays(market, account, place, live):
    live(0)
    orders = [place(f"SCID{turn}", status="WaitingAcceptance") for turn in range(3)]
    client, _user = person()
    batch = made(client, orders)
    client.post(url(batch, "batch-item", 2), {"out": "yes"})

    for _press in range(3):
        send(client, batch)
    advanced(batch)
    advanced(batch)

    assert Command.objects.filter(batch=batch, state=State.READY).count() == 2
    assert "Under way: 2 of 2 have not ended." in text(client.get(url(batch)))
    Command.objects.update(due=timezone.now(), held=False)
    for command in Command.objects.all():
        delivery.deliver(command.pk)
    live()
    advanced(batch)
    assert batch.ended_at is not None
    assert sorted((effect.effect, effect.order) for effect in market.ledger) == [
        ("accepted", "SCID0"),
        ("accepted", "SCID1"),
    ]
    assert "All 2 are confirmed by the marketplace." in text(client.get(url(batch)))


def test_doubtful_orders_go_only_when_they_are_meant(account):
    client, _user = person()
    orders = [*waiting(account, 1), *waiting(account, 2, customer="CUST-SAME")]

    careful, bold = made(client, orders), made(client, orders)
    send(client, careful)
    advanced(careful)
    send(client, bold, look="1")
    advanced(bold)

    assert sorted(careful.items.values_list("trouble", flat=True)) == ["", words.NOT_CHOSEN, words.NOT_CHOSEN]
    assert bold.items.exclude(command=None).count() == 2


def test_two_batches_over_the_same_orders_ask_once(account):
    client, _user = person()
    orders = waiting(account, 3)
    first, second = made(client, orders), made(client, orders)

    for batch in (first, second):
        send(client, batch)
        advanced(batch)

    assert Command.objects.count() == 3
    assert set(second.items.values_list("trouble", flat=True)) == {words.OCCUPIED}
    assert "is under way for this order." in text(client.get(url(second)))
    assert "0 of 3 are confirmed" in text(client.get(url(second)))


def test_an_order_that_changed_after_the_preview_is_not_asked_for(account):
    client, _user = person()
    orders = waiting(account, 2)
    batch = made(client, orders)
    Order.objects.filter(pk=orders[0].pk).update(version=7)

    shown = text(client.get(url(batch) + "?group=clear"))
    send(client, batch)
    advanced(batch)

    assert "It changed since this preview was made" in shown
    assert list(batch.items.values_list("trouble", flat=True)) == [words.STALE, ""]
    assert "The order changed after the preview." in text(client.get(url(batch)))


def test_a_process_that_dies_between_two_orders_loses_and_doubles_nothing(account):
    client, _user = person()
    batch = made(client, waiting(account, 60))
    send(client, batch)
    points.arm("put:accept=die")
    with pytest.raises(points.Died):
        putting.advance(str(batch.pk))
    points.arm("batch chunk:accept=die")
    with pytest.raises(points.Died):
        putting.advance(str(batch.pk))
    assert Command.objects.count() == 25

    assert putting.due(timezone.now()) == [str(batch.pk)]
    advanced(batch)

    assert Command.objects.filter(batch=batch).count() == 60
    assert batch.items.filter(command=None).count() == 0
    assert putting.due(timezone.now()) == []


@pytest.mark.django_db(transaction=True)
def test_a_process_that_is_killed_in_the_middle_is_followed_by_the_next(account):
    client, _user = person()
    batch = made(client, waiting(account, 40))
    send(client, batch)

    killed = delivering("batch chunk:accept=kill")
    put = Command.objects.count()
    then = delivering()

    assert (killed, put) == (-signal.SIGKILL, putting.CHUNK)
    assert then == 0
    assert Command.objects.filter(batch=batch, state=State.READY).count() == 40
    assert not batch.items.filter(command=None).exists()


def delivering(fail_point=""):
    """`manage.py deliver` as a process on this test's database; how it ended."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    told = {"DJANGO_SETTINGS_MODULE": "tests.settings", "FAIL_POINT": fail_point}
    done = subprocess.run(
        [sys.executable, "manage.py", "deliver"],
        cwd=ROOT,
        env=kept | told,
        capture_output=True,
        check=False,
        timeout=120,
    )
    return done.returncode


@pytest.fixture
def broken():
    """broken(order, code): what the database says of this order's command from now on."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION breaks() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "IF NEW.subject = current_setting('tests.subject', true) THEN "
            "RAISE EXCEPTION 'broken' USING ERRCODE = current_setting('tests.code'); END IF; RETURN NEW; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER breaks BEFORE INSERT OR UPDATE ON fulfilment_command FOR EACH ROW EXECUTE FUNCTION breaks()"
        )

    def say(order, code):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('tests.subject', %s, true), set_config('tests.code', %s, true)", [order.number, code]
            )

    return say


def test_an_order_that_breaks_us_is_told_as_failed_and_the_others_go_on(account, broken, caplog):
    client, _user = person()
    orders = waiting(account, 3)
    batch = made(client, orders)
    send(client, batch)
    broken(orders[1], "57P01")  # the server is shut down
    with pytest.raises(OperationalError):
        putting.advance(str(batch.pk))
    assert set(batch.items.values_list("trouble", flat=True)) == {""}
    assert str(batch.pk) in putting.due(timezone.now())

    broken(orders[1], "22000")  # a value it does not take
    advanced(batch)

    assert list(batch.items.values_list("trouble", flat=True)) == ["", words.FAULT, ""]
    assert [command.order for command in Command.objects.order_by("pk")] == [orders[0], orders[2]]
    assert "It could not be asked for: an error of ours" in text(client.get(url(batch)))
    (told,) = [record for record in caplog.records if record.message == "an order of a batch broke"]
    assert (told.order, told.batch) == (orders[1].pk, batch.pk)
    assert told.exc_info

    broken(orders[0], "22000")
    client.post(url(batch, "batch-withdrawal"))
    assert advanced(batch).ended_at is None
    assert [command.state for command in Command.objects.order_by("pk")] == [State.READY, State.WITHDRAWN]
    broken(orders[1], "22000")
    assert advanced(batch).ended_at


def test_a_batch_of_somebody_who_lost_the_right_stops(account):
    client, user = person()
    batch = made(client, waiting(account, 2))
    send(client, batch)
    user.role = "support"
    user.save()

    advanced(batch)

    assert not Command.objects.exists()
    assert set(batch.items.values_list("trouble", flat=True)) == {words.NO_RIGHT}


# --- Following --------------------------------------------------------------------------------------------------------


def test_a_pause_holds_everything_back_until_it_goes_on(account):
    client, _user = person()
    batch = made(client, waiting(account, 2))
    send(client, batch)
    advanced(batch)
    Command.objects.update(due=timezone.now(), held=False)
    assert len(sweep.due(timezone.now())) == 2

    client.post(url(batch, "batch-pause"), {"on": "yes"})
    paused = text(client.get(url(batch)))

    assert "Paused: 2 of 2 have not ended." in paused
    assert sweep.due(timezone.now()) == []
    client.post(url(batch, "batch-pause"), {"on": "no"})
    assert len(sweep.due(timezone.now())) == 2


def test_what_has_not_left_is_taken_back(account):
    client, _user = person()
    batch = made(client, waiting(account, 30))
    send(client, batch)
    points.arm("batch chunk:accept=die")
    with pytest.raises(points.Died):
        putting.advance(str(batch.pk))
    left = Command.objects.order_by("pk")[0]
    Command.objects.filter(pk=left.pk).update(state=State.UNKNOWN)

    resent = Command.objects.exclude(pk=left.pk)[0]
    Command.objects.filter(pk=resent.pk).update(look_first=True, due=timezone.now(), held=False)

    client.post(url(batch, "batch-withdrawal"))
    assert sweep.due(timezone.now() + timedelta(hours=1)) == [str(left.pk), str(resent.pk)]  # they may have left
    advanced(batch)

    assert Command.objects.filter(state=State.WITHDRAWN).count() == 23
    assert batch.items.filter(trouble=words.TAKEN_BACK).count() == 5
    assert batch.ended_at is None
    assert "Being taken back: 2 of 25 have not ended." in text(client.get(url(batch)))


def test_a_poll_gets_nothing_while_nothing_changed(account):
    client, _user = person()
    batch = made(client, waiting(account, 1))
    send(client, batch)
    advanced(batch)
    page = client.get(url(batch)).content.decode()
    poll = re.search(r'hx-get="([^"]+)" hx-trigger="every 3s"', page)
    assert poll is not None
    address = poll[1].replace("&amp;", "&")

    same = client.get(address, headers={"HX-Request": "true"})
    Command.objects.update(state=State.ATTENTION)
    other = client.get(address, headers={"HX-Request": "true"})

    assert same.status_code == 204
    assert other.status_code == 200
    assert "1 of 1 wait for a person." in text(other)
    assert "every 3s" not in other.content.decode()


def test_the_result_is_a_list_that_can_be_narrowed(account):
    client, _user = person()
    orders = waiting(account, 3)
    batch = made(client, orders)
    send(client, batch)
    advanced(batch)
    Command.objects.filter(order=orders[0]).update(state=State.REFUSED, reason="The order is locked.")

    refused = client.get(url(batch) + "?state=refused").content.decode()

    assert orders[0].number in refused
    assert orders[1].number not in refused
    assert "The order is locked." in refused


def test_others_see_a_batch_by_their_right_and_steer_it_by_another(account):
    client, _user = person()
    batch = made(client, waiting(account, 1))
    send(client, batch)
    foreign = make.account(seller_id="999")

    assert person("warehouse", foreign)[0].get(url(batch)).status_code == 404
    assert person("warehouse", account)[0].post(url(batch, "batch-pause"), {"on": "yes"}).status_code == 403
    assert person("support", account)[0].get(url(batch)).status_code == 200
    assert person("support", account)[0].post(url(batch, "batch-withdrawal")).status_code == 403
    assert person("manager", account)[0].post(url(batch, "batch-pause"), {"on": "yes"}).status_code == 303


def test_the_list_of_batches_shows_mine_or_all_and_no_preview_of_others(account):
    client, _user = person()
    mine = made(client, waiting(account, 2))
    other, _ = person("manager")
    made(other, waiting(account, 1))
    sent = made(other, waiting(account, 3))
    send(other, sent)

    every, own = text(client.get(BATCHES)), text(client.get(BATCHES + "?whose=mine"))

    assert "Accept 3 orders" in every
    assert "Accept 2 orders" in every
    assert "Accept 1 order" not in every
    assert "Accept 3 orders" not in own
    assert "Preview, nothing is sent yet" in own
    assert url(mine) in client.get(BATCHES).content.decode()


# --- Shipping ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def carrier(account):
    return Carrier.objects.create(account=account, label="Colissimo", code="COL")


def test_orders_are_shipped_in_one_parcel_each_with_pasted_numbers(market, account, place, live, carrier):
    live(0)
    orders = [place(f"SCID{turn}") for turn in range(3)]
    client, _user = person()
    batch = made(client, orders, "ship")
    empty = text(client.get(url(batch)))

    client.post(
        url(batch, "batch-numbers"), {"carrier": "Colissimo", "column": "SCID2;6a 3333\n6A1111\nSCID9 6A9999\nSCID1"}
    )
    send(client, batch)
    advanced(batch)
    for command in Command.objects.all():
        Command.objects.filter(pk=command.pk).update(due=timezone.now(), held=False)
        delivery.deliver(command.pk)

    assert "Choose the carrier." in empty
    assert "Ship 3 orders" in empty
    numbers = {item.number: item.payload.get("number") for item in batch.items.all()}
    assert numbers == {"SCID0": "6A1111", "SCID1": None, "SCID2": "6A3333"}
    assert len([effect for effect in market.ledger if effect.effect == "shipped"]) == 2


def test_a_pasted_number_never_lands_on_an_order_it_was_not_beside(account, carrier):
    client, _user = person()
    first, second, third, fourth = waiting(account, 4, status="InPreparation")
    batch = made(client, [first, second, third, fourth], "ship")
    batch.items.filter(order=second).update(answer="look")
    column = "SCID9;6A00000000009\nSCID8 6A00000000008\n\n6A 00000 000004\n"

    answer = client.post(
        url(batch, "batch-numbers"), {"carrier": "Colissimo", "group": "clear", "column": column}, follow=True
    )

    numbers = [item.payload.get("number") for item in batch.items.all()]
    assert numbers == [None, None, "6A00000000004", None]
    said = "2 pasted lines name no order of this list and were not used: SCID9;6A00000000009 · SCID8 6A00000000008"
    assert said in text(answer)


def test_a_number_that_stands_twice_counts_for_none_and_orders_without_one_stay(account, carrier):
    client, _user = person()
    batch = made(client, waiting(account, 3, status="InPreparation"), "ship")
    first, second, third = batch.items.all()

    typed = {f"number-{first.pk}": "6A1", f"number-{second.pk}": "6a 1", f"number-{third.pk}": "6A2"}
    answer = client.post(url(batch, "batch-numbers"), {"carrier": "Colissimo", **typed}, follow=True)
    send(client, batch)
    advanced(batch)

    assert "stand beside more than one order" in text(answer)
    assert "2 orders have no tracking number yet" in text(answer)
    assert [command.order for command in Command.objects.all()] == [third.order]
    assert set(batch.items.filter(command=None).values_list("trouble", flat=True)) == {words.NO_NUMBER}


def test_a_number_that_another_order_has_already_is_left_out_and_said(account, carrier):
    client, _user = person()
    parcels = (schema.Parcel(number="6A1", carrier="Colissimo", url=""),)
    other = waiting(account, 1, status="Shipped", lines=(make.line(status="Shipped", parcels=parcels),))[0]
    batch = made(client, waiting(account, 2, status="InPreparation"), "ship")

    answer = client.post(url(batch, "batch-numbers"), {"carrier": "Colissimo", "column": "6A1\n6A2"}, follow=True)

    assert f"6A1 was left out: order {other.number} has it already." in text(answer)
    assert [item.payload.get("number") for item in batch.items.all()] == [None, "6A2"]


def test_a_line_whose_cancellation_was_asked_is_for_a_person(account, carrier):
    client, _user = person()
    lines = (make.line("A1"), make.line("B2", status="CancelRequest"))

    batch = made(client, waiting(account, 1, status="InPreparation", lines=lines), "ship")

    item = batch.items.get()
    assert (item.answer, item.why) == ("not", words.ASKED_BACK)


def test_a_number_that_a_packer_used_since_the_preview_is_not_declared_again(account, carrier):
    client, _user = person()
    first, second, other = waiting(account, 3, status="InPreparation")
    batch = made(client, [first, second], "ship")
    typed = {"carrier": "Colissimo", "column": f"{first.number} 6A1111\n{second.number} 6A2222"}
    client.post(url(batch, "batch-numbers"), typed)
    send(client, batch)

    Address.objects.filter(order=other).update(line1="2 rue d'Ailleurs")
    ship(other, [parcel("6A1111", [line.code for line in other.lines.all()])])
    advanced(batch)

    assert [item.trouble for item in batch.items.order_by("pk")] == [words.USED, ""]
    assert "Its tracking number is on another order since the preview" in text(client.get(url(batch)))
    declared = [command.payload["parcels"][0]["number"] for command in Command.objects.order_by("pk")]
    assert declared == ["6A1111", "6A2222"]


def test_a_number_used_on_an_order_of_another_of_ones_accounts_is_not_declared_again(account, carrier):
    second = make.account(seller_id="999", name="Second")
    client, _user = person("warehouse", account, second)
    mine = waiting(account, 1, status="InPreparation")
    batch = made(client, mine, "ship")
    client.post(url(batch, "batch-numbers"), {"carrier": "Colissimo", "column": f"{mine[0].number} 6A1111"})
    send(client, batch)

    other = waiting(second, 1, status="InPreparation")[0]
    Address.objects.filter(order=other).update(line1="2 rue d'Ailleurs")
    ship(other, [parcel("6A1111", [line.code for line in other.lines.all()])])
    advanced(batch)

    assert [item.trouble for item in batch.items.all()] == [words.USED]


def test_a_number_that_looks_like_another_carriers_is_doubted(account, carrier):
    client, _user = person()
    batch = made(client, waiting(account, 1, status="InPreparation"), "ship")

    client.post(url(batch, "batch-numbers"), {"carrier": "Colissimo", "column": "1Z999AA10123456784"})

    assert "It looks like a number of UPS, not of Colissimo." in text(client.get(url(batch)))


def test_an_order_to_two_addresses_needs_more_than_one_parcel(account, carrier):
    client, _user = person()
    lines = (make.line("A1"), make.line("B2", shipping=make.address(city="Lyon")))

    batch = made(client, waiting(account, 1, status="InPreparation", lines=lines), "ship")

    assert batch.items.get().why == words.ADDRESSES
    assert "Open it." in text(client.get(url(batch)))


def test_numbers_that_are_typed_stay_when_an_order_is_left_out(account, carrier):
    client, _user = person()
    batch = made(client, waiting(account, 2, status="InPreparation"), "ship")
    first, second = batch.items.all()

    typed = {"carrier": "Colissimo", f"number-{first.pk}": "6A1", f"number-{second.pk}": ""}
    client.post(url(batch, "batch-item", second.position), {"out": "yes", **typed})

    batch.refresh_from_db()
    assert batch.options["carrier"] == "Colissimo"
    assert [(item.left_out, item.payload.get("number")) for item in batch.items.all()] == [(False, "6A1"), (True, None)]


def test_an_order_that_is_kept_back_stays_and_the_others_go(account, carrier):
    client, user = person()
    orders = waiting(account, 3, status="InPreparation")
    until = timezone.now() + timedelta(hours=3)
    warehouse.hold(orders[1], user, reason="Carton manquant", until=until)
    batch = made(client, orders, "ship")
    client.post(url(batch, "batch-numbers"), {"carrier": "Colissimo", "column": "6A1\n6A2"})
    warehouse.hold(orders[0], user, reason="Carton manquant", until=until)

    send(client, batch)
    advanced(batch)

    first, second, third = batch.items.all()
    assert (second.answer, second.why) == ("not", words.KEPT)
    assert first.trouble == words.KEPT
    assert [command.order for command in Command.objects.all()] == [third.order]
    assert text(client.get(url(batch))).count("It is kept back: its page says by whom and why.") == 2


def test_only_what_the_page_showed_is_sent_off_whatever_another_page_changed(account, carrier):
    client, _user = person()
    batch = made(client, waiting(account, 2, status="InPreparation"), "ship")
    client.post(url(batch, "batch-numbers"), {"carrier": "Colissimo", "column": "6A1\n6A2"})
    first, second = batch.items.all()
    changes = (
        ("batch-numbers", (), {"carrier": "Colissimo", f"number-{first.pk}": "6A3"}),
        ("batch-item", (second.position,), {"out": "yes"}),
        ("batch-numbers", (), {"carrier": ""}),
    )

    for name, more, fields in changes:
        page = client.get(url(batch)).content.decode()
        shown = re.search(r'name="seen" value="(\w+)"', page)
        assert shown
        client.post(url(batch, name, *more), fields)  # the other page
        answer = client.post(url(batch), {"seen": shown[1]}, follow=True)
        assert "This preview was changed on another page since." in text(answer)
    assert "Nothing is left to be sent off." in text(send(client, batch, follow=True))
    assert advanced(batch).state == Batch.State.DRAFT
    first.refresh_from_db()
    assert first.payload["number"] == "6A3"  # nothing of either page is lost

    client.post(url(batch, "batch-numbers"), {"carrier": "Colissimo"})
    send(client, batch)
    client.post(url(batch, "batch-numbers"), {"carrier": "", f"number-{first.pk}": "6A4"})  # too late
    advanced(batch)
    assert [command.payload["parcels"][0]["number"] for command in Command.objects.all()] == ["6A3"]


def test_hostile_fields_break_nothing(account, carrier):
    client, _user = person()
    orders = waiting(account, 1, status="InPreparation")
    nul = "\0" + "9" * 3000

    batch = made(client, orders, "ship", view="?q=" + nul, token=nul)
    typed = {f"number-{batch.items.get().pk}": nul, "number-٣": "1", "number-" + "9" * 700: "1"}
    answer = client.post(url(batch, "batch-numbers"), {"carrier": nul, "column": nul, "after": nul, **typed})
    nowhere = client.get(url(batch) + "?after=%00&group=%00&state=%00")

    assert (answer.status_code, nowhere.status_code) == (303, 200)
    assert post(client, orders, "ship", all="1", view="?view=\0").status_code == 302
    assert client.get(BATCHES + "?before=%00&whose=%00").status_code == 200
    assert batch.items.get().payload["number"] == "9" * 100


# --- The budget -------------------------------------------------------------------------------------------------------


def test_the_last_one_leaves_later_when_the_hour_has_too_few_calls(account, settings):
    settings.OCTOPIA_CALLS_PER_HOUR = 100
    now = timezone.now()

    few = previewing.leaves_by(account, "accept", 10, now)
    many = previewing.leaves_by(account, "accept", 300, now)

    assert few - now < timedelta(minutes=5)
    assert timedelta(hours=2) < many - now < timedelta(hours=9)


# --- As a list of orders ----------------------------------------------------------------------------------------------


def test_the_orders_of_a_batch_are_a_view_with_an_address(account):
    client, _user = person("manager")
    orders = waiting(account, 3)
    others = waiting(account, 2)
    batch = made(client, orders)
    address = f"/orders/?batch={batch.pk}"

    draft = client.get(address)
    putting.confirm(batch, look_too=True)
    shown = client.get(address)

    assert numbers(draft) == []  # a preview is its author's alone
    assert set(numbers(shown)) == {order.number for order in orders}
    assert f"Bulk request: {batch.pk}" in text(shown)
    assert f'href="{address}"' in client.get(url(batch)).content.decode()
    assert numbers(client.get(f"{address}&status=Shipped")) == []
    assert not set(numbers(shown)) & {order.number for order in others}
    assert "“x” is not known" in text(client.get("/orders/?batch=x"))
    assert numbers(client.get("/orders/?batch=999999")) == []


def test_the_orders_of_a_batch_of_another_account_do_not_exist(account):
    client, _user = person("manager")
    batch = made(client, waiting(account, 2))
    putting.confirm(batch, look_too=True)
    stranger, _other = person("manager", make.account(seller_id="2"))

    assert numbers(stranger.get(f"/orders/?batch={batch.pk}")) == []

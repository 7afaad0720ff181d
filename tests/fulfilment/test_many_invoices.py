"""Many invoices are one batch: followed, paused and taken back like every other, and a bad file spoils no other."""

from datetime import timedelta

import pytest
from django.utils import timezone

from fulfilment import invoices
from fulfilment.batches import putting
from fulfilment.models import Batch, BatchItem, Command, State
from fulfilment.outbox import sweep, switches
from orders.models import Order
from tests.fulfilment.asking import act_on_all, effects
from tests.fulfilment.conftest import due_now
from tests.fulfilment.test_invoice_pages import PDF, URL, archive, pdf, signed
from tests.orders.pages import signed_in, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def two(place):
    return [place(number, status="Shipped") for number in ("SCID1", "SCID2")]


def checked(client, *names):
    return signed(client.post(URL, {"files": [pdf(f"{name}.pdf", PDF + name.encode()) for name in names]}))


def sent_off(client, *names):
    answer = client.post(URL, {"signed": checked(client, *names)})
    assert answer.status_code == 302, text(answer)
    return Batch.objects.get(pk=int(answer["Location"].split("/")[-2])), answer["Location"]


def test_they_are_followed_to_the_end_of_their_imports(market, two):
    client = signed_in()

    batch, page = sent_off(client, "SCID1", "SCID2")
    putting.advance(str(batch.pk))
    under_way = text(client.get(page))
    act_on_all()
    market.clock.advance(60)
    for command in Command.objects.all():
        due_now(command)
    act_on_all()
    putting.advance(str(batch.pk))
    over = text(client.get(page))

    assert "Attach 2 invoices" in under_way
    assert "Under way: 2 of 2 have not ended" in under_way
    assert "SCID2.pdf" in under_way
    assert "Back to the invoices" in under_way
    assert "All 2 are confirmed by the marketplace" in over
    assert sorted(effects(market)) == [("invoice", "SCID1"), ("invoice", "SCID2")]
    assert "Attach 2 invoices" in text(client.get("/outbox/batches/"))


def test_paused_nothing_of_it_leaves_until_it_goes_on(market, two):
    client = signed_in()
    batch, page = sent_off(client, "SCID1", "SCID2")
    putting.advance(str(batch.pk))

    client.post(f"{page}pause/", {"on": "yes"})

    ready = Command.objects.filter(state=State.READY)
    assert ready.count() == 2
    assert "Nothing more leaves until you go on" in text(client.get(page))
    assert not switches.sendable(ready, timezone.now()).exists()
    act_on_all()
    assert effects(market) == []

    client.post(f"{page}pause/", {"on": "no"})
    act_on_all()
    assert sorted(effects(market)) == [("invoice", "SCID1"), ("invoice", "SCID2")]


def test_taken_back_nothing_of_it_is_sent(market, two):
    client = signed_in()
    batch, page = sent_off(client, "SCID1", "SCID2")
    putting.advance(str(batch.pk))

    client.post(f"{page}withdrawal/")
    sweep.mend(timezone.now())
    putting.advance(str(batch.pk))
    act_on_all()

    assert {command.state for command in Command.objects.all()} == {State.WITHDRAWN}
    assert effects(market) == []


def test_a_bad_one_does_not_spoil_the_others_and_a_second_press_asks_once(two):
    client = signed_in()
    fit = signed(client.post(URL, {"files": [pdf(), archive(SCID2=PDF, SCID9=PDF), pdf("SCID3.pdf", b"MZ")]}))

    first = client.post(URL, {"signed": [*fit, "forged"]}, follow=True)
    client.post(URL, {"signed": fit})
    client.post(URL, {"signed": fit[:1]})

    batch = Batch.objects.get()
    assert "a file: The check is older than a day: choose the files again" in text(first)
    for _turn in range(2):
        putting.advance(str(batch.pk))
    assert sorted(Command.objects.values_list("subject", flat=True)) == ["SCID1", "SCID2"]


def test_each_that_could_not_be_asked_says_why_and_the_others_go(two, place):
    place("SCID3", status="Shipped")
    client = signed_in()
    batch, page = sent_off(client, "SCID1", "SCID2", "SCID3")
    (invoices._folder() / invoices.File("", PDF + b"SCID1").digest).unlink()
    Order.objects.filter(number="SCID2").update(version=99)

    putting.advance(str(batch.pk))

    troubles = dict(BatchItem.objects.filter(command=None).values_list("number", "trouble"))
    assert troubles == {"SCID1": "no file", "SCID2": "stale"}
    assert Command.objects.get().subject == "SCID3"
    said = text(client.get(page))
    assert "Its file is not kept any more: choose it again." in said
    assert "The order changed after the preview." in said


def test_every_file_of_too_many_has_its_answer(two, monkeypatch):
    monkeypatch.setattr("fulfilment.bulk_invoices.FILES", 2)

    answer = signed_in().post(URL, {"files": [pdf("SCID1.pdf"), pdf("SCID2.pdf"), pdf("SCID8.pdf"), pdf("SCID9.pdf")]})

    assert len(signed(answer)) == 2
    assert text(answer).count("Up to 100 files at once: choose this one again afterwards.") == 2


def test_far_too_many_are_refused_in_words(two, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 2

    answer = signed_in().post(URL, {"files": [pdf("SCID1.pdf"), pdf("SCID2.pdf"), pdf("SCID3.pdf")]})

    assert answer.status_code == 400
    assert "Send it in several parts. Nothing was changed." in text(answer)
    assert 'href="/invoices/"' in answer.content.decode()


def test_its_queries_do_not_grow_with_the_files(place, django_assert_max_num_queries):
    for number in range(9):
        place(f"SCID{number}", status="Shipped")
    client = signed_in()
    with django_assert_max_num_queries(40) as few:
        checked(client, "SCID0", "SCID1")

    with django_assert_max_num_queries(len(few)):
        assert len(checked(client, *(f"SCID{number}" for number in range(2, 9)))) == 7


def test_it_is_not_offered_for_orders_that_were_ticked_in_a_list(two):
    client = signed_in("manager")
    order = two[0]

    answer = client.post("/outbox/batches/", {"verb": "invoice", "order": f"{order.pk}.{order.version}", "token": "t"})

    assert not Batch.objects.exists()
    assert answer.status_code == 302
    assert 'value="invoice"' not in client.get("/orders/").content.decode()


def test_the_files_of_a_paused_batch_are_kept_until_it_goes_on(two, time_machine):
    batch, _page = sent_off(signed_in(), "SCID1", "SCID2")
    putting.pause(batch)
    time_machine.move_to(timezone.now() + timedelta(days=2))

    assert invoices.forget_old() == 0
    putting.resume(batch)
    putting.advance(str(batch.pk))

    assert Command.objects.count() == 2

"""Invoices as pages: one for an order, many by their names, who has none yet; never shown by the browser itself."""

import io
import re
import zipfile
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fulfilment import uninvoiced
from fulfilment.models import ENDED, Batch, Command, State
from fulfilment.outbox import moves
from orders.models import Order
from tests import make
from tests.fulfilment.asking import effects, looked, sent
from tests.fulfilment.dialogs import filled, url
from tests.orders.pages import signed_in, text

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\nan invoice"
URL = "/invoices/"


@pytest.fixture
def shipped(place):
    return place("SCID1", status="Shipped")


def pdf(name="SCID1.pdf", content=PDF):
    return SimpleUploadedFile(name, content, content_type="application/pdf")


def archive(**files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for name, content in files.items():
            file.writestr(f"{name}.pdf", content)
    return SimpleUploadedFile("all.zip", packed.getvalue(), content_type="application/zip")


def signed(answer):
    return re.findall(r'name="signed" value="([^"]+)"', answer.content.decode())


def verdicts(answer):
    table = answer.content.decode().partition("invoices-checked")[2].partition("</table>")[0]
    rows = re.findall(r'<th scope="row"[^>]*>([^<]+)</th><td[^>]*>.*?</td><td[^>]*>(.*?)</td>', table, re.S)
    return {name: re.sub(r"<[^>]+>", "", said).strip() for name, said in rows}


def test_one_is_attached_and_followed_to_the_end_of_its_import(market, shipped):
    client, page = signed_in(), url(shipped, "invoice")

    answer = client.post(page, filled(client.get(page)) | {"file": pdf()})

    command = Command.objects.get()
    assert answer.status_code == 302
    sent(command)
    market.clock.advance(60)
    assert looked(command).state == State.CONFIRMED
    assert effects(market) == [("invoice", "SCID1")]


def test_a_new_one_says_that_it_replaces_the_one_before(market, shipped):
    client, page = signed_in(), url(shipped, "invoice")
    client.post(page, filled(client.get(page)) | {"file": pdf("first.pdf")})
    command = sent(Command.objects.get())
    market.clock.advance(60)
    looked(command)

    answer = client.get(page)

    assert "It replaces the one before" in text(answer)
    assert "first.pdf" in text(answer)
    assert "Replace the invoice" in text(answer)


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "empty"), (b"GIF89a", "neither a PDF nor a UBL"), (b"%PDF-" + b"0" * 10 * 1024 * 1024, "larger than 10 MB")],
    ids=["empty", "a picture", "too large"],
)
def test_what_is_no_invoice_is_told_and_nothing_is_asked(shipped, content, said):
    client, page = signed_in(), url(shipped, "invoice")

    answer = client.post(page, filled(client.get(page)) | {"file": pdf(content=content)})

    assert answer.status_code == 422
    assert said in text(answer)
    assert not Command.objects.exists()


def test_the_file_is_saved_and_never_shown_and_only_by_those_with_the_right(shipped):
    client, page = signed_in(), url(shipped, "invoice")
    client.post(page, filled(client.get(page)) | {"file": pdf()})
    file = f"{page}{Command.objects.get().pk}/"

    answer = client.get(file)

    assert answer.content == PDF
    assert answer["Content-Disposition"] == 'attachment; filename="SCID1.pdf"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert signed_in("warehouse").get(file).status_code == 403
    assert signed_in("support", make.account(seller_id="2")).get(file).status_code == 404


def test_a_channel_without_invoices_says_so(place):
    order = place("SCID2", channel="ZZLINE", status="Shipped")

    answer = signed_in().get(url(order, "invoice"))

    assert answer.status_code in (200, 409)
    assert "Galerie Fictive" in text(answer)


def test_many_are_judged_one_by_one_before_anything_is_sent(shipped, place):
    place("SCID2", status="Shipped")
    place("SCID3")
    client = signed_in()
    files = [pdf(), archive(SCID2=PDF, SCID3=PDF, SCID9=PDF), pdf("SCID4.pdf", b"MZ"), pdf("sub/SCID1.pdf")]

    answer = client.post(URL, {"files": files})

    said = verdicts(answer)
    assert not Command.objects.exists()
    assert said["SCID2.pdf"] == "Can be attached."
    assert "once the order is shipped" in said["SCID3.pdf"]
    assert "No order has this number" in said["SCID9.pdf"]
    assert "neither a PDF" in said["SCID4.pdf"]
    assert "twice" in text(answer)
    assert len(signed(answer)) == 2


def test_what_one_person_checked_another_cannot_send(shipped):
    checked = signed(signed_in().post(URL, {"files": [pdf()]}))

    answer = signed_in().post(URL, {"signed": checked})

    assert answer.status_code == 409
    assert "choose the files again" in text(answer)
    assert not Batch.objects.exists()


def test_orders_without_an_invoice_are_listed_until_they_have_one(market, shipped, place):
    place("SCID2")
    place("SCID3", channel="ZZLINE", status="Shipped")
    client, page = signed_in(), url(shipped, "invoice")
    before = client.get(URL).content.decode()
    client.post(page, filled(client.get(page)) | {"file": pdf()})
    sent(Command.objects.get())

    after = client.get(URL).content.decode()

    assert re.findall(r'href="/orders/(\w+)/invoice/', before) == ["SCID1"]
    assert re.findall(r'href="/orders/(\w+)/invoice/', after) == []


def attached(number: str, state: State) -> Command:
    """What was asked for an order, as it is written by whoever does not tell."""
    order = Order.objects.get(number=number)
    return Command.objects.create(
        account=order.account, order=order, subject=number, kind="invoice", state=state, order_version=1,
        form_token=number, fingerprint=number, ended_at=timezone.now() if state in ENDED else None,
    )  # fmt: skip


def test_the_missing_ones_go_on_to_their_end_past_all_that_have_one(account, django_capture_on_commit_callbacks):
    now, page = timezone.now(), signed_in("manager")
    numbers = [f"N{turn:03}" for turn in range(60)]
    for turn, number in enumerate(numbers):
        make.order(number, status="Shipped", created_at=now - timedelta(hours=turn))
    page.get(URL)
    with CaptureQueriesContext(connection) as few:
        first = page.get(URL)
    make.order("POSTED", status="Shipped", created_at=now, channel="ZZLINE")
    taken, _sure, _closed, refused = (
        attached(*told)
        for told in zip(numbers, (State.TAKEN, State.CONFIRMED, State.CLOSED_DONE, State.REFUSED), strict=False)
    )

    with CaptureQueriesContext(connection) as many:
        then = page.get(URL)
    with django_capture_on_commit_callbacks(execute=True):
        moves.move(taken, State.CONFIRMED, "seen")
    told = set(Order.objects.filter(invoiced=True).values_list("number", flat=True))
    uninvoiced.mark()

    assert [order.number for order in first.context["missing"]] == numbers[:50]
    assert [order.number for order in page.get(first.context["older"]).context["missing"]] == numbers[50:]
    assert [order.number for order in then.context["missing"]] == numbers[3:53]
    assert refused.subject == numbers[3]
    assert len(few) == len(many)
    assert told == {numbers[0]}
    assert set(Order.objects.filter(invoiced=True).values_list("number", flat=True)) == set(numbers[:3])
    assert page.get(URL).context["missing"] == then.context["missing"]

"""Invoices: files that may be one, kept until they are attached, followed to the end of their import."""

import io
import zipfile
from datetime import timedelta

import pytest
from django.utils import timezone

from fulfilment import following, invoices
from fulfilment.models import Command, State
from fulfilment.verbs import invoice
from sandbox.invoices import File, upload
from tests import make
from tests.fulfilment.asking import effects, looked, sent

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\nan invoice"
UBL = b'<?xml version="1.0"?><Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"/>'


@pytest.fixture
def attach(place):
    order = place("SCID1", status="Shipped")

    def asked(content=PDF, form="f1"):
        file = invoices.checked("SCID1.pdf", content)
        return invoice.ask(order, file, by=make.user("support"), seen=order.version, form_token=form)

    return asked


@pytest.mark.parametrize("content", [PDF, UBL], ids=["PDF", "UBL"])
def test_an_invoice_is_followed_to_the_end_of_its_import(market, attach, content):
    command = attach(content)

    assert sent(command).state == State.TAKEN
    taken = looked(command)
    assert taken.state == State.TAKEN
    assert "imports it" in following.coming(taken, "", timezone.now()).words
    market.clock.advance(60)

    assert looked(command).state == State.CONFIRMED
    assert effects(market) == [("invoice", "SCID1")]


def test_an_upload_whose_answer_was_lost_is_found_by_its_name(market, attach):
    command = attach()
    market.faults = [{"fault": "500 after", "method": "POST"}]
    assert sent(command).state == State.UNKNOWN
    market.clock.advance(60)

    assert looked(command).state == State.CONFIRMED
    assert effects(market) == [("invoice", "SCID1")]


def test_one_whose_file_was_lost_says_so_and_is_not_tried_forever(market, attach):
    command = attach()
    (invoices._folder() / command.payload["sha256"]).unlink()

    assert sent(command).state == State.REFUSED

    assert command.judged is not None
    assert command.judged.words == "Its file is not kept here any more: choose it again."
    assert effects(market) == []


def test_the_one_before_is_not_taken_for_ours(market, attach):
    sent(attach())
    market.clock.advance(60)
    looked(Command.objects.get())
    second = attach(PDF + b" again", form="f2")
    market.faults = [{"fault": "500 before", "method": "POST"}]
    sent(second)

    assert looked(second).state == State.UNKNOWN


def test_an_older_one_is_not_sent_again_over_a_newer_one(market, attach):
    """While it was unclear, an invoice of another name was attached elsewhere: ours would replace it."""
    command = attach()
    market.faults = [{"fault": "500 before", "method": "POST"}]
    sent(command)
    upload(market, make.SELLER, [File("corrected.pdf", PDF)], "SCID1")
    market.clock.advance(60)

    assert looked(command).state == State.ATTENTION

    assert len(effects(market)) == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"MZ\x90", "neither"),
        (b"<html>Invoice</html>", "neither"),
        (b"%PDF-" + b"x" * 10_485_760, "10 MB"),
    ],
)
def test_a_file_that_cannot_be_an_invoice_is_told(content, words):
    with pytest.raises(invoices.Unfit, match=words):
        invoices.checked("a.pdf", content)


def test_an_archive_gives_its_files_and_a_bomb_only_what_fits():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("folder/SCID1.pdf", PDF)
        archive.writestr("../../SCID2.pdf", b"%PDF-" + b"\0" * 50_000_000)

    found = dict(invoices.unpacked("all.zip", packed.getvalue()))

    assert found["SCID1.pdf"] == PDF
    assert len(found["SCID2.pdf"]) == invoices.LARGEST + 1


def torn() -> bytes:
    """An archive whose packed content is damaged."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("SCID1.pdf", PDF * 400)
    whole = packed.getvalue()
    return whole[:39] + bytes(byte ^ 255 for byte in whole[39:51]) + whole[51:]


@pytest.mark.parametrize("content", [b"PK\x03\x04broken", b"PK\x03\x04", torn()])
def test_a_broken_archive_is_told(content):
    with pytest.raises(invoices.Unfit):
        list(invoices.unpacked("all.zip", content))


def test_a_file_is_forgotten_when_its_command_has_long_ended_well(attach, market, time_machine):
    now = timezone.now()
    command = attach()
    sent(command)
    market.clock.advance(60)
    looked(command)

    time_machine.move_to(now + timedelta(days=89))
    assert invoices.forget_old() == 0
    time_machine.move_to(now + timedelta(days=91))

    assert invoices.forget_old() == 1
    assert invoices.content(command.payload["sha256"]) is None


def test_a_file_that_another_process_is_writing_is_left_alone():
    file = invoices.checked("SCID1.pdf", PDF)
    digest = invoices.keep(file)
    path = invoices._folder() / digest
    path.unlink()
    half = path.with_suffix(".new")
    half.write_bytes(PDF[:3])

    assert invoices.keep(file) == digest

    assert (half.read_bytes(), invoices.content(digest)) == (PDF[:3], PDF)
    assert path.stat().st_mode & 0o777 == 0o600

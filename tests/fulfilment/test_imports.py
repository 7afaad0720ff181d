"""Tracking numbers from a file: read whatever it is, columns recognised, each row judged, sent once."""

import csv
import io
import re
import zipfile
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import Workbook

from fulfilment import warehouse
from fulfilment.batches import putting
from fulfilment.imports import checking, columns, files, rows, sheets, words
from fulfilment.imports.refusals import Unreadable
from fulfilment.models import Batch, Command, Import, State
from octopia.contract.vocabulary import Ability
from orders import lifecycle
from orders.models import Carrier, Order
from tests import make
from tests.backoffice.people import with_second_factor
from tests.fulfilment.asking import ship

pytestmark = pytest.mark.django_db
IMPORTS = "/imports/"


@pytest.fixture
def shop(account):
    for label in ("Colissimo", "DPD", "Chronopost"):
        Carrier.objects.create(account=account, label=label, code=label[:3])
    return account


def person(role="warehouse", *accounts):
    user = make.user(role, *accounts)
    client = Client()
    client.force_login(with_second_factor(user) if role in ("manager", "administrator") else user)
    return client, user


def bring(client, content, name="suivi.csv", **more):
    if isinstance(content, str):
        content = content.encode()
    return client.post(IMPORTS, {"file": SimpleUploadedFile(name, content), **more})


def text(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def number(turn: int) -> str:
    return f"6A{turn:011d}"


def sheet(orders) -> str:
    """A file of one row for each order, as a carrier writes it."""
    lines = [f"{order.number};{number(turn)};Colissimo" for turn, order in enumerate(orders)]
    return "\r\n".join(["Référence client;N° de suivi;Transporteur", *lines])


def workbook(*table, title="Suivi") -> bytes:
    book = Workbook()
    for row in table:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def verdicts(account, *given, carrier="", among=None):
    """The verdicts of rows (order, number, carrier, SKU), with what they are about."""
    file = [rows.Checked(line, *(*row, "", "", "")[:4]) for line, row in enumerate(given, 2)]
    return checking.check(account, among or [account], file, carrier)


def correct(account, ability, value):
    lifecycle.correct(account, "CDISFR", ability, value, by=make.user("administrator"), source="seen")


def words_of(result):
    return [row.verdict for row in result.rows]


# --- Reading ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("sign", [";", ",", "\t", "|"])
def test_a_file_is_read_in_every_usual_encoding_and_separator(encoding, sign):
    table = [("Référence", "N° de suivi", "Remarque"), ("SCID01", "6A1", f'"à {sign} côté"'), ("SCID02", "6A2", "été")]
    content = "\r\n".join(sign.join(row) for row in table).encode(encoding)

    found = sheets.read(content)

    assert found[0].cells == table[0]
    assert found[1].cells == ("SCID01", "6A1", f"à {sign} côté")
    assert [row.line for row in found] == [1, 2, 3]


def test_what_a_spreadsheet_adds_is_taken_away():
    found = sheets.read('sep=;\r\n="0012";\'0013;  6A 1\u00a0\r\n\r\n;;\r\n"a\nb";1;2'.encode())

    assert found[0] == sheets.Row(2, ("0012", "0013", "6A 1"))
    assert found[1] == sheets.Row(5, ("a\nb", "1", "2"))


def test_a_workbook_is_read_and_shows_which_numbers_it_lost():
    content = workbook(["Order", "Tracking"], ["SCID01", 1234567890123456789], [None, None], ["SCID02", 12345678.0])

    found = sheets.read(content)

    assert found[1].cells == ("SCID01", "1.23457E+18")
    assert found[2] == sheets.Row(4, ("SCID02", "12345678"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The file is empty"),
        (b"  \r\n\r\n", "The file is empty"),
        (b"x" * (sheets.LARGEST + 1), "larger than 5 MB"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 100, "old or a locked Excel file"),
        (b"PK\x03\x04broken", "cannot be opened"),
        ("Ordre;é\r\nSCID01;".encode("cp1252") + b"\x81\r\n", "Line 2 cannot be read: the sign 0x81"),
        (b"a;b\r\nc;\0d", "Line 2 cannot be read: the sign 0x00"),
        (b'a;b\r\nc;"d\r\ne;f', 'Line 2 cannot be read: a " is not closed'),
        (b"a;b\n" * 50_000, "more than 5,000 rows"),
    ],
)
def test_what_cannot_be_read_says_which_line_and_which_sign(content, said):
    with pytest.raises(Unreadable, match=re.escape(said)):
        sheets.read(content)


def zipped(**entries: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml").replace("_bin", ".bin"), content)
    return out.getvalue()


def torn(archive: bytes) -> bytes:
    """The same with its first entry's packed content damaged."""
    return archive[:45] + bytes(byte ^ 255 for byte in archive[45:57]) + archive[57:]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (lambda: zipped(xl__vbaProject_bin=b"x", xl__workbook_xml=b"x"), "holds macros"),
        (lambda: zipped(xl__workbook_xml=b"\0" * 50_000_000), "unpacks to more than 40 MB"),
        (lambda: zipped(word__document_xml=b"x"), "no Excel workbook"),
        (lambda: zipped(xl__workbook_xml=b"<!DOCTYPE lolz [<!ENTITY a 'b'>]><a/>"), "cannot be opened"),
        (lambda: zipped(xl__workbook_xml=b"<a/>"), "cannot be opened"),
        (lambda: torn(zipped(xl__workbook_xml=b"words " * 400)), "cannot be opened"),
    ],
)
def test_macros_bombs_and_other_archives_are_refused(content, said):
    with pytest.raises(Unreadable, match=said):
        sheets.read(content())


def test_a_row_far_down_does_not_fill_the_memory():
    book = Workbook()
    book.active.cell(1, 1, "a")
    book.active.cell(1_048_576, 16_384, "z")
    out = io.BytesIO()
    book.save(out)

    with pytest.raises(Unreadable, match="longer than 20,000 rows"):
        sheets.read(out.getvalue())


# --- Columns ----------------------------------------------------------------------------------------------------------


def test_columns_are_told_by_their_heads_below_a_preamble(shop):
    table = sheets.read("Export;du 26/11;\nTransporteur;Numéro de colis;Référence client\nDPD;x;y".encode())

    found = columns.recognised(table, shop)

    assert (found.order, found.number, found.carrier, found.first, found.sure) == (2, 1, 0, 2, True)


def test_columns_without_a_head_are_told_by_what_stands_in_them(shop):
    order = make.order(of=shop)
    table = sheets.read(f"Le Goff,{number(1)},{order.number}".encode())

    found = columns.recognised(table, shop)

    assert (found.order, found.number, found.first, found.sure) == (2, 1, 0, True)


def test_columns_that_tell_nothing_are_asked_for(shop):
    assert not columns.recognised(sheets.read(b"a;b;c\n1;2;3"), shop).sure


def test_the_columns_of_a_file_that_was_sent_are_remembered(shop):
    client, _user = person()
    orders = [make.order(of=shop) for _ in range(2)]
    first = bring(client, f"un;deux\n{number(1)};{orders[0].number.lower()}-X", "a.csv")
    imported = Import.objects.get()
    assert first.headers["Location"] == f"/imports/{imported.pk}/columns/"

    content = f"un;deux\n{number(1)};{orders[0].number}"
    bring(client, content, "b.csv")
    imported = Import.objects.latest("pk")
    client.post(f"/imports/{imported.pk}/columns/", {"order": "1", "number": "0", "carrier_name": "Colissimo"})
    client.post(f"/imports/{imported.pk}/sending/")
    again = bring(client, f"un;deux\n0998{number(2)};{orders[1].number}", "c.csv")

    third = Import.objects.latest("pk")
    assert again.headers["Location"] == f"/imports/{third.pk}/"
    assert third.columns["carrier_name"] == "Colissimo"


# --- Verdicts ---------------------------------------------------------------------------------------------------------


def test_each_row_has_its_verdict(shop):
    other = make.account(seller_id="999", name="Second")
    foreign = make.order(of=other, seller="999")
    fine, waiting, refused = make.order(of=shop), make.order(of=shop), make.order(of=shop, status="Cancelled")
    theirs = make.order(of=shop, lines=(make.line(supply_mode="Fulfillment"),))
    busy, asked = make.order(of=shop), make.order(of=shop)
    ship(busy, [{"number": number(80), "carrier": "Colissimo", "url": "", "lines": ["QK01"]}])
    ship(asked, [{"number": number(90), "carrier": "Colissimo", "url": "", "lines": ["QK01"]}])

    result = verdicts(
        shop,
        (fine.number, number(1)),
        (waiting.number, "1,23E+12"),
        (refused.number, number(3)),
        (theirs.number, number(4)),
        (busy.number, number(5)),
        (asked.number, number(90)),
        ("SCID0000000404", number(6)),
        (foreign.number, number(7)),
        ("", number(8)),
        (waiting.number, ""),
        (waiting.number, "ABC", "Somebody"),
        (waiting.number, "<script>"),
        ("2,53E+10", number(9)),
        (waiting.number, "12345678901234500000"),
        carrier="",
        among=[shop, other],
    )

    assert words_of(result) == [
        words.SENDABLE, words.DAMAGED, words.RULE, words.NOT_OURS, words.BUSY, words.ASKED, words.UNKNOWN,
        words.FOREIGN, words.NO_ORDER, words.NO_NUMBER, words.NO_CARRIER, words.LONG, words.DAMAGED, words.DAMAGED,
    ]  # fmt: skip
    assert all(
        words.sentence(row)
        for row in result.rows
        if row.verdict not in (words.SENDABLE, words.NO_ORDER, words.NO_NUMBER)
    )
    assert result.rows[7].about == "Second"
    assert [item.number for item in result.items] == [fine.number]
    assert result.items[0].payload["parcels"] == [
        {
            "number": number(1),
            "carrier": "Colissimo",
            "url": f"https://www.laposte.fr/outils/suivre-vos-envois?code={number(1)}",
            "lines": ["QK01"],
        }
    ]


def test_what_is_shipped_already_is_told_apart_by_its_number(shop):
    order = make.order(of=shop, status="Shipped")
    order.parcels.create(account=shop, number=number(1), carrier="Colissimo", lines=["QK01"])

    result = verdicts(shop, (order.number, number(1)), (order.number, number(2)))

    assert words_of(result) == [words.SAME, words.OTHER]
    assert number(1) in words.sentence(result.rows[1])


def test_an_order_that_is_kept_back_is_told_and_not_sent(shop):
    order = make.order(of=shop)
    warehouse.hold(order, make.user("warehouse", shop), reason="?", until=timezone.now() + timedelta(hours=3))

    result = verdicts(shop, (order.number, number(1)))

    assert (words_of(result), result.items) == ([words.KEPT], [])


def test_a_number_of_several_orders_counts_for_none_and_a_row_again_counts_once(shop):
    one, two, three = (make.order(of=shop) for _ in range(3))
    ship(make.order(of=shop), [{"number": number(7), "carrier": "Colissimo", "url": "", "lines": ["QK01"]}])

    result = verdicts(
        shop,
        (one.number, number(1)),
        (two.number, number(1)),
        (three.number, number(3)),
        (three.number, number(3)),
        (make.order(of=shop).number, number(7)),
    )

    assert words_of(result) == [words.TWICE, words.TWICE, words.SENDABLE, words.REPEATED, words.USED]
    assert two.number in words.sentence(result.rows[0])


def test_rows_of_one_order_become_one_shipment_or_are_too_many_parcels(shop):
    lines = (make.line("QK01", sku="A"), make.line("QK02", sku="B"))
    one = make.order(of=shop, lines=lines)
    correct(shop, Ability.SEVERAL_PARCELS, False)

    refused = verdicts(shop, (one.number, number(1)), (one.number, number(2)))
    correct(shop, Ability.SEVERAL_PARCELS, True)
    correct(shop, Ability.LINE_IN_PARCELS, False)
    unclear = verdicts(shop, (one.number, number(1)), (one.number, number(2)))
    told = verdicts(shop, (one.number, number(1), "", "a"), (one.number, number(2), "", "B"))
    partner = verdicts(shop, (one.number, number(1), "", "A"), (one.number, "1E+12", "", "B"))
    strange = verdicts(shop, (one.number, number(1), "", "C"))

    assert words_of(refused) == [words.TOO_MANY] * 2
    assert words_of(unclear) == [words.WHICH] * 2
    assert [parcel["lines"] for parcel in told.items[0].payload["parcels"]] == [["QK01"], ["QK02"]]
    assert words_of(partner) == [words.PARTNER, words.DAMAGED]
    assert words_of(strange) == [words.SKU]
    assert not refused.items + unclear.items + partner.items + strange.items


def test_what_looks_wrong_is_looked_at_first(shop):
    orders = [make.order(of=shop) for _ in range(3)]

    result = verdicts(
        shop,
        (orders[0].number, "123", "Colissimo"),
        (orders[1].number, "1234567890123450", "DPD"),
        (orders[2].channel_number, "6a 1234 5678901"),
    )

    assert words_of(result) == [words.LOOK, words.LOOK, words.SENDABLE]
    assert "look different" in words.sentence(result.rows[0])
    assert "rounded" in words.sentence(result.rows[1])
    assert result.rows[2].number == "6A12345678901"


def test_a_file_is_judged_in_as_many_queries_as_a_row(shop):
    def counted(many):
        orders = [make.order(of=shop) for _ in range(many)]
        ship(orders[0])
        with CaptureQueriesContext(connection) as queries:
            verdicts(shop, *((order.number, number(turn)) for turn, order in enumerate(orders)))
        return len(queries)

    assert counted(2) == counted(20) <= 14


def test_more_orders_than_a_batch_may_hold_are_for_another_file(shop, monkeypatch):
    monkeypatch.setattr(checking, "MOST_AT_ONCE", 2)
    orders = [make.order(of=shop) for _ in range(3)]

    assert words_of(verdicts(shop, *((order.number, number(turn)) for turn, order in enumerate(orders)))) == [
        words.SENDABLE, words.SENDABLE, words.BEYOND,
    ]  # fmt: skip


# --- The steps --------------------------------------------------------------------------------------------------------


def test_a_file_is_brought_checked_and_sent_as_one_batch(shop):
    client, user = person()
    orders = [make.order(of=shop) for _ in range(3)]
    answer = bring(client, sheet(orders) + "\r\nSCID0000000404;" + number(9) + ";Colissimo")
    imported = Import.objects.get()
    assert answer.headers["Location"] == f"/imports/{imported.pk}/"

    shown = text(client.get(f"/imports/{imported.pk}/"))
    assert "4 rows: 3 can be sent · 1 unknown order" in shown
    assert "Ship 3 orders" in shown
    assert not Command.objects.exists()

    sent = client.post(f"/imports/{imported.pk}/sending/")
    batch = Batch.objects.get()
    assert sent.headers["Location"] == f"/outbox/batches/{batch.pk}/"
    assert (batch.state, batch.author, batch.items.count()) == (Batch.State.RUNNING, user, 3)
    putting.advance(str(batch.pk))
    asked = {command.subject: command.payload["parcels"][0]["number"] for command in Command.objects.all()}
    assert asked == {order.number: number(turn) for turn, order in enumerate(orders)}
    assert "Back to the file" in text(client.get(sent.headers["Location"]))
    assert "It was sent" in text(client.get(f"/imports/{imported.pk}/"))
    assert "suivi.csv" in text(client.get(IMPORTS))


def test_the_same_file_again_changes_nothing_and_says_so(shop):
    client, _user = person()
    content = sheet([make.order(of=shop)])
    bring(client, content)
    first = Import.objects.get()
    assert bring(client, content).headers["Location"] == f"/imports/{first.pk}/"  # resumed
    client.post(f"/imports/{first.pk}/sending/")

    for name in ("suivi.csv", "other name.csv"):
        answer = bring(client, content, name)
        assert answer.headers["Location"] == f"/imports/{first.pk}/"
        assert "This file was sent before" in text(client.get(answer.headers["Location"]))
    client.post(f"/imports/{first.pk}/sending/")
    assert (Import.objects.count(), Batch.objects.count()) == (1, 1)


def test_two_people_with_one_file_send_it_once(shop):
    content = sheet([make.order(of=shop)])
    one, two = person()[0], person()[0]
    bring(one, content)
    bring(two, content)
    mine, theirs = Import.objects.order_by("pk")

    one.post(f"/imports/{mine.pk}/sending/")
    answer = two.post(f"/imports/{theirs.pk}/sending/")

    assert answer.headers["Location"] == f"/imports/{mine.pk}/"
    assert Batch.objects.count() == 1
    assert one.get(f"/imports/{theirs.pk}/").status_code == 404


def test_orders_that_change_after_the_check_are_looked_at_again(shop):
    client, _user = person()
    orders = [make.order(of=shop) for _ in range(2)]
    bring(client, sheet(orders))
    imported = Import.objects.get()
    Order.objects.filter(pk=orders[0].pk).update(status="Cancelled")

    answer = client.post(f"/imports/{imported.pk}/sending/")

    assert answer.headers["Location"] == f"/imports/{imported.pk}/"
    assert "changed since this was checked" in text(client.get(answer.headers["Location"]))
    assert not Batch.objects.exists()
    client.post(f"/imports/{imported.pk}/sending/")
    assert Batch.objects.get().items.get().order == orders[1]


def test_what_is_doubtful_is_sent_only_when_it_is_asked_for(shop):
    client, _user = person()
    one, two = make.order(of=shop), make.order(of=shop)
    bring(client, f"Order;Tracking;Carrier\n{one.number};{number(1)};Colissimo\n{two.number};123;Colissimo")
    imported = Import.objects.get()
    assert "Ship all 2 orders, doubtful ones too" in text(client.get(f"/imports/{imported.pk}/"))

    client.post(f"/imports/{imported.pk}/sending/")

    assert [item.order for item in Batch.objects.get().items.all()] == [one]


def test_a_refused_file_says_why_and_nothing_is_kept(shop):
    client, _user = person()

    for name, content, said in [
        ("suivi.xlsm", b"PK\x03\x04", "holds macros"),
        ("suivi.csv", b"x" * (sheets.LARGEST + 1), "larger than 5 MB"),
        ("suivi.csv", b"a;\0", "cannot be read"),
    ]:
        answer = bring(client, content, name)
        assert answer.status_code == 422
        assert said in text(answer)
        assert name in text(answer)
    assert client.post(IMPORTS).status_code == 422
    assert not Import.objects.exists()


def test_a_file_of_another_shop_is_called_so(shop):
    client, _user = person()
    bring(client, f"Order;Tracking\nSCID0000000404;{number(1)}")

    shown = text(client.get(f"/imports/{Import.objects.get().pk}/"))

    assert "Is it a file of another shop?" in shown
    assert "None of the rows can be sent" in shown


def test_the_rows_are_downloaded_without_anything_that_a_spreadsheet_runs(shop):
    client, _user = person()
    bring(client, f"Order;Tracking;Carrier\n=1+1;{number(1)};@x")

    answer = client.get(f"/imports/{Import.objects.get().pk}/rows/")
    table = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))

    assert table[1][:4] == ["2", "'=1+1", number(1), "Colissimo"]
    assert table[1][5] == "unknown order"
    assert "attachment" in answer.headers["Content-Disposition"]


def test_the_file_is_its_authors_for_a_day(shop):
    client, _user = person()
    content = sheet([make.order(of=shop)])
    bring(client, content)
    imported = Import.objects.get()
    client.post(f"/imports/{imported.pk}/sending/")

    assert client.get(f"/imports/{imported.pk}/file/").content.decode() == content
    assert person()[0].get(f"/imports/{imported.pk}/file/").status_code == 404
    Import.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert client.get(f"/imports/{imported.pk}/file/").status_code == 404


def test_old_files_are_deleted_and_what_nobody_sent_is_thrown_away(shop, settings):
    import os

    client, _user = person()
    bring(client, sheet([make.order(of=shop)]))
    imported = Import.objects.get()
    assert files.forget_old() == 0
    Import.objects.update(created_at=timezone.now() - timedelta(hours=25))
    os.utime(settings.DATA_DIR / "imports" / imported.digest, (0, 0))

    assert files.forget_old() == 1
    imported.refresh_from_db()
    assert (imported.state, imported.rows) == ("discarded", [])
    assert client.get(f"/imports/{imported.pk}/").status_code == 404


def test_another_accounts_file_does_not_exist(shop):
    client, _user = person()
    bring(client, sheet([make.order(of=shop)]))
    imported = Import.objects.get()
    client.post(f"/imports/{imported.pk}/sending/")
    stranger = person("warehouse", make.account(seller_id="999"))[0]

    for part in ("", "columns/", "rows/", "file/"):
        assert stranger.get(f"/imports/{imported.pk}/{part}").status_code == 404
    assert stranger.post(f"/imports/{imported.pk}/sending/").status_code == 404
    assert "suivi.csv" not in text(stranger.get(IMPORTS))
    assert State.READY not in text(stranger.get(IMPORTS))


def test_a_page_that_showed_another_carrier_sends_nothing(shop):
    client, _user = person()
    order = make.order(of=shop)
    bring(client, f"commande;suivi\n{order.number};1234567890123456", "a.csv")
    imported = Import.objects.get()
    columns_url, here = f"/imports/{imported.pk}/columns/", f"/imports/{imported.pk}/"
    client.post(columns_url, {"order": "0", "number": "1", "carrier_name": "DPD"})
    shown = re.search(r'name="seen" value="(\w+)"', client.get(here).content.decode())
    client.post(columns_url, {"order": "0", "number": "1", "carrier_name": "Chronopost"})

    answer = client.post(f"{here}sending/", {"look": "1", "seen": shown[1] if shown else ""}, follow=True)

    assert "nothing was sent" in text(answer)
    assert not Batch.objects.exists()

"""The orders list as a file: the rows of the list, safe in a spreadsheet, for its author alone and for a day."""

import csv
import io
import shutil
import subprocess
import tracemalloc
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from backoffice import access, exports, sheets, stopping
from backoffice.models import AccessLog, Export, User
from backoffice.people import users
from backoffice.roles import Role
from orders.models import Order
from tests import make
from tests.orders.pages import numbers, signed_in, text

pytestmark = pytest.mark.django_db
LOG = "/settings/logs/?show=exports"
EVIL = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\0=1", "a,b", 'say "yes"', "two\nlines", "é 日本")


@pytest.fixture(autouse=True)
def data(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    return tmp_path / "exports"


@pytest.fixture
def shop():
    account = make.account()
    make.order("DUE", lines=(make.line(), make.line("B2", quantity=3, title="Abat-jour")))
    make.order("CONF", channel="CONFFR", channel_name="Conforama")
    make.order("GONE", status="Delivered", lines=(make.line(status="Delivered"),))
    return account


def ask(client, query="", **wishes):
    """What a person asks for, then what the job makes of it."""
    answer = client.post(reverse("orders:export"), {"list": query, "per": "order", "kind": "csv", **wishes})
    exports.write_due()
    return answer


def content(client, export=None) -> bytes:
    export = export or Export.objects.latest("pk")
    answer = client.get(reverse("export-file", args=[export.pk]))
    assert answer.status_code == 200, export.state
    return b"".join(answer.streaming_content)


def rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize(
    "query",
    [
        "", "?view=to-ship", "?channel=CONFFR", "?status=Delivered", "?q=Lampadaire", "?view=to-ship&sort=-deadline",
        "?sort=placed", "?min=1000", "?mode=Seller&deadline=today", "?customer=DUE",
    ],
)  # fmt: skip
def test_the_file_holds_the_rows_of_the_list_in_its_order(shop, query):
    client = signed_in("support", shop)

    assert ask(client, query)["Location"] == reverse("exports")

    table = rows(content(client))
    assert [row[0] for row in table[1:]] == numbers(client.get(f"/orders/{query}"))
    assert Export.objects.get().rows == len(table) - 1


def test_a_pasted_list_is_exported_too(shop):
    client = signed_in("support", shop)
    address = client.post("/orders/", {"numbers": "DUE GONE 12345"})["Location"]

    ask(client, address.partition("?")[2])

    assert sorted(row[0] for row in rows(content(client))[1:]) == ["DUE", "GONE"]


def test_what_was_searched_for_outlives_no_file(shop):
    client = signed_in("support", shop)

    form = client.get(reverse("orders:export"), {"list": "?view=to-ship&q=Le+Goff"})
    ask(client, "?view=to-ship&q=Le+Goff")
    exports.forget(timezone.now() + timedelta(hours=25))

    assert "Search: Le Goff" in text(form)
    assert Export.objects.get().title == "Orders · To ship · Search"
    assert "Goff" not in str(Export.objects.values().get())
    assert "Goff" not in text(client.get(reverse("exports"))) + text(signed_in("administrator").get(LOG))


def test_only_the_orders_that_were_ticked_are_in_the_file_that_the_bar_leads_to(shop):
    other = make.order("FOREIGN", of=make.account(slug="other", seller_id="9"))
    client = signed_in("support", shop)
    boxes = [f"{order.pk}.{order.version}" for order in (*Order.objects.filter(number__in=["CONF", "DUE"]), other)]

    form = client.post(reverse("orders:export"), {"verb": "export", "order": boxes, "view": "?sort=placed"})
    assert form.status_code == 200
    assert "These orders: 2 orders that were ticked" in text(form)
    ask(client, "?sort=placed", order=boxes)
    ticked = rows(content(client))
    client.post(reverse("orders:export"), {"all": "1", "order": boxes, "view": "?view=to-ship"})
    ask(client, "?view=to-ship")

    assert [row[0] for row in ticked[1:]] == ["DUE", "CONF"]
    assert {row[0] for row in rows(content(client))[1:]} == {"DUE", "CONF"}


def test_more_rows_than_a_step_are_all_there_by_line_too(shop, monkeypatch):
    monkeypatch.setattr("orders.exporting.STEP", 2)
    other = make.account(slug="second", seller_id="9")
    make.order("ELSEWHERE", of=other)
    client = signed_in("support", shop, other)

    ask(client, per="line")

    table = rows(content(client))
    assert [(row[0], row[1]) for row in table if row[0] == "DUE"] == [("DUE", make.line().code), ("DUE", "B2")]
    assert {row[0] for row in table[1:]} == {"DUE", "CONF", "GONE", "ELSEWHERE"}
    export = Export.objects.get()
    assert len(table) - 1 == export.rows == export.total == 5  # its progress is told by line, too


@pytest.fixture
def source(monkeypatch):
    """A source of five rows, whose process is asked to end after the second page; from which places it was asked."""
    asked: list[str] = []

    def pages(place):
        asked.append(place)
        for number in range(int(place or 0), 5):
            if number == 2 and not place:
                stopping.ask()
            if number == 4:
                for export in Export.objects.filter(title="Not wanted"):
                    exports.stop(export)
            yield exports.Page([["SCID", number, Decimal("4.50"), None]], str(number + 1))

    table = exports.Table(["Order", "Number", "Amount", "Nothing"], pages, 5)
    monkeypatch.setitem(exports.SOURCES, "numbers", lambda export: table)
    yield asked
    stopping.forget()


def in_turns(user: User, title: str = "Numbers") -> Export:
    """An export of that source after its first turn."""
    export = exports.ask(user, "numbers", title, {}, kind="csv", mark=False, reason="")
    exports.write_due()
    stopping.forget()
    export.refresh_from_db()
    return export


def test_what_one_turn_gathered_the_next_goes_on_from(source, data):
    export = in_turns(make.user("manager"))
    with (data / export.file).open("ab") as died:
        died.write(b'["half a ro')  # of a page that was not noted any more

    assert (export.state, export.rows, export.total) == ("running", 2, 5)
    exports.write_due()

    export.refresh_from_db()
    assert (export.state, export.rows, source) == ("done", 5, ["", "2"])
    assert rows((data / export.file).read_bytes())[1:] == [["SCID", str(number), "4.50", ""] for number in range(5)]
    assert [path.name for path in data.iterdir()] == [export.file]


def test_one_that_is_not_wanted_any_more_is_stopped_by_its_author_alone(source, data):
    user, client = make.user("support"), Client()
    client.force_login(user)
    export = in_turns(user)
    url = reverse("export-stop", args=[export.pk])

    assert signed_in("manager").post(url).status_code == 404
    assert "Stop Numbers" in client.get(reverse("exports")).content.decode()
    assert client.post(url)["Location"] == reverse("exports")
    exports.write_due()

    export.refresh_from_db()
    assert (export.state, export.wishes, list(data.iterdir())) == ("ended", {}, [])
    assert "Stop" not in text(client.get(reverse("exports"))).partition("Numbers")[2].partition("Help")[0]
    assert source == [""]

    late = in_turns(user, "Not wanted")  # stopped while its last page is being written
    exports.write_due()
    late.refresh_from_db()
    assert (late.state, late.rows, list(data.iterdir())) == ("ended", 4, [])


def test_what_was_gathered_is_gathered_anew_for_whoever_may_see_less_or_where_it_is_gone(source, data):
    user = make.user("manager")
    export = in_turns(user)
    exports.end_of(user)
    assert not list(data.iterdir())

    exports.write_due()
    stopping.forget()
    export.refresh_from_db()
    (data / export.file).unlink()
    exports.write_due()
    stopping.forget()

    export.refresh_from_db()
    assert (export.rows, source) == (2, ["", "", ""])


def test_what_a_workbook_cannot_hold_is_said_before_and_in_its_place_and_never_cut(shop, monkeypatch):
    monkeypatch.setattr(sheets, "MOST", 2)
    client = signed_in("support", shop)
    said = "rows, and a workbook holds at most 2. Choose text (CSV), or narrow the list."

    refused = ask(client, kind="xlsx")
    by_line = ask(client, "?status=InPreparation", kind="xlsx", per="line")
    as_text = ask(client)
    ask(client, "?view=to-ship", kind="xlsx")
    make.order("MORE")
    make.order("EVEN")
    Export.objects.filter(kind="xlsx").update(state="waiting", file="", place="", created_at=timezone.now())
    exports.write_due()

    assert (refused.status_code, by_line.status_code, as_text.status_code) == (422, 422, 302)
    assert f"These are 3 {said}" in text(refused)
    assert len(rows(content(client, Export.objects.get(kind="csv")))) == 4
    late = Export.objects.get(kind="xlsx")
    assert (late.state, late.file) == ("failed", "")
    assert f"Could not be written These are 4 {said}" in text(client.get(reverse("exports")))


def test_columns_follow_the_role_and_the_customer_is_left_out(shop):
    client = signed_in("support", shop)

    ask(client)

    assert rows(content(client))[0] == [
        "Order", "Ship by", "Shipped", "Products", "Items", "State", "Total", "Currency", "Placed",
    ]  # fmt: skip
    assert b"Le Goff" not in content(client)


def test_personal_data_needs_the_right_a_reason_and_a_fresh_login(shop):
    support, manager = signed_in("support", shop), signed_in("manager", shop)

    ask(support, personal="on", reason="I would like to")
    assert b"Le Goff" not in content(support)
    assert "Say what the personal data is needed for." in text(ask(manager, personal="on"))
    with time_machine.travel(timezone.now() + timedelta(minutes=11), tick=True):
        stale = ask(manager, personal="on", reason="Recall of a lamp")
        assert stale["Location"].startswith(reverse("account_reauthenticate"))
    ask(manager, personal="on", reason="Recall of a lamp")

    export = Export.objects.latest("pk")
    assert b"Le Goff" in content(manager, export)
    assert (export.personal, export.reason) == (True, "Recall of a lamp")


def test_it_is_there_for_its_author_alone_and_for_a_day(shop, data):
    author, stranger = signed_in("support", shop), signed_in("administrator")
    ask(author)
    export = Export.objects.get()
    url = reverse("export-file", args=[export.pk])

    assert stranger.get(url).status_code == 404
    assert str(export) not in text(stranger.get(reverse("exports")))
    assert signed_in("warehouse", shop).get(url).status_code == 403
    content(author)
    export.refresh_from_db()
    assert export.downloads == 1
    with time_machine.travel(timezone.now() + timedelta(hours=25), tick=True):
        assert exports.forget(timezone.now()) == 1
    assert author.get(url).status_code == 404
    assert list(data.iterdir()) == []
    export.refresh_from_db()
    assert (export.state, export.wishes) == ("ended", {})
    exports.forget(timezone.now() + timedelta(days=731))
    assert not Export.objects.exists()


@pytest.mark.parametrize("fewer", ["role", "accounts"])
def test_a_file_ends_when_its_author_may_see_less(shop, fewer):
    author = signed_in("manager", shop)
    ask(author)
    person = User.objects.get(username=Export.objects.get().username)
    other = make.account(slug="second", seller_id="9")

    less = {"role": Role.SUPPORT} if fewer == "role" else {"accounts": [other]}
    users.change(person, make.user("administrator"), **less)

    again = Client()
    again.force_login(person)
    assert again.get(reverse("export-file", args=[Export.objects.get().pk])).status_code == 404


def test_the_file_is_named_after_the_day_of_the_shop(shop):
    with time_machine.travel(datetime(2026, 11, 26, 23, 30, tzinfo=UTC), tick=True):  # 00:30 in Paris
        client = signed_in("support", shop)
        ask(client)
        export = Export.objects.get()

        answer = client.get(reverse("export-file", args=[export.pk]))
        answer.close()

    assert f'filename="orders-2026-11-27-{export.pk}.csv"' in answer["Content-Disposition"]


def test_another_account_is_not_in_the_file(shop):
    make.order("SECRET", of=make.account(slug="second", seller_id="9"))
    client = signed_in("support", shop)

    ask(client)

    assert "SECRET" not in [row[0] for row in rows(content(client))]


def test_nobody_who_was_shut_out_meanwhile_gets_a_file(shop):
    client = signed_in("support", shop)
    client.post(reverse("orders:export"), {"list": "", "per": "order", "kind": "csv"})
    shop.users.update(is_active=False)

    exports.write_due()

    assert Export.objects.get().rows == 0


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_spreadsheet_takes_nothing_for_a_formula(tmp_path, kind):
    path = tmp_path / f"table.{kind}"
    out = sheets.writer(path, kind)
    for word in EVIL:
        out.row([word, Decimal("-4.50"), 3, None])
    out.close()

    if kind == "csv":
        raw = path.read_bytes()
        assert raw.startswith(b"\xef\xbb\xbf")
        assert b"\0" not in raw
        cells = [row[0] for row in rows(raw)]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
        assert cells[:2] == ["'=1+1", "'+1"]
        assert cells[-4:] == list(EVIL[-4:])
        return
    sheet = load_workbook(path).active
    assert {cell.data_type for (cell,) in sheet.iter_rows(max_col=1)} == {"s"}
    assert sheet["A1"].value == "=1+1"
    assert (sheet["B1"].value, sheet["C1"].value, sheet["D1"].value) == (-4.5, 3, None)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_amounts_have_two_decimals_and_lose_none_that_the_marketplace_gave(tmp_path, kind):
    path = tmp_path / f"table.{kind}"
    out = sheets.writer(path, kind)
    out.row([Decimal(told) for told in ("129.8000", "1200", "-4.5000", "0.0001", "12.3450")] + [3])
    out.close()

    if kind == "csv":
        assert rows(path.read_bytes()) == [["129.80", "1200.00", "-4.50", "0.0001", "12.345", "3"]]
        return
    cells = load_workbook(path).active[1]
    assert [cell.value for cell in cells] == [129.8, 1200, -4.5, 0.0001, 12.345, 3]
    assert {cell.number_format for cell in cells[:-1]} == {"#,##0.00##"}
    assert cells[-1].number_format == "General"


def test_the_totals_of_the_file_are_written_as_on_the_page(shop):
    client = signed_in("manager", shop)
    page = text(client.get("/orders/"))

    ask(client, "?columns=total")

    head, *table = rows(content(client))
    totals = [row[head.index("Total")] for row in table]
    assert all(f"€{total}" in page for total in totals)


@pytest.mark.everything
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_libreoffice_finds_no_formula(tmp_path, kind):
    """Where it is to be had; elsewhere that is said."""
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("soffice is missing")
    out = sheets.writer(tmp_path / f"table.{kind}", kind)
    for word in (*EVIL, '=HYPERLINK("http://evil")', "=cmd|' /C calc'!A0"):
        out.row([word, Decimal("-4.50"), 3])
    out.close()

    subprocess.run(
        [
            office, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless",
            *(["--infilter=CSV:44,34,76,1"] if kind == "csv" else []),
            "--convert-to", "fods", "--outdir", str(tmp_path), str(tmp_path / f"table.{kind}"),
        ],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip

    opened = (tmp_path / "table.fods").read_text()
    assert "1+1" in opened
    assert "table:formula" not in opened


@pytest.mark.parametrize("word", ["a;=1+1", 'a; "=1+1', "a\n@SUM(A1);+1", "a, b;\t-1", 'say "yes";=1+1'])
def test_a_spreadsheet_that_parts_cells_at_semicolons_takes_nothing_for_a_formula_either(tmp_path, word):
    path = tmp_path / "table.csv"
    out = sheets.writer(path, "csv", mark=False)
    out.row(["SCID1", word, "b"])
    out.close()

    read = [cell for line in path.read_text().splitlines() for cell in line.split(";")]

    assert not [cell for cell in read if cell.lstrip(' \t"').startswith(("=", "+", "-", "@"))]


def test_a_csv_without_its_mark(tmp_path):
    out = sheets.writer(tmp_path / "plain.csv", "csv", mark=False)
    out.row(["é"])
    out.close()

    assert (tmp_path / "plain.csv").read_bytes() == "é\r\n".encode()


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_memory_does_not_grow_with_the_rows(tmp_path, kind):
    def peak(count):
        tracemalloc.start()
        out = sheets.writer(tmp_path / f"{count}.{kind}", kind)
        for number in range(count):
            out.row([f"SCID{number:012}", "Lampadaire arqué en métal", number, Decimal("55.80")])
        out.close()
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(10)

    assert peak(20_000) < peak(2_000) + 500_000


def test_a_file_begun_by_a_process_that_died_is_begun_again_three_times_in_all(shop):
    client = signed_in("support", shop)
    client.post(reverse("orders:export"), {"list": "", "per": "order", "kind": "xlsx"})
    Export.objects.update(state="running", attempts=1)

    exports.write_due()

    assert Export.objects.get().state == "done"
    Export.objects.update(state="running", attempts=3)
    exports.write_due()
    assert Export.objects.get().state == "failed"
    assert "Could not be written" in text(client.get(reverse("exports")))


def test_a_list_hostile_in_its_texts_comes_out_as_text(shop):
    Order.objects.filter(number="DUE").update(first_title='=HYPERLINK("http://evil")')
    client = signed_in("support", shop)

    ask(client)

    table = rows(content(client))
    assert [row[3] for row in table if row[0] == "DUE"] == ['\'=HYPERLINK("http://evil")']


def test_what_somebody_looked_at_is_forgotten_after_twelve_months():
    now = timezone.now()
    for days in (1, 364, 366, 900):
        AccessLog.objects.create(at=now - timedelta(days=days), username="solene", subject="S", view="orders:detail")

    assert access.forget(now) == 2
    assert AccessLog.objects.count() == 2

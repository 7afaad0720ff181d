"""The product table: edited in place, read from a file with a verdict per row, pictures that can do no harm."""

import re
import struct
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backoffice.models import SellerAccount, User
from fulfilment import keeping
from fulfilment.models import Product
from fulfilment.warehouse import pictures, products
from tests import make

pytestmark = pytest.mark.django_db


def browser(*accounts: SellerAccount, role: str = "warehouse") -> tuple[Client, User]:
    client, user = Client(), make.user(role, *accounts)
    client.force_login(user)
    return client, user


def png() -> bytes:
    """The smallest whole one: a single grey point."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0\x80")) + chunk(b"IEND", b"")


def upload(content: bytes, name: str = "photo.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def take(content: bytes, account: SellerAccount) -> list[tuple[int, str, str]]:
    read = products.take(content, account, make.user("warehouse"))
    return [(verdict.line, verdict.sku, verdict.tone) for verdict in read.verdicts]


def test_a_product_is_added_and_edited_in_place(account):
    client, user = browser()

    client.post(
        "/warehouse/products/new/", {"account": account.slug, "sku": "LAMP", "location": "A3", "weight": "2400"}
    )
    row = Product.objects.get()
    client.post(f"/warehouse/products/{row.pk}/", {"eans": "3760000000017 40170725", "location": "B1", "weight": ""})

    row.refresh_from_db()
    assert (row.sku, row.location, row.weight, row.eans) == ("LAMP", "B1", None, ["3760000000017", "40170725"])
    assert row.changed_by_name == str(user)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("eans", "1,23E+12", "“1,23E+12” is no EAN"),
        ("weight", "2,4 kg", "is no weight"),
        ("weight", "9999999", "is no weight"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field_and_nothing_is_lost(account, field, value, words):
    client, _user = browser()

    page = client.post("/warehouse/products/new/", {"account": account.slug, "sku": "LAMP", field: value})

    assert page.status_code == 422
    assert words in page.content.decode()
    assert value in page.content.decode()
    assert not Product.objects.exists()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_file_is_read_in_the_encodings_of_spreadsheets(account, encoding):
    content = "Référence;Code-barres;Emplacement;Poids (g);Consigne\r\nLAMPE-É;3760000000017;A3;2400;Étiquette à plat"

    verdicts = take(content.encode(encoding), account)

    assert verdicts == [(2, "LAMPE-É", "ok")]
    row = Product.objects.get()
    assert (row.eans, row.location, row.weight) == (["3760000000017"], "A3", 2400)
    assert row.instruction == "Étiquette à plat"


def test_every_row_has_its_verdict_and_the_right_ones_are_stored(account):
    Product.objects.create(account=account, sku="OLD", location="A1", instruction="kept")
    content = b"sku,ean,location\nOLD,,A1\nLAMP,1.23E+12,A2\nHOSE,,A3\nHOSE,,A4\n,,A5\nOLD2,,\n"

    verdicts = take(content, account)

    assert verdicts == [
        (2, "OLD", "info"),
        (3, "LAMP", "danger"),
        (4, "HOSE", "ok"),
        (5, "HOSE", "danger"),
        (6, "", "danger"),
        (7, "OLD2", "ok"),
    ]
    assert dict(Product.objects.values_list("sku", "location")) == {"OLD": "A1", "HOSE": "A3", "OLD2": ""}
    assert Product.objects.get(sku="OLD").instruction == "kept"


def test_the_same_file_again_changes_nothing(account):
    content = b"sku;location\nLAMP;A3\n"
    take(content, account)
    before = Product.objects.get().changed_at

    assert take(content, account) == [(2, "LAMP", "info")]
    assert Product.objects.get().changed_at == before


def test_a_file_without_the_column_of_the_sku_is_refused_with_advice(account):
    client, _user = browser()

    page = client.post("/warehouse/products/file/", {"account": account.slug, "file": upload(b"a;b\n1;2\n", "p.csv")})

    assert page.status_code == 422
    assert "The first row names the columns" in page.content.decode()


def test_a_file_s_verdicts_are_shown(account):
    client, _user = browser()
    content = upload(b"sku;weight\nLAMP;2400\nHOSE;heavy\n", "p.csv")

    page = client.post("/warehouse/products/file/", {"account": account.slug, "file": content})

    text = page.content.decode()
    assert page.status_code == 200
    for words in ("1 row was not taken.", "1 product is stored.", "is no weight", "LAMP"):
        assert words in text


def test_a_picture_is_kept_under_its_hash_and_served_harmless(account):
    client, _user = browser()
    row = Product.objects.create(account=account, sku="LAMP")

    client.post(f"/warehouse/products/{row.pk}/", {"picture": upload(png())})
    row.refresh_from_db()
    answer = client.get(f"/warehouse/pictures/{row.picture}")

    assert pictures.NAME.fullmatch(row.picture)
    assert (answer.status_code, answer.content) == (200, png())
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert f"/warehouse/pictures/{row.picture}" in client.get("/warehouse/products/").content.decode()


@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<html><script>alert(1)</script></html>",
        b"GIF89a",
        b"%PDF-1.7",
        b"RIFF\0\0\0\0WAVE",
        b"\x89PNG\r\n\x1a\n" + bytes(pictures.LARGEST),
    ],
)
def test_what_is_no_small_picture_is_refused(account, content):
    client, _user = browser()
    row = Product.objects.create(account=account, sku="LAMP")

    page = client.post(f"/warehouse/products/{row.pk}/", {"picture": upload(content)})

    row.refresh_from_db()
    assert page.status_code == 422
    assert row.picture == ""


def test_a_picture_that_no_product_has_any_more_is_deleted_with_the_change(account, django_capture_on_commit_callbacks):
    client, _user = browser()
    first, second = (Product.objects.create(account=account, sku=sku) for sku in ("LAMP", "HOSE"))

    def save(row, **values):
        with django_capture_on_commit_callbacks(execute=True):
            client.post(f"/warehouse/products/{row.pk}/", values)
        return Product.objects.get(pk=row.pk).picture

    def kept():
        return {path.name for path in keeping.folder(pictures.FOLDER).iterdir()}

    shared = save(first, picture=upload(png()))
    assert save(second, picture=upload(png())) == shared
    other = save(first, picture=upload(png() + b"1"))
    assert kept() == {shared, other}  # the other product has it
    assert save(second, location="A3") == shared

    assert save(second, no_picture="on") == ""
    assert kept() == {other}
    refused = client.post(f"/warehouse/products/{first.pk}/", {"picture": upload(png()), "weight": "heavy"})
    assert refused.status_code == 422
    assert kept() == {other}

    pictures.keep(png())  # and the process died before a product had it
    assert pictures.forget_unused() == 1
    assert kept() == {other}


@pytest.mark.parametrize("name", ["..%2F..%2Fetc%2Fpasswd", "0" * 64 + ".png", "0" * 64 + ".svg", "x.png"])
def test_nothing_but_pictures_of_products_is_served(account, name):
    client, _user = browser()

    assert client.get(f"/warehouse/pictures/{name}").status_code == 404


def test_products_and_pictures_of_another_account_are_not_there(account):
    other = make.account(seller_id="2")
    name = pictures.keep(png())
    row = Product.objects.create(account=account, sku="LAMP", picture=name)
    client, _user = browser(other)

    assert client.get(f"/warehouse/pictures/{name}").status_code == 404
    assert client.get(f"/warehouse/products/{row.pk}/").status_code == 404
    assert "LAMP" not in client.get("/warehouse/products/").content.decode()
    sent = {"account": account.slug, "sku": "HOSE"}
    assert client.post("/warehouse/products/new/", sent).status_code == 422


def test_support_reads_pictures_and_changes_no_product(account):
    name = pictures.keep(png())
    row = Product.objects.create(account=account, sku="LAMP", picture=name)
    client, _user = browser(role="support")

    assert client.get(f"/warehouse/pictures/{name}").status_code == 200
    for path in ("", "new/", "file/", f"{row.pk}/"):
        assert client.get(f"/warehouse/products/{path}").status_code == 403


def test_the_table_is_paged_and_searched_in_a_constant_number_of_queries(account):
    client, _user = browser()
    counts = []
    for turn in range(60):
        Product.objects.create(account=account, sku=f"SKU-{turn:02d}", eans=[f"37600000000{turn:02d}"], location="A3")
        if turn in (0, 59):
            client.get("/warehouse/products/")
            with CaptureQueriesContext(connection) as queries:
                page = client.get("/warehouse/products/")
            counts.append(len(queries))

    second = client.get(page.context["older"])

    assert len(set(counts)) == 1
    assert [len(each.context["rows"]) for each in (page, second)] == [50, 10]
    assert [row.sku for row in client.get("/warehouse/products/?q=sku-07").context["rows"]] == ["SKU-07"]
    assert [row.sku for row in client.get("/warehouse/products/?q=3760000000008").context["rows"]] == ["SKU-08"]


def test_a_page_begins_after_a_product_of_ones_own_alone(account):
    client, _user = browser(account)
    foreign = Product.objects.create(account=make.account(seller_id="999"), sku="M")
    Product.objects.create(account=account, sku="A")

    for after in (str(foreign.pk), "²", "٣"):
        assert [row.sku for row in client.get(f"/warehouse/products/?after={after}").context["rows"]] == ["A"]


def test_a_file_is_stored_in_as_many_queries_as_a_row(account):
    user = make.user("warehouse")

    def queries(rows: int) -> int:
        content = "SKU;Location\n" + "\n".join(f"S{turn};A{rows}-{turn}" for turn in range(rows))
        with CaptureQueriesContext(connection) as captured:
            assert products.take(content.encode(), account, user).count("ok") == rows
        return len(captured)

    queries(2)
    few = queries(2 + 2)  # changed and new
    assert queries(60) == few


def test_what_a_colleague_wrote_meanwhile_is_not_overwritten_unasked(account):
    client, _user = browser(account)
    row = Product.objects.create(account=account, sku="A", location="A3", changed_by_name="Karim")
    url = f"/warehouse/products/{row.pk}/"
    shown = re.search(r'name="seen" value="([^"]+)"', client.get(url).content.decode())
    mine = {"location": "A3", "instruction": "Fragile", "seen": shown[1] if shown else ""}
    Product.objects.filter(pk=row.pk).update(location="B7", changed_at=timezone.now())

    answer = client.post(url, mine)

    row.refresh_from_db()
    assert (answer.status_code, row.location, row.instruction) == (422, "B7", "")
    assert "Karim changed this product meanwhile" in answer.content.decode()
    again = re.search(r'name="seen" value="([^"]+)"', answer.content.decode())
    assert again
    assert client.post(url, mine | {"seen": again[1]}).status_code == 302
    row.refresh_from_db()
    assert (row.location, row.instruction) == ("A3", "Fragile")

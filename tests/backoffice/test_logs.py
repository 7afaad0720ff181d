"""The logs: who looked at whose data, who exported what; for administrators alone."""

import re
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backoffice import access, sealing
from backoffice.models import AccessLog, Act, Export
from tests import make
from tests.backoffice.test_shop_settings import HOLDS
from tests.orders.pages import signed_in, text

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def looked():
    account = make.account(name="Lampes")
    for number in range(60):
        AccessLog.objects.create(
            username="solene" if number % 2 else "karim", account=account, subject=f"SCID{number}", view="orders:detail"
        )
    Export.objects.create(
        username="solene", source="orders", title="To ship", kind="csv", personal=True, reason="Recall"
    )
    Export.objects.create(username="karim", source="orders", title="Late", kind="csv")


def test_looks_are_paged_and_found_by_person_and_order(looked):
    client = signed_in("administrator")

    first = client.get("/settings/logs/")
    assert "SCID59" in text(first)
    assert "SCID9 " not in text(first)
    assert "SCID9" in text(client.get(older(first)))
    assert "karim" not in rows(client.get("/settings/logs/?person=solene"))
    assert rows(client.get("/settings/logs/?order=SCID7")).count("SCID7") == 1


def test_exports_are_told_with_their_reason(looked):
    page = rows(signed_in("administrator").get("/settings/logs/?show=exports&person=solene"))

    assert "Recall" in page
    assert "karim" not in page


def test_the_page_that_was_looked_at_is_named_in_words(looked):
    page = rows(signed_in("administrator").get("/settings/logs/"))

    assert "Order&#x27;s page" in page
    assert "orders:detail" not in page
    logged = {
        name
        for path in ROOT.glob("*/**/*.py")
        if path.parts[-2] != "tests"
        for name in re.findall(r'access\.log\([^)]*"([a-z-]+:[a-z-]+)"\)', path.read_text())
    }
    assert {"orders:detail", "fulfilment:pack"} <= logged <= access.NAMES.keys()


def test_changes_of_people_accounts_and_the_shop_are_told_and_sealed():
    shop = make.account(name="Lampes", slug="lamps")
    person = make.user("support", shop, username="nina")
    client = signed_in("administrator")
    change = {"role": "manager", "accounts": [shop.pk], "is_active": "on", "confirmed": "1"}
    client.post(f"/settings/users/{person.pk}/", change)
    client.post("/settings/users/invite/", {"email": "ada@example.org", "role": "warehouse", "accounts": [shop.pk]})
    fields = ("name", "seller_id", "api_url", "token_url", "client_id", "active", "sending")
    account = {name: getattr(shop, name) for name in fields} | {"client_secret": "TOP-SECRET-CANARY", "confirmed": "1"}
    client.post("/settings/accounts/lamps/", account)
    client.post("/settings/shop/holds/", HOLDS | {"hold_ship": "0"})
    call_command("account", "lamps", "--change", "--name", "Lampes et abat-jour", stdout=StringIO())

    page = client.get("/audit/", follow=True)

    words = text(page)
    assert "Person nina Role : Support → Manager" in words.replace("Role:", "Role :")
    assert "Invitation ada@example.org" in words
    assert "Client secret" in words
    assert "a new one, not shown" in words
    assert "at the command line Seller account lamps" in words
    assert "Shop Time to take back" in words
    assert "CANARY" not in str(list(Act.objects.values())) + words
    Act.objects.update(at=timezone.now() - timedelta(minutes=5))
    assert sealing.seal() >= 4
    Act.objects.filter(subject="nina").update(username="somebody else")
    [journal] = [journal for journal in sealing.JOURNALS if journal.name == "acts"]
    assert list(sealing.verify(journal))


def test_nothing_is_noted_where_nothing_was_changed():
    person = make.user("support", make.account(), username="nina")
    signed_in("administrator").post(f"/settings/users/{person.pk}/", {"role": "nonsense"})

    assert not Act.objects.exists()


@pytest.mark.parametrize("role", ["warehouse", "support", "manager"])
def test_nobody_else_reads_them(role):
    assert signed_in(role, make.account()).get("/settings/logs/").status_code == 403


def test_its_queries_do_not_grow(looked):
    client = signed_in("administrator")
    client.get("/settings/logs/")
    with CaptureQueriesContext(connection) as asked:
        client.get("/settings/logs/")

    assert len(asked) <= 10


def older(answer):
    found = re.search(r'href="([^"]+before=\d+)"', answer.content.decode())
    assert found
    return found[1].replace("&amp;", "&")


def rows(answer):
    body = answer.content.decode()
    return body[body.index("<tbody") : body.index("</tbody>")]

"""The logs: who looked at whose data, who exported what; for administrators alone."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice.models import AccessLog, Export
from tests import make
from tests.orders.pages import signed_in, text

pytestmark = pytest.mark.django_db


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

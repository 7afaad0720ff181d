"""The figures as a file: a row for each of the page, the same numbers, for its author alone."""

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse

from backoffice import exports
from backoffice.models import Export
from orders import reasons
from orders.models import CancellationRequest
from tests import make
from tests.orders import shopping
from tests.orders.pages import link, signed_in, text

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def manager(account, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    with time_machine.travel(NOON, tick=False):
        shopping.past(account, NOON)
        yield signed_in("manager", account)


def written(client, query: str) -> list[dict[str, str]]:
    page = client.get(f"/statistics/{query}")
    export = link(page, 'id="statistics-export"')
    client.post(export, {"list": query, "kind": "csv"})
    exports.write_due()
    answer = client.get(reverse("export-file", args=[Export.objects.latest("pk").pk]))
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))


def test_each_figure_of_the_page_stands_in_the_file(manager):
    context = manager.get("/statistics/?period=7").context

    rows = written(manager, "?period=7")

    for part, figures in (("Today", context["today"]), ("Period", [*context["figures"], *context["left_out"]])):
        told = {row["Figure"]: row for row in rows if row["Part"] == part}
        for figure in figures:
            row = told[str(figure.label)]
            assert (row["As shown"], row["How many"]) == (figure.value, "" if figure.rows is None else str(figure.rows))
            assert row["Definition"] == str(figure.definition)
            assert all(
                any(
                    (one["Figure"], one["Currency"]) == (str(figure.label), currency)
                    and Decimal(one["Amount"]) == amount
                    for one in rows
                )
                for currency, amount in figure.sums
            )
    days = [int(row["How many"]) for row in rows if (row["Part"], row["Figure"]) == ("Shipped per day", "Shipped")]
    assert days == [bar.shipped for bar in context["chart"].bars]
    channels = {
        row["Of"]: int(row["How many"]) for row in rows if (row["Part"], row["Figure"]) == ("By channel", "Orders")
    }
    assert channels == {row["name"]: row["orders"] for row in context["channels"]}
    assert {(row["First day"], row["Last day"]) for row in rows if row["Part"] == "Period"} == {
        ("2026-11-18", "2026-11-24")
    }


def test_reasons_are_in_words_on_the_page_on_the_list_and_in_the_file(manager, account):
    reasons.learn(account, [("broken", "Article cassé")])
    for number, code in (("A1", "broken"), ("A2", "missing-product"), ("A3", "odd")):
        order = make.order(number, of=account, status="Cancelled", created_at=NOON)
        CancellationRequest.objects.create(
            account=account, remote_id=number, number=order.number, channel=order.channel, status="Done",
            user_type="Seller", lines=[{"code": "QK01", "reason": code}], created_at=NOON,
        )  # fmt: skip

    page = manager.get("/statistics/?period=7")
    told = {row["reason"]: row for row in page.context["reasons"]}
    listed = manager.get(told["broken"]["url"])
    filed = [row["Of"] for row in written(manager, "?period=7") if row["Part"] == "Reasons of our cancellations"]

    assert [told[code]["label"] for code in ("broken", "missing-product", "odd")] == [
        "Article cassé", "Missing product", "odd",
    ]  # fmt: skip
    assert "Reason: Article cassé" in text(listed)
    assert {"Article cassé (broken)", "Missing product (missing-product)", "odd"} <= set(filed)


def test_it_is_for_managers_and_for_its_author(manager, account):
    rows = written(manager, "?period=30")
    file = reverse("export-file", args=[Export.objects.get().pk])

    assert rows
    assert "Figures · " in text(manager.get(reverse("exports")))
    assert signed_in("administrator").get(file).status_code == 404
    for role in ("warehouse", "support"):
        assert signed_in(role, account).get(reverse("orders:statistics-export")).status_code == 403

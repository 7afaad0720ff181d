"""The history of gestures: one row each, whoever made it; sums that open their rows; filters, pages and the file."""

import csv
import io
import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from backoffice import exports
from backoffice.models import Export
from fulfilment import sheets
from fulfilment.models import State
from fulfilment.outbox import asking, moves
from orders.models import GestureRequest
from sandbox import verbs
from tests import make
from tests.fulfilment.asking import give, looked, sent
from tests.orders.pages import link, signed_in, text

pytestmark = pytest.mark.django_db
URL = "/gestures/"


@pytest.fixture
def shipped(place):
    return place("SCID1", status="Shipped", lines=[{"price": 10_000}])


def listed(account, turn, **members):
    """A gesture as the marketplace lists it, whoever asked for it."""
    values = {
        "remote_id": f"G{turn}", "number": f"SCID{turn}", "reason": "ShippingFees", "amount": Decimal("4.00"),
        "currency": "EUR", "status": "Done", "created_at": timezone.now() - timedelta(minutes=turn + 1),
    } | members  # fmt: skip
    return GestureRequest.objects.create(account=account, **values)


def rows(answer):
    body = answer.content.decode()
    return re.findall(r'<th scope="row" data-at="name"><a href="/orders/([^/]+)/', body)


def test_the_timeline_tells_the_warehouse_no_gesture_of_ours_either(shipped):
    command = give(shipped, "5.00", "ShippingFees")
    moves.move(command, State.WITHDRAWN, "withdrawn", said="Not 5.00 but 4.00")

    support, warehouse = (text(signed_in(role).get("/orders/SCID1/")) for role in ("support", "warehouse"))

    assert "Not 5.00 but 4.00" in support
    assert "Not 5.00 but 4.00" not in warehouse
    assert "gesture" not in warehouse.lower()


def test_a_gesture_of_ours_is_one_row_before_and_after_it_is_listed(market, shipped):
    command = give(shipped, "5.00", "ShippingFees", note="third delay")
    client = signed_in("manager")
    before = client.get(URL)
    sent(command)
    market.clock.advance(120)
    looked(command)

    after = client.get(URL)

    assert rows(before) == rows(after) == ["SCID1"]
    assert "Waiting to be sent" in text(before)
    assert command.author_name in text(after)
    assert "Given : €5.00 (1)" in text(after).replace("Given:", "Given :")


def test_one_made_elsewhere_is_told_as_such(market, shipped, account):
    from orders import requests

    with market.acting("elsewhere"):
        verbs.ask_gesture(market, market.order("SCID1"), "ShippingFees", None, 4)
    requests.mirror_gestures(account)

    answer = signed_in("support").get(URL)

    assert rows(answer) == ["SCID1"]
    assert "made elsewhere" in text(answer)


def test_who_confirmed_it_and_why_it_was_rejected_are_told(market, shipped, monkeypatch):
    monkeypatch.setattr("backoffice.shop.limit", lambda kind, role: 1)
    market.decisions["gesture"].append("rejected")
    command = give(shipped, "5.00", by=make.user("support", name="Solène"))
    asking.confirm(command, make.user("manager", name="Karim"))
    sent(command)
    looked(command)
    market.clock.advance(120)
    assert looked(command).state == State.REFUSED

    said = text(signed_in("manager").get(URL))

    assert said.count("Solène, confirmed by Karim") == 2  # beside the day, and on a narrow screen beside the reason
    assert command.reason.split()[-1] in said
    assert "Turned down" in said


def test_support_sees_its_own_and_those_made_elsewhere_and_a_manager_all(place, account):
    me = signed_in("support")
    author = account.users.order_by("-pk").first()
    give(place("MINE", status="Shipped"), "1.00", by=author)
    give(place("THEIRS", status="Shipped"), "1.00", by=make.user("support"))
    listed(account, 7)

    assert set(rows(me.get(URL))) == {"MINE", "SCID7"}
    assert set(rows(signed_in("manager").get(URL))) == {"MINE", "THEIRS", "SCID7"}
    assert 'name="person"' not in me.get(URL).content.decode()


def test_every_sum_opens_exactly_its_rows(place, account):
    give(place("WAITING", status="Shipped"), "1.00")
    for turn in range(3):
        listed(account, turn)
    listed(account, 3, status="Rejected", errors=[["E1", "no"]])
    listed(account, 4, status="InProgress", currency="GBP", amount=9)
    client = signed_in("manager")
    body = client.get(URL).content.decode()

    sums = re.findall(
        r'href="(/gestures/[^"]+)">([^<]+?)\s*: ?<b><span class="money">([^<]+)</span></b> \((\d+)\)', body
    )

    assert sorted((label, amount, int(count)) for _url, label, amount, count in sums) == [
        ("Given", "€12.00", 3), ("Turned down", "€4.00", 1), ("Waiting", "£9.00", 1), ("Waiting", "€1.00", 1),
    ]  # fmt: skip
    for url, _label, _amount, count in sums:
        assert len(rows(client.get(url.replace("&amp;", "&")))) == int(count)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=rejected", ["SCID2"]),
        ("reason=MissingProduct", ["SCID1"]),
        ("state=given&reason=ShippingFees", ["SCID0"]),
        ("person=elsewhere", ["SCID0", "SCID1", "SCID2"]),
        ("person=999999", []),
        ("from=2020-01-01&to=2020-01-31", []),
        ("state=made-up&after=zz&account=none&person=%27;--", ["SCID0", "SCID1", "SCID2"]),
    ],
)
def test_filters_stand_in_the_address(account, query, found):
    listed(account, 0)
    listed(account, 1, reason="MissingProduct")
    listed(account, 2, status="Rejected")

    assert rows(signed_in("manager").get(f"{URL}?{query}")) == found


def test_pages_follow_each_other_without_a_gap(account):
    moment = timezone.now() - timedelta(hours=1)
    for turn in range(120):
        listed(account, turn, created_at=moment - timedelta(minutes=turn // 3))  # three of each time
    client, url, seen = signed_in("manager"), URL, []

    while url:
        body = client.get(url)
        seen += rows(body)
        older = re.search(r'href="([^"]+after=[^"]+)">Older', body.content.decode())
        url = older[1].replace("&amp;", "&") if older else ""

    assert len(seen) == len(set(seen)) == 120


def test_its_queries_do_not_grow_with_its_rows(account):
    client = signed_in("manager")
    counts = []
    for turn in range(2):
        for more in range(turn * 40):
            listed(account, more + 1)
        client.get(URL)
        with CaptureQueriesContext(connection) as queries:
            client.get(URL)
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 12


def test_another_account_s_gestures_are_not_there(account):
    listed(make.account(seller_id="2"), 1)

    assert rows(signed_in("manager", account).get(URL)) == []


def test_the_file_holds_the_rows_of_the_list_for_its_author_alone_and_no_formula(account, place):
    give(place("OURS", status="Shipped"), "1.50", note="=cmd|' /C calc'!A0")
    listed(account, 1, details="@SUM(A1)")
    client = signed_in("manager")
    page = client.get("/gestures/?state=waiting&period=7")
    export = link(page, 'id="gestures-export"')

    assert "State: Waiting" in text(client.get(export))
    answer = client.post(reverse("fulfilment:gestures-export"), {"list": "?state=waiting", "kind": "csv"})
    assert answer["Location"] == reverse("exports")
    exports.write_due()

    written = Export.objects.get()
    assert written.title.startswith("Gestures · ")
    file = reverse("export-file", args=[written.pk])
    table = list(csv.reader(io.StringIO(client.get(file).getvalue().decode("utf-8-sig"))))
    assert table[0][:4] == ["Order", "Account", "Asked", "Amount"]
    assert [row[0] for row in table[1:]] == ["OURS"]
    assert table[1][3:5] == ["1.50", "EUR"]
    assert table[1][-1].startswith("'=cmd")
    assert signed_in("manager").get(file).status_code == 404
    assert signed_in("warehouse").get("/exports/gestures/").status_code == 403


def test_a_file_asked_for_by_support_holds_no_colleague_s_gestures(account, place):
    give(place("OURS", status="Shipped"), "1.50")  # by a manager
    client = signed_in("support", account)

    client.post(reverse("fulfilment:gestures-export"), {"list": "", "kind": "xlsx"})
    exports.write_due()

    export = Export.objects.get()
    assert (export.state, export.rows, export.kind) == ("done", 0, "xlsx")


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@a", "\ta", "\ra", "\na"])
def test_a_cell_is_never_a_formula(cell):
    assert sheets.safe(cell) == f"'{cell}"
    assert sheets.safe("a\0b") == "ab"

"""The time machine: the order's page as it was known at a moment, what could be asked then, and what is no moment."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backoffice import shop
from backoffice.models import AccessLog
from fulfilment.models import Command, CommandEvent
from octopia import schema
from octopia.contract.vocabulary import Ability
from orders import lifecycle, mirror, moments
from orders.models import CancellationRequest, Change, GestureRequest, Order
from tests import make
from tests.orders.pages import signed_in, text

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def lived() -> Order:
    """Read for approval six hours ago, to ship four hours ago, a line gone and one cancelled two hours ago."""
    now = timezone.now()
    account = make.account()
    lines = (make.line("A", status="WaitingAcceptance"), make.line("B", status="WaitingAcceptance", quantity=2))
    first = make.reading("SCID1", status="WaitingAcceptance", lines=lines)
    ready = (make.line("A"), make.line("B", quantity=2, selling_unit=Decimal("12.34")))
    parcel = schema.Parcel(number="6A1", carrier="Colissimo", url="https://track.example/6A1")
    left = (make.line("A", status="Shipped", parcels=(parcel,)), make.line("B", quantity=2, status="Cancelled"))
    second = make.later(first, status="InPreparation", lines=ready)
    for read in (first, second, make.later(second, status="Shipped", lines=left)):
        mirror.store(account, [read], source="live")
    for version, hours in ((1, 6), (2, 4), (3, 2)):
        Change.objects.filter(version=version).update(synced_at=now - hours * HOUR)
    Order.objects.update(first_seen_at=now - 6 * HOUR)
    return Order.objects.get(number="SCID1")


def at(hours: float, role: str = "manager", number: str = "SCID1"):
    moment = timezone.now() - hours * HOUR
    return signed_in(role).get(f"/orders/{number}/", {"at": moment.isoformat()})


def test_the_order_is_shown_as_it_was_known_with_what_could_be_asked_then(lived):
    waiting, ready, gone = (text(at(hours)) for hours in (5, 3, 1))

    assert "This is the past: the order as it was known at" in waiting
    assert "To approve The past" in waiting
    assert "Accept yes" in waiting
    assert "Refuse yes" in waiting
    assert "Ship no" in waiting
    assert "Cancel lines doubtful" in waiting
    assert "To ship The past" in ready
    assert "Ship yes" in ready
    assert "€12.34" in ready
    assert "6A1" not in ready
    assert "Partly" not in gone
    assert "Ship no" in gone
    assert "6A1" in gone
    assert "€12.34" not in gone
    assert "nothing has changed since" in gone
    assert "the next change was read at" in ready


def test_nothing_can_be_sent_from_the_past_and_it_leads_back_to_now(lived):
    body = at(3).content.decode().partition('id="main"')[2].partition("</main>")[0]

    assert 'method="post"' not in body
    assert "hx-" not in body
    for page in ("shipment", "cancellation", "gesture", "approval", "refresh", "notes"):
        assert f"/{page}/" not in body
    assert f'href="/orders/SCID1/?account={lived.account.slug}" id="orders-now"' in body


def test_the_timeline_ends_at_the_moment_and_leads_to_each_of_its_own(lived):
    client = signed_in()
    ready = client.get("/orders/SCID1/", {"at": (timezone.now() - 3 * HOUR).isoformat()})
    links = [entry.moment for entry in client.get("/orders/SCID1/").context["entries"] if entry.title == "Changed"]

    titles = [entry.title for entry in ready.context["entries"]]
    reached = [client.get("/orders/SCID1/", {"at": link}).context["past"].order.version for link in links]

    assert titles == ["Changed", "First read", "Order placed"]
    assert reached == [2]
    first = Change.objects.get(version=1).synced_at
    assert client.get("/orders/SCID1/", {"at": f"{first:%Y-%m-%dT%H:%M:%S.%fZ}"}).context["past"].order.version == 1


def test_the_change_before_and_the_next_are_one_step_away(lived):
    client = signed_in()
    second = client.get("/orders/SCID1/", {"at": (timezone.now() - 3 * HOUR).isoformat()})

    first, third = (client.get(second.context[way]).context for way in ("earlier", "later"))

    assert [each["past"].known.version for each in (first, third)] == [1, 3]
    assert (first["earlier"], third["later"]) == ("", "")


def test_before_the_first_reading_the_page_says_so(lived):
    answer = at(7)

    assert answer.status_code == 200
    assert "This order was not known here yet at" in text(answer)
    assert "It was read for the first time at" in text(answer)
    assert 'name="at"' in answer.content.decode()


@pytest.mark.parametrize(
    "asked",
    ["yesterday", "2026-13-01T00:00", "0001-01-01T00:00", "9999-12-31T23:59:59", "2026-02-30", "-", "٢٠٢٦-١١-٢١",
     "<script>", "2026-11-21T14:03" + "0" * 500, "1e9", "2026-11-21T25:00"],
)  # fmt: skip
def test_what_is_no_moment_is_said_and_nothing_else_is_shown(lived, asked):
    answer = signed_in().get("/orders/SCID1/", {"at": asked})

    told = text(answer)
    assert (answer.status_code in (200, 422), "<script>alert" in answer.content.decode()) == (True, False)
    assert any(said in told for said in ("is no moment", "has not come yet", "was not known here yet"))
    assert "Lines of the order" not in told


def test_an_empty_moment_is_now(lived):
    assert "The past" not in text(signed_in().get("/orders/SCID1/?at="))


def test_a_moment_is_taken_by_the_shops_clock_to_the_end_of_what_was_named():
    now = datetime(2026, 11, 26, 20, tzinfo=UTC)

    read = {text: moments.read(text, now).astimezone(shop.zone()).isoformat() for text in (
        "2026-11-21T14:03", "2026-11-21 14:03:22", "2026-11-21T13:03:22.5Z", "2026-11-21", "2026-10-25T02:30",
        "2026-11-26",
    )}  # fmt: skip

    assert [one[:26] for one in read.values()] == [
        "2026-11-21T14:03:59.999999", "2026-11-21T14:03:22.999999", "2026-11-21T14:03:22.500000",
        "2026-11-21T23:59:59.999999", "2026-10-25T02:30:59.999999", "2026-11-26T21:00:00+01:00",
    ]  # fmt: skip
    assert read["2026-10-25T02:30"].endswith("+01:00")  # the hour that came twice: the later one


def test_amounts_and_verbs_of_the_past_are_those_of_the_role(lived):
    told = text(at(3, "warehouse"))

    assert "€" not in told
    assert "Gesture" not in told
    assert "Ship yes" in told


def test_the_past_of_another_account_is_not_there_and_no_personal_data_is_in_it(lived):
    stranger = make.account(seller_id="2")

    answer = signed_in("support", stranger).get("/orders/SCID1/?at=2026-11-21T14:03")
    told = text(at(3))

    assert answer.status_code == 404
    assert "Goff" not in told
    assert not AccessLog.objects.exists()


def test_what_was_asked_then_is_judged_as_it_stood_then(lived):
    now = timezone.now()
    CancellationRequest.objects.create(
        account=lived.account, remote_id="CR-1", number="SCID1", status="Rejected", errors=[["E7", "too late"]],
        user_type="Seller", type="Partial", lines=[{"code": "A", "reason": "x", "status": "Rejected"},
                                                   {"code": "B", "reason": "x", "status": "Rejected"}],
        created_at=now - 3.5 * HOUR, changed_at=now - 1.5 * HOUR,
    )  # fmt: skip

    before, asked = at(3.8), at(3)

    assert [entry.title for entry in before.context["entries"] if entry.kind == "decision"] == []
    assert [(entry.title, entry.status) for entry in asked.context["entries"] if entry.kind == "decision"] == [
        ("Cancellation CR-1", "")
    ]
    assert "Cancel lines yes" in text(before)
    assert "Cancel lines no" in text(asked)
    assert "too late" not in text(asked)


def test_a_request_of_ours_under_way_then_closed_the_order_then(lived):
    now = timezone.now()
    command = Command.objects.create(
        account=lived.account, order=lived, subject="SCID1", kind="ship", state="CONFIRMED", fingerprint="f",
        form_token="t", order_version=2, created_at=now - 3.5 * HOUR, author_name="Amélie", seen_at=now - 2 * HOUR,
    )  # fmt: skip
    for hours, became in ((3.5, "READY"), (3.2, "TAKEN"), (2, "CONFIRMED")):
        CommandEvent.objects.create(
            account=lived.account, command=command, at=now - hours * HOUR, became=became, epoch=0, what="asked"
        )

    open_then, closed_then, ended = (text(at(hours)) for hours in (3.8, 3, 1.9))

    assert "Ship yes" in open_then
    assert "Shipment asked for by Amélie" in closed_then
    assert "Taken, not visible yet." in closed_then
    assert "Amélie" not in ended.partition("Timeline")[0]


def test_what_was_learned_later_of_the_channel_does_not_count(lived):
    before = text(at(1))
    lifecycle.correct(lived.account, lived.channel, Ability.GESTURES, value=False, by=make.user(), source="told")

    now, then = text(at(0)), text(at(1))

    assert "Gesture no" not in before
    assert "Gesture no" in now
    assert "Gesture no" not in then


def test_a_page_of_the_past_makes_as_many_queries_whatever_happened(lived):
    client = signed_in()
    address = f"/orders/SCID1/?at={timezone.now() - 3 * HOUR:%Y-%m-%dT%H:%M}"
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for turn in range(5):
        GestureRequest.objects.create(
            account=lived.account, remote_id=f"G{turn}", number="SCID1", status="Done", reason="Other"
        )

    with CaptureQueriesContext(connection) as many:
        client.get(address)

    assert len(many) == len(few) <= 12

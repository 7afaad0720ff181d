"""The sync page: how complete the mirror is, what was set aside or waits, the calls; and who may ask for more."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from backoffice import typography
from backoffice.alerts import open_alert
from backoffice.models import AccessLog, Breaker, CallBudget, Lease
from orders.models import Comparison, Cursor, Quarantine, Reading
from tests import make
from tests.orders.pages import signed_in, text

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
ROLES = ("warehouse", "support", "manager", "administrator")


@pytest.fixture
def shop():
    account = make.account(name="Lampes")
    now = timezone.now()
    Cursor.objects.create(
        account=account, name="live", position=now, complete_until=now, last_success=now, last_try=now, runs=7, seen=412
    )
    return account


def record(account, number="SCID9", **fields):
    return Quarantine.objects.create(
        **{"account": account, "number": number, "reason": "quantity is no number", "raw": '{"x": "<b>secret</b>"}'}
        | {"hash": number, "source": "live"}
        | fields
    )


def page(role="manager"):
    return text(signed_in(role).get("/sync/"))


def test_the_page_says_how_far_the_mirror_has_come(shop):
    Lease.objects.create(name=f"live:{shop.pk}", due=timezone.now())
    make.order("SCID1")

    words = page()

    assert "Lampes" in words
    assert "7 runs so far" in words
    assert "0 of 412 orders read" in words
    assert "Newest order 2" in words  # "24 h ago" or the day


def test_counts_are_compared_by_status_and_by_day(shop):
    now = timezone.now()
    window = {"account": shop, "begins": now - timedelta(days=30), "ends": now}
    Comparison.objects.create(**window, window="month", status="Shipped", theirs=140, ours=139, differs_times=2)
    Comparison.objects.create(**window | {"begins": now - timedelta(days=1)}, window="day", theirs=64, ours=64)
    open_alert("drift", account=shop, theirs=140, ours=139)

    words = page()

    assert "by status since" in words
    assert typography.day(window["begins"], ZoneInfo("Europe/Paris"), now).replace("\xa0", " ") in words
    assert "Shipped 140 139" in words
    assert "they differ" in words
    assert "64 64" in words
    assert "Counts differ" in words


def test_what_waits_is_listed_with_its_reason(shop):
    Reading.objects.create(account=shop, number="SCID7", why="audit", tries=2, trouble="timed out")
    Reading.objects.create(account=shop, number="SCID8", kind="cancels", why="audit")

    words = page()

    assert "SCID7 counts differ timed out" in words
    assert "SCID8" not in words
    assert "Cancellations to look up tonight 1" in words


def test_calls_are_shown_by_lane_with_pauses_and_their_cause(shop, settings):
    settings.OCTOPIA_CALLS_PER_HOUR = 450
    now = timezone.now()
    CallBudget.objects.create(
        client_id=shop.client_id, lane="sync", minute=now.replace(second=0, microsecond=0), calls=57
    )
    Breaker.objects.create(client_id=shop.client_id, paused_until=now + timedelta(minutes=9), cause="quota")

    words = page()

    assert "57 of 450 calls used" in words
    assert "Latest changes 57" in words
    assert "Paused until" in words
    assert "quota" in words


@pytest.mark.parametrize("role", ROLES)
def test_the_content_of_a_record_is_for_managers_and_noted(shop, role):
    aside = record(shop)
    client = signed_in(role)
    allowed = role in ("manager", "administrator")

    listed, opened = client.get("/sync/"), client.get(f"/sync/quarantine/{aside.pk}/")

    assert "SCID9" in text(listed)
    assert "quantity is no number" in text(listed)
    assert opened.status_code == (200 if allowed else 403)
    assert ("&lt;b&gt;secret" in opened.content.decode()) is allowed
    assert AccessLog.objects.filter(subject="SCID9", view="orders:quarantine").exists() is allowed


@pytest.mark.parametrize("role", ROLES)
def test_a_record_is_read_again_by_those_who_may(shop, role):
    aside = record(shop)

    answer = signed_in(role).post(f"/sync/quarantine/{aside.pk}/again/", follow=True)

    allowed = role in ("manager", "administrator")
    assert ("SCID9 will be read again" in text(answer)) is allowed
    assert Reading.objects.filter(number="SCID9", why="quarantine").exists() is allowed


def test_a_record_without_a_number_cannot_be_asked_for(shop):
    aside = record(shop, number="")

    answer = signed_in("manager").post(f"/sync/quarantine/{aside.pk}/again/", follow=True)

    assert "has no number" in text(answer)
    assert not Reading.objects.exists()


def test_a_record_of_another_account_is_not_there(shop):
    other = make.account(seller_id="2")
    aside = record(other)

    assert signed_in("manager", shop).get(f"/sync/quarantine/{aside.pk}/").status_code == 404
    assert signed_in("manager", shop).post(f"/sync/quarantine/{aside.pk}/again/").status_code == 404


def period(client, account, begins="2026-11-01", ends="2026-11-03"):
    return client.post("/sync/period/", {"account": account.slug, "begins": begins, "ends": ends}, follow=True)


def test_an_administrator_has_a_period_read_again_in_the_shops_days(shop):
    answer = period(signed_in("administrator"), shop)

    reading = Reading.objects.get()
    assert "The period will be read again" in text(answer)
    assert reading.lane == "backfill"
    assert (str(reading.begins), str(reading.ends)) == ("2026-10-31 23:00:00+00:00", "2026-11-03 23:00:00+00:00")


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ({"begins": "2026-11-03", "ends": "2026-11-01"}, "The last day is before the first."),
        ({"begins": "2026-01-01", "ends": "2026-11-01"}, "At most 31 days at once"),
        ({"begins": "yesterday"}, "Enter a valid date."),
    ],
)
def test_a_period_that_makes_no_sense_is_refused_at_its_field(shop, days, words):
    answer = period(signed_in("administrator"), shop, **days)

    assert answer.status_code == 422
    assert words in text(answer)
    assert not Reading.objects.exists()


def test_only_administrators_have_periods_read_again(shop):
    assert period(signed_in("manager"), shop).status_code == 403
    assert "Read a period again" not in page("manager")
    assert "Read a period again" in page("administrator")


def test_the_connection_is_tested_step_by_step(market):
    account = make.account()

    answer = signed_in("administrator").post(f"/settings/accounts/{account.slug}/test/")

    assert text(answer).count("works") == 4


def test_a_failed_connection_names_the_step_and_the_remedy(market):
    account = make.account(client_secret="wrong")

    answer = signed_in("administrator").post(f"/settings/accounts/{account.slug}/test/")

    words = text(answer)
    assert "Addresses works Token failed" in words
    assert "Check the client id and the client secret." in words
    assert "Seller id not tried" in words
    assert "wrong" not in words


@pytest.mark.parametrize("role", ["warehouse", "support", "manager"])
def test_the_connection_is_tested_by_administrators_only(shop, role):
    assert signed_in(role).post(f"/settings/accounts/{shop.slug}/test/").status_code == 403


def test_a_poll_is_quiet_until_something_happened(shop):
    client = signed_in()
    first = client.get("/sync/")
    address = (
        first.content.decode().split('id="orders-sync"')[1].split('hx-get="')[1].split('"')[0].replace("&amp;", "&")
    )

    before = client.get(address, headers=HTMX)
    Cursor.objects.update(last_try=timezone.now() + timedelta(minutes=1))
    after = client.get(address, headers=HTMX)

    assert before.status_code == 204
    assert after.content.decode().lstrip().startswith('<div id="orders-sync"')


@pytest.mark.parametrize(
    ("minutes", "level", "words"),
    [(1, "ok", "up to date"), (11, "warn", "last read"), (31, "danger", "new orders may be missing"),
     (None, "danger", "never read yet")],
)  # fmt: skip
def test_every_page_says_how_old_it_is(shop, minutes, level, words):
    then = None if minutes is None else timezone.now() - timedelta(minutes=minutes)
    Cursor.objects.update(last_success=then, complete_until=then)

    answer = signed_in().get("/orders/")

    assert words in text(answer)
    assert f'data-level="{level}"' in answer.content.decode()


def test_the_sign_in_the_frame_is_quiet_while_it_would_say_the_same(shop):
    client = signed_in()
    address = client.get("/orders/").content.decode().split('id="freshness"')[1].split('hx-get="')[1].split('"')[0]

    before = client.get(address.replace("&amp;", "&"), headers=HTMX)
    Cursor.objects.update(last_success=timezone.now() - timedelta(hours=1))
    after = client.get(address.replace("&amp;", "&"), headers=HTMX)

    assert before.status_code == 204
    assert "new orders may be missing" in text(after)


def test_what_is_incomplete_is_said_on_every_page(shop):
    record(shop)
    open_alert("drift", account=shop)

    words = text(signed_in().get("/orders/"))

    assert "1 waiting" in words
    assert "counts differ" in words


def test_somebody_without_an_account_is_told(shop):
    other = make.account(seller_id="2")
    client = signed_in("support", other)
    other.users.clear()

    assert "No account yet." in text(client.get("/sync/"))
    assert client.get("/orders/").status_code == 200

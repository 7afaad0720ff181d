"""The pages of the shop's choices: sections, what may be typed, before and after, a fresh login."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from backoffice import shop
from backoffice.declarations import Section
from backoffice.models import Act, Setting
from orders.models import Carrier
from tests import make
from tests.orders.pages import signed_in, text

pytestmark = pytest.mark.django_db

HOLDS = {f"hold_{verb}": "60" for verb in ("accept", "refuse", "ship", "cancel", "gesture")} | {"hold_invoice": "0"}
KEPT = {"keep_contact_days": "90", "keep_name_days": "730", "keep_raw_days": "30", "keep_access_days": "365"}


def hidden(answer) -> dict[str, list[str]]:
    """What the page of before and after sends on."""
    sent: dict[str, list[str]] = {}
    for key, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', answer.content.decode()):
        sent.setdefault(key, []).append(value)
    return sent


def test_a_section_is_saved_at_once_and_says_who_changed_it():
    client = signed_in("administrator")

    answer = client.post("/settings/shop/holds/", HOLDS | {"hold_ship": "0", "hold_gesture": "300"})

    page = text(client.get(answer.headers["Location"]))
    assert (shop.hold("ship"), shop.hold("gesture")) == (timedelta(0), timedelta(minutes=5))
    assert "2 choices are saved." in page
    assert set(Setting.objects.values_list("key", flat=True)) == {"hold_ship", "hold_gesture"}
    assert re.search(r"Ship 0 seconds changed by administrator-\d+", page)


def test_what_could_not_be_saved_is_not_in_the_journal():
    def fails(**_):
        raise RuntimeError("no room on the disk")

    client = signed_in("administrator")
    client.raise_request_exception = False
    shop.chosen.connect(fails)
    try:
        answer = client.post("/settings/shop/holds/", HOLDS | {"hold_ship": "0", "hold_gesture": "300"})
    finally:
        shop.chosen.disconnect(fails)
        shop.forget()

    assert answer.status_code == 500
    assert (Act.objects.count(), Setting.objects.count()) == (0, 0)


@pytest.mark.parametrize("typed", ["-1", "601", "a minute", ""])
def test_what_a_choice_may_not_be_is_told_beside_its_field_and_nothing_is_saved(typed):
    answer = signed_in("administrator").post("/settings/shop/holds/", HOLDS | {"hold_ship": typed})

    assert answer.status_code == 422
    assert 'href="#id_hold_ship"' in answer.content.decode()
    assert not Setting.objects.exists()


def test_what_is_risky_is_shown_before_and_after_and_saved_by_a_second_press():
    client = signed_in("administrator")

    asked = client.post("/settings/shop/retention/", KEPT | {"keep_contact_days": "60"})
    unchanged = shop.kept("contact")
    done = client.post("/settings/shop/retention/", hidden(asked))

    assert re.search(r"Addresses, phone and e-mail .* 90 days 60 days", text(asked))
    assert "The customer's name" not in text(asked)
    assert unchanged == timedelta(days=90)
    assert (done.status_code, shop.kept("contact")) == (302, timedelta(days=60))


def test_what_is_risky_needs_a_fresh_login_before_anything_is_typed():
    client = signed_in("administrator")
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        opened = client.get("/settings/shop/retention/")
        sent = client.post("/settings/shop/retention/", KEPT | {"keep_contact_days": "60", "confirmed": "yes"})
        harmless = client.get("/settings/shop/holds/")

    assert opened.headers["Location"] == "/login/again/?next=%2Fsettings%2Fshop%2Fretention%2F"
    assert sent.headers["Location"].startswith("/login/again/")
    assert harmless.status_code == 200
    assert not Setting.objects.exists()


@pytest.mark.parametrize("section", [Section.TIME, Section.LIMITS, Section.RETENTION])
def test_zone_limits_and_retention_are_risky(section):
    client = signed_in("administrator")

    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        assert client.get(f"/settings/shop/{section}/").status_code == 302


def test_saving_without_a_change_says_so():
    client = signed_in("administrator")

    answer = client.post("/settings/shop/holds/", HOLDS)

    assert "Nothing was changed." in text(client.get(answer.headers["Location"]))
    assert not Setting.objects.exists()


def test_cut_off_times_are_lines_of_carriers_and_empty_lines_mean_nothing():
    client = signed_in("administrator")

    sent = {"cutoffs_name": ["", "Colissimo", "", ""], "cutoffs_value": ["16:30", "14:00:00", "", ""]}
    client.post("/settings/shop/warehouse/", sent | {"item_check_single": "on"})

    page = text(client.get("/settings/shop/"))
    assert shop.choice("cutoffs") == {"": "16:30", "Colissimo": "14:00"}
    assert "Every other carrier: 16:30 Colissimo: 14:00" in page


@pytest.mark.parametrize(
    ("names", "times", "said"),
    [
        (["", "Colissimo"], ["", "14:00"], "Give each carrier a time such as 16:00"),
        (["", "Colissimo"], ["16:00", ""], "Give each carrier a time such as 16:00"),
        (["", ""], ["16:00", "14:00"], "A line has no name."),
        (["", "DPD", "DPD"], ["16:00", "14:00", "15:00"], "DPD stands here twice."),
        ([], [], "Give each carrier a time such as 16:00"),
    ],
)
def test_a_wrong_line_of_cut_off_times_is_told(names, times, said):
    sent = {"cutoffs_name": names, "cutoffs_value": times}

    answer = signed_in("administrator").post("/settings/shop/warehouse/", sent)

    assert answer.status_code == 422
    assert said in text(answer)


def test_hours_to_approve_are_kept_with_how_one_knows_of_them_and_may_be_taken_away():
    client = signed_in("administrator")
    sent = {
        "approval_windows_name": ["CDISFR", ""],
        "approval_windows_value": ["48", ""],
        "approval_windows_told": ["their letter", ""],
    }

    client.post("/settings/shop/approvals/", sent)
    known = shop.approval_window("CDISFR"), shop.approval_origin("CDISFR")
    shown = text(client.get("/settings/shop/"))
    client.post("/settings/shop/approvals/", {})

    assert known == (timedelta(hours=48), "their letter")
    assert "CDISFR: 48 hours (their letter)" in shown
    assert shop.approval_window("CDISFR") is None


def test_hours_to_approve_are_a_number():
    sent = {"approval_windows_name": ["CDISFR"], "approval_windows_value": ["two days"]}

    answer = signed_in("administrator").post("/settings/shop/approvals/", sent)

    assert answer.status_code == 422
    assert "a whole number of hours" in text(answer)


def test_carriers_and_channels_that_are_known_are_offered():
    account = make.account()
    Carrier.objects.create(account=account, label="Colissimo <b>", code="1")
    make.order(of=account)
    client = signed_in("administrator")

    assert '<option value="Colissimo &lt;b&gt;">' in client.get("/settings/shop/warehouse/").content.decode()


def test_who_is_written_to_is_chosen_by_kind_and_role():
    client = signed_in("administrator")
    before = client.get("/settings/shop/alerts/").content.decode()

    client.post("/settings/shop/alerts/", {"alert_mails_drift": ["support", "manager"]})

    assert re.search(r'name="alert_mails_token" value="administrator"[^>]* checked', before)
    assert shop.choice("alert_mails")["drift"] == ["support", "manager"]
    assert shop.choice("alert_mails")["token"] == []


def test_a_section_nobody_knows_is_not_found():
    assert signed_in("administrator").get("/settings/shop/colours/").status_code == 404


@pytest.mark.parametrize("role", ["warehouse", "support", "manager"])
def test_only_an_administrator_changes_the_shop(role):
    client = signed_in(role)

    assert client.post("/settings/shop/holds/", HOLDS | {"hold_ship": "0"}).status_code == 403
    assert "Time zone" not in text(client.get("/settings/"))

"""Signing in and out, as a browser does it: the same answer for the unknown, patience, sessions that end."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from backoffice import sessions
from backoffice.models import User
from backoffice.people import users
from backoffice.roles import Role
from tests.backoffice.people import PASSWORD, person, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nobody_tried_before():
    cache.clear()


def test_a_person_signs_in_by_name_or_by_address_and_lands_where_the_day_begins(client):
    person("amelie", email="amelie@example.org")

    by_name = sign_in(client, "amelie")
    by_address = sign_in(Client(), "Amelie@example.org")

    assert [by_name.status_code, by_name.url, by_address.url] == [302, "/", "/"]
    assert client.get("/").url == "/warehouse/"


def test_the_page_asked_for_opens_after_signing_in(client):
    person("amelie")

    sent_away = client.get("/orders/?view=late")
    answer = client.post(sent_away.url, {"login": "amelie", "password": PASSWORD, "next": "/orders/?view=late"})

    assert parse_qs(urlsplit(sent_away.url).query)["next"] == ["/orders/?view=late"]
    assert answer.url == "/orders/?view=late"


@pytest.mark.parametrize(
    "next_page", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"]
)
def test_nobody_is_led_off_the_site(client, next_page):
    person("amelie")

    answer = client.post("/login/", {"login": "amelie", "password": PASSWORD, "next": next_page})

    assert answer.url == "/"


def test_unknown_wrong_and_deactivated_get_the_same_answer(client):
    person("amelie")
    person("karim", is_active=False)

    answers = [
        client.post("/login/", {"login": login, "password": password})
        for login, password in [("nobody", PASSWORD), ("amelie", "wrong wrong wrong"), ("karim", PASSWORD)]
    ]

    said = [re.findall(r"This user name[^<]*", answer.content.decode())[0] for answer in answers]
    assert [answer.status_code for answer in answers] == [422] * 3
    assert len(set(said)) == 1


def test_after_five_tries_the_waiting_time_is_said_and_even_the_right_password_waits(client):
    person("amelie")
    for _ in range(5):
        sign_in(client, "amelie", "wrong wrong wrong")

    answer = sign_in(client, "amelie")

    assert answer.status_code == 429
    assert "Wait 5 minutes" in answer.content.decode()


def test_a_stranger_who_guesses_does_not_lock_the_person_out(client):
    person("amelie")
    stranger = Client(REMOTE_ADDR="203.0.113.9")
    for _ in range(6):
        sign_in(stranger, "amelie", "wrong wrong wrong")

    answer = sign_in(client, "amelie")

    assert answer.status_code == 302


def test_one_address_that_tries_many_names_has_to_wait(client):
    answers = [sign_in(client, f"name{number}", "wrong wrong wrong").status_code for number in range(12)]

    assert answers == [422] * 10 + [429] * 2


@pytest.mark.parametrize(
    ("role", "shared", "lives", "over"),
    [
        (Role.WAREHOUSE, False, timedelta(hours=11, minutes=59), timedelta(hours=12, minutes=1)),
        (Role.ADMINISTRATOR, False, timedelta(minutes=59), timedelta(minutes=61)),
        (Role.WAREHOUSE, True, timedelta(minutes=29), timedelta(minutes=31)),
        (Role.ADMINISTRATOR, True, timedelta(minutes=29), timedelta(minutes=31)),
    ],
)
def test_a_session_ends_after_its_rest(client, monkeypatch, role, shared, lives, over):
    monkeypatch.setattr(settings, "DEMO", True)  # so that no second factor is asked for
    person("amelie", role=role)
    start = timezone.now()
    with time_machine.travel(start, tick=False):
        sign_in(client, "amelie", shared=shared)

    with time_machine.travel(start + lives, tick=False):
        in_time = client.get("/profile/")
    with time_machine.travel(start + lives + over, tick=False):
        too_late = client.get("/profile/")

    assert in_time.status_code == 200
    assert too_late.url == "/login/?next=%2Fprofile%2F&why=rest"


def test_a_session_in_constant_use_ends_after_seven_days(client):
    person("amelie")
    start = timezone.now()
    with time_machine.travel(start, tick=False):
        sign_in(client, "amelie")

    answers = []
    for hours in range(10, 7 * 24 + 10, 10):
        with time_machine.travel(start + timedelta(hours=hours), tick=False):
            answers.append(client.get("/profile/").status_code)

    assert answers == [200] * 16 + [302]


def test_a_page_that_only_polls_does_not_keep_a_session_alive(client):
    person("amelie")
    start = timezone.now()
    with time_machine.travel(start, tick=False):
        sign_in(client, "amelie", shared=True)

    answers = []
    for minutes in (10, 20, 31):
        with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
            poll = client.get("/profile/", headers={"HX-Request": "true", "HX-Trigger": "orders-news"})
            answers.append(poll.status_code)

    assert answers == [200, 200, 401]


def test_every_region_that_polls_is_known_not_to_be_a_person():
    polling = set()
    for path in (settings.BASE_DIR / "templates").rglob("*.html"):
        text = path.read_text()
        for trigger in re.finditer(r'hx-trigger="[^"]*\bevery ', text):
            polling.add(re.findall(r'\bid="([^"]+)"', text[: trigger.start()])[-1])

    assert polling == sessions.POLLS


def test_a_shared_device_forgets_when_the_browser_closes(client):
    person("amelie")

    own = sign_in(client, "amelie").cookies["session"]
    shared = sign_in(Client(), "amelie", shared=True).cookies["session"]

    assert own["max-age"] == 7 * 24 * 3600
    assert shared["max-age"] == ""
    assert own["httponly"]
    assert own["samesite"] == "Lax"


@pytest.mark.parametrize("change", ["role", "status", "password"])
def test_a_session_ends_when_the_access_changes(client, change):
    user = person("amelie")
    boss = person("boss", role=Role.ADMINISTRATOR)
    sign_in(client, "amelie")

    match change:
        case "role":
            users.change_role(user, Role.SUPPORT, by=boss)
        case "status":
            users.deactivate(user, by=boss)
        case "password":
            user.set_password("another long password")
            user.save()

    assert client.get("/profile/").url.startswith("/login/")


def test_signing_out_ends_the_session_on_the_server_too(client):
    person("amelie")
    sign_in(client, "amelie")
    key = client.cookies["session"].value

    answer = client.post("/logout/")
    thief = Client()
    thief.cookies["session"] = key

    assert answer.url == "/login/"
    assert answer.headers["Clear-Site-Data"] == '"storage"'
    assert thief.get("/profile/").headers["Location"].startswith("/login/")


def test_opening_the_sign_out_page_signs_nobody_out(client):
    person("amelie")
    sign_in(client, "amelie")

    client.get("/logout/")

    assert client.get("/profile/").status_code == 200


def test_the_key_of_a_session_changes_when_somebody_signs_in(client):
    person("amelie")
    client.get("/login/?why=rest")
    client.post("/login/", {"login": "amelie", "password": "wrong wrong wrong"})
    before = client.cookies.get("session")

    sign_in(client, "amelie")

    assert before is None or before.value != client.cookies["session"].value


def test_the_last_use_is_written_once_a_minute(client, django_assert_num_queries):
    user = person("amelie")
    start = timezone.now()
    with time_machine.travel(start, tick=False):
        sign_in(client, "amelie")
        assert User.objects.get(pk=user.pk).last_seen == start
        client.get("/profile/")
    with time_machine.travel(start + timedelta(seconds=61), tick=False):
        client.get("/profile/")
        noted = User.objects.get(pk=user.pk).last_seen
    with time_machine.travel(start + timedelta(seconds=90), tick=False):
        client.get("/profile/")

    assert User.objects.get(pk=user.pk).last_seen == noted == start + timedelta(seconds=61)


def test_two_administrators_cannot_remove_each_other_and_nobody_themselves():
    first, second = person("first", role=Role.ADMINISTRATOR), person("second", role=Role.ADMINISTRATOR)
    users.deactivate(second, by=first)

    with pytest.raises(users.Refused):
        users.deactivate(first, by=second)
    with pytest.raises(users.Refused):
        users.change_role(first, Role.SUPPORT, by=first)

    first.refresh_from_db()
    assert (first.is_active, first.role) == (True, Role.ADMINISTRATOR)


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140 Safari/537.36 Edg/140", "Edge, Windows"),
        ("curl/8", "curl/8"),
        ("", "?"),
    ],
)
def test_a_device_is_told_in_two_words(agent, device):
    assert sessions.device(agent) == device

"""The ways in without a password: an invitation, a reset, the demo's drawn logins. Each closes behind itself."""

import json
import re
import stat
from datetime import timedelta
from io import StringIO
from urllib.parse import urlsplit

import pytest
import time_machine
from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from backoffice import demo_database
from backoffice.models import Invitation, SellerAccount, User
from backoffice.people import demo, invitations
from backoffice.roles import Role
from tests import make
from tests.backoffice.people import PASSWORD, person, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nobody_tried_before():
    cache.clear()


def printed(*command, **options) -> str:
    out = StringIO()
    call_command(*command, stdout=out, **options)
    return out.getvalue().strip()


def account(slug="shop", practice=False) -> SellerAccount:
    return SellerAccount.objects.create(
        name=slug,
        slug=slug,
        seller_id=slug,
        api_url=settings.PRACTICE_URL if practice else "https://api.example.org",
        token_url=make.PRACTICE_TOKENS if practice else "https://auth.example.org/token",
        client_id="us",
        client_secret="s",
        practice=practice,
    )


def test_an_invited_person_chooses_a_name_and_a_password_and_signs_in(client):
    shop = account()
    account("other")
    link = urlsplit(printed("invite", "amelie@example.org", "--role", "support", "--account", "shop")).path

    asked = client.get(link)
    done = client.post(link, {"username": "amelie", "name": "Amélie", "password": PASSWORD})
    signed_in = sign_in(client, "amelie")

    amelie = User.objects.get(username="amelie")
    assert (asked.status_code, done.url, signed_in.status_code) == (200, "/login/?why=password", 302)
    assert (amelie.role, amelie.email, list(amelie.accounts.all())) == (Role.SUPPORT, "amelie@example.org", [shop])


def test_an_invitation_works_once(client):
    link = urlsplit(invitations.invite("a@example.org", Role.SUPPORT)).path
    client.post(link, {"username": "amelie", "name": "Amélie", "password": PASSWORD})

    again = client.post(link, {"username": "eve", "name": "Eve", "password": PASSWORD})

    assert again.status_code == 410
    assert not User.objects.filter(username="eve").exists()


def test_an_invitation_ends_after_seven_days(client):
    link = urlsplit(invitations.invite("a@example.org", Role.SUPPORT)).path

    with time_machine.travel(timezone.now() + timedelta(days=6, hours=23)):
        in_time = client.get(link).status_code
    with time_machine.travel(timezone.now() + timedelta(days=7, minutes=1)):
        too_late = client.get(link).status_code

    assert (in_time, too_late) == (200, 410)


def test_only_the_hash_of_a_link_is_kept():
    link = invitations.invite("a@example.org", Role.SUPPORT)

    token = link.rstrip("/").rpartition("/")[2]
    kept = Invitation.objects.get()
    assert len(token) >= 40
    assert token not in str({field.name: getattr(kept, field.name) for field in Invitation._meta.concrete_fields})


def test_an_invitation_to_somebody_who_is_here_lets_them_choose_a_new_password_and_keeps_their_role(client):
    user = person("amelie", role=Role.WAREHOUSE, email="amelie@example.org")
    older = invitations.invite("amelie@example.org", Role.SUPPORT)
    link = urlsplit(invitations.invite("Amelie@example.org", Role.ADMINISTRATOR)).path

    client.post(link, {"password": "another long password"})

    user.refresh_from_db()
    assert user.check_password("another long password")
    assert user.role == Role.WAREHOUSE
    assert User.objects.count() == 1
    assert client.get(urlsplit(older).path).status_code == 410


@pytest.mark.parametrize("password", ["short", "password1234", "amelie-martin"])
def test_a_weak_password_is_refused_with_its_reason(client, password):
    link = urlsplit(invitations.invite("a@example.org", Role.SUPPORT)).path

    answer = client.post(link, {"username": "amelie-martin", "name": "Amélie", "password": password})

    assert answer.status_code == 422
    assert "password is too" in answer.content.decode().lower()
    assert not User.objects.exists()


def test_a_taken_user_name_is_told(client):
    person("amelie")
    link = urlsplit(invitations.invite("a@example.org", Role.SUPPORT)).path

    answer = client.post(link, {"username": "Amelie", "name": "A", "password": PASSWORD})

    assert answer.status_code == 422
    assert "taken" in answer.content.decode()


def test_the_first_administrator_has_one_open_link_until_there_is_one(client):
    first, second = printed("invite", "--first"), printed("invite", "--first")
    client.post(urlsplit(second).path, {"username": "boss", "name": "Boss", "password": PASSWORD})

    afterwards = printed("invite", "--first")

    assert client.get(urlsplit(first).path).status_code == 410
    assert User.objects.get().role == Role.ADMINISTRATOR
    assert afterwards == ""


@pytest.mark.parametrize(
    "arguments",
    [["nobody", "--role", "support"], ["a@example.org"], ["a@example.org", "--role", "support", "--account", "x"]],
)
def test_a_wrong_invitation_says_what_is_missing(arguments):
    with pytest.raises(CommandError):
        printed("invite", *arguments)

    assert not Invitation.objects.exists()


def test_a_lost_password_is_chosen_anew_by_a_link_that_works_once(client):
    user = person("amelie", email="amelie@example.org")
    with _eager():
        client.post("/login/reset/", {"email": "amelie@example.org"})
    link = urlsplit(re.findall(r"http\S+", str(mail.outbox[0].body))[0]).path

    form = client.get(link)
    done = client.post(form.url, {"password": "another long password"})
    again = client.get(link)

    user.refresh_from_db()
    assert done.url == "/login/?why=password"
    assert user.check_password("another long password")
    assert "has ended" in again.content.decode()


def test_a_reset_answers_the_same_for_everybody(client):
    person("amelie", email="amelie@example.org")

    with _eager():
        known = client.post("/login/reset/", {"email": "amelie@example.org"})
        unknown = client.post("/login/reset/", {"email": "nobody@example.org"})

    assert (known.status_code, known.url) == (unknown.status_code, unknown.url) == (302, "/login/reset/sent/")
    assert [letter.to for letter in mail.outbox] == [["amelie@example.org"]]


def test_without_a_mail_server_the_page_says_whom_to_ask(client, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

    page = client.get("/login/reset/").content.decode()

    assert "Ask an administrator" in page
    assert 'name="email"' not in page


def test_the_demo_draws_its_logins_once_and_finds_them_again(client, settings, tmp_path):
    settings.DEMO, settings.DATA_DIR = True, tmp_path
    demo.allow()
    shop = account(practice=True)

    first, second = demo.seed(), demo.seed()

    file = tmp_path / "demo-logins.json"
    assert first == second == json.loads(file.read_text())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert set(first) == set(Role.values) == {user.username for user in User.objects.all()}
    assert all(list(user.accounts.all()) == [shop] for user in User.objects.all())
    assert sign_in(client, "administrator", first["administrator"]).status_code == 302
    assert client.get("/profile/").status_code == 200  # the second factor is offered, not required


def test_seeding_the_demo_makes_its_account_and_prints_the_logins(settings, tmp_path):
    settings.DEMO, settings.DATA_DIR = True, tmp_path
    settings.OCTOPIA_API_URL = settings.PRACTICE_URL = "http://127.0.0.1:9000/seller/v2"
    settings.OCTOPIA_AUTH_URL = "http://127.0.0.1:9000/token"
    settings.OCTOPIA_CLIENT_ID = settings.OCTOPIA_CLIENT_SECRET = settings.OCTOPIA_SELLER_ID = "demo"

    first, second = printed("seed_demo"), printed("seed_demo")

    shop = SellerAccount.objects.get()
    assert first == second
    assert [line.split()[0] for line in first.splitlines()] == Role.values
    assert (shop.practice, "cancel" in shop.sending) == (True, True)
    assert set(shop.users.all()) == set(User.objects.all())


def test_demo_logins_do_not_open_a_real_installation(client, settings, tmp_path):
    settings.DEMO, settings.DATA_DIR = True, tmp_path
    passwords = demo.seed()
    sign_in(client, "support", passwords["support"])
    settings.DEMO = False

    with_session = client.get("/profile/")
    with_password = sign_in(client, "warehouse", passwords["warehouse"])

    assert with_session.url.startswith("/login/")
    assert with_password.status_code == 422


def test_the_demo_is_refused_without_its_switch_and_beside_real_people(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    with pytest.raises(demo.NotADemo):
        demo.seed()
    settings.DEMO = True
    person("amelie")

    with pytest.raises(demo.NotADemo):
        demo.seed()

    assert [user.username for user in User.objects.all()] == ["amelie"]
    assert not demo_database.is_demo(connection.connection)
    assert not (tmp_path / "demo-logins.json").exists()


class _eager:
    """The letter is written at once, by the task itself."""

    def __enter__(self):
        from backoffice.celery import app

        self.app = app
        app.conf.task_always_eager = True

    def __exit__(self, *_):
        self.app.conf.task_always_eager = False

"""What holds for every address at once: rights, headers, tokens in forms, secrets kept."""

import io
import json
import logging
from collections.abc import Collection

import httpx
import pytest
import redis
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.http.response import HttpResponseBase
from django.test import Client
from django.utils import timezone
from psycopg import sql

from backoffice import marketplace
from backoffice.logs import without_links
from backoffice.models import SellerAccount, User
from backoffice.roles import ANYBODY, MAY, PAGES, SIGNED_IN, Role
from tests import make
from tests.addresses import believable
from tests.backoffice.people import PASSWORD, browser, code, person, sign_in, with_second_factor

pytestmark = pytest.mark.django_db

NUMBER = "SCID0000000001"
ROLES = [None, *Role]
# Open to the role, and then judging for themselves: the token, the first step, whether the role may do without.
JUDGE_THEMSELVES = {"metrics", "mfa_authenticate", "mfa_deactivate_totp", "account_logout"}


@pytest.fixture(autouse=True)
def _nobody_tried_before():
    cache.clear()


@pytest.fixture(autouse=True)
def _the_marketplace_is_away(monkeypatch):
    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody there", request=request)

    monkeypatch.setattr(marketplace, "TRANSPORT", httpx.MockTransport(away))


@pytest.fixture
def shop() -> SellerAccount:
    account = make.account()
    make.order(NUMBER, of=account)
    return account


def may(name: str, role: Role | None) -> bool:
    asks = PAGES[name]
    return asks == ANYBODY or (role is not None and (asks == SIGNED_IN or asks in MAY[role]))


@pytest.fixture
def addresses(shop) -> dict[str, str]:
    return believable(number=NUMBER, slug=shop.slug)


@pytest.mark.parametrize("role", ROLES)
def test_every_address_answers_each_role_as_the_table_says(role, shop, addresses):
    client = browser(role, shop)
    wrong = []
    for name, address in addresses.items():
        if name in JUDGE_THEMSELVES:
            continue
        for ask in (client.get, client.post):
            answer = ask(address)
            carries_the_headers(answer, address)
            shut = answer.status_code == 403 or (not role and answer.headers.get("Location", "")[:7] == "/login/")
            if shut == may(name, role):
                wrong.append((name, ask.__name__, answer.status_code))

    assert wrong == []


def test_an_address_without_a_row_opens_for_nobody(shop, addresses, monkeypatch):
    monkeypatch.delitem(PAGES, "profile")

    answers = [browser(role, shop).get("/profile/").status_code for role in ROLES]

    assert answers == [403] * 5


def test_htmx_without_a_session_is_led_to_the_login_and_back(shop, addresses):
    client = Client()
    asks = {"HX-Request": "true", "HX-Current-URL": "http://testserver/orders/?view=late"}

    answers = {name: client.post(address, headers=asks) for name, address in addresses.items() if not may(name, None)}

    assert {answer.status_code for answer in answers.values()} == {401}
    assert {a.headers["HX-Redirect"] for a in answers.values()} == {"/login/?next=%2Forders%2F%3Fview%3Dlate"}


@pytest.mark.parametrize("role", [None, Role.ADMINISTRATOR])
def test_an_answer_that_is_no_page_carries_the_headers(role, shop, addresses):
    client = browser(role, shop)
    for address in (*(addresses[name] for name in JUDGE_THEMSELVES), "/nowhere/", "/profile/sessions/999999/end/"):
        if role:
            client.force_login(User.objects.get(role=role))  # one of them signs out
        for ask in (client.get, client.post):
            carries_the_headers(ask(address), address)


def carries_the_headers(answer: HttpResponseBase, address: str) -> None:
    headers = answer.headers
    policy = headers["Content-Security-Policy"]
    assert "unsafe" not in policy, address
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "no-store" in headers["Cache-Control"], address
    assert {"Cookie", "HX-Request"} <= {word.strip() for word in headers["Vary"].split(",")}


def test_a_form_without_its_token_changes_nothing_anywhere(shop, addresses):
    client = browser(Role.SUPPORT, shop, enforce_csrf_checks=True)

    answers = {name: client.post(address, {"name": "Eve"}).status_code for name, address in addresses.items()}

    assert set(answers.values()) == {403}
    assert not User.objects.filter(name="Eve").exists()


def test_a_form_older_than_the_session_keeps_what_was_typed_but_no_password(shop):
    client = browser(Role.SUPPORT, shop, enforce_csrf_checks=True)
    typed = {"name": "Amélie typed this", "oldpassword": PASSWORD, "password": "another long password"}

    answer = client.post("/profile/", typed, headers={"Referer": "http://testserver/profile/"})

    page = answer.content.decode()
    assert answer.status_code == 403
    assert "Amélie typed this" in page
    assert PASSWORD not in page
    assert "another long password" not in page


def test_opening_pages_changes_nothing_but_logs_sessions_and_last_use(shop, addresses, time_machine):
    time_machine.move_to(timezone.now(), tick=False)  # else the dialogs ask for a token again, and count its trouble
    client = browser(Role.ADMINISTRATOR, shop)
    for address in addresses.values():
        client.get(address)
    before = everything(but={"backoffice_accesslog", "django_session", "usersessions_usersession"})

    for address in addresses.values():
        client.get(address)

    assert everything(but={"backoffice_accesslog", "django_session", "usersessions_usersession"}) == before


def everything(but: Collection[str] = ()) -> dict[str, str]:
    """Every row of every table as text."""
    rows = sql.SQL("SELECT coalesce(string_agg(t::text, chr(10) ORDER BY t::text), '') FROM {} t")
    with connection.cursor() as cursor:
        kept = {}
        for table in connection.introspection.table_names(cursor):
            if table not in but:
                cursor.execute(rows.format(sql.Identifier(table)))
                kept[table] = cursor.fetchone()[0]
    return kept


def test_secrets_stay_where_they_belong(client, monkeypatch):
    """Goal G14: markers in every secret are found in no log, no page, no Redis key and no table in clear."""
    marks = {
        "credential": "CANARYcredential7Q",
        "password": "CANARY password 7Q of a person",
        "guess": "CANARY guess 7Q of a stranger",
        "seed": "CANARYSEEDQQQQQQ" * 2,
        "metrics": "CANARYmetrics7Q",
    }
    monkeypatch.setattr(settings, "METRICS_TOKEN", marks["metrics"])
    shop = make.account(client_secret=marks["credential"])
    make.order(NUMBER, of=shop)
    boss = User.objects.create_user("boss", marks["password"], role=Role.ADMINISTRATOR)
    with_second_factor(boss, marks["seed"])
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    handler.setFormatter(next(one.formatter for one in logging.getLogger().handlers if one.name == "stderr"))
    logging.getLogger().addHandler(handler)
    pages = []
    try:
        sign_in(client, "boss", marks["guess"])
        sign_in(client, "boss", marks["password"])
        client.post("/login/code/", {"code": code(marks["seed"])})
        for address in believable(number=NUMBER, slug=shop.slug).values():
            answer = client.get(address)
            pages += [b"".join(answer).decode(errors="replace")]  # also of one that is sent as it is made
        client.post("/profile/password/", {"oldpassword": marks["guess"], "password": marks["password"]})
        client.get("/metrics", headers={"Authorization": f"Bearer {marks['metrics']}"})
        client.get("/metrics", headers={"Authorization": f"Bearer {marks['guess']}"})
    finally:
        logging.getLogger().removeHandler(handler)

    kept = {"log": log.getvalue(), "pages": "\n".join(pages), "redis": in_redis(), **everything()}
    assert "boss" in kept["pages"]  # the way led inside
    assert "request_finished" in kept["log"]
    assert [(place, mark) for place, text in kept.items() for mark in marks.values() if mark in text] == []


def in_redis() -> str:
    """Every key and value of this test's Redis number, the broker's queues included."""
    store = redis.Redis.from_url(settings.REDIS_URL)
    texts = []
    for key in store.scan_iter():
        kind = store.type(key)
        match kind:
            case b"string":
                value = store.get(key)
            case b"list":
                value = store.lrange(key, 0, -1)
            case b"hash":
                value = store.hgetall(key)
            case b"set":
                value = store.smembers(key)
            case _:
                value = store.zrange(key, 0, -1)
        texts.append(f"{key!r} {value!r}")
    return "\n".join(texts)


def test_a_log_line_holds_no_link_that_lets_somebody_in():
    line = without_links(
        None, "info", {"event": "Not Found: /login/invitation/SECRET/", "path": "/login/reset/1-SECRET/"}
    )

    assert "SECRET" not in json.dumps(line)
    assert line["path"] == "/login/reset/…/"


def test_a_search_leaves_no_name_in_the_log(client, caplog):
    person("amelie")
    sign_in(client, "amelie")
    caplog.set_level(logging.DEBUG)

    client.get("/profile/?q=Le+Goff")

    assert "Goff" not in caplog.text
    assert "request_finished" in caplog.text

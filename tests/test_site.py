"""Every page × role × language by the test client: status, title, one h1, language, number of queries, twin."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from django.utils.html import escape

from backoffice import alerts, sessions, shop
from backoffice.models import User
from backoffice.roles import ANYBODY, MAY, SIGNED_IN, Role
from backoffice.roles import PAGES as RIGHTS
from fulfilment import frame
from orders import saved
from tests.backoffice.people import with_second_factor
from tests.pages import NO_PAGES, PAGES, Page, World, world

pytestmark = pytest.mark.django_db

ANONYMOUS = "nobody"


@pytest.fixture(autouse=True)
def remembered(monkeypatch):
    """What is kept for seconds is kept for the whole test: on a busy machine they pass between two requests."""
    for module in (frame, saved, shop):
        monkeypatch.setattr(module, "KEPT", 600)
    monkeypatch.setattr(alerts, "LOOKED_AT", 600.0)


def test_every_address_is_a_page_of_the_table_or_none():
    named = {page.name for page in PAGES} | NO_PAGES | {"styleguide"}

    assert set(RIGHTS) - named == set()
    assert named - set(RIGHTS) - {"styleguide"} == set()


def somebody(role: str, world: World) -> Client:
    """A browser in which a person of this role is signed in, with a second factor; or nobody."""
    client = Client()
    if role != ANONYMOUS:
        user = User.objects.create_user(role, role=role, accounts=[world.account])
        client.force_login(with_second_factor(user) if role in (Role.MANAGER, Role.ADMINISTRATOR) else user)
    return client


def opens(page: Page, role: str) -> bool:
    asks = RIGHTS[page.name]
    if asks == ANYBODY:
        return True
    return role != ANONYMOUS and (asks == SIGNED_IN or asks in MAY[Role(role)])


@pytest.mark.parametrize("role", [ANONYMOUS, *Role.values])
def test_a_page_opens_for_whom_the_table_says(subtests, role):
    there = world()  # one for all: opening pages changes nothing of it
    client = somebody(role, there)
    for row in PAGES:
        with subtests.test(row.name):
            open_page(row, role, client, there)


def open_page(row: Page, role: str, client: Client, there: World) -> None:
    path = row.path(there)
    if not opens(row, role):
        answer = client.get(path)
        assert answer.status_code == (302 if role == ANONYMOUS else 403)
        assert role != ANONYMOUS or answer.headers["Location"].startswith("/login/")
        return

    counts: list[int] = []
    for language in ("en", "fr", "en"):
        if len(counts) == 2 and counts[0] == counts[1]:
            break  # else the first noted something once, and is asked again
        User.objects.update(language=language)
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(path, headers={"Accept-Language": language})
        if row.name == "account_login" and role != ANONYMOUS:
            assert answer.headers["Location"] == "/"  # nobody signs in twice
            return
        counts.append(len(queries))
        check(row, answer, language, there)
    assert counts[-1] == counts[-2], "the language decides how many queries a page makes"
    assert counts[-1] <= row.queries


def check(row: Page, answer, language: str, there: World) -> None:
    body = answer.content.decode()
    with translation.override(language):
        title = row.title(there) if callable(row.title) else translation.gettext(row.title)
    heads = re.findall(r"<h1[^>]*>(.*?)</h1>", body, re.S)
    assert answer.status_code == row.status
    assert re.findall(r"<title>\s*(.*?)\s*</title>", body, re.S)[0].startswith(escape(title))
    assert len(heads) == 1
    assert re.sub(r"<[^>]+>", "", heads[0]).strip()
    assert re.findall(r"<html[^>]* lang=\"([a-z]+)\"", body) == [language]
    assert answer.headers["Content-Language"] == language
    assert nothing_inline(body) == []


def nothing_inline(body: str) -> list[str]:
    """What the policy would refuse: handlers and styles in attributes, scripts and styles between tags."""
    found = re.findall(r"<[^>]+\s(?:on[a-z]+|style)\s*=[^>]*>", body)
    found += re.findall(r"<style\b[^>]*>", body)
    return found + [tag for tag in re.findall(r"<script\b[^>]*>", body) if " src=" not in tag]


def test_htmx_gets_the_page_without_its_frame_and_a_browser_the_same_inside(subtests):
    there = world()
    client = somebody(Role.ADMINISTRATOR, there)
    for row in PAGES:
        if row.twin:
            with subtests.test(row.name):
                compare_twin(row, client, row.path(there))


def compare_twin(row: Page, client: Client, path: str) -> None:
    whole = client.get(path)
    twin = client.get(path, headers={"HX-Request": "true"})
    restored = client.get(path, headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})

    roots = re.findall(r"\A\s*<[a-z]+[^>]* id=\"([^\"]+)\"", twin.content.decode())
    assert twin.status_code == row.status
    assert "<html" not in twin.content.decode()
    assert len(roots) == 1, "a twin has one root element, with an id"
    assert f'id="{roots[0]}"' in whole.content.decode()
    assert "<html" in restored.content.decode()
    assert "HX-Request" in whole.headers["Vary"]


def test_a_session_of_the_table_is_one_that_has_begun():
    client = somebody(Role.SUPPORT, world())

    assert client.session[sessions.BEGAN] > 0

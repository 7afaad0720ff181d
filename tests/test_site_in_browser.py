"""Every page of the table in a browser: it fits every width, axe finds nothing, the policy is kept."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from playwright.sync_api import Page as Tab

from backoffice.models import User
from backoffice.roles import ANYBODY, Role
from backoffice.roles import PAGES as RIGHTS
from tests.browser import faults
from tests.pages import PAGES, Page, World, world
from tests.test_site import ANONYMOUS, opens, somebody

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
COMBINATIONS = [
    pytest.param(role, theme, language, marks=pytest.mark.everything)
    for role in (ANONYMOUS, *Role.values)
    for theme in ("light", "dark")
    for language in ("en", "fr")
]


@pytest.mark.parametrize(
    ("role", "theme", "language"),
    [
        (ANONYMOUS, "light", "by turns"),
        (ANONYMOUS, "dark", "by turns"),
        (Role.ADMINISTRATOR, "light", "by turns"),
        (Role.ADMINISTRATOR, "dark", "by turns"),
        *COMBINATIONS,
    ],
)
def test_every_page_fits_every_width_and_everybody(chromium, site, role, theme, language):
    there = world()
    tab = window(chromium, site, there, role, theme)
    said: list[str] = []
    tab.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    tab.on("pageerror", lambda error: said.append(str(error)))

    wrong = {}
    for turn, row in enumerate(pages_of(role)):
        speaks = ("en", "fr")[(turn + (theme == "dark")) % 2] if language == "by turns" else language
        User.objects.update(language=speaks)
        tab.set_extra_http_headers({"Accept-Language": speaks})
        said.clear()
        if found := [*looked_at(tab, site.url + row.path(there), row), *heard(said, row)]:
            wrong[row.name] = found
    assert wrong == {}


def pages_of(role: str) -> Iterator[Page]:
    """The pages that open for this role; those that open for anybody are nobody's."""
    for row in PAGES:
        if opens(row, role) and (role == ANONYMOUS) == (RIGHTS[row.name] == ANYBODY):
            yield row


def window(chromium: Browser, site, there: World, role: str, theme: str) -> Tab:
    client = somebody(role, there)
    User.objects.update(theme=theme)
    context = chromium.new_context(color_scheme="dark" if theme == "dark" else "light")
    if role != ANONYMOUS:
        context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": site.url}])
    tab = context.new_page()
    tab.set_default_timeout(15_000)
    return tab


def looked_at(tab: Tab, address: str, row: Page) -> Iterator[object]:
    """What is wrong with the page: its status, what spills over at a width, what axe finds."""
    answer = tab.goto(address)
    if answer is None or answer.status != row.status or tab.url != address:
        yield f"answered {answer and answer.status} at {tab.url}"
    yield from faults(tab)


def heard(said: list[str], row: Page) -> list[str]:
    """What the browser complained of, but for a status that the table foresees."""
    return [text for text in said if row.status == 200 or "Failed to load resource" not in text]

"""The settings in a real browser: every page at every width in both themes; what is not saved is said on leaving."""

import pytest
from playwright.sync_api import Browser, Dialog, Page

from backoffice.alerts import open_alert
from backoffice.declarations import Section
from backoffice.models import SellerAccount, User
from orders.models import Carrier
from tests import make
from tests.browser import faults
from tests.orders.pages import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PATHS = (
    "/settings/",
    "/settings/alerts/",
    "/settings/shop/",
    *(f"/settings/shop/{section}/" for section in Section if section != Section.TIME),
    "/settings/users/",
    "/settings/users/roles/",
    "/settings/users/invite/",
    "/settings/accounts/",
    "/settings/accounts/add/",
    "/settings/accounts/lampes/",
)


@pytest.fixture
def shop(site) -> SellerAccount:
    account = make.account(name="Lampes", slug="lampes")
    Carrier.objects.create(account=account, label="Colissimo", code="1")
    open_alert("drift", account=account, theirs=10, ours=9)
    make.user("manager", account, username="marc", email="marc@example.org")
    return account


def opened(chromium: Browser, site, language: str = "en", theme: str = "light") -> Page:
    client = signed_in("administrator")
    User.objects.filter(role="administrator").update(language=language, theme=theme, name="Amélie")
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": site.url}])
    page = context.new_page()
    page.set_default_timeout(15_000)
    return page


@pytest.mark.parametrize(
    ("language", "theme"), [("fr", "light"), pytest.param("en", "dark", marks=pytest.mark.everything)]
)
def test_every_page_is_accessible_and_fits_every_width(chromium, site, shop, language, theme):
    page = opened(chromium, site, language, theme)
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)

    for path in PATHS:
        page.goto(site.url + path)
        assert faults(page) == [], path
    assert complaints == []


def test_what_is_not_saved_is_said_on_leaving(chromium, site, shop):
    page = opened(chromium, site)
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.goto(f"{site.url}/settings/shop/holds/")
    page.get_by_label("Ship (seconds)").fill("30")
    with page.expect_event("dialog"):
        page.get_by_role("navigation", name="Sections").get_by_role("link", name="Orders").click(no_wait_after=True)

    assert asked == ["beforeunload"]
    assert page.url.endswith("/settings/shop/holds/")

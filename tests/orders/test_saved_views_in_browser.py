"""Saved views in a real browser: kept from the list, changed with a key, readable at every width."""

import pytest
from playwright.sync_api import Browser, Page, expect

from backoffice.models import SavedView
from tests import make
from tests.browser import violations
from tests.orders.pages import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def opened(chromium: Browser, site, theme: str = "light", width: int = 1440) -> Page:
    """A window in which a manager of a shop is signed in."""
    account = make.account(name="Lampes")
    make.order("SCID01261104091200", of=account)
    make.order("SCID01261104091201", of=account, channel="CONFFR", channel_name="Conforama")
    client = signed_in("manager", account)
    user = account.users.get()
    user.theme = theme
    user.save()
    context = chromium.new_context(viewport={"width": width, "height": 900})
    context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": site.url}])
    page = context.new_page()
    page.set_default_timeout(15_000)
    return page


def test_a_view_is_kept_from_the_list_and_changed_with_a_key(chromium, site):
    page = opened(chromium, site)
    page.goto(site.url + "/orders/?view=to-ship&channel=CONFFR")

    page.locator("#orders-views > summary").click()
    page.get_by_label("Name of the view").fill("Conforama")
    page.get_by_label("Shown to").select_option(label="Everybody")
    page.locator("#orders-keep-view").click()

    tabs = page.get_by_role("navigation", name="Views")
    expect(tabs.get_by_role("link", name="Conforama 1")).to_have_attribute("aria-current", "true")
    page.locator("body").press("v")
    expect(tabs.get_by_role("link", name="To ship")).to_have_attribute("aria-current", "true")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_many_views_fit_and_axe_finds_nothing(chromium, site, theme, width):
    page = opened(chromium, site, theme, width)
    owner = make.user("support")
    SavedView.objects.bulk_create(
        SavedView(owner=owner, name=f"Lampes de bureau, numéro {n}", address=f"?min={n}", audience="everybody")
        for n in range(9)
    )
    page.goto(site.url + "/orders/?placed=7")
    page.locator("#orders-views > summary").click()

    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert violations(page) == []
    page.goto(site.url + "/views/")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

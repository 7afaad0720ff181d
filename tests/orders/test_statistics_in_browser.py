"""The figures in a real browser: accessible in both themes and languages, at every width, without scripts, printed."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from backoffice.models import SellerAccount
from orders import models
from tests import make
from tests.browser import faults
from tests.orders import shopping
from tests.orders.pages import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shop(site) -> SellerAccount:
    account = make.account(name="Lampes")
    shopping.past(account, timezone.now(), orders=90, apart=timedelta(hours=7))
    models.Indicator.objects.create(
        account=account, name="deadlines", value_d30=Decimal("93.4"), threshold=95,
        threshold_type="TresholdMin", compliant_d30=False, computed_at=timezone.now(),
    )  # fmt: skip
    return account


def opened(
    chromium: Browser, site, shop: SellerAccount, language: str = "en", theme: str = "light", scripts: bool = True
) -> Page:
    client = signed_in("manager", shop)
    user = shop.users.get()
    user.language, user.theme = language, theme
    user.save()
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, java_script_enabled=scripts)
    context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": site.url}])
    page = context.new_page()
    page.set_default_timeout(15_000)
    return page


@pytest.mark.parametrize(("theme", "language"), [("light", "en"), ("dark", "fr")])
@pytest.mark.parametrize("path", ["/statistics/", "/statistics/gestures/", "/orders/?by=shipped&outcome=on-time&sum=1"])
def test_the_figures_are_accessible_and_fit_every_width(chromium, site, shop, path, theme, language):
    page = opened(chromium, site, shop, language, theme)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.goto(site.url + path)
    for summary in page.locator("main details:not(.menu) > summary").all():
        summary.click()

    assert faults(page) == []
    assert said == []
    page.set_viewport_size({"width": 390, "height": 844})
    sideways = "regions => regions.filter(one => one.scrollWidth > one.clientWidth).map(one => one.textContent.trim())"
    assert page.locator(".card > .table-region").evaluate_all(sideways) == []  # nothing of a figure is off the phone


def test_a_figure_is_read_understood_and_opened_without_scripts(chromium, site, shop):
    page = opened(chromium, site, shop, theme="dark", scripts=False)
    page.goto(site.url + "/statistics/")
    table = page.get_by_role("table", name="Orders shipped")
    expect(table).to_be_hidden()
    page.emulate_media(media="print")  # in light colours, with what nobody can open on paper
    expect(table.locator("tfoot")).to_be_visible()
    page.set_viewport_size({"width": 718, "height": 1000})  # a sheet of A4 within its margins
    expect(page.get_by_role("table", name="By channel").locator("thead")).to_have_css("position", "static")
    expect(page.locator(".side")).to_be_hidden()
    expect(page.locator("html")).to_have_css("background-color", "rgba(0, 0, 0, 0)")
    expect(page.locator("h1")).to_have_css("color", "rgb(22, 27, 38)")
    page.emulate_media(media="screen")

    page.locator("#figure-shipped-late summary").click()
    expect(page.get_by_text("those that left after their earliest deadline")).to_be_visible()
    shown = page.locator("#figure-shipped-late .tile-value").inner_text()
    page.locator("#figure-shipped-late a").click()

    expect(page.locator("#orders-added-up")).to_contain_text(f"{shown} orders")
    page.go_back()
    page.locator("#filter-period > summary").click()
    page.get_by_role("radio", name="7 days").check()
    page.locator("#filter-show").click()
    page.wait_for_url("**/statistics/?*period=7*")
    page.get_by_text("Show the figures as a table").click()
    expect(page.get_by_role("table", name="Orders shipped").locator("tbody tr")).to_have_count(7)


@pytest.mark.parametrize("path", ["/statistics/", "/orders/?placed=7"])
def test_days_that_are_filled_in_are_the_days_that_are_shown(chromium, site, shop, path):
    page = opened(chromium, site, shop)
    page.goto(site.url + path)
    page.locator("#filter-period > summary, #filter-placed > summary").click()

    page.locator("#filter-from").fill("2026-01-03")
    page.locator("#filter-to").fill("2026-01-05")
    page.locator("#filter-to").press("Enter")

    expect(page.locator("#filter-period > summary, #filter-placed > summary")).to_contain_text("3 Jan – 5 Jan 2026")


def test_the_figures_are_two_keys_away(chromium, site, shop):
    page = opened(chromium, site, shop)
    page.goto(site.url + "/orders/")

    for key in ("g", "f"):
        page.wait_for_timeout(150)
        page.keyboard.press(key)

    page.wait_for_url("**/statistics/")

"""The page of the telephone in a real browser: typing, arrows, paste, return; how many keys an answer takes."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from backoffice.models import SellerAccount
from octopia import schema
from tests import make
from tests.browser import faults
from tests.orders.test_orders_in_browser import opened, press

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shop(site) -> SellerAccount:
    account = make.account(name="Lampes")
    parcels = (schema.Parcel(number="6A12345678901", carrier="Colissimo", url="https://track.example/6A12345678901"),)
    lines = (make.line(status="Shipped", title="Perceuse", parcels=parcels), make.line("B2", title="Abat-jour " * 14))
    make.order("SCID01261104SHIPPED", of=account, status="Shipped", lines=lines)
    for turn in range(12):
        shipping = make.address(last_name="Fournier", first_name="Luc", city="Lyon", postal_code="69003")
        make.order(f"SCID0126110409{turn:04d}K7QD", of=account, lines=(make.line(shipping=shipping),))
    return account


def paste(page: Page, text: str) -> None:
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.keyboard.press("ControlOrMeta+v")


@pytest.fixture
def window(chromium: Browser, site, shop) -> Page:
    page = opened(chromium, site, shop)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(site.url + "/support/")
    return page


def test_the_hits_come_while_one_types_and_are_walked_with_the_arrows(window):
    expect(window.locator("#support-q")).to_be_focused()

    window.keyboard.type("fournier 69003", delay=60)
    expect(window.locator("#support-said")).to_have_text("12 orders, the best 10 shown")
    expect(window.locator("#support-q")).to_be_focused()
    expect(window).to_have_url(re.compile(r"/support/\?q=fournier\+69003$"))
    window.keyboard.press("ArrowDown")
    window.keyboard.press("ArrowDown")
    second = window.locator("[data-hit]").nth(1)
    expect(second).to_be_focused()
    window.keyboard.press("Enter")
    window.wait_for_url("**/orders/SCID0126110409*/")

    window.go_back()
    expect(window.locator("#support-q")).to_be_focused()
    expect(window.locator("#support-q")).to_have_value("fournier 69003")


def test_an_exact_number_opens_at_once_on_a_paste(window):
    paste(window, " 6A12345678901\n")

    window.wait_for_url("**/orders/SCID01261104SHIPPED/")


def test_an_exact_number_opens_at_once_on_enter_and_not_while_one_types(window):
    window.keyboard.type("6A12345678901", delay=10)
    expect(window.locator("#support-said")).to_have_text("1 order found")

    window.keyboard.press("Enter")

    window.wait_for_url("**/orders/SCID01261104SHIPPED/")


def test_where_is_my_parcel_takes_three_keys_and_a_paste(window, site):
    window.goto(site.url + "/sync/")

    press(window, "g", "s")
    window.wait_for_url("**/support/")
    paste(window, "6A12345678901")
    window.wait_for_url("**/orders/SCID01261104SHIPPED/")
    press(window, "y")

    expect(window.locator("button[data-copied]")).to_be_visible()
    assert "6A12345678901, Colissimo" in window.evaluate("navigator.clipboard.readText()")


def test_a_long_pasted_list_goes_to_the_orders_list(window):
    paste(window, "\n".join([f"SCID0126110409{turn:04d}K7QD" for turn in range(100)]))

    window.wait_for_url("**/orders/?pasted=*")
    expect(window.locator("tbody tr")).to_have_count(12)
    expect(window.get_by_text("88 numbers were not found")).to_be_visible()


def test_it_works_without_scripts(chromium, site, shop):
    page = opened(chromium, site, shop)
    context = chromium.new_context(java_script_enabled=False)
    context.add_cookies(page.context.cookies())
    plain = context.new_page()
    plain.goto(site.url + "/support/")

    plain.locator("#support-q").fill("fournier")
    plain.keyboard.press("Enter")
    plain.locator("[data-hit]").first.click()

    plain.wait_for_url("**/orders/SCID0126110409*/")


@pytest.mark.parametrize(("theme", "language"), [("light", "en"), ("dark", "fr")])
@pytest.mark.parametrize("path", ["/support/", "/support/?q=fournier+69003", "/support/?q=SCID999999"])
def test_the_page_is_clean_in_both_themes_and_never_scrolls_sideways(chromium, site, shop, path, theme, language):
    page = opened(chromium, site, shop, language, theme)
    page.goto(site.url + "/orders/SCID01261104SHIPPED/")
    page.goto(site.url + path)

    assert faults(page) == []

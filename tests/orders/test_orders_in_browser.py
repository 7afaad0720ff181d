"""The main way in a real browser: find, filter, open, back, refresh; by keyboard; both languages; every width."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from backoffice import wording
from backoffice.models import SellerAccount
from octopia import schema
from orders import mirror
from orders.models import Cursor, Quarantine, Reading
from tests import make
from tests.browser import WIDTHS, faults
from tests.orders.pages import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shop(site) -> SellerAccount:
    account = make.account(name="Lampes")
    now = timezone.now()
    Cursor.objects.create(
        account=account, name="live", position=now, complete_until=now, last_success=now, last_try=now
    )
    parcels = (schema.Parcel(number="6A12345678901", carrier="Colissimo", url="https://track.example/6A12345678901"),)
    readings = [
        make.reading(
            f"SCID012611040912{turn:04d}K7QD",
            lines=(
                make.line(ship_by=now + timedelta(hours=turn - 3)),
                make.line("B2", quantity=3, title="Abat-jour " * 12),
            ),
        )
        for turn in range(60)
    ]
    readings.append(
        make.reading("SCID01261104SHIPPED", status="Shipped", lines=(make.line(status="Shipped", parcels=parcels),))
    )
    mirror.store(account, readings, source="live")
    Quarantine.objects.create(
        account=account, number="SCID9", reason="quantity is no number", raw="{}", hash="0", source="live"
    )
    return account


def opened(
    chromium: Browser, site, shop: SellerAccount, language: str = "en", theme: str = "light", width: int = 1440
) -> Page:
    """A window in which a supporter of this shop is signed in."""
    client = signed_in("support", shop)
    user = shop.users.get()
    user.language, user.theme = language, theme
    user.save()
    context = chromium.new_context(viewport={"width": width, "height": 900})
    context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": site.url}])
    page = context.new_page()
    page.set_default_timeout(15_000)
    return page


def test_an_order_is_found_filtered_opened_left_and_refreshed(chromium, site, shop):
    page = opened(chromium, site, shop)
    page.goto(site.url + "/orders/")

    page.get_by_role("navigation", name="Views").get_by_role("link", name="Late").click()
    page.wait_for_url("**/orders/?view=late")
    expect(page.locator("tbody tr")).to_have_count(4)  # the fourth became late just now
    page.locator("tbody a[data-row]").nth(1).click()
    expect(page.get_by_text("2 of 4")).to_be_visible()
    page.get_by_role("link", name="Next order").click()
    expect(page.get_by_text("3 of 4")).to_be_visible()
    page.go_back()
    page.go_back()
    expect(page.locator("tbody tr")).to_have_count(4)

    page.get_by_label("Search orders").fill("6A12345678901")
    page.keyboard.press("Enter")
    page.wait_for_url("**/orders/SCID01261104SHIPPED/")
    page.get_by_role("button", name="Refresh from the marketplace").click()
    expect(page.get_by_text("waiting for its turn")).to_be_visible()
    Reading.objects.update(done_at=timezone.now(), outcome="unchanged")
    expect(page.get_by_text("Read anew: nothing had changed.")).to_be_visible()


def press(page: Page, *keys: str) -> None:
    """As slowly as fingers: what comes faster is a scanner's."""
    for key in keys:
        page.wait_for_timeout(150)
        page.keyboard.press(key)


def test_everything_is_reached_by_keyboard_alone(chromium, site, shop):
    page = opened(chromium, site, shop)
    page.goto(site.url + "/sync/")

    press(page, "g", "o")
    page.wait_for_url("**/orders/")
    press(page, "j", "j", "Enter")
    page.wait_for_url("**/orders/SCID*/")
    press(page, "u")
    expect(page.get_by_text("waiting for its turn")).to_be_visible()
    press(page, "/")
    expect(page.locator("#find")).to_be_focused()
    page.keyboard.type("le goff tours", delay=50)  # slower than a scanner
    page.keyboard.press("Enter")
    page.wait_for_url("**/orders/?q=le+goff+tours")
    expect(page.locator("tbody tr")).to_have_count(50)
    press(page, "Escape", "l")
    expect(page.locator("tbody tr")).to_have_count(11)
    press(page, "h")
    expect(page.locator("tbody tr")).to_have_count(50)


def test_without_scripts_the_same_way_is_open(chromium, site, shop):
    client = signed_in("support", shop)
    context = chromium.new_context(java_script_enabled=False)
    context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": site.url}])
    page = context.new_page()
    page.goto(site.url + "/orders/")

    page.locator("#filter-status > summary").click()
    page.get_by_role("checkbox", name="Shipped", exact=True).check()
    page.locator("#filter-show").click()
    page.wait_for_url("**/orders/?status=Shipped")
    page.locator("tbody a[data-row]").first.click()
    page.get_by_role("button", name="Refresh from the marketplace").click()

    expect(page.get_by_text("waiting for its turn")).to_be_visible()


def test_columns_are_chosen_by_keyboard_and_nothing_jumps(chromium, site, shop):
    page = opened(chromium, site, shop, "fr")
    page.goto(site.url + "/orders/?view=to-ship")
    head = page.locator("thead")
    before = head.bounding_box()

    page.locator("#orders-columns > summary").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("checkbox", name="Canal", exact=True)).to_be_visible()
    opened_at = head.bounding_box()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")  # the first: away with the deadline
    expect(page.locator("#column-ship-by")).not_to_be_checked()
    page.locator("#column-channel").focus()
    page.keyboard.press("Space")
    page.locator("#columns-show").focus()
    page.keyboard.press("Enter")

    expect(head.get_by_text("Canal", exact=True)).to_be_visible()
    expect(head.get_by_text("À expédier avant", exact=True)).to_have_count(0)
    assert page.url.endswith("/orders/?view=to-ship")
    after = head.bounding_box()
    assert before
    assert opened_at
    assert after
    assert before["y"] == opened_at["y"] == after["y"]


@pytest.mark.parametrize(("theme", "language"), [("light", "en"), ("dark", "fr")])
@pytest.mark.parametrize(
    "path",
    [
        "/orders/",
        "/orders/?view=late&status=InPreparation&min=1",
        "/orders/?q=nothing-1234",
        "/orders/SCID01261104SHIPPED/",
        "/sync/",
    ],
)
def test_every_page_is_accessible_and_fits_every_width(chromium, site, shop, path, theme, language):
    page = opened(chromium, site, shop, language, theme)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.goto(site.url + path)

    assert page.get_attribute("html", "lang") == language
    assert faults(page) == []
    assert said == []


def test_the_words_of_a_state_stay_inside_their_chip(chromium, site, shop):
    mirror.store(shop, [make.reading(f"SCID9{status}", status=status) for status in wording.ORDER], source="live")
    page = opened(chromium, site, shop, "fr")
    page.goto(site.url + "/orders/")

    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        spilt = page.eval_on_selector_all(
            "tbody .badge", "all => all.filter(one => one.scrollWidth > one.clientWidth).map(one => one.textContent)"
        )
        assert spilt == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0

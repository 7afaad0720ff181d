"""Scans as bursts of keys in a real browser: what is understood, and that nothing else of the page hears of them."""

import pytest
from playwright.sync_api import Page, expect

from tests import make
from tests.browser import violations
from tests.orders.pages import signed_in
from tests.scanning import CTRL, SHIFT, Scanner

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TOLD = "[data-scan-told]"


@pytest.fixture
def page(chromium, site):
    account = make.account()
    client = signed_in("warehouse", account)
    context = chromium.new_context(base_url=site.url, locale="en")
    context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": site.url}])
    opened = context.new_page()
    opened.set_default_timeout(15_000)
    opened.goto("/profile/")
    yield opened
    context.close()


def understood(page: Page) -> str:
    return page.locator(f"{TOLD} strong").inner_text()


@pytest.mark.parametrize(
    "code", ["3760000000017", "6A12345678901", "DRL-18V_2B.7/x", "!S12345678", "!CPARCEL02", "(01)03760000000017"]
)
@pytest.mark.parametrize("close", ["Enter", "Tab"])
def test_a_code_is_understood_in_both_layouts(page, code, close):
    for azerty in (False, True):
        page.reload()
        Scanner(page, azerty=azerty).scan(code, close)

        expect(page.locator(f"{TOLD} strong")).to_have_text(code)
        plain = not azerty and "(" not in code
        expect(page.locator(TOLD)).to_have_attribute("data-kind", "plain" if plain else "us")


def test_a_scanner_of_the_french_layout_is_taken_at_its_word(page):
    keys = [("6", "Digit6", SHIFT), ("A", "KeyQ", SHIFT), *((sign, f"Digit{sign}", SHIFT) for sign in "123456")]
    Scanner(page).burst(*keys, ("Enter", "Enter", 0))

    expect(page.locator(f"{TOLD} strong")).to_have_text("6A123456")
    expect(page.locator(TOLD)).to_have_attribute("data-kind", "plain")


def test_the_field_that_had_the_focus_gets_its_former_value_back(page):
    name = page.locator("#id_name")
    name.fill("Amélie")
    name.evaluate("field => field.setSelectionRange(2, 4)")

    Scanner(page).scan("3760000000017")

    expect(page.locator(f"{TOLD} strong")).to_have_text("3760000000017")
    expect(name).to_have_value("Amélie")
    assert name.evaluate("field => [field.selectionStart, field.selectionEnd]") == [2, 4]
    theme = page.locator("#id_theme")
    theme.focus()
    Scanner(page).scan("dark3760000000017")
    expect(page.locator(f"{TOLD} strong")).to_have_text("dark3760000000017")
    expect(theme).to_have_value("")
    assert page.url.endswith("/profile/")


def test_a_scan_presses_neither_shortcuts_nor_the_button_that_has_the_focus(page):
    page.locator("h1").click()
    Scanner(page).scan("!go?/jk12")  # each of them a key somewhere
    expect(page.locator(f"{TOLD} strong")).to_have_text("!go?/jk12")
    page.get_by_role("button", name="Save the profile").focus()
    Scanner(page).scan("3760000000017")
    expect(page.locator(f"{TOLD} strong")).to_have_text("3760000000017")

    page.wait_for_timeout(200)
    assert page.url.endswith("/profile/")
    assert page.locator("dialog[open]").count() == 0
    assert "saved" not in page.locator("main").inner_text()


def test_half_a_burst_is_no_scan(page):
    scanner = Scanner(page)
    scanner.keys("6A1234")
    page.wait_for_timeout(120)
    scanner.scan("5678901")

    expect(page.locator(TOLD)).to_have_attribute("data-kind", "half")
    scanner.scan("12345")  # too short for a scan: nothing is told of it
    page.wait_for_timeout(200)
    assert understood(page) == "5678901"
    page.wait_for_timeout(1500)
    scanner.scan("6A12345678901")
    expect(page.locator(TOLD)).to_have_attribute("data-kind", "plain")


def test_control_signs_and_a_second_closing_key_are_dropped(page):
    scanner = Scanner(page)
    group = ("]", "BracketRight", CTRL)  # what parts the fields of some labels
    enter = ("Enter", "Enter", 0)
    scanner.burst(*scanner.recorded("0103760"), group, *scanner.recorded("000000017"), enter, enter)

    expect(page.locator(f"{TOLD} strong")).to_have_text("0103760000000017")


def test_a_person_who_types_is_no_scanner_and_a_password_is_no_scan(page):
    name = page.locator("#id_name")
    name.fill("")
    name.focus()
    page.keyboard.type("Amelie Dupont", delay=60)
    expect(name).to_have_value("Amelie Dupont")
    page.goto("/profile/")
    page.get_by_role("link", name="Change the password").click()
    secret = page.locator("input[type=password]").first
    secret.focus()
    Scanner(page).keys("a-keeper-types-fast")
    expect(secret).to_have_value("a-keeper-types-fast")


def test_where_nobody_waits_for_a_scan_it_is_said_and_the_search_takes_it(page):
    page.goto("/orders/")
    Scanner(page).scan("3760000000017")
    expect(page.locator("main .region-error")).to_contain_text("Scanned 3760000000017")

    page.locator("#find").focus()
    Scanner(page, azerty=True).scan("SCID01")
    page.wait_for_url("**/orders/?q=SCID01*")


def test_words_that_come_as_fast_as_a_scan_keep_their_spaces(page):
    """A text expander writes like a scanner, and a busy machine parts it anywhere."""
    page.locator("#find").fill("le")

    Scanner(page).scan(" goff tours")

    page.wait_for_url("**/orders/?q=le+goff+tours")


def test_sounds_are_made_here_and_can_be_muted(page):
    page.evaluate(
        """() => {
          window.played = 0;
          const made = AudioContext.prototype.createOscillator;
          AudioContext.prototype.createOscillator = function () { window.played += 1; return made.call(this); };
        }"""
    )
    Scanner(page).scan("3760000000017")
    page.wait_for_function("window.played === 1")
    page.evaluate("document.body.dataset.sounds = 'off'")
    Scanner(page).scan("3760000000018")
    expect(page.locator(f"{TOLD} strong")).to_have_text("3760000000018")
    assert page.evaluate("window.played") == 1


def test_the_profile_with_a_told_scan_is_accessible(page):
    Scanner(page, azerty=True).scan("3760000000017")
    expect(page.locator(TOLD)).to_have_attribute("data-kind", "us")

    assert violations(page) == []

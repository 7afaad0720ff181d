"""The frame in a real browser: the dialog's faces, keys, regions that fail, the theme, and the accessibility check."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from backoffice import roles
from tests import make
from tests.browser import faults, violations
from tests.design import specimens
from tests.scanning import Scanner

pytestmark = [pytest.mark.browser, pytest.mark.urls("tests.design.specimens")]

FOCUSED = "document.activeElement.id || document.activeElement.className || document.activeElement.tagName"


@pytest.fixture(autouse=True)
def _rows_of_rights(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in specimens.NAMES:
        monkeypatch.setitem(roles.PAGES, name, roles.ANYBODY)
    specimens.sent.clear()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained of: errors of scripts and breaches of the policy."""
    return []


@pytest.fixture
def desk(chromium: Browser, site, complaints: list[str]) -> Iterator[Page]:
    """The specimen page, opened by somebody of support."""
    client = Client()
    client.force_login(make.user("support"))
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, base_url=site.url, locale="en")
    name = django_settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": site.url}])
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda m: complaints.append(m.text) if "Content Security Policy" in m.text else None)
    page.goto("/specimen/")
    yield page
    context.close()


def press(page: Page, *keys: str) -> None:
    """Keys of a person: slower than a scanner."""
    for key in keys:
        page.keyboard.press(key)
        page.wait_for_timeout(100)


def test_every_component_is_accessible_in_both_themes(chromium, site, settings, complaints):
    settings.DEBUG = True
    context = chromium.new_context(color_scheme="light", reduced_motion="reduce", base_url=site.url)
    page = context.new_page()
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.goto("/styleguide/")

    light = faults(page)  # the sheets of both themes, in a light frame
    page.emulate_media(color_scheme="dark")
    dark = violations(page, {"exclude": [".sheet"]})

    context.close()
    assert light == []
    assert dark == []
    assert complaints == []


def test_a_dialog_takes_the_focus_and_gives_it_back(desk, complaints):
    desk.click("#open")
    expect(desk.locator("#why")).to_be_focused()
    assert desk.url.endswith("/dialog/")

    desk.keyboard.press("Escape")

    expect(desk.locator("#dialog")).to_be_hidden()
    assert desk.evaluate(FOCUSED) == "open"
    desk.wait_for_url("**/specimen/")
    assert complaints == []


def test_back_closes_the_dialog_and_leaves_the_page(desk):
    desk.click("#open")
    expect(desk.locator("#why")).to_be_focused()

    desk.go_back()

    expect(desk.locator("#dialog")).to_be_hidden()
    expect(desk.locator("h1")).to_have_text("Specimen")
    assert desk.url.endswith("/specimen/")


def test_closed_at_once_and_opened_again_it_keeps_its_place_in_the_history(desk):
    before = desk.evaluate("history.length")

    # All in one breath, again and again: the browser has not gone back yet when the next one opens.
    desk.evaluate(
        """() => {
          const dialog = document.getElementById("dialog");
          const leave = () => dialog.dispatchEvent(new Event("cancel", { cancelable: true }));
          for (let i = 0; i < 3; i++) {
            document.getElementById("open").click();
            leave();
          }
          document.getElementById("open").click();
        }"""
    )

    expect(desk.locator("#why")).to_be_focused()
    desk.wait_for_url("**/dialog/")
    desk.wait_for_function(f"history.length === {before + 1}")
    desk.keyboard.press("Escape")
    desk.wait_for_url("**/specimen/")
    expect(desk.locator("#dialog")).to_be_hidden()


def test_an_answer_to_a_dialog_that_was_closed_leaves_the_next_one_open(desk):
    desk.click("#open")
    desk.fill("#why", "out of stock")
    expect(desk.locator("#dialog .htmx-added")).to_have_count(0)

    with desk.expect_response(lambda answer: answer.request.method == "POST" and answer.status == 204):
        desk.keyboard.press("Control+Enter")
        desk.keyboard.press("Escape")
        desk.click("#refused")

    expect(desk.get_by_text("Asked")).to_be_visible()
    expect(desk.locator("#dialog .face")).to_contain_text("Not approved")
    expect(desk.locator("#dialog")).to_be_visible()
    assert specimens.sent == ["out of stock"]


def test_a_skeleton_stands_where_the_face_will_be(desk):
    desk.click("#slow")

    expect(desk.locator("#dialog .skeleton")).to_be_visible()
    expect(desk.locator("#why")).to_be_focused()


def test_a_form_with_errors_shows_them_first(desk):
    desk.click("#open")
    desk.locator("#why").wait_for()

    desk.keyboard.press("Control+Enter")

    expect(desk.locator("[data-summary]")).to_be_focused()
    assert specimens.sent == []


def test_a_second_press_sends_nothing(desk):
    desk.click("#open")
    desk.fill("#why", "out of stock")
    width = desk.locator("#send").bounding_box()["width"]

    # Looked at in the same breath: the answer may be here before a second question from outside.
    disabled, pressed = desk.evaluate(
        """() => {
          const send = document.getElementById("send");
          for (let i = 0; i < 3; i++) send.click();
          return [send.disabled, send.getBoundingClientRect().width];
        }"""
    )

    expect(desk.locator("#dialog")).to_be_hidden()
    assert specimens.sent == ["out of stock"]
    assert disabled
    assert pressed == pytest.approx(width, abs=1)


def test_nothing_left_to_say_closes_the_dialog_and_refreshes_what_listens(desk):
    desk.click("#open")
    desk.fill("#why", "out of stock")

    desk.click("#send")

    expect(desk.locator("#dialog")).to_be_hidden()
    expect(desk.locator("#region h2")).to_have_text("Region anew")
    expect(desk.locator("#toasts")).to_contain_text("Asked")


@pytest.mark.parametrize(("opener", "words"), [("#refused", "Not approved."), ("#silent", "Nothing was sent.")])
def test_the_refusal_and_the_silence_are_faces_too(desk, opener, words):
    desk.click(opener)

    expect(desk.locator("#dialog .face-body")).to_contain_text(words)
    assert desk.evaluate("document.getElementById('dialog').contains(document.activeElement)")


def test_a_click_outside_closes_only_what_nobody_typed_in(desk):
    desk.click("#open")
    desk.fill("#why", "typed")
    desk.mouse.click(5, 5)
    expect(desk.locator("#dialog")).to_be_visible()

    desk.keyboard.press("Escape")
    desk.click("#open")
    desk.locator("#why").wait_for()
    desk.mouse.click(5, 5)

    expect(desk.locator("#dialog")).to_be_hidden()


@pytest.mark.parametrize(("link", "again"), [("#broken", 1), ("#denied", 0)])
def test_a_failure_is_a_red_line_over_the_old_content(desk, link, again):
    desk.click(link)

    line = desk.locator("#region > .region-error")
    expect(line).to_contain_text("Incident")
    expect(line.locator("button")).to_have_count(again)
    expect(desk.locator("#region h2")).to_have_text("Region")


def test_a_lost_network_is_said_and_can_be_tried_again(desk):
    desk.context.set_offline(True)
    desk.click("#swap")
    expect(desk.locator(".region-error")).to_contain_text("No connection")

    desk.context.set_offline(False)
    desk.click(".region-error button")

    expect(desk.locator("#region h2")).to_have_text("Region anew")
    expect(desk.locator(".region-error")).to_have_count(0)


def test_the_focus_stays_with_the_control_or_goes_to_the_regions_heading(desk):
    desk.focus(".lost")
    desk.keyboard.press("Enter")
    expect(desk.locator("#region h2")).to_be_focused()

    desk.reload()
    desk.focus("#swap")
    desk.keyboard.press("Enter")

    expect(desk.locator("#region h2")).to_have_text("Region anew")
    expect(desk.locator("#swap")).to_be_focused()


def test_a_list_is_walked_and_selected_by_keys(desk):
    press(desk, "j", "j", "x", "j", "j", "Shift+X")
    picked = desk.evaluate("[...document.querySelectorAll('[data-select]:checked')].map(box => box.ariaLabel)")

    press(desk, "k")
    here = desk.evaluate("document.activeElement.textContent")
    press(desk, "Escape")

    assert picked == ["2", "3", "4"]
    assert here == "Row 3"
    assert desk.locator("[data-select]:checked").count() == 0


def test_keys_press_what_says_them_and_rest_in_fields(desk):
    press(desk, "/")
    assert desk.evaluate(FOCUSED) == "find"
    press(desk, "c", "?")
    assert desk.input_value("#find") == "c?"
    press(desk, "Escape")

    press(desk, "c")

    expect(desk.locator("#why")).to_be_focused()


def test_a_scan_presses_no_keys(desk):
    Scanner(desk).scan("cxj?cabc")
    desk.wait_for_timeout(200)

    expect(desk.locator("dialog[open]")).to_have_count(0)
    assert desk.locator("[data-select]:checked").count() == 0
    assert desk.url.endswith("/specimen/")


def test_the_help_lists_the_keys_of_the_page(desk):
    press(desk, "?")

    expect(desk.locator("#keys [data-keys-here]")).to_contain_text("Cancel")


def test_keys_can_be_switched_off(desk):
    desk.evaluate("document.body.dataset.shortcuts = 'off'")

    press(desk, "c", "?")

    expect(desk.locator("dialog[open]")).to_have_count(0)


def test_the_theme_changes_at_once_and_stays(desk, complaints):
    desk.click(".top details.menu summary")
    desk.click("[data-theme-switch] button[value=dark]")
    assert desk.evaluate("document.documentElement.dataset.theme") == "dark"
    dark = desk.evaluate("getComputedStyle(document.body).backgroundColor")
    desk.wait_for_timeout(300)

    desk.reload()

    assert desk.evaluate("document.documentElement.dataset.theme") == "dark"
    assert dark == "rgb(15, 19, 27)"
    assert complaints == []


def test_a_deadline_becomes_late_while_the_page_is_open(desk):
    past = timezone.now() - timedelta(hours=31, minutes=5)
    desk.clock.install()
    desk.goto(f"/specimen/?due={past:%Y-%m-%dT%H:%M:%SZ}")

    desk.clock.run_for(61_000)

    assert desk.locator("#due").inner_text().replace("\u00a0", " ") == "31 h late"
    assert desk.get_attribute("#due", "data-level") == "late"


def test_a_poll_rests_in_a_hidden_tab(desk):
    asked = []
    desk.on("request", lambda request: asked.append(request.url) if "/region/" in request.url else None)
    poll = """hidden => {
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
      const spot = Object.assign(document.createElement('div'), { id: 'poll' });
      for (const [name, value] of [['hx-get', '/region/'], ['hx-trigger', 'every 50ms'], ['hx-target', '#poll']])
        spot.setAttribute(name, value);
      document.getElementById('main').append(spot);
      htmx.process(spot);
    }"""
    desk.evaluate(poll, True)
    desk.wait_for_timeout(400)
    while_hidden = len(asked)

    desk.evaluate("Object.defineProperty(document, 'hidden', { configurable: true, get: () => false })")
    desk.wait_for_timeout(400)

    assert while_hidden == 0
    assert len(asked) > 0

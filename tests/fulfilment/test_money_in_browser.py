"""Cancelling and giving in a real browser: by keyboard in at most six keys, at every width, without scripts too."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from fulfilment.models import Command
from tests.orders.pages import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WIDTHS = (1440, 1024, 768, 390)
PLACES: dict[str, dict[str, Any]] = {
    "cancellation": {"channel": "ZZLINE", "lines": [{"price": 64.9}, {"price": 39, "quantity": 2}, {"price": 12}]},
    "gesture": {"status": "Shipped", "lines": [{"price": 234}]},
}


@pytest.fixture
def placed(site, place):
    return {name: place(f"SCID{name}", **members) for name, members in PLACES.items()}


def opened(chromium: Browser, site, account, scripts: bool = True, language: str = "en", theme: str = "light") -> Page:
    """A window in which a supporter of this shop is signed in."""
    client = signed_in("support", account)
    user = account.users.order_by("-pk").first()
    user.language, user.theme = language, theme
    user.save()
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, java_script_enabled=scripts)
    context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": site.url}])
    page = context.new_page()
    page.set_default_timeout(15_000)
    return page


class Keys:
    """A keyboard that counts."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0

    def press(self, *names: str) -> None:
        for name in names:
            self.page.keyboard.press(name)
            self.count += 1


def test_one_line_is_cancelled_with_at_most_six_keys(chromium, site, placed, account):
    page, order = opened(chromium, site, account), placed["cancellation"]
    page.goto(f"{site.url}/orders/{order.number}/")
    keys = Keys(page)

    keys.press("c")
    expect(page.locator("#id_line-0")).to_be_focused()
    keys.press("Space", "Tab", "ArrowDown")
    expect(page.locator("#cancellation-send")).to_have_text("Cancel 1 line")
    keys.press("Control+Enter")
    expect(page.locator("#dialog")).to_be_hidden()

    command = Command.objects.get()
    assert [line["code"] for line in command.payload["lines"]] == [order.lines.order_by("position")[0].code]
    assert keys.count <= 6


def test_a_gesture_is_given_with_at_most_six_keys(chromium, site, placed, account):
    page, order = opened(chromium, site, account), placed["gesture"]
    page.goto(f"{site.url}/orders/{order.number}/")
    keys = Keys(page)

    keys.press("m")
    expect(page.locator("#id_amount")).to_be_focused()
    keys.press("5")
    expect(page.locator("#gesture-send")).to_have_text("Give €5.00")
    keys.press("Tab", "Space", "Control+Enter")
    expect(page.locator("#dialog")).to_be_hidden()

    command = Command.objects.get()
    assert (command.amount, command.payload["reason"]) == (5, "MissingProduct")
    assert keys.count <= 6


@pytest.mark.parametrize(("name", "theme", "language"), [("cancellation", "light", "fr"), ("gesture", "dark", "en")])
def test_a_dialog_is_clean_at_every_width(chromium, site, placed, account, name, theme, language):
    page, order = opened(chromium, site, account, theme=theme, language=language), placed[name]
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(f"{site.url}/orders/{order.number}/")
    page.locator(f"#action-{'cancel' if name == 'cancellation' else 'gesture'}").click()
    expect(page.locator(f"#dialog #fulfilment-{name}")).to_be_visible()

    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.evaluate(
            "document.getElementById('dialog').scrollWidth <= document.getElementById('dialog').clientWidth"
        )
    assert Axe().run(page, context="#dialog").response["violations"] == []
    assert complaints == []


def test_without_scripts_the_same_forms_work(chromium, site, placed, account):
    page = opened(chromium, site, account, scripts=False)

    page.goto(f"{site.url}/orders/{placed['cancellation'].number}/cancellation/")
    page.locator("#id_line-1").check()
    page.locator("#id_reason-1").select_option(index=1)
    page.locator("#cancellation-send").click()
    page.wait_for_url("**/orders/SCIDcancellation/**")
    page.goto(f"{site.url}/orders/{placed['gesture'].number}/gesture/")
    page.locator("#id_amount").fill("4,50")
    page.get_by_label("Delivery costs").check()
    page.locator("#gesture-send").click()
    page.wait_for_url("**/orders/SCIDgesture/**")

    assert sorted(Command.objects.values_list("kind", flat=True)) == ["cancel", "gesture"]

"""Cancelling and giving in a real browser: by keyboard in at most six keys, at every width, without scripts too."""

import itertools
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from fulfilment.models import Command
from orders import sync
from sandbox import outsiders
from tests.browser import WIDTHS, violations
from tests.orders.pages import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PLACES: dict[str, dict[str, Any]] = {
    "cancellation": {"channel": "ZZLINE", "lines": [{"price": 64.9}, {"price": 39, "quantity": 2}, {"price": 12}]},
    "gesture": {"status": "Shipped", "lines": [{"price": 234}]},
    "invoice": {"status": "Shipped"},
}
BUTTONS = {"cancellation": "#action-cancel", "gesture": "#action-gesture", "invoice": "#action-invoice"}


@pytest.fixture
def placed(site, place):
    return {name: place(f"SCID{name}", **members) for name, members in PLACES.items()}


def opened(
    chromium: Browser,
    site,
    account,
    scripts: bool = True,
    language: str = "en",
    theme: str = "light",
    role: str = "support",
) -> Page:
    """A window in which a supporter of this shop, or somebody of another role, is signed in."""
    client = signed_in(role, account)
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


@pytest.mark.parametrize(
    ("name", "theme", "language"),
    [("cancellation", "light", "fr"), ("gesture", "dark", "en"), ("invoice", "light", "en")],
)
def test_a_dialog_is_clean_at_every_width(chromium, site, placed, account, name, theme, language):
    page, order = opened(chromium, site, account, theme=theme, language=language), placed[name]
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(f"{site.url}/orders/{order.number}/")
    page.locator(BUTTONS[name]).click()
    expect(page.locator(f"#dialog #fulfilment-{name}")).to_be_visible()

    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.evaluate(
            "document.getElementById('dialog').scrollWidth <= document.getElementById('dialog').clientWidth"
        )
    assert violations(page, "#dialog") == []
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


USUAL = [
    ("CDISFR", "support", "light"),
    ("ZZLINE", "manager", "dark"),
    ("ZZBLOC", "support", "dark"),
    ("ZZDEMO", "manager", "light"),
]
COMBINATIONS = [
    pytest.param(*each, marks=() if each in USUAL else pytest.mark.everything)
    for each in itertools.product(("CDISFR", "ZZLINE", "ZZBLOC", "ZZDEMO"), ("support", "manager"), ("light", "dark"))
]
FACES = ("cancellation", "gesture")


def standing(market, place, account, channel: str) -> list[str]:
    """Orders of a channel in each standing: in preparation, shipped, partly cancelled, asked to be cancelled."""
    two = [{"price": 64.9}, {"price": 39, "quantity": 2}]
    place("SCIDprepared", channel=channel, lines=two)
    place("SCIDshipped", channel=channel, lines=two, status="Shipped")
    place("SCIDpartly", channel=channel, lines=[{"price": 12}, {"price": 9, "status": "Cancelled"}])
    place("SCIDasked", channel=channel, lines=two)
    outsiders.act(market, market.order("SCIDasked"), "ask-cancellation")
    market.clock.advance(60)
    sync.live(account)
    return ["SCIDprepared", "SCIDshipped", "SCIDpartly", "SCIDasked"]


@pytest.mark.parametrize(("channel", "role", "theme"), COMBINATIONS)
def test_every_dialog_opens_on_every_channel_and_standing(chromium, site, market, place, account, channel, role, theme):
    numbers = standing(market, place, account, channel)
    page = opened(chromium, site, account, role=role, theme=theme)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    faces = {}

    for number in numbers:
        for name in FACES:
            page.goto(f"{site.url}/orders/{number}/?account={account.slug}")
            page.locator(BUTTONS[name]).click(force=True)  # also one that says why not: it opens and explains
            dialog = page.locator("#dialog")
            expect(dialog.locator("h1, h2").first).to_be_visible()
            expect(dialog.locator("[aria-busy=true]")).to_have_count(0)
            faces[number, name] = dialog.locator(f"#{name}-send").count() > 0
            assert violations(page, "#dialog") == []

    gives = channel != "ZZDEMO"
    assert faces["SCIDprepared", "cancellation"]
    assert faces["SCIDshipped", "cancellation"]
    assert faces["SCIDpartly", "cancellation"]
    assert faces["SCIDasked", "cancellation"]
    assert [faces[number, "gesture"] for number in numbers] == [False, gives, False, False]
    assert len(complaints) == [*faces.values()].count(False)  # a refusal that explains is a 409
    assert all("409 (Conflict)" in complaint for complaint in complaints)

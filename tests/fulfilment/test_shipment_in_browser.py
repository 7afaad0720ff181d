"""Shipping in a real browser: by keys alone, without scripts, in a stale tab, with a used number; every width."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from backoffice.models import SellerAccount
from fulfilment.models import Command, State
from octopia import schema
from orders import lifecycle, mirror
from orders.lifecycle import Ability
from orders.models import Carrier, Order
from tests import make
from tests.browser import faults, violations
from tests.orders.pages import signed_in
from tests.orders.test_orders_in_browser import press

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LABELS = (
    "Colissimo",
    "La Poste",
    "Chronopost",
    "DPD",
    "GLS",
    "UPS",
    "DHL",
    "Mondial Relay",
    "Relais Colis",
    "Heppner ",
)


@pytest.fixture
def shop(site) -> SellerAccount:
    account = make.account(name="Lampes", created_at=timezone.now() - timedelta(days=3), sending=["ship"])
    Carrier.objects.bulk_create(
        Carrier(account=account, label=label, code="x", position=place) for place, label in enumerate(LABELS)
    )
    return account


@pytest.fixture
def order(shop) -> Order:
    lines = (
        make.line("A", title="Perceuse-visseuse sans fil 18 V, deux batteries", quantity=2),
        make.line("B", sku="HOS-25", title="Tuyau d'arrosage 25 m"),
        make.line("C", supply_mode="Fulfillment", title="Lampe de bureau"),
    )
    return make.order(
        "SCID01261104091233K7QD", of=shop, channel="ZZLINE", channel_name="Galerie Fictive (à la ligne)", lines=lines
    )


def opened(
    chromium: Browser, site, shop: SellerAccount, language: str = "en", theme: str = "light", scripts: bool = True
) -> Page:
    client = signed_in("warehouse", shop)
    user = shop.users.latest("pk")
    user.language, user.theme = language, theme
    user.save()
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, java_script_enabled=scripts)
    context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": site.url}])
    page = context.new_page()
    page.set_default_timeout(15_000)
    return page


def typed(page: Page, text: str) -> None:
    page.wait_for_timeout(150)
    page.keyboard.type(text, delay=5)


def test_an_order_is_shipped_in_two_parcels_by_keys_alone(chromium, site, shop, order):
    lifecycle.correct(shop, "ZZLINE", Ability.LINE_IN_PARCELS, False, by=make.user("administrator"), source="seen")
    page = opened(chromium, site, shop)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.goto(f"{site.url}/orders/{order.number}/")

    press(page, "s")
    expect(page.locator("#dialog #p1-number")).to_be_focused()
    typed(page, "6a12345678901")
    expect(page.get_by_text("The number chose Colissimo")).to_be_visible()
    press(page, "Tab", "+")
    expect(page.locator("#p2-number")).to_be_focused()
    typed(page, "250012345678901")
    expect(page.locator("#p2-told")).to_contain_text("The number chose DPD")
    press(page, "Shift+Tab", "Space")  # the last line, which leaves the first parcel by it
    expect(page.locator("#p2-line-B")).to_be_checked()
    expect(page.locator("#p1-line-B")).not_to_be_checked()
    press(page, "1", "4")
    expect(page.locator("#p2-carrier input:checked")).to_have_value("DPD")
    expect(page.locator("#p1-carrier input:checked")).to_have_value("Colissimo")
    expect(page.locator("#shipment-label")).to_have_text("Ship 2 lines in 2 parcels")
    press(page, "Control+Enter")
    expect(page.locator("#dialog")).not_to_be_visible()

    command = Command.objects.get()
    assert command.on_hold
    assert [(parcel["carrier"], parcel["number"], parcel["lines"]) for parcel in command.payload["parcels"]] == [
        ("Colissimo", "6A12345678901", ["A"]),
        ("DPD", "250012345678901", ["B"]),
    ]
    assert all(parcel["number"] in parcel["url"] for parcel in command.payload["parcels"])
    assert [line for line in said if not line.startswith("htmx:")] == []  # which says that a newer look replaced one


def test_a_scan_into_the_field_looks_and_never_sends(chromium, site, shop, order):
    page = opened(chromium, site, shop)
    page.goto(f"{site.url}/orders/{order.number}/shipment/")

    page.keyboard.type("6A12345678901")
    page.keyboard.press("Enter")

    expect(page.locator("#p1-carrier input:checked")).to_have_value("Colissimo")
    expect(page.locator("#shipment-send")).to_be_focused()
    assert not Command.objects.exists()


def test_another_carrier_is_searched_and_free_text_is_warned_of(chromium, site, shop, order):
    page = opened(chromium, site, shop)
    page.goto(f"{site.url}/orders/{order.number}/")
    press(page, "s")
    page.locator("#p1-number").fill("ABC")

    page.get_by_text("Another carrier").click()
    page.get_by_label("Search the marketplace's list").fill("heppn")
    page.get_by_role("radio", name="Heppner").check()
    expect(page.locator("#p1-told")).to_contain_text("Heppner")
    page.get_by_label("Search the marketplace's list").fill("Chez Paul")
    page.get_by_role("radio", name="Chez Paul").check()
    expect(page.locator("#p1-told")).to_contain_text("is not in the marketplace's list")
    page.locator("#shipment-send").click()
    expect(page.locator("#dialog")).not_to_be_visible()

    assert Command.objects.get().payload["parcels"][0]["carrier"] == "Chez Paul"


def test_without_scripts_two_parcels_are_shipped(chromium, site, shop, order):
    page = opened(chromium, site, shop, scripts=False)
    page.goto(f"{site.url}/orders/{order.number}/")

    page.locator("#action-ship").click()
    page.locator("#p1-number").fill("6A12345678901")
    page.locator("#p1-line-B").uncheck()
    page.get_by_role("button", name="Add a parcel").click()
    expect(page.locator("#p1-carrier input:checked")).to_have_value("Colissimo")
    page.locator("#p2-line-B").check()
    page.locator("#p2-number").fill("AB1234567890")
    page.locator("#p2-carrier").get_by_text("Another carrier").click()
    page.locator("#p2-listed").select_option("Relais Colis")
    page.locator("#shipment-send").click()
    page.wait_for_url(f"**/orders/{order.number}/**")

    parcels = Command.objects.get().payload["parcels"]
    assert [(parcel["carrier"], parcel["lines"]) for parcel in parcels] == [
        ("Colissimo", ["A"]), ("Relais Colis", ["B"])
    ]  # fmt: skip


def test_a_stale_tab_leads_to_what_is_new(chromium, site, shop, order):
    page = opened(chromium, site, shop)
    page.goto(f"{site.url}/orders/{order.number}/")
    press(page, "s")
    page.locator("#p1-number").fill("6A12345678901")
    expect(page.get_by_text("The number chose Colissimo")).to_be_visible()
    read = make.reading(order.number, channel="ZZLINE", lines=(make.line("A"), make.line("B")))
    mirror.store(shop, [make.later(read, changed_at=order.changed_at + timedelta(hours=2))], source="live")

    page.locator("#shipment-send").click()

    expect(page.get_by_role("link", name="Show what is new")).to_be_visible()
    assert not Command.objects.exists()


def test_a_used_number_is_refused_in_place_and_named(chromium, site, shop, order):
    parcels = (schema.Parcel(number="6A12345678901", carrier="Colissimo", url=""),)
    line = make.line(status="Shipped", parcels=parcels, shipping=make.address(line1="1 rue Basse"))
    make.order("SCIDUSED", of=shop, status="Shipped", lines=(line,))
    page = opened(chromium, site, shop)
    page.goto(f"{site.url}/orders/{order.number}/")
    press(page, "s")
    page.locator("#p1-number").fill("6A12345678901")
    expect(page.get_by_text("The number chose Colissimo")).to_be_visible()

    page.locator("#shipment-send").click()

    expect(page.locator("[data-summary]")).to_be_focused()
    expect(page.locator("[data-summary]")).to_contain_text("Order SCIDUSED has this number already.")
    expect(page.locator("#p1-number")).to_have_value("6A12345678901")
    page.locator("#p1-number").fill("6A12345678902")
    page.locator("#shipment-send").click()
    expect(page.locator("#dialog")).not_to_be_visible()
    assert Command.objects.get().state == State.READY


def test_on_a_tablet_every_control_is_large_enough_for_a_glove(chromium, site, shop, order):
    page = opened(chromium, site, shop)
    context = chromium.new_context(viewport={"width": 768, "height": 1024}, has_touch=True)
    context.add_cookies(page.context.cookies())
    page = context.new_page()
    small = """() => [...document.querySelectorAll("main :is(.button, .choice, .packed label, input, select)")]
      .filter((each) => each.checkVisibility() && !each.matches(".hidden, label input, .pick input"))
      .filter((each) => each.getBoundingClientRect().height < 44).map((each) => each.outerHTML)"""

    page.goto(f"{site.url}/orders/{order.number}/")
    assert page.evaluate(small) == []
    page.locator("#action-ship").tap()
    page.goto(f"{site.url}/orders/{order.number}/shipment/")
    page.locator("#shipment-add").tap()
    expect(page.locator("#p2-number")).to_be_focused()
    assert page.evaluate(small) == []
    page.goto(f"{site.url}/orders/")
    assert page.evaluate(small) == []


@pytest.mark.parametrize(
    ("theme", "language"), [("light", "en"), pytest.param("dark", "fr", marks=pytest.mark.everything)]
)
def test_the_form_is_accessible_and_fits_every_width(chromium, site, shop, order, theme, language):
    page = opened(chromium, site, shop, language, theme)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.goto(f"{site.url}/orders/{order.number}/shipment/")
    page.locator("#p1-number").fill("1Z999AA10123456785")
    page.locator("#p1-carrier-1").check()
    expect(page.locator("#p1-told .caution")).to_be_visible()
    page.locator("#shipment-add").click()
    expect(page.locator("#p2-number")).to_be_focused()
    page.locator("#p1-carrier summary").click()
    page.locator("#p1-q").fill("o")
    expect(page.locator("#p1-found-1")).to_be_visible()

    filled = faults(page)
    page.locator("#shipment-send").click()
    expect(page.locator("[data-summary]")).to_be_visible()

    assert filled == []
    assert violations(page) == []
    expect(page.locator(".region-error")).to_have_count(0)
    # what htmx says of a look that the next page cut short, and Chromium of the 422
    assert [line for line in said if "422" not in line and not line.startswith("htmx:")] == []

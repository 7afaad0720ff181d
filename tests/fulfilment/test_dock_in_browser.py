"""The parcels' pages and the dock check in a real browser, by a scanner alone; and a slip that is scanned elsewhere."""

import pytest
from playwright.sync_api import expect

from fulfilment.models import DockScan
from tests import make
from tests.browser import faults
from tests.fulfilment.asking import parcel, ship
from tests.fulfilment.packing_up import slip
from tests.fulfilment.test_imports_in_browser import opened, shop  # noqa: F401  (a fixture)
from tests.scanning import Scanner

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def declared(account, number: str, carrier: str = "Colissimo"):
    order = make.order(of=account)
    ship(order, [parcel(number, ["QK01"]) | {"carrier": carrier}])
    return order


@pytest.mark.parametrize("azerty", [False, True])
def test_a_cart_is_checked_by_a_scanner_alone(chromium, site, shop, azerty):  # noqa: F811
    for number in ("6A00000000001", "6A00000000002"):
        declared(shop, number)
    page = opened(chromium, site, shop)
    page.goto(site.url + "/parcels/dock/")
    scanner = Scanner(page, azerty=azerty)

    told, stop = page.locator(".station-said"), page.get_by_role("alert")
    scanner.scan("6A00000000001")
    expect(told).to_contain_text("6A00000000001 is on the cart")
    scanner.scan("6A00000000009")
    expect(stop).to_contain_text("6A00000000009 is not declared")
    expect(page.get_by_role("button", name="Seen, go on")).to_be_focused()
    scanner.scan("6A00000000002")  # nothing is taken before it was seen
    expect(stop).to_contain_text("1 scan after it was not taken.")
    scanner.scan("!CNEXT00")
    expect(page.get_by_text("1 on the cart is not declared.")).to_be_visible()
    scanner.scan("!CTAKEBACK00")
    expect(told).to_contain_text("6A00000000009 is taken off the cart.")
    page.route("**/parcels/dock/", lambda route: route.abort())
    scanner.scan("6A00000000002")
    expect(page.locator("[data-queue]")).to_contain_text("No network. Waiting on this device, to be sent once: 1")
    page.unroute("**/parcels/dock/")
    expect(page.get_by_text("All 2 declared parcels are on the cart.")).to_be_visible()

    assert DockScan.objects.count() == 2


def test_a_slip_leads_from_any_page_to_the_order_and_loses_nothing_typed(chromium, site, shop):  # noqa: F811
    first, second = make.order(of=shop), make.order(of=shop)
    page = opened(chromium, site, shop)
    scanner = Scanner(page)
    page.goto(f"{site.url}/orders/{first.number}/notes/")
    page.locator("#id_text").fill("Sonner deux fois")
    scanner.scan(slip(first))
    expect(page.get_by_text("Finish or close what is open first")).to_be_visible()
    expect(page.locator("#id_text")).to_have_value("Sonner deux fois")

    page.goto(f"{site.url}/parcels/")
    page.locator("#parcels-q").focus()
    scanner.scan(slip(first))
    expect(page.locator("#pack-order")).to_have_text(first.number)
    page.goto(f"{site.url}/warehouse/")
    scanner.scan(slip(second))
    expect(page.get_by_role("alert")).to_contain_text("Another order")

    page.goto(f"{site.url}/parcels/dock/")  # where a field asks for a slip, it takes it
    scanner.scan("6A00000000009")
    expect(page.get_by_role("alert")).to_contain_text("is not declared")
    scanner.scan("!CNEXT00")
    page.get_by_label("Order that 6A00000000009 belongs to").focus()
    scanner.scan(slip(second))
    expect(page.locator("input[value='6A00000000009']").first).to_be_visible()
    assert f"/orders/{second.number}/shipment/" in page.url


@pytest.mark.parametrize("language", [pytest.param("en", marks=pytest.mark.everything), "fr"])
def test_the_pages_of_parcels_are_for_everybody(chromium, site, shop, language):  # noqa: F811
    theme = {"en": "light", "fr": "dark"}[language]
    for turn in range(6):
        declared(shop, f"6A{turn:011d}", "Colissimo" if turn < 4 else "DPD")
    shown = make.order(of=shop, status="Shipped")
    shown.parcels.create(account=shop, number="6A00000000077", carrier="Colissimo", lines=["QK01"])
    page = opened(chromium, site, shop, language=language, theme=theme)

    page.goto(site.url + "/parcels/")
    assert faults(page) == [], "parcels"
    page.goto(site.url + "/parcels/?show=asked")
    assert faults(page) == [], "asked"
    page.goto(site.url + "/parcels/dock/")
    scanner = Scanner(page)
    for number in ("6A00000000000", "6A00000000005"):
        scanner.scan(number)
        expect(page.locator(".station-said strong")).to_contain_text(number)
    scanner.scan("6A00000000099")
    expect(page.get_by_role("alert")).to_contain_text("6A00000000099")
    assert faults(page) == [], "stop"
    page.keyboard.press("Enter")
    expect(page.locator("#dock-strange")).to_be_visible()
    assert faults(page) == [], "dock"
    page.locator("#dock-handover").click()
    expect(page.locator("#fulfilment-handover")).to_be_visible()
    assert faults(page) == [], "handover"
    page.goto(site.url + "/parcels/dock/")
    expect(page.locator("#dock-printed")).to_contain_text("Colissimo, DPD")
    assert faults(page) == [], "printed"

"""The parcels' pages and the dock check in a real browser: by a scanner alone; every width, both themes."""

import pytest
from playwright.sync_api import expect

from fulfilment.models import DockScan
from tests import make
from tests.browser import faults
from tests.fulfilment.asking import parcel, ship
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

    for code, said in [
        ("6A00000000001", "6A00000000001 is on the cart"),
        ("6A00000000009", "6A00000000009 is not declared"),
        ("6A00000000002", "6A00000000002 is on the cart"),
    ]:
        scanner.scan(code)
        expect(page.get_by_text(said, exact=True)).to_be_visible()
        expect(page.get_by_label("Scan a label")).to_be_focused()
        expect(page.get_by_label("Scan a label")).to_have_value("")
    expect(page.get_by_text("1 on the cart is not declared.")).to_be_visible()
    page.locator("#dock-strange").get_by_role("button", name="Take off").click()
    expect(page.get_by_text("All 2 declared parcels are on the cart.")).to_be_visible()

    assert DockScan.objects.count() == 2


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
    for number in ("6A00000000000", "6A00000000005", "6A00000000099"):
        scanner.scan(number)
        expect(page.locator(".dock-told")).to_contain_text(number)
    assert faults(page) == [], "dock"
    page.goto(site.url + "/parcels/dock/handover/")
    assert faults(page) == [], "handover"

"""The whole way through the warehouse in a real browser: from the queue to the list that the driver signs."""

import re

import pytest
from playwright.sync_api import Page, expect

from fulfilment import warehouse
from fulfilment.models import Command, DockScan, Product
from tests import make
from tests.fulfilment.packing_up import DRILL, HOSE, declared, drill, hose, label, shop
from tests.fulfilment.test_imports_in_browser import opened
from tests.scanning import Scanner

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def account(site):
    return shop(name="Lampes")


def printed(page: Page) -> int:
    """How many sheets of paper this page makes; black on white, whatever the theme, and without its controls."""
    page.emulate_media(media="print")
    paper = page.evaluate("""() => {
      const of = (selector) => getComputedStyle(document.querySelector(selector));
      return [of("main").color, of("body").backgroundColor, of(".side").display, of(".page-actions").display];
    }""")
    assert max(int(part) for part in re.findall(r"\d+", paper[0])) < 50
    assert paper[1:] == ["rgba(0, 0, 0, 0)", "none", "none"]
    sheets = len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4")))
    page.emulate_media(media="screen")
    return sheets


def test_orders_go_from_the_queue_through_slip_items_and_label_to_the_cart_and_the_drivers_list(
    chromium, site, account
):
    one = make.order("SCID0126ROOM1", of=account, lines=(drill(),))
    two = make.order("SCID0126ROOM2", of=account, lines=(drill(2), hose()))
    kept = make.order("SCID0126ROOM3", of=account, lines=(hose(code="A"),))
    Product.objects.create(account=account, sku="DRL-18V", location="A3-12")
    page = opened(chromium, site, account, theme="dark")
    scanner = Scanner(page)
    said, heading = page.locator(".station-said"), page.get_by_role("heading", level=1)

    page.goto(f"{site.url}/warehouse/")
    page.locator("#warehouse-print").click()
    page.emulate_media(media="print")
    expect(page.locator(".select-bar")).to_be_hidden()  # it would lie over the rows
    page.emulate_media(media="screen")
    page.locator("#pick-print").click()
    expect(heading).to_have_text("Pick list")
    slips = {
        number: page.locator(".slip").filter(has_text=number[-5:]).locator(".slip-code").inner_text().strip()
        for number in (one.number, two.number, kept.number)
    }

    assert printed(page) == 1 + len(slips)  # the list, then each slip on a sheet of its own

    scanner.scan(slips[one.number])  # from the page that printed it, to the station
    expect(page.locator("#pack-order")).to_have_text(one.number)
    for code in (DRILL, label(1)):
        scanner.scan(code)
    expect(said).to_contain_text(f"{one.number} is packed")
    scanner.scan(slips[two.number])
    for code in (DRILL, HOSE, DRILL, label(2)):
        scanner.scan(code)
    expect(said).to_contain_text(f"{two.number} is packed")
    scanner.scan(slips[kept.number])
    scanner.scan("!CPROBLEM00")
    expect(page.get_by_text("What is the problem?")).to_be_visible()
    page.keyboard.press("1")
    expect(page.get_by_role("button", name="Keep the order back until tomorrow")).to_be_focused()
    page.keyboard.press("Enter")
    expect(said).to_contain_text(f"{kept.number} is kept back until")
    expect(said).to_contain_text("08:00: An item is missing.")

    page.goto(f"{site.url}/parcels/dock/")
    for number in (1, 2):
        scanner.scan(label(number))
        expect(said).to_contain_text(f"{label(number)} is on the cart")
    expect(page.get_by_text("All 2 declared parcels are on the cart.")).to_be_visible()
    page.locator("#dock-handover").click()
    expect(heading).to_have_text("Handover list")
    for number in (1, 2):
        expect(page.locator("#fulfilment-handover")).to_contain_text(label(number))
    assert printed(page) == 1

    assert declared(one) == [("Colissimo", label(1), ["A"])]
    assert declared(two) == [("Colissimo", label(2), ["A", "B"])]
    assert warehouse.held(kept) is not None
    assert (Command.objects.count(), DockScan.objects.count()) == (2, 2)

"""Many orders at once in a real browser: by three keys, by the mouse, without scripts; every width, both themes."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from backoffice.models import SellerAccount, User
from fulfilment.batches import putting
from fulfilment.models import Batch, Command, State
from orders import mirror
from orders.models import Carrier, Order
from tests import make
from tests.browser import faults
from tests.orders.pages import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MANY = 300


@pytest.fixture
def shop(site) -> SellerAccount:
    account = make.account(name="Lampes", sending=["accept", "ship"], created_at=timezone.now() - timedelta(days=2))
    Carrier.objects.create(account=account, label="Colissimo", code="COL")
    return account


def placed(account: SellerAccount, number: int, status: str = "WaitingAcceptance", **more) -> None:
    now = timezone.now()
    readings = [
        make.reading(
            f"SCID012611{status[:4].upper()}{turn:05d}K7QD",
            status=status,
            lines=(make.line(status=status, ship_by=now + timedelta(hours=turn - 3)),),
            **more,
        )
        for turn in range(number)
    ]
    mirror.store(account, readings, source="live")


def opened(
    chromium: Browser, site, account: SellerAccount, *, language="en", theme="light", width=1440, scripts=True
) -> Page:
    """A window in which a person of the warehouse is signed in."""
    client = signed_in("warehouse", account)
    User.objects.filter(accounts=account).update(language=language, theme=theme)
    context = chromium.new_context(viewport={"width": width, "height": 900}, java_script_enabled=scripts)
    context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": site.url}])
    page = context.new_page()
    page.set_default_timeout(15_000)
    return page


def press(page: Page, *keys: str) -> None:
    """As slowly as fingers: what comes faster is a scanner's."""
    for key in keys:
        page.keyboard.press(key)
        page.wait_for_timeout(120)


def worked() -> None:
    """What a worker does: every batch is looked after."""
    for name in putting.due(timezone.now()):
        putting.advance(name)


def test_three_hundred_orders_are_accepted_with_three_keys_and_a_preview(chromium, site, shop):
    placed(shop, MANY)
    page = opened(chromium, site, shop)
    page.goto(site.url + "/orders/?view=to-approve")

    press(page, "*")
    expect(page.locator("[data-selected]")).to_have_text("All 300 of this view")
    press(page, "a")
    page.wait_for_url("**/outbox/batches/*/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Accept 300 orders")
    press(page, "Control+Enter")
    expect(page.get_by_text("Under way: 300 of 300 have not ended.")).to_be_visible()

    worked()
    assert Command.objects.filter(state=State.READY).count() == MANY
    expect(page.get_by_role("link", name="Waiting to be sent 300")).to_be_visible()  # the page asked by itself
    page.get_by_role("button", name="Pause this batch").click()
    expect(page.get_by_text("Paused: 300 of 300")).to_be_visible()
    page.get_by_role("button", name="Go on sending").click()
    expect(page.get_by_role("button", name="Pause this batch")).to_be_visible()
    Command.objects.update(state=State.CONFIRMED, ended_at=timezone.now())
    worked()
    expect(page.get_by_text("All 300 are confirmed by the marketplace.")).to_be_visible()


def test_rows_are_ticked_by_keys_and_one_row_needs_no_tick(chromium, site, shop):
    placed(shop, 5)
    page = opened(chromium, site, shop)
    page.goto(site.url + "/orders/?view=to-approve")

    press(page, "j", "x", "j", "j", "Shift+X")
    expect(page.locator("[data-selected]")).to_have_text("3 orders selected")
    press(page, "Escape")
    expect(page.locator("[data-select]:checked")).to_have_count(0)
    expect(page.locator("[data-selected]")).to_be_empty()
    press(page, "j", "a")
    page.wait_for_url("**/outbox/batches/*/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Accept 1 order")

    page.go_back()
    page.locator("[data-select-page]").check()
    expect(page.locator("[data-selected]")).to_have_text("5 orders selected")
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Accept 5 orders")
    page.get_by_role("button", name="Leave out").first.click()
    expect(page.locator("#batch-send")).to_contain_text("Accept 4 orders")
    expect(page.get_by_role("button", name="Take in again")).to_be_focused()
    assert Batch.objects.count() == 2


def test_it_works_without_scripts(chromium, site, shop):
    placed(shop, 60)
    page = opened(chromium, site, shop, scripts=False)
    page.goto(site.url + "/orders/?view=to-approve")

    page.get_by_label("All 60 of this view").check()
    page.get_by_role("button", name="Accept").click()
    page.get_by_role("button", name="Leave out").first.click()
    page.get_by_role("button", name="Accept 59 orders").click()
    worked()
    page.reload()

    assert Command.objects.count() == 59
    assert "Waiting to be sent" in page.content()


def test_orders_are_shipped_with_a_pasted_column(chromium, site, shop):
    placed(shop, 3, status="InPreparation")
    page = opened(chromium, site, shop)
    page.goto(site.url + "/orders/?view=to-ship")

    press(page, "*", "s")
    page.get_by_label("Carrier of every parcel").select_option("Colissimo")
    page.get_by_label("Paste a column of tracking numbers").fill("6A00000000001\n6A00000000002\n6A00000000003")
    page.get_by_role("button", name="Keep the carrier and the numbers").click()
    expect(page.get_by_text("3 tracking numbers kept.")).to_be_visible()
    page.get_by_role("button", name="Ship 3 orders").click()
    expect(page.get_by_text("Under way: 3 of 3 have not ended.")).to_be_visible()
    worked()

    numbers = {command.payload["parcels"][0]["number"] for command in Command.objects.all()}
    assert numbers == {"6A00000000001", "6A00000000002", "6A00000000003"}


@pytest.mark.parametrize("language", ["en", pytest.param("fr", marks=pytest.mark.everything)])
def test_the_pages_of_batches_are_for_everybody(chromium, site, shop, language):
    theme = {"en": "light", "fr": "dark"}[language]
    placed(shop, 55)
    placed(shop, 3, status="InPreparation")
    Order.objects.filter(number__contains="WAIT0000").update(customer="CUST-SAME")
    page = opened(chromium, site, shop, language=language, theme=theme)

    page.goto(site.url + "/orders/?view=to-approve")
    press(page, "j", "x", "j", "x")
    assert faults(page) == [], "list"
    press(page, "Escape", "*", "a")
    page.wait_for_url("**/outbox/batches/*/")
    assert faults(page) == [], "preview"
    page.locator("#batch-send-all").click()
    page.wait_for_load_state()
    worked()
    Command.objects.filter(subject__endswith="1K7QD").update(state=State.REFUSED, reason="The order is locked.")
    Command.objects.filter(subject__endswith="2K7QD").update(state=State.CONFIRMED)
    page.reload()
    assert faults(page) == [], "progress"
    page.goto(site.url + "/outbox/batches/")
    assert faults(page) == [], "batches"
    page.goto(site.url + "/orders/?view=to-ship")
    press(page, "*", "s")
    page.wait_for_url("**/outbox/batches/*/")
    assert faults(page) == [], "shipping"

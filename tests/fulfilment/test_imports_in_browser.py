"""A carrier's file in a real browser: 200 numbers in three clicks; without scripts; every width, both themes."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from backoffice.models import SellerAccount, User
from fulfilment.batches import putting
from fulfilment.models import Command
from orders import mirror
from orders.models import Carrier
from tests import make
from tests.browser import faults
from tests.orders.pages import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MANY = 200


@pytest.fixture
def shop(site, settings, tmp_path) -> SellerAccount:
    settings.DATA_DIR = tmp_path / "data"
    account = make.account(name="Lampes", sending=["ship"], created_at=timezone.now() - timedelta(days=2))
    for label in ("Colissimo", "DPD"):
        Carrier.objects.create(account=account, label=label, code=label[:3])
    return account


def placed(account: SellerAccount, number: int) -> list[str]:
    now = timezone.now()
    readings = [
        make.reading(f"SCID012611SHIP{turn:05d}K7QD", lines=(make.line(ship_by=now + timedelta(hours=turn)),))
        for turn in range(number)
    ]
    mirror.store(account, readings, source="live")
    return [reading.number for reading in readings]


def opened(chromium: Browser, site, account, *, language="en", theme="light", scripts=True) -> Page:
    client = signed_in("warehouse", account)
    User.objects.filter(accounts=account).update(language=language, theme=theme)
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, java_script_enabled=scripts)
    context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": site.url}])
    page = context.new_page()
    page.set_default_timeout(15_000)
    return page


def file(tmp_path, numbers: list[str], *more: str):
    rows = [f"{number};6A{turn:011d}" for turn, number in enumerate(numbers)]
    path = tmp_path / "colissimo.csv"
    path.write_text("\r\n".join(["Référence client;N° de suivi", *rows, *more]), encoding="cp1252")
    return path


def worked() -> None:
    for name in putting.due(timezone.now()):
        putting.advance(name)


class Clicks:
    """Counts what a hand does."""

    def __init__(self) -> None:
        self.count = 0

    def on(self, element) -> None:
        self.count += 1
        element.click()


@pytest.mark.parametrize("scripts", [True, False])
def test_two_hundred_numbers_are_declared_with_three_clicks(chromium, site, shop, tmp_path, scripts):
    numbers = placed(shop, MANY)
    page = opened(chromium, site, shop, scripts=scripts)
    page.goto(site.url + "/imports/")
    clicks = Clicks()

    with page.expect_file_chooser() as chooser:
        clicks.on(page.get_by_label("The carrier's file"))
    chooser.value.set_files(file(tmp_path, numbers))
    clicks.on(page.get_by_role("button", name="Read and check"))
    expect(page.get_by_text("200 rows: 200 can be sent")).to_be_visible()
    assert not Command.objects.exists()
    clicks.on(page.get_by_role("button", name="Ship 200 orders"))
    expect(page.get_by_text("Under way: 200 of 200 have not ended.")).to_be_visible()

    assert clicks.count == 3
    worked()
    assert Command.objects.count() == MANY
    page.reload()
    expect(page.get_by_role("button", name="Pause this batch")).to_be_visible()


@pytest.mark.parametrize("language", ["en", pytest.param("fr", marks=pytest.mark.everything)])
def test_the_pages_of_an_import_are_for_everybody(chromium, site, shop, language, tmp_path):
    theme = {"en": "light", "fr": "dark"}[language]
    numbers = placed(shop, 60)
    page = opened(chromium, site, shop, language=language, theme=theme)

    page.goto(site.url + "/imports/")
    assert faults(page) == [], "first"
    bad = [f"{numbers[1]};1,23E+12", "SCID0126110000404;6A00000000999", f"{numbers[2]};123;DPD"]
    page.locator("#import-file").set_input_files(file(tmp_path, numbers[3:], *bad))
    page.locator("#import-read").click()
    page.wait_for_url("**/imports/*/")
    assert faults(page) == [], "check"
    page.locator(".steps-bar a").nth(1).click()
    page.wait_for_url("**/columns/")
    assert faults(page) == [], "columns"
    page.locator("#columns-check").click()
    page.wait_for_url("**/imports/*/")
    page.locator("#import-send").click()
    page.wait_for_url("**/outbox/batches/*/")
    assert faults(page) == [], "batch"
    page.goto(site.url + "/imports/")
    assert faults(page) == [], "history"

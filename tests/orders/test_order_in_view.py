"""The order answers without scrolling: at 1366 × 768 what a caller asks for is in view; and the way into the past."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from backoffice.models import SellerAccount
from octopia import schema
from orders import mirror
from tests import make
from tests.browser import faults
from tests.orders.pages import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SCREEN = {"width": 1366, "height": 768}
PARCELS = (
    schema.Parcel(number="6A12345678901", carrier="Colissimo", url="https://track.example/6A12345678901"),
    schema.Parcel(number="XX001122334455", carrier="Chronopost", url=""),
)
SEEN = {  # of every order: what is asked for, and where it stands
    "status": ".page-title .badge",
    "lines": "#orders-detail tbody tr",
    "money": ".sums-row > div",
    "last event": "#timeline li:first-child",
    "actions": "#fulfilment-actions .button",
}
BELOW = """all => all.map(one => one.getBoundingClientRect()).filter(
    box => box.height === 0 || box.top < 0 || box.bottom > innerHeight || box.left < 0 || box.right > innerWidth
).length"""

SIDEWAYS = """all => all.filter(one => one.scrollWidth > one.clientWidth + 1
    && one.tagName !== "INPUT").map(one => one.className || one.textContent)"""


@pytest.fixture
def shop(site) -> SellerAccount:
    """An order to ship that is late, with three lines; one of which a part has left; one that left in two parcels."""
    account, now = make.account(name="Lampes"), timezone.now()

    def lines(first: str, rest: str, hours: int) -> tuple[schema.Line, ...]:
        due = now + timedelta(hours=hours)
        left = {"status": first, "parcels": PARCELS if first == "Shipped" else ()}
        return (
            make.line("QK01", ship_by=due, **left),
            make.line("QK02", title="Perceuse visseuse sans fil 18 V, deux batteries", quantity=2,
                      ship_by=due, status=rest, parcels=PARCELS[:1] if rest == "Shipped" else ()),
            make.line("QK03", title="Tuyau d'arrosage 25 m", sku="HOS-25", ship_by=due, status=rest),
        )  # fmt: skip

    first = make.reading("SCID01261104091200041K7QD", customer="C1", lines=lines("InPreparation", "InPreparation", -31))
    waiting = make.later(first, status="WaitingAcceptance", changed_at=first.changed_at - timedelta(minutes=9))
    mirror.store(account, [waiting], source="live")
    partly = make.reading("SCID01261104091200042K7QD", customer="C1", lines=lines("Shipped", "InPreparation", 29))
    gone = make.reading(
        "SCID01261104091200043K7QD", customer="C1", status="Shipped", lines=lines("Shipped", "Shipped", 29)
    )
    mirror.store(account, [first, partly, gone], source="live")
    return account


def french(chromium, site, shop, role: str, theme: str = "light"):
    client = signed_in(role, shop)
    shop.users.update(language="fr", theme=theme)
    context = chromium.new_context(viewport=SCREEN)
    context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": site.url}])
    page = context.new_page()
    page.set_default_timeout(15_000)
    return page


@pytest.mark.parametrize("role", ["support", "manager"])
def test_what_is_asked_for_is_in_view_without_scrolling(chromium, site, shop, role):
    page = french(chromium, site, shop, role)
    deadline, parcels = ".page-head time[data-level], .page-head .banner time", "#parcels li"
    typical = {"0041": {"deadline": deadline}, "0042": {"deadline": deadline, "parcels": parcels},
               "0043": {"parcels": parcels}}  # fmt: skip

    for number, more in typical.items():
        page.goto(f"{site.url}/orders/SCID0126110409120{number}K7QD/")
        for what, where in (SEEN | more).items():
            expect(page.locator(where).first).to_be_visible()
            assert page.eval_on_selector_all(where, BELOW) == 0, f"{what} of {number}"
    page.set_viewport_size({"width": 1024, "height": 768})
    assert page.eval_on_selector_all(".table-region, .card, .moment > *", SIDEWAYS) == []
    page.close()


def test_a_reason_is_folded_and_opens_by_keyboard(chromium, site, shop):
    page = french(chromium, site, shop, "manager")
    page.goto(f"{site.url}/orders/SCID01261104091200041K7QD/")
    why = page.locator("#why-gesture")
    expect(why).to_be_hidden()

    page.locator("#actions-why > summary").focus()
    page.keyboard.press("Enter")

    expect(why).to_be_visible()
    expect(page.locator("#action-gesture")).to_have_accessible_description(why.inner_text())


def test_the_past_is_reached_from_the_timeline_and_left_again(chromium, site, shop):
    page = french(chromium, site, shop, "manager", "dark")
    page.goto(f"{site.url}/orders/SCID01261104091200041K7QD/")

    page.locator("#timeline .then").nth(1).click()
    expect(page.locator("#orders-past")).to_be_visible()
    expect(page.locator(".page-title .badge").first).to_have_text("À approuver")
    found = faults(page)
    page.locator("#orders-now").click()

    expect(page.locator("#orders-detail")).to_be_visible()
    assert found == []

"""The pack station in a real browser: recorded bursts, a network that goes, and the numbers counted as they happen."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import Page, expect

from backoffice import shop as choices
from fulfilment import warehouse
from fulfilment.models import Bench, Command
from orders.models import Order
from tests import make
from tests.browser import faults, violations
from tests.fulfilment.packing_up import DRILL, HOSE, declared, drill, hose, label, shop, slip
from tests.orders.pages import signed_in
from tests.scanning import Scanner

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
COUNT = """() => {
  window.person = {keys: 0, clicks: 0, sounds: []};
  addEventListener('keydown', (event) => { window.person.keys += 1; }, true);
  addEventListener('pointerdown', () => { window.person.clicks += 1; }, true);
  document.addEventListener('signal', (event) => window.person.sounds.push(event.detail));
}"""


@pytest.fixture
def account(site):
    return shop(name="Lampes")


def opened(chromium, site, account, *, azerty: bool = False, scripts: bool = True, **user) -> tuple[Page, Scanner]:
    client = signed_in("warehouse", account)
    account.users.filter(pk=account.users.latest("pk").pk).update(**user)
    context = chromium.new_context(
        base_url=site.url, locale="en", viewport={"width": 1440, "height": 900}, java_script_enabled=scripts
    )
    context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": site.url}])
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.goto("/warehouse/pack/")
    if scripts:
        page.evaluate(COUNT)
    return page, Scanner(page, azerty=azerty)


def person(page: Page, scanner: Scanner) -> tuple[int, int]:
    """Keys and clicks of the person: those of the scanner are not theirs."""
    counted = page.evaluate("window.person")
    return counted["keys"] - scanner.signs, counted["clicks"]


def said(page: Page, words: str) -> None:
    expect(page.locator(".station-said")).to_contain_text(words)


@pytest.mark.parametrize("azerty", [False, True])
def test_one_order_takes_two_scans_and_nothing_else(chromium, site, account, azerty):
    choices.choose("item_check_single", False, None)
    order = make.order(of=account, lines=(drill(),))
    page, scanner = opened(chromium, site, account, azerty=azerty)

    scanner.scan(slip(order))
    said(page, "is open")
    scanner.scan(label())
    said(page, "is packed")

    assert scanner.scans == 2
    assert person(page, scanner) == (0, 0)
    assert declared(order) == [("Colissimo", label(), ["A"])]
    assert page.evaluate("window.person.sounds") == ["right", "finished"]
    expect(page.locator(".station-last")).to_contain_text("can be taken back until")
    assert violations(page) == []


def test_a_wrong_item_takes_one_acknowledgement(chromium, site, account):
    make.order("SCID0126OTHER", of=account, lines=(hose(),))
    order = make.order(of=account, lines=(drill(),))
    page, scanner = opened(chromium, site, account)
    scanner.scan(slip(order))
    said(page, "is open")

    scanner.scan(HOSE)

    panel = page.get_by_role("alert").filter(has_text="Wrong item")
    expect(panel).to_contain_text("1 × Perceuse-visseuse 18 V")
    expect(panel).to_contain_text(HOSE)
    expect(page.locator("#fulfilment-pack")).not_to_contain_text(order.number)
    expect(page.get_by_role("button", name="Seen, go on")).to_be_focused()
    assert violations(page) == []
    scanner.scan(DRILL)  # a scan does not take it away
    expect(panel).to_contain_text("1 scan after it was not taken")
    page.wait_for_timeout(200)
    page.keyboard.press("Enter")
    expect(page.locator("#pack-order")).to_have_text(order.number)
    assert person(page, scanner) == (1, 0)
    scanner.scan(DRILL)
    said(page, "1 of 1")
    scanner.scan(label())
    said(page, "is packed")
    assert page.evaluate("window.person.sounds") == ["right", "wrong", "wrong", "right", "right", "finished"]


def test_a_missing_item_takes_three_keys(chromium, site, account):
    order = make.order(of=account, lines=(drill(),))
    page, scanner = opened(chromium, site, account)
    scanner.scan(slip(order))
    said(page, "is open")
    for key, words in (("!", "What is the problem?"), ("1", "What is the matter"), ("Enter", "is kept back")):
        page.wait_for_timeout(200)
        page.keyboard.press(key)
        expect(page.locator("#fulfilment-pack")).to_contain_text(words)

    assert warehouse.held(order) is not None
    assert person(page, scanner)[1] == 0


def test_scans_of_a_lost_network_wait_over_a_reload_and_are_sent_once_in_order(chromium, site, account):
    order = make.order(of=account, lines=(drill(2), hose()))
    page, scanner = opened(chromium, site, account)
    scanner.scan(slip(order))
    said(page, "is open")

    page.route(
        "**/warehouse/pack/", lambda route: route.abort() if route.request.method == "POST" else route.continue_()
    )
    scanner.scan(DRILL)
    scanner.scan(HOSE)
    expect(page.locator("[data-queue]")).to_contain_text("No network. Waiting on this device, to be sent once: 2")
    page.reload()
    scanner.scan(DRILL)
    scanner.scan(label())
    expect(page.locator("[data-queue]")).to_contain_text("4")
    assert not Command.objects.exists()
    page.unroute("**/warehouse/pack/")

    said(page, "is packed")
    assert declared(order) == [("Colissimo", label(), ["A", "B"])]
    assert Command.objects.count() == 1
    expect(page.locator("[data-queue]")).to_be_hidden()


def test_a_scan_that_the_server_fails_at_does_not_keep_the_bench(chromium, site, account):
    order = make.order(of=account, lines=(drill(2),))
    page, scanner = opened(chromium, site, account)
    scanner.scan(slip(order))
    said(page, "is open")
    page.route("**/warehouse/pack/", lambda route: route.fulfill(status=500, body="broken"))

    scanner.scan(DRILL)
    scanner.scan(label())

    expect(page.locator("[data-heard]")).to_contain_text(f"The server failed at “{DRILL}”", timeout=15_000)
    expect(page.locator("[data-queue]")).to_be_hidden()
    page.unroute("**/warehouse/pack/")
    scanner.scan(DRILL)
    said(page, "1 of 2")
    assert not Command.objects.exists()


def test_an_answer_that_was_lost_counts_once(chromium, site, account):
    order = make.order(of=account, lines=(drill(2),))
    page, scanner = opened(chromium, site, account)
    scanner.scan(slip(order))
    said(page, "is open")
    lost: list[str] = []

    def cut(route) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch().text())  # it arrived; its answer does not
            route.abort()
        else:
            route.continue_()

    page.route("**/warehouse/pack/", cut)
    scanner.scan(DRILL)

    said(page, "1 of 2")
    assert lost
    assert Bench.objects.get(order=order).work["checked"] == {"A": 1}


def test_signed_out_every_scan_is_refused_aloud(chromium, site, account):
    order = make.order(of=account, lines=(drill(), hose()))
    page, scanner = opened(chromium, site, account)
    scanner.scan(slip(order))
    said(page, "is open")
    Session.objects.all().delete()

    scanner.scan(DRILL)
    said(page, "You are signed out.")
    scanner.scan(HOSE)

    said(page, "You are signed out.")
    assert page.evaluate("window.person.sounds") == ["right", "wrong", "wrong"]
    assert not Command.objects.exists()


def test_half_a_burst_and_a_scan_in_mid_dialog_are_not_taken(chromium, site, account):
    order = make.order(of=account, lines=(drill(),))
    page, scanner = opened(chromium, site, account)
    scanner.keys(slip(order)[:6])
    page.wait_for_timeout(100)
    scanner.scan("00000017")
    expect(page.locator("[data-heard]")).to_contain_text("Only a part of a scan arrived")
    expect(page.locator("#fulfilment-pack")).to_have_attribute("data-signal", "wrong")
    expect(page.locator("#pack-scan")).to_have_value("")
    page.wait_for_timeout(1600)
    scanner.scan("NOTHING-1")
    expect(page.get_by_role("alert")).to_contain_text("Unknown scan")
    scanner.keys(slip(order)[:6])
    page.wait_for_timeout(100)
    scanner.scan("00000017")
    expect(page.get_by_role("alert")).to_contain_text("Only a part of a scan arrived")
    page.wait_for_timeout(1600)
    scanner.scan("!CNEXT00")
    expect(page.get_by_role("alert")).to_be_hidden()
    scanner.scan(slip(order))
    said(page, "is open")

    page.evaluate("document.getElementById('keys').showModal()")
    scanner.scan(DRILL)
    page.wait_for_timeout(300)
    page.keyboard.press("Escape")
    expect(page.locator("[data-heard]")).to_contain_text("Not taken")
    page.locator("[data-key='!']").click()
    page.locator("[data-key='4']").click()
    page.locator("#pack-words").fill("Étiquette déchirée")
    scanner.scan(DRILL)
    page.wait_for_timeout(300)
    expect(page.locator("#pack-words")).to_have_value("Étiquette déchirée")
    assert Bench.objects.get(order=order).work["checked"] == {}


def test_two_stations_take_different_orders_and_a_poll_interrupts(chromium, site, account):
    for number in ("SCID0126FIRST", "SCID0126SECOND"):
        make.order(number, of=account, lines=(drill(),))
    one, first = opened(chromium, site, account)
    two, second = opened(chromium, site, account)

    first.scan("!CNEXT00")
    second.scan("!CNEXT00")
    said(one, "is open")
    said(two, "is open")
    assert {one.locator("#pack-order").inner_text(), two.locator("#pack-order").inner_text()} == {
        "SCID0126FIRST",
        "SCID0126SECOND",
    }
    order = Order.objects.get(number=one.locator("#pack-order").inner_text())
    warehouse.hold(order, make.user("manager"), reason="Client absent", until=timezone.now() + timedelta(hours=3))
    one.evaluate(
        "htmx.ajax('get', document.getElementById('fulfilment-pack').getAttribute('hx-get'),"
        " {target: '#fulfilment-pack', swap: 'outerHTML'})"
    )
    expect(one.get_by_role("alert").filter(has_text="Stop packing")).to_contain_text("Client absent")
    one.wait_for_function("window.person.sounds.at(-1) === 'wrong'")  # it sounds when the region has settled


def test_without_scripts_a_person_types_and_presses_enter(chromium, site, account):
    order = make.order(of=account, lines=(drill(),))
    page, _ = opened(chromium, site, account, scripts=False)
    for text, words in ((order.number, "is open"), (DRILL, "1 of 1"), (label(), "is packed")):
        page.locator("#pack-scan").fill(text)
        page.locator("#pack-scan").press("Enter")
        said(page, words)
    assert declared(order)


def test_the_station_fits_every_width_in_both_themes_and_french(chromium, site, account):
    order = make.order("SCID01261104091233K7QD", of=account, lines=(drill(2), hose()))
    for theme in ("light", "dark"):
        page, scanner = opened(chromium, site, account, theme=theme, language="fr")
        scanner.scan(slip(order))
        expect(page.locator("#pack-order")).to_be_visible()
        assert faults(page) == []
        small = page.evaluate(
            "[...document.querySelectorAll('#fulfilment-pack :is(button, input:not([type=hidden]))')]"
            ".filter(e => e.checkVisibility()).map(e => e.getBoundingClientRect().height).filter(h => h < 44)"
        )
        assert small == []
        page.locator("form:has([value=back]) button").click()
        expect(page.locator("#pack-order")).to_be_hidden()


def test_twenty_orders_by_bursts_with_one_wrong_item_in_the_wrong_layout(chromium, site, account):
    orders = [make.order(f"SCID0126RUN{turn:03}", of=account, lines=(drill(),)) for turn in range(20)]
    page, scanner = opened(chromium, site, account, azerty=True)
    for turn, order in enumerate(orders):
        scanner.scan(slip(order))
        if turn == 7:
            scanner.scan(HOSE)
            expect(page.get_by_role("alert").filter(has_text="Unknown scan")).to_be_visible(timeout=20_000)
            scanner.scan("!CNEXT00")
        scanner.scan(DRILL)
        scanner.scan(label(turn))  # faster than the server answers: they wait for each other
    expect(page.locator(".station-said")).to_contain_text(f"{orders[-1].number} is packed", timeout=60_000)

    assert [declared(order) for order in orders] == [[("Colissimo", label(turn), ["A"])] for turn in range(20)]
    assert person(page, scanner) == (0, 0)
    assert scanner.scans == 20 * 3 + 2


def test_what_was_read_is_shown_within_a_tenth_of_a_second_however_slow_the_server_is(chromium, site, account):
    order = make.order(of=account, lines=(drill(),))
    page, scanner = opened(chromium, site, account)
    page.route("**/warehouse/pack/", lambda _route: None)  # it never answers
    page.evaluate(
        """() => document.addEventListener('scan', (event) => {
          window.shown = [document.querySelector('[data-heard]').textContent, performance.now() - event.timeStamp];
        })"""
    )
    scanner.scan(slip(order))

    page.wait_for_function("window.shown")
    text, after = page.evaluate("window.shown")
    assert text == slip(order)
    assert after < 100  # milliseconds from the scan's last key

"""Accepting and refusing in a real browser: by keys, in a stale tab, after Back, over a lost line, without scripts."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, FloatRect, Locator, Page, expect

from backoffice.models import SellerAccount
from fulfilment.models import Command, Product, State
from orders import mirror
from orders.models import Line, Order
from tests import make
from tests.browser import violations
from tests.orders.pages import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shop(site) -> SellerAccount:
    account = make.account(name="Lampes", sending=["accept", "refuse"], created_at=timezone.now() - timedelta(days=2))
    for turn in range(3):
        make.order(f"SCID012611040912{turn:04d}K7QD", of=account, status="WaitingAcceptance")
    return account


def opened(chromium: Browser, site, shop: SellerAccount, scripts: bool = True, **fields) -> Page:
    client = signed_in("manager", shop)
    user = shop.users.latest("pk")
    for name, value in fields.items():
        setattr(user, name, value)
    user.save()
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, java_script_enabled=scripts)
    context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": site.url}])
    page = context.new_page()
    page.set_default_timeout(15_000)
    return page


def first() -> str:
    return f"/orders/{Order.objects.order_by('pk').first().number}/"  # type: ignore[union-attr]


def test_three_orders_are_accepted_by_keys_alone(chromium, site, shop):
    page = opened(chromium, site, shop)
    page.goto(site.url + "/orders/?view=to-approve")

    for _turn in range(3):
        page.goto(site.url + "/orders/?view=to-approve")
        page.wait_for_load_state()
        for _row in range(_turn + 1):
            page.keyboard.press("j")
            page.wait_for_timeout(120)
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"/orders/SCID[^/]+/\?"))
        page.keyboard.press("a")
        expect(page.locator("dialog[open] #approval-send")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#fulfilment-order")).to_contain_text("On hold")

    assert Command.objects.filter(kind="accept", state=State.READY).count() == 3


def test_a_dialog_takes_the_focus_and_gives_it_back(chromium, site, shop):
    page = opened(chromium, site, shop)
    page.goto(site.url + first())

    page.locator("#action-refuse").focus()
    page.keyboard.press("r")
    expect(page.locator("dialog[open] input[name=reason]").first).to_be_focused()
    assert violations(page) == []
    page.locator("dialog #refusal-send").click()  # the browser asks for the reason itself
    page.keyboard.press("Escape")

    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.locator("#action-refuse")).to_be_focused()
    assert not Command.objects.exists()


def test_taken_back_by_one_key_and_refused_by_a_stale_tab(chromium, site, shop):
    page, other = opened(chromium, site, shop), opened(chromium, site, shop, name="Karim")
    for each in (page, other):
        each.goto(site.url + first())
        each.keyboard.press("a")
        expect(each.locator("dialog[open] #approval-send")).to_be_focused()

    other.keyboard.press("Enter")
    expect(other.locator("#fulfilment-order")).to_contain_text("On hold")
    page.keyboard.press("Enter")
    expect(page.locator("dialog[open] #fulfilment-not-now")).to_contain_text("asked for by")
    other.keyboard.press("z")
    expect(other.locator("#fulfilment-order")).to_contain_text("Taken back, nothing was sent")

    assert Command.objects.get().state == State.WITHDRAWN


def test_back_after_sending_leads_to_the_page_before_and_asks_for_nothing_again(chromium, site, shop):
    page = opened(chromium, site, shop)
    page.goto(site.url + "/orders/?view=to-approve")
    page.goto(site.url + first())
    page.keyboard.press("a")
    expect(page.locator("dialog[open] #approval-send")).to_be_focused()
    expect(page.locator("#dialog .htmx-added")).to_have_count(0)  # htmx knows the form
    page.keyboard.press("Enter")
    expect(page.locator("#fulfilment-order")).to_contain_text("On hold")
    expect(page).to_have_url(site.url + first())

    page.go_back()
    expect(page).to_have_url(re.compile("view=to-approve"))
    page.go_forward()
    expect(page.locator("#fulfilment-order")).to_contain_text("On hold")
    page.go_forward()  # into the dialog's address, as a page of its own

    expect(page.locator("#fulfilment-not-now")).to_contain_text("asked for by")
    page.go_back()
    expect(page.locator("#fulfilment-order")).to_contain_text("On hold")
    assert Command.objects.count() == 1


def _box(button: Locator) -> FloatRect:
    box = button.bounding_box()
    assert box
    return box


def test_on_a_tablet_what_waits_is_a_card_with_two_wide_buttons_apart(chromium, site, shop):
    order, line = Order.objects.order_by("pk")[0], Line.objects.all()[0]
    Product.objects.create(account=shop, sku=line.sku, stock="3 left")
    page = opened(chromium, site, shop)
    context = chromium.new_context(viewport={"width": 768, "height": 1024}, has_touch=True)
    context.add_cookies(page.context.cookies())
    page = context.new_page()
    page.goto(site.url + "/orders/?view=to-approve")

    card = page.locator(f"#order-{order.pk}")
    accept, refuse = (_box(card.locator(f"#{verb}-{order.pk}")) for verb in ("accept", "refuse"))
    assert min(accept["width"], refuse["width"]) > 200
    assert min(accept["height"], refuse["height"]) >= 44
    assert refuse["x"] - accept["x"] - accept["width"] >= 24
    expect(card.get_by_text("3 left")).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    card.locator(f"#accept-{order.pk}").tap()
    expect(page.locator("#approval-send")).to_be_visible()
    expect(page.locator("#dialog .htmx-added")).to_have_count(0)
    page.locator("#approval-send").tap()

    expect(page.locator(f"#order-{order.pk}")).to_contain_text("On hold until")
    assert Command.objects.get().subject == order.number
    page.set_viewport_size({"width": 1440, "height": 900})
    head, first = page.locator("th", has_text="Products"), page.locator(f"#order-{order.pk} [data-at=lines]")
    assert _box(head)["x"] == _box(first)["x"]  # on a desk it is a table, and has no buttons
    expect(page.locator(f"#refuse-{order.pk}")).to_be_hidden()


def test_what_changed_meanwhile_is_not_sent(chromium, site, shop):
    page = opened(chromium, site, shop)
    page.goto(site.url + first())
    page.keyboard.press("a")
    expect(page.locator("dialog[open] #approval-send")).to_be_focused()
    order = Order.objects.order_by("pk").first()
    assert order is not None
    read = make.reading(order.number, status="WaitingAcceptance", channel_name="Cdiscount, again")
    mirror.store(shop, [make.later(read, changed_at=order.changed_at + timedelta(hours=2))], source="live")

    page.keyboard.press("Enter")
    expect(page.locator("dialog[open]")).to_contain_text("Changed at the marketplace")
    page.locator("dialog").get_by_role("link", name="Show what is new").click()

    expect(page.get_by_text("Cdiscount, again").first).to_be_visible()
    assert not Command.objects.exists()


def test_a_lost_line_keeps_what_was_typed_and_the_second_try_asks_once(chromium, site, shop):
    page = opened(chromium, site, shop)
    page.goto(site.url + first())
    page.keyboard.press("r")
    page.locator("dialog[open]").get_by_label("Another reason").check()
    page.locator("dialog[open]").get_by_label("In your words").fill("Bestellt sich doppelt")

    page.route("**/refusal/**", lambda route: route.abort())
    page.locator("#refusal-send").click()
    expect(page.locator("dialog[open] .region-error")).to_be_visible()
    expect(page.locator("dialog[open] textarea")).to_have_value("Bestellt sich doppelt")
    page.unroute("**/refusal/**")
    page.locator("dialog[open] .region-error button").click()

    expect(page.locator("#fulfilment-order")).to_contain_text("Refusal")
    assert Command.objects.get().note == "other: Bestellt sich doppelt"


def test_without_scripts_a_double_press_and_back_ask_once(chromium, site, shop):
    page = opened(chromium, site, shop, scripts=False)
    page.goto(site.url + first())
    page.locator("#action-accept").click()
    page.locator("#approval-send").dblclick()
    page.wait_for_url(re.compile(r"/orders/SCID[^/]+/\?"))
    page.goto(site.url + first() + "approval/")
    expect(page.locator("#fulfilment-not-now")).to_contain_text("Acceptance asked for by")

    page.goto(site.url + first())
    page.get_by_role("button", name="Take back").click()

    expect(page.locator("#fulfilment-order")).to_contain_text("Taken back, nothing was sent")
    assert Command.objects.count() == 1

"""The outbox in a real browser: its lists, steps by keyboard, without scripts too; a silent marketplace."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from backoffice.models import SellerAccount
from fulfilment.models import Command, CommandEvent, State
from fulfilment.outbox import asking
from tests import make
from tests.browser import faults, violations
from tests.orders.pages import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def asked(account: SellerAccount, number: str, state: State, kind: str = "accept", **fields) -> Command:
    """What Karim asked, in this state."""
    order = make.order(number, of=account, status="WaitingAcceptance")
    command = Command.objects.create(
        account=account, order=order, subject=number, kind=kind, state=state, form_token=number.ljust(20, "x"),
        order_version=1, fingerprint="", author_name="Karim", **fields,
    )  # fmt: skip
    CommandEvent.objects.create(
        account=account, command=command, became=state, epoch=0, what="odd answer", said="418 I'm a teapot"
    )
    return command


@pytest.fixture
def full(site, account) -> dict[str, Command]:
    """One for each list, and two that need a person."""
    later = timezone.now() + timedelta(minutes=9)
    return {
        "first": asked(account, "SCID0126110409120001K7QD", State.ATTENTION),
        "second": asked(account, "SCID0126110409120002K7QD", State.ATTENTION),
        "flight": asked(account, "SCID0126110409120003K7QD", State.READY, due=later, held=True),
        "ended": asked(account, "SCID0126110409120004K7QD", State.CONFIRMED, ended_at=timezone.now()),
    }


def opened(
    chromium: Browser, site, account: SellerAccount, role: str = "manager", scripts: bool = True, **fields
) -> Page:
    client = signed_in(role, account)
    user = account.users.latest("pk")
    for name, value in fields.items():
        setattr(user, name, value)
    user.save()
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, java_script_enabled=scripts)
    context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": site.url}])
    page = context.new_page()
    page.set_default_timeout(15_000)
    return page


def card(page: Page, command: Command):
    return page.locator(f"#request-{command.pk}")


@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("fr", "dark")])
def test_the_three_lists_are_clean_at_every_width(chromium, site, account, full, language, theme):
    page = opened(chromium, site, account, language=language, theme=theme)
    for show, command in (("", "first"), ("?show=flight", "flight"), ("?show=ended", "ended")):
        page.goto(f"{site.url}/outbox/{show}")
        expect(card(page, full[command])).to_be_visible()
        assert faults(page) == [], show


def test_what_needs_a_person_is_settled_by_keyboard(chromium, site, account, full):
    page = opened(chromium, site, account)
    page.goto(site.url + "/outbox/")

    summary = card(page, full["first"]).locator("summary")
    summary.focus()
    page.keyboard.press("Enter")
    expect(card(page, full["first"])).to_contain_text("418 I'm a teapot")
    page.locator(f"#reason-{full['first'].pk}").fill("The portal shows it as accepted")
    page.keyboard.press("Tab")
    expect(page.locator(f"#step-{full['first'].pk}-was-done")).to_be_focused()
    page.keyboard.press("Space")

    expect(card(page, full["first"])).to_have_count(0)
    expect(card(page, full["second"])).to_be_visible()
    full["first"].refresh_from_db()
    assert full["first"].state == State.CLOSED_DONE
    assert full["first"].events.last().said == "The portal shows it as accepted"


@pytest.mark.parametrize("scripts", [True, False])
def test_what_has_not_left_is_taken_back_from_its_list(chromium, site, account, full, scripts):
    page = opened(chromium, site, account, scripts=scripts)
    page.goto(site.url + "/outbox/?show=flight")

    card(page, full["flight"]).get_by_role("button", name="Take back").click()

    expect(card(page, full["flight"])).to_have_count(0)
    full["flight"].refresh_from_db()
    assert full["flight"].state == State.WITHDRAWN


def test_what_happens_elsewhere_is_announced_and_nothing_moves_until_it_is_asked_for(chromium, site, account, full):
    page = opened(chromium, site, account)
    page.clock.install()
    page.goto(site.url + "/outbox/")
    page.wait_for_function("window.htmx")
    card(page, full["second"]).locator("summary").click()
    reason = page.locator(f"#reason-{full['second'].pk}")
    reason.fill("I am still on the ph")
    reason.evaluate("field => field.scrollIntoView({block: 'center'})")
    before = reason.bounding_box()

    asking.close(full["first"], make.user("manager"), was_done=True)
    page.clock.run_for(21_000)

    expect(page.locator("#outbox-news")).to_contain_text("Something happened here")
    expect(card(page, full["first"])).to_be_visible()
    expect(reason).to_be_focused()
    expect(reason).to_have_value("I am still on the ph")
    assert reason.bounding_box() == before
    assert violations(page) == []
    page.locator("#outbox-news a").click()
    expect(card(page, full["first"])).to_have_count(0)
    expect(card(page, full["second"])).to_be_visible()


def test_without_scripts_the_outbox_shows_what_is_when_it_is_opened(chromium, site, account, full):
    page = opened(chromium, site, account, scripts=False)
    page.goto(site.url + "/outbox/")
    expect(page.locator("#outbox-news")).to_be_empty()

    asking.close(full["first"], make.user("manager"), was_done=True)
    page.reload()

    expect(card(page, full["first"])).to_have_count(0)
    expect(card(page, full["second"])).to_be_visible()


def test_a_silent_marketplace_gets_its_face_and_the_second_try_the_form(chromium, site, account, market, place):
    order = place("SCID0126110409120005K7QD", status="Shipped", lines=[{"price": 234}])
    page = opened(chromium, site, account, "support")
    page.goto(f"{site.url}/orders/{order.number}/")
    market.faults = [{"fault": "lost"}] * 4

    page.locator("#action-gesture").click()
    face = page.locator("#fulfilment-silent")
    expect(face).to_contain_text("Nothing was sent")
    expect(page.locator("dialog[open]")).to_be_visible()
    assert violations(page) == []
    market.faults = []
    face.get_by_role("link", name=re.compile("again", re.I)).click()

    expect(page.locator("#fulfilment-gesture")).to_be_visible()
    assert not Command.objects.exists()

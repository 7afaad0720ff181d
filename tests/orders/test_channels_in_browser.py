"""The page of channels in a real browser: every width and theme, axe clean; corrected without scripts."""

import pytest
from playwright.sync_api import Browser, Page, expect

from backoffice.models import SellerAccount
from octopia.contract.lifecycle import Ability, Verb
from orders import lifecycle
from tests import make
from tests.browser import faults
from tests.orders.pages import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shop(site) -> SellerAccount:
    account = make.account(name="Lampes")
    order = make.order(of=account)
    make.order(of=account, channel="ZZLINE", channel_name="Galerie Fictive (à la ligne)")
    lifecycle.learn(account, "CDISFR", Ability.SEVERAL_PARCELS, True, "Two parcels were taken.", order.number)
    lifecycle.learn(account, "ZZLINE", Ability.SINGLE_LINES, False, "Only a complete order is shipped.", order.number)
    verdict = lifecycle.verdict(order, Verb.SHIP)
    lifecycle.outcome(account, Verb.SHIP, "CDISFR", verdict, False, "Cannot switch to shipped.", number=order.number)
    return account


def opened(chromium: Browser, site, shop: SellerAccount, theme: str, *, scripts: bool = True) -> Page:
    client = signed_in("administrator", shop)
    user = shop.users.get()
    user.language, user.theme = "fr", theme
    user.save()
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, java_script_enabled=scripts)
    context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": site.url}])
    page = context.new_page()
    page.set_default_timeout(15_000)
    return page


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_fit_every_width_and_are_clean(chromium, site, shop, theme):
    page = opened(chromium, site, shop, theme)

    for path in ("/settings/channels/", "form"):
        if path == "form":
            page.get_by_role("link", name="Corriger Cdiscount").click()
            expect(page.get_by_role("heading", level=1)).to_have_text("Cdiscount")
        else:
            page.goto(site.url + path)
        assert faults(page) == [], path


def test_a_channel_is_corrected_without_scripts(chromium, site, shop):
    page = opened(chromium, site, shop, "light", scripts=False)
    page.goto(site.url + "/settings/channels/")

    page.get_by_role("link", name="Corriger Cdiscount").click()
    page.get_by_label("Annulation ligne par ligne").select_option("yes")
    page.get_by_label("D’où vous le savez").fill("essayé le 3 mai")
    page.get_by_role("button", name="Voir le changement").click()
    expect(page.get_by_role("row", name="Annulation ligne par ligne")).to_contain_text("oui")
    page.get_by_role("button", name="Corriger").click()

    expect(page.get_by_text("Cdiscount : corrigé.")).to_be_visible()
    assert lifecycle.abilities(shop.pk, "CDISFR")[Ability.LINE_CANCELLATION].value is True

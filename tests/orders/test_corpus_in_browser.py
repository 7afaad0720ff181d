"""Words that would be code, in every text of an order and every box of a page: a browser runs none of them."""

from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Dialog, Page

from backoffice.models import SellerAccount
from octopia import schema
from orders.models import CancellationRequest, Cursor, GestureRequest, Quarantine
from tests import make
from tests.orders.pages import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CORPUS = (
    "<script>hit()</script>",
    "<img src=x onerror=hit()>",
    '"><svg onload=hit()>',
    "' autofocus onfocus='hit()",
    "</title><script>hit()</script>",
    "</template><iframe srcdoc='<script>parent.hit()</script>'>",
    "<a href=javascript:hit()>x</a>",
    "{{ 7 }}{% debug %}${hit()}",
    "<b hx-get=/logout/ hx-trigger=load hx-on::load=hit()>",
    "<style>@import'//evil.example'</style>",
    "javascript:hit()",
    "&lt;script&gt;hit()&lt;/script&gt;",
)
WATCH = "addEventListener('securitypolicyviolation', (event) => hit(event.violatedDirective))"


def evil_order(account: SellerAccount, number: str, evil: str) -> None:
    address = make.address(
        **dict.fromkeys(("civility", "first_name", "last_name", "line1", "city", "phone", "email"), evil)
    )
    parcel = schema.Parcel(number=evil, carrier=evil, url=evil)
    line = make.line(title=evil, sku=evil, condition=evil, delivery_mode=evil, supply_mode=evil, status=evil[:40],
                     shipping=address, parcels=(parcel,))  # fmt: skip
    make.order(number, of=account, channel_name=evil, channel_number=evil, customer=evil, status=evil[:40],
               billing=address, lines=(line,), extra={evil: evil})  # fmt: skip
    GestureRequest.objects.create(
        account=account, remote_id=evil, number=number, status=evil, reason=evil, errors=[[evil, evil]]
    )
    CancellationRequest.objects.create(account=account, remote_id=evil, number=number, status=evil, user_type=evil)
    Quarantine.objects.create(account=account, number=evil, reason=evil, raw=evil, hash=number, source="live")


def watched(chromium: Browser, site, account: SellerAccount) -> tuple[Page, list[str]]:
    """A manager's window, and the list of what was run or refused by the policy in it."""
    hits: list[str] = []
    client = signed_in("manager", account)
    context = chromium.new_context()
    context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": site.url}])
    page = context.new_page()

    def asked(dialog: Dialog) -> None:
        hits.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", asked)
    page.expose_function("hit", lambda *what: hits.append(f"{page.url}: {what}"))
    page.add_init_script(WATCH)
    return page, hits


def test_no_word_of_the_marketplace_or_of_an_address_is_run(chromium, site):
    account = make.account(name=CORPUS[1])
    Cursor.objects.create(account=account, name="live", trouble=CORPUS[0])
    for turn, evil in enumerate(CORPUS):
        evil_order(account, f"EVIL-{turn}", evil)
    page, hits = watched(chromium, site, account)
    records = Quarantine.objects.order_by("pk").values_list("pk", flat=True)[:3]

    paths = ["/orders/", "/sync/", *(f"/orders/EVIL-{turn}/" for turn in range(len(CORPUS)))]
    paths += [f"/sync/quarantine/{pk}/" for pk in records]
    paths += [f"/orders/?q={quote(evil)}&status={quote(evil)}&{quote(evil)}=1" for evil in CORPUS]
    paths.append(f"/{quote(CORPUS[1])}/")
    for path in paths:
        answer = page.goto(site.url + path)
        assert answer
        assert answer.status in (200, 404), path
        page.locator("body").press("Escape")

    assert hits == []
    page.goto(site.url + "/orders/")
    with page.expect_event("console"):  # the watch does see what is refused
        page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=data:x onerror=hit()>')")
    page.wait_for_timeout(200)
    assert len(hits) == 1

"""The pages of seller accounts: what is written and never shown, before and after, practice apart, a fresh login."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from backoffice.models import SellerAccount, Token
from tests import make
from tests.backoffice.test_shop_settings import hidden
from tests.orders.pages import signed_in, text

pytestmark = pytest.mark.django_db

SECRET = "a-secret-nobody-sees"
NEW = {
    "name": "Lampes & Cie",
    "slug": "lampes",
    "seller_id": "77",
    "api_url": "https://api.example.org/seller/v2",
    "token_url": "https://auth.example.org/token",
    "client_id": "lampes",
    "client_secret": SECRET,
    "active": "on",
    "sending": ["accept", "ship"],
}


def typed(account: SellerAccount, **changes) -> dict[str, object]:
    """An account's form as it is shown, with changes; None leaves a field out."""
    shown = {
        "name": account.name,
        "seller_id": account.seller_id,
        "api_url": account.api_url,
        "token_url": account.token_url,
        "client_id": account.client_id,
        "client_secret": "",
        "practice": "on" if account.practice else None,
        "active": "on" if account.active else None,
        "sending": account.sending,
    } | changes
    return {name: value for name, value in shown.items() if value is not None}


def test_an_account_is_added_with_its_secret_encrypted_and_listed():
    client = signed_in("administrator")

    answer = client.post("/settings/accounts/add/", NEW)

    account = SellerAccount.objects.get(slug="lampes")
    assert answer.headers["Location"] == "/settings/accounts/lampes/"
    assert (account.client_secret, account.sending, account.practice) == (SECRET, ["accept", "ship"], False)
    assert "Seller id 77 API address https://api.example.org/seller/v2 May be sent Accept, Ship" in text(
        client.get("/settings/accounts/")
    )


def test_no_page_shows_a_secret():
    client = signed_in("administrator")
    account = make.account(client_secret=SECRET)

    pages = [
        client.get("/settings/accounts/"),
        client.get(f"/settings/accounts/{account.slug}/"),
        client.post(f"/settings/accounts/{account.slug}/", typed(account, client_secret="another-one", api_url="x")),
        client.post(f"/settings/accounts/{account.slug}/", typed(account, client_secret="another-one")),
        client.post("/settings/accounts/add/", NEW | {"api_url": "nonsense"}),
    ]

    assert [page.status_code for page in pages] == [200, 200, 422, 200, 422]
    assert not any(secret in page.content.decode() for page in pages for secret in (SECRET, "another-one"))


def test_a_change_of_where_calls_go_is_shown_before_and_after_and_then_made():
    client = signed_in("administrator")
    account = make.account(sending=["ship"])
    Token.objects.create(client_id=account.client_id, token_url=account.token_url, access="old")
    path = f"/settings/accounts/{account.slug}/"

    asked = client.post(path, typed(account, client_id="other", sending=["ship", "gesture"]))
    nothing = SellerAccount.objects.get().client_id
    done = client.post(path, hidden(asked))

    account.refresh_from_db()
    assert "Client id demo-client other What may be sent Ship Ship Commercial gesture" in text(asked)
    assert nothing == make.CLIENT_ID
    assert (done.status_code, account.client_id, account.sending) == (302, "other", ["ship", "gesture"])
    assert account.client_secret == make.SECRET
    assert not Token.objects.exists()


def test_a_new_secret_is_typed_twice_and_travels_through_no_page():
    client = signed_in("administrator")
    account = make.account()
    path = f"/settings/accounts/{account.slug}/"

    asked = client.post(path, typed(account, client_secret=SECRET))
    forgotten = client.post(path, hidden(asked))
    unchanged = SellerAccount.objects.get().client_secret
    client.post(path, hidden(asked) | {"client_secret": SECRET})

    account.refresh_from_db()
    assert "Client secret not shown a new one, not shown" in text(asked)
    assert forgotten.status_code == 422
    assert "Type the new secret here again" in text(forgotten)
    assert unchanged == make.SECRET
    assert account.client_secret == SECRET


def test_a_new_name_alone_is_saved_at_once():
    account = make.account()

    signed_in("administrator").post(f"/settings/accounts/{account.slug}/", typed(account, name="Nouvelle"))

    account.refresh_from_db()
    assert (account.name, account.client_secret) == ("Nouvelle", make.SECRET)


@pytest.mark.parametrize(
    ("practice", "changes"),
    [
        (False, {"api_url": "http://practice.test/seller/v2"}),
        (False, {"token_url": make.PRACTICE_TOKENS}),
        (False, {"practice": "on"}),
        (True, {"practice": None}),
        (True, {"api_url": make.API}),
        (True, {"token_url": make.TOKENS}),
        (True, {"api_url": make.API, "token_url": make.TOKENS}),
    ],
)
@pytest.mark.parametrize("confirmed", [{}, {"confirmed": "yes"}])
def test_the_page_refuses_to_mix_practice_and_the_real_thing(practice, changes, confirmed):
    account = make.account(practice=practice)
    before = (account.api_url, account.token_url, account.practice)

    answer = signed_in("administrator").post(
        f"/settings/accounts/{account.slug}/", typed(account, **changes) | confirmed
    )

    account.refresh_from_db()
    assert answer.status_code == 422
    assert "practice" in text(answer)
    assert (account.api_url, account.token_url, account.practice) == before


def test_one_address_is_not_real_in_one_account_and_practice_in_another(settings):
    make.account(api_url="http://moved.test/seller/v2", token_url="http://moved.test/token", seller_id="1")
    settings.PRACTICE_URL = "http://moved.test/seller/v2"

    answer = signed_in("administrator").post(
        "/settings/accounts/add/",
        NEW | {"api_url": settings.PRACTICE_URL, "token_url": "http://moved.test/token", "practice": "on"},
    )

    assert answer.status_code == 422
    assert "Another account has this API address" in text(answer)


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"client_secret": ""}, {"slug": "add"}, {"slug": "a b"}, {"sending": ["dance"]}]
)
def test_a_wrong_account_is_refused_and_nothing_is_added(wrong):
    answer = signed_in("administrator").post("/settings/accounts/add/", NEW | wrong)

    assert answer.status_code == 422
    assert not SellerAccount.objects.exists()


@pytest.mark.parametrize("path", ["add/", "shop/"])
def test_an_account_is_touched_with_a_fresh_login_only(path):
    make.account(slug="shop")
    client = signed_in("administrator")

    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        opened = client.get(f"/settings/accounts/{path}")
        sent = client.post(f"/settings/accounts/{path}", NEW)

    assert opened.headers["Location"].startswith("/login/again/")
    assert sent.headers["Location"].startswith("/login/again/")
    assert SellerAccount.objects.count() == 1


@pytest.mark.parametrize("role", ["warehouse", "support", "manager"])
@pytest.mark.parametrize("path", ["", "add/", "shop/", "shop/test/"])
def test_only_an_administrator_touches_accounts(role, path):
    make.account(slug="shop")
    client = signed_in(role)

    assert client.post(f"/settings/accounts/{path}", NEW).status_code == 403
    assert client.get(f"/settings/accounts/{path}").status_code == 403

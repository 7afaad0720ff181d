"""Clients for accounts: practice apart from the real thing, the first account, and a test that names what fails."""

import httpx
import pytest
from django.db.models import Sum

from backoffice import marketplace
from backoffice.marketplace import Outcome
from backoffice.models import CallBudget, SellerAccount, Token
from backoffice.practice import WrongAddress

pytestmark = pytest.mark.django_db


def failed(account):
    """(name of the failed step, its remedy), and only that; the steps behind it were not tried."""
    steps = marketplace.test_connection(account)
    outcomes = [step.outcome for step in steps]
    at = outcomes.index(Outcome.FAILED)
    assert set(outcomes[:at]) <= {Outcome.WELL}
    assert set(outcomes[at + 1 :]) <= {Outcome.NOT_TRIED}
    return steps[at].name, str(steps[at].remedy)


def test_a_client_calls_through_the_shared_budget_and_the_shared_token(market, account):
    with marketplace.client(account, "single") as client:
        client.seller()
        client.seller()

    spent = CallBudget.objects.values_list("client_id", "lane").annotate(Sum("calls"))  # a minute may end in between
    assert list(spent) == [("demo-client", "single", 2)]
    assert Token.objects.get().requests == 1


def test_a_token_revoked_in_mid_run_costs_one_request_and_no_answer(market, account):
    with marketplace.client(account) as client:
        client.seller()
        market.faults = ["401"]

        client.seller()

    assert Token.objects.get().requests == 2


def test_without_a_practice_address_there_is_no_practice(settings, account):
    settings.PRACTICE_URL = ""
    account.practice = True

    with pytest.raises(WrongAddress, match="PRACTICE_URL"):
        marketplace.client(account)


def test_the_environment_gives_the_first_account_and_is_not_read_again(settings):
    settings.OCTOPIA_API_URL, settings.OCTOPIA_AUTH_URL = "https://api.example.org/seller/v2", "https://auth.test/token"
    settings.OCTOPIA_CLIENT_ID, settings.OCTOPIA_CLIENT_SECRET = "shop", "secret"
    settings.OCTOPIA_SELLER_ID = "SELLER 7"

    account = marketplace.first_account()
    settings.OCTOPIA_SELLER_ID = "8"

    assert account is not None
    assert (account.name, account.slug, account.seller_id) == ("Seller SELLER 7", "seller-seller-7", "SELLER 7")
    assert (account.sending, account.practice) == ([], False)
    assert marketplace.first_account() is None
    assert SellerAccount.objects.count() == 1


def test_an_incomplete_environment_gives_no_account(settings):
    settings.OCTOPIA_API_URL, settings.OCTOPIA_SELLER_ID = "https://api.example.org/seller/v2", ""

    assert marketplace.first_account() is None


def test_a_good_connection_passes_every_step(market, account):
    steps = marketplace.test_connection(account)

    assert [(step.name, step.outcome) for step in steps] == [
        ("address", "well"),
        ("token", "well"),
        ("seller", "well"),
        ("rights", "well"),
    ]


@pytest.mark.parametrize(
    ("change", "step", "remedy"),
    [
        ({"client_secret": "wrong"}, "token", "client secret"),
        ({"client_id": "nobody"}, "token", "client id"),
        ({"seller_id": "999999"}, "seller", "seller id"),
        ({"api_url": "http://market.test/other"}, "address", "API address"),
        ({"api_url": "not an address"}, "address", "addresses"),
        ({"token_url": "http://market.test/auth/elsewhere"}, "address", "token address"),
    ],
)
def test_what_is_wrong_is_named_with_its_remedy(market, account, change, step, remedy):
    for name, value in change.items():
        setattr(account, name, value)

    name, advice = failed(account)

    assert name == step
    assert remedy in advice


def test_a_machine_that_cannot_reach_the_marketplace_is_told_so(monkeypatch, account):
    def unreachable(request):
        raise httpx.ConnectError("no route", request=request)

    monkeypatch.setattr(marketplace, "TRANSPORT", httpx.MockTransport(unreachable))

    assert failed(account)[0] == "address"


def test_a_client_that_may_not_read_orders_lacks_the_right(market, account, monkeypatch):
    marketplaces_own = marketplace.TRANSPORT
    assert marketplaces_own is not None

    def without_orders(request):
        if "/orders" in request.url.path:
            return httpx.Response(403, json={"title": "Forbidden", "status": 403, "detail": "No right."})
        return marketplaces_own.handle_request(request)

    monkeypatch.setattr(marketplace, "TRANSPORT", httpx.MockTransport(without_orders))

    name, remedy = failed(account)

    assert name == "rights"
    assert "read the orders" in remedy


def test_new_credentials_are_tried_although_an_old_token_lives(market, account):
    with marketplace.client(account) as client:
        client.seller()
    account.client_secret = "changed"

    assert failed(account)[0] == "token"

"""Practice and the real thing cannot meet: not by a page, a command, a row, or a client that was built before."""

import io

import httpx
import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError

from backoffice import marketplace, practice
from backoffice.models import SellerAccount
from backoffice.practice import WrongAddress
from orders import sync
from tests import make

pytestmark = pytest.mark.django_db

PRACTICE, TOKENS = "http://practice.test/seller/v2", make.PRACTICE_TOKENS
REAL, REAL_TOKENS = "https://api.example.org/seller/v2", "https://auth.example.org/token"


class Recorder(httpx.BaseTransport):
    """Every host that is spoken to, before the sandbox answers for it."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self.inner, self.hosts = inner, set[str]()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.hosts.add(request.url.host)
        return self.inner.handle_request(request)


@pytest.fixture
def spoken_to(market, monkeypatch) -> set[str]:
    assert marketplace.TRANSPORT is not None
    recorder = Recorder(marketplace.TRANSPORT)
    monkeypatch.setattr(marketplace, "TRANSPORT", recorder)
    return recorder.hosts


@pytest.mark.parametrize(
    ("api", "tokens", "unreal", "fits"),
    [
        (PRACTICE, TOKENS, True, True),
        ("HTTP://Practice.test:80/seller/v2/", TOKENS, True, True),
        (REAL, REAL_TOKENS, False, True),
        (PRACTICE, REAL_TOKENS, True, False),  # its token would come from the real one
        (REAL, TOKENS, True, False),
        (REAL, REAL_TOKENS, True, False),
        ("http://practice.test/seller/v3", TOKENS, True, False),
        ("https://practice.test/seller/v2", TOKENS, True, False),
        ("http://practice.test.example.org/seller/v2", TOKENS, True, False),
        (PRACTICE, TOKENS, False, False),
        ("HTTP://PRACTICE.test:80/seller/v2/", REAL_TOKENS, False, False),
        ("http://practice.test/another/path", REAL_TOKENS, False, False),
        (REAL, TOKENS, False, False),
        ("http://practice.test./seller/v2", REAL_TOKENS, False, False),
        ("https://practice.test:80/", REAL_TOKENS, False, False),
    ],
)
def test_addresses_fit_the_flag_in_the_row_and_in_the_client(api, tokens, unreal, fits):
    account = make.account()
    account.api_url, account.token_url, account.practice = api, tokens, unreal

    assert refused(account.save) is not fits
    assert refused(lambda: marketplace.client(account).close()) is not fits
    account.refresh_from_db()
    assert (account.api_url == api) is fits


@pytest.mark.parametrize(
    ("host", "fits"),
    [("localhost:9000", False), ("LOCALHOST.:9000", False), ("127.8.8.8:9000", False), ("[::1]:9000", False),
     ("127.0.0.1:9001", True), ("192.0.2.1:9000", True)],
)  # fmt: skip
def test_no_other_name_of_this_machine_leads_a_real_account_to_practice(settings, host, fits):
    settings.PRACTICE_URL = "http://127.0.0.1:9000/seller/v2"

    assert refused(lambda: practice.check(f"http://{host}/seller/v2", REAL_TOKENS, practice=False)) is not fits
    assert refused(lambda: practice.check(f"http://{host}/seller/v2", REAL_TOKENS, practice=True))


def refused(do) -> bool:
    try:
        do()
    except WrongAddress:
        return True
    return False


@pytest.mark.parametrize("field", ["api_url", "token_url", "practice"])
def test_saving_one_field_is_looked_at_too(field):
    account = make.account(practice=True)
    account.api_url, account.token_url, account.practice = REAL, REAL_TOKENS, True

    with pytest.raises(WrongAddress):
        account.save(update_fields=[field])


def test_an_account_of_a_practice_that_has_moved_can_still_be_put_to_sleep(settings):
    account = make.account(practice=True)
    settings.PRACTICE_URL = "http://elsewhere.test/seller/v2"
    account.active = False

    account.save(update_fields=["active"])

    with pytest.raises(WrongAddress):
        marketplace.client(account)


def test_what_goes_past_the_row_is_stopped_by_the_client_before_a_byte_leaves(spoken_to):
    account = make.account(practice=True)
    SellerAccount.objects.filter(pk=account.pk).update(api_url=make.API, token_url=make.TOKENS)
    account.refresh_from_db()

    with pytest.raises(WrongAddress):
        sync.live(account)
    steps = marketplace.test_connection(account)

    assert steps[0].outcome is marketplace.Outcome.FAILED
    assert spoken_to == set()


@pytest.mark.parametrize("unreal", [True, False])
def test_one_address_is_never_both_in_the_database(unreal):
    make.account(seller_id="1", practice=unreal)
    other = make.account(seller_id="2", practice=unreal)

    with pytest.raises(IntegrityError, match="an_address_is_real_or_practice"):
        SellerAccount.objects.filter(pk=other.pk).update(practice=not unreal)


@pytest.mark.parametrize(("unreal", "host"), [(True, "practice.test"), (False, "market.test")])
def test_an_account_speaks_to_its_own_place_alone(spoken_to, unreal, host):
    account = make.account(practice=unreal)

    sync.live(account)
    marketplace.test_connection(account)

    assert spoken_to == {host}


@pytest.mark.parametrize(
    "changes",
    [
        {"api_url": PRACTICE},
        {"token_url": TOKENS},
        {"practice": "yes"},
        {"practice": "yes", "api_url": PRACTICE},
    ],
)
def test_the_command_refuses_to_mix_them(changes):
    account = make.account()

    with pytest.raises(CommandError, match=r"practice|PRACTICE_URL"):
        call_command("account", account.slug, change=True, stdout=io.StringIO(), **changes)

    account.refresh_from_db()
    assert (account.api_url, account.token_url, account.practice) == (make.API, make.TOKENS, False)


@pytest.mark.parametrize("url", ["http://sandbox:9000/seller/v2", "http://127.0.0.1:9000/x", "https://[::1]/x", REAL])
def test_an_address_may_be_one_of_a_private_network(url):
    practice.http_address(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "ftp://a.test/",
        "//a.test/",
        "http://",
        "http://a.test:port/",
        "http://a b.test/",
        "http://u:p@a.test/",
    ],
)
def test_what_is_no_address_is_refused(url):
    with pytest.raises(ValidationError):
        practice.http_address(url)

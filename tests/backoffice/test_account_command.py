"""`manage.py account` and `manage.py rotate_key`: accounts and their secrets from the command line."""

import io

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.db import connection

from backoffice import crypto
from backoffice.limiter import Budget
from backoffice.models import SellerAccount, Token
from tests import make

pytestmark = pytest.mark.django_db

NEW, FORMER = "bmV3LW5ldy1uZXctbmV3LW5ldy1uZXctbmV3LW5ldy0=", "dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk="
FIELDS = {
    "name": "Lampes & Cie",
    "seller_id": "104512",
    "api_url": "https://api.example.org/seller/v2",
    "token_url": "https://auth.example.org/token",
    "client_id": "lampes",
}


@pytest.fixture(autouse=True)
def no_secret_in_the_environment(monkeypatch):
    monkeypatch.delenv("OCTOPIA_CLIENT_SECRET", raising=False)


@pytest.fixture
def typed(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("a-secret\n"))


def account_command(*arguments, **options):
    out = io.StringIO()
    call_command("account", *arguments, stdout=out, **options)
    return out.getvalue()


def test_an_account_is_created_with_a_secret_from_standard_input(typed):
    account_command(create=True, **FIELDS)

    account = SellerAccount.objects.get(slug="lampes-cie")
    assert account.client_secret == "a-secret"
    assert {field: getattr(account, field) for field in FIELDS} == FIELDS
    assert (account.active, account.practice, account.sending) == (True, False, [])


def test_an_account_is_created_with_a_secret_from_the_environment(monkeypatch):
    monkeypatch.setenv("OCTOPIA_CLIENT_SECRET", "of-the-environment")

    account_command(create=True, **FIELDS)

    assert SellerAccount.objects.get().client_secret == "of-the-environment"


def test_no_option_takes_a_secret():
    with pytest.raises(CommandError, match="unrecognized arguments"):
        call_command("account", "--create", "--client-secret", "on-the-command-line")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "--name"),
        ({"api_url": "nonsense"}, "api_url"),
        ({"practice": "yes"}, "PRACTICE_URL"),
        ({"name": "…"}, "slug"),
    ],
)
def test_a_wrong_account_is_refused_with_the_reason(typed, wrong, said):
    with pytest.raises(CommandError, match=said):
        account_command(create=True, **(FIELDS | wrong))

    assert not SellerAccount.objects.exists()


def test_one_seller_has_one_account(typed):
    make.account(api_url=FIELDS["api_url"], seller_id=FIELDS["seller_id"])

    with pytest.raises(CommandError, match="already exists"):
        account_command(create=True, **FIELDS)


def test_without_any_secret_nothing_is_created(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(""))

    with pytest.raises(CommandError, match="client secret"):
        account_command(create=True, **FIELDS)


def test_a_changed_secret_drops_the_token(account, typed):
    Token.objects.create(client_id=account.client_id, token_url=account.token_url, access="old")

    account_command(account.slug, change=True, secret=True)

    account.refresh_from_db()
    assert account.client_secret == "a-secret"
    assert not Token.objects.exists()


def test_a_changed_name_keeps_the_token(account):
    Token.objects.create(client_id=account.client_id, token_url=account.token_url, access="old")

    account_command(account.slug, change=True, name="Other", active="no")

    account.refresh_from_db()
    assert (account.name, account.active) == ("Other", False)
    assert Token.objects.exists()


def test_accounts_are_listed_and_shown_without_their_secret(account):
    listed, shown = account_command(), account_command(account.slug)

    assert account.slug in listed
    assert account.api_url in shown
    assert account.client_secret not in listed + shown


def test_the_connection_test_passes_or_names_the_step_and_the_remedy(market, account):
    assert account_command(account.slug, test=True).count("ok ") == 4
    SellerAccount.objects.update(client_secret="wrong")

    with pytest.raises(CommandError, match="Token: Check the client id and the client secret"):
        account_command(test=True)


def test_a_corrected_address_is_tried_at_once_although_the_former_one_was_silent(market, account):
    for _failure in range(5):
        Budget(account.client_id).heard("sync", status=None, wait=None, quota=False)
    with pytest.raises(CommandError, match="Addresses: Check the addresses, and that this machine may reach them"):
        account_command(test=True)

    account_command(account.slug, change=True, token_url=account.token_url)

    assert account_command(account.slug, test=True).count("ok ") == 4


def test_an_account_that_is_not_there_is_told(account):
    with pytest.raises(CommandError, match="no account nobody"):
        account_command("nobody", test=True)


def test_an_incomplete_environment_is_told(settings):
    settings.OCTOPIA_API_URL = ""

    with pytest.raises(CommandError, match="OCTOPIA_API_URL"):
        account_command(from_environment=True)


def test_after_a_rotation_every_secret_opens_with_the_new_key_alone(account, settings):
    account.client_secret = "canary-secret"
    account.save()
    Token.objects.create(client_id="lampes", token_url="http://auth.test", access="canary-token")
    factor = Authenticator.objects.create(
        user=make.user(), type=Authenticator.Type.TOTP, data={"secret": crypto.encrypt("canary-seed")}
    )
    settings.FIELD_ENCRYPTION_KEY = f"{NEW},{FORMER}"

    call_command("rotate_key", stdout=io.StringIO())

    settings.FIELD_ENCRYPTION_KEY = NEW
    account.refresh_from_db()
    factor.refresh_from_db()
    assert account.client_secret == "canary-secret"
    assert Token.objects.get().access == "canary-token"
    assert crypto.decrypt(factor.data["secret"]) == "canary-seed"


def test_a_secret_that_does_not_open_stops_the_rotation(account):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE backoffice_selleraccount SET client_secret = 'nonsense'")

    with pytest.raises(CommandError, match="does not open"):
        call_command("rotate_key", stdout=io.StringIO())

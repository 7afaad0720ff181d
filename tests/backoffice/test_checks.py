"""System checks: durable commits, keys that open the stored secrets, a zone that exists."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection

from backoffice import checks

pytestmark = pytest.mark.django_db


def found(check):
    return [(message.id, message.msg) for message in check(databases=["default"])]


def test_a_cluster_that_may_forget_commits_is_an_error_that_names_the_setting(settings):
    settings.THROW_AWAY_DATABASE = False

    messages = found(checks.durability)

    assert ("backoffice.E001", "PostgreSQL runs with fsync = off: a crash could lose commits.") in messages


def test_relaxed_commits_of_one_role_or_session_are_seen(settings):
    settings.THROW_AWAY_DATABASE = False
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")

    assert any("synchronous_commit = off" in text for _id, text in found(checks.durability))


def test_durable_commits_pass(settings):
    settings.THROW_AWAY_DATABASE = False
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = on")

    assert not any("synchronous_commit" in text for _id, text in found(checks.durability))


def test_the_tests_own_cluster_is_let_by_their_settings_alone(settings, monkeypatch):
    monkeypatch.setenv("THROW_AWAY_DATABASE", "1")
    assert found(checks.durability) == []
    del settings.THROW_AWAY_DATABASE

    assert found(checks.durability) != []


def test_secrets_under_a_lost_key_are_named_with_the_remedy(account, settings):
    assert found(checks.secrets_open) == []
    settings.FIELD_ENCRYPTION_KEY = "YW5vdGhlci1rZXktYW5vdGhlci1rZXktYW5vdGhlci0="

    (message,) = checks.secrets_open(databases=["default"])

    assert message.id == "backoffice.E002"
    assert "backoffice.SellerAccount.client_secret" in message.msg
    assert "rotate_key" in str(message.hint)


@pytest.mark.parametrize("zone", ["Europe/Pariss", "", "../etc/passwd"])
def test_a_zone_that_does_not_exist_is_an_error(settings, zone):
    settings.SHOP_TIME_ZONE = zone

    assert [message.id for message in checks.zone()] == ["backoffice.E003"]


def test_what_is_unsafe_refuses_to_start_in_one_sentence(settings):
    settings.THROW_AWAY_DATABASE = False

    with pytest.raises(ImproperlyConfigured, match=r"fsync = off.*Set fsync = on"):
        checks.refuse_to_start()


def test_a_database_that_is_away_does_not_refuse_to_start(settings, monkeypatch):
    settings.THROW_AWAY_DATABASE = False

    def away():
        raise OperationalError("connection refused")

    monkeypatch.setattr(connection, "ensure_connection", away)

    checks.refuse_to_start()

    assert found(checks.durability) == []

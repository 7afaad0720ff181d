"""The shared token: one request for many processes, renewed early, replaced when it failed."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, connections

from backoffice import tokens
from backoffice.models import Alert, Token
from backoffice.tokens import StoredTokens
from octopia import Busy, Unauthorized, Untouched, schema

START = datetime(2026, 11, 24, 12, tzinfo=UTC)
LIFE = timedelta(hours=2)


class Clock:
    now = START

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(db, clock):
    return StoredTokens("client", "http://auth.test/token", clock=clock)


class Fetch:
    """Gives tok-1, tok-2, …; `asked` counts."""

    def __init__(self, clock):
        self.asked = 0
        self._clock = clock

    def __call__(self):
        self.asked += 1
        return schema.Token(access=f"tok-{self.asked}", issued_at=self._clock.now, expires_at=self._clock.now + LIFE)


@pytest.fixture
def fetch(clock):
    return Fetch(clock)


def refuse():
    raise Unauthorized("The token was refused (401). Invalid client.", step="token")


def test_the_first_caller_asks_and_the_others_use_what_it_got(store, fetch, clock):
    assert store.current() is None

    store.replace(None, fetch)

    other = StoredTokens("client", "http://auth.test/token", clock=clock)
    assert other.current() == store.current()
    assert other.current() is not None
    assert other.replace(None, fetch).access == "tok-1"
    assert fetch.asked == 1


def test_the_token_is_ciphertext_in_the_database(store, fetch):
    store.replace(None, fetch)

    with connection.cursor() as cursor:
        cursor.execute("SELECT access FROM backoffice_token")
        assert "tok-1" not in cursor.fetchone()[0]


def test_it_is_renewed_at_four_fifths_of_its_life(store, fetch, clock):
    store.replace(None, fetch)

    clock.now += LIFE * 0.79
    assert store.current().access == "tok-1"
    clock.now += LIFE * 0.02
    assert store.current() is None
    assert store.replace(None, fetch).access == "tok-2"


def test_while_one_process_renews_the_others_use_the_one_that_lives(store, fetch, clock):
    store.replace(None, fetch)
    clock.now += LIFE * 0.9
    Token.objects.update(renewing_until=clock.now + timedelta(seconds=30))

    assert store.replace(None, fetch).access == "tok-1"
    assert fetch.asked == 1


def test_a_refused_token_is_replaced_once_by_whoever_comes_first(store, fetch):
    store.replace(None, fetch)

    first = store.replace("tok-1", fetch)
    second = store.replace("tok-1", fetch)

    assert (first.access, second.access, fetch.asked) == ("tok-2", "tok-2", 2)


def test_a_renewal_that_fails_leaves_the_token_that_lives_and_tells_the_administrator(store, fetch, clock):
    store.replace(None, fetch)
    clock.now += LIFE * 0.9

    assert store.replace(None, refuse).access == "tok-1"

    assert "Invalid client" in Alert.objects.get(kind="token", closed_at=None).params["trouble"]
    clock.now += timedelta(seconds=11)
    assert store.replace(None, fetch).access == "tok-2"
    assert Alert.objects.get().closed_at is not None


def test_without_a_token_a_failure_is_raised_and_the_next_callers_wait_instead_of_asking(store, fetch, clock):
    with pytest.raises(Unauthorized):
        store.replace(None, refuse)

    with pytest.raises(Busy, match="Invalid client") as busy:
        store.replace(None, fetch)

    assert (busy.value.wait, busy.value.step, fetch.asked) == (10.0, "token", 0)
    clock.now += timedelta(seconds=10)
    assert store.replace(None, fetch).access == "tok-1"


def test_a_process_that_died_while_asking_is_waited_for_no_longer_than_its_lease(store, fetch, clock):
    Token.objects.create(
        client_id="client", token_url="http://auth.test/token", renewing_until=clock.now + timedelta(seconds=30)
    )

    def pass_the_time(_seconds):
        clock.now += timedelta(seconds=10)

    patient = StoredTokens("client", "http://auth.test/token", clock=clock, sleep=pass_the_time)

    assert patient.replace(None, fetch).access == "tok-1"


def test_a_late_answer_does_not_replace_a_newer_token(store, fetch, clock):
    def slow():
        old = fetch()
        clock.now += timedelta(minutes=2)  # past its lease
        StoredTokens("client", "http://auth.test/token", clock=clock).replace(None, fetch)
        return old

    store.replace(None, slow)

    assert store.current().access == "tok-2"


def test_a_token_under_a_lost_key_is_asked_for_anew(store, fetch, settings):
    store.replace(None, fetch)
    settings.FIELD_ENCRYPTION_KEY = "YW5vdGhlci1rZXktYW5vdGhlci1rZXktYW5vdGhlci0="

    assert store.current() is None
    assert store.replace(None, fetch).access == "tok-2"


def test_changed_credentials_drop_the_token(store, fetch):
    store.replace(None, fetch)

    tokens.forget("client")

    assert store.current() is None


@pytest.mark.django_db
def test_who_is_held_up_between_look_and_claim_does_not_ask_again():
    """Another process was asking at the look, and has its token at the claim."""
    ours, other = (StoredTokens("crowd", "http://auth.test/token") for _ in range(2))
    seen = []

    def fetch():
        row = ours._row()
        assert row is not None
        seen.append(row)
        now = datetime.now(UTC)
        return schema.Token(access="tok-1", issued_at=now, expires_at=now + LIFE)

    other.replace(None, fetch)

    assert not ours._claim(seen[0], datetime.now(UTC))
    assert ours.replace(None, fetch).access == "tok-1"
    assert len(seen) == 1


@pytest.mark.django_db(transaction=True)
def test_many_processes_at_once_make_one_request_outside_of_any_transaction():
    asked = []
    together = threading.Barrier(8)

    def fetch():
        asked.append(connection.in_atomic_block)
        time.sleep(0.2)
        now = datetime.now(UTC)
        return schema.Token(access=f"tok-{len(asked)}", issued_at=now, expires_at=now + LIFE)

    def work(_process):
        try:
            together.wait()
            return StoredTokens("crowd", "http://auth.test/token").replace(None, fetch).access
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        got = set(pool.map(work, range(8)))

    assert got == {"tok-1"}
    assert asked == [False]
    assert Token.objects.get().requests == 1


def test_an_expired_token_is_not_used_when_none_can_be_had(store, fetch, clock):
    store.replace(None, fetch)
    clock.now += LIFE

    with pytest.raises(Untouched):
        store.replace(None, refuse)

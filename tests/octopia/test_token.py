"""The token and the call budget: one renewal, one repetition, and nothing that shows a secret."""

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import httpx
import pytest

from octopia import Busy, MemoryStore, Unauthorized, Untouched
from octopia.schema import Token
from tests.octopia.making import SECRET, Network, answer, client, documented, token_answer

NOW = datetime(2026, 11, 4, 9, 0, tzinfo=UTC)


class Ledger:
    """A gate that writes down what it is asked and told, and may be shut."""

    def __init__(self, shut=()):
        self.shut = set(shut)
        self.asked = []
        self.told = []

    def admit(self, lane):
        if lane in self.shut:
            raise Busy("The share of this lane is used up.", wait=60)
        self.asked.append(lane)

    def heard(self, lane, *, status, wait, quota):
        self.told.append((lane, status, wait, quota))


def bearers(network):
    return [call.headers["Authorization"] for call in network.calls]


# the token


def test_a_call_carries_the_token_and_the_seller():
    network = Network(documented("seller"))

    client(network).seller()

    headers = network.calls[0].headers
    assert (headers["Authorization"], headers["SellerId"], headers["Accept"]) == (
        "Bearer token-1",
        "104512",
        "application/json",
    )
    assert "Accept-Language" not in headers


def test_the_token_is_asked_for_with_the_credentials_once():
    network = Network(documented("seller"))
    ours = client(network)

    ours.seller()
    ours.on("single").seller()

    asked = network.token_calls[0]
    assert len(network.token_calls) == 1
    assert dict(httpx.QueryParams(asked.content.decode())) == {
        "grant_type": "client_credentials",
        "client_id": "a-client",
        "client_secret": SECRET,
    }
    assert asked.headers["Content-Type"] == "application/x-www-form-urlencoded"


def test_a_read_with_an_expired_token_is_made_once_more_with_a_new_one():
    network = Network(documented("error_unauthorized", 401), documented("seller"))

    seller = client(network).seller()

    assert seller.id == "104512"
    assert bearers(network) == ["Bearer token-1", "Bearer token-2"]


def test_a_token_refused_twice_is_the_end_of_it():
    network = Network(documented("error_unauthorized", 401))

    with pytest.raises(Unauthorized, match="Access token is missing or invalid"):
        client(network).seller()

    assert (len(network.calls), len(network.token_calls)) == (2, 2)


def test_a_write_with_an_expired_token_is_left_to_the_caller_and_the_token_is_replaced():
    network = Network(documented("error_unauthorized", 401), answer(204))
    ours = client(network)

    with pytest.raises(Unauthorized):
        ours.decide("SCID1", True)
    ours.decide("SCID1", True)

    assert bearers(network) == ["Bearer token-1", "Bearer token-2"]
    assert len(network.token_calls) == 2


def test_each_try_of_a_write_is_marked_just_before_it_leaves():
    network = Network(documented("error_unauthorized", 401), answer(204))
    marks = []

    client(network).on("command", mark=lambda: marks.append(len(network.calls))).decide("SCID1", True)

    assert marks == [0, 1]
    assert bearers(network) == ["Bearer token-1", "Bearer token-2"]


def test_a_write_whose_second_mark_is_refused_is_not_made_again():
    network = Network(documented("error_unauthorized", 401), answer(204))

    def late():
        if network.calls:
            raise TimeoutError("the claim is another's now")

    with pytest.raises(TimeoutError):
        client(network).on("command", mark=late).decide("SCID1", True)

    assert len(network.calls) == 1


def test_a_write_whose_mark_is_refused_never_leaves():
    network = Network(answer(204))

    def late():
        raise TimeoutError("the claim is another's now")

    with pytest.raises(TimeoutError):
        client(network).on("command", mark=late).decide("SCID1", True)

    assert network.calls == []


@pytest.mark.parametrize(
    ("reply", "expected", "words"),
    [
        (documented("error_token", 401), Unauthorized, "invalid_client Invalid client or Invalid client credentials"),
        (answer(400, {"title": "Bad", "detail": "No such client"}), Unauthorized, "No such client"),
        (answer(403, {"detail": "Not you"}), Untouched, "Not you"),
        (answer(429, {"message": "Try again in 17 seconds."}), Busy, "Too many tokens"),
        (answer(500), Untouched, "500"),
        (answer(302, Location="http://elsewhere.test"), Untouched, "302"),
        (answer(200, {"access_token": ""}), Untouched, "no token"),
        (answer(200, {"access_token": "a\r\nX: y"}), Untouched, "no token"),
        (answer(200, b"<html>"), Untouched, "no token"),
        (httpx.ReadTimeout("slow"), Untouched, "did not answer"),
        (httpx.ConnectError("refused"), Untouched, "cannot be reached"),
    ],
)
def test_a_write_without_a_token_is_untouched_and_names_the_step_that_failed(reply, expected, words):
    network = Network(answer(204), tokens=[reply])

    with pytest.raises(expected, match=words) as caught:
        client(network).decide("SCID1", True)

    assert caught.value.step == "token"
    assert network.calls == []


@pytest.mark.parametrize(
    ("says", "life"), [(600, 600), (None, 7200), ("x", 7200), (0, 7200), (10**12, 86_400), (1.5, 1)]
)
def test_a_token_lives_as_long_as_it_says_within_reason(says, life):
    store = MemoryStore()

    client(Network(documented("seller"), tokens=[token_answer(expires_in=says)]), store=store).seller()

    token = store.current()
    assert token is not None
    assert token.expires_at - token.issued_at == timedelta(seconds=life)


def token(access, issued=NOW):
    return Token(access=access, issued_at=issued, expires_at=issued + timedelta(seconds=7200))


def test_a_token_is_renewed_after_four_fifths_of_its_life():
    clock = [NOW]
    store = MemoryStore(lambda: clock[0])
    store.replace(None, lambda: token("first"))

    clock[0] = NOW + timedelta(seconds=5759)
    assert store.current() == token("first")

    clock[0] = NOW + timedelta(seconds=5760)
    assert store.current() is None
    assert store.replace(None, lambda: token("second", clock[0])).access == "second"


def test_a_token_that_cannot_be_renewed_early_serves_until_its_end():
    clock = [NOW]
    store = MemoryStore(lambda: clock[0])
    store.replace(None, lambda: token("first"))

    def fail():
        raise Untouched("down")

    clock[0] = NOW + timedelta(seconds=7000)
    assert store.replace(None, fail).access == "first"

    clock[0] = NOW + timedelta(seconds=7200)
    with pytest.raises(Untouched):
        store.replace(None, fail)


def test_only_the_token_that_failed_is_replaced():
    store = MemoryStore(lambda: NOW)
    store.replace(None, lambda: token("second"))

    assert store.replace("first", lambda: token("third")).access == "second"
    assert store.replace("second", lambda: token("third")).access == "third"


def test_many_callers_with_one_failed_token_fetch_one_new_one():
    store = MemoryStore(lambda: NOW)
    store.replace(None, lambda: token("old"))
    barrier, fetched, got = Barrier(8), [], []

    def fetch():
        fetched.append(1)
        return token(f"new-{len(fetched)}")

    def call():
        barrier.wait()
        got.append(store.replace("old", fetch).access)

    threads = [Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(fetched), set(got)) == (1, {"new-1"})


def test_no_secret_shows_in_a_repr():
    store = MemoryStore()
    ours = client(Network(documented("seller")), store=store)
    ours.seller()

    shown = f"{ours!r} {ours.on('single')!r} {store.current()!r} {store.current()}"
    assert SECRET not in shown
    assert "token-1" not in shown


# the budget


def test_every_call_is_asked_for_in_its_lane_and_told_how_it_went():
    gate = Ledger()
    network = Network(documented("error_unauthorized", 401), documented("seller"))

    client(network, gate=gate).on("single").seller()

    assert gate.asked == ["single", "single"]
    assert gate.told == [("single", 401, None, False), ("single", 200, None, False)]


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (documented("error_quota", 403), ("sync", 403, 700.0, True)),
        (documented("error_rate", 429), ("sync", 429, 17.0, False)),
        (answer(503), ("sync", 503, None, False)),
        (httpx.ReadTimeout("slow"), ("sync", None, None, False)),
        (httpx.ConnectError("refused"), ("sync", None, None, False)),
    ],
)
def test_the_gate_hears_of_pauses_and_of_silence(reply, told):
    gate = Ledger()

    with pytest.raises(Untouched):
        client(Network(reply), gate=gate).seller()

    assert gate.told == [told]


def test_a_shut_lane_sends_nothing_and_the_other_lanes_go_on():
    gate = Ledger(shut={"backfill"})
    network = Network(documented("seller"))
    ours = client(network, gate=gate, lane="backfill")

    with pytest.raises(Busy) as caught:
        ours.seller()
    ours.on("command").seller()

    assert (caught.value.wait, len(network.calls)) == (60, 1)
    assert gate.told == [("command", 200, None, False)]

"""Each fault on demand: what the caller sees, and whether the effect happened."""

from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from sandbox.app import AnswerLost
from sandbox.faults import Faults, read
from sandbox.market import Market
from tests.sandbox.conftest import Shop

EVER = "2000-01-01T00:00:00Z"


def orders(shop: Shop, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shop.get("/orders", **{"updatedAtMin": EVER, "sort": "updatedAt", **query}).json()[
        "items"
    ]
    return found


@pytest.mark.parametrize(
    ("fault", "status", "happened"),
    [
        ("", 201, True),
        ("429", 429, False),
        ("quota", 403, False),
        ("401", 401, False),
        ("500", 500, False),
        ("500 before", 500, False),
        ("500-after", 500, True),
        ("502 before", 502, False),
        ("503 after", 503, True),
        ("504 after", 504, True),
        ("html", 502, False),
        ("html after", 502, True),
        ("empty", 200, True),
        ("redirect", 302, False),
        ("status 403", 403, False),
        ("status 409 busy", 409, False),
        ("status 418", 418, False),
    ],
)
def test_a_fault_tells_one_thing_and_does_another(
    fault: str, status: int, happened: bool, shop: Shop, market: Market
) -> None:
    order = market.place("SCID1")
    market.faults = [fault]

    answer = shop.ship(order)

    assert answer.status_code == status
    assert [entry.effect for entry in market.ledger] == (["shipped"] if happened else [])
    assert market.documents()["SCID1"]["status"] == ("Shipped" if happened else "InPreparation")
    assert len(market.faults) == 0


def test_an_empty_answer_never_hides_that_nothing_happened(shop: Shop, market: Market) -> None:
    order = market.place("SCID1", status="Shipped")
    market.faults = ["empty"]

    answer = shop.ship(order)

    assert answer.status_code >= 400
    assert market.ledger == []


@pytest.mark.parametrize(("fault", "happened"), [("lost", True), ("lost before", False), ("stall 0.01", True)])
def test_a_lost_answer_leaves_the_caller_in_the_dark(fault: str, happened: bool, shop: Shop, market: Market) -> None:
    order = market.place("SCID1")
    market.faults = [fault]

    with pytest.raises(AnswerLost):
        shop.ship(order)

    assert len(market.ledger) == happened


def test_a_delayed_call_has_its_effect_later(shop: Shop, market: Market) -> None:
    order = market.place("SCID1")
    market.faults = ["delayed 90"]
    with pytest.raises(AnswerLost):
        shop.ship(order)

    market.clock.advance(89)
    market.settle()
    assert market.ledger == []
    market.clock.advance(2)
    market.settle()

    assert [(entry.effect, entry.by) for entry in market.ledger] == [("shipped", "api")]


def test_faults_meet_one_request_each_and_nothing_else(shop: Shop, market: Market) -> None:
    market.place("SCID1")
    market.faults = ["", "500 after"]
    market.faults.extend(["429"])

    shop.sign_in()  # the token is no call of the API
    shop.http.get("/_sandbox/state")

    assert [shop.get("/orders/SCID1").status_code for _ in range(4)] == [200, 500, 429, 200]


def test_a_fault_can_wait_for_its_request(shop: Shop, market: Market) -> None:
    order = market.place("SCID1")
    market.faults = [{"fault": "503", "method": "post", "path": "/shipments"}, {"fault": "500", "path": "/token"}]

    assert shop.get("/orders/SCID1").status_code == 200
    assert shop.ship(order).status_code == 503
    assert shop.http.post("/auth/realms/maas/protocol/openid-connect/token", data={}).status_code == 500


def test_429_comes_in_three_forms(shop: Shop, market: Market) -> None:
    market.faults = ["429 17", "429 date", "429 text"]

    seconds, date, text = (shop.get("/carriers") for _ in range(3))

    assert seconds.headers["Retry-After"] == "17"
    assert parsedate_to_datetime(date.headers["Retry-After"]).tzinfo is not None
    assert "Retry-After" not in text.headers
    assert text.json() == {"statusCode": 429, "message": "Rate limit is exceeded. Try again in 17 seconds."}


def test_the_quota_comes_with_and_without_its_header(shop: Shop, market: Market) -> None:
    market.faults = ["quota 695", "quota text 3600"]

    first, second = shop.get("/carriers"), shop.get("/carriers")

    assert (first.headers["Retry-After"], first.json()["message"][-9:]) == ("695", "00:11:35.")
    assert ("Retry-After" in second.headers, second.json()["message"][-9:]) == (False, "01:00:00.")


def test_401_in_mid_run_revokes_that_token_only(shop: Shop, market: Market) -> None:
    market.faults = ["401"]

    assert [shop.get("/carriers").status_code for _ in range(2)] == [401, 401]
    shop.sign_in()
    assert shop.get("/carriers").status_code == 200


def test_a_slow_answer_comes(shop: Shop, market: Market) -> None:
    market.faults = ["slow 0.05"]

    answer = shop.get("/carriers")

    assert answer.status_code == 200
    assert answer.elapsed.total_seconds() >= 0.05


def test_a_cut_answer_is_no_json(shop: Shop, market: Market) -> None:
    market.place("SCID1")
    market.faults = ["cut"]

    answer = shop.get("/orders/SCID1")

    assert int(answer.headers["Content-Length"]) > len(answer.content) > 0
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        answer.json()


def test_a_wrong_type_carries_the_right_body(shop: Shop, market: Market) -> None:
    market.place("SCID1")
    market.faults = ["type"]

    answer = shop.get("/orders/SCID1")

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.json()["orderId"] == "SCID1"


def test_unknown_words_stand_in_the_first_record(shop: Shop, market: Market) -> None:
    market.place("SCID1", status="Shipped")
    market.faults = ["unknown status", "unknown mode", "unknown reason"]

    status = shop.order("SCID1")
    mode = shop.order("SCID1")
    reason = shop.get("/cancellation-reasons").json()["items"]

    assert (status["status"], status["lines"][0]["status"], status["lines"][0]["offer"]["supplyMode"]) == (
        "AwaitingCustoms",
        "AwaitingCustoms",
        "Seller",
    )
    assert (mode["status"], mode["lines"][0]["offer"]["supplyMode"]) == ("Shipped", "Dropship")
    assert reason[0]["code"] == "solar-storm"
    assert shop.order("SCID1")["status"] == "Shipped"


def test_extra_members_stand_everywhere(shop: Shop, market: Market) -> None:
    market.place("SCID1")
    market.faults = ["extra"]

    order = shop.order("SCID1")

    assert all(
        "sandboxNovelty" in part
        for part in (order, order["lines"][0], order["lines"][0]["offer"], order["billingAddress"])
    )


def test_broken_records_stand_among_good_ones(shop: Shop, market: Market) -> None:
    market.place_many(20)
    truth = market.documents()
    market.faults = ["broken 8"]

    page = orders(shop)

    assert sum(order not in truth.values() for order in page) == 8
    assert len(page) == 20


@pytest.mark.parametrize("fault", ["broken 24", "extra", "unknown"])
def test_a_hostile_answer_is_still_json(fault: str, shop: Shop, market: Market) -> None:
    market.place_many(30)
    market.faults = [fault]

    assert len(orders(shop)) == 30


def test_a_page_drifts_right_after_it_was_read(shop: Shop, market: Market) -> None:
    market.place_many(20)
    market.clock.advance(60)
    before = market.documents()
    market.faults = ["drift 3"]

    first = orders(shop, pageSize=10)

    after = market.documents()
    assert all(before[order["orderId"]] == order for order in first)
    assert sum(before[number] != after[number] for number in before) == 3


def test_thousands_may_carry_one_time(shop: Shop, market: Market) -> None:
    market.place_many(120)
    market.clock.advance(60)
    market.faults = ["equal 110"]

    pages = orders(shop), orders(shop, pageIndex=2)

    stamps = [order["updatedAt"] for page in pages for order in page]
    assert max(stamps.count(stamp) for stamp in stamps) == 110
    assert len({order["orderId"] for page in pages for order in page}) == 120


def test_sort_and_filter_can_be_ignored_silently(shop: Shop, market: Market) -> None:
    market.place_many(30)
    market.faults = ["sort", "filter ignored", ""]

    unsorted, unfiltered, honest = orders(shop), orders(shop, status="Processing"), orders(shop)

    assert [order["updatedAt"] for order in unsorted] != sorted(order["updatedAt"] for order in unsorted)
    assert len(unfiltered) == 30
    assert [order["updatedAt"] for order in honest] == sorted(order["updatedAt"] for order in honest)


def test_for_an_hour_the_list_is_empty_and_counts_are_wrong(shop: Shop, market: Market) -> None:
    market.place_many(30)
    market.faults = ["empty list 3600", "miscount 3600"]

    def count() -> int:
        return int(shop.get("/orders/count", updatedAtMin=EVER).json())

    assert orders(shop) == []
    assert count() == 0
    assert orders(shop) == []
    market.spells.pop("empty list")
    assert count() == 22
    market.clock.advance(3_600)
    assert count() == 30


def test_a_mixture_is_seeded(market: Market) -> None:
    def draw(seed: int) -> list[str]:
        faults = Faults(seed, "429:0.2,500-before:0.3")
        return [faults.take("GET", "/seller/v2/orders").words for _ in range(400)]

    assert draw(1) == draw(1) != draw(2)
    drawn = draw(1)
    assert 50 < drawn.count("429") < 110
    assert 85 < drawn.count("500 before") < 155


@pytest.mark.parametrize("words", ["lightning", "500 sometimes", {"fault": "429", "colour": "red"}])
def test_a_fault_nobody_knows_is_told(words: Any) -> None:
    with pytest.raises(ValueError, match=r"fault|says nothing"):
        read(words)


@pytest.mark.parametrize("spec", ["429", "429:x", "429:0.7,500:0.7", "429:-1"])
def test_a_mixture_that_makes_no_sense_is_told(spec: str) -> None:
    with pytest.raises(ValueError, match=r"share|SHARE"):
        Faults(1, spec)


def test_an_honest_answer_that_broke_the_contract_would_be_seen(shop: Shop, market: Market) -> None:
    market.place("SCID1").document["currencyCode"] = 5
    with market.changing(market.order("SCID1")):
        pass

    with pytest.raises(AssertionError, match="currencyCode"):
        shop.get("/orders/SCID1")


def test_a_fault_does_not_reach_the_tests_own_interface(shop: Shop, market: Market) -> None:
    market.faults = ["500"]

    answer: httpx.Response = shop.http.get("/_sandbox/state")

    assert (answer.status_code, answer.json()["faults"]) == (200, ["500"])

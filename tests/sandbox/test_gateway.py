"""The gateway: tokens, who may act for whom, quotas, and what it says to nonsense."""

import httpx
import pytest

from sandbox.app import App
from sandbox.contract import SIGN_IN_PATH
from sandbox.market import Market
from tests.sandbox.conftest import Shop

GOOD = {"grant_type": "client_credentials", "client_id": "demo-client", "client_secret": "demo-secret"}


def test_a_token_lives_two_hours(shop: Shop, market: Market) -> None:
    token = shop.http.post(SIGN_IN_PATH, data=GOOD).json()
    assert (token["expires_in"], token["token_type"]) == (7_200, "Bearer")

    market.clock.advance(7_199)
    assert shop.get("/sellers").status_code == 200
    market.clock.advance(2)
    refused = shop.get("/sellers")

    assert refused.status_code == 401
    assert refused.json()["statusCode"] == 401


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        (GOOD | {"client_secret": "x"}, 401, "invalid_client"),
        (GOOD | {"client_id": "x"}, 401, "invalid_client"),
        (GOOD | {"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({}, 400, "invalid_request"),
    ],
)
def test_a_wrong_sign_in_is_told_in_the_server_s_words(
    form: dict[str, str], status: int, error: str, shop: Shop
) -> None:
    answer = shop.http.post(SIGN_IN_PATH, data=form)

    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_500_tokens_an_hour(shop: Shop, market: Market) -> None:
    market.desk.forget_hours()
    for _ in range(500):
        assert shop.http.post(SIGN_IN_PATH, data=GOOD).status_code == 200

    assert shop.http.post(SIGN_IN_PATH, data=GOOD).status_code == 429
    market.clock.advance(3_600)
    assert shop.http.post(SIGN_IN_PATH, data=GOOD).status_code == 200


@pytest.mark.parametrize("header", [True, False])
def test_after_600_calls_the_gateway_says_wait_with_a_403(header: bool, shop: Shop, market: Market) -> None:
    market.settings.change({"calls_per_hour": 600, "quota_retry_after": header, "check_answers": False})
    market.desk.forget_hours()
    for _ in range(600):
        assert shop.get("/carriers").status_code == 200
    market.clock.advance(2_905)

    answer = shop.get("/carriers")

    assert answer.status_code == 403
    assert answer.json() == {
        "statusCode": 403,
        "message": "Out of call volume quota. Quota will be replenished in 00:11:35.",
    }
    assert answer.headers.get("Retry-After") == ("695" if header else None)
    market.clock.advance(695)
    assert shop.get("/carriers").status_code == 200


def test_the_quota_is_the_client_s_whatever_the_seller(shop: Shop, market: Market) -> None:
    market.settings.calls_per_hour = 3
    market.add_seller("98979")
    market.desk.forget_hours()

    answers = [
        shop.call("GET", "/carriers", headers={"SellerId": seller}).status_code for seller in ("104512", "98979") * 2
    ]

    assert answers == [200, 200, 200, 403]


def test_one_client_serves_several_sellers_and_keeps_them_apart(shop: Shop, market: Market) -> None:
    market.add_seller("98979", shop_name="Autre boutique")
    market.place("MINE")
    market.place("THEIRS", seller="98979")

    def seen(seller: str, number: str) -> int:
        return shop.call("GET", f"/orders/{number}", headers={"SellerId": seller}).status_code

    assert [seen("104512", "MINE"), seen("98979", "THEIRS")] == [200, 200]
    assert [seen("104512", "THEIRS"), seen("98979", "MINE")] == [404, 404]
    assert (
        shop.call("POST", "/orders/THEIRS/shipments", json=[{"parcelNumber": "1", "carrierName": "DPD"}]).status_code
        == 404
    )


@pytest.mark.parametrize("seller", ["", "98979", "777", "DROP TABLE"])
def test_a_missing_foreign_or_unknown_seller_is_a_403(seller: str, shop: Shop, market: Market) -> None:
    market.add_seller("98979", client_id="other-client", client_secret="other")

    answer = shop.call("GET", "/orders", headers={"SellerId": seller})

    assert answer.status_code == 403
    assert answer.headers["content-type"].startswith("application/problem+json")


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer x.y.z", "Basic abc", "Bearer eyJhbGciOiJIUzI1NiJ9.e30.AAAA"]
)
def test_without_a_good_token_nothing_is_told(authorization: str, shop: Shop) -> None:
    answer = shop.call("GET", "/orders", headers={"Authorization": authorization})

    assert (answer.status_code, answer.json()["statusCode"]) == (401, 401)


def test_another_market_s_token_is_not_good(shop: Shop) -> None:
    other = Shop(Market(seed=2))

    answer = shop.call("GET", "/orders", headers={"Authorization": other.http.headers["Authorization"]})

    assert answer.status_code == 401


def test_an_accept_without_json_is_a_406(shop: Shop) -> None:
    assert shop.call("GET", "/carriers", headers={"Accept": "text/html"}).status_code == 406
    assert shop.call("GET", "/carriers", headers={"Accept": "text/html, */*;q=0.1"}).status_code == 200


def test_a_wrong_method_names_the_right_ones(shop: Shop) -> None:
    answer = shop.call("DELETE", "/order-commercial-gesture-requests")

    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, POST")


def test_an_unknown_path_is_the_gateway_s_404(shop: Shop) -> None:
    assert shop.get("/returns").json() == {"statusCode": 404, "message": "Resource not found"}


@pytest.mark.parametrize("content", [b"", b"{", b"[1", b"\xff\xfe", b'{"approval_status": NaN}', b"[" * 20_000])
def test_a_body_that_is_no_json_is_a_400(content: bytes, shop: Shop, market: Market) -> None:
    market.place("SCID1", status="WaitingAcceptance")

    answer = shop.call(
        "POST", "/orders/SCID1/approval-status", content=content, headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 400


def test_callers_beyond_this_machine_are_turned_away(market: Market) -> None:
    def ask(app: App) -> int:
        transport = httpx.WSGITransport(app=app, remote_addr="192.0.2.7")
        with httpx.Client(transport=transport, base_url="http://127.0.0.1") as client:
            return client.get("/_sandbox/state").status_code

    assert ask(App(market)) == 403
    assert ask(App(market, allow_other_hosts=True)) == 200

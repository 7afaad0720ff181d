"""A market with a paused clock, and a shop that calls it in process; neither Django nor a database."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sandbox.app import App
from sandbox.contract import SIGN_IN_PATH
from sandbox.market import DEMO_LOGIN, DEMO_SELLER, Market
from sandbox.orders import Order


class Shop:
    """The seller's side: one signed-in client; `rule` tells which rule refused the last call."""

    def __init__(self, market: Market, seller: str = DEMO_SELLER, login: tuple[str, str] = DEMO_LOGIN) -> None:
        self.market = market
        self.app = App(market)
        self.http = httpx.Client(transport=httpx.WSGITransport(app=self.app), base_url="http://127.0.0.1")
        self.http.headers["SellerId"] = seller
        self.rule = ""
        self.sign_in(login)

    def sign_in(self, login: tuple[str, str] = DEMO_LOGIN) -> None:
        form = {"grant_type": "client_credentials", "client_id": login[0], "client_secret": login[1]}
        token = self.http.post(SIGN_IN_PATH, data=form).json()["access_token"]
        self.http.headers["Authorization"] = f"Bearer {token}"

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        answer = self.http.request(method, f"/seller/v2{path}", **options)
        self.rule = answer.headers.get("X-Sandbox-Rule", "")
        return answer

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self.call("GET", path, params=query)

    def post(self, path: str, body: Any) -> httpx.Response:
        return self.call("POST", path, json=body)

    def order(self, number: str) -> dict[str, Any]:
        """Read one order, with a new token where the old one has run out meanwhile."""
        answer = self.get(f"/orders/{number}")
        if answer.status_code == 401:
            self.sign_in()
            answer = self.get(f"/orders/{number}")
        found: dict[str, Any] = answer.json()
        return found

    def approve(self, order: Order, decision: str = "Accepted") -> httpx.Response:
        return self.post(f"/orders/{order.number}/approval-status", {"approval_status": decision})

    def ship(self, order: Order, *parcels: list[str] | None, **changes: Any) -> httpx.Response:
        """Ship parcels of these lines; without any, one parcel of all lines."""
        body = []
        for position, lines in enumerate(parcels or (codes(order),), 1):
            number = f"6A{position:011d}"
            parcel = {
                "parcelNumber": number,
                "carrierName": "Colissimo",
                "trackingUrl": f"https://www.laposte.fr/?code={number}",
            }
            if lines is not None:
                parcel["orderLineIds"] = lines  # type: ignore[assignment]
            body.append(parcel | changes)
        return self.post(f"/orders/{order.number}/shipments", body)

    def cancel(self, order: Order, reason: str = "missing-product") -> httpx.Response:
        body = {"orderSellerId": order.number, "reason": reason, "shippingCostRefund": True}
        return self.post("/order-cancellation-requests", body)

    def cancel_lines(
        self, order: Order, *lines: str, reason: str = "missing-product", offer: str = ""
    ) -> httpx.Response:
        wanted = [
            {"lineId": code, "offerId": offer or offer_of(order, code), "reason": reason, "shippingCostRefund": False}
            for code in lines
        ]
        return self.post("/order-partial-cancellation-requests", {"orderSellerId": order.number, "lines": wanted})

    def gesture(self, order: Order, amount: float = 1, reason: str = "MissingProduct", **more: Any) -> httpx.Response:
        body = {"orderId": order.number, "reason": reason, "amount": amount, **more}
        return self.post("/order-commercial-gesture-requests", body)

    def upload(self, path: str, **files: bytes) -> httpx.Response:
        parts = [("files", (name.replace("_", "."), content)) for name, content in files.items()]
        return self.call("POST", path, files=parts)


def codes(order: Order) -> list[str]:
    return [line["orderLineId"] for line in order.lines]


def offer_of(order: Order, code: str) -> str:
    line = order.line(code)
    return str(line["offer"]["id"]) if line else "NONE"


@pytest.fixture
def market() -> Market:
    """Paused, every answer held against the contract file, no quota."""
    market = Market(seed=1)
    market.clock.pause()
    market.settings.change({"check_answers": True, "calls_per_hour": 0})
    return market


@pytest.fixture
def shop(market: Market) -> Iterator[Shop]:
    shop = Shop(market)
    yield shop
    shop.http.close()

"""Fixtures of the domain: the sandbox behind the real client, in process, and an account that calls it."""

from collections.abc import Iterator

import httpx
import pytest
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone, translation
from redis import Redis

from backoffice import alerts, marketplace, shop
from backoffice.models import SellerAccount
from orders import vocabulary
from sandbox.app import AnswerLost, App
from sandbox.market import Market
from tests import make


class InProcess(httpx.BaseTransport):
    """The sandbox without a socket; a lost answer is a connection that was reset. It counts the calls of the API."""

    def __init__(self, market: Market) -> None:
        self._wsgi = httpx.WSGITransport(app=App(market))
        self.calls: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        if not request.url.path.startswith("/auth/"):
            self.calls.append(f"{request.method} {request.url.raw_path.decode()}")
        try:
            answer = self._wsgi.handle_request(request)
            return httpx.Response(answer.status_code, headers=answer.headers, content=b"".join(answer.stream))  # type: ignore[arg-type]
        except AnswerLost as error:
            raise httpx.ReadError(str(error), request=request) from error


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    """A process remembers words and choices, and the last request's language and time zone; a test knows none."""
    forget()
    yield
    forget()


def forget() -> None:
    vocabulary.forget()
    shop.forget()
    alerts.forget()
    translation.deactivate()
    timezone.deactivate()


@pytest.fixture
def market(monkeypatch: pytest.MonkeyPatch) -> Market:
    """The sandbox, empty, its clock standing still; every client talks to it. No limit of calls but those of a test."""
    return fresh_market(monkeypatch)


def fresh_market(monkeypatch: pytest.MonkeyPatch) -> Market:
    """Another one in its place; the budget of calls is whole, the cache empty."""
    place = Market(seed=1)
    place.clock.pause()
    place.settings.calls_per_hour = 0
    monkeypatch.setattr(settings, "OCTOPIA_CALLS_PER_HOUR", 100_000)
    monkeypatch.setattr(marketplace, "TRANSPORT", InProcess(place))
    Redis.from_url(settings.REDIS_URL).flushdb()
    cache.clear()
    return place


@pytest.fixture
def calls(market: Market) -> list[str]:
    """The calls of the API made so far: "GET /seller/v2/orders?…"; clear it to begin to count."""
    transport = marketplace.TRANSPORT
    assert isinstance(transport, InProcess)
    return transport.calls


@pytest.fixture
def account(db: None) -> SellerAccount:
    return make.account()

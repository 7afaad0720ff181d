"""Requests that nobody means well with, over every address: nothing answers 500."""

import logging
import random
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from django.core.cache import cache

from backoffice import marketplace
from backoffice.roles import Role
from tests import make
from tests.addresses import believable
from tests.backoffice.people import browser

pytestmark = pytest.mark.django_db

NUMBER = "SCID0000000001"


@pytest.fixture(autouse=True)
def _the_marketplace_is_away(monkeypatch):
    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody there", request=request)

    cache.clear()
    monkeypatch.setattr(marketplace, "TRANSPORT", httpx.MockTransport(away))


HOSTILE: list[str | bytes] = [
    "",
    "\x00",
    "%00",
    "'; DROP TABLE orders_order; --",
    "<script>alert(1)</script>",
    "{{7*7}}{% debug %}",
    "../../../etc/passwd",
    "é" * 300,
    "\u202e\u0000\ufeff",
    "9" * 400,
    "-1",
    "1e309",
    "NaN",
    "2026-02-31",
    "9999-12-31T23:59:59",
    "0000-00-00",
    "[]",
    '{"a": {"b": [null]}}',
    "on",
    "😀",
    "\ud800".encode("utf-8", "surrogatepass"),
    b"\xff\xfe\xfa",
    "a,b;c|d&e=f",
    "2147483648",
    "9223372036854775808",
    "next=//evil.example",
]
NAMES = [
    "q", "view", "status", "channel", "mode", "after", "before", "sort", "account", "from", "page", "placed_from",
    "placed_to", "deadline", "amount_min", "amount_max", "next", "why", "recovery", "language", "theme", "name",
    "login", "password", "code", "email", "begins", "ends", "csrfmiddlewaretoken",
]  # fmt: skip


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(more, marks=pytest.mark.everything) for more in range(2, 8))])
def test_no_hostile_request_breaks_anything(seed, caplog):
    """Goal G6 in short form: hundreds of requests, with all combinations two thousand; nothing answers 500."""
    luck = random.Random(seed)
    shop = make.account()
    make.order(NUMBER, of=shop)
    addresses = believable(number=NUMBER, slug=shop.slug)
    clients = [browser(role, shop) for role in (None, Role.WAREHOUSE, Role.ADMINISTRATOR)]
    caplog.set_level(logging.CRITICAL)
    broken = []
    for _turn in range(250):
        client = luck.choice(clients)
        address, ask = hostile(luck, list(addresses.values()))
        answer = client.generic(**ask, path=address)
        if answer.status_code >= 500 and ask["method"] == "HEAD":  # the same with its words
            answer = client.generic(**ask | {"method": "GET"}, path=address)
        if answer.status_code >= 500 and not says_that_the_marketplace_is_silent(answer):
            broken.append((ask["method"], address, ask["data"][:200], answer.status_code))

    assert broken == []


def test_a_nul_in_a_filter_breaks_nothing():
    administrator = browser(Role.ADMINISTRATOR, make.account())
    make.order(NUMBER)
    addresses = [
        *(f"/orders/{NUMBER}/?from={name}%3Da%2500" for name in ("status", "channel", "q", "reason")),
        *(f"/statistics/gestures/?{name}=a%00" for name in ("reason", "currency", "channel", "account", "after")),
        *(f"/settings/logs/?{name}=a%00" for name in ("show", "person", "order", "before")),
    ]

    assert [address for address in addresses if administrator.get(address).status_code != 200] == []


def says_that_the_marketplace_is_silent(answer: Any) -> bool:
    """The dialogs that fetch when they open: no socket is open here, and their third face is the right answer."""
    return answer.status_code == 503 and b'id="fulfilment-silent"' in b"".join(answer)


def bad(luck: random.Random) -> str:
    return quote(luck.choice(HOSTILE))


def hostile(luck: random.Random, known: list[str]) -> tuple[str, dict[str, Any]]:
    address = luck.choice(known)
    if luck.random() < 0.3:
        parts = address.strip("/").split("/")
        parts[luck.randrange(len(parts))] = bad(luck)
        address = f"/{'/'.join(parts)}/"
    query = "&".join(f"{luck.choice(NAMES)}={bad(luck)}" for _ in range(luck.choice([0, 1, 1, 2, 5])))
    fields = "&".join(f"{luck.choice(NAMES)}={bad(luck)}" for _ in range(luck.choice([0, 1, 3, 8])))
    body, kind = luck.choice(
        [
            (fields, "application/x-www-form-urlencoded"),
            (fields, "application/x-www-form-urlencoded; charset=klingon"),
            ("--x\r\nbroken", "multipart/form-data; boundary=x"),
            ("{", "application/json"),
            ("\x00\x01", ""),
        ]
    )
    headers = {}
    if luck.random() < 0.3:
        headers["HX-Request"] = "true"
        headers["HX-Current-URL"] = luck.choice(
            ["http://testserver/orders/", "javascript:alert(1)", "%", "http://[::1"]
        )
    if luck.random() < 0.2:
        headers["Accept-Language"] = luck.choice(["xx", "fr-" + "x" * 500, ";q=", "*"])
        headers["Referer"] = luck.choice(["http://[bad", "//evil.example", "http://testserver/%ff"])
    return address, {
        "method": luck.choice(["GET", "GET", "GET", "POST", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"]),
        "data": body,
        "content_type": kind,
        "query_string": query,
        "headers": headers,
    }

"""A client over a scripted network: each answer in turn, and every request kept to be looked at."""

import json
from collections.abc import Callable, Iterable
from typing import Any

import httpx

from octopia import Client, MemoryStore, OpenGate
from octopia.contract import example

API = "http://market.test/seller/v2"
TOKENS = "http://market.test/auth/token"
SECRET = "a-secret-nobody-may-read"
JSON = {"Content-Type": "application/json"}

GOOD = example("order")

Reply = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


def token_answer(access: str = "token-1", **more: Any) -> httpx.Response:
    return httpx.Response(200, headers=JSON, content=json.dumps({"access_token": access, "expires_in": 7200} | more))


def answer(status: int = 200, body: Any = None, **headers: str) -> httpx.Response:
    content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    return httpx.Response(status, headers=JSON | {k.replace("_", "-"): v for k, v in headers.items()}, content=content)


def documented(name: str, status: int = 200, **headers: str) -> httpx.Response:
    return answer(status, example(name), **headers)


class Network(httpx.BaseTransport):
    """Answers the calls in turn, the last answer for ever; tokens apart, token-1, token-2 and so on."""

    def __init__(self, *replies: Reply, tokens: Iterable[Reply] = ()) -> None:
        self.replies, self.tokens = list(replies), list(tokens)
        self.calls: list[httpx.Request] = []
        self.token_calls: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        if str(request.url) == TOKENS:
            self.token_calls.append(request)
            replies: list[Reply] = self.tokens or [token_answer(f"token-{len(self.token_calls)}")]
        else:
            self.calls.append(request)
            replies = self.replies
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        if isinstance(reply, Exception):
            raise reply
        if callable(reply):
            return reply(request)
        return httpx.Response(reply.status_code, headers=reply.headers, content=reply.content)

    @property
    def body(self) -> Any:
        return json.loads(self.calls[-1].content)

    @property
    def query(self) -> dict[str, str]:
        return dict(self.calls[-1].url.params)


def client(network: httpx.BaseTransport | None, **changes: Any) -> Client:
    given: dict[str, Any] = {
        "api_url": API,
        "token_url": TOKENS,
        "client_id": "a-client",
        "client_secret": SECRET,
        "seller_id": "104512",
        "store": MemoryStore(),
        "gate": OpenGate(),
        "transport": network,
    }
    return Client(**given | changes)


def order(**changes):
    """The documented order with members changed; `line_…` changes its first line."""
    document = json.loads(GOOD)
    for name, value in changes.items():
        target = document["lines"][0] if name.startswith("line_") else document
        target[name.removeprefix("line_")] = value
    return document


def body(document):
    return json.dumps(document).encode()


def listed(*records):
    raws = [record if isinstance(record, bytes) else body(record) for record in records]
    return b'{"itemsPerPage": %d, "items": [%s]}' % (len(raws), b",".join(raws))

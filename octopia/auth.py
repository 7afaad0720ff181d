"""The token: fetched when needed, kept in a store that is handed in, replaced only when it is the one that failed."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Lock
from typing import Protocol

import httpx

from octopia.answers import token_verdict
from octopia.errors import Untouched
from octopia.readers.document import Malformed
from octopia.readers.shop import read_token
from octopia.schema import Token
from octopia.wire import Wire


class TokenStore(Protocol):
    """Keeps one token per client id, for every process that shares it."""

    def current(self) -> Token | None:
        """The token to use now; None when there is none, or when the caller is the one to renew it."""

    def replace(self, failed: str | None, fetch: Callable[[], Token]) -> Token:
        """A token other than `failed` (the access token that was refused; None: none was).

        One caller at a time fetches; the others get what it brought. What `fetch` raises is raised, unless a token
        that did not fail still lives.
        """


class MemoryStore:
    """A store for one process: tests and single commands."""

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self._lock = Lock()
        self._token: Token | None = None

    def current(self) -> Token | None:
        token = self._token
        return token if token is not None and self._clock() < token.renew_at else None

    def replace(self, failed: str | None, fetch: Callable[[], Token]) -> Token:
        with self._lock:
            token = self._token if self._token is None or self._token.access != failed else None
            now = self._clock()
            if token is not None and now < token.renew_at:
                return token
            try:
                self._token = fetch()
            except Untouched:
                if token is None or now >= token.expires_at:
                    raise
                return token
            return self._token


class Credentials:
    """Who we are to the marketplace. The secret shows in no repr."""

    def __init__(self, token_url: str, client_id: str, client_secret: str) -> None:
        self.token_url = token_url
        self.client_id = client_id
        self.client_secret = client_secret

    def fetch(self, wire: Wire) -> Token:
        """Ask for a token. Raises Untouched and its kind alone, with `step` "token": nothing can have been done."""
        asked_at = datetime.now(UTC)  # before the call: the life counts from there at the latest
        request = httpx.Request(
            "POST",
            self.token_url,
            headers={"Accept": "application/json", "Accept-Encoding": "gzip"},
            data={
                "grant_type": "client_credentials",
                "client_id": self.client_id,
                "client_secret": self.client_secret,
            },
        )
        try:
            answer = wire.exchange(request, write=False, begun=time.monotonic())
        except Untouched as error:
            error.step = "token"
            raise
        if trouble := token_verdict(answer, secrets=(self.client_secret,)):
            raise trouble
        try:
            return read_token(answer.body, now=asked_at)
        except Malformed:
            pass
        raise Untouched("The token server's answer holds no token.", step="token")

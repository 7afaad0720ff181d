"""The gateway's desk: tokens, who may act for whom, and how many calls an hour are left."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.market import Market


@dataclass(slots=True)
class Client:
    """A client id: its secret and the sellers it may act for."""

    secret: str
    sellers: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Hour:
    """A window of an hour that begins with the first call."""

    start: float
    used: int = 0


class Desk:
    """Hands out tokens and counts. Tokens are signed, so they outlive a restart of the sandbox."""

    def __init__(self, market: "Market") -> None:
        self._market = market
        self.clients: dict[str, Client] = {}
        self._hours: dict[tuple[str, str], _Hour] = {}
        self._issued = 0
        self.revoked: set[str] = set()
        self._key = _key(market.seed)

    def allow(self, client_id: str, secret: str, seller: str) -> None:
        client = self.clients.setdefault(client_id, Client(secret or f"{client_id}-secret"))
        if secret:
            client.secret = secret
        client.sellers.add(seller)

    def token(self, client_id: str) -> str:
        """A new token of this client id, valid for `token_life` seconds of the market's clock."""
        self._issued += 1
        now = self._market.clock.time()
        claims = {"azp": client_id, "exp": now + self._market.settings.token_life, "iat": now, "n": self._issued}
        body = _encode(json.dumps(claims).encode())
        head = _encode(b'{"alg":"HS256","typ":"JWT"}')
        return f"{head}.{body}.{self._sign(head, body)}"

    def holder(self, token: str) -> str | None:
        """The client id of a token that is ours, not expired and not revoked."""
        if token in self.revoked:
            return None
        try:
            head, body, signature = token.split(".")
            if not hmac.compare_digest(signature, self._sign(head, body)):
                return None
            claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        except (ValueError, TypeError):
            return None
        client = str(claims["azp"])
        return client if claims["exp"] > self._market.clock.time() and client in self.clients else None

    def _sign(self, head: str, body: str) -> str:
        return _encode(hmac.new(self._key, f"{head}.{body}".encode(), "sha256").digest())

    def wait(self, what: str, client_id: str, limit: int) -> float:
        """Count one of `what` ("calls", "tokens"); 0 when it may pass, else the seconds until the hour is over."""
        now = self._market.clock.time()
        hour = self._hours.get((what, client_id))
        if hour is None or now >= hour.start + 3_600:
            hour = self._hours[what, client_id] = _Hour(now)
        if limit and hour.used >= limit:
            return hour.start + 3_600 - now
        hour.used += 1
        return 0.0

    def saved(self) -> dict[str, Any]:
        """What must outlive a restart: who may act for whom."""
        return {
            name: {"secret": client.secret, "sellers": sorted(client.sellers)} for name, client in self.clients.items()
        }

    def restore(self, clients: dict[str, Any], seed: int) -> None:
        self.clients = {name: Client(row["secret"], set(row["sellers"])) for name, row in clients.items()}
        self._key = _key(seed)

    def used(self) -> dict[str, int]:
        return {f"{what} {client_id}": hour.used for (what, client_id), hour in sorted(self._hours.items())}

    def forget_hours(self) -> None:
        """Fill the quotas again."""
        self._hours.clear()


def _key(seed: int) -> bytes:
    return hashlib.sha256(f"token key {seed}".encode()).digest()


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

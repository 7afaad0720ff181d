"""The market over HTTP: a plain WSGI callable; gateway, contract, rules, faults and memory in this order."""

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, replace
from typing import Any
from urllib.parse import parse_qs

from sandbox import mischief
from sandbox.api import Api
from sandbox.contract import PREFIX, SIGN_IN_PATH, Reading, contract
from sandbox.control import Control
from sandbox.exchange import Answer, Call, answer, gateway, problem, quota, too_many
from sandbox.faults import NO_FAULT, Fault
from sandbox.market import Market
from sandbox.refusal import Refusal

StartResponse = Callable[..., Any]
_LARGEST = 60_000_000
_REASONS = {
    200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 302: "Found", 400: "Bad Request",
    401: "Unauthorized", 403: "Forbidden",
    404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable", 409: "Conflict",
    413: "Content Too Large", 415: "Unsupported Media Type",
    422: "Unprocessable Content", 429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}  # fmt: skip


class AnswerLost(ConnectionResetError):
    """The fault `lost` or `stall`: a server closes the connection; in process it reaches the caller as it is."""


class App:
    """`App(market)` is the sandbox; it answers callers on loopback only, unless `allow_other_hosts`."""

    def __init__(self, market: Market, *, allow_other_hosts: bool = False) -> None:
        self.market = market
        self.allow_other_hosts = allow_other_hosts
        self.contract = contract()
        self.api = Api(market)
        self.control = Control(market)
        market.serve_late = self._serve_late
        self._calls = 0
        self._written = time.monotonic()

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        found = self.respond(environ)
        if found.delay:
            time.sleep(found.delay)  # outside of the lock
        if found.lost:
            raise AnswerLost("the answer was lost")
        headers = list(found.headers)
        if found.status != 204:
            headers.append(("Content-Type", found.content_type))
            headers.append(("Content-Length", str(len(found.body) if found.declared is None else found.declared)))
        start_response(f"{found.status} {_REASONS.get(found.status, 'Refused')}", headers)
        return [found.body] if found.body else []

    def respond(self, environ: dict[str, Any]) -> Answer:
        """The answer to one request; what it changed is written down before it is given."""
        if not self.allow_other_hosts and environ.get("REMOTE_ADDR", "") not in (
            "127.0.0.1",
            "::1",
            "::ffff:127.0.0.1",
            "",
        ):
            return gateway(403, "The sandbox answers on loopback only.")
        call = self._read(environ)
        if len(call.body) > _LARGEST:
            return problem(413, Refusal(413, "2.4").problem(call.trace))
        with self.market.lock:
            self.market.settle()
            found = self._dispatch(call)
            if time.monotonic() - self._written > 30:  # so that a rest is measured from the last half minute of work
                self.market.touched("clock", 0)
                self._written = time.monotonic()
            self.market.save()
        if self.market.settings.latency:
            found = replace(found, delay=found.delay + self.market.settings.latency)
        return found.with_header("X-Request-Id", call.trace)

    def _read(self, environ: dict[str, Any]) -> Call:
        length = environ.get("CONTENT_LENGTH") or "0"
        body = environ["wsgi.input"].read(min(int(length), _LARGEST + 1)) if length.isdigit() and length != "0" else b""
        headers = {
            name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")
        }
        headers["content-type"] = environ.get("CONTENT_TYPE") or ""
        path = environ.get("PATH_INFO", "/").encode("latin-1").decode("utf-8", "replace")
        self._calls += 1
        trace = f"00-{self.market.seed:08x}{self.market.turn:08x}{self._calls:016x}-{self._calls:016x}-00"
        return Call(environ["REQUEST_METHOD"], path, environ.get("QUERY_STRING", ""), headers, body, trace)

    def _dispatch(self, call: Call) -> Answer:
        if call.path.startswith("/_sandbox"):
            return self.control.serve(call)
        fault = (
            self.market.faults.take(call.method, call.path)
            if call.path.startswith(("/seller/", "/auth/"))
            else NO_FAULT
        )
        try:
            if call.path == SIGN_IN_PATH:
                return mischief.spoil(self, fault, call, self._token)
            return mischief.spoil(self, fault, call, lambda made: self._business(made, fault))
        except Refusal as refusal:
            return self.refuse(refusal, call)

    def postpone(self, call: Call, seconds: float) -> None:
        """Let the call arrive later, by the market's clock."""
        held = {**asdict(call), "body": call.body.decode("latin-1")}
        self.market.later(self.market.clock.time() + seconds, "call", held)

    def _serve_late(self, held: dict[str, Any]) -> None:
        call = Call(**{**held, "body": held["body"].encode("latin-1")})
        with suppress(Refusal):
            self._business(call, NO_FAULT)

    def refuse(self, refusal: Refusal, call: Call) -> Answer:
        """The service's no; the header names the rule for whoever tests."""
        found = problem(refusal.status, refusal.problem(call.trace)).with_header("X-Sandbox-Rule", refusal.rule)
        if refusal.status == 405 and refusal.errors:
            found = found.with_header("Allow", ", ".join(refusal.errors["allow"]))
        return found

    # ---- the gateway

    def _token(self, call: Call) -> Answer:
        """Section 1: client credentials; errors in Keycloak's words."""
        if call.method != "POST":
            raise Refusal(405, "1", errors={"allow": ["POST"]})
        form = {
            name: values[-1]
            for name, values in parse_qs(call.body.decode("utf-8", "replace"), keep_blank_values=True).items()
        }
        if call.content_type != "application/x-www-form-urlencoded" or not form.get("grant_type"):
            return answer({"error": "invalid_request", "error_description": "Missing form parameter: grant_type"}, 400)
        if form["grant_type"] != "client_credentials":
            return answer({"error": "unsupported_grant_type", "error_description": "Unsupported grant_type"}, 400)
        desk = self.market.desk
        client = desk.clients.get(form.get("client_id", ""))
        if client is None or form.get("client_secret") != client.secret:
            return answer(
                {"error": "invalid_client", "error_description": "Invalid client or Invalid client credentials"}, 401
            )
        if wait := desk.wait("tokens", form["client_id"], self.market.settings.tokens_per_hour):
            return too_many(wait, "seconds")
        return answer(
            {
                "access_token": desk.token(form["client_id"]),
                "expires_in": self.market.settings.token_life,
                "refresh_expires_in": 0,
                "token_type": "Bearer",
                "not-before-policy": 0,
                "scope": "profile email",
            },
            Cache_Control="no-store",
        )

    def _business(self, call: Call, fault: Fault) -> Answer:
        if not call.path.startswith(f"{PREFIX}/"):
            return gateway(404, "Resource not found")
        token = bearer(call)
        client_id = self.market.desk.holder(token) if token else None
        if client_id is None:
            return gateway(401, "Unauthorized. Access token is missing or invalid.").with_header(
                "WWW-Authenticate", "Bearer"
            )
        settings = self.market.settings
        if wait := self.market.desk.wait("calls", client_id, settings.calls_per_hour):
            return quota(wait, retry_after=settings.quota_retry_after)
        found = self.contract.operation(call.method, call.path.removeprefix(PREFIX))
        if found is None:
            return gateway(404, "Resource not found")
        operation, path = found
        reading: Reading | None = None
        try:
            seller = self._seller(call, client_id)
            _acceptable(call)
            reading = self.contract.read(
                operation, path, call, closed_bodies=settings.closed_bodies, closed_queries=settings.closed_queries
            )
            self.api.ignoring = mischief.ignoring(self.market, fault)
            with self.market.acting("api", call.trace):
                given = self.api.serve(seller, reading, call)
            mischief.afterwards(self.market, fault, seller, given, reading)
        except Refusal as refusal:
            given = self.refuse(refusal, call)
        if settings.check_answers and (objection := self.contract.objection(operation, given)):
            raise AssertionError(objection)
        return given

    def _seller(self, call: Call, client_id: str) -> str:
        """Isolation: without the header, or with a seller the client may not act for, a 403."""
        seller = call.headers.get("sellerid", "").strip()
        if not seller:
            raise Refusal(403, "1", "The header SellerId is required.")
        if seller not in self.market.sellers or seller not in self.market.desk.clients[client_id].sellers:
            raise Refusal(403, "1", "The client is not allowed to act for this seller.")
        return seller


def bearer(call: Call) -> str:
    scheme, _, token = call.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _acceptable(call: Call) -> None:
    """Section 1: an Accept that excludes JSON is a 406."""
    accepted = call.headers.get("accept", "")
    kinds = {part.partition(";")[0].strip().lower() for part in accepted.split(",")} - {""}
    if kinds and not kinds & {"*/*", "application/*", "application/json", "application/problem+json"}:
        raise Refusal(406, "1", f"{accepted[:100]} is not acceptable.")

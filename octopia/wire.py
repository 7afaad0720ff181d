"""One exchange of bytes within hard limits of time and size; it follows nothing, repeats nothing, keeps no cookie."""

import ssl
import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

import httpcore
import httpx
import msgspec

from octopia.answers import Answer
from octopia.errors import Unanswered, Untouched

LARGEST = 20 * 1024 * 1024  # bytes of an answer, unpacked

# The request never left: no name, no connection, no handshake, no free place.
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL)
BROKEN = (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, OSError, zlib.error)

_deadline: ContextVar[float] = ContextVar("octopia_deadline", default=float("inf"))


class Timeouts(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds: to connect, between two bytes, and for the whole exchange."""

    connect: float
    read: float
    total: float


READS = Timeouts(connect=3, read=10, total=20)
WRITES = Timeouts(connect=5, read=30, total=40)


class TooLarge(Exception):
    """The answer is larger than any honest one."""


class Wire:
    """Sends requests: reads over kept connections, writes each over a fresh one, so that a stale one costs no doubt."""

    def __init__(self, transport: httpx.BaseTransport | None, reads: Timeouts, writes: Timeouts) -> None:
        self._given = transport
        self._reads, self._writes = reads, writes
        self._kept = Transport(keep=True) if transport is None else transport

    def exchange(self, request: httpx.Request, *, write: bool, begun: float) -> Answer:
        """The whole answer, of any status. The time of the whole exchange counts from `begun` (monotonic).

        Raises Untouched when the request did not leave, or the answer to a read did not arrive whole; Unanswered when
        a write may have left and its answer did not arrive whole.
        """
        timeouts = self._writes if write else self._reads
        request.extensions["timeout"] = {
            "connect": timeouts.connect,
            "pool": timeouts.connect,
            "read": timeouts.read,
            "write": timeouts.read,
        }
        try:
            with self._transport(write) as transport, _until(begun + timeouts.total):
                return _whole(transport.handle_request(request))
        except NOT_SENT as error:
            failure: Exception = Untouched(f"The marketplace cannot be reached. {_said(error)}")
        except TooLarge:
            text = "The marketplace's answer is too large."
            failure = Unanswered(text) if write else Untouched(text)
        except BROKEN as error:
            text = f"The marketplace did not answer. {_said(error)}"
            failure = Unanswered(text) if write else Untouched(text)
        raise failure  # outside of the handlers: their errors carry the request, and with it the token

    def close(self) -> None:
        """Let the kept connections go; the next read opens another."""
        self._kept.close()

    @contextmanager
    def _transport(self, write: bool) -> Iterator[httpx.BaseTransport]:
        if write and self._given is None:
            with Transport(keep=False) as fresh:
                yield fresh
        else:
            yield self._kept


class Transport(httpx.HTTPTransport):
    """httpx's own transport over a network that knows the deadline: drops of a header cannot prolong an exchange."""

    def __init__(self, *, keep: bool) -> None:
        super().__init__(verify=_trust(), trust_env=False)
        # The only way to hand it a network; the pool is the one of its own constructor otherwise (httpx 0.28).
        self._pool = httpcore.ConnectionPool(
            ssl_context=_trust(),
            max_connections=10,
            max_keepalive_connections=2 if keep else 0,
            keepalive_expiry=5.0,
            retries=0,
            network_backend=_Network(),
        )


class _Network(httpcore.NetworkBackend):
    def __init__(self) -> None:
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._sockets.connect_tcp(host, port, left, local_address, socket_options))


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _whole(response: httpx.Response) -> Answer:
    """Read the answer, unpacked, up to the limit of size and time."""
    unpack = _unpacker(response.headers.get("content-encoding", ""))
    body = bytearray()
    stream = response.stream
    if not isinstance(stream, httpx.SyncByteStream):
        raise httpx.StreamError("The answer cannot be read as a stream.")
    try:
        for chunk in stream:
            body += unpack.decompress(chunk, LARGEST + 1 - len(body)) if unpack else chunk
            if len(body) > LARGEST or (unpack and unpack.unconsumed_tail):
                raise TooLarge
            if time.monotonic() > _deadline.get():
                raise httpx.ReadTimeout("The answer took too long.")
    finally:
        response.close()
    if unpack and body and not unpack.eof:
        raise httpx.DecodingError("The packed answer was cut.")
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(status=response.status_code, headers=headers, body=bytes(body).removeprefix(b"\xef\xbb\xbf"))


def _unpacker(encoding: str) -> "zlib._Decompress | None":
    if encoding.strip().lower() in ("", "identity"):
        return None
    if encoding.strip().lower() in ("gzip", "x-gzip", "deflate"):
        return zlib.decompressobj(wbits=47)  # either header is recognised
    raise httpx.DecodingError("The answer is packed in a way nobody asked for.")


@contextmanager
def _until(deadline: float) -> Iterator[None]:
    mark = _deadline.set(deadline)
    try:
        yield
    finally:
        _deadline.reset(mark)


def _left(timeout: float | None, late: type[Exception]) -> float | None:
    left = _deadline.get() - time.monotonic()
    if left <= 0:
        raise late("The exchange took too long.")
    return left if timeout is None else min(timeout, left)


@cache
def _trust() -> ssl.SSLContext:
    """The machine's authorities (SSL_CERT_FILE counts), read once: it takes longer than a call."""
    return httpx.create_ssl_context()


def _said(error: Exception) -> str:
    return f"({type(error).__name__}: {error})" if str(error) else f"({type(error).__name__})"

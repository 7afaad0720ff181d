"""Bytes over a real socket on loopback: what is cut, slow, endless, packed or broken off, and how many connections."""

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from octopia import MemoryStore, Timeouts, Trouble, Unanswered, Untouched
from octopia.contract import example
from tests.octopia.making import client

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

TOKEN = example("token")
SELLER = example("seller")
SHORT = Timeouts(connect=2, read=2, total=0.3)


def said(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    head = [f"HTTP/1.1 {status}", "Content-Type: application/json", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


class Server:
    """Answers the token at once, and every other request as `reply` does with its connection: True keeps it open."""

    def __init__(self, reply: Callable[[socket.socket], bool]) -> None:
        self.reply = reply
        self.requests: list[bytes] = []
        self.connections = 0
        self.over = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.threads: list[threading.Thread] = []

    def serve(self) -> None:
        while not self.over.is_set():
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            if self.over.is_set():
                connection.close()
                return
            self.connections += 1
            thread = threading.Thread(target=self.talk, args=(connection,))
            self.threads.append(thread)
            thread.start()

    def talk(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(5)
            try:
                while request := self.hear(connection):
                    if b"/auth/token" in request.split(b"\r\n", 1)[0]:
                        connection.sendall(said(TOKEN))
                        continue
                    self.requests.append(request)
                    if not self.reply(connection):
                        return
            except OSError:
                return

    @staticmethod
    def hear(connection: socket.socket) -> bytes:
        heard = b""
        while b"\r\n\r\n" not in heard:
            if not (chunk := connection.recv(65_536)):
                return b""
            heard += chunk
        head, _, body = heard.partition(b"\r\n\r\n")
        sizes = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")]
        while sizes and len(body) < int(sizes[0]):
            body += connection.recv(65_536)
        return head + b"\r\n\r\n" + body


@contextmanager
def serving(reply: Callable[[socket.socket], bool]) -> Iterator[Server]:
    server = Server(reply)
    main = threading.Thread(target=server.serve)
    main.start()
    try:
        yield server
    finally:
        server.over.set()
        with socket.create_connection(server.listener.getsockname()):  # wakes the accept
            pass
        main.join()
        server.listener.close()
        for thread in server.threads:
            thread.join()


@contextmanager
def calling(server: Server, **changes):
    store = MemoryStore()
    ours = client(
        None,
        **{"api_url": f"{server.url}/seller/v2", "token_url": f"{server.url}/auth/token", "store": store} | changes,
    )
    with ours:
        yield ours


def sends(data: bytes, *, keep: bool = False) -> Callable[[socket.socket], bool]:
    def reply(connection: socket.socket) -> bool:
        connection.sendall(data)
        return keep

    return reply


def reset(connection: socket.socket) -> bool:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    return False


def outcome(call: Callable[[], object]) -> type[BaseException] | None:
    try:
        call()
    except Trouble as trouble:
        return type(trouble)
    return None


@pytest.mark.parametrize(
    ("reply", "read", "write"),
    [
        (sends(said(SELLER)), None, None),
        (sends(said(SELLER)[:-20]), Untouched, Unanswered),
        (sends(said(SELLER)[:40]), Untouched, Unanswered),
        (sends(b""), Untouched, Unanswered),
        (reset, Untouched, Unanswered),
        (sends(b"not http at all\r\n\r\n"), Untouched, Unanswered),
        (sends(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"a\""), Untouched, Unanswered),
        (sends(said(gzip.compress(SELLER), "200 OK", "Content-Encoding: gzip")), None, None),
        (sends(said(gzip.compress(SELLER)[:-9], "200 OK", "Content-Encoding: gzip")), Untouched, Unanswered),
        (sends(said(b"not packed", "200 OK", "Content-Encoding: gzip")), Untouched, Unanswered),
        (sends(said(gzip.compress(b" " * 30_000_000), "200 OK", "Content-Encoding: gzip")), Untouched, Unanswered),
        (sends(said(b"\xef\xbb\xbf" + SELLER)), None, None),
    ],
    ids=[
        "whole", "cut body", "cut head", "closed", "reset", "no http", "cut chunks", "packed", "packed and cut",
        "not packed", "bomb", "byte order mark",
    ],
)  # fmt: skip
def test_what_comes_over_the_wire_is_judged_by_what_may_have_happened(reply, read, write):
    with serving(reply) as server, calling(server) as ours:
        outcomes = outcome(ours.seller), outcome(lambda: ours.decide("S1", True))

    assert outcomes == (read, write)
    assert len(server.requests) == 2


def drip(head: bytes) -> Callable[[socket.socket], bool]:
    def reply(connection: socket.socket) -> bool:
        connection.sendall(head)
        pause = threading.Event()
        for _ in range(100):
            pause.wait(0.02)
            connection.sendall(b"x")
        return False

    return reply


@pytest.mark.parametrize(
    "head",
    [b"HTTP/1.1 200 OK\r\nX-Drip: ", b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"],
    ids=["head", "body"],
)
def test_an_answer_in_drops_ends_with_the_time_of_the_whole_exchange(head):
    with serving(drip(head)) as server, calling(server, reads=SHORT, writes=SHORT) as ours:
        begun = time.monotonic()
        outcomes = outcome(ours.seller), outcome(lambda: ours.decide("S1", True))
        took = time.monotonic() - begun

    assert outcomes == (Untouched, Unanswered)
    assert took < 1.6  # the drops would go on for two seconds each


def test_a_silent_marketplace_is_left_after_the_read_timeout():
    silence = threading.Event()
    quick = Timeouts(connect=2, read=0.1, total=5)

    def reply(connection: socket.socket) -> bool:
        silence.wait(5)
        return False

    with serving(reply) as server, calling(server, reads=quick, writes=quick) as ours:
        outcomes = outcome(ours.seller), outcome(lambda: ours.decide("S1", True))
        silence.set()

    assert outcomes == (Untouched, Unanswered)


def test_a_write_to_a_closed_port_or_a_port_without_tls_never_left():
    with serving(sends(said(SELLER))) as server:
        with calling(server) as ours:
            ours.seller()
            token = ours._store
        brisk = Timeouts(connect=0.2, read=2, total=2)
        with calling(server, api_url=server.url.replace("http", "https"), store=token, writes=brisk) as ours:
            without_tls = outcome(lambda: ours.decide("S1", True))
        closed = socket.create_server(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        closed.close()
        with calling(server, api_url=f"http://127.0.0.1:{port}", store=token) as ours:
            refused = outcome(lambda: ours.decide("S1", True))

    assert (without_tls, refused) == (Untouched, Untouched)


def test_a_process_that_stalls_behind_its_mark_sends_nothing_when_its_time_is_over(monkeypatch):
    """The mark says that the lease lasts longer than the exchange: bytes that left later could meet a second send."""
    now = time.monotonic
    stalled = [0.0]
    monkeypatch.setattr("octopia.wire.time.monotonic", lambda: now() + stalled[0])

    with serving(sends(said(SELLER))) as server, calling(server) as ours:
        marked = ours.on("command", mark=lambda: stalled.__setitem__(0, 41.0))
        ended = outcome(lambda: marked.decide("S1", True))

    assert (ended, server.requests) == (Untouched, [])


def test_reads_share_a_connection_and_every_write_has_its_own():
    with serving(sends(said(SELLER), keep=True)) as server, calling(server) as ours:
        ours.seller()
        ours.seller()
        after_reads = server.connections
        ours.decide("S1", True)
        ours.decide("S1", True)

    assert (after_reads, server.connections) == (1, 3)


def test_a_redirect_is_not_followed_and_a_cookie_not_kept():
    away = said(b"", "302 Found", "Location: /seller/v2/elsewhere", "Set-Cookie: a=b")

    with serving(sends(away, keep=True)) as server, calling(server) as ours:
        outcomes = outcome(ours.seller), outcome(ours.seller)

    assert outcomes == (Untouched, Untouched)
    assert [request.split(b" ")[1] for request in server.requests] == [b"/seller/v2/sellers"] * 2
    assert b"cookie" not in server.requests[1].lower()


def test_the_environments_proxies_and_logins_are_not_used(monkeypatch, tmp_path):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")

    with serving(sends(said(SELLER))) as server, calling(server) as ours:
        found = ours.seller()

    assert found.id == "104512"
    assert b"Authorization: Bearer" in server.requests[0]

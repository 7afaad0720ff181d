"""The market on a real socket: lasting connections, answers that break off, and who is answered at all."""

import socket
import threading
from collections.abc import Iterator

import httpx
import pytest

from sandbox.app import App
from sandbox.market import Market
from sandbox.server import Server, host_of, is_loopback
from tests.sandbox.conftest import Shop

pytestmark = pytest.mark.enable_socket


@pytest.fixture
def base(market: Market) -> Iterator[str]:
    server = Server(App(market), "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def client(base: str, shop: Shop) -> Iterator[httpx.Client]:
    """Signed in, on the real socket."""
    with httpx.Client(base_url=f"{base}/seller/v2", headers=dict(shop.http.headers), timeout=5) as client:
        yield client


def test_orders_are_read_and_shipped_over_one_connection(client: httpx.Client, market: Market) -> None:
    order = market.place("SCID1")
    parcel = {"parcelNumber": "6A1", "carrierName": "Colis Privé", "orderLineIds": [order.lines[0]["orderLineId"]]}

    answers = [
        client.get("/orders/SCID1"),
        client.post("/orders/SCID1/shipments", json=[parcel]),
        client.get("/orders/SCID1"),
    ]

    assert [answer.status_code for answer in answers] == [200, 201, 200]
    assert answers[2].json()["lines"][0]["parcels"][0]["carrierName"] == "Colis Privé"


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("cut", httpx.RemoteProtocolError),
        ("lost", httpx.RemoteProtocolError),
        ("lost before", httpx.RemoteProtocolError),
        ("stall 0.05", httpx.RemoteProtocolError),
        ("slow 1", httpx.ReadTimeout),
    ],
)
def test_an_answer_breaks_off_and_the_next_one_comes(
    fault: str, error: type[Exception], client: httpx.Client, market: Market
) -> None:
    market.place("SCID1")
    market.faults = [fault]

    with pytest.raises(error):
        client.get("/orders/SCID1", timeout=0.3)

    assert client.get("/orders/SCID1").status_code == 200


def test_a_slow_answer_keeps_nobody_else_waiting(client: httpx.Client, market: Market, base: str) -> None:
    market.place("SCID1")
    market.faults = ["slow 1"]
    errors: list[Exception] = []

    def wait() -> None:
        try:
            client.get("/orders/SCID1", timeout=5)
        except httpx.HTTPError as error:
            errors.append(error)

    slow = threading.Thread(target=wait)
    slow.start()
    while len(market.faults):
        pass
    with httpx.Client(base_url=base, timeout=0.8) as other:
        quick = other.get("/_sandbox/state")
    slow.join()

    assert quick.status_code == 200
    assert errors == []


def test_a_chunked_body_is_read(client: httpx.Client, market: Market) -> None:
    market.place("SCID1", status="WaitingAcceptance")
    body = iter([b'{"approval_', b'status": "Accepted"}'])

    answer = client.post("/orders/SCID1/approval-status", content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 204


def test_an_upload_arrives_whole(client: httpx.Client, market: Market) -> None:
    market.place("SCID1", status="Shipped")
    content = b"%PDF-1.7\r\n--not a boundary\r\n" + bytes(range(256)) * 400

    answer = client.post("/orders/SCID1/invoice-documents", files={"files": ("SCID1.pdf", content, "application/pdf")})

    assert answer.status_code == 202
    assert market.ledger[0].details["size"] == len(content)


def test_a_name_that_is_not_this_machine_s_is_turned_away(base: str) -> None:
    """A page of the web may point its own name at 127.0.0.1."""
    host, port = base.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(b"GET /_sandbox/state HTTP/1.1\r\nHost: evil.example.org\r\nConnection: close\r\n\r\n")
        answer = connection.makefile("rb").readline()

    assert b"403" in answer


def test_another_address_needs_a_word_of_permission(market: Market) -> None:
    with pytest.raises(ValueError, match="loopback"):
        Server(App(market), "192.0.2.1", 0)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("localhost", True),
        ("::1", True),
        ("127.8.8.8", True),
        ("10.0.0.1", False),
        ("localhost.example.org", False),
        ("", False),
    ],
)
def test_loopback_is_recognised(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


@pytest.mark.parametrize(
    ("header", "host"),
    [("127.0.0.1:9000", "127.0.0.1"), ("[::1]:9000", "::1"), ("localhost", "localhost"), ("[::1", ""), ("", "")],
)
def test_the_host_is_read_without_its_port(header: str, host: str) -> None:
    assert host_of(header) == host

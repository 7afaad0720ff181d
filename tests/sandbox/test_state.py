"""The market remembers: restart, kill, and a rest of days."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import time_machine

from sandbox import life
from sandbox.author import DAY
from sandbox.history import HOUR
from sandbox.market import Market
from sandbox.wording import moment
from tests.sandbox.conftest import Shop

BEGIN = 1_790_000_000


def opened(file: Path, **options: Any) -> Market:
    market = Market(7, state=file, **options)
    market.settings.change({"check_answers": False})
    return market


def closed(market: Market) -> None:
    market.save()
    assert market.journal is not None
    market.journal.close()


def test_a_restart_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "sandbox.db"
    with time_machine.travel(BEGIN, tick=False):
        market = opened(file)
        market.add_seller("98979", client_id="other", client_secret="word")
        market.place_many(60)
        shop = Shop(market)
        order = market.place("SCID1", lines=2)
        shop.ship(order)
        shipped = market.place("SCID2", status="Shipped", lines=[{"price": 90}])
        shop.gesture(shipped, 5)
        shop.upload("/order-invoice-imports", SCID2_pdf=b"%PDF-1")
        shop.post(
            "/order-cancellation-requests",
            {"orderSellerId": "SCID2", "reason": "missing-product", "shippingCostRefund": True},
        )
        before = market.documents(), market.ledger, {name: one.document for name, one in market.requests.items()}
        closed(market)

        again = opened(file)

        assert (again.documents(), again.ledger, {name: one.document for name, one in again.requests.items()}) == before
        assert again.desk.clients["other"].sellers == {"98979"}
        # A token of before is still good, and what was due is still due.
        again_shop = Shop(again)
        again_shop.http.headers["Authorization"] = shop.http.headers["Authorization"]
        assert again_shop.order("SCID2")["lines"][0]["status"] == "CancelRequest"
        again.clock.advance(20)
        assert again_shop.order("SCID2")["status"] == "Cancelled"
        closed(again)


def test_numbers_do_not_repeat_after_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "sandbox.db"
    market = opened(file)
    first = [order.number for order in market.place_many(30)] + [market.new_id()]
    closed(market)

    again = opened(file)
    second = [order.number for order in again.place_many(30)] + [again.new_id()]
    closed(again)

    assert not set(first) & set(second)


@pytest.mark.parametrize("days", [0.001, 0.5, 2, 40])
def test_a_rest_is_lived_through(tmp_path: Path, days: float) -> None:
    file = tmp_path / "sandbox.db"
    with time_machine.travel(BEGIN, tick=False):
        market = opened(file)
        market.place_many(150)
        life.furnish(market, "104512")
        before = market.documents()
        closed(market)
    with time_machine.travel(BEGIN + days * DAY, tick=False):
        again = opened(file)
        after, now = again.documents(), again.clock.time()
        requests = list(again.requests.values())
        closed(again)

    new = {number: order for number, order in after.items() if number not in before}
    assert len(new) <= 3 * 40 + 20
    assert (len(new) > 0) == (days > 0.1)
    changed = [order for number, order in after.items() if before.get(number) != order]
    # Nothing new is older than what a reader saw before the rest, and nothing is from the future.
    assert all(BEGIN <= moment(order["updatedAt"]) <= now for order in changed)
    assert all(BEGIN <= moment(order["createdAt"]) <= now for order in new.values())
    assert all(moment(order["createdAt"]) >= now - 3 * DAY for order in new.values())
    spans = [
        moment(order["shippedAtMax"]) - now
        for order in after.values()
        if order["status"] == "InPreparation" and order["shippedAtMax"]
    ]
    assert sum(span < 0 for span in spans) >= 3
    assert sum(0 <= span < 12 * HOUR for span in spans) >= 3
    assert sum(span > 4 * DAY for span in spans) >= 3
    if days > 1:
        assert all(span > -7 * DAY for span in spans)
    assert sum(order["status"] == "WaitingAcceptance" for order in after.values()) >= 4
    assert any(line["status"] == "CancelRequest" for order in after.values() for line in order["lines"])
    rejected = [one for one in requests if one.kind == "gesture" and one.document["status"] == "Rejected"]
    assert any(one.private["moment"] > now - 3.1 * DAY for one in rejected)


def test_resting_again_and_again_does_not_pile_up_open_orders(tmp_path: Path) -> None:
    file = tmp_path / "sandbox.db"
    counts = []
    for week in range(5):
        with time_machine.travel(BEGIN + week * 7 * DAY, tick=False):
            market = opened(file)
            if not week:
                market.place_many(100)
                life.furnish(market, "104512")
            counts.append(Counter(order["status"] for order in market.documents().values())["InPreparation"])
            closed(market)

    assert max(counts) < 150


def test_a_file_of_another_kind_is_told(tmp_path: Path) -> None:
    file = tmp_path / "sandbox.db"
    market = opened(file)
    market.place("SCID1")
    market.save()
    assert market.journal is not None
    market.journal.write_meta({"schema": 99})
    market.journal.close()

    with pytest.raises(ValueError, match="schema 99"):
        Market(7, state=file)


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Any]:
    """Starts the real process on a free port; kills what is left at the end."""
    children: list[subprocess.Popen[str]] = []

    def start(*options: str) -> tuple[subprocess.Popen[str], str]:
        command = [sys.executable, "-m", "sandbox", "--port", "0", *options]
        root = Path(__file__).resolve().parents[2]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=root)
        children.append(child)
        assert child.stdout is not None
        line = child.stdout.readline()
        if not line:
            return child, ""
        return child, line.split()[1].removesuffix("/seller/v2")

    yield start
    for child in children:
        if child.poll() is None:
            child.kill()
        child.communicate()


@pytest.mark.enable_socket
def test_kill_9_loses_no_effect(started: Any, tmp_path: Path) -> None:
    file = str(tmp_path / "sandbox.db")
    child, base = started("--orders", "5", "--state", file)
    with httpx.Client(base_url=base) as client:
        form = {"grant_type": "client_credentials", "client_id": "demo-client", "client_secret": "demo-secret"}
        token = client.post("/auth/realms/maas/protocol/openid-connect/token", data=form).json()["access_token"]
        client.headers.update({"Authorization": f"Bearer {token}", "SellerId": "104512"})
        client.post("/_sandbox/orders", json={"number": "SCID1"})
        line = client.get("/seller/v2/orders/SCID1").json()["lines"][0]["orderLineId"]
        parcel = {"parcelNumber": "6A1", "carrierName": "DPD", "orderLineIds": [line]}
        assert client.post("/seller/v2/orders/SCID1/shipments", json=[parcel]).status_code == 201
    os.kill(child.pid, signal.SIGKILL)
    child.wait()

    child, base = started("--orders", "500", "--state", file)

    with httpx.Client(base_url=base) as client:
        (effect,) = client.get("/_sandbox/ledger", params={"order": "SCID1"}).json()["effects"]
        truth = {order["orderId"]: order["status"] for order in client.get("/_sandbox/orders").json()["orders"]}
    assert (effect["effect"], effect["details"]["parcel"]) == ("shipped", "6A1")
    assert truth["SCID1"] == "Shipped"
    assert len(truth) < 100  # --orders only fills an empty state
    child.terminate()
    assert child.wait(10) == 0


@pytest.mark.enable_socket
@pytest.mark.parametrize("options", [["--host", "0.0.0.0"], ["--faults", "lightning:0.1"], ["--lag", "much"]])  # noqa: S104
def test_options_that_make_no_sense_are_told(options: list[str], started: Any) -> None:
    child, base = started("--orders", "0", *options)

    output, error = child.communicate(timeout=20)
    assert (base, child.returncode, output) == ("", 2, "")
    assert error.startswith("sandbox: ")
    assert "Traceback" not in error
    assert json.dumps(error).count("\\n") == 1

"""The market: its orders and requests, its clock, what is due, and the record of what happened; no HTTP here."""

import heapq
import json
import random
import threading
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sandbox import decisions, life
from sandbox.asked import Request
from sandbox.author import Author, LineWish, Wish, line_wishes
from sandbox.channels import CHANNELS, Channel
from sandbox.clock import Clock
from sandbox.faults import Faults
from sandbox.ledger import Effect
from sandbox.orders import FINAL, STATUSES, Order
from sandbox.settings import Settings
from sandbox.shelf import Shelf
from sandbox.state import State
from sandbox.tellers import Desk
from sandbox.wording import Document, moment, stamp

DEMO_SELLER = "104512"
DEMO_LOGIN = ("demo-client", "demo-secret")  # client id and secret, known to everybody


@dataclass(slots=True)
class Seller:
    """A shop: its id, its name, whether its Cdiscount orders are accepted automatically, and its channels."""

    id: str
    shop_name: str
    auto_accept: bool = False
    channels: tuple[str, ...] = tuple(channel.id for channel in CHANNELS)


class Market:
    """The marketplace in miniature. Thread safe: hold `lock` around anything that reads or changes it.

    `seed` decides all invented data. `state` is a file that remembers everything; `start` another moment for the clock.
    """

    def __init__(
        self,
        seed: int = 1,
        *,
        state: str | Path | None = None,
        settings: Settings | None = None,
        start: datetime | None = None,
        live: bool = False,
        faults: str = "",
    ) -> None:
        self.lock = threading.RLock()
        self.seed = seed
        self.settings = settings or Settings()
        self.clock = Clock.at(start)
        self.channels: dict[str, Channel] = {channel.id: channel for channel in CHANNELS}
        self.sellers: dict[str, Seller] = {}
        self.shelves: dict[str, Shelf] = {}
        self.desk = Desk(self)
        self.add_seller(DEMO_SELLER, shop_name="Atelier Demo", client_id=DEMO_LOGIN[0], client_secret=DEMO_LOGIN[1])
        self.requests: dict[str, Request] = {}
        self._requests_of: dict[tuple[str, str], list[Request]] = {}
        self.invoices: dict[tuple[str, str], Document] = {}
        self.ledger: list[Effect] = []
        self.decisions: dict[str, deque[str]] = {"cancellation": deque(), "gesture": deque()}
        self._due: list[tuple[float, int, str, dict[str, Any]]] = []
        self._serial = 0
        self.turn = 0  # how often the state was opened again
        self.spells: dict[str, float] = {}  # faults of the lists that last: name → until when
        self.breakage = 0  # how many records were broken: each in the next way
        self.late_next: float = 0  # the changes of this request become visible this much later in lists
        self.caller: tuple[str, str] = ("api", "")  # who acts now, and the trace of the call
        self.serve_late: Callable[[dict[str, Any]], None] | None = None  # who serves a call that was held up
        self.reseed(0)
        self._faults = Faults(seed, faults)
        self.live = live
        self.journal = State(Path(state)) if state is not None else None
        rested_since = self.journal.load(self) if self.journal is not None else None
        if rested_since is not None:
            life.catch_up(self, rested_since)
        if live and not any(kind == "live" for _, _, kind, _ in self._due):
            self.later(self.clock.time() + 5, "live", {})

    def reseed(self, turn: int) -> None:
        """Start the random sources; `turn` differs after each restart, so that numbers do not repeat."""
        self.author = Author(self.seed)
        if turn:
            self.author.rng.seed(f"{self.seed} {turn}")
        self.luck = random.Random(f"luck {self.seed} {turn}")

    # ---- faults: `market.faults = ["", "500 after"]`, `market.faults.extend([...])`

    @property
    def faults(self) -> Faults:
        return self._faults

    @faults.setter
    def faults(self, listed: Iterable[str | dict[str, Any]]) -> None:
        with self.lock:
            self._faults.replace(listed)

    # ---- sellers, channels

    def add_seller(
        self,
        seller: str,
        *,
        shop_name: str = "",
        client_id: str = DEMO_LOGIN[0],
        client_secret: str = "",
        auto_accept: bool = False,
    ) -> Seller:
        """A further shop; one client id may serve several."""
        if not seller.isdigit():
            raise ValueError("a seller id is a number")
        with self.lock:
            shop = Seller(seller, shop_name or f"Boutique {seller}", auto_accept)
            self.sellers[seller] = shop
            self.shelves.setdefault(seller, Shelf())
            self.desk.allow(client_id, client_secret, seller)
            return shop

    def seller(self, seller: str | None) -> str:
        """The one meant: the given one, or else the demo's; `KeyError` when unknown."""
        name = seller or DEMO_SELLER
        if name not in self.sellers:
            raise KeyError(f"no seller {name}")
        return name

    # ---- orders

    def order(self, number: str, seller: str | None = None) -> Order:
        """The truth about one order; `KeyError` when this seller has none of that number."""
        return self.shelves[self.seller(seller)].orders[number]

    def documents(self, seller: str | None = None) -> dict[str, Document]:
        """The truth of one seller, number → what reading each order singly would answer now; no lag."""
        with self.lock:
            self.settle()
            orders = self.shelves[self.seller(seller)].orders
            return {number: json.loads(order.snapshot.text) for number, order in orders.items() if order.snapshot}

    def place(
        self,
        number: str = "",
        *,
        seller: str | None = None,
        channel: str = "CDISFR",
        status: str = "InPreparation",
        lines: int | Sequence[LineWish | dict[str, Any]] = 1,
        created: datetime | float | None = None,
        updated: datetime | float | None = None,
        deadline: datetime | float | None = None,
        **wish: Any,
    ) -> Order:
        """Place one order; the market's hour is taken where no time is given (a number is seconds before or after now).

        `wish` takes the other fields of `author.Wish`: reference, customer, business, pickup, country, fee, currency...
        Raises `ValueError` for what makes no sense, and for a number that exists.
        """
        with self.lock:
            self.settle()
            name = self.seller(seller)
            if status not in STATUSES:
                raise ValueError(f"no status is called {status!r}")
            if channel not in self.channels:
                raise ValueError(f"no channel is called {channel!r}")
            if number and number in self.shelves[name].orders:
                raise ValueError(f"order {number} exists")
            unknown = set(wish) - set(Wish.__dataclass_fields__)
            if unknown:
                raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
            at = self._moment(created) or self.clock.time()
            wanted = Wish(
                number=number,
                status=status,
                lines=line_wishes(lines),
                created=at,
                updated=self._moment(updated) or at,
                deadline=self._moment(deadline),
                **wish,
            )
            order = self.add(name, self.channels[channel], wanted)
            self.publish(order)
            return order

    def _moment(self, when: datetime | float | None) -> float | None:
        if when is None:
            return None
        return when.timestamp() if isinstance(when, datetime) else self.clock.time() + when

    def add(self, seller: str, channel: Channel, wish: Wish, *, foresee: bool = True) -> Order:
        """Put a new order on the shelf, unpublished, with what will happen to it by itself."""
        shelf = self.shelves[seller]
        order = self.author.write(seller, channel, wish)
        while not wish.number and order.number in shelf.orders:
            order.document["orderId"] = self.author.number(channel, wish.created)
        self._serial += 1
        order.serial = self._serial
        shelf.orders[order.number] = order
        order.photograph()
        self.touched("order", (seller, order.number))
        if foresee:
            self.foresee(order)
        return order

    def foresee(self, order: Order) -> None:
        """What the passing of time alone does to an order of this status."""
        at = moment(order.document["updatedAt"])
        where = {"seller": order.seller, "order": order.number}
        if order.status == "WaitingAcceptance":  # R5
            self.later(moment(order.document["createdAt"]) + self.settings.approval_hours * 3_600, "expire", where)
        elif order.status == "Accepted":  # R6
            self.later(at + self.settings.preparation_delay, "prepare", where)

    def place_many(
        self, count: int, *, seller: str | None = None, days: float = 90, since: float | None = None
    ) -> list[Order]:
        """Invent `count` orders of the last `days`, in states that suit their age; the same for each seed."""
        with self.lock:
            return life.fill(self, self.seller(seller), count, days=days, since=since)

    @contextmanager
    def changing(self, order: Order, at: float | None = None) -> Iterator[Order]:
        """Change an order: its status is added up anew, its `updatedAt` moves on, and the lists learn of it."""
        yield order
        when = max(self.clock.time() if at is None else at, moment(order.document["updatedAt"]))
        before = order.status
        order.document["status"] = after = order.add_up()
        order.document["updatedAt"] = stamp(when)
        if before != after:
            order.document["statusEvents"] = [
                *(order.document["statusEvents"] or []),
                {"status": after, "createdAt": stamp(when)},
            ]
            if after not in FINAL:
                self.foresee(order)
        order.photograph()
        self.publish(order, when)
        self.touched("order", (order.seller, order.number))

    def publish(self, order: Order, at: float | None = None) -> None:
        """Show the newest version in lists, now or, while updates are late, later."""
        when = self.clock.time() if at is None else at
        late = self.late_next
        if not late and self.settings.late_share and self.luck.random() < self.settings.late_share:
            late = self.luck.uniform(1, self.settings.late_seconds)
        if late:
            self.later(when + late, "show", {"seller": order.seller, "order": order.number})
        else:
            self.shelves[order.seller].show(order)

    # ---- requests

    def open_request(self, request: Request) -> Request:
        self.requests[request.id] = request
        self._requests_of.setdefault((request.seller, request.order), []).append(request)
        self.touched("request", request.id)
        return request

    def requests_of(self, seller: str, order: str, kind: str) -> list[Request]:
        return [one for one in self._requests_of.get((seller, order), ()) if one.kind == kind]

    def new_id(self) -> str:
        return str(uuid.UUID(int=self.luck.getrandbits(128), version=4))

    # ---- what happened, what will happen

    def record(
        self,
        effect: str,
        order: Order,
        *,
        request: str = "",
        lines: Sequence[str] = (),
        at: float | None = None,
        **details: Any,
    ) -> None:
        """Write one effect into the ledger."""
        by, call = self.caller
        when = stamp(self.clock.time() if at is None else at)
        entry = Effect(
            len(self.ledger) + 1, when, effect, order.seller, order.number, by, request, call, tuple(lines), details
        )
        self.ledger.append(entry)

    @contextmanager
    def acting(self, by: str, call: str = "") -> Iterator[None]:
        """Whose doing the effects inside are."""
        before, self.caller = self.caller, (by, call)
        try:
            yield
        finally:
            self.caller = before

    def later(self, at: float, kind: str, data: dict[str, Any]) -> None:
        """Let something happen at its time."""
        self._serial += 1
        heapq.heappush(self._due, (at, self._serial, kind, data))
        self.touched("due", self._serial)

    def due(self) -> list[tuple[float, int, str, dict[str, Any]]]:
        return sorted(self._due, key=lambda event: event[:2])

    def settle(self) -> None:
        """Let everything that fell due happen, each at its own time."""
        with self.lock:
            now = self.clock.time()
            while self._due and self._due[0][0] <= now:
                at, serial, kind, data = heapq.heappop(self._due)
                self.touched("due", serial)
                with self.acting("marketplace"):
                    decisions.HAPPEN[kind](self, at, data)

    # ---- memory

    def touched(self, kind: str, key: Any) -> None:
        if self.journal is not None:
            self.journal.touched[kind].add(key)

    def save(self) -> None:
        """Write down what changed; done before each answer, so that a kill loses no effect."""
        if self.journal is not None:
            self.journal.save(self)

    def restore_due(self, events: Iterable[tuple[float, int, str, dict[str, Any]]], serial: int) -> None:
        self._due = list(events)
        heapq.heapify(self._due)
        self._serial = serial

    @property
    def serial(self) -> int:
        return self._serial

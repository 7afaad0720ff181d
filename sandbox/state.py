"""The memory of the market: a sqlite3 file, written before each answer, read at the start."""

import json
import sqlite3
from collections import defaultdict
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.asked import Request
from sandbox.channels import Channel
from sandbox.ledger import restored
from sandbox.orders import Order

if TYPE_CHECKING:
    from sandbox.market import Market

_TABLE = (
    """CREATE TABLE IF NOT EXISTS rows (kind TEXT, id TEXT, body TEXT NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID"""
)
_SCHEMA = 1


class State:
    """One file; `touched` collects what the next `save` must write."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.touched: defaultdict[str, set[Any]] = defaultdict(set)
        self._written = 0  # ledger entries in the file
        self._meta = ""
        self._file = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        # A write reaches the system before the answer leaves: it outlives a kill -9 of this process.
        self._file.execute("PRAGMA journal_mode=WAL")
        self._file.execute("PRAGMA synchronous=NORMAL")
        self._file.execute(_TABLE)

    def close(self) -> None:
        self._file.close()

    def _rows(self, kind: str) -> list[tuple[str, Any]]:
        rows = self._file.execute("SELECT id, body FROM rows WHERE kind = ?", (kind,)).fetchall()
        return [(str(key), json.loads(body)) for key, body in rows]

    # ---- reading

    def load(self, market: "Market") -> float | None:
        """Bring the market back to where the file left it, and tell when that was; None: the file is empty."""
        meta = dict(self._rows("meta")).get("market")
        if meta is None:
            return None
        if meta["schema"] != _SCHEMA:
            found = meta["schema"]
            raise ValueError(
                f"the state file has schema {found}, this sandbox writes {_SCHEMA}: remove it to begin anew"
            )
        market.seed = meta["seed"]
        market.clock.start, market.clock.since, market.clock.factor = (
            meta["clock"][name] for name in ("start", "since", "factor")
        )
        market.settings.change(meta["settings"])
        market.channels = {row["id"]: Channel(**row) for row in meta["channels"]}
        for seller in meta["sellers"]:
            shop = market.add_seller(seller["id"], shop_name=seller["shop_name"], auto_accept=seller["auto_accept"])
            shop.channels = tuple(seller["channels"])
        market.desk.restore(meta["desk"], meta["seed"])
        for _, row in self._rows("orders"):
            order = Order(**row)
            market.shelves[order.seller].orders[order.number] = order
            order.photograph()
        for shelf in market.shelves.values():
            shelf.rebuild()
        for _, row in sorted(self._rows("requests"), key=lambda pair: str(pair[1]["document"]["createdAt"])):
            market.open_request(Request(**row))
        for key, row in self._rows("invoices"):
            seller, _, number = key.partition(" ")
            market.invoices[seller, number] = row
        market.ledger = [restored(row) for _, row in sorted(self._rows("ledger"), key=lambda pair: int(pair[0]))]
        events = [(float(row[0]), int(row[1]), str(row[2]), dict(row[3])) for _, row in self._rows("due")]
        market.restore_due(events, meta["serial"])
        for kind, words in meta["decisions"].items():
            market.decisions[kind].extend(words)
        market.reseed(meta["turn"] + 1)
        market.turn = meta["turn"] + 1
        self._written = len(market.ledger)
        self.touched.clear()
        return float(meta["seen"])

    # ---- writing

    def save(self, market: "Market") -> None:
        """Write what was touched, in one transaction."""
        meta = self._current_meta(market)
        body = json.dumps(meta, ensure_ascii=False)
        if not any(self.touched.values()) and self._written == len(market.ledger) and body == self._meta:
            return
        self._file.execute("BEGIN IMMEDIATE")
        try:
            orders = [market.shelves[seller].orders[number] for seller, number in self.touched["order"]]
            self._put("orders", [(f"{order.seller} {order.number}", order.saved()) for order in orders])
            self._put("requests", [(key, market.requests[key].saved()) for key in self.touched["request"]])
            self._put("invoices", [(" ".join(key), market.invoices[key]) for key in self.touched["invoice"]])
            waiting = {event[1]: event for event in market.due()} if self.touched["due"] else {}
            self._put("due", [(str(key), waiting[key]) for key in self.touched["due"] & waiting.keys()])
            gone = [(str(key),) for key in self.touched["due"] - waiting.keys()]
            self._file.executemany("DELETE FROM rows WHERE kind = 'due' AND id = ?", gone)
            self._put("ledger", [(str(entry.id), entry.saved()) for entry in market.ledger[self._written :]])
            self.write_meta({**meta, "seen": market.clock.time()})
            self._file.execute("COMMIT")
        except BaseException:
            self._file.execute("ROLLBACK")
            raise
        self._written = len(market.ledger)
        self._meta = body
        self.touched.clear()

    def write_meta(self, meta: dict[str, Any]) -> None:
        """What is no row of its own: clock, settings, who may act for whom, when this was written."""
        self._put("meta", [("market", meta)])

    def _put(self, kind: str, rows: list[tuple[str, Any]]) -> None:
        values = [(kind, key, json.dumps(row, ensure_ascii=False)) for key, row in rows]
        self._file.executemany("REPLACE INTO rows VALUES (?, ?, ?)", values)

    def _current_meta(self, market: "Market") -> dict[str, Any]:
        return {
            "schema": _SCHEMA,
            "seed": market.seed,
            "turn": market.turn,
            "serial": market.serial,
            "clock": market.clock.saved(),
            "settings": asdict(market.settings),
            "channels": [asdict(channel) for channel in market.channels.values()],
            "sellers": [asdict(seller) for seller in market.sellers.values()],
            "desk": market.desk.saved(),
            "decisions": {kind: list(words) for kind, words in market.decisions.items()},
        }

"""`/_sandbox/`, for tests and for the curious: what the API does not tell, and what it does not let one do. All JSON.

| Call | What it does |
|---|---|
| GET `/_sandbox/state` | counts by seller and status, the clock, calls used, faults waiting |
| GET `/_sandbox/ledger[?seller=&order=&effect=&by=]` | the effects that really happened, oldest first |
| GET `/_sandbox/orders[?seller=]` | the truth: every order as reading it singly would answer now, no lag |
| GET `/_sandbox/requests[?seller=&kind=]` | cancellations, gestures and imports as they stand |
| GET, POST `/_sandbox/clock` | `{"pause": true}`, `{"resume": true}`, `{"factor": 60}`, `{"advance": seconds}` |
| GET, POST `/_sandbox/faults` | `add` or `set` a list, `mix` ("429:0.05"), `last` ({"miscount": 3600}), `clear` |
| POST `/_sandbox/orders` | the arguments of `Market.place` (times in seconds from now), or count, seller, days |
| POST `/_sandbox/outsider` | act (one of `outsiders.ACTS`), order, seller, lines, parcel, carrier, reason |
| POST `/_sandbox/decisions` | how the next ones end: `{"cancellation": ["rejected", "late 3600"], "gesture": []}` |
| GET, POST `/_sandbox/settings` | the names of `settings.Settings` |
| GET, POST `/_sandbox/channels` | `{"id": "CDISFR", "partial_cancellation": false}` |
| GET, POST `/_sandbox/sellers` | `{"id":, "shop_name":, "client_id":, "client_secret":, "auto_accept":}` |
| POST `/_sandbox/quota` | fills the hourly quotas again |
"""

import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from sandbox import mischief, outsiders
from sandbox.channels import ABILITIES
from sandbox.exchange import Answer, Call, answer
from sandbox.wording import stamp

if TYPE_CHECKING:
    from sandbox.market import Market


class Control:
    """Serves `/_sandbox/`. What makes no sense is a 400 with one sentence, what is unknown a 404."""

    def __init__(self, market: "Market") -> None:
        self.market = market

    def serve(self, call: Call) -> Answer:
        name = call.path.removeprefix("/_sandbox").strip("/").replace("-", "_")
        handler = getattr(self, f"_{call.method.lower()}_{name}", None) if call.method in ("GET", "POST") else None
        if handler is None:
            return answer({"error": f"no {call.method} {call.path}; see sandbox/control.py"}, 404)
        try:
            if call.method == "GET":
                given = handler({key: values[-1] for key, values in parse_qs(call.query).items()})
            else:
                wanted = json.loads(call.body or b"{}")
                if not isinstance(wanted, dict):
                    raise ValueError("a JSON object is needed")
                given = handler(wanted)
        except KeyError as error:
            return answer({"error": f"unknown or missing: {error.args[0]}"}, 404)
        except (ValueError, TypeError) as error:
            return answer({"error": str(error)}, 400)
        return given if isinstance(given, Answer) else answer(given)

    # ---- reading

    def _get_state(self, _query: dict[str, str]) -> Any:
        market = self.market
        sellers = {}
        for seller, shelf in market.shelves.items():
            counts: dict[str, int] = {}
            for order in shelf.orders.values():
                counts[order.status] = counts.get(order.status, 0) + 1
            sellers[seller] = {"orders": len(shelf.orders), "by_status": counts}
        return {
            "now": stamp(market.clock.time()),
            "factor": market.clock.factor,
            "live": market.live,
            "sellers": sellers,
            "requests": len(market.requests),
            "ledger": len(market.ledger),
            "due": len(market.due()),
            "faults": list(market.faults),
            "used": market.desk.used(),
        }

    def _get_ledger(self, query: dict[str, str]) -> Any:
        wanted = {name: query[name] for name in ("seller", "order", "effect", "by", "request") if name in query}
        return {
            "effects": [
                entry.saved()
                for entry in self.market.ledger
                if all(getattr(entry, name) == text for name, text in wanted.items())
            ]
        }

    def _get_orders(self, query: dict[str, str]) -> Any:
        seller = self.market.seller(query.get("seller"))
        texts = [order.snapshot.text for order in self.market.shelves[seller].orders.values() if order.snapshot]
        return Answer(200, b'{"orders":[%s]}' % b",".join(texts))

    def _get_requests(self, query: dict[str, str]) -> Any:
        seller = self.market.seller(query.get("seller"))
        found = [
            one
            for one in self.market.requests.values()
            if one.seller == seller and query.get("kind") in (None, one.kind)
        ]
        return {"requests": [{"kind": one.kind, "order": one.order, "document": one.document} for one in found]}

    def _get_clock(self, _query: dict[str, str]) -> Any:
        return {"now": self.market.clock.now().isoformat(), "factor": self.market.clock.factor}

    def _get_faults(self, _query: dict[str, str]) -> Any:
        now = self.market.clock.time()
        return {
            "faults": list(self.market.faults),
            "last": {name: until - now for name, until in self.market.spells.items() if until > now},
        }

    def _get_settings(self, _query: dict[str, str]) -> Any:
        return asdict(self.market.settings)

    def _get_channels(self, _query: dict[str, str]) -> Any:
        return {"channels": [asdict(channel) for channel in self.market.channels.values()]}

    def _get_sellers(self, _query: dict[str, str]) -> Any:
        return {"sellers": [asdict(seller) for seller in self.market.sellers.values()]}

    # ---- changing

    def _post_clock(self, wanted: dict[str, Any]) -> Any:
        clock = self.market.clock
        _only(wanted, {"pause", "resume", "factor", "advance"})
        if wanted.get("pause"):
            clock.pause()
        if wanted.get("resume"):
            clock.resume()
        if "factor" in wanted:
            clock.run(float(wanted["factor"]))
        if "advance" in wanted:
            clock.advance(float(wanted["advance"]))
        self.market.settle()
        return self._get_clock({})

    def _post_faults(self, wanted: dict[str, Any]) -> Any:
        _only(wanted, {"add", "set", "mix", "last", "clear"})
        if wanted.get("clear"):
            self.market.faults.clear()
            self.market.spells.clear()
        if "set" in wanted:
            self.market.faults.replace(wanted["set"])
        if "add" in wanted:
            self.market.faults.extend(wanted["add"])
        if "mix" in wanted:
            self.market.faults.mix(str(wanted["mix"]))
        for name, seconds in dict(wanted.get("last", {})).items():
            mischief.cast(self.market, name, float(seconds))
        return self._get_faults({})

    def _post_orders(self, wanted: dict[str, Any]) -> Any:
        if "count" in wanted:
            _only(wanted, {"count", "seller", "days"})
            count = int(wanted["count"])
            if not 1 <= count <= 100_000:
                raise ValueError("count must lie between 1 and 100000")
            orders = self.market.place_many(count, seller=wanted.get("seller"), days=float(wanted.get("days", 90)))
            return answer({"placed": [order.number for order in orders]}, 201)
        order = self.market.place(**wanted)
        return Answer(201, order.snapshot.text if order.snapshot else b"null")

    def _post_outsider(self, wanted: dict[str, Any]) -> Any:
        _only(wanted, {"act", "order", "seller", "lines", "parcel", "carrier", "reason"})
        order = self.market.order(str(wanted["order"]), wanted.get("seller"))
        options = {name: wanted[name] for name in ("lines", "parcel", "carrier", "reason") if name in wanted}
        request = outsiders.act(self.market, order, str(wanted["act"]), **options)
        return {"order": order.published(), "request": request.document if request else None}

    def _post_decisions(self, wanted: dict[str, Any]) -> Any:
        _only(wanted, set(self.market.decisions))
        for kind, words in wanted.items():
            for word in words:
                outcome, _, wait = str(word).partition(" ")
                if outcome not in ("done", "rejected", "late") or (wait and float(wait) < 0):
                    raise ValueError("a decision is done, rejected or late, and maybe the seconds until then")
            self.market.decisions[kind].extend(words)
        return {kind: list(words) for kind, words in self.market.decisions.items()}

    def _post_settings(self, wanted: dict[str, Any]) -> Any:
        self.market.settings.change(wanted)
        return self._get_settings({})

    def _post_channels(self, wanted: dict[str, Any]) -> Any:
        channel = self.market.channels[str(wanted["id"])]
        changed = {name: value for name, value in wanted.items() if name != "id"}
        _only(changed, set(ABILITIES))
        for name, value in changed.items():
            if type(getattr(channel, name)) is not type(value):
                raise ValueError(f"{name} is a {type(getattr(channel, name)).__name__}")
        self.market.channels[channel.id] = replace(channel, **changed)
        return asdict(self.market.channels[channel.id])

    def _post_sellers(self, wanted: dict[str, Any]) -> Any:
        options = dict(wanted)
        return answer(asdict(self.market.add_seller(str(options.pop("id")), **options)), 201)

    def _post_quota(self, _wanted: dict[str, Any]) -> Any:
        self.market.desk.forget_hours()
        return {"used": self.market.desk.used()}


def _only(wanted: dict[str, Any], known: set[str]) -> None:
    if unknown := set(wanted) - known:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}; known are {', '.join(sorted(known))}")

"""Does what a fault says to one request: refuses it early, spoils its answer, or disturbs the lists around it."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sandbox import outsiders
from sandbox.breakages import BREAKAGES
from sandbox.exchange import Answer, Call, gateway, problem, quota, too_many
from sandbox.faults import SPELLS, Fault
from sandbox.refusal import Refusal
from sandbox.wording import stamp

if TYPE_CHECKING:
    from sandbox.app import App
    from sandbox.contract import Reading
    from sandbox.market import Market

_PAGE = (
    b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center>"
    b"<hr><center>Microsoft-Azure-Application-Gateway/v2</center></body></html>"
)


def spoil(app: "App", fault: Fault, call: Call, serve: Callable[[Call], Answer]) -> Answer:
    """The answer to a call under a fault; `serve` gives the honest one, and its effect."""
    if (early := _early(app, fault, call)) is not None:
        return early
    if fault.kind == "equal":
        equalise(app.market, int(fault.number or 5_000))
    app.market.late_next = (fault.number or 90) if fault.kind == "late" else 0
    try:
        given = serve(call)
    except Refusal as refusal:
        given = app.refuse(refusal, call)
    finally:
        app.market.late_next = 0
    return _late(app, fault, call, given)


def _early(app: "App", fault: Fault, call: Call) -> Answer | None:
    """Faults before the effect."""
    after = "after" in fault.options
    match fault.kind:
        case "429":
            return too_many(fault.number or 17, next(iter(fault.options & {"date", "text"}), "seconds"))
        case "quota":
            return quota(fault.number or 695, retry_after="text" not in fault.options)
        case "401":
            app.market.desk.revoked.add(call.headers.get("authorization", "").partition(" ")[2].strip())
            return gateway(401, "Unauthorized. Access token is missing or invalid.")
        case "500" | "502" | "503" | "504" if not after:
            return _broken_down(int(fault.kind), call)
        case "html" if not after:
            return Answer(502, _PAGE, "text/html")
        case "redirect":
            return Answer(302, b"", "text/html", headers=(("Location", "https://maintenance.example.org/"),))
        case "lost" if "before" in fault.options:
            return Answer(200, lost=True)
        case "delayed":
            app.postpone(call, fault.number or 90)
            return Answer(200, lost=True)
        case "status":
            return _refused(int(fault.number or 409), call, busy="busy" in fault.options)
    return None


def _refused(status: int, call: Call, *, busy: bool) -> Answer:
    detail = "The resource is being processed." if busy else f"A refusal that was ordered ({status})."
    return problem(status, {"title": "Refused", "status": status, "detail": detail, "traceId": call.trace})


def _broken_down(status: int, call: Call) -> Answer:
    if status == 500:
        return problem(500, Refusal(500, "2.4", "An unexpected error occurred.").problem(call.trace))
    return gateway(status, {502: "Bad gateway", 503: "Service unavailable", 504: "Gateway timeout"}[status])


def _late(app: "App", fault: Fault, call: Call, given: Answer) -> Answer:
    """Faults on the way back: whatever should happen has happened."""
    match fault.kind:
        case "slow":
            return replace(given, delay=fault.number or 2)
        case "stall":
            return replace(given, delay=fault.number or 30, lost=True)
        case "lost":
            return replace(given, lost=True)
        case "500" | "502" | "503" | "504":
            return _broken_down(int(fault.kind), call)
        case "html":
            return Answer(502, _PAGE, "text/html")
        case "cut":
            return replace(given, body=given.body[: len(given.body) // 2], declared=max(len(given.body), 64))
        case "empty" if "list" not in fault.options and given.status < 300:  # a refusal stays one: nothing happened
            return replace(given, status=200, body=b"")
        case "type":
            return replace(given, content_type="text/html; charset=utf-8")
        case "unknown" | "extra" | "broken" if given.status < 300 and given.body:
            value = json.loads(given.body)
            _rewrite(app, fault, value)
            return replace(given, body=json.dumps(value).encode())  # escaped: a lone surrogate is one of the breakages
    return given


def _records(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return value["items"] if isinstance(value.get("items"), list) else [value]
    return value if isinstance(value, list) else []


def _rewrite(app: "App", fault: Fault, value: Any) -> None:
    records = [record for record in _records(value) if isinstance(record, dict)]
    if fault.kind == "extra":
        _add_members(value)
    elif fault.kind == "unknown" and records:
        _unknown_words(records[0], fault.options & {"status", "mode", "reason"} or {"status", "mode", "reason"})
    elif fault.kind == "broken":
        chosen = app.market.luck.sample(range(len(records)), min(int(fault.number or 1), len(records)))
        for position in chosen:
            BREAKAGES[app.market.breakage % len(BREAKAGES)](records[position])
            app.market.breakage += 1


def _add_members(value: Any) -> None:
    if isinstance(value, dict):
        for member in list(value.values()):
            _add_members(member)
        value["sandboxNovelty"] = {"since": "2027-01", "words": ["né", "nouveau"], "depth": {"level": 2}}
    elif isinstance(value, list):
        for member in value:
            _add_members(member)


def _unknown_words(record: dict[str, Any], kinds: frozenset[str] | set[str]) -> None:
    if "status" in kinds and "status" in record:
        record["status"] = "AwaitingCustoms"
    if "reason" in kinds:
        for name in ("reason", "code"):
            if name in record:
                record[name] = "solar-storm"
    for line in record.get("lines") or []:
        if "status" in kinds and "status" in line:
            line["status"] = "AwaitingCustoms"
        if "mode" in kinds and isinstance(line.get("offer"), dict):
            line["offer"]["supplyMode"] = "Dropship"
        if "reason" in kinds and "reason" in line:
            line["reason"] = "solar-storm"


def equalise(market: "Market", count: int) -> None:
    """One import touched them all: that many orders of each seller carry one and the same `updatedAt`."""
    now = market.clock.time()
    for seller in market.sellers:
        for order in list(market.shelves[seller].orders.values())[:count]:
            order.document["updatedAt"] = stamp(now)
            order.photograph()
            market.shelves[seller].show(order)
            market.touched("order", (seller, order.number))


def cast(market: "Market", spell: str, seconds: float) -> None:
    """Let a fault of the lists last, in seconds of the market's clock."""
    if spell not in SPELLS:
        raise ValueError(f"what can last is {', '.join(sorted(SPELLS))}")
    market.spells[spell] = market.clock.time() + seconds


def ignoring(market: "Market", fault: Fault) -> frozenset[str]:
    """What the lists forget at this request."""
    if fault.spell and fault.number:
        cast(market, fault.spell, fault.number)
    now = market.clock.time()
    return frozenset(
        {name for name, until in market.spells.items() if until > now} | ({fault.spell} if fault.spell else set())
    )


def afterwards(market: "Market", fault: Fault, seller: str, given: Answer, reading: "Reading") -> None:
    """Page drift: orders change between this page and the next."""
    if reading.operation.id != "get-orders" or given.status != 200:
        return
    drifting = int(fault.number or 1) if fault.kind == "drift" else 0
    if not drifting and market.settings.drift_share and market.luck.random() < market.settings.drift_share:
        drifting = 1
    orders = list(market.shelves[seller].orders.values()) if drifting else []
    for order in market.luck.sample(orders, min(drifting, len(orders))):
        outsiders.touch(market, order)

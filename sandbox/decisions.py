"""What happens by itself when its time has come: preparation, deadlines, decisions, late lists."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sandbox import life, verbs
from sandbox.asked import Request
from sandbox.invoices import finish
from sandbox.orders import SHIPPED, Order
from sandbox.rules import allowable
from sandbox.wording import Document, cents, stamp

if TYPE_CHECKING:
    from sandbox.market import Market


def _order(market: "Market", data: dict[str, Any]) -> Order:
    return market.shelves[data["seller"]].orders[data["order"]]


def _prepare(market: "Market", at: float, data: dict[str, Any]) -> None:
    """R6: final controls passed."""
    order = _order(market, data)
    if order.status != "Accepted":
        return
    with market.changing(order, at):
        for line in order.lines:
            code = line["orderLineId"]
            if order.before.get(code) == "Accepted":
                order.before[code] = "InPreparation"
            elif line["status"] == "Accepted":
                line["status"] = "InPreparation"


def _expire(market: "Market", at: float, data: dict[str, Any]) -> None:
    """R5: nobody decided in time."""
    order = _order(market, data)
    if order.status == "WaitingAcceptance":
        verbs.cancel_now(market, order, [line["orderLineId"] for line in order.lines], "approval-deadline", at)


def _decide_cancellation(market: "Market", at: float, data: dict[str, Any]) -> None:
    """R42: the lines are cancelled, or get their status back; what was shipped meanwhile is rejected."""
    request = market.requests[data["request"]]
    if not request.open:
        return
    order = market.shelves[request.seller].orders[request.order]
    asked = {line["lineId"]: line for line in request.document["lines"]}
    rejected = data["outcome"] == "rejected"
    cancelled: list[str] = []
    with market.changing(order, at):
        for code, entry in asked.items():
            line = order.line(code)
            if line is None or line["status"] != "CancelRequest" or rejected:
                entry["status"] = "Rejected"
                if (
                    line is not None
                    and line["status"] == "CancelRequest"
                    and not _asked_elsewhere(market, request, code)
                ):
                    line["status"] = order.before.pop(code, "InPreparation")
                continue
            entry["status"] = "Done"
            line["status"] = "Cancelled"
            order.before.pop(code, None)
            cancelled.append(code)
        if cancelled and order.add_up() == "Cancelled":
            order.document["cancellationDetails"] = {"reason": request.document["lines"][0]["reason"]}
        elif cancelled:
            order.partly_cancelled = True  # R35
    _close(market, request, "Done" if cancelled else "Rejected", at)
    if not cancelled:
        code, text = (
            ("RequestRejected", "The cancellation was rejected.")
            if rejected
            else ("LineShipped", "The line was shipped meanwhile.")
        )
        request.document["errors"] = [{"code": code, "message": text}]
    for other in market.requests_of(request.seller, request.order, "cancellation"):
        if other.open and other is not request and all(line["lineId"] in cancelled for line in other.document["lines"]):
            for line in other.document["lines"]:
                line["status"] = "Done"
            _close(market, other, "Done", at)


def _asked_elsewhere(market: "Market", request: Request, code: str) -> bool:
    """Does another open request still hold this line?"""
    others = market.requests_of(request.seller, request.order, "cancellation")
    return any(
        other.open and other is not request and any(line["lineId"] == code for line in other.document["lines"])
        for other in others
    )


def _close(market: "Market", request: Request, status: str, at: float) -> None:
    request.document["status"] = status
    request.document["updatedAt"] = stamp(at)
    market.touched("request", request.id)


def _decide_gesture(market: "Market", at: float, data: dict[str, Any]) -> None:
    """R47, R50, R51: granted, or rejected with its reason."""
    request = market.requests[data["request"]]
    if not request.open:
        return
    order = market.shelves[request.seller].orders[request.order]
    error = _objection(market, order, request)
    if error is None and data["outcome"] == "rejected":
        error = {"code": "RequestRejected", "message": "The gesture was rejected by the sales channel."}
    _close(market, request, "Rejected" if error else "Done", at)
    request.document["errors"] = [error] if error else []


def _objection(market: "Market", order: Order, request: Request) -> Document | None:
    mine = request.document
    others = [other for other in market.requests_of(order.seller, order.number, "gesture") if other is not request]
    for other in others:
        theirs = other.document
        earlier = other.private["moment"] <= request.private["moment"]
        if (
            earlier
            and theirs["status"] != "Rejected"
            and (theirs["reason"], theirs["amount"]) == (mine["reason"], mine["amount"])
        ):
            return {"code": "Duplicate", "message": "The same gesture was already requested for this order."}
    if order.status not in SHIPPED:
        return {"code": "OrderStatus", "message": f"The order is {order.status}."}
    done = sum(cents(other.document["amount"]) for other in others if other.document["status"] == "Done")
    if cents(mine["amount"]) > allowable(order, market.channels[order.channel], done):
        return {"code": "AmountTooHigh", "message": "The amount exceeds the allowable amount of the order."}
    return None


def _finish_import(market: "Market", at: float, data: dict[str, Any]) -> None:
    finish(market, market.requests[data["request"]], at)


def _show(market: "Market", at: float, data: dict[str, Any]) -> None:
    """A late update reaches the lists."""
    market.shelves[data["seller"]].show(_order(market, data))


def _deliver(market: "Market", at: float, data: dict[str, Any]) -> None:
    order = _order(market, data)
    if order.status == "Shipped":
        verbs.deliver(market, order, at)


def _serve_late(market: "Market", at: float, data: dict[str, Any]) -> None:
    """A call that was held up on its way arrives; nobody waits for its answer."""
    if market.serve_late is not None:
        market.serve_late(data)


HAPPEN: dict[str, Callable[["Market", float, dict[str, Any]], None]] = {
    "prepare": _prepare,
    "expire": _expire,
    "decide": _decide_cancellation,
    "gesture": _decide_gesture,
    "import": _finish_import,
    "show": _show,
    "deliver": _deliver,
    "live": life.beat,
    "call": _serve_late,
}

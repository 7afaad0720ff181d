"""What others do to an order: the warehouse, the customer, the carrier, a colleague with another tool, the platform."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sandbox import verbs
from sandbox.asked import Request
from sandbox.orders import FINAL, SHIPPED, Order
from sandbox.rules import Parcel
from sandbox.wording import Document, stamp

if TYPE_CHECKING:
    from sandbox.market import Market

ACTS = ("accept", "refuse", "ship", "warehouse-ship", "deliver", "cancel", "ask-cancellation", "touch")


def act(
    market: "Market",
    order: Order,
    what: str,
    *,
    lines: Sequence[str] = (),
    parcel: str = "",
    carrier: str = "",
    reason: str = "customer-withdrawal",
    at: float | None = None,
) -> Request | None:
    """Do one of `ACTS`; `ValueError` when the order's state does not allow it. Without `lines`: to all that it fits."""
    with market.lock:
        if what not in ACTS:
            raise ValueError(f"an act is one of {', '.join(ACTS)}")
        chosen = _chosen(order, what, lines)
        if not chosen:
            raise ValueError(f"order {order.number} ({order.status}) has no line for {what!r}")
        codes = [line["orderLineId"] for line in chosen]
        request = None
        with market.acting(_WHO.get(what, "elsewhere")):
            if what in ("accept", "refuse"):
                verbs.approve(market, order, "Accepted" if what == "accept" else "Refused", at)
            elif what in ("ship", "warehouse-ship"):
                drawn = market.author.parcel()
                url = None if parcel else drawn["trackingUrl"]
                one = Parcel(parcel or drawn["parcelNumber"], carrier or drawn["carrierName"], url, tuple(codes))
                verbs.ship(market, order, [one], at)
            elif what == "deliver":
                verbs.deliver(market, order, at)
            elif what == "cancel":
                verbs.cancel_now(market, order, codes, reason, at)
            elif what == "ask-cancellation":
                answers = [(reason, True)] * len(chosen)
                whole = len(chosen) == len(order.lines)
                request = verbs.ask_cancellation(market, order, chosen, answers, whole=whole, user="Customer", at=at)
            else:
                touch(market, order, at)
        return request


_WHO = {"warehouse-ship": "warehouse", "ask-cancellation": "customer", "cancel": "customer", "deliver": "warehouse"}


def _chosen(order: Order, what: str, lines: Sequence[str]) -> list[Document]:
    found = []
    for line in order.lines:
        if lines and line["orderLineId"] not in lines:
            continue
        reached, mode = order.reached(line), line["offer"]["supplyMode"]
        fits = {
            "accept": reached == "WaitingAcceptance",
            "refuse": reached == "WaitingAcceptance",
            "ship": reached == "InPreparation" and mode == "Seller",
            "warehouse-ship": reached == "InPreparation" and mode != "Seller",
            "deliver": reached == "Shipped",
            "cancel": reached not in FINAL,
            "ask-cancellation": line["status"] in ("Accepted", "InPreparation", *SHIPPED),
            "touch": True,
        }[what]
        if fits:
            found.append(line)
    return found


def touch(market: "Market", order: Order, at: float | None = None) -> None:
    """A change without meaning: the promise to the customer moves; the order shows up as updated."""
    with market.changing(order, at):
        when = market.clock.time() if at is None else at
        for line in order.lines[:1]:
            line["delivery"] = {
                **(line["delivery"] or {"mode": None, "promisedAtMin": None, "shippedAtMax": None}),
                "promisedAtMax": stamp(when + 259_200),
            }

"""What is refused, and why: each check raises a `Refusal` that names its rule (R1–R55 of the dossier)."""

import ipaddress
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from sandbox.channels import Channel, reasons
from sandbox.orders import SHIPPED, Order
from sandbox.refusal import conflict, inconsistent, invalid
from sandbox.wording import Document, cents

# The vendor's expression, rewritten to run in linear time (R28).
_TRACKING = re.compile(
    r"(https?|HTTPS?)://[0-9a-zA-Z]([-.\w]*[0-9a-zA-Z])?(:(0-9)*)*/?[a-zA-Z0-9\-.?,~'/\\+&%$#_=!]*", re.ASCII
)
_PRIVATE = (".local", ".localhost", ".internal", ".lan", ".home.arpa")


def approval(order: Order, channel: Channel) -> None:
    """R4: only where the channel asks for it, and only while the order waits."""
    if not channel.approval:
        raise conflict(
            "R4",
            "Orders of this sales channel are not approved by the seller.",
            "salesChannel",
            f"{channel.id} has no approval.",
        )
    if order.status != "WaitingAcceptance":
        raise conflict(
            "R4", "The order does not wait for acceptance.", "status", f"Cannot be approved from {order.status}."
        )


@dataclass(frozen=True, slots=True)
class Parcel:
    """One parcel to record, and the codes of the lines inside."""

    number: str
    carrier: str
    url: str | None
    lines: tuple[str, ...]


def shipment(order: Order, channel: Channel, body: Sequence[Document], *, strict_tracking: bool) -> list[Parcel]:
    """R22 to R31; the parcels with the lines each of them carries."""
    if order.status != "InPreparation":
        rule = "R23" if order.status in SHIPPED or order.status in ("Refused", "Cancelled") else "R22"
        raise conflict(
            rule,
            "The order cannot be shipped in its current status.",
            "status",
            f"Cannot switch to shipped status from {order.status}.",
        )
    if channel.one_parcel and len(body) > 1:
        raise inconsistent(
            "R26",
            "This sales channel accepts one parcel for the complete order.",
            "parcels",
            "Only one parcel is allowed.",
        )
    shippable = [line for line in order.lines if _shippable(order, line)]
    parcels = []
    for position, parcel in enumerate(body):
        if not parcel["carrierName"].strip():
            raise invalid("R30", f"[{position}].carrierName", "The carrier is missing.")
        if not parcel["parcelNumber"].strip():
            raise invalid("R22", f"[{position}].parcelNumber", "The parcel number is missing.")
        url = parcel.get("trackingUrl")
        if url is not None:
            _tracking(url, parcel["parcelNumber"], f"[{position}].trackingUrl", strict=strict_tracking)
        # U13: without the member the parcel covers all lines.
        codes = parcel.get("orderLineIds") or [line["orderLineId"] for line in shippable]
        for code in codes:
            _carried(order, code, f"[{position}].orderLineIds")
        parcels.append(
            Parcel(parcel["parcelNumber"].strip(), parcel["carrierName"].strip(), url, tuple(dict.fromkeys(codes)))
        )
    carried = [code for parcel in parcels for code in parcel.lines]
    if not carried:
        raise conflict(
            "R22", "No line of the order can be shipped.", "orderLineIds", "No line is in preparation at the seller."
        )
    if not channel.line_in_several_parcels and len(carried) != len(set(carried)):
        raise inconsistent(
            "R25",
            "On this sales channel a line goes into one parcel.",
            "parcels",
            "A line is named by several parcels.",
        )
    if channel.complete_order_only:
        # A line whose cancellation is pending may travel along (R31) and may stay behind.
        missing = [
            line["orderLineId"]
            for line in shippable
            if line["status"] == "InPreparation" and line["orderLineId"] not in carried
        ]
        if missing:
            rule = "R26" if channel.one_parcel else "R27"
            raise inconsistent(
                rule,
                "On this sales channel only a complete order is shipped.",
                "orderLineIds",
                f"Missing: {', '.join(missing)}.",
            )
    return parcels


def _shippable(order: Order, line: Document) -> bool:
    return line["offer"]["supplyMode"] == "Seller" and order.reached(line) == "InPreparation"


def _carried(order: Order, code: str, field: str) -> None:
    line = order.line(code)
    if line is None:
        raise invalid("R22", field, f"{code} is not a line of this order.")
    if line["offer"]["supplyMode"] != "Seller":
        raise conflict(
            "R22",
            "The platform's warehouse ships this line.",
            field,
            f"{code} has supply mode {line['offer']['supplyMode']}.",
        )
    if order.reached(line) != "InPreparation":
        raise conflict(
            "R22",
            "The line cannot be shipped in its current status.",
            field,
            f"Cannot switch to shipped status from {line['status']}.",
        )


def _tracking(url: str, number: str, field: str, *, strict: bool) -> None:
    if not _TRACKING.fullmatch(url):
        raise invalid("R28", field, "The tracking URL is not valid.")
    if not strict:
        return
    try:
        host = (urlsplit(url).hostname or "").lower()
    except ValueError:
        raise invalid("R28", field, "The tracking URL is not valid.") from None
    if not _public(host):
        raise invalid("R28", field, "The tracking URL is not public.")
    if number.strip() not in unquote(url):
        raise invalid("R28", field, "The tracking URL does not carry the parcel number.")


def _public(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith(_PRIVATE)


def whole_cancellation(order: Order, channel: Channel, reason: str, asked: Iterable[str]) -> list[Document]:
    """R33 to R35, R38, R40, R43; the lines to cancel. `asked`: codes with a request of the seller's, open or done."""
    _cancellable(order)
    if order.partly_cancelled:
        raise conflict(
            "R35",
            "A line of this order was already cancelled.",
            "orderSellerId",
            "Only the remaining lines can be cancelled.",
        )
    lines = [line for line in order.lines if order.reached(line) != "Cancelled"]
    if not lines:  # 4.1: what is cancelled is final, whatever the order still says
        raise conflict("R2", "Every line of this order is cancelled.", "orderSellerId", "Nothing is left to cancel.")
    asked = set(asked)
    for line in lines:
        _line_cancellable(order, line, asked, "orderSellerId")
        _reason(order, channel, line, reason, "reason")
    return lines


def partial_cancellation(
    order: Order, channel: Channel, body: Sequence[Document], asked: Iterable[str]
) -> list[Document]:
    """R33, R36 to R40, R43; the lines to cancel, in the order of the request."""
    if not channel.partial_cancellation:
        raise inconsistent(
            "R39", "This sales channel cancels complete orders only.", "lines", "Partial cancellation is not allowed."
        )
    _cancellable(order)
    asked = set(asked)
    lines = []
    for position, wanted in enumerate(body):
        field = f"lines[{position}]"
        line = order.line(wanted["lineId"])
        if line is None:
            raise invalid("R36", f"{field}.lineId", f"{wanted['lineId']} is not a line of this order.")
        if line["offer"]["id"] != wanted["offerId"]:
            raise invalid("R36", f"{field}.offerId", f"{wanted['offerId']} is not the offer of this line.")
        _line_cancellable(order, line, asked, f"{field}.lineId")
        _reason(order, channel, line, wanted["reason"], f"{field}.reason")
        asked.add(wanted["lineId"])
        lines.append(line)
    return lines


def _cancellable(order: Order) -> None:
    if order.status not in ("Accepted", "InPreparation", "Shipped", "Delivered"):
        raise conflict(
            "R43",
            "The order cannot be cancelled in its current status.",
            "status",
            f"Cannot be cancelled from {order.status}.",
        )


def _line_cancellable(order: Order, line: Document, asked: Iterable[str], field: str) -> None:
    code, reached = line["orderLineId"], order.reached(line)
    if code in asked:
        raise conflict(
            "R38",
            "A cancellation request already exists for this line.",
            field,
            f"{code} already has a cancellation request.",
        )
    if reached not in ("Accepted", "InPreparation", "Shipped", "Delivered"):
        raise conflict(
            "R38" if reached == "Cancelled" else "R43",
            "The line cannot be cancelled in its current status.",
            field,
            f"{code} is {reached}.",
        )
    if line["offer"]["supplyMode"] != "Seller" and reached not in SHIPPED:
        raise conflict(
            "R40", "The warehouse prepares this line; it can be cancelled once shipped.", field, f"{code} is {reached}."
        )


def _reason(order: Order, channel: Channel, line: Document, reason: str, field: str) -> None:
    if reason not in reasons(channel.id, "Seller", order.reached(line)):
        raise invalid("R33", field, "This reason is not available for this order.")


def gesture(order: Order, channel: Channel, reason: str, details: str | None) -> None:
    """R45, R46, R48, R49."""
    if reason == "Other" and not (details or "").strip():
        raise invalid("R49", "reasonDetails", "The details are required when the reason is Other.")
    if not channel.gestures:
        raise inconsistent(
            "R45", "This sales channel does not allow commercial gestures.", "orderId", "Gestures are not allowed."
        )
    gesture_state(order)
    if order.document["currencyCode"] != channel.currency:
        raise inconsistent(
            "R48",
            "The currency of the order is not the sales channel's.",
            "amount",
            f"Only {channel.currency} is authorised.",
        )


def gesture_state(order: Order) -> None:
    """R46: only what was shipped."""
    if order.status not in SHIPPED:
        raise conflict("R46", "A gesture needs a shipped order.", "status", f"No gesture from {order.status}.")


def allowable(order: Order, channel: Channel, granted: int) -> int:
    """R47, in cents: the channel's rate of what remains in the order, at most its fixed limit, less `granted`."""
    if not channel.gestures:
        return 0
    remaining = 0
    for line in order.lines:
        if line["status"] != "Cancelled":
            price = line["sellingPrice"]
            remaining += cents(price["unitSalesPrice"]) * line["quantity"] + cents(price["shippingCost"])
    by_rate = (remaining * channel.gesture_rate + 50) // 100  # half a cent up, as in the documented example
    return max(min(by_rate, channel.gesture_amount) - granted, 0)


def invoice(order: Order, channel: Channel) -> None:
    """R53, and the announcement: Cdiscount only, once the order was validated and fulfilled."""
    if not channel.invoices:
        raise inconsistent("E16", "This sales channel takes no invoices.", "files", "Invoices are not available.")
    if order.status not in SHIPPED:
        raise conflict("R53", "An invoice needs a fulfilled order.", "status", f"No invoice from {order.status}.")

"""An order as the market keeps it, and as it is sent: what is hidden, and the status its lines add up to."""

from dataclasses import dataclass, field
from typing import Any

from sandbox.wording import Document, dump, moment

# Table 4.1, from the least advanced on; an order shows the least advanced of its remaining lines.
PROGRESS = ("Processing", "WaitingAcceptance", "Accepted", "InPreparation", "Shipped", "Delivered")
FINAL = frozenset({"Refused", "Rejected", "Cancelled"})
STATUSES = (*PROGRESS, "Refused", "Rejected", "Cancelled")
SHIPPED = frozenset({"Shipped", "Delivered"})
MODES = ("Seller", "Fulfillment", "Xdock")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One version of an order: its JSON text, and what lists filter and sort by."""

    number: str
    seller: str
    serial: int
    text: bytes
    status: str
    channel: str
    reference: str | None
    business: bool
    modes: frozenset[str]
    countries: frozenset[str]
    created: float
    updated: float
    ship_by: float | None


@dataclass(slots=True)
class Order:
    """The truth about one order; `document` holds everything, addresses included that sellers may not see yet."""

    document: Document
    serial: int = 0
    shy: bool = True  # R17: no delivery address before InPreparation
    before: dict[str, str] = field(default_factory=dict)  # what a CancelRequest line was before
    partly_cancelled: bool = False  # R35
    snapshot: Snapshot | None = None  # the newest version
    listed: Snapshot | None = None  # the version that lists show; older while an update is late

    @property
    def number(self) -> str:
        return str(self.document["orderId"])

    @property
    def seller(self) -> str:
        return str(self.document["seller"]["id"])

    @property
    def channel(self) -> str:
        return str(self.document["salesChannel"]["id"])

    @property
    def status(self) -> str:
        return str(self.document["status"])

    @property
    def lines(self) -> list[Document]:
        lines: list[Document] = self.document["lines"]
        return lines

    def line(self, code: str) -> Document | None:
        return next((line for line in self.lines if line["orderLineId"] == code), None)

    def reached(self, line: Document) -> str:
        """The status a line has in truth: one whose cancellation is pending counts with the status it had (4.1)."""
        status = str(line["status"])
        return self.before.get(line["orderLineId"], "InPreparation") if status == "CancelRequest" else status

    def add_up(self) -> str:
        """The order's status from those of its lines (4.1, SIM)."""
        reached = [self.reached(line) for line in self.lines]
        remaining = [status for status in reached if status != "Cancelled"]
        if not remaining:
            return "Cancelled"
        for status in ("Refused", "Rejected"):
            if status in remaining:
                return status
        return min(remaining, key=PROGRESS.index)

    def in_time(self) -> bool | None:
        """Whether it was shipped by its deadline; None where it was not, or has none."""
        gone = [event["createdAt"] for event in self.document["statusEvents"] or [] if event["status"] == "Shipped"]
        ship_by = self.document.get("shippedAtMax")
        return moment(gone[0]) <= moment(ship_by) if gone and ship_by else None

    def published(self) -> Document:
        """What the seller reads now: the delivery address is left out where it is hidden (R16, R17)."""
        lines = []
        for line in self.lines:
            if line.get("shippingAddress") is not None and self._hides_address(line):
                line = {**line, "shippingAddress": None}
            lines.append(line)
        return {**self.document, "lines": lines}

    def _hides_address(self, line: Document) -> bool:
        reached = self.reached(line)
        if reached in SHIPPED:
            return False
        if line["offer"]["supplyMode"] != "Seller":  # R16; Xdock behaves alike (U28)
            return True
        return self.shy and reached in ("Processing", "WaitingAcceptance", "Accepted")

    def photograph(self) -> Snapshot:
        document = self.published()
        ship_by = document.get("shippedAtMax")
        self.snapshot = Snapshot(
            number=self.number,
            seller=self.seller,
            serial=self.serial,
            text=dump(document),
            status=self.status,
            channel=self.channel,
            reference=document.get("reference"),
            business=bool(document.get("businessOrder")),
            modes=frozenset(line["offer"]["supplyMode"] for line in self.lines),
            countries=frozenset(
                line["shippingAddress"]["countryCode"].upper()
                for line in self.lines
                if line.get("shippingAddress") and line["shippingAddress"].get("countryCode")
            ),
            created=moment(document["createdAt"]),
            updated=moment(document["updatedAt"]),
            ship_by=moment(ship_by) if ship_by else None,
        )
        return self.snapshot

    def saved(self) -> dict[str, Any]:
        return {
            "document": self.document,
            "serial": self.serial,
            "shy": self.shy,
            "before": self.before,
            "partly_cancelled": self.partly_cancelled,
        }

"""The words of the lifecycle: statuses, supply modes, verbs, and how sure a statement about the marketplace is."""

from enum import StrEnum
from typing import Final


class Verb(StrEnum):
    """What a seller may ask of the marketplace."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    SHIP = "ship"
    CANCEL = "cancel"
    GESTURE = "gesture"
    INVOICE = "invoice"


class Status(StrEnum):
    """The known statuses of an order and of a line; another one may come and stands as it came."""

    PROCESSING = "Processing"
    WAITING_ACCEPTANCE = "WaitingAcceptance"
    ACCEPTED = "Accepted"
    REFUSED = "Refused"
    IN_PREPARATION = "InPreparation"
    SHIPPED = "Shipped"
    DELIVERED = "Delivered"
    CANCELLED = "Cancelled"
    REJECTED = "Rejected"
    CANCEL_REQUEST = "CancelRequest"  # of a line alone


class Mode(StrEnum):
    """Who sends a line: the seller, the marketplace's warehouse, or a partner through it."""

    SELLER = "Seller"
    FULFILLMENT = "Fulfillment"
    XDOCK = "Xdock"


class Certainty(StrEnum):
    """How sure a statement about the marketplace is, the surest first."""

    DOCUMENTED = "documented"
    MEASURED = "measured"
    CLIENTS = "clients"
    INFERRED = "inferred"
    SIMULATOR = "simulator"


class Known(StrEnum):
    """How we know what a channel can do."""

    DOCUMENTED = "documented"
    OBSERVED = "observed"
    UNKNOWN = "unknown"


class Ability(StrEnum):
    """What one sales channel can do and another cannot."""

    APPROVAL = "approval"  # orders may wait for the seller's acceptance
    SEVERAL_PARCELS = "several parcels"  # one order in several parcels
    SINGLE_LINES = "single lines"  # lines shipped one by one, the order staying in preparation
    LINE_IN_PARCELS = "line in parcels"  # one line in several parcels
    LINE_CANCELLATION = "line cancellation"
    GESTURES = "gestures"
    INVOICES = "invoices"


ORDER_STATUSES: Final = tuple(status for status in Status if status is not Status.CANCEL_REQUEST)
LINE_STATUSES: Final = tuple(Status)
FINAL_STATUSES: Final = frozenset({Status.REFUSED, Status.REJECTED, Status.CANCELLED})


def N_(message: str) -> str:
    """Marks a text for translation where it is written; it is translated where it is shown."""
    return message

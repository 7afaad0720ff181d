"""How a status is said: its word, its shape and its colour. Knows no rule; a word never seen is shown as it came."""

from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

Shape = Literal["hollow", "dot", "half", "tick", "bar", "cross", "ring"]
Tone = Literal["neutral", "info", "ok", "warn", "danger"]


@dataclass(frozen=True)
class Word:
    """`tone` chooses the colour; it never stands alone: the shape and the word say the same."""

    label: str | Promise
    shape: Shape
    tone: Tone


ORDER: dict[str, Word] = {  # what the marketplace says of an order or of a line
    "Processing": Word(_("Being checked"), "hollow", "neutral"),
    "WaitingAcceptance": Word(_("To approve"), "dot", "warn"),
    "Accepted": Word(_("Accepted, last checks"), "half", "info"),
    "InPreparation": Word(_("To ship"), "dot", "info"),
    "PartlyShipped": Word(_("Partly shipped"), "half", "ok"),  # ours, derived from the lines
    "Shipped": Word(_("Shipped"), "dot", "ok"),
    "Delivered": Word(_("Delivered"), "tick", "ok"),
    "Cancelled": Word(_("Cancelled"), "bar", "neutral"),
    "Refused": Word(_("Refused by us"), "bar", "neutral"),
    "Rejected": Word(_("Rejected by the marketplace"), "bar", "neutral"),
    "CancelRequest": Word(_("Cancellation asked"), "dot", "warn"),
}
REQUEST: dict[str, Word] = {  # what became of what we asked
    "PROPOSED": Word(_("To be confirmed by a colleague"), "hollow", "warn"),
    "READY": Word(_("Waiting to be sent"), "hollow", "info"),
    "PREPARING": Word(_("Being sent"), "half", "info"),
    "SENDING": Word(_("Being sent"), "half", "info"),
    "TAKEN": Word(_("Taken, not visible yet"), "dot", "info"),
    "CONFIRMED": Word(_("Confirmed"), "tick", "ok"),
    "REFUSED": Word(pgettext_lazy("our request", "Refused"), "cross", "danger"),
    "WITHDRAWN": Word(_("Taken back, nothing was sent"), "bar", "neutral"),
    "UNKNOWN": Word(_("No clear answer, being checked"), "ring", "warn"),
    "ATTENTION": Word(_("To be checked"), "ring", "danger"),
    "CLOSED_DONE": Word(_("Closed: was done"), "tick", "neutral"),
    "CLOSED_NOT_DONE": Word(_("Closed: was not done"), "bar", "neutral"),
}
DECISION: dict[str, Word] = {  # what the marketplace decided on a cancellation or a gesture
    "InProgress": Word(_("Being decided"), "half", "info"),
    "Done": Word(pgettext_lazy("decision of the marketplace", "Done"), "tick", "ok"),
    "Rejected": Word(_("Rejected by the marketplace"), "cross", "danger"),
}
KINDS = {"order": ORDER, "request": REQUEST, "decision": DECISION}


def word(status: str, kind: str = "") -> Word:
    """The word of a status in one kind, or in the first that knows it; "unknown (Word)" for any other."""
    for table in [KINDS[kind]] if kind else KINDS.values():
        if status in table:
            return table[status]
    return Word(gettext("unknown (%(word)s)") % {"word": status}, "hollow", "neutral")


def statuses() -> list[tuple[str, str]]:
    """The order's statuses in the order of its life, for filters: (word of the marketplace, our word)."""
    return [(status, str(known.label)) for status, known in ORDER.items() if status != "CancelRequest"]

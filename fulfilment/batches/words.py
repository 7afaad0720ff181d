"""A batch in words: why an order is looked at or left, what became of it, and the sentences with their numbers."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from fulfilment import doubts
from fulfilment.models import Command
from fulfilment.words import VERBS
from octopia.contract.vocabulary import Verb
from orders.lifecycle import Verdict

RULE, CHANGED, OCCUPIED, ADDRESSES, KEPT = "rule", "changed", "occupied", "addresses", "kept"
ASKED_BACK = "asked back"
STALE, REFUSED, NOT_POSSIBLE, NOT_CHOSEN, LEFT_OUT = "stale", "refused", "not possible", "not chosen", "left out"
NO_NUMBER, NO_FILE, TAKEN_BACK, NO_RIGHT, USED = "no number", "no file", "taken back", "no right", "used"
FAULT = "fault"

WHY: dict[str, Promise] = {
    CHANGED: _("It changed after it was chosen."),
    **doubts.SENTENCES,
    ASKED_BACK: _("The cancellation of a line was asked for: open it, and say whether that line goes along."),
    ADDRESSES: _("Its lines go to different addresses: it needs more than one parcel. Open it."),
    KEPT: _("It is kept back: its page says by whom and why."),
}
TROUBLES: dict[str, Promise] = {
    STALE: _("The order changed after the preview."),
    NOT_POSSIBLE: _("Not possible here."),
    NOT_CHOSEN: _("To be looked at first; it was not sent off."),
    LEFT_OUT: _("Left out by hand."),
    NO_NUMBER: _("It has no tracking number."),
    NO_FILE: _("Its file is not kept any more: choose it again."),
    USED: _("Its tracking number is on another order since the preview: compare it with the label."),
    TAKEN_BACK: _("Taken back, nothing was sent."),
    NO_RIGHT: _("Who sent the batch off may not do this any more."),
    FAULT: _("It could not be asked for: an error of ours, which the log tells. Nothing was sent; the others went on."),
}
EXPECTED = frozenset({NOT_POSSIBLE, NOT_CHOSEN, LEFT_OUT, NO_NUMBER, TAKEN_BACK})  # a person has seen or wished these


def holder(command: Command) -> dict[str, Any]:
    """What an item keeps of the command that is in its way."""
    return {"kind": command.kind, "by": command.author_name, "command": command.pk}


def why(word: str, kept: Mapping[str, Any] | None) -> str:
    """Why an order is in its group, or was not put, as a sentence; "" where nothing needs saying."""
    if word == OCCUPIED and kept:
        said = {"request": VERBS[kept["kind"]], "person": kept["by"]}
        if kept["by"]:
            return gettext("%(request)s by %(person)s is under way for this order.") % said
        return gettext("%(request)s is under way for this order.") % said
    if word in (RULE, REFUSED, "") and kept and "answer" in kept:
        return Verdict.from_json(kept).words if word else ""
    known = WHY.get(word) or TROUBLES.get(word)
    return str(known) if known else ""


def change(word: str, kept: Mapping[str, Any] | None) -> str:
    """What would have to happen for another answer, where a rule says it."""
    return Verdict.from_json(kept).change if word == RULE and kept else ""


def title(kind: str, count: int) -> str:
    """What a batch is: "Accept 300 orders"."""
    said = {
        Verb.ACCEPT: ngettext("Accept %(count)s order", "Accept %(count)s orders", count),
        Verb.SHIP: ngettext("Ship %(count)s order", "Ship %(count)s orders", count),
        Verb.INVOICE: ngettext("Attach %(count)s invoice", "Attach %(count)s invoices", count),
    }
    return said[Verb(kind)] % {"count": count}


def with_looks(kind: str, count: int) -> str:
    """The button that sends everything off, what is to be looked at included."""
    said = {
        Verb.ACCEPT: ngettext(
            "Accept %(count)s doubtful order", "Accept all %(count)s orders, doubtful ones too", count
        ),
        Verb.SHIP: ngettext("Ship %(count)s doubtful order", "Ship all %(count)s orders, doubtful ones too", count),
    }
    return said[Verb(kind)] % {"count": count}


def happens(kind: str) -> str:
    """What sending it off does to each order."""
    said = {
        Verb.ACCEPT: gettext(
            "Each is accepted by a request of its own. It is to be shipped only when the marketplace says so."
        ),
        Verb.SHIP: gettext("Each is declared as shipped in one parcel. A declared shipment cannot be taken back."),
    }
    return said[Verb(kind)]

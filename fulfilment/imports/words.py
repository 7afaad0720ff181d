"""The verdicts about the rows of a file, in words: how they are counted, and the sentence beside one row."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fulfilment import carriers
from fulfilment.batches import words as batch_words
from fulfilment.imports.rows import Checked
from orders.lifecycle import Verdict

SENDABLE, LOOK = "sendable", "look"
REPEATED, SAME, OTHER = "repeated", "same", "other"
UNKNOWN, FOREIGN, NOT_OURS, RULE, ASKED, BUSY = "unknown", "foreign", "not-ours", "rule", "asked", "busy"
NO_ORDER, NO_NUMBER, NO_CARRIER, DAMAGED, LONG = "no-order", "no-number", "no-carrier", "damaged", "long"
TWICE, USED, TOO_MANY, WHICH, ADDRESSES, SKU = "twice", "used", "too-many", "which", "addresses", "sku"
PARTNER, BEYOND, KEPT = "partner", "beyond", "kept"

VERDICTS: dict[str, Promise] = {  # in the sequence in which they are counted
    SENDABLE: gettext_lazy("can be sent"),
    LOOK: gettext_lazy("look first"),
    REPEATED: gettext_lazy("repeated in the file, counted once"),
    SAME: gettext_lazy("already shipped with this number"),
    OTHER: gettext_lazy("already shipped with another number"),
    ASKED: gettext_lazy("already asked for with this number"),
    BUSY: gettext_lazy("another request is under way"),
    KEPT: gettext_lazy("kept back in the warehouse"),
    UNKNOWN: gettext_lazy("unknown order"),
    FOREIGN: gettext_lazy("order of another account"),
    NOT_OURS: gettext_lazy("not shipped by us"),
    RULE: gettext_lazy("cannot be shipped now"),
    DAMAGED: gettext_lazy("number damaged by a spreadsheet"),
    LONG: gettext_lazy("not a tracking number"),
    NO_ORDER: gettext_lazy("no order number"),
    NO_NUMBER: gettext_lazy("tracking number missing"),
    NO_CARRIER: gettext_lazy("carrier not known"),
    TWICE: gettext_lazy("one number for several orders"),
    USED: gettext_lazy("number of another open order"),
    TOO_MANY: gettext_lazy("too many parcels"),
    WHICH: gettext_lazy("which line is in which parcel?"),
    ADDRESSES: gettext_lazy("several addresses"),
    SKU: gettext_lazy("unknown SKU"),
    PARTNER: gettext_lazy("another row of the order is wrong"),
    BEYOND: gettext_lazy("beyond 1,000 orders"),
}
TONES = {SENDABLE: "ok", LOOK: "warn", REPEATED: "neutral", SAME: "neutral", ASKED: "neutral"}  # the others: danger


def label(verdict: str) -> str:
    return str(VERDICTS.get(verdict, verdict))


def tone(verdict: str) -> str:
    return TONES.get(verdict, "danger")


def sentence(row: Checked) -> str:
    """What a person should know of this row beyond the verdict's words; "" where they say all."""
    about = row.about
    said = {
        SAME: _("Nothing is left to do."),
        ASKED: _("Nothing is left to do."),
        UNKNOWN: _("No order here has this number. Is it a file of another shop, or too new to be known here?"),
        NOT_OURS: _("The marketplace ships it."),
        DAMAGED: _("Export the file again with this column as text: %(number)s cannot be put right.")
        % {"number": _damaged(row)},
        LONG: _("A tracking number has letters, digits and at most 100 signs."),
        NO_CARRIER: _("Choose the carrier in step 2."),
        TOO_MANY: _("The channel takes one parcel for the order, and the file names several."),
        WHICH: _("The file has several parcels and does not say which line is in which: open the order."),
        ADDRESSES: batch_words.why(batch_words.ADDRESSES, None),
        SKU: _("The order has no line of this SKU that can be shipped."),
        KEPT: batch_words.why(batch_words.KEPT, None),
        PARTNER: _("All rows of one order are sent together, or none."),
        BEYOND: _("At most 1,000 orders are sent at once: put this row into another file."),
    }
    return said.get(row.verdict) or _told(row, about)


def _told(row: Checked, about: Any) -> str:
    if row.verdict == OTHER:
        return _("Shipped with %(number)s.") % {"number": about or "–"}
    if row.verdict == FOREIGN:
        return _("It belongs to %(account)s: choose that account for this file.") % {"account": about}
    if row.verdict == TWICE:
        return _("It stands beside the orders %(orders)s too.") % {"orders": about}
    if row.verdict == USED:
        return _("It is on %(order)s, which is still open. Open the order if both go in one parcel.") % {"order": about}
    if row.verdict == BUSY:
        return batch_words.why(batch_words.OCCUPIED, about)
    if row.verdict == RULE:
        return Verdict.from_json(about).words
    if row.verdict == LOOK:
        return _looked(row, about)
    return ""


def _looked(row: Checked, about: Any) -> str:
    if isinstance(about, dict):
        return Verdict.from_json(about).words
    if about == "form":
        return carriers.check(row.number, row.carrier).words
    if about == "cancel":
        return _("The customer asked to cancel a line of it.")
    if about == "zero":
        return _("It ends as a spreadsheet ends a number that it rounded: compare it with the label.")
    return batch_words.why(str(about), None)


def _damaged(row: Checked) -> str:
    return row.about if row.about else row.number

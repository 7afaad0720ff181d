"""What the lists and their filters are called. Statuses have their words in `backoffice.wording`."""

from datetime import datetime

from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from backoffice import shop, typography
from orders.queries import CAP

LOOKED_AT = {  # by the names of their URLs, for the log of who looked
    "orders:detail": _("Order's page"),
    "orders:quarantine": _("Record that was set aside"),
}
VIEWS = {
    "to-ship": _("To ship"),
    "late": _("Late"),
    "to-approve": _("To approve"),
    "shipped-today": _("Shipped today"),
    "": _("All"),
}
OUTCOMES = {
    "kept": _("Not cancelled, refused or rejected"),
    "on-time": _("Shipped in time"),
    "shipped-late": _("Shipped late"),
    "no-deadline": _("Shipped, no deadline known"),
    "untimed": _("Shipped, no time known"),
}
DEADLINES = {
    "late": _("Late"),
    "at-risk": _("Must leave with the next parcels"),
    "today": _("Today"),
    "tomorrow": _("Tomorrow"),
    "later": _("Later"),
    "none": _("Without deadline"),
}
PLACED = {
    "today": _("Today"),
    "yesterday": _("Yesterday"),
    "7": _("Last 7 days"),
    "30": _("Last 30 days"),
    "90": _("Last 90 days"),
}
MODES = {
    "Seller": _("Us"),
    "Fulfillment": _("The marketplace's warehouse"),
    "Xdock": _("Us, through the marketplace (Xdock)"),
}
SHIPPERS = {
    "Seller": _("shipped by us"),
    "Fulfillment": _("shipped by the marketplace's warehouse"),
    "Xdock": _("shipped by us through the marketplace (Xdock)"),
}
WALKS = {
    "live": _("Latest changes:"),
    "nightly": _("Nightly walk:"),
    "backfill": _("Older orders:"),
    "gestures": _("Gestures:"),
}
WHY = {
    "person": _("asked by a person"),
    "look-up": _("looked up by number"),
    "quarantine": _("was set aside"),
    "hash": _("same time, other content"),
    "audit": _("counts differ"),
    "gap": _("to close a gap"),
}
LANES = {
    "command": _("Commands"),
    "unknown": _("Unclear outcomes"),
    "single": _("Single orders"),
    "sync": _("Latest changes"),
    "backfill": _("Older orders"),
    "reserve": _("Reserve"),
}
EMPTY = {
    "to-ship": _("Nothing left to ship."),
    "late": _("Nothing is late."),
    "to-approve": _("Nothing to approve."),
    "shipped-today": _("Nothing was shipped today yet."),
    "": _("No order here yet."),
}

VERBS = {  # what is asked, as a button says it
    "accept": _("Accept"),
    "refuse": _("Refuse"),
    "ship": _("Ship"),
    "cancel": _("Cancel"),
    "gesture": _("Give a gesture"),
    "invoice": _("Attach an invoice"),
}
GESTURE_REASONS = {  # the documented codes; more exist, whose names are unknown (documented in words)
    "MissingProduct": _("Missing product"),
    "ShippingFees": _("Delivery costs"),
    "Other": pgettext_lazy("reason of a gesture", "Other"),
}
ABILITIES = {
    "approval": _("Orders wait for acceptance"),
    "several parcels": _("One order in several parcels"),
    "single lines": _("Lines shipped one by one"),
    "line in parcels": _("One line in several parcels"),
    "line cancellation": _("Single lines cancelled"),
    "gestures": _("Commercial gestures"),
    "invoices": _("Invoices"),
}
KNOWN = {"documented": _("documented"), "observed": _("observed"), "unknown": _("unknown")}
ANSWERS = {
    "REFUSED": _("impossible"),
    "UNKNOWN": _("not offered"),
    "DOUBTFUL": _("doubtful"),
    "ALLOWED": _("possible"),
}


def yes_or_no(value: bool | None) -> str:
    return gettext("not known") if value is None else gettext("yes") if value else gettext("no")


def day(at: datetime) -> str:
    """A day as it is named in a sentence, in the shop's zone."""
    return typography.day(at, shop.zone(), timezone.now())


def capped(count: int) -> str:
    """A count as shown: exact up to a thousand, then "1,000+"."""
    return f"{grouped(CAP)}+" if count > CAP else grouped(count)


def grouped(count: int) -> str:
    """A count with its thousands parted as the page's language does."""
    return str(number_format(count, use_l10n=True, force_grouping=True))

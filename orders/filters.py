"""What a list's address asks for: its filters read tolerantly, told when they make no sense, and written again.

The address is the state: two lists with the same filters have the same address, letter for letter.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders import numbers
from orders.columns import COLUMNS

VIEWS = ("to-ship", "late", "to-approve", "shipped-today")  # beside "all", which is no filter
DEADLINES = ("late", "at-risk", "today", "tomorrow", "later", "none")
PLACED = {"today": 0, "yesterday": 1, "7": 6, "30": 29, "90": 89}  # days before today that a period begins
MODES = ("Seller", "Fulfillment", "Xdock")
BY = ("shipped", "cancelled", "declared")  # the day a period is about, beside that of the order itself
OUTCOMES = ("kept", "on-time", "shipped-late", "no-deadline", "untimed")
SORTS = ("placed", "-placed", "deadline", "-deadline")
ORDER = (
    "view", "account", "status", "channel", "mode", "deadline", "by", "placed", "from", "to", "outcome", "reason",
    "currency", "min", "max", "batch", "customer", "q", "pasted", "sort", "sum", "columns",
)  # fmt: skip
PAGING = ("after", "before", "since")
WIDEST = Decimal("9999999999")  # numeric(14,4)
CENT = Decimal("0.01")
LONGEST = 2000  # signs of a search
REASON = 100  # of the marketplace's word for one
LABELS = {
    "view": gettext_lazy("View"),
    "account": gettext_lazy("Account"),
    "status": gettext_lazy("Status"),
    "channel": gettext_lazy("Channel"),
    "mode": gettext_lazy("Shipped by"),
    "deadline": gettext_lazy("Deadline"),
    "placed": gettext_lazy("Placed"),
    "shipped": gettext_lazy("Shipped by us"),
    "cancelled": gettext_lazy("Cancelled by us"),
    "declared": gettext_lazy("Declared here"),
    "by": gettext_lazy("Which day"),
    "outcome": gettext_lazy("Outcome"),
    "reason": gettext_lazy("Reason"),
    "currency": gettext_lazy("Currency"),
    "sum": gettext_lazy("Sum"),
    "amount": gettext_lazy("Amount"),
    "batch": gettext_lazy("Bulk request"),
    "customer": gettext_lazy("Customer of order"),
    "q": gettext_lazy("Search"),
    "pasted": gettext_lazy("Pasted numbers"),
    "sort": gettext_lazy("Order of the rows"),
    "columns": gettext_lazy("Columns"),
}


@dataclass(frozen=True)
class Filters:
    """The filters of one list; empty members exclude nothing. Days are the shop's, `ends` included.

    `by`: what the period is about: "" the order's own day, shipped (by us), cancelled (by us; `reason` is that of
    such a request), declared (as shipped, by a person here). `add_up`: the list says exactly how many rows it has,
    and their sums. `customer`: the number of an order whose customer's orders are meant. `columns`: those of this
    list, in the alphabet's order; none: those that whoever looks chose.
    """

    view: str = ""
    account: str = ""
    status: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    mode: tuple[str, ...] = ()
    deadline: str = ""
    by: str = ""
    placed: str = ""
    begins: date | None = None
    ends: date | None = None
    outcome: str = ""
    reason: str = ""
    currency: str = ""
    least: Decimal | None = None
    most: Decimal | None = None
    batch: str = ""  # a set of orders that is kept elsewhere (`ports.SETS`), by its number
    customer: str = ""
    text: str = ""
    pasted: str = ""
    sort: str = ""
    add_up: bool = False
    columns: tuple[str, ...] = ()

    def active(self) -> list[str]:
        """The names of the filters that exclude something, in the order of the page."""
        present = {
            "view": self.view, "account": self.account, "status": self.status, "channel": self.channel,
            "mode": self.mode, "deadline": self.deadline,
            "placed": self.by or self.placed or self.begins or self.ends,
            "outcome": self.outcome, "reason": self.reason, "currency": self.currency,
            "amount": self.least is not None or self.most is not None, "batch": self.batch,
            "customer": self.customer, "q": self.text, "pasted": self.pasted,
        }  # fmt: skip
        return [name for name, value in present.items() if value]

    def walks(self) -> bool:
        """Whether rows must be looked at one by one because no index serves a filter: then the time is bounded."""
        looked_at = (
            self.channel,
            self.mode,
            self.deadline,
            self.by,
            self.outcome,
            self.reason,
            self.currency,
            self.batch,
        )
        return any(looked_at) or self.least is not None or self.most is not None or self.add_up

    def without(self, name: str) -> "Filters":
        """The same filters but for one, named as `active` names it."""
        blank = Filters()
        members = {"placed": ("by", "placed", "begins", "ends"), "amount": ("least", "most"), "q": ("text",)}
        return replace(self, **{member: getattr(blank, member) for member in members.get(name, (name,))})

    def period(self, today: date) -> tuple[date | None, date | None]:
        """First and last shop day of the orders wanted; None where that side is open."""
        if self.placed == "yesterday":
            return today - timedelta(days=1), today - timedelta(days=1)
        if self.placed:
            return today - timedelta(days=PLACED[self.placed]), None
        return self.begins, self.ends


@dataclass(frozen=True)
class Asked:
    """What an address asked for: its filters, where to page on from, and what of it made no sense, in sentences."""

    filters: Filters
    after: str = ""
    before: str = ""
    complaints: list[str] = field(default_factory=list)


def read(
    query: QueryDict,
    *,
    accounts: Iterable[str],
    statuses: Iterable[str],
    channels: Iterable[str],
    prices: bool,
) -> Asked:
    """The address' wishes. Whatever is unknown, absurd or not for this person is left out and complained about.

    `accounts`, `statuses` and `channels` are the words that exist in the person's scope; `prices` is whether amounts
    may be seen, and therefore filtered by.
    """
    complaints: list[str] = []
    known = {
        "view": ({*VIEWS, "all"}, False), "account": (set(accounts), False), "status": (set(statuses), True),
        "channel": (set(channels), True), "mode": (set(MODES), True), "deadline": (set(DEADLINES), False),
        "by": (set(BY), False), "placed": (set(PLACED), False), "outcome": (set(OUTCOMES), False),
        "sort": (set(SORTS), False), "sum": ({"1"}, False), "columns": (set(COLUMNS), True),
    }  # fmt: skip
    values: dict[str, Any] = {}
    for name, (words, several) in known.items():
        given = [value for value in dict.fromkeys(query.getlist(name)) if value]
        kept = [value for value in given if value in words]
        complaints += [
            _("%(filter)s: “%(value)s” is not known and was ignored.") % {"filter": LABELS[name], "value": shown(value)}
            for value in given
            if value not in words
        ]
        values[name] = tuple(sorted(kept)) if several else (kept[0] if kept else "")
    if values["view"] == "all":
        values["view"] = ""
    values["begins"], values["ends"] = _days(query, complaints)
    if values["placed"]:
        values["begins"] = values["ends"] = None
    values["add_up"] = bool(values.pop("sum"))
    values["batch"] = _number(query, "batch", complaints)
    values["customer"] = query.get("customer", "").strip()[: numbers.LONGEST].replace("\0", "")
    values["currency"] = _currency(query, complaints)
    values["reason"] = shown(query.get("reason", "").strip()[:REASON], REASON)
    values["least"], values["most"] = _amounts(query, complaints, prices)
    values["text"] = _text(query.get("q", ""), complaints)
    values["pasted"] = "".join(sign for sign in query.get("pasted", "") if sign.isalnum())[:32]
    complaints += [
        _("“%(name)s” is no filter of this page and was ignored.") % {"name": shown(name)}
        for name in query
        if name not in ORDER and name not in PAGING
    ]
    return Asked(
        filters=Filters(**values),
        after=query.get("after", "")[:200],
        before=query.get("before", "")[:200],
        complaints=complaints[:8],
    )


def address(filters: Filters, **more: str) -> str:
    """The query string of these filters, "?" included: always the same for the same filters; "" for none."""
    values = pairs(filters)
    written = [(name, values[name]) for name in ORDER if values[name]]
    query = urlencode([*written, *((name, value) for name, value in more.items() if value)], doseq=True)
    return f"?{query}" if query else ""


def pairs(filters: Filters) -> dict[str, Any]:
    """The filters as an address writes them, by name; empty for those that exclude nothing."""
    return {
        "view": filters.view, "account": filters.account, "status": filters.status, "channel": filters.channel,
        "mode": filters.mode, "deadline": filters.deadline, "by": filters.by, "placed": filters.placed,
        "outcome": filters.outcome, "reason": filters.reason, "currency": filters.currency,
        "from": filters.begins and filters.begins.isoformat(), "to": filters.ends and filters.ends.isoformat(),
        "min": _plain(filters.least), "max": _plain(filters.most), "batch": filters.batch,
        "customer": filters.customer, "q": filters.text, "pasted": filters.pasted,
        "sort": filters.sort, "sum": "1" if filters.add_up else "", "columns": filters.columns,
    }  # fmt: skip


def shown(value: str, signs: int = 40) -> str:
    """A stranger's word, short and printable, to be quoted in a sentence."""
    return "".join(sign if sign.isprintable() else "·" for sign in value[:signs]) + ("…" if len(value) > signs else "")


def _number(query: QueryDict, name: str, complaints: list[str]) -> str:
    value = query.get(name, "").strip()
    if not value or (len(value) < 19 and value.isascii() and value.isdigit()):
        return value.lstrip("0")
    said = {"filter": LABELS[name], "value": shown(value)}
    complaints.append(_("%(filter)s: “%(value)s” is not known and was ignored.") % said)
    return ""


def _currency(query: QueryDict, complaints: list[str]) -> str:
    value = query.get("currency", "").strip()
    if not value or (len(value) <= 8 and value.isascii() and value.isalpha() and value.isupper()):
        return value
    complaints.append(
        _("%(filter)s: “%(value)s” is not known and was ignored.")
        % {"filter": LABELS["currency"], "value": shown(value)}
    )
    return ""


def _text(value: str, complaints: list[str]) -> str:
    text = " ".join("".join(sign if sign.isprintable() else " " for sign in value).split())
    if len(text) > LONGEST:
        complaints.append(_("The search is longer than %(limit)s signs and was cut.") % {"limit": LONGEST})
    return text[:LONGEST].strip()


def _days(query: QueryDict, complaints: list[str]) -> tuple[date | None, date | None]:
    days: list[date | None] = []
    for name in ("from", "to"):
        value = query.get(name, "").strip()
        try:
            day = date.fromisoformat(value) if value else None
        except ValueError:
            day = None
            complaints.append(
                _("Placed: “%(value)s” is no day and was ignored. A day looks like 2026-11-24.")
                % {"value": shown(value)}
            )
        if day and not 2000 <= day.year <= 2100:
            complaints.append(_("Placed: %(day)s is out of range and was ignored.") % {"day": day.isoformat()})
            day = None
        days.append(day)
    if days[0] and days[1] and days[0] > days[1]:
        complaints.append(_("Placed: the period ends before it begins; its days were exchanged."))
        days.reverse()
    return days[0], days[1]


def _amounts(query: QueryDict, complaints: list[str], prices: bool) -> tuple[Decimal | None, Decimal | None]:
    amounts: list[Decimal | None] = []
    for name in ("min", "max"):
        value = query.get(name, "").strip()
        if value and not prices:
            complaints.append(_("Amount: your role does not see amounts, so this filter was ignored."))
            return None, None
        try:
            amount = Decimal("".join(value.removesuffix("€").split()).replace(",", ".")) if value else None
        except InvalidOperation:
            amount = Decimal("NaN")
        if amount is not None and not (amount.is_finite() and abs(amount) <= WIDEST):
            complaints.append(
                _("Amount: “%(value)s” is no amount and was ignored. An amount looks like 49.90.")
                % {"value": shown(value)}
            )
            amount = None
        amounts.append(None if amount is None else amount.quantize(CENT))
    if amounts[0] is not None and amounts[1] is not None and amounts[0] > amounts[1]:
        complaints.append(_("Amount: the least is more than the most; they were exchanged."))
        amounts.reverse()
    return amounts[0], amounts[1]


def _plain(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount.normalize():f}"


def words(filters: Filters, names: Sequence[str]) -> str:
    """The labels of some filters, for a sentence: "Status, Channel"."""
    return ", ".join(str(LABELS[name]) for name in names if name in filters.active())

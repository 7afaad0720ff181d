"""Registries that apps fill in `ready()`: where an order's timeline and the figures come from. Knows no filler."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from django.db.models import Q
from django.utils.functional import Promise

from orders import moments

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

    from backoffice.models import User
    from orders.models import Order


@dataclass(frozen=True)
class Shift:
    """Something that was and became something else. `status`: both are the marketplace's words, shown as badges."""

    label: str
    was: str = ""
    became: str = ""
    status: bool = False


@dataclass(frozen=True)
class Entry:
    """One thing that happened to an order. `at`: when, by the clock of who did it; `read_at`: when we learned it."""

    at: datetime
    origin: str  # marketplace, us, person
    title: str
    who: str = ""
    status: str = ""  # shown as a badge after the title
    kind: str = ""  # of that badge
    read_at: datetime | None = None
    shifts: tuple[Shift, ...] = field(default=())
    said: tuple[str, ...] = ()  # the marketplace's own words
    tone: str = ""

    @property
    def known_at(self) -> datetime:
        """From when on this was known here."""
        return self.read_at or self.at

    @property
    def moment(self) -> str:
        """The same in an address."""
        return moments.address(self.known_at)


TIMELINE: list[Callable[["Order", "User"], Iterable[Entry]]] = []
LATEST: list[Callable[[Sequence[int]], Mapping[int, Entry]]] = []  # what was asked of each of these orders last


@dataclass(frozen=True)
class Matter:
    """Something that a person has to do with still: an order, what was asked of it, or about it, and how it stands."""

    part: Literal["asked", "check", "answered", "flight"]  # asked: by a colleague who waits for an answer
    account: int
    number: str
    entry: Entry


MATTERS: list[Callable[["User", Sequence[int]], Iterable[Matter]]] = []  # of this person, in these accounts

# How many things wait behind an entry of the side bar, by the name of its page; "" for none.
COUNTS: dict[str, Callable[["HttpRequest"], str]] = {}
ERASED: list[Callable[[Sequence[int]], None]] = []  # told of the orders whose customers' data is being erased

ROW_COLUMNS: dict[str, Any] = {}  # expressions that the list's one query brings along with each order, by name
ROW_BADGES: list[Callable[["Order"], str]] = []  # from them: what a row shows under the order's state, "" for nothing
# Sets of orders that are kept elsewhere, by the name of their filter: the condition on an order for a set's number.
SETS: dict[str, Callable[[int], Q]] = {}
# What the days of a list may be about that is kept elsewhere, by its word in an address: the condition on an order,
# from a moment to just before another, None where that side is open.
DAYS: dict[str, Callable[[datetime | None, datetime | None], Q]] = {}

# What a person looks at before deciding about one of these orders, in words by the order's id; a few queries for all.
DOUBTS: list[Callable[[Sequence["Order"]], Mapping[int, Sequence[str]]]] = []


@dataclass(frozen=True)
class Deciding:
    """What a row shows more while the order waits for our decision: what is to be known of its lines, and the steps."""

    notes: Sequence[str] = ()
    steps: "Sequence[SafeString]" = ()


# Of these orders, for this person, by the order's id; the slugs are those of their accounts.
DECIDING: list[Callable[[Sequence["Order"], "User", Mapping[int, str]], Mapping[int, Deciding]]] = []


@dataclass(frozen=True)
class Span:
    """Days of the shop, `ends` included, and the moments they are: from `since` to just before `until`."""

    begins: date
    ends: date
    since: datetime
    until: datetime


@dataclass(frozen=True)
class Question:
    """What the figures are asked about. `span`: the period; `before`: as long a one, just before it.

    `channel`: of these orders alone, "" for every channel; today's figures look at every channel.
    """

    accounts: tuple[int, ...]
    account: str  # the slug where one was chosen, for the address of a list
    channel: str
    span: Span
    before: Span
    now: datetime


@dataclass(frozen=True)
class Figure:
    """One figure as it is shown. `url` leads to a list with exactly `rows` rows, whose amounts add up to `sums`.

    `definition`: what is counted, by which day and clock, and what is left out; written once, where the figure is
    made. `part`: the row of today, which knows no period, or that of the period. `was`: of the period before.
    """

    key: str  # unique, of letters and hyphens: it is an id of the page
    label: str | Promise
    definition: str | Promise
    value: str
    url: str
    rows: int | None = None  # None: no list of rows stands behind it, only a page
    sums: tuple[tuple[str, Decimal], ...] = ()  # (currency, amount), never added across
    part: Literal["today", "period"] = "period"
    was: str = ""
    note: str = ""
    tone: Literal["", "ok", "warn", "danger"] = ""


FIGURES: list[Callable[[Question, "User"], Sequence[Figure]]] = []  # each in a number of queries that does not grow


@dataclass(frozen=True)
class Bulk:
    """Something that may be done with many orders at once: a button below the list that they are chosen in.

    It posts to `url` its `verb` with `token`; the orders as `order`, each "id.version"; `view`, the list's address; and
    `all` where the whole view was chosen.
    """

    verb: str
    label: str
    key: str
    url: str


MOST_AT_ONCE = 1_000  # orders
BULK: list[Callable[["User"], Iterable[Bulk]]] = []  # what this person may do

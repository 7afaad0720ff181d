"""The marketplace's measures of the seller beside our own count of the same thirty days, and how far the alert is.

How the marketplace reckons is not documented: ours are estimates, marked so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from backoffice.models import SellerAccount
from orders.filters import Filters
from orders.models import Indicator
from orders.ports import Question, Span
from orders.statistics import lists
from orders.statistics.counting import Counted, Verdict, share

DAYS = 30
NEAR = 3  # further bad orders until the alert: from here on it is near
GONE = ("Delivered", "Shipped")
TAKEN = ("Accepted", "InPreparation", *GONE)
LABELS = {
    "acceptance": gettext_lazy("Orders accepted"),
    "shipping": gettext_lazy("Orders shipped"),
    "deadlines": pgettext_lazy("figure", "Shipped in time"),
    "claims": gettext_lazy("Claims"),
    "refunds": gettext_lazy("Cancellations"),
}
_LISTS = {
    "deadlines": Filters(by="shipped", outcome="on-time"),
    "acceptance": Filters(status=TAKEN),
    "shipping": Filters(status=GONE),
    "refunds": Filters(status=("Cancelled",)),
}


class Tally(NamedTuple):
    """The `part` of the `whole` that an indicator tells as a share, and how many of the whole went wrong."""

    part: int
    bad: int
    whole: int


@dataclass(frozen=True)
class Own:
    """Our count: `part` of `whole`, and the list of the part. `bad`: how many of them went wrong."""

    part: int
    whole: int
    bad: int
    url: str

    @property
    def value(self) -> Decimal | None:
        return share(self.part, self.whole)


@dataclass(frozen=True)
class Row:
    """One indicator of one account. `least`: the threshold is the least allowed, else the most; None: not told."""

    account: SellerAccount
    name: str
    label: str
    value: Decimal | None
    threshold: Decimal | None
    least: bool | None
    compliant: bool | None
    computed_at: datetime | None
    own: Own | None
    left: int | None
    warning: str
    tone: str

    @property
    def mark(self) -> int | None:
        """Where the threshold stands between 0 and 100, for the drawing."""
        return None if self.threshold is None else max(0, min(100, round(self.threshold)))

    @property
    def length(self) -> int:
        return 0 if self.value is None else max(0, min(100, round(self.value)))


def rows(question: Question, among: Sequence[SellerAccount], month: dict[int, Counted], days: Span) -> list[Row]:
    """The indicators that were told, account by account, in one query."""
    known = {account.pk: account for account in among}
    told = Indicator.objects.filter(account__in=question.accounts).exclude(value_d30=None, threshold=None)
    return [
        _row(question, known[one.account_id], one, month.get(one.account_id, Counted()), days)
        for one in told.order_by("account_id", "name")
        if one.account_id in known
    ]


def until_alert(bad: int, whole: int, threshold: Decimal, *, least: bool) -> int | None:
    """How many further bad orders pass the threshold (0: it is passed); None where no number of them does.

    `least`: the share of good ones may not fall below the threshold; else the share of bad ones may not exceed it.
    """
    limit = Fraction(threshold) / 100
    worst = 1 - limit if least else limit  # of the bad ones
    if not 0 <= worst < 1:
        return None
    # the smallest k with (bad + k) / (whole + k) > worst
    further = (worst * whole - bad) / (1 - worst)
    return max(0, floor(further) + 1) if further >= 0 else 0


def _row(question: Question, account: SellerAccount, told: Indicator, counted: Counted, days: Span) -> Row:
    least = sense(told.threshold_type)
    own = _own(question, account, told.name, counted, days)
    left = None
    if own and own.whole and told.threshold is not None and least is not None:
        left = until_alert(own.bad, own.whole, told.threshold, least=least)
    return Row(
        account=account,
        name=told.name,
        label=str(LABELS.get(told.name, told.description or told.name)),
        value=told.value_d30,
        threshold=told.threshold,
        least=least,
        compliant=told.compliant_d30,
        computed_at=told.computed_at,
        own=own,
        left=left,
        warning=warning(told.name, left),
        tone="danger" if told.compliant_d30 is False or left == 0 else "warn" if left and left <= NEAR else "ok",
    )


def _own(question: Question, account: SellerAccount, name: str, counted: Counted, days: Span) -> Own | None:
    """Our own count of what the indicator seems to be about, with its list."""
    told = tally(name, counted)
    if told is None:
        return None
    slug = account.slug if question.account or len(question.accounts) > 1 else ""
    url = lists.orders(replace(question, account=slug, channel=""), _LISTS[name], days)
    return Own(told.part, told.whole, told.bad, url)


def tally(name: str, counted: Counted) -> Tally | None:
    """What an indicator seems to count, of thirty days; None for one that we cannot count."""
    statuses = counted.statuses
    gone = sum(statuses[word] for word in GONE)
    taken = sum(statuses[word] for word in TAKEN)
    met, missed = counted.verdicts[Verdict.MET], counted.verdicts[Verdict.MISSED]
    refused, cancelled = statuses["Refused"], statuses["Cancelled"]
    return {
        "deadlines": Tally(met, missed, met + missed),
        "acceptance": Tally(taken, refused, taken + refused),
        "shipping": Tally(gone, cancelled, gone + cancelled),
        "refunds": Tally(cancelled, cancelled, taken + cancelled),
    }.get(name)


def sense(threshold_type: str) -> bool | None:
    """Whether a threshold is the least allowed, or the most; None where its sense is not told."""
    kind = threshold_type.lower()
    return True if "min" in kind else False if "max" in kind else None


def warning(name: str, left: int | None) -> str:
    """How near the alert is, in words: "three more late parcels until the alert"."""
    if left is None:
        return ""
    if left == 0:
        return _("The threshold is passed by our own count.")
    params = {"count": left}
    if name == "deadlines":
        said = ngettext(
            "%(count)s more late parcel until the alert", "%(count)s more late parcels until the alert", left
        )
    elif name == "acceptance":
        said = ngettext("%(count)s more refusal until the alert", "%(count)s more refusals until the alert", left)
    else:
        said = ngettext(
            "%(count)s more cancellation until the alert", "%(count)s more cancellations until the alert", left
        )
    return said % params

"""What each figure of a period means and which list stands behind it: every definition is written here, once.

Requests that only we know of (unclear sends, work per hour) are told by others, through `ports.FIGURES`.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from backoffice import typography
from backoffice.models import User
from orders import words
from orders.filters import Filters
from orders.ports import Figure, Question
from orders.statistics import lists
from orders.statistics.counting import Counted, Money, Verdict, share

TENTH = Decimal("0.1")
HALF, MOST = Decimal("0.5"), Decimal("0.9")
LONG = 72  # hours that are still told as hours


@dataclass(frozen=True)
class Asked:
    """What a figure is told from. `compared`: whether the period before is whole, so that it says something."""

    question: Question
    now: Counted
    before: Counted
    compared: bool

    def list(self, **filters: str) -> str:
        """The orders of the period that pass these filters."""
        return lists.orders(self.question, Filters(**filters), self.question.span)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Told:
    """One value of a measure: as `Figure` has it, and where it is one of several, what it is of."""

    value: str
    url: str
    rows: int | None = None
    sums: tuple[tuple[str, Decimal], ...] = ()
    was: str = ""
    note: str = ""
    tone: Literal["", "warn", "danger"] = ""
    of: str = ""


@dataclass(frozen=True)
class Measure:
    """A figure's one definition, and how it is told."""

    key: str
    label: str | Promise
    definition: str | Promise
    tell: Callable[[Asked], Iterable[Told]]
    right: str = ""  # beside that of the page

    def figures(self, asked: Asked) -> Iterator[Figure]:
        told = list(self.tell(asked))
        for one in told:
            yield Figure(
                key=f"{self.key}-{one.of.lower()}" if one.of else self.key,
                label=f"{self.label} ({one.of})" if len(told) > 1 else self.label,
                definition=self.definition,
                value=one.value,
                url=one.url,
                rows=one.rows,
                sums=one.sums,
                was=one.was if asked.compared else "",
                note=one.note,
                tone=one.tone,
            )


def figures(asked: Asked, user: User) -> list[Figure]:
    """Every figure of the period that this person may see."""
    seen = [measure for measure in MEASURES if not measure.right or user.has_perm(measure.right)]
    return [figure for measure in seen for figure in measure.figures(asked)]


def percent(value: Decimal | None) -> str:
    """`96.4 %`, `96,4 %`; half up, once; a dash of nothing."""
    if value is None:
        return "–"
    written = number_format(value.quantize(TENTH, ROUND_HALF_UP), decimal_pos=1, use_l10n=True)
    return f"{written}{typography.NO_BREAK}%"


def hours(value: int | None) -> str:
    """Whole hours, from three days on days with a tenth."""
    if value is None:
        return "–"
    if value < LONG:
        return (_("%(hours)s h") % {"hours": value}).replace(" ", typography.NO_BREAK)
    days = (Decimal(value) / 24).quantize(TENTH, ROUND_HALF_UP)
    written = number_format(days, decimal_pos=1, use_l10n=True)
    return (_("%(days)s d") % {"days": written}).replace(" ", typography.NO_BREAK)


def against(now: Decimal | int, before: Decimal | int, written: str) -> str:
    """How much more or less than before: "+8 % against 1,190"."""
    if not before:
        return _("before: %(before)s") % {"before": written}
    former = Decimal(before)
    change = (100 * (now - former) / abs(former)).quantize(Decimal(1), ROUND_HALF_UP)
    sign = "+" if change > 0 else typography.MINUS if change < 0 else "±"
    return _("%(change)s against %(before)s") % {
        "change": f"{sign}{words.grouped(abs(int(change)))}{typography.NO_BREAK}%",
        "before": written,
    }


def _orders(asked: Asked) -> Iterator[Told]:
    now, before = asked.now.orders, asked.before.orders
    yield Told(words.grouped(now), asked.list(), now, was=against(now, before, words.grouped(before)))


def _money(asked: Asked, amount: Callable[[Money], Decimal]) -> Iterator[tuple[Money, Told]]:
    """An amount of the orders that stand, currency by currency."""
    for currency, money in sorted(asked.now.money.items()):
        now = amount(money)
        before = amount(asked.before.money[currency]) if currency in asked.before.money else Decimal(0)
        yield (
            money,
            Told(
                value=typography.amount(now, currency),
                url=asked.list(outcome="kept", currency=currency),
                rows=money.orders,
                sums=((currency, now),),
                was=against(now, before, typography.amount(before, currency)),
                of=currency,
            ),
        )


def _revenue(asked: Asked) -> Iterator[Told]:
    for _of, told in _money(asked, lambda money: money.revenue):
        yield told


def _commission(asked: Asked) -> Iterator[Told]:
    for money, told in _money(asked, lambda money: money.commission):
        guessed = money.estimated
        said = ngettext("our estimate in %(count)s order", "our estimate in %(count)s orders", guessed)
        yield replace(told, note=said % {"count": words.grouped(guessed)} if guessed else "")


def _fees(asked: Asked) -> Iterator[Told]:
    for money, told in _money(asked, lambda money: money.fees):
        if money.fees:
            yield told


def _on_time(asked: Asked) -> Iterator[Told]:
    met, known = asked.now.verdicts[Verdict.MET], asked.now.verdicts[Verdict.MET] + asked.now.verdicts[Verdict.MISSED]
    yield Told(
        value=percent(asked.now.punctuality),
        url=asked.list(by="shipped", outcome="on-time"),
        rows=met,
        was=_("before: %(before)s") % {"before": percent(asked.before.punctuality)},
        note=_("%(met)s of %(known)s shipped") % {"met": words.grouped(met), "known": words.grouped(known)},
    )


def _shipped_late(asked: Asked) -> Iterator[Told]:
    now, before = asked.now.verdicts[Verdict.MISSED], asked.before.verdicts[Verdict.MISSED]
    yield Told(
        value=words.grouped(now),
        url=asked.list(by="shipped", outcome="shipped-late"),
        rows=now,
        was=_("before: %(before)s") % {"before": words.grouped(before)},
        tone="danger" if now else "",
    )


def _cancelled(asked: Asked) -> Iterator[Told]:
    now, before = asked.now.cancelled, asked.before.cancelled
    yield Told(
        value=words.grouped(now),
        url=asked.list(by="cancelled"),
        rows=now,
        was=_("before: %(before)s") % {"before": words.grouped(before)},
        note=_("%(share)s of the orders placed") % {"share": percent(share(now, asked.now.orders))},
    )


def _gestures(asked: Asked) -> Iterator[Told]:
    before = asked.before.given()
    for currency, (count, amount) in asked.now.given().items():
        former = before.get(currency, (0, Decimal(0)))[1]
        yield Told(
            value=typography.amount(amount, currency),
            url=lists.gestures(asked.question, currency=currency),
            rows=count,
            sums=((currency, amount),),
            was=against(amount, former, typography.amount(former, currency)),
            note=ngettext("%(count)s gesture", "%(count)s gestures", count) % {"count": words.grouped(count)},
            of=currency,
        )


def _within(part: Decimal) -> Callable[[Asked], Iterator[Told]]:
    def tell(asked: Asked) -> Iterator[Told]:
        yield Told(
            value=hours(asked.now.quantile(part)),
            url=asked.list(by="shipped"),
            rows=asked.now.shipped,
            was=_("before: %(before)s") % {"before": hours(asked.before.quantile(part))},
        )

    return tell


def _untimed(asked: Asked) -> Iterator[Told]:
    yield Told(words.grouped(asked.now.untimed), asked.list(outcome="untimed"), asked.now.untimed)


def _no_deadline(asked: Asked) -> Iterator[Told]:
    rows = asked.now.verdicts[Verdict.NONE]
    yield Told(words.grouped(rows), asked.list(by="shipped", outcome="no-deadline"), rows)


MEASURES = (
    Measure(
        "orders",
        gettext_lazy("Orders"),
        gettext_lazy(
            "Every order placed in the period, whatever became of it, by the shop's day of its purchase, or of its"
            " creation where no purchase is told."
        ),
        _orders,
    ),
    Measure(
        "revenue",
        gettext_lazy("Revenue"),
        gettext_lazy(
            "What customers pay for the orders placed in the period that were not cancelled, refused or rejected, with"
            " shipping and VAT, as the marketplace tells it; one figure for each currency, never added across. VAT"
            " alone is not added up: the marketplace writes 0 where it does not tell it."
        ),
        _revenue,
    ),
    Measure(
        "on-time",
        gettext_lazy("On time"),
        gettext_lazy(
            "Of the orders we shipped in the period, by the shop's day of shipping, those whose earliest deadline was"
            " met. Orders without a known shipping time or deadline are left out and counted apart."
        ),
        _on_time,
    ),
    Measure(
        "shipped-late",
        pgettext_lazy("figure", "Shipped late"),
        gettext_lazy("Of the orders we shipped in the period, those that left after their earliest deadline."),
        _shipped_late,
    ),
    Measure(
        "cancelled",
        pgettext_lazy("figure", "Cancelled by us"),
        gettext_lazy(
            "Orders for which the seller asked for a cancellation in the period, whole or of lines, that the"
            " marketplace did not reject, by the shop's day of the request."
        ),
        _cancelled,
    ),
    Measure(
        "gestures",
        gettext_lazy("Gestures"),
        gettext_lazy(
            "Commercial gestures asked for in the period that the marketplace has carried out, by the shop's day of"
            " the request; one figure for each currency."
        ),
        _gestures,
    ),
    Measure(
        "median",
        gettext_lazy("Order to parcel, median"),
        gettext_lazy(
            "Half of the orders we shipped in the period left within so many whole hours of being placed, nights and"
            " weekends included. Only orders whose shipping time is known."
        ),
        _within(HALF),
    ),
    Measure(
        "ninety",
        gettext_lazy("Order to parcel, 90 %"),
        gettext_lazy(
            "Nine in ten of the orders we shipped in the period left within so many whole hours of being placed,"
            " nights and weekends included."
        ),
        _within(MOST),
    ),
    Measure(
        "commission",
        gettext_lazy("Commission"),
        gettext_lazy(
            "What the marketplace keeps, without VAT, on the standing lines of the orders that make the revenue. Where"
            " only the rate is told, our estimate of the line, rounded half up."
        ),
        _commission,
        right="orders.commissions",
    ),
    Measure(
        "fees",
        gettext_lazy("Service fees"),
        gettext_lazy(
            "Fees that customers paid within the total of the orders that make the revenue, and that the marketplace"
            " deducts from the payout."
        ),
        _fees,
        right="orders.commissions",
    ),
    Measure(
        "untimed",
        gettext_lazy("Shipping time not known"),
        gettext_lazy(
            "Orders placed in the period that we shipped before we read them for the first time: the marketplace does"
            " not tell when. Punctuality and times leave them out."
        ),
        _untimed,
    ),
    Measure(
        "no-deadline",
        gettext_lazy("Shipped without a deadline"),
        gettext_lazy("Orders we shipped in the period whose deadline the marketplace does not tell."),
        _no_deadline,
    ),
)

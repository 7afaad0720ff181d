"""The figures as a table: a row for each, of the tiles and of the tables below them, with what it counts."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from backoffice.exports import Table, at_once
from backoffice.models import Export
from backoffice.sheets import Cell
from orders import reasons, sync, words
from orders.statistics import asking, measures
from orders.statistics.asking import Asked, Told
from orders.statistics.counting import Verdict

SOURCE = "statistics"
TENTH = Decimal("0.1")


def table(export: Export) -> Table:
    """As the page shows them when the file is written, of the period that was asked for."""
    user = export.owner
    if user is None or not (user.has_perm("orders.export") and user.has_perm("orders.statistics")):
        return at_once([], [])
    among = list(user.scope().defer("client_secret", "profile"))
    asked = asking.read(QueryDict(export.wishes["address"]), among, export.created_at)
    told = asking.tell(asked, user, sync.freshness(among).complete_until)
    head = [
        _("Part"), _("First day"), _("Last day"), _("Figure"), _("Of"), _("As shown"), _("How many"), _("Amount"),
        _("Currency"), _("Period before"), _("Definition"),
    ]  # fmt: skip
    rows = [*_figures(asked, told), *_channels(asked, told), *_days(told), *_reasons(asked, told), *_quality(told)]
    return at_once(head, rows)


def _row(
    part: str, days: tuple[date, date] | None, figure: object, of: str = "", shown: str = "",
    rows: int | None = None, amount: tuple[str, Decimal] | None = None, was: str = "", definition: object = "",
) -> Sequence[Cell]:  # fmt: skip
    begins, ends = (day.isoformat() for day in days) if days else ("", "")
    currency, sum_ = amount or ("", None)
    return [part, begins, ends, str(figure), of, shown, rows, sum_, currency, was, str(definition)]


def _span(asked: Asked) -> tuple[date, date]:
    return asked.question.span.begins, asked.question.span.ends


def _figures(asked: Asked, told: Told) -> Iterator[Sequence[Cell]]:
    for figure in told.figures:
        part, days = (_("Today"), None) if figure.part == "today" else (_("Period"), _span(asked))
        for amount in figure.sums or (None,):
            yield _row(
                part, days, figure.label, shown=figure.value, rows=figure.rows, amount=amount, was=figure.was,
                definition=figure.definition,
            )  # fmt: skip


def _channels(asked: Asked, told: Told) -> Iterator[Sequence[Cell]]:
    part, days = _("By channel"), _span(asked)
    for code, counted in sorted(told.counts.channels.items(), key=lambda item: (-item[1].orders, item[0])):
        name = asked.channels.get(code, code)
        yield _row(part, days, _("Orders"), name, rows=counted.orders)
        for currency, money in sorted(counted.money.items()):
            yield _row(part, days, _("Revenue"), name, rows=money.orders, amount=(currency, money.revenue))
        shown = measures.percent(counted.punctuality)
        yield _row(part, days, _("On time"), name, shown, rows=counted.verdicts[Verdict.MET])
        yield _row(part, days, _("Shipped late"), name, rows=counted.verdicts[Verdict.MISSED])
        yield _row(part, days, pgettext("figure", "Cancelled by us"), name, rows=counted.cancelled)
        for currency, (count, given) in counted.given().items():
            yield _row(part, days, _("Gestures"), name, rows=count, amount=(currency, given))
        for label, of in ((_("Order to parcel, median"), measures.HALF), (_("Order to parcel, 90 %"), measures.MOST)):
            yield _row(part, days, label, name, measures.hours(counted.quantile(of)), rows=counted.shipped)


def _days(told: Told) -> Iterator[Sequence[Cell]]:
    part = _("Shipped per week") if told.chart.by_week else _("Shipped per day")
    for bar in told.chart.bars:
        yield _row(part, (bar.begins, bar.ends), _("Shipped"), rows=bar.shipped)
        yield _row(part, (bar.begins, bar.ends), _("Shipped late"), rows=bar.late)


def _reasons(asked: Asked, told: Told) -> Iterator[Sequence[Cell]]:
    days, counted = _span(asked), told.counts.now
    for reason, orders in counted.reasons.most_common():
        label = reasons.words(reason, told.labels)
        said = label if label == reason else _("%(label)s (%(code)s)") % {"label": label, "code": reason}
        yield _row(_("Reasons of our cancellations"), days, _("Orders"), said, rows=orders)
    for (reason, currency), (count, amount) in sorted(counted.gestures.items()):
        yield _row(
            _("Gestures by reason"),
            days,
            _("Gestures"),
            str(words.GESTURE_REASONS.get(reason, reason)),
            rows=count,
            amount=(currency, amount),
        )


def _quality(told: Told) -> Iterator[Sequence[Cell]]:
    part, days = _("Quality against the marketplace's bars"), (told.month.begins, told.month.ends)
    for row in told.quality:
        for figure, value in (
            (_("Marketplace"), row.value),
            (_("Bar"), row.threshold),
            (_("Our own count"), row.own.value if row.own else None),
        ):
            if value is not None:
                shown = f"{value.quantize(TENTH)} %"
                yield _row(part, days, figure, f"{row.label}, {row.account.name}", shown, definition=row.warning)

"""What an address of the figures asks for, and all that is told of it: by the page and by its file alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.http import QueryDict
from django.utils.translation import gettext as _

from backoffice import shop
from backoffice.models import SellerAccount, User
from orders import ports, reasons
from orders.filters import Filters
from orders.models import Channel, Cursor
from orders.ports import Figure, Question, Span
from orders.statistics import charts, counting, lists, measures, period, quality, today
from orders.statistics.period import Period


@dataclass(frozen=True)
class Asked:
    """What an address of these pages asks for, in a person's scope."""

    question: Question
    period: Period
    among: list[SellerAccount]
    channels: dict[str, str]
    complaints: tuple[str, ...]

    def chosen(self) -> list[str]:
        """The channel and the account that were chosen, in words."""
        question = self.question
        accounts = [account.name for account in self.among if account.slug == question.account]
        return [*([self.channels[question.channel]] if question.channel else []), *accounts]

    def address(self, other: Period | None = None, **more: str) -> str:
        """This page's address, with another period, account or channel."""
        return period.address(
            other or self.period, **{"channel": self.question.channel, "account": self.question.account} | more
        )


@dataclass(frozen=True)
class Told:
    """The figures of an address. `compared`: the period before is whole; `month`: the days of `quality`; `labels`: what
    the marketplace calls its reasons, by code."""

    figures: Sequence[Figure]
    counts: counting.Counts
    chart: charts.Chart
    quality: Sequence[quality.Row]
    month: Span
    compared: bool
    complete_since: date | None
    labels: dict[str, str]


def read(query: QueryDict, among: list[SellerAccount], now: datetime) -> Asked:
    """What an address asks for, in this scope."""
    chosen = period.read(query, shop.day_of(now))
    slug = query.get("account", "")
    complaints = list(chosen.complaints)
    if slug and slug not in {account.slug for account in among}:
        complaints.append(_("This account is not known and was ignored."))
        slug = ""
    accounts = [account for account in among if slug in ("", account.slug)]
    channels = {
        code: name or code
        for code, name in Channel.objects.filter(account__in=accounts).order_by("code").values_list("code", "name")
    }
    channel = query.get("channel", "")
    if channel and channel not in channels:
        complaints.append(_("This channel is not known and was ignored."))
        channel = ""
    question = Question(
        accounts=tuple(account.pk for account in accounts),
        account=slug,
        channel=channel,
        span=chosen.span,
        before=chosen.before,
        now=now,
    )
    return Asked(question, chosen, among, channels, tuple(complaints))


def tell(asked: Asked, user: User, complete_until: datetime | None) -> Told:
    """Everything that is counted; in a number of queries that does not grow."""
    question = asked.question
    month = period.last(quality.DAYS, shop.day_of(question.now))
    counts = counting.count(question, month)
    since = _complete_since(question.accounts)
    compared = since is not None and since <= question.before.begins
    figures = today.figures(question, complete_until)
    figures += measures.figures(measures.Asked(question, counts.now, counts.before, compared), user)
    figures += [figure for tell in ports.FIGURES for figure in tell(question, user)]
    chart = charts.shipped(counts.days, question.span, lambda *days: shipped(question, *days))
    indicators = quality.rows(question, asked.among, counts.month, month)
    labels = reasons.labels(question.accounts)
    return Told(figures, counts, chart, indicators, month, compared, since, labels)


def shipped(question: Question, begins: date, ends: date, late: bool) -> str:
    """The address of the orders shipped on some days."""
    filters = Filters(by="shipped", outcome="shipped-late" if late else "")
    return lists.orders(question, filters, period.span(begins, ends))


def _complete_since(accounts: tuple[int, ...]) -> date | None:
    """The first shop day from which every account's past was read whole; None where one has not begun."""
    reached: dict[int, datetime | None] = dict(
        Cursor.objects.filter(account__in=accounts, name="backfill").values_list("account", "position")
    )
    moments = [reached.get(account) for account in accounts]
    if not moments or None in moments:
        return None
    latest = max(moment for moment in moments if moment)
    day = shop.day_of(latest)
    return day if shop.begins(day) >= latest else shop.day_of(latest + period.DAY)

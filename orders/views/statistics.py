"""The manager's figures, and the gestures behind those that are of money given."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from backoffice import shop, typography
from backoffice.models import Alert, SellerAccount
from backoffice.pages import page
from orders import frame, ports, rollups, scope
from orders.filters import Filters
from orders.models import Channel, Cursor, GestureRequest
from orders.ports import Question
from orders.queries import PAGE, Sorting, key_of, unkey
from orders.statistics import charts, counting, lists, measures, period, quality, today
from orders.statistics.period import Period

LEFT_OUT = ("untimed", "no-deadline")  # told beneath the others
CREATED = Sorting("", "created_at", descending=True)


@dataclass(frozen=True)
class Asked:
    """What an address of these pages asks for, in the person's scope."""

    question: Question
    period: Period
    among: list[SellerAccount]
    channels: dict[str, str]
    complaints: tuple[str, ...]

    def address(self, other: Period | None = None, **more: str) -> str:
        """This page's address, with another period, account or channel."""
        return period.address(
            other or self.period, **{"channel": self.question.channel, "account": self.question.account} | more
        )


@require_http_methods(["GET", "HEAD"])
def statistics(request: HttpRequest) -> HttpResponse:
    """Today, a period beside the one before, by channel, and the marketplace's own measures."""
    asked = _asked(request)
    question, user = asked.question, scope.person(request)
    days = period.last(quality.DAYS, shop.day_of(question.now))
    counts = counting.count(question, days)
    complete_since = _complete_since(question.accounts)
    compared = complete_since is not None and complete_since <= question.before.begins
    told = measures.figures(measures.Asked(question, counts.now, counts.before, compared), user)
    told += [figure for tell in ports.FIGURES for figure in tell(question, user)]
    moment = today.figures(question, frame.told(request).complete_until)
    chart = charts.shipped(counts.days, question.span, lambda *days: _shipped(question, *days))
    return page(
        request,
        "orders/statistics.html",
        {
            "today": moment + [figure for figure in told if figure.part == "today"],
            "figures": [figure for figure in told if figure.part == "period" and figure.key not in LEFT_OUT],
            "left_out": [figure for figure in told if figure.key in LEFT_OUT and figure.rows],
            "empty": not counts.now.orders and not counts.now.shipped,
            "chart": chart,
            "chart_urls": [
                _shipped(question, question.span.begins, question.span.ends, late) for late in (False, True)
            ],
            "channels": _by_channel(asked, counts.channels),
            "reasons": _reasons(question, counts.now),
            "given": _given(question, counts.now),
            "quality": quality.rows(question, asked.among, counts.month, days),
            "quality_days": typography.days(days.begins, days.ends),
            "several": len(asked.among) > 1,
            "partial": _partial(complete_since, question.span.begins),
            "compared": compared,
            "rebuilding": Alert.objects.filter(kind=rollups.REBUILDING, closed_at=None).exists(),
            **_around(asked),
        },
    )


@require_http_methods(["GET", "HEAD"])
def gestures(request: HttpRequest) -> HttpResponse:
    """The gestures carried out that were asked for in a period, newest first, with their exact number and sums."""
    asked = _asked(request)
    question = asked.question
    wanted = {name: value[:100] for name in ("reason", "currency") if (value := request.GET.get(name, ""))}
    told = {name: "" if value == lists.NONE else value for name, value in wanted.items()}
    rows = GestureRequest.objects.filter(
        account__in=question.accounts, status=counting.GIVEN,
        created_at__gte=question.span.since, created_at__lt=question.span.until,
        **told,
        **({"channel": question.channel} if question.channel else {}),
    )  # fmt: skip
    sums = rows.order_by("currency").values_list("currency").annotate(Count("pk"), Sum("amount"))
    total = list(sums)
    key = unkey(request.GET.get("after", "")[:200])
    found = list((CREATED.beyond(rows, key, False) if key else rows).order_by(*CREATED.expressions())[: PAGE + 1])
    older = key_of(found[PAGE - 1], CREATED) if len(found) > PAGE else ""
    return page(
        request,
        "orders/given.html",
        {
            "rows": found[:PAGE],
            "count": sum(count for _currency, count, _amount in total),
            "sums": [(currency, amount) for currency, _count, amount in total],
            "older": lists.gestures(question, **told) + f"&after={older}" if older else "",
            "newest": lists.gestures(question, **told) if key else "",
            "wanted": wanted,
            "several": len(asked.among) > 1,
            "back": asked.address(),
            **_around(asked),
        },
    )


def _asked(request: HttpRequest) -> Asked:
    now = timezone.now()
    among = scope.accounts(request)
    chosen = period.read(request.GET, shop.day_of(now))
    slug = request.GET.get("account", "")
    complaints = list(chosen.complaints)
    if slug and slug not in {account.slug for account in among}:
        complaints.append(_("This account is not known and was ignored."))
        slug = ""
    accounts = [account for account in among if slug in ("", account.slug)]
    channels = {
        code: name or code
        for code, name in Channel.objects.filter(account__in=accounts).order_by("code").values_list("code", "name")
    }
    channel = request.GET.get("channel", "")
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


def _around(asked: Asked) -> dict[str, Any]:
    """The menus above the figures, and the period in words."""
    question = asked.question
    options: list[tuple[str, str, Mapping[str, Any], str]] = [
        ("channel", _("Channel"), {"": _("Every channel"), **asked.channels}, question.channel)
    ]
    if len(asked.among) > 1:
        accounts = {"": _("Every account"), **{account.slug: account.name for account in asked.among}}
        options.append(("account", _("Account"), accounts, question.account))
    return {
        "question": question,
        "period": asked.period,
        "said": typography.days(question.span.begins, question.span.ends),
        "said_before": typography.days(question.before.begins, question.before.ends),
        "periods": [
            {"value": word, "label": label, "checked": word == asked.period.word}
            for word, label in period.LABELS.items()
        ],
        "period_active": period.LABELS.get(asked.period.word, ""),
        "menus": [
            {
                "name": name, "label": label, "active": choices.get(value, "") if value else "",
                "options": [
                    {"value": word, "label": text, "checked": word == value} for word, text in choices.items()
                ],
            }
            for name, label, choices, value in options
        ],
        "complaints": asked.complaints,
    }  # fmt: skip


def _shipped(question: Question, begins: date, ends: date, late: bool) -> str:
    """The address of the orders shipped on some days."""
    filters = Filters(by="shipped", outcome="shipped-late" if late else "")
    return lists.orders(question, filters, period.span(begins, ends))


def _by_channel(asked: Asked, channels: Mapping[str, counting.Counted]) -> list[dict[str, Any]]:
    """What each channel brought, with the lists behind; the busiest first."""

    def url(code: str, **filters: str) -> str:
        chosen = Filters(channel=(code,), **filters)  # type: ignore[arg-type]
        return lists.orders(asked.question, chosen, asked.question.span)

    return [
        {
            "name": asked.channels.get(code, code),
            "page": asked.address(channel=code),
            "orders": counted.orders,
            "orders_url": url(code),
            "revenue": [
                (currency, money.revenue, url(code, outcome="kept", currency=currency))
                for currency, money in sorted(counted.money.items())
            ],
            "on_time": measures.percent(counted.punctuality),
            "met": counted.verdicts[counting.Verdict.MET],
            "on_time_url": url(code, by="shipped", outcome="on-time"),
            "late": counted.verdicts[counting.Verdict.MISSED],
            "late_url": url(code, by="shipped", outcome="shipped-late"),
        }
        for code, counted in sorted(channels.items(), key=lambda item: (-item[1].orders, item[0]))
    ]


def _reasons(question: Question, counted: counting.Counted) -> list[dict[str, Any]]:
    """Why we cancelled, the most frequent first."""
    return [
        {
            "reason": reason,
            "orders": orders,
            "url": lists.orders(question, Filters(by="cancelled", reason=reason), question.span) if reason else "",
        }
        for reason, orders in counted.reasons.most_common()
    ]


def _given(question: Question, counted: counting.Counted) -> list[dict[str, Any]]:
    """What was given for which reason, in each currency, the dearest first."""
    return [
        {
            "reason": reason, "currency": currency, "count": count, "amount": amount,
            "url": lists.gestures(question, reason=reason, currency=currency),
        }
        for (reason, currency), (count, amount) in sorted(
            counted.gestures.items(), key=lambda item: (item[0][1], -item[1][1], item[0][0])
        )
    ]  # fmt: skip


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


def _partial(since: date | None, begins: date) -> dict[str, Any] | None:
    """What the page says where the mirror does not reach back to the period's first day."""
    if since is not None and since <= begins:
        return None
    return {"since": typography.days(since, since) if since else ""}

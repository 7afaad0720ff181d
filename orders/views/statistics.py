"""The manager's figures, and the gestures behind those that are of money given."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from backoffice import typography
from backoffice.export_pages import ExportForm
from backoffice.export_pages import asked as asked_as_file
from backoffice.pages import page
from orders import frame, reasons, scope
from orders.filters import Filters
from orders.models import GestureRequest
from orders.ports import Question
from orders.queries import PAGE, Sorting, key_of, unkey
from orders.statistics import asking, counting, exporting, lists, measures, period
from orders.statistics.asking import Asked

REASONS = 3  # of a channel in the table of all of them
LEFT_OUT = ("untimed", "no-deadline")  # told beneath the others
CREATED = Sorting("", "created_at", descending=True)


@require_http_methods(["GET", "HEAD"])
def statistics(request: HttpRequest) -> HttpResponse:
    """Today, a period beside the one before, by channel, and the marketplace's own measures."""
    asked = _asked(request)
    question = asked.question
    told = asking.tell(asked, scope.person(request), frame.told(request).complete_until)
    counts, since = told.counts, told.complete_since
    return page(
        request,
        "orders/statistics.html",
        {
            "today": [figure for figure in told.figures if figure.part == "today"],
            "figures": [figure for figure in told.figures if figure.part == "period" and figure.key not in LEFT_OUT],
            "left_out": [figure for figure in told.figures if figure.key in LEFT_OUT and figure.rows],
            "empty": not counts.now.orders and not counts.now.shipped,
            "chart": told.chart,
            "chart_urls": [
                asking.shipped(question, question.span.begins, question.span.ends, late) for late in (False, True)
            ],
            "channels": _by_channel(asked, told),
            "reasons": _reasons(question, counts.now, told.labels),
            "given": _given(question, counts.now),
            "quality": told.quality,
            "quality_days": typography.days(told.month.begins, told.month.ends),
            "several": len(asked.among) > 1,
            "partial": _partial(since, question.span.begins),
            "compared": told.compared,
            "list": asked.address(),
            **_around(asked),
        },
    )


@require_http_methods(["GET", "HEAD"])
def gestures(request: HttpRequest) -> HttpResponse:
    """The gestures carried out that were asked for in a period, newest first, with their exact number and sums."""
    asked = _asked(request)
    question = asked.question
    given = {name: request.GET.get(name, "")[:100].replace("\0", "") for name in ("reason", "currency")}
    wanted = {name: value for name, value in given.items() if value}
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
    shown = rows.select_related("account").defer("account__client_secret", "account__profile")
    found = list((CREATED.beyond(shown, key, False) if key else shown).order_by(*CREATED.expressions())[: PAGE + 1])
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


@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HttpRequest) -> HttpResponse:
    """The figures of the page as a file."""
    user = scope.person(request)
    if not user.has_perm("orders.export"):
        raise PermissionDenied
    text = request.POST.get("list", request.GET.get("list", ""))[:2000]
    wanted = asking.read(QueryDict(text.removeprefix("?")), scope.accounts(request), timezone.now())
    span, query = wanted.question.span, wanted.address()
    context = {
        "title": _("Figures"),
        "words": " · ".join([typography.days(span.begins, span.ends), *wanted.chosen()]),
        "back": reverse("orders:statistics") + query,
        "list": query,
    }
    form = ExportForm(request.POST if request.method == "POST" else None, user=user)
    wishes = {"address": query.removeprefix("?")}
    return asked_as_file(request, "orders/statistics_export.html", form, context, exporting.SOURCE, wishes)


def _asked(request: HttpRequest) -> Asked:
    return asking.read(request.GET, scope.accounts(request), timezone.now())


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
        "chosen": asked.chosen(),
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


def _by_channel(asked: Asked, told: asking.Told) -> list[dict[str, Any]]:
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
            "cancelled": counted.cancelled,
            "cancelled_url": url(code, by="cancelled"),
            "reasons": _reasons(replace(asked.question, channel=code), counted, told.labels, REASONS),
            "more_reasons": max(len(counted.reasons) - REASONS, 0),
            "given": [
                (currency, count, amount, lists.gestures(replace(asked.question, channel=code), currency=currency))
                for currency, (count, amount) in counted.given().items()
            ],
            "shipped": counted.shipped,
            "shipped_url": url(code, by="shipped"),
            "median": measures.hours(counted.quantile(measures.HALF)),
            "ninety": measures.hours(counted.quantile(measures.MOST)),
        }
        for code, counted in sorted(told.counts.channels.items(), key=lambda item: (-item[1].orders, item[0]))
        if code  # a gesture whose channel is not told stands in the sums above alone
    ]


def _reasons(
    question: Question, counted: counting.Counted, labels: Mapping[str, str], most: int | None = None
) -> list[dict[str, Any]]:
    """Why we cancelled, the most frequent first."""
    return [
        {
            "reason": reason,
            "label": reasons.words(reason, labels),
            "orders": orders,
            "url": lists.orders(question, Filters(by="cancelled", reason=reason), question.span) if reason else "",
        }
        for reason, orders in counted.reasons.most_common(most)
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


def _partial(since: date | None, begins: date) -> dict[str, Any] | None:
    """What the page says where the mirror does not reach back to the period's first day."""
    if since is not None and since <= begins:
        return None
    return {"since": typography.days(since, since) if since else ""}

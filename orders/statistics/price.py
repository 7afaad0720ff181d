"""The price of a decision: what one more cancellation, late parcel or gesture does to the rates of thirty days.

Our estimates, from the rollups, in one statement. How the marketplace reckons is not documented: its own rates move
later, and may move otherwise.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import connection
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from backoffice import shop, typography
from orders.models import Order
from orders.queries import LOST
from orders.statistics import counting, period, quality
from orders.statistics.counting import Counted, share

LEAST = 20  # orders that a share must be of to say anything
HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True)
class Rate:
    """One rate as it is and as it would be, in words. `bar`: the marketplace's; `warning`: how far it is."""

    label: str
    now: str
    then: str
    bar: str = ""
    warning: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Price:
    """What is said before a decision: rates, or why there are none; `already`: why this order changes nothing."""

    rates: tuple[Rate, ...] = ()
    too_little: bool = False
    already: str = ""


@dataclass(frozen=True)
class Month:
    """What is known of the account's last thirty days, and of this order in them. `whole`: the mirror reaches back."""

    counted: Counted
    revenue: Decimal  # in the order's currency
    given: Decimal  # gestures, in the same
    with_gesture: int  # orders
    cancelled_before: bool
    given_before: bool
    bars: dict[str, tuple[Decimal, bool]]  # by indicator: the threshold, whether it is the least allowed
    whole: bool


def of_cancellation(order: Order, now: datetime) -> Price:
    """One more order with a line that we cancel."""
    month = _month(order, now)
    if not month.whole or month.counted.orders < LEAST:
        return Price(too_little=True)
    if month.cancelled_before:
        return Price(already=_("We cancelled a line of this order before: it counts as cancelled already."))
    done, orders = month.counted.cancelled, month.counted.orders
    return Price(
        (
            _rate(pgettext("figure", "Cancelled by us"), (done, orders), (done + 1, orders)),
            *_indicator(month, "refunds", quality.LABELS["refunds"]),
        )
    )


def of_late_parcel(order: Order, now: datetime) -> Price | None:
    """One more parcel after its deadline; None while the deadline can be met, or is not known."""
    if order.deadline is None or order.deadline >= now:
        return None
    month = _month(order, now)
    told = quality.tally("deadlines", month.counted)
    if not month.whole or told is None or told.whole < LEAST:
        return Price(too_little=True)
    later = (told.part, told.whole + 1)
    rate = _rate(_("On time"), (told.part, told.whole), later, *_bar(month, "deadlines"))
    return Price((rate,))


def of_gesture(order: Order, amount: Decimal | None, now: datetime) -> Price:
    """One more order with a gesture, and where the amount is known its part of the revenue."""
    month = _month(order, now)
    if not month.whole or month.counted.orders < LEAST:
        return Price(too_little=True)
    done, orders = month.with_gesture, month.counted.orders
    rates = []
    if not month.given_before:
        rates.append(_rate(_("Orders with a gesture"), (done, orders), (done + 1, orders)))
    if amount is not None and amount > 0 and month.revenue > 0:
        label = _("Gestures of the revenue (%(currency)s)") % {"currency": order.currency}
        rates.append(_rate(label, (month.given, month.revenue), (month.given + amount, month.revenue)))
    already = _("This order had a gesture before: it counts among those with one already.")
    return Price(tuple(rates), already=already if month.given_before else "")


def _indicator(month: Month, name: str, label: Any) -> Iterator[Rate]:
    """Our own count of an indicator whose bad orders are its part, where the marketplace told its bar."""
    told = quality.tally(name, month.counted)
    if told and told.whole >= LEAST and name in month.bars:
        yield _rate(str(label), (told.part, told.whole), (told.part + 1, told.whole + 1), *_bar(month, name))


def _bar(month: Month, name: str) -> tuple[str, str, str]:
    """The marketplace's bar, how far it is after one more, and the tone of it; nothing where it told none."""
    told = quality.tally(name, month.counted)
    if told is None or name not in month.bars:
        return "", "", ""
    threshold, least = month.bars[name]
    bar = _("at least %(share)s") if least else _("at most %(share)s")
    left = quality.until_alert(told.bad + 1, told.whole + 1, threshold, least=least)
    tone = "danger" if left == 0 else "warn" if left is not None and left <= quality.NEAR else ""
    return bar % {"share": _percent(threshold)}, quality.warning(name, left), tone


def _rate(
    label: str, now: tuple[Any, Any], then: tuple[Any, Any], bar: str = "", warning: str = "", tone: str = ""
) -> Rate:
    return Rate(label, _percent(share(*now)), _percent(share(*then)), bar, warning, tone)


def _percent(value: Decimal | None) -> str:
    """To the hundredth, since one order moves little: `1.17 %`, `1,17 %`."""
    written = number_format((value or Decimal(0)).quantize(HUNDREDTH, ROUND_HALF_UP), decimal_pos=2, use_l10n=True)
    return f"{written}{typography.NO_BREAK}%"


def _month(order: Order, now: datetime) -> Month:
    days = period.last(quality.DAYS, shop.day_of(now))
    with connection.cursor() as cursor:
        cursor.execute(
            _MONTH,
            {
                "account": order.account_id, "number": order.number, "currency": order.currency,
                "begins": days.begins, "ends": days.ends, "since": days.since, "until": days.until,
                "lost": list(LOST), "given": counting.GIVEN,
            },
        )  # fmt: skip
        statuses, revenue, verdicts, cancelled, before, bars, reached, gestures = cursor.fetchone()
    counted = Counted(cancelled=cancelled)
    counted.statuses.update(statuses)
    counted.orders = counted.statuses.total()
    counted.verdicts.update(verdicts)
    with_gesture, given, given_before = gestures
    return Month(
        counted=counted,
        revenue=revenue,
        given=Decimal(given),
        with_gesture=with_gesture,
        cancelled_before=before,
        given_before=given_before,
        bars={name: (Decimal(told), least) for name, told, kind in bars if (least := quality.sense(kind)) is not None},
        whole=reached is not None and reached <= days.since,
    )


# Requests are those of `models.BY_US`, as the figures count them; `lost` orders are no revenue.
_MONTH = """
SELECT (SELECT coalesce(json_object_agg(status, n), '{}') FROM (
          SELECT status, sum(orders) n FROM orders_dayrollup
           WHERE account_id = %(account)s AND day BETWEEN %(begins)s AND %(ends)s GROUP BY 1) s),
       (SELECT coalesce(sum(revenue), 0) FROM orders_dayrollup
         WHERE account_id = %(account)s AND day BETWEEN %(begins)s AND %(ends)s AND currency = %(currency)s
           AND status <> ALL(%(lost)s)),
       (SELECT coalesce(json_object_agg(verdict, n), '{}') FROM (
          SELECT verdict, sum(orders) n FROM orders_shippedrollup
           WHERE account_id = %(account)s AND day BETWEEN %(begins)s AND %(ends)s GROUP BY 1) s),
       c.orders, coalesce(c.mine, false),
       (SELECT coalesce(json_agg(json_build_array(name, threshold::text, threshold_type)), '[]')
          FROM orders_indicator WHERE account_id = %(account)s AND threshold IS NOT NULL),
       (SELECT position FROM orders_cursor WHERE account_id = %(account)s AND name = 'backfill'),
       (SELECT json_build_array(count(DISTINCT number),
                                coalesce(sum(amount) FILTER (WHERE currency = %(currency)s), 0)::text,
                                coalesce(bool_or(number = %(number)s), false))
          FROM orders_gesturerequest
         WHERE account_id = %(account)s AND created_at >= %(since)s AND created_at < %(until)s AND status = %(given)s)
  FROM (SELECT count(DISTINCT o.id) orders, bool_or(r.number = %(number)s) mine
          FROM orders_cancellationrequest r
          JOIN orders_order o ON o.account_id = r.account_id AND o.number = r.number
         WHERE r.account_id = %(account)s AND r.created_at >= %(since)s AND r.created_at < %(until)s
           AND r.user_type = 'Seller' AND r.status <> 'Rejected') c
"""

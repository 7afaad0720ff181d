"""Sums by day and by SKU, kept in the mirror's own transaction; a recount gives the same figures.

Revenue is the customers' price in the order's currency. What a SKU sold leaves out cancelled, refused and rejected
lines.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from backoffice import shop
from backoffice.models import SellerAccount
from orders import folding, models, writing
from orders.rows import LINE_AT, LOST, Document, line_sum

DAY = models.DayRollup._meta.db_table
SKU = models.SkuRollup._meta.db_table
ORDER_TABLE = models.Order._meta.db_table
LINE_TABLE = models.Line._meta.db_table
TITLE = 500

DayKey = tuple[date, str, str, str]  # day, channel, status, currency
SkuKey = tuple[date, str, str]  # month, sku, currency

_sku, _status, _quantity, _title = (LINE_AT[name] for name in ("sku", "status", "quantity", "title"))


@dataclass(slots=True)
class Deltas:
    """What a page of orders adds to the sums, and takes from them."""

    days: dict[DayKey, list[Any]] = field(default_factory=lambda: defaultdict(lambda: [0, 0, Decimal(0)]))
    skus: dict[SkuKey, list[Any]] = field(default_factory=lambda: defaultdict(lambda: [0, 0, Decimal(0)]))
    titles: dict[SkuKey, str] = field(default_factory=dict)

    def add(self, document: Document, sign: int) -> None:
        """Count an order in (1) or out (-1)."""
        day, currency = document["day"], document["currency"]
        sums = self.days[(day, document["channel"], document["status"], currency)]
        sums[0] += sign
        sums[1] += sign * document["item_count"]
        sums[2] += sign * (document["selling_total"] or 0)
        month = day.replace(day=1)
        for row in document.lines.values():
            key = (month, row[_sku], currency)
            sums = self.skus[key]
            if sign > 0 and row[_title]:
                self.titles[key] = row[_title][:TITLE]
            if row[_status] not in LOST:
                sums[0] += sign
                sums[1] += sign * row[_quantity]
                sums[2] += sign * line_sum(row)


def apply(cursor: writing.Cursor, account: int, deltas: Deltas) -> None:
    """Write the deltas; keys are sorted so that two writers never wait for each other in a circle."""
    days = [(*key, *sums) for key, sums in sorted(deltas.days.items()) if any(sums)]
    if days:
        cursor.execute(
            f"INSERT INTO {DAY} AS kept (account_id, day, channel, status, currency, orders, items, revenue)"  # noqa: S608
            " SELECT %s, (row->>0)::date, row->>1, row->>2, row->>3, (row->>4)::int, (row->>5)::bigint,"
            " (row->>6)::numeric FROM json_array_elements(%s::json) AS fresh (row)"
            " ON CONFLICT (account_id, day, channel, status, currency) DO UPDATE SET"
            " orders = kept.orders + excluded.orders, items = kept.items + excluded.items,"
            " revenue = kept.revenue + excluded.revenue",
            [account, writing.json_text(days)],
        )
    skus = [
        (*key, title, folding.fold(title)[:TITLE], *sums)
        for key, sums in sorted(deltas.skus.items())
        if (title := deltas.titles.get(key, "")) or any(sums)
    ]
    if skus:
        cursor.execute(
            f"INSERT INTO {SKU} AS kept (account_id, month, sku, currency, title, folded, lines, items, revenue)"  # noqa: S608
            " SELECT %s, (row->>0)::date, row->>1, row->>2, row->>3, row->>4, (row->>5)::int, (row->>6)::bigint,"
            " (row->>7)::numeric FROM json_array_elements(%s::json) AS fresh (row)"
            " ON CONFLICT (account_id, month, sku, currency) DO UPDATE SET"
            " lines = kept.lines + excluded.lines, items = kept.items + excluded.items,"
            " revenue = kept.revenue + excluded.revenue,"
            " title = CASE WHEN excluded.title = '' THEN kept.title ELSE excluded.title END,"
            " folded = CASE WHEN excluded.title = '' THEN kept.folded ELSE excluded.folded END",
            [account, writing.json_text(skus)],
        )


def recount(account: SellerAccount) -> int:
    """Write every sum anew from the orders, days by today's zone; returns how many were wrong.

    It holds the mirror's writers of the account for as long as the count takes.
    """
    with transaction.atomic(), writing.cursor() as cursor:
        writing.lock(cursor, account.pk)
        _redate(cursor, account)
        cursor.execute(
            "WITH truth AS (SELECT day, channel, status, currency, count(*)::int AS orders,"  # noqa: S608
            " sum(item_count) AS items, coalesce(sum(selling_total), 0) AS revenue"
            f" FROM {ORDER_TABLE} WHERE account_id = %s GROUP BY 1, 2, 3, 4),"
            f" gone AS (DELETE FROM {DAY} AS kept WHERE account_id = %s AND NOT EXISTS (SELECT FROM truth AS t"
            " WHERE (t.day, t.channel, t.status, t.currency) = (kept.day, kept.channel, kept.status, kept.currency))"
            " RETURNING orders <> 0 OR items <> 0 OR revenue <> 0 AS wrong),"
            f" put AS (INSERT INTO {DAY} AS kept (account_id, day, channel, status, currency, orders, items, revenue)"
            " SELECT %s, * FROM truth ON CONFLICT (account_id, day, channel, status, currency) DO UPDATE SET"
            " orders = excluded.orders, items = excluded.items, revenue = excluded.revenue"
            " WHERE (kept.orders, kept.items, kept.revenue) IS DISTINCT FROM"
            " (excluded.orders, excluded.items, excluded.revenue) RETURNING 1)"
            " SELECT (SELECT count(*) FROM gone WHERE wrong) + (SELECT count(*) FROM put)",
            [account.pk] * 3,
        )
        days = cursor.fetchone()[0]
        cursor.execute(
            "WITH truth AS (SELECT date_trunc('month', o.day)::date AS month, l.sku, o.currency,"  # noqa: S608
            " (array_agg(left(l.title, 500) ORDER BY o.placed_at DESC, l.id))[1] AS title,"
            " count(*) FILTER (WHERE sold)::int AS lines, coalesce(sum(l.quantity) FILTER (WHERE sold), 0) AS items,"
            " coalesce(sum(coalesce(l.selling_unit, 0) * l.quantity + coalesce(l.selling_shipping, 0))"
            " FILTER (WHERE sold), 0) AS revenue"
            f" FROM {LINE_TABLE} AS l JOIN {ORDER_TABLE} AS o ON o.id = l.order_id,"
            " LATERAL (SELECT l.status <> ALL(%s) AS sold) AS s WHERE o.account_id = %s GROUP BY 1, 2, 3),"
            f" gone AS (UPDATE {SKU} AS kept SET lines = 0, items = 0, revenue = 0 WHERE account_id = %s"
            " AND (lines, items, revenue) <> (0, 0, 0) AND NOT EXISTS (SELECT FROM truth AS t"
            " WHERE (t.month, t.sku, t.currency) = (kept.month, kept.sku, kept.currency)) RETURNING 1),"
            f" put AS (INSERT INTO {SKU} AS kept"
            " (account_id, month, sku, currency, title, folded, lines, items, revenue)"
            " SELECT %s, month, sku, currency, title, '', lines, items, revenue FROM truth"
            " ON CONFLICT (account_id, month, sku, currency) DO UPDATE SET"
            " lines = excluded.lines, items = excluded.items, revenue = excluded.revenue"
            " WHERE (kept.lines, kept.items, kept.revenue) IS DISTINCT FROM"
            " (excluded.lines, excluded.items, excluded.revenue) RETURNING 1)"
            " SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM put)",
            [sorted(LOST), account.pk, account.pk, account.pk],
        )
        skus = cursor.fetchone()[0]
        _fold_titles(account)
    return int(days + skus)


def _redate(cursor: writing.Cursor, account: SellerAccount) -> None:
    """The days of the shop's zone as it is chosen now."""
    cursor.execute(
        f"UPDATE {ORDER_TABLE} SET day = (placed_at AT TIME ZONE %s)::date"  # noqa: S608
        " WHERE account_id = %s AND day <> (placed_at AT TIME ZONE %s)::date",
        [shop.zone().key, account.pk, shop.zone().key],
    )


def _fold_titles(account: SellerAccount) -> None:
    """Folding is ours, not the database's: rows made by the count get their words here."""
    rows = models.SkuRollup.objects.filter(account=account, folded="").exclude(title="")
    for row in rows.iterator(chunk_size=1_000):
        row.folded = folding.fold(row.title)[:TITLE]
        row.save(update_fields=["folded"])

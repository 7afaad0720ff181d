"""Sums by day and by SKU, kept in the mirror's own transaction; a recount gives the same figures.

Revenue is the customers' price in the order's currency. What a SKU sold leaves out cancelled, refused and rejected
lines.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from backoffice import shop
from backoffice.models import SellerAccount
from orders import folding, models, writing
from orders.punctuality import COUNTED, LONGEST, Shipping, untimed
from orders.rows import GONE, LINE_AT, LOST, SELLER, Document, line_sum

DAY = models.DayRollup._meta.db_table
SHIPPED = models.ShippedRollup._meta.db_table
SKU = models.SkuRollup._meta.db_table
ORDER_TABLE = models.Order._meta.db_table
LINE_TABLE = models.Line._meta.db_table
TITLE = 500

DayKey = tuple[date, str, str, str]  # day, channel, status, currency
SkuKey = tuple[date, str, str]  # month, sku, currency
ShippedKey = tuple[date, str, str, int]  # day, channel, verdict, hours
VERDICTS = {
    on_time: verdict.value for on_time, verdict in zip((True, False, None), models.ShippedRollup.Verdict, strict=True)
}
DAY_SUMS = ("orders", "items", "revenue", "untimed", "commission", "estimated", "fees")

_sku, _status, _quantity, _title = (LINE_AT[name] for name in ("sku", "status", "quantity", "title"))


@dataclass(slots=True)
class Deltas:
    """What a page of orders adds to the sums, and takes from them."""

    days: dict[DayKey, list[Any]] = field(default_factory=lambda: defaultdict(_nothing))
    shipped: dict[ShippedKey, int] = field(default_factory=lambda: defaultdict(int))
    skus: dict[SkuKey, list[Any]] = field(default_factory=lambda: defaultdict(lambda: [0, 0, Decimal(0)]))
    titles: dict[SkuKey, str] = field(default_factory=dict)

    def add(self, document: Document, shipping: Shipping, sign: int) -> None:
        """Count an order in (1) or out (-1), as it is shipped at that moment."""
        day, currency = document["day"], document["currency"]
        sums = self.days[(day, document["channel"], document["status"], currency)]
        sums[0] += sign
        sums[1] += sign * document["item_count"]
        sums[2] += sign * (document["selling_total"] or 0)
        sums[3] += sign * untimed(document, shipping)
        sums[4] += sign * (document["commission"] or 0)
        sums[5] += sign * document["commission_estimated"]
        sums[6] += sign * (document["fees_total"] or 0)
        if shipping.day is not None and shipping.hours is not None:
            self.shipped[(shipping.day, document["channel"], VERDICTS[shipping.on_time], shipping.hours)] += sign
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


def _nothing() -> list[Any]:
    return [0, 0, Decimal(0), 0, Decimal(0), 0, Decimal(0)]


def apply(cursor: writing.Cursor, account: int, deltas: Deltas) -> None:
    """Write the deltas; keys are sorted so that two writers never wait for each other in a circle."""
    days = [(*key, *sums) for key, sums in sorted(deltas.days.items()) if any(sums)]
    if days:
        cursor.execute(
            f"INSERT INTO {DAY} AS kept (account_id, day, channel, status, currency, {', '.join(DAY_SUMS)})"  # noqa: S608
            " SELECT %s, (row->>0)::date, row->>1, row->>2, row->>3, (row->>4)::int, (row->>5)::bigint,"
            " (row->>6)::numeric, (row->>7)::int, (row->>8)::numeric, (row->>9)::int, (row->>10)::numeric"
            " FROM json_array_elements(%s::json) AS fresh (row)"
            " ON CONFLICT (account_id, day, channel, status, currency) DO UPDATE SET "
            + ", ".join(f"{name} = kept.{name} + excluded.{name}" for name in DAY_SUMS),
            [account, writing.json_text(days)],
        )
    shipped = [(*key, orders) for key, orders in sorted(deltas.shipped.items()) if orders]
    if shipped:
        cursor.execute(
            f"INSERT INTO {SHIPPED} AS kept (account_id, day, channel, verdict, hours, orders)"  # noqa: S608
            " SELECT %s, (row->>0)::date, row->>1, row->>2, (row->>3)::smallint, (row->>4)::int"
            " FROM json_array_elements(%s::json) AS fresh (row)"
            " ON CONFLICT (account_id, day, channel, verdict, hours) DO UPDATE SET"
            " orders = kept.orders + excluded.orders",
            [account, writing.json_text(shipped)],
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
        _reckon(cursor, account)
        days = _recount(
            cursor, account, DAY, ("day", "channel", "status", "currency"), DAY_SUMS,
            "SELECT day, channel, status, currency, count(*)::int AS orders, sum(item_count) AS items,"  # noqa: S608
            " coalesce(sum(selling_total), 0) AS revenue,"
            " count(*) FILTER (WHERE ours AND status = ANY(%(gone)s) AND shipped_day IS NULL)::int AS untimed,"
            " coalesce(sum(commission), 0) AS commission,"
            " count(*) FILTER (WHERE commission_estimated)::int AS estimated, coalesce(sum(fees_total), 0) AS fees"
            f" FROM {ORDER_TABLE} WHERE account_id = %(account)s GROUP BY 1, 2, 3, 4",
        )  # fmt: skip
        shipped = _recount(
            cursor, account, SHIPPED, ("day", "channel", "verdict", "hours"), ("orders",),
            "SELECT shipped_day AS day, channel, CASE on_time WHEN true THEN 'met' WHEN false THEN 'missed'"  # noqa: S608
            " ELSE 'none' END AS verdict, ship_hours AS hours, count(*)::int AS orders"
            f" FROM {ORDER_TABLE} WHERE account_id = %(account)s AND shipped_day IS NOT NULL GROUP BY 1, 2, 3, 4",
        )  # fmt: skip
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
    return int(days + shipped + skus)


def _recount(
    cursor: writing.Cursor, account: SellerAccount, table: str, keys: Sequence[str], sums: Sequence[str], truth: str
) -> int:
    """Make a table of sums what `truth` selects; how many of its rows were wrong."""
    names, kept, fresh = (
        ", ".join(keys),
        ", ".join(f"kept.{key}" for key in keys),
        ", ".join(f"t.{key}" for key in keys),
    )
    columns = ", ".join((*keys, *sums))
    cursor.execute(
        f"WITH truth AS ({truth}),"  # noqa: S608
        f" gone AS (DELETE FROM {table} AS kept WHERE account_id = %(account)s AND NOT EXISTS"
        f" (SELECT FROM truth AS t WHERE ({fresh}) = ({kept}))"
        f" RETURNING {' OR '.join(f'{name} <> 0' for name in sums)} AS wrong),"
        f" put AS (INSERT INTO {table} AS kept (account_id, {columns}) SELECT %(account)s, {columns} FROM truth"
        f" ON CONFLICT (account_id, {names}) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in sums)}"
        f" WHERE ({', '.join(f'kept.{name}' for name in sums)}) IS DISTINCT FROM"
        f" ({', '.join(f'excluded.{name}' for name in sums)}) RETURNING 1)"
        " SELECT (SELECT count(*) FROM gone WHERE wrong) + (SELECT count(*) FROM put)",
        {"account": account.pk, "gone": sorted(GONE)},
    )
    return int(cursor.fetchone()[0])


def _redate(cursor: writing.Cursor, account: SellerAccount) -> None:
    """The days of the shop's zone as it is chosen now; what `punctuality` says of every order that was shipped."""
    cursor.execute(
        f"UPDATE {ORDER_TABLE} SET day = (placed_at AT TIME ZONE %s)::date"  # noqa: S608
        " WHERE account_id = %s AND day <> (placed_at AT TIME ZONE %s)::date",
        [shop.zone().key, account.pk, shop.zone().key],
    )
    cursor.execute(
        _SHIPPED,
        {
            "zone": shop.zone().key, "longest": LONGEST, "counted": sorted(COUNTED), "lost": sorted(LOST),
            "seller": SELLER, "account": account.pk,
        },
    )  # fmt: skip


def _reckon(cursor: writing.Cursor, account: SellerAccount) -> None:
    """Commission and fees of every order, as `rows` reckons them from its lines."""
    cursor.execute(_CHARGES, {"account": account.pk, "lost": sorted(LOST)})


def _fold_titles(account: SellerAccount) -> None:
    """Folding is ours, not the database's: rows made by the count get their words here."""
    rows = models.SkuRollup.objects.filter(account=account, folded="").exclude(title="")
    for row in rows.iterator(chunk_size=1_000):
        row.folded = folding.fold(row.title)[:TITLE]
        row.save(update_fields=["folded"])


_SHIPPED = f"""
UPDATE {ORDER_TABLE} o SET (shipped_day, on_time, ship_hours) = ROW(t.day, t.on_time, t.hours)
  FROM (SELECT o.id, (CASE WHEN c.counted THEN o.shipped_at AT TIME ZONE %(zone)s END)::date AS day,
               CASE WHEN c.counted THEN o.shipped_at <= d.due END AS on_time,
               CASE WHEN c.counted THEN greatest(0, least(%(longest)s,
                    floor(extract(epoch FROM o.shipped_at - o.placed_at) / 3600)))::int END AS hours
          FROM {ORDER_TABLE} o,
       LATERAL (SELECT o.shipped_at IS NOT NULL AND o.ours AND o.status = ANY(%(counted)s) AS counted) c,
       LATERAL (SELECT coalesce(min(coalesce(l.ship_by, o.ship_by)) FILTER (WHERE l.status <> ALL(%(lost)s)),
                                min(coalesce(l.ship_by, o.ship_by))) AS due
                  FROM {LINE_TABLE} l WHERE l.order_id = o.id AND l.supply_mode = %(seller)s) d
         WHERE o.account_id = %(account)s AND (o.shipped_at IS NOT NULL OR o.shipped_day IS NOT NULL)) t
 WHERE t.id = o.id AND (o.shipped_day, o.on_time, o.ship_hours) IS DISTINCT FROM (t.day, t.on_time, t.hours)
"""  # noqa: S608 (names of ours)

_CHARGES = f"""
UPDATE {ORDER_TABLE} o SET (commission, commission_estimated, fees_total) = ROW(t.told, t.guessed, t.fees)
  FROM (SELECT o.id, sum(one.amount) AS told, coalesce(bool_or(one.guessed), false) AS guessed, f.fees
          FROM {ORDER_TABLE} o
          LEFT JOIN LATERAL (
               SELECT coalesce(l.commission_without_vat,
                               round((l.offer_unit * l.quantity + coalesce(l.offer_shipping, 0))
                                     * l.commission_rate / 10000, 2)) AS amount,
                      l.commission_without_vat IS NULL AND l.commission_rate IS NOT NULL
                      AND l.offer_unit IS NOT NULL AS guessed
                 FROM {LINE_TABLE} l
                WHERE l.order_id = o.id
                  AND (l.status <> ALL(%(lost)s) OR NOT EXISTS (SELECT FROM {LINE_TABLE} other
                       WHERE other.order_id = o.id AND other.status <> ALL(%(lost)s)))) one ON true,
       LATERAL (SELECT sum((fee->>1)::numeric) AS fees FROM jsonb_array_elements(o.fees) AS every (fee)) f
         WHERE o.account_id = %(account)s GROUP BY o.id, f.fees) t
 WHERE t.id = o.id AND (o.commission, o.commission_estimated, o.fees_total) IS DISTINCT FROM (t.told, t.guessed, t.fees)
"""  # noqa: S608 (names of ours)

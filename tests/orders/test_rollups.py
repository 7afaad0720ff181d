"""The sums by day and SKU always equal a plain count of the orders."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backoffice import shop
from octopia import schema
from orders import mirror, models, rollups, sums
from tests import make

pytestmark = pytest.mark.django_db

START = datetime(2026, 10, 30, 22, 0, tzinfo=UTC)
STATUSES = ["WaitingAcceptance", "InPreparation", "Shipped", "Cancelled", "Refused", "Novel"]

lines = st.lists(
    st.builds(
        make.line,
        code=st.sampled_from("ABCD"),
        sku=st.sampled_from(["LAMP", "MUG", ""]),
        status=st.sampled_from(STATUSES),
        quantity=st.integers(0, 5),
        selling_unit=st.none() | st.decimals(0, 99, places=2),
        selling_shipping=st.none() | st.decimals(0, 9, places=4),
        supply_mode=st.sampled_from(["Seller", "Seller", "Fulfillment"]),
        ship_by=st.none() | st.integers(190, 210).map(lambda hours: START + timedelta(hours=hours)),
        offer_unit=st.none() | st.decimals(0, 99, places=2),
        commission_without_vat=st.none() | st.decimals(0, 9, places=2),
        commission_rate=st.none() | st.sampled_from([Decimal(800), Decimal(1215)]),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda line: line.code,
)
readings = st.lists(
    st.builds(
        make.reading,
        number=st.sampled_from(["SCID1", "SCID2", "SCID3"]),
        status=st.sampled_from(STATUSES),
        channel=st.sampled_from(["CDISFR", "ZZLINE"]),
        currency=st.sampled_from(["EUR", "PLN"]),
        purchased_at=st.integers(0, 100).map(lambda hours: START + timedelta(hours=hours)),
        changed_at=st.integers(0, 5).map(lambda hours: START + timedelta(hours=200 + hours)),
        selling_total=st.none() | st.decimals(0, 999, places=2),
        ship_by=st.none() | st.integers(195, 205).map(lambda hours: START + timedelta(hours=hours)),
        service_fees=st.lists(
            st.builds(schema.ServiceFee, label=st.just("card"), amount=st.decimals(0, 9, places=2))
        ).map(tuple),
        lines=lines.map(tuple),
    ),
    min_size=1,
    max_size=8,
)


GONE = ("Shipped", "Delivered")
LOST = ("Cancelled", "Refused", "Rejected")


def counted(account):
    """Every table by a plain count in Python."""
    days: dict[Any, list[Any]] = defaultdict(lambda: [0, 0, Decimal(0), 0, Decimal(0), 0, Decimal(0)])
    shipped: dict[Any, int] = defaultdict(int)
    skus: dict[Any, list[Any]] = defaultdict(lambda: [0, 0, Decimal(0)])
    for order in models.Order.objects.filter(account=account).prefetch_related("lines"):
        lines = list(order.lines.all())
        charged = sums.order_sum(lines, order.fees)
        verdict = punctual(order, lines)
        row = days[(order.day, order.channel, order.status, order.currency)]
        row[0] += 1
        row[1] += sum(line.quantity for line in lines)
        row[2] += order.selling_total or 0
        row[3] += order.ours and order.status in GONE and order.shipped_at is None
        row[4] += charged.commission.amount if charged.commission else 0
        row[5] += bool(charged.commission and charged.commission.estimated)
        row[6] += sum(amount for _label, amount in charged.fees)
        if verdict:
            shipped[verdict] += 1
        for line in lines:
            if line.status not in LOST:
                row = skus[(order.day.replace(day=1), line.sku, order.currency)]
                row[0] += 1
                row[1] += line.quantity
                row[2] += (line.selling_unit or 0) * line.quantity + (line.selling_shipping or 0)
    return dict(days), dict(shipped), dict(skus)


def punctual(order, lines):
    """The key under which a shipped order is counted; None for one that is not."""
    ours = [line for line in lines if line.supply_mode == "Seller"]
    if order.shipped_at is None or not ours or order.status not in GONE + LOST:
        return None
    standing = [line for line in ours if line.status not in LOST]
    dues = [due for line in standing if (due := line.ship_by or order.ship_by)]
    dues = dues or [due for line in ours if (due := line.ship_by or order.ship_by)]
    hours = max(0, int((order.shipped_at - order.placed_at).total_seconds() // 3600))
    verdict = ("met" if order.shipped_at <= min(dues) else "missed") if dues else "none"
    return shop.day_of(order.shipped_at), order.channel, verdict, hours


def kept(account):
    """The tables as they stand, without rows of nothing."""
    names = ("orders", "items", "revenue", "untimed", "commission", "estimated", "fees")
    days = {
        (row.day, row.channel, row.status, row.currency): [getattr(row, name) for name in names]
        for row in models.DayRollup.objects.filter(account=account)
    }
    shipped = {
        (row.day, row.channel, row.verdict, row.hours): row.orders
        for row in models.ShippedRollup.objects.filter(account=account, orders__gt=0)
    }
    skus = {
        (row.month, row.sku, row.currency): [row.lines, row.items, row.revenue]
        for row in models.SkuRollup.objects.filter(account=account)
    }
    days = {key: row for key, row in days.items() if any(row)}
    return days, shipped, {key: row for key, row in skus.items() if any(row)}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(readings)
def test_whatever_comes_in_whatever_order_the_sums_equal_a_count(account, came):
    models.Order.objects.filter(account=account).delete()
    models.DayRollup.objects.all().delete()
    models.ShippedRollup.objects.all().delete()
    models.SkuRollup.objects.all().delete()

    for at in range(0, len(came), 3):
        mirror.store(account, came[at : at + 3], source="live")

    assert kept(account) == counted(account)
    assert rollups.recount(account) == 0
    assert kept(account) == counted(account)


def test_a_recount_mends_what_was_wrong(account):
    make.order("SCID1", of=account)
    make.order("SCID2", of=account, lines=(make.line("A", sku="MUG", title="Tasse émaillée"),))
    models.DayRollup.objects.update(orders=7)
    models.SkuRollup.objects.filter(sku="MUG").delete()
    models.SkuRollup.objects.create(account=account, month="2020-01-01", sku="GONE", currency="EUR", lines=3)

    wrong = rollups.recount(account)

    models.Order.objects.filter(number="SCID2").update(status="Shipped", shipped_at=timezone.now(), commission=None)

    rollups.recount(account)

    assert wrong >= 3
    assert models.ShippedRollup.objects.get().verdict == "met"
    assert kept(account) == counted(account)
    assert models.SkuRollup.objects.get(sku="MUG").folded == "tasse emaillee"


def test_another_zone_is_another_day_after_the_recount(account):
    late = datetime(2026, 7, 31, 23, 30, tzinfo=UTC)
    make.order("SCID1", of=account, purchased_at=late, created_at=late, changed_at=late)
    shop.choose("time_zone", "UTC", None)

    rollups.recount(account)

    assert str(models.Order.objects.get().day) == "2026-07-31"
    assert kept(account) == counted(account)


def test_a_sku_of_cancelled_lines_alone_is_still_a_word(account):
    make.order("SCID1", of=account, lines=(make.line("A", status="Cancelled", sku="MUG", title="Tasse"),))

    row = models.SkuRollup.objects.get()
    assert (row.sku, row.folded, row.lines, row.revenue) == ("MUG", "tasse", 0, Decimal(0))

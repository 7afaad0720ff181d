"""The sums by day and SKU always equal a plain count of the orders."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backoffice import shop
from orders import mirror, models, rollups
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
        lines=lines.map(tuple),
    ),
    min_size=1,
    max_size=8,
)


def counted(account):
    """Both tables by a plain count in Python."""
    days: dict[Any, list[Any]] = defaultdict(lambda: [0, 0, Decimal(0)])
    skus: dict[Any, list[Any]] = defaultdict(lambda: [0, 0, Decimal(0)])
    for order in models.Order.objects.filter(account=account).prefetch_related("lines"):
        sums = days[(order.day, order.channel, order.status, order.currency)]
        sums[0] += 1
        sums[1] += sum(line.quantity for line in order.lines.all())
        sums[2] += order.selling_total or 0
        for line in order.lines.all():
            if line.status not in ("Cancelled", "Refused", "Rejected"):
                sums = skus[(order.day.replace(day=1), line.sku, order.currency)]
                sums[0] += 1
                sums[1] += line.quantity
                sums[2] += (line.selling_unit or 0) * line.quantity + (line.selling_shipping or 0)
    return dict(days), dict(skus)


def kept(account):
    """Both tables as they stand, without rows of nothing."""
    days = {
        (row.day, row.channel, row.status, row.currency): [row.orders, row.items, row.revenue]
        for row in models.DayRollup.objects.filter(account=account)
    }
    skus = {
        (row.month, row.sku, row.currency): [row.lines, row.items, row.revenue]
        for row in models.SkuRollup.objects.filter(account=account)
    }
    return {key: sums for key, sums in days.items() if any(sums)}, {
        key: sums for key, sums in skus.items() if any(sums)
    }


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(readings)
def test_whatever_comes_in_whatever_order_the_sums_equal_a_count(account, came):
    models.Order.objects.filter(account=account).delete()
    models.DayRollup.objects.all().delete()
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

    assert wrong >= 3
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

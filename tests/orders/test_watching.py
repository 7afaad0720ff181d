"""Alerts that no event opens: each opens once and closes by itself."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from backoffice import alerts, shop
from backoffice.limiter import Budget
from backoffice.models import Alert, Breaker, SellerAccount
from orders.models import Cursor, Indicator
from orders.watching import watch
from tests import make

pytestmark = pytest.mark.django_db


def standing(kind):
    return [alerts.words(alert) for alert in Alert.objects.filter(kind=kind, closed_at=None)]


def test_a_mirror_left_behind_and_read_again():
    account = make.account()
    now = timezone.now()
    cursor = Cursor.objects.create(account=account, name="live", last_success=now - timedelta(minutes=9))
    watch(now)
    assert standing("mirror-stale") == []

    watch(now + timedelta(minutes=3))
    watch(now + timedelta(minutes=33))
    assert standing("mirror-stale") == ["The marketplace was last read 42 minutes ago: new orders may be missing."]
    assert Alert.objects.get(kind="mirror-stale").times == 2

    cursor.last_success = now + timedelta(minutes=33)
    cursor.save()
    watch(now + timedelta(minutes=34))
    assert standing("mirror-stale") == []


def test_an_account_that_rests_or_is_new_is_not_late():
    account = make.account()
    now = timezone.now()
    watch(now + timedelta(minutes=29))
    assert standing("mirror-stale") == []
    watch(now + timedelta(minutes=45))
    assert len(standing("mirror-stale")) == 1

    SellerAccount.objects.filter(pk=account.pk).update(active=False)
    watch(now + timedelta(minutes=46))
    assert standing("mirror-stale") == []


def test_a_spent_hour(settings):
    settings.OCTOPIA_CALLS_PER_HOUR = 60
    account = make.account()
    now = timezone.now()
    watch(now)
    assert standing("quota") == []

    Budget(account.client_id).heard("sync", status=429, wait=600, quota=True)
    watch(now)
    assert standing("quota") == ["The hour's calls are spent: 0 of 60. What is new waits until some are free again."]

    Breaker.objects.update(paused_until=now - timedelta(seconds=1))
    watch(now)
    assert standing("quota") == []


@pytest.mark.parametrize(
    ("kind", "value", "threshold", "near"),
    [
        ("Minimum", "95.9", "95", True),
        ("Minimum", "96.1", "95", False),
        ("Minimum", "90", "95", True),
        ("Maximum", "4.1", "5", True),
        ("Maximum", "3.9", "5", False),
        ("Unknown", "4.9", "5", False),
    ],
)
def test_an_indicator_near_its_threshold(kind, value, threshold, near):
    told = Indicator.objects.create(
        account=make.account(), name="deadlines", threshold_type=kind, value_d30=Decimal(value),
        threshold=Decimal(threshold),
    )  # fmt: skip

    watch(timezone.now())

    said = f"Deadlines kept: {value} % of the last 30 days; the marketplace's threshold is {threshold} %."
    assert standing("indicator") == ([said] if near else [])
    told.delete()
    watch(timezone.now())
    assert standing("indicator") == []


def test_the_margin_is_the_shops():
    Indicator.objects.create(
        account=make.account(), name="claims", threshold_type="max", value_d30=Decimal(3), threshold=Decimal(5)
    )
    shop.choose("indicator_margin_claims", "2", None)

    watch(timezone.now())

    assert len(standing("indicator")) == 1

"""What the monitor reads of the mirror."""

from datetime import timedelta

import pytest
from django.utils import timezone

from orders import gauges
from orders.models import Cursor, Quarantine, Reading
from tests import make

pytestmark = pytest.mark.django_db


def samples(name):
    return next(gauge.samples for gauge in gauges.mirror(timezone.now()) if gauge.name == name)


def test_orders_are_counted_by_account_and_status(account):
    make.order(number="A1", status="Shipped")
    make.order(number="A2", status="InPreparation")
    make.order(number="A3", status="InPreparation")

    assert samples("orders") == [((account.slug, "InPreparation"), 2), ((account.slug, "Shipped"), 1)]


def test_what_is_set_aside_or_waits_is_counted_until_it_is_solved(account):
    for number, solved in (("B1", None), ("B2", timezone.now())):
        Quarantine.objects.create(account=account, number=number, reason="no lines", raw="{}", solved_at=solved)
        Reading.objects.create(account=account, number=number, why="quarantine", done_at=solved)

    assert samples("quarantine") == [((account.slug,), 1)]
    assert samples("readings_waiting") == [((account.slug,), 1)]


def test_the_lag_is_the_age_of_the_last_clean_run(account):
    Cursor.objects.create(account=account, name="live", last_success=timezone.now() - timedelta(seconds=90))

    (((slug,), lag),) = samples("lag_seconds")

    assert slug == account.slug
    assert 90 <= lag < 95


def test_an_account_that_is_not_read_any_more_has_no_figures(account):
    make.order(number="C1")
    account.active = False
    account.save()

    assert samples("orders") == []

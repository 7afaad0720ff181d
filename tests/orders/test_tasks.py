"""The mirror's jobs: all of them run from one look at the leases, and a trouble of one stops no other."""

import pytest
from django.utils import timezone

from backoffice import jobs
from backoffice.models import Lease
from orders import models, tasks
from tests.orders.truth import differences

pytestmark = pytest.mark.django_db

OURS = {
    *("live", "nightly", "backfill", "readings", "audit", "gestures", "cancellations", "reference", "retention"),
    "recount",
}


def test_one_look_runs_every_job_of_the_mirror(market, account):
    market.place_many(40)

    ran = {name.partition(":")[0] for name in jobs.run_due()}

    assert ran >= OURS
    assert not Lease.objects.filter(failures__gt=0).exists()
    assert differences(market, account) == []
    assert models.Carrier.objects.exists()


def test_an_inactive_account_is_left_alone(market, account, calls):
    account.active = False
    account.save()

    jobs.run_due()

    assert calls == []


def test_a_run_that_fails_is_noted_and_the_others_go_on(market, account):
    market.place_many(10)
    market.faults = [{"fault": "500 before", "path": "/carriers"}]

    jobs.run_due()

    failed = set(Lease.objects.filter(failures__gt=0).values_list("name", flat=True))
    assert failed == {f"reference:{account.pk}"}
    assert models.Order.objects.count() == 10


def due(account):
    return Lease.objects.filter(name=f"audit:{account.pk}", due__lte=timezone.now()).exists()


def test_the_first_end_of_the_past_is_audited_at_once_and_later_ones_are_not(market, account):
    market.place_many(3)

    while not Lease.objects.filter(name=f"audit:{account.pk}").exists():
        tasks.fill(account)
    first = due(account)
    Lease.objects.all().delete()
    tasks.fill(account)

    assert first
    assert not due(account)

"""The proof of completeness: what is missing is found, told, read again, and the alert closes by itself."""

import random
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

import octopia
from backoffice.limiter import Budget
from backoffice.models import Alert
from orders import audit, backfill, models, readings, sync
from tests.orders.truth import differences

pytestmark = pytest.mark.django_db


@pytest.fixture
def mirrored(market, account):
    """A market of 150 orders, all of them mirrored."""
    market.place_many(150)
    sync.live(account)
    backfill.backfill(account)
    return market


class Oldest(random.Random):
    """Luck that always looks at the oldest page, where these tests leave everything as it is."""

    def random(self):
        return 0.0


def luck():
    return random.Random(1)


def drift():
    return Alert.objects.filter(kind="drift", closed_at=None)


def test_a_mirror_that_is_complete_agrees(mirrored, account, calls):
    calls.clear()

    report = audit.audit(account, luck=luck())

    assert (report.differing, report.missed, report.drift) == ([], 0, False)
    assert report.compared == 10
    assert report.calls == len(calls) <= audit.CALLS
    assert models.Comparison.objects.filter(differs_times=0).count() == 10


def test_before_the_first_run_nothing_is_compared(market, account, calls):
    market.place_many(10)

    report = audit.audit(account)

    assert (report.compared, calls) == (0, [])


def test_a_difference_seen_twice_is_drift_and_is_repaired(mirrored, account):
    lost = models.Order.objects.filter(created_at__gt=timezone.now() - timedelta(days=20), status="Shipped")
    lost.filter(pk__in=list(lost.values_list("pk", flat=True)[:5])).delete()

    audit.audit(account, luck=Oldest())
    assert not drift().exists()
    report = audit.audit(account, luck=Oldest())
    assert report.drift
    assert drift().get().params["theirs"] > drift().get().params["ours"]
    assert sync.freshness([account]).drift
    readings.read_due()
    after = audit.audit(account, luck=luck())

    assert not after.drift
    assert not drift().exists()
    assert differences(mirrored, account) == []


def test_an_audit_with_differences_stays_within_its_calls(mirrored, account, calls):
    models.Order.objects.all().delete()
    calls.clear()

    report = audit.audit(account, luck=luck())
    readings.read_due()

    assert report.calls <= audit.CALLS
    assert report.differing


def test_a_change_that_is_only_not_read_yet_is_no_difference(mirrored, account):
    for order in list(mirrored.documents())[:40]:
        found = mirrored.order(order)
        if found.status == "InPreparation":
            with mirrored.changing(found):
                for line in found.lines:
                    line["status"] = "Shipped"

    report = audit.audit(account, luck=luck())

    assert report.differing == []
    assert differences(mirrored, account) == []


def test_a_page_of_the_past_shows_what_was_missed(mirrored, account):
    models.Order.objects.filter(created_at__lt=timezone.now() - timedelta(hours=1)).delete()

    report = audit.audit(account, luck=luck())

    assert report.missed == report.sampled > 0
    assert models.Reading.objects.filter(kind="period", why="audit").exists()


def test_records_set_aside_are_no_drift(mirrored, account):
    gone = models.Order.objects.filter(status="Shipped", created_at__gt=timezone.now() - timedelta(days=20))[0]
    models.Quarantine.objects.create(account=account, number=gone.number, reason="?", raw="", hash="h", source="live")
    models.Reading.objects.all().delete()
    gone.delete()

    report = audit.audit(account, luck=Oldest())

    assert report.differing == []


@pytest.mark.parametrize("fault", ["miscount 3600", "empty list 3600"])
def test_an_hour_of_wrong_answers_alerts_and_ends_well(mirrored, account, fault):
    mirrored.faults = [fault]
    for _ in range(2):
        mirrored.clock.advance(600)
        mirrored.place(created=-590)
        sync.live(account)
        audit.audit(account, luck=luck())
    alerted = drift().exists()

    mirrored.clock.advance(3700)
    sync.live(account)
    readings.read_due()
    audit.audit(account, luck=luck())

    assert alerted
    assert not drift().exists()
    assert differences(mirrored, account) == []


def test_the_command_says_that_all_is_well(mirrored, account, capsys):
    call_command("audit")

    assert "10 counts compared" in capsys.readouterr().out


def test_the_command_fails_on_drift(mirrored, account, capsys):
    models.Order.objects.filter(status="Shipped").delete()

    with pytest.raises(CommandError) as error:
        call_command("audit")

    assert error.value.returncode == 1
    assert "Shipped:" in capsys.readouterr().out
    assert drift().exists()


def test_the_day_that_differed_is_compared_first(mirrored, account):
    audit.audit(account, luck=luck())
    day = models.Comparison.objects.get(window="day").begins
    models.Order.objects.filter(created_at__gte=day, created_at__lt=day + timedelta(days=1)).delete()
    models.Comparison.objects.filter(window="day").update(differs_since=timezone.now(), differs_times=1)

    report = audit.audit(account, luck=Oldest())

    assert [found.begins for found in report.differing if found.window == "day"] == [day]


def test_the_hourly_audit_waits_while_its_calls_are_those_of_live_runs(mirrored, account, calls, settings):
    settings.OCTOPIA_CALLS_PER_HOUR = 450
    budget = Budget(account.client_id)
    for _ in range(40):
        budget.admit("sync")
    calls.clear()

    with pytest.raises(octopia.Busy) as refusal:
        audit.when_affordable(account)

    assert 0 < refusal.value.wait <= 900
    assert calls == []
    assert audit.audit(account, luck=luck()).compared  # somebody who asks now is not put off

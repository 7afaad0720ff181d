"""Live runs, the backfill and what they cost; freshness as the pages show it."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone
from redis import Redis

import octopia
from backoffice.limiter import Budget
from backoffice.models import Alert, Breaker
from orders import backfill, models, sync, walking
from tests import make
from tests.orders.truth import differences

pytestmark = pytest.mark.django_db


def cursor(name="live"):
    return models.Cursor.objects.get(name=name)


def end_the_pause():
    """What the marketplace made us wait for is over."""
    Breaker.objects.all().delete()
    Redis.from_url(settings.REDIS_URL).flushdb()


def place(market, count, **wish):
    """Orders placed one second after the other, up to now."""
    return [market.place(created=n - count, **wish) for n in range(count)]


def test_a_run_without_changes_is_one_call(market, account, calls):
    place(market, 30)
    sync.live(account)
    calls.clear()

    run = sync.live(account)

    assert len(calls) == run.pages == 1
    assert (run.unchanged, run.clean) == (30, True)


def test_a_hundred_changed_orders_are_one_call(market, account, calls):
    place(market, 5)
    sync.live(account)
    market.clock.advance(3600)
    place(market, 300)
    calls.clear()

    run = sync.live(account)

    assert run.new == 300
    assert len(calls) <= 4
    assert differences(market, account) == []


def test_thousands_of_one_stamp_cost_one_call_once_they_are_known(market, account, calls, monkeypatch):
    monkeypatch.setattr(settings, "SYNC_PAGE", 10)
    for _ in range(45):
        market.place(created=-60)
    sync.live(account)
    models.Cursor.objects.update(news_at=timezone.now() - timedelta(minutes=30))
    calls.clear()

    run = sync.live(account)

    assert (run.pages, run.clean) == (1, True)
    assert models.Order.objects.count() == 45


def test_hundreds_changed_within_minutes_are_not_read_again_every_other_run(market, account, calls, monkeypatch):
    monkeypatch.setattr(settings, "SYNC_PAGE", 10)
    for n in range(45):
        market.place(created=n - 60)
    sync.live(account)
    models.Cursor.objects.update(news_at=timezone.now() - timedelta(minutes=30))

    assert [sync.live(account).pages for _ in range(4)] == [1, 1, 1, 1]


def test_an_hour_of_shipments_refuses_no_live_run(market, account, time_machine, settings):
    """Other lanes take all they may, 300 orders change in a few minutes: each minute's run still gets its calls."""
    settings.OCTOPIA_CALLS_PER_HOUR = 450
    settings.SYNC_DEEP_EVERY = 5
    now = timezone.now()
    time_machine.move_to(now, tick=False)
    sync.live(account)
    budget = Budget(account.client_id)
    pages = 0

    for minute in range(1, 121):
        if minute in (2, 3, 4, 50):
            market.place_many(100, days=0)
        for lane in ("unknown", "command", "single", "backfill"):
            with suppress(octopia.Busy):
                while True:
                    budget.admit(lane)
        market.clock.advance(60)
        time_machine.move_to(now + timedelta(minutes=minute), tick=False)
        pages += sync.live(account).pages  # raises Busy where it is refused

    assert models.Order.objects.count() == 400
    assert pages > 120 + 30  # and what can be paid for was read again


def test_a_deep_run_that_cannot_be_paid_for_waits(market, account, time_machine, settings):
    settings.OCTOPIA_CALLS_PER_HOUR = 450
    settings.SYNC_PAGE = 5
    now = timezone.now()
    time_machine.move_to(now, tick=False)
    for n in range(300):
        market.place(created=n * 2 - 1000)
    with suppress(octopia.Busy):
        sync.live(account)
    sync.live(account)
    market.place("SCID-late", created=-800)
    models.Cursor.objects.update(runs=settings.SYNC_DEEP_EVERY - 1)

    assert sync.spare(account) < 0
    assert sync.live(account).new == 0  # a live run instead
    time_machine.move_to(now + timedelta(minutes=62), tick=False)
    models.Cursor.objects.update(runs=settings.SYNC_DEEP_EVERY - 1)
    settings.SYNC_PAGE = 100

    assert sync.live(account).new == 1


def test_always_a_date_is_asked_for(market, account, calls):
    place(market, 3)

    sync.live(account)
    backfill.backfill(account)
    sync.nightly(account)

    assert [call for call in calls if "AtMin=" not in call] == []


def test_the_cursor_holds_the_marketplace_s_stamp(market, account):
    market.clock.advance(7200)  # their clock is two hours ahead of ours
    order = market.place("SCID1")

    sync.live(account)

    assert cursor().position == datetime.fromisoformat(order.document["updatedAt"])


def test_a_stamp_of_the_far_future_moves_no_cursor(market, account):
    market.place("SCID1", created=-30)
    future = (datetime.now(UTC) + timedelta(days=9000)).replace(microsecond=0)
    market.place("SCID2", created=-20, updated=future)

    sync.live(account)
    market.place("SCID3")
    sync.live(account)

    assert models.Order.objects.count() == 3
    assert cursor().position < future - timedelta(days=8000)


def test_the_last_minutes_are_read_again(market, account):
    market.place("SCID1", created=-10)
    sync.live(account)
    market.place("SCID2", created=-100)  # it became visible late

    run = sync.live(account)

    assert run.new == 1


def test_every_fifteenth_run_reads_the_last_hour_again(market, account):
    market.place("SCID1", created=-10)
    sync.live(account)
    market.place("SCID2", created=-2000)
    models.Cursor.objects.update(runs=settings.SYNC_DEEP_EVERY - 1)

    run = sync.live(account)

    assert run.new == 1
    assert models.Change.objects.get(order__number="SCID2").source == "deep"


def test_the_night_reads_two_days_again(market, account):
    market.place("SCID1", created=-10)
    sync.live(account)
    market.place("SCID2", created=-40 * 3600)

    run = sync.nightly(account)

    assert run.new == 1


def test_a_run_that_broke_off_goes_on_where_it_was(market, account, calls, monkeypatch):
    monkeypatch.setattr(settings, "SYNC_PAGE", 10)
    for _ in range(45):
        market.place(created=-60)  # all of one stamp: only page numbers lead on
    market.faults = ["", "", "", "500 before"]
    with pytest.raises(octopia.Untouched):
        sync.live(account)
    assert cursor().complete_until is None
    calls.clear()

    run = sync.live(account)

    assert run.clean
    assert len(calls) == 3
    assert models.Order.objects.count() == 45


def test_two_runs_never_both_move_the_cursor(market, account):
    place(market, 5)
    sync.live(account)
    one, other = cursor(), cursor()
    walking.save(one, page=2)

    with pytest.raises(walking.Overtaken):
        walking.save(other, page=3)

    assert cursor().page == 2


@pytest.mark.parametrize("fault", ["sort", "filter"])
def test_where_sort_or_filter_is_ignored_the_whole_window_is_walked(market, account, monkeypatch, fault):
    monkeypatch.setattr(settings, "SYNC_PAGE", 10)
    for n in range(35):
        market.place(created=-35 + ((n * 17) % 35))
    sync.live(account)
    for n in range(35):
        market.place(created=(n * 17) % 35)
    market.clock.advance(60)
    market.faults = [f"{fault} 3600"]

    run = sync.live(account)

    assert run.clean
    assert differences(market, account) == []
    assert Alert.objects.get(kind="sync-order", closed_at=None).account == account
    assert cursor().mistrust


def test_trust_comes_back_with_a_page_in_order(market, account):
    place(market, 20)
    sync.live(account)
    market.faults = ["sort"]
    market.place("SCID1", updated=-5, created=-1000)
    sync.live(account)

    sync.live(account)

    assert not cursor().mistrust
    assert not Alert.objects.filter(kind="sync-order", closed_at=None).exists()


def test_a_marketplace_that_gives_one_page_for_all_is_not_walked_for_ever(market, account, monkeypatch):
    monkeypatch.setattr(settings, "SYNC_PAGE", 10)
    for _ in range(30):
        market.place(created=-60)
    market.faults = ["", "", "filter 3600"]

    for _ in range(3):
        try:
            sync.live(account)
        except walking.Stuck:
            break

    assert models.Order.objects.count() == 30


@pytest.mark.parametrize(
    "fault", ["429 17", "quota", "500 before", "html", "cut", "empty", "type", "redirect", "lost", "401"]
)
def test_a_page_that_fails_loses_nothing(market, account, fault):
    place(market, 5)
    market.faults = [fault]

    with suppress(octopia.Untouched):
        sync.live(account)
    noted = cursor()
    assert bool(noted.trouble) == (noted.complete_until is None)
    end_the_pause()
    sync.live(account)

    assert differences(market, account) == []


def test_a_bad_record_is_set_aside_and_the_page_goes_on(market, account):
    place(market, 10)
    market.faults = ["broken 2"]

    run = sync.live(account)

    assert (run.clean, models.Order.objects.count()) == (True, 8)
    assert models.Quarantine.objects.count() == run.set_aside == 2
    assert sync.freshness([account]).waiting >= 2


def test_unknown_words_and_members_are_kept_as_they_came(market, account):
    place(market, 3)
    market.faults = ["unknown"]

    sync.live(account)

    known = set(models.Order.objects.values_list("status", flat=True))
    assert len(known) == 2


def test_the_past_is_read_newest_first_and_goes_on_where_it_was(market, account, calls):
    market.place_many(300)
    market.faults = ["", "", "", "", "", "500 before"]
    with pytest.raises(octopia.Untouched):
        backfill.backfill(account)
    reached = cursor("backfill").position
    oldest = models.Order.objects.order_by("created_at").values_list("created_at", flat=True)[0]
    calls.clear()

    run = backfill.backfill(account)

    assert run.clean
    assert oldest >= reached - timedelta(days=8)
    assert not [call for call in calls if f"createdAtMin={reached:%Y-%m-%dT%H:%M:%SZ}" in call]
    assert differences(market, account) == []
    assert backfill.done(account)


def test_a_backfill_that_is_done_costs_nothing(market, account, calls):
    backfill.backfill(account)
    calls.clear()

    backfill.backfill(account)

    assert calls == []


def test_a_period_whose_filter_is_ignored_is_not_believed(market, account):
    place(market, 5)
    market.faults = ["filter 3600"]

    with pytest.raises(backfill.Unfiltered):
        backfill.backfill(account)

    assert cursor("backfill").last_success is None


def test_accounts_that_share_a_client_share_its_time(account):
    make.account(seller_id="209876")
    make.account(seller_id="209877", active=False)
    make.account(seller_id="209878", client_id="another")

    assert sync.every(account) == timedelta(seconds=2 * settings.SYNC_EVERY)


@pytest.mark.parametrize(("age", "level"), [(30, "ok"), (11 * 60, "warn"), (31 * 60, "danger")])
def test_the_age_of_the_last_run_is_told(account, age, level):
    now = timezone.now()
    models.Cursor.objects.create(account=account, name="live", last_success=now - timedelta(seconds=age))

    assert sync.freshness([account]).level == level


def test_freshness_is_that_of_the_worst_account_and_one_query(account, django_assert_num_queries):
    other, now = make.account(seller_id="209876"), timezone.now()
    for one, minutes in ((account, 1), (other, 20)):
        at = now - timedelta(minutes=minutes)
        models.Cursor.objects.create(account=one, name="live", last_success=at, complete_until=at)
    models.Reading.objects.create(account=other, number="SCID1", why="person")
    models.Reading.objects.create(account=other, number="SCID2", why="cancelled", kind="cancels")

    with django_assert_num_queries(1):
        fresh = sync.freshness([account, other])

    assert (fresh.level, fresh.waiting, fresh.drift) == ("warn", 1, False)
    assert fresh.last == fresh.complete_until == now - timedelta(minutes=20)


def test_an_account_that_was_never_read_is_in_danger(account):
    fresh = sync.freshness([account])

    assert (fresh.last, fresh.level) == (None, "danger")


def test_the_command_reads_everything_and_prints_what_it_read(market, account, capsys):
    market.place_many(120)

    call_command("sync", "--once")

    told = capsys.readouterr().out
    assert "past: 120 read" in told
    assert differences(market, account) == []
    assert models.Carrier.objects.count() == 66
    assert models.Channel.objects.count() >= 4


def test_the_command_reads_days_again(market, account, capsys):
    market.place_many(60)
    call_command("sync", "--once")
    models.Order.objects.all().delete()

    call_command("sync", "--full", "95")

    assert differences(market, account) == []


def test_the_command_says_what_to_do_without_an_account(db):
    with pytest.raises(CommandError, match="account --create"):
        call_command("sync", "--once")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"client_secret": "wrong"}, "Check the client id and the client secret"),
        ({"seller_id": "999999"}, "Check the seller id"),
        ({"api_url": "http://market.test/elsewhere"}, "Check the API address"),
    ],
)
def test_the_command_names_the_step_that_failed_and_the_remedy(market, db, capsys, wrong, words):
    make.account(**wrong)

    with pytest.raises(CommandError) as error:
        call_command("sync", "--once")

    assert error.value.returncode == 1
    assert words in capsys.readouterr().err


def test_the_command_is_not_complete_while_a_pause_keeps_it_from_the_changes(market, account, capsys):
    call_command("sync", "--once")
    market.faults.append("quota 600")

    with pytest.raises(CommandError, match="Not complete") as error:
        call_command("sync", "--once")

    assert error.value.returncode == 1
    assert "try again when the pause is over" in capsys.readouterr().err


def test_the_command_is_complete_where_only_the_past_waits_for_a_pause(market, account, capsys):
    market.place_many(20)
    market.faults.extend(["", "quota 600"])

    call_command("sync", "--once")

    told = capsys.readouterr().out
    assert "changes: " in told
    assert "the rest waits for its share of the calls" in told

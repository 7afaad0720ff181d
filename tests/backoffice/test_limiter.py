"""The call budget: lanes, the rolling hour, shared pauses, the breaker, and the hour without Redis."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import redis
from django.conf import settings as django_settings
from django.db import connections
from hypothesis import given
from hypothesis import strategies as st

from backoffice import breaker, counting, lanes
from backoffice.limiter import Budget, forget_old_counts
from backoffice.models import Alert, Breaker, CallBudget
from octopia import Busy

NOON = datetime(2026, 11, 24, 12, 0, 30, tzinfo=UTC)


class Clock:
    def __init__(self, now=NOON):
        self.now = now

    def __call__(self):
        return self.now

    def advance(self, **span):
        self.now += timedelta(**span)


@pytest.fixture(autouse=True)
def an_empty_redis():
    server = redis.Redis.from_url(django_settings.REDIS_URL)
    for key in server.scan_iter("calls:*"):
        server.delete(key)
    counting._Outages.until = 0.0
    yield
    counting._Outages.until = 0.0


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def budget(db, clock):
    return Budget("client", clock=clock, capacity=100)


@pytest.fixture
def without_redis(settings):
    settings.REDIS_URL = "unix:///nowhere/redis.sock"


def calls_until_busy(budget, lane, most=1000):
    for made in range(most):
        try:
            budget.admit(lane)
        except Busy:
            return made
    return most


def test_no_rolling_hour_holds_more_calls_than_the_budget(budget, clock):
    made = 0
    stamps = []
    for _minute in range(150):
        for lane in ("sync", "command", "backfill"):
            if calls_until_busy(budget, lane, most=1):
                made += 1
                stamps.append(clock.now)
        clock.advance(seconds=59)

    for start in stamps:
        assert sum(start <= stamp < start + timedelta(hours=1) for stamp in stamps) <= 100
    assert made > 150


def test_every_lane_finds_a_part_of_its_minimum_after_the_others_borrowed_what_they_could(budget):
    for lane in ("backfill", "sync", "single", "command"):
        calls_until_busy(budget, lane)

    assert calls_until_busy(budget, "unknown") >= 3
    assert calls_until_busy(budget, "reserve") == 5


@pytest.mark.parametrize("greedy", ["command", "unknown", "single", "backfill"])
def test_no_lane_takes_sync_below_its_minimum(budget, greedy):
    calls_until_busy(budget, greedy)

    assert calls_until_busy(budget, "sync") == 25


def test_a_lane_alone_uses_far_more_than_its_minimum(budget):
    assert calls_until_busy(budget, "backfill") > 5 * lanes.SHARES["backfill"]


def test_those_who_come_first_in_the_order_may_borrow_more(db, clock):
    taken = [calls_until_busy(Budget(lane, clock=clock, capacity=1000), lane) for lane in ("unknown", "single")]
    spare = [calls - lanes.minima(1000)[lane] for calls, lane in zip(taken, ("unknown", "single"), strict=True)]

    assert taken == sorted(taken, reverse=True)
    assert min(spare) > 0


def test_a_lane_gets_its_whole_minimum_within_the_hour_although_others_keep_asking(budget, clock):
    for lane in ("backfill", "single", "unknown"):
        calls_until_busy(budget, lane)
    made = 0
    for _minute in range(61):
        made += calls_until_busy(budget, "command")
        for lane in ("backfill", "single", "unknown"):
            calls_until_busy(budget, lane)
        clock.advance(minutes=1)

    made += calls_until_busy(budget, "command")

    assert made >= 40


def test_being_busy_tells_when_the_oldest_call_leaves_the_hour(budget, clock):
    calls_until_busy(budget, "reserve")
    clock.advance(minutes=20)

    with pytest.raises(Busy) as busy:
        budget.admit("reserve")

    assert busy.value.wait == 41 * 60 - 30
    clock.advance(seconds=busy.value.wait)
    budget.admit("reserve")


def test_a_lane_that_does_not_exist_is_a_mistake_of_ours(budget):
    with pytest.raises(ValueError, match="no lane"):
        budget.admit("commands")


@given(
    used=st.fixed_dictionaries({lane: st.integers(0, 60) for lane in lanes.SHARES}),
    lane=st.sampled_from(list(lanes.SHARES)),
)
def test_the_script_and_the_arithmetic_judge_alike(used, lane):
    terms = lanes.terms(lane, 100)
    server = redis.Redis.from_url(django_settings.REDIS_URL)
    counts = counting.Counts("alike")
    server.delete(counts._key)
    counts.fill([(1000, name, calls) for name, calls in used.items() if calls], None)

    taken = counts.take(terms, 1010, 1010 * 60.0, probe=False)

    assert (taken.verdict == "admitted") == terms.admits(used)


@given(
    used=st.fixed_dictionaries({lane: st.integers(0, 200) for lane in lanes.SHARES}),
    capacity=st.integers(20, 2000),
)
def test_a_lane_below_its_minimum_never_takes_what_is_kept_for_sync(used, capacity):
    for lane in set(lanes.SHARES) - {"sync"}:
        if lanes.terms(lane, capacity).admits(used):
            assert capacity - sum(used.values()) > max(0, lanes.minima(capacity)["sync"] - used["sync"])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("redis_there", [True, False])
def test_many_processes_together_never_take_more_than_the_hour_holds(settings, redis_there):
    if not redis_there:
        settings.REDIS_URL = ""

    def work(lane):
        try:
            return calls_until_busy(Budget("crowd", clock=Clock(), capacity=80), lane)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        made = sum(pool.map(work, ["sync", "command", "backfill", "single", "unknown", "reserve"]))

    assert made == sum(CallBudget.objects.values_list("calls", flat=True))
    assert 0.9 * (80 if redis_there else 40) <= made <= (80 if redis_there else 40)


def test_without_redis_the_database_counts_at_half_rate(budget, without_redis):
    made = sum(calls_until_busy(budget, lane) for lane in lanes.SHARES)

    assert 40 < made <= 50


def test_a_redis_that_comes_back_knows_the_calls_made_without_it(budget, settings):
    there = settings.REDIS_URL
    settings.REDIS_URL = "unix:///nowhere/redis.sock"
    made = calls_until_busy(budget, "reserve", most=2)
    settings.REDIS_URL = there
    counting._Outages.until = 0.0

    made += calls_until_busy(budget, "reserve")

    assert made == 5


def test_a_flushed_redis_is_filled_from_the_database(budget, settings):
    assert calls_until_busy(budget, "reserve") == 5
    Breaker.objects.create(client_id="client", paused_until=NOON + timedelta(minutes=1), cause="429")
    redis.Redis.from_url(settings.REDIS_URL).flushdb()

    with pytest.raises(Busy, match="pause"):
        budget.admit("sync")

    Breaker.objects.all().delete()
    assert calls_until_busy(budget, "reserve") == 0


@pytest.mark.parametrize("redis_there", [True, False])
def test_a_spent_quota_pauses_every_lane_of_every_process(budget, clock, settings, redis_there):
    if not redis_there:
        settings.REDIS_URL = ""
    budget.admit("sync")
    budget.heard("sync", status=403, wait=700.0, quota=True)

    for lane in lanes.SHARES:
        with pytest.raises(Busy) as busy:
            Budget("client", clock=clock, capacity=100).admit(lane)
        assert (busy.value.wait, busy.value.quota) == (700.0, True)

    Budget("another client", clock=clock).admit("sync")
    clock.advance(seconds=701)
    budget.admit("sync")


def test_a_shorter_pause_does_not_end_a_longer_one_and_none_is_longer_than_65_minutes(budget, clock):
    budget.heard("sync", status=403, wait=99_999.0, quota=True)
    budget.heard("sync", status=429, wait=5.0, quota=False)

    left = budget.left()

    assert left.paused_until == NOON + timedelta(minutes=65)
    assert left.cause == "quota"


@pytest.mark.parametrize("redis_there", [True, False])
def test_five_failures_in_a_row_open_the_breaker_and_one_probe_in_30_seconds_goes_through(
    budget, clock, settings, redis_there
):
    if not redis_there:
        settings.REDIS_URL = ""
    budget.admit("sync")
    for status in (None, 500, 502, None, 503):
        budget.heard("sync", status=status, wait=None, quota=False)

    assert calls_until_busy(budget, "sync") == 0
    clock.advance(seconds=31)
    assert calls_until_busy(budget, "command") == 0
    assert calls_until_busy(budget, "single") == 1
    assert Alert.objects.get(kind="breaker").closed_at is None


def test_an_answer_closes_the_breaker_and_its_alert(budget, clock):
    for _failure in range(5):
        budget.heard("sync", status=500, wait=None, quota=False)
    clock.advance(seconds=31)
    budget.admit("single")

    budget.heard("single", status=404, wait=None, quota=False)

    budget.admit("command")
    assert Alert.objects.get(kind="breaker").closed_at is not None
    assert budget.left().open_since is None


def test_a_breaker_that_is_forgotten_is_closed_for_every_process_and_a_pause_stays(budget):
    for _failure in range(5):
        budget.heard("sync", status=None, wait=None, quota=False)
    assert calls_until_busy(budget, "sync") == 0

    breaker.forget(budget.client_id)

    budget.admit("sync")
    assert Alert.objects.get(kind="breaker").closed_at is not None
    budget.heard("sync", status=429, wait=60.0, quota=False)
    breaker.forget(budget.client_id)
    assert calls_until_busy(budget, "sync") == 0


def test_failures_older_than_the_last_twenty_calls_are_forgotten(budget):
    for status in [500, 200, 200] * 12:
        budget.heard("sync", status=status, wait=None, quota=False)
    assert budget.left().open_since is None
    assert len(Breaker.objects.get().recent) == 20


def test_half_of_the_last_twenty_calls_failing_opens_the_breaker(budget):
    outcomes = [500, 500, 200] * 4 + [500]
    for status in outcomes:
        budget.heard("sync", status=status, wait=None, quota=False)
    assert budget.left().open_since is None

    budget.heard("sync", status=500, wait=None, quota=False)

    assert budget.left().open_since == NOON


def test_answers_of_a_healthy_marketplace_write_nothing(budget, django_assert_num_queries):
    with django_assert_num_queries(1):
        budget.heard("sync", status=200, wait=None, quota=False)

    assert not Breaker.objects.exists()


def test_the_page_sees_what_is_left_of_the_hour_by_lane(budget, django_assert_num_queries):
    for _call in range(3):
        budget.admit("sync")
    budget.admit("command")

    with django_assert_num_queries(2):
        left = budget.left()

    assert (left.capacity, left.used, left.paused_until) == (100, 4, None)
    by_lane = {use.lane: use for use in left.lanes}
    assert (by_lane["sync"].used, by_lane["sync"].minimum) == (3, 25)
    assert by_lane["reserve"].left == 5
    assert by_lane["backfill"].left > 5


def test_a_clock_set_back_does_not_give_the_hour_twice(budget, clock):
    assert calls_until_busy(budget, "reserve") == 5

    clock.advance(minutes=-10)

    assert calls_until_busy(budget, "reserve") == 0


def test_counts_are_forgotten_after_two_days(budget, clock):
    budget.admit("sync")

    assert forget_old_counts(clock.now) == 0
    assert forget_old_counts(clock.now + timedelta(days=3)) == 1


def test_what_a_lane_may_spend_besides_its_steady_calls(db, clock):
    budget = Budget("client", clock=clock, capacity=450)  # sync's minimum: 112, of which 14 are kept for news
    assert budget.spare("sync", steady=60) == 38

    for _ in range(5):
        budget.admit("sync")
    assert budget.spare("sync", steady=60) == 34  # four more than one a minute

    clock.advance(hours=1)
    for _ in range(30):
        budget.admit("sync")
        clock.advance(minutes=1)
    assert budget.spare("sync", steady=60) == 38


def test_a_small_budget_keeps_a_quarter_of_the_minimum_to_spend(db, clock):
    assert Budget("client", clock=clock, capacity=200).spare("sync", steady=60) == 12

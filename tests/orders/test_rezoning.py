"""A new zone of the shop: the days of all figures follow by a task, and every page says so until they have."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from backoffice import jobs, shop
from orders import models, rezoning
from tests import make
from tests.orders.pages import signed_in, text

pytestmark = pytest.mark.django_db

SAID = "the days of all figures are being counted anew"
LATE = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)  # the next day in Paris, the same in London


@pytest.fixture(autouse=True)
def _nothing_followed(monkeypatch):
    monkeypatch.setattr(rezoning, "_done_for", {})
    jobs.discover()


def days(account) -> set[date]:
    return set(models.DayRollup.objects.filter(account=account, orders__gt=0).values_list("day", flat=True))


def test_days_follow_the_new_zone_and_pages_say_so_until_all_have():
    one = make.account(seller_id="1")
    make.account(seller_id="2")
    make.order(of=one, purchased_at=LATE)
    client = signed_in("manager")
    quiet, before = text(client.get("/orders/")), days(one)

    shop.choose("time_zone", "Europe/London", None)
    while_counting = text(client.get("/orders/"))
    with time_machine.travel(timezone.now() + timedelta(seconds=25)):
        names = [name for name in jobs.due(timezone.now()) if name.startswith("recount:")]
        jobs.run(names[0])
        after_one = rezoning.rebuilding()
        jobs.run(names[1])
    shop.forget()
    done = text(client.get("/orders/"))

    assert before == {date(2026, 11, 21)}
    assert days(one) == {date(2026, 11, 20)}
    assert [SAID in page for page in (quiet, while_counting, done)] == [False, True, False]
    assert after_one is True


def test_the_count_waits_until_every_process_knows_the_new_zone():
    make.account()
    jobs.due(timezone.now())

    shop.choose("time_zone", "Europe/London", None)

    due_at_once = [name for name in jobs.due(timezone.now()) if name.startswith("recount:")]
    assert due_at_once == []


def test_another_choice_counts_nothing_anew():
    make.account()

    shop.choose("hold_ship", 0, None)

    assert not rezoning.rebuilding()

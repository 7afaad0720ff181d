"""Reads orders by the time they were placed: the past, newest first, and any period that somebody asks for."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

import octopia
from backoffice import jobs, marketplace
from backoffice.models import SellerAccount
from octopia import schema
from orders import walking
from orders.models import Cursor
from orders.walking import Overtaken, Run

DAY = timedelta(days=1)
WIDEST = 8  # days read at once where little was placed
FEW = 50  # orders of a window after which the next one is twice as wide
PAGES = 1_000  # of one window: more is not an answer
SLACK = timedelta(seconds=1)  # queries know whole seconds

Save = Callable[[schema.Page[schema.Order], int], None]


class Unfiltered(octopia.Untouched):
    """The marketplace gave orders of another time than was asked for: the period cannot be read now."""


def backfill(account: SellerAccount) -> Run:
    """Read the orders of the last BACKFILL_DAYS, newest first, from where the last run stopped. Raises what the client
    raises; `clean` when there is nothing left."""
    cursor = walking.cursor(account, "backfill")
    run = Run()
    try:
        with marketplace.client(account, "backfill") as client:
            _walk(client, account, cursor, run)
    except Overtaken:
        pass
    except (octopia.Trouble, marketplace.WrongAddress) as error:
        walking.note(cursor, str(error))
        raise
    return run


def done(account: SellerAccount) -> bool:
    """Is everything there that the backfill reads?"""
    cursor = Cursor.objects.filter(account=account, name="backfill").first()
    return cursor is not None and cursor.last_success is not None


def start_again(account: SellerAccount) -> None:
    """Read the whole past anew."""
    walking.save(
        walking.cursor(account, "backfill"),
        position=None,
        walk_from=None,
        page=1,
        last_success=None,
        complete_until=None,
    )


def _walk(client: octopia.Client, account: SellerAccount, cursor: Cursor, run: Run) -> None:
    if cursor.last_success is not None:
        run.clean = True
        return
    target = _midnight(timezone.now()) - timedelta(days=settings.BACKFILL_DAYS)
    width = 1
    while True:
        ends = cursor.position or _midnight(timezone.now()) + 2 * DAY
        if ends <= target:
            walking.save(cursor, last_success=timezone.now(), last_try=timezone.now(), trouble="")
            run.clean = True
            return
        begins = cursor.walk_from or max(target, ends - width * DAY)
        seen = run.seen

        def save(page: schema.Page[schema.Order], number: int, begins: datetime = begins) -> None:
            walking.store_page(account, cursor, page, run, "backfill", walk_from=begins, page=number + 1)

        if not read_window(client, begins, ends, cursor.page, save):
            jobs.again()
            return
        walking.save(cursor, position=begins, walk_from=None, page=1, runs=cursor.runs + 1, trouble="")
        width = min(WIDEST, width * 2) if run.seen - seen < FEW else 1


def read_window(client: octopia.Client, begins: datetime, ends: datetime, page: int, save: Save) -> bool:
    """Read the orders placed from `begins` to `ends` from a page on and hand each page to `save`; whether to the end.

    Raises what the client raises, and Unfiltered when the answer is not about this time.
    """
    for number in range(page, PAGES):
        if not jobs.going_on():
            return False
        found = client.orders(
            created_min=begins, created_max=ends, page=number, size=settings.SYNC_PAGE, sort="created_at"
        )
        if any(not begins - SLACK <= order.created_at <= ends + SLACK for order in found.items):
            raise Unfiltered("The marketplace ignored the period that was asked for.")
        save(found, number)
        if found.received < settings.SYNC_PAGE:
            return True
    raise Unfiltered("The marketplace gives this period no end.")


def read_days(account: SellerAccount, days: int) -> Run:
    """Read the last so many days again, newest first, without moving the backfill's cursor."""
    run = Run()
    ends = _midnight(timezone.now()) + 2 * DAY
    with marketplace.client(account, "backfill") as client:

        def save(page: schema.Page[schema.Order], _number: int) -> None:
            run.count(page, *walking.store(account, page, "backfill"))

        for _ in range(days + 2):
            if not read_window(client, ends - DAY, ends, 1, save):
                return run
            ends -= DAY
    run.clean = True
    return run


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)

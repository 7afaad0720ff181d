"""Walks the marketplace's changes from a stamp on, page by page, and saves with each page where it stands.

Positions are the marketplace's stamps only. Pages follow a keyset: the newest stamp of a page begins the next one, and
only a page full of one stamp is followed by its next number. Where the order of a page shows that sort or filter was
ignored, the whole window is walked by numbers and the position moves at its end.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

import octopia
from backoffice import jobs
from backoffice.alerts import close_alert, open_alert
from backoffice.models import SellerAccount
from octopia import schema
from orders import mirror, quarantine
from orders.models import Cursor

PAGES = 400  # of one run: more goes on with the next
STALE = timedelta(minutes=10)  # an interruption after which a page's number says nothing any more
SANE = timedelta(days=1)  # a stamp further in the future than this moves no cursor
SECOND = timedelta(seconds=1)
MISTRUST = "sync-order"  # the alert's kind


class Overtaken(Exception):
    """Another walk moved this cursor meanwhile: it goes on there, nothing is lost."""


class Stuck(octopia.Untouched):
    """The marketplace gives the same full page again and again."""


@dataclass(slots=True)
class Run:
    """What one run read; `clean` when it came to the end of what there was."""

    pages: int = 0
    seen: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    older: int = 0
    set_aside: int = 0
    clean: bool = False

    def count(self, page: schema.Page[schema.Order], stored: mirror.Stored, set_aside: int) -> None:
        self.pages += 1
        self.seen += page.received
        self.new += len(stored.new)
        self.changed += len(stored.changed)
        self.unchanged += len(stored.unchanged)
        self.older += len(stored.older)
        self.set_aside += set_aside


def cursor(account: SellerAccount, name: str) -> Cursor:
    return Cursor.objects.get_or_create(account=account, name=name)[0]


def save(cursor: Cursor, **changes: Any) -> None:
    """Move the cursor if nobody else has; raises Overtaken."""
    if not Cursor.objects.filter(pk=cursor.pk, epoch=cursor.epoch).update(epoch=F("epoch") + 1, **changes):
        raise Overtaken
    cursor.epoch += 1
    for name, value in changes.items():
        if isinstance(value, datetime | int | str | bool | None):
            setattr(cursor, name, value)


def note(cursor: Cursor, trouble: str) -> None:
    """Why a walk came to no end, for the page of the sync."""
    Cursor.objects.filter(pk=cursor.pk).update(trouble=trouble[:500], last_try=timezone.now())


def store(account: SellerAccount, read: schema.Page[schema.Order], source: str) -> tuple[mirror.Stored, int]:
    """Store a page: good records in the mirror, bad ones in quarantine. What became of them, and how many are bad."""
    with transaction.atomic():
        stored = mirror.store(account, read.items, source=source)
        set_aside = quarantine.set_aside(account, read.unreadable, source=source)
    return stored, set_aside + len(stored.set_aside)


def store_page(
    account: SellerAccount, cursor: Cursor, read: schema.Page[schema.Order], run: Run, source: str, **changes: Any
) -> mirror.Stored:
    """Store a page and save the cursor in one transaction; raises Overtaken, and then nothing was stored."""
    with transaction.atomic():
        stored, set_aside = store(account, read, source)
        save(
            cursor,
            **changes,
            last_try=timezone.now(),
            seen=F("seen") + read.received,
            stored=F("stored") + len(stored.ids),
            set_aside=F("set_aside") + set_aside,
            older=F("older") + len(stored.older),
        )
    run.count(read, stored, set_aside)
    return stored


class Walk:
    """One run of a cursor over the changes from `floor` on; an unfinished one is taken up where it stopped."""

    def __init__(self, client: octopia.Client, account: SellerAccount, cursor: Cursor, floor: datetime, source: str):
        self.client = client
        self.account = account
        self.cursor = cursor
        self.source = source
        self.run = Run()
        self.by_numbers = False
        self.proved = False  # a page showed that sort and filter are obeyed
        self.newest: datetime | None = cursor.walk_newest
        self.at, self.page = _second(floor), 1
        if cursor.walk_from is not None:
            self.at = cursor.walk_from
            self.by_numbers = cursor.mistrust and cursor.walk_newest is not None
            fresh = cursor.last_try is not None and timezone.now() - cursor.last_try < STALE
            self.page = cursor.page if fresh else 1
        self._former: frozenset[str] = frozenset()

    def go(self) -> Run:
        """Walk to the end, or until the process or the job's turn ends; raises Overtaken and what the client raises."""
        asked_at = timezone.now()
        while self.run.pages < PAGES and jobs.going_on():
            asked_at = timezone.now()
            page = self.client.orders(changed_min=self.at, page=self.page, size=settings.SYNC_PAGE, sort="changed_at")
            if self._take(page):
                self._finish(asked_at)
                return self.run
        jobs.again()
        return self.run

    def _take(self, page: schema.Page[schema.Order]) -> bool:
        """Store a page and decide where to go on; whether it was the last."""
        stamps = [order.changed_at for order in page.items]
        if not self.by_numbers and not self._in_order(stamps):
            self._mistrust()
            if self.page != 1:  # what this page is a part of is no longer known: begin the window again
                self.page = 1
                return False
        stamps += [record.changed_at for record in page.unreadable if record.changed_at is not None]
        newest = max(stamps, default=None)
        sane = max((stamp for stamp in stamps if stamp <= timezone.now() + SANE), default=None)
        last = page.received < settings.SYNC_PAGE
        if not last:
            self._refuse_repetition(page)
        if self.by_numbers:
            self.newest = max(filter(None, (self.newest, sane)), default=None)
            store_page(
                self.account, self.cursor, page, self.run, self.source,
                walk_from=self.at, page=self.page + 1, walk_newest=self.newest or self.at,
            )  # fmt: skip
            self.page += 1
            return last
        at, number = self.at, self.page + 1
        if newest is not None and _second(newest) > self.at:
            at, number = _second(newest), 1
        position = max(filter(None, (self.cursor.position, sane)), default=None)
        store_page(self.account, self.cursor, page, self.run, self.source, position=position, walk_from=at, page=number)
        self.at, self.page = at, number
        return last

    def _in_order(self, stamps: list[datetime]) -> bool:
        """Does the page ascend, and begin at or after what was asked for?"""
        if any(stamp < self.at for stamp in stamps):
            return False
        if any(later < sooner for sooner, later in pairwise(stamps)):
            return False
        self.proved = self.proved or len(set(stamps)) > 1
        return True

    def _mistrust(self) -> None:
        self.by_numbers = True
        save(self.cursor, mistrust=True)
        open_alert(MISTRUST, account=self.account)

    def _refuse_repetition(self, page: schema.Page[schema.Order]) -> None:
        numbers = frozenset(order.number for order in page.items)
        if self.page > 1 and numbers and numbers == self._former:
            raise Stuck("The marketplace gives the same page whatever page is asked for.")
        self._former = numbers

    def _finish(self, asked_at: datetime) -> None:
        """The end was reached: what changed before `asked_at` is known."""
        now = timezone.now()
        changes: dict[str, Any] = {}
        if self.by_numbers:
            changes["position"] = max(filter(None, (self.cursor.position, self.newest)), default=None)
        elif self.proved and self.cursor.mistrust:
            changes["mistrust"] = False
            close_alert(MISTRUST, account=self.account)
        if self.run.new or self.run.changed:
            changes["news_at"] = now
        save(
            self.cursor,
            walk_from=None,
            walk_newest=None,
            page=1,
            runs=F("runs") + 1,
            complete_until=asked_at,
            last_success=now,
            last_try=now,
            trouble="",
            **changes,
        )
        self.run.clean = True


def _second(moment: datetime) -> datetime:
    """Queries know whole seconds only."""
    return moment.replace(microsecond=0)

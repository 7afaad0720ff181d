"""The call budget of a client id: one bucket for all processes, with lanes, shared pauses and a breaker.

It is the client's `Gate`: asked before each call, told what came of it. The hour is counted in Redis by one script and
mirrored into `CallBudget`: from there the pages read, a flushed Redis is filled again, and without Redis calls are
counted there, at half rate. Pauses and the breaker live in `Breaker`; Redis holds a copy.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import Count, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice import breaker, lanes
from backoffice.counting import SLOTS, Counts, NoRedis
from backoffice.models import Breaker, CallBudget
from octopia import Busy

log = logging.getLogger(__name__)

KEPT = timedelta(days=2)


@dataclass(frozen=True)
class LaneUse:
    """One lane's hour: calls made, its guaranteed minimum, and how many it could make now if nobody else called."""

    lane: str
    minimum: int
    used: int
    left: int


@dataclass(frozen=True)
class Left:
    """What a client id has spent of the last hour, and whether it is paused. `open_since`: the breaker is open."""

    capacity: int
    used: int
    lanes: tuple[LaneUse, ...]
    paused_until: datetime | None
    cause: str
    open_since: datetime | None
    next_probe: datetime | None


class Asleep(Busy):
    """The breaker is open: the marketplace gave no answer the last times."""


class Budget:
    """The calls of one client id, whatever the number of sellers and processes. `clock` gives our aware time."""

    def __init__(
        self, client_id: str, *, clock: Callable[[], datetime] = timezone.now, capacity: int | None = None
    ) -> None:
        self.client_id = client_id
        self.capacity = capacity or settings.OCTOPIA_CALLS_PER_HOUR
        self._clock = clock
        self._counts = Counts(client_id)

    def admit(self, lane: str) -> None:
        """Count one call in `lane`; raise Busy, with the seconds until asking again makes sense, when none may be made.

        Raises ValueError for an unknown lane. Opens no transaction that outlives it.
        """
        now = self._clock()
        try:
            self._admit_by_redis(lane, now)
        except NoRedis:
            self._admit_by_database(lane, now)
        else:
            self._mirror(lane, now)

    def heard(self, lane: str, *, status: int | None, wait: float | None, quota: bool) -> None:
        """What came of a call: 429 and a spent quota pause every lane, failures open the breaker. Never raises."""
        now = self._clock()
        try:
            if quota or status == 429:
                cause = "quota" if quota else "429"
                self._counts.copy_standing(breaker.pause(self.client_id, cause, wait or 30.0, now))
            else:
                failed = status is None or status >= 500
                if (row := breaker.note(self.client_id, failed, status, now)) is not None:
                    self._counts.copy_standing(row)
        except DatabaseError:  # the call was made; losing its answer over a note would be worse
            log.exception("the outcome of a call could not be noted")

    def left(self) -> Left:
        """The last hour and the pauses, from the database: two queries."""
        now = self._clock()
        used = self._used(now)
        row = Breaker.objects.filter(client_id=self.client_id).first()
        paused = row is not None and row.paused_until is not None and row.paused_until > now
        opened = row.opened_at if row else None
        return Left(
            capacity=self.capacity,
            used=sum(used.values()),
            lanes=tuple(
                LaneUse(lane, minimum, used.get(lane, 0), lanes.room(lanes.terms(lane, self.capacity), used))
                for lane, minimum in lanes.minima(self.capacity).items()
            ),
            paused_until=row.paused_until if row and paused else None,
            cause=row.cause if row and (paused or opened) else "",
            open_since=opened,
            next_probe=row.probe_at if row and opened else None,
        )

    def spare(self, lane: str, steady: int) -> int:
        """How many calls more than one a minute the lane may make now and still make `steady` ones in each hour.

        It counts on the lane's minimum alone, since others may want in a minute what they leave now, and keeps some
        (an eighth) for news that fills more than one page. One query.
        """
        now = self._clock()
        minimum = lanes.minima(self.capacity)[lane]
        spent = self._hour(now).filter(lane=lane).aggregate(calls=Sum("calls"), minutes=Count("minute"))
        beyond: int = (spent["calls"] or 0) - spent["minutes"]
        return max(minimum - minimum // 8 - steady, minimum // 4) - beyond

    def _admit_by_redis(self, lane: str, now: datetime) -> None:
        terms = lanes.terms(lane, self.capacity)
        probe = False
        for _try in range(3):  # at most: not filled yet, then closed by the breaker, then admitted as its probe
            answer = self._counts.take(terms, _minute(now), now.timestamp(), probe=probe)
            if answer.verdict == "admitted":
                return
            if answer.verdict == "full":
                raise _full(lane, now, int(answer.value))
            row = breaker.row(self.client_id)
            if answer.verdict == "empty":
                self._counts.fill(self._slots(now), row)
                continue
            probe = self._stand(row, lane, now)  # paused or open, says the copy: the row decides
            self._counts.copy_standing(row)
        raise Busy(_("The call budget is being counted anew."), wait=1.0)

    def _admit_by_database(self, lane: str, now: datetime) -> None:
        """The same rules without Redis, at half rate: nobody knows what others counted where we cannot look."""
        terms = lanes.terms(lane, max(1, self.capacity // 2))
        self._stand(breaker.row(self.client_id), lane, now)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"calls:{self.client_id}"])
            used = self._used(now)
            if admitted := terms.admits(used):
                self._mirror(lane, now)
        if not admitted:
            oldest = min((slot[0] for slot in self._slots(now)), default=_minute(now))
            raise _full(lane, now, oldest)

    def _stand(self, row: Breaker | None, lane: str, now: datetime) -> bool:
        """Raise Busy while paused or open; True when this call is the breaker's probe."""
        if row is not None and row.paused_until is not None and row.paused_until > now:
            wait = (row.paused_until - now).total_seconds()
            raise Busy(_("The marketplace asked for a pause."), wait=wait, quota=row.cause == "quota")
        if row is None or row.opened_at is None:
            return False
        if lane != "command" and breaker.probe(self.client_id, now):
            return True
        later = max(1.0, (row.probe_at - now).total_seconds()) if row.probe_at else breaker.PROBE_EVERY
        raise Asleep(_("The marketplace does not answer; it is asked again every 30 seconds."), wait=later)

    def _mirror(self, lane: str, now: datetime) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {CallBudget._meta.db_table} (client_id, lane, minute, calls) VALUES (%s, %s, %s, 1)"  # noqa: S608
                " ON CONFLICT (client_id, lane, minute) DO UPDATE SET calls = backoffice_callbudget.calls + 1",
                [self.client_id, lane, now.replace(second=0, microsecond=0)],
            )

    def _hour(self, now: datetime) -> QuerySet[CallBudget]:
        since = datetime.fromtimestamp((_minute(now) - SLOTS + 1) * 60, UTC)
        return CallBudget.objects.filter(client_id=self.client_id, minute__gte=since)

    def _used(self, now: datetime) -> Mapping[str, int]:
        return dict(self._hour(now).values_list("lane").annotate(Sum("calls")))

    def _slots(self, now: datetime) -> list[tuple[int, str, int]]:
        rows = self._hour(now).values_list("minute", "lane", "calls")
        return [(_minute(minute), lane, calls) for minute, lane, calls in rows]


def forget_old_counts(now: datetime) -> int:
    """Delete counts that no hour holds any more; how many."""
    return CallBudget.objects.filter(minute__lt=now - KEPT).delete()[0]


def _minute(moment: datetime) -> int:
    return int(moment.timestamp() // 60)


def _full(lane: str, now: datetime, oldest: int) -> Busy:
    wait = max(1, ceil((oldest + SLOTS) * 60 - now.timestamp()))
    return Busy(_("The calls of this hour are spent for the lane %(lane)s.") % {"lane": lane}, wait=float(wait))

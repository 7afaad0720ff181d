"""Files of rows that a person asked for: written in the background, kept a day for who asked, and noted for longer.

A source is a function of an app that gives the table of one export; it knows no file. One job writes one file after the
other, under its lease.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_hex
from typing import Any

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone, translation

from backoffice import jobs, sheets
from backoffice.models import Export, User

log = logging.getLogger(__name__)

JOB = "exports"
KEPT = timedelta(hours=24)  # a file
NOTED = timedelta(days=730)  # who exported what
TRIES = 3
WAITING = 5  # exports of one person that are not yet written
STEP = 500  # rows between two looks at whether to go on

State = Export.State


class Stopped(Exception):
    """The job's turn is over, or the process ends: the file is begun again."""


@dataclass(frozen=True)
class Table:
    """What an export holds: its head, its rows as they are read, and how many there will be."""

    head: Sequence[str]
    rows: Iterator[Sequence[sheets.Cell]]
    total: int


Source = Callable[[Export], Table]
SOURCES: dict[str, Source] = {}  # filled by the apps in ready()


def ask(user: User, source: str, title: str, wishes: dict[str, Any], *, kind: str, mark: bool, reason: str) -> Export:
    """Note what this person wants as a file. `reason`: why it holds personal data, "" where it holds none."""
    export = Export.objects.create(
        owner=user,
        username=user.username,
        source=source,
        title=title[:200],
        wishes=wishes,
        kind=kind,
        mark=mark,
        personal=bool(reason),
        reason=reason,
        language=translation.get_language() or "",
    )
    log.info("export asked", extra={"export": export.pk, "source": source, "by": user.username})
    jobs.soon(JOB)
    return export


def too_many(user: User) -> bool:
    return Export.objects.filter(owner=user, state__in=[State.WAITING, State.RUNNING]).count() >= WAITING


def write_due() -> None:
    """Write what waits, the oldest first; what a dead process began is begun again."""
    for export in Export.objects.filter(state__in=[State.WAITING, State.RUNNING]).order_by("pk"):
        if not jobs.going_on():
            jobs.again()
            return
        try:
            _write(export)
        except Stopped:
            jobs.again()
            return


def _write(export: Export) -> None:
    mine = Export.objects.filter(pk=export.pk, state=export.state, attempts=export.attempts)
    if export.attempts >= TRIES:
        mine.update(state=State.FAILED, finished_at=timezone.now())
        return
    if not mine.update(state=State.RUNNING, attempts=F("attempts") + 1, rows=0):
        return
    path = folder() / f"{export.pk}-{token_hex(8)}.{export.kind}"
    try:
        with translation.override(export.language or None):
            rows = _fill(export, path)
    except Stopped:
        path.unlink(missing_ok=True)
        raise
    except Exception:
        path.unlink(missing_ok=True)
        log.exception("an export failed", extra={"export": export.pk})
        return  # tried again at the job's next turn, three times in all
    now = timezone.now()
    path.chmod(0o600)
    Export.objects.filter(pk=export.pk, state=State.RUNNING).update(
        state=State.DONE, file=path.name, size=path.stat().st_size, rows=rows, finished_at=now, expires_at=now + KEPT
    )


def _fill(export: Export, path: Path) -> int:
    """Write the table into the file; how many rows it has."""
    table = SOURCES[export.source](export)
    Export.objects.filter(pk=export.pk).update(total=table.total)
    out = sheets.writer(path, export.kind, mark=export.mark)
    written = 0
    try:
        out.row(table.head)
        for row in table.rows:
            out.row(row)
            written += 1
            if written % STEP == 0:
                if not jobs.going_on():
                    raise Stopped
                Export.objects.filter(pk=export.pk).update(rows=written)
            if written >= sheets.MOST:
                break
    finally:
        out.close()
    return written


def opened(export: Export) -> Path | None:
    """The file while it is kept; noted as fetched."""
    if export.state != State.DONE or not export.expires_at or export.expires_at <= timezone.now():
        return None
    path = folder() / export.file
    if not path.is_file():
        return None
    Export.objects.filter(pk=export.pk).update(downloads=F("downloads") + 1, downloaded_at=timezone.now())
    return path


def end_of(user: User) -> None:
    """The files of somebody whose role or scope changes end at once: they hold what could be seen until then."""
    Export.objects.filter(owner=user, expires_at__gt=timezone.now()).update(expires_at=timezone.now())


def forget(now: datetime) -> int:
    """Delete files whose day is over, with what was wished, and notes whose time is over; how many files went."""
    gone = Export.objects.filter(Q(expires_at__lte=now) | Q(state=State.FAILED)).exclude(state=State.ENDED)
    for export in gone.exclude(file=""):
        (folder() / export.file).unlink(missing_ok=True)
    gone.filter(state=State.FAILED).exclude(wishes={}).update(wishes={})
    ended = gone.filter(state=State.DONE).update(state=State.ENDED, file="", wishes={})
    Export.objects.filter(created_at__lte=now - NOTED).delete()
    known = set(Export.objects.exclude(file="").values_list("file", flat=True))
    for path in folder().iterdir():
        old = path.stat().st_mtime < (now - KEPT).timestamp()
        if path.name not in known and old:  # of a process that died while it wrote
            path.unlink(missing_ok=True)
    return ended


def folder() -> Path:
    """Where the files lie, readable by us alone."""
    place = Path(settings.DATA_DIR) / "exports"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place

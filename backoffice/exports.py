"""Files of rows that a person asked for: written in the background, kept a day for who asked, and noted for longer.

A source is a function of an app that gives the table of one export; it knows no file. One job writes one file after the
other, under its lease: rows are gathered page by page, and what one turn gathered the next one goes on from; the file
for the person is made of them in one go.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_hex
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone, translation

from backoffice import jobs, sheets, spool
from backoffice.models import Export, User

log = logging.getLogger(__name__)

JOB = "exports"
KEPT = timedelta(hours=24)  # a file
NOTED = timedelta(days=730)  # who exported what
TRIES = 3  # turns in a row in which an export came no further
WAITING = 5  # exports of one person that are not yet written
STEP = 500  # rows between two looks at whether to go on

State, Trouble = Export.State, Export.Trouble


class Stopped(Exception):
    """The job's turn is over, the process ends, or another goes on with it: it is not at its end."""


class TooMany(Exception):
    """A workbook does not hold so many rows."""

    def __init__(self, rows: int) -> None:
        super().__init__(rows)
        self.rows = rows


class Page(NamedTuple):
    """Some rows, and the place behind them: from there the next page begins."""

    rows: Sequence[Sequence[sheets.Cell]]
    place: str


@dataclass(frozen=True)
class Table:
    """What an export holds: its head, its rows page by page from a place on ("": the first), and how many there are."""

    head: Sequence[str]
    pages: Callable[[str], Iterable[Page]]
    total: int


Source = Callable[[Export], Table]
SOURCES: dict[str, Source] = {}  # filled by the apps in ready()


def at_once(head: Sequence[str], rows: Sequence[Sequence[sheets.Cell]]) -> Table:
    """A table of few rows, all of them in one page."""
    return Table(head, lambda place: () if place else (Page(rows, "end"),), len(rows))


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
    """Write what waits, the oldest first; what an earlier turn or a dead process began is gone on with."""
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
    """One turn of one export. Its gathered rows lie in `file`; who has given it that name is its writer."""
    mine = Export.objects.filter(pk=export.pk, state=export.state, file=export.file)
    if export.attempts >= TRIES:
        _fail(export, export.file, Trouble.STUCK)
        return
    name = f"{export.pk}-{token_hex(8)}.rows"
    if not mine.update(state=State.RUNNING, attempts=F("attempts") + 1, file=name):
        return
    try:
        _go_on(export, folder() / name)
        with translation.override(export.language or None):
            table = SOURCES[export.source](export)
            if export.kind == "xlsx" and table.total > sheets.MOST:
                raise TooMany(table.total)
            rows = _gather(export, name, table)
            path = _made(export, folder() / name, table.head)
    except Stopped:
        raise
    except TooMany as error:
        _fail(export, name, Trouble.ROWS, total=error.rows)
        return
    except Exception:
        log.exception("an export failed", extra={"export": export.pk})
        return  # gone on with at the job's next turn
    now = timezone.now()
    done = Export.objects.filter(pk=export.pk, state=State.RUNNING, file=name).update(
        state=State.DONE, file=path.name, size=path.stat().st_size, rows=rows, finished_at=now, expires_at=now + KEPT
    )
    if not done:
        path.unlink()
    (folder() / name).unlink(missing_ok=True)


def _go_on(export: Export, gathered: Path) -> None:
    """Take over what an earlier turn gathered; where that is gone, begin anew."""
    former = folder() / export.file
    known = bool(export.file) and former.is_file()
    if not known:
        export.rows, export.place, export.gathered = 0, "", 0
    spool.begin(gathered, former if known else None, export.gathered)


def _gather(export: Export, name: str, table: Table) -> int:
    """Add the rows that are not there yet, noting after each page how far it came; how many there are."""
    mine = Export.objects.filter(pk=export.pk, state=State.RUNNING, file=name)
    rows = export.rows
    mine.update(total=table.total)
    for page in table.pages(export.place):
        if not jobs.going_on():
            raise Stopped
        length = spool.add(folder() / name, page.rows)
        rows += len(page.rows)
        if export.kind == "xlsx" and rows > sheets.MOST:
            raise TooMany(rows)
        if not mine.update(rows=rows, place=page.place, gathered=length, attempts=0):
            (folder() / name).unlink(missing_ok=True)  # begun anew by this page, where it was stopped
            raise Stopped
    return rows


def _made(export: Export, gathered: Path, head: Sequence[str]) -> Path:
    """The file for the person, made of what was gathered."""
    path = folder() / f"{export.pk}-{token_hex(8)}.{export.kind}"
    out = sheets.writer(path, export.kind, mark=export.mark)
    try:
        try:
            out.row(head)
            for at, row in enumerate(spool.rows(gathered)):
                if at % STEP == 0 and not jobs.going_on():
                    raise Stopped
                out.row(row)
        finally:
            out.close()
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    path.chmod(0o600)
    return path


def _fail(export: Export, name: str, trouble: Export.Trouble, **told: int) -> None:
    failed = Export.objects.filter(pk=export.pk, state__in=[State.WAITING, State.RUNNING], file=name).update(
        state=State.FAILED, trouble=trouble, file="", finished_at=timezone.now(), **told
    )
    if failed and name:
        (folder() / name).unlink(missing_ok=True)


def opened(export: Export) -> Path | None:
    """The file while it is kept; noted as fetched."""
    if export.state != State.DONE or not export.expires_at or export.expires_at <= timezone.now():
        return None
    path = folder() / export.file
    if not path.is_file():
        return None
    Export.objects.filter(pk=export.pk).update(downloads=F("downloads") + 1, downloaded_at=timezone.now())
    return path


def stop(export: Export) -> bool:
    """It is not wanted any more: whoever writes it finds that at the next page. False where it is written already."""
    begun = Export.objects.filter(pk=export.pk, state__in=[State.WAITING, State.RUNNING])
    stopped = begun.update(state=State.ENDED, file="", wishes={}, finished_at=timezone.now())
    if stopped and export.file:
        (folder() / export.file).unlink(missing_ok=True)
    return bool(stopped)


def end_of(user: User) -> None:
    """The files of somebody whose role or scope changes end at once: they hold what could be seen until then.

    What was gathered of a file that is not written yet is gathered anew.
    """
    mine = Export.objects.filter(owner=user)
    mine.filter(expires_at__gt=timezone.now()).update(expires_at=timezone.now())
    begun = mine.filter(state=State.RUNNING)
    for name in begun.values_list("file", flat=True):
        (folder() / name).unlink(missing_ok=True)
    begun.update(state=State.WAITING, file="", rows=0, place="", gathered=0)


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

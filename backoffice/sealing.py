"""The audit journals are only added to: each minute their new rows are sealed, with the seal before them.

A seal is a hash over its rows and the last seal: a row changed, removed or slipped in afterwards no longer fits its
seal, and a seal that was changed no longer fits the next one. `manage.py seals` looks at all of them.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone

from backoffice import jobs
from backoffice.alerts import close_alert, open_alert
from backoffice.models import Seal

SETTLED = timedelta(minutes=2)  # rows older than this are committed, whatever transaction they came from
LATE = timedelta(minutes=30)  # rows older than this should have a seal
MOST = 5_000  # rows of one seal
START = "0" * 64


@dataclass(frozen=True)
class Journal:
    """A table of which rows are never changed: its name, when a row came, and the columns that are sealed."""

    name: str
    model: type[models.Model]
    at: str
    columns: tuple[str, ...]


JOURNALS: list[Journal] = []  # filled by the apps in ready()


@dataclass(frozen=True)
class Broken:
    """A seal that does not hold: its number, and why, in words for the log."""

    journal: str
    number: int
    why: str


def seal(now: datetime | None = None) -> int:
    """Seal the settled rows of every journal; how many rows."""
    return sum(_seal(journal, now or timezone.now()) for journal in JOURNALS)


def _seal(journal: Journal, now: datetime) -> int:
    sealed = 0
    while jobs.going_on():
        last = Seal.objects.filter(journal=journal.name).order_by("-number").first()
        after = last.last_row if last else 0
        later = _rows(journal, after).filter(**{f"{journal.at}__gt": now - SETTLED}).order_by("pk")
        end = later.values_list("pk", flat=True).first()
        ids = list((_rows(journal, after, end) if end else _rows(journal, after)).values_list("pk", flat=True)[:MOST])
        if not ids:
            break
        former = last.digest if last else START
        rows = _rows(journal, after, ids[-1] + 1)
        Seal.objects.create(
            journal=journal.name,
            number=last.number + 1 if last else 1,
            first_row=after + 1,
            last_row=ids[-1],
            rows=len(ids),
            columns=list(journal.columns),
            digest=_digest(former, rows, journal.columns),
            sealed_at=now,
        )
        sealed += len(ids)
    return sealed


def verify(journal: Journal, now: datetime | None = None) -> Iterator[Broken]:
    """Every seal of this journal that does not hold; the rows are read seal by seal."""
    former, expected, reached = START, 1, 0
    for one in Seal.objects.filter(journal=journal.name).order_by("number").iterator():
        if one.number != expected or one.first_row != reached + 1:
            yield Broken(journal.name, one.number, "a seal before it is missing")
        rows = _rows(journal, reached, one.last_row + 1)
        if rows.count() != one.rows:
            yield Broken(journal.name, one.number, f"{rows.count()} rows instead of {one.rows}")
        elif _digest(former, rows, one.columns) != one.digest:
            yield Broken(journal.name, one.number, "a row, or the seal, was changed")
        former, expected, reached = one.digest, one.number + 1, one.last_row
    if _rows(journal, reached).filter(**{f"{journal.at}__lt": (now or timezone.now()) - LATE}).exists():
        yield Broken(journal.name, expected, "rows wait for their seal since more than half an hour")


def check() -> None:
    """Look at every seal; an alert tells the first that does not hold, until all do again."""
    for journal in JOURNALS:
        if (broken := next(verify(journal), None)) is not None:
            open_alert("journal", journal.name, number=broken.number)
        else:
            close_alert("journal", journal.name)


def head(journal: Journal) -> str:
    """The newest seal, to be noted elsewhere: nobody can rewrite the journal and end with the same."""
    last = Seal.objects.filter(journal=journal.name).order_by("-number").first()
    return f"{last.number} {last.digest}" if last else f"0 {START}"


def _rows(journal: Journal, after: int, before: int | None = None) -> "models.QuerySet[models.Model]":
    rows = journal.model._default_manager.filter(pk__gt=after).order_by("pk")
    return rows if before is None else rows.filter(pk__lt=before)


def _digest(former: str, rows: "models.QuerySet[models.Model]", columns: tuple[str, ...] | list[str]) -> str:
    found = hashlib.sha256(former.encode())
    for row in rows.values_list("pk", *columns).iterator(chunk_size=1_000):
        found.update(json.dumps(row, default=str, sort_keys=True, ensure_ascii=False).encode())
        found.update(b"\n")
    return found.hexdigest()

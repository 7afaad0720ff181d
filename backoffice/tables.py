"""Rows as a CSV file that a spreadsheet opens without running any of it (RFC 4180)."""

import csv
import io
from collections.abc import Iterable, Sequence
from urllib.parse import quote

from django.http import HttpResponse

RISKY = ("=", "+", "-", "@", "\t", "\r", "\0")  # a spreadsheet takes what begins like this for a formula


def safe(cell: object) -> str:
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(RISKY) else text


def csv_file(name: str, head: Sequence[object], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """A download, marked as UTF-8 for the spreadsheets that ask."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([safe(cell) for cell in head])
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return download(name, ("\ufeff" + out.getvalue()).encode(), "text/csv; charset=utf-8")


def download(name: str, content: bytes, kind: str = "application/octet-stream") -> HttpResponse:
    answer = HttpResponse(content, content_type=kind)
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return answer

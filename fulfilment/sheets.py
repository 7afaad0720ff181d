"""What is written for a spreadsheet: text that it takes for text."""

import csv
import io
from collections.abc import Iterable, Sequence
from urllib.parse import quote

from django.http import HttpResponse

from backoffice.sheets import safe as safe


def csv_file(name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """A download (RFC 4180), marked as UTF-8 for the spreadsheets that ask."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows([safe(str(cell)) for cell in row] for row in rows)
    return download(name, ("\ufeff" + out.getvalue()).encode(), "text/csv; charset=utf-8")


def download(name: str, content: bytes, kind: str = "application/octet-stream") -> HttpResponse:
    answer = HttpResponse(content, content_type=kind)
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return answer

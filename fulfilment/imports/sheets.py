"""A carrier's file as rows of texts: CSV in any of the usual encodings and separators, or XLSX. Pure, no database.

Whatever cannot be read for certain is refused with a sentence; nothing is guessed into a tracking number.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import StringIO

from django.utils.translation import gettext as _

from fulfilment.imports import workbooks
from fulfilment.imports.refusals import Unreadable

LARGEST = 5 * 1024 * 1024  # bytes
MOST_ROWS = 5_000
MOST_CELLS = 60  # of one row; what stands further right is not looked at
LONGEST = 500  # signs of a cell
SEPARATORS = (";", ",", "\t", "|")
_amount = re.compile(r"[+-]?\d+([.,]\d+)?E\+?\d+", re.ASCII | re.IGNORECASE)
BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


@dataclass(frozen=True, slots=True)
class Row:
    """`line`: where it stands in the file, from 1."""

    line: int
    cells: tuple[str, ...]


def read(content: bytes) -> list[Row]:
    """The rows that hold anything. Raises Unreadable."""
    if not content.strip(b"\0 \r\n\t"):
        raise Unreadable(_("The file is empty."))
    if len(content) > LARGEST:
        raise Unreadable(_("The file is larger than 5 MB: split it into several files."))
    if content.startswith(workbooks.ZIP):
        rows = list(_bounded(workbooks.rows(content, MOST_CELLS)))
    elif content.startswith(workbooks.OLD):
        raise Unreadable(_("This is an old or a locked Excel file: save it as .xlsx without a password, or as CSV."))
    else:
        rows = list(_bounded(_of_text(_decoded(content))))
    if not rows:
        raise Unreadable(_("The file holds no rows."))
    return rows


def _bounded(rows: Iterable[tuple[int, list[str]]]) -> Iterator[Row]:
    number = 0
    for line, cells in rows:
        kept = [clean(cell) for cell in cells[:MOST_CELLS]]
        while kept and not kept[-1]:
            kept.pop()
        if not kept:
            continue
        number += 1
        if number > MOST_ROWS + 1:  # one may be the head
            raise Unreadable(_("The file holds more than 5,000 rows: split it into several files."))
        yield Row(line, tuple(kept))


def clean(cell: str) -> str:
    """A cell without blanks around it, and without the tricks that keep a number a text: ="0012" and '0012."""
    text = cell.replace("\u00a0", " ").strip()
    if text.startswith('="') and text.endswith('"') and len(text) > 2:
        text = text[2:-1]
    return text.removeprefix("'").strip()[:LONGEST]


def is_amount(text: str) -> bool:
    """Is it a number as a spreadsheet shows one that it took for an amount: 1.23E+12?"""
    return _amount.fullmatch(text) is not None


# --- Text


def _decoded(content: bytes) -> str:
    """UTF-8 or UTF-16 as it says or looks, or else what Windows writes."""
    for mark, name in BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return _as(content[len(mark) :], name)
    head = content[:2000]
    if head[1::2].count(0) > len(head) // 3:
        return _as(content, "utf-16-le")
    if head[::2].count(0) > len(head) // 3:
        return _as(content, "utf-16-be")
    try:
        return _without_nul(content.decode("utf-8"))
    except UnicodeDecodeError:
        return _as(content, "cp1252")


def _as(content: bytes, encoding: str) -> str:
    try:
        return _without_nul(content.decode(encoding))
    except UnicodeDecodeError as error:
        told = {"line": _line(content[: error.start], encoding), "sign": f"0x{content[error.start]:02X}"}
        raise Unreadable(
            _("Line %(line)s cannot be read: the sign %(sign)s is none. Export the file as CSV in UTF-8.") % told
        ) from None


def _line(before: bytes, encoding: str) -> int:
    return before.decode(encoding, errors="replace").count("\n") + 1


def _without_nul(text: str) -> str:
    at = text.find("\0")
    if at >= 0:
        told = {"line": text.count("\n", 0, at) + 1, "sign": "0x00"}
        raise Unreadable(
            _("Line %(line)s cannot be read: the sign %(sign)s is none. Export the file as CSV in UTF-8.") % told
        )
    return text


def _of_text(text: str) -> Iterator[tuple[int, list[str]]]:
    separator, text, skipped = _separator(text)
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1 + skipped
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            told = {"line": line, "sign": '"'}
            raise Unreadable(
                _("Line %(line)s cannot be read: a %(sign)s is not closed, or stands in the middle of a cell.") % told
            ) from None
        yield line, cells
        line = reader.line_num + 1 + skipped


def _separator(text: str) -> tuple[str, str, int]:
    """The separator, the text without a line that tells it, and how many lines that took."""
    head, _end, rest = text.partition("\n")
    told = head.strip().strip('"').lower()
    if told.startswith("sep=") and len(told) == 5:
        return told[4], rest, 1
    if told == "sep=":  # a tabulator was stripped
        return "\t", rest, 1
    lines = [line for line in text.splitlines()[:60] if line.strip()]
    return max(SEPARATORS, key=lambda sign: _evenness(lines, sign)), text, 0


def _evenness(lines: list[str], sign: str) -> tuple[int, int]:
    """How many lines hold equally many of this sign, at least one; and how many that is."""
    counted = Counter(count for line in lines if (count := _outside_quotes(line).count(sign)))
    if not counted:
        return 0, 0
    count, times = max(counted.items(), key=lambda pair: (pair[1], pair[0]))
    return times, count


def _outside_quotes(line: str) -> str:
    return "".join(line.split('"')[::2])

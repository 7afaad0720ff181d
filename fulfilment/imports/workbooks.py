"""An Excel workbook as rows of texts: opened read-only, its size looked at before, its macros refused."""

import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from io import BytesIO
from lzma import LZMAError
from typing import Any

from django.utils.translation import gettext as _

from fulfilment.imports.refusals import Unreadable

ZIP = b"PK\x03\x04"
OLD = b"\xd0\xcf\x11\xe0"  # a compound file: .xls, or a workbook behind a password
ENTRIES = 500
UNPACKED = 40 * 1024 * 1024  # bytes of everything in it
ROWS = 20_000  # rows of the sheet that are passed, the empty ones too
BROKEN = (  # what a broken or hostile archive raises
    zipfile.BadZipFile, zlib.error, LZMAError, struct.error, RuntimeError, NotImplementedError, OSError, EOFError,
    ValueError,
)  # fmt: skip
EXACT = 10**15  # from here on a spreadsheet has lost digits of a number


def rows(content: bytes, most_cells: int) -> Iterator[tuple[int, list[str]]]:
    """The rows of the first sheet that is shown. Raises Unreadable."""
    _look_inside(content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about styles and forms that nobody asked for
        sheet = _sheet(content)
        try:
            for line, cells in enumerate(sheet.iter_rows(max_col=most_cells, values_only=True), 1):
                if line > ROWS:
                    raise Unreadable(_("The sheet is longer than 20,000 rows: delete the empty ones, or split it."))
                yield line, [text(cell) for cell in cells]
        except Unreadable:
            raise
        except Exception:  # noqa: BLE001 (whatever the library makes of a broken or hostile file)
            raise _broken() from None


def text(value: Any) -> str:
    """A cell as a person would read it; a number that lost its last digits is written so that it shows."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        if abs(value) >= EXACT:
            return f"{value:.5E}"
        return str(int(value)) if value == int(value) else repr(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)


def _look_inside(content: bytes) -> None:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            entries = archive.infolist()
            names = {entry.filename.lower() for entry in entries}
            if any(name.endswith("vbaproject.bin") for name in names):
                raise Unreadable(_("This workbook holds macros: save it as .xlsx without macros, or as CSV."))
            if not any(name.startswith("xl/") for name in names):
                raise Unreadable(_("This is no Excel workbook: choose a CSV or an XLSX file."))
            if len(entries) > ENTRIES or sum(entry.file_size for entry in entries) > UNPACKED:
                raise Unreadable(
                    _("This workbook unpacks to more than 40 MB and is not opened: export the rows as CSV.")
                )
            for entry in entries:  # reading stops at the size that was told, and what lies about it breaks here
                if entry.filename.lower().endswith((".xml", ".rels")) and b"<!DOCTYPE" in archive.read(entry):
                    raise _broken()
    except BROKEN:
        raise _broken() from None


def _sheet(content: bytes) -> Any:
    from openpyxl import load_workbook  # takes its time, and most processes never read one

    try:
        book = load_workbook(BytesIO(content), read_only=True, data_only=True, keep_links=False)
        return next(sheet for sheet in book.worksheets if sheet.sheet_state == "visible")
    except Exception:  # noqa: BLE001 (the same)
        raise _broken() from None


def _broken() -> Unreadable:
    return Unreadable(_("This workbook cannot be opened: save it anew as .xlsx, or export the rows as CSV."))

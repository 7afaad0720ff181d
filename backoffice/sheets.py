"""Tables for spreadsheets, written row by row: text stays text, whatever it begins with; nothing is a formula."""

import csv
import re
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Literal, Protocol

import xlsxwriter

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
# A spreadsheet that parts a CSV at semicolons, as in France, begins a cell behind each of them, and at each new line.
INSIDE = re.compile(r"(?<=[;\t\r\n])(?=[\s\"]*[=+\-@])")
LONGEST = 32_767  # signs of one cell
MOST = 1_000_000  # rows of a workbook: a sheet holds little more
CENT = Decimal("0.01")
AMOUNT = "#,##0.00##"  # two decimals as on the pages, more only where the marketplace gave more

Cell = str | int | Decimal | None  # a Decimal is an amount
Format = Literal["csv", "xlsx"]


def safe(cell: str) -> str:
    """The cell's text, kept from being a formula by an apostrophe, without signs that end a text early."""
    text = INSIDE.sub("'", cell.replace("\0", ""))
    return f"'{text}" if text.startswith(FORMULA) else text


def amount(cell: Decimal) -> Decimal:
    """With two decimals, and with more only where it has more: nothing of it is lost."""
    short = cell.quantize(CENT)
    return short if short == cell else cell.normalize()


class Writer(Protocol):
    """A table that is being written; it keeps no row in memory."""

    def row(self, cells: Sequence[Cell]) -> None: ...

    def close(self) -> None: ...


def writer(path: Path, kind: str, *, mark: bool = True) -> Writer:
    """A new table in this file. `mark`: a CSV says that it is UTF-8, for the spreadsheets that ask."""
    return _Workbook(path) if kind == "xlsx" else _Csv(path, mark)


class _Csv:
    """RFC 4180."""

    def __init__(self, path: Path, mark: bool) -> None:
        self.file = path.open("w", encoding="utf-8-sig" if mark else "utf-8", newline="")
        self.rows = csv.writer(self.file)

    def row(self, cells: Sequence[Cell]) -> None:
        self.rows.writerow([self._written(cell) for cell in cells])

    @staticmethod
    def _written(cell: Cell) -> str:
        if isinstance(cell, Decimal):
            return f"{amount(cell):f}"
        return safe(cell) if isinstance(cell, str) else "" if cell is None else str(cell)

    def close(self) -> None:
        self.file.close()


class _Workbook:
    """A workbook of one sheet: text as text, amounts as numbers, no formula and no link."""

    def __init__(self, path: Path) -> None:
        self.book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "tmpdir": str(path.parent)})
        self.sheet = self.book.add_worksheet()
        self.amount = self.book.add_format({"num_format": AMOUNT})
        self.at = 0

    def row(self, cells: Sequence[Cell]) -> None:
        for column, cell in enumerate(cells):
            if isinstance(cell, str):
                self.sheet.write_string(self.at, column, cell.replace("\0", "")[:LONGEST])
            elif isinstance(cell, Decimal):
                self.sheet.write_number(self.at, column, cell, self.amount)
            elif cell is not None:
                self.sheet.write_number(self.at, column, cell)
        self.at += 1

    def close(self) -> None:
        self.book.close()

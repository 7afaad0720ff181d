"""One row of a file: what it gives, and the verdict about it; as it is kept with the import."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from fulfilment.imports.columns import Columns, cell
from fulfilment.imports.sheets import Row

KEPT = 120  # signs of a cell


@dataclass
class Checked:
    """A row with its verdict: a word of `imports.words.VERDICTS`, and what that word's sentence is about."""

    line: int
    order: str
    number: str
    carrier: str = ""
    sku: str = ""
    verdict: str = ""
    about: Any = None

    @property
    def as_json(self) -> list[Any]:
        return [self.line, self.order, self.number, self.carrier, self.sku, self.verdict, self.about]


def given(rows: Sequence[Row], columns: Columns) -> list[Checked]:
    """What the file says, nothing judged."""
    return [
        Checked(
            row.line,
            cell(row, columns.order)[:KEPT],
            cell(row, columns.number)[:KEPT],
            cell(row, columns.carrier)[:KEPT],
            cell(row, columns.sku)[:KEPT],
        )
        for row in rows[columns.first :]
    ]


def of_json(kept: Iterable[list[Any]]) -> list[Checked]:
    return [Checked(*row) for row in kept]

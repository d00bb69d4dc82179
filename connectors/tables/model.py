"""What a table is made of."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

#: Day 0 of Excel's dates, as they count from 1 March 1900 on (Excel believes in a 29 February 1900).
EPOCH_1900: Final = date(1899, 12, 30)


class TableRefused(Exception):
    """The file as a whole cannot be read; ``code`` is stable, ``details`` fill whoever's text it becomes."""

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(code)
        self.code = code
        self.details = details


@dataclass(frozen=True, slots=True)
class Row:
    """One row. ``number`` as a spreadsheet shows it; ``broken``: positions of cells that hold an error or a formula
    without a saved value."""

    number: int
    cells: list[str]
    broken: frozenset[int] = frozenset()

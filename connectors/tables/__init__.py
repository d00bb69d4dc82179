"""Tables out of files that people hand over: CSV in whatever encoding, or an Excel workbook. Usable without the hub.

Rows come one by one, so that memory follows the row and not the file (an Excel file keeps its table of shared texts in
memory, within the limit on what it unpacks to). Every cell comes out as the text a person would write: Excel's dates
as ``2004-05-17``, its whole numbers without a decimal point, its percentages with their sign. A formula is never
computed: the value that was saved is read, and a cell whose formula has none is told as broken.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import BinaryIO, Final

from connectors.tables import excel, text
from connectors.tables.model import EPOCH_1900, Row, TableRefused

__all__ = ["EPOCH_1900", "LARGEST", "Row", "Table", "TableRefused", "open_table"]

LARGEST: Final = 25 * 1024 * 1024
_OLE: Final = b"\xd0\xcf\x11\xe0"
#: Names of streams stand in UTF-16 in the directory of a compound file (MS-CFB 2.6.1); MS-OFFCRYPTO 2.3.2.
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")


@dataclass(frozen=True)
class Table:
    """A table that is read row by row. ``epoch``: day 0 of numbers that stand for dates in this file."""

    rows: Iterator[Row] = field(repr=False)
    epoch: date = EPOCH_1900


def open_table(file: BinaryIO, name: str = "", *, largest: int = LARGEST, sheet: int = 0) -> Table:
    """The table in ``file`` (seekable, read from its beginning), which the caller closes after the last row; of a
    workbook the sheet of that number, from 0.

    Raises TableRefused here or while the rows are read: ``empty``, ``too_large``, ``old_excel``, ``encrypted``,
    ``macros``, ``archive``, ``not_excel``, ``not_text``, ``no_sheet`` (there are not so many).
    """
    size = file.seek(0, 2)
    file.seek(0)
    head = file.read(4096)
    if size > largest:
        raise TableRefused("too_large")
    if not head.strip() and size <= len(head):
        raise TableRefused("empty")
    if head.startswith(_OLE):
        file.seek(0)
        raise TableRefused("encrypted" if _ENCRYPTED in file.read() else "old_excel")
    if head.startswith(b"PK") or name.lower().endswith((".xlsx", ".xlsm")):
        epoch, rows = excel.read(file, sheet)
        return Table(rows, epoch)
    if sheet:
        raise TableRefused("no_sheet")
    return Table(text.read(file, head))

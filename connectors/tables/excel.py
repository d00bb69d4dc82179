"""Excel workbooks (ECMA-376 part 1, 18.3): one sheet, row by row, as a person sees it."""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import IO, Any, BinaryIO, Final

from openpyxl import load_workbook
from openpyxl.utils.cell import coordinate_to_tuple, range_boundaries

from connectors.tables.model import Row, TableRefused

_UNPACKED: Final = 200 * 1024 * 1024
_RATIO: Final = 400
_MEMBERS: Final = 2000
_WIDEST: Final = 100
_MOST_NOTED: Final = 20_000
_CHUNK: Final = 1 << 18
_CELL_END: Final = re.compile(rb"</(?:\w+:)?c>")
_FORMULA: Final = re.compile(rb"<(?:\w+:)?f[\s>/]")
_VALUE: Final = re.compile(rb"<(?:\w+:)?v>[^<]")
_PLACE: Final = re.compile(rb"<(?:\w+:)?c\s[^<>]*?\br=\"([A-Z]{1,3}\d{1,7})\"")
_MERGED: Final = re.compile(rb"<(?:\w+:)?mergeCell\s[^<>]*?\bref=\"([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})\"")


@dataclass(slots=True)
class _Marks:
    """What the sheet says of cells beside their values: 1-based places."""

    empty_formulas: dict[int, set[int]] = field(default_factory=dict)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)


def read(file: BinaryIO, number: int = 0) -> tuple[date, Iterator[Row]]:
    """Day 0 of the workbook's dates (1900 or 1904) and the rows of a sheet, from 0. Raises TableRefused, also on the
    way: ``no_sheet`` beyond the last one."""
    _require_harmless(file)
    try:
        book = load_workbook(file, read_only=True, data_only=True)
        if 0 < len(book.worksheets) <= number:
            raise TableRefused("no_sheet")
        sheet: Any = book.worksheets[number]
        sheet.reset_dimensions()  # a file that lies about its size is read as far as it goes
        marks = _scan(file, sheet._worksheet_path)
    except TableRefused:
        raise
    except Exception as error:  # openpyxl raises whatever its parsers raise on a damaged file
        raise TableRefused("not_excel") from error
    return book.epoch.date(), _rows(sheet, marks)


def _rows(sheet: Any, marks: _Marks) -> Iterator[Row]:
    """The rows; a merged cell says the same in each row and column that it covers."""
    waiting = sorted(marks.merged, key=lambda it: it[1])
    open_: list[tuple[tuple[int, int, int, int], str]] = []
    try:
        for number, cells in enumerate(sheet.iter_rows(max_col=_WIDEST), start=1):
            texts = [_written(cell) for cell in cells]
            broken = {at - 1 for at in marks.empty_formulas.get(number, ())}
            broken |= {at for at, cell in enumerate(cells) if getattr(cell, "data_type", "") == "e"}
            open_ = [it for it in open_ if it[0][3] >= number]
            while waiting and waiting[0][1] <= number:
                box = waiting.pop(0)
                open_.append((box, texts[box[0] - 1] if box[0] <= len(texts) else ""))
            for (left, _, right, _), said in open_:
                texts += [""] * (min(right, _WIDEST) - len(texts))
                texts[left - 1 : min(right, _WIDEST)] = [said] * (min(right, _WIDEST) - left + 1)
            while texts and not texts[-1]:
                texts.pop()
            yield Row(number, texts, frozenset(broken))
    except Exception as error:
        raise TableRefused("not_excel") from error


def _require_harmless(file: BinaryIO) -> None:
    """Refuse an archive that unpacks beyond measure, whose XML declares entities or that carries programs, before any
    parser sees it."""
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            names = {member.filename.lower() for member in members}
            unpacked, packed = sum(it.file_size for it in members), sum(it.compress_size for it in members)
            if unpacked > _UNPACKED or len(members) > _MEMBERS or unpacked > _RATIO * max(packed, 4096):
                raise TableRefused("too_large")
            for member in members:
                with archive.open(member) as part:
                    if b"<!DOCTYPE" in part.read(4096).replace(b"\0", b"").upper():
                        raise TableRefused("not_excel")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as error:
        raise TableRefused("not_excel") from error
    if not any(name.startswith("xl/") for name in names):
        raise TableRefused("archive")
    if any(name.endswith("vbaproject.bin") for name in names):
        raise TableRefused("macros")


def _scan(file: BinaryIO, path: str) -> _Marks:
    """Merged cells, and formulas whose value was never saved: openpyxl's streaming reader tells neither."""
    marks, rest = _Marks(), b""
    with zipfile.ZipFile(file) as archive, archive.open(path.lstrip("/")) as part:
        for chunk in _chunks(part):
            *cells, rest = _CELL_END.split(rest + chunk)
            for cell in cells:
                _note_formula(marks, cell)
            for found in _MERGED.finditer(rest):
                _note_merged(marks, found[1].decode())
            # What follows the last cell is kept while it may hold the beginning of one; merged ranges come once.
            rest = rest[rest.rfind(b"<") :] if b"mergeCell" in rest else rest[-(_CHUNK * 4) :]
    return marks


def _chunks(part: IO[bytes]) -> Iterator[bytes]:
    while chunk := part.read(_CHUNK):
        yield chunk


def _note_formula(marks: _Marks, cell: bytes) -> None:
    formula = _FORMULA.search(cell)
    if formula is None or _VALUE.search(cell, formula.start()):
        return
    places = _PLACE.findall(cell, 0, formula.start())
    if places and len(marks.empty_formulas) < _MOST_NOTED:
        row, column = coordinate_to_tuple(places[-1].decode())
        marks.empty_formulas.setdefault(row, set()).add(column)


def _note_merged(marks: _Marks, ref: str) -> None:
    left, top, right, bottom = range_boundaries(ref)
    if None not in (left, top, right, bottom) and len(marks.merged) < _MOST_NOTED:
        marks.merged.append((int(left or 1), int(top or 1), int(right or 1), int(bottom or 1)))


def _written(cell: Any) -> str:
    """A cell as a person would write it."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return _number(float(value) * 100) + "%" if "%" in str(cell.number_format) else _number(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, time):
        return value.isoformat("minutes")
    if isinstance(value, timedelta):
        minutes = round(value.total_seconds() / 60)
        return f"{minutes // 60}:{minutes % 60:02}"
    return value.isoformat() if isinstance(value, date) else str(value)


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else f"{value:.12g}"

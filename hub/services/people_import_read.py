"""Reading a list of people out of a CSV or an Excel file: bytes in, lines out. No database.

Every cell comes out as the text a person would write: Excel's dates as ``2004-05-17``, its whole numbers without a
decimal point. Headers are known by their French and English names, whatever their case and accents. A formula is never
computed: of an Excel file the value that was saved is read.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, Final

from openpyxl import load_workbook

from hub.services.errors import ServiceError
from hub.services.plain_text import plain

LARGEST: Final = 5 * 1024 * 1024
MOST_LINES: Final = 5000
_UNPACKED: Final = 100 * 1024 * 1024
_LONGEST_CELL: Final = 500

FIELDS: Final = (
    "family_name", "given_name", "email", "phone", "birth_date", "external_id", "group", "path", "status", "language",
)  # fmt: skip

#: Names of the columns, as ``plain`` leaves them.
HEADERS: Mapping[str, tuple[str, ...]] = {
    "family_name": ("nom", "nom de famille", "nom d'usage", "family name", "last name", "surname", "lastname"),
    "given_name": ("prenom", "prenoms", "first name", "given name", "firstname"),
    "email": ("courriel", "e mail", "email", "mail", "adresse e mail", "adresse mail", "adresse electronique"),
    "phone": ("telephone", "tel", "tel.", "portable", "mobile", "phone", "phone number", "numero de telephone"),
    "birth_date": ("date de naissance", "naissance", "ne(e) le", "ne le", "birth date", "date of birth", "birthdate"),
    "external_id": ("identifiant", "id", "numero", "n°", "matricule", "idnumber", "external id", "identifier"),
    "group": ("groupe", "promotion", "promo", "group", "cohort", "cohorte"),
    "path": ("parcours", "formation", "path", "learning path", "course"),
    "status": ("statut", "status"),
    "language": ("langue", "language"),
}
_BY_HEADER = {name: key for key, names in HEADERS.items() for name in names}


class ImportRefused(ServiceError):
    """The file as a whole cannot be read; ``code`` says why, ``details`` fill its text."""

    code = "import_refused"


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a file holds. ``lines``: (number of the line as a spreadsheet shows it, field -> text), empty lines left
    out; ``ignored``: headers that the hub does not know."""

    lines: tuple[tuple[int, Mapping[str, str]], ...]
    columns: tuple[str, ...]
    ignored: tuple[str, ...] = field(default=())


def read(data: bytes, name: str = "") -> Sheet:
    """The people of a file. Excel files are known by their first bytes, whatever their name.

    Raises ImportRefused: ``import_empty``, ``import_too_large``, ``import_old_excel``, ``import_not_excel``,
    ``import_not_text``, ``import_no_header`` (``missing``), ``import_twice`` (``header``), ``import_too_many_lines``.
    """
    if len(data) > LARGEST:
        raise ImportRefused("import_too_large")
    if not data.strip():
        raise ImportRefused("import_empty")
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise ImportRefused("import_old_excel")
    is_excel = data.startswith(b"PK") or name.lower().endswith((".xlsx", ".xlsm"))
    return _sheet(_excel(data) if is_excel else _csv(data))


def _sheet(rows: Iterable[list[str]]) -> Sheet:
    columns: dict[int, str] = {}
    ignored: list[str] = []
    lines: list[tuple[int, Mapping[str, str]]] = []
    for number, row in enumerate(rows, start=1):
        if not any(cell.strip() for cell in row):
            continue
        if not columns:
            columns, ignored = _header(row)
            continue
        if len(lines) == MOST_LINES:
            raise ImportRefused("import_too_many_lines", most=MOST_LINES)
        lines.append((number, {key: _cell(row, at) for at, key in columns.items() if _cell(row, at)}))
    if not columns or not lines:
        raise ImportRefused("import_empty")
    return Sheet(tuple(lines), tuple(columns.values()), tuple(ignored))


def _cell(row: list[str], at: int) -> str:
    return row[at].strip()[:_LONGEST_CELL] if at < len(row) else ""


def _header(row: list[str]) -> tuple[dict[int, str], list[str]]:
    columns: dict[int, str] = {}
    ignored = []
    for at, cell in enumerate(row):
        key = _BY_HEADER.get(plain(cell.replace("_", " ")).rstrip(" *:"))
        if key is None:
            ignored += [cell.strip()[:60]] if cell.strip() else []
        elif key in columns.values():
            raise ImportRefused("import_twice", header=cell.strip()[:60])
        else:
            columns[at] = key
    missing = [key for key in ("family_name", "given_name") if key not in columns.values()]
    if missing:
        raise ImportRefused("import_no_header")
    return columns, ignored


def _csv(data: bytes) -> Iterator[list[str]]:
    text = _text(data)
    first = text.lstrip("\r\n").partition("\n")[0]
    separator = max(";\t,", key=first.count)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    except csv.Error as error:
        raise ImportRefused("import_not_text") from error


def _text(data: bytes) -> str:
    """UTF-8 with or without a mark, UTF-16 with one (Excel's "Unicode text"), else cp1252: Excel's CSV in France."""
    encodings = ["utf-16"] if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise ImportRefused("import_not_text")


def _excel(data: bytes) -> Iterator[list[str]]:
    _require_harmless(data)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # a file that lies about its size is read as far as it goes
        for row in sheet.iter_rows(max_col=60, values_only=True):
            yield [_written(cell) for cell in row]
    except ImportRefused:
        raise
    except Exception as error:  # openpyxl raises whatever its parsers raise on a damaged file
        raise ImportRefused("import_not_excel") from error


def _require_harmless(data: bytes) -> None:
    """Refuse an archive that unpacks beyond measure, or whose XML declares entities, before any parser sees it."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if sum(member.file_size for member in members) > _UNPACKED or len(members) > 2000:
                raise ImportRefused("import_too_large")
            for member in members:
                with archive.open(member) as part:
                    if b"<!DOCTYPE" in part.read(4096).replace(b"\0", b"").upper():
                        raise ImportRefused("import_not_excel")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as error:
        raise ImportRefused("import_not_excel") from error


def _written(cell: Any) -> str:
    """A cell of Excel as a person would write it."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ", timespec="minutes")
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)

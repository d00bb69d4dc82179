"""Reading a list of people out of a CSV or an Excel file: bytes in, lines out. No database.

Every cell comes out as the text a person would write (`connectors.tables`). Headers are known by their French and
English names, whatever their case and accents.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from connectors.tables import Row, TableRefused, open_table
from hub.domain.plain_text import plain
from hub.services.errors import ServiceError

LARGEST: Final = 5 * 1024 * 1024
MOST_LINES: Final = 5000
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

    Raises ImportRefused: ``import_empty``, ``import_too_large``, ``import_old_excel``, ``import_encrypted``,
    ``import_macros``, ``import_archive``, ``import_not_excel``, ``import_not_text``, ``import_no_header``,
    ``import_twice`` (``header``), ``import_too_many_lines``.
    """
    if not data.strip():
        raise ImportRefused("import_empty")
    try:
        return _sheet(open_table(io.BytesIO(data), name, largest=LARGEST).rows)
    except TableRefused as refused:
        raise ImportRefused(f"import_{refused.code}", **refused.details) from refused


def _sheet(rows: Iterable[Row]) -> Sheet:
    columns: dict[int, str] = {}
    ignored: list[str] = []
    lines: list[tuple[int, Mapping[str, str]]] = []
    for number, row in ((it.number, it.cells) for it in rows):
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

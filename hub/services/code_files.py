"""Code lists as their publishers give them out: which file says what, and from when.

- ROME (France Travail, open data): ``unix_referentiel_code_rome_v460_utf8.csv``, alone or in its zip; the workbook of
  its tree (letter, domain, number, label, no code of an appellation).
- RNCP and RS (France compétences on data.gouv.fr): ``export-fiches-csv-<day>.zip`` with its table *Standard*, which
  holds both; ``export-fiches-rncp-v4-1-<day>.zip`` and ``…-rs-…`` with their XML. Those no longer in force are left.
- Formacode (Centre Inffo on data.gouv.fr): the thesaurus with columns ``Code du Terme`` and ``Descripteur en typo
  riche``; a table with columns ``Code Formacode® V14`` and ``libelle-formacode V14``.
- any table with a column ``code`` and a column ``label`` or ``libelle``.

Tables are CSV in any encoding, or the first sheet of a workbook that has the columns.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO, Final

from connectors.tables import TableRefused, open_table
from content import xml
from content.archive import Archive, open_archive
from content.budget import Budget
from content.errors import ArchiveRefused, XmlRefused
from hub.domain.catalogue_text import fold
from hub.services.errors import Invalid

#: Form of a code of each list.
FORMS: Final = {
    "formacode": r"\d{5}", "rome": r"[A-Z]\d{4}", "rncp": r"\d{1,6}", "rs": r"\d{1,6}", "nsf": r"\d{3}[a-z]?",
}  # fmt: skip
MOST: Final = 200_000
_LARGEST_TABLE: Final = 200 * 1024 * 1024
_LABELS: Final = ("label", "libelle", "intitule", "libelle rome", "libelle formacode", "nsf intitule",
                  "descripteur en typo riche")  # fmt: skip
_CODES: Final = ("code", "numero fiche", "code rome", "code formacode", "nsf code", "code du terme")
_DAY: Final = re.compile(r"(20\d\d)[-_](\d\d)[-_](\d\d)")
_ROME_TABLE: Final = re.compile(r"referentiel_code_rome(_v\d+)?(_utf8)?\.csv$")
_MOST_SHEETS: Final = 20
_VERSION: Final = re.compile(r"(?:^|[^a-z])v_?(\d+(?:[._-]\d+)?)(?![\d])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Found:
    """What a file holds: (code, label) once each, how many lines were left (no longer in force, of another form), the
    day and the version that its name tells, where it tells them."""

    codes: list[tuple[str, str]]
    left: int
    day: date | None
    version: str


def read(file: BinaryIO, name: str, scheme: str) -> Found:
    """The codes of one list in a file of one of the forms above.

    Raises Invalid (``file``: ``no_columns``, ``empty_file``, ``too_many``, ``not_a_list``).
    """
    member = name
    try:
        head = file.read(4)
        file.seek(0)
        archive = _archive(file, name) if head.startswith(b"PK") else None
        if archive is not None:
            member, pieces = _member(archive, scheme)
            pairs = _of_xml(pieces) if member.lower().endswith(".xml") else _of_table(_whole(pieces), member, scheme)
        elif head.lstrip(b"\xef\xbb\xbf").startswith(b"<"):
            pairs = _of_xml(iter(lambda: file.read(1 << 16), b""))
        else:
            pairs = _of_table(file, name, scheme)
        found, left = _kept(pairs, scheme)
    except (TableRefused, ArchiveRefused, XmlRefused, KeyError) as error:
        raise Invalid({"file": "not_a_list"}) from error
    if not found or len(found) > MOST:
        raise Invalid({"file": "too_many" if found else "empty_file"})
    return Found(list(found.items()), left, _day(member) or _day(name), _version(member) or _version(name))


def _archive(file: BinaryIO, name: str) -> Archive | None:
    """The archive of a zip; None for a workbook, which is one too."""
    if name.lower().endswith((".xlsx", ".xlsm")):
        return None
    return open_archive(file, Budget(entry_bytes=2 << 30, total_bytes=4 << 30))


def _member(archive: Archive, scheme: str) -> tuple[str, Iterator[bytes]]:
    """The file of the archive that holds the list. Raises Invalid where none does."""
    named = [one for one in sorted(archive.entries) if _holds(scheme, one.rpartition("/")[2].lower())]
    tables = [one for one in sorted(archive.entries) if one.lower().endswith((".csv", ".txt", ".xml"))]
    found = named or (tables if len(tables) == 1 else [])
    if not found:
        raise Invalid({"file": "not_a_list"})
    return found[0], archive.stream(found[0])


def _holds(scheme: str, name: str) -> bool:
    """Whether a file of that name, in small letters, holds the list."""
    if scheme == "rome":
        return _ROME_TABLE.search(name) is not None  # not its neighbours in other encodings or with other columns
    if scheme not in ("rncp", "rs"):
        return False
    return "standard" in name or (f"_{scheme}_" in name and name.endswith(".xml"))


def _whole(pieces: Iterable[bytes]) -> BinaryIO:
    held = io.BytesIO()
    for piece in pieces:
        held.write(piece)
        if held.tell() > _LARGEST_TABLE:
            raise Invalid({"file": "too_many"})
    return held


def _of_xml(pieces: Iterable[bytes]) -> Iterator[tuple[str, str, bool]]:
    """(code, label, in force) of France compétences' XML, versions 3 and 4."""
    for record in xml.records(pieces, "FICHE", most=2 << 30):
        state = fold(xml.text(xml.child(record, "ACTIF"))) if xml.child(record, "ACTIF") is not None else ""
        code, label = xml.child(record, "NUMERO_FICHE"), xml.child(record, "INTITULE")
        yield xml.text(code), xml.text(label), _in_force(state)


def _of_table(file: BinaryIO, name: str, scheme: str) -> Iterator[tuple[str, str, bool]]:
    filled = False
    for sheet in range(_MOST_SHEETS):
        try:
            rows = open_table(file, name, largest=_LARGEST_TABLE, sheet=sheet).rows
        except TableRefused as refused:
            if refused.code == "no_sheet":
                break
            raise
        first = next((row.cells for row in rows if any(row.cells) and not row.cells[0].startswith("#")), None)
        if first is None:
            continue
        filled, header = True, [_plain(cell) for cell in first]
        code, label = _column(header, _CODES, scheme), _column(header, _LABELS, scheme)
        if code is not None and label is not None:
            state = next((n for n, cell in enumerate(header) if cell == "actif"), None)
            for row in rows:
                cells = [*row.cells, *[""] * len(header)]
                yield cells[code], cells[label], _in_force(fold(cells[state]) if state is not None else "")
            return
        if scheme == "rome" and (tree := list(_of_tree([first, *(row.cells for row in rows)]))):
            yield from tree
            return
    raise Invalid({"file": "no_columns" if filled else "empty_file"})


def _of_tree(rows: Iterable[list[str]]) -> Iterator[tuple[str, str, bool]]:
    """ROME's tree: a letter, a domain of two figures, a number, the label; lines of appellations have a code behind."""
    for cells in rows:
        one = [*(cell.strip() for cell in cells), "", "", "", "", ""]
        numbered = re.fullmatch("[A-N]", one[0]) and one[1].isdecimal() and one[2].isdecimal()
        if numbered and one[3] and not one[4]:
            yield f"{one[0]}{int(one[1]):02}{int(one[2]):02}", one[3], True


def _plain(cell: str) -> str:
    return " ".join(re.findall("[a-z0-9]+", fold(cell)))


def _column(header: list[str], names: tuple[str, ...], scheme: str) -> int | None:
    """The column of one of these names; of several versions side by side the newest."""
    wanted = [f"{scheme} {one}" for one in names] + list(names) + [f"{one} {scheme}" for one in names]
    for name in dict.fromkeys(wanted):
        fitting = [n for n, cell in enumerate(header) if cell == name or re.fullmatch(rf"{name} v ?\d+", cell)]
        if fitting:
            return max(fitting, key=lambda n: [int(v) for v in re.findall(r"\d+", header[n])])
    return None


def _in_force(state: str) -> bool:
    return state not in ("inactive", "inactif", "non", "false", "0")


def _kept(lines: Iterable[tuple[str, str, bool]], scheme: str) -> tuple[dict[str, str], int]:
    found: dict[str, str] = {}
    left = 0
    for code, label, in_force in lines:
        # « 210 59 » is how Centre Inffo prints a code; two apostrophes are ROME's CSV for one.
        bare = re.sub(rf"^{scheme}", "", "".join(code.split()), flags=re.IGNORECASE)
        bare = bare.lower() if scheme == "nsf" else bare.upper()
        text = " ".join(label.replace("''", "'").split())[:300]
        if in_force and text and re.fullmatch(FORMS[scheme], bare):
            found.setdefault(bare, text)
        else:
            left += 1
        if len(found) > MOST:
            break
    return found, left


def _day(name: str) -> date | None:
    told = _DAY.search(name)
    with suppress(ValueError):
        return date(int(told[1]), int(told[2]), int(told[3])) if told else None
    return None


def _version(name: str) -> str:
    """``4.60`` of ``…_v460_…``, ``4.1`` of ``…-v4-1-…``, ``V14`` of ``…-v14-…``; empty where nothing is told."""
    told = _VERSION.search(name.rpartition("/")[2])
    if told is None:
        return ""
    digits = re.findall(r"\d+", told[1])
    if len(digits) == 1 and len(digits[0]) == 3:
        return f"{digits[0][0]}.{digits[0][1:]}"
    return f"V{digits[0]}" if len(digits) == 1 else ".".join(digits)

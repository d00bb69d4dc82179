"""Tables out of files as people hand them over, also damaged, odd and hostile ones."""

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from connectors.files import cells
from connectors.records import Presence
from connectors.tables import Row, TableRefused, open_table


def rows(data: bytes, name: str = "") -> list[Row]:
    return list(open_table(io.BytesIO(data), name).rows)


def texts(data: bytes) -> list[list[str]]:
    return [row.cells for row in rows(data)]


def workbook(fill: Callable[[Any], None], *, mac: bool = False) -> bytes:
    book = Workbook()
    if mac:
        book.epoch = CALENDAR_MAC_1904
    fill(book.active)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        "Nom;Été\nZoé;1\n".encode("cp1252"),
        "Nom;Été\nZoé;1\n".encode("utf-8-sig"),
        "Nom;Été\nZoé;1\n".encode("utf-16"),
        "Nom;Été\nZoé;1\n".encode("utf-16-le"),
        "Nom;Été\nZoé;1\n".encode("utf-16-be"),
        "Nom\tÉté\r\nZoé\t1\r\n".encode(),
        "Nom,Été\nZoé,1\n".encode(),
        "sep=|\nNom|Été\nZoé|1\n".encode(),
    ],
)
def test_encodings_and_separators_read_the_same(data: bytes) -> None:
    assert texts(data) == [["Nom", "Été"], ["Zoé", "1"]]


def test_lines_keep_the_number_that_a_spreadsheet_shows() -> None:
    found = rows(b'Nom;Note\n\n"Martin\nPetit";1\nDurand;2\n')
    assert [(row.number, row.cells) for row in found if row.cells] == [
        (1, ["Nom", "Note"]), (3, ["Martin\nPetit", "1"]), (4, ["Durand", "2"]),
    ]  # fmt: skip


def test_an_encoding_is_judged_by_the_whole_file() -> None:
    """A long file may have its first accent far behind its beginning."""
    data = ("Nom;Note\n" + "Martin;1\n" * 20_000 + "Zoé;1\n").encode("cp1252")
    assert texts(data)[-1] == ["Zoé", "1"]


def test_excel_cells_come_as_people_write_them() -> None:
    def fill(sheet: Any) -> None:
        sheet.append(["a", datetime(2026, 5, 17), datetime(2026, 5, 17, 9, 30), time(9, 5), timedelta(hours=26)])
        sheet.append([1042.0, 12.5, 0.85, 0.1 + 0.2, True])
        sheet["C2"].number_format = "0 %"

    assert texts(workbook(fill)) == [
        ["a", "2026-05-17", "2026-05-17 09:30", "09:05", "26:00"], ["1042", "12.5", "85%", "0.3", "true"],
    ]  # fmt: skip


@pytest.mark.parametrize("mac", [False, True])
def test_dates_count_from_1900_or_1904_as_the_workbook_says(mac: bool) -> None:
    table = open_table(io.BytesIO(workbook(lambda sheet: sheet.append([date(2026, 11, 3), 46329]), mac=mac)))
    (row,) = table.rows
    assert row.cells[0] == "2026-11-03"
    assert cells.day(row.cells[1], table.epoch) == date(2026, 11, 3) + timedelta(days=1462 if mac else 0)


def test_a_merged_cell_says_the_same_in_every_row_it_covers() -> None:
    def fill(sheet: Any) -> None:
        for row in (["Formation", "Nom"], ["Excel", "Zoé"], [None, "Léa"], ["Word", "Max"], [None, "Ana"]):
            sheet.append(row)
        sheet.merge_cells("A2:A3")
        sheet.merge_cells("A4:A5")

    assert [row[0] for row in texts(workbook(fill))] == ["Formation", "Excel", "Excel", "Word", "Word"]


def test_a_formula_without_a_saved_value_and_an_error_are_told_as_broken() -> None:
    def fill(sheet: Any) -> None:
        sheet.append(["Nom", "Note", "Somme"])
        sheet.append(["Zoé", 12, "=SUM(B2:B2)"])
        sheet.append(["Léa", "#N/A", 3])
        sheet["B3"].data_type = "e"

    assert [(row.number, sorted(row.broken)) for row in rows(workbook(fill))] == [(1, []), (2, [2]), (3, [1])]


def archive(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members:
            made.writestr(name, data)
    return out.getvalue()


def with_member(data: bytes, name: str, content: bytes) -> bytes:
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a") as made:
        made.writestr(name, content)
    return out.getvalue()


GOOD = workbook(lambda sheet: sheet.append(["Nom"]))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b" \r\n", "empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504), "old_excel"),
        (b"\xd0\xcf\x11\xe0" + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        (archive(("a.csv", b"Nom;Note")), "archive"),
        (lambda: archive(("xl/workbook.xml", b"<a>"), ("xl/worksheets/sheet1.xml", b"0" * (230 << 20))), "too_large"),
        (lambda: archive(*((f"xl/{n}.xml", b"") for n in range(2001))), "too_large"),
        (archive(("xl/workbook.xml", b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]>')), "not_excel"),
        (archive(("xl/workbook.xml", b"<not-a-workbook/>")), "not_excel"),
        (with_member(GOOD, "xl/vbaProject.bin", b"\xcc\x61"), "macros"),
        (GOOD[:-200], "not_excel"),
        (b"Nom;Note\nZo\x00\x00\x00;1", "not_text"),
        (b'Nom;Note\n"' + b"x" * 200_000, "not_text"),
        (b"%PDF-1.7\n", "not_text"),
        (b"x" * (26 << 20), "too_large"),
    ],
)
def test_what_is_no_table_is_refused_with_its_reason(data: bytes | Callable[[], bytes], code: str) -> None:
    with pytest.raises(TableRefused) as caught:
        rows(data if isinstance(data, bytes) else data())
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("read", "said", "meant"),
    [
        (cells.day, "17/05/2026", date(2026, 5, 17)),
        (cells.day, "17.5.26", date(2026, 5, 17)),
        (cells.day, "2026-05-17T09:30", date(2026, 5, 17)),
        (cells.hour, "9h", time(9)),
        (cells.hour, "9 h 30", time(9, 30)),
        (cells.hour, "17/05/2026 13:45:10", time(13, 45)),
        (cells.hour, "0.375", time(9)),
        (cells.minutes, "3h30", 210.0),
        (cells.minutes, "3:30:00", 210.0),
        (cells.minutes, "45 min", 45.0),
        (cells.minutes, "3,5", 210.0),
        (cells.minutes, "7 h", 420.0),
        (cells.number, "1\u202f250,5", 1250.5),
        (cells.score, "15,5/20", (15.5, 20.0)),
        (cells.score, "80 %", (80.0, 100.0)),
        (cells.share, "40%", 0.4),
        (cells.share, "0.4", 0.4),
        (cells.yes, "Terminé", True),
        (cells.yes, "Non commencé", False),
        (cells.yes, "100 %", True),
        (cells.presence, "Présent(e)", Presence.PRESENT),
        (cells.presence, "Absence justifiée", Presence.EXCUSED),
        (cells.presence, "EN RETARD", Presence.LATE),
        (cells.afternoon, "Après-midi", True),
        (cells.day, "", None),
        (cells.yes, " ", None),
    ],
)
def test_cells_are_read_as_people_write_them(read: Callable[[str], Any], said: str, meant: Any) -> None:
    assert read(said) == meant


@pytest.mark.parametrize(
    ("read", "said"),
    [
        (cells.day, "31/02/2026"), (cells.day, "demain"), (cells.hour, "25:00"), (cells.hour, "midi"),
        (cells.minutes, "longtemps"), (cells.number, "douze"), (cells.number, "=1+1"), (cells.score, "15/"),
        (cells.share, "140 %"), (cells.yes, "peut-être"), (cells.presence, "?"), (cells.afternoon, "soir"),
    ],
)  # fmt: skip
def test_nothing_is_guessed(read: Callable[[str], Any], said: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        read(said)

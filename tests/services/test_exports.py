"""Exports: rows that say what the pages say, files that spreadsheets open, no formula ever."""

import csv
import io
from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from hub.db.uow import TenantDatabase
from hub.domain.attendance import Presence
from hub.domain.path import Modality
from hub.services import attendance, exports
from hub.services.attendance import Entry
from hub.services.exports import Sheet, as_csv, as_xlsx, harmless
from hub.services.projection import project_dirty
from tests.services.trainer_world import DAY, NOW, World, make


@pytest.fixture
def world(tenant: TenantDatabase) -> World:
    found = make(tenant)
    seance = found.plan()
    ines, yanis, tom = found.people
    with tenant.write() as session:
        attendance.mark_roll(
            session,
            found.viewer,
            seance,
            [
                Entry(ines, "am", Presence.PRESENT),
                Entry(ines, "pm", Presence.PRESENT),
                Entry(yanis, "am", Presence.PARTIAL, arrived=time(9, 25), left=time(12)),
                Entry(tom, "am", Presence.ABSENT, reason="ill_told"),
            ],
            NOW,
        )
    project_dirty(tenant)
    return found


def test_attendance_is_exported_by_half_day_as_it_counts(world: World):
    with world.tenant.read() as session:
        lines = exports.attendance(session, world.viewer, world.group)
    assert [(x.name, x.half_day, x.presence, x.minutes, x.late, x.early, x.reason) for x in lines] == [
        ("Inès Benali", "am", "present", 210, 0, 0, ""),
        ("Yanis Carrère", "am", "partial", 155, 25, 30, ""),
        ("Tom Estève", "am", "absent", 0, 0, 0, "ill_told"),
        ("Inès Benali", "pm", "present", 210, 0, 0, ""),
    ]
    assert {(x.marked_by, x.overlap, x.day) for x in lines} == {("Claire Fabre", False, DAY)}


def test_presence_at_two_seances_is_told_on_both_lines(world: World):
    other = world.plan(starts=time(11), ends=time(12), title="Entretien")
    with world.tenant.write() as session:
        attendance.mark_roll(session, world.viewer, other, [Entry(world.people[0], "am", Presence.PRESENT)], NOW)
    with world.tenant.read() as session:
        lines = exports.attendance(session, world.viewer, world.group)
    assert [(x.title, x.half_day) for x in lines if x.overlap] == [("Atelier dessin 3D", "am"), ("Entretien", "am")]


def test_hours_are_exported_with_what_lies_above_the_plan(world: World):
    with world.tenant.read() as session:
        lines = exports.hours(session, world.viewer, world.group)
    assert [(x.name, x.modality, x.minutes, x.planned, x.cut) for x in lines] == [
        ("Inès Benali", Modality.COMODAL, 390, 390, 30),
        ("Yanis Carrère", Modality.COMODAL, 155, 390, 0),
    ]


SHEET = Sheet(
    "Présences : essai",
    ["Nom", "Part", "Jour", "Heure", "Noté"],
    [
        ["=1+1", 0.5, date(2026, 11, 24), time(9, 25), datetime(2026, 11, 24, 10, 0, tzinfo=UTC)],
        ["É;\"\n", 3, None, None, None],
    ],
)  # fmt: skip


def test_csv_is_what_french_spreadsheets_open():
    raw = as_csv(SHEET)
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert rows[1] == ["'=1+1", "0,5", "2026-11-24", "09:25", "2026-11-24T10:00:00+00:00"]
    assert rows[2] == ['É;"\n', "3", "", "", ""]
    assert raw.count(b"\r\n") == 3


def test_xlsx_keeps_numbers_dates_and_times_and_no_formula():
    page = load_workbook(io.BytesIO(as_xlsx(SHEET))).active
    assert page is not None
    assert page.title == "Présences   essai"
    assert page.freeze_panes == "B2"
    cells = [cell.value for cell in page[2]]
    assert cells == ["'=1+1", 0.5, datetime(2026, 11, 24), time(9, 25), datetime(2026, 11, 24, 10)]
    assert {cell.data_type for row in page.iter_rows() for cell in row} <= {"s", "n", "d"}


@given(st.text(max_size=30))
def test_no_text_becomes_a_formula(text: str):
    safe = harmless(text)
    assert safe.lstrip(" ")[:1] not in {"=", "+", "-", "@", "\t", "\r"}
    assert harmless(safe) == safe

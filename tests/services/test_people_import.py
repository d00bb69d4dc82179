"""Importing people: files of every kind read, each line judged before and after, never half a person."""

import io
import threading
import zipfile
from datetime import date, datetime
from typing import Any
from uuid import UUID

import pytest
from openpyxl import Workbook
from sqlalchemy import func, select

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.jobs.worker import Worker
from hub.models.learning import Enrolment
from hub.models.person import Group, GroupMember, Person, RoleGrant
from hub.models.platforms import Job
from hub.services import people_import
from hub.services.errors import Conflict
from hub.services.jobs import Unleased
from hub.services.people_import_plan import birth_date
from hub.services.people_import_read import LARGEST, MOST_LINES, ImportRefused, read
from tests.services.builders import NOW, activity, document, person, publish, rule, step

TODAY = date(2026, 11, 23)
HEADER = "Nom;Prénom;Courriel;Téléphone;Date de naissance;Identifiant;Groupe;Parcours;Couleur"
LINES = (
    "Benali;Inès;ines@exemple.fr;06 12 34 56 78;17/05/2004;L-001;Menuiserie 2026;Fabriquer une pièce en 3D;bleu\n"
    "Lopez;Sofía;;;2005-01-02;L-002;;;\n"
)


def csv(*lines: str, header: str = "Nom;Prénom;Courriel;Identifiant") -> bytes:
    return "\n".join((header, *lines)).encode()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_every_encoding_and_separator_reads_the_same(encoding: str, separator: str) -> None:
    text = f"{HEADER}\n{LINES}".replace(";", separator)
    sheet = read(text.encode(encoding), "liste.csv")
    assert sheet.ignored == ("Couleur",)
    assert [number for number, _ in sheet.lines] == [2, 3]
    assert sheet.lines[0][1] == {
        "family_name": "Benali", "given_name": "Inès", "email": "ines@exemple.fr", "phone": "06 12 34 56 78",
        "birth_date": "17/05/2004", "external_id": "L-001", "group": "Menuiserie 2026",
        "path": "Fabriquer une pièce en 3D",
    }  # fmt: skip
    assert sheet.lines[1][1]["given_name"] == "Sofía"


def test_quoted_cells_english_headers_and_empty_lines() -> None:
    sheet = read(b'\n"Last name",First_Name,E-mail\n\n"Martin, dit Petit","Zo\xc3\xa9",z@exemple.fr\n\n')
    assert sheet.lines == ((4, {"family_name": "Martin, dit Petit", "given_name": "Zoé", "email": "z@exemple.fr"}),)


def workbook(*rows: list[Any]) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_excel_dates_and_numbers_stay_what_people_wrote() -> None:
    header = ["NOM", "PRENOM", "Date de naissance", "Téléphone", "Identifiant"]
    sheet = read(workbook(header, ["Benali", "Inès", datetime(2004, 5, 17), 612345678, 1042.0]), "liste.xlsx")
    cells = {key: sheet.lines[0][1][key] for key in ("birth_date", "phone", "external_id")}
    assert cells == {"birth_date": "2004-05-17", "phone": "612345678", "external_id": "1042"}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "import_empty"),
        (b"Nom;Pr\xe9nom\n", "import_empty"),
        (b"a;b\n1;2\n", "import_no_header"),
        ("Nom;Nom de famille;Prénom\na;b;c\n".encode(), "import_twice"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 20, "import_old_excel"),
        (b"PK\x03\x04 broken", "import_not_excel"),
        (b"Nom;Pr\x00nom\n\x81\x00", "import_not_text"),
        (b"x" * (LARGEST + 1), "import_too_large"),
        (csv(*["a;b;;"] * (MOST_LINES + 1)), "import_too_many_lines"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(data: bytes, code: str) -> None:
    with pytest.raises(ImportRefused) as caught:
        read(data)
    assert caught.value.code == code


def archive(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members.items():
            made.writestr(name, data)
    return out.getvalue()


def test_archives_made_to_hurt_are_refused_unread() -> None:
    with pytest.raises(ImportRefused, match="import_too_large"):
        read(archive(a=b"0" * (101 * 1024 * 1024)))
    with pytest.raises(ImportRefused, match="import_not_excel"):
        read(archive(a=b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("17/05/2004", date(2004, 5, 17)),
        ("7.5.2004", date(2004, 5, 7)),
        ("2004-05-17 00:00", date(2004, 5, 17)),
        ("38124", date(2004, 5, 17)),
        ("31/02/2004", None),
        ("17/05/04", None),
        ("bientôt", None),
    ],
)
def test_dates_of_birth(text: str, day: date | None) -> None:
    assert birth_date(text) == day


def planned(tenant: TenantDatabase, *lines: str, header: str = "Nom;Prénom;Courriel;Identifiant") -> list[Any]:
    return people_import.check(tenant, read(csv(*lines, header=header)), TODAY)


def said(plans: list[Any]) -> list[tuple[str, Any]]:
    return [(plan.fate, plan.notes) for plan in plans]


def test_nothing_merges_in_silence(tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        person(session, "Inès", "Benali", external_id="L-001", email="ines@exemple.fr")
        person(session, "Tom", "Estève", email="Tom@exemple.fr")
        person(session, "Tom", "Jumeau", email="deux@exemple.fr")
        person(session, "Tim", "Jumeau", email="deux@exemple.fr")
        person(session, "Léa", "Noël", birth_date=date(2000, 1, 1))
    plans = planned(
        tenant,
        "Benali;Inès;ines@exemple.fr;L-001",
        "Esteve;Tom;tom@exemple.fr;L-009",
        "Benali;Inès;tom@exemple.fr;L-001",
        "Autre;Ines;ines@exemple.fr;L-777",
        "Jumeau;Ted;deux@exemple.fr;",
        "Noel;Lea;;",
        "Nouvelle;Zoé;;",
    )
    assert said(plans) == [
        ("same", [("known_by", "external_id")]),
        ("change", [("known_by", "email"), ("field", "family_name"), ("field", "email"), ("field", "external_id")]),
        ("refuse", [("same_external_id", "2")]),
        ("refuse", [("same_email", "2")]),
        ("refuse", [("email_of_several", "deux@exemple.fr")]),
        ("refuse", [("namesake", "Léa Noël")]),
        ("create", []),
    ]
    assert said(planned(tenant, "Benali;Inès;tom@exemple.fr;L-001")) == [
        ("refuse", [("email_of_another", "Tom Estève")])
    ]
    assert said(planned(tenant, "Autre;Ines;ines@exemple.fr;L-777")) == [
        ("refuse", [("email_other_number", "Inès Benali")])
    ]


def test_namesakes_of_one_file(tenant: TenantDatabase) -> None:
    plans = planned(tenant, "Noel;Lea;;", "Noël;Léa;lea@exemple.fr;", "Noel;Lea;autre@exemple.fr;", "Noel;Léo;;")
    assert said(plans) == [
        ("create", []),
        ("refuse", [("same_name", "2")]),
        ("refuse", [("same_name", "2")]),
        ("create", []),
    ]


@pytest.mark.parametrize(
    ("line", "notes"),
    [
        (";Inès;;;;", [("family_name", "required")]),
        ("Benali;Inès;pas une adresse;;;", [("email", "not_an_email")]),
        ("Benali;Inès;;abc;;", [("phone", "not_a_phone")]),
        ("Benali;Inès;;;31/02/2004;", [("birth_date", "not_a_date")]),
        ("Benali;Inès;;;17/05/2035;", [("birth_date", "not_a_birth_date")]),
        ("=HYPERLINK(1);Inès;;;;", [("family_name", "formula")]),
        ("Benali;@SUM(1);;;;", [("given_name", "formula")]),
        ("Benali;Inès;;;;Inconnu", [("no_group", "Inconnu")]),
    ],
)
def test_a_line_is_refused_with_its_reason(tenant: TenantDatabase, line: str, notes: Any) -> None:
    header = "Nom;Prénom;Courriel;Téléphone;Naissance;Groupe"
    assert said(planned(tenant, line, header=header)) == [("refuse", notes)]


def place(tenant: TenantDatabase) -> tuple[UUID, UUID, UUID]:
    """An administrator, a group and a published path."""
    with tenant.write() as session:
        boss = person(session, "Karim", "Azoulay")
        group = Group(name="Menuiserie 2026")
        session.add(group)
        version = publish(
            session, document(step("Un", activity("https://a.example", "completed"), rule=rule(("completed", None))))
        )
        session.flush()
        return boss, group.id, version


def waiting(tenant: TenantDatabase, boss: UUID, data: bytes) -> UUID:
    sheet = read(data)
    plans = people_import.check(tenant, sheet, TODAY)
    with tenant.write() as session:
        return people_import.keep(session, "liste.csv", sheet, plans, by=boss, now=NOW)


def test_a_confirmed_import_writes_whole_people_and_keeps_its_report(
    installation: Installation, tenant: TenantDatabase
) -> None:
    boss, group, version = place(tenant)
    job = waiting(tenant, boss, f"{HEADER}\n{LINES}Sans;;x@exemple.fr;;;;;;\n".encode())
    with tenant.read() as session:
        before = people_import.report_of(session, job)
        assert session.scalar(select(func.count()).select_from(Person)) == 1
    assert before.state == "waiting"
    assert before.planned == {"create": 2, "change": 0, "same": 0, "refuse": 1}
    assert before.ignored == ("Couleur",)
    with tenant.write() as session:
        people_import.confirm(session, job, by=boss, now=NOW)
    Worker(installation, threading.Event(), clock=lambda: NOW).run_once()
    with tenant.read() as session:
        after = people_import.report_of(session, job, only="refuse")
        ines = session.scalars(select(Person).where(Person.external_id == "L-001")).one()
        assert (ines.phone, ines.birth_date) == ("0612345678", date(2004, 5, 17))
        assert session.get(GroupMember, (group, ines.id)) is not None
        enrolment = session.scalars(select(Enrolment).where(Enrolment.person_id == ines.id)).one()
        assert (enrolment.version_id, enrolment.group_id) == (version, group)
        assert [grant.role for grant in session.scalars(select(RoleGrant).where(RoleGrant.person_id == ines.id))] == [
            "learner"
        ]
    assert (after.state, after.done, after.written["create"], after.written["refuse"]) == ("done", 3, 2, 1)
    assert [(line.number, line.notes) for line in after.lines] == [(4, (("given_name", "required"),))]


def test_an_import_taken_up_again_writes_no_line_twice(tenant: TenantDatabase) -> None:
    boss, _, _ = place(tenant)
    lines = [f"Personne;Numéro{number};;N-{number}" for number in range(100)]
    job = waiting(tenant, boss, csv(*lines))
    with tenant.read() as session:
        payload = session.get_one(Job, job).payload
    report = Stopping(tenant, after=1)
    with pytest.raises(KeyboardInterrupt):
        people_import.write(tenant, payload, {}, report, lambda: NOW)
    assert report.told["done"] == people_import.UNIT
    people_import.write(tenant, payload, report.told, Unleased(tenant), lambda: NOW)
    with tenant.read() as session:
        assert session.scalar(select(func.count()).select_from(Person)) == 101


class Stopping(Unleased):
    """A reporter whose worker dies between two units."""

    def __init__(self, tenant: TenantDatabase, after: int) -> None:
        super().__init__(tenant)
        self.left = after
        self.told: dict[str, Any] = {}

    def check(self) -> None:
        if self.left == 0:
            raise KeyboardInterrupt
        self.left -= 1

    def step(self) -> Any:
        return Told(super().step(), self.told)


class Told:
    """A step that keeps what it was told."""

    def __init__(self, inner: Any, told: dict[str, Any]) -> None:
        self.inner, self.told = inner, told

    def __enter__(self) -> Any:
        self.session = self.inner.__enter__().session
        return self

    def __exit__(self, *error: Any) -> Any:
        return self.inner.__exit__(*error)

    def progress(self, cursor: Any = None, **figures: Any) -> None:
        self.told.update(figures)


def test_an_import_is_confirmed_once_and_given_up_for_good(tenant: TenantDatabase) -> None:
    boss, _, _ = place(tenant)
    first, second = (waiting(tenant, boss, csv("Benali;Inès;;")) for _ in range(2))
    with tenant.write() as session:
        people_import.confirm(session, first, by=boss, now=NOW)
        people_import.give_up(session, second, now=NOW)
    with tenant.write() as session:
        with pytest.raises(Conflict):
            people_import.confirm(session, first, by=boss, now=NOW)
        with pytest.raises(Conflict):
            people_import.confirm(session, second, by=boss, now=NOW)
        assert session.get_one(Job, second).payload["lines"] == []
    with tenant.read() as session:
        assert [line.state for line in people_import.recent(session)] == ["cancelled", "due"]

"""Partners' files: what each line becomes, once, whatever file or order it comes in; nothing undone in silence."""

import gc
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, date, datetime, time

import pytest
from sqlalchemy import func, select

from connectors.files import Kind
from hub.db.base import new_id
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.domain.attendance import Presence
from hub.domain.path import Modality
from hub.models.learning import Resource
from hub.models.person import Group, GroupMember
from hub.models.place import Attendance, Seance
from hub.models.platforms import RemoteRecord, Timetable
from hub.models.river import Agent, PathStateRow, StandingRow, XapiActivity
from hub.services import erasure, platforms, remote_records
from hub.services.errors import Conflict, Invalid
from hub.services.files import intake, report, sheets
from hub.services.files.intake import FileRefused
from hub.services.jobs import Stopped, Unleased
from hub.services.ledger import ingest
from hub.services.platforms import PlatformData
from hub.services.projection import project_dirty
from hub.services.source import Source
from tests.services.builders import NOW, activity, document, enrol, publish, rule, statement, step
from tests.services.files_world import URL, World

ROSTER = (
    "Identifiant;Prénom;Nom;Courriel;Code formation;Formation\n"
    "p-7;Émilie;Lefèvre;emilie@exemple.fr;num-1;Compétences numériques\n"
    "p-8;Zoé;Durand;zoe@ailleurs.example;num-1;Compétences numériques\n"
).encode("cp1252")
RESULTS = (
    "Identifiant;Code formation;Module;Terminé;Terminé le;Note;Avancement;Temps passé\n"
    "p-7;num-1;;oui;03/11/2026 09:30;;100 %;3h30\n"
    "p-7;num-1;Évaluer;oui;03/11/2026;15/20;;\n"
    "p-8;num-1;;en cours;;;40 %;\n"
).encode()
ROLL = (
    "Identifiant;Code formation;Séance;Date;Début;Fin;Présence\n"
    "p-7;num-1;Atelier;03/11/2026;9h;17h;présent\n"
    "p-8;num-1;Atelier;03/11/2026;9h;12h30;absente\n"
).encode()


@pytest.fixture
def world(installation: Installation, tenant: TenantDatabase) -> World:
    return World(installation, tenant)


def standings(world: World, account: str) -> dict[tuple[str, str], tuple[float | None, int]]:
    """(end of the activity's address, kind) -> (last value, seconds) added up over the series."""
    with world.tenant.read() as session:
        query = (
            select(XapiActivity.iri, StandingRow)
            .join(XapiActivity, XapiActivity.id == StandingRow.activity_id)
            .join(Agent, Agent.id == StandingRow.agent_id)
            .where(Agent.ifi == f"account:{URL}|{account}")
        )
        found: dict[tuple[str, str], tuple[float | None, int]] = {}
        for iri, row in session.execute(query):
            key = (iri.rpartition("/")[2], str(row.kind))
            before = found.get(key, (None, 0))
            found[key] = (row.last_value, before[1] + row.seconds)
        return found


def test_a_time_zone_that_does_not_exist_is_refused_when_it_is_typed(world: World) -> None:
    data = PlatformData("P", "files", {"url": URL, "zone": "Europe/Toulouse"})
    with world.tenant.write() as session, pytest.raises(Invalid) as caught:
        platforms.add(session, data, by=None, now=NOW)
    assert caught.value.fields == {"zone": "invalid"}


def test_a_platform_of_files_is_never_read_by_the_clock(world: World) -> None:
    from hub.services.sync import request_sync

    with world.tenant.write() as session:
        assert session.scalar(select(func.count()).select_from(Timetable)) == 0
        with pytest.raises(Conflict):
            request_sync(session, world.platform, by=None, now=NOW)


def test_a_roster_fills_catalogue_and_identities_and_links_by_proven_rules_only(world: World) -> None:
    emilie = world.learner("Émilie", "Lefèvre", email="emilie@exemple.fr")
    world.learner("Zoé", "Durand", email="zoe@ailleurs.example")
    file = world.check(Kind.ROSTER, ROSTER)
    assert world.ledger() == []
    assert world.row(file).planned == {"create": 2, "to_link": 1}
    assert world.lines(file)[3] == ("create", ["to_link"])
    world.write(file)
    with world.tenant.read() as session:
        row = session.scalars(select(Resource)).one()
        assert (row.title, row.iri, row.brings[-1]["way"]) == (
            "Compétences numériques",
            f"{URL}/formation/num-1",
            "file",
        )
        assert {it["kind"] for it in row.brings} == {"completed", "passed", "score", "progress", "attended"}
        linked = {row.ifi: row.person_id for row in session.execute(select(Agent.ifi, Agent.person_id))}
    assert linked[f"account:{URL}|p-7"] == emilie
    assert linked[f"account:{URL}|p-8"] is None


def test_results_become_evidence_and_the_same_file_again_writes_nothing(world: World) -> None:
    world.bring(Kind.RESULTS, RESULTS)
    mine = standings(world, "p-7")
    assert mine["num-1", "completed"][0] == 1.0
    assert mine["num-1", "spent"] == (None, 210 * 60)
    assert mine["num-1#evaluer-" + _digest("Évaluer"), "score"][0] == 0.75
    assert standings(world, "p-8") == {("num-1", "progress"): (0.4, 0)}
    before = world.ledger()
    with world.tenant.read() as session:
        seen = session.scalars(select(RemoteRecord.seen_at)).all()
    world.now = datetime(2026, 12, 1, tzinfo=UTC)
    again = world.check(Kind.RESULTS, RESULTS)
    assert world.row(again).planned["same"] == 3
    world.write(again)
    assert world.ledger() == before
    with world.tenant.read() as session:
        kept = RemoteRecord.kind != intake.COLUMNS
        assert session.scalars(select(RemoteRecord.seen_at).where(kept)).all().count(world.now) == 0
    assert seen


def _digest(text: str) -> str:
    import hashlib

    return hashlib.sha256(text.casefold().encode()).hexdigest()[:6]


def test_an_overlapping_file_writes_what_is_new_and_a_missing_line_undoes_nothing(world: World) -> None:
    world.bring(Kind.RESULTS, RESULTS)
    count = len(world.ledger())
    later = "Identifiant;Code formation;Terminé;Terminé le\np-7;num-1;oui;03/11/2026 09:30\np-9;num-1;oui;04/11/2026\n"
    file = world.bring(Kind.RESULTS, later.encode("utf-16"))
    # The first line tells less than the one before it: progress and time are said no more.
    assert world.row(file).written["create"] == 1
    assert standings(world, "p-8") == {("num-1", "progress"): (0.4, 0)}
    assert len(world.ledger()) > count


def test_a_corrected_line_supersedes_and_a_fall_is_told_before(world: World) -> None:
    first = b"Identifiant;Formation;Termine;Note\np-7;Num;oui;18/20\n"
    world.bring(Kind.RESULTS, first)
    file = world.check(Kind.RESULTS, first.replace(b"18", b"12"))
    assert world.lines(file)[2] == ("change", ["fall", "to_link"])
    assert world.row(file).planned["fall"] == 1
    score = [value for (_, kind), value in standings(world, "p-7").items() if kind == "score"]
    assert score == [(0.9, 0)]
    world.write(file)
    score = [value for (_, kind), value in standings(world, "p-7").items() if kind == "score"]
    assert score == [(0.6, 0)]


def test_a_day_of_presence_is_two_half_days_and_absence_is_a_fact(world: World) -> None:
    world.bring(Kind.ATTENDANCE, ROLL)
    told = [(it["verb"]["id"].rpartition("/")[2], it["timestamp"]) for it in world.ledger()]
    assert len(told) == 3
    assert standings(world, "p-7")["num-1", "attended"] == (1.0, (210 + 210) * 60)
    assert standings(world, "p-8")["num-1", "attended"] == (0.0, 0)
    late = ROLL.replace(b"absente", "présente".encode())
    world.bring(Kind.ATTENDANCE, late)
    assert standings(world, "p-8")["num-1", "attended"] == (1.0, 210 * 60)
    assert len(world.ledger()) == 4


def test_what_a_file_tells_is_evidence_and_hours_of_the_path_and_what_is_also_pushed_counts_once(world: World) -> None:
    emilie = world.learner("Émilie", "Lefèvre", email="emilie@exemple.fr")
    course = f"{URL}/formation/num-1"
    present = activity(course, "attended", "completed", modality=Modality.ON_SITE, minutes=420)
    with world.tenant.write() as session:
        version = publish(
            session, document(step("Atelier", present, rule=rule(("attended", 0.9), ("completed", None))))
        )
        enrolment = enrol(session, emilie, version)
    world.bring(Kind.ROSTER, ROSTER)
    world.bring(Kind.ATTENDANCE, ROLL)
    pushed = statement("p-7", "completed", course) | {"actor": {"account": {"homePage": URL, "name": "p-7"}}}
    with world.tenant.write() as session:
        ingest(session, [pushed], Source(name="xAPI", id=new_id()), NOW)
    project_dirty(world.tenant)
    world.bring(Kind.RESULTS, RESULTS)
    with world.tenant.read() as session:
        state = session.get_one(PathStateRow, enrolment)
        assert (state.complete, state.share, state.minutes) == (True, 1.0, 420)


def test_the_roll_of_the_place_owns_its_presences(world: World) -> None:
    emilie = world.learner("Émilie", "Lefèvre", external_id="TL-7")
    with world.tenant.write() as session:
        group = Group(id=new_id(), name="Promo", archived=False)
        seance = Seance(id=new_id(), title="Atelier du lieu", iri="urn:uuid:1", modality="onsite", group_id=None,
                        day=date(2026, 11, 3), starts=time(9), ends=time(12), zone="Europe/Paris")  # fmt: skip
        session.add_all([group, seance])
        session.flush()
        session.add(GroupMember(group_id=group.id, person_id=emilie))
        session.add(Attendance(id=new_id(), seance_id=seance.id, person_id=emilie, half_day="am", revision=1,
                               presence=Presence.PRESENT.value, minutes=180, marked_at=NOW))  # fmt: skip
    world.bring(Kind.ROSTER, "Identifiant;Identifiant du lieu;Nom;Formation\np-7;TL-7;Lefèvre;Num\n".encode())
    head = "Identifiant;Formation;Date;Début;Fin;Présence\n"
    roll = head + "p-7;Num;03/11/2026;10h;11h;présent\np-7;Num;03/11/2026;14h;17h;P\n"
    file = world.bring(Kind.ATTENDANCE, roll.encode())
    assert world.lines(file)[2] == ("refuse", ["own_roll"])
    assert world.lines(file)[3][0] == "create"
    assert len(world.ledger()) == 1


@pytest.mark.parametrize(
    ("kind", "line", "codes"),
    [
        (Kind.RESULTS, ";;oui;;;", ["nobody", "no_course"]),
        (Kind.RESULTS, "p-1;;oui;;;", ["no_course"]),
        (Kind.RESULTS, "p-1;F;peut-être;;;", ["bad_completed"]),
        (Kind.RESULTS, "p-1;F;oui;31/02/2026;;", ["bad_completed_at"]),
        (Kind.RESULTS, "p-1;F;;;15;", ["bad_score_max"]),
        (Kind.RESULTS, "p-1;F;;;25/20;", ["bad_score"]),
        (Kind.RESULTS, "p-1;F;;;quinze;", ["bad_score"]),
        (Kind.RESULTS, "p-1;F;;;;120 %", ["bad_progress"]),
        (Kind.RESULTS, "p-1;F;;;;", ["nothing_said"]),
        (Kind.RESULTS, "p-1,F,oui,,,", ["columns"]),
        (Kind.RESULTS, "p-1;F;oui;;;;trop", ["columns"]),
    ],
)
def test_a_line_that_cannot_be_read_is_refused_with_its_reason(
    world: World, kind: Kind, line: str, codes: list[str]
) -> None:
    head = "Identifiant;Formation;Terminé;Terminé le;Note;Avancement"
    file = world.bring(kind, f"{head}\n{line}\np-2;F;oui;;;\n".encode())
    assert world.lines(file)[2] == ("refuse", codes)
    assert world.row(file).written["create"] == 1


@pytest.mark.parametrize(
    ("line", "fate", "codes"),
    [
        ("p-1;03/11/2026;9h;12h;peut-être;;", "refuse", ["bad_presence"]),
        ("p-1;03/11/2026;9h;8h;présent;;", "refuse", ["bad_ends"]),
        ("p-1;;9h;12h;présent;;", "refuse", ["no_day"]),
        ("p-1;03/11/2026;;;présent;;", "refuse", ["no_duration"]),
        ("p-1;03/11/2026;9h;12h;;;", "refuse", ["nothing_said"]),
        ("p-1;03/11/2026;9h;12h;présent;5h;", "refuse", ["bad_minutes"]),
        ("p-1;03/11/2026;9h;12h;retard;;", "create", ["late_unknown", "to_link"]),
        ("p-1;2026-11-03;09:00;12:00;retard;;15 min", "create", ["to_link"]),
        ("p-1;03/11/26;9h00;12h00;;3,5;", "refuse", ["bad_minutes"]),
        ("p-1;46329;9h;12h;P;;", "create", ["to_link"]),
    ],
)
def test_presences_are_read_as_people_write_them(world: World, line: str, fate: str, codes: list[str]) -> None:
    head = "Identifiant;Date;Début;Fin;Présence;Durée;Retard;Formation"
    file = world.check(Kind.ATTENDANCE, f"{head}\n{line};F\n".encode())
    assert world.lines(file)[2] == (fate, codes)


def test_lines_that_repeat_or_contradict_one_another(world: World) -> None:
    head = "Identifiant;Formation;Terminé;Note\n"
    body = "p-1;F;oui;10/20\np-1;F;oui;10/20\np-1;F;oui;11/20\n"
    file = world.check(Kind.RESULTS, (head + body).encode())
    assert world.lines(file) == {
        2: ("create", ["to_link"]), 3: ("same", ["repeated"]), 4: ("refuse", ["contradicts"]),
    }  # fmt: skip


def test_a_person_is_one_account_however_the_files_name_them(world: World) -> None:
    world.bring(Kind.ROSTER, ROSTER)
    by_mail = "Courriel;Nom;Prénom;Formation;Code formation;Terminé\nemilie@exemple.fr;Lefèvre;Émilie;C;num-1;oui\n"
    world.bring(Kind.RESULTS, by_mail.encode())
    assert standings(world, "p-7")["num-1", "completed"] == (1.0, 0)
    other = by_mail.replace("Lefèvre;Émilie", "Lefèvre;Paul")
    file = world.check(Kind.RESULTS, other.encode())
    assert world.lines(file)[2] == ("refuse", ["two_names"])
    alone = world.check(Kind.RESULTS, "Nom;Prénom;Formation;Terminé;Courriel\nLefèvre;Émilie;C;oui;\n".encode())
    assert world.lines(alone)[2] == ("refuse", ["name_alone"])


def test_who_was_erased_is_not_brought_back_and_leaves_no_trace_of_their_address(world: World) -> None:
    emilie = world.learner("Émilie", "Lefèvre", email="emilie@exemple.fr")
    world.bring(Kind.ROSTER, ROSTER)
    world.bring(Kind.RESULTS, RESULTS)
    with world.tenant.write() as session:
        erasure.erase(session, emilie, by=world.admin, now=NOW)
    again = world.check(Kind.RESULTS, RESULTS)
    assert world.lines(again)[2] == ("refuse", ["erased"])
    with world.tenant.read() as session:
        rows = session.execute(select(RemoteRecord.key, RemoteRecord.value).where(RemoteRecord.kind != "x")).all()
        assert "emilie@" not in repr(rows)
        assert remote_records.count(session, world.platform, [remote_records.ALIAS]) == 1


def test_a_killed_import_goes_on_and_ends_like_one_that_was_not(world: World) -> None:
    head = "Identifiant;Formation;Terminé;Terminé le\n"
    data = (head + "".join(f"p-{n};F;oui;03/11/2026\n" for n in range(450))).encode()

    class Cut(Unleased):
        left = 2

        def check(self) -> None:
            self.left -= 1
            if self.left < 0:
                raise Stopped("cut")

    file = world.check(Kind.RESULTS, data)
    with pytest.raises(Stopped):
        world.write(file, Cut(world.tenant))
    assert world.row(file).done == 100
    assert len(world.ledger()) == 100
    world.go_on(file)
    assert world.row(file).written["create"] == 450
    assert len(world.ledger()) == 450
    assert world.row(file).state == "done"


def test_a_mapping_is_remembered_and_must_say_enough(world: World) -> None:
    data = b"Qui;Quoi;Fait\np-1;F;oui\n"
    file = world.give(Kind.RESULTS, data)
    found = intake.columns(world.tenant, world.blobs, file)
    assert found.proposed == {}
    assert found.samples["Qui"] == ("p-1",)
    wanted = {"user_id": "Qui", "course": "Qui", "minutes": "Nulle part"}
    with world.tenant.write() as session, pytest.raises(Invalid) as caught:
        intake.set_columns(session, file, wanted, found.headers, by=world.admin, now=NOW)
    assert caught.value.fields == {"user_id": "twice", "course": "twice", "minutes": "unknown"}
    with world.tenant.write() as session:
        wanted = {"user_id": "Qui", "course": "Quoi", "completed": "Fait"}
        intake.set_columns(session, file, wanted, found.headers, by=world.admin, now=NOW)
    again = intake.columns(world.tenant, world.blobs, world.give(Kind.RESULTS, data))
    assert again.proposed == wanted


def test_each_system_tells_only_what_it_owns(installation: Installation, tenant: TenantDatabase) -> None:
    world = World(installation, tenant, "edusign")
    with pytest.raises(Invalid):
        world.give(Kind.RESULTS, RESULTS)
    head = "Nom;Prénom;Adresse mail;Groupe;Cours;Date;Début;Fin;Statut;Retard;Signé le"
    line = "Lefèvre;Émilie;emilie@exemple.fr;BTS 1;Maths;03/11/2026;09:00;12:00;Présent;;03/11/2026 09:02"
    file = world.bring(Kind.ATTENDANCE, f"{head}\n{line}\n".encode("cp1252"))
    assert world.row(file).written["create"] == 1
    told = world.ledger()[0]
    assert told["actor"]["account"]["name"] == "emilie@exemple.fr"
    assert told["object"]["definition"]["name"]["und"] == "BTS 1"


def test_a_signed_sheet_is_kept_with_its_origin(installation: Installation, tenant: TenantDatabase) -> None:
    import io

    world = World(installation, tenant, "sowesign")
    world.bring(Kind.ATTENDANCE, ROLL)
    with tenant.read() as session:
        (morning,) = sheets.meetings(session, world.platform)
    assert (morning.day, morning.presences) == (date(2026, 11, 3), 3)

    def keep(data: bytes) -> object:
        return sheets.keep(tenant, world.blobs, world.platform, morning.key, "../feuille.pdf", io.BytesIO(data),
                           by=world.admin, now=NOW)  # fmt: skip

    assert keep(b"%PDF-1.7 signed") == keep(b"%PDF-1.7 signed")
    with pytest.raises(Invalid):
        keep(b"MZ program")
    with tenant.read() as session:
        (row,) = sheets.meetings(session, world.platform)[0].sheets
        assert (row.origin, row.name) == ("SoWeSign", "feuille.pdf")
        assert row.sha256 in sheets.referenced(session)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file_empty"),
        (b"Nom;Formation\n", "file_empty"),
        (b"Nom;Nom\na;b\n", "file_twice"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "file_old_excel"),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "file_encrypted"),
        (b"%PDF-1.7", "file_not_text"),
    ],
)
def test_a_file_that_is_no_table_says_why(world: World, data: bytes, code: str) -> None:
    with pytest.raises(FileRefused) as caught:
        world.give(Kind.ROSTER, data)
    assert caught.value.code == code


def test_reports_and_files_are_forgotten_after_thirty_days(world: World) -> None:
    file = world.bring(Kind.RESULTS, RESULTS)
    with world.tenant.write() as session:
        assert report.forget_old(session, datetime(2026, 12, 1, tzinfo=UTC)) == 0
        assert report.forget_old(session, datetime(2027, 1, 1, tzinfo=UTC)) == 1
    assert world.lines(file) == {}
    assert world.row(file).written["create"] == 3


@pytest.fixture
def collected() -> Iterator[None]:
    """Garbage is collected as soon as Python does by itself, so that only what is held counts."""
    usual = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    yield
    gc.set_threshold(*usual)


@pytest.mark.usefixtures("collected")
def test_memory_does_not_follow_the_file(world: World) -> None:
    head = "Identifiant;Formation;Terminé;Terminé le\n"

    def peak(lines: int) -> int:
        data = (head + "".join(f"p-{n};F;non;\n" for n in range(lines))).encode()
        file = world.give(Kind.RESULTS, data)
        found = intake.columns(world.tenant, world.blobs, file)
        with world.tenant.write() as session:
            intake.set_columns(session, file, found.proposed, found.headers, by=world.admin, now=NOW)
        from hub.services.files import run

        del data
        tracemalloc.start()
        run.check(world.tenant, world.blobs, file, Unleased(world.tenant), lambda: NOW)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(200)
    assert peak(4000) - peak(1000) < 1_500_000

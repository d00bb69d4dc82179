"""Reading a Moodle (the double, over loopback): what is written, what is not, and what follows a change there."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from hub.db.directory import Installation
from hub.db.types import to_micros
from hub.db.uow import TenantDatabase
from hub.demo.moodle import MoodleState
from hub.demo.moodle_functions import FUNCTIONS
from hub.models.learning import Resource
from hub.models.platforms import RemoteRecord
from hub.models.river import Ledger
from tests.services.sync_place import (
    CHOICE,
    HOMEWORK,
    PAGE,
    QUIZ,
    START,
    Clock,
    add_platform,
    everybody_works,
    everything,
    ledger,
    moodle,
    platform_row,
    read,
    standing,
)

PAGE_IRI, QUIZ_IRI = f"/mod/page/view.php?id={PAGE}", f"/mod/quiz/view.php?id={QUIZ}"


@pytest.fixture
def state() -> Iterator[MoodleState]:
    with moodle() as double:
        yield double


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_first_reading_brings_catalogue_people_and_what_they_did(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    everybody_works(state)
    platform_id = add_platform(tenant, state)
    run = read(tenant, installation.config, platform_id, clock)
    assert (run.state, run.error) == ("done", None)
    assert run.counts["courses"] == 2
    assert standing(tenant, "eleve0", PAGE_IRI) == {"completed": 1.0}
    assert standing(tenant, "eleve0", QUIZ_IRI) == {"completed": 1.0, "passed": 1.0, "score": 0.75}
    # Page and quiz are the criteria of the course.
    assert standing(tenant, "eleve0", "/course/view.php?id=2")["completed"] == 1.0
    assert standing(tenant, "prof", PAGE_IRI) == {}
    assert platform_row(tenant, platform_id).last_read_at == clock.now


def test_statements_tell_the_source_s_own_time_score_and_activity(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    when = START + timedelta(days=2)
    state.complete(101, QUIZ, when, 3)
    state.grade(101, QUIZ, 7.5, when)
    read(tenant, installation.config, add_platform(tenant, state), clock)
    of_quiz = [it for it in ledger(tenant).values() if "quiz" in it["object"]["id"]]
    scored = next(it for it in of_quiz if "score" in it.get("result", {}))
    assert scored["result"]["score"] == {"scaled": 0.375, "raw": 7.5, "min": 0.0, "max": 20.0}
    assert scored["object"]["id"] == state.url + QUIZ_IRI
    assert scored["object"]["definition"]["name"] == {"und": "Questionnaire"}
    assert scored["actor"]["account"] == {"homePage": state.url, "name": "eleve0"}
    with tenant.read() as session:
        assert set(session.scalars(select(Ledger.at))) == {to_micros(when)}
    assert standing(tenant, "eleve0", QUIZ_IRI)["passed"] == 0.0


def test_an_unchanged_platform_writes_nothing(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    everybody_works(state)
    platform_id = add_platform(tenant, state)
    read(tenant, installation.config, platform_id, clock)
    before = everything(tenant)
    clock.pass_by(hours=30)
    run = read(tenant, installation.config, platform_id, clock)
    assert everything(tenant) == before
    assert run.counts.get("changed", 0) == run.counts.get("statements", 0) == 0
    assert run.counts.get("people", 0) == 0  # the report tells that nobody moved


def test_people_who_did_nothing_have_no_statement(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    read(tenant, installation.config, add_platform(tenant, state), clock)
    assert ledger(tenant) == {}


def test_a_quick_reading_asks_only_for_those_who_moved(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    everybody_works(state)
    platform_id = add_platform(tenant, state)
    read(tenant, installation.config, platform_id, clock)
    state.calls.clear()
    clock.pass_by(hours=1)
    state.complete(103, CHOICE, START + timedelta(days=3))
    run = read(tenant, installation.config, platform_id, clock, full=False)
    assert run.scope["full"] is False
    assert state.calls["core_completion_get_activities_completion_status"] == 1
    assert state.calls["gradereport_user_get_grade_items"] == 1
    assert standing(tenant, "eleve2", f"/mod/page/view.php?id={CHOICE}") == {"completed": 1.0}


def test_two_who_moved_in_a_small_course_cost_one_call_for_grades(
    installation: Installation, tenant: TenantDatabase, clock: Clock
) -> None:
    with moodle(learners=12) as state:
        everybody_works(state)
        platform_id = add_platform(tenant, state)
        read(tenant, installation.config, platform_id, clock)
        state.calls.clear()
        clock.pass_by(hours=1)
        for who in (103, 104):
            state.complete(who, QUIZ, START + timedelta(days=3), 2)
            state.grade(who, QUIZ, 19.0, START + timedelta(days=3))
        read(tenant, installation.config, platform_id, clock, full=False)
        assert state.calls["gradereport_user_get_grade_items"] == 1
        assert state.calls["core_completion_get_activities_completion_status"] == 2
    assert standing(tenant, "eleve3", f"/mod/quiz/view.php?id={QUIZ}")["score"] == 0.95


def test_a_reading_is_full_once_a_day_whatever_was_asked(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    platform_id = add_platform(tenant, state)
    assert read(tenant, installation.config, platform_id, clock, full=False).scope["full"] is True
    clock.pass_by(hours=23)
    assert read(tenant, installation.config, platform_id, clock, full=False).scope["full"] is False
    clock.pass_by(hours=2)
    assert read(tenant, installation.config, platform_id, clock, full=False).scope["full"] is True


def test_a_trainer_s_late_grade_is_found_by_the_full_reading(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    platform_id = add_platform(tenant, state)
    read(tenant, installation.config, platform_id, clock)
    state.grade(102, HOMEWORK, 64.0, START + timedelta(days=9))
    clock.pass_by(hours=25)
    read(tenant, installation.config, platform_id, clock, full=False)
    assert standing(tenant, "eleve1", f"/mod/assign/view.php?id={HOMEWORK}") == {"score": 0.64}


def test_a_single_fall_is_a_revision(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    everybody_works(state)
    platform_id = add_platform(tenant, state)
    read(tenant, installation.config, platform_id, clock)
    before = ledger(tenant)
    clock.pass_by(days=1)
    state.grade(101, QUIZ, None, clock.now)
    run = read(tenant, installation.config, platform_id, clock)
    assert run.state == "done"
    assert standing(tenant, "eleve0", QUIZ_IRI) == {"completed": 1.0, "passed": 1.0, "score": None}
    assert before.items() <= ledger(tenant).items()


def test_what_falls_may_rise_again(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    platform_id = add_platform(tenant, state)
    seen = []
    for result, when in ((2, START), (0, START), (1, START), (3, START), (2, START)):
        clock.pass_by(days=1)
        state.complete(101, QUIZ, when, result)
        read(tenant, installation.config, platform_id, clock)
        seen.append(standing(tenant, "eleve0", QUIZ_IRI))
    assert [(it.get("completed"), it.get("passed")) for it in seen] == [
        (1.0, 1.0),
        (0.0, None),
        (1.0, None),
        (0.0, 0.0),
        (1.0, 1.0),
    ]


def test_absence_changes_nothing(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    everybody_works(state)
    platform_id = add_platform(tenant, state)
    read(tenant, installation.config, platform_id, clock)
    before = everything(tenant)
    state.unenrol(101, 2)
    del state.courses[3]
    clock.pass_by(days=1)
    run = read(tenant, installation.config, platform_id, clock)
    after = everything(tenant)
    assert run.state == "done"
    assert (after["ledger"], after["agents"]) == (before["ledger"], before["agents"])
    assert len(after["resources"]) == len(before["resources"])
    # They are not asked about any more, and that is said.
    assert (run.counts["left"], run.counts["courses_gone"]) == (1, 1)
    assert [it["about"] for it in run.counts["notices"] if it["code"] == "course_gone"] == ["course 3"]
    state.calls.clear()
    clock.pass_by(days=1)
    again = read(tenant, installation.config, platform_id, clock)
    assert "course_gone" not in {it["code"] for it in again.counts.get("notices", [])}
    assert state.calls["core_course_get_contents"] == 1


def test_the_bulk_report_and_single_reads_agree(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    everybody_works(state)
    state.complete(101, QUIZ, START + timedelta(days=2, seconds=42), 2)
    state.functions = frozenset(FUNCTIONS) - {"core_reportbuilder_retrieve_report"}
    platform_id = add_platform(tenant, state)
    read(tenant, installation.config, platform_id, clock)
    one_by_one = ledger(tenant)
    state.functions = None
    clock.pass_by(days=1)
    state.calls.clear()
    read(tenant, installation.config, platform_id, clock)
    assert state.calls["core_reportbuilder_retrieve_report"] >= 1
    assert state.calls["core_completion_get_course_completion_status"] == 0
    assert ledger(tenant) == one_by_one


def test_courses_and_modules_are_in_the_catalogue(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    platform_id = add_platform(tenant, state)
    read(tenant, installation.config, platform_id, clock)
    with tenant.write() as session:
        rows = {(row.kind, row.remote_id): row for row in session.scalars(select(Resource))}
        course, quiz = rows["remote_course", "2"], rows["remote_module", str(QUIZ)]
        assert course.iri == f"{state.url}/course/view.php?id=2"
        assert (quiz.iri, quiz.title) == (state.url + QUIZ_IRI, "Questionnaire")
        assert quiz.parent_id == course.id
        assert {(one["kind"], one["way"]) for one in quiz.brings} >= {
            ("completed", "web_services"),
            ("score", "web_services"),
        }
        assert {one["kind"] for one in rows["remote_module", str(PAGE)].brings} == {"completed"}
        quiz.minutes = 45
    state.courses[2].fullname = "Compétences numériques de base"
    clock.pass_by(days=1)
    read(tenant, installation.config, platform_id, clock)
    with tenant.read() as session:
        titles = {row.remote_id: (row.title, row.minutes) for row in session.scalars(select(Resource))}
    assert titles["2"][0] == "Compétences numériques de base"
    assert titles[str(QUIZ)] == ("Questionnaire", 45)


def test_a_site_that_moved_keeps_its_names(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    everybody_works(state)
    platform_id = add_platform(tenant, state, account_home="https://comptes.partenaire.example")
    read(tenant, installation.config, platform_id, clock)
    before = ledger(tenant)
    with tenant.read() as session:
        iris = set(session.scalars(select(Resource.iri)))
    with moodle() as elsewhere:
        everybody_works(elsewhere)
        with tenant.write() as session:
            row = session.get_one(type(platform_row(tenant, platform_id)), platform_id)
            row.settings, row.base_url = {**row.settings, "url": elsewhere.url}, elsewhere.url
        clock.pass_by(days=1)
        read(tenant, installation.config, platform_id, clock)
        with tenant.read() as session:
            assert set(session.scalars(select(Resource.iri))) == iris
            assert {row.url.startswith(elsewhere.url) for row in session.scalars(select(Resource))} == {True}
    assert ledger(tenant) == before


def test_records_are_written_in_short_units(installation: Installation, tenant: TenantDatabase, clock: Clock) -> None:
    with moodle(learners=450) as state:
        del state.courses[3]
        platform_id = add_platform(tenant, state)
        state.functions = frozenset(
            {"core_webservice_get_site_info", "core_course_get_courses", "core_enrol_get_enrolled_users"}
        )
        run = read(tenant, installation.config, platform_id, clock)
    with tenant.read() as session:
        users = session.scalars(select(RemoteRecord.key).where(RemoteRecord.kind == "user")).all()
    assert (run.counts["learners"], len(users)) == (450, 450)

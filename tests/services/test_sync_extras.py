"""Rolls, competencies and who moved: read where a path is bound to them, or where no report tells it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from content.xapi.readings import Kind
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.demo.moodle import Module, MoodleState
from hub.demo.moodle_functions import FUNCTIONS
from hub.demo.moodle_more_state import Ability, Roll
from hub.domain.path import EvidenceKind
from hub.models.learning import Resource
from hub.models.platforms import SyncRun
from hub.services import platforms
from hub.services import remote_records as records
from hub.services.platforms import PlatformData
from hub.services.remote_records import Known
from hub.services.sync import extras
from tests.services.builders import activity, document, publish, rule, step
from tests.services.sync_place import (
    HOMEWORK,
    NOW,
    START,
    TOKEN,
    Clock,
    add_platform,
    everybody_works,
    everything,
    ledger,
    moodle,
    read,
    standing,
)  # fmt: skip

ROLL, INSTANCE = 15, 4
PRESENT, ABSENT, LATE = 5, 6, 7
NO_REPORT = frozenset(FUNCTIONS) - {"core_reportbuilder_retrieve_report"}


@pytest.fixture
def state() -> Iterator[MoodleState]:
    """A roll of two sessions, the second all day and not yet taken; two competencies."""
    with moodle(learners=3) as double:
        double.courses[2].modules.append(Module(ROLL, "attendance", "Présences", "Début", 0, instance=INSTANCE))
        double._course_of[ROLL] = 2
        marks = {101: PRESENT, 102: ABSENT, 103: LATE}
        double.more.rolls[1] = Roll(1, INSTANCE, morning(3), timedelta(hours=3), "Atelier", morning(3), marks)
        double.more.rolls[2] = Roll(2, INSTANCE, morning(4), timedelta(hours=8), "Journée")
        double.more.abilities = [Ability(7, 2, "Chercher", "NUM-1"), Ability(8, 2, "Créer")]
        yield double


@pytest.fixture
def clock() -> Clock:
    return Clock()


def morning(day: int) -> datetime:
    """9 h in Paris."""
    return datetime(2026, 11, day, 8, tzinfo=UTC)


def bind(tenant: TenantDatabase, remote_id: str) -> str:
    """A published path whose step is bound to a module of the catalogue; gives its IRI."""
    with tenant.write() as session:
        row = session.scalars(select(Resource).where(Resource.remote_id == remote_id)).one()
        one = activity(row.iri, "attended", "completed")
        bound = one.model_copy(update={"binding": one.binding.model_copy(update={"resource_id": row.id})})
        publish(session, document(step("Atelier", bound, rule=rule(("completed", None)))))
        return row.iri


def brings(tenant: TenantDatabase, remote_id: str) -> set[str]:
    with tenant.read() as session:
        row = session.scalars(select(Resource).where(Resource.remote_id == remote_id)).one()
        return {one["kind"] for one in row.brings}


def test_a_roll_that_a_path_is_bound_to_becomes_presence_by_half_day(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    platform = add_platform(tenant, state)
    read(tenant, installation.config, platform, clock)
    assert EvidenceKind.ATTENDED in brings(tenant, str(ROLL))
    assert state.calls["mod_attendance_get_sessions"] == 0  # no path asks for it
    iri = bind(tenant, str(ROLL))
    read(tenant, installation.config, platform, clock)
    told = {it["actor"]["account"]["name"]: it["result"].get("duration") for it in ledger(tenant).values()
            if it["object"]["id"] == iri}  # fmt: skip
    assert told == {"eleve0": "PT10800S", "eleve1": "PT0S", "eleve2": "PT10800S"}
    assert standing(tenant, "eleve0", f"id={ROLL}") == {Kind.ATTENDED: 1.0}
    before = everything(tenant)
    read(tenant, installation.config, platform, clock)
    assert everything(tenant) == before

    state.more.rolls[2].marks, state.more.rolls[2].taken_at = {101: PRESENT}, morning(4)
    state.more.rolls[1].marks[102] = PRESENT  # a correction
    read(tenant, installation.config, platform, clock, full=False)
    assert len(ledger(tenant)) == 3  # an hourly reading leaves rolls alone
    clock.pass_by(hours=25)
    read(tenant, installation.config, platform, clock, full=False)
    days = sorted(it["timestamp"][:16] for it in ledger(tenant).values() if it["actor"]["account"]["name"] == "eleve0")
    assert days == ["2026-11-03T08:00", "2026-11-04T08:00", "2026-11-04T12:30"]  # the lunch break lies in between
    assert standing(tenant, "eleve1", f"id={ROLL}") == {Kind.ATTENDED: 1.0}


def test_a_session_that_the_hub_wrote_there_is_not_read_back(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    platform = add_platform(tenant, state)
    read(tenant, installation.config, platform, clock)
    bind(tenant, str(ROLL))
    with tenant.write() as session:
        records.save(session, platform, extras.OWN_SESSION, [Known("1", records.digest({}), 1, {})], NOW)
    read(tenant, installation.config, platform, clock)
    assert ledger(tenant) == {}


def test_without_the_plugin_no_roll_is_promised(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    state.functions = frozenset(FUNCTIONS) - {"mod_attendance_get_sessions"}
    platform = add_platform(tenant, state)
    read(tenant, installation.config, platform, clock)
    assert EvidenceKind.ATTENDED not in brings(tenant, str(ROLL))
    bind(tenant, str(ROLL))
    assert read(tenant, installation.config, platform, clock).state == "done"


def add_reading_competencies(tenant: TenantDatabase, state: MoodleState) -> UUID:
    values = {"url": state.url, "token": TOKEN, "report": "", "competencies": "yes"}
    with tenant.write() as session:
        return platforms.add(session, PlatformData("Moodle", "moodle", values), by=None, now=NOW).id


def test_competencies_are_listed_and_asked_for_where_a_path_needs_them(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    platform = add_reading_competencies(tenant, state)
    state.more.ratings[101, 7] = ("B", True, START)
    state.more.ratings[102, 7] = ("D", False, START)
    state.more.ratings[101, 8] = ("B", True, START)
    read(tenant, installation.config, platform, clock)
    assert state.calls["tool_lp_data_for_user_competency_summary_in_course"] == 0
    with tenant.read() as session:
        row = session.scalars(select(Resource).where(Resource.remote_id == "competency-2-7")).one()
        course = session.get(Resource, row.parent_id)
    assert (row.title, course and course.remote_id) == ("Chercher (NUM-1)", "2")
    bind(tenant, "competency-2-7")
    read(tenant, installation.config, platform, clock)
    assert state.calls["tool_lp_data_for_user_competency_summary_in_course"] == 3  # one each; nothing of the other
    assert standing(tenant, "eleve0", "#competency-7") == {Kind.COMPLETED: 1.0, Kind.PASSED: 1.0}
    assert standing(tenant, "eleve1", "#competency-7") == {Kind.PASSED: 0.0}
    assert standing(tenant, "eleve2", "#competency-7") == {}
    assert standing(tenant, "eleve0", "#competency-8") == {}
    before = everything(tenant)
    read(tenant, installation.config, platform, clock)
    assert everything(tenant) == before


def test_competencies_are_left_alone_unless_somebody_asks(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    platform = add_platform(tenant, state)
    run = read(tenant, installation.config, platform, clock)
    assert state.calls["core_competency_list_course_competencies"] == 0
    assert (run.state, run.counts.get("missing")) == ("done", None)


def hourly(installation: Installation, tenant: TenantDatabase, platform: UUID, clock: Clock) -> SyncRun:
    clock.pass_by(hours=1)
    return read(tenant, installation.config, platform, clock, full=False)


def test_without_a_report_those_whose_work_was_graded_are_read_again(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    state.functions = NO_REPORT
    state.now = clock
    everybody_works(state)
    platform = add_platform(tenant, state)
    read(tenant, installation.config, platform, clock)
    hourly(installation, tenant, platform, clock)  # visits that lie in the future of nobody
    before = state.calls["core_completion_get_activities_completion_status"]
    hourly(installation, tenant, platform, clock)
    assert state.calls["core_completion_get_activities_completion_status"] == before
    state.grade(102, HOMEWORK, 80.0, clock.now)  # by a trainer: the learner was not there
    run = hourly(installation, tenant, platform, clock)
    assert state.calls["core_completion_get_activities_completion_status"] == before + 1
    assert run.counts["moved"] == 1
    assert standing(tenant, "eleve1", f"id={HOMEWORK}")[Kind.SCORE] == 0.8


def test_a_right_that_lacks_for_it_is_told_and_stops_nothing(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    state.functions = NO_REPORT
    everybody_works(state)
    platform = add_platform(tenant, state)
    read(tenant, installation.config, platform, clock)
    state.refused = {"mod_assign_get_grades": "learner sees other completion"}
    run = hourly(installation, tenant, platform, clock)
    assert run.state == "done"
    assert [it["code"] for it in run.counts["notices"]] == ["missing_right"]

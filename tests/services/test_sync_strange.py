"""Platforms that changed under us: restored from a backup, rosters that shrink, courses renamed, copied, gone."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.demo.moodle import Course, Module, MoodleState, Person
from hub.models.learning import Resource
from hub.models.platforms import SyncRun
from hub.services import paths_edit as op
from hub.services import platform_admin, sync
from tests.services.builders import activity, document, publish, rule, step
from tests.services.sync_place import (
    CHOICE,
    QUIZ,
    START,
    Clock,
    add_platform,
    everybody_works,
    ledger,
    moodle,
    read,
    standing,
)

QUIZ_IRI = f"/mod/quiz/view.php?id={QUIZ}"
DONE = {"completed": 1.0, "passed": 1.0, "score": 0.75}


@pytest.fixture
def state() -> Iterator[MoodleState]:
    with moodle(learners=12) as double:
        everybody_works(double)
        yield double


@pytest.fixture
def clock() -> Clock:
    return Clock()


def codes(run: SyncRun) -> set[str]:
    return {one["code"] for one in run.counts.get("notices", [])}


def test_a_roster_that_shrinks_by_most_is_asked_about(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    platform_id = add_platform(tenant, state)
    read(tenant, installation.config, platform_id, clock)
    before = ledger(tenant)
    for who in range(102, 113):
        state.unenrol(who, 2)
    state.grade(101, QUIZ, 18.0, clock.now)
    clock.pass_by(days=1)
    run = read(tenant, installation.config, platform_id, clock)
    assert run.state == "held"
    (asked,) = (one for one in run.held if one["kind"] == "roster")
    assert (asked["course"], asked["before"], asked["after"]) == ("2", 12, 1)
    assert ledger(tenant) == before  # that course waits as a whole
    with tenant.write() as session:
        platform_admin.refuse_held(session, platform_id, run.id, by=None, now=clock.now)
    run = read(tenant, installation.config, platform_id, clock)
    assert run.state == "held"  # the platform says so again
    with tenant.write() as session:
        sync.confirm_held(session, run.id, by=None, now=clock.now)
    run = read(tenant, installation.config, platform_id, clock)
    assert (run.state, run.counts["left"]) == ("done", 11)
    assert standing(tenant, "eleve1", QUIZ_IRI) == DONE  # what they did stays
    assert standing(tenant, "eleve0", QUIZ_IRI)["score"] == 0.9


def test_a_platform_restored_from_a_backup_undoes_nothing_silently(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    platform_id = add_platform(tenant, state)
    read(tenant, installation.config, platform_id, clock)
    before = ledger(tenant)
    # Last week's backup: visits lie earlier, the quiz of two learners has not been passed yet.
    with state.locked():
        for key, when in list(state._seen.items()):
            state._seen[key] = when - timedelta(days=7)
    for who in (103, 104):
        state._done.pop((who, QUIZ))
        state._marks.pop((who, QUIZ))
    clock.pass_by(days=1)
    run = read(tenant, installation.config, platform_id, clock)
    assert run.state == "held"  # few falls, and yet they wait
    assert "went_back" in codes(run)
    assert {one["user"] for one in run.held} == {"eleve2", "eleve3"}
    assert ledger(tenant) == before


def test_an_id_that_names_somebody_else_gives_them_nothing_of_the_other(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    platform_id = add_platform(tenant, state)
    read(tenant, installation.config, platform_id, clock)
    state.people[105] = Person(105, "nouvelle", "Nora", "Neuve", "nora@partenaire.example", "TL-99")
    state._marks.pop((105, QUIZ))
    clock.pass_by(days=1)
    run = read(tenant, installation.config, platform_id, clock)
    assert run.counts["reused"] >= 1
    assert standing(tenant, "eleve4", QUIZ_IRI) == DONE
    assert standing(tenant, "nouvelle", QUIZ_IRI) == {"completed": 1.0, "passed": 1.0}


def test_a_renamed_person_is_the_same(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    platform_id = add_platform(tenant, state)
    read(tenant, installation.config, platform_id, clock)
    state.people[105] = replace(state.people[105], username="marie.curie")
    clock.pass_by(days=1)
    run = read(tenant, installation.config, platform_id, clock)
    assert "reused" not in run.counts


def test_a_module_that_left_its_course_says_so_until_it_is_back(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    platform_id = add_platform(tenant, state)
    read(tenant, installation.config, platform_id, clock)
    first, *others = state.courses[2].modules
    with tenant.write() as session:
        row = session.scalars(select(Resource).where(Resource.remote_id == str(first.id))).one()
        tied = activity(row.iri, "completed")
        tied = op.changed(tied, binding=op.changed(tied.binding, resource_id=row.id))
        publish(session, document(step("x", tied, rule=rule(("completed", None)))))

    def again(*modules: Module) -> tuple[list[str], bool]:
        state.courses[2].modules = list(modules)
        clock.pass_by(days=1)
        run = read(tenant, installation.config, platform_id, clock)
        with tenant.read() as session:
            gone = "gone" in session.get_one(Resource, row.id).custom
        return [it["detail"] for it in run.counts.get("notices", []) if it["code"] == "module_gone"], gone

    assert again(*others) == ([first.name], True)
    assert again(*others) == ([], True)
    assert again(first, *others) == ([], False)
    assert again() == ([], False)  # a page that leaves out more than half of them is not believed


def test_a_course_id_given_again_is_another_course(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    platform_id = add_platform(tenant, state)
    read(tenant, installation.config, platform_id, clock)
    old = state.courses.pop(3)
    state._course_of = {module: course for module, course in state._course_of.items() if course != 3}
    for key in [key for key in state._done if key[1] in {one.id for one in old.modules}]:
        state._done.pop(key)
    made_at = START + timedelta(days=20)
    state.add_course(
        Course(
            3, "NEUF", "Tout autre chose", "NEUF-1", created_at=made_at, modules=[Module(40, "page", "Lire", "Début")]
        )
    )
    clock.pass_by(days=1)
    run = read(tenant, installation.config, platform_id, clock)
    assert run.counts["reused"] == 1
    with tenant.read() as session:
        rows = session.scalars(select(Resource).where(Resource.kind == "remote_course")).all()
        of_three = {row.title: row for row in rows if row.remote_id.partition("~")[0] == "3"}
        gone, new = of_three["Projet"], of_three["Tout autre chose"]
    assert gone.withdrawn_at is not None
    assert (new.withdrawn_at, new.remote_id) == (None, "3")
    assert new.iri != gone.iri
    assert new.url == gone.url


def test_a_module_id_given_again_is_another_activity(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    """As after a restored backup: the page 22 was lost, the next activity made there is 22 again."""
    state.complete(101, CHOICE, START + timedelta(days=1))
    platform_id = add_platform(tenant, state)
    read(tenant, installation.config, platform_id, clock)
    state.courses[3].modules = [Module(CHOICE, "quiz", "Nouveau contrôle", "Début", grademax=10.0)]
    state._done.pop((101, CHOICE))
    clock.pass_by(days=1)
    run = read(tenant, installation.config, platform_id, clock)
    assert run.counts["reused"] == 1
    with tenant.read() as session:
        rows = session.scalars(select(Resource).where(Resource.kind == "remote_module")).all()
        mine = {row.title: row for row in rows if row.remote_id.partition("~")[0] == str(CHOICE)}
    assert mine["Choisir"].withdrawn_at is not None
    assert mine["Nouveau contrôle"].withdrawn_at is None
    assert standing(tenant, "eleve0", f"/mod/page/view.php?id={CHOICE}") == {"completed": 1.0}
    assert standing(tenant, "eleve0", mine["Nouveau contrôle"].iri) == {}


def test_a_renamed_course_keeps_its_entry_and_a_copy_is_a_new_one(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    platform_id = add_platform(tenant, state)
    read(tenant, installation.config, platform_id, clock)
    state.courses[3].fullname, state.courses[3].shortname = "Projet (2027)", "PRO27"
    state.add_course(Course(9, "PRO_1", "Projet", "PRO-2026", modules=[Module(90, "page", "Choisir", "Début")]))
    state.enrol(101, 9)
    clock.pass_by(days=1)
    run = read(tenant, installation.config, platform_id, clock)
    assert "reused" not in run.counts
    with tenant.read() as session:
        rows = session.scalars(select(Resource).where(Resource.kind == "remote_course")).all()
        assert {row.remote_id: row.title for row in rows} == {
            "2": "Compétences numériques",
            "3": "Projet (2027)",
            "9": "Projet",
        }
    assert "ambiguous" in codes(run)  # the copy has the ID number of the first, and the report names both by it


def test_two_platforms_with_the_same_user_name_are_two_accounts(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    read(tenant, installation.config, add_platform(tenant, state), clock)
    one = len(ledger(tenant))
    with moodle(learners=1) as other:
        other.complete(101, QUIZ, START, 3)
        read(tenant, installation.config, add_platform(tenant, other), clock)
    found = list(ledger(tenant).values())
    assert len(found) > one
    homes = {it["actor"]["account"]["homePage"] for it in found if it["actor"]["account"]["name"] == "eleve0"}
    assert len(homes) == 2


def test_clocks_an_hour_off_change_nothing(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    state.complete(101, QUIZ, clock.now + timedelta(hours=1), 2)  # the platform's clock is ahead
    platform_id = add_platform(tenant, state)
    read(tenant, installation.config, platform_id, clock)
    before = ledger(tenant)
    clock.pass_by(hours=1)
    state.calls.clear()
    run = read(tenant, installation.config, platform_id, clock, full=False)
    assert (run.state, ledger(tenant)) == ("done", before)
    assert sum(state.calls.values()) < 3
    state.complete(101, QUIZ, clock.now - timedelta(hours=1), 2)  # and was set right
    assert read(tenant, installation.config, platform_id, clock, full=False).state == "done"

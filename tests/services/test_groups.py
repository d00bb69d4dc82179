"""The grid and the figures of a group: the same truth as each learner's own page, and who needs attention."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from content.xapi.readings import Kind
from hub.db.base import new_id
from hub.db.uow import TenantDatabase
from hub.domain.access import Display
from hub.domain.path import SkillPrerequisite, StepPrerequisite, Window
from hub.domain.roles import Grant, Viewer
from hub.models.learning import Claim, Deposit, Enrolment, Launch, PathVersion
from hub.models.person import Authorisation, Group
from hub.models.river import Agent
from hub.services import groups
from hub.services.errors import NotFound
from hub.services.grid import activity_days, grid
from hub.services.identities import link, own_agent_id
from hub.services.journey import journeys
from hub.services.ledger import ingest
from hub.services.projection import project_dirty
from hub.services.source import hub_source
from tests.services.builders import activity, document, enrol, person, publish, register, rule, statement, step
from tests.services.trainer_world import make

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)


@pytest.fixture
def busy(tenant: TenantDatabase):
    """Eight learners in every situation that a step knows, over a path of nine steps."""
    names = [f"https://lms.example/{n}" for n in range(9)]
    plain = [activity(n, "completed", "score") for n in names]
    steps = [step(f"Étape {i}", plain[i], rule=rule(("completed", None))) for i in range(4)]
    steps += [
        step("Quiz", plain[4], rule=rule(("score", 0.7)), window=Window(closes_after_days=10)),
        step("Suite", plain[5], rule=rule(("completed", None)), prerequisites=(StepPrerequisite(step_id=steps[0].id),)),
        step("Machine", plain[6], rule=rule(("completed", None)), prerequisites=(SkillPrerequisite(skill="laser"),)),
        step("Plus tard", plain[7], rule=rule(("completed", None)), window=Window(opens_on=date(2026, 12, 1))),
        step("Facultatif", plain[8], rule=rule(("completed", None)), required=False),
    ]
    with tenant.write() as session:
        group = Group(id=new_id(), name="Garonne")
        session.add(group)
        session.flush()
        version = publish(session, document(*steps))
        people = [person(session, f"P{i}", "Z" if i else "A") for i in range(8)]
        enrolments = [enrol(session, p, version, group_id=group.id) for p in people]
        session.add(Authorisation(person_id=people[1], skill="laser", since=date(2026, 1, 1), until=None))
        hub, said = hub_source("lms"), []
        for i, who in enumerate(people):
            link(session, own_agent_id(session, who), who, rule="test", by=None, now=NOW)
            said += [register(f"u{i}", Kind.COMPLETED, names[n], 1, 1.0) for n in range(i % 4)]
        said.append(register("u2", Kind.COMPLETED, names[0], 2, 0.0))
        said += [register("u3", Kind.SCORE, names[4], 1, 0.4), register("u4", Kind.SCORE, names[4], 1, 0.9)]
        said.append(statement("u5", "initialized", names[0]))
        ingest(session, said, hub, NOW)
        _link_all(session, people)
        e = enrolments
        session.add(Claim(enrolment_id=e[5], step_id=steps[2].id, at=NOW, task_at=NOW))
        session.add(Deposit(enrolment_id=e[6], step_id=steps[2].id, handed_in_at=NOW))
        session.add(Deposit(enrolment_id=e[7], step_id=steps[3].id, handed_in_at=NOW, state="returned"))
        launched = Launch(
            enrolment_id=e[0], person_id=people[0], step_id=steps[1].id, activity_id=new_id(), iri=names[1], at=NOW
        )
        session.add(launched)
        session.get_one(Enrolment, e[1]).waivers = {str(steps[3].id): {"by": "x", "why": "y", "at": "z"}}
    project_dirty(tenant)
    return tenant, group.id, enrolments, people, steps


def _link_all(session, people: list[UUID]) -> None:
    for agent in session.scalars(select(Agent).where(Agent.ifi.contains("|u"))):
        link(session, agent.id, people[int(agent.ifi[-1])], rule="test", by=None, now=NOW)


def rows_of(tenant: TenantDatabase, group: UUID, now: datetime = NOW):
    with tenant.read() as session:
        return grid(session, select(Enrolment.id).where(Enrolment.group_id == group), now)


@pytest.mark.parametrize("days", [0, 3, 12, 40])
def test_the_grid_shows_what_each_learners_own_page_shows(busy, days: int):
    tenant, group, enrolments, *_ = busy
    now = NOW + timedelta(days=days)
    rows = {r.enrolment_id: r for r in rows_of(tenant, group, now)}
    with tenant.read() as session:
        own = journeys(session, enrolments, now)
    for one in own:
        row = rows[one.enrolment.id]
        assert row.displays == [s.display for s in one.steps]
        assert row.late == [s.late for s in one.steps]
        assert (row.next is None) == (one.next is None)
        assert one.next is None or row.next == one.next.number - 1
        assert (row.share, row.minutes, row.silent_days) == (one.share, one.minutes, one.silent_days)
        assert [p[1] for p in row.points][-1] == pytest.approx(one.points[-1][1])


def test_every_situation_is_among_them(busy):
    tenant, group, *_ = busy
    seen = {d for row in rows_of(tenant, group) for d in row.displays}
    assert seen >= {
        Display.DONE, Display.TO_DO, Display.AWAITING, Display.CHECK, Display.REDO, Display.LOCKED, Display.NOT_OPEN,
        Display.WAIVED, Display.OPEN, Display.CLOSED,
    }  # fmt: skip


def test_activity_is_counted_by_day_over_all_the_identities_of_a_person(busy):
    tenant, _, _, people, _ = busy
    day = date(2026, 11, 23)
    with tenant.read() as session:
        found = activity_days(session, people, [day - timedelta(days=1), day])
    assert found[people[3]] == [0, 4]
    assert people[0] not in found


ADMIN = Viewer(UUID(int=9), "Admin", "fr", (Grant("administrator"),))


def test_filters_count_and_show_the_same_people(busy):
    tenant, group, *_ = busy
    with tenant.read() as session:
        everybody = groups.overview(session, ADMIN, group, NOW)
        shown = {f: groups.overview(session, ADMIN, group, NOW, show=f).rows for f in groups.FILTERS}
    assert {f: len(rows) for f, rows in shown.items()} == everybody.counts
    assert everybody.counts["check"] == 1
    assert [r.name for r in shown["check"]] == ["P2 Z"]
    assert {r.name for r in shown["late"]} == {r.name for r in everybody.rows} - {"P4 Z"}


def test_who_needs_attention_comes_first_unless_names_are_asked_for(busy):
    tenant, group, *_ = busy
    with tenant.read() as session:
        first = groups.overview(session, ADMIN, group, NOW).rows
        by_name = groups.overview(session, ADMIN, group, NOW, sort="name").rows
    assert first[0].name == "P2 Z"
    assert by_name[0].name == "P0 A"


def test_the_stations_say_who_is_there_and_how_many_have_done_it(busy):
    tenant, group, _, _, steps = busy
    with tenant.read() as session:
        view = groups.overview(session, ADMIN, group, NOW)
    assert [s.step.id for s in view.stations] == [s.id for s in steps]
    assert sum(s.here for s in view.stations) == 8
    assert view.stations[3].done == 1
    assert sum(view.stations[0].ways.values()) == 8


def test_learners_of_an_older_version_stand_in_the_columns_of_the_latest(tenant: TenantDatabase):
    world = make(tenant)
    with tenant.write() as session:
        old = session.get_one(PathVersion, world.version)
        doc = groups.document(session, world.version)
        fewer = doc.model_copy(
            update={"modules": (doc.modules[0].model_copy(update={"steps": doc.modules[0].steps[1:]}),)}
        )
        second = publish(session, fewer, old.path_id, number=2)
        session.get_one(Enrolment, world.enrolments[0]).version_id = second
    project_dirty(tenant)
    with tenant.read() as session:
        view = groups.overview(session, world.viewer, world.group, NOW)
    assert view.version_id == second
    assert {len(view.displays(r)) for r in view.rows} == {2}
    assert [s.total for s in view.stations] == [3, 3]


def test_a_group_outside_ones_scope_does_not_exist(tenant: TenantDatabase):
    world = make(tenant)
    other = Viewer(world.trainer, "Autre", "fr", (Grant("trainer", None, UUID(int=1)),))
    with tenant.read() as session:
        assert [c.group.name for c in groups.my_groups(session, world.viewer, NOW)] == ["Promotion Garonne"]
        assert groups.my_groups(session, other, NOW) == []
        with pytest.raises(NotFound):
            groups.overview(session, other, world.group, NOW)


def test_a_group_card_counts_its_learners(tenant: TenantDatabase):
    world = make(tenant)
    with tenant.read() as session:
        (card,) = groups.my_groups(session, world.viewer, NOW)
    assert (card.learners, card.share, card.counts["silent"]) == (3, 0.0, 3)


def test_working_days_leave_week_ends_out():
    assert groups.working_days(date(2026, 11, 23), 3) == [date(2026, 11, 19), date(2026, 11, 20), date(2026, 11, 23)]

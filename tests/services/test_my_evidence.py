"""My evidence by step, hours by modality, what a step has outside the hub."""

from datetime import timedelta

import pytest

from content.xapi.canonical import ifi
from content.xapi.emit import register_statement
from content.xapi.readings import Kind
from hub.db.uow import TenantDatabase
from hub.domain.path import Activity, Binding, BindingKind, Modality
from hub.domain.progress import activity_iris
from hub.models.learning import Enrolment
from hub.models.platforms import LtiTool, Platform
from hub.services import evidence, my_paths, outside
from hub.services.errors import NotFound
from hub.services.identities import hub_agent, own_agent_id
from hub.services.journey import journeys
from hub.services.ledger import ingest
from hub.services.projection import project_dirty
from hub.services.remote_site import site_of
from hub.services.why import why
from tests.web.learner_world import NOW, World, build, tell


@pytest.fixture
def world(tenant: TenantDatabase) -> World:
    """Inès, two steps done."""
    return build(tenant)


def test_pieces_stand_under_their_step_and_corrected_ones_do_not_count(tenant: TenantDatabase, world: World) -> None:
    basics = world.steps["basics"]
    with tenant.write() as session:
        tell(session, world.learner, basics, Kind.SCORE, 0.82, when=NOW - timedelta(days=2))
        tell(session, world.learner, basics, Kind.SCORE, 0.58, when=NOW - timedelta(days=1))
    project_dirty(tenant)
    with tenant.read() as session:
        found = evidence.pieces_by_step(session, session.get_one(Enrolment, world.enrolment))
    assert set(found) == {world.steps["welcome"].id, world.steps["safety"].id, basics.id}
    assert [(p.value, p.counts) for p in found[basics.id]] == [(0.58, True), (0.82, False)]
    assert found[world.steps["welcome"].id][0].minutes == 210


def test_evidence_names_the_platform_that_it_was_read_from(tenant: TenantDatabase, world: World) -> None:
    basics = world.steps["basics"]
    actor, name = hub_agent(world.learner), activity_iris(basics.variants[0].activities[0])[0]
    with tenant.write() as session:
        site = site_of(session.get_one(Platform, world.platform))
        own_agent_id(session, world.learner)
        record = register_statement(
            actor, None, name, source=str(site.id), series_key=(str(site.id), ifi(actor), name, Kind.SCORE, ""),
            revision=1, kind=Kind.SCORE, value=0.7, at=NOW.isoformat(),
        )  # fmt: skip
        ingest(session, [record], site.source, NOW)
    with tenant.read() as session:
        (piece,) = evidence.pieces_by_step(session, session.get_one(Enrolment, world.enrolment))[basics.id]
        (told,) = why(session, world.enrolment, basics.id).evidence
    assert (piece.said_by, told.said_by) == ("le Moodle de Campus Fab", "le Moodle de Campus Fab")


def test_an_old_revision_that_comes_late_does_not_count(tenant: TenantDatabase, world: World) -> None:
    basics = world.steps["basics"]
    with tenant.write() as session:
        tell(session, world.learner, basics, Kind.SCORE, 0.9, when=NOW)
        tell(session, world.learner, basics, Kind.SCORE, 0.4, when=NOW - timedelta(days=9))
        found = evidence.pieces_by_step(session, session.get_one(Enrolment, world.enrolment))
    assert {p.value: p.counts for p in found[basics.id]} == {0.9: True, 0.4: False}


def test_hours_by_modality(tenant: TenantDatabase, world: World) -> None:
    with tenant.read() as session:
        found = evidence.hours_by_modality(journeys(session, [world.enrolment], NOW)[0])
    assert {h.modality: (h.done, h.planned) for h in found} == {
        Modality.ON_SITE: (390, 810), Modality.OWN_PACE: (0, 365), Modality.COMODAL: (0, 330),
    }  # fmt: skip


def test_steps_with_evidence_or_done_are_listed_in_order(tenant: TenantDatabase, world: World) -> None:
    with tenant.read() as session:
        found = evidence.by_path(session, journeys(session, [world.enrolment], NOW))
    assert [view.step.title for view, _ in found[0][1]] == ["Accueil et projet", "Sécurité à l’atelier"]


def test_my_paths_are_mine_and_active_ones_first(tenant: TenantDatabase, world: World) -> None:
    with tenant.read() as session:
        assert [e.id for e in my_paths.enrolments_of(session, world.learner)] == [world.enrolment]
        assert my_paths.enrolments_of(session, world.stranger) == []
        assert my_paths.own(session, world.enrolment, world.learner).id == world.enrolment
        with pytest.raises(NotFound):
            my_paths.own(session, world.enrolment, world.stranger)


def test_doors_name_the_site_and_its_origin(tenant: TenantDatabase, world: World) -> None:
    course = world.steps["quiz"].variants[0].activities[0]
    web = Activity(title="Vidéo", modality=Modality.OWN_PACE,
                   binding=Binding(kind=BindingKind.WEB, iri="https://user@www.video.example:8443/v/1"))  # fmt: skip
    urn = Activity(title="Trace", modality=Modality.OWN_PACE, binding=Binding(kind=BindingKind.ACTIVITY, iri="urn:x:1"))
    seance = world.steps["welcome"].variants[0].activities[0]
    with tenant.read() as session:
        found = outside.doors(session, [course, web, urn, seance])
    assert found == {
        course.id: outside.Door("le Moodle de Campus Fab", "https://campus-fab.example"),
        web.id: outside.Door("video.example", "https://www.video.example:8443"),
    }


def test_a_tool_opens_only_while_it_is_registered(tenant: TenantDatabase, world: World) -> None:
    course = world.steps["quiz"].variants[0].activities[0]
    link = course.model_copy(update={"binding": course.binding.model_copy(update={"kind": BindingKind.LTI_LINK})})
    with tenant.write() as session:
        assert outside.doors(session, [link]) == {}
        session.add(LtiTool(platform_id=world.platform, client_id="c", deployment_id="d", registration={}))
        session.flush()
        assert outside.doors(session, [link]) == {link.id: outside.Door("le Moodle de Campus Fab", "")}


def test_readings_name_the_platforms_that_are_read(tenant: TenantDatabase, world: World) -> None:
    quiz, make = world.steps["quiz"], world.steps["make"]
    with tenant.write() as session:
        found = outside.readings(session, [quiz, make])
        assert [(r.name, r.last_read_at) for r in found[quiz.id]] == [
            ("le Moodle de Campus Fab", NOW - timedelta(hours=4))
        ]
        assert make.id not in found
        session.get_one(Platform, world.platform).connector = ""
        session.flush()
        assert outside.readings(session, [quiz]) == {}

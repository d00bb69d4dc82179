"""Enrolments: counting anew, choices within and beyond the agreed plan, waivers, hours counted once, why, the
journey."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from hub.db.uow import TenantDatabase
from hub.domain.access import Access, Display
from hub.domain.path import Modality, Skill, SkillPrerequisite, StepPrerequisite
from hub.domain.progress import Result
from hub.domain.roles import Grant, Viewer
from hub.models.learning import Enrolment, Launch, SwitchRequest
from hub.models.person import Authorisation, Group, GroupMember, JournalEntry, Organisation
from hub.models.river import Agent, PathStateRow
from hub.services import enrol_admin, enrolments
from hub.services.enrol_admin import EnrolData
from hub.services.errors import Conflict, Forbidden, Invalid, NotFound
from hub.services.evidence import pieces_by_step
from hub.services.identities import link
from hub.services.journey import journey
from hub.services.ledger import ingest
from hub.services.projection import project_dirty
from hub.services.source import Source
from hub.services.why import why
from tests.services.builders import NOW, activity, document, enrol, person, publish, rule, statement, step

COURSE, ROOM, MOOC_IRI = "https://lms.example/c", "https://lms.example/r", "https://mooc.example/m"
MOOC = Source(name="mooc")
LATER = NOW + timedelta(days=30)


def done(tenant: TenantDatabase, who: UUID, *said: dict[str, object]) -> None:
    """Statements of the account ``ines``, which is this person's."""
    with tenant.write() as session:
        ingest(session, said, MOOC, NOW)
        agent = session.scalars(select(Agent).where(Agent.ifi.contains("|ines"))).one()
        if agent.person_id is None:
            link(session, agent.id, who, rule="test", by=None, now=NOW)
    project_dirty(tenant)


def minutes(tenant: TenantDatabase, enrolment: UUID) -> int:
    with tenant.read() as session:
        return session.get_one(PathStateRow, enrolment).minutes


def test_enrolling_in_a_draft_or_twice_is_refused(tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        who = person(session)
        version = publish(session, document(step("Un", activity(COURSE, "completed"), rule=rule(("completed", None)))))
        enrolments.enrol(session, who, version, by=None, now=NOW, entered_on=date(2026, 11, 2))
        with pytest.raises(Conflict) as refused:
            enrolments.enrol(session, who, version, by=None, now=NOW, entered_on=date(2026, 11, 3))
    assert refused.value.code == "already_enrolled"


@pytest.mark.parametrize("earlier", [True, False])
def test_a_re_enrolment_starts_anew_unless_the_designer_lets_earlier_evidence_count(
    tenant: TenantDatabase, earlier: bool
) -> None:
    doc = document(step("Un", activity(COURSE, "completed"), rule=rule(("completed", None))), earlier_evidence=earlier)
    with tenant.write() as session:
        who = person(session)
        version = publish(session, doc)
        first = enrolments.enrol(session, who, version, by=None, now=NOW, entered_on=date(2026, 11, 2)).id
    done(tenant, who, statement("ines", "completed", COURSE))
    with tenant.write() as session:
        enrolments.end(session, first, "finished", why="", by=who, now=NOW)
        again = enrolments.enrol(session, who, version, by=None, now=LATER, entered_on=LATER.date()).id
    project_dirty(tenant)
    with tenant.read() as session:
        assert session.get_one(PathStateRow, first).complete
        assert session.get_one(PathStateRow, again).complete is earlier


def test_evidence_since_a_re_enrolment_counts_and_earlier_bests_do_not(tenant: TenantDatabase) -> None:
    doc = document(step("Quiz", activity(COURSE, "score"), rule=rule(("score", 0.7))))
    with tenant.write() as session:
        who = person(session)
        enrolment = enrol(session, who, publish(session, doc), counts_from=NOW + timedelta(days=1))
    day = 24 * 60
    done(tenant, who, statement("ines", "scored", COURSE, when=0, score={"scaled": 0.9}))
    done(tenant, who, statement("ines", "scored", COURSE, when=2 * day, score={"scaled": 0.4}))
    with tenant.write() as session:
        ingest(
            session,
            [statement("ines", "scored", COURSE, when=3 * day, score={"scaled": 0.5})],
            MOOC,
            NOW + timedelta(days=5),
        )
    project_dirty(tenant)
    with tenant.read() as session:
        view = journey(session, enrolment, NOW + timedelta(days=5)).steps[0]
    assert (view.best, view.result) == (0.5, Result.FAILED)


def planned(tenant: TenantDatabase) -> tuple[UUID, UUID, UUID, UUID]:
    """An enrolment with 60 agreed minutes on site and 120 alone; one step of two ways."""
    alone = activity(COURSE, "completed", minutes=60)
    room = activity(ROOM, "attended", modality=Modality.ON_SITE, minutes=90)
    doc = document(step("Un", alone, room, rule=rule(("completed", None), ("attended", None), mode="any")))
    with tenant.write() as session:
        who = person(session)
        plan = {"minutes": {"on_site": 60, "own_pace": 120}}
        enrolment = enrol(session, who, publish(session, doc), agreed_plan=plan)
    only = next(iter(doc.steps()))
    return who, enrolment, only.id, only.variants[1].id


def test_a_way_beyond_the_agreed_plan_is_a_request_that_names_its_limit(tenant: TenantDatabase) -> None:
    who, enrolment, step_id, room = planned(tenant)
    with tenant.write() as session:
        request = enrolments.choose_variant(session, enrolment, step_id, room, by=who, now=NOW)
        assert request is not None
        assert request.limits == [{"modality": "on_site", "wanted": 90, "left": 60}]
        assert session.get_one(Enrolment, enrolment).choices == {}
    with tenant.write() as session:
        enrolments.answer_switch(session, request.id, accept=True, answer="D’accord", by=who, now=NOW)
        assert session.get_one(Enrolment, enrolment).choices == {str(step_id): str(room)}
        with pytest.raises(Conflict):
            enrolments.answer_switch(session, request.id, accept=False, answer="", by=who, now=NOW)


def test_a_second_request_takes_the_place_of_the_first(tenant: TenantDatabase) -> None:
    who, enrolment, step_id, room = planned(tenant)
    with tenant.write() as session:
        enrolments.choose_variant(session, enrolment, step_id, room, by=who, now=NOW)
        enrolments.choose_variant(session, enrolment, step_id, room, by=who, now=NOW)
        states = session.scalars(select(SwitchRequest.state).order_by(SwitchRequest.id)).all()
    assert states == ["replaced", "asked"]


def test_a_free_choice_takes_the_place_of_a_request_that_waits(tenant: TenantDatabase) -> None:
    who, enrolment, step_id, room = planned(tenant)
    with tenant.write() as session:
        asked = enrolments.choose_variant(session, enrolment, step_id, room, by=who, now=NOW)
        assert asked is not None
        alone = enrolments.step_of(session, session.get_one(Enrolment, enrolment), step_id).variants[0].id
        assert enrolments.choose_variant(session, enrolment, step_id, alone, by=who, now=NOW) is None
        with pytest.raises(Conflict, match="already_answered"):
            enrolments.answer_switch(session, asked.id, accept=True, answer="", by=who, now=NOW)
        assert session.get_one(Enrolment, enrolment).choices == {str(step_id): str(alone)}


def test_a_way_that_a_new_version_took_away_cannot_be_granted(tenant: TenantDatabase) -> None:
    who, enrolment, step_id, room = planned(tenant)
    with tenant.write() as session:
        asked = enrolments.choose_variant(session, enrolment, step_id, room, by=who, now=NOW)
        assert asked is not None
        row = session.get_one(Enrolment, enrolment)
        kept = enrolments.step_of(session, row, step_id)
        fewer = document(kept.model_copy(update={"variants": kept.variants[:1]}))
        row.version_id = publish(session, fewer, path_id=row.path_id, number=2)
        session.flush()
        with pytest.raises(Conflict, match="way_gone"):
            enrolments.answer_switch(session, asked.id, accept=True, answer="", by=who, now=NOW)
        refused = enrolments.answer_switch(
            session, asked.id, accept=False, answer="Le parcours a changé", by=who, now=NOW
        )
    assert refused.state == "refused"


def test_company_time_takes_nothing_of_the_agreed_plan(tenant: TenantDatabase) -> None:
    company = activity(ROOM, "attended", modality=Modality.ON_SITE, minutes=4200)
    company = company.model_copy(update={"calendar_only": True})
    alone = activity(COURSE, "completed", minutes=60)
    doc = document(step("Un", alone, company, rule=rule(("completed", None), ("attended", None), mode="any")))
    only = next(iter(doc.steps()))
    with tenant.write() as session:
        who = person(session)
        enrolment = enrol(session, who, publish(session, doc), agreed_plan={"minutes": {"on_site": 0}})
        assert enrolments.choose_variant(session, enrolment, only.id, only.variants[1].id, by=who, now=NOW) is None


def test_a_waiver_needs_a_reason_is_journalled_and_can_be_taken_back(tenant: TenantDatabase) -> None:
    who, enrolment, step_id, _ = planned(tenant)
    with tenant.write() as session, pytest.raises(Invalid):
        enrolments.waive(session, enrolment, step_id, why=" ", by=who, now=NOW)
    with tenant.write() as session:
        enrolments.waive(session, enrolment, step_id, why="Votre CAP le couvre", by=who, now=NOW)
    project_dirty(tenant)
    with tenant.read() as session:
        view = journey(session, enrolment, NOW).steps[0]
        acts = session.scalars(select(JournalEntry.act)).all()
    assert (view.display, view.waiver and view.waiver["why"]) == (Display.WAIVED, "Votre CAP le couvre")
    assert "waiver.grant" in acts
    with tenant.write() as session:
        enrolments.unwaive(session, enrolment, step_id, by=who, now=NOW)
    project_dirty(tenant)
    with tenant.read() as session:
        assert not session.get_one(PathStateRow, enrolment).complete


def test_hours_of_a_shared_activity_count_once_where_it_was_launched_and_may_be_moved(tenant: TenantDatabase) -> None:
    doc = document(step("Un", activity(MOOC_IRI, "completed", minutes=45), rule=rule(("completed", None))))
    with tenant.write() as session:
        who = person(session)
        old, new = enrol(session, who, publish(session, doc)), enrol(session, who, publish(session, doc))
        step_id = next(iter(doc.steps())).id
        session.add(Launch(enrolment_id=new, person_id=who, step_id=step_id, activity_id=step_id, iri=MOOC_IRI, at=NOW))
    done(tenant, who, statement("ines", "completed", MOOC_IRI))
    assert (minutes(tenant, old), minutes(tenant, new)) == (0, 45)
    with tenant.write() as session:
        enrolments.own_hours(session, old, MOOC_IRI, by=who, now=NOW)
    project_dirty(tenant)
    assert (minutes(tenant, old), minutes(tenant, new)) == (45, 0)
    with tenant.read() as session:
        assert session.get_one(PathStateRow, old).complete
        assert session.get_one(PathStateRow, new).complete


def test_hours_pass_to_another_enrolment_at_once_when_one_ends(tenant: TenantDatabase) -> None:
    doc = document(step("Un", activity(MOOC_IRI, "completed", minutes=45), rule=rule(("completed", None))))
    with tenant.write() as session:
        who = person(session)
        old, new = enrol(session, who, publish(session, doc)), enrol(session, who, publish(session, doc))
    done(tenant, who, statement("ines", "completed", MOOC_IRI))
    assert (minutes(tenant, old), minutes(tenant, new)) == (45, 0)
    with tenant.write() as session:
        enrolments.end(session, old, "left", why="", by=who, now=NOW)
    project_dirty(tenant)
    assert (minutes(tenant, old), minutes(tenant, new)) == (0, 45)


def test_a_re_enrolment_leaves_the_hours_and_the_state_of_the_first_as_they_were(tenant: TenantDatabase) -> None:
    first = step("Un", activity(COURSE, "completed", minutes=30), rule=rule(("completed", None)))
    second = step("Deux", activity(MOOC_IRI, "completed", minutes=45), rule=rule(("completed", None)))
    with tenant.write() as session:
        who = person(session)
        version = publish(session, document(first, second))
        old = enrolments.enrol(session, who, version, by=None, now=NOW, entered_on=date(2026, 11, 2)).id
    done(tenant, who, statement("ines", "completed", COURSE))
    with tenant.write() as session:
        enrolments.end(session, old, "left", why="", by=who, now=NOW)
        new = enrolments.enrol(session, who, version, by=None, now=LATER, entered_on=LATER.date()).id
    project_dirty(tenant)
    assert (minutes(tenant, old), minutes(tenant, new)) == (30, 0)
    after = 31 * 24 * 60
    again = [statement("ines", "completed", iri, when=after) for iri in (COURSE, MOOC_IRI)]
    with tenant.write() as session:
        ingest(session, again, MOOC, NOW + timedelta(days=32))
    project_dirty(tenant)
    assert (minutes(tenant, old), minutes(tenant, new)) == (30, 75)
    with tenant.read() as session:
        assert session.get_one(PathStateRow, old).done_steps == 1
        row = session.get_one(Enrolment, old)
        shown = pieces_by_step(session, row)
    assert [p.counts for p in shown[first.id]] == [False, True]


def test_an_authorisation_that_a_dispense_grants_expires_like_any(tenant: TenantDatabase) -> None:
    safety = step(
        "Sécurité", activity(ROOM, "completed"), rule=rule(("completed", None)),
        skills=(Skill(code="laser", label="Découpe laser"),), valid_for_days=300,
    )  # fmt: skip
    cut = step(
        "Découper", activity(COURSE, "completed"), rule=rule(("completed", None)),
        prerequisites=(SkillPrerequisite(skill="laser"),),
    )  # fmt: skip
    with tenant.write() as session:
        who = person(session)
        enrolment = enrol(session, who, publish(session, document(safety, cut)))
        enrolments.waive(session, enrolment, safety.id, why="Formée ailleurs", by=who, now=NOW)
    project_dirty(tenant)
    with tenant.read() as session:
        found = journey(session, enrolment, NOW)
        late = journey(session, enrolment, NOW + timedelta(days=301))
    assert found.steps[1].access.access is Access.OPEN
    assert found.steps[0].expires_on == NOW.date() + timedelta(days=300)
    assert late.steps[1].access.missing_skills == ("laser",)


def test_the_journey_says_what_locks_a_step_and_until_when_an_authorisation_holds(tenant: TenantDatabase) -> None:
    safety = step(
        "Sécurité", activity(ROOM, "completed"), rule=rule(("completed", None)),
        skills=(Skill(code="laser", label="Découpe laser"),), valid_for_days=300,
    )  # fmt: skip
    cut = step(
        "Découper", activity(COURSE, "completed"), rule=rule(("completed", None)),
        prerequisites=(StepPrerequisite(step_id=safety.id), SkillPrerequisite(skill="laser")),
    )  # fmt: skip
    with tenant.write() as session:
        who = person(session)
        enrolment = enrol(session, who, publish(session, document(safety, cut)))
        session.add(Authorisation(person_id=who, skill="laser", since=date(2024, 1, 1), until=date(2025, 1, 1)))
    with tenant.read() as session:
        locked = journey(session, enrolment, NOW).steps[1]
    assert (locked.display, locked.access.missing_steps, locked.access.missing_skills) == (
        Display.LOCKED, (safety.id,), ("laser",)
    )  # fmt: skip
    done(tenant, who, statement("ines", "completed", ROOM))
    with tenant.read() as session:
        found = journey(session, enrolment, NOW)
        late = journey(session, enrolment, NOW + timedelta(days=301))
    assert found.steps[1].access.access is Access.OPEN
    assert found.next is not None
    assert found.next.step.id == cut.id
    assert found.steps[0].expires_on == NOW.date() + timedelta(days=300)
    assert late.steps[1].access.missing_skills == ("laser",)


def test_why_names_each_condition_what_came_and_who_said_it(tenant: TenantDatabase) -> None:
    doc = document(step("Quiz", activity(COURSE, "score", "completed"), rule=rule(("score", 0.7), ("validated", None))))
    with tenant.write() as session:
        who = person(session)
        enrolment = enrol(session, who, publish(session, doc))
    done(tenant, who, statement("ines", "scored", COURSE, score={"scaled": 0.8}))
    step_id = next(iter(doc.steps())).id
    with tenant.read() as session:
        found = why(session, enrolment, step_id)
        with pytest.raises(NotFound):
            why(session, enrolment, UUID(int=1))
    assert [(c.condition.kind, c.met, c.have) for c in found.conditions] == [
        ("score", True, 0.8),
        ("validated", False, None),
    ]
    assert [(e.kind, e.value, e.voided) for e in found.evidence] == [("score", 0.8, False)]
    assert not found.met


def test_an_administrator_of_one_organisation_enrols_nobody_in_a_group_of_another(tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        ours, theirs = Organisation(name="Nous", kind="training"), Organisation(name="Eux", kind="training")
        session.add_all([ours, theirs])
        session.flush()
        group = Group(name="Leur groupe", organisation_id=theirs.id)
        session.add(group)
        who = person(session)
        session.add(GroupMember(group_id=group.id, person_id=who))
        version = publish(session, document(step("Un", activity(COURSE, "completed"), rule=rule(("completed", None)))))
        viewer = Viewer(who, "Karim", "fr", (Grant("administrator", ours.id),))
        asked = EnrolData(version_id=version, entered_on=NOW.date(), organisation_id=ours.id, group_id=group.id)
        with pytest.raises((Forbidden, NotFound)):
            enrol_admin.enrol(session, viewer, who, asked, now=NOW)
        everywhere = Viewer(who, "Karim", "fr", (Grant("administrator"),))
        assert enrol_admin.enrol(session, everywhere, who, asked, now=NOW).group_id == group.id

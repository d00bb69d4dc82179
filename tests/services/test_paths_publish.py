"""Publishing: freezes, binds, moves enrolments by step identity; retiring, new drafts, who is affected."""

import threading
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from hub.db.base import new_id
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.domain.path import Activity, Binding, BindingKind, Brings, EvidenceKind, Modality, PathDocument, Way
from hub.domain.progress import step_iri
from hub.jobs.worker import Worker
from hub.models.learning import Enrolment, Resource
from hub.models.platforms import Job
from hub.models.river import Agent, BindingRow, Dirty, PathStateRow, StepStateRow, XapiActivity
from hub.services import ledger, paths, paths_draft, paths_publish, paths_versions
from hub.services import paths_edit as op
from hub.services.errors import Conflict, NotFound
from hub.services.identities import link
from hub.services.projection import project_dirty
from hub.services.source import Source
from tests.services.builders import NOW, activity, document, enrol, person, rule, statement, step

LATER = NOW + timedelta(minutes=5)


def seance(title: str = "Atelier") -> Activity:
    binding = Binding(kind=BindingKind.SEANCES, brings=(Brings(kind=EvidenceKind.ATTENDED, way=Way.ROLL),))
    return Activity(title=title, modality=Modality.ON_SITE, minutes=60, binding=binding)


def one_step(iri: str = "https://mooc.example/a") -> PathDocument:
    return document(step("Lire un plan", activity(iri, "completed"), seance(), rule=rule(("completed", None))))


def publish(tenant: TenantDatabase, draft: paths.Draft, migrate: bool = True) -> paths.Draft:
    with tenant.write() as session:
        return paths_publish.publish(session, draft.version_id, draft.revision, migrate=migrate, by=None, now=LATER)


def create(tenant: TenantDatabase, content: PathDocument) -> paths.Draft:
    with tenant.write() as session:
        return paths.create_path(session, content, by=None, now=NOW)


def second(tenant: TenantDatabase, published: paths.Draft, operation: op.Operation | None = None) -> paths.Draft:
    with tenant.write() as session:
        draft = paths_publish.new_draft(session, published.path_id, by=None, now=LATER)
        change = operation or (lambda d: op.set_header(d, objectives="Mieux"))
        return paths_draft.edit(session, draft.version_id, 1, change, label="x", by=None, now=LATER)


def bindings(tenant: TenantDatabase, version_id: UUID) -> set[str]:
    query = select(XapiActivity.iri).join(BindingRow, BindingRow.activity_id == XapiActivity.id)
    with tenant.read() as session:
        return set(session.scalars(query.where(BindingRow.version_id == version_id)))


def test_publishing_freezes_and_binds_every_iri(tenant: TenantDatabase) -> None:
    draft = create(tenant, one_step())
    published = publish(tenant, draft)
    held = next(published.document.steps())
    workshop = held.variants[1].activities[0]
    assert (published.state, published.published_at) == ("published", LATER)
    assert workshop.binding.iri == workshop.id.urn
    assert bindings(tenant, published.version_id) == {step_iri(held.id), "https://mooc.example/a", workshop.id.urn}
    with pytest.raises(paths_draft.NotADraft):
        publish(tenant, published)


def test_errors_block_publishing_and_nothing_is_written(tenant: TenantDatabase) -> None:
    draft = create(tenant, document(step("x", activity("https://a.example", "completed"), rule=rule(("score", 0.7)))))
    with pytest.raises(paths_publish.NotPublishable) as refused:
        publish(tenant, draft)
    assert [p.code for p in refused.value.problems] == ["rule_cannot_be_met"]
    with tenant.read() as session:
        assert paths.load(session, draft.version_id) == draft
    assert bindings(tenant, draft.version_id) == set()


def test_publishing_what_another_has_changed_shows_the_change(tenant: TenantDatabase) -> None:
    draft = create(tenant, one_step())
    with tenant.write() as session:
        paths_draft.edit(
            session,
            draft.version_id,
            1,
            lambda d: op.set_header(d, objectives="Autre"),
            label="x",
            by=None,
            now=LATER,
        )
    with pytest.raises(paths_draft.DraftChanged) as conflict:
        publish(tenant, draft)
    assert len(conflict.value.edits) == 1


def test_enrolments_follow_by_step_identity(tenant: TenantDatabase) -> None:
    first = publish(tenant, create(tenant, one_step()))
    with tenant.write() as session:
        ines = person(session)
        here = enrol(session, ines, first.version_id, choices={"s": "v"})
        gone = enrol(session, person(session, "Ali"), first.version_id, state="ended")
    third = publish(tenant, second(tenant, first))
    with tenant.read() as session:
        job = session.scalars(select(Job)).one()
    assert (job.kind, job.payload) == ("migrate_enrolments", {"version_id": str(third.version_id)})
    assert paths_publish.migrate_enrolments(tenant, third.version_id) == 1
    assert paths_publish.migrate_enrolments(tenant, third.version_id) == 0
    with tenant.read() as session:
        moved, stayed = session.get_one(Enrolment, here), session.get_one(Enrolment, gone)
        assert (moved.version_id, moved.choices) == (third.version_id, {"s": "v"})
        assert stayed.version_id == first.version_id
        assert list(session.scalars(select(Dirty.enrolment_id))) == [here]


def test_without_migration_who_is_in_stays_where_they_are(tenant: TenantDatabase) -> None:
    first = publish(tenant, create(tenant, one_step()))
    publish(tenant, second(tenant, first), migrate=False)
    with tenant.read() as session:
        assert session.scalars(select(Job)).all() == []


def test_what_was_done_counts_in_the_new_version_at_once(tenant: TenantDatabase) -> None:
    first = publish(tenant, create(tenant, one_step()))
    with tenant.write() as session:
        ines = person(session)
        mine = enrol(session, ines, first.version_id)
        ledger.ingest(session, [statement("ines", "completed", "https://mooc.example/a")], Source("mooc"), NOW)
        agent = session.scalars(select(Agent.id).where(Agent.ifi.contains("|ines"))).one()
        link(session, agent, ines, rule="test", by=None, now=NOW)
    held = next(first.document.steps())
    new = second(tenant, first, lambda d: op.update_step(d, held.id, title="Lire un plan coté"))
    third = publish(tenant, new)
    paths_publish.migrate_enrolments(tenant, third.version_id)
    project_dirty(tenant)
    with tenant.read() as session:
        state = session.get_one(StepStateRow, (mine, held.id))
    assert state.result == "completed"


def test_the_worker_moves_and_projects_everybody(tenant: TenantDatabase, installation: Installation) -> None:
    first = publish(tenant, create(tenant, one_step()))
    with tenant.write() as session:
        for number in range(paths_publish.BATCH + 1):
            enrol(session, person(session, f"P{number}"), first.version_id)
    new = publish(tenant, second(tenant, first))
    Worker(installation, threading.Event()).run_once()
    with tenant.read() as session:
        versions = set(session.scalars(select(Enrolment.version_id)))
        projected = session.scalar(select(func.count()).select_from(PathStateRow))
        job = session.scalars(select(Job).where(Job.kind == paths_publish.MIGRATE_JOB)).one()
    assert (versions, projected, job.state) == ({new.version_id}, paths_publish.BATCH + 1, "done")


def test_only_one_draft_at_a_time(tenant: TenantDatabase) -> None:
    first = publish(tenant, create(tenant, one_step()))
    draft = second(tenant, first)
    assert (draft.number, draft.document.objectives) == (2, "Mieux")
    assert [s.id for s in draft.document.steps()] == [s.id for s in first.document.steps()]
    with pytest.raises(paths_publish.DraftExists) as exists, tenant.write() as session:
        paths_publish.new_draft(session, first.path_id, by=None, now=LATER)
    assert exists.value.version_id == draft.version_id
    with pytest.raises(NotFound), tenant.write() as session:
        paths_publish.new_draft(session, uuid4(), by=None, now=LATER)


def test_a_version_is_retired_but_a_draft_is_not(tenant: TenantDatabase) -> None:
    draft = create(tenant, one_step())
    with pytest.raises(Conflict) as refused, tenant.write() as session:
        paths_publish.retire(session, draft.version_id, by=None, now=LATER)
    assert refused.value.code == "path_draft_not_retirable"
    publish(tenant, draft)
    with tenant.write() as session:
        paths_publish.retire(session, draft.version_id, by=None, now=LATER)
    with tenant.read() as session:
        assert paths.load(session, draft.version_id).state == "retired"


def test_who_is_affected_and_what_they_would_lose(tenant: TenantDatabase) -> None:
    two = document(
        step("Garder", activity("https://a.example/1", "completed"), rule=rule(("completed", None))),
        step("Enlever", activity("https://a.example/2", "completed"), rule=rule(("completed", None))),
    )
    first = publish(tenant, create(tenant, two))
    removed = list(first.document.steps())[1].id
    with tenant.write() as session:
        done = enrol(session, person(session), first.version_id)
        enrol(session, person(session, "Ali"), first.version_id)
        session.add(StepStateRow(enrolment_id=done, step_id=removed, result="completed", share=1.0))
    draft = second(tenant, first, lambda d: op.remove_step(d, removed))
    with tenant.read() as session:
        [seen] = paths_publish.affected(session, draft)
        [newest, oldest] = paths_versions.list_versions(session, draft.path_id)
    assert (seen.number, seen.people, seen.loses) == (1, 2, {"Enlever": 1})
    assert (newest.number, newest.people, oldest.people) == (2, 0, 2)


def test_the_checks_know_what_the_catalogue_says_now(tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        entry = Resource(id=new_id(), kind="activity", title="Quiz", iri="https://a.example/1", created_at=NOW)
        entry.brings = [{"kind": "score", "way": "xapi", "within_hours": 1}]
        session.add(entry)
    tied = activity("https://a.example/1", "completed")
    tied = op.changed(tied, binding=op.changed(tied.binding, resource_id=entry.id))
    content = document(step("x", tied, rule=rule(("completed", None))))

    def codes() -> list[str]:
        with tenant.read() as session:
            return [p.code for p in paths_publish.check_draft(session, content)]

    assert codes() == ["resource_brings_less"]
    with tenant.write() as session:
        session.get_one(Resource, entry.id).withdrawn_at = NOW
    assert codes() == ["resource_withdrawn"]


@pytest.mark.parametrize("which", ["module", "course"])
def test_what_is_gone_from_its_platform_is_told(tenant: TenantDatabase, which: str) -> None:
    with tenant.write() as session:
        course = Resource(id=new_id(), kind="remote_course", title="Cours", iri="https://a.example/c", created_at=NOW)
        module = Resource(id=new_id(), kind="remote_module", title="Quiz", iri="https://a.example/m", created_at=NOW)
        session.add(course)
        session.flush()
        module.parent_id = course.id
        session.add(module)
        {"course": course, "module": module}[which].custom = {"gone": NOW.isoformat()}
    tied = activity("https://a.example/m", "completed")
    tied = op.changed(tied, binding=op.changed(tied.binding, resource_id=module.id))
    with tenant.read() as session:
        found = paths_publish.check_draft(session, document(step("x", tied, rule=rule(("completed", None)))))
    assert [(p.severity, p.code) for p in found] == [("warning", "resource_gone")]


def test_forty_steps_for_three_hundred_people(tenant: TenantDatabase) -> None:
    """Moved in batches of a hundred, each a unit of its own; the bench ``publish`` measures it at 10⁶ statements."""
    steps = [
        step(f"Étape {i}", activity(f"https://a.example/{i}", "completed"), seance(), rule=rule(("completed", None)))
        for i in range(40)
    ]
    first = publish(tenant, create(tenant, document(*steps)))
    with tenant.write() as session:
        for number in range(300):
            enrol(session, person(session, f"P{number}"), first.version_id)
    draft = second(tenant, first)
    publish(tenant, draft)
    moved = [_migrate(tenant, draft.version_id) for _ in range(4)]
    assert moved == [100, 100, 100, 0]
    assert project_dirty(tenant) == 300
    with tenant.read() as session:
        assert session.scalar(select(func.count()).select_from(PathStateRow)) == 300


def _migrate(tenant: TenantDatabase, version_id: UUID) -> int:
    with tenant.write() as session:
        return paths_publish.migrate_batch(session, version_id)

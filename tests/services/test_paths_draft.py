"""Drafts: created, edited under an optimistic lock, undone; a conflict shows what the other changed and loses
nothing."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from hub.db.uow import TenantDatabase
from hub.domain.path import Module, PathDocument, Step
from hub.models.person import JournalEntry
from hub.services import paths, paths_draft
from hub.services import paths_edit as op
from hub.services.errors import Invalid, NotFound
from hub.services.paths import Draft
from tests.services.builders import NOW, activity, document, enrol, person, publish, rule, step

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def nadia(tenant: TenantDatabase) -> UUID:
    with tenant.write() as session:
        return person(session, "Nadia", "Roux")


@pytest.fixture
def draft(tenant: TenantDatabase, nadia: UUID) -> Draft:
    content = PathDocument(title="Bois", modules=(Module(title="Un", steps=(Step(title="a"), Step(title="b"))),))
    with tenant.write() as session:
        return paths.create_path(session, content, by=nadia, now=NOW)


def rename(draft: Draft, rank: int, title: str) -> op.Operation:
    step_id = list(draft.document.steps())[rank].id
    return lambda d: op.update_step(d, step_id, title=title)


def edit(tenant: TenantDatabase, draft: Draft, operation: op.Operation, by: UUID | None = None) -> Draft:
    with tenant.write() as session:
        return paths_draft.edit(
            session, draft.version_id, draft.revision, operation, label="step_changed", by=by, now=LATER
        )


def titles(draft: Draft) -> list[str]:
    return [s.title for s in draft.document.steps()]


def test_a_path_begins_as_a_draft(tenant: TenantDatabase, draft: Draft) -> None:
    with tenant.read() as session:
        read = paths.newest(session, draft.path_id)
    assert read == draft
    assert (draft.number, draft.state, draft.revision, draft.editable) == (1, "draft", 1, True)


def test_a_path_needs_a_title(tenant: TenantDatabase) -> None:
    with pytest.raises(Invalid) as refused, tenant.write() as session:
        paths.create_path(session, PathDocument(title="  "), by=None, now=NOW)
    assert refused.value.fields == {"title": "missing"}


def test_an_edit_is_saved_and_dated(tenant: TenantDatabase, draft: Draft, nadia: UUID) -> None:
    after = edit(tenant, draft, rename(draft, 0, "Accueil"), nadia)
    with tenant.read() as session:
        assert paths.load(session, draft.version_id) == after
    assert (after.revision, after.changed_at, titles(after)) == (2, LATER, ["Accueil", "b"])


def test_an_edit_that_changes_nothing_writes_nothing(tenant: TenantDatabase, draft: Draft) -> None:
    assert edit(tenant, draft, rename(draft, 0, "a")) == draft


def test_the_second_of_two_designers_is_shown_what_the_first_did(
    tenant: TenantDatabase, draft: Draft, nadia: UUID
) -> None:
    first = edit(tenant, draft, rename(draft, 0, "Accueil"), nadia)
    with pytest.raises(paths_draft.DraftChanged) as conflict:
        edit(tenant, draft, rename(draft, 1, "Bois et outils"))
    assert conflict.value.revision == 2
    [seen] = conflict.value.edits
    assert (seen.by, seen.at) == ("Nadia Roux", LATER)
    assert [(c["what"], c["old"], c["new"]) for c in seen.changes] == [("title", "a", "Accueil")]
    again = edit(tenant, first, rename(draft, 1, "Bois et outils"))
    assert titles(again) == ["Accueil", "Bois et outils"]


def test_an_edit_without_title_is_refused_whole(tenant: TenantDatabase, draft: Draft) -> None:
    with pytest.raises(Invalid):
        edit(tenant, draft, lambda d: op.set_header(d, title=""))
    with tenant.read() as session:
        assert paths.load(session, draft.version_id) == draft


def test_the_latest_edit_is_undone_whole_and_redone(tenant: TenantDatabase, draft: Draft, nadia: UUID) -> None:
    edit(tenant, draft, lambda d: op.remove_module(d, d.modules[0].id), nadia)
    with tenant.write() as session:
        last = paths_draft.last_edit(session, draft.version_id)
        assert last is not None
        assert (last.removal, last.by) == (True, "Nadia Roux")
        back = paths_draft.undo(session, draft.version_id, last.id, by=nadia, now=LATER)
    assert back.document == draft.document
    with tenant.write() as session:
        last = paths_draft.last_edit(session, draft.version_id)
        assert last is not None
        again = paths_draft.undo(session, draft.version_id, last.id, by=nadia, now=LATER)
    assert titles(again) == []


def test_an_older_removal_comes_back_and_keeps_what_came_since(tenant: TenantDatabase, draft: Draft) -> None:
    first = next(iter(draft.document.steps())).id
    removed = edit(tenant, draft, lambda d: op.remove_step(d, first))
    with tenant.read() as session:
        removal = paths_draft.last_edit(session, draft.version_id)
        assert removal is not None
    edit(tenant, removed, rename(draft, 1, "b bis"))
    with tenant.write() as session:
        back = paths_draft.undo(session, draft.version_id, removal.id, by=None, now=LATER)
    assert titles(back) == ["a", "b bis"]


def test_an_older_edit_that_removed_nothing_is_not_undone(tenant: TenantDatabase, draft: Draft) -> None:
    once = edit(tenant, draft, rename(draft, 0, "x"))
    with tenant.read() as session:
        older = paths_draft.last_edit(session, draft.version_id)
        assert older is not None
    edit(tenant, once, rename(draft, 1, "y"))
    with pytest.raises(paths_draft.NothingToUndo), tenant.write() as session:
        paths_draft.undo(session, draft.version_id, older.id, by=None, now=LATER)


def test_an_edit_of_another_path_is_not_undone_here(tenant: TenantDatabase, draft: Draft) -> None:
    with tenant.write() as session:
        other = paths.create_path(session, PathDocument(title="Métal"), by=None, now=NOW)
    edit(tenant, other, lambda d: op.add_module(d, "Un"))
    with tenant.read() as session:
        foreign = paths_draft.last_edit(session, other.version_id)
        assert foreign is not None
    with pytest.raises(paths_draft.NothingToUndo), tenant.write() as session:
        paths_draft.undo(session, draft.version_id, foreign.id, by=None, now=LATER)


def test_a_published_version_does_not_change(tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        version = publish(session, document(step("a", activity("https://a.example", "completed"), rule=rule())))
    with tenant.read() as session:
        held = paths.load(session, version)
    with pytest.raises(paths_draft.NotADraft):
        edit(tenant, held, rename(held, 0, "x"))


def test_what_is_not_there_is_told(tenant: TenantDatabase) -> None:
    with tenant.read() as session:
        for ask in (paths.load, paths.newest):
            with pytest.raises(NotFound):
                ask(session, uuid4())
    with pytest.raises(NotFound), tenant.write() as session:
        paths.archive(session, uuid4(), archived=True, by=None, now=NOW)


def test_the_list_says_versions_people_and_figures(tenant: TenantDatabase, nadia: UUID) -> None:
    with tenant.write() as session:
        held = document(step("a", activity("https://a.example", "completed", minutes=45), rule=rule()), title="éveil")
        version = publish(session, held)
        enrol(session, nadia, version)
        enrol(session, person(session), version, state="ended")
        paths.create_path(session, PathDocument(title="Zinc"), by=nadia, now=NOW)
    with tenant.read() as session:
        first, second = sorted(paths.list_paths(session), key=lambda line: line.steps, reverse=True)
    assert (first.title, first.published, first.draft, first.people) == ("éveil", 1, None, 1)
    assert (first.steps, first.minutes, first.modalities) == (1, 45, ("own_pace",))
    assert (second.title, second.published, second.draft, second.people) == ("Zinc", None, 1, 0)


def test_an_archived_path_leaves_the_list_and_comes_back(tenant: TenantDatabase, draft: Draft) -> None:
    def listed(archived: bool) -> list[str]:
        with tenant.read() as session:
            return [line.title for line in paths.list_paths(session, archived=archived)]

    with tenant.write() as session:
        paths.archive(session, draft.path_id, archived=True, by=None, now=NOW)
    assert (listed(False), listed(True)) == ([], ["Bois"])
    with tenant.write() as session:
        paths.archive(session, draft.path_id, archived=False, by=None, now=NOW)
    assert (listed(False), listed(True)) == (["Bois"], [])


def test_every_act_is_in_the_journal(tenant: TenantDatabase, draft: Draft, nadia: UUID) -> None:
    edit(tenant, draft, rename(draft, 0, "x" * 500), nadia)
    with tenant.read() as session:
        counted = select(JournalEntry.act, func.count()).group_by(JournalEntry.act)
        acts = dict(session.execute(counted).all())
        changes = paths_draft.edits_since(session, draft.version_id, 1)[0].changes
    assert acts == {"path.created": 1, "path.edited": 1}
    assert changes[0]["new"] == "x" * paths_draft.EXCERPT

"""Versions: their list, their differences, a document out and in again."""

from datetime import timedelta
from uuid import UUID, uuid4

import orjson
import pytest
from hypothesis import given, settings

from hub.db.uow import TenantDatabase
from hub.domain.path import Needs, PathDocument
from hub.models.person import Group, Organisation
from hub.services import paths, paths_edit, paths_publish, paths_versions
from hub.services.errors import NotFound
from tests.domain.test_path import DOCUMENTS
from tests.services.builders import NOW, activity, document, enrol, person, rule, step


def one_step(title: str = "Lire un plan") -> PathDocument:
    return document(step(title, activity("https://a.example/1", "completed"), rule=rule(("completed", None))))


def published(tenant: TenantDatabase, content: PathDocument, by: UUID | None = None) -> paths.Draft:
    with tenant.write() as session:
        draft = paths.create_path(session, content, by=by, now=NOW)
        return paths_publish.publish(session, draft.version_id, 1, migrate=False, by=by, now=NOW + timedelta(hours=1))


def test_the_list_says_who_is_in_each_version(tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        nadia = person(session, "Nadia", "Roux")
        group = Group(name="Promotion A")
        session.add(group)
    version = published(tenant, one_step(), nadia)
    with tenant.write() as session:
        enrol(session, person(session), version.version_id, group_id=group.id)
        enrol(session, person(session, "Ali"), version.version_id)
        paths_publish.new_draft(session, version.path_id, by=nadia, now=NOW)
    with tenant.read() as session:
        draft, first = paths_versions.list_versions(session, version.path_id)
    assert (draft.number, draft.state, draft.people, draft.published_by) == (2, "draft", 0, "")
    assert (first.number, first.state, first.published_by) == (1, "published", "Nadia Roux")
    assert (first.people, first.groups) == (2, {"Promotion A": 1})


def test_versions_of_one_path_are_compared(tenant: TenantDatabase) -> None:
    first = published(tenant, one_step())
    other = published(tenant, one_step("Autre"))
    with tenant.write() as session:
        draft = paths_publish.new_draft(session, first.path_id, by=None, now=NOW)
    with tenant.read() as session:
        assert paths_versions.compare(session, first.version_id, draft.version_id) == []
        with pytest.raises(NotFound):
            paths_versions.compare(session, first.version_id, other.version_id)
        with pytest.raises(NotFound):
            paths_versions.list_versions(session, uuid4())


@settings(max_examples=30, deadline=None)
@given(DOCUMENTS)
def test_what_goes_out_comes_in_the_same(content: PathDocument) -> None:
    titled = paths_edit.set_header(content, title="Bois")
    assert paths_versions.parse_document(paths_versions.export_document(titled)) == titled


@pytest.mark.parametrize(
    ("data", "why", "where"),
    [
        (b"{", "not_json", ""),
        (b'\xef\xbb\xbf\x00"', "not_json", ""),
        (b"[]", "not_a_path", ""),
        (b'{"format": "other"}', "not_a_path", ""),
        (b'{"format": "hub-path", "version": 2}', "other_version", "version"),
        (b'{"format": "hub-path", "version": 1}', "does_not_fit", ""),
        (b'{"format": "hub-path", "version": 1, "path": {"title": " "}}', "does_not_fit", "title"),
        (b" " * (paths_versions.MAX_IMPORT_BYTES + 1), "too_large", ""),
    ],
)
def test_a_file_that_is_no_path_is_refused_with_the_reason(data: bytes, why: str, where: str) -> None:
    with pytest.raises(paths_versions.DocumentRefused) as refused:
        paths_versions.parse_document(data)
    assert refused.value.why == why
    assert why == "not_json" or refused.value.where == where


def test_the_place_of_the_fault_is_told() -> None:
    content = orjson.loads(paths_versions.export_document(one_step()))
    content["path"]["modules"][0]["steps"][0]["weight"] = -1
    with pytest.raises(paths_versions.DocumentRefused) as refused:
        paths_versions.parse_document(orjson.dumps(content))
    assert refused.value.where == "modules > 0 > steps > 0 > weight"


def test_references_to_another_place_are_dropped_and_iris_stay(tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        ours = Organisation(name="Le Générateur", kind="training")
        session.add(ours)
    tied = activity("https://a.example/1", "completed")
    foreign = paths_edit.changed(
        tied,
        binding=paths_edit.changed(tied.binding, resource_id=uuid4()),
        organisation_id=uuid4(),
        needs=Needs(place_id=uuid4(), megabytes=3),
    )
    known = paths_edit.changed(activity("https://a.example/2", "completed"), organisation_id=ours.id)
    with tenant.read() as session:
        fitted = paths_versions.fitted(session, document(step("x", (foreign, known), rule=rule())))
    first, second = next(fitted.steps()).activities()
    assert (first.organisation_id, first.binding.resource_id, first.needs) == (None, None, Needs(megabytes=3))
    assert first.binding.iri == "https://a.example/1"
    assert second == known

"""Learning paths and the list of their versions."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field

from hub.domain.path import PathDocument
from hub.domain.roles import Role, Viewer
from hub.services import paths, paths_choices, paths_edit, paths_publish, paths_versions
from hub.services.errors import Forbidden
from hub.services.paths import Draft
from hub.web.api import paging
from hub.web.api.operation import Api, Call
from hub.web.api.shapes import Answer, Body, Instant, Page, Paged

api = Api("paths", "paths")
DESIGNERS: tuple[Role, ...] = ("designer", "administrator")


class PathQuery(Paged):
    """What is asked of the list of paths."""

    archived: bool = Field(default=False, description="Archived paths beside the present ones.")


class PathLine(Answer):
    """A path: its published version and its draft by number, steps, minutes and people of the newest version."""

    id: UUID
    title: str
    archived: bool
    published: int | None
    draft: int | None
    steps: int
    modalities: list[str]
    minutes: int
    people: int
    changed_at: Instant


class VersionLine(Answer):
    """A version in the list; ``people`` follow it, ``groups`` says how many of them by group."""

    id: UUID
    number: int
    state: str
    created_at: Instant
    published_at: Instant | None
    published_by: str
    people: int
    groups: dict[str, int]


class VersionAnswer(Answer):
    """A version. ``revision`` is also its ETag: what a change has to name."""

    id: UUID = Field(validation_alias="version_id")
    path_id: UUID
    number: int
    state: str
    revision: int
    changed_at: Instant
    published_at: Instant | None


class PathVersions(Answer):
    """The versions of a path, the newest first."""

    items: list[VersionLine]


class NewPath(Body):
    """A path to be begun, from a document. ``renew``: give its parts new identities, so that what is done in the path
    it was copied from does not count."""

    document: PathDocument
    renew: bool = True


def version_answer(call: Call, draft: Draft) -> VersionAnswer:
    """A version as the API gives it, its revision as the ETag."""
    call.etag = str(draft.revision)
    return VersionAnswer.model_validate(draft)


def organisation_for_new(viewer: Viewer) -> UUID | None:
    """The organisation of a path that the viewer begins: none for whoever designs for the whole place."""
    if viewer.has("administrator") or viewer.covers("designer"):
        return None
    return next((grant.organisation_id for grant in viewer.scopes("designer") if grant.organisation_id), None)


def require_designer(call: Call, path_id: UUID) -> None:
    """Raises Forbidden unless the caller may change the path: administrators any, designers their organisations'."""
    organisation = paths_choices.organisation_of(call.session, path_id)
    if not (call.viewer.has("administrator") or call.viewer.covers("designer", organisation)):
        raise Forbidden


@api.get("/paths", "Paths", roles=DESIGNERS)
def list_paths(call: Call, query: PathQuery) -> Page[PathLine]:
    """Every path, by title, with the figures of its newest version."""
    found = paths.list_paths(call.session, archived=query.archived)
    rows, following = paging.of_list(found, query, lambda row: (row.title, row.id), str, UUID)
    return Page(items=[PathLine.model_validate(row) for row in rows], next=following)


@api.post("/paths", "Begin a path", roles=DESIGNERS)
def create_path(call: Call, body: NewPath) -> VersionAnswer:
    """A new path and its first draft, from a document; references to what is not here are left out."""
    document = paths_edit.renewed(body.document) if body.renew else body.document
    draft = paths.create_path(
        call.session,
        paths_versions.fitted(call.session, document),
        by=call.me,
        now=call.now,
        organisation_id=organisation_for_new(call.viewer),
    )
    call.location = f"/api/v1/versions/{draft.version_id}"
    return version_answer(call, draft)


@api.get("/paths/{path_id}/versions", "Versions of a path", roles=DESIGNERS)
def list_versions(call: Call, path_id: UUID) -> PathVersions:
    """Every version of a path, the newest first, and who is in it."""
    lines = paths_versions.list_versions(call.session, path_id)
    return PathVersions(items=[VersionLine.model_validate(line) for line in lines])


@api.post("/paths/{path_id}/versions", "Begin the next version", roles=DESIGNERS, statuses=(409,))
def create_draft(call: Call, path_id: UUID) -> VersionAnswer:
    """The draft of the next version, from the newest one; identities stay."""
    require_designer(call, path_id)
    draft = paths_publish.new_draft(call.session, path_id, by=call.me, now=call.now)
    call.location = f"/api/v1/versions/{draft.version_id}"
    return version_answer(call, draft)


@api.put("/paths/{path_id}/archived", "Archive a path", roles=DESIGNERS)
def archive_path(call: Call, path_id: UUID) -> None:
    """Take a path off the lists; who follows it goes on."""
    require_designer(call, path_id)
    paths.archive(call.session, path_id, archived=True, by=call.me, now=call.now)


@api.delete("/paths/{path_id}/archived", "Put a path back", roles=DESIGNERS)
def restore_path(call: Call, path_id: UUID) -> None:
    """Put an archived path back onto the lists."""
    require_designer(call, path_id)
    paths.archive(call.session, path_id, archived=False, by=call.me, now=call.now)

"""One version of a path: its document with its revision, its checks, publishing, differences."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from hub.domain.path import PathDocument
from hub.services import paths, paths_draft, paths_publish, paths_versions
from hub.web.api.areas.paths import DESIGNERS, VersionAnswer, require_designer, version_answer
from hub.web.api.faults import Refused
from hub.web.api.operation import Api, Call
from hub.web.api.shapes import Answer, Body, Details, Query

api = Api("paths", "paths")


class Finding(Answer):
    """One point to settle. An ``error`` blocks publishing; ``params`` are the words of ``code``; ``remedies`` are
    edits that settle it."""

    severity: Literal["error", "warning"]
    code: str
    step_id: UUID | None
    params: Details
    remedies: list[str]


class Findings(Answer):
    """The checks of a version, the most serious first; none stands in the way where the list is empty."""

    items: list[Finding]


class Publication(Body):
    """``migrate``: the people of earlier versions follow into this one, what they did stays."""

    migrate: bool


class DifferenceQuery(Query):
    """The version to compare with."""

    since: UUID = Field(description="The earlier version, of the same path.")


class Difference(Answer):
    """One difference. ``what``: ``added``, ``removed``, ``moved``, or the field that changed from ``old`` to
    ``new``."""

    step_id: UUID
    title: str
    what: str
    old: Any
    new: Any


class Differences(Answer):
    """The differences of two versions, step by step, removed ones last."""

    items: list[Difference]


@api.get("/versions/{version_id}", "One version", roles=DESIGNERS, etag=True)
def read_version(call: Call, version_id: UUID) -> VersionAnswer:
    """A version without its document."""
    return version_answer(call, paths.load(call.session, version_id))


@api.get("/versions/{version_id}/document", "The document of a version", roles=DESIGNERS, etag=True)
def read_document(call: Call, version_id: UUID) -> PathDocument:
    """Modules, steps, ways and activities of a version. The ETag is the revision that a change names."""
    draft = paths.load(call.session, version_id)
    call.etag = str(draft.revision)
    return draft.document


@api.put("/versions/{version_id}/document", "Set the document of a draft", roles=DESIGNERS, if_match=True,
         statuses=(409,))  # fmt: skip
def put_document(call: Call, version_id: UUID, body: PathDocument) -> VersionAnswer:
    """Set the document whole. ``If-Match`` names the revision that was read: another one answers 412."""
    require_designer(call, paths.load(call.session, version_id).path_id)
    document = paths_versions.fitted(call.session, body)
    draft = paths_draft.edit(
        call.session,
        version_id,
        revision(call),
        lambda _present: document,
        label="imported",
        by=call.me,
        now=call.now,
    )
    return version_answer(call, draft)


def revision(call: Call) -> int:
    """The revision that If-Match names. Raises Refused 412 for what is none."""
    text = call.if_match or ""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Refused(412, "revision_changed")
    return int(text)


@api.get("/versions/{version_id}/checks", "Checks before publishing", roles=DESIGNERS)
def read_checks(call: Call, version_id: UUID) -> Findings:
    """What stands in the way of publishing, and what deserves a look."""
    draft = paths.load(call.session, version_id)
    found = paths_publish.check_draft(call.session, draft.document)
    return Findings(items=[Finding.model_validate(one) for one in found])


@api.post("/versions/{version_id}/publication", "Publish a draft", roles=DESIGNERS, if_match=True, status=200,
          statuses=(409,))  # fmt: skip
def publish_version(call: Call, version_id: UUID, body: Publication) -> VersionAnswer:
    """Freeze the draft and open it to enrolments; people of earlier versions follow in the background."""
    require_designer(call, paths.load(call.session, version_id).path_id)
    draft = paths_publish.publish(
        call.session, version_id, revision(call), migrate=body.migrate, by=call.me, now=call.now
    )
    return version_answer(call, draft)


@api.post("/versions/{version_id}/retirement", "Close a version to enrolments", roles=DESIGNERS, statuses=(409,))
def retire_version(call: Call, version_id: UUID) -> None:
    """Close a published version to new enrolments; who is in it goes on."""
    require_designer(call, paths.load(call.session, version_id).path_id)
    paths_publish.retire(call.session, version_id, by=call.me, now=call.now)


@api.get("/versions/{version_id}/differences", "Differences of two versions", roles=DESIGNERS)
def read_differences(call: Call, version_id: UUID, query: DifferenceQuery) -> Differences:
    """What changed from the version ``since`` to this one."""
    found = paths_versions.compare(call.session, query.since, version_id)
    return Differences(items=[Difference.model_validate(one) for one in found])

"""The sources that send xAPI statements: their credentials."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import Field

from hub.db.types import from_micros
from hub.models.river import XapiSource
from hub.services import admin_scope, xapi_sources
from hub.services.xapi_sources import Scope, Terms
from hub.web.api import paging
from hub.web.api.areas.people import ADMINISTRATOR
from hub.web.api.operation import Api, Call
from hub.web.api.shapes import Answer, Body, Details, Instant, Line, Page, Paged

api = Api("platforms", "platforms")


class SourceAnswer(Answer):
    """A credential of a sender. ``last_refusal`` says why something was last refused."""

    id: UUID
    name: str
    key: str
    scopes: list[str]
    platform_id: UUID | None
    active: bool
    lenient: bool
    keeps_authority: bool
    per_minute: int | None
    largest_body: int | None
    last_repair: Details | None
    last_accepted_at: Instant | None
    last_refused_at: Instant | None
    last_refusal: Details | None


class SourceSecret(SourceAnswer):
    """A credential with its secret, which nothing gives a second time."""

    secret: str


class NewSource(Body):
    """A sender of statements, what it may do and how it is treated: ``lenient`` repairs known faults of emitters,
    ``keeps_authority`` believes a relay, ``per_minute`` and ``largest_body`` (bytes) limit it."""

    name: Line
    scopes: list[Scope] = Field(min_length=1, max_length=8)
    platform_id: UUID | None = None
    lenient: bool = False
    keeps_authority: bool = False
    per_minute: int | None = Field(default=None, gt=0, lt=2**31)
    largest_body: int | None = Field(default=None, gt=0, lt=2**31)


def _fields(row: XapiSource) -> dict[str, Any]:
    fields = {name: getattr(row, name) for name in SourceAnswer.model_fields}
    instants = ("last_accepted_at", "last_refused_at")
    return {**fields, **{name: from_micros(fields[name]) if fields[name] is not None else None for name in instants}}


@api.get("/xapi-sources", "Sources of statements", roles=ADMINISTRATOR)
def list_sources(call: Call, query: Paged) -> Page[SourceAnswer]:
    """Every credential, by name; for whoever administers the whole place."""
    admin_scope.require_place(call.viewer)
    found = [row for row, _platform in xapi_sources.all_sources(call.session)]
    rows, following = paging.of_list(found, query, lambda row: (row.name, row.id), str, UUID)
    return Page(items=[SourceAnswer.model_validate(_fields(row)) for row in rows], next=following)


@api.post("/xapi-sources", "Add a source of statements", roles=ADMINISTRATOR)
def create_source(call: Call, body: NewSource) -> SourceSecret:
    """A new credential with its secret, shown this once."""
    admin_scope.require_place(call.viewer)
    terms = Terms(body.lenient, body.keeps_authority, body.per_minute, body.largest_body)
    row, secret = xapi_sources.create_source(
        call.session, call.vault, body.name, body.scopes, body.platform_id, call.now, terms=terms, by=call.me
    )
    return SourceSecret.model_validate({**_fields(row), "secret": secret})


@api.post("/xapi-sources/{source_id}/rotation", "Give a source a new secret", roles=ADMINISTRATOR, status=200)
def rotate_source(call: Call, source_id: UUID) -> SourceSecret:
    """A new secret, shown this once; the old one opens nothing any more."""
    admin_scope.require_place(call.viewer)
    row, secret = xapi_sources.rotate(call.session, call.vault, source_id, call.now, by=call.me)
    return SourceSecret.model_validate({**_fields(row), "secret": secret})


@api.put("/xapi-sources/{source_id}/active", "Open a source", roles=ADMINISTRATOR)
def open_source(call: Call, source_id: UUID) -> None:
    """Open a closed credential again, with the same key and secret."""
    admin_scope.require_place(call.viewer)
    xapi_sources.set_active(call.session, source_id, call.now, active=True, by=call.me)


@api.delete("/xapi-sources/{source_id}/active", "Close a source", roles=ADMINISTRATOR)
def close_source(call: Call, source_id: UUID) -> None:
    """Close a credential; what it sent stays."""
    admin_scope.require_place(call.viewer)
    xapi_sources.set_active(call.session, source_id, call.now, active=False, by=call.me)

"""Identities that are nobody's yet: what they did, whom they may be, linking them."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import Field

from hub.services import admin_scope, identities, identities_read
from hub.web.api import paging
from hub.web.api.areas.people import ADMINISTRATOR
from hub.web.api.operation import Api, Call
from hub.web.api.shapes import Answer, Body, Instant, Page, Paged

api = Api("administration", "administration")


class IdentityQuery(Paged):
    """What is asked of the identities that are nobody's."""

    ignored: bool = Field(default=False, description="Those set aside instead of those that wait.")


class SuggestionAnswer(Answer):
    """A person whom the identity may be. ``detail``: what is equal; ``staff``: holds a role above learner."""

    person_id: UUID
    name: str
    rule: str
    detail: str
    staff: bool


class IdentityAnswer(Answer):
    """An identity of nobody: its name and label, the site it comes from, how many statements."""

    id: int
    name: str
    label: str
    site: str
    statements: int
    last_day: Instant | None
    suggestions: list[SuggestionAnswer]


class LinkBody(Body):
    """Whose the identity is, and by what it was recognised."""

    person_id: UUID
    rule: Literal["by_hand", "external_id", "email", "same_name", "similar_name"] = "by_hand"


class LinkAnswer(Answer):
    """``linked``: false where it was so already."""

    linked: bool


@api.get("/identities", "Identities to link", roles=ADMINISTRATOR)
def list_identities(call: Call, query: IdentityQuery) -> Page[IdentityAnswer]:
    """Identities that wait for a person, the newest first, each with whom it may be."""
    admin_scope.require_place(call.viewer)
    before = paging.read(query.cursor, int)
    found = identities_read.unknown(
        call.session, ignored=query.ignored, before=before[0] if before else None, limit=query.limit
    )
    following = paging.write([found.before]) if found.before is not None else None
    return Page(items=[IdentityAnswer.model_validate(line) for line in found.lines], next=following)


@api.put("/identities/{identity_id}/person", "Link an identity", roles=ADMINISTRATOR, projects=True,
         statuses=(409,))  # fmt: skip
def link_identity(call: Call, identity_id: int, body: LinkBody) -> LinkAnswer:
    """Say whose an identity is: what it did counts at once."""
    admin_scope.require_place(call.viewer)
    identities_read.find(call.session, identity_id)
    admin_scope.person_of(call.session, call.viewer, body.person_id)
    made = identities.link(call.session, identity_id, body.person_id, rule=body.rule, by=call.me, now=call.now)
    return LinkAnswer(linked=made is not None)


@api.delete("/identities/{identity_id}/person", "Undo a link", roles=ADMINISTRATOR, projects=True)
def unlink_identity(call: Call, identity_id: int) -> None:
    """Undo a link: what the identity did waits again."""
    admin_scope.require_place(call.viewer)
    identities_read.find(call.session, identity_id)
    identities.unlink(call.session, identity_id, by=call.me, now=call.now)


@api.put("/identities/{identity_id}/ignored", "Set an identity aside", roles=ADMINISTRATOR, statuses=(409,))
def ignore_identity(call: Call, identity_id: int) -> None:
    """Set an identity aside: it is asked about no more."""
    admin_scope.require_place(call.viewer)
    identities_read.ignore(call.session, identity_id, by=call.me, now=call.now)


@api.delete("/identities/{identity_id}/ignored", "Ask about an identity again", roles=ADMINISTRATOR)
def restore_identity(call: Call, identity_id: int) -> None:
    """Ask about an identity again."""
    admin_scope.require_place(call.viewer)
    identities_read.restore(call.session, identity_id, by=call.me, now=call.now)

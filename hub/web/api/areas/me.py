"""Whom the token acts for."""

from __future__ import annotations

from uuid import UUID

from hub.domain.roles import Role
from hub.web.api.operation import Api, Call
from hub.web.api.shapes import Answer, Instant

api = Api(None, "me")


class Grant(Answer):
    """A role over one organisation, one group, or (both null) the whole place."""

    role: Role
    organisation_id: UUID | None
    group_id: UUID | None


class Me(Answer):
    """The person of the token, their roles, and what the token is."""

    person_id: UUID
    name: str
    language: str
    roles: list[Grant]
    token: str
    scopes: list[str]
    expires_at: Instant | None


@api.get("/me", "Whom the token acts for")
def read_me(call: Call) -> Me:
    """The person of the token with their roles as they are now, and the scopes of the token. Needs no scope."""
    viewer, bearer = call.viewer, call.bearer
    return Me(
        person_id=viewer.person_id,
        name=viewer.name,
        language=viewer.language,
        roles=[Grant.model_validate(grant) for grant in viewer.grants],
        token=bearer.name,
        scopes=sorted(bearer.scopes),
        expires_at=bearer.expires_at,
    )

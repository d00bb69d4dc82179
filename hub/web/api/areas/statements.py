"""Voiding a statement that should never have existed."""

from __future__ import annotations

from uuid import UUID

from hub.services import corrections
from hub.web.api.areas.people import ADMINISTRATOR
from hub.web.api.areas.steps import Reason
from hub.web.api.operation import Api, Call

api = Api("administration", "administration")


@api.post(
    "/statements/{statement_id}/voiding",
    "Void a statement",
    roles=ADMINISTRATOR,
    projects=True,
    status=204,
    statuses=(409,),
)
def void_statement(call: Call, statement_id: UUID, body: Reason) -> None:
    """Say that a statement should never have existed, whoever sent it; for whoever administers the whole place. The
    reason stands in the journal; a step that falls by it is shown to be checked."""
    corrections.void(call.session, call.viewer, str(statement_id), why=body.why, now=call.now)

"""Refusals of the xAPI resources: problem+json that names the place, the requirement and the reason.

    {"code": "format", "path": "$[2].actor.mbox", "requirement": "XAPI-00038", "reason": "must be …", …}

Codes, paths and reasons are English and stable (programs and developers read them); no value that was sent is
repeated. The last refusal of each source is kept for its page.
"""

from contextlib import suppress
from typing import Any, Final

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from content.xapi.errors import Fault, StatementError
from hub.db.errors import DatabaseError
from hub.services import xapi_sources
from hub.services.errors import NotFound, StatementConflict, VoidForbidden
from hub.services.xapi_documents import NotMergeable, PreconditionFailed, PreconditionMissing, PreconditionNeeded
from hub.web.context import N_, _, here
from hub.web.render import problem

TITLE: Final = N_("Requête refusée")
ETAG_TEXT: Final = (
    "A document with this id exists. Get its current state and its ETag, then send the ETag in If-Match, or "
    "If-None-Match: * to store only a new document.\n"
)


class Refusal(Exception):
    """A request that breaks the standard: HTTP status, stable code, JSON path or name of the parameter, requirement
    (id, or section of the specification), reason in English."""

    def __init__(self, status: int, code: str, path: str, requirement: str, reason: str) -> None:
        super().__init__(f"{code} at {path}")
        self.status, self.code, self.path, self.requirement, self.reason = status, code, path, requirement, reason


def bad(path: str, requirement: str, reason: str, code: str = Fault.FORMAT) -> Refusal:
    """A refusal with status 400."""
    return Refusal(400, str(code), path, requirement, reason)


def refusal_of(error: Exception) -> Refusal:
    """The refusal that an error of the services or of the grammar is. Others are raised again."""
    match error:
        case Refusal():
            return error
        case StatementError():
            return Refusal(400, str(error.code), error.path, error.requirement, error.reason)
        case StatementConflict():
            reason = "another statement has this id; statements never change"
            return Refusal(409, error.code, _place(error.details["statement_id"]), "XAPI-00142", reason)
        case VoidForbidden():
            reason = "a source voids only statements that it sent itself"
            return Refusal(403, error.code, _place(error.details["statement_id"]), "Data 2.3.2", reason)
        case NotMergeable():
            return Refusal(400, error.code, "$", "Communication 2.2", error.reason)
        case PreconditionFailed():
            reason = "the document is not in the state that If-Match or If-None-Match asks for"
            return Refusal(412, error.code, "If-Match", "Communication 3.1", reason)
        case PreconditionNeeded():
            return Refusal(409, error.code, "If-Match", "Communication 3.1", ETAG_TEXT.strip())
        case PreconditionMissing():
            reason = "a PUT of a profile says If-Match, or If-None-Match: * for a new one"
            return Refusal(400, error.code, "If-Match", "XAPI-00273", reason)
        case NotFound():
            return Refusal(404, error.code, "", "", "there is nothing at this address")
        case RequestEntityTooLarge():
            reason = "the body is larger than this place accepts; send fewer statements at once"
            return Refusal(413, "too_large", "$", "Communication 3.3", reason)
        case _:
            raise error


def _place(statement_id: str) -> str:
    """Where the body of this request has the statement: the batch keeps its ids for this."""
    places: dict[str, str] = g.get("xapi_places", {})
    return places.get(str(statement_id).lower(), "$")


def answer(error: Exception) -> Response:
    """The answer to an error of this face; a refusal is kept for the page of its source."""
    if isinstance(error, HTTPException) and not isinstance(error, RequestEntityTooLarge):
        if error.response is not None:
            raise error
        refusal = Refusal(error.code or 500, f"http-{error.code}", "", "", error.description or "")
    else:
        refusal = refusal_of(error)
    _keep(refusal)
    if isinstance(error, PreconditionNeeded):
        return Response(ETAG_TEXT, 409, content_type="text/plain; charset=utf-8")
    members: dict[str, Any] = {
        "path": refusal.path,
        "requirement": refusal.requirement,
        "reason": refusal.reason,
    }
    response = problem(refusal.status, refusal.code, _(TITLE), refusal.reason, **members)
    if refusal.status == 429:
        response.headers["Retry-After"] = str(g.get("xapi_wait", 60))
    if refusal.status == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="xAPI", charset="UTF-8"'
    return response


def _keep(refusal: Refusal) -> None:
    """In a small unit of its own, at most one a second for a source; what is simply not there (404) is no refusal."""
    row = g.get("xapi_source")
    if row is None or refusal.status == 404 or not xapi_sources.refusal_due(row, here().now):
        return
    kept = {
        "status": refusal.status,
        "code": refusal.code,
        "path": refusal.path[:500].replace("\x00", "\\u0000"),  # a key of the sender's, which the database must hold
        "requirement": refusal.requirement,
        "reason": refusal.reason[:500],
        "request": f"{request.method} {request.path}"[:500],
    }
    with suppress(DatabaseError), here().tenant.write() as session:  # the refusal is said all the same
        xapi_sources.note_refused(session, row, kept, here().now)


def install(blueprint: Blueprint) -> None:
    """Answer the refusals of a blueprint here; what nobody foresaw goes on to ``hub.web.errors``."""
    for kind in (
        Refusal,
        StatementError,
        StatementConflict,
        VoidForbidden,
        NotFound,
        NotMergeable,
        PreconditionFailed,
        PreconditionMissing,
        PreconditionNeeded,
        HTTPException,
    ):
        blueprint.register_error_handler(kind, answer)

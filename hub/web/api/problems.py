"""Every refusal of the API as problem+json (RFC 9457): one stable code, words in the reader's language, the faulty
places. What no service foresaw is logged and answered by ``hub.web.errors``."""

from __future__ import annotations

import logging
from typing import Any

from flask import Response, request

from hub.services.errors import Conflict, Invalid, NotFound
from hub.services.paths_draft import DraftChanged
from hub.texts import gettext
from hub.web import errors
from hub.web.api.faults import Refused, fault, pointer
from hub.web.api.paging import BadCursor
from hub.web.api.words import REFUSALS
from hub.web.render import problem

log = logging.getLogger("hub.web.api")


def answer(error: Exception) -> Response:
    """The answer to whatever an operation raises."""
    if isinstance(error, DraftChanged):
        error = Refused(412, "revision_changed")
    if isinstance(error, Invalid):
        error = _invalid(error)
    if isinstance(error, NotFound) and error.code == "not_found":
        error = Refused(404, "not_found")
    if isinstance(error, Conflict):
        error = _conflict(error)
    if not isinstance(error, Refused):
        return errors.answer(error)
    log.info("%s on %s %s", error.code, request.method, request.path)
    return _refused(error)


def _invalid(error: Invalid) -> Refused:
    if isinstance(error, BadCursor):
        return Refused(422, "invalid", [fault("unknown", parameter="cursor")])
    found = [fault(code, at=pointer(name.split("."))) for name, code in error.fields.items()]
    code = error.code if error.code in REFUSALS else "invalid"
    return Refused(422, code, found)


def _conflict(error: Conflict) -> Refused:
    """Its own code stays; words of its own where the table has them, else those of every conflict."""
    return Refused(409, error.code, **error.details)


def _refused(error: Refused) -> Response:
    title, detail = REFUSALS.get(error.code) or REFUSALS["conflict"]
    members: dict[str, Any] = {"errors": error.errors} if error.errors else {}
    response = problem(error.status, error.code, gettext(title), gettext(detail, **error.details), **members)
    response.headers.update(error.headers)
    return response

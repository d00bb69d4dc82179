"""Basic Outcomes of LTI 1.1: a tool that the hub opened sends its result (LTI 1.1.2 section 6)."""

from __future__ import annotations

from flask import Blueprint, Response, request

from hub.services.lti_legacy_launch import SqlOutcomes
from hub.services.lti_legacy_tools import OutwardKeys
from hub.services.lti_ports import SqlOneTime
from hub.services.projection import project_dirty
from hub.urls.addresses import legacy_outcomes
from hub.web.access import TOKEN, access
from hub.web.context import here
from hub.web.views._lti import base
from hub.web.views._lti_refusals import journal
from lti.errors import Code, LaunchRefused
from lti.legacy.outcomes import MAX_BODY, OutcomeService, failure

blueprint = Blueprint("lti_outcomes", __name__)
_XML = "application/xml"
#: Refusals that say who is asking is not believed; the others are of the message.
_UNSIGNED = {
    Code.CLIENT_UNKNOWN,
    Code.JWT_SIGNATURE_INVALID,
    Code.LEGACY_METHOD_UNSUPPORTED,
    Code.MESSAGE_EXPIRED,
    Code.PARAMETER_REPEATED,
}


@blueprint.post("/lti/outcomes")
@access(TOKEN)
def outcomes() -> Response:
    """One result. A refusal is journalled: a tool whose secret is wrong loses scores in silence otherwise."""
    where = here()
    now = where.now
    service = OutcomeService(OutwardKeys(where.tenant), clock=lambda: now)
    headers = {name.lower(): value for name, value in request.headers.items()}
    query = f"?{request.query_string.decode()}" if request.query_string else ""
    try:
        body = request.stream.read(MAX_BODY + 1)
        if len(body) > MAX_BODY:
            raise LaunchRefused(Code.BODY_TOO_LARGE)
        call = service.check(legacy_outcomes(base()) + query, headers, body)
    except LaunchRefused as error:
        journal(error, "lti_outcome.refused", "lti_tool")
        return Response(failure("", "", error.code.value), 401 if error.code in _UNSIGNED else 400, content_type=_XML)
    with where.tenant.write() as session:
        answer = service.answer(call, SqlOutcomes(session, now), SqlOneTime(session))
    project_dirty(where.tenant, at_most=20)
    return Response(answer, 200, content_type=_XML)

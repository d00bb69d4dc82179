"""The one-time address at which a unit gets its authorization token (cmi5 8.2)."""

from uuid import UUID

import orjson
from flask import Blueprint, Response

from hub.services.play.cmi5 import sessions
from hub.web.access import TOKEN, access
from hub.web.context import here
from hub.web.xapi_cors import add_cors

blueprint = Blueprint("cmi5", __name__, url_prefix="/cmi5")
blueprint.after_request(add_cors)


@blueprint.post("/fetch/<uuid:session_id>/<nonce>")
@access(TOKEN)
def fetch(session_id: UUID, nonce: str) -> Response:
    """The token, once; status 200 also for an error, as the specification wants it (8.2.1)."""
    where = here()
    with where.tenant.write() as session:
        answer = sessions.fetch(session, session_id, nonce, where.now)
    response = Response(orjson.dumps(answer), content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response

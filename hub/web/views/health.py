"""``/healthz``: whether this process answers, for supervisors and for the demo."""

import orjson
from flask import Blueprint, Response, current_app

from hub.web.access import PUBLIC, access

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@access(PUBLIC, passive=True, any_host=True)
def healthz() -> Response:
    """``{"status": "ok"}``, with the members that whoever started the hub adds (the demo: ``played``)."""
    more = current_app.extensions["hub.health"]
    body = {"status": "ok", **(more() if more else {})}
    return Response(orjson.dumps(body), content_type="application/json")

"""``/healthz``: whether this process answers; ``/readyz``: whether it can work; ``/metrics``: figures."""

import secrets

import orjson
from flask import Blueprint, Response, abort, current_app, request

from hub.db.directory import Installation
from hub.web import measures
from hub.web.access import PUBLIC, TOKEN, access

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@access(PUBLIC, passive=True, any_host=True)
def healthz() -> Response:
    """``{"status": "ok"}``, with the members that whoever started the hub adds (the demo: ``played``)."""
    more = current_app.extensions["hub.health"]
    body = {"status": "ok", **(more() if more else {})}
    return Response(orjson.dumps(body), content_type="application/json")


@blueprint.get("/readyz")
@access(PUBLIC, passive=True, any_host=True)
def readyz() -> Response:
    """200 when the directory answers and the data folder can be written, else 503; never why, for anybody may ask.

    ``scheme`` is what the hub believes its visitor came by: ``hub doctor`` compares it with the address.
    """
    installation: Installation = current_app.extensions["hub.installation"]
    ready = installation.is_ready()
    body = {"status": "ok" if ready else "not_ready", "scheme": request.scheme}
    return Response(orjson.dumps(body), 200 if ready else 503, content_type="application/json")


@blueprint.get("/metrics")
@access(TOKEN, passive=True, any_host=True)
def metrics() -> Response:
    """Prometheus text for whoever has the installation's token; 404 for everybody where none is set."""
    installation: Installation = current_app.extensions["hub.installation"]
    wanted = installation.config.metrics_token
    if wanted is None:
        abort(404)
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secrets.compare_digest(given.strip().encode(), wanted.encode()):
        return Response(status=401, headers={"WWW-Authenticate": "Bearer"})
    text, kind = measures.exposition(current_app)
    return Response(text, content_type=kind)

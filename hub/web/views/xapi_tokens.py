"""Where a source asks for an access token: OAuth 2.0 client credentials (RFC 6749 sections 2.3.1, 4.4, 5)."""

import orjson
from flask import Blueprint, Response, request

from hub.services import xapi_sources, xapi_tokens
from hub.web.access import TOKEN, access
from hub.web.context import here
from hub.web.xapi_cors import add_cors
from hub.web.xapi_errors import Refusal
from hub.web.xapi_request import basic, basic_credential

blueprint = Blueprint("xapi_tokens", __name__, url_prefix="/xapi/oauth")
blueprint.after_request(add_cors)


@blueprint.post("/token")
@access(TOKEN)
def token() -> Response:
    """A bearer token for an hour, for key and secret (Basic, or client_id and client_secret in the form)."""
    if request.form.get("grant_type") != "client_credentials":
        return _fault("unsupported_grant_type", 400)
    try:
        if "client_secret" in request.form:
            row = basic(request.form.get("client_id", ""), request.form["client_secret"])
        else:
            row = basic(*basic_credential())
    except Refusal:
        return _fault("invalid_client", 401)
    asked = request.form.get("scope", "").split() or list(row.scopes)
    if not set(asked) <= set(xapi_sources.SCOPES):
        return _fault("invalid_scope", 400)
    scopes = xapi_tokens.narrowed(row.scopes, asked)
    if not scopes:
        return _fault("invalid_scope", 400)
    where = here()
    made = xapi_tokens.issue(where.vault, where.record.key, row, scopes, where.now)
    seconds = int(xapi_tokens.LIFETIME.total_seconds())
    return _answer(
        {"access_token": made, "token_type": "Bearer", "expires_in": seconds, "scope": " ".join(scopes)}, 200
    )


def _fault(code: str, status: int) -> Response:
    response = _answer({"error": code}, status)
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="xAPI", charset="UTF-8"'
    return response


def _answer(members: dict[str, object], status: int) -> Response:
    response = Response(orjson.dumps(members), status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response

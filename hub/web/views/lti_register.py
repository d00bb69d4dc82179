"""Dynamic registration (1EdTech Dynamic Registration 1.0), both ways: tools that register themselves with the hub, and
the page in which a partner's LMS takes the hub in as a tool."""

from __future__ import annotations

from importlib.metadata import version
from urllib.parse import urlsplit

import orjson
from flask import Blueprint, Response, request

from connectors.addresses import AddressPolicy
from connectors.errors import ConnectorError
from connectors.http import HttpClient
from hub.db.base import new_id
from hub.models.platforms import LtiTool
from hub.services import lti_joining, lti_registering
from hub.services.errors import Invalid
from hub.services.lti_message import PRODUCT
from hub.urls.addresses import lti_endpoints, registration_endpoints
from hub.web.access import PUBLIC, TOKEN, access
from hub.web.context import here
from hub.web.render import page
from hub.web.security import loosen
from hub.web.views._lti import base, development
from hub.web.views._lti_words import join_fault
from lti import Code, RegistrationRefused
from lti.platform.variables import TABLE
from lti.registration.as_tool import CLOSE_MESSAGE
from lti.registration.configuration import MAX_DOCUMENT, platform_configuration
from lti.registration.metadata import read_metadata, registration_answer
from lti.scopes import SUPPORTED
from lti.urls import origin_of

blueprint = Blueprint("lti_register", __name__)
_OAUTH = {Code.REGISTRATION_REDIRECT_FOREIGN: "invalid_redirect_uri", Code.REGISTRATION_TOKEN_INVALID: "invalid_token"}


@blueprint.get("/lti/openid-configuration")
@blueprint.get("/.well-known/openid-configuration")
@access(PUBLIC)
def configuration() -> Response:
    """What a tool reads before it registers itself."""
    here_at = base()
    endpoints = {**lti_endpoints(here_at), **registration_endpoints(here_at)}
    document = platform_configuration(
        issuer=endpoints["issuer"],
        endpoints={**endpoints, "authorization": endpoints["authentication"]},
        scopes=SUPPORTED,
        claims=("iss", "sub", "name", "given_name", "family_name", "email"),
        messages=("LtiResourceLinkRequest", "LtiDeepLinkingRequest"),
        variables=sorted(TABLE),
        product=PRODUCT,
        version=version("tiers-lieu-hub"),
    )
    return _json(200, document, {"Cache-Control": "public, max-age=300"})


@blueprint.post("/lti/registrations")
@access(TOKEN)
def register() -> Response:
    """A tool registers itself with the token that an administrator's act gave it (RFC 7591 section 3.1)."""
    where = here()
    try:
        metadata = read_metadata(_body(), development=development())
        with where.tenant.write() as unit:
            made = lti_registering.register(unit, _bearer(), metadata, where.now)
            answer = _told(made.tool)
    except RegistrationRefused as error:
        return _refusal(error)
    return _json(200, {**answer, "registration_access_token": made.management_token})


@blueprint.route("/lti/registrations/<client_id>", methods=["GET", "PUT"])
@access(TOKEN)
def manage(client_id: str) -> Response:
    """A registered tool reads or changes what it said (RFC 7592 sections 2.1 and 2.2)."""
    where = here()
    try:
        metadata = read_metadata(_body(), development=development()) if request.method == "PUT" else None
        with where.tenant.write() as unit:
            tool = lti_registering.managed(unit, client_id, _bearer())
            if metadata is not None:
                lti_registering.change(unit, tool, metadata, where.now)
            answer = _told(tool)
    except RegistrationRefused as error:
        return _refusal(error)
    return _json(200, answer)


@blueprint.route("/lti/join/<token>", methods=["GET", "POST"])
@access(PUBLIC, csrf=False)
def join(token: str) -> Response:
    """What a partner's administrator sees inside the LMS: one button, by which the hub registers itself there.

    The page may stand in a frame of that LMS only. The token of the address is what proves the right to post.
    """
    where = here()
    document = request.args.get("openid_configuration", "")
    origin = origin_of(document)
    try:
        with where.tenant.read() as unit:
            permission = lti_registering.find_offer(unit, token, where.now, invitation=True)
    except RegistrationRefused as error:
        return page("lti/join.html", 410, fault=join_fault(error), partner="")
    if origin is not None:
        loosen("frame-ancestors", origin)
    partner = urlsplit(document).hostname or ""
    if request.method == "GET" or origin is None:
        missing = None if origin else join_fault(RegistrationRefused(Code.REGISTRATION_DOCUMENT_INVALID))
        return page("lti/join.html", 200 if origin else 422, fault=missing, partner=partner)
    key = new_id()
    tool = lti_joining.description(base(), key, where.record.name)
    try:
        with HttpClient(lti_joining.LIMITS, AddressPolicy(development=development())) as client:
            bearer = request.args.get("registration_token") or None
            joined = lti_joining.exchange(client, document, bearer, tool, key, development=development())
        with where.tenant.write() as unit:
            lti_registering.use_up(unit, permission, where.now)
            row = lti_joining.keep(unit, permission.platform_id, joined, by=permission.created_by, now=where.now)
    except (ConnectorError, RegistrationRefused, Invalid) as error:
        return page("lti/join.html", 422, fault=join_fault(error), partner=partner)
    return page("lti/joined.html", row=row, partner=partner, origin=origin, close=CLOSE_MESSAGE)


def _told(tool: LtiTool) -> dict[str, object]:
    told = orjson.dumps(tool.registration["told"])
    metadata = read_metadata(told, development=development())
    scopes = frozenset(tool.registration.get("scopes", ()))
    answer = registration_answer(
        metadata,
        client_id=tool.client_id,
        deployment_id=tool.deployment_id,
        scopes=scopes,
        claims=_claims(tool),
    )
    address = f"{registration_endpoints(base())['registration']}/{tool.client_id}"
    return {**answer, "registration_client_uri": address}


def _claims(tool: LtiTool) -> tuple[str, ...]:
    privacy = tool.registration.get("privacy", {})
    names = ("name", "given_name", "family_name") if privacy.get("name") else ()
    return ("iss", "sub", *names, *(("email",) if privacy.get("email") else ()))


def _body() -> bytes:
    return request.stream.read(MAX_DOCUMENT + 1)


def _bearer() -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise RegistrationRefused(Code.REGISTRATION_TOKEN_INVALID)
    return token.strip()


def _refusal(error: RegistrationRefused) -> Response:
    """RFC 7591 section 3.2.2; a token that is worth nothing answers 401 (RFC 6750 section 3.1)."""
    word = _OAUTH.get(error.code, "invalid_client_metadata")
    bad_token = error.code is Code.REGISTRATION_TOKEN_INVALID
    headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'} if bad_token else {}
    return _json(401 if bad_token else 400, {"error": word, "error_description": str(error)}, headers)


def _json(status: int, content: object, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(content), status, content_type="application/json", headers=headers)

"""The documents of the LRS: state, agent profiles, activity profiles (xAPI 1.0.3 Part Three 2.2, 2.3, 2.6, 2.7)."""

from collections.abc import Callable
from typing import Final, Literal, cast

import orjson
from flask import Blueprint, Response, request

from content.xapi.canonical import ifi
from content.xapi.errors import Fault
from hub.db.types import from_micros
from hub.services import xapi_documents, xapi_sources
from hub.services.errors import NotFound
from hub.services.xapi_documents import Address, Kept, Precondition, Resource
from hub.web import xapi_errors
from hub.web.access import TOKEN, access
from hub.web.context import here
from hub.web.xapi_cors import add_cors
from hub.web.xapi_errors import bad
from hub.web.xapi_params import Parameters
from hub.web.xapi_request import Caller, add_version, body, caller

blueprint = Blueprint("xapi_documents", __name__, url_prefix="/xapi")
xapi_errors.install(blueprint)
blueprint.after_request(add_version)
blueprint.after_request(add_cors)
METHODS: Final = ["GET", "PUT", "POST", "DELETE"]
LONGEST_TYPE: Final = 255


@blueprint.route("/activities/state", methods=METHODS)
@access(TOKEN)
def state() -> Response:
    """What an activity keeps of one learner. Without stateId: the list of ids (GET), or all of them (DELETE)."""
    who = caller("state")
    parameters = Parameters(("activityId", "agent", "registration", "stateId", "since"), "Communication 2.3")
    address = Address(
        Resource.STATE,
        activity=parameters.iri("activityId", required=True),
        agent=ifi(parameters.agent(required=True) or {}),
        registration=parameters.uuid("registration"),
        name=parameters.name("stateId", required=request.method in ("PUT", "POST")),
    )
    if request.method == "DELETE" and address.name is None:
        parameters.instant("since")
        return _written(who, lambda session: xapi_documents.clear(session, address))
    return _act(who, address, parameters)


@blueprint.route("/activities/profile", methods=METHODS)
@access(TOKEN)
def activity_profile() -> Response:
    """What is kept of an activity whoever the learner is."""
    who = caller("profile")
    parameters = Parameters(("activityId", "profileId", "since"), "Communication 2.7")
    activity = parameters.iri("activityId", required=True)
    name = parameters.name("profileId", required=_writes())
    return _act(who, Address(Resource.ACTIVITY_PROFILE, activity=activity, name=name), parameters)


@blueprint.route("/agents/profile", methods=METHODS)
@access(TOKEN)
def agent_profile() -> Response:
    """What is kept of a learner whatever the activity."""
    who = caller("profile")
    parameters = Parameters(("agent", "profileId", "since"), "Communication 2.6")
    agent = ifi(parameters.agent(required=True) or {})
    name = parameters.name("profileId", required=_writes())
    return _act(who, Address(Resource.AGENT_PROFILE, agent=agent, name=name), parameters)


def _writes() -> bool:
    return request.method not in ("GET", "HEAD")


def _act(who: Caller, address: Address, parameters: Parameters) -> Response:
    if not _writes():
        return _one(address) if address.name is not None else _list(address, parameters)
    precondition = _precondition(who, address.resource)
    if request.method == "DELETE":
        return _written(who, lambda session: xapi_documents.remove(session, address, precondition))
    kind, content, now = _content_type(), body(), here().now
    store = xapi_documents.put if request.method == "PUT" else xapi_documents.merge
    return _written(who, lambda session: store(session, address, content, kind, precondition, now))


def _written(who: Caller, act: Callable[..., None]) -> Response:
    with here().tenant.write() as session:
        act(session)
        xapi_sources.note_accepted(session, who.row, here().now)
    return Response(status=204)


def _one(address: Address) -> Response:
    with here().tenant.read() as session:
        found = xapi_documents.get(session, address)
    if found is None:
        raise NotFound(document=address.name)
    return _document(found)


def _document(found: Kept) -> Response:
    """The bytes as they came. They are another's: a browser may save them, never show them as a page of the hub."""
    response = Response(found.content, headers={"Content-Type": found.content_type})
    response.set_etag(found.etag)
    response.last_modified = from_micros(found.updated)
    response.headers["Content-Disposition"] = "attachment"
    return cast(Response, response.make_conditional(request.environ))


def _list(address: Address, parameters: Parameters) -> Response:
    since = parameters.instant("since")
    with here().tenant.read() as session:
        names = xapi_documents.names(session, address, since)
    return Response(orjson.dumps(list(names)), content_type="application/json")


def _content_type() -> str:
    kind = request.headers.get("Content-Type", "application/octet-stream")
    if len(kind) > LONGEST_TYPE or not kind.isascii() or not kind.isprintable():
        raise bad("Content-Type", "Communication 2.2", "is no media type", Fault.FORMAT)
    return kind


def _precondition(who: Caller, resource: Resource) -> Precondition:
    """If-Match and If-None-Match of this request.

    1.0.3 asks a PUT of a profile to have one of them, never of a state; 2.0 asks it over any document that exists.
    """
    profile, put = resource is not Resource.STATE, request.method == "PUT"
    return Precondition(
        match=_etags("if_match"),
        none_match=_etags("if_none_match"),
        strict_old=put and (profile or who.later),
        strict_new=put and profile and not who.later,
    )


def _etags(name: Literal["if_match", "if_none_match"]) -> Callable[[str], bool] | None:
    header = {"if_match": "If-Match", "if_none_match": "If-None-Match"}[name]
    if header not in request.headers:
        return None
    found = getattr(request, name)
    return lambda etag: bool(found.contains(etag) or found.contains_weak(etag))

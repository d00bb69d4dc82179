"""LTI 1.3, the hub as tool: a partner's platform launches a path or a step of the hub."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, Response, request, url_for

from hub.services import lti_in_launch
from hub.services.enrolments import step_of
from hub.services.errors import NotFound
from hub.services.lti_in_launch import Landing
from hub.services.my_paths import enrolments_of
from hub.services.projection import project_dirty
from hub.web import cookies
from hub.web.access import PUBLIC, SIGNED_IN, access
from hub.web.context import here
from hub.web.render import go, page
from hub.web.security import lead_away
from hub.web.views import _lti_in as shared
from hub.web.views._lti_in_arrival import arrived, begin
from hub.web.views._lti_in_picker import picker
from lti import LtiError
from lti import claims as names
from lti.errors import Code, LaunchRefused
from lti.tool.launch import NeedsStorage, ProvenLaunch
from lti.tool.login import LoginAnswer

blueprint = Blueprint("lti_tool", __name__)
_CHECK = "hub_check"


@blueprint.route("/lti/login", methods=["GET", "POST"], defaults={"key": ""})
@blueprint.route("/lti/login/<uuid:key>", methods=["GET", "POST"])
@access(PUBLIC, csrf=False)
def login(key: UUID | str) -> Response:
    """A platform begins a login: the browser goes to its authentication endpoint (LTI Core 1.3 section 5.1.1)."""
    asked = [*request.args.items(multi=True), *request.form.items(multi=True)]
    parameters = [(name, value) for name, value in asked if name != _CHECK]
    known = request.cookies.get(shared.BROWSER_COOKIE)
    try:
        answer = shared.login_endpoint().begin(parameters, browser=known, registration_key=str(key) or None)
    except LtiError as error:
        return shared.refuse(error, str(key))
    if answer.storage is not None:
        response = _put_page(answer, parameters)
    elif cookies.framed() and known is None:
        response = _framed_without_cookie(answer, parameters)
    else:
        response = Response(status=302, headers={"Location": answer.location})
    shared.set_browser(response, answer.browser)
    return response


def _put_page(answer: LoginAnswer, parameters: list[tuple[str, str]]) -> Response:
    """The platform keeps our value in its own storage first; without its answer the cookie is tried."""
    shared.may_frame(answer.registration.authorization_endpoint, answer.registration.issuer)
    response = page(
        "lti_in/storage_put.html", note=answer.storage, location=answer.location, otherwise=_checking(parameters)
    )
    response.headers["Cross-Origin-Opener-Policy"] = "unsafe-none"
    return response


def _framed_without_cookie(answer: LoginAnswer, parameters: list[tuple[str, str]]) -> Response:
    """In a frame: see whether a cookie comes back before the platform's launch is used up; else open a window."""
    if _CHECK not in request.args:
        return Response(status=302, headers={"Location": _checking(parameters)})
    shared.may_frame(answer.registration.authorization_endpoint, answer.registration.issuer)
    lead_away(answer.registration.authorization_endpoint)
    return page("lti_in/window.html", action=request.path, fields=_again(parameters), method="get")


def _again(parameters: list[tuple[str, str]]) -> dict[str, str]:
    return {name: value for name, value in parameters if name != "lti_storage_target"}


def _checking(parameters: list[tuple[str, str]]) -> str:
    """This login once more, to see whether the cookie that was just set comes back."""
    return f"{request.path}?{urlencode({**_again(parameters), _CHECK: '1'})}"


@blueprint.post("/lti/launch")
@access(PUBLIC, csrf=False)
def launch() -> Response:
    """The platform's message (LTI Core 1.3 section 5.1.1.3)."""
    where = here()
    posted = [(name, value) for name, value in request.form.items(multi=True) if name != "hub_storage"]
    cookie, storage = request.cookies.get(shared.BROWSER_COOKIE), request.form.get("hub_storage")
    try:
        proven = shared.launch_endpoint().check(posted, browser=cookie, storage=storage)
    except LtiError as error:
        return shared.refuse(error)
    if isinstance(proven, NeedsStorage):
        return _get_page(proven, dict(posted))
    with where.tenant.write() as session:
        found = lti_in_launch.receive(session, proven, where.now)
        token = begin(session, found, _origins(proven))
    project_dirty(where.tenant, at_most=5)
    return _answer(proven, found, token)


def _origins(proven: ProvenLaunch) -> tuple[str, str]:
    return proven.registration.authorization_endpoint, proven.registration.issuer


def _answer(proven: ProvenLaunch, found: Landing | Code, token: str | None) -> Response:
    registration, message, origins = proven.registration, proven.message, _origins(proven)
    if isinstance(found, Code):
        shared.may_frame(*origins)
        return shared.refuse(LaunchRefused(found), registration.key, back=message.return_url, status=403)
    if message.message_type == names.DEEP_LINKING_REQUEST:
        shared.may_frame(*origins)
        return picker(registration.key, message)
    return arrived(found, origins, token)


def _get_page(needed: NeedsStorage, posted: dict[str, str]) -> Response:
    """No cookie came: ask the platform's storage for our value, and post again with it."""
    shared.may_frame(needed.note.origin)
    response = page("lti_in/storage_get.html", note=needed.note, fields=posted)
    response.headers["Cross-Origin-Opener-Policy"] = "unsafe-none"
    return response


@blueprint.get("/lti/open/<uuid:path_id>", defaults={"step_id": None})
@blueprint.get("/lti/open/<uuid:path_id>/<uuid:step_id>")
@access(SIGNED_IN)
def opened(path_id: UUID, step_id: UUID | None) -> Response:
    """What a partner's link opens, for whoever follows it by hand: their own path or step, if they follow it."""
    where = here()
    with where.tenant.read() as session:
        mine = [e for e in enrolments_of(session, where.me.person_id) if e.path_id == path_id]
        if not mine:
            raise NotFound(path=str(path_id))
        if step_id is not None:
            step_of(session, mine[0], step_id)
            return go(url_for("step.step_page", enrolment_id=mine[0].id, step_id=step_id))
    return go(url_for("learner.one_path", enrolment_id=mine[0].id))

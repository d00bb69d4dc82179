"""LTI 1.3, the hub as platform: opening an activity, the authentication endpoint, tokens, keys, gradebook services."""

from __future__ import annotations

from uuid import UUID

import orjson
from flask import Blueprint, Response, current_app, redirect, request, url_for

from hub.domain.path import BindingKind
from hub.models.learning import Launch
from hub.services import lti_launch, lti_legacy_launch, lti_message, lti_ports, lti_selection
from hub.services.enrolments import get
from hub.services.errors import NotFound
from hub.services.gradebook import SqlGradebook
from hub.services.lti_roster import SqlRoster
from hub.services.play import attempts
from hub.services.projection import project_dirty
from hub.urls.addresses import line_items, lti_endpoints, members
from hub.web.access import PUBLIC, TOKEN, access
from hub.web.context import here
from hub.web.cookies import framed
from hub.web.render import go, page
from hub.web.views import _lti_stage
from hub.web.views._lti import (
    Unit,
    answered,
    base,
    browser,
    development,
    endpoint,
    key_sets,
    secret,
    send,
    service_request,
    signing_key,
)
from lti import (
    Accepted,
    AccessTokens,
    AssignmentGradeService,
    ErrorPage,
    MembershipService,
    ResourceLinkLaunch,
    SelectionLaunch,
    TokenEndpoint,
    answer_selection,
)
from lti.claims import DEEP_LINKING_REQUEST
from lti.errors import KeySetUnavailable, TokenRefused
from lti.platform.forms import FormPost
from lti.platform.token import refusal

blueprint = Blueprint("lti", __name__)


@blueprint.post("/path/<uuid:enrolment_id>/step/<uuid:step_id>/open/<uuid:activity_id>")
@access("learner")
def open_activity(enrolment_id: UUID, step_id: UUID, activity_id: UUID) -> Response:
    """Open an activity: what is opened is recorded, then the learner goes there."""
    where, me = here(), here().me
    with where.tenant.write() as session:
        if get(session, enrolment_id).person_id != me.person_id:
            raise NotFound(enrolment=str(enrolment_id))
        what = lti_launch.opening(session, enrolment_id, step_id, activity_id)
        lti_launch.require_available(what.resource, where.now)
        attempt = _attempt(session, enrolment_id, what)
        launch = lti_launch.record_launch(session, enrolment_id, what.step, what.activity, where.now)
        legacy = _legacy(session, launch, what)
    project_dirty(where.tenant, at_most=5)
    if attempt is not None:
        return go(url_for("play.show", attempt_id=attempt))
    if what.tool is None or what.resource is None:
        return redirect(what.url, 303)  # type: ignore[return-value]  # werkzeug's Response
    if legacy is not None:
        return send(legacy.sign(where.now))
    viewer = browser()
    registration = lti_ports.registration_of(what.tool, development=development())
    if viewer is None:
        raise NotFound
    in_frame = _lti_stage.wants_stage(what.tool, what.resource)
    with where.tenant.read() as session:
        form = endpoint(session).initiate(
            registration,
            viewer,
            deployment_id=what.tool.deployment_id,
            resource_link_id=str(what.resource.id),
            target_link_uri=what.resource.url or None,
            reference=f"{launch.id} iframe" if in_frame else str(launch.id),
            storage_target=_lti_stage.STORAGE_TARGET if in_frame else None,
        )
        site = lti_launch.site_of(session, what.tool)
    if in_frame:
        return _lti_stage.stage(form, registration, what.resource, site, _step_address(enrolment_id, step_id))
    return send(form)


def _legacy(session: Unit, launch: Launch, what: lti_launch.Opening) -> lti_legacy_launch.Unsigned | None:
    """The form for a tool that only speaks LTI 1.1."""
    if what.tool is None or what.resource is None or what.tool.legacy_key_id is None:
        return None
    where = here()
    place, language = where.record.name, where.translator.lang
    return lti_legacy_launch.prepare(
        session,
        launch,
        what.resource,
        what.tool.id,
        base=base(),
        place=place,
        language=language,
        return_to=_step_address,
        now=where.now,
    )


def _attempt(session: Unit, enrolment_id: UUID, what: lti_launch.Opening) -> UUID | None:
    """The attempt at a package of the catalogue, None for what opens elsewhere."""
    if what.activity.binding.kind is not BindingKind.PACKAGE:
        return None
    attempts.require_host(here().installation.config)
    return attempts.resume(session, get(session, enrolment_id), what.step, what.activity, here().now)


def _step_address(enrolment_id: UUID, step_id: UUID) -> str:
    """Where the learner comes back from a tool: the step, which says what came back with them."""
    return f"{base()}{url_for('step.step_page', enrolment_id=enrolment_id, step_id=step_id)}"


@blueprint.route("/lti/auth", methods=["GET", "POST"])
@access(PUBLIC, csrf=False)
def authenticate() -> Response:
    """The authentication endpoint of the OpenID provider (1EdTech Security Framework 1.0 section 5.1.1.2)."""
    where = here()
    parameters = [*request.args.items(multi=True), *request.form.items(multi=True)]
    viewer = browser()
    again = dict(parameters) | {"hub_again": "1"}
    if framed():
        _lti_stage.may_show_itself()
    if viewer is None and (request.method == "POST" or framed()) and len(again) > len(parameters):
        # The session cookie does not travel with another site's POST, nor into a frame that a tool leads to us: post
        # once more, from our own page.
        return page("lti/post.html", form=FormPost(url_for("lti.authenticate"), again))
    parameters = [(name, value) for name, value in parameters if name != "hub_again"]
    key = signing_key()
    with where.tenant.write() as session:
        outcome = endpoint(session).authenticate(parameters, viewer, lti_ports.SqlOneTime(session))
        message = _message(session, outcome) if isinstance(outcome, Accepted) else None
    if isinstance(outcome, ErrorPage):
        return page("lti/refused.html", 400, code=outcome.code.value)
    if isinstance(outcome, Accepted):
        if isinstance(message, SelectionLaunch):
            return send(answer_selection(outcome, message, issuer=base(), key=key))
        if message is not None:
            return send(lti_message.sign(outcome, message, issuer=base(), key=key))
    return send(outcome.form)  # type: ignore[union-attr]  # what is neither is a form


def _message(session: Unit, accepted: Accepted) -> ResourceLinkLaunch | SelectionLaunch:
    where = here()
    place, language = where.record.name, where.translator.lang
    if accepted.note.message_type == DEEP_LINKING_REQUEST:
        return lti_selection.message(session, accepted, base=base(), place=place, language=language, now=where.now)
    return lti_message.answer(
        session,
        accepted,
        base=base(),
        place=place,
        language=language,
        return_to=_step_address,
        now=where.now,
    )


@blueprint.post("/lti/token")
@access(TOKEN)
def token() -> Response:
    """The token endpoint: client credentials with a signed assertion (1EdTech Security Framework 1.0 section 4.1)."""
    where = here()
    tokens = TokenEndpoint(
        lti_endpoints(base())["token"],
        lti_ports.TenantRegistrations(where.tenant, development=development()),
        key_sets(current_app),
        AccessTokens(secret("tokens")),
        clock=lambda: where.now,
    )
    try:
        asked = tokens.verify(list(request.form.items(multi=True)))
        with where.tenant.write() as session:
            lti_ports.forget_expired(session, where.now)
            return answered(tokens.grant(asked, lti_ports.SqlOneTime(session), lti_ports.SqlGrants(session)))
    except (TokenRefused, KeySetUnavailable) as error:
        return answered(refusal(error))


@blueprint.get("/lti/jwks")
@access(PUBLIC)
def jwks() -> Response:
    """The hub's public keys."""
    signing_key()
    with here().tenant.read() as session:
        ring = lti_ports.key_ring(session, here().now)
    body = orjson.dumps(ring.jwks() if ring else {"keys": []})
    return Response(body, content_type="application/json", headers={"Cache-Control": "public, max-age=300"})


@blueprint.route(
    "/lti/services/<uuid:tool_id>/lineitems", defaults={"rest": ""}, methods=["GET", "POST", "PUT", "DELETE"]
)
@blueprint.route("/lti/services/<uuid:tool_id>/lineitems/<path:rest>", methods=["GET", "POST", "PUT", "DELETE"])
@access(TOKEN)
def services(tool_id: UUID, rest: str) -> Response:
    """Assignment and Grade Services 2.0 of one tool."""
    where = here()
    asked = service_request(rest)
    unit = where.tenant.read if request.method == "GET" else where.tenant.write
    with unit() as session:
        service = AssignmentGradeService(
            line_items(base(), str(tool_id)),
            SqlGradebook(session, tool_id, where.now),
            AccessTokens(secret("tokens")),
            lti_ports.SqlGrants(session),
            clock=lambda: where.now,
        )
        answer = service.handle(asked)
    if request.method == "POST":
        project_dirty(where.tenant, at_most=20)
    return answered(answer)


@blueprint.route("/lti/services/<uuid:tool_id>/members/<uuid:path_id>", methods=["GET", "POST", "PUT", "DELETE"])
@access(TOKEN)
def members_service(tool_id: UUID, path_id: UUID) -> Response:
    """Names and Role Provisioning Services 2.0 of one path for one tool. Members whom the tool never saw get their
    pseudonym here, so the unit writes."""
    where = here()
    with where.tenant.write() as session:
        service = MembershipService(
            members(base(), str(tool_id), str(path_id)),
            SqlRoster(session, tool_id, path_id, where.now),
            AccessTokens(secret("tokens")),
            lti_ports.SqlGrants(session),
            clock=lambda: where.now,
        )
        answer = service.handle(service_request(""))
    return answered(answer)

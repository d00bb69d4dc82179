"""LTI 1.3, the hub as platform: opening an activity, the authentication endpoint, tokens, keys, gradebook services."""

from __future__ import annotations

from urllib.parse import urlsplit
from uuid import UUID

import orjson
from flask import Blueprint, Flask, Response, current_app, redirect, request, url_for

from connectors.addresses import AddressPolicy
from connectors.http import HttpClient
from hub.services import lti_launch, lti_ports
from hub.services.enrolments import get
from hub.services.errors import NotFound
from hub.services.gradebook import SqlGradebook
from hub.services.projection import project_dirty
from hub.urls.addresses import base_address, line_items, lti_endpoints
from hub.web.access import PUBLIC, TOKEN, access
from hub.web.context import here
from hub.web.render import page
from hub.web.security import loosen
from lti import (
    Accepted,
    AccessTokens,
    AssignmentGradeService,
    AuthenticationEndpoint,
    Browser,
    ErrorPage,
    Hints,
    KeyPair,
    ServiceRequest,
    TokenEndpoint,
)
from lti.errors import KeySetUnavailable, TokenRefused
from lti.platform.forms import FormPost
from lti.platform.responses import ServiceResponse
from lti.platform.token import refusal

blueprint = Blueprint("lti", __name__)
_KEY_SETS = "hub.lti.key_sets"


def _base() -> str:
    return base_address(here().installation.config, here().record.hosts[0])


def _secret(purpose: str) -> bytes:
    return here().installation.vault.keyed_hash(f"lti {purpose}", here().record.key)


def _development() -> bool:
    return here().installation.config.allow_loopback


def _key_sets(app: Flask) -> lti_ports.FetchedKeySets:
    found = app.extensions.get(_KEY_SETS)
    if found is None:
        found = lti_ports.FetchedKeySets(HttpClient(policy=AddressPolicy(development=_development())))
        app.extensions[_KEY_SETS] = found
    return found


def _key() -> KeyPair:
    """The signing key; made (outside any unit of work) when the tenant has none yet."""
    with here().tenant.read() as session:
        ring = lti_ports.key_ring(session, here().now)
    if ring is not None:
        return ring.signing
    pair = KeyPair.generate()
    with here().tenant.write() as session:
        ring = lti_ports.key_ring(session, here().now)
        if ring is None:
            lti_ports.add_key(session, pair, here().now)
    return ring.signing if ring else pair


def _browser() -> Browser | None:
    signed_in = here().signed_in
    return Browser(str(signed_in.viewer.person_id), signed_in.key) if signed_in else None


@blueprint.post("/path/<uuid:enrolment_id>/step/<uuid:step_id>/open/<uuid:activity_id>")
@access("learner")
def open_activity(enrolment_id: UUID, step_id: UUID, activity_id: UUID) -> Response:
    """Open an activity: what is opened is recorded, then the learner goes there."""
    where, me = here(), here().me
    with where.tenant.write() as session:
        if get(session, enrolment_id).person_id != me.person_id:
            raise NotFound(enrolment=str(enrolment_id))
        what = lti_launch.opening(session, enrolment_id, step_id, activity_id)
        launch = lti_launch.record_launch(session, enrolment_id, what.step, what.activity, where.now)
    project_dirty(where.tenant, at_most=5)
    if what.tool is None or what.resource is None:
        return redirect(what.url, 303)  # type: ignore[return-value]
    browser = _browser()
    registration = lti_ports.registration_of(what.tool, development=_development())
    if browser is None:
        raise NotFound
    with where.tenant.read() as session:
        endpoint = AuthenticationEndpoint(
            _base(),
            lti_ports.SqlRegistrations(session, development=_development()),
            Hints(_secret("hints")),
            clock=lambda: where.now,
        )
        form = endpoint.initiate(
            registration,
            browser,
            deployment_id=what.tool.deployment_id,
            resource_link_id=str(what.resource.id),
            target_link_uri=what.resource.url or None,
            reference=str(launch.id),
        )
    return _send(form)


def _step_address(enrolment_id: UUID, step_id: UUID) -> str:
    """Where the learner comes back from a tool: the step, which says what came back with them."""
    return f"{_base()}{url_for('step.step_page', enrolment_id=enrolment_id, step_id=step_id)}"


def _send(form: FormPost) -> Response:
    parts = urlsplit(form.action)
    loosen("form-action", f"{parts.scheme}://{parts.netloc}")
    return page("lti/post.html", form=form)


@blueprint.route("/lti/auth", methods=["GET", "POST"])
@access(PUBLIC, csrf=False)
def authenticate() -> Response:
    """The authentication endpoint of the OpenID provider (1EdTech Security Framework 1.0 section 5.1.1.2)."""
    where = here()
    parameters = [*request.args.items(multi=True), *request.form.items(multi=True)]
    browser = _browser()
    if browser is None and request.method == "POST" and "hub_again" not in request.values:
        # The session cookie does not travel with another site's POST: post once more, from our own page.
        again = dict(parameters) | {"hub_again": "1"}
        return page("lti/post.html", form=FormPost(url_for("lti.authenticate"), again))
    parameters = [(name, value) for name, value in parameters if name != "hub_again"]
    key = _key()
    with where.tenant.write() as session:
        endpoint = AuthenticationEndpoint(
            _base(),
            lti_ports.SqlRegistrations(session, development=_development()),
            Hints(_secret("hints")),
            clock=lambda: where.now,
        )
        outcome = endpoint.authenticate(parameters, browser, lti_ports.SqlOneTime(session))
        message = None
        if isinstance(outcome, Accepted):
            message = lti_launch.answer(
                session,
                outcome,
                base=_base(),
                place=where.record.name,
                language=where.translator.lang,
                return_to=_step_address,
                now=where.now,
            )
    if isinstance(outcome, ErrorPage):
        return page("lti/refused.html", 400, code=outcome.code.value)
    if isinstance(outcome, Accepted) and message is not None:
        return _send(lti_launch.sign(outcome, message, issuer=_base(), key=key))
    return _send(outcome.form)  # type: ignore[union-attr]


@blueprint.post("/lti/token")
@access(TOKEN)
def token() -> Response:
    """The token endpoint: client credentials with a signed assertion (1EdTech Security Framework 1.0 section 4.1)."""
    where = here()
    endpoint = TokenEndpoint(
        lti_endpoints(_base())["token"],
        lti_ports.TenantRegistrations(where.tenant, development=_development()),
        _key_sets(current_app),
        AccessTokens(_secret("tokens")),
        clock=lambda: where.now,
    )
    try:
        asked = endpoint.verify(list(request.form.items(multi=True)))
        with where.tenant.write() as session:
            lti_ports.forget_expired(session, where.now)
            return _answer(endpoint.grant(asked, lti_ports.SqlOneTime(session), lti_ports.SqlGrants(session)))
    except (TokenRefused, KeySetUnavailable) as error:
        return _answer(refusal(error))


@blueprint.get("/lti/jwks")
@access(PUBLIC)
def jwks() -> Response:
    """The hub's public keys."""
    _key()
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
    asked = ServiceRequest(
        request.method,
        f"/{rest}" if rest else "",
        list(request.args.items(multi=True)),
        request.headers.get("Authorization"),
        request.headers.get("Content-Type"),
        request.get_data(),
    )
    unit = where.tenant.read if request.method == "GET" else where.tenant.write
    with unit() as session:
        service = AssignmentGradeService(
            line_items(_base(), str(tool_id)),
            SqlGradebook(session, tool_id, where.now),
            AccessTokens(_secret("tokens")),
            lti_ports.SqlGrants(session),
            clock=lambda: where.now,
        )
        answer = service.handle(asked)
    if request.method == "POST":
        project_dirty(where.tenant, at_most=20)
    return _answer(answer)


def _answer(answer: ServiceResponse) -> Response:
    return Response(answer.body, answer.status, dict(answer.headers))

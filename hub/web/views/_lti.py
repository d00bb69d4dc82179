"""What the views of LTI share: this place's addresses, secrets and keys, who is signed in, a form that posts itself."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, request

from connectors.addresses import AddressPolicy
from connectors.http import HttpClient
from hub.services import lti_ports
from hub.urls.addresses import base_address
from hub.web.context import here
from hub.web.render import page
from hub.web.security import lead_away
from lti import AuthenticationEndpoint, Browser, Hints, KeyPair, ServiceRequest
from lti.platform.forms import FormPost
from lti.platform.responses import ServiceResponse

Unit = Any
_KEY_SETS = "hub.lti.key_sets"


def base() -> str:
    """The place's address, which is its issuer."""
    return base_address(here().installation.config, here().record.hosts[0])


def secret(purpose: str) -> bytes:
    """A secret of this place's for one purpose, always the same."""
    return here().vault.keyed_hash(f"lti {purpose}", here().record.key)


def development() -> bool:
    """Whether plain http towards this machine is allowed."""
    return here().installation.config.allow_loopback


def key_sets(app: Flask) -> lti_ports.FetchedKeySets:
    """The tools' keys, one cache for the process."""
    found = app.extensions.get(_KEY_SETS)
    if found is None:
        found = lti_ports.FetchedKeySets(HttpClient(policy=AddressPolicy(development=development())))
        app.extensions[_KEY_SETS] = found
    return found


def signing_key() -> KeyPair:
    """The signing key; made (outside any unit of work) when the tenant has none yet."""
    with here().tenant.read() as session:
        ring = lti_ports.key_ring(session, here().now)
    if ring is not None:
        return ring.signing
    pair = KeyPair.generate()
    with here().tenant.write() as session:
        return lti_ports.signing_pair(session, pair, here().now)


def browser() -> Browser | None:
    """Who is signed in, as the hints name them."""
    signed_in = here().signed_in
    return Browser(str(signed_in.viewer.person_id), signed_in.key) if signed_in else None


def send(form: FormPost) -> Response:
    """A page that posts the form to its tool."""
    lead_away(form.action)
    return page("lti/post.html", form=form)


def endpoint(session: Unit) -> AuthenticationEndpoint:
    """The hub's side of a launch, over the tools registered in this place."""
    registrations = lti_ports.SqlRegistrations(session, development=development())
    now = here().now
    return AuthenticationEndpoint(base(), registrations, Hints(secret("hints")), clock=lambda: now)


def answered(answer: ServiceResponse) -> Response:
    """A service's answer, as it is."""
    return Response(answer.body, answer.status, dict(answer.headers))


def service_request(rest: str) -> ServiceRequest:
    """The present request, for a service mounted where ``rest`` begins."""
    return ServiceRequest(
        request.method,
        f"/{rest}" if rest else "",
        list(request.args.items(multi=True)),
        request.headers.get("Authorization"),
        request.headers.get("Content-Type"),
        request.get_data(),
    )

"""Signing in with the account of one's organisation, and linking it to one's account here."""

from dataclasses import replace
from uuid import UUID

from flask import Blueprint, Response, request, session, url_for

from hub.services import oidc
from hub.services.errors import NotFound
from hub.services.oidc import Ceremony, CeremonyLost
from hub.web.access import PUBLIC, SIGNED_IN, access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.gate import local_path
from hub.web.qr import absolute
from hub.web.render import go
from hub.web.views.sign_in import browser, welcome

blueprint = Blueprint("oidc", __name__)
_COOKIE = "oidc"


@blueprint.post("/sign-in/with/<uuid:provider_id>")
@access(PUBLIC)
def start(provider_id: UUID) -> Response:
    """Go to the service in order to sign in."""
    form = Form()
    return _leave(provider_id, local_path(form.typed("next")), link=False, shared=browser(form).shared)


@blueprint.post("/account/services/<uuid:provider_id>/link")
@access(SIGNED_IN)
def start_link(provider_id: UUID) -> Response:
    """Go to the service in order to link the account there with the one here."""
    return _leave(provider_id, url_for("account.account") + "#services", link=True, shared=True)


@blueprint.post("/account/services/<uuid:provider_id>/unlink")
@access(SIGNED_IN)
def unlink(provider_id: UUID) -> Response:
    """Take the link away."""
    where = here()
    with where.tenant.write() as unit:
        oidc.unlink(unit, provider_id, where.me.person_id, where.now)
    return go(url_for("account.account") + "#services", _("Ce compte n’est plus relié."))


def _leave(provider_id: UUID, back: str, *, link: bool, shared: bool) -> Response:
    where = here()
    with where.tenant.read() as unit:
        provider = oidc.provider(unit, provider_id)
    with oidc.client(where.installation.config) as http:
        endpoints = oidc.discover(http, provider.issuer)
    target, ceremony = oidc.begin(
        provider, endpoints, absolute(url_for("oidc.back")), back=back, link=link, shared=shared
    )
    session[_COOKIE] = ceremony.dump()
    return Response(status=303, headers={"Location": target})


@blueprint.get("/sign-in/back")
@access(PUBLIC)
def back() -> Response:
    """The service sends the browser back here, with a code or an error."""
    where, kept = here(), session.pop(_COOKIE, None)
    if kept is None or request.args.get("state") != kept["state"]:
        raise CeremonyLost(reason="state")
    if "code" not in request.args:  # the person gave up there, or the service refused
        return go(url_for("sign_in.sign_in"), _("La connexion n’a pas abouti."), "info")
    ceremony = Ceremony(**kept)
    provider_id = UUID(ceremony.provider)
    with where.tenant.read() as unit:
        provider = oidc.provider(unit, provider_id)
    with oidc.client(where.installation.config, provider.client_secret) as http:
        endpoints = oidc.discover(http, provider.issuer)
        address = absolute(url_for("oidc.back"))
        who = oidc.finish(http, provider, endpoints, ceremony, request.args["code"], address, where.now)
    if not ceremony.link:
        came = replace(browser(Form()), shared=ceremony.shared)
        with where.tenant.write() as unit:
            token = oidc.sign_in(unit, where.vault, provider_id, who, came, where.now)
        return welcome(token, shared=ceremony.shared, back=ceremony.back)
    if where.viewer is None:
        raise NotFound
    with where.tenant.write() as unit:
        oidc.link(unit, provider_id, who, where.viewer.person_id, where.now)
    return go(ceremony.back, _("Ce compte est relié : vous pourrez vous connecter avec."))

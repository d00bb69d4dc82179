"""What comes after a launch into the hub: arriving in a frame, proving one's account, picking for a course."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, request, url_for

from hub.services import lti_in
from hub.web import cookies
from hub.web.access import PUBLIC, SIGNED_IN, access
from hub.web.context import _, here
from hub.web.gate import local_path, sign_in_address
from hub.web.render import go, page
from hub.web.views import _lti_in as shared
from hub.web.views._lti_in_arrival import arrive
from hub.web.views._lti_in_picker import picked
from lti.errors import Code, LaunchRefused

blueprint = Blueprint("lti_links", __name__)
_NOTE, _COOKIE = "lti-prove", "hub-lti-prove"


@blueprint.post("/lti/arrive")
@access(PUBLIC, csrf=False)
def arriving() -> Response:
    """In a frame: whether the cookie of the launch came back."""
    return arrive(request.form.get("ticket", ""))


@blueprint.post("/lti/pick")
@access(PUBLIC, csrf=False)
def pick() -> Response:
    """A teacher's choice. The sealed note of the form is what proves the request."""
    return picked(request.form.get("ticket", ""), request.form.getlist("choice")[:100])


@blueprint.post("/lti/mine")
@access(PUBLIC, csrf=False)
def mine() -> Response:
    """« J’ai déjà un compte » : prove it by signing in once, in a window of our own."""
    ticket = request.form.get("ticket", "")
    if shared.unseal(_NOTE, ticket) is None:
        return shared.refuse(LaunchRefused(Code.STATE_EXPIRED))
    response = go(url_for("lti_links.link"))
    secure = cookies.session_name(True) == cookies.session_name(here().installation.config.secure)
    response.set_cookie(_COOKIE, ticket, max_age=900, path="/lti", secure=secure, httponly=True, samesite="Lax")
    return response


@blueprint.route("/lti/link", methods=["GET", "POST"])
@access(SIGNED_IN)
def link() -> Response:
    """The signed-in person says that the platform's user is themselves; from then on its launches reach their
    account. A session that only a launch gave proves nothing."""
    where = here()
    told = shared.unseal(_NOTE, request.cookies.get(_COOKIE, ""))
    if told is None:
        return go("/", _("Ce lien est trop ancien. Ouvrez l’activité encore une fois depuis votre cours."), "warning")
    if where.signed_in is None or where.signed_in.how == "lti":
        response = go(sign_in_address(url_for("lti_links.link")))
        cookies.forget_session(response)
        return response
    if request.method == "GET":
        with where.tenant.read() as unit:
            view = lti_in.named(unit, UUID(told["user"]))
        return page("lti_in/link.html", view=view)
    with where.tenant.write() as unit:
        lti_in.prove(unit, UUID(told["user"]), where.me.person_id, where.now)
    response = go(local_path(str(told["next"])) if told["next"] != "/" else "/", _("Les deux comptes sont reliés."))
    response.delete_cookie(_COOKIE, path="/lti")
    return response

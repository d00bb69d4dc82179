"""``/``: everybody's own beginning."""

from flask import Blueprint, Response

from hub.web.access import PUBLIC, access
from hub.web.context import here
from hub.web.gate import sign_in_address
from hub.web.nav import home_of

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@access(PUBLIC)
def home() -> Response:
    """To the home page of the viewer's main role, or to sign-in."""
    viewer = here().viewer
    return Response(status=303, headers={"Location": home_of(viewer) if viewer else sign_in_address("/")})

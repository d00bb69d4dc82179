"""A tool in a frame of ours, on wide screens: what the page around it may show and whom its platform storage hears."""

from __future__ import annotations

from flask import Response, request

from hub.models.learning import Resource
from hub.models.platforms import LtiTool
from hub.web.render import page
from hub.web.security import lead_away, loosen
from hub.web.views._lti import base
from lti import ToolRegistration
from lti.platform.forms import FormPost
from lti.urls import origin_of

#: The parent of the tool's window keeps its data (OIDC Login with LTI Client Side postMessages section 2.1).
STORAGE_TARGET = "_parent"


def wants_stage(tool: LtiTool, resource: Resource) -> bool:
    """Whether this link opens in a frame: the screen is wide (its script says so), and the tool or the link is made for
    one. Any other opens in the same tab."""
    shown = resource.custom.get("shown", {})
    made_for_it = tool.registration.get("framed") or ("iframe" in shown and "window" not in shown)
    return request.form.get("wide") == "1" and bool(made_for_it)


def stage(form: FormPost, registration: ToolRegistration, resource: Resource, site: str, back: str) -> Response:
    """The page with the frame; the form opens the tool in it."""
    addresses = (
        registration.login_initiation_url,
        registration.target_link_uri,
        resource.url or "",
        *sorted(registration.redirect_uris),
    )
    origins = sorted({origin for address in addresses if (origin := origin_of(address))})
    lead_away(*origins, within=True)
    return page(
        "lti/stage.html",
        form=form,
        origins=origins,
        title=resource.title,
        site_name=site,
        back=back,
        again=request.path,
    )


def may_show_itself() -> None:
    """Let our own page frame the present answer: the login of a tool in a frame comes back to us within it."""
    loosen("frame-ancestors", base())

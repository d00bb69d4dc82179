"""How the place looks: its own colour, and in development the style guide."""

from typing import Any

from flask import Blueprint, Response, abort, current_app

from hub.web.access import PUBLIC, access
from hub.web.context import here
from hub.web.render import page
from hub.web.ui import style_guide
from hub.web.ui.theme import theme_css

blueprint = Blueprint("look", __name__)
DAY = "private, max-age=86400"


@blueprint.get("/theme/<version>.css")
@access(PUBLIC, passive=True)
def theme(version: str) -> Response:
    """The colours of the place over the hub's own; ``version`` changes with them, so that browsers may keep the
    sheet."""
    colours = here().settings.get("theme", {})
    if not colours.get("light") or not colours.get("dark"):
        abort(404)
    response = Response(theme_css(str(colours["light"]), str(colours["dark"])), content_type="text/css; charset=utf-8")
    response.headers["Cache-Control"] = DAY
    return response


@blueprint.get("/style")
@access(PUBLIC)
def style() -> Response:
    """Every component in every state; in development only."""
    if not current_app.config["HUB_DEVELOPMENT"]:
        abort(404)
    data: dict[str, Any] = style_guide.sample()
    return page("style.html", **data)

"""A piece of HTML that was picked inside a partner's tool: a page of ours shows it, sanitised, and nothing else."""

from __future__ import annotations

import re
from html import unescape
from typing import Final
from uuid import UUID

from flask import Blueprint, Response
from markupsafe import Markup

from hub.services import lti_selection
from hub.web.access import SIGNED_IN, access
from hub.web.context import here
from hub.web.render import page
from hub.web.security import loosen
from lti.platform.item_reading import sanitised
from lti.urls import origin_of

blueprint = Blueprint("pieces", __name__)
_IMAGE: Final = re.compile(r'<img\b[^>]*?\bsrc="([^"]+)"')


@blueprint.get("/pieces/<uuid:resource_id>")
@access(SIGNED_IN)
def show(resource_id: UUID) -> Response:
    """The piece. It was sanitised when it came, and is again: what is shown depends on no row."""
    with here().tenant.read() as session:
        title, text = lti_selection.piece(session, resource_id)
    clean = sanitised(text)
    origins = {origin_of(unescape(url)) for url in _IMAGE.findall(clean)}
    loosen("img-src", *sorted(origin for origin in origins if origin))
    return page("lti/piece.html", title=title, content=Markup(clean))  # noqa: S704 sanitised in the line above

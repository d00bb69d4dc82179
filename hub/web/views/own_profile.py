"""The hub's own xAPI profile, for everybody: JSON-LD for programs, a page for whoever asks for one."""

from __future__ import annotations

from typing import Any, Final

import orjson
from flask import Blueprint, Response, request

from content.xapi.profiles import own
from hub.web.access import PUBLIC, access
from hub.web.render import page

blueprint = Blueprint("own_profile", __name__)
LD_JSON: Final = "application/ld+json"


@blueprint.get("/profiles/hub")
@blueprint.get("/profiles/hub/v1")
@access(PUBLIC, passive=True)
def hub_profile() -> Response:
    """The hub's own profile: JSON-LD for programs, a page for whoever asks for one."""
    document = own.document()
    if request.accept_mimetypes.best_match((LD_JSON, "application/json", "text/html")) == "text/html":
        answer = page("statements/own_profile.html", own=document, verbs=_verbs(document))
    else:
        answer = Response(orjson.dumps(document, option=orjson.OPT_INDENT_2), content_type=LD_JSON)
        answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Vary"] = "Accept"
    answer.headers["Link"] = f'<{own.PROFILE}>; rel="canonical"'
    return answer


def _verbs(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in document["concepts"] if one["type"] == "Verb"]

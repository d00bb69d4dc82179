"""Cross-origin requests to the LRS, for courses that a browser runs from another site (CORS, Fetch standard).

An xAPI request carries its credential itself, never a cookie, so any origin may be allowed; a place may name its own in
the setting ``xapi``, ``origins``; the place's own content hosts, where units of cmi5 run, are always among them.
"""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from flask import Response, current_app, request

from hub.config import Config
from hub.urls.content import serves
from hub.web.context import here, is_here

_METHODS: Final = "GET, HEAD, POST, PUT, DELETE, OPTIONS"
_ASKED: Final = "Authorization, Content-Type, X-Experience-API-Version, If-Match, If-None-Match, Accept-Language"
_SHOWN: Final = (
    "ETag, Last-Modified, X-Experience-API-Version, X-Experience-API-Consistent-Through, WWW-Authenticate, Retry-After"
)


def add_cors(response: Response) -> Response:
    """Let the origin of this request read the answer, if the place allows it."""
    varies = response.headers.get("Vary")
    response.headers["Vary"] = f"{varies}, Origin" if varies else "Origin"
    settings = here().settings if is_here() else {}
    let_in = allowed(request.headers.get("Origin"), settings, current_app.extensions["hub.installation"].config)
    for name, value in let_in:
        response.headers[name] = value
    if let_in and request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = _METHODS
        response.headers["Access-Control-Allow-Headers"] = _ASKED
        response.headers["Access-Control-Max-Age"] = "3600"
    return response


def allowed(
    origin: str | None, settings: Mapping[str, Mapping[str, Any]], config: Config
) -> tuple[tuple[str, str], ...]:
    """The headers that let an origin read an answer; none where the place's ``settings`` do not allow it."""
    names = settings.get("xapi", {}).get("origins")
    listed = isinstance(names, list) and origin not in names and "*" not in names
    if origin is None or (listed and not serves(config, _host_of(origin))):
        return ()
    named = origin if isinstance(names, list) else "*"
    return ("Access-Control-Allow-Origin", named), ("Access-Control-Expose-Headers", _SHOWN)


def _host_of(origin: str) -> str:
    """Empty where it names none, or is none."""
    try:
        return urlsplit(origin).hostname or ""
    except ValueError:
        return ""

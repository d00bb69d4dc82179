"""Cross-origin requests to the LRS, for courses that a browser runs from another site (CORS, Fetch standard).

An xAPI request carries its credential itself, never a cookie, so any origin may be allowed; a place may name its own in
the setting ``xapi``, ``origins``; the place's own content hosts, where units of cmi5 run, are always among them.
"""

from typing import Final
from urllib.parse import urlsplit

from flask import Response, request

from hub.urls.content import serves
from hub.web.context import here, is_here

_METHODS: Final = "GET, HEAD, POST, PUT, DELETE, OPTIONS"
_ASKED: Final = "Authorization, Content-Type, X-Experience-API-Version, If-Match, If-None-Match, Accept-Language"
_SHOWN: Final = (
    "ETag, Last-Modified, X-Experience-API-Version, X-Experience-API-Consistent-Through, WWW-Authenticate, Retry-After"
)


def add_cors(response: Response) -> Response:
    """Let the origin of this request read the answer, if the place allows it."""
    origin = request.headers.get("Origin")
    allowed = here().settings.get("xapi", {}).get("origins") if is_here() else None
    varies = response.headers.get("Vary")
    response.headers["Vary"] = f"{varies}, Origin" if varies else "Origin"
    listed = isinstance(allowed, list) and origin not in allowed and "*" not in allowed
    if origin is None or (listed and not serves(here().installation.config, urlsplit(origin).hostname or "")):
        return response
    response.headers["Access-Control-Allow-Origin"] = origin if isinstance(allowed, list) else "*"
    response.headers["Access-Control-Expose-Headers"] = _SHOWN
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = _METHODS
        response.headers["Access-Control-Allow-Headers"] = _ASKED
        response.headers["Access-Control-Max-Age"] = "3600"
    return response

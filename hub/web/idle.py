"""A page left open on a shared device turns away by itself once its session is over, without JavaScript."""

from typing import Final
from urllib.parse import quote

from flask import Flask, Response, request, url_for

from hub.services.sessions import SHARED_IDLE
from hub.web.context import here, is_here

MARGIN_SECONDS: Final = 15
"""The server's own limit comes first; the page then finds the session ended."""


def turn_away(response: Response) -> Response:
    """Add ``Refresh`` to a page of a shared session. ``/idle`` sends back whoever was active meanwhile in another
    way."""
    signed_in = here().signed_in if is_here() else None
    if signed_in is None or not signed_in.shared or response.mimetype != "text/html":
        return response
    if request.headers.get("HX-Request") == "true" or 300 <= response.status_code < 400:
        return response
    back = request.full_path.rstrip("?") if request.method == "GET" else "/"
    seconds = int(SHARED_IDLE.total_seconds()) + MARGIN_SECONDS
    response.headers["Refresh"] = f"{seconds}; url={url_for('sign_in.idle')}?back={quote(back, safe='/')}"
    return response


def install(app: Flask) -> None:
    """Watch every page of ``app``."""
    app.after_request(turn_away)

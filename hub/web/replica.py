"""Pages read from the database's replica, never one that is behind what this browser has written.

A cookie holds the position in the database's log after the browser's last writing request. Who somebody is, and what
they may, is always asked of the database itself: this begins after that.
"""

from typing import Final

from flask import Flask, Response, current_app, g, request
from flask.typing import ResponseReturnValue

from hub.db import replica
from hub.db.directory import Installation
from hub.web.access import PUBLIC, TOKEN, Access
from hub.web.errors import is_api

COOKIE_SECONDS: Final = 300
_BEYOND: Final = 1 << 62


def install(app: Flask, installation: Installation) -> None:
    """Nothing where the installation has no replica."""
    if installation.replica is None:
        return
    app.after_request(_remember)
    dispatch = app.dispatch_request

    def from_either() -> ResponseReturnValue:
        """A page whose reading failed at the replica is read once more, from the database."""
        try:
            return dispatch()
        except replica.FAILURES:
            said = replica.current()
            if said is None or not said.used or said.wrote:
                raise
            said.allowed = False
            if installation.replica is not None:
                installation.replica.give_up()
            return dispatch()

    app.dispatch_request = from_either  # type: ignore[method-assign]  # each request goes through it


def begin(declared: Access | None) -> None:
    """Say what the reading units of this request may do; forgotten at its end."""
    installation: Installation = current_app.extensions["hub.installation"]
    if installation.replica is None:
        return
    page = request.method in ("GET", "HEAD") and not is_api(request.path)
    allowed = page and declared is not None and declared.audience not in (PUBLIC, TOKEN)
    g.stack.enter_context(replica.reading(allowed, _wanted() if allowed else 0))


def _wanted() -> int:
    """What the cookie says; one that cannot be read asks for the database itself."""
    told = request.cookies.get(_name(), "0")
    try:
        return int(told, 16)
    except ValueError:
        return _BEYOND


def _remember(response: Response) -> Response:
    installation: Installation = current_app.extensions["hub.installation"]
    said = replica.current()
    if said is not None and said.wrote and installation.replica is not None and not is_api(request.path):
        secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
        position = f"{installation.replica.written():x}"
        response.set_cookie(_name(), position, max_age=COOKIE_SECONDS, secure=secure, httponly=True, samesite="Lax")
    return response


def _name() -> str:
    return "__Host-hub-written" if current_app.config["SESSION_COOKIE_SECURE"] else "hub-written"

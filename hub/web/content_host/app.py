"""The content host's application, and what sends a request to it by its host name."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Final

from flask import Flask, Response, current_app, request
from flask.sessions import SecureCookieSessionInterface
from werkzeug.exceptions import HTTPException

from hub.db.directory import Installation, normal_host
from hub.db.errors import DatabaseError
from hub.services.errors import ServiceError
from hub.services.play.store import PackageStore
from hub.texts import LANGUAGES, Translator, gettext, ngettext, speaking
from hub.urls.content import serves
from hub.web import error_words
from hub.web.access import check
from hub.web.content_host import headers, views
from hub.web.ui.static_files import StaticFiles

log = logging.getLogger("hub.web")
LARGEST_FORM: Final = 1 << 20
_FALLBACK: Final = 400

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class _NoCookies(SecureCookieSessionInterface):
    """No session: nothing is read from a cookie and none is set."""

    def open_session(self, _app: Flask, _request: Any) -> None:
        """Nothing."""
        return None

    def is_null_session(self, _obj: object) -> bool:
        """Always."""
        return True


def create_content_app(installation: Installation, clock: Callable[[], datetime], *, development: bool) -> Flask:
    """The application that answers at content hosts. It shares code with the hub, but no view and no cookie."""
    app = Flask("hub.web", static_folder=None)
    app.session_interface = _NoCookies()
    app.config.update(MAX_CONTENT_LENGTH=LARGEST_FORM, MAX_FORM_MEMORY_SIZE=LARGEST_FORM)
    app.extensions[views.CONTEXT] = views.Context(
        installation, PackageStore(installation), StaticFiles(prefix="/hub/", reload=development), clock
    )
    app.jinja_env.globals.update({"_": gettext, "ngettext": ngettext})
    app.register_blueprint(views.blueprint)
    app.register_error_handler(Exception, answer)
    headers.install(app)
    check(app.view_functions)
    return app


def answer(error: Exception) -> Response:
    """An error as a page for people or, for scripts, as its code. Nothing of the hub's pages stands in it."""
    if isinstance(error, HTTPException):
        status, code = error.code or _FALLBACK, f"http-{error.code}"
    else:
        code = str(getattr(error, "code", "internal"))
        words = error_words.TABLE.get(code) if isinstance(error, ServiceError | DatabaseError) else None
        status, code = (words.status, code) if words else (500, "internal")
    if status >= 500:
        log.error("%s on %s of a content host", code, request.endpoint, exc_info=error)
    if request.path == "/commit":
        return current_app.json.response({"error": code}), status  # type: ignore[return-value]  # Flask takes a pair too
    found = error_words.TABLE.get(code, error_words.INTERNAL if status >= 500 else error_words.TABLE["http-404"])
    language = request.accept_languages.best_match(LANGUAGES) or "fr"
    with speaking(Translator(language)):
        text = f"{gettext(found.title)}. {gettext(found.text)}\n"
    return Response(text, status, content_type="text/plain; charset=utf-8")


def dispatch(hub: Wsgi, content: Wsgi, installation: Installation) -> Wsgi:
    """The hub for its hosts, the content application for content hosts: neither answers for the other."""

    def by_host(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        host = normal_host(str(environ.get("HTTP_HOST") or environ.get("SERVER_NAME") or ""))
        chosen = content if serves(installation.config, host) else hub
        return chosen(environ, start)

    return by_host

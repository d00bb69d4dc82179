"""The views of the content host: a session's page, its messages, the files of packages, the wrapper's own scripts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from flask import Blueprint, Response, abort, current_app, render_template, request
from werkzeug.exceptions import Gone

from hub.db.directory import Installation, normal_host
from hub.services.errors import Invalid
from hub.services.play import playing, tokens
from hub.services.play.formats import formats
from hub.services.play.store import Held, PackageStore
from hub.texts import Translator, speaking
from hub.urls.addresses import base_address
from hub.urls.content import content_origin
from hub.web import static_files
from hub.web.access import TOKEN, access
from hub.web.content_host import files
from hub.web.content_host.headers import frame_of
from hub.web.ui.static_files import StaticFiles

CONTEXT: Final = "hub.content"
LARGEST_MESSAGE: Final = 16 << 20
"""Bytes of one message: enough that what is far too long is read, left out and seen by the trainer."""
OWN_FILES: Final = ("play/", "vendor/scorm", "vendor/h5p")
"""Beginnings of the static files that the content host gives out."""

blueprint = Blueprint("content", __name__)


@dataclass(frozen=True, slots=True)
class Context:
    """What the views need of their application."""

    installation: Installation
    store: PackageStore
    static: StaticFiles
    clock: Callable[[], datetime]


def _context() -> Context:
    found: Context = current_app.extensions[CONTEXT]
    return found


@blueprint.post("/enter")
@access(TOKEN)
def enter() -> Response:
    """The wrapper page of a session, in exchange for a ticket; a ticket opens once."""
    context = _context()
    now = context.clock()
    ticket = tokens.read_ticket(context.installation.vault, request.form.get("ticket", ""), now)
    if ticket is None:
        raise Gone
    held = context.store.get(ticket.tenant, ticket.package)
    _require_host(context.installation, ticket.tenant, held)
    opened = playing.open_session(context.installation, context.store, ticket, now)
    wrapper = opened.wrapper
    frame_of(opened.hub, ticket.around, connect=wrapper.connect, elsewhere=wrapper.elsewhere)
    data = {"token": opened.token, "files": opened.files, **wrapper.data}
    with speaking(Translator(ticket.language if ticket.language in ("fr", "en") else "fr")) as translator:
        html = render_template(
            "play/wrapper.html",
            lang=translator.lang,
            title=opened.title,
            parts=wrapper.parts,
            steps=wrapper.steps,
            data=tokens.as_json(data),
            scripts=[context.static.url(name) for name in wrapper.scripts],
            styles=[context.static.url(name) for name in ("play/wrapper.css", *wrapper.styles)],
        )
    return Response(html, content_type="text/html; charset=utf-8")


@blueprint.post("/commit")
@access(TOKEN)
def commit() -> Response:
    """A message of a session, in JSON: ``token``, ``seq`` from 1, and what the format understands.

    Plain text by its type, so that a page that is being closed may still send it (no preflight, keepalive).
    """
    context = _context()
    request.max_content_length = LARGEST_MESSAGE
    try:
        message = orjson.loads(request.get_data())
    except orjson.JSONDecodeError:
        message = None
    if not isinstance(message, dict) or type(message.get("seq")) is not int or message["seq"] < 1:
        raise Invalid({"message": "incorrect"})
    now = context.clock()
    token = tokens.read_commit_token(context.installation.vault, str(message.get("token", "")), now)
    if token is None:
        raise Gone
    taken = playing.take(context.installation, context.store, token, message["seq"], message, now)
    body: dict[str, Any] = {"seq": message["seq"], "token": taken.token, **taken.answer}
    return Response(orjson.dumps(body), content_type="application/json")


@blueprint.get("/p/<key>/<path:name>")
@access(TOKEN)
def package_file(key: str, name: str) -> Response:
    """A file of a package. The key stands for one package and one attempt."""
    context = _context()
    found = tokens.read_files_key(context.installation.vault, key, context.clock())
    if found is None:
        raise Gone
    context.installation.tenant_for_host(found.hub)
    held = context.store.get(found.tenant, found.package)
    _require_host(context.installation, found.tenant, held)
    hub = base_address(context.installation.config, found.hub)
    frame_of(hub, found.around, connect=(hub,) if formats()[held.format].calls_hub else ())
    return files.serve(context.store, found.tenant, held, name)


@blueprint.get("/over/<key>")
@access(TOKEN)
def over(key: str) -> Response:
    """Where content leads when the learner leaves it: the page around sees it; a window of its own closes."""
    context = _context()
    found = tokens.read_files_key(context.installation.vault, key, context.clock())
    if found is None:
        raise Gone
    frame_of(base_address(context.installation.config, found.hub), found.around)
    page = "<!doctype html><meta charset=utf-8><title>.</title><script>if(window.opener)window.close()</script>"
    return Response(page, content_type="text/html; charset=utf-8")


@blueprint.get("/hub/<path:name>")
@access(TOKEN)
def own_file(name: str) -> Response:
    """A script or sheet of the wrapper page."""
    if not name.startswith(OWN_FILES):
        abort(404)
    return static_files.answer(_context().static, name)


def _require_host(installation: Installation, tenant: str, held: Held) -> None:
    """A package is served at its own host only: else one could put itself beside another."""
    label = tokens.label_of(installation.vault, tenant, held.resource_id)
    expected = content_origin(installation.config, label).partition("//")[2]
    if normal_host(request.host) != normal_host(expected):
        abort(404)

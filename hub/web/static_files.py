"""Static files under content-hashed names, and compression of what is rendered."""

from typing import Final

from flask import Blueprint, Flask, Response, abort, current_app, request
from werkzeug.http import parse_accept_header
from zlib_ng import zlib_ng

from hub.web.access import PUBLIC, access
from hub.web.ui import templating
from hub.web.ui.static_files import IMMUTABLE, StaticFiles

EXTENSION: Final = "hub.static"
SMALLEST: Final = 500
"""Bytes under which compressing costs more than it saves."""
_GZIP: Final = 31
"""Window bits of zlib that mean gzip around it, without a time."""
_TEXT: Final = ("text/", "application/json", "application/problem+json", "image/svg+xml")

blueprint = Blueprint("static_files", __name__)


@blueprint.get("/static/<path:name>")
@access(PUBLIC, passive=True, any_host=True)
def static_file(name: str) -> Response:
    """One static file; under its hashed name it may be kept for ever."""
    return answer(current_app.extensions[EXTENSION], name)


def answer(files: StaticFiles, name: str) -> Response:
    """The answer for one of ``files``, packed for who takes gzip. Aborts with 404 for another name."""
    found = files.find(name)
    if found is None:
        abort(404)
    file, lasting = found
    response = Response(file.content, content_type=file.media_type)
    response.headers["Vary"] = "Accept-Encoding"
    if file.compressed is not None and accepts_gzip(request.headers.get("Accept-Encoding")):
        response.set_data(file.compressed)
        response.content_encoding = "gzip"
    response.headers["Cache-Control"] = IMMUTABLE if lasting else "no-cache"
    response.set_etag(file.hash + ("-gzip" if response.content_encoding else ""))
    response.make_conditional(request)
    return response


def accepts_gzip(accept_encoding: str | None) -> bool:
    """Whether the sender of this header of a request takes gzip."""
    return parse_accept_header(accept_encoding)["gzip"] > 0


def packed(data: bytes) -> bytes:
    """``data`` in gzip."""
    return zlib_ng.compress(data, 5, wbits=_GZIP)


def compress(response: Response) -> Response:
    """Compress a rendered text. What attackers could make us reflect beside a secret (BREACH) needs the cookie,
    which is SameSite=Lax and so does not come with requests that another site makes."""
    if (
        response.direct_passthrough
        or response.is_streamed
        or response.content_encoding
        or not (response.mimetype or "").startswith(_TEXT)
        or not 200 <= response.status_code < 600
        or len(data := response.get_data()) < SMALLEST
    ):
        return response
    response.vary.add("Accept-Encoding")
    if not accepts_gzip(request.headers.get("Accept-Encoding")):
        return response
    response.set_data(packed(data))
    response.content_encoding = "gzip"
    return response


def install(app: Flask, *, development: bool) -> None:
    """Serve the static folder, teach the templates its addresses, compress what is rendered."""
    files = StaticFiles(reload=development)
    app.extensions[EXTENSION] = files
    app.register_blueprint(blueprint)
    templating.install(app.jinja_env, files)
    app.after_request(compress)

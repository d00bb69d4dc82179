"""Addresses below ``/xapi`` as emitters really build them: doubled and trailing slashes name the same resource.

A redirect would do for browsers; many emitters drop the body or the credentials on one, so the path is mended before
it is matched.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

from hub.web import xapi_alternate

_XAPI = re.compile(r"/+xapi(/|$)")
_SLASHES = re.compile(r"//+")

WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]


def mended(path: str) -> str:
    """``//xapi//statements/`` -> ``/xapi/statements``; every other path as it is."""
    return _SLASHES.sub("/", path).rstrip("/") if _XAPI.match(path) else path


def tolerant(app: WsgiApp) -> WsgiApp:
    """The same application, behind mended paths and plain requests."""

    def mend(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ["PATH_INFO"] = mended(environ.get("PATH_INFO", ""))
        if environ["PATH_INFO"].startswith("/xapi/"):
            xapi_alternate.rewrite(environ)
        return app(environ, start_response)

    return mend

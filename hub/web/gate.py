"""The gate before every view: CSRF and the declared access."""

from urllib.parse import quote, urlsplit

from flask import Response, abort, current_app, request, url_for

from hub.web import frames
from hub.web.access import PUBLIC, TOKEN, Access, access_of
from hub.web.context import here
from hub.web.errors import is_api


def enforce() -> Response | None:
    """Let the request through, or answer: redirect to sign-in, 401, 403, 400 for a missing CSRF token."""
    if not request.endpoint:
        return None
    declared = access_of(current_app.view_functions[request.endpoint])
    if declared is None:
        abort(403)
    if declared.any_host:
        return None
    viewer = here().viewer
    if not declared.admits(viewer):
        return ask_to_sign_in() if viewer is None else abort(403)
    if here().owes_second and not _leads_to_it(declared, request.endpoint):
        return ask_to_set_up()
    if declared.csrf:
        current_app.extensions["csrf"].protect()
    return None


def _leads_to_it(declared: Access, endpoint: str) -> bool:
    """What somebody who has to set a second factor up still reaches: those pages, signing out, what is public."""
    return declared.audience in (PUBLIC, TOKEN) or endpoint.startswith(("second_factor.", "sign_in."))


def ask_to_set_up() -> Response:
    """Send to the page where the second factor is set up."""
    target = url_for("second_factor.show")
    if request.headers.get("HX-Request") == "true":
        return Response(status=401, headers={"HX-Redirect": target})
    return Response(status=303, headers={"Location": target})


def ask_to_sign_in() -> Response:
    """Send to the sign-in page and back afterwards; a machine and a form that lost its session get 401.

    In a partner's frame nobody signs in: there the way leads back to the partner's page.
    """
    if is_api(request.path):
        abort(401)
    if (response := frames.over()) is not None:
        return response
    if request.headers.get("HX-Request") == "true":
        page = urlsplit(request.headers.get("HX-Current-URL", "")).path or "/"
        return Response(status=401, headers={"HX-Redirect": page if frames.remembered() else sign_in_address(page)})
    if request.method not in ("GET", "HEAD"):
        return Response(status=303, headers={"Location": sign_in_address("/")})
    return Response(status=303, headers={"Location": sign_in_address(request.full_path.rstrip("?"))})


def sign_in_address(back: str) -> str:
    """The sign-in page, with where to go afterwards."""
    return url_for("sign_in.sign_in") + (f"?next={quote(back, safe='/')}" if back != "/" else "")


def local_path(target: str | None) -> str:
    """``target`` if it is a path of this site, else ``/``: nobody is sent elsewhere by a crafted link."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or any(ord(c) < 32 for c in target):
        return "/"
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc else "/"

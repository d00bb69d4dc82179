"""What every answer carries for security, and what one answer may loosen for its own purpose.

Content Security Policy: own origin only, nothing inline, no frame around us. A view that needs more (a form posted
to a tool, a player in a frame) says so through `loosen` or `lead_away`; nothing else can.
"""

from collections.abc import Mapping
from functools import cache
from typing import Final

from flask import Flask, Response, g, request

from hub.web.context import here, is_here
from hub.web.cookies import framed

_POLICY: Final[dict[str, tuple[str, ...]]] = {
    "default-src": ("'self'",),
    "object-src": ("'none'",),
    "base-uri": ("'none'",),
    "form-action": ("'self'",),
    "frame-ancestors": ("'none'",),
}
#: What a view may say otherwise. Whatever the page, it depends on who asks: a cache between us and the browser, or the
#: "back" of the next person at a shared PC, must not show it again.
_UNLESS_SET: Final = (
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(self), microphone=(), geolocation=()"),
    ("Cache-Control", "no-store"),
)
_LOOSE: Final = "hub_loose"
HSTS: Final = "max-age=31536000"


def loosen(directive: str, *origins: str) -> None:
    """Allow more ``origins`` (scheme and host, from a registration, never from the request) in this answer's policy.

    ``loosen("frame-ancestors", "https://moodle.example.org")`` lets that site frame the page;
    ``loosen("form-action", "https://tool.example.org")`` lets the page post to that tool.
    """
    for origin in origins:
        if not origin.startswith(("https://", "http://")) or any(c in origin for c in " ;,'\"*\n"):
            raise ValueError("an origin is scheme://host[:port]")
    loose: dict[str, tuple[str, ...]] = g.setdefault(_LOOSE, {})
    loose[directive] = (*loose.get(directive, ()), *origins)


def lead_away(*addresses: str, within: bool = False) -> None:
    """Let a form of this answer lead to partners' sites, and wherever these send the browser on.

    Chromium holds each redirect after a form to ``form-action`` (CSP Level 3 section 6.4.1), and real sites redirect to
    hosts that nobody registered: the sign-in of an institution, another name of the same platform. Naming the site
    alone would make such a click do nothing. So the scheme is what is said: ``https``, and ``http`` where one of the
    addresses is. ``within``: the form's target is a frame of ours, which may go there too.
    """
    sources = ("https:", "http:") if any(address.startswith("http://") for address in addresses) else ("https:",)
    loose: dict[str, tuple[str, ...]] = g.setdefault(_LOOSE, {})
    for directive in ("form-action", "frame-src") if within else ("form-action",):
        loose[directive] = tuple(dict.fromkeys((*loose.get(directive, ()), *sources)))


def sandbox() -> None:
    """Take every right from this answer: a file that somebody sent us runs nothing and belongs to no origin."""
    g.hub_sandbox = True


def policy() -> str:
    """The Content-Security-Policy of the present answer."""
    if g.get("hub_sandbox"):
        return "default-src 'none'; sandbox; frame-ancestors 'none'"
    loose = g.get(_LOOSE)
    if not loose:
        return _STRICT
    directives = dict(_POLICY)
    for name, origins in loose.items():
        own = tuple(s for s in directives.get(name, directives["default-src"]) if s != "'none'")
        directives[name] = (*own, *origins)
    return _joined(directives)


def _joined(directives: Mapping[str, tuple[str, ...]]) -> str:
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in directives.items())


_STRICT: Final = _joined(_POLICY)


def add_headers(response: Response) -> Response:
    """Set the headers; one that the view set itself stays, except those no view may drop."""
    headers = response.headers
    signed_in = here().signed_in if is_here() else None
    if signed_in is not None and signed_in.framed_by and framed():
        # A partner's platform launched this session in a frame of its own: that site, and no other, may show us.
        loosen("frame-ancestors", signed_in.framed_by)
    for name, value in _always(policy(), secure=request.is_secure):
        headers[name] = value
    there = {name.lower() for name, _ in headers}
    headers.extend([(name, value) for name, value in _UNLESS_SET if name.lower() not in there])
    return response


@cache
def usual(*, secure: bool) -> tuple[tuple[str, str], ...]:
    """The headers of an answer that sets none of them itself and loosens nothing. ``secure``: asked for over https."""
    return *_always(_STRICT, secure=secure), *_UNLESS_SET


def _always(policy: str, *, secure: bool) -> tuple[tuple[str, str], ...]:
    always = ("Content-Security-Policy", policy), ("X-Content-Type-Options", "nosniff")
    return (*always, ("Strict-Transport-Security", HSTS)) if secure else always


def install(app: Flask) -> None:
    """Add the headers to every answer of ``app``."""
    app.after_request(add_headers)

"""What every answer of the content host carries. Nothing here can be loosened by a package."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from flask import Flask, Response, g, request

from hub.web.security import HSTS

_PERMISSIONS: Final = (
    "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), microphone=(), "
    "midi=(), payment=(), publickey-credentials-get=(), serial=(), usb=()"
)


def frame_of(hub: str, around: str, *, connect: Sequence[str] = (), elsewhere: Sequence[str] = ()) -> None:
    """Say that this answer may stand in a frame of ``hub`` (an origin; itself in one of ``around``, if not empty), call
    ``connect`` and show ``elsewhere``."""
    g.content_policy = (f"{hub} {around}".strip(), tuple(connect), tuple(elsewhere))


def policy() -> str:
    """The Content-Security-Policy of the present answer: what authoring tools emit runs, and reaches its own host only.

    The hub and the content host itself (the page around the content) may frame it; no other site.
    """
    hub, connect, elsewhere = g.get("content_policy", ("", (), ()))
    if not hub:
        return "default-src 'none'; frame-ancestors 'none'; sandbox"
    return "; ".join((
        "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'",
        " ".join(("connect-src 'self' data: blob:", *connect)),
        " ".join(("frame-src 'self' data: blob:", *elsewhere)),
        "form-action 'self'",
        "base-uri 'self'",
        f"frame-ancestors 'self' {hub}",
    ))  # fmt: skip


def add_headers(response: Response) -> Response:
    """Set the headers."""
    headers = response.headers
    headers["Content-Security-Policy"] = policy()
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Permissions-Policy"] = _PERMISSIONS
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Origin-Agent-Cluster"] = "?1"
    headers["X-Robots-Tag"] = "noindex"
    headers.setdefault("Cache-Control", "no-store")
    if request.is_secure:
        headers["Strict-Transport-Security"] = HSTS
    return response


def install(app: Flask) -> None:
    """Add the headers to every answer of ``app``."""
    app.after_request(add_headers)

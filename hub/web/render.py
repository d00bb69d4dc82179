"""From a view to its answer: a page in the frame of the site, a fragment, a problem, a redirect with a message."""

from typing import Any, cast
from urllib.parse import quote

import orjson
from flask import Response, flash, get_flashed_messages, redirect, render_template, request, url_for
from flask_wtf.csrf import generate_csrf

from hub.texts import LANGUAGES
from hub.web.context import Here, here
from hub.web.nav import home_of, nav_items, page_exists
from hub.web.ui.frame import Account, Message, NoticeKind, Site

LANGUAGE_NAMES = {"fr": "Français", "en": "English"}
PROBLEM = "application/problem+json"
_BREAK = "\n"
"""Between a message and its detail while they wait in the cookie for the next page."""


def page(template: str, status: int | None = None, **context: Any) -> Response:
    """Render a page that extends ``base.html``. Status 200, or 422 where ``errors`` of the context holds any."""
    if status is None:
        status = 422 if context.get("errors") else 200
    return fragment(template, status, site=site(), **context)


def fragment(template: str, status: int = 200, **context: Any) -> Response:
    """Render a piece of a page for htmx; templates know ``here``, ``viewer`` and ``csrf_token`` (a text)."""
    where = here()
    html = render_template(template, here=where, viewer=where.viewer, csrf_token=generate_csrf(), **context)
    return Response(html, status, content_type="text/html; charset=utf-8")


def problem(status: int, code: str, title: str, detail: str = "", **members: Any) -> Response:
    """A problem+json answer (RFC 9457). ``code`` is stable, ``title`` and ``detail`` are in the reader's language."""
    body = {"type": f"urn:hub:problem:{code}", "status": status, "code": code, "title": title, **members}
    if detail:
        body["detail"] = detail
    return Response(orjson.dumps(body, default=str), status, content_type=PROBLEM)


def go(location: str, message: str = "", kind: NoticeKind = "success", detail: str = "") -> Response:
    """The answer to a POST that worked: 303 to ``location``, where ``message`` will stand. Give a path of our own."""
    if message:
        flash(message + _BREAK + detail, kind)
    if request.headers.get("HX-Request") == "true":
        return Response(status=204, headers={"HX-Redirect": location})
    response = redirect(location, 303)
    return Response(response.get_data(), 303, dict(response.headers))


def site() -> Site:
    """The frame of the present page."""
    where = here()
    viewer, place = where.viewer, where.settings.get("place", {})
    account = None
    if viewer:
        account = Account(viewer.name, url_for("account.account"), url_for("sign_in.sign_out"))
    return Site(
        tenant_name=str(place.get("name") or where.record.name),
        tagline=str(place.get("tagline") or ""),
        place=str(place.get("address") or ""),
        theme_href=_theme_href(where),
        home_href=home_of(viewer) if viewer else "/",
        nav=nav_items(viewer) if viewer else (),
        account=account,
        languages=_other_languages(where),
        data_href=url_for("account.my_data_page") if viewer else None,
        help_href=_help_href() if viewer else None,
        csrf_token=generate_csrf(),
        shared_device=bool(where.signed_in and where.signed_in.shared),
        messages=tuple(_messages()),
    )


def _messages() -> list[Message]:
    kinds: dict[str, NoticeKind] = {"info": "info", "success": "success", "warning": "warning", "error": "error"}
    flashed = cast(list[tuple[str, str]], get_flashed_messages(with_categories=True))
    parts = [(kind, *text.partition(_BREAK)) for kind, text in flashed]
    return [Message(text, kinds.get(kind, "info"), detail) for kind, text, _separator, detail in parts]


def _other_languages(where: Here) -> tuple[tuple[str, str, str], ...]:
    back = request.full_path.rstrip("?") if request.method == "GET" else "/"
    return tuple(
        (code, LANGUAGE_NAMES[code], url_for("sign_in.language", code=code, next=back))
        for code in LANGUAGES
        if code != where.translator.lang
    )


def _theme_href(where: Here) -> str | None:
    colours = where.settings.get("theme", {})
    light, dark = str(colours.get("light") or ""), str(colours.get("dark") or "")
    if not light or not dark:
        return None
    return url_for("look.theme", version=f"{light}-{dark}".replace("#", ""))


def _help_href() -> str | None:
    """« Besoin d’aide » on every page tells where it was asked from."""
    if not page_exists("/help/new"):
        return None
    return f"/help/new?page={quote(request.path)}"

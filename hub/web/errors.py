"""From exceptions to answers: status and words by ``error_words``, a page for people, problem+json for machines.

Logged once, here: what we foresaw at level info, what we did not with its trace and the id that the page shows.
"""

import logging
import secrets
from typing import Any

from flask import Flask, Response, current_app, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from connectors.errors import ConnectorError
from content.xapi.errors import StatementError
from hub.db.errors import DatabaseAway, DatabaseBusy, DatabaseFull, no_room
from hub.services.errors import Invalid, TooManyRequests
from hub.texts import gettext
from hub.web.context import here, is_here
from hub.web.error_words import FIELD_FAULTS, INTERNAL, TABLE, Words
from hub.web.render import page, problem
from lti.errors import LtiError

log = logging.getLogger("hub.web")

API_PATHS = ("/api", "/xapi", "/lti/services")
"""Below these, errors are problem+json."""


def is_api(path: str) -> bool:
    """Whether machines ask below ``path``."""
    return any(path == prefix or path.startswith(f"{prefix}/") for prefix in API_PATHS)


#: Trees whose own codes are too fine for the table: one entry a tree.
FAMILIES: tuple[tuple[type[BaseException], str], ...] = (
    (LtiError, "lti_error"),
    (StatementError, "content_error"),
    (ConnectorError, "connector_error"),
)


def code_of(error: BaseException) -> str | None:
    """The stable code under which the table knows this error: its own, else that of the nearest ancestor."""
    if isinstance(error, CSRFError):
        return "csrf"
    if isinstance(error, HTTPException):
        return f"http-{error.code}"
    if no_room(error):
        return DatabaseFull.code
    codes = [getattr(error, "code", None), *(vars(cls).get("code") for cls in type(error).__mro__)]
    family = next((code for tree, code in FAMILIES if isinstance(error, tree)), None)
    return next((code for code in codes if isinstance(code, str) and code in TABLE), family)


def words_of(error: BaseException) -> tuple[str, Words]:
    """Code and words of an error; what the table does not know is ours to mend: 500."""
    code = code_of(error)
    found = TABLE.get(code) if code else None
    if code and found:
        own = getattr(error, "code", code)
        return (str(own) if isinstance(own, str) else code), found
    if isinstance(error, HTTPException) and error.code and error.code < 500:
        base = TABLE["http-400"]
        return f"http-{error.code}", Words(error.code, base.title, base.text)
    return "internal", INTERNAL


def answer(error: Exception) -> Response:
    """The answer to an exception that no view handled."""
    if isinstance(error, HTTPException) and error.response is not None:
        return current_app.make_response(error.response)
    code, words = words_of(error)
    reference = secrets.token_hex(4) if words.status >= 500 else ""
    if code == "internal":
        log.error("error %s on %s %s", reference, request.method, request.path, exc_info=error)
    else:
        log.info("%s on %s %s%s", code, request.method, request.path, f" ({reference})" if reference else "")
    response = _render(error, code, words, reference)
    for name, value in _headers(error).items():
        response.headers[name] = value
    return response


def field_faults(error: Invalid) -> dict[str, str]:
    """Field -> sentence in the reader's language, of an Invalid."""
    return {name: gettext(FIELD_FAULTS.get(fault, FIELD_FAULTS["incorrect"])) for name, fault in error.fields.items()}


def install(app: Flask) -> None:
    """Answer every exception of ``app`` here."""
    app.register_error_handler(Exception, answer)


def _render(error: Exception, code: str, words: Words, reference: str) -> Response:
    details = _details(error)
    title, text = _say(words.title, details), _say(words.text, details)
    if is_api(request.path):
        members: dict[str, Any] = {"reference": reference} if reference else {}
        if isinstance(error, Invalid):
            members["fields"] = {
                name: {"code": error.fields[name], "text": t} for name, t in field_faults(error).items()
            }
        return problem(words.status, code, title, text, **members)
    if not is_here():
        return Response(f"{title}. {text}\n", words.status, content_type="text/plain; charset=utf-8")
    if isinstance(error, Invalid):
        text = " ".join([text, *field_faults(error).values()])
    try:
        return page("errors/error.html", words.status, error_title=title, error_text=text, reference=reference)
    except Exception:
        # The frame itself may be what failed: say it plainly rather than not at all.
        log.exception("the error page failed (%s)", reference)
        return Response(f"{title}. {text} {reference}\n", words.status, content_type="text/plain; charset=utf-8")


def _say(text: str, details: dict[str, Any]) -> str:
    return gettext(text, **details)


def _details(error: Exception) -> dict[str, Any]:
    found = getattr(error, "details", None)
    return found if isinstance(found, dict) else {}


def _headers(error: Exception) -> dict[str, str]:
    if isinstance(error, TooManyRequests) and is_here():
        return {"Retry-After": str(max(1, int((error.retry_at - here().now).total_seconds())))}
    if isinstance(error, DatabaseAway | DatabaseBusy):
        return {"Retry-After": "5"}
    if isinstance(error, HTTPException):
        return {
            name: value for name, value in error.get_headers() if name in ("Allow", "WWW-Authenticate", "Retry-After")
        }
    return {}

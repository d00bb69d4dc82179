"""The alternate request syntax of xAPI 1.0.x: a POST of a form whose query says which method is meant.

Browsers without cross-origin headers send so: ``POST /xapi/statements?method=PUT``, headers and parameters as members
of the form, the body as its member ``content``. The request is rewritten before it is routed, so the views know nothing
of it; xAPI 2.0 has dropped the syntax and is told so. Source: xAPI 1.0.3 Communication 1.3.
"""

from io import BytesIO
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

METHODS: Final = ("GET", "HEAD", "PUT", "POST", "DELETE")
FORM: Final = "application/x-www-form-urlencoded"
FAULT: Final = "hub.xapi.alternate_fault"
"""Key of the WSGI environment: why the rewriting was refused, for the view to say."""
LARGEST: Final = 32 * 1024 * 1024
"""Bytes of a form; the body inside it is then held to the limit of every body."""
_HEADERS: Final = {
    "authorization": "HTTP_AUTHORIZATION",
    "x-experience-api-version": "HTTP_X_EXPERIENCE_API_VERSION",
    "content-type": "CONTENT_TYPE",
    "if-match": "HTTP_IF_MATCH",
    "if-none-match": "HTTP_IF_NONE_MATCH",
    "accept": "HTTP_ACCEPT",
    "accept-language": "HTTP_ACCEPT_LANGUAGE",
}


def rewrite(environ: dict[str, Any]) -> None:
    """Make the request the one it stands for, or note under ``FAULT`` why it stands for none. Others are left alone."""
    if environ.get("REQUEST_METHOD") != "POST" or "method=" not in environ.get("QUERY_STRING", ""):
        return
    query = parse_qsl(environ["QUERY_STRING"], keep_blank_values=True)
    if all(name != "method" for name, _ in query):
        return
    fault = _rewritten(environ, query)
    if fault:
        environ[FAULT] = fault


def _rewritten(environ: dict[str, Any], query: list[tuple[str, str]]) -> str:
    method = query[0][1].upper()
    if len(query) > 1 or method not in METHODS:
        return "the query holds the parameter method alone, with the name of a method"
    if environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() != FORM:
        return f"the body is {FORM}"
    form = _form(environ)
    if form is None:
        return "the form is too large, or is no text in UTF-8"
    version = form.get("X-Experience-API-Version") or environ.get("HTTP_X_EXPERIENCE_API_VERSION", "")
    if version.startswith("2"):
        environ["HTTP_X_EXPERIENCE_API_VERSION"] = version
        return "xAPI 2.0 has no alternate request syntax"
    content = form.pop("content", None)
    if content is None and method in ("PUT", "POST"):
        return "the form has no member content, which is the body"
    environ["CONTENT_TYPE"] = "application/json"
    parameters = []
    for name, value in form.items():
        key = _HEADERS.get(name.lower())
        if key is not None:
            environ[key] = value
        elif name.lower() != "content-length":
            parameters.append((name, value))
    body = (content or "").encode("utf-8", "surrogateescape") if method in ("PUT", "POST") else b""
    environ |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
    environ |= {"REQUEST_METHOD": method, "QUERY_STRING": urlencode(parameters)}
    return ""


def _form(environ: dict[str, Any]) -> dict[str, str] | None:
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        if not 0 <= length <= LARGEST:
            return None
        text = environ["wsgi.input"].read(length).decode("ascii")
        return dict(parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=100))
    except (ValueError, OSError):
        return None

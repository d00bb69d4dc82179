"""The short way in for a few plain statements, in front of Flask.

Most statements are sent alone: a POST of one JSON object, with a credential that this process saw proved a moment ago.
It is answered here by the functions that the view calls, without the contexts, hooks and routing around them. Whatever
is not plain, and whatever will be refused, goes to Flask untouched: nothing in here words a refusal, and nothing is
stored that has not passed every check of the view.

Requests that the server holds at once (``hub.web.serving``) are stored in one unit of work.
"""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any, Final

import orjson
from flask import Flask, Response

from content.xapi import formats
from content.xapi.repair import repair
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.services import ledger, xapi_sources
from hub.services.errors import StatementConflict, VoidForbidden
from hub.services.settings import recent_settings
from hub.services.source import Source
from hub.services.turns import turns
from hub.web import measures, security, xapi_cors
from hub.web.xapi_formats import CONSISTENT, instant_text
from hub.web.xapi_request import (
    VERSION_HEADER,
    Caller,
    Settings,
    grant,
    largest_batch,
    largest_body,
    said,
    version_of,
)
from hub.web.xapi_storing import Storing, batch_of, checked, store, under

EXTENSION: Final = "hub.xapi.express"
GATHERED: Final = "hub.xapi.gathered"
"""Key of the WSGI environment: a list in which the request is left instead of being answered (``Express.answer``)."""
FAILED: Final = "hub.xapi.failed"
"""Key of the WSGI environment: what went wrong when a request was stored that had passed every check; the view raises
it."""
PATH: Final = "/xapi/statements"
ENDPOINTS: Final = {"POST": "xapi.post_statements", "PUT": "xapi.put_statements"}
MOST_BYTES: Final = 32 * 1024
MOST_STATEMENTS: Final = 10
"""Of one request. The answer is then shorter than what Flask's application compresses."""

_ONE: Final = re.compile(f"statementId=({formats.UUID})")

WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Answer:
    """Status line, headers and body."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request of somebody who may store statements."""

    environ: dict[str, Any]
    tenant: TenantDatabase
    settings: Settings
    who: Caller
    body: bytes


@dataclass(frozen=True, slots=True)
class _Ready:
    """A request that has passed every check; its statements wait for their unit of work."""

    asked: _Asked
    source: Source
    prepared: list[ledger.Prepared]


def plain(method: str, path: str, query: str, length: int) -> bool:
    """Whether a request may go the short way, by what its head says."""
    if path != PATH or not 0 < length <= MOST_BYTES:
        return False
    return not query if method == "POST" else method == "PUT" and _ONE.fullmatch(query) is not None


class Express:
    """The short way into ``app``, whose WSGI application is ``inner``."""

    def __init__(self, app: Flask, inner: WsgiApp) -> None:
        self._app, self._inner = app, inner
        self._installation: Installation = app.extensions["hub.installation"]
        app.extensions[EXTENSION] = self

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request, or leave it where the server gathers several."""
        gathered: list[dict[str, Any]] | None = environ.pop(GATHERED, None)
        if gathered is not None:
            gathered.append(environ)
            return ()
        answer = self.answer([environ])[0] if _is_plain(environ) else None
        if answer is None:
            return self._inner(environ, start_response)
        start_response(answer.status, answer.headers)
        return [answer.body]

    def answer(self, environs: Sequence[dict[str, Any]]) -> list[Answer | None]:
        """Answers to requests, those of one source stored together. None: Flask answers this one; nothing was changed,
        and its body can be read again."""
        began, now = time.perf_counter(), self._app.extensions["hub.clock"]()
        asked = [self._admitted(environ, now) for environ in environs]
        with turns.to_prepare():
            ready = [None if one is None else _prepared(one, now) for one in asked]
        groups: dict[tuple[TenantDatabase, Source], dict[int, _Ready]] = defaultdict(dict)
        for number, found in enumerate(ready):
            if found is not None:
                groups[found.asked.tenant, found.source][number] = found
        answers: list[Answer | None] = [None] * len(environs)
        for group in groups.values():
            for number, answer in zip(group, self._stored(list(group.values()), now, began), strict=True):
                answers[number] = answer
        return answers

    def _admitted(self, environ: dict[str, Any], now: datetime) -> _Asked | None:
        """None for what is not plain, and for what the view is going to refuse."""
        try:
            return self._identified(environ, now) if _is_plain(environ) else None
        except Exception:
            return None  # the view meets it again, and words it

    def _identified(self, environ: dict[str, Any], now: datetime) -> _Asked | None:
        version = version_of(environ.get("HTTP_X_EXPERIENCE_API_VERSION", ""))
        kind = environ.get("CONTENT_TYPE", "").partition(";")[0].strip()
        encoded = "HTTP_CONTENT_ENCODING" in environ or "HTTP_TRANSFER_ENCODING" in environ
        if version is None or kind != "application/json" or encoded:
            return None
        tenant = self._installation.tenant_for_host(environ["HTTP_HOST"])
        found = grant(environ.get("HTTP_AUTHORIZATION", ""), tenant, self._installation.vault_of(tenant.key), now)
        row, settings, length = found.source, recent_settings(tenant), int(environ["CONTENT_LENGTH"])
        if row is None or found.fault or not xapi_sources.allows(found.scopes, "statements/write"):
            return None
        if row.per_minute is not None or row.profile_mode == "strict" or length > largest_body(settings, row):
            return None
        body = environ["wsgi.input"].read(length)
        environ["wsgi.input"] = BytesIO(body)
        if len(body) < length:
            return None
        return _Asked(environ, tenant, settings, Caller(row, version, found.scopes), body)

    def _stored(self, group: list[_Ready], now: datetime, began: float) -> list[Answer | None]:
        """The answers to requests of one source, stored together."""
        first, load = group[0].asked, [p for ready in group for p in ready.prepared]
        storing = Storing(first.who, now, self._app.extensions["hub.clock"])
        try:
            through = store(first.tenant, lambda session: storing(session, [load]), len(load), storing.joint(load))
        except (StatementConflict, VoidForbidden):
            return [None] * len(group)  # none of them is stored; the view tells whose it is
        except Exception as error:
            return [self._worded(ready.asked.environ, error) for ready in group]
        return [self._said(ready, through, began) for ready in group]

    def _said(self, ready: _Ready, through: int, began: float) -> Answer:
        asked, environ = ready.asked, ready.asked.environ
        status, kind, body, method = "204 NO CONTENT", "text/html; charset=utf-8", b"", environ["REQUEST_METHOD"]
        if method == "POST":
            status, kind, body = "200 OK", "application/json", orjson.dumps([p.id for p in ready.prepared])
        headers = [
            ("Content-Type", kind),
            (VERSION_HEADER, asked.who.version),
            (CONSISTENT, instant_text(through)),
            ("Vary", "Origin"),
            *xapi_cors.allowed(environ.get("HTTP_ORIGIN"), asked.settings, self._installation.config),
            *security.usual(secure=environ["wsgi.url_scheme"] == "https"),
        ]
        if body:
            headers.append(("Content-Length", str(len(body))))
        measures.count(self._app, method, ENDPOINTS[method], int(status[:3]), time.perf_counter() - began)
        return Answer(status, headers, body)

    def _worded(self, environ: dict[str, Any], error: Exception) -> Answer:
        """What Flask says where storing failed. It does not store again: nobody knows what became of the commit."""
        environ[FAILED] = error
        said = Response.from_app(self._inner, environ, buffered=True)
        return Answer(said.status, list(said.headers), said.get_data())


def _prepared(asked: _Asked, now: datetime) -> _Ready | None:
    """None for what the view is going to refuse or mend. In memory alone: it is done in a turn."""
    try:
        who, named = asked.who, _ONE.fullmatch(asked.environ.get("QUERY_STRING", ""))
        value = said(asked.body)
        batch, places = batch_of(value) if named is None else ([under(value, named[1].lower())], ["$"])
        if not 0 < len(batch) <= min(MOST_STATEMENTS, largest_batch(asked.settings)):
            return None
        if who.row.lenient and any(repair(s, who.version, at) for s, at in zip(batch, places, strict=True)):
            return None
        checked(who, batch, places, {})
        source = who.source
        return _Ready(asked, source, ledger.prepare(batch, source, now))
    except Exception:
        return None  # as above


def _is_plain(environ: dict[str, Any]) -> bool:
    length = environ.get("CONTENT_LENGTH", "")
    whole = not environ.get("SCRIPT_NAME") and length.isascii() and length.isdigit()
    query = environ.get("QUERY_STRING", "")
    return whole and plain(environ["REQUEST_METHOD"], environ["PATH_INFO"], query, int(length))

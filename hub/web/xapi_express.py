"""The short way in for plain statements, in front of Flask.

Most requests of an LRS are a POST of JSON with a credential that this process saw proved a moment ago. They are
answered here by the functions that the view calls, without the contexts, hooks and routing around them. Whatever
is not plain, and whatever will be refused, goes to Flask untouched: nothing in here words a refusal, and nothing is
stored that has not passed every check of the view.

Requests that the server holds at once (``hub.web.serving``) are stored in one unit of work.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
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
from hub.services.group_commit import MOST
from hub.services.settings import recent_settings
from hub.services.source import Source
from hub.services.turns import turns
from hub.services.xapi_tokens import Grant
from hub.web import measures, security, xapi_cors
from hub.web.static_files import SMALLEST, accepts_gzip, packed
from hub.web.xapi_formats import CONSISTENT, instant_text
from hub.web.xapi_request import (
    GRANTED,
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

log = logging.getLogger("hub.web")
EXTENSION: Final = "hub.xapi.express"
GATHERED: Final = "hub.xapi.gathered"
"""Key of the WSGI environment: a list in which the request is left instead of being answered (``Express.answer``)."""
FAILED: Final = "hub.xapi.failed"
"""Key of the WSGI environment: what went wrong when a request was stored that had passed every check; the view raises
it."""
PATH: Final = "/xapi/statements"
ENDPOINTS: Final = {"POST": "xapi.post_statements", "PUT": "xapi.put_statements"}
MOST_BYTES: Final = 1024 * 1024
"""Of one request: others at its host wait while it is read."""
_ONE: Final = re.compile(f"statementId=({formats.UUID})")

WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Answer:
    """Status line, headers and body."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


@dataclass(frozen=True, slots=True)
class _Sender:
    """Somebody who may store statements."""

    tenant: TenantDatabase
    settings: Settings
    who: Caller
    source: Source


@dataclass(frozen=True, slots=True)
class _Sent:
    """A request of a sender; once every check is passed, its statements, which wait for their unit of work."""

    environ: dict[str, Any]
    sender: _Sender
    body: bytes
    prepared: tuple[ledger.Prepared, ...] = ()


_Senders = dict[tuple[str, str, str], tuple[_Sender | None, Grant]]
"""Those looked up for requests that are answered at once, by host, credential and version; None who may not store so,
whatever the credential."""


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
        answer = self.answer([environ])[0] if _is_plain(environ) and GRANTED not in environ else None
        if answer is None:
            return self._inner(environ, start_response)
        start_response(answer.status, answer.headers)
        return [answer.body]

    def answer(self, environs: Sequence[dict[str, Any]]) -> list[Answer | None]:
        """Answers to requests, those of one source stored together. None: Flask answers this one; nothing was changed,
        its body can be read again, and ``GRANTED`` is in it where its credential was looked up."""
        began, now = time.perf_counter(), self._app.extensions["hub.clock"]()
        senders: _Senders = {}
        admitted = [self._admitted(environ, senders, now) for environ in environs]
        ready = [_prepared(sent, now) if sent else None for sent in admitted]
        answers: list[Answer | None] = [None] * len(environs)
        for unit in _units(ready):
            for number, answer in zip(unit, self._stored(list(unit.values()), now, began), strict=True):
                answers[number] = answer
        return answers

    def _admitted(self, environ: dict[str, Any], senders: _Senders, now: datetime) -> _Sent | None:
        """None for what is not plain, and for what the view is going to refuse."""
        try:
            return self._identified(environ, senders, now) if _is_plain(environ) else None
        except Exception:
            return None  # the view meets it again, and words it

    def _identified(self, environ: dict[str, Any], senders: _Senders, now: datetime) -> _Sent | None:
        key = environ["HTTP_HOST"], environ["HTTP_AUTHORIZATION"], environ["HTTP_X_EXPERIENCE_API_VERSION"]
        if key not in senders:
            senders[key] = self._sender(*key, now)
        sender, environ[GRANTED] = senders[key]
        length = int(environ["CONTENT_LENGTH"])
        if sender is None or length > largest_body(sender.settings, sender.who.row):
            return None
        body = environ["wsgi.input"].read(length)
        environ["wsgi.input"] = BytesIO(body)
        return _Sent(environ, sender, body) if len(body) == length else None

    def _sender(self, host: str, authorization: str, asked: str, now: datetime) -> tuple[_Sender | None, Grant]:
        version, tenant = version_of(asked), self._installation.tenant_for_host(host)
        found = grant(authorization, tenant, self._installation.vault_of(tenant.key), now)
        row = found.source
        if version is None or row is None or found.fault or not xapi_sources.allows(found.scopes, "statements/write"):
            return None, found
        if row.per_minute is not None or row.profile_mode == "strict":
            return None, found
        who = Caller(row, version, found.scopes)
        return _Sender(tenant, recent_settings(tenant), who, who.source), found

    def _stored(self, group: list[_Sent], now: datetime, began: float) -> list[Answer | None]:
        """The answers to requests of one source, stored together."""
        sender, load = group[0].sender, [p for sent in group for p in sent.prepared]
        storing = Storing(sender.who, now, self._app.extensions["hub.clock"])
        try:
            through = store(sender.tenant, lambda session: storing(session, [load]), len(load), storing.joint(load))
        except (StatementConflict, VoidForbidden):
            return [None] * len(group)  # none of them is stored; the view tells whose it is
        except Exception as error:
            return [self._worded(sent.environ, error) for sent in group]
        until = instant_text(through)
        return [self._told(sent, until, began) for sent in group]

    def _told(self, sent: _Sent, until: str, began: float) -> Answer:
        """The answer to what is stored. Whatever goes wrong in here, nobody stores it again."""
        try:
            return self._said(sent, until, began)
        except Exception as error:
            return self._worded(sent.environ, error)

    def _said(self, sent: _Sent, until: str, began: float) -> Answer:
        environ, sender = sent.environ, sent.sender
        status, kind, body, method = "204 NO CONTENT", "text/html; charset=utf-8", b"", environ["REQUEST_METHOD"]
        if method == "POST":
            status, kind, body = "200 OK", "application/json", orjson.dumps([p.id for p in sent.prepared])
        long = len(body) >= SMALLEST
        headers = [
            ("Content-Type", kind),
            (VERSION_HEADER, sender.who.version),
            (CONSISTENT, until),
            ("Vary", "Origin, Accept-Encoding" if long else "Origin"),
            *xapi_cors.allowed(environ.get("HTTP_ORIGIN"), sender.settings, self._installation.config),
            *security.usual(secure=environ["wsgi.url_scheme"] == "https"),
        ]
        if long and accepts_gzip(environ.get("HTTP_ACCEPT_ENCODING")):
            body = packed(body)
            headers.append(("Content-Encoding", "gzip"))
        if body:
            headers.append(("Content-Length", str(len(body))))
        measures.count(self._app, method, ENDPOINTS[method], int(status[:3]), time.perf_counter() - began)
        return Answer(status, headers, body)

    def _worded(self, environ: dict[str, Any], error: Exception) -> Answer:
        """What Flask says where storing failed. It does not store again: nobody knows what became of the commit."""
        environ[FAILED] = error
        try:
            said = Response.from_app(self._inner, environ, buffered=True)
            return Answer(said.status, list(said.headers), said.get_data())
        except Exception:
            log.exception("no words for a failure")
            return Answer("500 INTERNAL SERVER ERROR", [("Content-Length", "0")], b"")


def _units(ready: Sequence[_Sent | None]) -> Iterable[dict[int, _Sent]]:
    """Requests of one source, by their place: as many as one unit of work holds."""
    begun: dict[tuple[TenantDatabase, Source], tuple[dict[int, _Sent], int]] = {}
    for place, sent in enumerate(ready):
        if sent is None:
            continue
        whose = sent.sender.tenant, sent.sender.source
        unit, size = begun.get(whose, ({}, 0))
        size += len(sent.prepared)
        if size > MOST and unit:
            yield unit
            unit, size = {}, len(sent.prepared)
        unit[place] = sent
        begun[whose] = unit, size
    for unit, _ in begun.values():
        yield unit


def _prepared(sent: _Sent, now: datetime) -> _Sent | None:
    """None for what the view is going to refuse or mend. In memory alone, in a turn of its own: who stores then waits
    for one request at most."""
    try:
        with turns.to_prepare():
            who, named = sent.sender.who, _ONE.fullmatch(sent.environ.get("QUERY_STRING", ""))
            value = said(sent.body)
            batch, places = batch_of(value) if named is None else ([under(value, named[1].lower())], ["$"])
            if not 0 < len(batch) <= min(MOST, largest_batch(sent.sender.settings)):
                return None
            if who.row.lenient and any(repair(s, who.version, at) for s, at in zip(batch, places, strict=True)):
                return None
            checked(who, batch, places, {})
            return replace(sent, prepared=tuple(ledger.prepare(batch, sent.sender.source, now)))
    except Exception:
        return None  # the same


def _is_plain(environ: dict[str, Any]) -> bool:
    length = environ.get("CONTENT_LENGTH", "")
    if environ.get("SCRIPT_NAME") or not (length.isascii() and length.isdigit()):
        return False
    if not plain(environ["REQUEST_METHOD"], environ["PATH_INFO"], environ.get("QUERY_STRING", ""), int(length)):
        return False
    kind = environ.get("CONTENT_TYPE", "").partition(";")[0].strip()
    encoded = "HTTP_CONTENT_ENCODING" in environ or "HTTP_TRANSFER_ENCODING" in environ
    return kind == "application/json" and not encoded

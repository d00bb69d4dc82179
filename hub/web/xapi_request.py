"""One request to the xAPI resources: who asks, under which version, with which scopes and body.

Source: xAPI 1.0.3 Part Three 1.2 (headers), 3.3 (versioning), 4 (authentication).
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from flask import Response, g, request

from content.xapi.errors import Fault
from content.xapi.multipart import Content, split
from content.xapi.multipart import contents as attached
from content.xapi.parse import load, path_of
from hub.db.uow import TenantDatabase
from hub.db.vault import Vault
from hub.models.river import XapiSource
from hub.services import xapi_sources, xapi_tokens
from hub.services.source import Source
from hub.services.turns import turns
from hub.services.xapi_sources import Scope
from hub.services.xapi_tokens import Grant
from hub.web import xapi_cmi5
from hub.web.context import here
from hub.web.xapi_alternate import FAULT
from hub.web.xapi_errors import Refusal, bad
from hub.web.xapi_limits import seconds_to_wait

VERSION_HEADER: Final = "X-Experience-API-Version"
VERSIONS: Final = ("1.0.3", "2.0.0")
"""What the hub answers as, the first where the request names none."""
UNNAMED: Final = "0.95"
"""Version of the refusal of a request that names none: before 1.0 a request needed to name none (ADR 15)."""
LARGEST_BODY: Final = 8 * 1024 * 1024
"""Bytes of one body, unless the place's setting ``xapi`` says ``largest_body``."""
LARGEST_BATCH: Final = 1000
"""Statements of one POST, unless the place's setting ``xapi`` says ``largest_batch``: a batch is one unit of work."""
GRANTED: Final = "hub.xapi.granted"
"""Key of the WSGI environment: the `Grant` of this request where it was looked up already."""
Settings = Mapping[str, Mapping[str, Any]]
_ASKED = re.compile(r"(1\.0|2\.0)(\.[0-9]{1,4})?")
_FAULTS = {
    "unknown": "the key of the credential is not known here",
    "wrong_secret": "the secret does not belong to this key",
    "inactive": "this credential was closed by an administrator",
    "token": "the access token was not given here, or its secret was renewed since",
    "expired": "the access token has expired: ask for another",
}


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated request. ``version`` is the hub's version that the answer follows; ``scopes`` what it may do:
    those of the source, or fewer where a token has fewer."""

    row: XapiSource
    version: str
    scopes: tuple[str, ...]

    @property
    def later(self) -> bool:
        """Whether the rules of xAPI 2.0 apply."""
        return self.version.startswith("2")

    @property
    def source(self) -> Source:
        """The caller as the ledger takes it."""
        return xapi_sources.sender(self.row, self.scopes)

    def reads_only_own(self) -> bool:
        """Whether this caller may read only the statements it sent (scope statements/read/mine)."""
        return not xapi_sources.allows(self.scopes, "statements/read")


def caller(*scopes: Scope) -> Caller:
    """Who asks, once key, secret, version header and scope are right. Raises Refusal: 401, 400, 403."""
    fault = request.environ.get(FAULT)
    if fault is not None:
        if request.headers.get(VERSION_HEADER, "").startswith("2"):
            g.xapi_version = VERSIONS[1]
        raise bad("method", "XAPI-00336", fault, Fault.NOT_ALLOWED)
    row, own = _proved()
    version = _version()
    xapi_cmi5.gate()
    if not xapi_sources.allows(own, *scopes):
        reason = f"the credential lacks the scope {' or '.join(scopes)}"
        raise Refusal(403, "scope", "Authorization", "Communication 4.2", reason)
    wait = seconds_to_wait(row.id, row.per_minute)
    if wait:
        g.xapi_wait = wait
        reason = f"this source may ask {row.per_minute} times a minute; come again in {wait} s"
        raise Refusal(429, "rate", "", "Communication 3.2", reason)
    return Caller(row, version, own)


def _proved() -> tuple[XapiSource, tuple[str, ...]]:
    """The source that the request names and proves to be, by Basic or by a token, and the scopes it has."""
    authorization, where = request.headers.get("Authorization", ""), here()
    by_token = _is_token(authorization)
    unit = None if by_token else xapi_cmi5.proved(*key_and_secret(authorization))
    if unit is not None:
        return unit, xapi_cmi5.SCOPES
    found = request.environ.get(GRANTED) or grant(authorization, where.tenant, where.vault, where.now)
    return _let_in(found.source, found.fault, "RFC 6750" if by_token else "Communication 4"), found.scopes


def grant(authorization: str, tenant: TenantDatabase, vault: Vault, now: datetime) -> Grant:
    """Whom a token, or key and secret, name and what they may do; no unit of cmi5. Raises Refusal with status 401 where
    the header says neither."""
    if _is_token(authorization):
        with tenant.read() as session:
            return xapi_tokens.read(session, vault, tenant.key, authorization.partition(" ")[2].strip(), now)
    key, secret = key_and_secret(authorization)
    if xapi_cmi5.is_unit(key):
        return Grant(None, (), "unknown")
    found = xapi_sources.prove(tenant, vault, key, secret)
    return Grant(found.source, tuple(found.source.scopes) if found.source is not None else (), found.fault)


def _is_token(authorization: str) -> bool:
    return authorization.partition(" ")[0].lower() == "bearer"


def basic(key: str, secret: str) -> XapiSource:
    """The source of a key and a secret. Raises Refusal with status 401."""
    found = xapi_sources.prove(here().tenant, here().vault, key, secret)
    return _let_in(found.source, found.fault, "Communication 4")


def _let_in(source: XapiSource | None, fault: str, requirement: str) -> XapiSource:
    g.xapi_source = source
    if source is None or fault:
        raise Refusal(401, fault, "Authorization", requirement, _FAULTS[fault])
    return source


def basic_credential() -> tuple[str, str]:
    """Key and secret of this request's HTTP Basic. Raises Refusal with status 401."""
    return key_and_secret(request.headers.get("Authorization", ""))


def key_and_secret(authorization: str) -> tuple[str, str]:
    """Key and secret of HTTP Basic. Raises Refusal with status 401."""
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() != "basic":
        reason = "send HTTP Basic (key and secret), or a token of /xapi/oauth/token"
        raise Refusal(401, "credentials_missing", "Authorization", "Communication 4", reason)
    try:
        key, colon, secret = base64.b64decode(rest.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        colon = ""
    if not colon:
        reason = "HTTP Basic is the base64 of key:secret"
        raise Refusal(401, "credentials_malformed", "Authorization", "Communication 4", reason)
    return key, secret


def _version() -> str:
    asked = request.headers.get(VERSION_HEADER)
    if asked is None:
        g.xapi_version = UNNAMED
        raise bad(VERSION_HEADER, "XAPI-00321", "every request but one to /about names its version", Fault.MISSING)
    version = version_of(asked)
    if version is None:
        raise bad(VERSION_HEADER, "XAPI-00331", "expected 1.0, 1.0.x or 2.0.x", Fault.ENUMERATION)
    g.xapi_version = version
    return version


def version_of(asked: str) -> str | None:
    """The version of the hub's that answers to a version header; None to one that it does not serve."""
    found = _ASKED.fullmatch(asked.strip())
    if found is None:
        return None
    return VERSIONS[1] if found[1] == "2.0" else VERSIONS[0]


def add_version(response: Response) -> Response:
    """Every answer says its version (XAPI-00333)."""
    response.headers[VERSION_HEADER] = g.get("xapi_version", VERSIONS[0])
    return response


def body() -> bytes:
    """The bytes sent. Raises RequestEntityTooLarge over the place's limit, Refusal for a compressed body."""
    if request.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        raise Refusal(415, "encoding", "Content-Encoding", "Communication 1.4", "send the body without compression")
    request.max_content_length = largest_body(here().settings, g.get("xapi_source"))
    return request.get_data(cache=False)


def largest_body(settings: Settings, row: XapiSource | None) -> int:
    """Bytes of one body that the place, and the source if it has a limit of its own, let pass."""
    own = row.largest_body if row is not None else None
    return min(limit(settings, "largest_body", LARGEST_BODY), own or LARGEST_BODY * 1024)


def largest_batch(settings: Settings) -> int:
    """Statements of one POST that the place lets pass."""
    return limit(settings, "largest_batch", LARGEST_BATCH)


def limit(settings: Settings, name: str, usual: int) -> int:
    """A limit of the place's setting ``xapi``; the usual one where it is not set to a whole number above 0."""
    value = settings.get("xapi", {}).get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else usual


@dataclass(frozen=True, slots=True)
class Sent:
    """The body of a statement request: what its JSON says, and the contents of attachments that came along."""

    value: Any
    contents: dict[str, Content]


def statements_sent() -> Sent:
    """The statements of the body, alone or with attachments. Raises StatementError, Refusal for another type."""
    sent, contents = body(), {}
    if request.mimetype == "multipart/mixed":
        first, *others = split(sent, request.mimetype_params.get("boundary", ""))
        if first.media_type != "application/json":
            raise bad("$", "XAPI-00134", "the first part is application/json: the statements", Fault.ENUMERATION)
        sent, contents = first.content, attached(others)
    elif request.mimetype != "application/json":
        reason = "statements are application/json, or multipart/mixed with their attachments"
        raise bad("Content-Type", "XAPI-00127", reason, Fault.ENUMERATION)
    with turns.to_prepare():
        return Sent(said(sent), contents)


def said(sent: bytes) -> Any:
    """What the JSON of statements says. Raises StatementError, Refusal."""
    value = load(sent)
    if b"\\u0000" in sent:
        # PostgreSQL keeps no U+0000 in a text, so no name or identifier may have one, on either database.
        path = path_of(value, _holds_nul)
        if path is not None:
            raise bad(path, "Data 4", "holds the character U+0000, which cannot be stored", Fault.ENCODING)
    return value


def _holds_nul(part: object) -> bool:
    """Whether it is a text with U+0000, or an object with such a key."""
    return "\x00" in part if isinstance(part, str) else isinstance(part, dict) and any("\x00" in key for key in part)

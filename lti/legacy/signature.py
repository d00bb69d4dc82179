"""OAuth 1.0a signatures over form parameters (RFC 5849 section 3.4; LTI 1.1 section 4), and over bodies (OAuth Request
Body Hash 1.0, which LTI 1.1 section 4.3 asks for in services)."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from oauthlib.oauth1.rfc5849 import signature as oauth

from lti.errors import Code, LaunchRefused

Pairs = Sequence[tuple[str, str]]
METHODS: Final[Mapping[str, str]] = {"HMAC-SHA1": "sha1", "HMAC-SHA256": "sha256"}


def signed_parameters(
    url: str, parameters: Mapping[str, str], key: str, secret: str, *, now: datetime, method: str = "HMAC-SHA1"
) -> dict[str, str]:
    """The parameters of a form to post to ``url``, with OAuth's own and the signature."""
    told = {**parameters, **_protocol(key, now, method)}
    return {**told, "oauth_signature": signature_of("POST", url, list(told.items()), secret, method)}


def signature_of(http_method: str, url: str, parameters: Pairs, secret: str, method: str) -> str:
    """The signature of a request (RFC 5849 sections 3.4.1 and 3.4.2). The address's own query counts as well."""
    both = [*parse_qsl(urlsplit(url).query, keep_blank_values=True), *parameters]
    signed = [(name, value) for name, value in both if name not in ("oauth_signature", "realm")]
    # normalize_parameters wants names and values already percent-encoded (section 3.4.1.3.2).
    encoded = [(_escaped(name), _escaped(value)) for name, value in signed]
    text = oauth.signature_base_string(
        http_method, oauth.base_string_uri(url), "&".join(f"{name}={value}" for name, value in sorted(encoded))
    )
    key = f"{_escaped(secret)}&".encode()
    return base64.b64encode(hmac.digest(key, text.encode(), METHODS[method])).decode()


def require_signature(http_method: str, url: str, parameters: Pairs, secret: str) -> None:
    """Raise LaunchRefused unless the parameters carry a right signature by a method we take."""
    told = dict(parameters)
    method, given = told.get("oauth_signature_method", ""), told.get("oauth_signature", "")
    if method not in METHODS:
        raise LaunchRefused(Code.LEGACY_METHOD_UNSUPPORTED)
    expected = signature_of(http_method, url, parameters, secret, method)
    if not hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace")):
        raise LaunchRefused(Code.JWT_SIGNATURE_INVALID)


def body_hash(body: bytes, method: str = "HMAC-SHA1") -> str:
    """``oauth_body_hash`` of a body, by the hash of the signature's method."""
    return base64.b64encode(hashlib.new(METHODS[method], body).digest()).decode()


def authorization_header(
    url: str, body: bytes, key: str, secret: str, *, now: datetime, method: str = "HMAC-SHA1"
) -> str:
    """The ``Authorization`` header of a service call whose body is signed by its hash."""
    told = {**_protocol(key, now, method), "oauth_body_hash": body_hash(body, method)}
    told["oauth_signature"] = signature_of("POST", url, list(told.items()), secret, method)
    return "OAuth " + ", ".join(f'{name}="{_escaped(value)}"' for name, value in told.items())


def read_authorization(header: str) -> list[tuple[str, str]]:
    """The parameters of an ``Authorization: OAuth`` header; empty for anything else."""
    scheme, _, rest = header.strip().partition(" ")
    if scheme.lower() != "oauth":
        return []
    found = []
    for part in rest.split(","):
        name, mark, value = part.strip().partition("=")
        if mark and name:
            found.append((unquote(name.strip()), unquote(value.strip().strip('"'))))
    return found


def _protocol(key: str, now: datetime, method: str) -> dict[str, str]:
    return {
        "oauth_consumer_key": key,
        "oauth_signature_method": method,
        "oauth_timestamp": str(int(now.timestamp())),
        "oauth_nonce": secrets.token_urlsafe(18),
        "oauth_version": "1.0",
    }


def _escaped(text: str) -> str:
    return quote(text, safe="~")


def pairs_of(parameters: Mapping[str, str] | Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The pairs of either form."""
    return list(parameters.items() if isinstance(parameters, Mapping) else parameters)

"""Opaque access tokens: given out once, kept only as keyed hashes (RFC 6750 for their use)."""

import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Final

from lti.errors import Code, ConfigurationError, ServiceRefused
from lti.ports import AccessGrant, AccessGrants

_MINIMUM_SECRET: Final = 32
_MAX_TOKEN: Final = 512


class AccessTokens:
    """Makes and recognises access tokens. ``secret`` (32 bytes at least) keys the hash: the stored digests alone are of
    no use to anybody who gets hold of them."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < _MINIMUM_SECRET:
            raise ConfigurationError(Code.CONFIGURATION_INVALID, "secret")
        self._secret = secret

    def issue(self, grants: AccessGrants, *, client_id: str, scopes: frozenset[str], expires_at: datetime) -> str:
        """A new token of 256 random bits, its grant added to ``grants``. Shown this once."""
        token = secrets.token_urlsafe(32)
        grants.add(AccessGrant(self._digest(token), client_id, scopes, expires_at))
        return token

    def recognise(self, authorization: str | None, grants: AccessGrants, now: datetime) -> AccessGrant:
        """The grant of an ``Authorization`` header. Raises ServiceRefused: BEARER_MISSING, or BEARER_INVALID for a
        token unknown or expired."""
        scheme, _, token = (authorization or "").partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            raise ServiceRefused(Code.BEARER_MISSING)
        grant = grants.find(self._digest(token)) if len(token) <= _MAX_TOKEN else None
        if grant is None or grant.expires_at <= now:
            raise ServiceRefused(Code.BEARER_INVALID)
        return grant

    def _digest(self, token: str) -> str:
        return hmac.new(self._secret, token.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()

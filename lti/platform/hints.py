"""The two hints that travel through the tool and come back: who is launching, and what.

Both are opaque to the tool and hold no personal datum. ``login_hint`` is a keyed digest of user, session and client;
``lti_message_hint`` is a short-lived signed note of the launch, bound to the same user and session, so that nobody can
present another's launch, nor a launch that this platform did not prepare.
"""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from pydantic import BaseModel, ConfigDict, ValidationError

from lti.claims import RESOURCE_LINK_REQUEST
from lti.errors import Code, ConfigurationError, LtiError

_TYPE: Final = "lti-message-hint+jwt"
_ALGORITHM: Final = "HS256"
_MINIMUM_SECRET: Final = 32


@dataclass(frozen=True, slots=True)
class Browser:
    """Who is signed in, in which session of the platform. Both are the host's own identifiers; neither leaves it."""

    user_id: str
    session_id: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class LaunchNote:
    """What ``lti_message_hint`` says. ``reference`` is the host's own key of the launch, handed back unchanged.
    ``resource_link_id`` is empty where ``message_type`` is of no resource link."""

    launch_id: str
    client_id: str
    deployment_id: str
    target_link_uri: str
    resource_link_id: str
    reference: str
    expires_at: datetime
    message_type: str = RESOURCE_LINK_REQUEST


class _NoteClaims(BaseModel):
    model_config = ConfigDict(strict=True)

    jti: str
    exp: int
    client_id: str
    deployment_id: str
    target_link_uri: str
    resource_link_id: str
    reference: str
    message_type: str
    holder: str


class Hints:
    """Makes and reads hints. ``secret`` (32 bytes at least) belongs to the platform and to nothing else."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < _MINIMUM_SECRET:
            raise ConfigurationError(Code.CONFIGURATION_INVALID, "secret")
        self._login_key = _derive(secret, b"lti login_hint")
        self._holder_key = _derive(secret, b"lti message hint holder")
        self._note_key = OctKey.import_key(_derive(secret, b"lti lti_message_hint"))

    def login_hint(self, browser: Browser, client_id: str) -> str:
        """The ``login_hint`` of that user, session and tool: always the same, and of no use to anybody else."""
        return _digest(self._login_key, browser, client_id)

    def is_login_hint_of(self, hint: str, browser: Browser, client_id: str) -> bool:
        """Whether the hint was made for that user, session and tool. Takes the same time either way."""
        return hmac.compare_digest(hint.encode(), self.login_hint(browser, client_id).encode())

    def message_hint(self, note: LaunchNote, browser: Browser) -> str:
        """The ``lti_message_hint`` of a launch, signed."""
        claims = {
            "jti": note.launch_id,
            "exp": int(note.expires_at.timestamp()),
            "client_id": note.client_id,
            "deployment_id": note.deployment_id,
            "target_link_uri": note.target_link_uri,
            "resource_link_id": note.resource_link_id,
            "reference": note.reference,
            "message_type": note.message_type,
            "holder": _digest(self._holder_key, browser, note.client_id),
        }
        return jwt.encode({"alg": _ALGORITHM, "typ": _TYPE}, claims, self._note_key, algorithms=[_ALGORITHM])

    def read_message_hint(self, hint: str, browser: Browser, client_id: str, now: datetime) -> LaunchNote:
        """The note in a hint of that user, session and tool.

        Raises LtiError: MESSAGE_HINT_INVALID (tampered, of another type, of somebody or something else) or
        MESSAGE_HINT_EXPIRED.
        """
        claims = self._read_claims(hint)
        # The holder is user, session and client at once.
        holder = _digest(self._holder_key, browser, client_id)
        if not hmac.compare_digest(claims.holder.encode(), holder.encode()):
            raise LtiError(Code.MESSAGE_HINT_INVALID)
        if claims.exp <= now.timestamp():
            raise LtiError(Code.MESSAGE_HINT_EXPIRED)
        return LaunchNote(
            launch_id=claims.jti,
            client_id=claims.client_id,
            deployment_id=claims.deployment_id,
            target_link_uri=claims.target_link_uri,
            resource_link_id=claims.resource_link_id,
            reference=claims.reference,
            expires_at=datetime.fromtimestamp(claims.exp, now.tzinfo),
            message_type=claims.message_type,
        )

    def _read_claims(self, hint: str) -> _NoteClaims:
        try:
            token = jwt.decode(hint, self._note_key, algorithms=[_ALGORITHM])
            if token.header.get("typ") != _TYPE:
                raise LtiError(Code.MESSAGE_HINT_INVALID)
            return _NoteClaims.model_validate(token.claims)
        except (JoseError, ValidationError, ValueError):
            raise LtiError(Code.MESSAGE_HINT_INVALID) from None


def new_note(
    *,
    client_id: str,
    deployment_id: str,
    target_link_uri: str,
    resource_link_id: str,
    reference: str,
    message_type: str,
    now: datetime,
    lifetime: timedelta,
) -> LaunchNote:
    """A note with a fresh random ``launch_id`` that expires ``lifetime`` after ``now``."""
    return LaunchNote(
        secrets.token_urlsafe(24),
        client_id,
        deployment_id,
        target_link_uri,
        resource_link_id,
        reference,
        now + lifetime,
        message_type,
    )


def _derive(secret: bytes, purpose: bytes) -> bytes:
    return hmac.new(secret, purpose, hashlib.sha256).digest()


def _digest(key: bytes, browser: Browser, client_id: str) -> str:
    # Lengths stand before the parts, so that no other split of the same characters has the same digest.
    parts = [part.encode() for part in (browser.user_id, browser.session_id, client_id)]
    text = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    return urlsafe_b64encode(hmac.new(key, text, hashlib.sha256).digest()).rstrip(b"=").decode()

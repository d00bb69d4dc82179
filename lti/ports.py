"""What the package asks of its host: small protocols, so that storage and network stay the host's own.

The host implements them inside its own units of work. Nothing here is called behind the host's back: ports that write
are arguments of the method that writes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from lti.registration import ToolRegistration

Clock = Callable[[], datetime]
"""Returns the present instant, aware, in UTC."""


def system_clock() -> datetime:
    """The machine's clock, in UTC."""
    return datetime.now(UTC)


class Registrations(Protocol):
    """The tools registered with this platform."""

    def find(self, client_id: str) -> ToolRegistration | None:
        """The registration of that ``client_id``, or None."""
        ...


class OneTimeUse(Protocol):
    """Memory of what may be used only once: launches and the ``jti`` of client assertions."""

    def consume(self, purpose: str, key: str, until: datetime) -> bool:
        """Record (``purpose``, ``key``) and say whether this is its first use.

        Must be atomic: of two simultaneous calls exactly one answers True. The record may be forgotten after ``until``.
        """
        ...


class KeySets(Protocol):
    """Public keys of tools, fetched from their ``jwks_uri`` and cached by the host, one cache entry a registration."""

    def key_set(self, registration: ToolRegistration, *, refresh: bool) -> Mapping[str, object]:
        """The tool's JWK Set (RFC 7517 section 5) as decoded JSON.

        With ``refresh`` a copy newer than the last one is asked for, because a key id was not in it; the host bounds
        how often that leads to a request. Raises :class:`lti.errors.KeySetUnavailable`.
        """
        ...


@dataclass(frozen=True, slots=True)
class AccessGrant:
    """What one access token allows. ``digest`` is the keyed hash of the token, in hexadecimal; the token is not
    kept."""

    digest: str = field(repr=False)
    client_id: str
    scopes: frozenset[str]
    expires_at: datetime


class AccessGrants(Protocol):
    """Memory of the access tokens given, by digest."""

    def add(self, grant: AccessGrant) -> None:
        """Keep the grant, at least until it expires."""
        ...

    def find(self, digest: str) -> AccessGrant | None:
        """The grant of that digest, expired or not, or None."""
        ...

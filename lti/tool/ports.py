"""What the tool role asks of its host: registrations, and a way to call platforms over HTTP."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from lti.registration import PlatformRegistration


class Platforms(Protocol):
    """The platforms where this tool is registered."""

    def of_issuer(self, issuer: str) -> Sequence[PlatformRegistration]:
        """Every registration with that issuer: there may be several, one a client id."""
        ...

    def of_key(self, key: str) -> PlatformRegistration | None:
        """The registration that the host calls by that key, or None."""
        ...


class TransportFault(Exception):
    """No answer could be had: no connection, too slow, too large, or an address that the host forbids."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An answer read to its end, whatever its status. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


class Transport(Protocol):
    """The host's HTTP client. It decides which addresses may be called, sends a User-Agent (Canvas refuses requests
    without), bounds time and size, and follows no redirect out of its policy."""

    def request(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None, max_bytes: int
    ) -> HttpAnswer:
        """Send one request. Raises TransportFault."""
        ...


class PlatformKeys(Protocol):
    """The public keys of platforms."""

    def key_set(self, registration: PlatformRegistration, *, refresh: bool) -> Mapping[str, object]:
        """The platform's JWK Set as decoded JSON; ``refresh`` asks for a newer copy, which the implementation bounds.

        Raises :class:`lti.errors.KeySetUnavailable`.
        """
        ...

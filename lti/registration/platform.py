"""A platform where this tool is registered: what both sides agreed on, seen from the tool."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lti.errors import Code, ConfigurationError
from lti.parameters import is_short_ascii
from lti.registration.tool import SIGNING_ALGORITHMS
from lti.urls import require_web_url


@dataclass(frozen=True, slots=True)
class PlatformRegistration:
    """The agreement with one platform (LTI Core 1.3 section 3.1.3; 1EdTech Security Framework 1.0 section 5.1.1).

    ``key`` is the host's own name of this registration, stable and its own: caches and login addresses carry it,
    because one ``issuer`` may have several ``client_id`` (Canvas has one for all its schools). ``issuer`` is
    compared character by character. Exactly one of ``jwks_uri`` and ``jwks`` holds the platform's public keys.
    ``deployment_ids`` are those approved; messages of others are refused. ``token_audience`` is the audience of client
    assertions where the platform wants another one than ``token_endpoint`` (D2L Brightspace). ``signing_algorithm`` is
    the only one its messages may use. ``development`` allows ``http`` towards the own network.

    Raises ConfigurationError naming the field at fault.
    """

    key: str
    issuer: str
    client_id: str
    authorization_endpoint: str
    token_endpoint: str | None = None
    jwks_uri: str | None = None
    jwks: Mapping[str, object] | None = field(default=None, repr=False)
    deployment_ids: frozenset[str] = frozenset()
    token_audience: str | None = None
    signing_algorithm: str = "RS256"
    development: bool = False

    def __post_init__(self) -> None:
        _require(bool(self.key) and self.key.isprintable(), "key")
        _require(bool(self.client_id) and self.client_id.isprintable(), "client_id")
        _require(bool(self.issuer) and self.issuer.isprintable() and len(self.issuer) <= 2048, "issuer")
        # LTI Core 1.3 section 5.3.3: at most 255 ASCII characters.
        _require(all(is_short_ascii(value) for value in self.deployment_ids), "deployment_ids")
        _require(self.signing_algorithm in SIGNING_ALGORITHMS, "signing_algorithm")
        _require((self.jwks_uri is None) != (self.jwks is None), "jwks_uri")
        self._require_url(self.authorization_endpoint, "authorization_endpoint")
        for name in ("token_endpoint", "jwks_uri"):
            url = getattr(self, name)
            if url is not None:
                self._require_url(url, name)

    def _require_url(self, url: str, name: str) -> None:
        require_web_url(url, name, development=self.development)


def _require(condition: bool, name: str) -> None:
    if not condition:
        raise ConfigurationError(Code.CONFIGURATION_INVALID, name)

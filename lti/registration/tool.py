"""A tool registered with this platform: what both sides agreed on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from lti.errors import Code, ConfigurationError
from lti.parameters import is_short_ascii
from lti.urls import require_web_url

SIGNING_ALGORITHMS: Final = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384"})
"""Asymmetric algorithms a tool may sign with (1EdTech Security Framework 1.0 asks for RS256)."""


@dataclass(frozen=True, slots=True)
class PrivacyPolicy:
    """Which personal data the tool is sent. By default none: the tool knows the user by ``sub`` alone."""

    send_name: bool = False
    send_email: bool = False
    send_person_sourcedid: bool = False


@dataclass(frozen=True, slots=True)
class ToolRegistration:
    """The agreement with one tool (LTI Core 1.3 section 3.1.3; OpenID Connect Registration for the names).

    ``redirect_uris`` are compared character by character. Exactly one of ``jwks_uri`` and ``jwks`` (an inline JWK Set)
    holds the tool's public keys. ``scopes`` are the services' scopes granted. ``signing_algorithm`` is the only one its
    assertions may use. ``development`` allows ``http`` towards the own network.

    Raises ConfigurationError naming the field at fault.
    """

    client_id: str
    deployment_ids: frozenset[str]
    login_initiation_url: str
    redirect_uris: frozenset[str]
    target_link_uri: str
    jwks_uri: str | None = None
    jwks: Mapping[str, object] | None = field(default=None, repr=False)
    scopes: frozenset[str] = frozenset()
    privacy: PrivacyPolicy = PrivacyPolicy()
    signing_algorithm: str = "RS256"
    development: bool = False

    def __post_init__(self) -> None:
        _require(bool(self.client_id) and self.client_id.isprintable(), "client_id")
        _require(bool(self.deployment_ids), "deployment_ids")
        # LTI Core 1.3 section 5.3.3: at most 255 ASCII characters.
        _require(all(is_short_ascii(value) for value in self.deployment_ids), "deployment_ids")
        _require(bool(self.redirect_uris), "redirect_uris")
        _require(self.signing_algorithm in SIGNING_ALGORITHMS, "signing_algorithm")
        _require((self.jwks_uri is None) != (self.jwks is None), "jwks_uri")
        self._require_url(self.login_initiation_url, "login_initiation_url")
        self._require_url(self.target_link_uri, "target_link_uri")
        for uri in self.redirect_uris:
            self._require_url(uri, "redirect_uris")
        if self.jwks_uri is not None:
            self._require_url(self.jwks_uri, "jwks_uri")

    def _require_url(self, url: str, name: str) -> None:
        require_web_url(url, name, development=self.development)


def _require(condition: bool, name: str) -> None:
    if not condition:
        raise ConfigurationError(Code.CONFIGURATION_INVALID, name)

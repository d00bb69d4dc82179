"""LTI 1.3 from the tool's side, written against the standard alone: nothing here comes from the package ``lti``.

LTI Core 1.3, 1EdTech Security Framework 1.0 (section 5: OpenID Connect launch; section 4: client credentials),
Assignment and Grade Services 2.0 (score publish service).
"""

import hmac
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from connectors.http import HttpClient

_CLAIM: Final = "https://purl.imsglobal.org/spec/lti/claim/"
_AGS: Final = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
_SCORE_SCOPE: Final = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
_SCORE_TYPE: Final = "application/vnd.ims.lis.v1.score+json"
_ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LEEWAY: Final = 30
"""Seconds that two clocks may differ."""


class LaunchRefused(Exception):
    """The message cannot be believed. The text names the check that failed and quotes nothing of the message."""


@dataclass(frozen=True)
class PlatformSettings:
    """What both sides agreed on when the tool was registered."""

    issuer: str
    authentication_url: str
    token_url: str
    jwks_url: str
    client_id: str
    deployment_id: str


@dataclass(frozen=True)
class ToolLaunch:
    """What a believed message says. ``line_item`` is empty where no score is wanted."""

    user_id: str
    name: str
    target: str
    return_url: str
    line_item: str


class ToolProtocol:
    """The protocol with one platform. ``key``: the tool's own, whose public half is served at its key set's address."""

    def __init__(self, settings: PlatformSettings, key: RSAKey, client: HttpClient) -> None:
        self.settings = settings
        self._key = key
        self._client = client
        self._keys: KeySet | None = None

    def key_set(self) -> dict[str, Any]:
        """The public key as a JWK Set (RFC 7517)."""
        public = self._key.as_dict(private=False)
        return {"keys": [{**public, "kid": self._key.thumbprint(), "alg": "RS256", "use": "sig"}]}

    def authentication_request(self, login: Mapping[str, str], redirect_uri: str, state: str, nonce: str) -> str:
        """Where to send the browser that came to the login address. Raises LaunchRefused for another platform's."""
        known = login.get("iss") == self.settings.issuer
        if not known or login.get("client_id", self.settings.client_id) != self.settings.client_id:
            raise LaunchRefused("issuer")
        if not login.get("login_hint"):
            raise LaunchRefused("login_hint")
        asked = {
            "scope": "openid",
            "response_type": "id_token",
            "response_mode": "form_post",
            "prompt": "none",
            "client_id": self.settings.client_id,
            "redirect_uri": redirect_uri,
            "login_hint": login["login_hint"],
            "state": state,
            "nonce": nonce,
        }
        if login.get("lti_message_hint"):
            asked["lti_message_hint"] = login["lti_message_hint"]
        return f"{self.settings.authentication_url}?{urlencode(asked)}"

    def validate(self, id_token: str, nonce: str) -> ToolLaunch:
        """The launch of a message, after every check of LTI Core 1.3 section 5.1.3. Raises LaunchRefused."""
        claims = self._verified(id_token)
        now = time.time()
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        context = claims.get(_CLAIM + "resource_link")
        checks = {
            "iss": claims.get("iss") == self.settings.issuer,
            "aud": self.settings.client_id in audiences,
            "azp": (len(audiences) == 1 and "azp" not in claims) or claims.get("azp") == self.settings.client_id,
            "exp": _number(claims.get("exp")) > now - LEEWAY,
            "iat": now - 300 < _number(claims.get("iat")) < now + LEEWAY,
            "nonce": hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()),
            "message_type": claims.get(_CLAIM + "message_type") == "LtiResourceLinkRequest",
            "version": claims.get(_CLAIM + "version") == "1.3.0",
            "deployment_id": claims.get(_CLAIM + "deployment_id") == self.settings.deployment_id,
            "resource_link": isinstance(context, dict) and bool(context.get("id")),
            "roles": isinstance(claims.get(_CLAIM + "roles"), list),
            "sub": isinstance(claims.get("sub"), str) and bool(claims.get("sub")),
        }
        for name, passed in checks.items():
            if not passed:
                raise LaunchRefused(name)
        return _launch(claims)

    def send_score(self, launch: ToolLaunch, points: int, maximum: int, comment: str, at: datetime) -> None:
        """Publish a score (AGS 2.0, score publish service). ``at``: when it was earned. Raises ConnectorError."""
        address, _, query = launch.line_item.partition("?")
        body = {
            "userId": launch.user_id,
            "scoreGiven": points,
            "scoreMaximum": maximum,
            "comment": comment,
            "activityProgress": "Completed",
            "gradingProgress": "FullyGraded",
            "timestamp": at.isoformat(timespec="milliseconds"),
        }
        headers = {"Authorization": f"Bearer {self._access_token()}", "Content-Type": _SCORE_TYPE}
        self._client.post_json(f"{address}/scores{'?' + query if query else ''}", body, headers=headers)

    def _access_token(self) -> str:
        """A token of the client-credentials grant with a signed assertion (RFC 7523)."""
        now = int(time.time())
        claims = {
            "iss": self.settings.client_id,
            "sub": self.settings.client_id,
            "aud": self.settings.token_url,
            "iat": now,
            "exp": now + 60,
            "jti": secrets.token_urlsafe(16),
        }
        header = {"alg": "RS256", "kid": self._key.thumbprint()}
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": _ASSERTION_TYPE,
            "client_assertion": jwt.encode(header, claims, self._key, algorithms=["RS256"]),
            "scope": _SCORE_SCOPE,
        }
        answer = self._client.post_form(self.settings.token_url, form, headers={"Accept": "application/json"})
        return str(answer.json()["access_token"])

    def _verified(self, id_token: str) -> dict[str, Any]:
        """The claims under a right signature. A key never seen is asked for once."""
        for fresh in (False, True):
            if self._keys is None or fresh:
                self._keys = KeySet.import_key_set(self._client.get_json(self.settings.jwks_url))
            try:
                return dict(jwt.decode(id_token, self._keys, algorithms=["RS256"]).claims)
            except (JoseError, ValueError):
                continue
        raise LaunchRefused("signature")


def _launch(claims: Mapping[str, Any]) -> ToolLaunch:
    endpoint = claims.get(_AGS) or {}
    may_score = _SCORE_SCOPE in endpoint.get("scope", ())
    presentation = claims.get(_CLAIM + "launch_presentation") or {}
    return ToolLaunch(
        user_id=str(claims["sub"]),
        name=str(claims.get("given_name") or ""),
        target=str(claims.get(_CLAIM + "target_link_uri") or ""),
        return_url=str(presentation.get("return_url") or ""),
        line_item=str(endpoint.get("lineitem") or "") if may_score else "",
    )


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else float("-inf")

"""The token endpoint: client credentials with a signed assertion (RFC 6749 sections 4.4 and 5, RFC 7523 section 2.2,
1EdTech Security Framework 1.0 section 4.1).

Two steps, because the first may fetch the tool's keys over the network and only the second writes: ``verify`` and
``grant``. ``answer`` does both.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from lti.errors import Code, KeySetUnavailable, LtiError, TokenRefused
from lti.parameters import Parameters, single_valued
from lti.platform.access import AccessTokens
from lti.platform.assertion import Assertion, verify_assertion
from lti.platform.responses import ServiceResponse
from lti.ports import AccessGrants, Clock, KeySets, OneTimeUse, Registrations, system_clock
from lti.registration import ToolRegistration
from lti.scopes import SUPPORTED

JTI_PURPOSE: Final = "lti-client-assertion"
ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TOKEN_LIFETIME: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """A request that holds, but for replay: who asks, and the scopes to grant."""

    assertion: Assertion
    scopes: frozenset[str]


class TokenEndpoint:
    """``url`` is the endpoint's own public address, the audience that assertions must name."""

    def __init__(
        self,
        url: str,
        registrations: Registrations,
        key_sets: KeySets,
        tokens: AccessTokens,
        *,
        clock: Clock = system_clock,
        lifetime: timedelta = TOKEN_LIFETIME,
    ) -> None:
        self._url = url
        self._registrations = registrations
        self._key_sets = key_sets
        self._tokens = tokens
        self._clock = clock
        self._lifetime = lifetime

    def verify(self, parameters: Parameters) -> TokenRequest:
        """Check a request's form. Writes nothing; may read key sets. Raises TokenRefused or KeySetUnavailable."""
        try:
            form = single_valued(parameters)
        except LtiError as error:
            raise TokenRefused("invalid_request", error.code) from None
        if form.get("grant_type") != "client_credentials":
            raise TokenRefused("unsupported_grant_type", Code.GRANT_TYPE_UNSUPPORTED)
        if form.get("client_assertion_type") != ASSERTION_TYPE:
            raise TokenRefused("invalid_client", Code.ASSERTION_TYPE_UNSUPPORTED)
        assertion = self._verify_assertion(form)
        return TokenRequest(assertion, _granted_scopes(form.get("scope", ""), assertion.registration))

    def grant(self, request: TokenRequest, one_time: OneTimeUse, grants: AccessGrants) -> ServiceResponse:
        """Use the assertion up and give a token. Raises TokenRefused where it was used before."""
        client_id = request.assertion.registration.client_id
        # Two tools may choose the same id: it is unique for its issuer only (RFC 7519 section 4.1.7).
        key = json.dumps([client_id, request.assertion.jti])
        if not one_time.consume(JTI_PURPOSE, key, request.assertion.until):
            raise TokenRefused("invalid_client", Code.ASSERTION_REPLAYED)
        expires_at = self._clock() + self._lifetime
        token = self._tokens.issue(grants, client_id=client_id, scopes=request.scopes, expires_at=expires_at)
        return _json(
            200,
            {
                "access_token": token,
                "token_type": "Bearer",
                "expires_in": int(self._lifetime.total_seconds()),
                "scope": " ".join(sorted(request.scopes)),
            },
        )

    def answer(self, parameters: Parameters, one_time: OneTimeUse, grants: AccessGrants) -> ServiceResponse:
        """``verify`` then ``grant``, refusals already made responses."""
        try:
            return self.grant(self.verify(parameters), one_time, grants)
        except (TokenRefused, KeySetUnavailable) as error:
            return refusal(error)

    def _verify_assertion(self, form: Mapping[str, str]) -> Assertion:
        try:
            assertion = verify_assertion(
                form.get("client_assertion", ""),
                audience=self._url,
                registrations=self._registrations,
                key_sets=self._key_sets,
                now=self._clock(),
            )
        except KeySetUnavailable:
            raise
        except LtiError as error:
            raise TokenRefused("invalid_client", error.code, error.field) from None
        if form.get("client_id", assertion.registration.client_id) != assertion.registration.client_id:
            raise TokenRefused("invalid_client", Code.ASSERTION_CLIENT_WRONG)
        return assertion


def refusal(error: TokenRefused | KeySetUnavailable) -> ServiceResponse:
    """The response to a refused request (RFC 6749 section 5.2); ``error_description`` is the stable code.

    A key set that cannot be had answers 503: the same request may hold in a moment.
    """
    if isinstance(error, TokenRefused):
        return _json(400, {"error": error.oauth_error, "error_description": error.code.value})
    return _json(503, {"error": "temporarily_unavailable", "error_description": error.code.value})


def _granted_scopes(asked: str, registration: ToolRegistration) -> frozenset[str]:
    """Those asked for that exist and that the tool has; RFC 6749 section 3.3 lets a server give less and say so."""
    granted = frozenset(asked.split()) & SUPPORTED & registration.scopes
    if not granted:
        raise TokenRefused("invalid_scope", Code.SCOPE_REFUSED)
    return granted


def _json(status: int, members: Mapping[str, object]) -> ServiceResponse:
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store", "Pragma": "no-cache"}
    return ServiceResponse(status, headers, json.dumps(members).encode())

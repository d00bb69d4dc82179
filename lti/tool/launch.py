"""From the platform's form post to a message that is proven (LTI Core 1.3 section 5.1.1.3 and after; 1EdTech Security
Framework 1.0 section 5.1.3).

``check`` proves everything that can be proven without writing, fetching keys where it must; ``accept`` uses the login
up, once, inside the host's unit of work. Only both together make a launch.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from joserfc.jwk import ECKey, RSAKey

from lti import claims as names
from lti.errors import Code, LaunchRefused, LtiError
from lti.parameters import Parameters, single_valued
from lti.ports import Clock, OneTimeUse, system_clock
from lti.registration import PlatformRegistration
from lti.signed import Unverified, find_key, read_unverified, verify_signature
from lti.tool.checks import CHECKS, Check, Expected, require_all
from lti.tool.login import StorageNote, storage_note
from lti.tool.messages import LaunchMessage
from lti.tool.ports import PlatformKeys, Platforms
from lti.tool.settings import ToolSettings
from lti.tool.state import LoginState, LoginStates, same

REPLAY_PURPOSE: Final = "lti-login"
OAUTH_ERRORS: Final = frozenset(
    {
        "access_denied", "account_selection_required", "consent_required", "interaction_required", "invalid_request",
        "invalid_request_object", "invalid_request_uri", "invalid_scope", "login_required", "request_not_supported",
        "request_uri_not_supported", "registration_not_supported", "server_error", "temporarily_unavailable",
        "unauthorized_client", "unsupported_response_type",
    }
)  # fmt: skip
"""Error words of RFC 6749 section 4.1.2.1 and OpenID Connect Core section 3.1.2.6: others are not repeated."""


@dataclass(frozen=True, slots=True)
class ProvenLaunch:
    """A message that the platform signed, for this login and this browser. It counts after ``accept``.

    ``deployment_known`` False: the deployment is not one of the registration's; the host may note it for its
    administrator, and nothing else.
    """

    registration: PlatformRegistration
    message: LaunchMessage
    state: LoginState = field(repr=False)
    deployment_known: bool


@dataclass(frozen=True, slots=True)
class NeedsStorage:
    """No cookie came, but the platform keeps our value: a page asks for it (``lti.get_data``) and posts it here again
    with the same parameters, as ``storage``."""

    note: StorageNote


class LaunchEndpoint:
    """Receives id_tokens."""

    def __init__(
        self,
        platforms: Platforms,
        keys: PlatformKeys,
        settings: ToolSettings,
        *,
        clock: Clock = system_clock,
        checks: tuple[Check, ...] = CHECKS,
    ) -> None:
        self._platforms = platforms
        self._keys = keys
        self._settings = settings
        self._states = LoginStates(settings.secret)
        self._clock = clock
        self._checks = checks

    def check(
        self, parameters: Parameters, *, browser: str | None = None, storage: str | None = None
    ) -> ProvenLaunch | NeedsStorage:
        """What a form post is worth. ``browser`` is the cookie's value, ``storage`` what the platform's storage gave
        back. Writes nothing. Raises LaunchRefused, KeySetUnavailable."""
        now = self._clock()
        posted = self._read(parameters)
        state = self._read_state(posted, now)
        if "error" in posted:
            raise LaunchRefused(Code.PLATFORM_ERROR, posted["error"] if posted["error"] in OAUTH_ERRORS else None)
        registration = self._platforms.of_key(state.registration_key)
        if registration is None:
            raise LaunchRefused(Code.PLATFORM_UNKNOWN)
        note = self._require_browser(registration, state, browser, storage)
        if note is not None:
            return NeedsStorage(note)
        claims = self._prove(posted.get("id_token"), registration)
        require_all(claims, Expected(registration, self._settings, self._states.nonce(state), now), self._checks)
        known = claims[names.DEPLOYMENT_ID] in registration.deployment_ids
        return ProvenLaunch(registration, LaunchMessage(claims), state, known)

    def accept(self, launch: ProvenLaunch, one_time: OneTimeUse) -> LaunchMessage:
        """Use the login up: the message, the first time; raises LaunchRefused (MESSAGE_REPLAYED) afterwards, and
        DEPLOYMENT_UNKNOWN for a deployment nobody approved."""
        if not one_time.consume(REPLAY_PURPOSE, launch.state.id, launch.state.expires_at):
            raise LaunchRefused(Code.MESSAGE_REPLAYED)
        if not launch.deployment_known:
            raise LaunchRefused(Code.DEPLOYMENT_UNKNOWN)
        return launch.message

    def _read(self, parameters: Parameters) -> dict[str, str]:
        try:
            return single_valued(parameters)
        except LtiError as error:
            raise LaunchRefused(error.code, error.field) from None

    def _read_state(self, posted: Mapping[str, str], now: datetime) -> LoginState:
        if "state" not in posted:
            raise LaunchRefused(Code.STATE_ABSENT)
        return self._states.read(posted["state"], now)

    def _require_browser(
        self, registration: PlatformRegistration, state: LoginState, browser: str | None, storage: str | None
    ) -> StorageNote | None:
        """None where the browser proved to be the one of the login; what to ask its storage where that may help."""
        note = storage_note(registration, self._states, state)
        if browser and same(self._states.browser_mark(browser), state.browser):
            return None
        if note is not None and storage is None:
            return note
        if note is not None and storage is not None and same(storage, note.value):
            return None
        raise LaunchRefused(Code.BROWSER_DIFFERENT if browser or storage else Code.BROWSER_UNKNOWN)

    def _prove(self, text: str | None, registration: PlatformRegistration) -> Mapping[str, Any]:
        if text is None:
            raise LaunchRefused(Code.ID_TOKEN_MISSING)
        try:
            token = read_unverified(text)
            return verify_signature(token, self._key(token, registration), registration.signing_algorithm)
        except LaunchRefused:
            raise
        except LtiError as error:
            raise LaunchRefused(error.code, error.field) from None

    def _key(self, token: Unverified, registration: PlatformRegistration) -> RSAKey | ECKey:
        algorithm, kid = registration.signing_algorithm, token.header.get("kid")
        if token.header.get("alg") != algorithm:
            raise LaunchRefused(Code.ID_TOKEN_ALGORITHM)
        # Security Framework section 6.3: a kid is required, also where the set holds one key.
        if not isinstance(kid, str):
            raise LaunchRefused(Code.ID_TOKEN_KID_MISSING)
        if registration.jwks is not None:
            key = find_key(registration.jwks, kid, algorithm)
        else:
            key = find_key(self._keys.key_set(registration, refresh=False), kid, algorithm)
            # A key id never seen may be a new key: ask once more (OpenID Connect Core section 10.1.1).
            key = key or find_key(self._keys.key_set(registration, refresh=True), kid, algorithm)
        if key is None:
            raise LaunchRefused(Code.JWT_KEY_UNKNOWN)
        return key

"""The login that a platform begins (OpenID Connect Core 1.0 section 4; LTI Core 1.3 section 5.1.1; client-side storage:
LTI OIDC Login with LTI Client Side postMessages 1.0)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

from lti.errors import Code, LaunchRefused, LtiError
from lti.parameters import Parameters, single_valued
from lti.ports import Clock, system_clock
from lti.registration import PlatformRegistration
from lti.tool.ports import Platforms
from lti.tool.settings import ToolSettings
from lti.tool.state import LoginState, LoginStates, new_browser_secret
from lti.urls import origin_of

_FRAME: Final = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


@dataclass(frozen=True, slots=True)
class StorageNote:
    """What a page must keep with, or ask of, the platform's storage frame, by ``postMessage`` to ``origin`` alone."""

    target: str
    origin: str
    name: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class LoginAnswer:
    """Send the browser to ``location`` with a redirect (302: platforms' own cookies do not travel with a POST), after
    setting the cookie that holds ``browser`` (``SameSite=None; Secure; Partitioned; HttpOnly``).

    With ``storage`` the platform can keep a value for us: a page puts it there first, then goes to ``location``.
    """

    registration: PlatformRegistration
    location: str = field(repr=False)
    state: str = field(repr=False)
    browser: str = field(repr=False)
    storage: StorageNote | None = None


class LoginEndpoint:
    """Answers login requests. Writes nothing."""

    def __init__(self, platforms: Platforms, settings: ToolSettings, *, clock: Clock = system_clock) -> None:
        self._platforms = platforms
        self._settings = settings
        self._states = LoginStates(settings.secret)
        self._clock = clock

    def begin(
        self, parameters: Parameters, *, browser: str | None = None, registration_key: str | None = None
    ) -> LoginAnswer:
        """What to answer a login request, whether it came by GET or by POST.

        ``browser`` is the value of the cookie set before, if the browser sent one; ``registration_key`` that of the
        login address, where each registration has its own. Raises LaunchRefused.
        """
        try:
            asked = single_valued(parameters)
        except LtiError as error:
            raise LaunchRefused(error.code, error.field) from None
        registration = self._registration(asked, registration_key)
        if "login_hint" not in asked:
            raise LaunchRefused(Code.LOGIN_HINT_MISSING)
        target = asked.get("target_link_uri")
        if target is None:
            raise LaunchRefused(Code.TARGET_MISSING)
        if not self._settings.owns(target):
            raise LaunchRefused(Code.TARGET_FOREIGN)
        return self._answer(registration, asked, browser or new_browser_secret())

    def _registration(self, asked: dict[str, str], key: str | None) -> PlatformRegistration:
        issuer, client_id = asked.get("iss"), asked.get("client_id")
        if issuer is None:
            raise LaunchRefused(Code.ISSUER_MISSING)
        found = self._candidates(issuer, key)
        fitting = [entry for entry in found if client_id in (None, entry.client_id)]
        if not fitting:
            raise LaunchRefused(Code.CLIENT_UNKNOWN if found else Code.PLATFORM_UNKNOWN)
        if len(fitting) > 1:
            raise LaunchRefused(Code.PLATFORM_AMBIGUOUS)
        return fitting[0]

    def _candidates(self, issuer: str, key: str | None) -> Sequence[PlatformRegistration]:
        if key is None:
            return self._platforms.of_issuer(issuer)
        named = self._platforms.of_key(key)
        return [named] if named is not None and named.issuer == issuer else []

    def _answer(self, registration: PlatformRegistration, asked: dict[str, str], browser: str) -> LoginAnswer:
        target = asked.get("lti_storage_target", "")
        target = target if _FRAME.fullmatch(target) else ""
        until = self._clock() + self._settings.policy.login_lifetime
        state = self._states.new(registration.key, browser, until, target)
        text = self._states.write(state)
        query = {
            "scope": "openid",
            "response_type": "id_token",
            "response_mode": "form_post",
            "prompt": "none",
            "client_id": registration.client_id,
            "redirect_uri": self._settings.redirect_uri,
            "state": text,
            "nonce": self._states.nonce(state),
            "login_hint": asked["login_hint"],
        }
        if "lti_message_hint" in asked:
            query["lti_message_hint"] = asked["lti_message_hint"]
        address = registration.authorization_endpoint
        location = f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"
        return LoginAnswer(registration, location, text, browser, storage_note(registration, self._states, state))


def storage_note(registration: PlatformRegistration, states: LoginStates, state: LoginState) -> StorageNote | None:
    """What the platform's storage keeps for this login; None where the platform offered none."""
    origin = origin_of(registration.authorization_endpoint)
    if not state.storage_target or origin is None:
        return None
    return StorageNote(state.storage_target, origin, states.storage_name(state), states.storage_value(state))

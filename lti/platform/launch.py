"""From the click on a link to the tool's authentication request (LTI Core 1.3 section 5.1.1; 1EdTech Security Framework
1.0 section 5.1.1; OpenID Connect Core 1.0 sections 3.1.2 and 4).

Three steps: ``initiate`` gives the form that opens the tool's login; ``check`` decides what its answer is worth,
without writing anything; ``accept`` uses the launch up, once. Then :mod:`lti.platform.message` makes the message.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from lti.claims import RESOURCE_LINK_REQUEST
from lti.errors import Code, ConfigurationError, LtiError
from lti.parameters import Parameters, is_short_ascii, single_valued
from lti.platform.forms import FormPost
from lti.platform.hints import Browser, Hints, LaunchNote, new_note
from lti.ports import Clock, OneTimeUse, Registrations, system_clock
from lti.registration import ToolRegistration
from lti.urls import require_web_url

REPLAY_PURPOSE: Final = "lti-launch"
MAX_NONCE: Final = 1024


@dataclass(frozen=True, slots=True)
class LaunchPolicy:
    """Choices the standards leave open. ``require_state``: OpenID Connect only recommends ``state``; without it a tool
    has no defence against login CSRF. ``hint_lifetime``: how long a learner may take between click and launch."""

    require_state: bool = True
    hint_lifetime: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A request that holds. ``note`` says which launch it is of, ``user_id`` whose."""

    registration: ToolRegistration
    note: LaunchNote
    user_id: str
    redirect_uri: str
    nonce: str = field(repr=False)
    state: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class ErrorToTool:
    """A refusal told to the tool at a redirect URI that is registered (OpenID Connect Core section 3.1.2.6)."""

    code: Code
    form: FormPost


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """A refusal for a page of this platform: nothing may be sent to the address in the request."""

    code: Code


Outcome = Accepted | ErrorToTool | ErrorPage


class AuthenticationEndpoint:
    """The OpenID provider's side of a launch."""

    def __init__(
        self,
        issuer: str,
        registrations: Registrations,
        hints: Hints,
        *,
        clock: Clock = system_clock,
        policy: LaunchPolicy | None = None,
    ) -> None:
        self._issuer = issuer
        self._registrations = registrations
        self._hints = hints
        self._clock = clock
        self._policy = policy or LaunchPolicy()

    def initiate(
        self,
        registration: ToolRegistration,
        browser: Browser,
        *,
        deployment_id: str,
        resource_link_id: str = "",
        message_type: str = RESOURCE_LINK_REQUEST,
        target_link_uri: str | None = None,
        reference: str = "",
        storage_target: str | None = None,
    ) -> FormPost:
        """The third-party login initiation (OpenID Connect Core section 4; LTI Core section 4.1) as a form to post.

        ``reference`` is the host's own key for what is launched; it is signed, not encrypted. ``storage_target`` names
        the frame that keeps data for a tool in a frame without cookies (LTI OIDC Login with Client Side postMessages
        section 2.1). Raises ConfigurationError for a deployment that is not the registration's, a resource link id over
        255 ASCII characters (or one with a message of no resource link), or a bad target.
        """
        target = target_link_uri or registration.target_link_uri
        require_web_url(target, "target_link_uri", development=registration.development)
        if deployment_id not in registration.deployment_ids:
            raise ConfigurationError(Code.CONFIGURATION_INVALID, "deployment_id")
        sound = is_short_ascii(resource_link_id) if message_type == RESOURCE_LINK_REQUEST else not resource_link_id
        if not sound:
            raise ConfigurationError(Code.CONFIGURATION_INVALID, "resource_link_id")
        note = new_note(
            client_id=registration.client_id,
            deployment_id=deployment_id,
            target_link_uri=target,
            resource_link_id=resource_link_id,
            reference=reference,
            message_type=message_type,
            now=self._clock(),
            lifetime=self._policy.hint_lifetime,
        )
        return FormPost(registration.login_initiation_url, self._login(note, browser, storage_target))

    def _login(self, note: LaunchNote, browser: Browser, storage_target: str | None) -> dict[str, str]:
        parameters = {
            "iss": self._issuer,
            "login_hint": self._hints.login_hint(browser, note.client_id),
            "target_link_uri": note.target_link_uri,
            "lti_message_hint": self._hints.message_hint(note, browser),
            "client_id": note.client_id,
            "lti_deployment_id": note.deployment_id,
        }
        return parameters if storage_target is None else {**parameters, "lti_storage_target": storage_target}

    def check(self, parameters: Parameters, browser: Browser | None) -> Outcome:
        """What an authentication request is worth. ``browser`` is None when nobody is signed in. Writes nothing.

        The client and its redirect URI come first: until they hold, the answer is an :class:`ErrorPage`; afterwards a
        refusal goes to that redirect URI.
        """
        try:
            request = single_valued(parameters)
        except LtiError as error:
            return ErrorPage(error.code)
        registration = self._registrations.find(request.get("client_id", ""))
        if registration is None:
            return ErrorPage(Code.CLIENT_UNKNOWN)
        if request.get("redirect_uri") not in registration.redirect_uris:
            return ErrorPage(Code.REDIRECT_URI_UNREGISTERED)
        for code, oauth_error, holds in _REQUEST_CHECKS:
            if not holds(request, self._policy):
                return _error_to_tool(request, oauth_error, code)
        if browser is None:
            return _error_to_tool(request, "login_required", Code.SIGN_IN_REQUIRED)
        return self._check_hints(request, registration, browser)

    def _check_hints(self, request: dict[str, str], registration: ToolRegistration, browser: Browser) -> Outcome:
        client_id = registration.client_id
        if not self._hints.is_login_hint_of(request["login_hint"], browser, client_id):
            return _error_to_tool(request, "login_required", Code.LOGIN_HINT_OF_ANOTHER)
        try:
            hint = request.get("lti_message_hint", "")
            note = self._hints.read_message_hint(hint, browser, client_id, self._clock())
        except LtiError as error:
            return _error_to_tool(request, "invalid_request", error.code)
        if note.deployment_id not in registration.deployment_ids:
            return _error_to_tool(request, "invalid_request", Code.MESSAGE_HINT_INVALID)
        return Accepted(
            registration, note, browser.user_id, request["redirect_uri"], request["nonce"], request.get("state")
        )

    def accept(self, accepted: Accepted, one_time: OneTimeUse) -> Outcome:
        """Use the launch up: the first call for a launch gives it back, any later one is a refusal told to the tool."""
        if one_time.consume(REPLAY_PURPOSE, accepted.note.launch_id, accepted.note.expires_at):
            return accepted
        request = {"redirect_uri": accepted.redirect_uri, "state": accepted.state or ""}
        return _error_to_tool(request, "invalid_request", Code.LAUNCH_REPLAYED)

    def authenticate(self, parameters: Parameters, browser: Browser | None, one_time: OneTimeUse) -> Outcome:
        """``check`` then ``accept``, for a host that does both in one unit of work."""
        outcome = self.check(parameters, browser)
        return self.accept(outcome, one_time) if isinstance(outcome, Accepted) else outcome


_Check = tuple[Code, str, Callable[[dict[str, str], LaunchPolicy], bool]]

# OpenID Connect Core section 3.2.2.1 with the values that 1EdTech Security Framework section 5.1.1.2 fixes, in the
# order in which they are reported; the words are those of RFC 6749 section 4.2.2.1.
_REQUEST_CHECKS: Final[tuple[_Check, ...]] = (
    (
        Code.RESPONSE_TYPE_UNSUPPORTED,
        "unsupported_response_type",
        lambda request, _: request.get("response_type") == "id_token",
    ),
    (Code.OPENID_SCOPE_MISSING, "invalid_scope", lambda request, _: "openid" in request.get("scope", "").split(" ")),
    (
        Code.RESPONSE_MODE_UNSUPPORTED,
        "invalid_request",
        lambda request, _: request.get("response_mode") == "form_post",
    ),
    (Code.PROMPT_NOT_NONE, "invalid_request", lambda request, _: request.get("prompt") == "none"),
    (Code.NONCE_MISSING, "invalid_request", lambda request, _: "nonce" in request),
    (Code.PARAMETER_TOO_LONG, "invalid_request", lambda request, _: len(request["nonce"]) <= MAX_NONCE),
    (Code.STATE_MISSING, "invalid_request", lambda request, policy: "state" in request or not policy.require_state),
    (Code.LOGIN_HINT_MISSING, "invalid_request", lambda request, _: "login_hint" in request),
)


def _error_to_tool(request: dict[str, str], oauth_error: str, code: Code) -> ErrorToTool:
    parameters = {"error": oauth_error, "error_description": code.value}
    if request.get("state"):
        parameters["state"] = request["state"]
    return ErrorToTool(code, FormPost(request["redirect_uri"], parameters))

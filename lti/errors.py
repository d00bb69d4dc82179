"""The one error tree of the package.

Every error carries a stable ``code`` (a :class:`Code`), which is also its only text: no HTTP number, no sentence for a
user, no token, key or personal datum. ``field`` names the parameter or member at fault where there is one.
"""

from enum import StrEnum


class Code(StrEnum):
    """Stable codes. Their values are part of the public surface: tables of messages and journals key on them."""

    CONFIGURATION_INVALID = "lti.configuration.invalid"
    KEY_INVALID = "lti.key.invalid"
    KEY_SET_UNAVAILABLE = "lti.key_set.unavailable"

    JWT_MALFORMED = "lti.jwt.malformed"
    JWT_KEY_UNKNOWN = "lti.jwt.key_unknown"
    JWT_SIGNATURE_INVALID = "lti.jwt.signature_invalid"

    PARAMETER_REPEATED = "lti.parameter.repeated"
    PARAMETER_NO_TEXT = "lti.parameter.no_text"
    PARAMETER_TOO_LONG = "lti.parameter.too_long"

    CLIENT_UNKNOWN = "lti.launch.client_unknown"
    REDIRECT_URI_UNREGISTERED = "lti.launch.redirect_uri_unregistered"
    NONCE_MISSING = "lti.launch.nonce_missing"
    STATE_MISSING = "lti.launch.state_missing"
    RESPONSE_TYPE_UNSUPPORTED = "lti.launch.response_type_unsupported"
    RESPONSE_MODE_UNSUPPORTED = "lti.launch.response_mode_unsupported"
    OPENID_SCOPE_MISSING = "lti.launch.openid_scope_missing"
    PROMPT_NOT_NONE = "lti.launch.prompt_not_none"
    SIGN_IN_REQUIRED = "lti.launch.sign_in_required"
    LOGIN_HINT_MISSING = "lti.launch.login_hint_missing"
    LOGIN_HINT_OF_ANOTHER = "lti.launch.login_hint_of_another"
    MESSAGE_HINT_INVALID = "lti.launch.message_hint_invalid"
    MESSAGE_HINT_EXPIRED = "lti.launch.message_hint_expired"
    LAUNCH_REPLAYED = "lti.launch.replayed"
    MESSAGE_INVALID = "lti.launch.message_invalid"

    GRANT_TYPE_UNSUPPORTED = "lti.token.grant_type_unsupported"
    ASSERTION_TYPE_UNSUPPORTED = "lti.token.assertion_type_unsupported"
    ASSERTION_AUDIENCE_WRONG = "lti.token.assertion_audience_wrong"
    ASSERTION_CLIENT_WRONG = "lti.token.assertion_client_wrong"
    ASSERTION_EXPIRED = "lti.token.assertion_expired"
    ASSERTION_NOT_YET_VALID = "lti.token.assertion_not_yet_valid"
    ASSERTION_TOO_LONG_LIVED = "lti.token.assertion_too_long_lived"
    ASSERTION_CLAIM_MISSING = "lti.token.assertion_claim_missing"
    ASSERTION_REPLAYED = "lti.token.assertion_replayed"
    SCOPE_REFUSED = "lti.token.scope_refused"

    BEARER_MISSING = "lti.service.bearer_missing"
    BEARER_INVALID = "lti.service.bearer_invalid"
    SCOPE_INSUFFICIENT = "lti.service.scope_insufficient"
    OWNER_DIFFERENT = "lti.service.owner_different"
    NOT_FOUND = "lti.service.not_found"
    METHOD_NOT_ALLOWED = "lti.service.method_not_allowed"
    MEDIA_TYPE_UNSUPPORTED = "lti.service.media_type_unsupported"
    BODY_TOO_LARGE = "lti.service.body_too_large"
    BODY_INVALID = "lti.service.body_invalid"
    QUERY_INVALID = "lti.service.query_invalid"
    LINE_ITEM_UNKNOWN = "lti.ags.line_item_unknown"
    RESOURCE_LINK_UNKNOWN = "lti.ags.resource_link_unknown"
    RESOURCE_LINK_FIXED = "lti.ags.resource_link_fixed"
    USER_UNKNOWN = "lti.ags.user_unknown"
    SCORE_NOT_NEWER = "lti.ags.score_not_newer"


class LtiError(Exception):
    """Base of the tree. ``str(error)`` is the code, with the field at fault when one is known."""

    def __init__(self, code: Code, field: str | None = None) -> None:
        super().__init__(code.value if field is None else f"{code.value} ({field})")
        self.code = code
        self.field = field


class ConfigurationError(LtiError):
    """A registration, key or launch that this side prepared breaks the standard: our own caller's mistake."""


class KeySetUnavailable(LtiError):
    """The other party's key set could not be had. Raised by implementations of the port ``KeySets``."""

    def __init__(self) -> None:
        super().__init__(Code.KEY_SET_UNAVAILABLE)


class TokenRefused(LtiError):
    """The token endpoint refuses a request; ``oauth_error`` is the word of RFC 6749 section 5.2 that says so."""

    def __init__(self, oauth_error: str, code: Code, field: str | None = None) -> None:
        super().__init__(code, field)
        self.oauth_error = oauth_error


class ServiceRefused(LtiError):
    """A service (Assignment and Grade Services) refuses a request."""

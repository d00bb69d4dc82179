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

    ISSUER_MISSING = "lti.tool.issuer_missing"
    PLATFORM_UNKNOWN = "lti.tool.platform_unknown"
    PLATFORM_AMBIGUOUS = "lti.tool.platform_ambiguous"
    TARGET_MISSING = "lti.tool.target_missing"
    TARGET_FOREIGN = "lti.tool.target_foreign"
    PLATFORM_ERROR = "lti.tool.platform_error"
    STATE_ABSENT = "lti.tool.state_absent"
    STATE_UNKNOWN = "lti.tool.state_unknown"
    STATE_EXPIRED = "lti.tool.state_expired"
    BROWSER_UNKNOWN = "lti.tool.browser_unknown"
    BROWSER_DIFFERENT = "lti.tool.browser_different"
    ID_TOKEN_MISSING = "lti.tool.id_token_missing"  # noqa: S105 a code
    ID_TOKEN_KID_MISSING = "lti.tool.kid_missing"  # noqa: S105 a code
    ID_TOKEN_ALGORITHM = "lti.tool.algorithm_different"  # noqa: S105 a code
    ISSUER_DIFFERENT = "lti.tool.issuer_different"
    AUDIENCE_WRONG = "lti.tool.audience_wrong"
    AUTHORISED_PARTY_WRONG = "lti.tool.authorised_party_wrong"
    EXPIRY_MISSING = "lti.tool.expiry_missing"
    MESSAGE_EXPIRED = "lti.tool.message_expired"
    ISSUED_AT_MISSING = "lti.tool.issued_at_missing"
    ISSUED_IN_FUTURE = "lti.tool.issued_in_future"
    MESSAGE_TOO_OLD = "lti.tool.message_too_old"
    NONCE_ABSENT = "lti.tool.nonce_absent"
    NONCE_UNKNOWN = "lti.tool.nonce_unknown"
    VERSION_UNSUPPORTED = "lti.tool.version_unsupported"
    MESSAGE_TYPE_UNSUPPORTED = "lti.tool.message_type_unsupported"
    DEPLOYMENT_MISSING = "lti.tool.deployment_missing"
    DEPLOYMENT_UNKNOWN = "lti.tool.deployment_unknown"
    SUBJECT_INVALID = "lti.tool.subject_invalid"
    ROLES_INVALID = "lti.tool.roles_invalid"
    RESOURCE_LINK_INVALID = "lti.tool.resource_link_invalid"
    TARGET_INVALID = "lti.tool.target_invalid"
    DEEP_LINKING_INVALID = "lti.tool.deep_linking_invalid"
    FOR_USER_INVALID = "lti.tool.for_user_invalid"
    LEGACY_METHOD_UNSUPPORTED = "lti.legacy.method_unsupported"
    MESSAGE_REPLAYED = "lti.tool.message_replayed"
    NOTHING_CHECKED = "lti.tool.nothing_checked"
    MIGRATION_UNPROVEN = "lti.tool.migration_unproven"
    CONTENT_ITEM_REFUSED = "lti.tool.content_item_refused"
    REMOTE_UNREACHABLE = "lti.client.unreachable"
    REMOTE_REFUSED = "lti.client.refused"
    REMOTE_NOT_UNDERSTOOD = "lti.client.not_understood"

    RESPONSE_MALFORMED = "lti.selection.malformed"
    RESPONSE_AUDIENCE_WRONG = "lti.selection.audience_wrong"
    RESPONSE_CLIENT_WRONG = "lti.selection.client_wrong"
    RESPONSE_DEPLOYMENT_WRONG = "lti.selection.deployment_wrong"
    RESPONSE_VERSION_WRONG = "lti.selection.version_wrong"
    RESPONSE_TYPE_WRONG = "lti.selection.message_type_wrong"
    RESPONSE_CLAIM_MISSING = "lti.selection.claim_missing"
    RESPONSE_EXPIRED = "lti.selection.expired"
    RESPONSE_DATA_DIFFERENT = "lti.selection.data_different"
    RESPONSE_REPLAYED = "lti.selection.replayed"
    ITEM_INVALID = "lti.selection.item_invalid"
    ITEM_TYPE_NOT_ACCEPTED = "lti.selection.item_type_not_accepted"
    ITEMS_TOO_MANY = "lti.selection.items_too_many"

    REGISTRATION_DOCUMENT_INVALID = "lti.registration.document_invalid"
    REGISTRATION_ISSUER_ELSEWHERE = "lti.registration.issuer_elsewhere"
    REGISTRATION_METADATA_INVALID = "lti.registration.metadata_invalid"
    REGISTRATION_REDIRECT_FOREIGN = "lti.registration.redirect_foreign"
    REGISTRATION_ANSWER_INVALID = "lti.registration.answer_invalid"
    REGISTRATION_TOKEN_INVALID = "lti.registration.token_invalid"  # noqa: S105 a code, no password

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


class SelectionRefused(LtiError):
    """A deep linking response is refused; nothing of it is taken over."""


class RegistrationRefused(LtiError):
    """A document of dynamic registration does not hold, or may not be used; nothing is registered by it."""


class ServiceRefused(LtiError):
    """A service (Assignment and Grade Services) refuses a request."""


class LaunchRefused(LtiError):
    """A message or login request from a platform is refused by the tool. ``field`` may be a word of the platform's
    own (a standard OAuth error code), never a value of the message."""

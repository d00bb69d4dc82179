"""What a tool is, towards every platform, and its choices where the standards leave some."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from lti.errors import Code, ConfigurationError
from lti.urls import origin_of

MINIMUM_SECRET: Final = 32


@dataclass(frozen=True, slots=True)
class ToolPolicy:
    """Choices. ``leeway``: how far two clocks may differ. ``max_age``: how old ``iat`` may be, whatever ``exp`` says;
    None accepts any. ``login_lifetime``: how long the platform may take to answer a login, signing in included.
    ``allow_anonymous``: accept messages without ``sub`` (LTI Core section 5.3.6.1). ``own_targets_only``: refuse a
    ``target_link_uri`` on another host than the tool's, which would make the tool an open redirector."""

    leeway: timedelta = timedelta(seconds=60)
    max_age: timedelta | None = timedelta(hours=1)
    login_lifetime: timedelta = timedelta(minutes=15)
    allow_anonymous: bool = False
    own_targets_only: bool = True


@dataclass(frozen=True, slots=True)
class ToolSettings:
    """``redirect_uri`` receives the id_tokens; ``origins`` are the tool's own (scheme, host, port) that targets may
    have; ``secret`` (32 bytes and more) is the tool's own and signs its login states.

    Raises ConfigurationError.
    """

    redirect_uri: str
    secret: bytes = field(repr=False)
    origins: frozenset[str] = frozenset()
    policy: ToolPolicy = ToolPolicy()

    def __post_init__(self) -> None:
        if len(self.secret) < MINIMUM_SECRET:
            raise ConfigurationError(Code.CONFIGURATION_INVALID, "secret")
        if origin_of(self.redirect_uri) is None:
            raise ConfigurationError(Code.CONFIGURATION_INVALID, "redirect_uri")

    def owns(self, url: str) -> bool:
        """Whether a target may be opened: an address of the tool's own, or any web address where the policy says so."""
        origin = origin_of(url)
        if origin is None:
            return False
        return not self.policy.own_targets_only or origin in (self.origins or {origin_of(self.redirect_uri)})

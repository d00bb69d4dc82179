"""Messages as a tool reads them: typed where they can be, tolerant of what they carry besides.

The claims that a launch stands on were checked (:mod:`lti.tool.checks`); the others are read when asked for, and one
that does not hold to its form is None rather than an error: real platforms send many such. ``claims`` keeps all.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lti import claims as names
from lti.claims import Context, LaunchPresentation, Lis, ResourceLink, ToolPlatform
from lti.roles import Roles, read_roles
from lti.urls import origin_of


class _Read(BaseModel):
    """Base of the claims that are only read: unknown members are kept, values may come in neighbouring types."""

    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True, coerce_numbers_to_str=True)


class AgsAccess(_Read):
    """Where and how this tool may use the gradebook (AGS 2.0 section 3.1). ``lineitem`` is the link's only column."""

    scope: tuple[str, ...] = ()
    lineitems: str | None = None
    lineitem: str | None = None


class RosterAccess(_Read):
    """Where the members are read (NRPS 2.0 section 3.6.1)."""

    context_memberships_url: str
    service_versions: tuple[str, ...] = ()


class OutcomeAccess(_Read):
    """Where a score goes by Basic Outcomes, which Moodle offers beside AGS (LTI 1.1 section 6)."""

    lis_outcome_service_url: str
    lis_result_sourcedid: str | None = Field(default=None, repr=False)


class DeepLinkingSettings(_Read):
    """What the platform accepts in answer (Deep Linking 2.0 section 4.4.1). ``data`` goes back untouched."""

    deep_link_return_url: str
    accept_types: tuple[str, ...]
    accept_presentation_document_targets: tuple[str, ...] = ()
    accept_media_types: str | None = None
    accept_multiple: bool = True
    accept_lineitem: bool | None = None
    auto_create: bool = False
    title: str | None = None
    text: str | None = None
    data: str | None = Field(default=None, repr=False)


class ForUser(_Read):
    """Whose submission is to be reviewed (Submission Review 1.0 section 2.2.2)."""

    user_id: str
    person_sourcedid: str | None = Field(default=None, repr=False)
    given_name: str | None = Field(default=None, repr=False)
    family_name: str | None = Field(default=None, repr=False)
    name: str | None = Field(default=None, repr=False)
    email: str | None = Field(default=None, repr=False)
    roles: tuple[str, ...] = ()


class MigrationClaim(_Read):
    """Who the user was in LTI 1.1 (LTI Core 1.3 section 5.4.8 and the migration guide). Not proven by itself: see
    :mod:`lti.tool.migration`."""

    oauth_consumer_key: str | None = None
    oauth_consumer_key_sign: str | None = Field(default=None, repr=False)
    user_id: str | None = None
    context_id: str | None = None
    resource_link_id: str | None = None
    tool_consumer_instance_guid: str | None = None
    lis_result_sourcedid: str | None = Field(default=None, repr=False)


_Claim = TypeVar("_Claim", bound=BaseModel)


class LaunchMessage:
    """A proven message. Its repr shows no personal datum."""

    def __init__(self, claims: Mapping[str, Any]) -> None:
        self.claims = claims

    def __repr__(self) -> str:
        return f"LaunchMessage({self.message_type}, {self.issuer})"

    @property
    def message_type(self) -> str:
        """One of the three that a tool receives."""
        return str(self.claims[names.MESSAGE_TYPE])

    @property
    def issuer(self) -> str:
        """The platform."""
        return str(self.claims["iss"])

    @property
    def subject(self) -> str | None:
        """The user, as this platform names them; None for an anonymous launch."""
        return self.text("sub")

    @property
    def deployment_id(self) -> str:
        """The deployment launched from."""
        return str(self.claims[names.DEPLOYMENT_ID])

    @property
    def target_link_uri(self) -> str | None:
        """The address of ours to open."""
        return self.text(names.TARGET_LINK_URI)

    @cached_property
    def roles(self) -> Roles:
        """The roles told, of the vocabularies and others."""
        return read_roles(self.claims[names.ROLES])

    @cached_property
    def resource_link(self) -> ResourceLink | None:
        """The placement launched; None for deep linking."""
        return self.claim(names.RESOURCE_LINK, ResourceLink)

    @cached_property
    def context(self) -> Context | None:
        """The course, where one was told."""
        return self.claim(names.CONTEXT, Context)

    @cached_property
    def tool_platform(self) -> ToolPlatform | None:
        """The platform instance; ``product_family_code`` tells Moodle from others."""
        return self.claim(names.TOOL_PLATFORM, ToolPlatform)

    @cached_property
    def presentation(self) -> LaunchPresentation | None:
        """How the platform shows us."""
        return self.claim(names.LAUNCH_PRESENTATION, LaunchPresentation)

    @cached_property
    def lis(self) -> Lis | None:
        """Identifiers of the institution."""
        return self.claim(names.LIS, Lis)

    @cached_property
    def gradebook(self) -> AgsAccess | None:
        """Access to the gradebook."""
        return self.claim(names.AGS_ENDPOINT, AgsAccess)

    @cached_property
    def roster(self) -> RosterAccess | None:
        """Access to the members."""
        return self.claim(names.NRPS_SERVICE, RosterAccess)

    @cached_property
    def outcome(self) -> OutcomeAccess | None:
        """Access by Basic Outcomes."""
        return self.claim(names.BASIC_OUTCOME, OutcomeAccess)

    @cached_property
    def deep_linking(self) -> DeepLinkingSettings | None:
        """What may be picked; there for deep linking requests."""
        return self.claim(names.DEEP_LINKING_SETTINGS, DeepLinkingSettings)

    @cached_property
    def for_user(self) -> ForUser | None:
        """Whose submission to review; there for submission reviews."""
        return self.claim(names.FOR_USER, ForUser)

    @cached_property
    def migration(self) -> MigrationClaim | None:
        """What the message says of LTI 1.1, unproven."""
        return self.claim(names.MIGRATION, MigrationClaim)

    @cached_property
    def custom(self) -> Mapping[str, str]:
        """The custom parameters; numbers and truth values as text, others left out."""
        told = self.claims.get(names.CUSTOM)
        values = told.items() if isinstance(told, dict) else ()
        return {name: _as_text(value) for name, value in values if isinstance(value, str | int | float)}

    @property
    def is_moodle(self) -> bool:
        """Whether the platform is a Moodle, which erases a grade for any score that is not final."""
        return self.tool_platform is not None and self.tool_platform.product_family_code == "moodle"

    def text(self, name: str) -> str | None:
        """A claim that is text (``name``, ``email``, ``locale``...); None for anything else."""
        value = self.claims.get(name)
        return value if isinstance(value, str) and value else None

    def claim(self, name: str, model: type[_Claim]) -> _Claim | None:
        """A claim that is an object, as ``model``; None where it is absent or does not hold to its form."""
        value = self.claims.get(name)
        if not isinstance(value, dict):
            return None
        try:
            return model.model_validate(value)
        except ValidationError:
            return None

    @property
    def return_url(self) -> str | None:
        """Where the platform wants the user back; None for no web address."""
        told = self.claims.get(names.LAUNCH_PRESENTATION)
        url = told.get("return_url") if isinstance(told, dict) else None
        return url if isinstance(url, str) and origin_of(url) else None


def _as_text(value: str | int | float) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)

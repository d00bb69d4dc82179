"""The claims of LTI messages as typed models, and their names (LTI Core 1.3 sections 5.3 and 5.4, appendix C).

Reading is tolerant (unknown members are kept); writing is strict: a model cannot be made with a value that the standard
forbids. A pydantic ``ValidationError`` from here quotes no input.
"""

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from lti.parameters import is_short_ascii

VERSION: Final = "1.3.0"
RESOURCE_LINK_REQUEST: Final = "LtiResourceLinkRequest"
DEEP_LINKING_REQUEST: Final = "LtiDeepLinkingRequest"
DEEP_LINKING_RESPONSE: Final = "LtiDeepLinkingResponse"
SUBMISSION_REVIEW_REQUEST: Final = "LtiSubmissionReviewRequest"

_LTI: Final = "https://purl.imsglobal.org/spec/lti/claim"
MESSAGE_TYPE: Final = f"{_LTI}/message_type"
LTI_VERSION: Final = f"{_LTI}/version"
DEPLOYMENT_ID: Final = f"{_LTI}/deployment_id"
TARGET_LINK_URI: Final = f"{_LTI}/target_link_uri"
RESOURCE_LINK: Final = f"{_LTI}/resource_link"
ROLES: Final = f"{_LTI}/roles"
CONTEXT: Final = f"{_LTI}/context"
TOOL_PLATFORM: Final = f"{_LTI}/tool_platform"
LAUNCH_PRESENTATION: Final = f"{_LTI}/launch_presentation"
CUSTOM: Final = f"{_LTI}/custom"
LIS: Final = f"{_LTI}/lis"
FOR_USER: Final = f"{_LTI}/for_user"
MIGRATION: Final = f"{_LTI}/lti1p1"
AGS_ENDPOINT: Final = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NRPS_SERVICE: Final = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
BASIC_OUTCOME: Final = "https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome"
_DL: Final = "https://purl.imsglobal.org/spec/lti-dl/claim"
DEEP_LINKING_SETTINGS: Final = f"{_DL}/deep_linking_settings"
CONTENT_ITEMS: Final = f"{_DL}/content_items"
DEEP_LINKING_DATA: Final = f"{_DL}/data"
DEEP_LINKING_MESSAGE: Final = f"{_DL}/msg"
DEEP_LINKING_LOG: Final = f"{_DL}/log"
DEEP_LINKING_ERROR_MESSAGE: Final = f"{_DL}/errormsg"
DEEP_LINKING_ERROR_LOG: Final = f"{_DL}/errorlog"


def _short_ascii(value: str) -> str:
    if not is_short_ascii(value):
        raise ValueError("must be 1 to 255 ASCII characters")
    return value


Identifier = Annotated[str, AfterValidator(_short_ascii)]
"""1 to 255 ASCII characters, as the standard asks of ``sub`` and of the ids of links, contexts and deployments."""


class Claim(BaseModel):
    """Base of the claims that are JSON objects."""

    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True)

    def to_json(self) -> dict[str, object]:
        """The members that have a value."""
        return self.model_dump(mode="json", exclude_none=True)


class ResourceLink(Claim):
    """Which placement of the resource is launched (section 5.3.5). ``id`` never changes for one placement."""

    id: Identifier
    title: str | None = None
    description: str | None = None


class Context(Claim):
    """The course or group in which the link stands (section 5.4.1)."""

    id: Identifier
    label: str | None = None
    title: str | None = None
    type: tuple[str, ...] | None = None


class ToolPlatform(Claim):
    """The platform instance (section 5.4.2). ``guid`` is stable and unique."""

    guid: Identifier
    name: str | None = None
    version: str | None = None
    product_family_code: str | None = None
    contact_email: str | None = None
    description: str | None = None
    url: str | None = None


class LaunchPresentation(Claim):
    """How the tool is shown (section 5.4.4). ``locale`` is a language tag of BCP 47; ``return_url`` leads back."""

    document_target: Literal["frame", "iframe", "window"] | None = None
    return_url: str | None = None
    locale: str | None = None
    height: int | None = Field(default=None, gt=0)
    width: int | None = Field(default=None, gt=0)


class Lis(Claim):
    """Identifiers of Learning Information Services, as the institution's own records have them (section 5.4.5)."""

    person_sourcedid: str | None = Field(default=None, repr=False)
    course_offering_sourcedid: str | None = None
    course_section_sourcedid: str | None = None


class AgsEndpoint(Claim):
    """Where and how the tool may use the gradebook (Assignment and Grade Services 2.0, section on the
    service claim)."""

    scope: tuple[str, ...]
    lineitems: str | None = None
    lineitem: str | None = None


class NamesRoleService(Claim):
    """Where the tool may read the members of the context (NRPS 2.0 section 3.6.1)."""

    context_memberships_url: str
    service_versions: tuple[str, ...] = ("2.0",)


class DeepLinkingSettings(Claim):
    """What a deep linking request asks for (Deep Linking 2.0 section 4.4.1). ``data`` comes back untouched."""

    deep_link_return_url: str
    accept_types: tuple[str, ...]
    accept_presentation_document_targets: tuple[str, ...]
    accept_media_types: str | None = None
    accept_multiple: bool | None = None
    accept_lineitem: bool | None = None
    auto_create: bool | None = None
    title: str | None = None
    text: str | None = None
    data: str | None = Field(default=None, repr=False)

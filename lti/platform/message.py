"""The messages of the platform: claims, signature and the form that carries them. Resource link launches (LTI Core 1.3
section 5.3) and requests to pick content (Deep Linking 2.0 section 4.4)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from lti import claims
from lti.claims import (
    AgsEndpoint,
    Claim,
    Context,
    LaunchPresentation,
    Lis,
    NamesRoleService,
    ResourceLink,
    ToolPlatform,
)
from lti.errors import Code, ConfigurationError
from lti.keys import KeyPair
from lti.parameters import is_short_ascii
from lti.platform.forms import FormPost
from lti.platform.launch import Accepted
from lti.platform.selection import SelectionOffer
from lti.ports import Clock, system_clock
from lti.registration import ToolRegistration
from lti.roles import Role
from lti.scopes import AGS_SCOPES, MEMBERS_READ

ID_TOKEN_LIFETIME: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class LaunchUser:
    """The person launching, as the tool is to know them. ``sub`` is stable for this tool (section 5.3.6); the host may
    give every deployment another one. Name and address leave only where the registration's privacy policy says so."""

    sub: str
    roles: tuple[Role, ...]
    name: str | None = field(default=None, repr=False)
    given_name: str | None = field(default=None, repr=False)
    family_name: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class GradebookAccess:
    """The gradebook offered with a launch: address of the context's line items, and of those bound to this link."""

    lineitems: str
    of_resource_link: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ResourceLinkLaunch:
    """Everything a resource link launch says beyond what the request already fixed. ``custom`` holds text values only
    (section 5.4.6). ``members_url`` is the address of the context's members, offered where the tool may read them."""

    user: LaunchUser
    resource_link: ResourceLink
    tool_platform: ToolPlatform | None = None
    context: Context | None = None
    presentation: LaunchPresentation | None = None
    lis: Lis | None = None
    custom: Mapping[str, str] = field(default_factory=dict, repr=False)
    gradebook: GradebookAccess | None = None
    members_url: str | None = None


@dataclass(frozen=True, slots=True)
class SelectionLaunch:
    """Everything a request to pick content says beyond what the request already fixed."""

    user: LaunchUser
    offer: SelectionOffer
    tool_platform: ToolPlatform | None = None
    context: Context | None = None
    presentation: LaunchPresentation | None = None
    custom: Mapping[str, str] = field(default_factory=dict, repr=False)


def answer_launch(
    accepted: Accepted, launch: ResourceLinkLaunch, *, issuer: str, key: KeyPair, clock: Clock = system_clock
) -> FormPost:
    """The authentication response: a form that posts ``id_token`` and ``state`` to the redirect URI of the request.

    Costs one RS256 signature. Raises ConfigurationError where the launch is of another resource link than the request,
    or breaks the standard.
    """
    return _form(accepted, launch_claims(accepted, launch, issuer=issuer, clock=clock), key)


def answer_selection(
    accepted: Accepted, launch: SelectionLaunch, *, issuer: str, key: KeyPair, clock: Clock = system_clock
) -> FormPost:
    """The authentication response that asks the tool for content. Costs one RS256 signature. Raises
    ConfigurationError where the request was of something else, or the message breaks the standard."""
    return _form(accepted, selection_claims(accepted, launch, issuer=issuer, clock=clock), key)


def launch_claims(
    accepted: Accepted, launch: ResourceLinkLaunch, *, issuer: str, clock: Clock = system_clock
) -> dict[str, object]:
    """The claims of a resource link launch."""
    _require(accepted.note.message_type == claims.RESOURCE_LINK_REQUEST, "message_type")
    _require(launch.resource_link.id == accepted.note.resource_link_id, "resource_link")
    registration = accepted.registration
    models: dict[str, Claim | None] = {
        claims.RESOURCE_LINK: launch.resource_link,
        claims.LIS: _lis(launch.lis, registration),
        claims.AGS_ENDPOINT: _ags_endpoint(launch.gradebook, registration),
        claims.NRPS_SERVICE: _members(launch.members_url, registration),
    }
    return _common_claims(accepted, launch, issuer, clock) | _objects(models)


def selection_claims(
    accepted: Accepted, launch: SelectionLaunch, *, issuer: str, clock: Clock = system_clock
) -> dict[str, object]:
    """The claims of a request to pick content."""
    _require(accepted.note.message_type == claims.DEEP_LINKING_REQUEST, "message_type")
    models: dict[str, Claim | None] = {claims.DEEP_LINKING_SETTINGS: launch.offer.claim()}
    return _common_claims(accepted, launch, issuer, clock) | _objects(models)


def _form(accepted: Accepted, message: Mapping[str, object], key: KeyPair) -> FormPost:
    state = {} if accepted.state is None else {"state": accepted.state}
    return FormPost(accepted.redirect_uri, {"id_token": key.sign(message), **state})


def _common_claims(
    accepted: Accepted, launch: ResourceLinkLaunch | SelectionLaunch, issuer: str, clock: Clock
) -> dict[str, object]:
    """What every message says. There is one audience, so ``aud`` is text and ``azp`` is not needed (OpenID Connect
    Core section 2)."""
    registration = accepted.registration
    _require(is_short_ascii(launch.user.sub), "sub")
    _require(all(isinstance(value, str) for value in launch.custom.values()), "custom")
    issued_at = int(clock().timestamp())
    models: dict[str, Claim | None] = {
        claims.CONTEXT: launch.context,
        claims.TOOL_PLATFORM: launch.tool_platform,
        claims.LAUNCH_PRESENTATION: launch.presentation,
    }
    return {
        "iss": issuer,
        "aud": registration.client_id,
        "sub": launch.user.sub,
        "nonce": accepted.nonce,
        "iat": issued_at,
        "exp": issued_at + int(ID_TOKEN_LIFETIME.total_seconds()),
        claims.MESSAGE_TYPE: accepted.note.message_type,
        claims.LTI_VERSION: claims.VERSION,
        claims.DEPLOYMENT_ID: accepted.note.deployment_id,
        claims.TARGET_LINK_URI: accepted.note.target_link_uri,
        claims.ROLES: [role.value for role in launch.user.roles],
        **_personal_claims(launch.user, registration),
        **_objects(models),
        **({claims.CUSTOM: dict(launch.custom)} if launch.custom else {}),
    }


def _objects(models: Mapping[str, Claim | None]) -> dict[str, object]:
    return {name: model.to_json() for name, model in models.items() if model is not None}


def _personal_claims(user: LaunchUser, registration: ToolRegistration) -> dict[str, object]:
    found: dict[str, str | None] = {}
    if registration.privacy.send_name:
        found |= {"name": user.name, "given_name": user.given_name, "family_name": user.family_name}
    if registration.privacy.send_email:
        found["email"] = user.email
    return {name: value for name, value in found.items() if value}


def _lis(lis: Lis | None, registration: ToolRegistration) -> Lis | None:
    if lis is None or registration.privacy.send_person_sourcedid:
        return lis
    return lis.model_copy(update={"person_sourcedid": None})


def _ags_endpoint(access: GradebookAccess | None, registration: ToolRegistration) -> AgsEndpoint | None:
    scopes = tuple(sorted(AGS_SCOPES & registration.scopes))
    if access is None or not scopes:
        return None
    # AGS 2.0, section on the service claim: the single line item is named only where there is exactly one.
    single = access.of_resource_link[0] if len(access.of_resource_link) == 1 else None
    return AgsEndpoint(scope=scopes, lineitems=access.lineitems, lineitem=single)


def _members(url: str | None, registration: ToolRegistration) -> NamesRoleService | None:
    if url is None or MEMBERS_READ not in registration.scopes:
        return None
    return NamesRoleService(context_memberships_url=url)


def _require(condition: bool, name: str) -> None:
    if not condition:
        raise ConfigurationError(Code.MESSAGE_INVALID, name)

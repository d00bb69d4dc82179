"""Learning Tools Interoperability 1.3 for Python: the protocol alone, to be built into any application.

What there is: the **platform role**. It launches tools (LTI Core 1.3 resource link messages over OpenID Connect), lets
people pick content inside them (Deep Linking 2.0), gives them access tokens (client credentials with
``private_key_jwt``), keeps their grades (Assignment and Grade Services 2.0) and names the members (Names and Role
Provisioning Services 2.0). No web framework, no database, no HTTP client: the application hands in *ports*
(:mod:`lti.ports`, :class:`lti.platform.gradebook.Gradebook`) and sends what comes back.

A launch::

    hints = Hints(secret)                                      # 32 random bytes of the platform's own
    endpoint = AuthenticationEndpoint(issuer, registrations, hints)
    form = endpoint.initiate(tool, Browser(user_id, session_id), deployment_id="1", resource_link_id="link-7")
    # ... the page posts form.parameters to form.action; the tool sends the browser to the authentication endpoint ...
    outcome = endpoint.authenticate(request_parameters, Browser(user_id, session_id), one_time)
    if isinstance(outcome, Accepted):                          # else ErrorToTool.form, or ErrorPage.code
        launch = ResourceLinkLaunch(LaunchUser(sub, (ContextRole.LEARNER,)), ResourceLink(id="link-7"))
        form = answer_launch(outcome, launch, issuer=issuer, key=key_ring.signing)

The services::

    TokenEndpoint(token_url, registrations, key_sets, AccessTokens(secret)).answer(form, one_time, grants)
    AssignmentGradeService(container_url, gradebook, AccessTokens(secret), grants).handle(ServiceRequest("GET", ...))
    KeyRing(signing=KeyPair.generate()).jwks()                 # what to serve as the platform's key set

Methods that write take the ports they write to as arguments, or are built for one request, so that each fits inside one
transaction of the application; those that read key sets over the network (``TokenEndpoint.verify``) write nothing.

Rules of the house: instants are aware and in UTC; every error is an :class:`LtiError` with a stable ``code``, which is
what errors sent to a tool carry as description; no repr shows a token, secret, key or personal datum; what tools send
is read tolerantly and unknown members are kept; what is written is strict.
"""

from lti.claims import Context, LaunchPresentation, Lis, ResourceLink, ToolPlatform
from lti.errors import (
    Code,
    ConfigurationError,
    KeySetUnavailable,
    LtiError,
    RegistrationRefused,
    SelectionRefused,
    ServiceRefused,
    TokenRefused,
)
from lti.keys import KeyPair, KeyRing, PublicKey
from lti.platform.access import AccessTokens
from lti.platform.ags import AssignmentGradeService
from lti.platform.forms import FormPost
from lti.platform.gradebook import Gradebook
from lti.platform.hints import Browser, Hints
from lti.platform.launch import Accepted, AuthenticationEndpoint, ErrorPage, ErrorToTool, LaunchPolicy
from lti.platform.message import (
    GradebookAccess,
    LaunchUser,
    ResourceLinkLaunch,
    SelectionLaunch,
    answer_launch,
    answer_selection,
)
from lti.platform.responses import ServiceResponse
from lti.platform.roster import Member, MembershipService, Roster
from lti.platform.selection import Picked, SelectionEndpoint, SelectionOffer
from lti.platform.service import ServiceRequest
from lti.platform.token import TokenEndpoint
from lti.ports import AccessGrant, AccessGrants, KeySets, OneTimeUse, Registrations
from lti.registration import PlatformRegistration, PrivacyPolicy, ToolRegistration
from lti.roles import ContextRole, ContextType, InstitutionRole, Roles, SystemRole, read_role, read_roles

__all__ = [
    "Accepted",
    "AccessGrant",
    "AccessGrants",
    "AccessTokens",
    "AssignmentGradeService",
    "AuthenticationEndpoint",
    "Browser",
    "Code",
    "ConfigurationError",
    "Context",
    "ContextRole",
    "ContextType",
    "ErrorPage",
    "ErrorToTool",
    "FormPost",
    "Gradebook",
    "GradebookAccess",
    "Hints",
    "InstitutionRole",
    "KeyPair",
    "KeyRing",
    "KeySetUnavailable",
    "KeySets",
    "LaunchPolicy",
    "LaunchPresentation",
    "LaunchUser",
    "Lis",
    "LtiError",
    "Member",
    "MembershipService",
    "OneTimeUse",
    "Picked",
    "PlatformRegistration",
    "PrivacyPolicy",
    "PublicKey",
    "RegistrationRefused",
    "Registrations",
    "ResourceLink",
    "ResourceLinkLaunch",
    "Roles",
    "Roster",
    "SelectionEndpoint",
    "SelectionLaunch",
    "SelectionOffer",
    "SelectionRefused",
    "ServiceRefused",
    "ServiceRequest",
    "ServiceResponse",
    "SystemRole",
    "TokenEndpoint",
    "TokenRefused",
    "ToolPlatform",
    "ToolRegistration",
    "answer_launch",
    "answer_selection",
    "read_role",
    "read_roles",
]

"""The platform role of LTI 1.1: a resource link launch in the words of LTI 1.1.2 (section 3 and appendix B).

The same launch that a tool of LTI 1.3 gets as claims, under the same privacy policy.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from lti.platform.message import LaunchUser, ResourceLinkLaunch, SelectionLaunch
from lti.registration import PrivacyPolicy
from lti.roles import ContextRole, Role

_NO_NAME: Final = re.compile(r"[^0-9a-z]")


@dataclass(frozen=True, slots=True)
class OutcomePlace:
    """Where the tool sends the result: the address of Basic Outcomes and the name of this user's result there."""

    url: str
    sourcedid: str = field(repr=False)


def launch_words(
    launch: ResourceLinkLaunch, privacy: PrivacyPolicy, outcome: OutcomePlace | None = None
) -> dict[str, str]:
    """The parameters of a basic launch, to be signed. Nothing empty is told."""
    link = launch.resource_link
    told: dict[str, str | None] = {
        "resource_link_id": link.id,
        "resource_link_title": link.title,
        "resource_link_description": link.description,
        **_common(launch, privacy),
        **custom_words(launch.custom),
    }
    if outcome is not None:
        told |= {"lis_outcome_service_url": outcome.url, "lis_result_sourcedid": outcome.sourcedid}
    return {name: value for name, value in told.items() if value or name.startswith("custom_")}  # type: ignore[misc]  # no value left is None


def selection_words(launch: SelectionLaunch, privacy: PrivacyPolicy) -> dict[str, str]:
    """The parameters of a content item request besides what asks for the items (Content-Item Message 1.0)."""
    return {name: value for name, value in _common(launch, privacy).items() if value}


def custom_words(custom: Mapping[str, str]) -> dict[str, str]:
    """Custom parameters under their names of LTI 1.1: small letters and digits, an underscore for anything else
    (section 3, ``custom_keyname``)."""
    return {f"custom_{_NO_NAME.sub('_', name.lower())}": value for name, value in custom.items()}


def _common(launch: ResourceLinkLaunch | SelectionLaunch, privacy: PrivacyPolicy) -> dict[str, str | None]:
    context, shown, platform = launch.context, launch.presentation, launch.tool_platform
    return {
        "user_id": launch.user.sub,
        "roles": ",".join(_role(role) for role in launch.user.roles),
        **_person(launch.user, privacy),
        "context_id": context.id if context else None,
        "context_title": context.title if context else None,
        "context_label": context.label if context else None,
        "context_type": "CourseSection" if context else None,
        "launch_presentation_document_target": shown.document_target if shown else None,
        "launch_presentation_return_url": shown.return_url if shown else None,
        "launch_presentation_locale": shown.locale if shown else None,
        "tool_consumer_instance_guid": platform.guid if platform else None,
        "tool_consumer_instance_name": platform.name if platform else None,
        "tool_consumer_instance_url": platform.url if platform else None,
        "tool_consumer_info_product_family_code": platform.product_family_code if platform else None,
    }


def _person(user: LaunchUser, privacy: PrivacyPolicy) -> dict[str, str | None]:
    told: dict[str, str | None] = {}
    if privacy.send_name:
        told |= {
            "lis_person_name_full": user.name,
            "lis_person_name_given": user.given_name,
            "lis_person_name_family": user.family_name,
        }
    if privacy.send_email:
        told["lis_person_contact_email_primary"] = user.email
    return told


def _role(role: Role) -> str:
    """Roles of the context go by their short name, which every tool knows (appendix A.3)."""
    return role.value.rpartition("#")[2] if isinstance(role, ContextRole) else role.value

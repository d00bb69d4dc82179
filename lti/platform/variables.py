"""Substitution variables of custom parameters (LTI Core 1.3 appendix B, Deep Linking 2.0 section 3.1): one table.

A value that begins with ``$`` and names a variable of the table is replaced. A variable that this platform does not
know, or that would tell what the tool is not to know, stays as it was written, which the standard asks for; one that is
known and has no value here becomes empty.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, NamedTuple

from lti.claims import Context, LaunchPresentation, Lis, ResourceLink, ToolPlatform
from lti.platform.ags_call import zulu
from lti.platform.message import LaunchUser
from lti.platform.windows import LinkDates
from lti.registration import PrivacyPolicy


@dataclass(frozen=True, slots=True)
class VariableFacts:
    """What is known at a launch. Personal data are told by ``privacy`` only, as in the message itself."""

    user: LaunchUser
    privacy: PrivacyPolicy
    link: ResourceLink | None = None
    context: Context | None = None
    platform: ToolPlatform | None = None
    lis: Lis | None = None
    presentation: LaunchPresentation | None = None
    dates: LinkDates = field(default_factory=LinkDates)


class Source(NamedTuple):
    """Where a value stands: a part of the facts and its attribute; ``policy`` is the choice that lets it out."""

    part: Literal["user", "link", "context", "platform", "lis", "presentation", "dates"]
    attribute: str
    policy: Literal["", "send_name", "send_email", "send_person_sourcedid"] = ""


TABLE: Final[Mapping[str, Source]] = {
    "User.id": Source("user", "sub"),
    "Person.name.full": Source("user", "name", "send_name"),
    "Person.name.given": Source("user", "given_name", "send_name"),
    "Person.name.family": Source("user", "family_name", "send_name"),
    "Person.email.primary": Source("user", "email", "send_email"),
    "Person.sourcedId": Source("lis", "person_sourcedid", "send_person_sourcedid"),
    "Membership.role": Source("user", "roles"),
    "Context.id": Source("context", "id"),
    "Context.label": Source("context", "label"),
    "Context.title": Source("context", "title"),
    "Context.type": Source("context", "type"),
    "Context.sourcedId": Source("lis", "course_section_sourcedid"),
    "CourseSection.sourcedId": Source("lis", "course_section_sourcedid"),
    "CourseSection.label": Source("context", "label"),
    "CourseSection.title": Source("context", "title"),
    "CourseOffering.sourcedId": Source("lis", "course_offering_sourcedid"),
    "ResourceLink.id": Source("link", "id"),
    "ResourceLink.title": Source("link", "title"),
    "ResourceLink.description": Source("link", "description"),
    "ResourceLink.available.startDateTime": Source("dates", "available_from"),
    "ResourceLink.available.endDateTime": Source("dates", "available_until"),
    "ResourceLink.available.user.startDateTime": Source("dates", "available_from"),
    "ResourceLink.available.user.endDateTime": Source("dates", "available_until"),
    "ResourceLink.submission.startDateTime": Source("dates", "submission_from"),
    "ResourceLink.submission.endDateTime": Source("dates", "submission_until"),
    "ResourceLink.submission.user.startDateTime": Source("dates", "submission_from"),
    "ResourceLink.submission.user.endDateTime": Source("dates", "submission_until"),
    "ToolPlatform.productFamilyCode": Source("platform", "product_family_code"),
    "ToolPlatform.version": Source("platform", "version"),
    "ToolPlatformInstance.guid": Source("platform", "guid"),
    "ToolPlatformInstance.name": Source("platform", "name"),
    "ToolPlatformInstance.description": Source("platform", "description"),
    "ToolPlatformInstance.url": Source("platform", "url"),
    "ToolPlatformInstance.contactEmail": Source("platform", "contact_email"),
    "Message.locale": Source("presentation", "locale"),
    "Message.documentTarget": Source("presentation", "document_target"),
    "Message.returnUrl": Source("presentation", "return_url"),
}
"""The variables this platform knows, by their names without ``$``."""


def substitute(custom: Mapping[str, str], facts: VariableFacts) -> dict[str, str]:
    """The custom parameters with their variables replaced. Only a whole value can be a variable."""
    return {name: _replaced(value, facts) for name, value in custom.items()}


def _replaced(value: str, facts: VariableFacts) -> str:
    source = TABLE.get(value[1:]) if value.startswith("$") else None
    if source is None or (source.policy and not getattr(facts.privacy, source.policy)):
        return value
    return _text(getattr(getattr(facts, source.part), source.attribute, None))


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return zulu(value) or ""
    if isinstance(value, tuple):
        return ",".join(str(part) for part in value)
    return "" if value is None else str(value)

"""What a launch tells a tool: pseudonym, link, custom parameters, gradebook, way back. One composition for LTI 1.3 and
1.1."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.db.base import new_id
from hub.db.types import to_micros
from hub.models.learning import Enrolment, Launch, LearningPath, Resource
from hub.models.person import Person
from hub.models.platforms import LineItem, LtiTool, LtiUser
from hub.services.catalogue import parameters_of
from hub.services.dictionaries import add_once
from hub.services.errors import NotFound
from hub.urls.addresses import line_items, members
from lti import (
    Accepted,
    Context,
    ContextRole,
    GradebookAccess,
    KeyPair,
    LaunchPresentation,
    LaunchUser,
    PrivacyPolicy,
    ResourceLink,
    ResourceLinkLaunch,
    ToolPlatform,
    answer_launch,
)
from lti.platform.forms import FormPost
from lti.platform.variables import VariableFacts, substitute
from lti.platform.windows import LinkDates
from lti.scopes import AGS_SCOPES

#: The name of the hub's kind among LTI platforms.
PRODUCT = "tiers-lieu-hub"


@dataclass(frozen=True)
class Facts:
    """What a message is composed for: the tool and what it may learn; the place's address, name, language.
    ``return_to(enrolment_id, step_id)`` is where the learner comes back; ``shown``: ``window``, or
    ``iframe`` in a page of ours."""

    tool: LtiTool
    privacy: PrivacyPolicy
    base: str
    place: str
    language: str
    return_to: Callable[[UUID, UUID], str]
    now: datetime
    shown: Literal["iframe", "window"] = "window"


def sub_of(session: Session, tool: LtiTool, person_id: UUID) -> str:
    """The pseudonym by which this tool knows the person; made at the first launch."""
    known = select(LtiUser.sub).where(LtiUser.tool_id == tool.id, LtiUser.person_id == person_id)
    sub = session.scalar(known)
    if sub is None:
        add_once(session, LtiUser, id=new_id(), tool_id=tool.id, person_id=person_id, sub=secrets.token_urlsafe(18))
        sub = session.scalars(known).one()
    return sub


def custom_of(tool: LtiTool, resource: Resource | None, facts: VariableFacts) -> dict[str, str]:
    """The custom parameters of a launch: the tool's own, then those of the link, variables replaced."""
    written = {**tool.registration.get("custom", {})}
    if resource is not None:
        written |= parameters_of(resource)
    return substitute({name: str(value) for name, value in written.items()}, facts)


def dates_of(resource: Resource) -> LinkDates:
    """The windows of time that came with a resource picked inside a tool."""
    told = resource.custom.get("dates", {})
    return LinkDates(**{name: datetime.fromisoformat(value) for name, value in told.items() if value})


def ensure_line_item(session: Session, tool: LtiTool, resource: Resource, now: datetime) -> None:
    """Give the resource link its column when the tool may send scores and has none yet."""
    if not AGS_SCOPES & set(tool.registration.get("scopes", ())):
        return
    if line_item_of(session, tool, resource) is not None:
        return
    # Launches that come together, a class of them, get one column: the others wait here, and then find it.
    session.execute(select(Resource.id).where(Resource.id == resource.id).with_for_update(key_share=True))
    if line_item_of(session, tool, resource) is None:
        told = resource.custom.get("line_item", {})
        session.add(
            LineItem(
                id=new_id(),
                tool_id=tool.id,
                label=told.get("label") or resource.title,
                score_maximum=float(told.get("scoreMaximum") or resource.custom.get("score_maximum", 100)),
                resource_link_id=str(resource.id),
                resource_id=told.get("resourceId"),
                tag=told.get("tag"),
                iri=resource.iri,
                details=_line_dates(resource, told),
                created_at=now,
            )
        )
        session.flush()


def line_item_of(session: Session, tool: LtiTool, resource: Resource) -> LineItem | None:
    """The first column of a resource link, if it has one."""
    mine = select(LineItem).where(LineItem.tool_id == tool.id, LineItem.resource_link_id == str(resource.id))
    return session.scalars(mine.order_by(LineItem.id).limit(1)).first()


def _line_dates(resource: Resource, told: Mapping[str, Any]) -> dict[str, Any]:
    """The submission window of a picked link is the column's."""
    dates = dates_of(resource)
    return {
        "starts_at": to_micros(dates.submission_from) if dates.submission_from else None,
        "ends_at": to_micros(dates.submission_until) if dates.submission_until else None,
        "grades_released": told.get("gradesReleased"),
        "extra": {},
    }


def answer(
    session: Session,
    accepted: Accepted,
    *,
    base: str,
    place: str,
    language: str,
    return_to: Callable[[UUID, UUID], str],
    now: datetime,
) -> ResourceLinkLaunch:
    """The message for an accepted request. ``accepted.note.reference`` is the launch's id, and ``iframe`` after it
    where our page shows the tool in a frame.

    ``return_to(enrolment_id, step_id)`` is the address where the learner comes back. Raises NotFound.
    """
    key, _, shown = accepted.note.reference.partition(" ")
    launch = session.get(Launch, UUID(key))
    resource = session.get(Resource, UUID(accepted.note.resource_link_id))
    tool = session.scalars(select(LtiTool).where(LtiTool.client_id == accepted.registration.client_id)).first()
    if launch is None or resource is None or tool is None:
        raise NotFound(launch=accepted.note.reference)
    facts = Facts(
        tool, accepted.registration.privacy, base, place, language, return_to, now, "iframe" if shown else "window"
    )
    return compose(session, launch, resource, facts)


def compose(session: Session, launch: Launch, resource: Resource, facts: Facts) -> ResourceLinkLaunch:
    """What the tool is told of one launch; its column of the gradebook is made where it has none."""
    tool, base = facts.tool, facts.base
    person = session.get_one(Person, launch.person_id)
    enrolment = session.get_one(Enrolment, launch.enrolment_id)
    ensure_line_item(session, tool, resource, facts.now)
    path = session.get_one(LearningPath, enrolment.path_id)
    user = _user(session, tool, person, ContextRole.LEARNER)
    context = Context(id=str(path.id), title=path.title)
    back = facts.return_to(enrolment.id, launch.step_id)
    presentation = LaunchPresentation(document_target=facts.shown, return_url=back, locale=facts.language)
    link = ResourceLink(id=str(resource.id), title=resource.title)
    platform = tool_platform(base, facts.place)
    known = VariableFacts(
        user=user,
        privacy=facts.privacy,
        link=link,
        platform=platform,
        dates=dates_of(resource),
        context=context,
        presentation=presentation,
    )
    return ResourceLinkLaunch(
        user=user,
        resource_link=link,
        tool_platform=platform,
        custom=custom_of(tool, resource, known),
        gradebook=_access(session, tool, resource, base),
        members_url=members(base, str(tool.id), str(path.id)),
        context=context,
        presentation=presentation,
    )


def tool_platform(base: str, place: str) -> ToolPlatform:
    """The hub as a platform names itself."""
    return ToolPlatform(guid=base.partition("//")[2], name=place, product_family_code=PRODUCT, url=base)


def _user(session: Session, tool: LtiTool, person: Person, role: ContextRole) -> LaunchUser:
    return LaunchUser(
        sub=sub_of(session, tool, person.id),
        roles=(role,),
        name=person.name,
        given_name=person.given_name,
        family_name=person.family_name,
        email=person.email,
    )


def _access(session: Session, tool: LtiTool, resource: Resource, base: str) -> GradebookAccess | None:
    if not AGS_SCOPES & set(tool.registration.get("scopes", ())):
        return None
    container = line_items(base, str(tool.id))
    query = select(LineItem.id).where(LineItem.tool_id == tool.id, LineItem.resource_link_id == str(resource.id))
    return GradebookAccess(
        container, tuple(f"{container}/{key}" for key in session.scalars(query.order_by(LineItem.id)))
    )


def sign(accepted: Accepted, launch: ResourceLinkLaunch, *, issuer: str, key: KeyPair) -> FormPost:
    """The authentication response: one signature, outside any unit of work."""
    return answer_launch(accepted, launch, issuer=issuer, key=key)

"""Launching a learner into a tool: what is opened is recorded first, then the protocol speaks (DESIGN sections 2 and
5)."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from content.xapi.emit import event_statement
from content.xapi.vocabulary import Verb
from hub.db.base import new_id
from hub.db.types import to_micros
from hub.domain.path import Activity, BindingKind, Step
from hub.domain.progress import activity_iris
from hub.models.learning import Enrolment, Launch, LearningPath, Resource
from hub.models.person import Person
from hub.models.platforms import LineItem, LtiTool, LtiUser
from hub.services.catalogue import parameters_of
from hub.services.enrolments import get, step_of
from hub.services.errors import Conflict, NotFound
from hub.services.identities import hub_agent, own_agent_id
from hub.services.ledger import ingest
from hub.services.source import hub_source
from hub.urls.addresses import line_items, members
from lti import (
    Accepted,
    Context,
    ContextRole,
    GradebookAccess,
    KeyPair,
    LaunchPresentation,
    LaunchUser,
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
class Opening:
    """How an activity opens: an LTI launch (``tool`` and ``resource``), or an address."""

    step: Step
    activity: Activity
    resource: Resource | None
    tool: LtiTool | None
    url: str


def opening(session: Session, enrolment_id: UUID, step_id: UUID, activity_id: UUID) -> Opening:
    """What opening this activity means. Raises NotFound, Conflict (``nothing_to_open``: séances, deposits have no
    address)."""
    enrolment = get(session, enrolment_id)
    step = step_of(session, enrolment, step_id)
    activity = next((a for a in step.activities() if a.id == activity_id), None)
    if activity is None:
        raise NotFound(activity=str(activity_id))
    key = activity.binding.resource_id
    resource = session.get(Resource, key) if key else None
    if activity.binding.kind is BindingKind.LTI_LINK:
        tool = tool_of(session, resource) if resource is not None else None
        if tool is None:
            raise Conflict("tool_missing", activity=activity.title)
        return Opening(step, activity, resource, tool, "")
    url = (resource.url or resource.iri) if resource else activity.binding.iri
    if not url.startswith(("http://", "https://")):
        raise Conflict("nothing_to_open", activity=activity.title)
    return Opening(step, activity, resource, None, url)


def tool_of(session: Session, resource: Resource) -> LtiTool | None:
    """The open tool that a link is of: the one it was picked in, else one of its platform."""
    tools = select(LtiTool).where(LtiTool.platform_id == resource.platform_id, LtiTool.active)
    if resource.custom.get("tool_id"):
        tools = tools.where(LtiTool.id == UUID(resource.custom["tool_id"]))
    return session.scalars(tools.order_by(LtiTool.id)).first()


def require_available(resource: Resource | None, now: datetime) -> None:
    """Keep a link closed outside the window that came with it. Raises Conflict (``link_not_yet``, ``link_over``)."""
    dates = dates_of(resource) if resource is not None else LinkDates()
    if dates.available_from is not None and now < dates.available_from:
        raise Conflict("link_not_yet")
    if dates.available_until is not None and now >= dates.available_until:
        raise Conflict("link_over")


def record_launch(session: Session, enrolment_id: UUID, step: Step, activity: Activity, now: datetime) -> Launch:
    """Keep that the activity was opened through the hub: a row, and a statement in the same unit of work."""
    enrolment = session.get_one(Enrolment, enrolment_id)
    iri = activity_iris(activity)[0]
    launch = Launch(
        id=new_id(),
        enrolment_id=enrolment_id,
        person_id=enrolment.person_id,
        step_id=step.id,
        activity_id=activity.id,
        iri=iri,
        at=now,
    )
    session.add(launch)
    own_agent_id(session, enrolment.person_id)
    statement = event_statement(
        hub_agent(enrolment.person_id),
        Verb.LAUNCHED,
        iri,
        at=now.isoformat(),
        key=(str(launch.id),),
        definition={"name": {"fr": activity.title}},
    )
    ingest(session, [statement], hub_source(), now)
    return launch


def sub_of(session: Session, tool: LtiTool, person_id: UUID) -> str:
    """The pseudonym by which this tool knows the person; made at the first launch."""
    row = session.scalars(select(LtiUser).where(LtiUser.tool_id == tool.id, LtiUser.person_id == person_id)).first()
    if row is None:
        row = LtiUser(id=new_id(), tool_id=tool.id, person_id=person_id, sub=secrets.token_urlsafe(18))
        session.add(row)
        session.flush()
    return row.sub


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
    """The message for an accepted request. ``accepted.note.reference`` is the launch's id.

    ``return_to(enrolment_id, step_id)`` is the address where the learner comes back. Raises NotFound.
    """
    launch = session.get(Launch, UUID(accepted.note.reference))
    resource = session.get(Resource, UUID(accepted.note.resource_link_id))
    tool = session.scalars(select(LtiTool).where(LtiTool.client_id == accepted.registration.client_id)).first()
    if launch is None or resource is None or tool is None:
        raise NotFound(launch=accepted.note.reference)
    person = session.get_one(Person, launch.person_id)
    enrolment = session.get_one(Enrolment, launch.enrolment_id)
    ensure_line_item(session, tool, resource, now)
    back = return_to(enrolment.id, launch.step_id)
    path = session.get_one(LearningPath, enrolment.path_id)
    user = _user(session, tool, person, ContextRole.LEARNER)
    context = Context(id=str(path.id), title=path.title)
    presentation = LaunchPresentation(document_target="window", return_url=back, locale=language)
    link = ResourceLink(id=str(resource.id), title=resource.title)
    platform = tool_platform(base, place)
    facts = VariableFacts(
        user=user,
        privacy=accepted.registration.privacy,
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
        custom=custom_of(tool, resource, facts),
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

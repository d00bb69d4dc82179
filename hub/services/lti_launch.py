"""Launching a learner into a tool: what is opened is recorded first, then the protocol speaks (DESIGN sections 2 and
5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from content.xapi.emit import event_statement
from content.xapi.vocabulary import Verb
from hub.db.base import new_id
from hub.domain.path import Activity, BindingKind, Step
from hub.domain.progress import activity_iris
from hub.models.learning import Enrolment, Launch, Resource
from hub.models.platforms import LtiTool, Platform
from hub.services.enrolments import get, step_of
from hub.services.errors import Conflict, NotFound
from hub.services.identities import hub_agent, own_agent_id
from hub.services.ledger import ingest
from hub.services.lti_message import dates_of
from hub.services.source import hub_source
from lti.platform.windows import LinkDates


@dataclass(frozen=True)
class Opening:
    """How an activity opens: an LTI launch (``tool`` and ``resource``), a package that is played, or an address."""

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
    if activity.binding.kind is BindingKind.PACKAGE:
        return Opening(step, activity, resource, None, "")
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


def site_of(session: Session, tool: LtiTool) -> str:
    """The name of the platform that the tool is of."""
    return session.get_one(Platform, tool.platform_id).name


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

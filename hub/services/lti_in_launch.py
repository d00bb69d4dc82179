"""One launch of a partner's platform, within one unit of work: used up once, deployment known, person, path, grade."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from hub.models.person import Person
from hub.models.platforms import LtiPlatform
from hub.services import lti_in, lti_in_scores, lti_migration
from hub.services.enrolments import get, step_of
from hub.services.errors import NotFound
from hub.services.lti_in import Target, Visitor
from hub.services.lti_in_scores import Place, Reviewed
from hub.services.lti_platforms import APPROVED, note_deployment
from hub.services.lti_ports import SqlOneTime
from hub.texts import LANGUAGES
from lti import ContextRole
from lti import claims as names
from lti.errors import Code
from lti.roles import Roles
from lti.scopes import LINE_ITEM, SCORE
from lti.tool.launch import REPLAY_PURPOSE, ProvenLaunch
from lti.tool.messages import LaunchMessage

_TEACHING = (
    ContextRole.INSTRUCTOR,
    ContextRole.CONTENT_DEVELOPER,
    ContextRole.ADMINISTRATOR,
    ContextRole.MANAGER,
    ContextRole.MENTOR,
)


@dataclass(frozen=True, slots=True)
class Landing:
    """Where a launch ends. ``user_id``: the platform's user. ``person_id`` None: somebody must prove an account of the
    hub first. ``teaching``: a teacher of the partner's, who is shown the path and enrolled nowhere; where they come
    for one learner's work (``is_review``), ``review`` is what there is of it."""

    user_id: UUID | None
    person_id: UUID | None
    proved: bool
    first: bool
    teaching: bool
    target: Target
    enrolment_id: UUID | None = None
    return_url: str | None = None
    review: Reviewed | None = None
    is_review: bool = False


def receive(session: Session, proven: ProvenLaunch, now: datetime) -> Landing | Code:
    """Take a proven message in, or say why not: replayed, deployment not approved, or a target that does not exist."""
    registration, message, state = proven.registration, proven.message, proven.state
    if not SqlOneTime(session).consume(REPLAY_PURPOSE, state.id, state.expires_at):
        return Code.MESSAGE_REPLAYED
    if note_deployment(session, registration.key, message.deployment_id, now) != APPROVED:
        return Code.DEPLOYMENT_UNKNOWN
    target = lti_in.target_of(message.target_link_uri, message.custom)
    if message.message_type == names.DEEP_LINKING_REQUEST or message.subject is None:
        return Landing(None, None, False, False, True, target, return_url=message.return_url)
    former = lti_migration.former_of(session, registration.key, message, now)
    visitor = replace(visitor_of(session, registration.key, message), former=former)
    place = place_of(message)
    found = land(session, visitor, message.roles, target, place, message.return_url, now)
    whose = message.for_user
    if whose is None or not isinstance(found, Landing) or not found.teaching:
        return found
    work = lti_in_scores.reviewed(session, visitor.way, whose.user_id, _link_id(message))
    return replace(found, review=work, is_review=True)


def _link_id(message: LaunchMessage) -> str:
    """How scores name the link: with its deployment, because a platform may count links in each anew."""
    return f"{message.deployment_id} {message.resource_link.id}" if message.resource_link else ""


def land(
    session: Session,
    visitor: Visitor,
    roles: Roles,
    target: Target,
    place: Place | None,
    return_url: str | None,
    now: datetime,
) -> Landing | Code:
    """The person whom the launch signs in, enrolled where it leads, their grade owed from now on."""
    teaching = not roles.has(ContextRole.LEARNER) and any(roles.has(role) for role in _TEACHING)
    arrival = lti_in.receive(session, visitor, now, make=not teaching)
    enrolment_id = None
    if arrival.person_id is not None and target.path_id is not None and not teaching:
        try:
            enrolment_id = lti_in.enter_path(session, arrival.person_id, target.path_id, now)
            if target.step_id is not None:
                step_of(session, get(session, enrolment_id), target.step_id)
        except NotFound:
            return Code.NOT_FOUND
        if place is not None:
            lti_in_scores.keep(session, arrival.user_id, enrolment_id, target.step_id, place, now)
            lti_in_scores.owe_scores(session, [enrolment_id])
    if arrival.first and arrival.person_id is not None:
        _speak(session, arrival.person_id, visitor.told)
    return Landing(
        arrival.user_id,
        arrival.person_id,
        arrival.proved,
        arrival.first,
        teaching,
        target,
        enrolment_id,
        return_url,
    )


def visitor_of(session: Session, key: str, message: LaunchMessage) -> Visitor:
    """Who a message of LTI 1.3 says is coming."""
    platform = session.get_one(LtiPlatform, UUID(key))
    return Visitor(
        f"p:{key}",
        platform.platform_id,
        message.issuer,
        message.subject or "",
        message.text("given_name") or message.text("name") or "",
        message.text("family_name") or "",
        {
            "home": message.issuer,
            "name": message.text("name"),
            "email": message.text("email"),
            "locale": (message.presentation.locale if message.presentation else None) or message.text("locale"),
        },
    )


def place_of(message: LaunchMessage) -> Place | None:
    """Where the grade of this launch goes: the link’s own column of the gradebook. None where the
    platform gave no column of its own: we make none in books that are not ours."""
    link = message.resource_link
    if link is None:
        return None
    book = message.gradebook
    if book is not None and book.lineitem is not None and {SCORE, LINE_ITEM} & set(book.scope):
        return Place(_link_id(message), "ags", book.lineitem, final_only=message.is_moodle)
    return None


def _speak(session: Session, person_id: UUID, told: Mapping[str, Any]) -> None:
    language = str(told.get("locale") or "").partition("-")[0].partition("_")[0].lower()
    if language in LANGUAGES:
        session.get_one(Person, person_id).language = language

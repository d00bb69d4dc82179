"""A partner's platform launches into the hub: whom it signs in, what it opens (DESIGN section 5).

A launch signs in the identity it names and nobody else, as a learner. It reaches an existing account, or a role above
learner, only after that person proved the account once in the hub. The e-mail of a message is believed by nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from content.xapi.canonical import ifi
from hub.db.base import new_id
from hub.models.learning import Enrolment, LearningPath, PathVersion
from hub.models.lti_in import LtiInUser
from hub.models.person import Person
from hub.models.platforms import Platform
from hub.models.river import Agent
from hub.services import identities, lti_migration
from hub.services.dictionaries import add_once, agent_ids
from hub.services.enrolments import enrol
from hub.services.errors import NotFound
from hub.services.journal import record
from hub.services.lti_migration import Former
from hub.services.roles import grant_role

RULE: Final = "lti_launch"
PROVED: Final = "lti_proved"
MIGRATED: Final = "lti_migrated"
_OPEN: Final = re.compile(r"/lti/open/(?P<path>[0-9a-f-]{36})(?:/(?P<step>[0-9a-f-]{36}))?/?")
_CUSTOM: Final = re.compile(r"(?P<path>[0-9a-f-]{36})(?:/(?P<step>[0-9a-f-]{36}))?")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who a launch says is coming. ``way``: see ``LtiInUser``; ``home`` is the platform's own name in identities;
    ``former``: who the user was by LTI 1.1, proven."""

    way: str
    platform_id: UUID
    home: str
    sub: str
    given_name: str = field(default="", repr=False)
    family_name: str = field(default="", repr=False)
    told: Mapping[str, Any] = field(default_factory=dict, repr=False)
    former: Former | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """What a launch opens: a path, or one step of it; nothing: the learner's home."""

    path_id: UUID | None = None
    step_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """What became of a launch. ``person_id`` None: the account it is about must be proved first."""

    user_id: UUID
    person_id: UUID | None
    proved: bool
    first: bool
    enrolment_id: UUID | None = None


def target_of(target_link_uri: str | None, custom: Mapping[str, str]) -> Target:
    """What a message opens: our address in it, else the custom parameter ``hub``."""
    path = (target_link_uri or "").partition("?")[0].partition("://")[2].partition("/")
    found = _OPEN.fullmatch(f"/{path[2]}") or _CUSTOM.fullmatch(custom.get("hub", ""))
    if found is None:
        return Target()
    try:
        return Target(UUID(found["path"]), UUID(found["step"]) if found["step"] else None)
    except ValueError:
        return Target()


def receive(session: Session, visitor: Visitor, now: datetime, *, make: bool = True) -> Arrival:
    """Find or make the person whom this launch signs in, within the caller's unit. ``make`` False: only find."""
    known = select(LtiInUser).where(LtiInUser.way == visitor.way, LtiInUser.sub == visitor.sub).with_for_update()
    user, first = session.scalars(known).first(), False
    if user is None:
        key = {"id": new_id(), "way": visitor.way, "sub": visitor.sub, "platform_id": visitor.platform_id}
        first = add_once(session, LtiInUser, **key, created_at=now, last_at=now)
        user = session.scalars(known).one()
    user.last_at, user.told = now, dict(visitor.told)
    if user.person_id is not None:
        person = session.get(Person, user.person_id)
        if person is not None and person.erased_at is None:
            return Arrival(user.id, person.id, user.proved_at is not None, first)
        user.person_id, user.proved_at = None, None
    agent = _agent(session, visitor)
    former = lti_migration.user_of(session, visitor.former) if visitor.former else None
    if former is not None and former.person_id is not None and agent.person_id in (None, former.person_id):
        user.person_id, user.proved_at = former.person_id, former.proved_at
        identities.link(session, agent.id, former.person_id, rule=MIGRATED, by=None, now=now)
        record(session, now, None, "lti_in.migrated", "person", former.person_id)
    elif agent.person_id is None and make:
        user.person_id = _new_learner(session, visitor, now)
        identities.link(session, agent.id, user.person_id, rule=RULE, by=None, now=now)
    # An identity linked for evidence lets nobody sign in: its person proves the account first.
    session.flush()
    return Arrival(user.id, user.person_id, user.proved_at is not None, first)


def _agent(session: Session, visitor: Visitor) -> Agent:
    name = ifi({"objectType": "Agent", "account": {"homePage": visitor.home, "name": visitor.sub}})
    return session.get_one(Agent, agent_ids(session, [name])[name])


def _new_learner(session: Session, visitor: Visitor, now: datetime) -> UUID:
    platform = session.get_one(Platform, visitor.platform_id)
    person = Person(
        id=new_id(),
        given_name=visitor.given_name or "Apprenant",
        family_name=visitor.family_name or ("" if visitor.given_name else platform.name),
        created_at=now,
    )
    session.add(person)
    session.flush()
    grant_role(session, person.id, "learner", now)
    record(session, now, None, "person.made_by_lti", "person", person.id, platform=platform.name)
    return person.id


def enter_path(session: Session, person_id: UUID, path_id: UUID, now: datetime) -> UUID:
    """The person's active enrolment in the path, made in its latest published version when there is none. Raises
    NotFound for a path that is not published."""
    active = select(Enrolment.id).where(
        Enrolment.person_id == person_id, Enrolment.path_id == path_id, Enrolment.state == "active"
    )
    known = session.scalar(active.limit(1))
    if known is not None:
        return known
    path = session.get(LearningPath, path_id)
    version = published(session, path_id)
    if path is None or path.archived or version is None:
        raise NotFound(path=str(path_id))
    made = enrol(
        session, person_id, version.id, by=None, now=now, entered_on=now.date(), organisation_id=path.organisation_id
    )
    return made.id


def published(session: Session, path_id: UUID) -> PathVersion | None:
    """The latest published version of a path."""
    query = select(PathVersion).where(PathVersion.path_id == path_id, PathVersion.state != "draft")
    return session.scalars(query.order_by(PathVersion.number.desc()).limit(1)).first()


def prove(session: Session, user_id: UUID, person_id: UUID, now: datetime) -> LtiInUser:
    """The signed-in person says that this user of a platform is themselves: from now on the launch reaches their
    account. Their identity on the platform follows. Raises NotFound, Conflict for another person's identity."""
    user = session.get(LtiInUser, user_id, with_for_update=True)
    if user is None:
        raise NotFound(lti_in_user=str(user_id))
    platform = session.get_one(Platform, user.platform_id)
    home = str(user.told.get("home", ""))
    agent = _agent(session, Visitor(user.way, user.platform_id, home, user.sub))
    if agent.person_id is not None and agent.person_id == user.person_id != person_id:
        identities.unlink(session, agent.id, by=person_id, now=now)
    identities.link(session, agent.id, person_id, rule=PROVED, by=person_id, now=now)
    user.person_id, user.proved_at = person_id, now
    record(session, now, person_id, "lti_in.proved", "person", person_id, platform=platform.name)
    return user


def forget(session: Session, user_id: UUID, person_id: UUID, now: datetime) -> None:
    """The person takes the platform's right to sign them in back. Raises NotFound."""
    user = session.get(LtiInUser, user_id)
    if user is None or user.person_id != person_id:
        raise NotFound(lti_in_user=str(user_id))
    user.person_id, user.proved_at = None, None
    record(session, now, person_id, "lti_in.withdrawn", "person", person_id)


@dataclass(frozen=True, slots=True)
class Named:
    """A platform's user as their platform names them, for the person to recognise."""

    platform: str
    name: str


def named(session: Session, user_id: UUID) -> Named:
    """The user of a platform. Raises NotFound."""
    user = session.get(LtiInUser, user_id)
    if user is None:
        raise NotFound(lti_in_user=str(user_id))
    return Named(session.get_one(Platform, user.platform_id).name, str(user.told.get("name") or user.sub))

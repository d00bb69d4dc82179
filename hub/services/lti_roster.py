"""The members of a path as one tool may read them: ``lti.platform.roster.Roster`` over the tenant's tables."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import Session

from hub.db.types import from_micros, to_micros
from hub.models.learning import Enrolment, LearningPath, PathVersion, Resource
from hub.models.person import JournalEntry, Person
from hub.models.platforms import LtiTool, LtiUser
from hub.models.river import BindingRow
from hub.services.lti_message import custom_of, sub_of
from lti import Code, Context, ContextRole, PrivacyPolicy, ServiceRefused
from lti.platform.gradebook import Page
from lti.platform.message import LaunchUser
from lti.platform.roster import Member, MemberFilter, MemberStatus
from lti.platform.variables import VariableFacts

#: Ends of enrolments that one reading of differences looks at.
MOST_ENDED: Final = 10_000


class SqlRoster:
    """The learners of a path, by person. Made for one request; names them by the tool's own pseudonyms, which it makes
    for those who have none yet, so it needs a writing unit."""

    def __init__(self, session: Session, tool_id: UUID, path_id: UUID, now: datetime) -> None:
        self._session = session
        self._tool = session.get(LtiTool, tool_id)
        self._path = session.get(LearningPath, path_id)
        self._now = now

    def admits(self, client_id: str) -> bool:
        """Whether the address is that tool's, and the path has something of its platform."""
        if self._tool is None or self._path is None or self._tool.client_id != client_id:
            return False
        return self._session.scalar(self._links().limit(1)) is not None

    def privacy(self) -> PrivacyPolicy:
        """The tool's policy."""
        told = self._tool.registration.get("privacy", {}) if self._tool else {}
        return PrivacyPolicy(bool(told.get("name")), bool(told.get("email")), bool(told.get("sourcedid")))

    def context(self) -> Context:
        """The path, as launches name it."""
        if self._path is None:
            raise ServiceRefused(Code.OWNER_DIFFERENT)
        return Context(id=str(self._path.id), title=self._path.title)

    def has_resource_link(self, client_id: str, resource_link_id: str) -> bool:
        """Whether the path uses that resource of the tool's platform."""
        return self._resource(resource_link_id) is not None

    def members(self, chosen: MemberFilter, after: str | None, limit: int) -> Page[Member]:
        """Learners enrolled now; with ``since`` those who came or left after it. Of those who left, only whom the tool
        knew: the others have no pseudonym and get none."""
        if chosen.role not in (None, ContextRole.LEARNER):
            return Page(())
        since = _instant(chosen.since)
        query = self._people(since)
        if after is not None:
            query = query.where(Person.id > _id(after))
        rows = self._session.execute(query.limit(limit + 1)).all()
        resource = self._resource(chosen.resource_link_id) if chosen.resource_link_id else None
        listed = [(person, bool(active) and person.erased_at is None) for person, active in rows[:limit]]
        found = tuple(
            self._member(person, active, resource) for person, active in listed if active or self._knows(person)
        )
        return Page(found, str(rows[limit - 1][0].id) if len(rows) > limit else None)

    def _knows(self, person: Person) -> bool:
        known = select(LtiUser.id).where(LtiUser.person_id == person.id, LtiUser.tool_id == self._tool_key)
        return self._session.scalar(known) is not None

    @property
    def _tool_key(self) -> UUID | None:
        return self._tool.id if self._tool else None

    def mark(self) -> str:
        """Now, in microseconds."""
        return str(to_micros(self._now))

    def _people(self, since: datetime | None) -> Select[Person, bool]:
        if self._path is None:
            raise ServiceRefused(Code.OWNER_DIFFERENT)
        active = exists().where(self._in_path(Enrolment), Enrolment.state == "active").correlate(Person)
        query = select(Person, active.label("active")).order_by(Person.id)
        if since is None:
            return query.where(active, Person.erased_at.is_(None))
        return query.where(self._changed_since(since))

    def _changed_since(self, since: datetime) -> ColumnElement[bool]:
        """Came, or left: each end of an enrolment is in the journal; erasure ends all."""
        ended = select(JournalEntry.subject_id).where(
            JournalEntry.act == "enrolment.end", JournalEntry.at > since, JournalEntry.subject_type == "enrolment"
        )
        ids = [UUID(key) for key in self._session.scalars(ended.distinct().limit(MOST_ENDED))]
        moved = or_(Enrolment.created_at > since, Enrolment.id.in_(ids), Person.erased_at > since)
        return exists().where(self._in_path(Enrolment), moved).correlate(Person)

    def _in_path(self, enrolment: Any) -> ColumnElement[bool]:
        key = self._path.id if self._path else None
        return and_(enrolment.person_id == Person.id, enrolment.path_id == key)

    def _member(self, person: Person, active: bool, resource: Resource | None) -> Member:
        if self._tool is None:
            raise ServiceRefused(Code.OWNER_DIFFERENT)
        sub = sub_of(self._session, self._tool, person.id)
        roles = (ContextRole.LEARNER,)
        if not active:
            return Member(sub, roles, MemberStatus.DELETED)
        user = LaunchUser(sub, roles, person.name, person.given_name, person.family_name, person.email)
        facts = VariableFacts(user=user, privacy=self.privacy(), context=self.context())
        return Member(
            sub,
            roles,
            name=person.name,
            given_name=person.given_name,
            family_name=person.family_name,
            email=person.email,
            custom=custom_of(self._tool, resource, facts) if resource is not None else {},
        )

    def _links(self) -> Select[Any]:
        """Ids of the resources of the tool's platform that a version of the path uses."""
        return (
            select(Resource.id)
            .join(BindingRow, BindingRow.resource_id == Resource.id)
            .join(PathVersion, PathVersion.id == BindingRow.version_id)
            .where(
                PathVersion.path_id == (self._path.id if self._path else None),
                Resource.platform_id == (self._tool.platform_id if self._tool else None),
            )
        )

    def _resource(self, link_id: str) -> Resource | None:
        try:
            key = UUID(link_id)
        except ValueError:
            return None
        found = self._session.scalar(self._links().where(Resource.id == key).limit(1))
        return self._session.get(Resource, key) if found is not None else None


def _instant(mark: str | None) -> datetime | None:
    if mark is None:
        return None
    if not (mark.isascii() and mark.isdigit() and len(mark) <= 18):
        raise ServiceRefused(Code.QUERY_INVALID, "since")
    try:
        return from_micros(int(mark))
    except OverflowError:
        raise ServiceRefused(Code.QUERY_INVALID, "since") from None


def _id(cursor: str) -> UUID:
    try:
        return UUID(cursor)
    except ValueError:
        raise ServiceRefused(Code.QUERY_INVALID, "after") from None

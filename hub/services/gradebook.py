"""The gradebook of one tool: ``lti.platform.gradebook.Gradebook`` over the tenant's tables.

A score keeps its own record here and writes its statements in the same unit of work (DESIGN section 2).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from content.xapi.canonical import ifi
from hub.db.base import new_id
from hub.db.types import from_micros, to_micros
from hub.domain.translate.ags import score_statements
from hub.models.learning import Enrolment, Resource
from hub.models.person import Person
from hub.models.platforms import LineItem, LtiResult, LtiTool, LtiUser
from hub.services.identities import hub_agent, own_agent_id
from hub.services.ledger import ingest
from hub.services.source import hub_source
from lti.errors import Code, ServiceRefused
from lti.platform.gradebook import Effect, LineItemContent, LineItemFilter, Page, Result, Score
from lti.platform.gradebook import LineItem as ProtocolLineItem


class SqlGradebook:
    """One tool's line items and results. Made for one request, inside its unit of work; ``now`` is that request's
    instant."""

    def __init__(self, session: Session, tool_id: UUID, now: datetime) -> None:
        self._session = session
        self._tool = session.get(LtiTool, tool_id)
        self._now = now

    def admits(self, client_id: str) -> bool:
        """Whether the container is that client's."""
        return self._tool is not None and self._tool.client_id == client_id

    def has_resource_link(self, client_id: str, resource_link_id: str) -> bool:
        """Whether the catalogue has that link of this tool's platform."""
        return self._resource(resource_link_id) is not None

    def has_user(self, client_id: str, user_id: str) -> bool:
        """Whether the tool knows that person from a launch, and the person was not erased."""
        return self._user(user_id) is not None

    def line_items(
        self, client_id: str, chosen: LineItemFilter, after: str | None, limit: int
    ) -> Page[ProtocolLineItem]:
        """The tool's line items by id."""
        query = select(LineItem).where(LineItem.tool_id == self._tool_id).order_by(LineItem.id)
        if chosen.resource_link_id is not None:
            query = query.where(LineItem.resource_link_id == chosen.resource_link_id)
        if chosen.resource_id is not None:
            query = query.where(LineItem.resource_id == chosen.resource_id)
        if chosen.tag is not None:
            query = query.where(LineItem.tag == chosen.tag)
        if after is not None:
            query = query.where(LineItem.id > _cursor(after))
        rows = self._session.scalars(query.limit(limit + 1)).all()
        more = str(rows[limit - 1].id) if len(rows) > limit else None
        return Page(tuple(self._protocol(r) for r in rows[:limit]), more)

    def line_item(self, line_item_id: str) -> ProtocolLineItem | None:
        """A line item of this container."""
        row = self._row(line_item_id)
        return self._protocol(row) if row is not None else None

    def add_line_item(self, client_id: str, content: LineItemContent) -> ProtocolLineItem:
        """Make a line item. Its evidence speaks of the resource link's activity, or of an activity of its own."""
        row = LineItem(id=new_id(), tool_id=self._tool_id, created_at=self._now, iri="")
        self._fill(row, content)
        resource = self._resource(content.resource_link_id) if content.resource_link_id else None
        row.iri = resource.iri if resource else row.id.urn
        self._session.add(row)
        self._session.flush()
        return self._protocol(row)

    def replace_line_item(self, line_item: ProtocolLineItem, content: LineItemContent) -> ProtocolLineItem:
        """Give it another content."""
        row = self._session.get_one(LineItem, UUID(line_item.id))
        self._fill(row, content)
        return self._protocol(row)

    def remove_line_item(self, line_item: ProtocolLineItem) -> None:
        """Remove it with its results; what was learnt stays in the ledger."""
        self._session.delete(self._session.get_one(LineItem, UUID(line_item.id)))

    def lock_score(self, line_item: ProtocolLineItem, user_id: str) -> datetime | None:
        """Lock the person's row for this tool, then read the last timestamp."""
        lock = select(LtiUser.id).where(LtiUser.tool_id == self._tool_id, LtiUser.sub == user_id).with_for_update()
        self._session.execute(lock)
        row = self._session.get(LtiResult, (UUID(line_item.id), user_id))
        return from_micros(row.at) if row else None

    def record_score(self, line_item: ProtocolLineItem, score: Score) -> None:
        """Keep the score, apply its effect, and write what it says into the ledger."""
        item = self._session.get_one(LineItem, UUID(line_item.id))
        row = self._session.get(LtiResult, (item.id, score.user_id))
        was_complete = row is not None and row.activity_progress in ("Completed", "Submitted")
        if row is None:
            row = LtiResult(line_item_id=item.id, sub=score.user_id)
            self._session.add(row)
        row.timestamp, row.at = score.timestamp.isoformat(), to_micros(score.timestamp)
        row.activity_progress = score.activity_progress.value
        row.grading_progress = score.grading_progress.value
        if score.effect is not Effect.KEEP:
            entered = score.effect is Effect.ENTER
            row.score_given = score.given if entered else None
            row.score_maximum = score.maximum if entered else None
            row.comment = score.comment if entered else None
        person_id = self._person_of(score.user_id)
        own_agent_id(self._session, person_id)
        actor = hub_agent(person_id)
        source = f"lti:{self._tool_id}"
        statements = score_statements(
            score,
            actor=actor,
            person=ifi(actor),
            iri=item.iri,
            title=item.label,
            source=source,
            attempt=str(item.id),
            was_complete=was_complete,
        )
        ingest(self._session, statements, hub_source(source), self._now)

    def results(self, line_item: ProtocolLineItem, user_id: str | None, after: str | None, limit: int) -> Page[Result]:
        """The results that stand, by user."""
        query = (
            select(LtiResult)
            .where(LtiResult.line_item_id == UUID(line_item.id), LtiResult.score_given.is_not(None))
            .order_by(LtiResult.sub)
        )
        if user_id is not None:
            query = query.where(LtiResult.sub == user_id)
        if after is not None:
            query = query.where(LtiResult.sub > after)
        rows = self._session.scalars(query.limit(limit + 1)).all()
        more = rows[limit - 1].sub if len(rows) > limit else None
        return Page(tuple(self._result(r) for r in rows[:limit]), more)

    @property
    def _tool_id(self) -> UUID:
        if self._tool is None:
            raise ServiceRefused(Code.OWNER_DIFFERENT)
        return self._tool.id

    def _result(self, row: LtiResult) -> Result:
        return Result(
            row.sub, row.score_given or 0.0, row.score_maximum or 1.0, row.comment, None, self._is_member(row.sub)
        )

    def _is_member(self, sub: str) -> bool:
        person = self._user(sub)
        if person is None:
            return False
        active = select(Enrolment.id).where(Enrolment.person_id == person, Enrolment.state == "active").limit(1)
        return self._session.scalar(active) is not None

    def _user(self, sub: str) -> UUID | None:
        query = (
            select(LtiUser.person_id)
            .join(Person, Person.id == LtiUser.person_id)
            .where(LtiUser.tool_id == self._tool_id, LtiUser.sub == sub, Person.erased_at.is_(None))
        )
        return self._session.scalar(query)

    def _person_of(self, sub: str) -> UUID:
        person = self._user(sub)
        if person is None:
            raise ServiceRefused(Code.USER_UNKNOWN, "userId")
        return person

    def _resource(self, link_id: str) -> Resource | None:
        try:
            key = UUID(link_id)
        except ValueError:
            return None
        row = self._session.get(Resource, key)
        if row is None or self._tool is None or row.platform_id != self._tool.platform_id:
            return None
        return row

    def _row(self, line_item_id: str) -> LineItem | None:
        try:
            row = self._session.get(LineItem, UUID(line_item_id))
        except ValueError:
            return None
        return row if row is not None and row.tool_id == self._tool_id else None

    def _protocol(self, row: LineItem) -> ProtocolLineItem:
        d: dict[str, Any] = row.details
        content = LineItemContent(
            label=row.label,
            score_maximum=row.score_maximum,
            resource_id=row.resource_id,
            resource_link_id=row.resource_link_id,
            tag=row.tag,
            starts_at=from_micros(d["starts_at"]) if d.get("starts_at") is not None else None,
            ends_at=from_micros(d["ends_at"]) if d.get("ends_at") is not None else None,
            grades_released=d.get("grades_released"),
            extra=d.get("extra", {}),
        )
        client = self._tool.client_id if self._tool else ""
        return ProtocolLineItem(str(row.id), client, content)

    @staticmethod
    def _fill(row: LineItem, content: LineItemContent) -> None:
        row.label, row.score_maximum = content.label, content.score_maximum
        row.resource_id, row.resource_link_id, row.tag = content.resource_id, content.resource_link_id, content.tag
        row.details = {
            "starts_at": to_micros(content.starts_at) if content.starts_at else None,
            "ends_at": to_micros(content.ends_at) if content.ends_at else None,
            "grades_released": content.grades_released,
            "extra": dict(content.extra),
        }


def _cursor(after: str) -> UUID:
    try:
        return UUID(after)
    except ValueError:
        raise ServiceRefused(Code.QUERY_INVALID, "after") from None

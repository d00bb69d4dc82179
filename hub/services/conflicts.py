"""Sources that disagree on the same person and activity: complete says one, failed says the other.

Both stay: progress follows the rule of the step. They are shown, because one of the two platforms may be wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, aliased

from content.xapi.readings import Kind
from hub.db.types import from_micros
from hub.models.learning import Resource
from hub.models.person import Person
from hub.models.river import Agent, Ledger, StandingRow, StatementKey, XapiActivity

SHOWN = 50
#: A score below this beside a completion that says "passed" is a contradiction worth a look.
PASS = 0.5


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two facts that do not go together. ``yes_*`` says done or passed, ``no_*`` the contrary."""

    person_id: UUID | None
    who: str
    activity: str
    iri: str
    yes_kind: str
    yes_at: datetime | None
    yes_source: UUID | None
    no_kind: str
    no_value: float | None
    no_at: datetime | None
    no_source: UUID | None


def of_platform(session: Session, platform_id: UUID, limit: int = SHOWN) -> list[Conflict]:
    """Contradictions on the activities of a platform, the latest first."""
    yes, no = aliased(StandingRow), aliased(StandingRow)
    yes_key, no_key = aliased(StatementKey), aliased(StatementKey)
    yes_row, no_row = aliased(Ledger), aliased(Ledger)
    denies = or_(
        and_(no.kind == Kind.PASSED, no.value == 0),
        and_(no.kind == Kind.SCORE, no.value < PASS, yes.kind == Kind.PASSED),
        and_(no.kind == Kind.COMPLETED, no.value == 0, yes.kind == Kind.PASSED),
    )
    together = and_(no.agent_id == yes.agent_id, no.activity_id == yes.activity_id, no.series != yes.series)
    query = (
        select(yes, no, Agent, XapiActivity, Person, yes_row.source_id, no_row.source_id)
        .join(no, together)
        .join(Agent, Agent.id == yes.agent_id)
        .join(XapiActivity, XapiActivity.id == yes.activity_id)
        .join(Resource, and_(Resource.iri == XapiActivity.iri, Resource.platform_id == platform_id))
        .outerjoin(Person, Person.id == Agent.person_id)
        .outerjoin(yes_key, yes_key.statement_id == yes.statement_id)
        .outerjoin(yes_row, yes_row.seq == yes_key.seq)
        .outerjoin(no_key, no_key.statement_id == no.statement_id)
        .outerjoin(no_row, no_row.seq == no_key.seq)
        .where(yes.kind.in_((Kind.COMPLETED, Kind.PASSED)), yes.value > 0, yes.count > 0, no.count > 0, denies)
        .order_by(no.at.desc(), yes.agent_id, yes.activity_id)
        .limit(limit)
    )
    return [_conflict(*row) for row in session.execute(query)]


def _conflict(
    yes: StandingRow,
    no: StandingRow,
    agent: Agent,
    activity: XapiActivity,
    person: Person | None,
    yes_source: UUID | None,
    no_source: UUID | None,
) -> Conflict:
    name = f"{person.given_name} {person.family_name}" if person else agent.name or agent.ifi.rpartition("|")[2]
    at = [from_micros(it) if it is not None else None for it in (yes.at, no.at)]
    return Conflict(
        person.id if person else None,
        name,
        activity.name or activity.iri,
        activity.iri,
        yes.kind,
        at[0],
        yes_source,
        no.kind,
        no.value,
        at[1],
        no_source,
    )

""" "Why is this not complete?" for one step: the rule, what came, what is missing, when the platform was last read.

Reads the standings of this step only, and the ledger rows of the evidence shown, by their keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from hub.db.types import from_micros
from hub.domain.evidence import Evidence, merge
from hub.domain.path import Condition, Rule, Step
from hub.domain.progress import Outcome, condition_outcome, rule_outcome, step_iris
from hub.models.learning import Enrolment, Resource
from hub.models.platforms import Platform
from hub.models.river import Agent, Ledger, StatementKey, TraceRow, XapiActivity, XapiSource
from hub.services.enrolments import get, step_of
from hub.services.projection import standings_of
from hub.services.tellers import own_text, tellers

#: Pieces of evidence shown on one page; older ones are behind "tout voir".
SHOWN = 50


@dataclass(frozen=True)
class ConditionView:
    """One condition of the rule, how far it is met and since when; ``have`` is the best value seen (minutes for
    presence)."""

    condition: Condition
    met: bool
    share: float
    at: datetime | None
    have: float | None


@dataclass(frozen=True)
class PieceOfEvidence:
    """One statement that speaks of the step. ``said_by``: the source's name, None for the hub itself."""

    statement_id: str
    at: datetime
    stored: datetime
    kind: str
    value: float | None
    minutes: float | None
    iri: str
    activity: str
    said_by: str | None
    voided: bool
    deciding: bool


@dataclass(frozen=True)
class PlatformReading:
    """When a platform that brings evidence for the step was last read, and when it will be again."""

    name: str
    last_read_at: datetime | None
    next_read_at: datetime | None
    error: dict[str, Any] | None


@dataclass(frozen=True)
class Why:
    """The answer for one step of one enrolment."""

    step: Step
    met: bool
    mode: str
    conditions: tuple[ConditionView, ...]
    evidence: tuple[PieceOfEvidence, ...]
    more_evidence: bool
    platforms: tuple[PlatformReading, ...]


def why(session: Session, enrolment_id: UUID, step_id: UUID) -> Why:
    """Explain one step. Raises NotFound."""
    enrolment = get(session, enrolment_id)
    step = step_of(session, enrolment, step_id)
    names = set(step_iris(step))
    standings = standings_of(session, enrolment.version_id, [enrolment]).get(enrolment.id, {})
    evidence = {iri: merge(s) for iri, s in standings.items() if iri in names}
    outcome = rule_outcome(step, step.rule, evidence)
    pieces = evidence_of(session, enrolment, step, outcome)
    return Why(
        step=step,
        met=outcome.met,
        mode=step.rule.mode,
        conditions=tuple(_conditions(step, step.rule, evidence)),
        evidence=tuple(pieces[:SHOWN]),
        more_evidence=len(pieces) > SHOWN,
        platforms=tuple(_platforms(session, step)),
    )


def _conditions(step: Step, rule: Rule, evidence: Mapping[str, Evidence]) -> Iterable[ConditionView]:
    for condition in rule.conditions():
        outcome = condition_outcome(step, condition, evidence)
        facts = [e[condition.kind] for e in evidence.values() if condition.kind in e]
        if condition.kind == "attended":
            have: float | None = sum(f.seconds for f in facts) / 60
        else:
            have = max((f.value for f in facts if f.value is not None), default=None)
        at = from_micros(outcome.at) if outcome.met and outcome.at is not None else None
        yield ConditionView(condition, outcome.met, outcome.share, at, have)


def evidence_of(
    session: Session, enrolment: Enrolment, step: Step, outcome: Outcome | None = None
) -> list[PieceOfEvidence]:
    """The latest statements that speak of the step, newest first; at most ``SHOWN`` and one more."""
    names = select(XapiActivity.id).where(XapiActivity.iri.in_(list(step_iris(step))))
    about = select(XapiActivity.id).where(or_(XapiActivity.id.in_(names), XapiActivity.canonical_id.in_(names)))
    agents = select(Agent.id).where(Agent.person_id == enrolment.person_id)
    query = (
        select(
            TraceRow,
            StatementKey.statement_id,
            Ledger.stored,
            XapiActivity.iri,
            XapiActivity.name,
            XapiSource.name,
            own_text(),
        )
        .join(StatementKey, StatementKey.seq == TraceRow.seq)
        .join(Ledger, Ledger.seq == TraceRow.seq)
        .join(XapiActivity, XapiActivity.id == TraceRow.activity_id)
        .outerjoin(XapiSource, XapiSource.id == Ledger.source_id)
        .where(TraceRow.agent_id.in_(agents), TraceRow.activity_id.in_(about))
        .order_by(TraceRow.at.desc(), TraceRow.seq.desc())
        .limit(SHOWN + 1)
    )
    deciding = set(outcome.statements) if outcome and outcome.met else set()
    rows = session.execute(query).all()
    own = tellers(session, (row[-1] for row in rows))
    return [
        PieceOfEvidence(
            statement_id=sid,
            at=from_micros(trace.at),
            stored=from_micros(stored),
            kind=trace.kind,
            value=trace.value,
            minutes=trace.seconds / 60 if trace.seconds else None,
            iri=iri,
            activity=name or iri,
            said_by=source or teller,
            voided=trace.voided,
            deciding=sid in deciding,
        )
        for (trace, sid, stored, iri, name, source, _), teller in zip(rows, own, strict=True)
    ]


def _platforms(session: Session, step: Step) -> list[PlatformReading]:
    resources = [a.binding.resource_id for a in step.activities() if a.binding.resource_id]
    query = (
        select(Platform)
        .join(Resource, Resource.platform_id == Platform.id)
        .where(Resource.id.in_(resources))
        .distinct()
    )
    return [PlatformReading(p.name, p.last_read_at, p.next_read_at, p.last_error) for p in session.scalars(query)]


__all__ = ["ConditionView", "PieceOfEvidence", "PlatformReading", "Why", "evidence_of", "why"]

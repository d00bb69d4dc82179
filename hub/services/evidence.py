"""My evidence: what counts, step by step, with its source and time; hours by modality. One read for one enrolment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from hub.db.types import from_micros
from hub.domain.path import EvidenceKind, Modality
from hub.models.learning import Enrolment
from hub.models.river import Agent, BindingRow, Ledger, TraceRow, XapiActivity, XapiSource
from hub.services.files import proofs
from hub.services.files.proofs import Proof
from hub.services.journey import Journey, StepView
from hub.services.periods import periods
from hub.services.tellers import own_text, tellers

#: Pieces read for one enrolment; a step shows its latest.
MOST = 2000


@dataclass(frozen=True, slots=True)
class Piece:
    """One reading that speaks of a step. ``value`` 0..1, ``minutes`` of presence or time; ``said_by`` None: the hub.
    ``counts`` is False for what was voided or corrected away, or lies outside the time that the enrolment counts.
    ``sheets``: signed sheets of a partner that prove it."""

    at: datetime
    kind: str
    value: float | None
    minutes: float | None
    activity: str
    said_by: str | None
    counts: bool
    sheets: tuple[Proof, ...] = ()


@dataclass(frozen=True, slots=True)
class Hours:
    """Minutes done and planned in one modality."""

    modality: Modality
    done: int
    planned: int


def pieces_by_step(session: Session, enrolment: Enrolment) -> dict[UUID, list[Piece]]:
    """The evidence of an enrolment by step, the newest first; at most ``MOST`` in all. Steps without any are absent."""
    steps, names, iris = _bound(session, enrolment.version_id)
    signed = proofs.of_person(session, enrolment.person_id)
    agents = select(Agent.id).where(Agent.person_id == enrolment.person_id)
    query = (
        select(TraceRow, XapiSource.name, own_text())
        .join(Ledger, Ledger.seq == TraceRow.seq)
        .outerjoin(XapiSource, XapiSource.id == Ledger.source_id)
        .where(TraceRow.agent_id.in_(agents), TraceRow.activity_id.in_(list(steps)))
        .order_by(TraceRow.at.desc(), TraceRow.seq.desc())
        .limit(MOST)
    )
    rows = session.execute(query).all()
    period = periods(session, [enrolment])[enrolment.id]
    latest: dict[str, int] = {}
    for trace, _, _ in rows:
        if trace.series and not trace.voided and period.holds(trace.at):
            latest[trace.series] = max(trace.revision, latest.get(trace.series, trace.revision))
    found: dict[UUID, list[Piece]] = defaultdict(list)
    own = tellers(session, (row[-1] for row in rows))
    for (trace, source, _), teller in zip(rows, own, strict=True):
        piece = Piece(
            at=from_micros(trace.at),
            kind=trace.kind,
            value=trace.value,
            minutes=trace.seconds / 60 if trace.seconds else None,
            activity=names[trace.activity_id],
            said_by=source or teller,
            counts=not trace.voided
            and period.holds(trace.at)
            and (not trace.series or trace.revision == latest[trace.series]),
            sheets=signed.get((iris[trace.activity_id], trace.at), ()) if trace.kind == EvidenceKind.ATTENDED else (),
        )
        for step in steps[trace.activity_id]:
            found[step].append(piece)
    return dict(found)


def _bound(session: Session, version_id: UUID) -> tuple[dict[int, set[UUID]], dict[int, str], dict[int, str]]:
    """Activity keys of a version (other names of a bound activity included) -> its steps, -> its name, -> its IRI."""
    query = (
        select(XapiActivity.id, XapiActivity.name, XapiActivity.iri, BindingRow.step_id)
        .join(BindingRow, or_(BindingRow.activity_id == XapiActivity.id,
                              BindingRow.activity_id == XapiActivity.canonical_id))
        .where(BindingRow.version_id == version_id)
    )  # fmt: skip
    steps: dict[int, set[UUID]] = defaultdict(set)
    names: dict[int, str] = {}
    iris: dict[int, str] = {}
    for key, name, iri, step in session.execute(query):
        steps[key].add(step)
        names[key], iris[key] = name or iri, iri
    return dict(steps), names, iris


def hours_by_modality(journey: Journey) -> list[Hours]:
    """Minutes done and planned by modality, in the order of the modalities; those without either are left out."""
    done: dict[str, int] = defaultdict(int)
    for line in journey.hours:
        if not line["elsewhere"]:
            done[line["modality"]] += int(line["minutes"])
    planned = planned_by_modality(journey)
    return [Hours(m, done[m.value], planned.get(m, 0)) for m in Modality if done[m.value] or planned.get(m)]


def planned_by_modality(journey: Journey) -> Mapping[Modality, int]:
    """Planned minutes of the ways chosen."""
    total: dict[Modality, int] = defaultdict(int)
    for step in journey.steps:
        for activity in step.variant.activities if step.variant else ():
            if not activity.calendar_only:
                total[activity.modality] += activity.minutes
    return total


def by_path(session: Session, journeys: Sequence[Journey]) -> list[tuple[Journey, list[tuple[StepView, list[Piece]]]]]:
    """Each journey with its steps that have evidence or are done, in the order of the line."""
    found = []
    for journey in journeys:
        pieces = pieces_by_step(session, journey.enrolment)
        lines = [(view, pieces.get(view.step.id, [])) for view in journey.steps]
        found.append((journey, [line for line in lines if line[1] or line[0].done]))
    return found

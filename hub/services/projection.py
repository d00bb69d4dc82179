"""The projection: standings seen through links and bindings become step and path states (DESIGN section 2).

It is owed by ``dirty`` rows and paid in short units. What it reads does not grow with the ledger: one standing row a
kind for
each (agent, activity) of the path. It may be thrown away and rebuilt (``hub.services.rebuild``) with the same result.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.orm import Session

from hub.db.types import from_micros
from hub.db.uow import TenantDatabase, driver
from hub.domain.evidence import EVENTS, Evidence, Standing, merge
from hub.domain.path import PathDocument
from hub.domain.progress import DONE, EnrolmentFacts, PathState, StepState, evaluate, step_iris
from hub.models.learning import Enrolment
from hub.models.river import Agent, BindingRow, Dirty, PathStateRow, StepStateRow, XapiActivity
from hub.services import folding
from hub.services.claims_closing import close_claims
from hub.services.dictionaries import CHUNK, stored_form, upsert
from hub.services.driver_sql import Question, together
from hub.services.falls import best_since
from hub.services.hours_owner import elsewhere
from hub.services.lti_in_scores import owe_scores
from hub.services.periods import Period, periods
from hub.services.versions import document

#: Enrolments of one unit of work: about 50 ms of work for paths of 40 steps.
BATCH = 25
#: Characters up to which an IRI is kept as it is by the dictionaries, whatever its letters.
SHORT = 300
Standings = dict[UUID, dict[str, list[Standing]]]


def project_dirty(tenant: TenantDatabase, at_most: int | None = None) -> int:
    """Pay what is owed, in units of ``BATCH``; ``at_most`` enrolments, or all. Returns how many were projected."""
    done = 0
    while at_most is None or done < at_most:
        with tenant.read() as session:
            if session.scalar(select(Dirty.enrolment_id).limit(1)) is None:
                return done
        with tenant.write() as session:
            count = project_batch(session, BATCH if at_most is None else min(BATCH, at_most - done))
        if not count:
            return done
        done += count
    return done


def project_batch(session: Session, limit: int = BATCH) -> int:
    """Project up to ``limit`` dirty enrolments inside a unit of work; a mark set meanwhile by another writer stays."""
    owed = session.execute(select(Dirty.enrolment_id, Dirty.token).order_by(Dirty.token).limit(limit)).all()
    if not owed:
        return 0
    ids = [row.enrolment_id for row in owed]
    _let_the_ledger_end(session)
    project(session, ids)
    # In the order in which marks are written, so that a writer of several and this one wait instead of deadlocking.
    session.execute(
        select(Dirty.enrolment_id).where(Dirty.enrolment_id.in_(ids)).order_by(Dirty.enrolment_id).with_for_update()
    )
    session.execute(delete(Dirty).where(or_(*(and_(Dirty.enrolment_id == e, Dirty.token == t) for e, t in owed))))
    return len(owed)


def _let_the_ledger_end(session: Session) -> None:
    """Wait for who has the ledger's clock (PostgreSQL): storing what a link, an enrolment or a version was to count, he
    may have looked for them before their mark was set. Whoever takes the clock later finds them. It is only waited
    for: a lock goes with the savepoint that it was taken in."""
    if not driver(session).on_sqlite:
        together(session, *_UNTIL_FREE)


_UNTIL_FREE: Final = [
    Question("SAVEPOINT clock"),
    Question("SELECT 1 FROM ledger_clock WHERE id = 1 FOR SHARE"),
    Question("ROLLBACK TO SAVEPOINT clock"),
    Question("RELEASE SAVEPOINT clock"),
]


def project(session: Session, enrolment_ids: Iterable[UUID], *, afresh: bool = False) -> dict[UUID, PathState]:
    """Compute and write the states of these enrolments; ``afresh`` throws away what their rows say first.

    Their rows are locked first (PostgreSQL): who projects an enrolment later also reads later, so no stale state is
    written last.
    """
    ids = sorted(set(enrolment_ids))
    locked = select(Enrolment).where(Enrolment.id.in_(ids)).order_by(Enrolment.id).with_for_update(key_share=True)
    enrolments = list(session.scalars(locked.execution_options(populate_existing=True)))
    if afresh:
        for model in (StepStateRow, PathStateRow):
            session.execute(delete(model).where(model.enrolment_id.in_(ids)))
    states = compute(session, enrolments)
    rows_before = select(*PathStateRow.__table__.c).where(PathStateRow.enrolment_id.in_(ids))
    before = {row.enrolment_id: row for row in session.execute(rows_before)}
    steps: list[dict[str, Any]] = []
    paths: list[dict[str, Any]] = []
    gone: list[UUID] = []
    for enrolment in enrolments:
        state = states[enrolment.id]
        row = _path_row(enrolment.id, state)
        old = before.get(enrolment.id)
        known = {s[0]: s for s in old.steps} if old else {}
        steps += [_step_row(enrolment.id, s) for s in state.steps if known.get(s.step_id.hex) != _compact(s)]
        if set(known) - {s.step_id.hex for s in state.steps}:
            gone.append(enrolment.id)
            steps = [s for s in steps if s["enrolment_id"] != enrolment.id]
            steps += [_step_row(enrolment.id, s) for s in state.steps]
        if old is None or any(getattr(old, name) != value for name, value in row.items()):
            paths.append(row)
    if gone:
        session.execute(delete(StepStateRow).where(StepStateRow.enrolment_id.in_(gone)))
    _put(session, StepStateRow, ["enrolment_id", "step_id"], steps)
    _put(session, PathStateRow, ["enrolment_id"], paths)
    close_claims(session, {e: _done(s) for e, s in states.items()})
    owe_scores(session, {row["enrolment_id"] for row in paths})
    return states


def _done(state: PathState) -> dict[UUID, datetime | None]:
    done = (s for s in state.steps if s.result in DONE)
    return {s.step_id: None if s.done_at is None else from_micros(s.done_at) for s in done}


def compute(session: Session, enrolments: Sequence[Enrolment]) -> dict[UUID, PathState]:
    """The states of these enrolments from what stands now; nothing is written."""
    hours = elsewhere(session, enrolments)
    result: dict[UUID, PathState] = {}
    by_version: dict[UUID, list[Enrolment]] = defaultdict(list)
    for enrolment in enrolments:
        by_version[enrolment.version_id].append(enrolment)
    for version_id, some in by_version.items():
        plan = document(session, version_id)
        standings = standings_of(session, version_id, some)
        for enrolment in some:
            mine = standings.get(enrolment.id, {})
            now = {iri: merge(s) for iri, s in mine.items()}
            peaks = {iri: merge(s, peak=True) for iri, s in mine.items()}
            facts = facts_of(enrolment, hours.get(enrolment.id))
            state = evaluate(plan, facts, _some(now), _some(peaks))
            if seen := _seen_falls(session, enrolment, plan, state):
                state = evaluate(plan, replace(facts, acknowledged=seen), _some(now), _some(peaks))
            result[enrolment.id] = state
    return result


def _seen_falls(
    session: Session, enrolment: Enrolment, plan: PathDocument, state: PathState
) -> dict[UUID, dict[str, Evidence]]:
    """Of the steps that have fallen, those whose fall somebody looked at: the best that was said of them since."""
    found: dict[UUID, dict[str, Evidence]] = {}
    for step in plan.steps():
        seen = enrolment.acknowledged.get(str(step.id))
        if seen is not None and any(s.fallen for s in state.steps if s.step_id == step.id):
            names = set(step_iris(step))
            iris = {key: iri for key, iri in _bound_iris(session, enrolment.version_id).items() if iri in names}
            period = periods(session, [enrolment])[enrolment.id]
            found[step.id] = _some(best_since(session, enrolment.person_id, iris, seen["seq"], period))
    return found


def _some(evidence: Mapping[str, Evidence]) -> dict[str, Evidence]:
    return {iri: e for iri, e in evidence.items() if e}


def facts_of(enrolment: Enrolment, hours_elsewhere: frozenset[str] | None = None) -> EnrolmentFacts:
    """What the enrolment itself says to the rules, but for the falls that were looked at (``compute`` adds them)."""
    return EnrolmentFacts(
        waived=frozenset(UUID(s) for s in enrolment.waivers),
        elsewhere=hours_elsewhere or frozenset(),
    )


def standings_of(session: Session, version_id: UUID, enrolments: Sequence[Enrolment]) -> Standings:
    """Standings by enrolment and IRI: (person -> agents) x (version -> activities). Other names of an activity read
    as the bound one."""
    iris = _bound_iris(session, version_id)
    persons = {e.person_id for e in enrolments}
    rows = session.execute(select(Agent.id, Agent.person_id).where(Agent.person_id.in_(persons)))
    agents = dict(rows.all())
    of_person: dict[UUID | None, list[tuple[tuple[int, int], Standing]]] = defaultdict(list)
    pairs = ((a, b) for a in agents for b in iris)
    for (agent, activity, _, _), standing in folding.load(session, pairs).items():
        of_person[agents[agent]].append(((agent, activity), standing))
    spans = periods(session, enrolments)
    result: Standings = {}
    for enrolment in enrolments:
        mine: dict[str, list[Standing]] = defaultdict(list)
        for (agent, activity), standing in of_person.get(enrolment.person_id, ()):
            counted = _within(session, spans[enrolment.id], agent, activity, standing)
            if counted is not None:
                mine[iris[activity]].append(counted)
        result[enrolment.id] = mine
    return result


def _bound_iris(session: Session, version_id: UUID) -> dict[int, str]:
    """Activity key -> bound IRI, aliases included."""
    bound = select(BindingRow.activity_id).where(BindingRow.version_id == version_id)
    written = {stored_form(i): i for s in document(session, version_id).steps() for i in step_iris(s) if len(i) > SHORT}
    rows = session.execute(
        select(XapiActivity.id, XapiActivity.iri, XapiActivity.canonical_id).where(
            or_(XapiActivity.id.in_(bound), XapiActivity.canonical_id.in_(bound))
        )
    ).all()
    own = {r.id: written.get(r.iri, r.iri) for r in rows}
    return {r.id: own.get(r.canonical_id, own[r.id]) if r.canonical_id else own[r.id] for r in rows}


def _within(session: Session, period: Period, agent: int, activity: int, standing: Standing) -> Standing | None:
    """The standing as far as it counts in the period; None when nothing of it does."""
    if not period.bounded:
        return standing
    known = [t for t in (standing.first_at, standing.last_at, standing.at, standing.peak_at) if t is not None]
    if standing.series == EVENTS and standing.count and all(period.holds(t) for t in known):
        return standing
    return folding.refold_key(session, (agent, activity, standing.kind, standing.series), period)


def _compact(s: StepState) -> list[Any]:
    """One step in ``path_state.steps``: the order of these fields is read by ``unpack``."""
    return [
        s.step_id.hex,
        s.result.value,
        round(s.share, 4),
        s.best,
        s.last,
        s.seconds,
        s.done_at,
        s.first_opened_at,
        s.last_at,
        s.fallen.value if s.fallen else None,
    ]


def _path_row(enrolment_id: UUID, state: PathState) -> dict[str, Any]:
    hours = [
        {
            "activity_id": str(line.activity_id),
            "step_id": str(line.step_id),
            "modality": line.modality.value,
            "organisation_id": _text(line.organisation_id),
            "minutes": line.minutes,
            "planned": line.planned,
            "cut": line.cut,
            "elsewhere": line.elsewhere,
        }
        for line in state.hours
    ]
    return {
        "enrolment_id": enrolment_id,
        "share": round(state.share, 6),
        "complete": state.complete,
        "minutes": state.minutes,
        "done_steps": sum(s.result in DONE for s in state.steps),
        "last_at": max((s.last_at for s in state.steps if s.last_at is not None), default=None),
        "steps": [_compact(s) for s in state.steps],
        "hours": hours,
    }


def _text(value: UUID | None) -> str | None:
    return str(value) if value else None


def _step_row(enrolment_id: UUID, s: StepState) -> dict[str, Any]:
    return {
        "enrolment_id": enrolment_id,
        "step_id": s.step_id,
        "result": s.result.value,
        "share": round(s.share, 4),
        "best": s.best,
        "last": s.last,
        "seconds": s.seconds,
        "done_at": s.done_at,
        "first_opened_at": s.first_opened_at,
        "last_at": s.last_at,
        "statement_id": s.statement_id,
        "fallen": s.fallen.value if s.fallen else None,
        "fallen_id": s.fallen_id,
    }


def _put(session: Session, model: Any, key: list[str], rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    statement = upsert(session, model.__table__)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in key}
    for start in range(0, len(rows), CHUNK):
        session.execute(statement.on_conflict_do_update(index_elements=key, set_=changed), rows[start : start + CHUNK])

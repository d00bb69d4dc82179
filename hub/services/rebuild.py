"""Throwing the projections away and making them again from the ledger: traces, standings, states (``hub rebuild``).

Each unit of work is short and leaves everything consistent, so it can run beside the hub and be killed: what is done
stays done,
and a rebuild begun anew gives the same. A writing unit takes the ledger's clock first, as ingest does, so that the
two wait for
each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

import orjson
from sqlalchemy import and_, delete, func, insert, or_, select
from sqlalchemy.orm import Session

from content.xapi.formats import instant
from content.xapi.parse import load_own
from content.xapi.readings import read
from hub.db.types import to_micros
from hub.db.uow import TenantDatabase
from hub.domain.evidence import EVENTS, Standing, Trace, fold, fold_events
from hub.models.learning import Enrolment
from hub.models.river import (
    Agent,
    Ledger,
    LedgerClock,
    StandingRow,
    StatementKey,
    TraceRow,
    Void,
)
from hub.services import folding
from hub.services.dictionaries import activity_ids
from hub.services.ledger import AHEAD, VOIDED
from hub.services.projection import BATCH, project, project_dirty

#: Statements of one unit of work.
CHUNK = 2000
#: Traces after which one unit of standings ends (a single agent is never cut).
TRACES = 20_000
Progress = Callable[[str, int, int], None]


def _quiet(stage: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


def rebuild(tenant: TenantDatabase, progress: Progress = _quiet) -> dict[str, int]:
    """Make traces, standings and states again. ``progress(stage, done, total)`` is called between units. Returns the
    counts."""
    return {
        "statements": rebuild_traces(tenant, progress),
        "standings": rebuild_standings(tenant, progress),
        "enrolments": rebuild_states(tenant, progress),
    }


def rebuild_traces(tenant: TenantDatabase, progress: Progress = _quiet) -> int:
    """Read every statement again, by the readings of this release."""
    with tenant.read() as session:
        total = session.scalar(select(func.max(Ledger.seq))) or 0
    activities: dict[str, int] = {}
    for start in range(1, total + 1, CHUNK):
        stop = min(start + CHUNK, total + 1)  # what arrives meanwhile has its traces already
        with tenant.read() as session:
            rows = _read_again(session, start, stop)
        missing = {row[-1] for row in rows} - activities.keys()
        with tenant.write() as session:
            _hold_clock(session)
            activities |= activity_ids(session, missing) if missing else {}
            session.execute(delete(TraceRow).where(TraceRow.seq >= start, TraceRow.seq < stop))
            voided = _voided(session, start, stop)
            _write(session, [(*row[:-1], row[0] in voided, activities[row[-1]]) for row in rows])
        progress("statements", stop - 1, total)
    return total


_TRACE = (
    "seq",
    "n",
    "agent_id",
    "kind",
    "series",
    "revision",
    "attempt",
    "value",
    "seconds",
    "at",
    "voided",
    "activity_id",
)


def _write(session: Session, rows: list[tuple[Any, ...]]) -> None:
    """The driver's own bulk statement: going through Core costs a third of a rebuild."""
    if rows:
        mark_ = "?" if session.get_bind().dialect.name == "sqlite" else "%s"
        sql = f"INSERT INTO trace ({', '.join(_TRACE)}) VALUES ({', '.join([mark_] * len(_TRACE))})"  # noqa: S608 own names
        session.connection().exec_driver_sql(sql, rows)


def _voided(session: Session, start: int, stop: int) -> set[int]:
    """Which of these statements are voided. Asked in the writing unit: a void that came after the reading counts."""
    own = or_(
        Void.any_authority,
        Void.source_id == Ledger.source_id,
        and_(Void.source_id.is_(None), Ledger.source_id.is_(None)),
    )
    query = (
        select(StatementKey.seq)
        .join(Void, Void.statement_id == StatementKey.statement_id)
        .join(Ledger, Ledger.seq == StatementKey.seq)
    )
    return set(session.scalars(query.where(StatementKey.seq >= start, StatementKey.seq < stop, own)))


def _hold_clock(session: Session) -> None:
    session.execute(select(LedgerClock.seq).where(LedgerClock.id == 1).with_for_update())


def _loaded(text: str) -> Any:
    try:
        return orjson.loads(text)  # readings need no digit that a double does not hold
    except orjson.JSONDecodeError:
        return load_own(text)


def _read_again(session: Session, start: int, stop: int) -> list[tuple[Any, ...]]:
    """Trace rows of the statements from ``start`` to before ``stop``, the activity's IRI last."""
    query = (
        select(Ledger.seq, Ledger.agent_id, Ledger.stored, Ledger.at, Ledger.source_id, Ledger.text)
        .where(Ledger.seq >= start, Ledger.seq < stop, Ledger.agent_id.is_not(None))
        .order_by(Ledger.seq)
    )
    rows: list[tuple[Any, ...]] = []
    for seq, agent, stored, own_at, source, text in session.execute(query):
        statement = _loaded(text)
        if statement["verb"]["id"] == VOIDED:
            continue
        for n, r in enumerate(read(statement, trusted=source is None)):
            at = own_at
            if r.at is not None and r.at != statement["timestamp"]:
                at = to_micros(instant(r.at))
                at = stored if at > stored + AHEAD else at
            minutes = r.minutes or 0.0
            value = r.value
            if value is None and r.kind in ("attended", "opened"):
                value = minutes or 1.0
            series, revision, seconds = r.series or EVENTS, r.revision or 0, round(minutes * 60)
            rows.append((seq, n, agent, str(r.kind), series, revision, r.attempt, value, seconds, at, r.activity))
    return rows


def rebuild_standings(tenant: TenantDatabase, progress: Progress = _quiet) -> int:
    """Fold every trace again, agent by agent."""
    with tenant.read() as session:
        last = session.scalar(select(func.max(Agent.id))) or 0
        counts = select(TraceRow.agent_id, func.count()).group_by(TraceRow.agent_id).order_by(TraceRow.agent_id)
        ranges = list(_ranges(session.execute(counts), last))
    written = 0
    for first, end in ranges:
        with tenant.write() as session:
            _hold_clock(session)
            session.execute(delete(StandingRow).where(StandingRow.agent_id >= first, StandingRow.agent_id <= end))
            rows = [
                folding.row(agent, activity, standing) for agent, activity, standing in _fold_range(session, first, end)
            ]
            if rows:
                session.execute(insert(StandingRow.__table__), rows)  # type: ignore[arg-type]  # a mapped table is a Table
        written += len(rows)
        progress("standings", end, last)
    return written


def _ranges(counts: Iterable[Any], last: int) -> Iterator[tuple[int, int]]:
    """Ranges of agents without a gap, from 1 to ``last``: one that has no trace any more loses its standings."""
    first, size = 1, 0
    for agent, count in counts:
        size += count
        if size >= TRACES:
            yield first, agent
            first, size = agent + 1, 0
    if first <= last:
        yield first, last


def _fold_range(session: Session, first: int, end: int) -> Iterator[tuple[int, int, Standing]]:
    t = TraceRow
    query = (
        select(
            t.agent_id,
            t.activity_id,
            t.kind,
            t.series,
            t.value,
            t.seconds,
            t.at,
            StatementKey.statement_id,
            t.voided,
            t.revision,
        )
        .join(StatementKey, StatementKey.seq == t.seq)
        .where(t.agent_id >= first, t.agent_id <= end)
        .order_by(t.agent_id, t.activity_id, t.kind, t.series)
    )
    for key, rows in groupby(session.execute(query), key=itemgetter(0, 1, 2, 3)):
        agent, activity, kind, series = key
        if series == EVENTS:
            yield agent, activity, fold_events(kind, (row[4:9] for row in rows))
            continue
        standing: Standing | None = None
        for _, _, _, _, value, seconds, at, sid, voided, revision in rows:
            standing = fold(standing, Trace(kind, series, revision, value, seconds, at, sid, voided))
        if standing is not None:
            yield agent, activity, standing


def rebuild_states(tenant: TenantDatabase, progress: Progress = _quiet) -> int:
    """Project every enrolment again, whatever its rows say; each keeps them until the unit that replaces them."""
    with tenant.read() as session:
        ids = list(session.scalars(select(Enrolment.id).order_by(Enrolment.id)))
    for start in range(0, len(ids), BATCH):
        some = ids[start : start + BATCH]
        with tenant.write() as session:
            project(session, some, afresh=True)
        progress("enrolments", start + len(some), len(ids))
    project_dirty(tenant)
    return len(ids)

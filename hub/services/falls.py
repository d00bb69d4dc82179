"""Falls that somebody has looked at: what was the best since then, so that the next fall is shown again.

Needed only while a step is fallen and was looked at: it reads the traces of that step, one by one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hub.domain.evidence import Evidence, Standing, Trace, fold, merge
from hub.models.river import Agent, StandingRow, StatementKey, TraceRow, Void
from hub.services.folding import Key
from hub.services.periods import Period


def best_since(
    session: Session, person_id: UUID, iris: Mapping[int, str], seq: int, period: Period
) -> dict[str, Evidence]:
    """Facts by IRI: the best that stood when the ledger had reached ``seq``, or was said later. ``iris``: the
    activities looked at, by key; ``period``: when evidence counts."""
    agents = select(Agent.id).where(Agent.person_id == person_id)
    keys = select(StandingRow.agent_id, StandingRow.activity_id, StandingRow.kind, StandingRow.series).where(
        StandingRow.agent_id.in_(agents), StandingRow.activity_id.in_(list(iris))
    )
    found: dict[str, list[Standing]] = defaultdict(list)
    for row in session.execute(keys).all():
        key = (row.agent_id, row.activity_id, row.kind, row.series)
        found[iris[row.activity_id]].append(_best(_traces(session, key, period), key, seq))
    return {iri: merge(some, peak=True) for iri, some in found.items()}


def _best(traces: Iterable[tuple[int, int | None, Trace]], key: Key, seq: int) -> Standing:
    later: list[Trace] = []
    then = Standing(key[2], key[3])
    for number, voided_by, trace in traces:
        if number > seq:
            later.append(trace)
        else:
            then = fold(then, trace._replace(voided=trace.voided and (voided_by is None or voided_by <= seq)))
    best = Standing(
        key[2], key[3], peak=then.value, peak_at=then.at, peak_id=then.statement_id, peak_seconds=then.seconds
    )
    for trace in later:
        best = fold(best, trace)
    return best


def _traces(session: Session, key: Key, period: Period) -> Iterator[tuple[int, int | None, Trace]]:
    """(sequence number, that of its voiding, trace) for every trace of one standing."""
    t = TraceRow
    query = (
        select(t.seq, t.kind, t.series, t.revision, t.value, t.seconds, t.at, StatementKey.statement_id, t.voided)
        .join(StatementKey, StatementKey.seq == t.seq)
        .where(t.agent_id == key[0], t.activity_id == key[1], t.kind == key[2], t.series == key[3])
    )
    for row in session.execute(query).all():
        trace = Trace(*row[1:])
        if not period.holds(trace.at):
            continue
        yield row.seq, _voided_by(session, trace.statement_id) if trace.voided else None, trace


def _voided_by(session: Session, statement_id: str) -> int | None:
    voids = select(Void.voided_by).where(Void.statement_id == statement_id)
    return session.scalar(select(func.min(StatementKey.seq)).where(StatementKey.statement_id.in_(voids)))

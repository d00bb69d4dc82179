"""Traces into standings, inside the ingesting unit of work: O(1) for each new trace, whatever the ledger holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from hub.db.uow import driver
from hub.domain.evidence import Standing, Trace, fold
from hub.models.river import StatementKey, TraceRow
from hub.services.driver_sql import Question, array, put, together
from hub.services.periods import Period

Key = tuple[int, int, str, str]
ALWAYS = Period()
_FIELDS = Standing._fields
_COLUMNS = ("agent_id", "activity_id", *_FIELDS)
_OVER = "ON CONFLICT (agent_id, activity_id, kind, series) DO UPDATE SET " + ", ".join(
    f"{name} = excluded.{name}" for name in _FIELDS if name not in ("kind", "series")
)


def load(session: Session, pairs: Iterable[tuple[int, int]]) -> dict[Key, Standing]:
    """Standings of the (agent, activity) pairs."""
    wanted = set(pairs)
    return found(together(session, question(session, wanted))[0]) if wanted else {}


def question(session: Session, pairs: Iterable[tuple[int, int]]) -> Question:
    """The question for the standings of the pairs: it costs what is there, not the product."""
    wanted = sorted(pairs)
    columns = ", ".join(_COLUMNS)
    if driver(session).on_sqlite:
        some = "SELECT json_extract(value, '$[0]') AS a, json_extract(value, '$[1]') AS b FROM json_each(?)"
        query = f"SELECT {columns} FROM ({some}) w JOIN standing s ON s.agent_id = w.a AND s.activity_id = w.b"  # noqa: S608 names of our own
        return Question(query, (orjson.dumps(wanted).decode(),))
    # Pair by pair, for the reason told where driver_sql words a list.
    each = f"SELECT {columns} FROM standing WHERE agent_id = w.a AND activity_id = w.b OFFSET 0"  # noqa: S608 the same
    query = f"SELECT s.* FROM unnest(?::bigint[], ?::bigint[]) AS w(a, b) CROSS JOIN LATERAL ({each}) s"  # noqa: S608 the same
    return Question(query, (array([a for a, _ in wanted]), array([b for _, b in wanted])))


def found(rows: Iterable[Any]) -> dict[Key, Standing]:
    """The standings in the rows of the ``question``."""
    return {(row[0], row[1], row[2], row[3]): Standing._make(row[2:]) for row in rows}


def folded(
    before: Mapping[Key, Standing], traces: Iterable[tuple[int, int, Trace]]
) -> tuple[dict[Key, Standing], dict[Key, Standing]]:
    """Traces folded into the standings of their agents and activities, as they were ``before``: those that are new, and
    those that have changed."""
    result: dict[Key, Standing] = {}
    for agent, activity, trace in traces:
        key = (agent, activity, trace.kind, trace.series)
        result[key] = fold(result.get(key) or before.get(key), trace)
    keys = sorted(result)
    return {k: result[k] for k in keys if k not in before}, {k: result[k] for k in keys if k in before}


def write(session: Session, new: dict[Key, Standing], changed: dict[Key, Standing]) -> None:
    """Write what was folded. Who writes standings holds the ledger's clock, so what was not there is not there now."""
    put(session, "standing", _COLUMNS, [(k[0], k[1], *standing) for k, standing in new.items()])
    store(session, changed)


def store(session: Session, standings: dict[Key, Standing]) -> None:
    """Write standings, in the order of their keys."""
    put(session, "standing", _COLUMNS, [(k[0], k[1], *s) for k, s in sorted(standings.items())], _OVER)


def row(agent: int, activity: int, standing: Standing) -> dict[str, Any]:
    """The columns of one standing."""
    return {"agent_id": agent, "activity_id": activity, **standing._asdict()}


def traces_of(session: Session, key: Key, period: Period = ALWAYS) -> Iterator[Trace]:
    """Every trace of one standing, voided ones too, whose instant lies in the period."""
    query = (
        select(
            TraceRow.kind,
            TraceRow.series,
            TraceRow.revision,
            TraceRow.value,
            TraceRow.seconds,
            TraceRow.at,
            StatementKey.statement_id,
            TraceRow.voided,
        )
        .join(StatementKey, StatementKey.seq == TraceRow.seq)
        .where(
            TraceRow.agent_id == key[0],
            TraceRow.activity_id == key[1],
            TraceRow.kind == key[2],
            TraceRow.series == key[3],
        )
    )
    if period.start is not None:
        query = query.where(TraceRow.at >= period.start)
    if period.end is not None:
        query = query.where(TraceRow.at < period.end)
    for found in session.execute(query.execution_options(yield_per=1000)):
        yield Trace(*found)


def refold_key(session: Session, key: Key, period: Period = ALWAYS) -> Standing | None:
    """One standing from its traces, from scratch."""
    standing: Standing | None = None
    for trace in traces_of(session, key, period):
        standing = fold(standing, trace)
    return standing


def void_traces(session: Session, seqs: Iterable[int]) -> set[tuple[int, int]]:
    """Mark the traces of voided statements and fold again what they stood in. Returns the (agent, activity) pairs
    touched."""
    targets = sorted(set(seqs))
    if not targets:
        return set()
    said = session.execute(
        select(TraceRow.agent_id, TraceRow.activity_id, TraceRow.kind, TraceRow.series).where(TraceRow.seq.in_(targets))
    ).all()
    table: Any = TraceRow.__table__
    mark = table.update().where(table.c.seq == bindparam("target")).values(voided=True)
    session.execute(mark, [{"target": seq} for seq in targets])
    keys = {(r.agent_id, r.activity_id, r.kind, r.series) for r in said}
    store(session, {key: standing for key in keys if (standing := refold_key(session, key)) is not None})
    return {(agent, activity) for agent, activity, _, _ in keys}

"""Statements about statements: a filter that the target meets, the statement that names it meets too, over any number
of links (xAPI 1.0.3 Communication 2.1.3, filter conditions for StatementRefs).

The links are followed once, when a statement arrives, whichever comes first; so a query joins one table and never
recurses. ``statement_ref`` holds every target of a statement, near and far.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.models.river import StatementRef, StatementTarget
from hub.services.dictionaries import CHUNK, upsert
from hub.services.driver_sql import Question, among

#: Targets of one statement that are followed; a longer chain is cut, so that nobody makes it grow without end.
MOST: Final = 50


def question(ids: Sequence[str]) -> Question:
    """The question which statements named these ids before they arrived."""
    return Question("SELECT seq, statement_id FROM statement_target WHERE statement_id {among}", ids, "text")


def link(session: Session, arrived: Sequence[tuple[int, str, str | None]], waiting: Sequence[Any]) -> None:
    """Follow the links of statements that were just written: (seq, id, id of the statement it names or None).
    ``waiting``: what the question for their ids gave before, perhaps among others."""
    named = {seq: target for seq, _, target in arrived if target is not None}
    own = {sid: seq for seq, sid, _ in arrived}
    near = {(row.seq, own[row.statement_id]) for row in waiting if row.statement_id in own}
    if not named and not near:
        return
    if named:
        rows = [{"seq": seq, "statement_id": target} for seq, target in sorted(named.items())]
        session.execute(upsert(session, StatementTarget.__table__), rows)
    seqs = _seqs(session, set(named.values())) | own
    near |= {(seq, seqs[target]) for seq, target in named.items() if target in seqs}
    _store(session, {pair for pair in near if pair[0] != pair[1]})


def _seqs(session: Session, ids: set[str]) -> dict[str, int]:
    query = "SELECT statement_id, seq FROM statement_key WHERE statement_id {among}"
    return dict(tuple(row) for row in among(session, query, sorted(ids)))


def _store(session: Session, near: set[tuple[int, int]]) -> None:
    """New links and what follows from them: who names the first also names what the second names."""
    if not near:
        return
    ends = {seq for pair in near for seq in pair}
    above = _pairs(session, StatementRef.target_seq, ends)
    below = _pairs(session, StatementRef.seq, ends)
    further: Mapping[int, set[int]] = _grown(near, below)
    rows = {(seq, target) for seq, targets in further.items() for target in targets}
    for seq, target in above:
        rows |= {(seq, far) for far in further.get(target, ())}
    values = [{"seq": a, "target_seq": b} for a, b in sorted(rows) if a != b]
    if values:
        session.execute(upsert(session, StatementRef.__table__).on_conflict_do_nothing(), values)


def _grown(near: set[tuple[int, int]], known: set[tuple[int, int]]) -> dict[int, set[int]]:
    targets: dict[int, set[int]] = defaultdict(set)
    for seq, target in near | known:
        targets[seq].add(target)
    result: dict[int, set[int]] = {}
    for seq in {seq for seq, _ in near}:
        found, front = set(targets[seq]), list(targets[seq])
        while front and len(found) < MOST:
            new = targets.get(front.pop(), set()) - found
            found |= new
            front += new
        result[seq] = set(sorted(found)[:MOST])
    return result


def _pairs(session: Session, column: Any, seqs: set[int]) -> set[tuple[int, int]]:
    found: set[tuple[int, int]] = set()
    ordered = sorted(seqs)
    for start in range(0, len(ordered), CHUNK):
        query = select(StatementRef.seq, StatementRef.target_seq).where(column.in_(ordered[start : start + CHUNK]))
        found |= {(row.seq, row.target_seq) for row in session.execute(query)}
    return found

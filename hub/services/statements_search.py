"""The statement explorer's search: one page of the ledger, the newest first, for a costs that no ledger's size changes.

The most selective filter walks its own index; the others are looked at on the way, over at most ``LOOKED_AT`` rows a
page. A page may therefore hold few statements and still have a next one (``Found.further``): nobody waits for a rare
combination to be looked for in a million rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, select, union_all
from sqlalchemy.orm import Session

from hub.models.river import (
    Agent,
    Ledger,
    StatementActivity,
    StatementAgent,
    StatementKey,
    TraceRow,
    Verb,
    XapiActivity,
)
from hub.services.source_days import HUB
from hub.services.xapi_query import last_stored, voided_row

PAGE: Final = 50
LOOKED_AT: Final = 3000
Became = Literal["", "read", "waiting", "nothing", "voided"]
BECAME: Final[tuple[Became, ...]] = ("read", "waiting", "nothing", "voided")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for. ``agents``, ``activities``: keys, one of which must fit (None: any); ``related``: also where
    they are named otherwise than as actor or object. ``since`` and ``until`` bound the arrival. ``became``: read as
    evidence, read but of nobody known (waiting), read as nothing, voided."""

    agents: tuple[int, ...] | None = None
    verb: int | None = None
    activities: tuple[int, ...] | None = None
    source: UUID | None = None
    registration: str = ""
    since: datetime | None = None
    until: datetime | None = None
    became: Became = ""
    related: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One statement in the list. ``person``: whom the actor is linked to; ``activity``: the known title of
    its object; ``kinds``: what was read from it; ``text`` its JSON."""

    seq: int
    id: str
    stored: int
    at: int
    agent_id: int | None
    person: UUID | None
    activity: str
    source_id: UUID | None
    kinds: tuple[str, ...]
    voided: bool
    redacted: bool
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """A page. ``before`` asks for the next one (None: no more); ``further``: rows were left unread, not statements."""

    lines: tuple[Line, ...]
    before: int | None
    further: bool = False


def search(session: Session, wanted: Wanted, before: int | None = None, limit: int = PAGE) -> Found:
    """The next page below sequence number ``before``."""
    if wanted.agents == () or wanted.activities == ():
        return Found((), None)
    low, high = _bounds(session, wanted, before)
    lead, rest = _conditions(session, wanted)
    floor = _floor(session, lead, low, high) if rest else None
    numbers = _together([_bounded(one, floor or low, high, rest).limit(limit + 1) for one in lead], limit + 1)
    lines = _lines(session, numbers)
    if len(lines) > limit:
        return Found(lines[:limit], lines[limit - 1].seq)
    return Found(lines, floor, further=True) if floor is not None else Found(lines, None)


def _bounds(session: Session, wanted: Wanted, before: int | None) -> tuple[int, int | None]:
    low = last_stored(session, wanted.since) if wanted.since else 0
    until = last_stored(session, wanted.until) + 1 if wanted.until else None
    return low, min((n for n in (before, until) if n is not None), default=None)


def _conditions(session: Session, wanted: Wanted) -> tuple[list[Select[Any]], list[ColumnElement[bool]]]:
    """(branches of the most selective filter, each a walk along one index; the other conditions)."""
    filters: list[tuple[list[Select[Any]], ColumnElement[bool]]] = []
    if wanted.registration:
        own = Ledger.registration == wanted.registration.lower()
        filters.append(([_ledger(own)], own))
    if wanted.agents is not None:
        filters.append(_named(Ledger.agent_id, StatementAgent, StatementAgent.agent_id, wanted.agents, wanted))
    if wanted.activities is not None:
        about = _named(Ledger.activity_id, StatementActivity, StatementActivity.activity_id, wanted.activities, wanted)
        filters.append(about)
    if wanted.source is not None:
        own = Ledger.source_id.is_(None) if wanted.source == HUB else Ledger.source_id == wanted.source
        filters.append(([_ledger(own)], own))
    if wanted.verb is not None:
        own = Ledger.verb_id == wanted.verb
        filters.append(([_ledger(own)], own))
    lead = filters[0][0] if filters else [select(Ledger.seq)]
    rest = [condition for _, condition in filters[1:]]
    return lead, [*rest, *([_became(session, wanted.became)] if wanted.became else [])]


def _ledger(condition: ColumnElement[bool]) -> Select[Any]:
    return select(Ledger.seq).where(condition)


def _named(
    column: Any, other: Any, other_key: Any, keys: Sequence[int], wanted: Wanted
) -> tuple[list[Select[Any]], ColumnElement[bool]]:
    branches = [_ledger(column == key) for key in keys]
    condition: ColumnElement[bool] = column.in_(keys)
    if wanted.related:
        # Somebody may be named twice in one statement; the order is that of the index which the branch walks.
        branches += [
            select(other.seq).join(Ledger, Ledger.seq == other.seq).where(other_key == key).distinct() for key in keys
        ]
        condition = condition | exists().where(other_key.in_(keys), other.seq == Ledger.seq)
    return branches, condition


def _became(session: Session, wanted: Became) -> ColumnElement[bool]:
    voided = voided_row(session)
    if wanted == "voided":
        return voided if voided is not None else Ledger.seq < 0
    told = exists().where(TraceRow.seq == Ledger.seq, TraceRow.voided.is_(False))
    if wanted == "nothing":
        return ~told if voided is None else and_(~told, ~voided)
    linked = exists().where(Agent.id == Ledger.agent_id, Agent.person_id.is_not(None))
    return and_(told, linked if wanted == "read" else ~linked)


def _bounded(query: Select[Any], low: int, high: int | None, rest: Sequence[ColumnElement[bool]]) -> Select[Any]:
    seq = query.selected_columns[0]
    query = query.where(*rest)
    if low:
        query = query.where(seq > low)
    if high is not None:
        query = query.where(seq < high)
    return query.order_by(seq.desc())


def _floor(session: Session, lead: Sequence[Select[Any]], low: int, high: int | None) -> int | None:
    """The number below which this page does not look; None when all that is left is within reach."""
    numbers = _together([_bounded(one, low, high, ()).limit(LOOKED_AT) for one in lead], LOOKED_AT).subquery()
    last = session.scalar(select(numbers.c.seq).order_by(numbers.c.seq.desc()).offset(LOOKED_AT - 1).limit(1))
    return last - 1 if last is not None else None


def _together(branches: Sequence[Select[Any]], limit: int) -> Select[Any]:
    if len(branches) == 1:
        return branches[0]
    both = union_all(*(select(one.subquery().c.seq) for one in branches)).subquery()
    return select(both.c.seq).distinct().order_by(both.c.seq.desc()).limit(limit)


def _lines(session: Session, numbers: Select[Any]) -> tuple[Line, ...]:
    within = numbers.subquery()
    voided = voided_row(session)
    flag = voided.label("voided") if voided is not None else (Ledger.seq < 0).label("voided")
    query = (
        select(
            Ledger, StatementKey.statement_id, StatementKey.redacted, Agent.person_id, XapiActivity.name, flag
        )
        .join(within, within.c.seq == Ledger.seq)
        .join(StatementKey, StatementKey.seq == Ledger.seq)
        .outerjoin(Agent, Agent.id == Ledger.agent_id)
        .outerjoin(XapiActivity, XapiActivity.id == Ledger.activity_id)
        .order_by(Ledger.seq.desc())
    )  # fmt: skip
    rows = session.execute(query).all()
    kinds = _kinds(session, [row[0].seq for row in rows])
    return tuple(
        Line(
            row.seq, statement_id, row.stored, row.at, row.agent_id, person, title or "", row.source_id,
            kinds.get(row.seq, ()), bool(is_voided), bool(redacted), row.text,
        )
        for row, statement_id, redacted, person, title, is_voided in rows
    )  # fmt: skip


def _kinds(session: Session, numbers: Sequence[int]) -> dict[int, tuple[str, ...]]:
    query = select(TraceRow.seq, TraceRow.kind).where(TraceRow.seq.in_(numbers)).order_by(TraceRow.seq, TraceRow.n)
    found: dict[int, tuple[str, ...]] = {}
    for seq, kind in session.execute(query):
        found[seq] = (*found.get(seq, ()), kind)
    return found


def verbs(session: Session, limit: int = 300) -> list[tuple[int, str]]:
    """The verbs of the dictionary (key, IRI), the first known first."""
    return [(row.id, row.iri) for row in session.execute(select(Verb.id, Verb.iri).order_by(Verb.id).limit(limit))]


def activity(session: Session, key: int) -> XapiActivity | None:
    """An activity of the dictionary."""
    return session.get(XapiActivity, key)

"""Reading the ledger as xAPI asks: one statement, or a page of those that fit a filter, by keyset on ``seq``.

Dictionaries and instants are resolved once into integers; each page then walks one index of the ledger from where the
last one ended, so the thousandth page costs what the first did. Source: xAPI 1.0.3 Part Three 2.1.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, or_, select, union
from sqlalchemy.orm import Session, aliased

from content.xapi.canonical import Role
from content.xapi.parse import load
from hub.db.types import to_micros
from hub.models.river import (
    Agent,
    Ledger,
    StatementActivity,
    StatementAgent,
    StatementAttachment,
    StatementKey,
    StatementRef,
    Verb,
    Void,
    XapiActivity,
)
from hub.services.dictionaries import known_ids
from hub.services.ledger import VOIDED
from hub.services.xapi_sources import definers

#: Statements of one page at most, and bytes after which a page ends early.
PAGE_MOST: Final = 500
PAGE_BYTES: Final = 8 * 1024 * 1024
#: How many of an activity's latest statements are looked through for its definition.
DEFINITIONS_FROM: Final = 20


@dataclass(frozen=True, slots=True)
class Filter:
    """What was asked for. ``agent`` is an identifier (``content.xapi.canonical.ifi``); instants are aware."""

    agent: str | None = None
    related_agents: bool = False
    verb: str | None = None
    activity: str | None = None
    related_activities: bool = False
    registration: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    ascending: bool = False
    limit: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """A filter in keys of the tables: ``after`` < seq < ``before``; what a ``more`` link holds."""

    agent: int | None
    related_agents: bool
    verb: int | None
    activity: int | None
    related_activities: bool
    registration: str | None
    after: int
    before: int | None
    ascending: bool
    limit: int


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement as the ledger has it; ``stored`` in µs UTC, ``text`` its JSON without ``stored``."""

    seq: int
    stored: int
    text: str


@dataclass(frozen=True, slots=True)
class Page:
    """Statements in the order asked for, and the plan of those that follow (None: these were the last)."""

    statements: Sequence[Statement]
    following: Plan | None


def plan(session: Session, wanted: Filter) -> Plan | None:
    """The filter in keys; None where it names an agent, verb or activity that no statement has."""
    keys: dict[str, int | None] = {}
    for name, model, text in (
        ("agent", Agent, wanted.agent),
        ("verb", Verb, wanted.verb),
        ("activity", XapiActivity, wanted.activity),
    ):
        keys[name] = known_ids(session, model, [text]).get(text) if text is not None else None
        if text is not None and keys[name] is None:
            return None
    until = last_stored(session, wanted.until) if wanted.until is not None else None
    return Plan(
        agent=keys["agent"],
        related_agents=wanted.related_agents,
        verb=keys["verb"],
        activity=keys["activity"],
        related_activities=wanted.related_activities,
        registration=wanted.registration.lower() if wanted.registration else None,
        after=last_stored(session, wanted.since) if wanted.since is not None else 0,
        before=None if until is None else until + 1,
        ascending=wanted.ascending,
        limit=min(wanted.limit, PAGE_MOST) or PAGE_MOST,
    )


def last_stored(session: Session, instant: datetime) -> int:
    """The last sequence number stored at or before an instant: ``stored`` grows with ``seq``."""
    query = select(Ledger.seq).where(Ledger.stored <= to_micros(instant))
    return session.scalar(query.order_by(Ledger.stored.desc(), Ledger.seq.desc()).limit(1)) or 0


def page(session: Session, wanted: Plan, source_id: UUID | None = None) -> Page:
    """The next page of a plan; ``source_id``: only what that source sent (scope statements/read/mine)."""
    order = Ledger.seq.asc() if wanted.ascending else Ledger.seq.desc()
    numbers = _numbers(session, wanted, source_id).subquery()
    query = select(Ledger.seq, Ledger.stored, Ledger.text).join(numbers, numbers.c.seq == Ledger.seq).order_by(order)
    found: list[Statement] = []
    size = 0
    for row in session.execute(query):
        if len(found) == wanted.limit or (found and size + len(row.text) > PAGE_BYTES):
            last = found[-1].seq
            moved = replace(wanted, after=last) if wanted.ascending else replace(wanted, before=last)
            return Page(found, moved)
        found.append(Statement(row.seq, row.stored, row.text))
        size += len(row.text)
    return Page(found, None)


def _numbers(session: Session, wanted: Plan, source_id: UUID | None) -> Select[Any]:
    """The sequence numbers of a page and one more. Each way in which a statement may match is a branch of its own
    that walks one index and stops at the limit; their union is cut again."""
    rest = _conditions(session, wanted, source_id)
    branches = [_cut(select(Ledger.seq).where(*rest, *_direct(wanted)), Ledger.seq, wanted)]
    if wanted.agent is not None:
        roles = () if wanted.related_agents else (StatementAgent.role.in_((Role.ACTOR, Role.OBJECT)),)
        query = select(StatementAgent.seq).join(Ledger, Ledger.seq == StatementAgent.seq).distinct()
        query = query.where(StatementAgent.agent_id == wanted.agent, *roles, *rest, *_activity(wanted))
        branches.append(_cut(query, StatementAgent.seq, wanted))
    elif wanted.activity is not None and wanted.related_activities:
        query = select(StatementActivity.seq).join(Ledger, Ledger.seq == StatementActivity.seq).distinct()
        query = query.where(StatementActivity.activity_id == wanted.activity, *rest)
        branches.append(_cut(query, StatementActivity.seq, wanted))
    branches += [_cut(query, StatementRef.seq, wanted) for query in _by_target(session, wanted, source_id)]
    if len(branches) == 1:
        return branches[0]
    together = union(*(select(branch.subquery().c.seq) for branch in branches)).subquery()
    return _ordered(select(together.c.seq), together.c.seq, wanted)


def _by_target(session: Session, wanted: Plan, source_id: UUID | None) -> list[Select[Any]]:
    """Statements that name, directly or over others, a statement that fits; voided ones count as targets too. Bounds of
    time and sequence are the naming statement's own. Empty without a filter, and while no statement names another."""
    facts = (wanted.agent, wanted.verb, wanted.activity, wanted.registration)
    if all(fact is None for fact in facts) or session.scalar(select(StatementRef.seq).limit(1)) is None:
        return []
    target = aliased(Ledger)
    naming = exists().where(Ledger.seq == StatementRef.seq, *_not_voided(session), *_own(Ledger, source_id))
    conditions: list[ColumnElement[bool]] = [naming, *_own(target, source_id)]
    for column, value in ((target.verb_id, wanted.verb), (target.registration, wanted.registration)):
        conditions += [] if value is None else [column == value]
    if wanted.agent is not None:
        roles = () if wanted.related_agents else (StatementAgent.role.in_((Role.ACTOR, Role.OBJECT)),)
        elsewhere = exists().where(StatementAgent.agent_id == wanted.agent, StatementAgent.seq == target.seq, *roles)
        conditions.append(or_(target.agent_id == wanted.agent, elsewhere))
    if wanted.activity is not None:
        also = exists().where(StatementActivity.activity_id == wanted.activity, StatementActivity.seq == target.seq)
        own = target.activity_id == wanted.activity
        conditions.append(or_(own, also) if wanted.related_activities else own)
    query = select(StatementRef.seq).join(target, target.seq == StatementRef.target_seq).distinct()
    return [query.where(*conditions)]


def _own(ledger: Any, source_id: UUID | None) -> list[ColumnElement[bool]]:
    return [] if source_id is None else [ledger.source_id == source_id]


def _direct(wanted: Plan) -> list[ColumnElement[bool]]:
    if wanted.agent is not None:
        return [Ledger.agent_id == wanted.agent, *_activity(wanted)]
    return [] if wanted.activity is None else [Ledger.activity_id == wanted.activity]


def _activity(wanted: Plan) -> list[ColumnElement[bool]]:
    """The activity as a further condition, where an agent leads."""
    if wanted.activity is None:
        return []
    own = Ledger.activity_id == wanted.activity
    if not wanted.related_activities:
        return [own]
    related = exists().where(StatementActivity.activity_id == wanted.activity, StatementActivity.seq == Ledger.seq)
    return [or_(own, related)]


def _conditions(session: Session, wanted: Plan, source_id: UUID | None) -> list[ColumnElement[bool]]:
    conditions = _not_voided(session)
    if wanted.verb is not None:
        conditions.append(Ledger.verb_id == wanted.verb)
    if wanted.registration is not None:
        conditions.append(Ledger.registration == wanted.registration)
    if source_id is not None:
        conditions.append(Ledger.source_id == source_id)
    return conditions


def _cut(query: Select[Any], seq: Any, wanted: Plan) -> Select[Any]:
    """The bounds on the very column that the branch walks."""
    if wanted.after:
        query = query.where(seq > wanted.after)
    if wanted.before is not None:
        query = query.where(seq < wanted.before)
    return _ordered(query, seq, wanted)


def _ordered(query: Select[Any], seq: Any, wanted: Plan) -> Select[Any]:
    return query.order_by(seq.asc() if wanted.ascending else seq.desc()).limit(wanted.limit + 1)


def voided_row(session: Session) -> ColumnElement[bool] | None:
    """Whether a row of the ledger is voided; None while nothing was ever voided.

    A voiding counts when it is an administrator's or of the target's own source, and never on another voiding
    (xAPI 1.0.3 Part Two 2.3.2, DESIGN section 3).
    """
    verb = known_ids(session, Verb, [VOIDED]).get(VOIDED)
    if verb is None:
        return None
    own = or_(Void.any_authority, Void.source_id.is_not_distinct_from(Ledger.source_id))
    return exists().where(
        StatementKey.seq == Ledger.seq, Void.statement_id == StatementKey.statement_id, own, Ledger.verb_id != verb
    )


def _not_voided(session: Session) -> list[ColumnElement[bool]]:
    voided = voided_row(session)
    return [] if voided is None else [~voided]


def one(
    session: Session, statement_id: str, *, voided: bool = False, source_id: UUID | None = None
) -> Statement | None:
    """The statement of this id if it is not voided (``voided``: if it is); None otherwise."""
    query = select(Ledger.seq, Ledger.stored, Ledger.text).join(StatementKey, StatementKey.seq == Ledger.seq)
    query = query.where(StatementKey.statement_id == statement_id.lower())
    if source_id is not None:
        query = query.where(Ledger.source_id == source_id)
    condition = voided_row(session)
    if condition is None and voided:
        return None
    if condition is not None:
        query = query.where(condition if voided else ~condition)
    row = session.execute(query).first()
    return Statement(row.seq, row.stored, row.text) if row else None


def attachments(session: Session, seqs: Sequence[int]) -> list[StatementAttachment]:
    """The contents that came along with these statements, each hash once, in the order of the statements."""
    if not seqs:
        return []
    query = select(StatementAttachment).where(StatementAttachment.seq.in_(seqs))
    rows = session.scalars(query.order_by(StatementAttachment.seq, StatementAttachment.sha2))
    return list({row.sha2: row for row in rows}.values())


def activity_definition(session: Session, iri: str) -> dict[str, Any]:
    """What the hub knows of an activity: the definitions of its latest statements over one another, the newest on top;
    else the dictionary's name under the language ``und``; else an empty dictionary."""
    key = known_ids(session, XapiActivity, [iri]).get(iri)
    if key is None:
        return {}
    counts = or_(Ledger.source_id.is_(None), Ledger.source_id.in_(definers(session)))
    query = select(Ledger.text).where(Ledger.activity_id == key, counts, *_not_voided(session))
    texts = session.scalars(query.order_by(Ledger.seq.desc()).limit(DEFINITIONS_FROM)).all()
    merged: dict[str, Any] = {}
    for text in reversed(texts):
        statement: Any = load(text.encode())
        _lay_over(merged, statement["object"].get("definition", {}))
    name = session.scalar(select(XapiActivity.name).where(XapiActivity.id == key))
    return merged or ({"name": {"und": name}} if name else {})


def _lay_over(merged: dict[str, Any], definition: dict[str, Any]) -> None:
    for field, value in definition.items():
        if field in ("name", "description", "extensions") and field in merged:
            merged[field] = {**merged[field], **value}
        else:
            merged[field] = value


def agent_name(session: Session, ifi: str) -> str | None:
    """The display name under which an agent came, if any."""
    key = known_ids(session, Agent, [ifi]).get(ifi)
    return session.scalar(select(Agent.name).where(Agent.id == key)) if key is not None else None

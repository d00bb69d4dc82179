"""Reading the ledger as xAPI asks: one statement, or a page of those that fit a filter, by keyset on ``seq``.

Dictionaries and instants are resolved once into integers; each page then walks one index of the ledger from where the
last one ended, so the thousandth page costs what the first did. Source: xAPI 1.0.3 Part Three 2.1.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Select, bindparam, exists, literal, literal_column, or_, select, union
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.functions import GenericFunction

from content.xapi.canonical import Role
from content.xapi.parse import load_own
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
from hub.services.dictionaries import known_ids, stored_form
from hub.services.driver_sql import Sentence
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


_KEYS: Final = Sentence(
    lambda: select(
        select(Agent.id).where(Agent.ifi == bindparam("agent")).scalar_subquery().label("agent"),
        select(Verb.id).where(Verb.iri == bindparam("verb")).scalar_subquery().label("verb"),
        select(XapiActivity.id).where(XapiActivity.iri == bindparam("activity")).scalar_subquery().label("activity"),
    )
)


def plan(session: Session, wanted: Filter) -> Plan | None:
    """The filter in keys; None where it names an agent, verb or activity that no statement has."""
    texts = {"agent": wanted.agent, "verb": wanted.verb, "activity": wanted.activity}
    keys: dict[str, int | None] = dict.fromkeys(texts)
    if any(text is not None for text in texts.values()):
        forms = {name: None if text is None else stored_form(text) for name, text in texts.items()}
        keys = _KEYS.first(session, **forms)._asdict()
        if any(text is not None and keys[name] is None for name, text in texts.items()):
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


_LAST_STORED: Final = Sentence(
    lambda: (
        select(Ledger.seq)
        .where(Ledger.stored <= bindparam("at"))
        .order_by(Ledger.stored.desc(), Ledger.seq.desc())
        .limit(1)
    )
)


def last_stored(session: Session, instant: datetime) -> int:
    """The last sequence number stored at or before an instant: ``stored`` grows with ``seq``."""
    found = _LAST_STORED.first(session, at=to_micros(instant))
    return found.seq if found is not None else 0


def page(session: Session, wanted: Plan, source_id: UUID | None = None) -> Page:
    """The next page of a plan; ``source_id``: only what that source sent (scope statements/read/mine)."""
    facts = _FACTS.first(session)
    values = {name: getattr(wanted, name) for name in _VALUES} | {"source": source_id, "voided": facts.voided}
    asked = {name for name, value in values.items() if value} | {name for name in _FLAGS if getattr(wanted, name)}
    if facts.named and not asked.isdisjoint(_FILTERS):
        asked.add("named")
    found: list[Statement] = []
    size = 0
    with closing(_page(frozenset(asked)).each(session, **values, most=wanted.limit + 1)) as rows:
        for row in rows:
            if len(found) == wanted.limit or (found and size + len(row.text) > PAGE_BYTES):
                last = found[-1].seq
                moved = replace(wanted, after=last) if wanted.ascending else replace(wanted, before=last)
                return Page(found, moved)
            found.append(Statement(row.seq, row.stored, row.text))
            size += len(row.text)
    return Page(found, None)


_STATEMENTS: Final[Select[Any]] = cast("Select[Any]", select(Ledger.seq, Ledger.stored, Ledger.text))
_FILTERS: Final = ("agent", "verb", "activity", "registration")
_VALUES: Final = (*_FILTERS, "after", "before")
_FLAGS: Final = ("related_agents", "related_activities", "ascending")
_FACTS: Final = Sentence(
    lambda: select(
        select(Verb.id).where(Verb.iri == VOIDED).scalar_subquery().label("voided"),
        exists(select(StatementRef.seq)).label("named"),
    )
)
"""What decides over the shape of a query: the key of the verb *voided*, and whether any statement names another."""

_Asked = frozenset[str]
"""The parts that a query has: names of values and flags of a plan, ``source``, ``voided`` (something was voided),
``named`` (statements name others). Each set of them is put into words once."""


@lru_cache(maxsize=1024)
def _page(asked: _Asked) -> Sentence:
    """The query of a page and one statement more."""

    def build() -> Select[Any]:
        order = Ledger.seq.asc() if "ascending" in asked else Ledger.seq.desc()
        numbers = _numbers(asked).subquery()
        return _STATEMENTS.join(numbers, numbers.c.seq == Ledger.seq).order_by(order)

    return Sentence(build)


def _numbers(asked: _Asked) -> Select[Any]:
    """The sequence numbers of a page and one more. Each way in which a statement may match is a branch of its own
    that walks one index and stops at the limit; their union is cut again."""
    branches = [_cut(select(Ledger.seq).where(*_direct(asked), *_not_voided(asked)), Ledger.seq, asked)]
    rest = [*_not_voided(asked), *_equal(asked, "verb", "registration", "source")]
    if "agent" in asked:
        query = select(StatementAgent.seq).join(Ledger, Ledger.seq == StatementAgent.seq).distinct()
        query = query.where(*_of_agent(asked), *rest, *_activity(asked))
        branches.append(_cut(query, StatementAgent.seq, asked))
    elif {"activity", "related_activities"} <= asked:
        query = select(StatementActivity.seq).join(Ledger, Ledger.seq == StatementActivity.seq).distinct()
        query = query.where(StatementActivity.activity_id == bindparam("activity"), *rest)
        branches.append(_cut(query, StatementActivity.seq, asked))
    if "named" in asked:
        branches.append(_cut(_by_target(asked), StatementRef.seq, asked))
    if len(branches) == 1:
        return branches[0]
    together = union(*(select(branch.subquery().c.seq) for branch in branches)).subquery()
    return _ordered(select(together.c.seq), together.c.seq, asked)


def _by_target(asked: _Asked) -> Select[Any]:
    """Statements that name, directly or over others, a statement that fits; voided ones count as targets too. Bounds of
    time and sequence are the naming statement's own."""
    target = aliased(Ledger)
    naming = exists().where(Ledger.seq == StatementRef.seq, *_not_voided(asked), *_equal(asked, "source"))
    conditions = [naming, *_equal(asked, "verb", "registration", "source", of=target)]
    if "agent" in asked:
        elsewhere = exists().where(*_of_agent(asked), StatementAgent.seq == target.seq)
        conditions.append(or_(target.agent_id == bindparam("agent"), elsewhere))
    conditions += _activity(asked, target)
    query = select(StatementRef.seq).join(target, target.seq == StatementRef.target_seq).distinct()
    return query.where(*conditions)


def _direct(asked: _Asked) -> list[ColumnElement[bool]]:
    """What a statement itself has. One column leads, whose index is walked: the one that fewest statements share."""
    columns = {
        "registration": Ledger.registration,
        "agent": Ledger.agent_id,
        "activity": Ledger.activity_id,
        "verb": Ledger.verb_id,
        "source": Ledger.source_id,
    }
    given = [name for name in columns if name in asked]
    if "agent" in asked and "activity" in asked:
        given.remove("activity")
    equal = [(columns[name] if name == given[0] else _Beside(columns[name])) == bindparam(name) for name in given]
    return equal + (_activity(asked) if "agent" in asked else [])


class _Beside(GenericFunction[Any]):
    """A column as it is, but never to be looked up: SQLite, which knows no figures of the tables, would walk the index
    of a verb as gladly as that of an agent."""

    inherit_cache = True

    def __init__(self, column: Any) -> None:
        super().__init__(column)
        self.type = column.type


@compiles(_Beside)
def _plainly(element: _Beside, compiler: Any, **options: Any) -> str:
    return str(compiler.process(element.clauses, **options))


@compiles(_Beside, "sqlite")
def _unindexed(element: _Beside, compiler: Any, **options: Any) -> str:
    return f"+{compiler.process(element.clauses, **options)}"


def _equal(asked: _Asked, *names: str, of: Any = Ledger) -> list[ColumnElement[bool]]:
    columns = {"verb": of.verb_id, "registration": of.registration, "source": of.source_id}
    return [columns[name] == bindparam(name) for name in names if name in asked]


def _of_agent(asked: _Asked) -> list[ColumnElement[bool]]:
    """Rows of ``statement_agent`` for the agent in the roles that count."""
    counting = StatementAgent.role.in_([literal_column(f"'{role}'") for role in (Role.ACTOR, Role.OBJECT)])
    return [StatementAgent.agent_id == bindparam("agent"), *([] if "related_agents" in asked else [counting])]


def _activity(asked: _Asked, of: Any = Ledger) -> list[ColumnElement[bool]]:
    """The activity as a further condition, where something else leads."""
    if "activity" not in asked:
        return []
    own = (_Beside(of.activity_id) if of is Ledger else of.activity_id) == bindparam("activity")
    if "related_activities" not in asked:
        return [own]
    related = exists().where(StatementActivity.activity_id == bindparam("activity"), StatementActivity.seq == of.seq)
    return [or_(own, related)]


def _cut(query: Select[Any], seq: Any, asked: _Asked) -> Select[Any]:
    """The bounds on the very column that the branch walks."""
    if "after" in asked:
        query = query.where(seq > bindparam("after"))
    if "before" in asked:
        query = query.where(seq < bindparam("before"))
    return _ordered(query, seq, asked)


def _ordered(query: Select[Any], seq: Any, asked: _Asked) -> Select[Any]:
    order = seq.asc() if "ascending" in asked else seq.desc()
    return query.order_by(order).limit(bindparam("most", type_=Integer))


def voided_row(session: Session) -> ColumnElement[bool] | None:
    """Whether a row of the ledger is voided; None while nothing was ever voided.

    A voiding counts when it is an administrator's or of the target's own source, and never on another voiding
    (xAPI 1.0.3 Part Two 2.3.2, DESIGN section 3).
    """
    verb = known_ids(session, Verb, [VOIDED]).get(VOIDED)
    return None if verb is None else _voided(verb)


def _voided(verb: Any) -> ColumnElement[bool]:
    own = or_(Void.any_authority, Void.source_id.is_not_distinct_from(Ledger.source_id))
    return exists().where(
        StatementKey.seq == Ledger.seq, Void.statement_id == StatementKey.statement_id, own, Ledger.verb_id != verb
    )


def _not_voided(asked: _Asked) -> list[ColumnElement[bool]]:
    return [~_voided(bindparam("voided"))] if "voided" in asked else []


def one(
    session: Session, statement_id: str, *, voided: bool = False, source_id: UUID | None = None
) -> Statement | None:
    """The statement of this id if it is not voided (``voided``: if it is); None otherwise."""
    verb = _FACTS.first(session).voided
    if verb is None and voided:
        return None
    kind = "voided" if voided else "" if verb is None else "standing"
    own = source_id is not None
    row = _one(kind, own=own).first(session, id=statement_id.lower(), source=source_id, voided=verb)
    return Statement(row.seq, row.stored, row.text) if row else None


@lru_cache
def _one(kind: str, *, own: bool) -> Sentence:
    """The query of one statement: ``standing`` or ``voided``, or empty where nothing was ever voided."""

    def build() -> Select[Any]:
        query = _STATEMENTS.join(StatementKey, StatementKey.seq == Ledger.seq)
        query = query.where(StatementKey.statement_id == bindparam("id"))
        if own:
            query = query.where(Ledger.source_id == bindparam("source"))
        condition = _voided(bindparam("voided"))
        return query.where(condition if kind == "voided" else ~condition) if kind else query

    return Sentence(build)


def attachments(session: Session, seqs: Sequence[int]) -> list[StatementAttachment]:
    """The contents that came along with these statements, each hash once, in the order of the statements."""
    if not seqs:
        return []
    query = select(StatementAttachment).where(StatementAttachment.seq.in_(seqs))
    rows = session.scalars(query.order_by(StatementAttachment.seq, StatementAttachment.sha2))
    return list({row.sha2: row for row in rows}.values())


_ACTIVITY: Final = Sentence(
    lambda: select(XapiActivity.id, XapiActivity.name).where(XapiActivity.iri == bindparam("iri"))
)


@lru_cache
def _definitions(sources: tuple[UUID, ...], *, voided: bool) -> Sentence:
    """The latest statements about an activity of the hub and of these sources."""
    own = [Ledger.source_id.in_([literal(source) for source in sources])] if sources else []
    counts = or_(Ledger.source_id.is_(None), *own)
    standing = _not_voided(frozenset(["voided"] * voided))
    query = select(Ledger.text).where(Ledger.activity_id == bindparam("activity"), counts, *standing)
    return Sentence(lambda: query.order_by(Ledger.seq.desc()).limit(DEFINITIONS_FROM))


def activity_definition(session: Session, iri: str) -> dict[str, Any]:
    """What the hub knows of an activity: the definitions of its latest statements over one another, the newest on top;
    else the dictionary's name under the language ``und``; else an empty dictionary."""
    found = _ACTIVITY.first(session, iri=stored_form(iri))
    if found is None:
        return {}
    voided = _FACTS.first(session).voided
    told = _definitions(tuple(definers(session)), voided=voided is not None)
    texts = [row.text for row in told.rows(session, activity=found.id, voided=voided)]
    merged: dict[str, Any] = {}
    for text in reversed(texts):
        statement: Any = load_own(text)
        _lay_over(merged, statement["object"].get("definition", {}))
    return merged or ({"name": {"und": found.name}} if found.name else {})


def _lay_over(merged: dict[str, Any], definition: dict[str, Any]) -> None:
    for field, value in definition.items():
        if field in ("name", "description", "extensions") and field in merged:
            merged[field] = {**merged[field], **value}
        else:
            merged[field] = value


_AGENT_NAME: Final = Sentence(lambda: select(Agent.name).where(Agent.ifi == bindparam("ifi")))


def agent_name(session: Session, ifi: str) -> str | None:
    """The display name under which an agent came, if any."""
    found = _AGENT_NAME.first(session, ifi=stored_form(ifi))
    return found.name if found is not None else None

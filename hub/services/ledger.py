"""The ledger's only door: statements become rows, traces and standings, and mark what they concern, in one unit of
work.

``prepare`` does all that needs no database (gather first), ``store`` all that does. The sequence number comes from a
counter row whose
lock is held to the commit, so the ledger commits in order and no cursor can pass an open writer (ADR "ledger
sequence").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from content.xapi.canonical import Role, activities_of, agents_of, digest, ifi, same, with_defaults
from content.xapi.formats import instant, remembered
from content.xapi.multipart import attachments_of
from content.xapi.parse import dump, load_own
from content.xapi.readings import Reading, read
from content.xapi.readings.moodle import repeated_id
from hub.db.types import to_micros
from hub.db.uow import driver
from hub.domain.evidence import EVENTS, Trace
from hub.models.river import (
    Ledger,
    StatementKey,
    Void,
)
from hub.services import erasure, folding, marking, source_days, statement_refs
from hub.services.dictionaries import activity_ids, agent_ids, upsert, verb_ids
from hub.services.driver_sql import Question, among, in_one_go, put, together
from hub.services.errors import StatementConflict, VoidForbidden
from hub.services.ledger_ranges import ensure_range
from hub.services.marking import mark_pairs
from hub.services.source import Source

_ACTOR = str(Role.ACTOR)
VOIDED = "http://adlnet.gov/expapi/verbs/voided"
#: A timestamp further ahead of the hub's clock than this counts as received now (DESIGN section 3).
AHEAD = 10 * 60 * 1_000_000
DAY = 86_400 * 1_000_000


@dataclass(frozen=True, slots=True)
class Attached:
    """The content of an attachment, already in the blob store: hash as the statement names it, blob, bytes, type."""

    sha2: str
    sha256: str
    size: int
    content_type: str


@dataclass(slots=True)
class Prepared:
    """A statement ready for the ledger; ``timestamp`` in µs UTC, ``timed`` when the sender gave it."""

    id: str
    text: str
    timed: bool
    verb: str
    actor: str | None
    object_iri: str | None
    registration: str | None
    timestamp: int
    agents: list[tuple[str, str]]
    activities: list[tuple[str, str]]
    names: dict[str, str]
    activity_names: dict[str, str]
    readings: list[Reading]
    voids: str | None
    names_statement: str | None = None
    attachments: tuple[Attached, ...] = ()


@dataclass(slots=True)
class IngestResult:
    """Ids in the order given; how many rows were written, which ids were known, whether a projection is owed.
    ``through``: the instant (µs UTC) up to which the ledger is complete with them."""

    ids: list[str]
    through: int = 0
    stored: int = 0
    duplicates: list[str] = field(default_factory=list)
    marked: bool = False


def prepare(
    statements: Iterable[dict[str, Any]],
    source: Source,
    now: datetime,
    contents: Mapping[str, Attached] | None = None,
) -> list[Prepared]:
    """Statements that passed ``content.xapi.grammar.check``, with id, timestamp and authority given where they were
    missing. ``contents``: attachments that came along, by the hash that statements name."""
    moment = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    authority = source.authority
    return [
        _prepare(_complete(s, source, moment, authority), source, contents, timed="timestamp" in s) for s in statements
    ]


def _complete(statement: dict[str, Any], source: Source, moment: str, authority: dict[str, Any]) -> dict[str, Any]:
    own = statement
    if "authority" in statement and not source.keeps_authority:
        own = {k: v for k, v in statement.items() if k != "authority"}
    given = None if "id" in own else repeated_id(own, str(source.id))
    whole = with_defaults(own, stored=moment, authority=authority, new_id=given)
    del whole["stored"]  # the column has it, and only the database knows it
    whole["id"] = whole["id"].lower()
    return whole


def _prepare(
    statement: dict[str, Any],
    source: Source,
    contents: Mapping[str, Attached] | None = None,
    *,
    timed: bool,
) -> Prepared:
    thing = statement["object"]
    verb = statement["verb"]["id"]
    kind = thing.get("objectType", "Activity")
    is_activity = kind == "Activity"
    actor = _name_of(statement["actor"])
    agents: list[tuple[str, str]] = []
    names: dict[str, str] = {}
    for role, agent in agents_of(statement):
        name = ifi(agent)
        if name != actor or role != _ACTOR:
            agents.append((role, name))
        if label := agent.get("name"):
            names[name] = label
    registration = statement.get("context", {}).get("registration")
    names_statement = thing["id"].lower() if kind == "StatementRef" else None
    return Prepared(  # without the names of its fields, which would take a microsecond more
        statement["id"],
        dump(statement),
        timed,
        verb,
        actor,
        thing["id"] if is_activity else None,
        registration.lower() if registration else None,
        _micros(statement["timestamp"]),
        agents,
        activities_of(statement)[1 if is_activity else 0 :],  # without the object
        names,
        _activity_names(thing) if is_activity else {},
        read(statement, trusted=source.trusted) if actor else [],
        names_statement if verb == VOIDED else None,
        names_statement,
        _attached(statement, contents) if contents else (),
    )


@remembered  # asked for by each reading of a statement
def _micros(timestamp: str) -> int:
    return to_micros(instant(timestamp))


def _attached(statement: dict[str, Any], contents: Mapping[str, Attached]) -> tuple[Attached, ...]:
    hashes = dict.fromkeys(attachment["sha2"].lower() for _, attachment in attachments_of(statement, "$"))
    return tuple(contents[sha2] for sha2 in hashes if sha2 in contents)


def _name_of(actor: dict[str, Any]) -> str | None:
    """The actor's identifier; an anonymous group has none."""
    try:
        return ifi(actor)
    except ValueError:
        return None


def _activity_names(thing: dict[str, Any]) -> dict[str, str]:
    names = thing.get("definition", {}).get("name", {})
    chosen = names.get("fr") or names.get("fr-FR") or next(iter(names.values()), None)
    return {thing["id"]: chosen} if chosen else {}


def ingest(session: Session, statements: Iterable[dict[str, Any]], source: Source, now: datetime) -> IngestResult:
    """``prepare`` and ``store`` at once, for callers that already are in a unit of work."""
    return store(session, prepare(statements, source, now), source, now)


def store(session: Session, prepared: Sequence[Prepared], source: Source, now: datetime) -> IngestResult:
    """Write statements, all or none. The same statement again is a duplicate and changes nothing.

    Raises StatementConflict (same id, other content; never for a trusted source) and VoidForbidden (a source voids
    only its own statements).
    """
    session.flush()  # what the caller's unit holds back counts for the queries in here, which SQLAlchemy does not see
    scrubbed = erasure.scrub(session, [p.text for p in prepared], entering=True)
    prepared = [
        replace(_prepare(s, source, timed=p.timed), attachments=p.attachments) if s else p
        for s, p in zip(scrubbed, prepared, strict=True)
    ]
    named = prepared if source.defines else ()
    agents = agent_ids(session, _agents(prepared), _names(named))
    activities = activity_ids(session, _iris(prepared), {k: v for p in named for k, v in p.activity_names.items()})
    verbs = verb_ids(session, {p.verb for p in prepared})
    ids = [p.id for p in prepared]
    pairs = {(agents[p.actor], activities[r.activity]) for p in prepared if p.actor for r in p.readings}
    [clock], known, waiting, voided, standings, linked = together(
        session,
        _numbers(len(prepared), now),  # from here to the commit this writer is alone
        Question("SELECT statement_id FROM statement_key WHERE statement_id {among}", ids, "text"),
        statement_refs.question(ids),
        _voided(ids),
        folding.question(session, pairs),
        marking.question(agent for agent, _ in pairs),
    )
    new, result = _sort_out(session, prepared, source, {row.statement_id for row in known})
    result.through = clock.stored
    if not new:
        return result
    numbers = {p.id: clock.seq - len(prepared) + 1 + i for i, p in enumerate(new)}
    keys = _Keys(numbers, agents, activities, verbs)
    ensure_range(session, clock.seq - len(prepared) + 1, clock.seq)
    targets = [p.voids for p in new if p.voids]
    if targets:
        _void(session, new, source)
        voided = together(session, _voided(ids))[0]
    with in_one_go(session):  # PostgreSQL works on what it has been told while the next is made
        _write_texts(session, new, keys, clock.stored, source)
        _write_names(session, new, keys)
        traces = _traces(new, keys, clock.stored, _heeded(voided, new, source))
        _write_traces(session, traces)
        first, changed = folding.folded(
            folding.found(standings), ((agent, activity, t) for _, _, agent, activity, _, t in traces)
        )
        folding.write(session, first, changed)
        _count_days(session, new, agents, clock.stored)
        source_days.count(session, source.id, clock.stored, statements=len(new))
    statement_refs.link(session, [(numbers[p.id], p.id, p.names_statement) for p in new], waiting)
    touched = {(agent, activity) for _, _, agent, activity, _, _ in traces}
    if targets:
        touched |= folding.void_traces(session, _seqs(session, targets))
        linked = together(session, marking.question(agent for agent, _ in touched))[0]
    result.marked = mark_pairs(session, touched, linked)
    result.stored = len(new)
    return result


def _agents(prepared: Sequence[Prepared]) -> set[str]:
    return {p.actor for p in prepared if p.actor} | {a for p in prepared for _, a in p.agents}


def _names(prepared: Sequence[Prepared]) -> dict[str, str]:
    return {k: v for p in prepared for k, v in p.names.items()}


def _iris(prepared: Sequence[Prepared]) -> set[str]:
    iris = {p.object_iri for p in prepared if p.object_iri}
    iris |= {iri for p in prepared for _, iri in p.activities}
    return iris | {r.activity for p in prepared for r in p.readings}


def _numbers(count: int, now: datetime) -> Question:
    """Takes so many sequence numbers, gives the last one and the stored instant in µs, which never goes back."""
    return Question(
        "INSERT INTO ledger_clock (id, seq, stored) VALUES (1, ?, ?) ON CONFLICT (id) DO UPDATE SET "
        "seq = ledger_clock.seq + excluded.seq, stored = CASE WHEN excluded.stored > ledger_clock.stored "
        "THEN excluded.stored ELSE ledger_clock.stored + 1 END RETURNING seq, stored",
        (count, to_micros(now)),
    )


def _sort_out(
    session: Session, prepared: Sequence[Prepared], source: Source, among_old: set[str]
) -> tuple[list[Prepared], IngestResult]:
    """The statements not known yet, each id once. ``among_old``: the ids that the ledger has.

    The hub's own ids say what they identify (series, revision, value): met again with other details of no account
    (a title that changed meanwhile, another timestamp) it is the same observation, never a conflict.
    """
    ids = [p.id for p in prepared]
    known: dict[str, str | None] = dict.fromkeys(among_old)
    if known and not source.trusted:
        known |= _texts(session, ids)
    result = IngestResult(ids)
    new: list[Prepared] = []
    for p in prepared:
        if p.id not in known:
            known[p.id] = p.text
            new.append(p)
            continue
        before = known[p.id]
        if before is not None and not source.trusted and not _says_the_same(p, before):
            raise StatementConflict(p.id)
        result.duplicates.append(p.id)
    return new, result


def _texts(session: Session, ids: list[str]) -> dict[str, str]:
    """What these ids said, those left out whose statement an erasure has changed."""
    query = (
        "SELECT k.statement_id, l.text FROM statement_key k JOIN ledger l ON l.seq = k.seq "
        "WHERE NOT k.redacted AND k.statement_id {among}"
    )
    return dict(tuple(row) for row in among(session, query, ids))


def _says_the_same(p: Prepared, before: str) -> bool:
    """Whether a statement is the one that the ledger has under its id. Compared only where an id comes again: a digest
    made of each statement on its way in would cost a twentieth of it."""
    now: Any = load_own(p.text)
    if not p.timed:
        del now["timestamp"]  # it was set here
    earlier: Any = load_own(before)
    return same(digest(earlier), digest(now))


@dataclass(frozen=True, slots=True)
class _Keys:
    """What stands for texts in the rows of a batch: sequence numbers by statement id, keys of the dictionaries."""

    numbers: dict[str, int]
    agents: dict[str, int]
    activities: dict[str, int]
    verbs: dict[str, int]


def _write_texts(session: Session, new: list[Prepared], keys: _Keys, stored: int, source: Source) -> None:
    by = source.id if source.id is None or not driver(session).on_sqlite else source.id.hex
    rows = [
        (
            keys.numbers[p.id],
            stored,
            _at(p.timestamp, stored),
            keys.agents[p.actor] if p.actor else None,
            keys.verbs[p.verb],
            keys.activities[p.object_iri] if p.object_iri else None,
            p.registration,
            by,
            p.text,
        )
        for p in new
    ]
    put(session, "ledger", _LEDGER, rows)


def _write_names(session: Session, new: list[Prepared], keys: _Keys) -> None:
    numbers, agents, activities = keys.numbers, keys.agents, keys.activities
    ids = [(numbers[p.id], p.id, "", False) for p in new]
    put(session, "statement_key", ("seq", "statement_id", "digest", "redacted"), ids)
    related = {(agents[a], numbers[p.id], role) for p in new for role, a in p.agents}
    put(session, "statement_agent", ("agent_id", "seq", "role"), sorted(related))
    about = {(activities[i], numbers[p.id], role) for p in new for role, i in p.activities}
    put(session, "statement_activity", ("activity_id", "seq", "role"), sorted(about))
    along = [(numbers[p.id], a.sha2, a.sha256, a.size, a.content_type) for p in new for a in p.attachments]
    put(session, "statement_attachment", ("seq", "sha2", "sha256", "size", "content_type"), along)


_LEDGER = ("seq", "stored", "at", "agent_id", "verb_id", "activity_id", "registration", "source_id", "text")


def _at(timestamp: int, stored: int) -> int:
    return stored if timestamp > stored + AHEAD else timestamp


def _void(session: Session, new: list[Prepared], source: Source) -> None:
    """Record the voidings of this batch. Raises VoidForbidden; what it voids of its own batch is its own."""
    targets = {p.voids: p.id for p in new if p.voids}
    query = (
        select(StatementKey.statement_id, Ledger.source_id)
        .join(Ledger, Ledger.seq == StatementKey.seq)
        .where(StatementKey.statement_id.in_(targets))
    )
    for sid, owner in session.execute(query):
        if not source.voids_any and owner != source.id:
            raise VoidForbidden(sid)
    rows = [
        {"statement_id": target, "voided_by": by, "source_id": source.id, "any_authority": source.voids_any}
        for target, by in sorted(targets.items())
    ]
    session.execute(upsert(session, Void.__table__).on_conflict_do_nothing(), rows)


def _voided(ids: Sequence[str]) -> Question:
    """The question which voidings of these ids there are, and by whom."""
    return Question("SELECT statement_id, any_authority, source_id FROM void WHERE statement_id {among}", ids, "text")


def _heeded(voidings: Iterable[Any], new: list[Prepared], source: Source) -> set[str]:
    """The ids among ``new`` that are voided, by this batch or before it, by who may."""
    found = {
        sid
        for sid, any_authority, by in voidings
        if any_authority or (None if by is None else UUID(str(by))) == source.id
    }
    return found - {p.id for p in new if p.voids}  # a voiding statement cannot be voided (xAPI 1.0.3 Part Two 2.3.2)


Row = tuple[int, int, int, int, str, Trace]


def _traces(new: list[Prepared], keys: _Keys, stored: int, voided: set[str]) -> list[Row]:
    return [
        (
            keys.numbers[p.id],
            n,
            keys.agents[p.actor],
            keys.activities[r.activity],
            r.attempt,
            _trace(p, r, stored, voided=p.id in voided),
        )
        for p in new
        if p.actor
        for n, r in enumerate(p.readings)
    ]


def _trace(p: Prepared, r: Reading, stored: int, *, voided: bool) -> Trace:
    at = _at(_micros(r.at) if r.at else p.timestamp, stored)
    seconds = round(r.minutes * 60) if r.minutes else 0
    value = r.value if r.value is not None or r.kind not in ("attended", "opened") else (r.minutes or 1.0)
    return Trace(str(r.kind), r.series or EVENTS, r.revision or 0, value, seconds, at, p.id, voided)


def _write_traces(session: Session, traces: list[Row]) -> None:
    rows = [
        (
            seq,
            n,
            agent,
            activity,
            t.kind,
            t.series,
            t.revision,
            attempt,
            t.value,
            t.seconds,
            t.at,
            t.voided,
        )
        for seq, n, agent, activity, attempt, t in traces
    ]
    put(session, "trace", _TRACE, rows)


_TRACE = (
    "seq",
    "n",
    "agent_id",
    "activity_id",
    "kind",
    "series",
    "revision",
    "attempt",
    "value",
    "seconds",
    "at",
    "voided",
)


def _seqs(session: Session, ids: Iterable[str]) -> list[int]:
    voidings = select(Ledger.seq).join(StatementKey, StatementKey.seq == Ledger.seq)
    return list(session.scalars(voidings.where(StatementKey.statement_id.in_(list(ids)))))


def _count_days(session: Session, new: list[Prepared], agents: dict[str, int], stored: int) -> None:
    counts: dict[tuple[int, int], int] = {}
    for p in new:
        if p.actor is None:
            continue
        key = (agents[p.actor], _at(p.timestamp, stored) // DAY)
        counts[key] = counts.get(key, 0) + 1
    put(
        session,
        "agent_day",
        ("agent_id", "day", "count"),
        [(a, d, n) for (a, d), n in sorted(counts.items())],
        "ON CONFLICT (agent_id, day) DO UPDATE SET count = agent_day.count + excluded.count",
    )


def head(session: Session) -> int:
    """The last sequence number written; 0 for an empty ledger."""
    return session.scalar(select(func.max(Ledger.seq))) or 0


def source_of(session: Session, statement_id: str) -> UUID | None:
    """Source of a statement (None: the hub itself, or unknown)."""
    query = select(Ledger.source_id).join(StatementKey, StatementKey.seq == Ledger.seq)
    return session.scalar(query.where(StatementKey.statement_id == statement_id))

"""The river's tables: ledger, trace, standing and the projections (DESIGN section 6).

Keys are integers into dictionaries, instants are microseconds since 1970 UTC, durations whole seconds. Rows are
written by
``hub.services.ledger`` and ``hub.services.projection`` alone.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import DDL, BigInteger, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, event, false
from sqlalchemy.orm import Mapped, mapped_column

from hub.db.base import LONG, Base
from hub.db.types import BigKey, Json


class Agent(Base):
    """An identity in xAPI's form. ``ifi`` is its canonical text; ``person_id`` the person it is linked to, if any."""

    __tablename__ = "agent"
    __table_args__ = (Index("ix_agent_person_id", "person_id"), {"sqlite_autoincrement": True})
    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    ifi: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str | None]
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))


class Verb(Base):
    """Dictionary of verb IRIs."""

    __tablename__ = "verb"
    __table_args__ = ({"sqlite_autoincrement": True},)
    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    iri: Mapped[str] = mapped_column(Text, unique=True)


class XapiActivity(Base):
    """Dictionary of activity IRIs. ``canonical_id``: this IRI is another name of that activity."""

    __tablename__ = "activity"
    __table_args__ = (Index("ix_activity_canonical_id", "canonical_id"), {"sqlite_autoincrement": True})
    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    iri: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str | None]
    canonical_id: Mapped[int | None] = mapped_column(BigKey, ForeignKey("activity.id"))


class LedgerClock(Base):
    """One row: the last sequence number given, and the instant up to which the ledger is complete. Its row lock is held
    to the commit, so the ledger commits in order."""

    __tablename__ = "ledger_clock"
    id: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger, default=0)
    stored: Mapped[int] = mapped_column(BigInteger, default=0)


class StatementKey(Base):
    """Every statement id ever accepted. ``redacted``: an erasure has changed its text. ``digest`` is empty since what
    comes again is compared with the ledger's own text; a later version drops it."""

    __tablename__ = "statement_key"
    seq: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    statement_id: Mapped[str] = mapped_column(String(36), unique=True)
    digest: Mapped[str]
    redacted: Mapped[bool] = mapped_column(default=False)


class Void(Base):
    """A voiding that was accepted. It may stand here before its target arrives."""

    __tablename__ = "void"
    statement_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    voided_by: Mapped[str] = mapped_column(String(36), primary_key=True)
    source_id: Mapped[UUID | None] = mapped_column(ForeignKey("xapi_source.id"))
    any_authority: Mapped[bool] = mapped_column(default=False)


class Ledger(Base):
    """The statements as accepted, in the order of ``seq``. ``at`` is the timestamp that counts, ``source_id`` who
    sent it (none: the hub);
    ``agent_id`` is none for an anonymous group. ``text`` is the statement without ``stored``, which is the column's."""

    __tablename__ = "ledger"
    __table_args__ = (
        Index("ix_ledger_agent_seq", "agent_id", "seq"),
        Index("ix_ledger_activity_seq", "activity_id", "seq"),
        Index("ix_ledger_verb_seq", "verb_id", "seq"),
        Index("ix_ledger_registration_seq", "registration", "seq"),
        Index("ix_ledger_source_seq", "source_id", "seq"),
        {"postgresql_partition_by": "RANGE (seq)"},
    )
    seq: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    stored: Mapped[int] = mapped_column(BigInteger, index=True)
    at: Mapped[int] = mapped_column(BigInteger)
    agent_id: Mapped[int | None] = mapped_column(BigKey)
    verb_id: Mapped[int] = mapped_column(BigKey)
    activity_id: Mapped[int | None] = mapped_column(BigKey)
    registration: Mapped[str | None] = mapped_column(String(36))
    source_id: Mapped[UUID | None]
    text: Mapped[str] = mapped_column(Text, info=LONG)


#: Statements of one range of the ledger on PostgreSQL, a table of its own (DESIGN section 6).
RANGE = 50_000_000


def range_sql(number: int, size: int = RANGE) -> str:
    """The statement that makes a range of the ledger on PostgreSQL, if it is not there."""
    low = "MINVALUE" if number == 0 else str(number * size)
    return (
        f"CREATE TABLE IF NOT EXISTS ledger_r{number} PARTITION OF ledger FOR VALUES FROM ({low}) "
        f"TO ({(number + 1) * size})"
    )


event.listen(Ledger.__table__, "after_create", DDL(range_sql(0)).execute_if(dialect="postgresql"))  # type: ignore[no-untyped-call]  # DDL is untyped in SQLAlchemy


class StatementAgent(Base):
    """Agents of a statement beside its actor: ``role`` object, authority, instructor, team, member, sub…"""

    __tablename__ = "statement_agent"
    agent_id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    seq: Mapped[int] = mapped_column(BigKey, primary_key=True, index=True)
    role: Mapped[str] = mapped_column(String(16), primary_key=True)


class StatementActivity(Base):
    """Activities of a statement beside its object: ``role`` parent, grouping, category, other, sub…"""

    __tablename__ = "statement_activity"
    activity_id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    seq: Mapped[int] = mapped_column(BigKey, primary_key=True, index=True)
    role: Mapped[str] = mapped_column(String(16), primary_key=True)


class StatementTarget(Base):
    """A statement whose object is another statement: the id it names, which may not have arrived yet."""

    __tablename__ = "statement_target"
    seq: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    statement_id: Mapped[str] = mapped_column(String(36), index=True)


class StatementRef(Base):
    """``seq`` names ``target_seq``, directly or over others: what filters find by its target is found through here."""

    __tablename__ = "statement_ref"
    seq: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    target_seq: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False, index=True)


class StatementAttachment(Base):
    """The content of an attachment that came along with a statement. ``sha2`` as the statement names it, in lower
    case; ``sha256`` names the blob."""

    __tablename__ = "statement_attachment"
    seq: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    sha2: Mapped[str] = mapped_column(String(128), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int] = mapped_column(BigInteger)
    content_type: Mapped[str]


class TraceRow(Base):
    """What a statement says of learning, read once at ingest (``content.xapi.readings``)."""

    __tablename__ = "trace"
    __table_args__ = (Index("ix_trace_fold", "agent_id", "activity_id", "kind", "series", "at"),)
    seq: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    agent_id: Mapped[int] = mapped_column(BigKey)
    activity_id: Mapped[int] = mapped_column(BigKey)
    kind: Mapped[str] = mapped_column(String(16))
    series: Mapped[str] = mapped_column(Text, default="")
    revision: Mapped[int] = mapped_column(BigInteger, default=0)
    attempt: Mapped[str] = mapped_column(Text, default="")
    value: Mapped[float | None]
    seconds: Mapped[int] = mapped_column(BigInteger, default=0)
    at: Mapped[int] = mapped_column(BigInteger)
    voided: Mapped[bool] = mapped_column(default=False)


class StandingRow(Base):
    """Fold of the traces of one agent, activity, kind and series (``''``: all events). See
    ``hub.domain.evidence.Standing``."""

    __tablename__ = "standing"
    agent_id: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    activity_id: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    series: Mapped[str] = mapped_column(Text, primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger, default=0)
    value: Mapped[float | None]
    at: Mapped[int | None] = mapped_column(BigInteger)
    statement_id: Mapped[str | None] = mapped_column(String(36))
    last_value: Mapped[float | None]
    last_at: Mapped[int | None] = mapped_column(BigInteger)
    last_id: Mapped[str | None] = mapped_column(String(36))
    first_at: Mapped[int | None] = mapped_column(BigInteger)
    seconds: Mapped[int] = mapped_column(BigInteger, default=0)
    revision: Mapped[int] = mapped_column(BigInteger, default=-1)
    peak: Mapped[float | None]
    peak_at: Mapped[int | None] = mapped_column(BigInteger)
    peak_id: Mapped[str | None] = mapped_column(String(36))
    peak_seconds: Mapped[int] = mapped_column(BigInteger, default=0)


class BindingRow(Base):
    """Which step of which version an activity speaks of: written at publishing, derived from the version's document."""

    __tablename__ = "binding"
    __table_args__ = (Index("ix_binding_version_id", "version_id"),)
    activity_id: Mapped[int] = mapped_column(BigKey, ForeignKey("activity.id"), primary_key=True)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("path_version.id"), primary_key=True)
    step_id: Mapped[UUID] = mapped_column(primary_key=True)
    variant_id: Mapped[UUID | None]
    resource_id: Mapped[UUID | None] = mapped_column(index=True)


class StepStateRow(Base):
    """Projection of one step for one enrolment; may be thrown away and rebuilt. See
    ``hub.domain.progress.StepState``."""

    __tablename__ = "step_state"
    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolment.id", ondelete="CASCADE"), primary_key=True)
    step_id: Mapped[UUID] = mapped_column(primary_key=True)
    result: Mapped[str] = mapped_column(String(16))
    share: Mapped[float]
    best: Mapped[float | None]
    last: Mapped[float | None]
    seconds: Mapped[int] = mapped_column(BigInteger, default=0)
    done_at: Mapped[int | None] = mapped_column(BigInteger)
    first_opened_at: Mapped[int | None] = mapped_column(BigInteger)
    last_at: Mapped[int | None] = mapped_column(BigInteger)
    statement_id: Mapped[str | None] = mapped_column(String(36))
    fallen: Mapped[str | None] = mapped_column(String(16))
    fallen_id: Mapped[str | None] = mapped_column(String(36))


class PathStateRow(Base):
    """Projection of a whole enrolment. ``steps`` is the compact copy of its step states that grids read in one row;
    ``hours`` the lines
    of ``hub.domain.progress.HourLine``."""

    __tablename__ = "path_state"
    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolment.id", ondelete="CASCADE"), primary_key=True)
    share: Mapped[float]
    complete: Mapped[bool]
    minutes: Mapped[int]
    done_steps: Mapped[int]
    last_at: Mapped[int | None] = mapped_column(BigInteger)
    steps: Mapped[list[Any]] = mapped_column(Json)
    hours: Mapped[list[Any]] = mapped_column(Json)


class AgentDay(Base):
    """Statements of an agent by day, for the heat strip and "silent since": folded at ingest, so that no page counts
    the ledger."""

    __tablename__ = "agent_day"
    agent_id: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    day: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    count: Mapped[int] = mapped_column(BigInteger, default=0)


class SourceDay(Base):
    """What a source sent, by day of arrival (days since 1970, UTC): statements stored, refusals noted. Counted at
    ingest, so that no page counts the ledger. The hub itself is the source of id zero."""

    __tablename__ = "source_day"
    source_id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    statements: Mapped[int] = mapped_column(BigInteger, default=0)
    refusals: Mapped[int] = mapped_column(BigInteger, default=0)


class Dirty(Base):
    """An enrolment whose projection is owed. ``token`` changes with each mark, so that a mark made meanwhile is not
    lost."""

    __tablename__ = "dirty"
    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolment.id", ondelete="CASCADE"), primary_key=True)
    token: Mapped[int] = mapped_column(BigInteger)


class XapiSource(Base):
    """Who may send statements: a credential. The secret is kept as a keyed hash only.

    ``lenient``: known faults of its emitter are repaired. ``keeps_authority``: a trusted forwarder, whose statements
    keep the authority they came with. ``per_minute`` requests and ``largest_body`` bytes: its own limits, if any.
    ``last_repair``: what was repaired last, by fault. ``profile_mode``: empty, ``report`` or ``strict``, by the
    ``profiles`` (ids, or ``hub``).
    """

    __tablename__ = "xapi_source"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    key: Mapped[str] = mapped_column(unique=True)
    secret_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    scopes: Mapped[list[str]] = mapped_column(Json)
    platform_id: Mapped[UUID | None] = mapped_column(ForeignKey("platform.id"))
    active: Mapped[bool] = mapped_column(default=True)
    lenient: Mapped[bool] = mapped_column(default=False, server_default=false())
    keeps_authority: Mapped[bool] = mapped_column(default=False, server_default=false())
    per_minute: Mapped[int | None] = mapped_column(BigInteger)
    largest_body: Mapped[int | None] = mapped_column(BigInteger)
    profile_mode: Mapped[str] = mapped_column(String(8), default="", server_default="")
    profiles: Mapped[list[Any] | None] = mapped_column(Json)
    last_repair: Mapped[dict[str, Any] | None] = mapped_column(Json)
    last_accepted_at: Mapped[int | None] = mapped_column(BigInteger)
    last_refused_at: Mapped[int | None] = mapped_column(BigInteger)
    last_refusal: Mapped[dict[str, Any] | None] = mapped_column(Json)


class Document(Base):
    """A document of the xAPI document resources: state, agent profile, activity profile."""

    __tablename__ = "xapi_document"
    __table_args__ = (UniqueConstraint("resource", "activity_id", "agent_id", "registration", "name"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    resource: Mapped[str] = mapped_column(String(16))
    activity_id: Mapped[int] = mapped_column(BigKey, default=0)
    agent_id: Mapped[int] = mapped_column(BigKey, default=0)
    registration: Mapped[str] = mapped_column(String(36), default="")
    name: Mapped[str]
    content_type: Mapped[str]
    content: Mapped[bytes]
    etag: Mapped[str] = mapped_column(String(64))
    updated: Mapped[int] = mapped_column(BigInteger, index=True)


class Erasure(Base):
    """An erased identity: a keyed hash, so that no later sync brings it back, and the pseudonym that took its place."""

    __tablename__ = "erasure"
    ifi_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    pseudonym: Mapped[str]
    at: Mapped[int] = mapped_column(BigInteger)
    by: Mapped[UUID | None]

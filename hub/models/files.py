"""What came by hand: partners' files with their reports, signed sheets; calendars read and calendars given out."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from hub.db.base import Base, Id
from hub.db.types import Json, Secret


class FileImport(Base):
    """A file of a partner. ``kind``: ``roster``, ``results``, ``attendance``; ``state``: ``columns`` (to be mapped),
    ``checking``, ``checked`` (waits for a person), ``applying``, ``done``, ``refused`` (see ``error``), ``dropped``.

    ``mapping``: target -> header; ``done`` lines of the present pass; ``planned`` and ``written`` count lines by fate.
    ``sha256`` is empty once the file is forgotten.
    """

    __tablename__ = "file_import"
    id: Mapped[Id]
    platform_id: Mapped[UUID] = mapped_column(ForeignKey("platform.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    name: Mapped[str]
    sha256: Mapped[str] = mapped_column(String(64), default="")
    size: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(12), default="columns")
    mapping: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    done: Mapped[int] = mapped_column(default=0)
    planned: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    written: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    error: Mapped[dict[str, Any] | None] = mapped_column(Json)
    created_at: Mapped[datetime]
    created_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    ended_at: Mapped[datetime | None]


class FileImportLine(Base):
    """A line that is not simply as before: what becomes (or became) of it and why. ``fate``: ``create``, ``change``,
    ``refuse``, ``same``; ``notes``: [code, what stands in the file]."""

    __tablename__ = "file_import_line"
    __table_args__ = (Index("ix_file_import_line_fate", "import_id", "fate", "number"),)
    import_id: Mapped[UUID] = mapped_column(ForeignKey("file_import.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    fate: Mapped[str] = mapped_column(String(8))
    who: Mapped[str]
    notes: Mapped[list[Any]] = mapped_column(Json, default=list)


class SignedSheet(Base):
    """A signed sheet as the partner gave it, kept beside the presences that it proves. ``course`` and ``session`` are
    the partner's ids; ``day`` in the partner's zone; ``origin``: the system that it comes from."""

    __tablename__ = "signed_sheet"
    __table_args__ = (Index("ix_signed_sheet_session", "platform_id", "course", "session"),)
    id: Mapped[Id]
    platform_id: Mapped[UUID] = mapped_column(ForeignKey("platform.id"))
    course: Mapped[str]
    session: Mapped[str]
    title: Mapped[str]
    day: Mapped[date]
    name: Mapped[str]
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    origin: Mapped[str]
    added_at: Mapped[datetime]
    added_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))


class CalendarSource(Base):
    """A partner's or a trainer's calendar whose events are proposed as séances of one activity (``iri``). ``url`` is a
    secret: who has it reads the calendar; None where the file is handed in."""

    __tablename__ = "calendar_source"
    id: Mapped[Id]
    name: Mapped[str]
    url: Mapped[Secret | None]
    iri: Mapped[str]
    group_id: Mapped[UUID] = mapped_column(ForeignKey("group.id"))
    trainer_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    room_id: Mapped[UUID | None] = mapped_column(ForeignKey("room.id"))
    proposed: Mapped[list[Any]] = mapped_column(Json, default=list)
    last_read_at: Mapped[datetime | None]
    last_error: Mapped[dict[str, Any] | None] = mapped_column(Json)
    created_at: Mapped[datetime]
    created_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))


class CalendarEvent(Base):
    """An occurrence of an event (RFC 5545: UID, and RECURRENCE-ID where it recurs) and the séance that it became."""

    __tablename__ = "calendar_event"
    source_id: Mapped[UUID] = mapped_column(ForeignKey("calendar_source.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    seance_id: Mapped[UUID] = mapped_column(ForeignKey("seance.id"))
    sequence: Mapped[int]
    told: Mapped[dict[str, Any]] = mapped_column(Json)


class CalendarFeed(Base):
    """An address that gives one person's séances, or those of a group to one person, until it is revoked. Only the
    keyed hash of its token is kept."""

    __tablename__ = "calendar_feed"
    id: Mapped[Id]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    group_id: Mapped[UUID | None] = mapped_column(ForeignKey("group.id"))
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    used_on: Mapped[date | None]

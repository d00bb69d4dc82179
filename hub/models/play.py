"""Playing packages: attempts, which keep what to resume from, and the sessions that write them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hub.db.base import Base, Id
from hub.db.types import Json


class PlayAttempt(Base):
    """One try of a person at a package, of one version of it from beginning to end. ``registration`` is its name in
    statements, ``iri`` the activity they speak of. ``state`` belongs to the format; ``summary`` is what it comes to
    (``completed``, ``passed``, ``score`` 0..1, ``progress`` 0..1, ``seconds``); ``oddities`` what was refused or cut
    (code -> how often, and the last of it), for the trainer."""

    __tablename__ = "play_attempt"
    __table_args__ = (
        UniqueConstraint("enrolment_id", "activity_id", "number"),
        Index("ix_play_attempt_enrolment_id_step_id", "enrolment_id", "step_id"),
    )
    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolment.id"))
    step_id: Mapped[UUID]
    activity_id: Mapped[UUID]
    resource_id: Mapped[UUID] = mapped_column(ForeignKey("resource.id"), index=True)
    package_id: Mapped[UUID] = mapped_column(ForeignKey("package.id"))
    iri: Mapped[str]
    number: Mapped[int]
    registration: Mapped[UUID] = mapped_column(index=True)
    state: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    summary: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    oddities: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    started_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class PlaySession(Base):
    """One opening of an attempt in a browser. ``ticket`` is what it was opened with, so that it opens once; ``seq`` the
    last message taken; the newest session that wrote owns the attempt."""

    __tablename__ = "play_session"
    id: Mapped[Id]
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("play_attempt.id"), index=True)
    ticket: Mapped[str] = mapped_column(String(32), unique=True)
    seq: Mapped[int] = mapped_column(BigInteger, default=0)
    answer: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    state: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    opened_at: Mapped[datetime]
    last_at: Mapped[datetime]
    ended: Mapped[bool] = mapped_column(default=False)


class PlayShared(Base):
    """Something that SCORM contents keep for a person across packages (SN 3.10.2, RTE 4.3). ``kind``: ``objective``,
    whose ``value`` is what is known of it (``hub.domain.sequencing.tree.FIELDS``), or ``data``, whose ``value`` holds
    the ``text``. ``name`` is the identifier that manifests give it, as it is compared; ``digest`` its SHA-256, since
    names may be too long for an index."""

    __tablename__ = "play_shared"
    __table_args__ = (UniqueConstraint("person_id", "kind", "digest"),)
    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(9))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    name: Mapped[str]
    value: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    changed_at: Mapped[datetime]

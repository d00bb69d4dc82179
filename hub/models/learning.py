"""Paths and what is done with them: versions, catalogue, enrolments, launches, claims, deposits, help."""

from __future__ import annotations

import time
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint, event
from sqlalchemy.orm import Mapped, mapped_column, object_session

from hub.db.base import Base, Id
from hub.db.types import Json


class LearningPath(Base):
    """A path; what it says is in its versions. ``of_resource_id``: made of one entry of the catalogue alone, for
    partners' LMSs to open it; such a path stands on no list of paths."""

    __tablename__ = "learning_path"
    id: Mapped[Id]
    title: Mapped[str]
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    created_at: Mapped[datetime]
    archived: Mapped[bool] = mapped_column(default=False)
    of_resource_id: Mapped[UUID | None] = mapped_column(ForeignKey("resource.id"), unique=True)


class PathVersion(Base):
    """One numbered version. ``document`` is a ``hub.domain.path.PathDocument``; it changes only while ``state`` is
    ``draft``.
    ``revision`` guards two designers from overwriting each other."""

    __tablename__ = "path_version"
    __table_args__ = (UniqueConstraint("path_id", "number"),)
    id: Mapped[Id]
    path_id: Mapped[UUID] = mapped_column(ForeignKey("learning_path.id"))
    number: Mapped[int]
    state: Mapped[str] = mapped_column(String(12), default="draft")
    document: Mapped[dict[str, Any]] = mapped_column(Json)
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    published_at: Mapped[datetime | None]
    published_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))


class Resource(Base):
    """An entry of the catalogue: LTI link, remote course or module, web link, package.
    ``iri`` is the xAPI activity its evidence names; ``brings`` what it declares to bring back; ``codes`` are
    ``formacode:46270``; ``picture`` the SHA-256 of a blob. ``stamp``: when the row was written, in microseconds of the
    machine's clock, for the index in memory (ADR 19)."""

    __tablename__ = "resource"
    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(24))
    title: Mapped[str]
    summary: Mapped[str] = mapped_column(default="")
    iri: Mapped[str] = mapped_column(index=True)
    url: Mapped[str] = mapped_column(default="")
    platform_id: Mapped[UUID | None] = mapped_column(ForeignKey("platform.id"))
    remote_id: Mapped[str] = mapped_column(default="")
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("resource.id"))
    language: Mapped[str] = mapped_column(String(8), default="fr")
    modality: Mapped[str] = mapped_column(String(12), default="own_pace")
    minutes: Mapped[int] = mapped_column(default=0)
    megabytes: Mapped[float] = mapped_column(default=0)
    phone: Mapped[str] = mapped_column(String(12), default="yes")
    brings: Mapped[list[Any]] = mapped_column(Json, default=list)
    custom: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    licence: Mapped[str] = mapped_column(default="")
    keywords: Mapped[list[str]] = mapped_column(Json, default=list, server_default="[]")
    skills: Mapped[list[str]] = mapped_column(Json, default=list, server_default="[]")
    codes: Mapped[list[str]] = mapped_column(Json, default=list, server_default="[]")
    equipment: Mapped[list[str]] = mapped_column(Json, default=list, server_default="[]")
    picture: Mapped[str] = mapped_column(String(64), default="", server_default="")
    picture_text: Mapped[str] = mapped_column(default="", server_default="")
    created_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    stamp: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0", index=True)


@event.listens_for(Resource, "before_insert")
@event.listens_for(Resource, "before_update")
def _stamp(_mapper: Any, _connection: Any, row: Resource) -> None:
    """Whoever writes a resource tells the indexes in memory, in the same unit."""
    session = object_session(row)
    if session is not None and session.is_modified(row):
        row.stamp = time.time_ns() // 1000


class Collection(Base):
    """Resources put together by someone, in an order. ``shared``: the others of the place see it too."""

    __tablename__ = "collection"
    id: Mapped[Id]
    title: Mapped[str]
    summary: Mapped[str] = mapped_column(default="")
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    shared: Mapped[bool] = mapped_column(default=False)
    items: Mapped[list[str]] = mapped_column(Json, default=list)
    changed_at: Mapped[datetime]


class Enrolment(Base):
    """A person in a version of a path. ``choices`` step id -> variant id; ``waivers`` step id -> {by, why, at};
    ``acknowledged`` step id -> {statement: whose fall was looked at, seq: how far the ledger had come};
    ``agreed_plan`` hours by modality and dates of a funded one."""

    __tablename__ = "enrolment"
    __table_args__ = (Index("ix_enrolment_version_id_state", "version_id", "state"),)
    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    path_id: Mapped[UUID] = mapped_column(ForeignKey("learning_path.id"))
    version_id: Mapped[UUID] = mapped_column(ForeignKey("path_version.id"))
    group_id: Mapped[UUID | None] = mapped_column(ForeignKey("group.id"), index=True)
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    funding: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(String(12), default="active")
    entered_on: Mapped[date]
    ends_on: Mapped[date | None]
    counts_from: Mapped[datetime | None]
    choices: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    waivers: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    acknowledged: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    agreed_plan: Mapped[dict[str, Any] | None] = mapped_column(Json)
    hours_owner: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    created_at: Mapped[datetime]


class SwitchRequest(Base):
    """A change of variant that breaks the agreed plan: effective when the person responsible accepts."""

    __tablename__ = "switch_request"
    id: Mapped[Id]
    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolment.id"), index=True)
    step_id: Mapped[UUID]
    variant_id: Mapped[UUID]
    limits: Mapped[list[Any]] = mapped_column(Json)
    asked_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(12), default="asked")
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    answer: Mapped[str] = mapped_column(default="")


class Launch(Base):
    """An activity opened through the hub: what makes a step "en attente" rather than "pas commencé", and owns the
    hours."""

    __tablename__ = "launch"
    __table_args__ = (Index("ix_launch_enrolment_id_step_id", "enrolment_id", "step_id"),)
    id: Mapped[Id]
    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolment.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    step_id: Mapped[UUID]
    activity_id: Mapped[UUID]
    iri: Mapped[str]
    at: Mapped[datetime]


class Claim(Base):
    """ "J'ai terminé": the learner's word, awaiting confirmation. ``task_at``: when it becomes a task of the
    trainer."""

    __tablename__ = "claim"
    __table_args__ = (Index("ix_claim_enrolment_id_step_id", "enrolment_id", "step_id"),)
    id: Mapped[Id]
    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolment.id"))
    step_id: Mapped[UUID]
    at: Mapped[datetime]
    task_at: Mapped[datetime] = mapped_column(index=True)
    closed_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(String(16), default="")


class Deposit(Base):
    """Work handed in on a step: files, a photo, a link. Accepted or returned by the named trainer."""

    __tablename__ = "deposit"
    __table_args__ = (Index("ix_deposit_enrolment_id_step_id", "enrolment_id", "step_id"),)
    id: Mapped[Id]
    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolment.id"))
    step_id: Mapped[UUID]
    activity_id: Mapped[UUID | None]
    files: Mapped[list[Any]] = mapped_column(Json, default=list)
    link: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(String(12), default="handed_in")
    handed_in_at: Mapped[datetime]
    trainer_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    answer: Mapped[str] = mapped_column(default="")


class Upload(Base):
    """A resumable upload: bytes received so far, in a file of the blob store's waiting room."""

    __tablename__ = "upload"
    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str]
    content_type: Mapped[str]
    size: Mapped[int]
    received: Mapped[int] = mapped_column(default=0)
    sha256: Mapped[str] = mapped_column(String(64), default="")
    started_at: Mapped[datetime]


class HelpRequest(Base):
    """ "Besoin d'aide": a message or a call back, tied to a step, routed to a trainer or mediator, kept as tutoring
    evidence."""

    __tablename__ = "help_request"
    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    enrolment_id: Mapped[UUID | None] = mapped_column(ForeignKey("enrolment.id"))
    step_id: Mapped[UUID | None]
    kind: Mapped[str] = mapped_column(String(12))
    page: Mapped[str] = mapped_column(default="")
    assignee_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(12), default="open", index=True)
    closed_at: Mapped[datetime | None]


class HelpMessage(Base):
    """One message of a request for help."""

    __tablename__ = "help_message"
    id: Mapped[Id]
    request_id: Mapped[UUID] = mapped_column(ForeignKey("help_request.id"), index=True)
    author_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    text: Mapped[str]

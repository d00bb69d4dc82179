"""Places, rooms, séances and attendance. A séance is local wall time and the IANA zone of its place."""

from __future__ import annotations

from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from hub.db.base import Base, Id


class Place(Base):
    """A site with an address and a zone."""

    __tablename__ = "place"
    id: Mapped[Id]
    name: Mapped[str]
    address: Mapped[str] = mapped_column(default="")
    zone: Mapped[str] = mapped_column(default="Europe/Paris")
    access: Mapped[str] = mapped_column(default="")


class Room(Base):
    """A room or a technical platform (plateau technique) of a place. ``needs_skill``: the safety authorisation asked
    for at the door."""

    __tablename__ = "room"
    id: Mapped[Id]
    place_id: Mapped[UUID] = mapped_column(ForeignKey("place.id"))
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(String(24), default="room")
    seats: Mapped[int] = mapped_column(default=12)
    needs_skill: Mapped[str] = mapped_column(default="")


class Seance(Base):
    """One meeting of a group, on site, at a distance or both. ``iri`` is the activity (series) it belongs to.

    ``video_platform_id``: where the hub holds its video class (else ``meeting_url``, which is somebody's own);
    ``video_recorded``: whether its trainer may record it.
    """

    __tablename__ = "seance"
    __table_args__ = (Index("ix_seance_day", "day"), Index("ix_seance_iri", "iri"))
    id: Mapped[Id]
    title: Mapped[str]
    iri: Mapped[str]
    modality: Mapped[str] = mapped_column(String(12))
    group_id: Mapped[UUID | None] = mapped_column(ForeignKey("group.id"), index=True)
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    trainer_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    room_id: Mapped[UUID | None] = mapped_column(ForeignKey("room.id"))
    day: Mapped[date]
    starts: Mapped[time]
    ends: Mapped[time]
    zone: Mapped[str] = mapped_column(default="Europe/Paris")
    seats: Mapped[int | None]
    meeting_url: Mapped[str] = mapped_column(default="")
    video_platform_id: Mapped[UUID | None] = mapped_column(ForeignKey("platform.id"))
    video_recorded: Mapped[bool] = mapped_column(default=False, server_default=false())
    cancelled_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


class Seat(Base):
    """A learner expected at a séance (beyond the group's members), or on its waiting list.

    ``state``: ``expected``, ``waiting``, ``offered`` (a freed seat, until ``offered_until``), ``lapsed`` (nobody
    answered in time)."""

    __tablename__ = "seat"
    seance_id: Mapped[UUID] = mapped_column(ForeignKey("seance.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)
    state: Mapped[str] = mapped_column(String(12), default="expected")
    taken_at: Mapped[datetime]
    offered_until: Mapped[datetime | None]


class Attendance(Base):
    """Presence of one person in one half-day of a séance. Corrections are new rows: the highest ``revision`` counts.

    ``origin``: what counted the minutes (a video class) where no person did; ``counted``: minutes that it counted,
    fewer than from arrival to departure for who went away in between.
    """

    __tablename__ = "attendance"
    __table_args__ = (UniqueConstraint("seance_id", "person_id", "half_day", "revision"),)
    id: Mapped[Id]
    seance_id: Mapped[UUID] = mapped_column(ForeignKey("seance.id"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    half_day: Mapped[str] = mapped_column(String(10))
    revision: Mapped[int]
    presence: Mapped[str] = mapped_column(String(10))
    mode: Mapped[str] = mapped_column(String(8), default="room")
    arrived: Mapped[time | None]
    left: Mapped[time | None]
    minutes: Mapped[int]
    reason: Mapped[str] = mapped_column(default="")
    origin: Mapped[str] = mapped_column(default="", server_default="")
    counted: Mapped[int | None]
    enrolment_id: Mapped[UUID | None] = mapped_column(ForeignKey("enrolment.id"))
    marked_at: Mapped[datetime]
    marked_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))

"""xAPI profiles that were loaded, and what statements of sources were found to lack by them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from hub.db.base import Base, Id
from hub.db.types import Json


class XapiProfile(Base):
    """A profile: its document as it came. ``origin``: the file's name or the address. ``notices``: (code, path) of what
    is left out."""

    __tablename__ = "xapi_profile"
    id: Mapped[Id]
    iri: Mapped[str] = mapped_column(Text, unique=True)
    version: Mapped[str]
    name: Mapped[str]
    document: Mapped[str] = mapped_column(Text)
    counts: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    notices: Mapped[list[Any]] = mapped_column(Json, default=list)
    origin: Mapped[str]
    added_at: Mapped[datetime]
    added_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))


class ProfileReport(Base):
    """How far the statements of a source were looked at (``cursor``: sequence number), and how many follow a template,
    break a rule of one, or fit none."""

    __tablename__ = "profile_report"
    source_id: Mapped[UUID] = mapped_column(ForeignKey("xapi_source.id", ondelete="CASCADE"), primary_key=True)
    cursor: Mapped[int] = mapped_column(BigInteger, default=0)
    followed: Mapped[int] = mapped_column(BigInteger, default=0)
    broken: Mapped[int] = mapped_column(BigInteger, default=0)
    unmatched: Mapped[int] = mapped_column(BigInteger, default=0)


class ProfileFinding(Base):
    """A rule that statements of a source break: how often, and the latest of them. ``key`` is a hash of template, path
    and what is wanted."""

    __tablename__ = "profile_finding"
    source_id: Mapped[UUID] = mapped_column(ForeignKey("xapi_source.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    template: Mapped[str]
    name: Mapped[str]
    path: Mapped[str]
    wanted: Mapped[str] = mapped_column(String(12))
    count: Mapped[int] = mapped_column(BigInteger, default=0)
    last_id: Mapped[str] = mapped_column(String(36))


class ProfileSequence(Base):
    """A registration whose statements do not follow the patterns of a profile: ``fate`` partial (may yet) or failed."""

    __tablename__ = "profile_sequence"
    source_id: Mapped[UUID] = mapped_column(ForeignKey("xapi_source.id", ondelete="CASCADE"), primary_key=True)
    registration: Mapped[str] = mapped_column(String(36), primary_key=True)
    profile: Mapped[str] = mapped_column(Text, primary_key=True)
    fate: Mapped[str] = mapped_column(String(8))
    statements: Mapped[int]

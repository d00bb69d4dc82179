"""Packages of the catalogue: their versions, stored content-addressed, and every import with its report."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hub.db.base import Base, Id
from hub.db.types import Json


class Package(Base):
    """One version of a package resource: the untouched file is the blob ``sha256``, empty where the original is not
    kept (people's data in it). ``root`` is the folder of its manifest in the archive."""

    __tablename__ = "package"
    __table_args__ = (UniqueConstraint("resource_id", "number"),)
    id: Mapped[Id]
    resource_id: Mapped[UUID] = mapped_column(ForeignKey("resource.id"))
    number: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int] = mapped_column(BigInteger)
    file_name: Mapped[str]
    format: Mapped[str] = mapped_column(String(16))
    format_version: Mapped[str] = mapped_column(default="")
    root: Mapped[str] = mapped_column(default="")
    import_id: Mapped[UUID] = mapped_column(ForeignKey("package_import.id"))
    created_at: Mapped[datetime]


class PackageImport(Base):
    """A file that was given to the intake. ``state``: ``due``, ``accepted``, ``refused``; ``report`` as
    ``hub.domain.import_report`` makes it; ``made`` the catalogue entries it became, the main one first."""

    __tablename__ = "package_import"
    id: Mapped[Id]
    file_name: Mapped[str]
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    resource_id: Mapped[UUID | None] = mapped_column(ForeignKey("resource.id"))
    job_id: Mapped[UUID | None]
    state: Mapped[str] = mapped_column(String(12), default="due", index=True)
    report: Mapped[dict[str, Any] | None] = mapped_column(Json)
    made: Mapped[list[str]] = mapped_column(Json, default=list)
    created_at: Mapped[datetime]
    created_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    ended_at: Mapped[datetime | None]

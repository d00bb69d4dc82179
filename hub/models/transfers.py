"""Files of statements: taken out of the ledger, brought into it, and the lines that were not taken."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from hub.db.base import Base, Id
from hub.db.types import Json


class StatementTransfer(Base):
    """An export (``direction`` ``out``) or import (``in``) of statements. ``sha256`` names the blob: of the file made,
    empty while there is none; of the file given. ``done``: lines of the file. ``share``: 0..1 of the way. ``counts`` by
    fate. ``state``: due, running, done, failed, or withdrawn (somebody was erased since, or its time is over)."""

    __tablename__ = "statement_transfer"
    id: Mapped[Id]
    direction: Mapped[str] = mapped_column(String(3))
    format: Mapped[str] = mapped_column(String(8))
    name: Mapped[str]
    filters: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    source_id: Mapped[UUID | None] = mapped_column(ForeignKey("xapi_source.id"))
    state: Mapped[str] = mapped_column(String(12), default="due")
    done: Mapped[int] = mapped_column(BigInteger, default=0)
    share: Mapped[float] = mapped_column(default=0.0)
    counts: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    sha256: Mapped[str] = mapped_column(String(64), default="")
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    error: Mapped[dict[str, Any] | None] = mapped_column(Json)
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    ended_at: Mapped[datetime | None]


class ImportFault(Base):
    """A line that an import did not take, as it came, and why. ``text`` is none for a line too long to be kept here:
    the file itself has it."""

    __tablename__ = "statement_import_fault"
    transfer_id: Mapped[UUID] = mapped_column(ForeignKey("statement_transfer.id", ondelete="CASCADE"), primary_key=True)
    line: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(String(32))
    path: Mapped[str]
    requirement: Mapped[str]
    reason: Mapped[str]
    text: Mapped[bytes | None] = mapped_column(LargeBinary)

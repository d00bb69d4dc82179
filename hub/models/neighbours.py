"""Other LRSs: statements forwarded to them, statements pulled from them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hub.db.base import Base, Id
from hub.db.types import Json, Secret


class LrsLink(Base):
    """A subscription: ``direction`` ``out`` forwards the ledger, ``in`` pulls into it under ``source_id``.

    ``cursor`` is all there is of its place: outwards the last sequence number that was sent or passed over, inwards the
    instant stored (µs UTC) of the last statement taken. ``filters``: verbs, sources, activities. ``key`` empty: the
    secret is a bearer token.

    Who got what is known for ever: ``began`` and ``reached`` are the lowest and the highest place that the cursor had
    before a replay, ``past_filters`` the filters before the present ones, and a link that was removed
    (``removed_at``) keeps its row, without its secret.
    """

    __tablename__ = "lrs_link"
    id: Mapped[Id]
    name: Mapped[str]
    direction: Mapped[str] = mapped_column(String(3))
    endpoint: Mapped[str]
    version: Mapped[str] = mapped_column(String(8), default="1.0.3")
    key: Mapped[str] = mapped_column(default="")
    secret: Mapped[Secret]
    filters: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    source_id: Mapped[UUID | None] = mapped_column(ForeignKey("xapi_source.id"))
    cursor: Mapped[int] = mapped_column(BigInteger, default=0)
    active: Mapped[bool] = mapped_column(default=True)
    done: Mapped[int] = mapped_column(BigInteger, default=0)
    refused: Mapped[int] = mapped_column(BigInteger, default=0)
    last_done_at: Mapped[datetime | None]
    last_error: Mapped[dict[str, Any] | None] = mapped_column(Json)
    created_at: Mapped[datetime]
    began: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    reached: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    past_filters: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list, server_default="[]")
    removed_at: Mapped[datetime | None]


class LrsRefusal(Base):
    """A statement that a neighbour did not take, or that the hub did not take from it: kept to be seen and tried again.
    ``error``: code, status, and what was said, never the statement."""

    __tablename__ = "lrs_refusal"
    __table_args__ = (UniqueConstraint("link_id", "statement_id"),)
    id: Mapped[Id]
    link_id: Mapped[UUID] = mapped_column(ForeignKey("lrs_link.id", ondelete="CASCADE"), index=True)
    statement_id: Mapped[str] = mapped_column(String(64))
    seq: Mapped[int | None] = mapped_column(BigInteger)
    error: Mapped[dict[str, Any]] = mapped_column(Json)
    at: Mapped[datetime]


class ErasureNotice(Base):
    """That a neighbour has to be told of an erasure (RGPD, article 19): it got, or may have got, statements of somebody
    who was erased since.

    Which ones follows from ``agents`` (keys), the places ``after`` to ``until`` of the ledger and ``filters`` (any of
    them). ``pseudonym``: what the identities of the erased person have in common. ``told_by`` is who told it by hand.
    """

    __tablename__ = "erasure_notice"
    __table_args__ = (UniqueConstraint("link_id", "pseudonym"),)
    id: Mapped[Id]
    link_id: Mapped[UUID] = mapped_column(ForeignKey("lrs_link.id"))
    pseudonym: Mapped[str] = mapped_column(String(64))
    agents: Mapped[list[int]] = mapped_column(Json)
    after: Mapped[int] = mapped_column(BigInteger)
    until: Mapped[int] = mapped_column(BigInteger)
    filters: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    statements: Mapped[int]
    at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    told_by: Mapped[UUID | None]

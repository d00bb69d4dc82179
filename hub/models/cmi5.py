"""cmi5 sessions: one launch of one unit, with the credential that the unit writes under."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from hub.db.base import Base, Id
from hub.db.types import Json


class Cmi5Session(Base):
    """One launch; ``id`` is the session id of cmi5. ``unit`` counts from 0 in the order of the structure; ``iri`` is
    the unit's activity, ``publisher`` the id that its author gave it. ``verbs``: those of cmi5 it said, with their
    instants (µs UTC). ``fetch_hash`` and ``secret_hash``: keyed hashes of the one-time address and of the credential.
    ``prepared``: the learner preferences were read. ``ended_at``: when it was abandoned, or when it was terminated."""

    __tablename__ = "cmi5_session"
    id: Mapped[Id]
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("play_attempt.id"), index=True)
    unit: Mapped[int]
    iri: Mapped[str]
    publisher: Mapped[str]
    mode: Mapped[str] = mapped_column(String(8))
    mastery: Mapped[float | None]
    fetch_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    fetched_at: Mapped[datetime | None]
    secret_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    prepared: Mapped[bool] = mapped_column(default=False)
    verbs: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    launched_at: Mapped[datetime]
    last_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ending: Mapped[str] = mapped_column(String(12), default="")

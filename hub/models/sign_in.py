"""Wrong tries to sign in that belong to no account: unknown logins, network addresses, cards, links."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from hub.db.base import Base


class SignInFailures(Base):
    """Wrong tries of one origin. ``key_hash`` is a keyed hash: neither logins that do not exist nor addresses are
    kept."""

    __tablename__ = "sign_in_failures"
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    key_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    since: Mapped[datetime]
    last_at: Mapped[datetime] = mapped_column(index=True)
    locked_until: Mapped[datetime | None]

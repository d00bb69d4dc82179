"""Second factors of signing in, and accounts of an organisation's own sign-in service (OpenID Connect)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hub.db.base import Base, Id
from hub.db.types import Secret


class SecondFactor(Base):
    """A proof beside the password: an authenticator application (``totp``, RFC 6238) or a ``passkey`` (WebAuthn).

    Only one that was tried once (``confirmed_at``) is asked for. ``counter``: the last time step accepted, or the
    passkey's own count, so that nothing is accepted twice."""

    __tablename__ = "second_factor"
    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    name: Mapped[str] = mapped_column(default="")
    secret: Mapped[Secret | None]
    credential_id: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    counter: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """A code on paper for whoever lost the second factor; works once. Only a keyed hash is kept."""

    __tablename__ = "recovery_code"
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    used_at: Mapped[datetime | None]


class OidcProvider(Base):
    """A sign-in service of an organisation, spoken to by OpenID Connect."""

    __tablename__ = "oidc_provider"
    id: Mapped[Id]
    name: Mapped[str]
    issuer: Mapped[str] = mapped_column(unique=True)
    client_id: Mapped[str]
    client_secret: Mapped[Secret | None]
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class OidcAccount(Base):
    """An account at a provider, linked by its person, who proved both. Nothing else links one."""

    __tablename__ = "oidc_account"
    __table_args__ = (UniqueConstraint("provider_id", "person_id"),)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("oidc_provider.id"), primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    label: Mapped[str] = mapped_column(default="")
    linked_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

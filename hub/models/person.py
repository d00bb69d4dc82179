"""People: persons, their accounts and ways in, their links to identities, roles and groups (DESIGN section 5)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, event, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hub.db.base import Base, Id
from hub.db.types import BigKey, Json
from hub.domain.plain_text import plain


class Organisation(Base):
    """An organisation of the place: training organisation or CFA (NDA, SIRET), employer, prescriber, funder."""

    __tablename__ = "organisation"
    id: Mapped[Id]
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(String(24))
    nda: Mapped[str] = mapped_column(default="")
    siret: Mapped[str] = mapped_column(default="")


class Person(Base):
    """One human. ``status``: stagiaire, apprenti, bénéficiaire…; ``means`` are the learner's own words on equipment,
    line, hours, travel;
    ``adaptations`` what was asked for, never a disability or its proof. ``search_text`` (name, e-mail and number) and
    ``family_plain`` are what is searched, without accents nor case; every save of a person writes them anew."""

    __tablename__ = "person"
    id: Mapped[Id]
    given_name: Mapped[str]
    family_name: Mapped[str]
    email: Mapped[str | None]
    phone: Mapped[str | None]
    language: Mapped[str] = mapped_column(String(8), default="fr")
    birth_date: Mapped[date | None]
    status: Mapped[str] = mapped_column(String(24), default="stagiaire")
    external_id: Mapped[str | None] = mapped_column(unique=True)
    means: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    adaptations: Mapped[list[str]] = mapped_column(Json, default=list)
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]
    search_text: Mapped[str] = mapped_column(default="", server_default="")
    family_plain: Mapped[str] = mapped_column(default="", server_default="", index=True)

    roles: Mapped[list[RoleGrant]] = relationship(foreign_keys="RoleGrant.person_id", order_by="RoleGrant.granted_at")

    @property
    def name(self) -> str:
        """Given name and family name as written on screens."""
        return f"{self.given_name} {self.family_name}".strip()


@event.listens_for(Person, "before_insert")
@event.listens_for(Person, "before_update")
def _keep_plain(_mapper: Any, _connection: Any, person: Person) -> None:
    said = (person.given_name, person.family_name, person.email, person.external_id)
    person.search_text = plain(" ".join(part for part in said if part))
    person.family_plain = plain(person.family_name)


class Preference(Base):
    """What a person chose for their own screens, by name (``hub.services.preferences``)."""

    __tablename__ = "preference"
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)


class RoleGrant(Base):
    """A role of a person, scoped by organisation and group (both empty: the whole place)."""

    __tablename__ = "role_grant"
    __table_args__ = (UniqueConstraint("person_id", "role", "organisation_id", "group_id"),)
    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    role: Mapped[str] = mapped_column(String(16))
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    group_id: Mapped[UUID | None] = mapped_column(ForeignKey("group.id"))
    granted_at: Mapped[datetime]
    granted_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))


class Group(Base):
    """A group or promotion of learners."""

    __tablename__ = "group"
    id: Mapped[Id]
    name: Mapped[str]
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    archived: Mapped[bool] = mapped_column(default=False)


class GroupMember(Base):
    """A learner in a group."""

    __tablename__ = "group_member"
    group_id: Mapped[UUID] = mapped_column(ForeignKey("group.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)
    since: Mapped[date | None]
    until: Mapped[date | None]


class Account(Base):
    """A way to sign in with a login and a password (argon2). ``failures`` and ``locked_until`` are the lock-out."""

    __tablename__ = "account"
    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), unique=True)
    login: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str | None]
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    active: Mapped[bool] = mapped_column(default=True)
    changed_at: Mapped[datetime]


class SignInLink(Base):
    """A single-use link (sign-in, invitation, reset); only a keyed hash of its token is kept."""

    __tablename__ = "sign_in_link"
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(16))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Card(Base):
    """A printed card (QR + PIN) for a learner without e-mail. Revocable; wrong PINs lock it."""

    __tablename__ = "card"
    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    pin_hash: Mapped[str]
    issued_at: Mapped[datetime]
    issued_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    revoked_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]


class WebSession(Base):
    """A signed-in browser. ``shared`` is a device of the place: ends after 10 idle minutes. ``pending``: the second
    factor is still owed, nobody is signed in yet; ``challenge``: what a passkey has to sign, once. ``framed_by``: the
    origin of the partner's platform that launched it and may show the hub in a frame."""

    __tablename__ = "web_session"
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    shared: Mapped[bool] = mapped_column(default=True)
    ended_at: Mapped[datetime | None]
    how: Mapped[str] = mapped_column(String(16), default="password")
    pending: Mapped[bool] = mapped_column(default=False, server_default=false())
    challenge: Mapped[bytes | None] = mapped_column(LargeBinary)
    framed_by: Mapped[str | None]


class ApiToken(Base):
    """A token for the JSON API, with scopes; it acts as its person, never beyond the person's roles."""

    __tablename__ = "api_token"
    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    scopes: Mapped[list[str]] = mapped_column(Json)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class IdentityLink(Base):
    """The journal of which identity was whose, by what rule, from when to when. The link in force is also
    ``agent.person_id``."""

    __tablename__ = "identity_link"
    __table_args__ = (Index("ix_identity_link_agent_id", "agent_id"),)
    id: Mapped[Id]
    agent_id: Mapped[int] = mapped_column(BigKey, ForeignKey("agent.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    rule: Mapped[str] = mapped_column(String(32))
    linked_at: Mapped[datetime]
    linked_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    unlinked_at: Mapped[datetime | None]
    unlinked_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))


class Authorisation(Base):
    """A skill or safety authorisation recorded for a person outside the paths of the hub, in force until ``until``
    (included)."""

    __tablename__ = "authorisation"
    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    skill: Mapped[str]
    since: Mapped[date]
    until: Mapped[date | None]
    recorded_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))


class JournalEntry(Base):
    """An administrative act: who did what to what, and why. Never changed, never deleted."""

    __tablename__ = "journal"
    id: Mapped[Id]
    at: Mapped[datetime] = mapped_column(index=True)
    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    act: Mapped[str] = mapped_column(String(48), index=True)
    subject_type: Mapped[str] = mapped_column(String(24))
    subject_id: Mapped[str] = mapped_column(index=True)
    details: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)

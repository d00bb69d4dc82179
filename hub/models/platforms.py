"""Partners' platforms: settings and sealed credentials, syncs, LTI registrations and gradebook, deliveries and jobs."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hub.db.base import Base, Id
from hub.db.types import Json, Secret


class Platform(Base):
    """A partner's system. ``connector`` names the module that reads it (empty: LTI or xAPI only); secrets lie in
    ``credentials`` alone."""

    __tablename__ = "platform"
    id: Mapped[Id]
    name: Mapped[str]
    connector: Mapped[str] = mapped_column(String(24), default="")
    base_url: Mapped[str] = mapped_column(default="")
    account_home: Mapped[str] = mapped_column(default="")
    settings: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    credentials: Mapped[Secret | None]
    authoritative_domains: Mapped[list[str]] = mapped_column(Json, default=list)
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    every_minutes: Mapped[int] = mapped_column(default=360)
    state: Mapped[str] = mapped_column(String(12), default="active")
    last_read_at: Mapped[datetime | None]
    last_error: Mapped[dict[str, Any] | None] = mapped_column(Json)
    next_read_at: Mapped[datetime | None] = mapped_column(index=True)
    created_at: Mapped[datetime]


class SyncRun(Base):
    """One reading of a platform: its plan, counts and how it ended."""

    __tablename__ = "sync_run"
    id: Mapped[Id]
    platform_id: Mapped[UUID] = mapped_column(ForeignKey("platform.id"), index=True)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(12), default="running")
    scope: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    cursor: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    counts: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    error: Mapped[dict[str, Any] | None] = mapped_column(Json)
    held: Mapped[list[Any]] = mapped_column(Json, default=list)


class RemoteRecord(Base):
    """What was last read of a remote record: an unchanged one writes nothing. ``revision`` counts the observations
    that differed."""

    __tablename__ = "remote_record"
    platform_id: Mapped[UUID] = mapped_column(ForeignKey("platform.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(24), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    revision: Mapped[int] = mapped_column(BigInteger)
    value: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    seen_at: Mapped[datetime]


class LtiTool(Base):
    """A tool the hub launches (the hub is the platform). ``registration`` holds its URLs, scopes, keys address,
    privacy choices. ``management_hash`` is the keyed hash of the token with which a tool that registered itself may
    read and change its registration. ``legacy_key_id``: the key with which a tool that only speaks LTI 1.1 is
    opened."""

    __tablename__ = "lti_tool"
    id: Mapped[Id]
    platform_id: Mapped[UUID] = mapped_column(ForeignKey("platform.id"), index=True)
    client_id: Mapped[str] = mapped_column(unique=True)
    deployment_id: Mapped[str]
    registration: Mapped[dict[str, Any]] = mapped_column(Json)
    active: Mapped[bool] = mapped_column(default=True)
    management_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    legacy_key_id: Mapped[UUID | None] = mapped_column(ForeignKey("lti_legacy_key.id"), unique=True)


class LtiRegistrationOffer(Base):
    """A permission for one tool to register itself with the hub, once: the keyed hash of its registration token."""

    __tablename__ = "lti_registration_offer"
    id: Mapped[Id]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    platform_id: Mapped[UUID] = mapped_column(ForeignKey("platform.id"), index=True)
    url: Mapped[str] = mapped_column(default="")
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    tool_id: Mapped[UUID | None] = mapped_column(ForeignKey("lti_tool.id"))


class LtiSelection(Base):
    """A visit to a tool to pick content there (Deep Linking 2.0): who went, for which place of a path (``place``), and
    the content items that came back, already checked. ``state``: ``open``, ``answered``."""

    __tablename__ = "lti_selection"
    id: Mapped[Id]
    tool_id: Mapped[UUID] = mapped_column(ForeignKey("lti_tool.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    place: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    state: Mapped[str] = mapped_column(String(12), default="open")
    items: Mapped[list[Any]] = mapped_column(Json, default=list)
    message: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class LtiPlatform(Base):
    """A platform that launches into the hub (the hub is the tool): the registration that both sides hold.

    ``registration`` holds what was agreed besides: messages, scopes, the platform's product, where to change it;
    ``management_token`` is the platform's token for that. ``jwks`` is only there where the platform has no address of
    its keys. ``state``: ``active``; ``waiting`` for what the partner's administrator must still do; ``closed``."""

    __tablename__ = "lti_platform"
    __table_args__ = (UniqueConstraint("issuer", "client_id"),)
    id: Mapped[Id]
    platform_id: Mapped[UUID] = mapped_column(ForeignKey("platform.id"), index=True)
    issuer: Mapped[str]
    client_id: Mapped[str]
    authorization_endpoint: Mapped[str]
    token_endpoint: Mapped[str | None]
    token_audience: Mapped[str | None]
    jwks_uri: Mapped[str | None]
    jwks: Mapped[dict[str, Any] | None] = mapped_column(Json)
    registration: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    management_token: Mapped[Secret | None]
    state: Mapped[str] = mapped_column(String(12), default="active")
    created_at: Mapped[datetime]


class LtiDeployment(Base):
    """A deployment of the hub in a partner's platform. One never seen before waits for an administrator; ``state`` is
    ``waiting``, ``approved`` or ``refused``."""

    __tablename__ = "lti_deployment"
    __table_args__ = (UniqueConstraint("lti_platform_id", "deployment_id"),)
    id: Mapped[Id]
    lti_platform_id: Mapped[UUID] = mapped_column(ForeignKey("lti_platform.id", ondelete="CASCADE"))
    deployment_id: Mapped[str]
    state: Mapped[str] = mapped_column(String(12), default="waiting", index=True)
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))


class LtiLegacyKey(Base):
    """A consumer key and its secret of LTI 1.1. ``direction``: ``inward`` where the partner launches into the hub,
    ``outward`` where the hub launches ``launch_url``."""

    __tablename__ = "lti_legacy_key"
    __table_args__ = (UniqueConstraint("direction", "consumer_key"),)
    id: Mapped[Id]
    platform_id: Mapped[UUID] = mapped_column(ForeignKey("platform.id"), index=True)
    direction: Mapped[str] = mapped_column(String(8))
    consumer_key: Mapped[str]
    secret: Mapped[Secret]
    launch_url: Mapped[str] = mapped_column(default="")
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class LtiKey(Base):
    """A signing key of the hub; several may live so that a rotation fails no launch. It is published from
    ``created_at``, signs from ``signs_from``, and stops signing at ``retired_at``, which may lie ahead."""

    __tablename__ = "lti_key"
    kid: Mapped[str] = mapped_column(primary_key=True)
    private_pem: Mapped[Secret]
    created_at: Mapped[datetime]
    signs_from: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]


class LtiOnce(Base):
    """Something that may be used once: a nonce, a jti, a message hint. The primary key is what makes two parallel
    uses one."""

    __tablename__ = "lti_once"
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    value_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class LtiAccessToken(Base):
    """An access token issued to a tool; only its keyed hash is kept."""

    __tablename__ = "lti_access_token"
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    tool_id: Mapped[UUID] = mapped_column(ForeignKey("lti_tool.id"))
    scopes: Mapped[list[str]] = mapped_column(Json)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class LtiUser(Base):
    """The pseudonymous ``sub`` by which one tool deployment knows a person."""

    __tablename__ = "lti_user"
    __table_args__ = (UniqueConstraint("tool_id", "sub"), UniqueConstraint("tool_id", "person_id"))
    id: Mapped[Id]
    tool_id: Mapped[UUID] = mapped_column(ForeignKey("lti_tool.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    sub: Mapped[str]


class LineItem(Base):
    """A column of the gradebook of a resource link (AGS 2.0). ``resource_link_id`` is the catalogue resource's id, or
    empty."""

    __tablename__ = "lti_line_item"
    __table_args__ = (Index("ix_lti_line_item_tool_id_resource_link_id", "tool_id", "resource_link_id"),)
    id: Mapped[Id]
    tool_id: Mapped[UUID] = mapped_column(ForeignKey("lti_tool.id"))
    label: Mapped[str]
    score_maximum: Mapped[float]
    resource_link_id: Mapped[str | None]
    resource_id: Mapped[str | None]
    tag: Mapped[str | None]
    iri: Mapped[str]
    details: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    created_at: Mapped[datetime]


class LtiResult(Base):
    """The result of one user in one line item: AGS keeps its own record; its statement is written in the same unit."""

    __tablename__ = "lti_result"
    line_item_id: Mapped[UUID] = mapped_column(ForeignKey("lti_line_item.id", ondelete="CASCADE"), primary_key=True)
    sub: Mapped[str] = mapped_column(primary_key=True)
    score_given: Mapped[float | None]
    score_maximum: Mapped[float | None]
    comment: Mapped[str | None]
    timestamp: Mapped[str]
    at: Mapped[int] = mapped_column(BigInteger)
    activity_progress: Mapped[str] = mapped_column(String(16))
    grading_progress: Mapped[str] = mapped_column(String(16))


class Queued:
    """The columns of both queues, under one lease mechanism (``hub.services.jobs``): ``lane`` and ``due_at`` say which
    row is next, ``lease_until`` and ``leased_by`` who works on it, ``attempts`` how often it was tried."""

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(32))
    lane: Mapped[str] = mapped_column(String(48), default="default")
    unique_key: Mapped[str | None] = mapped_column(unique=True)
    payload: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    state: Mapped[str] = mapped_column(String(12), default="due")
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    leased_by: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(default=0)
    max_attempts: Mapped[int] = mapped_column(default=12)
    last_error: Mapped[dict[str, Any] | None] = mapped_column(Json)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Job(Queued, Base):
    """Long work of the hub's own."""

    __tablename__ = "job"
    __table_args__ = (Index("ix_job_claim", "state", "lane", "due_at"),)
    progress: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))


class Delivery(Queued, Base):
    """Something owed to a third party (e-mail, webhook, score): what to say, not the bytes."""

    __tablename__ = "delivery"
    __table_args__ = (Index("ix_delivery_claim", "state", "lane", "due_at"),)
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    answer: Mapped[str] = mapped_column(default="")


class Timetable(Base):
    """Recurring work: each row enqueues its job when due."""

    __tablename__ = "timetable"
    name: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    payload: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    every_seconds: Mapped[int]
    next_at: Mapped[datetime]


class Setting(Base):
    """A setting of the place: its name, colour, delays of answer, texts."""

    __tablename__ = "setting"
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[dict[str, Any]] = mapped_column(Json)

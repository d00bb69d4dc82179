"""Platforms that launch into the hub (the hub is the tool): looking registrations up, and the deployments of each.

Both directions of LTI share the administrator's row ``Platform``; this module serves the tool role.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.db.base import new_id
from hub.models.platforms import LtiDeployment, LtiPlatform, Platform
from hub.services.dictionaries import add_once
from hub.services.errors import NotFound
from hub.services.journal import record
from lti import PlatformRegistration

ACTIVE: Final = "active"
WAITING: Final = "waiting"
CLOSED: Final = "closed"
APPROVED: Final = "approved"
REFUSED: Final = "refused"
#: At most this many unknown deployments of one registration wait, so that nobody fills the table.
MAX_WAITING: Final = 100


class SqlPlatforms:
    """Registrations that are not closed, each with its approved deployments. ``key`` of each is the row's id."""

    def __init__(self, session: Session, *, development: bool) -> None:
        self._session = session
        self._development = development

    def of_issuer(self, issuer: str, client_id: str | None = None) -> tuple[PlatformRegistration, ...]:
        """Those of an issuer, or the one with that client id. Several without a client id are ambiguous."""
        query = select(LtiPlatform).where(LtiPlatform.issuer == issuer, LtiPlatform.state != CLOSED)
        if client_id is not None:
            query = query.where(LtiPlatform.client_id == client_id)
        return tuple(self._registration(row) for row in self._session.scalars(query.order_by(LtiPlatform.id)))

    def of_key(self, key: str) -> PlatformRegistration | None:
        """The registration with that key, which login addresses of ours may carry."""
        try:
            row = self._session.get(LtiPlatform, UUID(key))
        except ValueError:
            return None
        return self._registration(row) if row is not None and row.state != CLOSED else None

    def _registration(self, row: LtiPlatform) -> PlatformRegistration:
        approved = select(LtiDeployment.deployment_id).where(
            LtiDeployment.lti_platform_id == row.id, LtiDeployment.state == APPROVED
        )
        return registration_of(row, frozenset(self._session.scalars(approved)), development=self._development)


def registration_of(row: LtiPlatform, deployments: frozenset[str], *, development: bool) -> PlatformRegistration:
    """The package's view of a row. Raises lti.ConfigurationError where the row does not hold together."""
    return PlatformRegistration(
        key=str(row.id),
        issuer=row.issuer,
        client_id=row.client_id,
        authorization_endpoint=row.authorization_endpoint,
        token_endpoint=row.token_endpoint,
        token_audience=row.token_audience,
        jwks_uri=row.jwks_uri,
        jwks=row.jwks,
        deployment_ids=deployments,
        signing_algorithm=row.registration.get("signing_algorithm", "RS256"),
        development=development,
    )


def launching_addresses(session: Session, at_most: int = 50) -> Sequence[str]:
    """Authentication endpoints of the platforms that may launch into the hub, the newest first."""
    query = select(LtiPlatform.authorization_endpoint).where(LtiPlatform.state != CLOSED)
    return session.scalars(query.order_by(LtiPlatform.id.desc()).limit(at_most)).all()


def note_deployment(session: Session, key: str, deployment_id: str, now: datetime) -> str:
    """Keep that a message whose signature holds named this deployment; says its state. One never seen waits for an
    administrator from now on, unless a hundred wait already. Raises NotFound for an unknown registration."""
    row = find(session, UUID(key))
    found = _deployment(session, row.id, deployment_id)
    if found is None:
        if not _has_room(session, row.id):
            return WAITING
        values = {"id": new_id(), "lti_platform_id": row.id, "deployment_id": deployment_id, "state": WAITING}
        add_once(session, LtiDeployment, **values, first_seen_at=now, last_seen_at=now)
        return WAITING
    found.last_seen_at = now
    if found.state == APPROVED and row.state == WAITING:
        row.state = ACTIVE  # a launch that holds says that the partner's administrator did their part
    return found.state


def approve_deployment(session: Session, key: UUID, deployment_id: str, *, by: UUID | None, now: datetime) -> None:
    """Let launches of a deployment in, whether it was seen already or not."""
    known = {"lti_platform_id": find(session, key).id, "deployment_id": deployment_id}
    add_once(session, LtiDeployment, id=new_id(), **known, first_seen_at=now, last_seen_at=now)
    row = session.scalars(select(LtiDeployment).filter_by(**known)).one()
    row.state, row.decided_at, row.decided_by = APPROVED, now, by
    record(session, now, by, "lti_deployment.approved", "lti_platform", key, deployment=deployment_id)


def refuse_deployment(session: Session, key: UUID, deployment_id: str, *, by: UUID | None, now: datetime) -> None:
    """Keep launches of a deployment out. Raises NotFound."""
    row = _deployment(session, key, deployment_id)
    if row is None:
        raise NotFound(deployment=deployment_id)
    row.state, row.decided_at, row.decided_by = REFUSED, now, by
    record(session, now, by, "lti_deployment.refused", "lti_platform", key, deployment=deployment_id)


def find(session: Session, key: UUID) -> LtiPlatform:
    """The row of a registration. Raises NotFound."""
    row = session.get(LtiPlatform, key)
    if row is None:
        raise NotFound(lti_platform=str(key))
    return row


@dataclass(frozen=True, slots=True)
class DeploymentLine:
    """A deployment and the platform it is of."""

    lti_platform_id: UUID
    platform: str
    deployment_id: str
    state: str
    first_seen_at: datetime
    last_seen_at: datetime


def deployments(session: Session, key: UUID | None = None, state: str | None = None) -> Sequence[DeploymentLine]:
    """Deployments, the newest first: of one registration, in one state, or all."""
    query = (
        select(LtiDeployment, Platform.name)
        .join(LtiPlatform, LtiPlatform.id == LtiDeployment.lti_platform_id)
        .join(Platform, Platform.id == LtiPlatform.platform_id)
        .order_by(LtiDeployment.id.desc())
    )
    if key is not None:
        query = query.where(LtiDeployment.lti_platform_id == key)
    if state is not None:
        query = query.where(LtiDeployment.state == state)
    return [
        DeploymentLine(row.lti_platform_id, name, row.deployment_id, row.state, row.first_seen_at, row.last_seen_at)
        for row, name in session.execute(query)
    ]


def _deployment(session: Session, key: UUID, deployment_id: str) -> LtiDeployment | None:
    query = select(LtiDeployment).where(
        LtiDeployment.lti_platform_id == key, LtiDeployment.deployment_id == deployment_id
    )
    return session.scalars(query).first()


def _has_room(session: Session, key: UUID) -> bool:
    query = select(LtiDeployment.id).where(LtiDeployment.lti_platform_id == key, LtiDeployment.state == WAITING)
    return len(session.scalars(query.limit(MAX_WAITING)).all()) < MAX_WAITING

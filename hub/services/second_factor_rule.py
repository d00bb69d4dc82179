"""The rule of a place that its team signs in with a second factor: who lacks one is led to set it up, and how an
administrator takes away one that was lost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from hub.domain.roles import STAFF, Viewer
from hub.models.person import Person, RoleGrant
from hub.models.second_factor import SecondFactor
from hub.services import second_factor, sessions
from hub.services.admin_scope import changeable
from hub.services.journal import record
from hub.services.settings import get_setting, set_setting

SETTING: Final = "sign_in"
_RULE: Final = "second_factor"


def asked_of_team(settings: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether the place asks its team for a second factor; ``settings``: all of them, by name."""
    return bool(settings.get(SETTING, {}).get(_RULE))


def owes(session: Session, viewer: Viewer, settings: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether the viewer has to set one up before anything else."""
    return asked_of_team(settings) and viewer.is_staff and not second_factor.of(session, viewer.person_id)


def ask_team(session: Session, asked: bool, now: datetime, *, by: UUID) -> None:
    """Ask the team from now on, or no more; journalled."""
    set_setting(session, SETTING, {**get_setting(session, SETTING), _RULE: asked})
    record(session, now, by, "second_factor.asked" if asked else "second_factor.not_asked", "setting", SETTING)


def without(session: Session) -> list[tuple[UUID, str]]:
    """Whoever of the team has none, by name."""
    holds = exists().where(RoleGrant.person_id == Person.id, RoleGrant.role.in_(sorted(STAFF)))
    has = exists().where(SecondFactor.person_id == Person.id, SecondFactor.confirmed_at.is_not(None))
    query = (
        select(Person).where(Person.erased_at.is_(None), holds, ~has).order_by(Person.family_name, Person.given_name)
    )
    return [(person.id, person.name) for person in session.scalars(query)]


def take_away(session: Session, viewer: Viewer, person_id: UUID, now: datetime) -> None:
    """Take away what a person lost: every second factor and code on paper; their sessions end. Journalled.

    Raises NotFound, Forbidden: a person whom the viewer may not change.
    """
    changeable(session, viewer, person_id)
    second_factor.forget_all(session, person_id)
    sessions.end_all(session, person_id, now)
    record(session, now, viewer.person_id, "second_factor.taken_away", "person", person_id)

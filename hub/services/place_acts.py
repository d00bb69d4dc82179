"""What the operator of an installation does to its places, at the server (ADR 25); each act is noted twice.

In the directory, where it outlives the place, and in the place's own journal, where its administrators read it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from hub.db.directory import Installation, TenantRecord
from hub.db.directory_tables import Act
from hub.db.errors import DatabaseError
from hub.models.person import Person
from hub.services import people
from hub.services.accounts import create_sign_in_link
from hub.services.backup import STATE
from hub.services.errors import Invalid
from hub.services.journal import record
from hub.services.people import PersonData
from hub.services.roles import grant_role
from hub.services.settings import get_setting
from hub.texts import N_

log = logging.getLogger("hub.services")

WORDS: Final[Mapping[str, str]] = {
    "tenant.administrator_added": N_("administratrice ou administrateur ajouté au serveur"),
    "tenant.administrator_recovered": N_("accès d’administration rendu au serveur"),
    "tenant.created": N_("lieu créé au serveur"),
    "tenant.deleted": N_("lieu supprimé au serveur"),
    "tenant.exported": N_("lieu exporté au serveur"),
    "tenant.hosts_changed": N_("adresses du lieu changées au serveur"),
    "tenant.imported": N_("lieu importé au serveur"),
    "tenant.restored": N_("lieu restauré au serveur"),
    "tenant.resumed": N_("lieu remis en service au serveur"),
    "tenant.suspended": N_("lieu suspendu au serveur"),
}


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """A place in a list. ``people`` and ``backup_at`` are None where its database cannot be read, ``fault`` says why;
    ``backup_at``: of its last tried backup."""

    record: TenantRecord
    people: int | None = None
    backup_at: datetime | None = None
    fault: str = ""


def note(installation: Installation, act: str, key: str, by: str, now: datetime, **details: Any) -> None:
    """Write the act down. A place whose database cannot be written now has it in the directory alone."""
    with installation.directory.write() as session:
        session.add(Act(at=now, act=act, tenant_key=key, by=by, details=details))
    try:
        with installation.tenant(key).write() as session:
            record(session, now, None, act, "tenant", key, by=by, **details)
    except (DatabaseError, SQLAlchemyError) as error:
        log.info("%s of %s is noted in the directory alone: %s", act, key, type(error).__name__)


def acts(installation: Installation, key: str | None = None, limit: int = 50) -> Sequence[Act]:
    """What was done to the places, or to one, the newest first."""
    query = select(Act).order_by(Act.id.desc()).limit(limit)
    if key is not None:
        query = query.where(Act.tenant_key == key)
    with installation.directory.read() as session:
        return session.scalars(query).all()


def overview(installation: Installation) -> list[PlaceLine]:
    """Every place, by key."""
    return [_line(installation, one) for one in installation.tenants()]


def _line(installation: Installation, one: TenantRecord) -> PlaceLine:
    try:
        with installation.tenant(one.key).read() as session:
            count = session.scalar(select(func.count()).select_from(Person).where(Person.erased_at.is_(None))) or 0
            told = get_setting(session, STATE).get("ok_at")
    except (DatabaseError, SQLAlchemyError) as error:
        return PlaceLine(one, fault=str(error) if isinstance(error, DatabaseError) else type(error).__name__)
    return PlaceLine(one, count, datetime.fromisoformat(told) if told else None)


def add_administrator(installation: Installation, key: str, data: PersonData, by: str, now: datetime) -> str:
    """Add a person who administers the whole place; gives the token of their invitation. Raises Invalid."""
    cleaned, faults = people.cleaned(data, now.date())
    if not data.email.strip():
        faults["email"] = "required"
    if faults:
        raise Invalid(faults)
    with installation.tenant(key).write() as session:
        taken = select(Person.id).where(func.lower(Person.email) == cleaned.email.lower(), Person.erased_at.is_(None))
        if session.scalar(taken.limit(1)) is not None:
            raise Invalid({"email": "taken"})
        row = Person(**people.columns(cleaned), created_at=now)
        session.add(row)
        session.flush()
        person_id: UUID = row.id
        grant_role(session, person_id, "administrator", now)
        token = create_sign_in_link(session, installation.vault_of(key), person_id, "invitation", now)
    note(installation, "tenant.administrator_added", key, by, now, person=str(person_id))
    return token

"""The first day of a place: its name and zone, its organisation, its first administrator; and the way back in for a
place whose administrators are all locked out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hub.db.vault import Vault
from hub.models.person import Account, Person, RoleGrant
from hub.services import organisations, people, place_admin
from hub.services.accounts import Purpose, create_sign_in_link, known_as
from hub.services.deliveries import MailServer, set_mail_server
from hub.services.errors import Conflict, Invalid, NotFound
from hub.services.journal import record
from hub.services.organisations import OrganisationData
from hub.services.people import PersonData
from hub.services.roles import grant_role
from hub.services.second_factor import forget_all


@dataclass(frozen=True, slots=True)
class FirstDay:
    """What is asked on the first day. ``organisation``: the body that trains; empty: none yet."""

    name: str
    zone: str
    given_name: str
    family_name: str
    email: str
    organisation: str = ""
    language: str = "fr"
    mail: MailServer | None = None


def faults(asked: FirstDay, today: datetime) -> dict[str, str]:
    """What is wrong with the answers, by field, before anything is made."""
    found = people.cleaned(PersonData(asked.given_name, asked.family_name, asked.email), today.date())[1]
    if not place_admin.is_zone(asked.zone):
        found["zone"] = "not_a_zone"
    if not asked.name.strip() or len(asked.name) > 120:
        found["name"] = "required"
    if not asked.email.strip():
        found["email"] = "required"
    return found


def set_up(session: Session, vault: Vault, asked: FirstDay, now: datetime) -> str:
    """Write it all into an empty place; gives the token of the first administrator's invitation.

    Raises Invalid, Conflict (``place_not_empty``).
    """
    wrong = faults(asked, now)
    if wrong:
        raise Invalid(wrong)
    if session.scalar(select(func.count()).select_from(Person)):
        raise Conflict("place_not_empty")
    settings = place_admin.settings(session, asked.name)
    place_admin.put_settings(session, replace(settings, name=asked.name, zone=asked.zone), by=None, now=now)
    if asked.organisation.strip():
        organisations.add(session, OrganisationData(name=asked.organisation), by=None, now=now)
    if asked.mail is not None:
        set_mail_server(session, asked.mail)
    made, _ = people.cleaned(PersonData(asked.given_name, asked.family_name, asked.email), now.date())
    person = Person(**people.columns(made), created_at=now)
    person.language, person.status = asked.language, "salarié"
    session.add(person)
    session.flush()
    record(session, now, None, "person.created", "person", person.id)
    grant_role(session, person.id, "administrator", now)
    return create_sign_in_link(session, vault, person.id, "invitation", now)


def administrators(session: Session) -> list[Person]:
    """Who administers the whole place, by name."""
    query = (
        select(Person)
        .join(RoleGrant, RoleGrant.person_id == Person.id)
        .where(RoleGrant.role == "administrator", RoleGrant.organisation_id.is_(None), RoleGrant.group_id.is_(None))
        .where(Person.erased_at.is_(None))
        .order_by(Person.family_name, Person.given_name)
        .distinct()
    )
    return list(session.scalars(query))


def recover(session: Session, vault: Vault, name: str, now: datetime, *, promote: bool = False) -> tuple[UUID, str]:
    """A single-use link for a person known by login or e-mail, made on the server itself; gives id and token.

    The link is a ``reset`` where there is an account, else an invitation. Only administrators of the whole place,
    unless ``promote`` makes the person one. The second factor goes. Journalled as the hub's own act.

    Raises NotFound (``person_not_found``: nobody, or several), Conflict (``not_an_administrator``).
    """
    person = known_as(session, name)
    if person is None:
        raise NotFound("person_not_found")
    if person.id not in {one.id for one in administrators(session)}:
        if not promote:
            raise Conflict("not_an_administrator")
        grant_role(session, person.id, "administrator", now)
    forget_all(session, person.id)
    account = session.scalars(select(Account).where(Account.person_id == person.id)).one_or_none()
    if account is not None:
        account.active, account.failures, account.locked_until = True, 0, None
    purpose: Purpose = "reset" if account is not None else "invitation"
    record(session, now, None, "administrator.recovered", "person", person.id)
    return person.id, create_sign_in_link(session, vault, person.id, purpose, now)

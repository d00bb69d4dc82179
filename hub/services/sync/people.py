"""Rosters: the learners of a platform become identities, linked to persons only by a proven rule (DESIGN section 5).

Proven: the partner's own key for the person is the one that the place gave it (``person.external_id``); or the e-mail,
on a platform that is authoritative for its domain, of a person without any role above learner. Everything else waits as
a suggestion. A link that somebody undid is not made again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from connectors.records import RemoteEnrolment, RemoteUser
from hub.db.types import vault_of
from hub.domain.translate import key_of
from hub.domain.translate.lms import KINDS
from hub.domain.translate.moodle import is_learner
from hub.models.person import IdentityLink, Person, RoleGrant
from hub.models.river import Agent, Erasure
from hub.services import identities
from hub.services import remote_records as records
from hub.services.dictionaries import agent_ids
from hub.services.erasure import PURPOSE
from hub.services.remote_records import Known
from hub.services.remote_site import Site
from hub.services.sync import seen
from hub.services.sync.registers import FALLS

BY_EXTERNAL_ID, BY_EMAIL = "external_id", "authoritative_email"


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of a roster: learners read, records that differed, identities linked, people whose last visit went
    back, ids that name somebody else now."""

    learners: int = 0
    changed: int = 0
    linked: int = 0
    back: int = 0
    reused: int = 0


def put_roster(session: Session, site: Site, enrolments: Sequence[RemoteEnrolment], now: datetime) -> Seen:
    """Write a page of a roster. Trainers are left out: the hub reads learners only."""
    learners = [it for it in enrolments if is_learner(it.roles) and it.course.id is not None]
    people = {it.user.id: it.user for it in learners}
    gone = erased(session, site, people.values())
    users = {key: _user_value(user, erased=key in gone) for key, user in people.items()}
    known = records.load(session, site.id, records.USER, users)
    reused = [key for key in users if key not in gone and key in known and _is_another(known[key].value, users[key])]
    for key in reused:
        records.forget_id(session, site.id, (*KINDS, *FALLS, records.ENROLMENT), key_of(key), last=True)
    # A course page that shows less than another one does not take away what that one told.
    merged = {
        key: value if key in gone or key in reused else {**_kept(known.get(key)), **value}
        for key, value in users.items()
    }
    changed = records.changes(known, merged)
    records.save(session, site.id, records.USER, changed, now)
    own = [it for it in learners if it.user.id not in gone]
    moved = seen.put(session, site, {_key(it): _enrolment_value(it) for it in own}, now)
    alive = [user for key, user in people.items() if key not in gone]
    keys = agent_ids(session, [site.ifi(_username(it)) for it in alive], _names(site, alive))
    linked = link_proven(session, site, {keys[site.ifi(_username(it))]: it for it in alive}, now)
    return Seen(len(learners), len(changed) + moved.changed, linked, moved.back, len(reused))


def _is_another(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether an id names somebody else than it did: a platform restored from a backup gives its ids again.

    A person who is renamed keeps their key or their address.
    """
    if not before or before.get("username") == now.get("username"):
        return False
    stable = [name for name in ("idnumber", "email") if before.get(name) and now.get(name)]
    return bool(stable) and all(before[name] != now[name] for name in stable)


def _kept(known: Known | None) -> Mapping[str, Any]:
    return known.value if known else {}


def _key(enrolment: RemoteEnrolment) -> str:
    return key_of(enrolment.course.id or "", enrolment.user.id)


def _enrolment_value(enrolment: RemoteEnrolment) -> dict[str, Any]:
    at = enrolment.last_access_at
    return {"access": seen.minute(at)} if at else {}


def _username(user: RemoteUser) -> str:
    """How the platform's own statements name the account; its number where the name is not shown to us."""
    return user.username or user.id


def _user_value(user: RemoteUser, *, erased: bool) -> dict[str, Any]:
    if erased:
        return {}
    told = {"username": _username(user), "idnumber": user.idnumber, "email": user.email, "name": user.fullname}
    return {name: text for name, text in told.items() if text}


def _names(site: Site, users: Iterable[RemoteUser]) -> dict[str, str]:
    return {site.ifi(_username(it)): it.fullname for it in users if it.fullname}


def erased(session: Session, site: Site, users: Iterable[RemoteUser]) -> set[str]:
    """Ids of the people who were erased here: no sync brings them back."""
    if session.scalar(select(Erasure.ifi_hash).limit(1)) is None:
        return set()
    vault = vault_of(session)
    hashes = {vault.keyed_hash(PURPOSE, site.ifi(_username(it))): it.id for it in users}
    found: set[str] = set()
    some = list(hashes)
    for start in range(0, len(some), 400):
        query = select(Erasure.ifi_hash).where(Erasure.ifi_hash.in_(some[start : start + 400]))
        found |= {hashes[bytes(digest)] for digest in session.scalars(query)}
    return found


def link_proven(session: Session, site: Site, users: Mapping[int, RemoteUser], now: datetime) -> int:
    """Link the identities (by agent key) that nobody has and whose person is proven; gives how many."""
    free = select(Agent.id).where(Agent.id.in_(list(users)), Agent.person_id.is_(None))
    waiting = {key: users[key] for key in session.scalars(free)}
    if not waiting:
        return 0
    undone = select(IdentityLink.agent_id, IdentityLink.person_id)
    undone = undone.where(IdentityLink.agent_id.in_(list(waiting)), IdentityLink.unlinked_at.is_not(None))
    refused = {(agent, person) for agent, person in session.execute(undone)}
    by_number = _by_external_id(session, {it.idnumber for it in waiting.values() if it.idnumber})
    by_email = _by_email(session, {it.email.lower() for it in waiting.values() if it.email and _proves(site, it.email)})
    linked = 0
    for key, user in sorted(waiting.items()):
        person, rule = by_number.get(user.idnumber or ""), BY_EXTERNAL_ID
        if person is None:
            person, rule = by_email.get((user.email or "").lower()), BY_EMAIL
        if person is None or (key, person) in refused:
            continue
        identities.link(session, key, person, rule=rule, by=None, now=now)
        linked += 1
    return linked


def proven(session: Session, site: Site, users: Iterable[RemoteUser]) -> set[str]:
    """Ids of the accounts that a proven rule would link to a person (see ``link_proven``)."""
    some = list(users)
    by_number = _by_external_id(session, {it.idnumber for it in some if it.idnumber})
    by_email = _by_email(session, {it.email.lower() for it in some if it.email and _proves(site, it.email)})
    return {it.id for it in some if it.idnumber in by_number or (it.email or "").lower() in by_email}


def _proves(site: Site, email: str) -> bool:
    return email.rpartition("@")[2].lower() in site.domains


def _by_external_id(session: Session, numbers: set[str]) -> dict[str, UUID]:
    query = select(Person.external_id, Person.id).where(Person.external_id.in_(numbers), Person.erased_at.is_(None))
    return {number: person for number, person in session.execute(query) if number}


def _by_email(session: Session, emails: set[str]) -> dict[str, UUID]:
    """Persons by e-mail: those alone to have it, and of no role above learner."""
    if not emails:
        return {}
    staff = select(RoleGrant.person_id).where(RoleGrant.role != "learner")
    query = select(func.lower(Person.email), Person.id, Person.id.in_(staff))
    query = query.where(func.lower(Person.email).in_(emails), Person.erased_at.is_(None))
    found: dict[str, list[tuple[UUID, bool]]] = {}
    for email, person, above in session.execute(query):
        found.setdefault(email, []).append((person, bool(above)))
    return {email: some[0][0] for email, some in found.items() if len(some) == 1 and not some[0][1]}

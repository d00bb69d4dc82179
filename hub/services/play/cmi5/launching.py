"""Launching a unit, and waiving one.

Sources: cmi5 (quartz) 8.1 (launch), 9.3.1, 9.3.6, 9.3.7 (verbs), 9.6.1 (evaluation at registration), 10
(LMS.LaunchData), 11 (learner preferences). Who launches has locked the attempt.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from content.packages.cmi5 import Au
from content.xapi.canonical import ifi
from content.xapi.parse import dump
from hub.db.base import new_id
from hub.domain.cmi5 import move_on, statements
from hub.models.cmi5 import Cmi5Session
from hub.models.person import Person
from hub.models.play import PlayAttempt
from hub.services import xapi_documents
from hub.services.errors import Conflict
from hub.services.identities import hub_agent, own_agent_id
from hub.services.journal import record
from hub.services.ledger import ingest
from hub.services.play.cmi5 import sessions
from hub.services.play.cmi5.course import SOURCE, course_of, facts, keep, place, settle, unit_at
from hub.services.play.store import Held
from hub.services.source import hub_source
from hub.services.xapi_documents import Address, Precondition, Resource

LAUNCH_DATA: Final = "LMS.LaunchData"
PREFERENCES: Final = "cmi5LearnerPreferences"
_LANGUAGES: Final = {"fr": "fr-FR,fr,en", "en": "en,fr"}


@dataclass(frozen=True, slots=True)
class Where:
    """Addresses: the hub's origin, the content host's, where the package's files begin there, the page that a unit
    leads back to."""

    hub: str
    content: str
    files: str
    returning: str


@dataclass(frozen=True, slots=True)
class Launch:
    """A unit launched: its address with everything it needs, whether it wants a window of its own."""

    session: UUID
    url: str
    own_window: bool


def launch(
    session: Session, attempt: PlayAttempt, held: Held, number: int, where: Where, now: datetime, mode: str = "",
) -> Launch:  # fmt: skip
    """Open a session of unit ``number`` (from 0). ``mode`` empty: Normal, or Review of what is settled.

    An open session of the registration is abandoned first. Raises NotFound, Conflict (``not_playable``).
    """
    course = course_of(held)
    unit = unit_at(course, number)
    own_agent_id(session, attempt.person_id)
    sessions.source(session)
    if not attempt.state.get("registered"):
        ingest(session, settle(attempt, course, uuid4(), now), hub_source(SOURCE), now)
    for before in sessions.open_ones(session, attempt.id):
        sessions.abandon(session, before, held, now)
    chosen = mode or ("Review" if move_on.settled(unit, facts(attempt, unit)) else "Normal")
    row = Cmi5Session(
        id=new_id(), attempt_id=attempt.id, unit=number, publisher=unit.id, mode=chosen, mastery=unit.mastery_score,
        iri=statements.unit_iri(attempt.iri, "au", unit.id), prepared=False, verbs={}, launched_at=now, last_at=now,
        fetch_hash=b"", ending="",
    )  # fmt: skip
    part = sessions.address_part(session, row)
    session.add(row)
    session.flush()
    terms = statements.Terms(chosen, address(unit, held, where), where.returning)
    _documents(session, attempt, row, unit, terms, now)
    told = statements.launched(place(attempt, row.id), unit, terms, now)
    ingest(session, [told], hub_source(SOURCE), now)
    return Launch(row.id, _launch_url(terms.address, attempt, row, where.hub, part), unit.launch_method == "OwnWindow")


def address(unit: Au, held: Held, where: Where) -> str:
    """Where a unit begins: its own site, or its file of the package with the query that its author gave."""
    if not unit.file:
        return unit.url.strip()
    query = urlsplit(unit.url.strip()).query
    name = quote(unit.file.removeprefix(held.root))
    return f"{where.content}{where.files}{name}{'?' + query if query else ''}"


def _launch_url(bare: str, attempt: PlayAttempt, row: Cmi5Session, hub: str, part: str) -> str:
    address, _hash, fragment = bare.partition("#")
    parameters = urlencode(
        {
            "endpoint": f"{hub}/xapi",
            "fetch": f"{hub}/cmi5/fetch/{part}",
            "actor": dump(hub_agent(attempt.person_id)),
            "registration": str(attempt.registration),
            "activityId": row.iri,
        },
        quote_via=quote,
    )
    joined = f"{address}{'&' if '?' in address else '?'}{parameters}"
    return f"{joined}#{fragment}" if fragment else joined


def _documents(
    session: Session, attempt: PlayAttempt, row: Cmi5Session, unit: Au, terms: statements.Terms, now: datetime
) -> None:
    agent, nothing = ifi(hub_agent(attempt.person_id)), Precondition()
    data = dump(statements.launch_data(unit, str(row.id), terms)).encode()
    where = Address(Resource.STATE, row.iri, agent, str(attempt.registration), LAUNCH_DATA)
    xapi_documents.put(session, where, data, xapi_documents.JSON_TYPE, nothing, now)
    preferences = Address(Resource.AGENT_PROFILE, agent=agent, name=PREFERENCES)
    if xapi_documents.get(session, preferences) is None:
        language = session.get_one(Person, attempt.person_id).language or "fr"
        wanted = {"languagePreference": _LANGUAGES.get(language, language), "audioPreference": "on"}
        content = dump(wanted).encode()
        xapi_documents.put(session, preferences, content, xapi_documents.JSON_TYPE, nothing, now)


def waive(
    session: Session, attempt: PlayAttempt, held: Held, number: int, reason: str, *, by: UUID | None, now: datetime
) -> None:
    """Say that unit ``number`` need not be done (9.3.7), once a registration. Raises NotFound, Conflict
    (``already_done``)."""
    course = course_of(held)
    unit = unit_at(course, number)
    before = facts(attempt, unit)
    if before.waived or (unit.move_on != "NotApplicable" and move_on.met(unit, before)):
        raise Conflict("already_done")
    own_agent_id(session, attempt.person_id)
    session_id = uuid4()
    keep(attempt, unit.id, move_on.Facts(**{**before.stored(), "waived": True}))
    told: list[dict[str, Any]] = [statements.waived(place(attempt, session_id), unit, reason, now)]
    ingest(session, told + settle(attempt, course, session_id, now), hub_source(SOURCE), now)
    attempt.changed_at = now
    record(session, now, by, "cmi5.waived", "play_attempt", attempt.id, unit=unit.id, reason=reason)

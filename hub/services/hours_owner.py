"""Which enrolment counts the hours of an activity that several enrolments of one person share (DESIGN section 4).

Each activity counts once: in the enrolment it was launched from, else in the séance's, else in the oldest active one;
an administrator's choice, recorded on the enrolment with a journal entry, goes before all of them. Two enrolments of
one path that count different times share nothing: each keeps its own hours.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.models.learning import Enrolment, Launch
from hub.models.place import Attendance, Seance
from hub.models.river import BindingRow, XapiActivity
from hub.services.periods import apart


def elsewhere(session: Session, enrolments: Sequence[Enrolment]) -> dict[UUID, frozenset[str]]:
    """For each enrolment, the IRIs whose hours another enrolment of the same person counts."""
    of_person: dict[UUID, list[Enrolment]] = defaultdict(list)
    persons = {e.person_id for e in enrolments}
    for enrolment in session.scalars(
        select(Enrolment).where(Enrolment.person_id.in_(persons), Enrolment.state != "cancelled")
    ):
        of_person[enrolment.person_id].append(enrolment)
    several = {p: all_ for p, all_ in of_person.items() if len(all_) > 1}
    if not several:
        return {}
    iris = _iris(session, {e.version_id for all_ in several.values() for e in all_})
    launches, seances = _launches(session, several), _seances(session, several)
    result: dict[UUID, frozenset[str]] = {}
    for person, all_ in several.items():
        counted: dict[UUID, set[str]] = {e.id: set() for e in all_}
        for iri in _shared(all_, iris):
            among = [e for e in all_ if iri in iris[e.version_id]]
            owner = _owner(iri, among, launches.get((person, iri)), seances.get((person, iri)))
            for enrolment in among:
                if enrolment is not owner and not apart(enrolment, owner):
                    counted[enrolment.id].add(iri)
        result.update({key: frozenset(names) for key, names in counted.items()})
    return result


def _shared(enrolments: Iterable[Enrolment], iris: Mapping[UUID, frozenset[str]]) -> set[str]:
    seen: set[str] = set()
    shared: set[str] = set()
    for enrolment in enrolments:
        shared |= seen & iris[enrolment.version_id]
        seen |= iris[enrolment.version_id]
    return shared


def _owner(iri: str, among: list[Enrolment], launched: UUID | None, seance: UUID | None) -> Enrolment:
    by_id = {e.id: e for e in among}
    for enrolment in among:
        if enrolment.hours_owner.get(iri) == str(enrolment.id):
            return enrolment
    for choice in (launched, seance):
        if choice in by_id:
            return by_id[choice]
    return min(among, key=lambda e: (e.state != "active", e.entered_on, str(e.id)))


def _iris(session: Session, versions: set[UUID]) -> dict[UUID, frozenset[str]]:
    found: dict[UUID, set[str]] = {v: set() for v in versions}
    query = select(BindingRow.version_id, XapiActivity.iri).join(
        XapiActivity, XapiActivity.id == BindingRow.activity_id
    )
    for version, iri in session.execute(query.where(BindingRow.version_id.in_(versions))):
        found[version].add(iri)
    return {v: frozenset(names) for v, names in found.items()}


def _launches(session: Session, persons: Iterable[UUID]) -> dict[tuple[UUID, str], UUID]:
    """The enrolment of the first launch of each (person, IRI)."""
    query = select(Launch.person_id, Launch.iri, Launch.enrolment_id).where(Launch.person_id.in_(persons))
    found: dict[tuple[UUID, str], UUID] = {}
    for person, iri, enrolment in session.execute(query.order_by(Launch.at, Launch.id)):
        found.setdefault((person, iri), enrolment)
    return found


def _seances(session: Session, persons: Iterable[UUID]) -> dict[tuple[UUID, str], UUID]:
    query = (
        select(Attendance.person_id, Seance.iri, Attendance.enrolment_id)
        .join(Seance, Seance.id == Attendance.seance_id)
        .where(Attendance.person_id.in_(persons), Attendance.enrolment_id.is_not(None))
        .order_by(Seance.day, Seance.starts, Seance.id)
    )
    found: dict[tuple[UUID, str], UUID] = {}
    for person, iri, enrolment in session.execute(query):
        if enrolment is not None:
            found.setdefault((person, iri), enrolment)
    return found

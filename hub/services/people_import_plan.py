"""What an import would do with each line: create, change, leave or refuse, and why. Looks, and writes nothing.

A person is known by the place's own number, else by e-mail; by name alone never, for two people may share one. Where
that leaves a doubt the line is refused with its reason: nothing merges in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hub.domain.plain_text import plain
from hub.models.learning import Enrolment, LearningPath, PathVersion
from hub.models.person import Group, GroupMember, Person
from hub.services.people import PersonData, cleaned, columns

Fate = Literal["create", "change", "same", "refuse"]
Line = tuple[int, Mapping[str, str]]
Note = tuple[str, str]
"""(code, detail): the pages have the words."""

_STATUSES = {
    "stagiaire": "stagiaire", "trainee": "stagiaire", "apprenti": "apprenti", "apprentie": "apprenti",
    "apprentice": "apprenti", "beneficiaire": "bénéficiaire", "beneficiary": "bénéficiaire", "salarie": "salarié",
    "salariee": "salarié", "employee": "salarié",
}  # fmt: skip
_LANGUAGES = {"fr": "fr", "francais": "fr", "french": "fr", "en": "en", "anglais": "en", "english": "en"}
_DAY = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[ T].*)?")
#: Day 0 of Excel's dates, as they count from 1 March 1900 on.
_EXCEL: Final = date(1899, 12, 30)


@dataclass(slots=True)
class Plan:
    """What becomes of a line. ``data`` is the person as it will stand; ``notes`` say what and why."""

    number: int
    fate: Fate
    data: PersonData | None = None
    person_id: UUID | None = None
    group: Group | None = None
    version: PathVersion | None = None
    notes: list[Note] = field(default_factory=list)

    def refused(self, *notes: Note) -> Plan:
        """The same line, refused for these reasons."""
        return replace(self, fate="refuse", notes=list(notes))


def doubles(lines: Iterable[Line]) -> dict[int, Note]:
    """Lines that name a person whom an earlier line of the file names: line -> (``same_*``, the earlier line)."""
    first: dict[tuple[str, str], int] = {}
    namesakes: dict[str, list[tuple[int, _Marks]]] = {}
    found: dict[int, Note] = {}
    for number, cells in lines:
        for name in ("external_id", "email"):
            earlier = first.setdefault((name, plain(cells[name])), number) if cells.get(name) else number
            if earlier != number:
                found.setdefault(number, (f"same_{name}", str(earlier)))
        others = namesakes.setdefault(_name(cells), [])
        mine = _marks(cells)
        same = next((other for other, marks in others if not _apart(mine, marks)), None)
        if same is not None:
            found.setdefault(number, ("same_name", str(same)))
        others.append((number, mine))
    return found


_Marks = tuple[Any, Any, Any]
"""What tells namesakes apart: birth date, number, e-mail; empty where it is not known."""


def _marks(cells: Mapping[str, str]) -> _Marks:
    return birth_date(cells.get("birth_date", "")), cells.get("external_id", ""), cells.get("email", "").lower()


def _apart(one: _Marks, other: _Marks) -> bool:
    return any(mine and theirs and mine != theirs for mine, theirs in zip(one, other, strict=True))


def _name(cells: Mapping[str, str]) -> str:
    return plain(f"{cells.get('family_name', '')} {cells.get('given_name', '')}")


def birth_date(text: str) -> date | None:
    """A date as people and Excel write it: ``17/05/2004``, ``2004-05-17``, ``38124``; None for anything else."""
    day, iso = _DAY.fullmatch(text), _ISO.fullmatch(text)
    try:
        if day:
            return date(int(day[3]), int(day[2]), int(day[1]))
        if iso:
            return date(int(iso[1]), int(iso[2]), int(iso[3]))
        return _EXCEL + timedelta(days=int(text)) if re.fullmatch(r"\d{4,5}", text) else None
    except ValueError:
        return None


Namesakes = Mapping[str, Sequence[tuple[_Marks, str]]]
"""Plain name -> what tells each of its bearers apart, and how the name is written."""


def namesakes(session: Session) -> Namesakes:
    """Everybody of the place by plain name: accents and case differ between lists. One narrow read for a whole file."""
    query = select(Person.family_name, Person.given_name, Person.birth_date, Person.external_id, Person.email)
    return _grouped(
        (plain(f"{family} {given}"), ((born, number, (email or "").lower()), f"{given} {family}"))
        for family, given, born, number, email in session.execute(query.where(Person.erased_at.is_(None)))
    )


def plan(
    session: Session, lines: Sequence[Line], repeated: Mapping[int, Note], alike: Namesakes, today: date
) -> list[Plan]:
    """What would become of these lines (at most some hundreds at once), as things stand now.

    ``repeated`` is of `doubles` for the whole file, ``alike`` of `namesakes` from before its first line is written.
    """
    known = _known(session, lines, alike)
    return [
        Plan(number, "refuse", notes=[repeated[number]]) if number in repeated else _decide(known, number, cells, today)
        for number, cells in lines
    ]


@dataclass(frozen=True, slots=True)
class _Known:
    by_number: Mapping[str, Person]
    by_email: Mapping[str, list[Person]]
    alike: Namesakes
    groups: Mapping[str, list[Group]]
    paths: Mapping[str, list[PathVersion]]
    members: frozenset[tuple[UUID, UUID]]
    enrolled: frozenset[tuple[UUID, UUID]]


def _known(session: Session, lines: Sequence[Line], alike: Namesakes) -> _Known:
    cells = [it for _, it in lines]
    alive = Person.erased_at.is_(None)
    numbers = {it["external_id"] for it in cells if it.get("external_id")}
    by_number = session.scalars(select(Person).where(alive, Person.external_id.in_(numbers))).all()
    emails = {it["email"].lower() for it in cells if it.get("email")}
    by_email = session.scalars(select(Person).where(alive, func.lower(Person.email).in_(emails))).all()
    people = {person.id for person in (*by_number, *by_email)}
    members = select(GroupMember.person_id, GroupMember.group_id).where(GroupMember.person_id.in_(people))
    enrolled = select(Enrolment.person_id, Enrolment.path_id)
    enrolled = enrolled.where(Enrolment.person_id.in_(people), Enrolment.state == "active")
    return _Known(
        {str(person.external_id): person for person in by_number},
        _grouped((str(person.email).lower(), person) for person in by_email),
        alike,
        _grouped((plain(group.name), group) for group in session.scalars(select(Group).where(~Group.archived))),
        _published(session) if any(it.get("path") for it in cells) else {},
        frozenset((row[0], row[1]) for row in session.execute(members)),
        frozenset((row[0], row[1]) for row in session.execute(enrolled)),
    )


def _grouped(pairs: Iterable[tuple[str, Any]]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found


def _published(session: Session) -> dict[str, list[PathVersion]]:
    """The newest published version of each path in use, by the path's plain title."""
    query = select(LearningPath.title, PathVersion).join(PathVersion, PathVersion.path_id == LearningPath.id)
    query = query.where(
        PathVersion.state == "published", ~LearningPath.archived, LearningPath.of_resource_id.is_(None)
    ).order_by(PathVersion.number)
    newest = {version.path_id: (title, version) for title, version in session.execute(query)}
    return _grouped((plain(title), version) for title, version in newest.values())


def _decide(known: _Known, number: int, cells: Mapping[str, str], today: date) -> Plan:
    made = Plan(number, "create")
    person, doubt = _person(known, cells)
    if doubt:
        return made.refused(doubt)
    typed, faults = _typed(cells, person, today)
    if faults:
        return made.refused(*faults)
    made.data = typed
    faults = _places(known, cells, made)
    if faults:
        return made.refused(*faults)
    if person is None:
        return made
    made.person_id = person.id
    fields = [name for name, value in columns(typed).items() if getattr(person, name) != value]
    made.notes = [("known_by", "external_id" if cells.get("external_id") == person.external_id else "email")]
    made.notes += [("field", name) for name in fields]
    if made.group and (person.id, made.group.id) in known.members:
        made.group = None
    if made.version and (person.id, made.version.path_id) in known.enrolled:
        made.version = None
    made.notes += _gains(made)
    made.fate = "change" if fields or made.group or made.version else "same"
    return made


def _gains(made: Plan) -> list[Note]:
    gains = [("group", made.group.name)] if made.group else []
    return gains + ([("path", str(made.version.document.get("title", "")))] if made.version else [])


def _person(known: _Known, cells: Mapping[str, str]) -> tuple[Person | None, Note | None]:
    number, email = cells.get("external_id", ""), cells.get("email", "").lower()
    by_number, by_email = known.by_number.get(number), known.by_email.get(email, [])
    if by_number is not None:
        others = [person for person in by_email if person.id != by_number.id]
        return by_number, ("email_of_another", others[0].name) if others else None
    if len(by_email) > 1:
        return None, ("email_of_several", email)
    if by_email:
        found = by_email[0]
        if number and found.external_id and found.external_id != number:
            return None, ("email_other_number", found.name)
        return found, None
    return None, _namesake(known, cells)


def _namesake(known: _Known, cells: Mapping[str, str]) -> Note | None:
    """Somebody of the same name whom nothing tells apart: another number, another e-mail or another birth date."""
    for marks, written in known.alike.get(_name(cells), ()):
        if not _apart(_marks(cells), marks):
            return "namesake", written
    return None


def _typed(cells: Mapping[str, str], person: Person | None, today: date) -> tuple[PersonData, list[Note]]:
    """The person as it will stand: what the line says over what is known; an empty cell takes nothing away."""
    wrong: list[Note] = []
    known: dict[str, Any] = {name: getattr(person, name) or "" for name in _TEXTS} if person else {}
    values: dict[str, Any] = {**known, **{name: cells[name] for name in _TEXTS if cells.get(name)}}
    values["phone"] = _phone(values.get("phone", ""))
    values["birth_date"] = person.birth_date if person else None
    if cells.get("birth_date"):
        values["birth_date"] = birth_date(cells["birth_date"])
        wrong += [] if values["birth_date"] else [("birth_date", "not_a_date")]
    for name, allowed in (("status", _STATUSES), ("language", _LANGUAGES)):
        values[name] = getattr(person, name) if person else ""
        if cells.get(name):
            values[name] = allowed.get(plain(cells[name]), "")
            wrong += [] if values[name] else [(name, "unknown")]
    made, faults = cleaned(PersonData(**{"given_name": "", "family_name": "", **values}), today)
    return made, wrong or [(name, code) for name, code in faults.items()]


_TEXTS = ("given_name", "family_name", "email", "phone", "external_id")


def _phone(text: str) -> str:
    """A French number from which Excel took the first zero gets it back."""
    return f"0{text}" if re.fullmatch(r"[1-9]\d{8}", text) else text


def _places(known: _Known, cells: Mapping[str, str], made: Plan) -> list[Note]:
    faults: list[Note] = []
    if cells.get("group"):
        groups = known.groups.get(plain(cells["group"]), [])
        made.group = groups[0] if len(groups) == 1 else None
        faults += [] if made.group else [("several_groups" if groups else "no_group", cells["group"])]
    if cells.get("path"):
        versions = known.paths.get(plain(cells["path"]), [])
        made.version = versions[0] if len(versions) == 1 else None
        faults += [] if made.version else [("several_paths" if versions else "no_path", cells["path"])]
    made.notes = _gains(made)
    return faults

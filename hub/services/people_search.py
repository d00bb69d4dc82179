"""Finding persons: by name whatever the accents, by e-mail or number, page after page by the place of the last one."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session

from hub.domain.plain_text import words
from hub.domain.roles import Viewer
from hub.models.person import Account, Group, GroupMember, Person, RoleGrant
from hub.services.admin_scope import visible

PAGE = 50
_INITIALS = {"a": "ÀÁÂÄÅàáâäå", "c": "ÇçĆćČč", "e": "ÈÉÊËèéêë", "i": "ÌÍÎÏìíîïİ", "o": "ÒÓÔÖØòóôöøŒœ", "u": "ÙÚÛÜùúûü"}


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A person in the list."""

    id: UUID
    name: str
    email: str
    external_id: str
    roles: tuple[str, ...]
    groups: tuple[str, ...]
    has_login: bool


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """One page; ``after`` asks for the next one, empty on the last."""

    lines: tuple[PersonLine, ...]
    after: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: words of name, e-mail or number; a role; a group."""

    text: str = ""
    role: str = ""
    group_id: UUID | None = None


def search(session: Session, viewer: Viewer, wanted: Wanted, after: str = "", limit: int = PAGE) -> PeoplePage:
    """Persons in the viewer's reach, by family name and given name. A damaged ``after`` begins anew."""
    found = session.execute(_query(viewer, wanted, _opened(after)).limit(limit + 1)).all()
    shown = found[:limit]
    return PeoplePage(_lines(session, shown), _closed(shown[-1]) if len(found) > limit else "")


def _query(viewer: Viewer, wanted: Wanted, place: tuple[Any, ...] | None) -> Any:
    keys = _keys()
    columns = (Person.given_name, Person.family_name, Person.email, Person.external_id)
    query = select(*keys, *columns).where(visible(viewer), *holding(wanted.text))
    if wanted.role:
        query = query.where(exists().where(RoleGrant.person_id == Person.id, RoleGrant.role == wanted.role))
    if wanted.group_id:
        member = exists().where(GroupMember.person_id == Person.id, GroupMember.group_id == wanted.group_id)
        query = query.where(member)
    if place is not None:
        query = query.where(_beyond(keys, place))
    return query.order_by(*keys)


def _keys() -> tuple[Any, ...]:
    """What the list is sorted by: the initial without its accent, then the names, then the id."""
    first = func.substr(Person.family_name, 1, 1)
    plain_ones = [(first.in_(list(accented)), letter) for letter, accented in _INITIALS.items()]
    initial = case(*plain_ones, else_=func.lower(first))
    return initial.label("initial"), func.lower(Person.family_name), func.lower(Person.given_name), Person.id


def _beyond(keys: Sequence[ColumnElement[Any]], place: Sequence[Any]) -> ColumnElement[bool]:
    steps = []
    for number, (key, value) in enumerate(zip(keys, place, strict=True)):
        same = [earlier == known for earlier, known in zip(keys[:number], place[:number], strict=True)]
        steps.append(and_(*same, key > value))
    return or_(*steps)


def holding(text: str) -> list[ColumnElement[bool]]:
    """The conditions on ``Person`` that name, e-mail and number hold every word of ``text``, in any order, whatever
    the case and the accents."""
    return [Person.search_text.contains(word, autoescape=True) for word in words(text)]


def _lines(session: Session, rows: Sequence[Any]) -> tuple[PersonLine, ...]:
    ids = [row[3] for row in rows]
    held = _by_person(session, select(RoleGrant.person_id, RoleGrant.role).where(RoleGrant.person_id.in_(ids)))
    joined = select(GroupMember.person_id, Group.name).join(Group, Group.id == GroupMember.group_id)
    groups = _by_person(session, joined.where(GroupMember.person_id.in_(ids), GroupMember.until.is_(None)))
    logins = set(session.scalars(select(Account.person_id).where(Account.person_id.in_(ids), Account.active)))
    return tuple(
        PersonLine(
            row[3],
            f"{row[4]} {row[5]}".strip(),
            row[6] or "",
            row[7] or "",
            tuple(sorted(held.get(row[3], ()))),
            tuple(sorted(groups.get(row[3], ()))),
            row[3] in logins,
        )
        for row in rows
    )


def _by_person(session: Session, query: Any) -> dict[UUID, set[str]]:
    found: dict[UUID, set[str]] = {}
    for person, text in session.execute(query):
        found.setdefault(person, set()).add(text)
    return found


def _closed(place: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([str(part) for part in place[:4]])).decode().rstrip("=")


def _opened(text: str) -> tuple[Any, ...] | None:
    try:
        parts = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))) if text else None
        return (str(parts[0]), str(parts[1]), str(parts[2]), UUID(parts[3])) if parts else None
    except (binascii.Error, ValueError, LookupError, TypeError, AttributeError):
        return None

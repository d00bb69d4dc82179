"""The documents of xAPI: state, agent profiles, activity profiles, with their ETags and preconditions.

Source: xAPI 1.0.3 Part Three 2.2 (document resources), 2.3 (state), 2.6 and 2.7 (profiles), 3.1 (concurrency).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, delete, select, update
from sqlalchemy.orm import Session

from content.xapi.errors import StatementError
from content.xapi.parse import dump, load
from hub.db.base import new_id
from hub.db.types import to_micros, vault_of
from hub.db.uow import driver
from hub.models.river import Agent, Document, Erasure, XapiActivity
from hub.services.dictionaries import activity_ids, agent_ids, stored_form
from hub.services.driver_sql import Sentence, first
from hub.services.erasure import PURPOSE, stand_still
from hub.services.errors import Conflict, Invalid

JSON_TYPE: Final = "application/json"


class Resource(StrEnum):
    """The three kinds of documents."""

    STATE = "state"
    AGENT_PROFILE = "agent_profile"
    ACTIVITY_PROFILE = "activity_profile"


class PreconditionFailed(Conflict):
    """The document is not in the state that If-Match or If-None-Match asks for."""

    code = "precondition_failed"


class PreconditionNeeded(Conflict):
    """A document that exists is replaced only by one who says which state of it was seen."""

    code = "precondition_needed"


class PreconditionMissing(Conflict):
    """This version of the standard wants If-Match or If-None-Match with every PUT of this resource."""

    code = "precondition_missing"


class NotMergeable(Invalid):
    """POST merges JSON objects; what came, or what is there, is none."""

    code = "not_mergeable"

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__({"document": "not_an_object"}, reason=reason)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a document lies. ``agent`` is an identifier (``ifi``), ``activity`` an IRI; ``registration`` None means
    none for one document, any for a list; ``name`` is the stateId or profileId, None for all of a list."""

    resource: Resource
    activity: str | None = None
    agent: str | None = None
    registration: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Precondition:
    """If-Match and If-None-Match as predicates over an ETag (None: the header is absent), and what lacking both means:
    ``strict_old`` refuses it over an existing document, ``strict_new`` also for a new one."""

    match: Callable[[str], bool] | None = None
    none_match: Callable[[str], bool] | None = None
    strict_old: bool = False
    strict_new: bool = False

    def check(self, etag: str | None) -> None:
        """Compare with the ETag of what is there (None: nothing). Raises PreconditionFailed, -Needed, -Missing."""
        if self.match is not None and (etag is None or not self.match(etag)):
            raise PreconditionFailed
        if self.none_match is not None and etag is not None and self.none_match(etag):
            raise PreconditionFailed
        if self.match is None and self.none_match is None:
            if etag is not None and self.strict_old:
                raise PreconditionNeeded
            if etag is None and self.strict_new:
                raise PreconditionMissing


def etag_of(content: bytes) -> str:
    """The SHA-1 of the content in hexadecimal, as the standard sets it (1.0.3 Part Three 3.1); no quotes."""
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class Kept:
    """A document as it lies there; ``updated`` in µs UTC."""

    id: UUID
    content: bytes
    content_type: str
    etag: str
    updated: int


_COLUMNS: Final = (Document.id, Document.content, Document.content_type, Document.etag, Document.updated)


@lru_cache
def _found(said: frozenset[str], *, locked: bool = False) -> Sentence:
    """The documents of an address that says so much; ``locked``: for the one who is going to change them."""
    query = select(*_COLUMNS)
    return Sentence(lambda: query.where(*_where(said)).with_for_update() if locked else query.where(*_where(said)))


@lru_cache
def _named(said: frozenset[str], *, since: bool) -> Sentence:
    query = select(Document.name).distinct().order_by(Document.name)
    later = [Document.updated > bindparam("since")] if since else []
    return Sentence(lambda: query.where(*_where(said), *later))


def get(session: Session, address: Address) -> Kept | None:
    """One document, or None."""
    said, values = _said(address)
    with closing(_found(said).each(session, **values)) as found:  # the connection would keep what it gave last
        row = next(found, None)
    return None if row is None else Kept(*row)


def names(session: Session, address: Address, since: datetime | None = None) -> Sequence[str]:
    """The ids of the documents of a context in the order of the alphabet, those changed after ``since`` only."""
    said, values = _said(address)
    if since is not None:
        values["since"] = to_micros(since)
    return [row.name for row in _named(said, since=since is not None).rows(session, **values)]


def put(
    session: Session, address: Address, content: bytes, content_type: str, precondition: Precondition, now: datetime
) -> None:
    """Store a document whole, or replace it. Of an erased identity nothing is stored."""
    _write(session, address, precondition, now, lambda _: (content, content_type))


def merge(
    session: Session, address: Address, content: bytes, content_type: str, precondition: Precondition, now: datetime
) -> None:
    """Lay the members of a JSON object over those of the document that is there; store it whole where there is none.

    Raises NotMergeable unless both are JSON objects.
    """

    def merged(old: Kept | None) -> tuple[bytes, str]:
        if old is None:
            if is_json(content_type):
                _parsed(content, "the document posted")
            return content, content_type
        new = _members(content, content_type, "the document posted")
        return dump({**_members(old.content, old.content_type, "the stored document"), **new}).encode(), JSON_TYPE

    _write(session, address, precondition, now, merged)


_REMOVE: Final = Sentence(lambda: delete(Document).where(Document.id == bindparam("of")))


def remove(session: Session, address: Address, precondition: Precondition) -> None:
    """Delete one document; that it is not there is no error (unless the precondition says so)."""
    said, values = _said(address)
    row = _found(said, locked=True).first(session, **values)
    precondition.check(row.etag if row else None)
    if row is not None:
        _REMOVE.rows(session, of=row.id)


@lru_cache
def _cleared(said: frozenset[str]) -> Sentence:
    return Sentence(lambda: delete(Document).where(*_where(said)))


def clear(session: Session, address: Address) -> None:
    """Delete every document of a context."""
    said, values = _said(address)
    _cleared(said).rows(session, **values)


def is_json(content_type: str) -> bool:
    """Whether a Content-Type says JSON, parameters aside."""
    return content_type.partition(";")[0].strip().lower() == JSON_TYPE


_CHANGE: Final = Sentence(
    lambda: (
        update(Document)
        .where(Document.id == bindparam("of"))
        .values({name: bindparam(f"new_{name}") for name in ("content", "content_type", "etag", "updated")})
    )
)


def _write(
    session: Session,
    address: Address,
    precondition: Precondition,
    now: datetime,
    make: Callable[[Kept | None], tuple[bytes, str]],
) -> None:
    if address.agent is not None and _erased(session, address.agent):
        return
    said, values = _said(address)
    while (old := _found(said, locked=True).first(session, **values)) is None:
        if _insert(session, address, precondition, now, make):
            return
        # Another writer was first: its document counts, if no third one has deleted it since.
    precondition.check(old.etag)
    content, content_type = make(Kept(*old))
    new = {"new_content": content, "new_content_type": content_type, "new_etag": etag_of(content)}
    _CHANGE.rows(session, of=old.id, new_updated=to_micros(now), **new)


_INSERT: Final = (
    "INSERT INTO xapi_document (id, resource, activity_id, agent_id, registration, name, content, content_type, etag, "
    "updated) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id"
)


def _insert(
    session: Session,
    address: Address,
    precondition: Precondition,
    now: datetime,
    make: Callable[[Kept | None], tuple[bytes, str]],
) -> bool:
    """Unknown agents and activities enter the dictionaries."""
    precondition.check(None)
    content, content_type = make(None)
    agent, activity, key = address.agent, address.activity, new_id()
    row = (
        key.hex if driver(session).on_sqlite else key,
        str(address.resource),
        activity_ids(session, [activity])[activity] if activity is not None else 0,
        agent_ids(session, [agent])[agent] if agent is not None else 0,
        (address.registration or "").lower(),
        address.name,
        content,
        content_type,
        etag_of(content),
        to_micros(now),
    )
    return first(session, _INSERT, row) is not None


_ERASED: Final = Sentence(lambda: select(Erasure.ifi_hash).where(Erasure.ifi_hash == bindparam("digest")))


def _erased(session: Session, agent: str) -> bool:
    stand_still(session)
    digest = vault_of(session).keyed_hash(PURPOSE, stored_form(agent))
    return _ERASED.first(session, digest=digest) is not None


def _said(address: Address) -> tuple[frozenset[str], dict[str, Any]]:
    """Which parts an address has, and their values."""
    exact = address.registration is not None or address.name is not None
    values: dict[str, Any] = {
        "activity": address.activity and stored_form(address.activity),
        "agent": address.agent and stored_form(address.agent),
        "name": address.name,
        "registration": (address.registration or "").lower() if exact else None,
    }
    said = frozenset(name for name, value in values.items() if value is not None)
    return said, {**values, "resource": str(address.resource)}


def _where(said: frozenset[str]) -> list[ColumnElement[bool]]:
    """Conditions on the documents of an address; none fits one that names an agent or activity that nothing knows."""
    conditions = [Document.resource == bindparam("resource")]
    for name, column, key, text in (
        ("activity", Document.activity_id, XapiActivity.id, XapiActivity.iri),
        ("agent", Document.agent_id, Agent.id, Agent.ifi),
    ):
        known = select(key).where(text == bindparam(name)).scalar_subquery()
        conditions.append(column == (known if name in said else 0))
    if "name" in said:
        conditions.append(Document.name == bindparam("name"))
    if "registration" in said:
        conditions.append(Document.registration == bindparam("registration"))
    return conditions


def _members(content: bytes, content_type: str, what: str) -> dict[str, Any]:
    if not is_json(content_type):
        raise NotMergeable(f"{what} is not {JSON_TYPE}")
    value = _parsed(content, what)
    if not isinstance(value, dict):
        raise NotMergeable(f"{what} is not a JSON object")
    return value


def _parsed(content: bytes, what: str) -> object:
    try:
        return load(content)
    except StatementError as error:
        raise NotMergeable(f"{what} is not JSON: {error.reason}") from error

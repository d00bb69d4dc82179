"""The documents of xAPI: state, agent profiles, activity profiles, with their ETags and preconditions.

Source: xAPI 1.0.3 Part Three 2.2 (document resources), 2.3 (state), 2.6 and 2.7 (profiles), 3.1 (concurrency).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from content.xapi.errors import StatementError
from content.xapi.parse import dump, load
from hub.db.base import new_id
from hub.db.types import to_micros, vault_of
from hub.models.river import Agent, Document, Erasure, XapiActivity
from hub.services.dictionaries import activity_ids, agent_ids, known_ids, stored_form, upsert
from hub.services.erasure import PURPOSE
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


def get(session: Session, address: Address) -> Document | None:
    """One document, or None."""
    where = _where(session, address)
    return None if where is None else session.scalar(select(Document).where(*where))


def names(session: Session, address: Address, since: datetime | None = None) -> Sequence[str]:
    """The ids of the documents of a context in the order of the alphabet, those changed after ``since`` only."""
    where = _where(session, address)
    if where is None:
        return []
    query = select(Document.name).distinct().where(*where).order_by(Document.name)
    if since is not None:
        query = query.where(Document.updated > to_micros(since))
    return session.scalars(query).all()


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

    def merged(old: Document | None) -> tuple[bytes, str]:
        if old is None:
            if is_json(content_type):
                _parsed(content, "the document posted")
            return content, content_type
        new = _members(content, content_type, "the document posted")
        return dump(
            {**_members(bytes(old.content), old.content_type, "the stored document"), **new}
        ).encode(), JSON_TYPE

    _write(session, address, precondition, now, merged)


def remove(session: Session, address: Address, precondition: Precondition) -> None:
    """Delete one document; that it is not there is no error (unless the precondition says so)."""
    where = _where(session, address)
    row = None if where is None else session.scalar(select(Document).where(*where).with_for_update())
    precondition.check(row.etag if row else None)
    if row is not None:
        session.delete(row)


def clear(session: Session, address: Address) -> None:
    """Delete every document of a context."""
    where = _where(session, address)
    if where is not None:
        session.execute(delete(Document).where(*where))


def is_json(content_type: str) -> bool:
    """Whether a Content-Type says JSON, parameters aside."""
    return content_type.partition(";")[0].strip().lower() == JSON_TYPE


def _write(
    session: Session,
    address: Address,
    precondition: Precondition,
    now: datetime,
    make: Callable[[Document | None], tuple[bytes, str]],
) -> None:
    if address.agent is not None and _erased(session, address.agent):
        return
    keys = _keys(session, address)
    query = select(Document).where(*(getattr(Document, name) == value for name, value in keys.items()))
    old = session.scalar(query.with_for_update())
    if old is None and _insert(session, keys, precondition, now, make):
        return
    # Another writer was first: its document is the one there now, and counts.
    old = old or session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()
    precondition.check(old.etag)
    old.content, old.content_type = make(old)
    old.etag, old.updated = etag_of(old.content), to_micros(now)


def _insert(
    session: Session,
    keys: dict[str, Any],
    precondition: Precondition,
    now: datetime,
    make: Callable[[Document | None], tuple[bytes, str]],
) -> bool:
    precondition.check(None)
    content, content_type = make(None)
    row = {
        "id": new_id(),
        **keys,
        "content": content,
        "content_type": content_type,
        "etag": etag_of(content),
        "updated": to_micros(now),
    }
    statement = upsert(session, Document.__table__).values(row).on_conflict_do_nothing().returning(Document.id)
    return session.scalar(statement) is not None


def _erased(session: Session, agent: str) -> bool:
    digest = vault_of(session).keyed_hash(PURPOSE, stored_form(agent))
    return session.scalar(select(Erasure.ifi_hash).where(Erasure.ifi_hash == digest)) is not None


def _keys(session: Session, address: Address) -> dict[str, Any]:
    """The columns that identify a document; unknown agents and activities enter the dictionaries."""
    agent, activity = address.agent, address.activity
    return {
        "resource": str(address.resource),
        "activity_id": activity_ids(session, [activity])[activity] if activity is not None else 0,
        "agent_id": agent_ids(session, [agent])[agent] if agent is not None else 0,
        "registration": (address.registration or "").lower(),
        "name": address.name,
    }


def _where(session: Session, address: Address) -> list[ColumnElement[bool]] | None:
    """Conditions on the documents of an address; None where it names an agent or activity that nothing knows."""
    conditions = [Document.resource == str(address.resource)]
    for column, model, text in (
        (Document.activity_id, XapiActivity, address.activity),
        (Document.agent_id, Agent, address.agent),
    ):
        if text is None:
            conditions.append(column == 0)
            continue
        key = known_ids(session, model, [text]).get(text)
        if key is None:
            return None
        conditions.append(column == key)
    if address.name is not None:
        conditions.append(Document.name == address.name)
    if address.registration is not None or address.name is not None:
        conditions.append(Document.registration == (address.registration or "").lower())
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

"""Dictionaries of the river: texts (IFIs, verb and activity IRIs) to integer keys, cached in the process.

Caches belong to one tenant and are filled after the commit only: a rolled-back key once gave one person's progress to
another
(DESIGN section 6, traps). Keys are never reused.

An IRI has no greatest length, an index entry of PostgreSQL has (about 2,700 bytes): a text over ``LONGEST`` bytes is
stored in a shortened form (``stored_form``). Callers do not see it: what they give and get is the text itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Dialect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from hub.db.base import Base
from hub.db.uow import after_commit, driver
from hub.models.river import Agent, Verb, XapiActivity
from hub.services.driver_sql import among

#: How many texts of one dictionary a process remembers; beyond it the cache starts anew.
CACHE_LIMIT = 200_000
CHUNK = 400
#: Bytes of UTF-8 beyond which a text is stored in its shortened form.
LONGEST = 1500
_KEPT = 400

_caches: WeakKeyDictionary[Dialect, dict[tuple[Any, str], dict[str, int]]] = WeakKeyDictionary()


def _cache(session: Session, name: str) -> dict[str, int]:
    own = driver(session)
    return _caches.setdefault(own.dialect, {}).setdefault((own.schema, name), {})


def stored_form(text: str) -> str:
    """The text as the dictionaries hold it: itself up to ``LONGEST`` bytes of UTF-8; of a longer one the first 400
    characters and the SHA-256 of the whole, ``<start>…#sha-256:<64 digits>``. A stored form is its own stored form."""
    if len(text) * 4 <= LONGEST or len(encoded := text.encode()) <= LONGEST:
        return text
    return f"{text[:_KEPT]}…#sha-256:{hashlib.sha256(encoded).hexdigest()}"


def tenant_slot(session: Session) -> tuple[Dialect, Any]:
    """What tells the tenant of a session from others of this process: for caches keyed by tenant."""
    own = driver(session)
    return own.dialect, own.schema


def upsert(session: Session, table: Any) -> Any:
    """The dialect's INSERT for ``table``, which knows ON CONFLICT."""
    return (sqlite if session.get_bind().dialect.name == "sqlite" else postgresql).insert(table)


def add_once(session: Session, model: type[Base], **values: Any) -> bool:
    """Add a row unless there is one of its key; says whether it was added. Of units that add the same at once, one does
    and the others wait for its end: what it added can be read afterwards."""
    statement = upsert(session, model.__table__).values(**values).on_conflict_do_nothing()
    return session.execute(statement.returning(*model.__table__.primary_key)).first() is not None


def agent_ids(session: Session, ifis: Iterable[str], names: dict[str, str] | None = None) -> dict[str, int]:
    """Key of each IFI; unknown ones are added, with the display name given for them."""
    return _keys(session, Agent, "ifi", set(ifis), names or {})


def activity_ids(session: Session, iris: Iterable[str], names: dict[str, str] | None = None) -> dict[str, int]:
    """Key of each activity IRI; unknown ones are added, with the display name given for them."""
    return _keys(session, XapiActivity, "iri", set(iris), names or {})


def verb_ids(session: Session, iris: Iterable[str]) -> dict[str, int]:
    """Key of each verb IRI; unknown ones are added."""
    return _keys(session, Verb, "iri", set(iris), None)


def known_ids(
    session: Session, model: type[Agent] | type[Verb] | type[XapiActivity], texts: Iterable[str]
) -> dict[str, int]:
    """Keys of the texts that are known; nothing is added (for queries in reading units)."""
    forms = {t: stored_form(t) for t in texts}
    found = _look_up(session, model, "ifi" if model is Agent else "iri", list(set(forms.values())))
    return {t: found[form] for t, form in forms.items() if form in found}


def _keys(session: Session, model: Any, column: str, texts: set[str], names: dict[str, str] | None) -> dict[str, int]:
    cache = _cache(session, model.__tablename__)
    found = {t: cache[t] for t in texts if t in cache}
    forms = {t: stored_form(t) for t in texts - found.keys()}
    if not forms:
        return found
    missing = sorted(set(forms.values()))
    rows = _look_up(session, model, column, missing)
    # Sorted, so that two batches over the same texts wait for each other instead of deadlocking.
    absent = [form for form in missing if form not in rows]
    if absent:
        labels = {forms[t]: names.get(t) for t in forms} if names is not None else None
        added = [{column: form} if labels is None else {column: form, "name": labels[form]} for form in absent]
        session.execute(upsert(session, model.__table__).on_conflict_do_nothing(index_elements=[column]), added)
        rows.update(_look_up(session, model, column, absent))
    new = {t: rows[form] for t, form in forms.items()}
    # Long texts are not remembered: they would fill the memory, and their form costs less than their copy.
    after_commit(session, lambda: _remember(cache, {t: k for t, k in new.items() if t == forms[t]}))
    return found | new


def _remember(cache: dict[str, int], new: dict[str, int]) -> None:
    if len(cache) + len(new) > CACHE_LIMIT:
        cache.clear()
    cache.update(new)


def _look_up(session: Session, model: Any, column: str, texts: list[str]) -> dict[str, int]:
    if not texts:
        return {}
    query = f"SELECT {column}, id FROM {model.__tablename__} WHERE {column} {{among}}"  # noqa: S608 names of our own
    return dict(tuple(row) for row in among(session, query, texts))

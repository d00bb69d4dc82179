"""The secrets of a place on its way to another installation: taken out under the one vault, put in under the other.

What is sealed lies in columns of type Sealed and, as Base64 text, in settings. What is only checked is a keyed hash;
its keys go along by purpose (hub.db.hash_keys). Hashes of a few minutes' life are left behind.
"""

from __future__ import annotations

import base64
import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Column, Table, and_, bindparam, select, update
from sqlalchemy.orm import Session

import hub.models
from hub.db import hash_keys
from hub.db.base import Base
from hub.db.errors import VaultError
from hub.db.types import Sealed, vault_of
from hub.models.platforms import Setting
from hub.services import (
    accounts,
    api_tokens,
    cards,
    erasure,
    lti_registering,
    place_sharing,
    second_factor,
    sessions,
    xapi_sources,
    xapi_tokens,
)
from hub.services.calendars import feeds
from hub.services.files import intake, people
from hub.services.settings import set_setting

PURPOSES: Final = (
    accounts.LINK_PURPOSE,
    api_tokens.PURPOSE,
    cards.PURPOSE,
    erasure.PURPOSE,
    feeds.PURPOSE,
    intake.PURPOSE,
    people.PURPOSE,
    lti_registering.TOKEN,
    lti_registering.MANAGEMENT,
    place_sharing.PURPOSE,
    second_factor.CODE_PURPOSE,
    sessions.PURPOSE,
    xapi_sources.PURPOSE,
    xapi_tokens.PURPOSE,
)
"""Whose hashes outlive a move."""
_BEGINS: Final = "Z0FBQUFB"
"""How a sealed text in a setting begins: Base64 of a Fernet token."""


def gather(session: Session) -> dict[str, Any]:
    """Every secret of the place behind ``session``, open, as JSON values: to be sealed at once. Raises VaultError."""
    vault = vault_of(session)
    columns = [
        [table.name, column.name, [_plain(part) for part in key], secret.reveal()]
        for table, column in sealed_columns()
        for *key, secret in session.execute(select(*table.primary_key.columns, column).where(column.is_not(None)))
    ]
    settings = [
        [row.name, path, vault.open(base64.b64decode(text))]
        for row in session.scalars(select(Setting).where(Setting.name != hash_keys.SETTING))
        for path, text in _sealed_in(row.value)
    ]
    keys = {purpose: base64.b64encode(vault.hash_key(purpose)).decode() for purpose in PURPOSES}
    return {"columns": columns, "settings": settings, "hash_keys": keys}


def put_in(session: Session, told: Mapping[str, Any]) -> tuple[str, ...]:
    """Seal again, under the vault of ``session``, what ``gather`` gave; gives what could not be (table and id), which
    is emptied. Raises VaultError for something else than ``gather`` gives."""
    try:
        lost = _columns(session, told["columns"])
        for name, path, text in told["settings"]:
            _set_in(session, str(name), [str(part) for part in path], text)
        keys = {str(purpose): base64.b64decode(key) for purpose, key in told["hash_keys"].items()}
    except (KeyError, TypeError, ValueError) as error:
        raise VaultError("the secrets of this archive are damaged") from error
    set_setting(session, hash_keys.SETTING, dict(hash_keys.sealed(vault_of(session), keys)))
    return lost


def sealed_columns() -> Iterator[tuple[Table, Column[Any]]]:
    """Every column of the places' tables that holds sealed texts."""
    for module in pkgutil.walk_packages(hub.models.__path__, "hub.models."):
        importlib.import_module(module.name)
    for table in Base.metadata.sorted_tables:
        yield from ((table, column) for column in table.c if isinstance(column.type, Sealed))


def _columns(session: Session, told: list[list[Any]]) -> tuple[str, ...]:
    given = {(str(table), str(name), *key): str(text) for table, name, key, text in told}
    lost: list[str] = []
    for table, column in sealed_columns():
        keys = list(table.primary_key.columns)
        new = []
        for row in session.execute(select(*keys).where(column.is_not(None))).all():
            text = given.get((table.name, column.name, *map(_plain, row)))
            if text is None:  # in no archive that is whole; what no key opens would stop the page that reads it
                lost.append(f"{table.name}:{row[0]}")
                text = None if column.nullable else ""
            new.append({"text": text, **{f"k{n}": part for n, part in enumerate(row)}})
        if new:
            same = and_(*(part == bindparam(f"k{n}") for n, part in enumerate(keys)))
            session.connection().execute(update(table).where(same).values({column: bindparam("text")}), new)
    return tuple(lost)


def _plain(value: Any) -> Any:
    return value.hex if isinstance(value, UUID) else value


def _sealed_in(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[list[str], str]]:
    """Sealed texts within a setting, each with the names that lead to it."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _sealed_in(part, (*path, name))
    elif isinstance(value, str) and value.startswith(_BEGINS):
        yield list(path), value


def _set_in(session: Session, name: str, path: list[str], text: str) -> None:
    row = session.get(Setting, name)
    if row is not None:
        sealed = base64.b64encode(vault_of(session).seal(text)).decode()
        row.value = _replaced(row.value, path, sealed)


def _replaced(value: dict[str, Any], path: list[str], text: str) -> dict[str, Any]:
    first, *rest = path
    return {**value, first: _replaced(value[first], rest, text) if rest else text}

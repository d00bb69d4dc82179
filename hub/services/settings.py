"""Settings of the place: its name, zone, colour, delays of answer. One row a name, a JSON object each."""

import time
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.db.uow import TenantDatabase, after_commit
from hub.models.platforms import Setting
from hub.services.dictionaries import add_once

REMEMBERED_SECONDS = 1.0
_remembered: WeakKeyDictionary[TenantDatabase, tuple[float, dict[str, dict[str, Any]]]] = WeakKeyDictionary()


def all_settings(session: Session) -> dict[str, dict[str, Any]]:
    """Every setting, by name."""
    rows = session.execute(select(Setting.name, Setting.value))  # columns: a request need not build objects
    return {row.name: row.value for row in rows}


def recent_settings(tenant: TenantDatabase) -> dict[str, dict[str, Any]]:
    """Every setting, by name, at most a second old; what this process changes is forgotten at once.

    For requests that need nothing else of a reading unit: it costs a third of a statement's whole way in.
    """
    known = _remembered.get(tenant)
    if known is None or time.monotonic() - known[0] > REMEMBERED_SECONDS:
        began = time.monotonic()
        with tenant.read() as session:
            known = _remembered[tenant] = began, all_settings(session)
    return known[1]


def get_setting(session: Session, name: str) -> dict[str, Any]:
    """One setting; an empty dictionary where it was never set."""
    row = session.get(Setting, name)
    return dict(row.value) if row else {}


def set_setting(session: Session, name: str, value: dict[str, Any]) -> None:
    """Set a setting whole."""
    row = session.get(Setting, name)
    if row is None:
        add_once(session, Setting, name=name, value=value)
        row = session.get_one(Setting, name)
    row.value = value
    after_commit(session, _remembered.clear)

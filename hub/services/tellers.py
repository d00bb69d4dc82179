"""Whose word a statement of the hub's own hand carries: the platform it was read from, or the person who gave it.

A statement that another system sent has its source; those that the hub wrote name the platform, or the trainer as
instructor, in
their context.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, select
from sqlalchemy.orm import Session

from content.xapi.parse import load_own
from hub.models.person import Person
from hub.models.platforms import LtiTool, Platform
from hub.models.river import Ledger, XapiSource
from hub.services.source import HUB_HOME


def own_text() -> ColumnElement[Any]:
    """Column: the text of a statement that the hub wrote, none of another's.

    Beside an outer join to XapiSource: what a platform's records were translated into carries the platform's id as its
    source, and yet is of the hub's hand.
    """
    return case((XapiSource.id.is_(None), Ledger.text), else_=None)


def tellers(session: Session, texts: Iterable[str | None]) -> list[str | None]:
    """For each text of ``own_text`` the name to show: a trainer's, a platform's, or None for the hub itself."""
    keys = [_key(text) for text in texts]
    wanted = {key for key in keys if key is not None}
    names: dict[UUID, str] = {}
    if wanted:
        for person in session.scalars(select(Person).where(Person.id.in_(wanted))):
            names[person.id] = person.name
        names.update(session.execute(select(Platform.id, Platform.name).where(Platform.id.in_(wanted))).all())
        tools = select(LtiTool.id, Platform.name).join(Platform, Platform.id == LtiTool.platform_id)
        names.update(session.execute(tools.where(LtiTool.id.in_(wanted))).all())
    return [names.get(key) if key else None for key in keys]


def _key(text: str | None) -> UUID | None:
    """The id that a statement's context names: of the instructor, else of the platform or tool (``lti:<id>``)."""
    if text is None:
        return None
    said: Any = load_own(text)
    context = said.get("context", {})
    account = context.get("instructor", {}).get("account", {})
    named = account.get("name") if account.get("homePage") == HUB_HOME else context.get("platform", "")
    try:
        return UUID(str(named).rpartition(":")[2])
    except ValueError:
        return None

"""Settings of the place: its name, zone, colour, delays of answer. One row a name, a JSON object each."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.models.platforms import Setting


def all_settings(session: Session) -> dict[str, dict[str, Any]]:
    """Every setting, by name."""
    rows = session.execute(select(Setting.name, Setting.value))  # columns: a request need not build objects
    return {row.name: row.value for row in rows}


def get_setting(session: Session, name: str) -> dict[str, Any]:
    """One setting; an empty dictionary where it was never set."""
    row = session.get(Setting, name)
    return dict(row.value) if row else {}


def set_setting(session: Session, name: str, value: dict[str, Any]) -> None:
    """Set a setting whole."""
    row = session.get(Setting, name)
    if row is None:
        session.add(Setting(name=name, value=value))
    else:
        row.value = value

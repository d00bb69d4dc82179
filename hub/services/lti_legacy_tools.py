"""Tools that only speak LTI 1.1 and that the hub opens: key and secret, what they learn, closing them.

Such a tool is a row ``LtiTool`` beside those of LTI 1.3, so that pseudonyms, columns and results are kept alike;
``legacy_key_id`` tells them apart.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.db.base import new_id
from hub.db.types import Secret
from hub.db.uow import TenantDatabase
from hub.models.platforms import LtiLegacyKey, LtiTool
from hub.services import platforms
from hub.services.errors import Invalid, NotFound
from hub.services.journal import record
from lti import ConfigurationError, PrivacyPolicy
from lti.legacy.signature import METHODS
from lti.scopes import SCORE
from lti.urls import require_web_url

OUTWARD: Final = "outward"
#: What a tool of LTI 1.1 signs with unless its maker says otherwise.
USUAL_METHOD: Final = "HMAC-SHA1"


@dataclass(frozen=True, slots=True)
class LegacyToolData:
    """A tool as its maker describes it, and what it may learn. ``secret`` empty on a change: the one known stays.
    ``selection_uri``: where content is picked inside the tool; ``scores``: whether it may send results."""

    url: str
    key: str
    secret: str = field(repr=False)
    selection_uri: str = ""
    name: bool = False
    email: bool = False
    scores: bool = True
    method: str = USUAL_METHOD


@dataclass(frozen=True, slots=True)
class LegacyTool:
    """A tool of LTI 1.1 with its key."""

    tool: LtiTool
    key: LtiLegacyKey = field(repr=False)

    @property
    def privacy(self) -> PrivacyPolicy:
        """What the tool may learn of people."""
        told = self.tool.registration["privacy"]
        return PrivacyPolicy(bool(told.get("name")), bool(told.get("email")))

    @property
    def may_score(self) -> bool:
        """Whether it may send results."""
        return SCORE in self.tool.registration.get("scopes", ())

    @property
    def method(self) -> str:
        """How messages to it are signed."""
        return str(self.tool.registration.get("method", USUAL_METHOD))


def add(
    session: Session, platform_id: UUID, data: LegacyToolData, *, by: UUID | None, now: datetime, development: bool
) -> LegacyTool:
    """Let the hub open a tool. Raises NotFound, Invalid (field -> ``required``, ``taken``, ``not_a_web_address``)."""
    platforms.find(session, platform_id)
    _require(session, data, None, development)
    key = LtiLegacyKey(
        id=new_id(),
        platform_id=platform_id,
        direction=OUTWARD,
        consumer_key=data.key.strip(),
        secret=Secret(data.secret.strip()),
        launch_url=data.url.strip(),
        created_at=now,
    )
    session.add(key)
    session.flush()
    tool = LtiTool(
        id=new_id(),
        platform_id=platform_id,
        client_id=key.id.urn,
        deployment_id="1",
        registration=_registration(data),
        legacy_key_id=key.id,
    )
    session.add(tool)
    session.flush()
    record(session, now, by, "lti_legacy.added", "platform", platform_id, direction=OUTWARD)
    return LegacyTool(tool, key)


def change(
    session: Session, tool_id: UUID, data: LegacyToolData, *, by: UUID | None, now: datetime, development: bool
) -> LegacyTool:
    """Change what is known of a tool. Raises NotFound, Invalid."""
    found = find(session, tool_id)
    _require(session, data, found.key, development)
    found.key.consumer_key, found.key.launch_url = data.key.strip(), data.url.strip()
    if data.secret.strip():
        found.key.secret = Secret(data.secret.strip())
    found.tool.registration = {**found.tool.registration, **_registration(data)}
    record(session, now, by, "lti_tool.changed", "lti_tool", tool_id)
    return found


def find(session: Session, tool_id: UUID) -> LegacyTool:
    """A tool of LTI 1.1. Raises NotFound, also for one of LTI 1.3."""
    tool = session.get(LtiTool, tool_id)
    if tool is None or tool.legacy_key_id is None:
        raise NotFound(lti_tool=str(tool_id))
    return LegacyTool(tool, session.get_one(LtiLegacyKey, tool.legacy_key_id))


def of_key(session: Session, key_id: UUID) -> LtiTool | None:
    """The tool that is opened with that key."""
    return session.scalars(select(LtiTool).where(LtiTool.legacy_key_id == key_id)).first()


def of_consumer_key(session: Session, consumer_key: str) -> LegacyTool | None:
    """The open tool whose key has that name."""
    query = (
        select(LtiTool, LtiLegacyKey)
        .join(LtiLegacyKey, LtiLegacyKey.id == LtiTool.legacy_key_id)
        .where(LtiLegacyKey.direction == OUTWARD, LtiLegacyKey.consumer_key == consumer_key)
        .where(LtiLegacyKey.active, LtiTool.active)
    )
    row = session.execute(query).first()
    return LegacyTool(row[0], row[1]) if row else None


class OutwardKeys:
    """``lti.legacy.launch.LegacyKeys``: the keys with which tools sign what they send to the hub."""

    def __init__(self, tenant: TenantDatabase) -> None:
        self._tenant = tenant

    def secret_of(self, consumer_key: str) -> str | None:
        """The secret of an open tool."""
        with self._tenant.read() as session:
            found = of_consumer_key(session, consumer_key)
            return found.key.secret.reveal() if found is not None else None


def data_of(found: LegacyTool) -> LegacyToolData:
    """What is known of a tool, without its secret."""
    told = found.tool.registration
    return LegacyToolData(
        found.key.launch_url,
        found.key.consumer_key,
        "",
        told.get("selection_uri") or "",
        found.privacy.send_name,
        found.privacy.send_email,
        found.may_score,
        found.method,
    )


def _registration(data: LegacyToolData) -> dict[str, Any]:
    return {
        "version": "1.1",
        "target_link_uri": data.url.strip(),
        "selection_uri": data.selection_uri.strip() or None,
        "scopes": [SCORE] if data.scores else [],
        "privacy": {"name": data.name, "email": data.email},
        "method": data.method,
    }


def _require(session: Session, data: LegacyToolData, known: LtiLegacyKey | None, development: bool) -> None:
    needed = {"key": data.key, "secret": data.secret or ("known" if known else "")}
    faults = {name: "required" for name, text in needed.items() if not text.strip()}
    for name, url in (("url", data.url.strip()), ("selection_uri", data.selection_uri.strip())):
        try:
            if name == "url" or url:
                require_web_url(url, name, development=development)
        except ConfigurationError:
            faults[name] = "not_a_web_address"
    held = select(LtiLegacyKey.id).where(
        LtiLegacyKey.direction == OUTWARD, LtiLegacyKey.consumer_key == data.key.strip()
    )
    if known is not None:
        held = held.where(LtiLegacyKey.id != known.id)
    if session.scalars(held).first() is not None:
        faults["key"] = "taken"
    if data.method not in METHODS:
        faults["method"] = "unknown"
    if faults:
        raise Invalid(faults)

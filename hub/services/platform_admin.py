"""What administrators decide on platforms beside their settings: falls held back, runs, LTI tools, the signing key."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from hub.models.platforms import LtiAccessToken, LtiKey, LtiTool, Platform, RemoteRecord, SyncRun
from hub.services import lti_ports, platforms
from hub.services.errors import Conflict, Invalid, NotFound
from hub.services.journal import record
from hub.services.sync import runs, seen
from hub.services.sync.registers import FALLS
from lti import ConfigurationError, KeyPair
from lti.scopes import LINE_ITEM, LINE_ITEM_READ, MEMBERS_READ, RESULT_READ, SCORE
from lti.urls import require_web_url

REFUSED: Final = "refused"
SCOPES: Final[tuple[str, ...]] = (SCORE, LINE_ITEM, LINE_ITEM_READ, RESULT_READ, MEMBERS_READ)


def addresses(session: Session) -> list[str]:
    """Addresses of the platforms that are read, by name."""
    query = select(Platform.base_url).where(Platform.base_url != "", Platform.state == "active").order_by(Platform.name)
    return list(session.scalars(query))


def read_platforms(session: Session) -> list[tuple[UUID, str]]:
    """Platforms that the hub reads over the network, by name: (id, name)."""
    rows = session.scalars(select(Platform).where(Platform.state == "active").order_by(Platform.name)).all()
    return [(row.id, row.name) for row in rows if platforms.is_read(row)]


def find_run(session: Session, platform_id: UUID, run_id: UUID) -> SyncRun:
    """A reading of a platform. Raises NotFound."""
    run = session.get(SyncRun, run_id)
    if run is None or run.platform_id != platform_id:
        raise NotFound(run=str(run_id))
    return run


def refuse_held(session: Session, platform_id: UUID, run_id: UUID, *, by: UUID | None, now: datetime) -> int:
    """Say that the falls of a run are wrong: they are forgotten, what learners did stays; gives how many.

    A platform that goes on saying so brings them up again at its next reading. Raises NotFound, Conflict for a run
    that does not wait (any more).
    """
    run = find_run(session, platform_id, run_id)
    if run.state != runs.HELD:
        raise Conflict("run_not_held", run=str(run_id))
    gone = delete(RemoteRecord).where(RemoteRecord.platform_id == platform_id, RemoteRecord.kind.in_(FALLS))
    session.execute(gone.execution_options(synchronize_session=False))
    seen.answer_shrunk(session, platform_id, now, accept=False)
    count = int(run.counts.get("held", 0))
    run.state, run.held = REFUSED, []
    record(session, now, by, "platform.falls_refused", "platform", platform_id, falls=count)
    return count


@dataclass(frozen=True, slots=True)
class HeldLine:
    """Falls that wait: which platform, which run, how many, since when."""

    platform_id: UUID
    platform: str
    run_id: UUID
    falls: int
    since: datetime


def held(session: Session) -> list[HeldLine]:
    """Every run whose falls wait for an administrator."""
    query = select(SyncRun, Platform.name).join(Platform, Platform.id == SyncRun.platform_id)
    rows = session.execute(query.where(SyncRun.state == runs.HELD).order_by(SyncRun.id)).all()
    return [
        HeldLine(run.platform_id, name, run.id, int(run.counts.get("held", 0)), run.ended_at or run.started_at)
        for run, name in rows
    ]


@dataclass(frozen=True, slots=True)
class ToolData:
    """A tool as its maker describes it. ``redirect_uris`` are compared character by character; ``name`` and ``email``
    say whether the tool learns them of whoever opens it. ``selection_uri``: where content is picked inside the tool,
    empty where it cannot, None to leave that as it is; ``framed``: whether it opens within a page of
    ours on wide screens, None likewise."""

    login_initiation_url: str
    target_link_uri: str
    redirect_uris: Sequence[str]
    jwks_uri: str
    scopes: Sequence[str] = (SCORE,)
    name: bool = False
    email: bool = False
    selection_uri: str | None = None
    framed: bool | None = None


@dataclass(frozen=True, slots=True)
class ToolPage:
    """A tool and the platform it belongs to."""

    tool: LtiTool
    platform: Platform
    data: ToolData = field(repr=False)


def tools(session: Session, platform_id: UUID) -> Sequence[LtiTool]:
    """The tools of a platform that speak LTI 1.3, in the order of their registration."""
    mine = select(LtiTool).where(LtiTool.platform_id == platform_id, LtiTool.legacy_key_id.is_(None))
    return session.scalars(mine.order_by(LtiTool.id)).all()


def tool_page(session: Session, tool_id: UUID) -> ToolPage:
    """One tool of LTI 1.3. Raises NotFound."""
    tool = session.get(LtiTool, tool_id)
    if tool is None or tool.legacy_key_id is not None:
        raise NotFound(lti_tool=str(tool_id))
    told, privacy = tool.registration, tool.registration.get("privacy", {})
    data = ToolData(
        told["login_initiation_url"],
        told["target_link_uri"],
        tuple(told["redirect_uris"]),
        told.get("jwks_uri") or "",
        tuple(told.get("scopes", ())),
        bool(privacy.get("name")),
        bool(privacy.get("email")),
        told.get("selection_uri"),
        bool(told.get("framed")),
    )
    return ToolPage(tool, platforms.find(session, tool.platform_id), data)


def register_tool(
    session: Session, platform_id: UUID, data: ToolData, *, by: UUID | None, now: datetime, development: bool
) -> LtiTool:
    """Register a tool under a new client id (LTI Core 1.3 section 3.1.3). Raises NotFound, Invalid.

    ``development``: addresses of this machine may be plain ``http``.
    """
    platform = platforms.find(session, platform_id)
    tool = LtiTool(platform_id=platform.id, client_id=secrets.token_urlsafe(15), deployment_id=secrets.token_hex(4))
    tool.registration = _registration(data)
    _require_sound(tool, development)
    session.add(tool)
    session.flush()
    record(session, now, by, "lti_tool.registered", "lti_tool", tool.id, platform=platform.name)
    return tool


def change_tool(
    session: Session, tool_id: UUID, data: ToolData, *, by: UUID | None, now: datetime, development: bool
) -> LtiTool:
    """Change what is known of a tool; its client id and deployment stay. Raises NotFound, Invalid."""
    tool = tool_page(session, tool_id).tool
    # What a tool that registered itself said besides stays; a key set typed in gives way to an address.
    kept = {k: v for k, v in tool.registration.items() if k != "jwks" or not data.jwks_uri}
    new = LtiTool(client_id=tool.client_id, deployment_id=tool.deployment_id)
    new.registration = {**kept, **_registration(data)}
    _require_sound(new, development)
    tool.registration = new.registration
    record(session, now, by, "lti_tool.changed", "lti_tool", tool.id)
    return tool


def set_tool_active(session: Session, tool_id: UUID, *, active: bool, by: UUID | None, now: datetime) -> LtiTool:
    """Close a tool, or open it again. Closed, it opens for nobody and its tokens are worth nothing. Raises
    NotFound."""
    tool = tool_page(session, tool_id).tool
    tool.active = active
    if not active:
        session.execute(delete(LtiAccessToken).where(LtiAccessToken.tool_id == tool_id))
    record(session, now, by, "lti_tool.activated" if active else "lti_tool.deactivated", "lti_tool", tool_id)
    return tool


def _registration(data: ToolData) -> dict[str, Any]:
    return {
        "login_initiation_url": data.login_initiation_url.strip(),
        "target_link_uri": data.target_link_uri.strip(),
        "redirect_uris": [uri.strip() for uri in data.redirect_uris if uri.strip()],
        "jwks_uri": data.jwks_uri.strip() or None,
        "scopes": [scope for scope in SCOPES if scope in data.scopes],
        "privacy": {"name": data.name, "email": data.email},
        **({} if data.framed is None else {"framed": data.framed}),
        **({} if data.selection_uri is None else {"selection_uri": data.selection_uri.strip() or None}),
    }


def _require_sound(tool: LtiTool, development: bool) -> None:
    told: Mapping[str, Any] = tool.registration
    required = ("login_initiation_url", "target_link_uri", "redirect_uris")
    faults = {name: "required" for name in required if not told[name]}
    if not told["jwks_uri"] and not told.get("jwks"):
        faults["jwks_uri"] = "required"
    if faults:
        raise Invalid(faults)
    try:
        lti_ports.registration_of(tool, development=development)
        if told.get("selection_uri"):
            require_web_url(told["selection_uri"], "selection_uri", development=development)
    except ConfigurationError as error:
        raise Invalid({error.field or "login_initiation_url": "not_a_web_address"}) from None


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A signing key: it signs from ``signs_from`` until ``retired_at``, which is None for the last one made."""

    kid: str
    signs_from: datetime
    retired_at: datetime | None


def signing_keys(session: Session) -> list[KeyLine]:
    """The hub's signing keys, the newest first."""
    rows = session.scalars(select(LtiKey).order_by(LtiKey.created_at.desc()))
    return [KeyLine(row.kid, row.signs_from or row.created_at, row.retired_at) for row in rows]


def rotate_key(session: Session, pair: KeyPair, *, by: UUID | None, now: datetime) -> None:
    """Publish ``pair`` (made outside the unit) now and sign with it in ten minutes, when every partner that keeps a
    copy of our keys has a newer one; the key before stays published for two days."""
    lti_ports.add_key(session, pair, now, notice=lti_ports.NOTICE)
    record(session, now, by, "lti_key.rotated", "lti_key", pair.kid)

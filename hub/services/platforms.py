"""Partners' platforms: adding and changing them, their sealed credentials, testing a connection, when they are read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from connectors.addresses import AddressPolicy
from connectors.capabilities import Connector, Negotiation
from connectors.declaration import Declaration
from connectors.errors import SettingRefused
from connectors.http import HttpClient, HttpOptions
from connectors.registry import declarations
from hub.config import Config
from hub.db.types import Secret
from hub.models.platforms import Platform, SyncRun, Timetable
from hub.services import remote_records
from hub.services.dictionaries import upsert
from hub.services.errors import Invalid, NotFound
from hub.services.jobs import lane_of_platform
from hub.services.journal import record

SYNC_JOB = "sync_platform"
ACTIVE, PAUSED = "active", "paused"


@dataclass(frozen=True, slots=True)
class PlatformData:
    """What an administrator says of a platform.

    ``values``: the connector's settings by name, secrets among them; a secret left empty on a change keeps what is
    stored. ``account_home``: home page of its accounts in xAPI, where it is not the address of the site.
    ``authoritative_domains``: mail domains whose addresses prove who somebody is. ``every_minutes`` between readings.
    """

    name: str
    connector: str = ""
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    base_url: str = ""
    account_home: str = ""
    authoritative_domains: Sequence[str] = ()
    organisation_id: UUID | None = None
    every_minutes: int = 360


def add(session: Session, data: PlatformData, *, by: UUID | None, now: datetime) -> Platform:
    """Add a platform; one with a connector is read from now on. Raises Invalid (field -> code)."""
    platform = Platform(name="", created_at=now)
    _fill(platform, data, {})
    session.add(platform)
    session.flush()
    record(session, now, by, "platform.added", "platform", platform.id, name=platform.name)
    schedule(session, platform, now)
    return platform


def change(session: Session, platform_id: UUID, data: PlatformData, *, by: UUID | None, now: datetime) -> Platform:
    """Change a platform; its connector stays what it is. Raises NotFound, Invalid."""
    platform = find(session, platform_id)
    if data.connector != platform.connector:
        raise Invalid({"connector": "fixed"})
    _fill(platform, data, _secrets(platform))
    remote_records.forget_kind(session, platform_id, remote_records.NEGOTIATION)
    record(session, now, by, "platform.changed", "platform", platform_id, name=platform.name)
    schedule(session, platform, now)
    return platform


def set_state(session: Session, platform_id: UUID, *, active: bool, by: UUID | None, now: datetime) -> None:
    """Stop reading a platform, or begin again. What was read stays. Raises NotFound."""
    platform = find(session, platform_id)
    platform.state = ACTIVE if active else PAUSED
    record(session, now, by, f"platform.{platform.state}", "platform", platform_id)
    schedule(session, platform, now)


def find(session: Session, platform_id: UUID) -> Platform:
    """The platform. Raises NotFound."""
    platform = session.get(Platform, platform_id)
    if platform is None:
        raise NotFound(platform=str(platform_id))
    return platform


def schedule(session: Session, platform: Platform, now: datetime) -> None:
    """Have a platform read regularly, as its row says: the timetable's row is made, changed or taken away."""
    name = sync_key(platform.id)
    if not is_read(platform) or platform.state != ACTIVE:
        session.execute(delete(Timetable).where(Timetable.name == name))
        platform.next_read_at = None
        return
    period = timedelta(minutes=max(platform.every_minutes, 1))
    first = now if platform.last_read_at is None else max(now, platform.last_read_at + period)
    values = {
        "name": name,
        "kind": SYNC_JOB,
        "payload": {"platform_id": str(platform.id), "lane": lane_of_platform(platform.id)},
        "every_seconds": int(period.total_seconds()),
        "next_at": first,
    }
    insert = upsert(session, Timetable.__table__).values(**values)
    changed = {column: insert.excluded[column] for column in values if column != "name"}
    session.execute(insert.on_conflict_do_update(index_elements=["name"], set_=changed))
    platform.next_read_at = first


def is_read(platform: Platform) -> bool:
    """Whether the hub reads a platform by itself: it has a connector, and not one that waits for files."""
    declared = declarations().get(platform.connector)
    return bool(platform.connector) and not (declared is not None and declared.by_upload)


def next_turn(session: Session, platform: Platform, now: datetime) -> datetime:
    """When the platform is read next if nobody asks for it before."""
    row = session.get(Timetable, sync_key(platform.id), populate_existing=True)
    return row.next_at if row is not None and row.next_at > now else now + timedelta(minutes=platform.every_minutes)


def sync_key(platform_id: UUID) -> str:
    """Name of a platform's row in the timetable, and unique key of its reading."""
    return f"sync:{platform_id}"


@dataclass(frozen=True, slots=True)
class Connection:
    """What is needed to open a connector, read inside a unit and used outside. Its settings show in no repr."""

    connector: str
    values: Mapping[str, str] = field(repr=False)


def connection(session: Session, platform_id: UUID) -> Connection:
    """The settings of a platform, secrets opened. Raises NotFound, VaultError."""
    platform = find(session, platform_id)
    return Connection(platform.connector, {**platform.settings, **_secrets(platform)})


def connect(to: Connection, config: Config, options: HttpOptions | None = None) -> Connector:
    """A connector; nothing is sent yet. To be closed. Raises SettingRefused (also for a connector that is no more)."""
    declared = declarations().get(to.connector)
    if declared is None:
        raise SettingRefused("connector", "unknown")
    policy = AddressPolicy(development=config.allow_loopback)
    return declared.open(to.values, HttpClient(options, policy))


@dataclass(frozen=True, slots=True)
class Tested:
    """What a test of a connection found: the site as it presents itself, capabilities possible and missing (with what
    each lacks, by the platform's own names).
    """

    site: str
    release: str
    possible: tuple[str, ...]
    missing: Mapping[str, tuple[str, ...]]
    notices: tuple[str, ...]
    negotiation: Negotiation = field(repr=False)


def probe(to: Connection, config: Config, options: HttpOptions | None = None) -> Tested:
    """Ask a platform who we are there and what we may do: one call, outside any unit. Raises ConnectorError."""
    connector = connect(to, config, options)
    try:
        found = connector.negotiate()
    finally:
        connector.close()
    missing = {str(capability): gaps for capability, gaps in found.missing.items()}
    notices = tuple(f"{notice.about}: {notice.detail}" for notice in found.notices)
    return Tested(found.site.name, found.site.release, tuple(sorted(map(str, found.possible))), missing, notices, found)


@dataclass(frozen=True, slots=True)
class PlatformLine:
    """A platform as the administrator sees it. ``run_state`` and ``counts`` are of the last reading; ``held`` falls
    of that reading wait for a confirmation.
    """

    id: UUID
    name: str
    connector: str
    base_url: str
    state: str
    last_read_at: datetime | None
    next_read_at: datetime | None
    last_error: Mapping[str, Any] | None
    run_id: UUID | None
    run_state: str
    counts: Mapping[str, Any]
    held: int


def overview(session: Session) -> list[PlatformLine]:
    """Every platform, by name."""
    return [_line(session, platform) for platform in session.scalars(select(Platform).order_by(Platform.name))]


def _line(session: Session, platform: Platform) -> PlatformLine:
    latest = select(SyncRun).where(SyncRun.platform_id == platform.id).order_by(SyncRun.id.desc()).limit(1)
    run = session.scalars(latest).first()
    return PlatformLine(
        platform.id,
        platform.name,
        platform.connector,
        platform.base_url,
        platform.state,
        platform.last_read_at,
        platform.next_read_at,
        platform.last_error,
        run.id if run else None,
        run.state if run else "",
        run.counts if run else {},
        int(run.counts.get("held", 0)) if run else 0,
    )


def _fill(platform: Platform, data: PlatformData, kept: Mapping[str, str]) -> None:
    wrong = {"name": not data.name.strip(), "every_minutes": not 5 <= data.every_minutes <= 7 * 24 * 60}
    if any(wrong.values()):
        raise Invalid({name: "invalid" for name, bad in wrong.items() if bad})
    platform.name, platform.connector = data.name.strip(), data.connector
    platform.base_url, platform.account_home = data.base_url.strip().rstrip("/"), data.account_home.strip()
    platform.authoritative_domains = [domain.strip().lower().lstrip("@") for domain in data.authoritative_domains]
    platform.organisation_id, platform.every_minutes = data.organisation_id, data.every_minutes
    if data.connector:
        _fill_settings(platform, data, kept)


def _fill_settings(platform: Platform, data: PlatformData, kept: Mapping[str, str]) -> None:
    declared = declarations().get(data.connector)
    if declared is None:
        raise Invalid({"connector": "unknown"})
    typed = {name: value for name, value in data.values.items() if value.strip() or name not in kept}
    try:
        values = declared.clean({**kept, **typed})
    except SettingRefused as refused:
        raise Invalid({refused.field: "invalid"}) from None
    secret = _secret_names(declared)
    platform.settings = {name: value for name, value in values.items() if name not in secret}
    platform.credentials = Secret(json.dumps({name: value for name, value in values.items() if name in secret}))
    platform.base_url = platform.base_url or values.get("url", "")


def _secret_names(declared: Declaration) -> frozenset[str]:
    return frozenset(setting.name for setting in declared.settings if setting.secret)


def _secrets(platform: Platform) -> dict[str, str]:
    if platform.credentials is None:
        return {}
    found: dict[str, str] = json.loads(platform.credentials.reveal())
    return found

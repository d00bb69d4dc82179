"""What a step has outside the hub: which site an activity opens, which platforms are read for it and when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.domain.path import Activity, BindingKind, Step
from hub.models.learning import Resource
from hub.models.platforms import LtiTool, Platform
from hub.services.play.attempts import played
from hub.services.why import PlatformReading

_NOWHERE = frozenset({BindingKind.SEANCES, BindingKind.DEPOSIT, BindingKind.APPOINTMENT})


@dataclass(frozen=True, slots=True)
class Door:
    """How an activity opens. ``site``: the platform's name, else the host, empty where the hub itself plays it;
    ``origin``: scheme and host that a plain address leads to (empty for a tool, which is posted to from a page of its
    own)."""

    site: str
    origin: str


def doors(session: Session, activities: Iterable[Activity]) -> dict[UUID, Door]:
    """Activity id -> how it opens; those that have nothing to open (séances, deposits) are absent."""
    wanted = [a for a in activities if a.binding.kind not in _NOWHERE]
    ids = {a.binding.resource_id for a in wanted if a.binding.resource_id}
    rows = session.execute(
        select(Resource, Platform).outerjoin(Platform, Platform.id == Resource.platform_id).where(Resource.id.in_(ids))
    )
    known = {resource.id: (resource, platform) for resource, platform in rows}
    packages = played(session, [a.binding.resource_id for a in wanted if a.binding.kind is BindingKind.PACKAGE])
    tools = set(session.scalars(select(LtiTool.platform_id).where(LtiTool.active)))
    found = {}
    for activity in wanted:
        key = activity.binding.resource_id
        if activity.binding.kind is BindingKind.PACKAGE:
            if key in packages:
                found[activity.id] = Door("", "")
            continue
        resource, platform = known.get(key, (None, None)) if key else (None, None)
        door = _door(activity, resource, platform, tools)
        if door is not None:
            found[activity.id] = door
    return found


def _door(activity: Activity, resource: Resource | None, platform: Platform | None, tools: set[UUID]) -> Door | None:
    if activity.binding.kind is BindingKind.LTI_LINK:
        ready = resource is not None and platform is not None and platform.id in tools
        return Door(platform.name, "") if ready and platform else None
    url = (resource.url or resource.iri) if resource else activity.binding.iri
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return None
    name = platform.name if platform else parts.hostname.removeprefix("www.")
    return Door(name, f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}")


def readings(session: Session, steps: Sequence[Step]) -> dict[UUID, list[PlatformReading]]:
    """Step -> the platforms that are read for it (those with a connector), by name."""
    of_step = {s.id: {a.binding.resource_id for a in s.activities() if a.binding.resource_id} for s in steps}
    ids = {key for keys in of_step.values() for key in keys}
    query = (
        select(Resource.id, Platform)
        .join(Platform, Platform.id == Resource.platform_id)
        .where(Resource.id.in_(ids), Platform.connector != "")
        .order_by(Platform.name)
    )
    found: dict[UUID, list[PlatformReading]] = {}
    rows = session.execute(query).all()
    for step, keys in of_step.items():
        platforms = {platform.id: platform for key, platform in rows if key in keys}
        if platforms:
            found[step] = [
                PlatformReading(p.name, p.last_read_at, p.next_read_at, p.last_error) for p in platforms.values()
            ]
    return found

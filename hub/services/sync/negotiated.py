"""What a platform lets us do, remembered for a day: asking costs calls that an hourly reading need not make."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from connectors.capabilities import FOLLOWING, Capability, Connector, Negotiation
from hub.db.uow import TenantDatabase
from hub.services import remote_records as records
from hub.services.remote_records import Known
from hub.services.remote_site import Site

KIND, KEY = records.NEGOTIATION, "all"
GOOD_FOR = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Negotiated:
    """The part of a negotiation that a reading needs. ``missing``: for following learners only."""

    possible: frozenset[Capability]
    missing: dict[str, list[str]]
    found: dict[str, str]


def of(negotiation: Negotiation) -> Negotiated:
    """What is kept of a negotiation."""
    lacks = {str(one): list(gaps) for one, gaps in sorted(negotiation.missing.items()) if one in FOLLOWING}
    return Negotiated(negotiation.possible, lacks, dict(negotiation.found))


def load(session: Session, platform_id: UUID, now: datetime) -> Negotiated | None:
    """What was negotiated within the last day; None when it has to be asked again."""
    known = records.load(session, platform_id, KIND, [KEY]).get(KEY)
    if known is None or datetime.fromisoformat(known.value["at"]) + GOOD_FOR <= now:
        return None
    value: Any = known.value
    possible = frozenset(Capability(one) for one in value["possible"] if one in set(Capability))
    return Negotiated(possible, value["missing"], value["found"])


def save(session: Session, platform_id: UUID, negotiated: Negotiated, now: datetime) -> None:
    """Remember a negotiation."""
    value = {
        "possible": sorted(negotiated.possible),
        "missing": negotiated.missing,
        "found": negotiated.found,
        "at": now.isoformat(),
    }
    records.save(session, platform_id, KIND, [Known(KEY, records.digest(value), 1, value)], now)


def remembered(tenant: TenantDatabase, site: Site, connector: Connector, now: datetime) -> Negotiated:
    """What is possible, asked only where it is not remembered. Raises ConnectorError."""
    with tenant.read() as session:
        known = load(session, site.id, now)
    if known is not None:
        connector.resume(known.found)
        return known
    fresh = of(connector.negotiate())
    with tenant.write() as session:
        save(session, site.id, fresh, now)
    return fresh


def forget(session: Session, platform_id: UUID) -> None:
    """Ask again at the next reading: settings changed, or a right turned out to lack."""
    records.forget_kind(session, platform_id, KIND)

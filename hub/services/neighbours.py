"""Links to other LRSs, and webhooks: what an administrator says of them, where they stand, what was refused.

A webhook is a forwarding link whose version is ``WEBHOOK``: the same cursor, filters and refusals, another envelope.

Sending is in ``hub.jobs.handlers.neighbours``, reading the ledger for it in ``neighbours_out``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, get_args
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from connectors import webhooks
from connectors.addresses import AddressPolicy
from connectors.http import HttpClient, HttpOptions
from connectors.lrs import LrsClient, Neighbour
from connectors.secret import Secret
from connectors.webhooks import Receiver
from hub.config import Config
from hub.db.base import new_id
from hub.db.types import Secret as Sealed
from hub.db.types import to_micros
from hub.models.neighbours import LrsLink, LrsRefusal
from hub.models.platforms import Timetable
from hub.models.river import Ledger, LedgerClock, XapiSource
from hub.services.dictionaries import upsert
from hub.services.errors import Invalid, NotFound
from hub.services.jobs import enqueue
from hub.services.journal import record
from hub.services.source_names import all_names

Direction = Literal["out", "in"]
WEBHOOK: Final = "webhook"
Version = Literal["1.0.3", "2.0.0", "webhook"]
FORWARD_JOB: Final = "lrs_forward"
PULL_JOB: Final = "lrs_pull"
RESEND_JOB: Final = "lrs_resend"
EVERY: Final[Mapping[str, int]] = {"out": 60, "in": 900}
"""Seconds between two looks. Outwards a look that finds nothing new costs one row read and puts no job down."""
LIMITS: Final = HttpOptions(read_timeout=30.0, deadline=60.0, max_bytes=4 * 1024 * 1024, max_redirects=0, retries=1)
LONGEST: Final = 500


@dataclass(frozen=True, slots=True)
class LinkData:
    """What an administrator says of a link. ``secret`` empty on a change keeps the one stored.

    ``verbs`` and ``activities`` (IRIs, an activity by its beginning) and ``sources`` (ids) narrow what is forwarded;
    empty: everything. A pulling link has no filter: the neighbour's credential says what it may read. A webhook has no
    key, and the hub makes its secret.
    """

    name: str
    direction: str
    endpoint: str
    version: str = "1.0.3"
    key: str = ""
    secret: str = field(default="", repr=False)
    verbs: Sequence[str] = ()
    activities: Sequence[str] = ()
    sources: Sequence[str] = ()


def add(session: Session, data: LinkData, *, by: UUID | None, now: datetime, past: bool = True) -> LrsLink:
    """A new link, at work from now on. ``past`` False: forward only what comes from now on. Raises Invalid."""
    link = LrsLink(id=new_id(), direction=data.direction, created_at=now)
    _fill(session, link, data, new=True)
    if link.direction == "in":
        source = XapiSource(id=new_id(), name=link.name, key=f"lrs-{link.id.hex}", scopes=[])
        session.add(source)
        session.flush()
        link.source_id = source.id
    elif not past:
        link.cursor = link.began = head(session)
    session.add(link)
    session.flush()
    record(session, now, by, "lrs_link.added", "lrs_link", link.id, name=link.name)
    schedule(session, link, now)
    return link


def change(session: Session, link_id: UUID, data: LinkData, *, by: UUID | None, now: datetime) -> LrsLink:
    """Change everything but the direction; the place in the ledger stays. Raises NotFound, Invalid."""
    link = find(session, link_id)
    _fill(session, link, data, new=False)
    record(session, now, by, "lrs_link.changed", "lrs_link", link.id, name=link.name)
    schedule(session, link, now)
    return link


def set_active(session: Session, link_id: UUID, *, active: bool, by: UUID | None, now: datetime) -> LrsLink:
    """Pause a link, or let it go on from where it stood. Raises NotFound."""
    link = find(session, link_id)
    link.active = active
    record(session, now, by, "lrs_link.resumed" if active else "lrs_link.paused", "lrs_link", link.id, name=link.name)
    schedule(session, link, now)
    return link


def remove(session: Session, link_id: UUID, *, by: UUID | None, now: datetime) -> None:
    """Take a link away with its refusals; statements sent or pulled stay where they are. Of one that forwards the row
    stays, without its secret: whom statements were sent to is not forgotten. Raises NotFound."""
    link = find(session, link_id)
    link.active = False
    schedule(session, link, now)
    session.execute(delete(LrsRefusal).where(LrsRefusal.link_id == link.id))
    if link.direction == "in":
        session.delete(link)
    else:
        link.removed_at, link.secret = now, Sealed("")
    record(session, now, by, "lrs_link.removed", "lrs_link", link_id, name=link.name)


def replay(session: Session, link_id: UUID, since: datetime, *, by: UUID | None, now: datetime) -> LrsLink:
    """Send, or read, again all that was stored from ``since`` on: whoever has a statement keeps one of it. Raises
    NotFound."""
    link = find(session, link_id)
    if link.direction == "out":
        first = session.scalar(select(func.min(Ledger.seq)).where(Ledger.stored >= to_micros(since)))
        link.reached = max(link.reached, link.cursor)
        link.cursor = link.cursor if first is None else min(link.cursor, first - 1)
        link.began = min(link.began, link.cursor)
    else:
        link.cursor = min(link.cursor, to_micros(since))
    record(session, now, by, "lrs_link.replayed", "lrs_link", link.id, name=link.name, since=since.isoformat())
    schedule(session, link, now)
    return link


def new_secret(session: Session, link_id: UUID, *, by: UUID | None, now: datetime) -> LrsLink:
    """Another secret for a webhook; the old one signs nothing any more. Raises NotFound, also for other links."""
    link = find(session, link_id)
    if link.version != WEBHOOK:
        raise NotFound(webhook=str(link_id))
    link.secret = Sealed(webhooks.new_secret())
    record(session, now, by, "lrs_link.new_secret", "lrs_link", link.id, name=link.name)
    return link


def resend(session: Session, link_id: UUID, *, by: UUID | None) -> None:
    """Have the refused statements of a forwarding link sent once more. Raises NotFound."""
    link = find(session, link_id)
    payload = {"link_id": str(link.id)}
    enqueue(session, RESEND_JOB, payload, lane=lane(link.id), unique_key=f"{RESEND_JOB}:{link.id}", by=by)


def schedule(session: Session, link: LrsLink, now: datetime) -> None:
    """Give the link its row of the timetable, or take it away."""
    name = f"lrs:{link.id}"
    if not link.active:
        session.execute(delete(Timetable).where(Timetable.name == name))
        return
    values = {
        "name": name,
        "kind": FORWARD_JOB if link.direction == "out" else PULL_JOB,
        "payload": {"link_id": str(link.id), "lane": lane(link.id)},
        "every_seconds": EVERY[link.direction],
        "next_at": now,
    }
    insert = upsert(session, Timetable.__table__).values(**values)
    changed = {column: insert.excluded[column] for column in values if column != "name"}
    session.execute(insert.on_conflict_do_update(index_elements=["name"], set_=changed))


def lane(link_id: UUID) -> str:
    """The lane of a link: the colon makes its jobs run one at a time."""
    return f"lrs:{link_id}"


def head(session: Session) -> int:
    """The last sequence number committed: the ledger commits in order, so no cursor here passes an open writer."""
    return session.scalar(select(LedgerClock.seq)) or 0


def owed(session: Session, payload: Mapping[str, Any]) -> bool:
    """Whether the ledger holds anything that this forwarding link has not looked at."""
    cursor = session.scalar(select(LrsLink.cursor).where(LrsLink.id == UUID(payload["link_id"])))
    return cursor is not None and cursor < head(session)


def find(session: Session, link_id: UUID) -> LrsLink:
    """The link. Raises NotFound."""
    link = session.get(LrsLink, link_id)
    if link is None or link.removed_at is not None:
        raise NotFound(lrs_link=str(link_id))
    return link


def links(session: Session) -> Sequence[LrsLink]:
    """Every link, by name."""
    return session.scalars(select(LrsLink).where(LrsLink.removed_at.is_(None)).order_by(LrsLink.name)).all()


def refusals(session: Session, link_id: UUID, limit: int = 50) -> Sequence[LrsRefusal]:
    """The refused statements of a link, the newest first."""
    query = select(LrsRefusal).where(LrsRefusal.link_id == link_id).order_by(LrsRefusal.id.desc())
    return session.scalars(query.limit(limit)).all()


def neighbour(link: LrsLink) -> Neighbour:
    """Where a link leads and how to enter, read inside a unit and used outside. Raises VaultError."""
    return Neighbour(link.endpoint, link.version, link.key, Secret(link.secret.reveal()))


def client(to: Neighbour, config: Config) -> tuple[HttpClient, LrsClient]:
    """A client of a neighbour, and the HTTP client to close after it."""
    http = _http(to, config)
    return http, LrsClient(http, to)


def receiver(to: Neighbour, config: Config) -> tuple[HttpClient, Receiver]:
    """What a webhook leads to, and the HTTP client to close after it."""
    http = _http(to, config)
    return http, Receiver(http, to.endpoint, to.secret)


def _http(to: Neighbour, config: Config) -> HttpClient:
    return HttpClient(LIMITS, AddressPolicy(development=config.allow_loopback), secrets=[to.secret.reveal()])


def _fill(session: Session, link: LrsLink, data: LinkData, *, new: bool) -> None:
    faults = _faults(session, link, data, new=new)
    if faults:
        raise Invalid(faults)
    hook = data.version == WEBHOOK
    link.name, link.version = data.name.strip(), data.version
    link.endpoint, link.key = (data.endpoint, "") if hook else (data.endpoint.rstrip("/"), data.key.strip())
    wanted = {"verbs": data.verbs, "activities": data.activities, "sources": data.sources}
    filters = {what: list(values) for what, values in wanted.items() if values}
    if not new and filters != link.filters:
        link.past_filters = [*link.past_filters, link.filters]
    link.filters = filters
    if hook and new:
        link.secret = Sealed(webhooks.new_secret())
    elif data.secret and not hook:
        link.secret = Sealed(data.secret)


def _faults(session: Session, link: LrsLink, data: LinkData, *, new: bool) -> dict[str, str]:
    faults: dict[str, str] = {}
    hook = data.version == WEBHOOK
    if not data.name.strip():
        faults["name"] = "required"
    if data.direction not in get_args(Direction):
        faults["direction"] = "unknown"
    other_kind = data.direction != "out" if new else link.version != WEBHOOK
    if data.version not in get_args(Version) or (hook and other_kind) or (not hook and link.version == WEBHOOK):
        faults["version"] = "unknown"
    if not _is_address(data.endpoint, query=hook):
        faults["endpoint"] = "not_an_address"
    if new and not hook and not data.secret:
        faults |= {"secret": "required"}
    for column in ("verbs", "activities"):
        if any(":" not in iri or len(iri) > LONGEST for iri in getattr(data, column)):
            faults[column] = "not_an_address"
    if set(data.sources) - {str(one) for one in all_names(session)}:
        faults["sources"] = "unknown"
    return faults


def _is_address(text: str, *, query: bool) -> bool:
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False
    return usable and not (parts.fragment or parts.username or parts.password or (parts.query and not query))

"""Video classes of séances: entering one, and what the platform posts of who was there.

Nothing is asked of the platform before somebody enters: the class is opened then (again and again: opening is
idempotent), and the address of entrance, which lets in whoever has it, is made at that moment for that person alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from connectors.acts import Meetings
from connectors.bigbluebutton import callbacks
from connectors.bigbluebutton.callbacks import Event
from connectors.capabilities import Connector
from connectors.http import HttpOptions
from connectors.records import MeetingGuest, MeetingPlan, MeetingPresence
from hub.config import Config
from hub.db.uow import TenantDatabase
from hub.domain.attendance import Mode, Presence, counted
from hub.domain.roles import Viewer
from hub.domain.translate import ids_of, key_of
from hub.models.person import Person
from hub.models.place import Seance
from hub.models.platforms import Platform, RemoteRecord
from hub.services import attendance, platforms, seances
from hub.services import remote_records as records
from hub.services.attendance import Entry
from hub.services.errors import Conflict, NotFound
from hub.services.platforms import Connection
from hub.services.remote_records import Known
from hub.services.seances_read import DOOR_OPENS, bounds
from hub.services.sync import negotiated
from hub.services.video_rooms import meeting_key, seance_of

PATIENCE = HttpOptions(connect_timeout=4, read_timeout=8, deadline=12, retries=1, backoff=0.2, max_wait=2)
LEADS_BEFORE, LEADS_AFTER = timedelta(minutes=45), timedelta(hours=2)
"""How long before and after a séance who leads it may be in its room."""
AFTER = timedelta(minutes=30)
"""How long after its end the platform ends a class by itself."""
STAY, PRESENCE, TOKEN = "video_stay", "video_presence", "video_token"
KEEP_TOKENS = timedelta(days=3)
Connect = Callable[[Connection, Config, HttpOptions], Connector]


@dataclass(frozen=True, slots=True)
class _Entering:
    to: Connection
    plan: MeetingPlan
    guest: MeetingGuest
    found: Mapping[str, str]


def presence_address(base: str, platform_id: UUID) -> str:
    """Where a platform posts who was there when a class is over."""
    return f"{base}/video/{platform_id}/presence"


def events_address(base: str, platform_id: UUID, seance_id: UUID) -> str:
    """Where it posts who comes and goes: an address for each class, as bbb-webhooks wants."""
    return f"{base}/video/{platform_id}/events/{seance_id}"


def enter(
    tenant: TenantDatabase,
    config: Config,
    viewer: Viewer,
    seance_id: UUID,
    base: str,
    now: datetime,
    connect: Connect = platforms.connect,
) -> str:
    """Open the class of a séance and give the address by which the viewer enters. Outside any unit.

    Raises NotFound (no such séance for them, no room), Conflict (``seance_cancelled``, ``door_closed``) and
    ConnectorError.
    """
    with tenant.read() as session:
        asked = _entering(session, viewer, seance_id, base, now)
    connector = connect(asked.to, config, PATIENCE)
    try:
        connector.resume(asked.found)
        rooms = cast(Meetings, connector)
        rooms.open_meeting(asked.plan)
        return rooms.entrance(asked.plan.key, asked.guest)
    finally:
        connector.close()


def _entering(session: Session, viewer: Viewer, seance_id: UUID, base: str, now: datetime) -> _Entering:
    row = session.get(Seance, seance_id)
    if row is None or row.video_platform_id is None:
        raise NotFound(seance=str(seance_id))
    leads = seances.may_call(session, viewer, row)
    if not leads and all(it.person_id != viewer.person_id for it in seances.expected(session, row)):
        raise NotFound(seance=str(seance_id))
    if row.cancelled_at is not None:
        raise Conflict("seance_cancelled", seance=str(seance_id))
    starts, ends = bounds(row)
    opens, closes = (starts - LEADS_BEFORE, ends + LEADS_AFTER) if leads else (starts - DOOR_OPENS, ends)
    if not opens <= now < closes:
        raise Conflict("door_closed", seance=str(seance_id))
    platform_id = row.video_platform_id
    plan = MeetingPlan(
        meeting_key(seance_id),
        row.title,
        max(ends - now, timedelta()) + AFTER,
        recorded=row.video_recorded,
        told_to=presence_address(base, platform_id),
        heard_at=events_address(base, platform_id, seance_id),
        back_to=f"{base}/sessions",
    )
    known = negotiated.load(session, platform_id, now)
    name = session.get_one(Person, viewer.person_id).name
    guest = MeetingGuest(str(viewer.person_id), name, leads=leads)
    return _Entering(platforms.connection(session, platform_id), plan, guest, known.found if known else {})


def secret_of(session: Session, platform_id: UUID) -> str:
    """The secret that a platform signs with. Raises NotFound for one that holds no classes."""
    to = platforms.connection(session, platform_id)
    if not to.values.get("secret"):
        raise NotFound(platform=str(platform_id))
    return to.values["secret"]


def used_before(session: Session, platform_id: UUID, token: str, body: str, now: datetime) -> bool:
    """Whether a token was used for another message: it is remembered with the digest of this one.

    The token of an analytics callback signs nothing of what it carries, so that it must serve one message only.
    """
    old = (
        RemoteRecord.platform_id == platform_id,
        RemoteRecord.kind == TOKEN,
        RemoteRecord.seen_at < now - KEEP_TOKENS,
    )
    session.execute(delete(RemoteRecord).where(*old).execution_options(synchronize_session=False))
    known = records.load(session, platform_id, TOKEN, [token]).get(token)
    if known is not None:
        return bool(known.value["body"] != body)
    value = {"body": body}
    records.save(session, platform_id, TOKEN, [Known(token, records.digest(value), 1, value)], now)
    return False


def told(session: Session, platform_id: UUID, key: str, people: Sequence[MeetingPresence], now: datetime) -> int:
    """Take what a platform says of a whole class; gives how many presences changed. It replaces what was heard
    meanwhile; a trainer's word stays. Raises NotFound for a class that is no séance of that platform."""
    row = _held_there(session, platform_id, key)
    ends = max(bounds(row)[1], now)
    stays = {it.user_id: [(start, end or ends) for start, end in it.stays] for it in people}
    values = {
        key_of(key, who): {"stays": [[a.isoformat(), b.isoformat()] for a, b in some]} for who, some in stays.items()
    }
    known = records.load(session, platform_id, PRESENCE, values)
    records.save(session, platform_id, PRESENCE, records.changes(known, values), now)
    return _note(session, platform_id, row, stays, now)


def heard(session: Session, platform_id: UUID, seance_id: UUID, events: Iterable[Event], now: datetime) -> int:
    """Take events of a class as they come, in any order and twice; at its end the minutes are noted, unless the whole
    was told already. Gives how many presences changed. Raises NotFound."""
    key = meeting_key(seance_id)
    row = _held_there(session, platform_id, key)
    ended: datetime | None = None
    for event in events:
        if event.key != key:
            continue
        if event.kind == callbacks.ENDED:
            ended = event.at
        else:
            _keep(session, platform_id, event, now)
    if ended is None or any(records.below(session, platform_id, PRESENCE, f"{key_of(key)}:")):
        return 0
    stays: dict[str, list[tuple[datetime, datetime | None]]] = {}
    for it in records.below(session, platform_id, STAY, f"{key_of(key)}:"):
        start, end = it.value.get(callbacks.JOINED), it.value.get(callbacks.LEFT)
        if start:
            until = datetime.fromisoformat(end) if end else ended
            stays.setdefault(ids_of(it.key)[1], []).append((datetime.fromisoformat(start), until))
    whole = {who: [(a, b or ended) for a, b in callbacks.joined(some)] for who, some in stays.items()}
    return _note(session, platform_id, row, whole, now)


def _keep(session: Session, platform_id: UUID, event: Event, now: datetime) -> None:
    """A door of a person: when they came through it and when they left by it."""
    key = key_of(event.key, event.user_id, event.stay)
    known = records.load(session, platform_id, STAY, [key])
    value = {**(known[key].value if key in known else {}), event.kind: event.at.isoformat()}
    records.save(session, platform_id, STAY, records.changes(known, {key: value}), now)


def _held_there(session: Session, platform_id: UUID, key: str) -> Seance:
    seance_id = seance_of(key)
    row = session.get(Seance, seance_id) if seance_id else None
    if row is None or row.video_platform_id != platform_id:
        raise NotFound(seance=key)
    return row


def _note(
    session: Session,
    platform_id: UUID,
    row: Seance,
    stays: Mapping[str, Sequence[tuple[datetime, datetime]]],
    now: datetime,
) -> int:
    """Minutes by half-day onto the roll. Who was not there gets no word: a trainer says whether they were absent."""
    entries = []
    for half in seances.halves_of(session, row):
        for who, some in stays.items():
            found, person_id = counted(half, some), _person_id(who)
            if found is None or person_id is None:
                continue
            if found.minutes >= half.minutes:
                entries.append(Entry(person_id, half.key, Presence.PRESENT, mode=Mode.SCREEN, counted=found.minutes))
                continue
            entries.append(Entry(person_id, half.key, Presence.PARTIAL, found.arrived, found.left, Mode.SCREEN,
                                 counted=found.minutes))  # fmt: skip
    origin = session.get_one(Platform, platform_id).name
    return attendance.note_counted(session, row, entries, origin, now)


def _person_id(told: str) -> UUID | None:
    try:
        return UUID(told)
    except ValueError:
        return None

"""Séances for people's own agendas: as a file, and at an address that nobody can guess and its owner can revoke.

The address is all that an agenda shows, so it is a secret of one person: 256 random bits, of which only a keyed hash is
kept. It gives hours, places and titles, never who else is there.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event
from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.db.base import new_id
from hub.db.vault import Vault
from hub.models.files import CalendarFeed
from hub.models.person import Group, Person
from hub.models.place import Seance
from hub.services import scope, seances_read
from hub.services.errors import Conflict, NotFound
from hub.services.journal import record
from hub.services.roles import viewer_of
from hub.services.seances_read import SeanceView

MOST: Final = 10
"""Addresses that a person may have at once."""
PURPOSE: Final = "calendar feed"
_BACK: Final = timedelta(days=60)
_AHEAD: Final = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Feed:
    """An address in force: of whom or of which group (None: one's own séances), since when, read last on which day."""

    row: CalendarFeed
    group: str


def mine(session: Session, person_id: UUID) -> list[Feed]:
    """A person's addresses in force, the latest first."""
    query = select(CalendarFeed).where(CalendarFeed.person_id == person_id, CalendarFeed.revoked_at.is_(None))
    rows = session.scalars(query.order_by(CalendarFeed.id.desc())).all()
    ids = {row.group_id for row in rows if row.group_id}
    names = {it.id: it.name for it in session.scalars(select(Group).where(Group.id.in_(ids)))}
    return [Feed(row, names.get(row.group_id, "") if row.group_id else "") for row in rows]


def make(session: Session, vault: Vault, person_id: UUID, group_id: UUID | None, now: datetime) -> str:
    """A new address: the text of its token, which nothing gives a second time; journalled.

    Raises NotFound for a group that the person does not follow, Conflict (``too_many_feeds``).
    """
    if len(mine(session, person_id)) >= MOST:
        raise Conflict("too_many_feeds", most=MOST)
    if group_id is not None:
        viewer = viewer_of(session, person_id)
        if viewer is None:
            raise NotFound(person=str(person_id))
        scope.group_of(session, viewer, group_id)
    token = secrets.token_urlsafe(32)
    row = CalendarFeed(
        id=new_id(), token_hash=vault.keyed_hash(PURPOSE, token), person_id=person_id, group_id=group_id,
        created_at=now,
    )  # fmt: skip
    session.add(row)
    record(session, now, person_id, "calendar_feed.made", "person", person_id)
    return token


def revoke(session: Session, person_id: UUID, feed_id: UUID, now: datetime) -> None:
    """Close an address for good. Raises NotFound, also for another person's."""
    row = session.get(CalendarFeed, feed_id)
    if row is None or row.person_id != person_id:
        raise NotFound(feed=str(feed_id))
    if row.revoked_at is None:
        row.revoked_at = now
        record(session, now, person_id, "calendar_feed.revoked", "person", person_id)


def find(session: Session, vault: Vault, token: str) -> CalendarFeed:
    """The feed of a token. Raises NotFound for one that is unknown, revoked, or of somebody who is gone."""
    query = select(CalendarFeed).where(CalendarFeed.token_hash == vault.keyed_hash(PURPOSE, token))
    row = session.scalars(query).first()
    person = session.get(Person, row.person_id) if row else None
    if row is None or row.revoked_at is not None or person is None or person.erased_at is not None:
        raise NotFound("calendar_not_found")
    return row


def views(session: Session, row: CalendarFeed, now: datetime) -> list[SeanceView]:
    """What a feed gives now. A group that its person follows no more gives nothing. Raises NotFound."""
    if row.group_id is None:
        found = seances_read.between(session, row.person_id, (now - _BACK).date(), (now + _AHEAD).date(), now)
        return [view for view in found if view.seat in ("", "expected")]  # who waits for a seat has none
    viewer = viewer_of(session, row.person_id)
    if viewer is None:
        raise NotFound("calendar_not_found")
    scope.group_of(session, viewer, row.group_id)
    query = select(Seance).where(Seance.group_id == row.group_id)
    query = query.where(Seance.day >= (now - _BACK).date(), Seance.day <= (now + _AHEAD).date())
    rows = session.scalars(query.order_by(Seance.day, Seance.starts, Seance.id).limit(seances_read.MOST_IN_FEED)).all()
    return seances_read.shown(session, row.person_id, rows, now)


def one(session: Session, person_id: UUID, seance_id: UUID, now: datetime) -> list[SeanceView]:
    """One séance of a person, as a list. Raises NotFound for one that is not theirs, nor of a group they follow."""
    row = session.get(Seance, seance_id)
    if row is None:
        raise NotFound(seance=str(seance_id))
    found = [it for it in seances_read.between(session, person_id, row.day, row.day, now) if it.seance.id == seance_id]
    if found:
        return found
    viewer = viewer_of(session, person_id)
    if viewer is None or row.group_id is None:
        raise NotFound(seance=str(seance_id))
    scope.group_of(session, viewer, row.group_id)
    return seances_read.shown(session, person_id, [row], now)


def as_ics(found: Sequence[SeanceView], *, name: str, address: str, now: datetime) -> bytes:
    """An iCalendar file (RFC 5545). ``address`` of the page of one's séances: the link of a video class opens there
    when it is time. Times have the zone of their place, so that a change of clock moves none of them."""
    calendar = Calendar()
    calendar.add("PRODID", "-//hub//seances//FR")
    calendar.add("VERSION", "2.0")
    calendar.add("METHOD", "PUBLISH")
    calendar.add("X-WR-CALNAME", name)
    calendar.add("REFRESH-INTERVAL", timedelta(hours=4), parameters={"VALUE": "DURATION"})
    for view in found:
        event, zone = Event(), ZoneInfo(view.zone)
        event.add("UID", f"{view.seance.id}@seance")
        event.add("DTSTAMP", now.replace(microsecond=0))
        event.add("DTSTART", view.starts.astimezone(zone))
        event.add("DTEND", view.ends.astimezone(zone))
        event.add("SUMMARY", view.seance.title)
        place = ", ".join(filter(None, (view.room, view.place, view.address)))
        if place:
            event.add("LOCATION", place)
        event.add("DESCRIPTION", "\n".join(filter(None, (view.trainer, address))))
        event.add("URL", address)
        event.add("STATUS", "CANCELLED" if view.cancelled else "CONFIRMED")
        calendar.add_component(event)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())

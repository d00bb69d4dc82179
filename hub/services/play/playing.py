"""Opening a session from a ticket, and taking its messages: each once, in order, from one device at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.db.base import new_id
from hub.db.directory import Installation
from hub.models.person import Person
from hub.models.play import PlayAttempt, PlaySession
from hub.services.errors import Conflict, NotFound
from hub.services.identities import own_agent_id
from hub.services.ledger import ingest
from hub.services.play import tokens
from hub.services.play.formats import Opening, Wrapper, formats
from hub.services.play.store import Held, PackageStore
from hub.services.projection import project_dirty
from hub.services.source import hub_source
from hub.urls.addresses import base_address
from hub.urls.content import content_origin

SOURCE: Final = "hub player"


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that was opened. ``token`` writes into it; empty in a preview."""

    wrapper: Wrapper
    title: str
    token: str
    files: str
    hub: str


def open_session(installation: Installation, store: PackageStore, ticket: tokens.Ticket, now: datetime) -> Opened:
    """Exchange a ticket, once, for the page of a session. Raises Conflict (``ticket_used``, ``not_playable``),
    NotFound."""
    held = store.get(ticket.tenant, ticket.package)
    if held.format not in formats():
        raise Conflict("not_playable")
    tenant = installation.tenant_for_host(ticket.hub)
    if ticket.attempt is None:
        with tenant.read() as session:
            return _opened(installation, session, held, ticket, None, None, now)
    with tenant.write() as session:
        attempt = session.get(PlayAttempt, ticket.attempt, with_for_update=True)
        if attempt is None or attempt.person_id != ticket.person or attempt.package_id != held.id:
            raise NotFound(attempt=str(ticket.attempt))
        if session.scalar(select(PlaySession.id).where(PlaySession.ticket == ticket.nonce)) is not None:
            raise Conflict("ticket_used")
        play = PlaySession(
            id=new_id(), attempt_id=attempt.id, ticket=ticket.nonce, seq=0, answer={}, state={}, opened_at=now,
            last_at=now, ended=False,
        )  # fmt: skip
        session.add(play)
        session.flush()
        return _opened(installation, session, held, ticket, attempt, play, now)


def _opened(
    installation: Installation, session: Session, held: Held, ticket: tokens.Ticket, attempt: PlayAttempt | None,
    play: PlaySession | None, now: datetime,
) -> Opened:  # fmt: skip
    vault, config = installation.vault, installation.config
    person = session.get_one(Person, ticket.person)
    subject = attempt.id if attempt else ticket.person
    key = tokens.files_key(vault, tokens.FilesKey(ticket.tenant, ticket.hub, ticket.around, held.id, subject), now)
    hub = base_address(config, ticket.hub)
    opening = Opening(
        held, attempt, play, str(person.id), person.name, ticket.language, f"/p/{key}/", hub,
        content_origin(config, tokens.label_of(vault, ticket.tenant, held.resource_id)), now,
    )  # fmt: skip
    wrapper = formats()[held.format].open(session, opening)
    token = tokens.commit_token(vault, tokens.CommitToken(ticket.tenant, ticket.hub, play.id), now) if play else ""
    return Opened(wrapper, held.file_name, token, opening.files, hub)


@dataclass(frozen=True, slots=True)
class Taken:
    """The answer to a message; ``token`` a fresh one."""

    answer: dict[str, Any]
    token: str


def take(
    installation: Installation, store: PackageStore, token: tokens.CommitToken, seq: int, message: dict[str, Any],
    now: datetime,
) -> Taken:  # fmt: skip
    """Take message number ``seq`` (from 1) of a session. One that was taken answers as it did the first time.

    Raises Conflict (``opened_elsewhere``: another device has written since), NotFound, Invalid.
    """
    tenant = installation.tenant_for_host(token.hub)
    fresh = tokens.commit_token(installation.vault, token, now)
    with tenant.read() as session:
        package_id = session.scalar(
            select(PlayAttempt.package_id)
            .join(PlaySession, PlaySession.attempt_id == PlayAttempt.id)
            .where(PlaySession.id == token.session)
        )
    if package_id is None:
        raise NotFound(session=str(token.session))
    held = store.get(token.tenant, package_id)
    with tenant.write() as session:
        play = session.get_one(PlaySession, token.session)
        attempt = session.get_one(PlayAttempt, play.attempt_id, with_for_update=True)
        session.refresh(play)
        if seq <= play.seq:
            return Taken(play.answer, fresh)
        _require_newest(session, attempt.id, play.id)
        told = formats()[held.format].take(session, attempt, play, held, message, now)
        play.seq, play.answer, play.last_at = seq, told.answer, now
        play.ended = play.ended or told.ended
        attempt.changed_at = now
        if told.summary is not None:
            attempt.summary = told.summary
        if told.statements:
            own_agent_id(session, attempt.person_id)
            ingest(session, told.statements, hub_source(SOURCE), now)
    project_dirty(tenant, at_most=5)
    return Taken(told.answer, fresh)


def _require_newest(session: Session, attempt_id: UUID, session_id: UUID) -> None:
    """A page that was closed may still send its last message until a newer one has written."""
    newer = select(PlaySession.id).where(
        PlaySession.attempt_id == attempt_id, PlaySession.id > session_id, PlaySession.seq > 0
    )
    if session.scalar(newer.limit(1)) is not None:
        raise Conflict("opened_elsewhere")

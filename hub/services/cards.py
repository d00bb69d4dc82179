"""Printed cards for learners without e-mail: a QR code that names the card, and a PIN that is known or printed apart.

The code (100 bits) is what one has, the PIN what one knows. A card opens only the account of a learner without any
other role.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.db.uow import TenantDatabase
from hub.db.vault import Vault
from hub.domain.roles import Viewer
from hub.models.person import Card
from hub.services import lockouts, passwords, sessions
from hub.services.accounts import Browser
from hub.services.errors import Conflict, NotFound, ServiceError
from hub.services.journal import record
from hub.services.roles import viewer_of

PURPOSE = "card code"
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without the letters and digits that are read for one another."""
CODE_LENGTH = 20


class CardNotValid(ServiceError):
    """The card is unknown, revoked, or its person may not sign in so: one answer for all."""

    code = "card_not_valid"


class WrongPin(ServiceError):
    """The PIN is not the card's."""

    code = "wrong_pin"


@dataclass(frozen=True, slots=True)
class NewCard:
    """A card to print, once: neither code nor PIN can be shown again. ``code`` goes after ``/c/``."""

    person_id: UUID
    name: str
    code: str = field(repr=False)
    pin: str = field(repr=False)

    @property
    def spelled(self) -> str:
        """The code in groups of five, to be typed where no camera reads the QR."""
        return "-".join(self.code[i : i + 5] for i in range(0, len(self.code), 5))


def normal_code(text: str) -> str:
    """A code as it is kept: what was typed without blanks, hyphens and case."""
    return "".join(c for c in text.casefold() if c.isalnum())


def issue(
    tenant: TenantDatabase, vault: Vault, person_ids: Sequence[UUID], now: datetime, *, by: UUID | None
) -> list[NewCard]:
    """Issue a card to each person, in order; earlier cards of the same persons are revoked. Opens its own units.

    All or none. Raises NotFound, Conflict ``card_for_learners_only`` with the name of who cannot have one.
    """
    with tenant.read() as session:
        names = {person_id: _learner(session, person_id).name for person_id in person_ids}
    cards = [NewCard(person_id, name, _new_code(), passwords.new_pin()) for person_id, name in names.items()]
    hashes = [passwords.hash_secret(card.pin) for card in cards]
    with tenant.write() as session:
        for card, pin_hash in zip(cards, hashes, strict=True):
            _learner(session, card.person_id)
            _revoke(session, card.person_id, now)
            row = Card(
                person_id=card.person_id,
                code_hash=vault.keyed_hash(PURPOSE, card.code),
                pin_hash=pin_hash,
                issued_at=now,
                issued_by=by,
            )
            session.add(row)
            record(session, now, by, "card.issued", "person", card.person_id)
    return cards


def revoke(session: Session, person_id: UUID, now: datetime, *, by: UUID | None) -> bool:
    """Revoke a person's cards and end the sessions they opened, journalled. False when there was no card in force."""
    if not _revoke(session, person_id, now):
        return False
    sessions.end_all(session, person_id, now, how="card")
    record(session, now, by, "card.revoked", "person", person_id)
    return True


def in_force(session: Session, person_id: UUID) -> Card | None:
    """The card of a person that has not been revoked."""
    return session.scalars(select(Card).where(Card.person_id == person_id, Card.revoked_at.is_(None))).first()


def sign_in(tenant: TenantDatabase, vault: Vault, code: str, pin: str, browser: Browser, now: datetime) -> str:
    """Sign in with a card and its PIN; gives the token of the new session. Opens its own units.

    Raises CardNotValid, WrongPin, LockedOut.
    """
    name = normal_code(code)
    with tenant.read() as session:
        stored = _refuse_if_closed(session, vault, name, browser.address, now)
    right = passwords.verify(stored, pin)
    with tenant.write() as session:
        card = _by_code(session, vault, name, lock=True)
        current = _refuse_if_closed(session, vault, name, browser.address, now)
        if right and card is not None and current == stored:
            lockouts.clear(card)
            return sessions.start(
                session, vault, card.person_id, now, shared=browser.shared, how="card", ending=browser.previous
            )
        lockouts.count_address(session, vault, browser.address, now)
        if card is not None:
            lockouts.count(card, now)
    raise WrongPin if stored is not None else CardNotValid


def _refuse_if_closed(session: Session, vault: Vault, code: str, address: str, now: datetime) -> str | None:
    """The PIN's hash; None for a card that opens nothing. Raises LockedOut."""
    lockouts.refuse_locked(lockouts.of(session, vault, "address", address), now)
    card = _by_code(session, vault, code)
    if card is None or card.revoked_at is not None:
        return None
    lockouts.refuse_locked(card, now)
    viewer = viewer_of(session, card.person_id)
    return None if viewer is None or viewer.is_staff else card.pin_hash


def _by_code(session: Session, vault: Vault, code: str, *, lock: bool = False) -> Card | None:
    """``lock``: tries at the same moment take turns, each seeing the failures of those before it."""
    query = select(Card).where(Card.code_hash == vault.keyed_hash(PURPOSE, code))
    return session.scalars(query.with_for_update() if lock else query).one_or_none()


def _learner(session: Session, person_id: UUID) -> Viewer:
    viewer = viewer_of(session, person_id)
    if viewer is None:
        raise NotFound("person_not_found")
    if viewer.is_staff:
        raise Conflict("card_for_learners_only", name=viewer.name)
    return viewer


def _revoke(session: Session, person_id: UUID, now: datetime) -> int:
    rows = session.scalars(select(Card).where(Card.person_id == person_id, Card.revoked_at.is_(None))).all()
    for row in rows:
        row.revoked_at = now
    return len(rows)


def _new_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))

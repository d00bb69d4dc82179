"""The second factor of signing in: an authenticator application (RFC 6238), passkeys (WebAuthn 2), codes on paper.

A password, link or sign-in service then only begins a pending session (``services.sessions``); here it becomes a real
one under another token. Tries are counted: five wrong ones close the way for a minute, then longer.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import pyotp
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, options_to_json_dict
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import PublicKeyCredentialDescriptor

from hub.db.uow import TenantDatabase
from hub.db.vault import Vault
from hub.models.person import Person, WebSession
from hub.models.second_factor import RecoveryCode, SecondFactor
from hub.services import lockouts, sessions
from hub.services.errors import Conflict, Invalid, NotFound
from hub.services.journal import record

TOTP, PASSKEY = "totp", "passkey"
STEP_SECONDS: Final = 30
CODES: Final = 10
CODE_PURPOSE: Final = "recovery code"
_ALPHABET: Final = "23456789abcdefghjkmnpqrstuvwxyz"
_LOCK: Final = "second"


@dataclass(frozen=True, slots=True)
class Site:
    """What passkeys are bound to. ``host``: without port; ``origin``: as the browser says it."""

    host: str
    origin: str
    name: str


def of(session: Session, person_id: UUID) -> Sequence[SecondFactor]:
    """The second factors of a person that were tried, the oldest first."""
    query = select(SecondFactor).where(SecondFactor.person_id == person_id, SecondFactor.confirmed_at.is_not(None))
    return session.scalars(query.order_by(SecondFactor.created_at, SecondFactor.id)).all()


def codes_left(session: Session, person_id: UUID) -> int:
    """How many codes on paper still work."""
    query = select(func.count()).where(RecoveryCode.person_id == person_id, RecoveryCode.used_at.is_(None))
    return session.scalar(query) or 0


# Setting up


def begin_totp(session: Session, person_id: UUID, now: datetime) -> tuple[UUID, str]:
    """A new secret for an application, not asked for before ``confirm_totp``; gives its id and the secret (base32)."""
    session.execute(
        delete(SecondFactor).where(SecondFactor.person_id == person_id, SecondFactor.confirmed_at.is_(None))
    )
    secret = pyotp.random_base32()
    row = SecondFactor(person_id=person_id, kind=TOTP, secret=secret, created_at=now)
    session.add(row)
    session.flush()
    return row.id, secret


def unconfirmed(session: Session, person_id: UUID, factor_id: UUID) -> SecondFactor:
    """The application being set up. Raises NotFound."""
    row = session.get(SecondFactor, factor_id)
    if row is None or row.person_id != person_id or row.kind != TOTP or row.confirmed_at is not None:
        raise NotFound
    return row


def address(secret: str, login: str, place: str) -> str:
    """What the QR code says (``otpauth:``)."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=place)


def confirm_totp(
    session: Session, vault: Vault, person_id: UUID, factor_id: UUID, code: str, name: str, now: datetime
) -> list[str]:
    """Try the application once; from now on it is asked for. Gives new codes on paper where there were none.

    Raises NotFound, Invalid (``code``).
    """
    row = unconfirmed(session, person_id, factor_id)
    step = _step_of(row, code, now)
    if step is None:
        raise Invalid({"code": "incorrect"})
    row.confirmed_at, row.used_at, row.counter, row.name = now, now, step, name[:80]
    record(session, now, person_id, "second_factor.added", "person", person_id, kind=TOTP)
    return [] if codes_left(session, person_id) else new_codes(session, vault, person_id)


def new_codes(session: Session, vault: Vault, person_id: UUID) -> list[str]:
    """Ten new codes on paper; the earlier ones work no more. Shown this once."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
    codes = ["-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(3)) for _ in range(CODES)]
    session.add_all(RecoveryCode(code_hash=_hash(vault, person_id, code), person_id=person_id) for code in codes)
    return codes


def begin_passkey(session: Session, key: str, site: Site) -> dict[str, Any]:
    """Options for ``navigator.credentials.create`` in the session of ``key``, whose challenge is kept there."""
    row = session.get_one(WebSession, bytes.fromhex(key))
    person = session.get_one(Person, row.person_id)
    known = [f.credential_id for f in of(session, person.id) if f.credential_id]
    options = generate_registration_options(
        rp_id=site.host,
        rp_name=site.name,
        user_id=person.id.bytes,
        user_name=person.email or person.name,
        user_display_name=person.name,
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
    )
    row.challenge = options.challenge
    return dict(options_to_json_dict(options))


def finish_passkey(
    session: Session, vault: Vault, key: str, site: Site, answer: dict[str, Any], name: str, now: datetime
) -> list[str]:
    """Keep a passkey that signed the challenge. Gives new codes on paper where there were none.

    Raises Invalid (``passkey``), Conflict (``passkey_known``).
    """
    row = session.get_one(WebSession, bytes.fromhex(key))
    challenge, row.challenge = row.challenge, None
    try:
        if challenge is None:
            raise Invalid({"passkey": "incorrect"})
        found = verify_registration_response(
            credential=answer, expected_challenge=challenge, expected_rp_id=site.host, expected_origin=site.origin
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        raise Invalid({"passkey": "incorrect"}) from None
    if session.scalar(select(SecondFactor.id).where(SecondFactor.credential_id == found.credential_id)):
        raise Conflict("passkey_known")
    factor = SecondFactor(person_id=row.person_id, kind=PASSKEY, name=name[:80], created_at=now, confirmed_at=now)
    factor.credential_id, factor.public_key = found.credential_id, found.credential_public_key
    factor.counter = found.sign_count
    session.add(factor)
    record(session, now, row.person_id, "second_factor.added", "person", row.person_id, kind=PASSKEY)
    return [] if codes_left(session, row.person_id) else new_codes(session, vault, row.person_id)


def remove(session: Session, person_id: UUID, factor_id: UUID, now: datetime) -> None:
    """Take one of a person's second factors away; with the last one the codes on paper go. Raises NotFound."""
    row = session.get(SecondFactor, factor_id)
    if row is None or row.person_id != person_id:
        raise NotFound
    session.delete(row)
    session.flush()
    if not of(session, person_id):
        forget_all(session, person_id)
    record(session, now, person_id, "second_factor.removed", "person", person_id, kind=row.kind)


def forget_all(session: Session, person_id: UUID) -> None:
    """Take every second factor of a person away, codes on paper included."""
    for model in (SecondFactor, RecoveryCode):
        session.execute(delete(model).where(model.person_id == person_id))


# Signing in


def prove_code(tenant: TenantDatabase, vault: Vault, token: str, code: str, now: datetime) -> str:
    """Turn a pending session into a real one by a code of the application or on paper; gives its new token.

    Raises NotFound (nothing pending), Invalid (``code``), LockedOut. Opens its own unit.
    """
    with tenant.write() as session:
        row = _pending(session, vault, token, now)
        if _accept_code(session, vault, row.person_id, code, now):
            return _promote(session, vault, row, now)
        lockouts.count_name(session, vault, _LOCK, str(row.person_id), now)
    raise Invalid({"code": "incorrect"})


def begin_proof(session: Session, vault: Vault, token: str, site: Site, now: datetime) -> dict[str, Any]:
    """Options for ``navigator.credentials.get`` of a pending session. Raises NotFound where there is no passkey."""
    row = _pending(session, vault, token, now)
    known = [f.credential_id for f in of(session, row.person_id) if f.credential_id]
    if not known:
        raise NotFound
    options = generate_authentication_options(
        rp_id=site.host, allow_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known]
    )
    row.challenge = options.challenge
    return dict(options_to_json_dict(options))


def prove_passkey(
    tenant: TenantDatabase, vault: Vault, token: str, site: Site, answer: dict[str, Any], now: datetime
) -> str:
    """Turn a pending session into a real one by a passkey; gives its new token. The challenge serves once.

    Raises NotFound, Invalid (``passkey``), LockedOut. Opens its own unit.
    """
    with tenant.write() as session:
        row = _pending(session, vault, token, now)
        challenge, row.challenge = row.challenge, None
        factor = next((f for f in of(session, row.person_id) if f.kind == PASSKEY and _answers(f, answer)), None)
        if challenge is not None and factor is not None and factor.public_key is not None:
            count = _verified(factor, answer, challenge, site)
            if count is not None:
                factor.counter, factor.used_at = count, now
                return _promote(session, vault, row, now)
        lockouts.count_name(session, vault, _LOCK, str(row.person_id), now)
    raise Invalid({"passkey": "incorrect"})


def _answers(factor: SecondFactor, answer: dict[str, Any]) -> bool:
    try:
        return base64url_to_bytes(str(answer["rawId"])) == factor.credential_id
    except (KeyError, ValueError):
        return False


def _verified(factor: SecondFactor, answer: dict[str, Any], challenge: bytes, site: Site) -> int | None:
    try:
        found = verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=factor.public_key or b"",
            credential_current_sign_count=factor.counter,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        return None
    return int(found.new_sign_count)


def _pending(session: Session, vault: Vault, token: str, now: datetime) -> WebSession:
    row = sessions.pending(session, vault, token, now)
    if row is None:
        raise NotFound
    lockouts.refuse_locked(lockouts.of(session, vault, _LOCK, str(row.person_id)), now)
    return row


def _promote(session: Session, vault: Vault, row: WebSession, now: datetime) -> str:
    """A new token, so that whoever saw the pending one gains nothing."""
    row.ended_at = now
    lockouts.forget_name(session, vault, _LOCK, str(row.person_id))
    return sessions.start(session, vault, row.person_id, now, shared=row.shared, how="second")


def _accept_code(session: Session, vault: Vault, person_id: UUID, code: str, now: datetime) -> bool:
    for factor in of(session, person_id):
        step = _step_of(factor, code, now) if factor.kind == TOTP else None
        if step is not None and _count_up(session, factor, step, now):
            return True
    used = session.execute(
        update(RecoveryCode)
        .where(RecoveryCode.code_hash == _hash(vault, person_id, code), RecoveryCode.used_at.is_(None))
        .values(used_at=now)
        .returning(RecoveryCode.person_id)
    ).all()
    return bool(used)


def _count_up(session: Session, factor: SecondFactor, step: int, now: datetime) -> bool:
    """A code is accepted once (RFC 6238 section 5.2): of two at the same moment one."""
    return bool(
        session.execute(
            update(SecondFactor)
            .where(SecondFactor.id == factor.id, SecondFactor.counter < step)
            .values(counter=step, used_at=now)
            .returning(SecondFactor.id)
        ).all()
    )


def _step_of(factor: SecondFactor, code: str, now: datetime) -> int | None:
    """The time step whose code this is, of the present one and its neighbours; None for none or one already used."""
    digits = "".join(code.split())
    if factor.secret is None or not (len(digits) == 6 and digits.isascii() and digits.isdigit()):
        return None
    totp, present = pyotp.TOTP(factor.secret.reveal()), int(now.timestamp()) // STEP_SECONDS
    for step in (present, present - 1, present + 1):
        if step > factor.counter and secrets.compare_digest(totp.at(step * STEP_SECONDS), digits):
            return step
    return None


def _hash(vault: Vault, person_id: UUID, code: str) -> bytes:
    letters = "".join(c for c in code.lower() if c.isalnum())
    return vault.keyed_hash(CODE_PURPOSE, f"{person_id}:{letters}")

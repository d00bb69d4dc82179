"""Accounts with a password, single-use links, and what they sign in to.

What is slow (argon2) is done between a reading and a writing unit; the writing unit checks again that the way is
open, so that tries made at the same moment gain nothing.
"""

import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from hub.db.base import new_id
from hub.db.uow import TenantDatabase
from hub.db.vault import Vault
from hub.models.person import Account, Person, SignInLink
from hub.models.platforms import Delivery
from hub.services import lockouts, passwords, sessions
from hub.services.dictionaries import add_once
from hub.services.errors import Conflict, Invalid, NotFound, ServiceError
from hub.services.jobs import put
from hub.services.journal import record

Purpose = Literal["sign_in", "invitation", "reset"]
LINK_PURPOSE = "sign-in link"
VALID_FOR: dict[Purpose, timedelta] = {
    "sign_in": timedelta(hours=24),
    "invitation": timedelta(days=14),
    "reset": timedelta(hours=2),
}
LINKS_KEPT_FOR = timedelta(days=30)
"""How long the row of a link stays after its end, for who asks what became of it."""


class WrongCredentials(ServiceError):
    """Unknown login, wrong password, closed account: one answer for all."""

    code = "wrong_credentials"


class LinkNotValid(ServiceError):
    """The link is unknown, used, too old, or its person is gone: one answer for all."""

    code = "link_not_valid"


@dataclass(frozen=True, slots=True)
class Browser:
    """From where somebody signs in. ``previous``: the session token the browser already has, which ends by signing
    in."""

    address: str
    shared: bool
    previous: str | None = None


def normal_login(login: str) -> str:
    """A login as it is kept and looked for: without outer blanks, case or compatibility forms."""
    return unicodedata.normalize("NFKC", login).strip().casefold()


def sign_in(tenant: TenantDatabase, vault: Vault, login: str, password: str, browser: Browser, now: datetime) -> str:
    """Sign in with a password; gives the token of the new session. Opens its own units.

    Raises WrongCredentials, LockedOut.
    """
    name = normal_login(login)
    with tenant.read() as session:
        stored = _refuse_if_closed(session, vault, name, browser.address, now)
    right = passwords.verify(stored, password[: passwords.LONGEST])
    fresh = passwords.hash_secret(password) if right and stored and passwords.outdated(stored) else None
    with tenant.write() as session:
        account = _account_by_login(session, name, lock=True)
        current = _refuse_if_closed(session, vault, name, browser.address, now)
        if right and account is not None and current == stored:
            lockouts.clear(account)
            account.password_hash = fresh or account.password_hash
            return sessions.start(
                session, vault, account.person_id, now, shared=browser.shared, how="password", ending=browser.previous
            )
        _count_failure(session, vault, account, name, browser.address, now)
    raise WrongCredentials


def _refuse_if_closed(session: Session, vault: Vault, login: str, address: str, now: datetime) -> str | None:
    """The password hash that may be tried; None where nothing can be right. Raises LockedOut."""
    lockouts.refuse_locked(lockouts.of(session, vault, "address", address), now)
    account = _account_by_login(session, login)
    lockouts.refuse_locked(account or lockouts.of(session, vault, "login", login), now)
    if account is None or not account.active or not _is_here(session, account.person_id):
        return None
    return account.password_hash


def _count_failure(
    session: Session, vault: Vault, account: Account | None, login: str, address: str, now: datetime
) -> None:
    lockouts.count_address(session, vault, address, now)
    if account is not None:
        lockouts.count(account, now)
    else:
        lockouts.count_name(session, vault, "login", login, now)


def _account_by_login(session: Session, login: str, *, lock: bool = False) -> Account | None:
    """``lock``: tries at the same moment take turns, each seeing the failures of those before it."""
    query = select(Account).where(Account.login == login)
    return session.scalars(query.with_for_update() if lock else query).one_or_none()


def _is_here(session: Session, person_id: UUID) -> bool:
    person = session.get(Person, person_id)
    return person is not None and person.erased_at is None


def account_of(session: Session, person_id: UUID, *, lock: bool = False) -> Account | None:
    """The account of a person, if there is one. ``lock``: until the end of the unit, on PostgreSQL."""
    query = select(Account).where(Account.person_id == person_id)
    return session.scalars(query.with_for_update() if lock else query).one_or_none()


def set_password(session: Session, person_id: UUID, login: str, password_hash: str, now: datetime) -> Account:
    """Give a person an account, or its account another login and password. The hash comes from
    ``passwords.hash_secret``.

    Raises Invalid (no login), Conflict ``login_taken``, NotFound.
    """
    name = normal_login(login)
    if not name or len(name) > 120:
        raise Invalid({"login": "too_long" if name else "required"})
    if not _is_here(session, person_id):
        raise NotFound("person_not_found")
    add_once(session, Account, id=new_id(), person_id=person_id, login=name, changed_at=now)
    account, holder = account_of(session, person_id), _account_by_login(session, name)
    if account is None or holder not in (None, account):
        raise Conflict("login_taken")
    account.login, account.password_hash, account.changed_at = name, password_hash, now
    lockouts.clear(account)
    session.flush()
    return account


def change_password(
    tenant: TenantDatabase, person_id: UUID, old: str, new: str, now: datetime, *, keeping: str
) -> None:
    """Change one's own password; ends one's other sessions, keeps that of the key ``keeping``. Opens its own units.

    Raises Invalid (``old``: incorrect, ``new``: what is wrong with it), NotFound (no account), LockedOut.
    """
    with tenant.read() as session:
        account = account_of(session, person_id)
        person = session.get_one(Person, person_id)
    if account is None:
        raise NotFound("account_not_found")
    lockouts.refuse_locked(account, now)
    weak = passwords.fault(new, account.login, person.given_name, person.family_name)
    if weak:
        raise Invalid({"new": weak})
    right = passwords.verify(account.password_hash, old)
    fresh = passwords.hash_secret(new) if right else None
    with tenant.write() as session:
        current = account_of(session, person_id, lock=True)
        if current is None:
            raise NotFound("account_not_found")
        lockouts.refuse_locked(current, now)
        if fresh and current.password_hash == account.password_hash:
            current.password_hash, current.changed_at = fresh, now
            lockouts.clear(current)
            sessions.end_all(session, person_id, now, but=keeping)
            record(session, now, person_id, "account.password_changed", "person", person_id)
            return
        lockouts.count(current, now)
    raise Invalid({"old": "incorrect"})


# Single-use links


def create_sign_in_link(
    session: Session,
    vault: Vault,
    person_id: UUID,
    purpose: Purpose,
    now: datetime,
    valid_for: timedelta | None = None,
) -> str:
    """Make a single-use link and give its token (256 bits), to be put after ``/s/``. Only a keyed hash is kept.

    ``valid_for`` defaults to VALID_FOR of the purpose. Raises NotFound for an unknown or erased person.
    """
    if not _is_here(session, person_id):
        raise NotFound("person_not_found")
    token = secrets.token_urlsafe(32)
    session.execute(
        delete(SignInLink).where(SignInLink.person_id == person_id, SignInLink.expires_at < now - LINKS_KEPT_FOR)
    )
    session.add(
        SignInLink(
            token_hash=vault.keyed_hash(LINK_PURPOSE, token),
            person_id=person_id,
            purpose=purpose,
            expires_at=now + (VALID_FOR[purpose] if valid_for is None else valid_for),
        )
    )
    return token


def look_at_link(session: Session, vault: Vault, token: str, now: datetime) -> SignInLink:
    """The link of a token, still unused; looking does not use it. Raises LinkNotValid."""
    link = session.get(SignInLink, vault.keyed_hash(LINK_PURPOSE, token))
    if link is None or link.used_at is not None or now >= link.expires_at or not _is_here(session, link.person_id):
        raise LinkNotValid
    return link


def use_link(session: Session, vault: Vault, token: str, now: datetime) -> SignInLink:
    """Use the link up, once: of two at the same moment one gets LinkNotValid."""
    link = look_at_link(session, vault, token, now)
    used = session.execute(
        update(SignInLink)
        .where(SignInLink.token_hash == link.token_hash, SignInLink.used_at.is_(None))
        .values(used_at=now)
        .returning(SignInLink.token_hash)
    ).all()
    if not used:
        raise LinkNotValid
    return link


def sign_in_by_link(session: Session, vault: Vault, token: str, browser: Browser, now: datetime) -> str:
    """Use a ``sign_in`` link; gives the token of the new session. Raises LinkNotValid."""
    link = use_link(session, vault, token, now)
    if link.purpose != "sign_in":
        raise LinkNotValid
    return sessions.start(
        session, vault, link.person_id, now, shared=browser.shared, how="link", ending=browser.previous
    )


def set_password_by_link(
    tenant: TenantDatabase, vault: Vault, token: str, login: str, password: str, browser: Browser, now: datetime
) -> str:
    """Use an ``invitation`` or ``reset`` link: set the password, end every session, sign in. Opens its own units.

    ``login`` counts only where the person has no account yet. Raises LinkNotValid, Invalid, Conflict
    ``login_taken``; after the last two the link can still be used.
    """
    with tenant.read() as session:
        link = look_at_link(session, vault, token, now)
        person = session.get_one(Person, link.person_id)
        account = account_of(session, link.person_id)
    chosen = account.login if account else login
    faults = {"login": "required"} if not normal_login(chosen) else {}
    weak = passwords.fault(password, normal_login(chosen), person.given_name, person.family_name)
    if weak:
        faults["password"] = weak
    if faults or link.purpose == "sign_in":
        raise Invalid(faults) if faults else LinkNotValid
    fresh = passwords.hash_secret(password)
    with tenant.write() as session:
        use_link(session, vault, token, now)
        set_password(session, link.person_id, chosen, fresh, now)
        sessions.end_all(session, link.person_id, now)
        record(session, now, link.person_id, f"account.password_set_by_{link.purpose}", "person", link.person_id)
        return sessions.start(
            session, vault, link.person_id, now, shared=browser.shared, how="link", ending=browser.previous
        )


def known_as(session: Session, name: str) -> Person | None:
    """Whoever has this login or e-mail; None for nobody, and for several: an address that two share proves nothing."""
    wanted = normal_login(name)
    query = (
        select(Person)
        .outerjoin(Account, Account.person_id == Person.id)
        .where(Person.erased_at.is_(None), (Account.login == wanted) | (func.lower(Person.email) == wanted))
        .limit(2)
    )
    people = session.scalars(query).all() if wanted else []
    return people[0] if len(people) == 1 else None


def ask_reset(session: Session, vault: Vault, name: str, address: str, now: datetime) -> None:
    """Owe a reset link to the person of this login or e-mail; nobody is told whether there is one.

    The token is minted when the mail is sent; until mail is configured the delivery waits and an administrator hands
    a link over. At most one waiting delivery a person. Raises LockedOut for an ``address`` that asks too often.
    """
    lockouts.refuse_locked(lockouts.of(session, vault, "reset", address), now)
    lockouts.count_address(session, vault, address, now, kind="reset")
    person = known_as(session, name)
    if person is None:
        return
    values = {
        "kind": "sign_in_link",
        "lane": "email",
        "unique_key": f"reset:{person.id}",
        "payload": {"person_id": str(person.id)},
        "person_id": person.id,
        "due_at": now,
        "created_at": now,
        "answer": "",
    }
    put(session, Delivery, values, again=False)

"""The lock-out, kept in the database so that it holds over processes and restarts.

A login that exists counts on its account, one that does not on a row of its own, by the same rule: neither the
answer nor the waiting tells which logins exist. A network address counts over all its tries.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from hub.db.vault import Vault
from hub.domain.lockout import ADDRESS_WINDOW, FORGOTTEN_AFTER, ONE_ADDRESS, ONE_WAY, is_locked
from hub.models.person import Account, Card
from hub.models.sign_in import SignInFailures
from hub.services.dictionaries import add_once
from hub.services.errors import TooManyRequests

PURPOSE = "sign-in failures"


class LockedOut(TooManyRequests):
    """This way in is closed until ``retry_at``."""

    code = "locked_out"


def refuse_locked(row: Account | Card | SignInFailures | None, now: datetime) -> None:
    """Raise LockedOut when the way is closed at ``now``."""
    if row is not None and row.locked_until is not None and is_locked(row.locked_until, now):
        raise LockedOut(row.locked_until)


def of(session: Session, vault: Vault, kind: str, name: str) -> SignInFailures | None:
    """The failures of an unknown login or card, or of an address; None when there were none."""
    return session.get(SignInFailures, (kind, vault.keyed_hash(PURPOSE, f"{kind}:{name}")))


def count(row: Account | Card, now: datetime) -> None:
    """One more failure on an account or a card."""
    row.failures, row.locked_until = ONE_WAY.after_failure(row.failures, now)


def count_name(session: Session, vault: Vault, kind: str, name: str, now: datetime) -> None:
    """One more failure on an unknown login or card."""
    row = _row(session, vault, kind, name, now)
    row.failures, row.locked_until = ONE_WAY.after_failure(row.failures, now)
    row.last_at = now


def forget_name(session: Session, vault: Vault, kind: str, name: str) -> None:
    """The way was right: its failures count no more."""
    row = of(session, vault, kind, name)
    if row is not None:
        session.delete(row)


def count_address(session: Session, vault: Vault, address: str, now: datetime, kind: str = "address") -> None:
    """One more failure from a network address; failures further back than ADDRESS_WINDOW no longer count.

    ``kind`` ``reset`` counts what asks for new passwords. Also forgets old rows of every kind, so that the table
    stays small.
    """
    session.execute(delete(SignInFailures).where(SignInFailures.last_at < now - FORGOTTEN_AFTER))
    row = _row(session, vault, kind, address, now)
    if now - row.since > ADDRESS_WINDOW and not is_locked(row.locked_until, now):
        row.failures, row.since = 0, now
    row.failures, row.locked_until = ONE_ADDRESS.after_failure(row.failures, now)
    row.last_at = now


def clear(row: Account | Card) -> None:
    """A success: the failures of this way are forgotten."""
    row.failures, row.locked_until = 0, None


def _row(session: Session, vault: Vault, kind: str, name: str, now: datetime) -> SignInFailures:
    key = vault.keyed_hash(PURPOSE, f"{kind}:{name}")
    row = session.get(SignInFailures, (kind, key), with_for_update=True, populate_existing=True)
    if row is None:
        add_once(session, SignInFailures, kind=kind, key_hash=key, failures=0, since=now, last_at=now)
        row = session.get_one(SignInFailures, (kind, key), with_for_update=True)
    return row


def wait_minutes(error: TooManyRequests, now: datetime) -> int:
    """Whole minutes to wait, at least one."""
    return max(1, -(-int((error.retry_at - now) / timedelta(seconds=1)) // 60))

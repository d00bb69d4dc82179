"""Who the lines of a file speak of: one identity a person, however each file names them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.files import Fault, Line
from connectors.files.lines import with_user
from connectors.records import RemoteUser
from hub.db.types import vault_of
from hub.domain.plain_text import plain
from hub.models.river import Agent
from hub.services import remote_records as records
from hub.services.remote_records import ALIAS, Known
from hub.services.remote_site import Site
from hub.services.sync import people

PURPOSE: Final = "partner alias"


@dataclass(frozen=True, slots=True)
class Whose:
    """The lines with the person that each speaks of; ids of those who are not linked to a person of the place yet,
    and of those who were erased here."""

    lines: list[Line]
    waiting: frozenset[str]
    erased: frozenset[str]


def whose(session: Session, site: Site, lines: Sequence[Line]) -> Whose:
    """Settle who some lines speak of. A line that names somebody by an e-mail or our number whom another file named by
    a number of the partner's is about that account; where the names differ it is refused, for two people may share an
    address."""
    users = {line.user.id: line.user for line in lines if line.user and not line.faults}
    known = records.load(session, site.id, records.USER, users)
    aliases = records.load(session, site.id, ALIAS, {key for it in users.values() for key in _aliases(session, it)})
    named = records.load(session, site.id, records.USER, {str(it.value["id"]) for it in aliases.values()})
    settled = [_settled(session, line, known, aliases, named) for line in lines]
    people_ = {line.user.id: line.user for line in settled if line.user and not line.faults}
    gone = people.erased(session, site, people_.values())
    return Whose(settled, frozenset(_unlinked(session, site, people_) - gone), frozenset(gone))


def _settled(
    session: Session, line: Line, known: dict[str, Known], aliases: dict[str, Known], named: dict[str, Known]
) -> Line:
    user = line.user
    if user is None or line.faults or (user.id in known and known[user.id].value):
        return line
    for key in _aliases(session, user):
        found = aliases.get(key)
        if found is None or str(found.value["id"]) == user.id:
            continue
        name = str(found.value.get("name", ""))
        if name and user.fullname and name != _name(user):
            if line.keyed_by in ("email", "idnumber"):
                return replace(
                    line, faults=(Fault("two_names", line.keyed_by, user.fullname),), records=(), session=None
                )
            continue
        account = named.get(str(found.value["id"]))
        username = str(account.value.get("username", "")) if account else ""
        if username:
            return with_user(line, replace(user, id=str(found.value["id"]), username=username))
    return line


def keep_aliases(session: Session, site: Site, users: Iterable[RemoteUser], now: datetime) -> None:
    """Remember by what else each account is named; the first one to have an address keeps it."""
    wanted: dict[str, dict[str, Any]] = {}
    for user in users:
        for key in _aliases(session, user):
            wanted.setdefault(key, {"id": user.id, "name": _name(user) if user.fullname else ""})
    known = records.load(session, site.id, ALIAS, wanted)
    fresh = {key: value for key, value in wanted.items() if key not in known}
    records.save(session, site.id, ALIAS, records.changes(known, fresh), now)


def _aliases(session: Session, user: RemoteUser) -> list[str]:
    """Keys by which an account may be found again; nothing personal stands in them."""
    vault = vault_of(session)
    said = [("idnumber", user.idnumber), ("email", user.email)]
    return [f"{kind}:{vault.keyed_hash(PURPOSE, text).hex()[:32]}" for kind, text in said if text]


def _name(user: RemoteUser) -> str:
    """The words of a name in one order: files write it either way round."""
    return " ".join(sorted(plain(user.fullname or "").split()))


def _unlinked(session: Session, site: Site, users: dict[str, RemoteUser]) -> set[str]:
    """Ids of the accounts that no person of the place has, nor would have by a proven rule."""
    ifis = {site.ifi(it.username or it.id): it.id for it in users.values()}
    linked: set[str] = set()
    names = list(ifis)
    for start in range(0, len(names), 400):
        query = select(Agent.ifi).where(Agent.ifi.in_(names[start : start + 400]), Agent.person_id.is_not(None))
        linked |= {ifis[name] for name in session.scalars(query)}
    rest = {key: it for key, it in users.items() if key not in linked}
    return set(rest) - people.proven(session, site, rest.values())

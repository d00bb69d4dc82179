"""Code lists (Formacode, ROME, RNCP, RS, NSF): small dated snapshots that come with the hub, whole ones from a file.

Nothing is asked for at run time. Without a loaded list the snapshot's labels are used; what is in neither keeps its
bare code.
"""

from __future__ import annotations

import csv
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Final
from uuid import UUID

from sqlalchemy import Text, cast, delete, insert, select, update
from sqlalchemy.orm import Session

from hub.models.exchange import CodeEntry
from hub.models.learning import Resource
from hub.services import journal
from hub.services.errors import Invalid
from hub.services.settings import get_setting, set_setting

SCHEMES: Final = ("formacode", "rome", "rncp", "rs", "nsf")
NAMES: Final = {"formacode": "Formacode", "rome": "ROME", "rncp": "RNCP", "rs": "RS", "nsf": "NSF"}
LISTS: Final = "code_lists"
#: Who gives each list out.
PUBLISHERS: Final = {
    "formacode": "Centre Inffo", "rome": "France Travail", "rncp": "France compétences", "rs": "France compétences",
    "nsf": "Code de l’éducation, D311-4",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ListFacts:
    """A list as it is held: where it comes from, its version, its day, how many codes; ``loaded``: from a file."""

    scheme: str
    source: str
    version: str
    day: str
    codes: int
    loaded: bool

    @property
    def on(self) -> date:
        """The day of the snapshot."""
        return date.fromisoformat(self.day)


@cache
def snapshot() -> dict[str, str]:
    """``scheme:code`` -> label of what comes with the hub."""
    return {f"{row[0]}:{row[1]}": row[2] for row in _rows() if not row[0].startswith("@")}


@cache
def _shipped() -> dict[str, ListFacts]:
    """What comes with the hub, by list."""
    told = {row[0][1:]: row[1:] for row in _rows() if row[0].startswith("@")}
    sizes = Counter(key.partition(":")[0] for key in snapshot())
    return {name: ListFacts(name, row[1], row[0], row[2], sizes[name], False) for name, row in told.items()}


@cache
def _rows() -> tuple[tuple[str, ...], ...]:
    text = files("hub.services").joinpath("code_lists.csv").read_text("utf-8")
    return tuple(tuple(row) for row in csv.reader(line for line in text.splitlines() if not line.startswith("#")))


def facts(session: Session) -> list[ListFacts]:
    """Which lists are there, and from when."""
    loaded, found = get_setting(session, LISTS), []
    for scheme in SCHEMES:
        told = loaded.get(scheme)
        if told:
            found.append(ListFacts(scheme, told["source"], told["version"], told["day"], told["codes"], True))
        elif scheme in _shipped():
            found.append(_shipped()[scheme])
    return found


def labels(session: Session) -> dict[str, str]:
    """``scheme:code`` -> label, of everything held."""
    rows = session.execute(select(CodeEntry.scheme, CodeEntry.code, CodeEntry.label))
    return {**snapshot(), **{f"{scheme}:{code}": label for scheme, code, label in rows}}


def label(session: Session, codes: Iterable[str]) -> dict[str, str]:
    """``scheme:code`` -> label of those that are known."""
    wanted = set(codes)
    bare = sorted({one.partition(":")[2] for one in wanted})
    held: dict[str, str] = {}
    for start in range(0, len(bare), 400):
        query = select(CodeEntry.scheme, CodeEntry.code, CodeEntry.label)
        rows = session.execute(query.where(CodeEntry.code.in_(bare[start : start + 400])))
        held |= {f"{scheme}:{code}": text for scheme, code, text in rows}
    return {one: held.get(one) or snapshot().get(one, "") for one in wanted}


def load(
    session: Session, scheme: str, found: list[tuple[str, str]], *, source: str, version: str, day: date,
    by: UUID | None, now: datetime,
) -> None:  # fmt: skip
    """Put a whole list in the place of the one that was loaded before; resources with codes of it are indexed anew."""
    if scheme not in SCHEMES:
        raise Invalid({"scheme": "unknown"})
    session.execute(delete(CodeEntry).where(CodeEntry.scheme == scheme))
    rows = [{"scheme": scheme, "code": code, "label": text} for code, text in found]
    for start in range(0, len(rows), 5000):
        session.execute(insert(CodeEntry), rows[start : start + 5000])
    holding = cast(Resource.codes, Text).contains(f'"{scheme}:', autoescape=True)
    session.execute(update(Resource).where(holding).values(stamp=time.time_ns() // 1000))
    told = {"source": source, "version": version, "day": day.isoformat(), "codes": len(rows)}
    set_setting(session, LISTS, {**get_setting(session, LISTS), scheme: told})
    journal.record(session, now, by, "codes.loaded", "codes", scheme, **told)

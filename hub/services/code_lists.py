"""Code lists (Formacode, ROME, RNCP, RS, NSF): small dated snapshots that come with the hub, whole ones from a file.

Nothing is asked for at run time. Without a loaded list the snapshot's labels are used; what is in neither keeps its
bare code.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Final

from sqlalchemy import Text, cast, delete, insert, select, update
from sqlalchemy.orm import Session

from hub.domain.catalogue_text import asked, terms
from hub.models.exchange import CodeEntry
from hub.models.learning import Resource
from hub.services.errors import Invalid
from hub.services.settings import get_setting, set_setting

SCHEMES: Final = ("formacode", "rome", "rncp", "rs", "nsf")
NAMES: Final = {"formacode": "Formacode", "rome": "ROME", "rncp": "RNCP", "rs": "RS", "nsf": "NSF"}
LISTS: Final = "code_lists"
MOST: Final = 200_000


@dataclass(frozen=True, slots=True)
class ListFacts:
    """A list as it is held: where it comes from, its version, its day, how many codes; ``loaded``: from a file."""

    scheme: str
    source: str
    version: str
    day: str
    codes: int
    loaded: bool


@cache
def snapshot() -> dict[str, str]:
    """``scheme:code`` -> label of the selection that comes with the hub."""
    return {f"{scheme}:{code}": label for scheme, code, label, *_rest in _rows()}


@cache
def _rows() -> tuple[tuple[str, ...], ...]:
    text = files("hub.services").joinpath("code_lists.csv").read_text("utf-8")
    return tuple(tuple(row) for row in csv.reader(line for line in text.splitlines() if not line.startswith("#")))


def facts(session: Session) -> list[ListFacts]:
    """Which lists are there, and from when."""
    loaded, found = get_setting(session, LISTS), []
    head = {row[0]: row for row in _rows()}
    for scheme in SCHEMES:
        told = loaded.get(scheme)
        if told:
            found.append(ListFacts(scheme, told["source"], told["version"], told["day"], told["codes"], True))
        elif scheme in head:
            row = head[scheme]
            codes = sum(1 for one in _rows() if one[0] == scheme)
            found.append(ListFacts(scheme, row[4], row[3], row[5], codes, False))
    return found


def labels(session: Session) -> dict[str, str]:
    """``scheme:code`` -> label, of everything held."""
    rows = session.execute(select(CodeEntry.scheme, CodeEntry.code, CodeEntry.label))
    return {**snapshot(), **{f"{scheme}:{code}": label for scheme, code, label in rows}}


def label(session: Session, codes: Iterable[str]) -> dict[str, str]:
    """``scheme:code`` -> label of those that are known."""
    wanted = set(codes)
    bare = [one.partition(":")[2] for one in wanted]
    rows = session.execute(
        select(CodeEntry.scheme, CodeEntry.code, CodeEntry.label).where(CodeEntry.code.in_(bare[:400]))
    )
    held = {f"{scheme}:{code}": text for scheme, code, text in rows}
    return {one: held.get(one) or snapshot().get(one, "") for one in wanted}


def find(session: Session, text: str, limit: int = 20) -> list[tuple[str, str]]:
    """(``scheme:code``, label) of codes that begin with the text or whose label holds its words."""
    words = asked(text)
    if not words:
        return []
    found = []
    for key, name in labels(session).items():
        bare = key.partition(":")[2]
        held = terms(name)
        if bare.lower().startswith(text.strip().lower()) or all(any(h.startswith(w) for h in held) for w in words):
            found.append((key, name))
    return sorted(found, key=lambda one: (len(one[1]), one))[:limit]


def read_file(lines: Iterable[str], scheme: str) -> list[tuple[str, str]]:
    """(code, label) of a file: two columns ``code`` and ``label`` (or ``libelle``), separated by ``;``, ``,`` or a tab.

    Raises Invalid (``file``: ``no_columns``, ``empty_file``, ``too_many``).
    """
    listed = [line for line in lines if line.strip() and not line.startswith("#")]
    if not listed:
        raise Invalid({"file": "empty_file"})
    separator = max(";,\t", key=listed[0].count)
    rows = csv.reader(listed, delimiter=separator)
    header = [" ".join(terms(name)) for name in next(rows)]
    code = next((n for n, name in enumerate(header) if name in ("code", f"code {scheme}", "numero fiche")), None)
    named = ("label", "libelle", "intitule", "libelle rome")
    text = next((n for n, name in enumerate(header) if name in named), None)
    if code is None or text is None:
        raise Invalid({"file": "no_columns"})
    found = {row[code].strip(): " ".join(row[text].split()) for row in rows if len(row) > max(code, text)}
    found = {key[:20]: value[:300] for key, value in found.items() if key and value}
    if not found or len(found) > MOST:
        raise Invalid({"file": "too_many" if found else "empty_file"})
    return list(found.items())


def load(session: Session, scheme: str, found: list[tuple[str, str]], *, source: str, version: str, day: date) -> None:
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

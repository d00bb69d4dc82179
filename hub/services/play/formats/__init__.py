"""What each format does when it is played: one module a format, discovered. See docs/content.md, "A format more".

A module has ``FORMAT``, a `Format`. Its page is the wrapper on the content host; its messages come back through
``take``, in the unit of work that also keeps the session's sequence number.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import quote

from sqlalchemy.orm import Session

from hub.domain.path import Brings, EvidenceKind, Way
from hub.models.play import PlayAttempt, PlaySession
from hub.services.play.store import Held


@dataclass(frozen=True, slots=True)
class Part:
    """A line of the table of contents. ``href`` is a path below the package's files, or an address elsewhere (then
    ``outside``), or empty for a heading; ``download``: a file that browsers do not show in a frame; ``hidden``: it may
    be opened, but is not listed."""

    id: str
    title: str
    depth: int
    href: str
    outside: bool = False
    download: bool = False
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Opening:
    """What a format knows when a session opens. ``attempt`` and ``play`` (its session) are None in a preview, where
    nothing may be written. ``files`` is where the package's files begin, with a slash at the end; ``hub`` the hub's
    origin; ``content`` the content host's."""

    held: Held
    attempt: PlayAttempt | None
    play: PlaySession | None
    person_id: str
    person_name: str
    language: str
    files: str
    hub: str
    content: str
    now: datetime

    def address(self, name: str, query: str = "") -> str:
        """Address of a file of the archive."""
        return self.files + quote(name.removeprefix(self.held.root)) + query


@dataclass(frozen=True, slots=True)
class Wrapper:
    """The page of a session. ``scripts``: static files of the hub, run in order; ``data``: JSON for them; ``connect``:
    origins beside the content host that the page and the content may call; ``elsewhere``: origins that frames may
    show; ``steps``: the learner is led, by buttons to go on and back."""

    scripts: tuple[str, ...]
    data: Mapping[str, Any]
    parts: Sequence[Part] = ()
    connect: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()
    steps: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What a message comes to. ``statements`` go through the ledger's door; ``summary`` replaces the attempt's;
    ``answer`` goes back to the page; ``ended``: the session is over."""

    answer: dict[str, Any] = field(default_factory=dict)
    statements: list[dict[str, Any]] = field(default_factory=list)
    summary: dict[str, Any] | None = None
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Format:
    """A format that plays. ``names``: values of ``Package.format``. ``brings``: what an attempt can tell of a step.

    ``calls_hub``: the content itself talks to the hub (its LRS), so its files' policy lets it.

    ``open(session, opening)`` makes the page (``session`` reads in a preview, else it writes).
    ``take(session, attempt, play, held, message, now)`` takes a message that was not taken before; it may change
    ``attempt.state``, ``attempt.oddities`` and ``play.state`` (assign a new dict), and raise ``Invalid``.
    """

    names: tuple[str, ...]
    brings: tuple[EvidenceKind, ...]
    open: Callable[[Session, Opening], Wrapper]
    take: Callable[[Session, PlayAttempt, PlaySession, Held, dict[str, Any], datetime], Told]
    calls_hub: bool = False


@cache
def formats() -> dict[str, Format]:
    """Format by the name in ``Package.format``."""
    found: dict[str, Format] = {}
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        if not module.name.rpartition(".")[2].startswith("_"):
            one: Format = importlib.import_module(module.name).FORMAT
            found |= dict.fromkeys(one.names, one)
    return found


def plays(format_name: str) -> bool:
    """Whether packages of this format are played."""
    return format_name in formats()


def brought(format_name: str) -> list[Brings]:
    """What an entry of this format declares to bring back when it is played here: at once, by the hub's own traces.
    Empty for what does not play."""
    found = formats().get(format_name)
    return [Brings(kind=kind, way=Way.XAPI, within_hours=0) for kind in found.brings] if found else []

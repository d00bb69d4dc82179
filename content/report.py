"""What is said of a resource that was looked at: a verdict, messages with stable codes, parts and their fate, figures.

The words for people are made elsewhere, from the codes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Level(StrEnum):
    """How grave a message is. ``neutral``: something hostile that will have no effect; ``info``: told, not a fault."""

    ERROR = "error"
    NEUTRAL = "neutral"
    WARNING = "warning"
    INFO = "info"


class Verdict(StrEnum):
    """What becomes of the file."""

    ACCEPT = "accept"
    WITH_WARNING = "accept-with-warning"
    NEUTRALISED = "accept-neutralised"
    REJECT = "reject"


class Fate(StrEnum):
    """What becomes of a part: taken as it is, turned into something of the hub's, kept in the original only."""

    IMPORTED = "imported"
    CONVERTED = "converted"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to say. ``where`` names the entry or the element; ``details`` are what its sentence needs."""

    code: str
    level: Level
    where: str = ""
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the package. ``kind`` is a stable word; ``reason`` a stable code, empty when it is imported."""

    kind: str
    title: str
    fate: Fate
    reason: str = ""
    where: str = ""


#: A report of a broken file with ten thousand faults helps nobody: as many of one code are kept, all are counted.
MOST_OF_ONE_CODE = 20
_MARKUP = re.compile(r"<\s*[a-zA-Z!/]|javascript:|&#|\bon[a-z]+\s*=", re.IGNORECASE)
#: Controls, and what turns the direction of all the text that follows.
_UNSEEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
LONGEST_TITLE = 300


@dataclass(slots=True)
class Findings:
    """Where readers write what they find; it becomes a report."""

    format: str = ""
    version: str = ""
    title: str | None = None
    language: str = ""
    description: str = ""
    licence: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    repeated: dict[str, int] = field(default_factory=dict)

    def say(self, code: str, level: Level, where: str = "", **details: Any) -> None:
        """Add a message, the same one once; beyond twenty of a code they are only counted."""
        self.repeated[code] = self.repeated.get(code, 0) + 1
        message = Message(code, level, where[:200], details)
        if self.repeated[code] <= MOST_OF_ONE_CODE and message not in self.messages:
            self.messages.append(message)

    def take(self, other: Findings) -> None:
        """Add what another reading found; format, title and the like stay where they are known."""
        for name in ("format", "version", "title", "language", "description", "licence"):
            setattr(self, name, getattr(self, name) or getattr(other, name))
        self.counts = other.counts | self.counts
        self.facts = other.facts | self.facts
        self.messages += other.messages
        self.parts += other.parts
        for code, count in other.repeated.items():
            self.repeated[code] = self.repeated.get(code, 0) + count

    def error(self, code: str, where: str = "", **details: Any) -> None:
        """Something for which the whole is refused."""
        self.say(code, Level.ERROR, where, **details)

    def warn(self, code: str, where: str = "", **details: Any) -> None:
        """Something that people should know or mend."""
        self.say(code, Level.WARNING, where, **details)

    def info(self, code: str, where: str = "", **details: Any) -> None:
        """Something told."""
        self.say(code, Level.INFO, where, **details)

    def entitle(self, title: str, language: str = "") -> None:
        """Take the title (and the language) unless there is one; markup in it is said to be harmless."""
        clean = " ".join(_UNSEEN.sub("", title).split())
        if clean and not self.title:
            self.title = clean[:LONGEST_TITLE]
            if _MARKUP.search(clean):
                self.say("markup_in_title", Level.NEUTRAL, clean[:80])
        if language and not self.language and language.lower() not in ("x-none", "und", "none"):
            self.language = language[:35]

    @property
    def verdict(self) -> Verdict:
        """The gravest message decides."""
        levels = {message.level for message in self.messages}
        if Level.ERROR in levels:
            return Verdict.REJECT
        if Level.NEUTRAL in levels:
            return Verdict.NEUTRALISED
        return Verdict.WITH_WARNING if Level.WARNING in levels else Verdict.ACCEPT


@dataclass(frozen=True, slots=True)
class Weight:
    """How much a package weighs: ``packed`` the file, ``unpacked`` its contents, in bytes; the largest files first."""

    packed: int = 0
    unpacked: int = 0
    files: int = 0
    largest: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Access:
    """What its pages say of access, over those looked at (``pages``; ``unread`` were beyond what is looked at):
    pages without language or title, pictures without a text, videos without subtitles; and what it states itself."""

    pages: int = 0
    unread: int = 0
    without_language: int = 0
    without_title: int = 0
    pictures: int = 0
    pictures_without_text: int = 0
    videos: int = 0
    videos_without_subtitles: int = 0
    stated: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """All that is said of a file."""

    verdict: Verdict
    format: str
    version: str
    title: str | None
    language: str
    description: str
    licence: str
    counts: dict[str, int]
    facts: dict[str, str]
    messages: tuple[Message, ...]
    parts: tuple[Part, ...]
    weight: Weight
    hosts: tuple[str, ...]
    access: Access
    repeated: dict[str, int]


def report(found: Findings, weight: Weight, hosts: tuple[str, ...] = (), access: Access | None = None) -> Report:
    """The report of what was found."""
    return Report(
        found.verdict, found.format, found.version, found.title, found.language, found.description, found.licence,
        dict(found.counts), dict(found.facts), tuple(found.messages), tuple(found.parts), weight, hosts,
        access or Access(), {code: count for code, count in found.repeated.items() if count > MOST_OF_ONE_CODE},
    )  # fmt: skip

"""What a profile holds, as far as statements are checked by it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from content.xapi.profiles.jsonpath import Path

Presence = Literal["", "included", "excluded", "recommended"]
Operator = Literal["sequence", "alternates", "optional", "oneOrMore", "zeroOrMore"]
OPERATORS: tuple[Operator, ...] = ("sequence", "alternates", "optional", "oneOrMore", "zeroOrMore")


class ProfileError(Exception):
    """The document is no profile that can be used. ``code`` is stable, ``path`` the place in the document."""

    def __init__(self, code: str, path: str = "$") -> None:
        super().__init__(f"{code} at {path}")
        self.code = code
        self.path = path


@dataclass(frozen=True, slots=True)
class Notice:
    """Something of the profile that is left out or looks wrong, and where."""

    code: str
    path: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a template (Structure 8.1). ``any``, ``all``, ``none``: None where the rule has no such list."""

    location: Path
    selector: Path | None
    presence: Presence
    any: tuple[Any, ...] | None
    all: tuple[Any, ...] | None
    none: tuple[Any, ...] | None


@dataclass(frozen=True, slots=True)
class Template:
    """A statement template (Structure 8.0). ``determining``: property -> what it has to hold. ``refs``: the property
    (``object``, ``context``) that has to name a statement fitting one of these templates."""

    id: str
    name: str
    determining: Mapping[str, frozenset[str]]
    rules: tuple[Rule, ...]
    refs: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern (Structure 9.0): ``members`` are ids of templates and patterns."""

    id: str
    name: str
    primary: bool
    operator: Operator
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile of one version. ``concepts``: id -> type (Verb, ActivityType, ContextExtension…)."""

    id: str
    version: str
    name: str
    concepts: Mapping[str, str]
    templates: Mapping[str, Template]
    patterns: Mapping[str, Pattern]
    notices: tuple[Notice, ...]

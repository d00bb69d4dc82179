"""From what a source says to xAPI statements. Pure: a record and what was known before in, statements out.

A source's record about one person and one activity is a *register* (DESIGN section 3): each observation that differs is
a revision, only the highest counts. The hub writes a statement for each kind of fact that the observation changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from content.xapi.canonical import ifi
from content.xapi.emit import register_statement
from content.xapi.readings import Kind


def key_of(*ids: str) -> str:
    """Ids of a source as one key; an id may hold a colon itself (Open edX: ``course-v1:…``)."""
    return ":".join(one.replace("%", "%25").replace(":", "%3A") for one in ids)


def ids_of(key: str) -> tuple[str, ...]:
    """The ids of which ``key_of`` made a key."""
    return tuple(one.replace("%3A", ":").replace("%25", "%") for one in key.split(":"))


_TIMED = (Kind.ATTENDED, Kind.SPENT)
Facts = Mapping[Kind, float | None]
"""Kind of fact -> value (0..1); None where the source says nothing, or nothing any more."""


@dataclass(frozen=True, slots=True)
class Register:
    """One record of a source, as far as it speaks of learning. Ids are the source's own.

    ``kind`` and ``key`` identify the register within its platform; ``attempt`` tells apart several registers of one
    kind on one activity; ``at`` is the source's own time (aware UTC) where it has one; ``raw``, ``minimum``,
    ``maximum`` the score as the source has it; ``minutes`` of presence (``attended``) or of time passed
    (``spent``, whose value is always None).
    """

    kind: str
    key: str
    user_id: str
    course_id: str
    module_id: str = ""
    module_kind: str = ""
    attempt: str = ""
    facts: Facts = field(default_factory=dict)
    at: datetime | None = None
    raw: float | None = None
    minimum: float | None = None
    maximum: float | None = None
    minutes: float | None = None

    def told(self) -> dict[str, Any]:
        """What makes an observation differ from another: JSON, equal for equal observations."""
        facts = {str(kind): value for kind, value in sorted(self.facts.items()) if value is not None}
        score = [self.raw, self.minimum, self.maximum]
        told = {"facts": facts, "at": self.at.isoformat() if self.at else None, "score": score}
        return told if self.minutes is None else {**told, "minutes": self.minutes}

    def stored(self) -> dict[str, Any]:
        """The whole register as JSON; ``restored`` reads it."""
        about = [self.kind, self.key, self.user_id, self.course_id, self.module_id, self.module_kind, self.attempt]
        return {**self.told(), "about": about}


def restored(value: Mapping[str, Any]) -> Register:
    """The register that ``Register.stored`` wrote."""
    kind, key, user, course, module, module_kind, attempt = value["about"]
    at = datetime.fromisoformat(value["at"]).astimezone(UTC) if value["at"] else None
    raw, minimum, maximum = value["score"]
    facts = facts_of(value)
    minutes = value.get("minutes")
    return Register(kind, key, user, course, module, module_kind, attempt, facts, at, raw, minimum, maximum, minutes)


def facts_of(value: Mapping[str, Any] | None) -> dict[Kind, float | None]:
    """The facts in the JSON of a register; none for None."""
    return {Kind(kind): number for kind, number in (value or {}).get("facts", {}).items()}


def says_something(register: Register) -> bool:
    """Whether a register tells more than that nothing was begun."""
    return bool(register.minutes) or any(_says_something(kind, value) for kind, value in register.facts.items())


def is_fall(before: Facts, after: Facts) -> bool:
    """Whether something good is said no more, or less of it: a completion taken back, a lower or an erased score."""
    return any(value and (after.get(kind) or 0.0) < value for kind, value in before.items())


def next_revision(before: int, at: datetime | None) -> int:
    """The source's own time in seconds since 1970 UTC, else one more; always above the revision before."""
    return max(before + 1, int(at.timestamp()) if at else 0)


def statements(
    register: Register,
    before: Facts,
    *,
    actor: Mapping[str, Any],
    activity: str,
    name: str,
    source: str,
    revision: int,
    observed_at: datetime,
) -> list[dict[str, Any]]:
    """What an observation that differs from the last one adds to the ledger: at most one statement a kind.

    ``before``: the facts of the last observation. Nothing is written of what is incomplete and never was otherwise.
    ``observed_at`` stands where the source has no time of its own.
    """
    person, at = ifi(dict(actor)), (register.at or observed_at).astimezone(UTC)
    found = []
    for kind in sorted({*register.facts, *before}):
        value = register.facts.get(kind)
        minutes = register.minutes if kind in _TIMED else None
        if not _says_something(kind, value) and not _says_something(kind, before.get(kind)) and not minutes:
            continue
        raw, minimum, maximum = _score(register) if kind is Kind.SCORE and value is not None else (None, None, None)
        statement = register_statement(
            dict(actor),
            None,
            activity,
            source=source,
            series_key=(source, person, activity, kind, register.attempt),
            revision=revision,
            kind=kind,
            value=value,
            at=at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            definition={"name": {"und": name}} if name else None,
            raw=raw,
            minimum=minimum,
            maximum=maximum,
            minutes=minutes,
        )
        found.append(statement)
    return found


def _says_something(kind: Kind, value: float | None) -> bool:
    """Not complete is what everybody is before beginning; a failure, an absence and a score of zero are facts."""
    return value is not None and (value > 0 or kind in (Kind.SCORE, Kind.PASSED, Kind.ATTENDED))


def _score(register: Register) -> tuple[float | None, float | None, float | None]:
    """The raw score where it keeps to its own bounds (a bonus may exceed them, which xAPI forbids)."""
    raw, minimum, maximum = register.raw, register.minimum, register.maximum
    if raw is None or minimum is None or maximum is None or not minimum <= raw <= maximum:
        return None, None, None
    return raw, minimum, maximum

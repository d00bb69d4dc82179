"""What a learner answered in a SCORM content (``cmi.interactions``) to xAPI statements: each answer once. Pure.

Sources: xAPI SCORM Profile 1.0 ("responded"); xAPI 1.0.3 Data 2.4.4.1 (interaction activities); SCORM 1.2 RTE 3.4.7,
SCORM 2004 4th ed. RTE 4.2.9 (interactions; in 2004 answers are already written as xAPI writes them).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from content.xapi.emit import event_statement
from content.xapi.vocabulary import ActivityType, Category, Verb
from hub.domain import cmi
from hub.domain.translate.scorm import About

LONGEST: Final = 1000
"""Characters of an answer, a pattern, a question that a statement repeats."""
MOST_PATTERNS: Final = 10
_PREFIX: Final = "cmi.interactions."
#: Of 1.2 only the first letter counts (RTE 3.4.7); of 2004 the words are xAPI's own.
_KINDS_12: Final[Mapping[str, str]] = {
    "t": "true-false", "c": "choice", "f": "fill-in", "m": "matching", "p": "performance", "s": "sequencing",
    "l": "likert", "n": "numeric",
}  # fmt: skip
_KINDS_2004: Final = (*_KINDS_12.values(), "long-fill-in", "other")
_SUCCESS: Final[Mapping[str, bool]] = {"correct": True, "incorrect": False, "wrong": False}
_TRUE: Final[Mapping[str, str]] = {"t": "true", "1": "true", "f": "false", "0": "false"}


def answers(
    about: About, version: str, content: str, said: Mapping[str, str], told: Mapping[str, str], at: str
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Statements for the answers of a content (``content``: its item) that were not told yet, and what is told by now:
    place of the answer -> a mark of it. ``at`` is an RFC 3339 instant."""
    found, marks = [], dict(told)
    for place, one in _by_place(said):
        if not one.get("id") or not (_response(version, one) or one.get("result")):
            continue
        mark = sha256("\0".join(f"{name}={value}" for name, value in sorted(one.items())).encode()).hexdigest()[:16]
        if marks.get(place) != mark:
            marks[place] = mark
            found.append(_statement(about, version, content, f"{place} {mark}", one, at))
    return found, marks


def _by_place(said: Mapping[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
    by_place: dict[str, dict[str, str]] = {}
    for name, value in said.items():
        place, _dot, rest = name.removeprefix(_PREFIX).partition(".")
        if name.startswith(_PREFIX) and place.isdigit():
            by_place.setdefault(place, {})[rest] = value
    yield from by_place.items()


def _statement(
    about: About, version: str, content: str, key: str, one: Mapping[str, str], at: str
) -> dict[str, Any]:  # fmt: skip
    kind = _kind(version, one.get("type", ""))
    definition: dict[str, Any] = {
        "type": ActivityType.INTERACTION, "interactionType": kind, "name": {"und": one["id"][:LONGEST]},
    }  # fmt: skip
    if text := one.get("description", ""):
        definition["description"] = {"und": text[:LONGEST]}
    patterns = [_written(version, kind, value) for name, value in sorted(one.items()) if name.endswith(".pattern")]
    if patterns := [one[:LONGEST] for one in patterns if one][:MOST_PATTERNS]:
        definition["correctResponsesPattern"] = patterns
    made = event_statement(
        dict(about.actor), Verb.RESPONDED, uuid5(NAMESPACE_URL, f"{about.iri}\0{content}\0{one['id']}").urn, at=at,
        key=(about.attempt, content, key), definition=definition, registration=about.registration,
        result=_result(version, kind, one),
    )  # fmt: skip
    made["context"]["contextActivities"] = {
        "parent": [{"objectType": "Activity", "id": about.iri}],
        "grouping": [{"objectType": "Activity", "id": f"urn:uuid:{about.attempt}"}],
        "category": [{"objectType": "Activity", "id": Category.SCORM}],
    }
    return made


def _kind(version: str, said: str) -> str:
    if version == "1.2":
        return _KINDS_12.get(said[:1].lower(), "other")
    return said if said in _KINDS_2004 else "other"


def _response(version: str, one: Mapping[str, str]) -> str:
    return one.get("student_response" if version == "1.2" else "learner_response", "")


def _result(version: str, kind: str, one: Mapping[str, str]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    if response := _response(version, one):
        result["response"] = _written(version, kind, response)[:LONGEST]
    judged = one.get("result", "")
    if judged in _SUCCESS:
        result["success"] = _SUCCESS[judged]
    elif judged and judged not in ("neutral", "unanticipated"):
        result["score"] = {"raw": float(judged)}
    if (seconds := cmi.seconds(one.get("latency", ""))) is not None:
        result["duration"] = f"PT{seconds:.2f}S"
    return result


def _written(version: str, kind: str, value: str) -> str:
    """An answer as xAPI writes it. SCORM 1.2 has commas, points, braces and single letters."""
    if version != "1.2":
        return value
    bare = value.strip().strip("{}")
    if kind == "true-false":
        return _TRUE.get(bare[:1].lower(), bare)
    if kind in ("choice", "sequencing"):
        return "[,]".join(part.strip() for part in bare.split(","))
    if kind == "matching":
        return "[,]".join("[.]".join(side.strip() for side in pair.split(".", 1)) for pair in bare.split(","))
    return value

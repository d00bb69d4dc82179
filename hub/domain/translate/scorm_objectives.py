"""Objectives of a SCORM content (``cmi.objectives``) to xAPI statements: what changed of each, once. Pure.

An objective is an activity of its own, so its statements are evidence of no step; the package is its parent.

Sources: xAPI SCORM Profile 1.0 ("Objectives"); SCORM 1.2 RTE 3.4.4 (objectives); SCORM 2004 4th ed. RTE 4.2.17.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from content.xapi.emit import event_statement
from content.xapi.vocabulary import ActivityType, Category
from hub.domain import cmi_status
from hub.domain.cmi_status import Standing, Terms
from hub.domain.translate.scorm import About, news

LONGEST: Final = 1000
"""Characters of an identifier or description that a statement repeats."""
_PREFIX: Final = "cmi.objectives."
_FIELDS_12: Final[Mapping[str, str]] = {
    "status": "cmi.core.lesson_status", "score.raw": "cmi.core.score.raw", "score.min": "cmi.core.score.min",
    "score.max": "cmi.core.score.max",
}  # fmt: skip


def objectives(
    about: About, version: str, content: str, said: Mapping[str, str], heard: Iterable[str],
    told: Mapping[str, Mapping[str, object]], key: str, at: datetime,
) -> tuple[list[dict[str, Any]], dict[str, Mapping[str, object]]]:  # fmt: skip
    """Statements for the objectives of a content (``content``: its item; ``said``: its elements) of which it spoke in
    a message (``heard``: elements, ``key``: the message's name), and how each stands as it is told by now, by its
    identifier."""
    found, marks = [], dict(told)
    places = dict.fromkeys(_place(name) for name in heard if name.startswith(_PREFIX))
    for one in (_fields(said, place) for place in places):
        if not (name := one.get("id")):
            continue
        before, now = cmi_status.restored(marks.get(name, {})), _standing(version, one)
        for verb, result in news(before, now):
            found.append(_statement(about, verb, content, one, key, at, result))
        if now != before:
            marks[name] = now.stored()
    return found, marks


def _place(name: str) -> str:
    return name.removeprefix(_PREFIX).partition(".")[0]


def _fields(said: Mapping[str, str], place: str) -> dict[str, str]:
    start = f"{_PREFIX}{place}."
    return {name.removeprefix(start): value for name, value in said.items() if name.startswith(start)}


def _standing(version: str, one: Mapping[str, str]) -> Standing:
    """An objective is judged by the same words as a content."""
    if version == "1.2":
        cmi = {_FIELDS_12[name]: value for name, value in one.items() if name in _FIELDS_12}
    else:
        cmi = {f"cmi.{name}": value for name, value in one.items()}
    return cmi_status.of_content(version, cmi, Terms(), ended=False)


def _statement(
    about: About, verb: str, content: str, one: Mapping[str, str], key: str, at: datetime, result: dict[str, Any]
) -> dict[str, Any]:  # fmt: skip
    definition: dict[str, Any] = {"type": ActivityType.OBJECTIVE, "name": {"und": one["id"][:LONGEST]}}
    if text := one.get("description", ""):
        definition["description"] = {"und": text[:LONGEST]}
    made = event_statement(
        dict(about.actor), verb, uuid5(NAMESPACE_URL, f"{about.iri}\0{content}\0objective\0{one['id']}").urn,
        at=at.isoformat(), key=(about.attempt, key), definition=definition, registration=about.registration,
        result=result,
    )  # fmt: skip
    made["context"]["contextActivities"] = {
        "parent": [{"objectType": "Activity", "id": about.iri}],
        "grouping": [{"objectType": "Activity", "id": f"urn:uuid:{about.attempt}"}],
        "category": [{"objectType": "Activity", "id": Category.SCORM}],
    }
    return made

"""A SCORM attempt to xAPI statements of the SCORM profile: what changed since the last message, nothing twice. Pure.

Source: xAPI SCORM Profile 1.0 (adlnet/xAPI-SCORM-Profile), sections "attempt" and "temporal statements". The object is
the attempt; the package, to which a step is bound, is its parent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from content.xapi.emit import event_statement
from content.xapi.vocabulary import ActivityType, Category, Extension, Verb
from hub.domain.cmi_status import Standing


@dataclass(frozen=True, slots=True)
class About:
    """Of which attempt statements speak. ``iri``: the package's activity; ``number`` from 1."""

    actor: Mapping[str, Any]
    attempt: str
    iri: str
    registration: str
    number: int


def changes(about: About, before: Standing, now: Standing, key: str, at: datetime) -> list[dict[str, Any]]:
    """Statements for what ``now`` says beyond ``before``; ``key`` names the message that brought it."""
    return [statement(about, verb, key, at, result) for verb, result in news(before, now)]


def news(before: Standing, now: Standing) -> Iterator[tuple[str, dict[str, Any]]]:
    """Verb and result of what ``now`` says beyond ``before``."""
    score = _score(now)
    if now.success != before.success and now.success != "unknown":
        passed = now.success == "passed"
        yield Verb.PASSED if passed else Verb.FAILED, {"success": passed, **score}
    elif now.score != before.score and now.score is not None:
        yield Verb.SCORED, score
    if now.completion == "completed" != before.completion:
        yield Verb.COMPLETED, {"completion": True, **score}
    elif now.progress is not None and round(now.progress, 2) > round(before.progress or 0.0, 2):
        yield Verb.PROGRESSED, {"extensions": {Extension.CMI5_PROGRESS: round(now.progress * 100)}}


def opened(about: About, key: str, at: datetime, *, again: bool) -> dict[str, Any]:
    """The content was opened, or opened again."""
    return statement(about, Verb.RESUMED if again else Verb.INITIALIZED, key, at, {})


def closed(about: About, key: str, at: datetime, seconds: float, *, suspended: bool) -> dict[str, Any]:
    """The content was left after so many seconds."""
    result = {"duration": f"PT{round(seconds)}S"}
    return statement(about, Verb.SUSPENDED if suspended else Verb.TERMINATED, key, at, result)


def statement(about: About, verb: str, key: str, at: datetime, result: dict[str, Any]) -> dict[str, Any]:
    """One statement of the profile."""
    name = {"fr": f"Essai {about.number}", "en": f"Attempt {about.number}"}
    made = event_statement(
        dict(about.actor), verb, f"urn:uuid:{about.attempt}", at=at.isoformat(), key=(key,),
        definition={"type": ActivityType.ATTEMPT, "name": name},
        registration=about.registration, result=result or None,
    )  # fmt: skip
    made["context"]["contextActivities"] = {
        "parent": [{"objectType": "Activity", "id": about.iri}],
        "category": [{"objectType": "Activity", "id": Category.SCORM}],
    }
    return made


def _score(now: Standing) -> dict[str, Any]:
    return {"score": {"scaled": round(now.score, 4)}} if now.score is not None else {}

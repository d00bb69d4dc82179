"""What a SCORM content may say of itself: elements of the run-time data model, their vocabularies, ranges and lengths.

The browser's run-time has checked the same; the server believes none of it. Pure.

Sources: SCORM 1.2 RTE 3.4 (data model); SCORM 2004 4th ed. RTE 4.1.1 (SPMs), 4.2 (data model). Lengths are those of
the norm or above them, because authoring tools exceed them: ``suspend_data`` may have 64,000 characters in 1.2 too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

Check = Callable[[str], bool]

SUSPEND_DATA: Final = 64_000
MOST_ELEMENTS: Final = 20_000
MOST_CHARACTERS: Final = 1_000_000
"""Of everything that one content says, names and values."""
STORE: Final = 64_000
"""Characters of a text that contents share (RTE 4.3.2)."""
_LONGEST_INDEX: Final = 4

_SPAN_12: Final = re.compile(r"(\d{2,4}):(\d{2}):(\d{2}(?:\.\d{1,2})?)")
_SPAN_2004: Final = re.compile(
    r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,2})?)S)?)?"
)
_UNITS_2004: Final = (31_556_952.0, 2_629_746.0, 86_400.0, 3_600.0, 60.0, 1.0)
_NUMBER: Final = re.compile(r"[+-]?\d{1,9}(\.\d{1,10})?")


def text(most: int) -> Check:
    """A text of at most so many characters."""
    return lambda value: len(value) <= most


def word(*words: str) -> Check:
    """One of these words."""
    return lambda value: value in words


def number(low: float | None = None, high: float | None = None) -> Check:
    """A decimal number within the bounds, or nothing."""

    def check(value: str) -> bool:
        if not value:
            return True
        if not _NUMBER.fullmatch(value):
            return False
        found = float(value)
        return (low is None or found >= low) and (high is None or found <= high)

    return check


def _or_number(*words: str) -> Check:
    is_number = number()
    return lambda value: value in words or is_number(value)


def seconds(value: str) -> float | None:
    """A length of time of 1.2 (``HHHH:MM:SS.SS``) or 2004 (ISO 8601), in seconds; None for another text."""
    if found := _SPAN_12.fullmatch(value):
        return int(found[1]) * 3600 + int(found[2]) * 60 + float(found[3])
    if len(value) > 2 and not value.endswith("T") and (found := _SPAN_2004.fullmatch(value)):
        return sum(float(part) * unit for part, unit in zip(found.groups(), _UNITS_2004, strict=True) if part)
    return None


def _is_span(value: str) -> bool:
    return not value or seconds(value) is not None


_STATUS_12: Final = ("passed", "completed", "failed", "incomplete", "browsed", "not attempted")
_COMPLETION: Final = ("completed", "incomplete", "not attempted", "unknown")
_SUCCESS: Final = ("passed", "failed", "unknown")
_ID: Final = text(4000)
_SHORT: Final = text(255)
_ANSWER: Final = text(8000)

ELEMENTS_12: Final[Mapping[str, Check]] = {
    "cmi.core.lesson_location": text(1000),
    "cmi.core.lesson_status": word(*_STATUS_12),
    "cmi.core.exit": word("time-out", "suspend", "logout", ""),
    "cmi.core.session_time": _is_span,
    "cmi.core.score.raw": number(0, 100),
    "cmi.core.score.min": number(0, 100),
    "cmi.core.score.max": number(0, 100),
    "cmi.suspend_data": text(SUSPEND_DATA),
    "cmi.comments": text(4096),
    "cmi.student_preference.audio": _SHORT,
    "cmi.student_preference.language": _SHORT,
    "cmi.student_preference.speed": _SHORT,
    "cmi.student_preference.text": _SHORT,
    "cmi.objectives.n.id": _SHORT,
    "cmi.objectives.n.status": word(*_STATUS_12, ""),
    "cmi.objectives.n.score.raw": number(0, 100),
    "cmi.objectives.n.score.min": number(0, 100),
    "cmi.objectives.n.score.max": number(0, 100),
    "cmi.interactions.n.id": _SHORT,
    "cmi.interactions.n.objectives.n.id": _SHORT,
    "cmi.interactions.n.time": _SHORT,
    "cmi.interactions.n.type": _SHORT,
    "cmi.interactions.n.correct_responses.n.pattern": _ANSWER,
    "cmi.interactions.n.weighting": number(),
    "cmi.interactions.n.student_response": _ANSWER,
    "cmi.interactions.n.result": _or_number("correct", "wrong", "unanticipated", "neutral"),
    "cmi.interactions.n.latency": _is_span,
}
_SCORE_2004: Final[Mapping[str, Check]] = {
    "scaled": number(-1, 1),
    "raw": number(),
    "min": number(),
    "max": number(),
}
ELEMENTS_2004: Final[Mapping[str, Check]] = {
    "cmi.location": text(1000),
    "cmi.completion_status": word(*_COMPLETION),
    "cmi.success_status": word(*_SUCCESS),
    "cmi.progress_measure": number(0, 1),
    "cmi.exit": word("time-out", "suspend", "logout", "normal", ""),
    "cmi.session_time": _is_span,
    "cmi.suspend_data": text(SUSPEND_DATA),
    **{f"cmi.score.{name}": check for name, check in _SCORE_2004.items()},
    "cmi.learner_preference.audio_level": number(0),
    "cmi.learner_preference.language": _SHORT,
    "cmi.learner_preference.delivery_speed": number(0),
    "cmi.learner_preference.audio_captioning": word("-1", "0", "1"),
    "cmi.comments_from_learner.n.comment": text(4250),
    "cmi.comments_from_learner.n.location": _SHORT,
    "cmi.comments_from_learner.n.timestamp": _SHORT,
    "cmi.objectives.n.id": _ID,
    **{f"cmi.objectives.n.score.{name}": check for name, check in _SCORE_2004.items()},
    "cmi.objectives.n.success_status": word(*_SUCCESS),
    "cmi.objectives.n.completion_status": word(*_COMPLETION),
    "cmi.objectives.n.progress_measure": number(0, 1),
    "cmi.objectives.n.description": text(500),
    "cmi.interactions.n.id": _ID,
    "cmi.interactions.n.type": _SHORT,
    "cmi.interactions.n.objectives.n.id": _ID,
    "cmi.interactions.n.timestamp": _SHORT,
    "cmi.interactions.n.correct_responses.n.pattern": _ANSWER,
    "cmi.interactions.n.weighting": number(),
    "cmi.interactions.n.learner_response": _ANSWER,
    "cmi.interactions.n.result": _or_number("correct", "incorrect", "unanticipated", "neutral", ""),
    "cmi.interactions.n.latency": _is_span,
    "cmi.interactions.n.description": text(500),
}
#: What the hub says to the content; an echo of it is passed over.
_OF_THE_HUB: Final = re.compile(
    r"cmi\.(core\.(student_id|student_name|credit|entry|lesson_mode|total_time)|launch_data|comments_from_lms.*"
    r"|student_data\..*|learner_id|learner_name|credit|entry|mode|total_time|completion_threshold"
    r"|scaled_passing_score|max_time_allowed|time_limit_action)"
)


@dataclass(slots=True)
class Checked:
    """Elements that keep to the model, and code -> value of those that do not (``score``, ``suspend_data``, ``status``,
    ``time``, ``element``, ``too_much``)."""

    kept: dict[str, str] = field(default_factory=dict)
    odd: dict[str, str] = field(default_factory=dict)


def check(version: str, said: Mapping[str, object], before: Mapping[str, str]) -> Checked:
    """Look at what a content said (``version``: ``1.2`` or ``2004``), given what it said before."""
    model = ELEMENTS_12 if version == "1.2" else ELEMENTS_2004
    found = Checked()
    count, room = len(before), MOST_CHARACTERS - sum(len(k) + len(v) for k, v in before.items())
    for name, given in said.items():
        value = given if isinstance(given, str) else str(given) if isinstance(given, int | float) else None
        if _OF_THE_HUB.fullmatch(name):
            continue
        rule = model.get(_general(name))
        if rule is None or value is None:
            found.odd["element"] = name
        elif not rule(value):
            found.odd[_code(name)] = f"{name.rpartition('.')[2]} {value[:40]}" + (
                f" ({len(value)})" if len(value) > 40 else ""
            )
        else:
            count += name not in before
            room -= len(value) - len(before.get(name, "")) + (0 if name in before else len(name))
            if count > MOST_ELEMENTS or room < 0:
                found.odd["too_much"] = name
                break
            found.kept[name] = value
    return found


def _general(name: str) -> str:
    """The element with ``n`` for its indexes; longer ones are of no model."""
    parts = ["n" if p.isascii() and p.isdigit() and len(p) <= _LONGEST_INDEX else p for p in name.split(".")]
    return ".".join(parts)


def _code(name: str) -> str:
    last = name.rpartition(".")[2]
    if ".score." in name or last == "progress_measure":
        return "score"
    if last == "suspend_data":
        return "suspend_data"
    if last.endswith("status"):
        return "status"
    return "time" if last in ("session_time", "latency") else "element"

"""How a verb is read: a rule says which facts a statement tells and of which activity."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from content.xapi import formats
from content.xapi.readings.model import Kind, Reading
from content.xapi.vocabulary import Extension

Object: TypeAlias = dict[str, Any]


LONGEST_MINUTES = 31 * 24 * 60
# Looked up here once: this runs for each statement that arrives, and a member of an enumeration is slow to look up.
_COMPLETED, _PASSED, _SCORE, _PROGRESS, _SPENT = Kind.COMPLETED, Kind.PASSED, Kind.SCORE, Kind.PROGRESS, Kind.SPENT


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a vocabulary's table.

    ``says``: facts that the verb alone tells. ``score``: result.score tells the score. ``success``: result.success
    tells passed or not. ``completion``: result.completion true tells completed. ``progress``: a progress extension is
    read. ``time``: the kind that result.duration belongs to, SPENT or ATTENDED. ``of_parent``: the fact is about the
    first parent, not about the object.
    """

    says: tuple[tuple[Kind, float], ...] = ()
    score: bool = False
    success: bool = False
    completion: bool = False
    progress: bool = False
    time: Kind | None = None
    of_parent: bool = False


def apply(rule: Rule, statement: Object) -> list[Reading]:
    """The readings of one statement, whose object is an activity, by one rule; [] if the parent it needs is missing."""
    context = statement.get("context") or {}
    activity = _parent(context) if rule.of_parent else statement["object"]["id"]
    if activity is None:
        return []
    attempt = context.get("registration", "").lower()
    at = statement.get("timestamp")
    result = statement.get("result")
    facts: Iterable[tuple[Kind, float]] = rule.says
    time, length = rule.time, None
    if result:
        facts = _facts(rule, result)
        duration = result.get("duration") if time else None
        length = _believable(formats.minutes(duration)) if duration else None
    readings = []
    for kind, value in facts:
        readings.append(Reading(activity, kind, value, length if kind is time else None, None, None, attempt, at))
    if length is not None and time is _SPENT:
        readings.append(Reading(activity, _SPENT, None, length, None, None, attempt, at))
    return readings


def _believable(minutes: float | None) -> float | None:
    """A length that one statement may tell; a longer one is a sender's mistake (milliseconds for seconds, a clock in
    1970) and tells nothing."""
    return minutes if minutes and minutes <= LONGEST_MINUTES else None


def _facts(rule: Rule, result: Object) -> list[tuple[Kind, float]]:
    completion = result.get("completion")
    facts = list(rule.says)
    if completion is False:  # "completed" with completion false contradicts itself: it is no evidence
        facts = [fact for fact in facts if fact[0] is not _COMPLETED]
    elif completion and rule.completion:
        facts.append((_COMPLETED, 1.0))
    if rule.success and "success" in result:
        facts.append((_PASSED, 1.0 if result["success"] else 0.0))
    if rule.score and "score" in result and (scaled := score_of(result["score"])) is not None:
        facts.append((_SCORE, scaled))
    if rule.progress and "extensions" in result and (share := progress_of(result["extensions"])) is not None:
        facts.append((_PROGRESS, share))
    return facts


def _parent(context: Object) -> str | None:
    parents = context.get("contextActivities", {}).get("parent")
    if not parents:
        return None
    first: str = (parents if isinstance(parents, dict) else parents[0])["id"]
    return first


def score_of(score: Object) -> float | None:
    """The score as 0..1: from raw, min (else 0) and max where they are there, else ``scaled``; None if neither.

    Raw comes first because emitters get ``scaled`` wrong: logstore_xapi gives -1 for raw 0 of 0..20. A negative
    scaled is 0.
    """
    if "raw" in score and "max" in score:
        raw, low = _real(score["raw"]), _real(score.get("min", 0))
        span = _real(score["max"]) - low
        if 0 < span < math.inf:
            share = (raw - low) / span
            return 0.0 if share <= 0.0 else 1.0 if share >= 1.0 else share
    return max(0.0, _real(score["scaled"])) if "scaled" in score else None


def _real(number: float | Decimal) -> float:
    """As a double; infinity for an integer beyond its range, which the grammar allows."""
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def progress_of(extensions: Object) -> float | None:
    """Progress as 0..1: the video profile gives a share, cmi5's extension a percentage. Other types are left out."""
    for name, whole in ((Extension.VIDEO_PROGRESS, 1.0), (Extension.CMI5_PROGRESS, 100.0)):
        value = extensions.get(name)
        if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
            return min(1.0, max(0.0, _real(value) / whole))
    return None

"""What a unit's statements may say, in what order. A rule broken is a `Violation` with the section that sets it.

Source: cmi5 (quartz) 6.3, 7.1, 9.1 to 9.7, 10.2.2. Statements were not checked by the grammar of xAPI yet.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from content.xapi.canonical import ifi
from content.xapi.vocabulary import Category, Extension, Verb

Object = dict[str, Any]
#: Verbs of cmi5 by the word that is kept of them.
AU_VERBS: Final = {
    Verb.INITIALIZED: "initialized", Verb.COMPLETED: "completed", Verb.PASSED: "passed", Verb.FAILED: "failed",
    Verb.TERMINATED: "terminated",
}  # fmt: skip
LMS_VERBS: Final = frozenset({Verb.LAUNCHED, Verb.SATISFIED, Verb.WAIVED, Verb.ABANDONED})
_UTC: Final = re.compile(r".*(Z|z|[+-]00:?00)")


class Violation(Exception):
    """A statement or request that breaks cmi5: stable code, section, reason in English."""

    def __init__(self, code: str, section: str, reason: str) -> None:
        super().__init__(code)
        self.code, self.section, self.reason = code, section, reason


@dataclass(frozen=True, slots=True)
class Launched:
    """What a session was launched with."""

    actor: Mapping[str, Any]
    registration: str
    session: str
    activity: str
    publisher: str
    mode: str
    mastery: float | None


@dataclass(frozen=True, slots=True)
class History:
    """What was told before. ``verbs``: those of cmi5 in this session, with the instant they tell; ``completed`` and
    ``passed``: of this unit within the registration."""

    verbs: Mapping[str, datetime]
    completed: bool
    passed: bool


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value] if value is not None else []


def _ids(statement: Object, role: str) -> set[str]:
    activities = _part(_part(statement, "context"), "contextActivities")
    return {str(one.get("id")) for one in _list(activities.get(role)) if isinstance(one, dict)}


def _part(holder: Object, name: str) -> Object:
    found = holder.get(name)
    return found if isinstance(found, dict) else {}


def is_defined(statement: Object) -> bool:
    """Whether it is « cmi5 defined » (7.1.3): it carries the category."""
    return Category.CMI5 in _ids(statement, "category")


def verb_of(statement: Object) -> str:
    """The verb's IRI."""
    return str(_part(statement, "verb").get("id"))


def _need(held: bool, code: str, section: str, reason: str) -> None:
    if not held:
        raise Violation(code, section, reason)


def check_form(statement: Object, launched: Launched) -> None:
    """What can be told from the statement alone. Raises Violation."""
    _need(isinstance(statement.get("id"), str), "id", "9.1", "the unit gives each statement its id")
    stamp = statement.get("timestamp")
    _need(isinstance(stamp, str), "timestamp", "9.7", "the unit gives each statement its timestamp")
    _need(bool(_UTC.fullmatch(str(stamp))), "timestamp_utc", "9.7", "timestamps are in UTC")
    verb = verb_of(statement)
    _need(verb != Verb.VOIDED, "voiding", "6.3", "a unit voids nothing")
    _need(verb not in LMS_VERBS, "lms_verb", "9.3", "the launching system says this verb, no unit does")
    _need(_same_agent(statement.get("actor"), launched.actor), "actor", "9.2", "the actor is the one of the launch")
    _check_context(statement, launched)
    if is_defined(statement):
        _check_defined(statement, verb, launched)
        return
    _need(Category.CMI5_MOVE_ON not in _ids(statement, "category"), "move_on", "9.6.2.2", "of defined statements only")
    thing = str(_part(statement, "object").get("id", ""))
    own = thing.startswith(launched.activity) or not thing.startswith("urn:uuid:")
    _need(own, "object", "9.4", "it speaks of something of the hub that is not this unit")


def _same_agent(given: object, wanted: Mapping[str, Any]) -> bool:
    if not isinstance(given, dict) or given.get("objectType", "Agent") != "Agent":
        return False
    try:
        return ifi(given) == ifi(dict(wanted))
    except (ValueError, KeyError, TypeError, AttributeError):
        return False


def _check_context(statement: Object, launched: Launched) -> None:
    context = _part(statement, "context")
    given = str(context.get("registration", "")).lower()
    _need(given == launched.registration, "registration", "9.6.1", "the registration is the one of the launch")
    session = _part(context, "extensions").get(Extension.CMI5_SESSION)
    _need(session == launched.session, "session", "9.6.3.1", "the session id is the one of LMS.LaunchData")
    grouped = launched.publisher in _ids(statement, "grouping")
    _need(grouped, "template", "10.2.1", "the context holds all of the context template")


def _check_defined(statement: Object, verb: str, launched: Launched) -> None:
    word = AU_VERBS.get(verb)
    if word is None:
        raise Violation("verb", "9.3", "this verb is none of those that a unit's defined statements have")
    _need(_part(statement, "object").get("id") == launched.activity, "object", "9.4", "the object is the unit")
    in_play = launched.mode == "Normal" or word in ("initialized", "terminated")
    _need(in_play, "mode", "10.2.2", f"in mode {launched.mode} a unit says initialized and terminated only")
    result = _part(statement, "result")
    _need("score" not in result or word in ("passed", "failed"), "score", "9.5.1", "a score with passed or failed only")
    wanted = {"passed": True, "failed": False}.get(word)
    _need(result.get("success") is wanted, "success", "9.5.2", "success says what the verb says, or is absent")
    completion = True if word == "completed" else None
    _need(result.get("completion") is completion, "completion", "9.5.3", "completion is true with completed only")
    lasting = word == "initialized" or isinstance(result.get("duration"), str)
    _need(lasting, "duration", "9.5.4.1", "this verb has a duration")
    moves = "success" in result or "completion" in result
    marked = Category.CMI5_MOVE_ON in _ids(statement, "category")
    _need(moves == marked, "move_on", "9.6.2.2", "the category moveon with success or completion, and only then")
    score = _part(result, "score")
    _check_score(score, word, launched.mastery)
    if score and launched.mastery is not None:
        told = _part(_part(statement, "context"), "extensions").get(Extension.CMI5_MASTERY_SCORE)
        same = isinstance(told, int | float | Decimal) and float(told) == launched.mastery
        _need(same, "mastery", "9.6.3.2", "the context holds the mastery score of the launch")


def _check_score(score: Object, word: str, mastery: float | None) -> None:
    _need("raw" not in score or {"min", "max"} <= score.keys(), "score", "9.5.1", "raw comes with min and max")
    scaled = score.get("scaled")
    if scaled is None:
        return
    number = float(scaled) if not isinstance(scaled, bool | str | dict | list) else -1.0
    _need(0 <= number <= 1, "score", "9.5.1", "scaled is between 0 and 1")
    if mastery is not None:
        fits = number >= mastery if word == "passed" else number < mastery
        _need(fits, "mastery", "9.3.4, 9.3.5", "the verb contradicts the mastery score")


def check_order(statement: Object, at: datetime, launched: Launched, history: History) -> None:
    """What depends on what was told before; ``at`` is the statement's timestamp. Raises Violation."""
    defined = is_defined(statement)
    word = AU_VERBS.get(verb_of(statement), "") if defined else ""
    began, over = history.verbs.get("initialized"), history.verbs.get("terminated")
    if began is None:
        _need(word == "initialized", "first", "7.1.1", "the first statement of a session is initialized")
        return
    _need(word not in history.verbs, "repeated", "9.3", "a session says each verb of cmi5 once")
    _need(at >= began, "first", "9.3", "its timestamp is before initialized")
    _need(over is None or at <= over, "last", "9.3", "its timestamp is after terminated")
    other = {"passed": "failed", "failed": "passed"}.get(word)
    _need(other not in history.verbs, "judged", "9.3", "a session says passed or failed, once")
    _need(word != "completed" or not history.completed, "completed", "9.3", "this unit is completed already")
    _need(word != "passed" or not history.passed, "passed", "9.3", "this unit is passed already")
    _need(word != "failed" or not history.passed, "failed", "9.3", "this unit is passed already")

"""Builders of the hub's own statements, as plain dicts that pass ``grammar.check``.

A register statement says what a source now holds (a completion, a grade, a presence, a trainer's word) and may be
corrected by a higher revision; an event statement says what happened once. Both have UUIDv5 ids, so telling the same
thing twice is one statement.
"""

import json
import uuid
from typing import Any, TypeAlias

from content.xapi.readings.model import Kind
from content.xapi.vocabulary import HUB, Extension, Verb

Object: TypeAlias = dict[str, Any]

VERSION = "1.0.3"
"""Version of the hub's statements: every property used exists in 1.0.x and 2.0 alike."""

_NAMES = uuid.uuid5(uuid.NAMESPACE_URL, HUB)

_YES = {
    Kind.OPENED: Verb.LAUNCHED,
    Kind.COMPLETED: Verb.COMPLETED,
    Kind.PASSED: Verb.PASSED,
    Kind.SCORE: Verb.SCORED,
    Kind.PROGRESS: Verb.PROGRESSED,
    Kind.ATTENDED: Verb.ATTENDED,
    Kind.DEPOSITED: Verb.DEPOSITED,
    Kind.ACCEPTED: Verb.ACCEPTED,
    Kind.VALIDATED: Verb.VALIDATED,
    Kind.SPENT: Verb.SPENT,
}
_NO = {Kind.PASSED: Verb.FAILED, Kind.ATTENDED: Verb.MISSED, Kind.ACCEPTED: Verb.RETURNED}
_MEASURED = frozenset({Kind.SCORE, Kind.PROGRESS})
_DISPLAY = {Verb.SPENT: "spent time"}


def verb_for(kind: Kind, value: float | None) -> str:
    """The verb that says a fact to other systems; ``withdrew`` where a fact is cleared or has no verb of denial."""
    if kind is Kind.SPENT:
        return Verb.SPENT
    if value is None:
        return Verb.WITHDREW
    return _YES[kind] if value > 0 or kind in _MEASURED else _NO.get(kind, Verb.WITHDREW)


def series_name(source: str, person_ifi: str, activity: str, kind: Kind, attempt: str = "") -> str:
    """The name of a register's series: 36 characters, equal for equal parts, from which no part can be read."""
    return str(_named("series", source, person_ifi, activity, str(kind), attempt))


def register_statement(
    actor: Object,
    verb: str | None,
    activity: str,
    *,
    source: str,
    series_key: tuple[str, str, str, Kind, str],
    revision: int,
    kind: Kind,
    value: float | None,
    at: str,
    minutes: float | None = None,
    raw: float | None = None,
    minimum: float | None = None,
    maximum: float | None = None,
    definition: Object | None = None,
    registration: str | None = None,
    instructor: Object | None = None,
) -> Object:
    """One observation of a register.

    ``verb`` None picks ``verb_for(kind, value)``; ``activity`` is an IRI, ``definition`` its optional xAPI
    definition; ``source`` names the platform; ``series_key`` are the arguments of ``series_name``; ``revision`` grows
    with the source's own time or is a counter; ``value`` is as in ``Reading`` (None = cleared or withdrawn); ``at``
    is an RFC 3339 instant; ``minutes`` of presence or time; ``raw``, ``minimum``, ``maximum`` are the score as the
    source has it; ``instructor`` who gave their word. Raises ValueError if value or raw lie outside their range:
    0..1, minimum..maximum.
    """
    if value is not None and not 0 <= value <= 1:
        raise ValueError("a value is between 0 and 1")
    series = series_name(*series_key)
    extensions: Object = {
        Extension.SERIES: series,
        Extension.REVISION: revision,
        Extension.KIND: str(kind),
        Extension.VALUE: value,
    }
    if minutes is not None:
        extensions[Extension.MINUTES] = minutes
    if series_key[4]:
        extensions[Extension.ATTEMPT] = series_key[4]
    told = (None if value is None else float(value), None if minutes is None else float(minutes))
    context: Object = {"platform": source, "extensions": extensions}
    if registration:
        context["registration"] = registration
    if instructor:
        context["instructor"] = instructor
    statement = _statement(actor, verb or verb_for(kind, value), _activity(activity, definition), at)
    statement["id"] = str(_named("register", series, str(revision), repr(told)))
    result = _result(kind, value, minutes) | _score(kind, value, raw, minimum, maximum)
    if result:
        statement["result"] = result
    statement["context"] = context
    return statement


def event_statement(
    actor: Object,
    verb: str,
    activity: str,
    *,
    at: str,
    key: tuple[str, ...],
    definition: Object | None = None,
    registration: str | None = None,
    result: Object | None = None,
) -> Object:
    """Something that happened once, as a launch from the hub; ``key`` identifies it, so told twice it is one."""
    statement = _statement(actor, verb, _activity(activity, definition), at)
    statement["id"] = str(_named("event", verb, activity, *key))
    if result:
        statement["result"] = result
    if registration:
        statement["context"] = {"registration": registration}
    return statement


def void_statement(target_id: str, actor: Object, *, at: str, key: tuple[str, ...] = ()) -> Object:
    """The voiding of a statement that should never have existed (Data 2.3.2). Voiding it twice is one statement."""
    reference = {"objectType": "StatementRef", "id": target_id.lower()}
    statement = _statement(actor, Verb.VOIDED, reference, at)
    statement["id"] = str(_named("void", target_id.lower(), *key))
    return statement


def _named(*parts: str) -> uuid.UUID:
    return uuid.uuid5(_NAMES, json.dumps(parts, ensure_ascii=False))


def _statement(actor: Object, verb: str, thing: Object, at: str) -> Object:
    display = _DISPLAY.get(verb, verb.rpartition("/")[2])
    return {
        "id": "",
        "actor": actor,
        "verb": {"id": verb, "display": {"en": display}},
        "object": thing,
        "timestamp": at,
        "version": VERSION,
    }


def _activity(iri: str, definition: Object | None) -> Object:
    thing: Object = {"objectType": "Activity", "id": iri}
    return {**thing, "definition": definition} if definition else thing


def _result(kind: Kind, value: float | None, minutes: float | None) -> Object:
    """The published words for the same fact, for systems that do not know the hub's extensions."""
    result: Object = {}
    if value is not None and kind is Kind.COMPLETED:
        result["completion"] = value > 0
    if value is not None and kind in (Kind.PASSED, Kind.ACCEPTED):
        result["success"] = value > 0
    if value is not None and kind is Kind.PROGRESS:
        result["extensions"] = {Extension.CMI5_PROGRESS: round(value * 100)}
    if minutes is not None:
        result["duration"] = f"PT{round(minutes * 60)}S"
    return result


def _score(kind: Kind, value: float | None, raw: float | None, minimum: float | None, maximum: float | None) -> Object:
    score: Object = {"scaled": value} if kind is Kind.SCORE and value is not None else {}
    if raw is not None:
        if (minimum is not None and raw < minimum) or (maximum is not None and raw > maximum):
            raise ValueError("a raw score lies between its minimum and its maximum")
        if minimum is not None and maximum is not None and minimum == maximum:
            minimum = maximum = None  # ungraded in Moodle: 0 of 0; xAPI wants min below max
        bounds = {"raw": raw, "min": minimum, "max": maximum}
        score |= {name: number for name, number in bounds.items() if number is not None}
    return {"score": score} if score else {}

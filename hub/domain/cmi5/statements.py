"""The statements of the launching system, and the document LMS.LaunchData.

Source: cmi5 (quartz) 9.3 (verbs), 9.4 (objects), 9.5.4.2, 9.5.5.2, 9.6 (context), 10.2 (document).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from content.packages.cmi5 import Au, Block, Course
from content.xapi.emit import event_statement
from content.xapi.vocabulary import ActivityType, Category, Extension, Verb

Object = dict[str, Any]


def unit_iri(course_iri: str, kind: str, publisher: str) -> str:
    """The hub's own name of a unit or block of a course: the same for every registration, never the publisher's id."""
    return uuid5(NAMESPACE_URL, f"{course_iri} cmi5 {kind} {publisher}").urn


@dataclass(frozen=True, slots=True)
class Place:
    """Whose session statements belong to. ``course``: the activity that the step is bound to."""

    actor: Mapping[str, Any]
    registration: str
    session: str
    course: str


@dataclass(frozen=True, slots=True)
class Terms:
    """How a unit is launched; ``address`` without what the launching system adds."""

    mode: str
    address: str
    returning: str


def template(unit: Au, session: str) -> Object:
    """The context template of a session (10.2.1)."""
    return {
        "contextActivities": {"grouping": [{"objectType": "Activity", "id": unit.id}]},
        "extensions": {Extension.CMI5_SESSION: session},
    }


def launch_data(unit: Au, session: str, terms: Terms) -> Object:
    """The document LMS.LaunchData (10.2)."""
    data: Object = {
        "contextTemplate": template(unit, session), "launchMode": terms.mode, "moveOn": unit.move_on,
        "returnURL": terms.returning,
    }  # fmt: skip
    if unit.mastery_score is not None:
        data["masteryScore"] = unit.mastery_score
    if unit.launch_parameters:
        data["launchParameters"] = unit.launch_parameters
    if unit.entitlement_key:
        data["entitlementKey"] = {"courseStructure": unit.entitlement_key}
    return data


def launched(place: Place, unit: Au, terms: Terms, at: datetime) -> Object:
    """A unit is launched."""
    told: Object = {
        Extension.CMI5_LAUNCH_MODE: terms.mode, Extension.CMI5_LAUNCH_URL: terms.address,
        Extension.CMI5_MOVE_ON: unit.move_on,
    }  # fmt: skip
    if unit.mastery_score is not None:
        told[Extension.CMI5_MASTERY_SCORE] = unit.mastery_score
    if unit.launch_parameters:
        told[Extension.CMI5_LAUNCH_PARAMETERS] = unit.launch_parameters
    return _about_unit(place, Verb.LAUNCHED, unit, at, None, told)


def abandoned(place: Place, unit: Au, seconds: float, at: datetime) -> Object:
    """A session ended without saying so, after so many seconds from its launch to its last word."""
    return _about_unit(place, Verb.ABANDONED, unit, at, {"duration": f"PT{max(0, round(seconds))}S"}, {})


def waived(place: Place, unit: Au, reason: str, at: datetime) -> Object:
    """Somebody of the place decided that a unit need not be done."""
    result = {"success": True, "completion": True, "extensions": {Extension.CMI5_REASON: reason}}
    return _about_unit(place, Verb.WAIVED, unit, at, result, {})


def satisfied(place: Place, thing: Block | Course, at: datetime) -> Object:
    """Every unit of a block, or of the course, met its criterion."""
    block = isinstance(thing, Block)
    iri = unit_iri(place.course, "block", thing.id) if block else place.course
    kind = ActivityType.CMI5_BLOCK if block else ActivityType.CMI5_COURSE
    made = _made(place, Verb.SATISFIED, iri, at, None, {"type": kind, **_name(thing.title)}, iri)
    return _in_context(made, place, thing.id, {})


def _about_unit(place: Place, verb: str, unit: Au, at: datetime, result: Object | None, told: Object) -> Object:
    definition: Object = {**_name(unit.title), **({"type": unit.activity_type} if unit.activity_type else {})}
    made = _made(place, verb, unit_iri(place.course, "au", unit.id), at, result, definition, place.session)
    return _in_context(made, place, unit.id, told, moves=result is not None and "success" in result)


def _made(
    place: Place, verb: str, iri: str, at: datetime, result: Object | None, definition: Object, key: str
) -> Object:  # fmt: skip
    stamp = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return event_statement(
        dict(place.actor), verb, iri, at=stamp, key=(place.registration, key), definition=definition or None,
        registration=place.registration, result=result,
    )  # fmt: skip


def _in_context(made: Object, place: Place, publisher: str, told: Object, *, moves: bool = False) -> Object:
    categories = [Category.CMI5, *([Category.CMI5_MOVE_ON] if moves else [])]
    made["context"] |= {
        "contextActivities": {
            "grouping": [{"objectType": "Activity", "id": publisher}],
            "category": [{"objectType": "Activity", "id": one} for one in categories],
        },
        "extensions": {Extension.CMI5_SESSION: place.session, **told},
    }
    return made


def _name(title: Mapping[str, str]) -> Object:
    named = {(language or "und"): text for language, text in title.items() if text}
    return {"name": named} if named else {}

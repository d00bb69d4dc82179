"""Known faults of real emitters, mended before the grammar is asked; for sources that an administrator set to lenient.

A repair never guesses: it is done where the statement itself says what was meant. What was done is told by code and
path, so that somebody can mend the emitter.
"""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import reduce
from typing import Any, Final

from content.xapi.canonical import digest
from content.xapi.errors import StatementError, below
from content.xapi.grammar import check

_NAMES: Final = uuid.uuid5(uuid.NAMESPACE_URL, "https://hub.tiers-lieu.example/repair")

_Activities = list[tuple[object, tuple[str | int, ...]]]
"""What stands in the places of activities, and the keys that lead there."""

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Repair(StrEnum):
    """What can be mended.

    GROUP_ACTIVITY: Open edX calls an activity for a cohort ``GroupActivity``, a type that xAPI does not know.
    MISSING_ID: logstore_xapi sends no id, so that a repeated send would count twice; the id is made from the content.
    BARE_UUID: Open edX names the attempt of a timed exam by a UUID alone, which is no IRI; it becomes ``urn:uuid:``.
    NO_SCALE: Open edX sends a score of 0 out of 0 for what carries no points; it says nothing and is left out.
    SCALED: logstore_xapi scales raw 0 of 0..20 to -1; raw, min and max are what it read from Moodle.
    """

    GROUP_ACTIVITY = "group_activity"
    BARE_UUID = "bare_uuid"
    MISSING_ID = "missing_id"
    NO_SCALE = "no_scale"
    SCALED = "scaled"


@dataclass(frozen=True, slots=True)
class Done:
    """One repair: what, and where in the body."""

    what: Repair
    path: str


def repair(statement: object, version: str, path: str) -> list[Done]:
    """Mend a statement in place as far as its faults are known ones; what else is wrong stays for the grammar to say.

    ``statement`` is what ``parse.load`` gave, ``path`` its place in the body.
    """
    if not isinstance(statement, dict):
        return []
    activities = _activities(statement)
    done = [*_group_activities(activities, path), *_bare_uuids(activities, path)]
    done += [*_no_scale(statement, path), *_scaled(statement, path)]
    if "id" not in statement and "timestamp" in statement:
        try:
            check(statement, version, path)
        except StatementError:
            return done
        statement["id"] = str(uuid.uuid5(_NAMES, digest(statement)))
        done.append(Done(Repair.MISSING_ID, f"{path}.id"))
    return done


def _group_activities(activities: _Activities, path: str) -> Iterator[Done]:
    for thing, way in activities:
        if isinstance(thing, dict) and thing.get("objectType") == "GroupActivity":
            thing["objectType"] = "Activity"
            yield Done(Repair.GROUP_ACTIVITY, reduce(below, (*way, "objectType"), path))


def _bare_uuids(activities: _Activities, path: str) -> Iterator[Done]:
    for thing, way in activities:
        if not isinstance(thing, dict) or thing.get("objectType", "Activity") != "Activity":
            continue
        iri = thing.get("id")
        if isinstance(iri, str) and _UUID.fullmatch(iri):
            thing["id"] = f"urn:uuid:{iri.lower()}"
            yield Done(Repair.BARE_UUID, reduce(below, (*way, "id"), path))


def _no_scale(statement: dict[str, Any], path: str) -> Iterator[Done]:
    result = statement.get("result")
    score = result.get("score") if isinstance(result, dict) else None
    if not isinstance(result, dict) or not isinstance(score, dict):
        return
    low, high = _number(score.get("min")), _number(score.get("max"))
    if low is not None and low == high:
        del result["score"]
        yield Done(Repair.NO_SCALE, f"{path}.result.score")


def _activities(statement: dict[str, Any]) -> _Activities:
    found: _Activities = [(statement.get("object"), ("object",))]
    context = statement.get("context")
    groups = context.get("contextActivities") if isinstance(context, dict) else None
    for key, value in groups.items() if isinstance(groups, dict) else ():
        way = ("context", "contextActivities", key)
        if isinstance(value, list):
            found += [(thing, (*way, index)) for index, thing in enumerate(value)]
        else:
            found.append((value, way))
    return found


def _scaled(statement: dict[str, Any], path: str) -> Iterator[Done]:
    result = statement.get("result")
    score = result.get("score") if isinstance(result, dict) else None
    if not isinstance(score, dict) or "scaled" not in score:
        return
    raw, low, high, told = (_number(score.get(name)) for name in ("raw", "min", "max", "scaled"))
    if raw is None or low is None or high is None or not low <= raw <= high or low == high:
        return
    meant = (raw - low) / (high - low)
    if told is None or abs(told - meant) > _AMISS:
        score["scaled"] = round(float(meant), 6)
        yield Done(Repair.SCALED, f"{path}.result.score.scaled")


_AMISS: Final = Fraction(1, 100)


def _number(value: object) -> Fraction | None:
    """The number as it was written."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    return Fraction(Decimal(repr(value))) if isinstance(value, float) else Fraction(value)

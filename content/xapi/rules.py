"""Rules of a statement that reach over several fields, on statements whose structure is right."""

from decimal import Decimal
from typing import Any

from content.xapi.errors import Fault, StatementError, below
from content.xapi.formats import instant
from content.xapi.schema import COMPONENT_LISTS

VOIDED = "http://adlnet.gov/expapi/verbs/voided"


def check_rules(statement: dict[str, Any], path: str) -> None:
    """Apply the rules to a statement and to the SubStatement it may hold. Raises StatementError."""
    thing = statement["object"]
    kind = thing.get("objectType", "Activity")
    for name in ("timestamp", "stored"):
        if name in statement:
            _check_instant(statement[name], path, name)
    if statement["verb"]["id"] == VOIDED and kind != "StatementRef":
        reason = "a voiding statement's object is a StatementRef"
        raise StatementError(f"{path}.object.objectType", "XAPI-00017", reason, Fault.NOT_ALLOWED)
    if "result" in statement and "score" in statement["result"]:
        _check_score(statement["result"]["score"], path)
    if "context" in statement:
        _check_context(statement["context"], kind, path)
    if kind == "Activity":
        if _is_interaction(thing):
            _check_components(thing, f"{path}.object")
    elif kind == "SubStatement":
        check_rules(thing, f"{path}.object")


def _check_instant(text: str, path: str, name: str) -> None:
    try:
        moment = instant(text)
    except ValueError:
        raise StatementError(below(path, name), "XAPI-00022", "the calendar has no such time") from None
    # A leap second may end any month in UTC (RFC 3339 5.7); whether that one was inserted is not looked up.
    if text[17:19] == "60" and (moment.day, moment.hour, moment.minute) != (1, 0, 0):
        raise StatementError(below(path, name), "XAPI-00022", "a leap second ends a month in UTC")


def _check_score(score: dict[str, Any], path: str) -> None:
    low = _exact(score["min"]) if "min" in score else None
    high = _exact(score["max"]) if "max" in score else None
    if low is not None and high is not None and not low < high:
        raise StatementError(f"{path}.result.score.max", "XAPI-00080", "must be more than min", Fault.RANGE)
    if "raw" not in score:
        return
    raw = _exact(score["raw"])
    if (low is not None and raw < low) or (high is not None and raw > high):
        raise StatementError(f"{path}.result.score.raw", "XAPI-00082", "must lie between min and max", Fault.RANGE)


def _exact(number: float | Decimal) -> int | Decimal:
    """As the JSON text says it: a Decimal and a float must be compared in one base."""
    return Decimal(repr(number)) if isinstance(number, float) else number


def _check_context(context: dict[str, Any], kind: str, path: str) -> None:
    if kind != "Activity":
        for name, requirement in (("revision", "XAPI-00084"), ("platform", "XAPI-00085")):
            if name in context:
                reason = "is used only where the object is an Activity"
                raise StatementError(f"{path}.context.{name}", requirement, reason, Fault.NOT_ALLOWED)
    for key, value in context.get("contextActivities", {}).items():
        activities = [value] if isinstance(value, dict) else value
        for index, activity in enumerate(activities):
            if "definition" in activity and _is_interaction(activity):
                where = f"{path}.context.contextActivities.{key}"
                _check_components(activity, where if activity is value else below(where, index))


def _is_interaction(activity: dict[str, Any]) -> bool:
    return "interactionType" in activity.get("definition", ())


def _check_components(activity: dict[str, Any], path: str) -> None:
    definition = activity["definition"]
    for name in COMPONENT_LISTS:
        seen: set[str] = set()
        for index, component in enumerate(definition.get(name, ())):
            if component["id"] in seen:
                where = f"{path}.definition.{name}[{index}].id"
                raise StatementError(where, "XAPI-00058", "is used twice in this list", Fault.REPEATED_ID)
            seen.add(component["id"])

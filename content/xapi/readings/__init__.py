"""Readings: what a statement says of learning, by tables of the vocabularies.

``read`` takes a statement that passed ``grammar.check``. A voiding statement, an unknown verb, and an object that is
no activity tell nothing.
"""

from typing import Any

from content.xapi.readings import adl, cmi5, h5p, hub, moodle, openedx, scorm, video
from content.xapi.readings.model import Kind, Reading
from content.xapi.readings.rule import Rule, apply
from content.xapi.vocabulary import ActivityType, Extension

__all__ = ["Kind", "Reading", "read"]

RULES: dict[str, Rule] = {**adl.RULES, **cmi5.RULES, **scorm.RULES, **video.RULES, **h5p.RULES, **hub.RULES}

_ATTEMPT = ActivityType.ATTEMPT
_MOODLE, _OPENEDX, _SERIES = Extension.MOODLE_INFO, Extension.OPENEDX_TRANSFORMER, Extension.SERIES


def read(statement: dict[str, Any], *, trusted: bool = False) -> list[Reading]:
    """What the statement tells, each fact about one activity; [] for most statements of mere interaction.

    ``trusted``: the hub itself wrote the statement, so its register extensions are believed.
    """
    thing = statement["object"]
    if "objectType" in thing and thing["objectType"] != "Activity":
        return []
    verb: str = statement["verb"]["id"]
    definition = thing.get("definition")
    activity_type = definition.get("type") if definition else None
    context = statement.get("context")
    extensions = context.get("extensions") if context else None
    if extensions:
        if trusted and _SERIES in extensions and hub.is_register(extensions):
            return hub.read_register(statement, extensions)
        if _MOODLE in extensions:
            return moodle.read(statement, verb, activity_type)
        if _OPENEDX in extensions:
            return openedx.read(statement, verb)
    rule = (scorm.ATTEMPT_RULES if activity_type == _ATTEMPT else RULES).get(verb)
    return apply(rule, statement) if rule is not None else []

"""The slow validator: walks a statement that the schema refused and names the first fault, its path and its
requirement.

Its verdict on the structure is the same as the schema's; the tests prove it by mutation.
"""

from content.xapi import formats
from content.xapi.errors import Fault, StatementError, below
from content.xapi.explain_people import actor, agent, authority, group
from content.xapi.schema import COMPONENT_LISTS, IDENTIFIERS, INTERACTION_TYPES
from content.xapi.terms import (
    Check,
    array,
    as_object,
    boolean,
    extensions,
    formatted,
    iri,
    languages,
    natural,
    number,
    one_of,
    record,
    text,
    uuid,
)

_COMPONENT_REQUIREMENTS = {
    "choices": "XAPI-00055",
    "scale": "XAPI-00054",
    "source": "XAPI-00053",
    "target": "XAPI-00052",
    "steps": "XAPI-00051",
}
_COMPONENT = record(
    {"id": text("XAPI-00058"), "description": languages("XAPI-00062")}, {"id": "XAPI-00058"}, "XAPI-00063"
)
_DEFINITION_FIELDS = record(
    {
        "name": languages("XAPI-00056"),
        "description": languages("XAPI-00059"),
        "type": iri("XAPI-00060"),
        "moreInfo": iri("XAPI-00061"),
        "interactionType": one_of(INTERACTION_TYPES, "XAPI-00049"),
        "correctResponsesPattern": array(text("XAPI-00050"), "XAPI-00050"),
        **{name: array(_COMPONENT, requirement) for name, requirement in _COMPONENT_REQUIREMENTS.items()},
        "extensions": extensions("XAPI-00057"),
    },
    None,
    "XAPI-00048",
)


def _definition(value: object, path: str) -> None:
    _DEFINITION_FIELDS(value, path)
    fields = as_object(value, path, "XAPI-00048")
    if "interactionType" in fields:
        return
    for name in ("correctResponsesPattern", *COMPONENT_LISTS):
        if name in fields:
            reason = f"is required beside {name}"
            raise StatementError(below(path, "interactionType"), "XAPI-00064", reason, Fault.MISSING)


activity = record(
    {"objectType": one_of(("Activity",), "XAPI-00046"), "id": iri("XAPI-00047"), "definition": _definition},
    {"id": "XAPI-00047"},
    "XAPI-00094",
)
reference = record(
    {"objectType": one_of(("StatementRef",), "XAPI-00073"), "id": uuid("XAPI-00072")},
    {"objectType": "XAPI-00073", "id": "XAPI-00072"},
    "XAPI-00092",
)


def _one_or_more(value: object, path: str) -> None:
    if isinstance(value, list):
        array(activity, "XAPI-00094")(value, path)
    else:
        activity(value, path)


_CONTEXT_ACTIVITIES = record(
    dict.fromkeys(("parent", "grouping", "category", "other"), _one_or_more), None, "XAPI-00086"
)
_RESULT = record(
    {
        "score": record(
            {
                "scaled": number("XAPI-00083", -1, 1),
                "raw": number("XAPI-00082"),
                "min": number("XAPI-00081"),
                "max": number("XAPI-00080"),
            },
            None,
            "XAPI-00079",
        ),
        "success": boolean("XAPI-00074"),
        "completion": boolean("XAPI-00075"),
        "response": text("XAPI-00076"),
        "duration": formatted(formats.DURATION, "a duration of ISO 8601 such as PT4H35M59.14S", "XAPI-00077"),
        "extensions": extensions("XAPI-00078"),
    }
)
_ATTACHMENT = record(
    {
        "usageType": iri("XAPI-00107"),
        "display": languages("XAPI-00106"),
        "description": languages("Data 2.4.11"),
        "contentType": formatted(formats.MEDIA_TYPE, "a media type such as image/png", "XAPI-00105"),
        "length": natural("XAPI-00102"),
        "sha2": formatted(formats.SHA2, "a SHA-2 hash in hexadecimal digits", "XAPI-00103"),
        "fileUrl": iri("XAPI-00104"),
    },
    {
        "usageType": "XAPI-00107",
        "display": "XAPI-00106",
        "contentType": "XAPI-00105",
        "length": "XAPI-00102",
        "sha2": "XAPI-00103",
    },
    "XAPI-00025",
)
_VERB = record({"id": iri("XAPI-00044"), "display": languages("XAPI-00045")}, {"id": "XAPI-00044"})


def _contextual(key: str, check: Check) -> Check:
    """One entry of contextAgents or contextGroups (IEEE 9274.1.1, 4.2.2.5)."""
    section = "IEEE 9274.1.1 4.2.2.5"
    return record(
        {
            "objectType": one_of((f"context{key.title()}",), section),
            key: check,
            "relevantTypes": array(iri(section), section, least=1),
        },
        {"objectType": section, key: section},
        section,
    )


def _context(later: bool) -> Check:
    properties: dict[str, Check] = {
        "registration": uuid("XAPI-00087"),
        "instructor": actor,
        "team": group,
        "contextActivities": _CONTEXT_ACTIVITIES,
        "revision": text("XAPI-00089"),
        "platform": text("XAPI-00090"),
        "language": formatted(formats.LANGUAGE, "a language tag of RFC 5646", "XAPI-00091"),
        "statement": reference,
        "extensions": extensions("Data 2.4.6"),
    }
    if later:
        section = "IEEE 9274.1.1 4.2.2.5"
        properties["contextAgents"] = array(_contextual("agent", agent), section)
        properties["contextGroups"] = array(_contextual("group", group), section)
    return record(properties)


_OBJECTS: dict[object, Check] = {
    None: activity,
    "Activity": activity,
    "Agent": agent,
    "Group": group,
    "StatementRef": reference,
}
_OBJECT_TYPES = ("Activity", "Agent", "Group", "SubStatement", "StatementRef")
_LOOKS_LIKE_ACTOR = frozenset((*IDENTIFIERS, "member"))


def _object(sub_statement: Check | None) -> Check:
    def check(value: object, path: str) -> None:
        fields = as_object(value, path, "XAPI-00006")
        kind = fields.get("objectType")
        where = below(path, "objectType")
        if kind == "SubStatement":
            if sub_statement is None:
                raise StatementError(where, "XAPI-00071", "a SubStatement holds no SubStatement", Fault.NOT_ALLOWED)
            sub_statement(value, path)
            return
        if "objectType" not in fields and _LOOKS_LIKE_ACTOR.intersection(fields):
            raise StatementError(where, "XAPI-00065", "is required for an Agent or Group as object", Fault.MISSING)
        if not isinstance(kind, str | None) or (kind is not None and kind not in _OBJECTS):
            one_of(_OBJECT_TYPES, "XAPI-00046")(kind, where)
            return
        _OBJECTS[kind](value, path)

    return check


_REQUIRED = {"actor": "XAPI-00003", "verb": "XAPI-00004", "object": "XAPI-00005"}
_NOT_IN_SUB_STATEMENT = {"id": "XAPI-00070", "stored": "XAPI-00069", "version": "XAPI-00068", "authority": "XAPI-00067"}


def _banned(requirement: str) -> Check:
    def check(value: object, path: str) -> None:
        raise StatementError(path, requirement, "a SubStatement has no such property", Fault.NOT_ALLOWED)

    return check


def structure(*, later: bool) -> Check:
    """The check of a whole statement's structure, of xAPI 1.0.x or (``later``) 2.0."""
    pattern = formats.TIMESTAMP_2_0 if later else formats.TIMESTAMP_1_0
    timestamp = formatted(pattern, "a timestamp of RFC 3339 with its offset, never -00:00", "XAPI-00022")
    version = formats.VERSION_2_0 if later else formats.VERSION_1_0
    shared: dict[str, Check] = {
        "actor": actor,
        "verb": _VERB,
        "result": _RESULT,
        "context": _context(later),
        "timestamp": timestamp,
        "attachments": array(_ATTACHMENT, "XAPI-00025"),
    }
    sub = record(
        {
            "objectType": one_of(("SubStatement",), "XAPI-00046"),
            **shared,
            "object": _object(None),
            **{name: _banned(requirement) for name, requirement in _NOT_IN_SUB_STATEMENT.items()},
        },
        _REQUIRED,
    )
    return record(
        {
            "id": uuid("XAPI-00027"),
            **shared,
            "object": _object(sub),
            "stored": timestamp,
            "authority": authority,
            "version": formatted(version, "a version of xAPI that this statement may have", "XAPI-00101"),
        },
        _REQUIRED,
    )

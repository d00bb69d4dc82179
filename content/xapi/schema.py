"""The structure of a statement as one compiled JSON schema: a yes/no answer in a few microseconds, without reasons.

It says what a schema can say; rules across fields are in ``rules``. The structure is that of xAPI 1.0.3 Data 2.4,
with the context agents and groups of xAPI 2.0 (IEEE 9274.1.1, 4.2.2.5) in the second variant.
"""

from typing import Any, TypeAlias

import jsonschema_rs

from content.xapi import formats

Schema: TypeAlias = dict[str, Any]

INTERACTION_TYPES = (
    "true-false",
    "choice",
    "fill-in",
    "long-fill-in",
    "matching",
    "performance",
    "sequencing",
    "likert",
    "numeric",
    "other",
)
COMPONENT_LISTS = ("choices", "scale", "source", "target", "steps")
IDENTIFIERS = ("mbox", "mbox_sha1sum", "openid", "account")

_TEXT: Schema = {"type": "string"}
_BOOLEAN: Schema = {"type": "boolean"}
_NUMBER: Schema = {"type": "number"}


def _pattern(expression: str) -> Schema:
    return {"type": "string", "pattern": f"^(?:{expression})$"}


def _record(properties: Schema, *required: str, **more: Any) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
        **more,
    }


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _list(item: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": item, **more}


_IRI = _pattern(formats.IRI)
_LANGUAGES: Schema = {
    "type": "object",
    "patternProperties": {f"^(?:{formats.LANGUAGE})$": _TEXT},
    "additionalProperties": False,
}
_EXTENSIONS: Schema = {"type": "object", "propertyNames": {"pattern": f"^(?:{formats.IRI})$"}}
_ONE_IDENTIFIER: Schema = {"oneOf": [{"required": [name]} for name in IDENTIFIERS]}


def _identity(*object_types: str) -> Schema:
    return {
        "objectType": {"enum": list(object_types)},
        "name": _TEXT,
        "mbox": _pattern(formats.MBOX),
        "mbox_sha1sum": _pattern(formats.SHA1),
        "openid": _IRI,
        "account": _record({"homePage": _IRI, "name": _TEXT}, "homePage", "name"),
    }


def _people() -> Schema:
    members = _list(_ref("agent"))
    anonymous = {"objectType": {"const": "Group"}, "name": _TEXT}
    return {
        "agent": _record(_identity("Agent"), **_ONE_IDENTIFIER),
        "agent_object": _record(_identity("Agent"), "objectType", **_ONE_IDENTIFIER),
        "group": {
            "anyOf": [
                _record(_identity("Group") | {"member": members}, "objectType", **_ONE_IDENTIFIER),
                _record(anonymous | {"member": members | {"minItems": 1}}, "objectType", "member"),
            ]
        },
        "actor": {"anyOf": [_ref("agent"), _ref("group")]},
        "authority": {
            "anyOf": [
                _ref("agent"),
                _record(anonymous | {"member": members | {"minItems": 2, "maxItems": 2}}, "objectType", "member"),
            ]
        },
    }


def _activities() -> Schema:
    definition = _record(
        {
            "name": _ref("languages"),
            "description": _ref("languages"),
            "type": _IRI,
            "moreInfo": _IRI,
            "interactionType": {"enum": list(INTERACTION_TYPES)},
            "correctResponsesPattern": _list(_TEXT),
            **{name: _list(_ref("component")) for name in COMPONENT_LISTS},
            "extensions": _ref("extensions"),
        },
        dependentRequired={name: ["interactionType"] for name in ("correctResponsesPattern", *COMPONENT_LISTS)},
    )
    activity = {"objectType": {"const": "Activity"}, "id": _IRI, "definition": _ref("definition")}
    one_or_more = {"anyOf": [_list(_ref("activity")), _ref("activity")]}
    return {
        "component": _record({"id": _TEXT, "description": _ref("languages")}, "id"),
        "definition": definition,
        "activity": _record(activity, "id"),
        "context_activities": _record(dict.fromkeys(("parent", "grouping", "category", "other"), one_or_more)),
    }


def _context(later: bool) -> Schema:
    properties: Schema = {
        "registration": _pattern(formats.UUID),
        "instructor": _ref("actor"),
        "team": _ref("group"),
        "contextActivities": _ref("context_activities"),
        "revision": _TEXT,
        "platform": _TEXT,
        "language": _pattern(formats.LANGUAGE),
        "statement": _ref("reference"),
        "extensions": _ref("extensions"),
    }
    if later:
        types = _list(_IRI, minItems=1)
        for key in ("agent", "group"):
            name = f"context{key.title()}"
            item = {"objectType": {"const": name}, key: _ref(key), "relevantTypes": types}
            properties[f"{name}s"] = _list(_record(item, "objectType", key))
    return _record(properties)


def _result() -> Schema:
    score = {"scaled": {"type": "number", "minimum": -1, "maximum": 1}, "raw": _NUMBER, "min": _NUMBER, "max": _NUMBER}
    return _record(
        {
            "score": _record(score),
            "success": _BOOLEAN,
            "completion": _BOOLEAN,
            "response": _TEXT,
            "duration": _pattern(formats.DURATION),
            "extensions": _ref("extensions"),
        }
    )


def _attachment() -> Schema:
    properties = {
        "usageType": _IRI,
        "display": _ref("languages"),
        "description": _ref("languages"),
        "contentType": _pattern(formats.MEDIA_TYPE),
        "length": {"type": "integer", "minimum": 0},
        "sha2": _pattern(formats.SHA2),
        "fileUrl": _IRI,
    }
    return _record(properties, "usageType", "display", "contentType", "length", "sha2")


def statement_schema(*, later: bool) -> Schema:
    """The JSON schema (2020-12) of a statement: of xAPI 1.0.x, or of 2.0 if ``later``."""
    timestamp = _pattern(formats.TIMESTAMP_2_0 if later else formats.TIMESTAMP_1_0)
    objects = [_ref("activity"), _ref("agent_object"), _ref("group"), _ref("reference")]
    shared: Schema = {
        "actor": _ref("actor"),
        "verb": _record({"id": _IRI, "display": _ref("languages")}, "id"),
        "result": _ref("result"),
        "context": _ref("context"),
        "timestamp": timestamp,
        "attachments": _list(_ref("attachment")),
    }
    sub = {"objectType": {"const": "SubStatement"}, **shared, "object": {"anyOf": objects}}
    whole = {
        "id": _pattern(formats.UUID),
        **shared,
        "object": {"anyOf": [*objects, _ref("sub_statement")]},
        "stored": timestamp,
        "authority": _ref("authority"),
        "version": _pattern(formats.VERSION_2_0 if later else formats.VERSION_1_0),
    }
    definitions = {
        "languages": _LANGUAGES,
        "extensions": _EXTENSIONS,
        "reference": _record(
            {"objectType": {"const": "StatementRef"}, "id": _pattern(formats.UUID)}, "objectType", "id"
        ),
        "result": _result(),
        "context": _context(later),
        "attachment": _attachment(),
        "sub_statement": _record(sub, "objectType", "actor", "verb", "object"),
        **_people(),
        **_activities(),
    }
    return _record(whole, "actor", "verb", "object") | {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$defs": definitions,
    }


def compile_schema(*, later: bool) -> jsonschema_rs.Draft202012Validator:
    """The compiled validator; its ``is_valid`` is the fast path. Patterns run on a linear-time engine."""
    return jsonschema_rs.Draft202012Validator(
        statement_schema(later=later), pattern_options=jsonschema_rs.RegexOptions(size_limit=50_000_000)
    )

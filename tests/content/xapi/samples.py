"""Valid statements that touch every property of the standard, made anew on each call."""

import copy
from typing import Any

Object = dict[str, Any]

UUID = "8f87ccde-bb56-4c2e-ab83-44982ef22df0"
AGENT = {"objectType": "Agent", "name": "Zoé", "mbox": "mailto:zoe@example.org"}
SHA2 = "672fa5fa658017f1b72d65036f13379c6ab05d4ab3b6664908d8acf0b6a0c634"


def nested(levels: int) -> object:
    """An array with so many levels of arrays inside it."""
    return [nested(levels - 1)] if levels else []


def plain() -> Object:
    """The least a statement has."""
    return {
        "actor": {"mbox": "mailto:zoe@example.org"},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
        "object": {"id": "https://example.org/course/1"},
    }


def full() -> Object:
    """An activity as object and everything optional beside it."""
    return {
        "id": UUID,
        "actor": {"objectType": "Agent", "account": {"homePage": "https://lms.example.org", "name": "zoe"}},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/answered", "display": {"fr": "a répondu", "en-US": "answered"}},
        "object": {
            "objectType": "Activity",
            "id": "https://example.org/question/1",
            "definition": {
                "name": {"fr": "Question"},
                "description": {"zh-Hant-TW": "x"},
                "type": "http://adlnet.gov/expapi/activities/cmi.interaction",
                "moreInfo": "https://example.org/more",
                "interactionType": "choice",
                "correctResponsesPattern": ["a[,]b"],
                "choices": [{"id": "a", "description": {"fr": "A"}}, {"id": "b"}],
                "extensions": {"https://example.org/ext": None},
            },
        },
        "result": {
            "score": {"scaled": 0.5, "raw": 10, "min": 0, "max": 20},
            "success": True,
            "completion": False,
            "response": "a",
            "duration": "PT4H35M59.14S",
            "extensions": {"https://example.org/x": {"y": [None, {}]}},
        },
        "context": {
            "registration": UUID,
            "instructor": dict(AGENT),
            "team": {"objectType": "Group", "name": "B2", "member": [dict(AGENT)]},
            "contextActivities": {
                "parent": {"id": "https://example.org/quiz/1"},
                "grouping": [{"id": "https://example.org/course/1"}],
                "category": [],
                "other": [{"objectType": "Activity", "id": "https://example.org/other"}],
            },
            "revision": "2",
            "platform": "Moodle",
            "language": "fr-FR",
            "statement": {"objectType": "StatementRef", "id": UUID},
            "extensions": {"https://example.org/room": "atelier"},
        },
        "timestamp": "2026-11-23T10:00:00.123456+01:00",
        "stored": "2026-11-23T09:00:01Z",
        "authority": {"objectType": "Agent", "openid": "https://id.example.org/me"},
        "version": "1.0.3",
        "attachments": [
            {
                "usageType": "http://adlnet.gov/expapi/attachments/signature",
                "display": {"en": "Signature"},
                "description": {"en": "of it"},
                "contentType": 'text/plain; charset="utf-8"',
                "length": 4235,
                "sha2": SHA2,
                "fileUrl": "https://example.org/file",
            }
        ],
    }


def sub() -> Object:
    """A SubStatement as object."""
    inner = plain()
    inner |= {"objectType": "SubStatement", "timestamp": "2030-01-01T00:00:00Z", "result": {"success": True}}
    return plain() | {"verb": {"id": "http://example.org/planned"}, "object": inner}


def with_group() -> Object:
    """Groups as actor, object and authority."""
    sha1 = {"mbox_sha1sum": "ebd31e95054c018b10727ccffd2ef2ec3a016ee9"}
    return plain() | {
        "actor": {"objectType": "Group", "openid": "https://id.example.org/team", "member": []},
        "object": {"objectType": "Group", "member": [dict(AGENT), sha1]},
        "authority": {"objectType": "Group", "member": [dict(AGENT), {"account": {"homePage": "a:b", "name": ""}}]},
    }


def voiding() -> Object:
    """A voiding statement."""
    return plain() | {
        "verb": {"id": "http://adlnet.gov/expapi/verbs/voided"},
        "object": {"objectType": "StatementRef", "id": UUID},
    }


def later() -> Object:
    """A statement that only xAPI 2.0 has."""
    statement = plain()
    statement["context"] = {
        "contextAgents": [{"objectType": "contextAgent", "agent": dict(AGENT), "relevantTypes": ["https://e.org/t"]}],
        "contextGroups": [
            {"objectType": "contextGroup", "group": {"objectType": "Group", "member": [dict(AGENT)]}},
        ],
    }
    return statement | {"version": "2.0.0"}


ALL_1_0 = (plain, full, sub, with_group, voiding)


def put(statement: Object, path: str, value: Any) -> Object:
    """Set a member by its path (``attachments.0.length``), making objects on the way; returns the statement."""
    *way, last = path.split("|") if "|" in path else path.split(".")
    holder: Any = statement
    for key in way:
        holder = holder[int(key)] if isinstance(holder, list) else holder.setdefault(key, {})
    holder[int(last) if isinstance(holder, list) else last] = copy.deepcopy(value)
    return statement


def drop(statement: Object, path: str) -> Object:
    """Remove a member by its path; returns the statement."""
    *way, last = path.split(".")
    holder: Any = statement
    for key in way:
        holder = holder[int(key)] if isinstance(holder, list) else holder[key]
    del holder[last]
    return statement

"""Canonical forms: whom and what a statement names, when two statements are the same, what a store completes.

Source: xAPI 1.0.3 Data 2.3.1 (immutability and its exceptions), 2.4.2.3 (identifiers), 2.4.6.2 (context activities);
Communication 2.1.3 (the agent and activity filters and their related_* variants).
"""

import hashlib
import re
import uuid
from datetime import timedelta
from enum import StrEnum
from typing import Any, TypeAlias

import orjson

from content.xapi.formats import instant
from content.xapi.parse import dump

Object: TypeAlias = dict[str, Any]


class Role(StrEnum):
    """What an agent or activity is in a statement. ``RELATED`` = anywhere inside a SubStatement."""

    ACTOR = "actor"
    OBJECT = "object"
    AUTHORITY = "authority"
    INSTRUCTOR = "instructor"
    TEAM = "team"
    CONTEXT = "context"
    PARENT = "parent"
    GROUPING = "grouping"
    CATEGORY = "category"
    OTHER = "other"
    RELATED = "related"


# Plain texts: a member of an enumeration is slower to look up, and these run for each statement that arrives.
_CONTEXT_ROLES = tuple(map(str, (Role.PARENT, Role.GROUPING, Role.CATEGORY, Role.OTHER)))
_ACTOR, _OBJECT, _AUTHORITY, _INSTRUCTOR, _TEAM, _CONTEXT, _RELATED = map(
    str, (Role.ACTOR, Role.OBJECT, Role.AUTHORITY, Role.INSTRUCTOR, Role.TEAM, Role.CONTEXT, Role.RELATED)
)


def ifi(agent: Object) -> str:
    """The inverse functional identifier as one text: equal texts name the same agent or identified group.

    ``mailto:a@example.org`` with the domain in lower case (it is case-insensitive, the rest is not: Data 2.4.2.3);
    ``sha1:`` + lower-case digits; ``openid:`` + URI as given; ``account:`` + home page + ``|`` + name, as given, which
    is unambiguous since an IRI has no vertical bar. Raises ValueError for an anonymous group, which has none.
    """
    account = agent.get("account")
    if account is not None:
        return f"account:{account['homePage']}|{account['name']}"
    mbox: str | None = agent.get("mbox")
    if mbox is not None:
        local, _, domain = mbox.rpartition("@")
        return f"{local}@{domain.lower()}"
    if "mbox_sha1sum" in agent:
        return f"sha1:{agent['mbox_sha1sum'].lower()}"
    if "openid" in agent:
        return f"openid:{agent['openid']}"
    raise ValueError("an anonymous group has no identifier")


def agents_of(statement: Object) -> list[tuple[str, Object]]:
    """Every agent and identified group that the statement names, with its ``Role`` as a plain text.

    The members of a group have the role of their group, as the filters of the standard ask; an anonymous group is left
    out, its members are not. One agent in two roles comes twice.
    """
    found = _agents(statement)
    if "authority" in statement:
        found += _people(_AUTHORITY, statement["authority"])
    thing = statement["object"]
    if thing.get("objectType") == "SubStatement":
        found += [(_RELATED, agent) for _, agent in _agents(thing)]
    return found


def _agents(statement: Object) -> list[tuple[str, Object]]:
    found = _people(_ACTOR, statement["actor"])
    thing = statement["object"]
    if thing.get("objectType") in ("Agent", "Group"):
        found += _people(_OBJECT, thing)
    context = statement.get("context")
    if not context:
        return found
    for role in (_INSTRUCTOR, _TEAM):
        if role in context:
            found += _people(role, context[role])
    for entry in context.get("contextAgents", ()):
        found += _people(_CONTEXT, entry["agent"])
    for entry in context.get("contextGroups", ()):
        found += _people(_CONTEXT, entry["group"])
    return found


def _people(role: str, agent: Object) -> list[tuple[str, Object]]:
    if agent.get("objectType") != "Group":
        return [(role, agent)]
    named = any(name in agent for name in ("mbox", "mbox_sha1sum", "openid", "account"))
    return ([(role, agent)] if named else []) + [(role, member) for member in agent.get("member", ())]


def activities_of(statement: Object) -> list[tuple[str, str]]:
    """The IRI of every activity that the statement names, with its ``Role`` as a plain text; those of a SubStatement
    are ``RELATED``."""
    found = _activities(statement)
    thing = statement["object"]
    if thing.get("objectType") == "SubStatement":
        found += [(_RELATED, iri) for _, iri in _activities(thing)]
    return found


def _activities(statement: Object) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    thing = statement["object"]
    if thing.get("objectType", "Activity") == "Activity":
        found.append((_OBJECT, thing["id"]))
    context = statement.get("context")
    groups = context.get("contextActivities") if context else None
    if groups:
        for role in _CONTEXT_ROLES:
            if role in groups:
                value = groups[role]
                for activity in value if isinstance(value, list) else (value,):
                    found.append((role, activity["id"]))
    return found


def with_defaults(
    statement: Object, *, stored: str, authority: Object, version: str = "1.0.0", new_id: str | None = None
) -> Object:
    """The statement as a store keeps it; the one given is not changed.

    ``stored`` (an RFC 3339 instant in UTC) always replaces what came (Data 2.4.8); ``id`` (``new_id``, else a random
    UUID), ``timestamp`` (= stored), ``version`` and ``authority`` are set only where absent, so a trusted forwarder
    keeps its own: for any other source take ``authority`` out first. Single context activities become arrays (Data
    2.4.6.2).
    """
    whole = {**statement, "stored": stored}
    if "id" not in whole:
        whole["id"] = new_id or str(uuid.uuid4())
    whole.setdefault("timestamp", stored)
    whole.setdefault("version", version)
    whole.setdefault("authority", authority)
    _use_arrays(whole)
    if whole["object"].get("objectType") == "SubStatement":
        whole["object"] = dict(whole["object"])
        _use_arrays(whole["object"])
    return whole


def _use_arrays(statement: Object) -> None:
    context = statement.get("context")
    groups = context.get("contextActivities") if context else None
    if context and groups and dict in map(type, groups.values()):
        arrays = {key: [value] if isinstance(value, dict) else value for key, value in groups.items()}
        statement["context"] = {**context, "contextActivities": arrays}


def digest(statement: Object) -> str:
    """A text that is equal for two statements which the standard calls the same, apart from their timestamps.

    It has the form ``<32 hexadecimal digits>:<timestamp>``; compare two of them with ``same``. Left out, because a
    store may set or change them: id, stored, authority, version, the verb's display, activity definitions. Made
    equal: single and listed context activities, order of a group's members, case of UUIDs and of mail domains, digits
    of a duration beyond 1/100 s, the zone of the timestamp and its digits beyond the millisecond. Source: Data 2.3.1,
    4.5, 4.6.
    """
    timestamp = statement.get("timestamp")
    return f"{_hash(_essence(statement))}:{_moment(timestamp) if timestamp else ''}"


def same(one: str, other: str) -> bool:
    """Whether two digests are of the same statement: a timestamp that one of them lacks was set by a store."""
    body, _, at = one.partition(":")
    other_body, _, other_at = other.partition(":")
    return body == other_body and (at == other_at or not at or not other_at)


def _hash(value: object) -> str:
    try:
        text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        text = dump(_sorted(value)).encode()
    return hashlib.blake2b(text, digest_size=16).hexdigest()


def _sorted(value: object) -> object:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def _moment(text: str) -> str:
    moment = instant(text)
    cut = moment - timedelta(microseconds=moment.microsecond % 1000)
    return cut.isoformat(timespec="milliseconds")


def _essence(statement: Object) -> Object:
    """The parts of a statement (or SubStatement) that may never change, each in one form."""
    kept: Object = {"actor": _agent(statement["actor"]), "verb": statement["verb"]["id"]}
    thing = statement["object"]
    match thing.get("objectType", "Activity"):
        case "Activity":
            kept["object"] = thing["id"]
        case "StatementRef":
            kept["object"] = {"ref": thing["id"].lower()}
        case "SubStatement":
            kept["object"] = {"sub": _essence(thing), "at": thing.get("timestamp") and _moment(thing["timestamp"])}
        case _:
            kept["object"] = {"agent": _agent(thing)}
    if "result" in statement:
        kept["result"] = _result(statement["result"])
    if "context" in statement:
        kept["context"] = _context(statement["context"])
    if "attachments" in statement:
        kept["attachments"] = statement["attachments"]
    return kept


def _agent(agent: Object) -> Object:
    kept = {"objectType": "Agent", **agent}
    if "mbox" in agent or "mbox_sha1sum" in agent:
        kept.pop("mbox", None)
        kept.pop("mbox_sha1sum", None)
        kept["ifi"] = ifi(agent)
    if "member" in agent:
        kept["member"] = sorted((_agent(member) for member in agent["member"]), key=_hash)
    return kept


def _result(result: Object) -> Object:
    kept = result
    if "duration" in result:
        kept = {**result, "duration": _duration(result["duration"])}
    score = result.get("score")
    if score:
        kept = {**kept, "score": {key: _number(value) for key, value in score.items()}}
    return kept


def _duration(text: str) -> str:
    """Without what is of no account: a second's digits beyond the hundredth, and zeros at a fraction's end."""
    cut = re.sub(r"(\.[0-9]{2})[0-9]+S", r"\1S", text.replace(",", "."))
    return re.sub(r"\.(?=[A-Z])", "", re.sub(r"(\.[0-9]*?)0+(?=[A-Z])", r"\1", cut))


def _number(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _context(context: Object) -> Object:
    kept = dict(context)
    for key in ("instructor", "team"):
        if key in kept:
            kept[key] = _agent(kept[key])
    if "registration" in kept:
        kept["registration"] = kept["registration"].lower()
    if "statement" in kept:
        kept["statement"] = kept["statement"]["id"].lower()
    groups = kept.get("contextActivities")
    if groups:
        kept["contextActivities"] = {
            key: [activity["id"] for activity in (value if isinstance(value, list) else [value])]
            for key, value in groups.items()
        }
    for plural, key in (("contextAgents", "agent"), ("contextGroups", "group")):
        if plural in kept:
            kept[plural] = [{**entry, key: _agent(entry[key])} for entry in kept[plural]]
    return kept

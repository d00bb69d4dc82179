"""A profile's document read (xAPI Profiles, Structure 6 to 9). What is of no use is left out with a notice; what makes
the document useless is an error."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from content.xapi.formats import IRI
from content.xapi.profiles.jsonpath import Path, compile_path
from content.xapi.profiles.model import OPERATORS, Notice, Pattern, Presence, Profile, ProfileError, Rule, Template

MOST = 20_000
"""Concepts, templates and patterns of one document."""
_DETERMINING = {
    "verb": "verb",
    "objectActivityType": "object",
    "contextGroupingActivityType": "grouping",
    "contextParentActivityType": "parent",
    "contextOtherActivityType": "other",
    "contextCategoryActivityType": "category",
    "attachmentUsageType": "attachment",
}
_REFS = {"objectStatementRefTemplate": "object", "contextStatementRefTemplate": "context"}
_PRESENCES: tuple[Presence, ...] = ("included", "excluded", "recommended")
_KNOWN_CONCEPTS = frozenset(
    {
        "Verb",
        "ActivityType",
        "AttachmentUsageType",
        "ContextExtension",
        "ResultExtension",
        "ActivityExtension",
        "StateResource",
        "AgentProfileResource",
        "ActivityProfileResource",
        "Activity",
    }
)
One = TypeVar("One")


def read(document: object) -> Profile:
    """The profile of a parsed JSON-LD document. Raises ProfileError (``not_an_object``, ``not_a_profile``,
    ``no_id``, ``too_large``, ``not_a_list``)."""
    if not isinstance(document, dict):
        raise ProfileError("not_an_object")
    if _of(document, "type") != "Profile":
        raise ProfileError("not_a_profile", "$.type")
    own = _iri(_of(document, "id"))
    if own is None:
        raise ProfileError("no_id", "$.id")
    notices: list[Notice] = []
    concepts = dict(_each(document, "concepts", notices, _concept))
    templates = dict(_each(document, "templates", notices, _template))
    patterns = _consistent(dict(_each(document, "patterns", notices, _pattern)), templates, notices)
    return Profile(own, _version(document, own), _label(document), concepts, templates, patterns, tuple(notices))


def _of(holder: Mapping[str, Any], name: str) -> Any:
    """A member, also under the JSON-LD keyword (``@id``, ``@type``)."""
    return holder.get(name, holder.get(f"@{name}"))


def _iri(value: object) -> str | None:
    return value if isinstance(value, str) and re.fullmatch(IRI, value) else None


def _version(document: Mapping[str, Any], own: str) -> str:
    versions = document.get("versions")
    first = versions[0] if isinstance(versions, list) and versions else None
    return (_iri(_of(first, "id")) if isinstance(first, dict) else None) or own


def _label(holder: Mapping[str, Any]) -> str:
    names = holder.get("prefLabel")
    return next((str(text) for text in names.values()), "") if isinstance(names, dict) else str(names or "")


def _each(
    document: Mapping[str, Any],
    name: str,
    notices: list[Notice],
    make: Callable[[Mapping[str, Any], str, list[Notice]], One | None],
) -> Iterator[tuple[str, One]]:
    listed = document.get(name, [])
    if not isinstance(listed, list):
        raise ProfileError("not_a_list", f"$.{name}")
    if len(listed) > MOST:
        raise ProfileError("too_large", f"$.{name}")
    seen: set[str] = set()
    for index, holder in enumerate(listed):
        path = f"$.{name}[{index}]"
        own = _iri(_of(holder, "id")) if isinstance(holder, dict) else None
        if own is None:
            notices.append(Notice("no_id", path))
        elif own in seen:
            notices.append(Notice("repeated_id", path))
        else:
            made = make(holder, path, notices)
            if made is not None:
                seen.add(own)
                yield own, made


def _concept(holder: Mapping[str, Any], path: str, notices: list[Notice]) -> str | None:
    kind = _of(holder, "type")
    if kind not in _KNOWN_CONCEPTS:
        notices.append(Notice("unknown_type", f"{path}.type"))
        return None
    return str(kind)


def _template(holder: Mapping[str, Any], path: str, notices: list[Notice]) -> Template | None:
    determining: dict[str, frozenset[str]] = {}
    for name, meant in _DETERMINING.items():
        if name in holder:
            determining[meant] = frozenset(_texts(holder[name]))
    rules = [
        rule
        for index, one in enumerate(holder.get("rules") or [])
        if (rule := _rule(one, f"{path}.rules[{index}]", notices)) is not None
    ]
    refs = {meant: frozenset(_texts(holder[name])) for name, meant in _REFS.items() if name in holder}
    return Template(str(_of(holder, "id")), _label(holder), determining, tuple(rules), refs)


def _texts(value: object) -> list[str]:
    return (
        [value]
        if isinstance(value, str)
        else [one for one in value if isinstance(one, str)]
        if isinstance(value, list)
        else []
    )


def _rule(holder: object, path: str, notices: list[Notice]) -> Rule | None:
    if not isinstance(holder, dict):
        notices.append(Notice("not_a_rule", path))
        return None
    lists = {name: tuple(holder[name]) for name in ("any", "all", "none") if isinstance(holder.get(name), list)}
    presence = holder.get("presence", "")
    if presence and presence not in _PRESENCES:
        notices.append(Notice("unknown_presence", f"{path}.presence"))
        presence = ""
    if not presence and not lists:
        notices.append(Notice("empty_rule", path))
        return None
    paths: dict[str, Path] = {}
    for name in ("location", "selector"):
        if name in holder or name == "location":
            try:
                paths[name] = compile_path(str(holder.get(name, "")))
            except ValueError:
                notices.append(Notice("not_a_path", f"{path}.{name}"))
                return None
    return Rule(
        paths["location"], paths.get("selector"), presence, lists.get("any"), lists.get("all"), lists.get("none")
    )


def _pattern(holder: Mapping[str, Any], path: str, notices: list[Notice]) -> Pattern | None:
    used = [name for name in OPERATORS if name in holder]
    if len(used) != 1:
        notices.append(Notice("not_one_operator", path))
        return None
    value = holder[used[0]]
    members = tuple(_texts(value if not isinstance(value, dict) else _of(value, "id")))
    if not members or (used[0] in ("optional", "oneOrMore", "zeroOrMore") and len(members) != 1):
        notices.append(Notice("no_members", path))
        return None
    return Pattern(str(_of(holder, "id")), _label(holder), holder.get("primary") is True, used[0], members)


def _consistent(
    patterns: dict[str, Pattern], templates: Mapping[str, Template], notices: list[Notice]
) -> dict[str, Pattern]:
    """The patterns whose members all exist and which do not hold themselves."""
    good: dict[str, bool] = {}

    def holds(key: str, above: tuple[str, ...]) -> bool:
        if key in templates:
            return True
        if key not in patterns or key in above or len(above) > 100:
            return False
        if key not in good:
            good[key] = all(holds(member, (*above, key)) for member in patterns[key].members)
        return good[key]

    kept = {key: pattern for key, pattern in patterns.items() if holds(key, ())}
    notices += [Notice("broken_pattern", f"$.patterns['{key}']") for key in patterns if key not in kept]
    return kept

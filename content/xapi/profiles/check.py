"""Statements against the templates of profiles (xAPI Profiles, Communication 2.1)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from content.xapi.parse import dump
from content.xapi.profiles.model import Profile, Rule, Template

_ABSENT: Final = object()
"""A place that a selector found nothing in: the value that nothing matches."""
DEEPEST: Final = 10
"""References that are followed from one statement to the next; what lies further is not judged."""
Known = Callable[[str], Mapping[str, Any] | None]
"""The statement of an id (in lower case), or None where it is not known."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that a statement does not follow. ``wanted``: included, excluded, any, all, none; reference (to be
    one), target (the statement that is referred to follows none of the templates it has to)."""

    template: str
    name: str
    path: str
    wanted: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """``followed``: templates that match and whose rules are followed; ``findings``: what is not followed. Neither:
    no template speaks of such a statement."""

    followed: tuple[str, ...]
    findings: tuple[Finding, ...]


class Checker:
    """The templates of some profiles, ready to check statements."""

    def __init__(self, profiles: Iterable[Profile]) -> None:
        self._templates = [template for profile in profiles for template in profile.templates.values()]

    def check(self, statement: Mapping[str, Any], known: Known = lambda _: None) -> Outcome:
        """A statement that passed the grammar, against every template. A statement that it refers to is judged where it
        is ``known``: it may be elsewhere, or still arrive."""
        return self._check(statement, known, DEEPEST)

    def _check(self, statement: Mapping[str, Any], known: Known, deep: int) -> Outcome:
        whole = _normal(statement)
        types = _types(whole)
        followed, findings = [], []
        for template in self._templates:
            if _matches(types, template):
                broken = _broken(whole, template)
                broken += [
                    Finding(template.id, template.name, path, wanted)
                    for where, path in _REFERENCES.items()
                    if where in template.refs
                    and (wanted := self._stray(_named(whole, where), template.refs[where], known, deep))
                ]
                findings += broken
                followed += [] if broken else [template.id]
        return Outcome(tuple(followed), tuple(findings))

    def _stray(self, named: Mapping[str, Any], wanted: frozenset[str], known: Known, deep: int) -> str:
        """What is wrong with a reference to what should follow one of the templates ``wanted``; empty: nothing."""
        if named.get("objectType") != "StatementRef":
            return "reference"
        target = known(named["id"].lower()) if deep else None
        if target is None or wanted & set(self._check(target, known, deep - 1).followed):
            return ""
        return "target"


def _normal(statement: Mapping[str, Any]) -> dict[str, Any]:
    """Single context activities made lists, as the rules want them."""
    context = statement.get("context") or {}
    groups = context.get("contextActivities")
    if not groups or all(isinstance(value, list) for value in groups.values()):
        return dict(statement)
    lists = {name: value if isinstance(value, list) else [value] for name, value in groups.items()}
    return {**statement, "context": {**context, "contextActivities": lists}}


def _types(statement: Mapping[str, Any]) -> dict[str, set[str]]:
    """What the determining properties are compared with."""
    groups = (statement.get("context") or {}).get("contextActivities") or {}
    found = {
        name: {_type_of(one) for one in groups.get(name, ())} for name in ("grouping", "parent", "other", "category")
    }
    found["verb"] = {statement["verb"]["id"]}
    found["object"] = {_type_of(statement["object"])}
    found["attachment"] = {one.get("usageType", "") for one in statement.get("attachments") or ()}
    return found


def _type_of(activity: Mapping[str, Any]) -> str:
    return str((activity.get("definition") or {}).get("type", ""))


def _matches(types: Mapping[str, set[str]], template: Template) -> bool:
    return all(wanted <= types[name] for name, wanted in template.determining.items())


def _broken(statement: Mapping[str, Any], template: Template) -> list[Finding]:
    return [
        Finding(template.id, template.name, rule.location.text, wanted)
        for rule in template.rules
        if (wanted := _fault(statement, rule))
    ]


_REFERENCES: Final = {"object": "$.object", "context": "$.context.statement"}


def _named(statement: Mapping[str, Any], where: str) -> Mapping[str, Any]:
    named = statement["object"] if where == "object" else (statement.get("context") or {}).get("statement")
    return named or {}


def _fault(statement: Mapping[str, Any], rule: Rule) -> str:
    """What the rule wants and does not get; empty when it is followed (``follows_rule`` of the specification)."""
    values = rule.location.values(statement)
    if rule.selector is not None:
        values = [found for value in values for found in rule.selector.values(value) or [_ABSENT]]
    if rule.presence == "included" and (not values or any(value is _ABSENT for value in values)):
        return "included"
    if rule.presence == "excluded" and any(value is not _ABSENT for value in values):
        return "excluded"
    if rule.presence == "recommended" and not values:
        return ""
    keys = [None if value is _ABSENT else _key(value) for value in values]
    if rule.any is not None and not set(keys) & {_key(one) for one in rule.any}:
        return "any"
    if rule.all is not None and not set(keys) <= {_key(one) for one in rule.all}:
        return "all"
    if rule.none is not None and set(keys) & {_key(one) for one in rule.none}:
        return "none"
    return ""


def _key(value: Any) -> str:
    """Equal for equal JSON values: 1 and 1.0 are, 1 and true are not, whatever the order of members."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, dict | list):
        try:
            return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
        except TypeError:
            return dump(value)
    return dump(value)

"""Statements as they are answered: exact, ids only, or canonical.

``exact`` never parses: ``stored`` is spliced into the text of the ledger. Source: xAPI 1.0.3 Part Three 2.1.3.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from werkzeug.datastructures import LanguageAccept

from content.xapi.parse import dump, load_own
from hub.db.types import from_micros
from hub.services.xapi_query import Statement

FORMATS: Final = ("exact", "ids", "canonical")
_IDENTIFIERS = ("mbox", "mbox_sha1sum", "openid", "account")
_COMPONENTS = ("choices", "scale", "source", "target", "steps")
_CONTEXT_LISTS = ("parent", "grouping", "category", "other")
Definitions = Callable[[str], Mapping[str, Any]]
"""Activity IRI -> the canonical definition, empty where there is none."""
CONSISTENT: Final = "X-Experience-API-Consistent-Through"
"""Header of every answer about statements: up to when it is complete."""


def instant_text(micros: int) -> str:
    """RFC 3339 in UTC with microseconds: ``2026-11-23T09:00:00.000000Z``."""
    seconds, rest = divmod(micros, 1_000_000)
    return f"{_second(seconds)}.{rest:06d}Z"


@lru_cache(maxsize=4096)
def _second(seconds: int) -> str:
    """Statements of a page were often stored in the same seconds."""
    return from_micros(seconds * 1_000_000).isoformat(timespec="seconds").replace("+00:00", "")


def exact(statement: Statement) -> str:
    """The statement as it was accepted, with its ``stored``."""
    return f'{statement.text[:-1]},"stored":"{instant_text(statement.stored)}"}}'


def ids(statement: Statement) -> str:
    """Only the identifiers of agents, activities, verbs and groups; members of anonymous groups stay, as such."""
    return dump(_mapped(load_own(exact(statement)), _agent_id, lambda activity: _kept(activity, "id")))


def canonical(statement: Statement, languages: LanguageAccept, definitions: Definitions) -> str:
    """Activities with their canonical definitions, each language map cut to the language that suits best."""

    def activity(thing: dict[str, Any]) -> dict[str, Any]:
        known = {**thing.get("definition", {}), **definitions(thing["id"])}
        return {**thing, "definition": _one_language(known, languages)} if known else thing

    whole = _mapped(load_own(exact(statement)), lambda agent: agent, activity, languages)
    return dump(whole)


def _mapped(
    value: Any,
    agent: Callable[[dict[str, Any]], dict[str, Any]],
    activity: Callable[[dict[str, Any]], dict[str, Any]],
    languages: LanguageAccept | None = None,
) -> dict[str, Any]:
    """A copy of a statement, or of a SubStatement, with its agents, activities and verb replaced."""
    whole = dict(value)
    for name in ("actor", "authority"):
        if name in whole:
            whole[name] = agent(whole[name])
    verb = whole["verb"]
    if languages is None:
        whole["verb"] = {"id": verb["id"]}
    elif verb.get("display"):
        whole["verb"] = {**verb, "display": best(verb["display"], languages)}
    thing = whole["object"]
    match thing.get("objectType", "Activity"):
        case "Activity":
            whole["object"] = activity(thing)
        case "Agent" | "Group":
            whole["object"] = agent(thing)
        case "SubStatement":
            whole["object"] = _mapped(thing, agent, activity, languages)
    if "context" in whole:
        whole["context"] = _context(whole["context"], agent, activity)
    return whole


def _context(
    context: dict[str, Any],
    agent: Callable[[dict[str, Any]], dict[str, Any]],
    activity: Callable[[dict[str, Any]], dict[str, Any]],
) -> dict[str, Any]:
    whole = dict(context)
    for name in ("instructor", "team"):
        if name in whole:
            whole[name] = agent(whole[name])
    for plural, name in (("contextAgents", "agent"), ("contextGroups", "group")):
        if plural in whole:
            whole[plural] = [{**entry, name: agent(entry[name])} for entry in whole[plural]]
    if "contextActivities" in whole:
        lists = whole["contextActivities"]
        whole["contextActivities"] = {
            name: [activity(a) for a in lists[name]] for name in _CONTEXT_LISTS if name in lists
        }
    return whole


def _agent_id(agent: dict[str, Any]) -> dict[str, Any]:
    found = _kept(agent, "objectType", *_IDENTIFIERS)
    if len(found) == ("objectType" in found) and "member" in agent:
        found["member"] = [_agent_id(member) for member in agent["member"]]
    return found


def _kept(holder: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: holder[name] for name in names if name in holder}


def _one_language(definition: Mapping[str, Any], languages: LanguageAccept) -> dict[str, Any]:
    whole = dict(definition)
    for name in ("name", "description"):
        if whole.get(name):
            whole[name] = best(whole[name], languages)
    for name in _COMPONENTS:
        if name in whole:
            whole[name] = [
                {**c, "description": best(c["description"], languages)} if c.get("description") else c
                for c in whole[name]
            ]
    return whole


def best(texts: dict[str, str], languages: LanguageAccept) -> dict[str, str]:
    """The one entry of a language map that suits the reader; the first where none does."""
    chosen = languages.best_match(texts) if languages else None
    chosen = chosen if chosen in texts else next(iter(texts))
    return {chosen: texts[chosen]}

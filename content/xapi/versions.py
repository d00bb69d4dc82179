"""A statement of one version of xAPI as a reader of the other takes it."""

from typing import Any

from content.xapi.parse import dump, load_own


def for_1_0(text: str) -> str:
    """A statement of xAPI 2.0 as a client of 1.0 can read it: without the two properties that 1.0 does not know."""
    if '"contextAgents"' not in text and '"contextGroups"' not in text:
        return text
    statement: Any = load_own(text)
    for holder in (statement, statement["object"]):
        for name in ("contextAgents", "contextGroups"):
            holder.get("context", {}).pop(name, None)
    return dump(statement)

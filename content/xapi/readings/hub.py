"""The hub's own statements: verbs that no published vocabulary has, and registers.

A register statement (``emit.register_statement``) carries series, revision, kind and value in extensions of its
context; they are believed only in statements that the hub itself wrote, since whoever may set a revision may overrule
every later one. From any other source its verb is read as an event, like any.
"""

from typing import Any

from content.xapi.readings.model import Kind, Reading
from content.xapi.readings.rule import Rule
from content.xapi.vocabulary import Extension, Verb

RULES: dict[str, Rule] = {
    Verb.DEPOSITED: Rule(says=((Kind.DEPOSITED, 1.0),)),
    Verb.ACCEPTED: Rule(says=((Kind.ACCEPTED, 1.0),), score=True),
    Verb.RETURNED: Rule(says=((Kind.ACCEPTED, 0.0),)),
    Verb.VALIDATED: Rule(says=((Kind.VALIDATED, 1.0),)),
    Verb.MISSED: Rule(says=((Kind.ATTENDED, 0.0),)),
    Verb.SPENT: Rule(time=Kind.SPENT),
}


_KINDS = tuple(Kind)


def is_register(extensions: dict[str, Any]) -> bool:
    """Whether the extensions of a context are those of a register, complete and of the right types."""
    return (
        isinstance(extensions.get(Extension.SERIES), str)
        and type(extensions.get(Extension.REVISION)) is int
        and extensions.get(Extension.KIND) in _KINDS
        and _within(extensions.get(Extension.VALUE, ""), 1)
        and _within(extensions.get(Extension.MINUTES), 1e9)
        and isinstance(extensions.get(Extension.ATTEMPT, ""), str)
    )


def _within(value: object, most: float) -> bool:
    return value is None or (type(value) in (float, int) and isinstance(value, float | int) and 0 <= value <= most)


def read_register(statement: dict[str, Any], extensions: dict[str, Any]) -> list[Reading]:
    """The one reading of a register statement that the hub wrote, whose extensions passed ``is_register``."""
    value, length = extensions[Extension.VALUE], extensions.get(Extension.MINUTES)
    return [
        Reading(
            statement["object"]["id"],
            Kind(extensions[Extension.KIND]),
            None if value is None else float(value),
            None if length is None else float(length),
            extensions[Extension.SERIES],
            extensions[Extension.REVISION],
            extensions.get(Extension.ATTEMPT, ""),
            statement.get("timestamp"),
        )
    ]

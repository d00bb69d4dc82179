"""Whether a statement keeps the grammar of xAPI.

Two speeds. ``check`` asks the compiled schema, which answers yes or no in a few microseconds, then applies the rules
across fields. Only when the schema says no, the hand-written validator walks the statement to name the path and the
requirement.
"""

from typing import Any

from content.xapi.explain import structure
from content.xapi.rules import check_rules
from content.xapi.schema import compile_schema

_SCHEMAS = {later: compile_schema(later=later) for later in (False, True)}
_STRUCTURES = {later: structure(later=later) for later in (False, True)}


def check(statement: Any, version: str = "1.0.3", path: str = "$") -> None:
    """Return if the statement is one of xAPI in the version of the request, else raise StatementError.

    ``statement`` is what ``parse.load`` gave; ``version`` the X-Experience-API-Version of the request, of which only
    the first number counts: ``1.0.x`` or ``2.0.x``; ``path`` is the statement's place in the body (``$`` or ``$[3]``).
    Source: xAPI 1.0.3 Data 2.2 to 2.4 and 4; IEEE 9274.1.1 4.2.
    """
    later = version.startswith("2")
    if not well_formed(statement, later=later):
        _STRUCTURES[later](statement, path)
    check_rules(statement, path)


def well_formed(statement: object, *, later: bool = False) -> bool:
    """The fast answer on structure alone; ``later`` means xAPI 2.0. False also for what is no JSON value at all."""
    try:
        return _SCHEMAS[later].is_valid(statement)
    except (ValueError, TypeError):
        return False


def explain_structure(statement: object, *, later: bool = False, path: str = "$") -> None:
    """The slow answer on structure alone: StatementError for the first fault found."""
    _STRUCTURES[later](statement, path)

"""Statements on their way into the ledger, whoever read the request: the checks, the shared unit, the projection.

Nothing in here knows of Flask's request, so that the view and the short way in front of it (``hub.web.xapi_express``)
store by the same rules.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from content.xapi.errors import Fault
from content.xapi.grammar import check
from content.xapi.multipart import Content, check_contents
from content.xapi.signature import check_signatures
from hub.db.uow import TenantDatabase
from hub.services import consistency, group_commit, ledger, xapi_sources
from hub.services.projection import project_dirty
from hub.web.xapi_errors import bad
from hub.web.xapi_request import Caller

PROJECT_AT_ONCE: Final = 25

Stored = tuple[int, bool]
"""Up to when (µs UTC) the ledger is complete with what was stored, and whether a projection is owed."""


def batch_of(value: Any) -> tuple[list[Any], list[str]]:
    """The statements of a body, and the JSON path of each."""
    if isinstance(value, list):
        return value, [f"$[{n}]" for n in range(len(value))]
    return [value], ["$"]


def under(statement: Any, wanted: str) -> Any:
    """A statement under the id that the parameter of a PUT names. Raises Refusal where it names another itself."""
    if isinstance(statement, dict):
        own = statement.setdefault("id", wanted)
        if isinstance(own, str) and own.lower() != wanted:
            raise bad("$.id", "Communication 2.1.1", "is another id than the parameter statementId", Fault.NOT_ALLOWED)
    return statement


def checked(who: Caller, batch: list[Any], places: list[str], contents: dict[str, Content]) -> dict[str, str]:
    """Hold statements to the rules of the caller's version; where the body has each id that it gives.

    Raises StatementError, Refusal.
    """
    found: dict[str, str] = {}
    for statement, place in zip(batch, places, strict=True):
        check(statement, who.version, place)
        check_signatures(statement, place, contents, who.version)
        if "id" in statement:
            own = statement["id"].lower()
            if own in found:
                raise bad(f"{place}.id", "Communication 2.1.2", "is the id of two statements", Fault.REPEATED_ID)
            found[own] = f"{place}.id"
    check_contents(zip(places, batch, strict=True), contents)
    for statement in batch if who.later else ():
        statement.setdefault("version", who.version)
    return found


class Storing:
    """Stores what one caller sent, perhaps in another request's thread, with what others sent of the same source:
    nothing of its own request's context is in here. ``now`` is the request's; ``clock`` is read inside the unit: an
    instant that was read before a wait for the lock would lie far back."""

    def __init__(self, who: Caller, now: datetime, clock: Callable[[], datetime]) -> None:
        self.source = who.source
        self._row, self._now, self._clock = who.row, now, clock

    def __call__(self, session: Any, loads: list[list[ledger.Prepared]]) -> Stored:
        """All ``loads`` in the unit of ``session``. Raises what ``ledger.store`` raises."""
        result = ledger.store(session, [p for load in loads for p in load], self.source, self._clock())
        xapi_sources.note_accepted(session, self._row, self._now)
        return result.through, result.marked

    def joint(self, load: list[ledger.Prepared]) -> group_commit.Joint:
        """What lets others of the same source be stored together with ``load``."""
        return group_commit.Joint(self.source, load, self)


def store(tenant: TenantDatabase, work: Callable[[Any], Stored], size: int, joint: group_commit.Joint | None) -> int:
    """Do ``work``, which stores ``size`` statements, in a unit of its own or shared; then project what is owed.

    Gives up to when the ledger is complete. Raises what ``group_commit.write`` raises.
    """
    through, owed = group_commit.write(tenant, work, size, joint)
    consistency.tell(tenant, through)
    if owed:
        project_dirty(tenant, at_most=PROJECT_AT_ONCE)
    return through

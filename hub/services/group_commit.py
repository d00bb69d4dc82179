"""Group commit for ingest on SQLite: writers that arrive while another commits share the next unit (DESIGN section 6).

A durable commit costs one wait for the disk, whatever it holds. Who gets the turn stores what waits, at most ``MOST``
statements,
in one unit, each writer's part in a savepoint of its own, so that a refused part takes nobody else's with it.
Everyone is
answered after the commit; a writer alone waits for nobody. PostgreSQL groups commits by itself: there each writer has
its own
unit.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy.orm import Session

from hub.db.uow import TenantDatabase, nested

#: Statements of one shared unit; a larger batch of one writer is a unit of its own.
MOST = 200
Result = TypeVar("Result")


@dataclass
class _Part:
    """One writer's work of ``size`` statements; once ``done``, its result or its error."""

    work: Callable[[Session], object]
    size: int
    done: bool = False
    result: object = None
    error: BaseException | None = None


@dataclass
class _Queue:
    """The writers of one tenant, in the order they came. Who holds ``turn`` stores for those who wait for it."""

    turn: threading.Lock = field(default_factory=threading.Lock)
    guard: threading.Lock = field(default_factory=threading.Lock)
    waiting: list[_Part] = field(default_factory=list)

    def take(self) -> list[_Part]:
        """The next parts of one unit."""
        taken: list[_Part] = []
        with self.guard:
            while self.waiting and (not taken or sum(p.size for p in taken) + self.waiting[0].size <= MOST):
                taken.append(self.waiting.pop(0))
        return taken


_queues: WeakKeyDictionary[TenantDatabase, _Queue] = WeakKeyDictionary()
_making = threading.Lock()


def write(tenant: TenantDatabase, work: Callable[[Session], Result], size: int) -> Result:
    """Run ``work`` in a writing unit, perhaps one shared with others; its result is given once it is committed.

    ``size``: how many statements it stores. Raises what ``work`` raises, its own part rolled back, or what the unit
    raises.
    """
    if tenant.dialect != "sqlite" or size > MOST:
        with tenant.write() as session:
            return work(session)
    with _making:
        queue = _queues.setdefault(tenant, _Queue())
    part = _Part(work, size)
    with queue.guard:
        queue.waiting.append(part)
    with queue.turn:
        while not part.done:
            _store(tenant, queue.take())
    if part.error is not None:
        raise part.error
    return part.result  # type: ignore[return-value]  # what work gave


def _store(tenant: TenantDatabase, parts: list[_Part]) -> None:
    try:
        with tenant.write() as session:
            for part in parts:
                try:
                    with nested(session):
                        part.result = part.work(session)
                except Exception as error:  # its writer gets it, the others go on
                    part.error = error
    except BaseException as error:
        for part in parts:
            part.error = part.error or error
    finally:
        for part in parts:
            part.done = True

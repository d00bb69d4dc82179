"""Group commit for ingest: writers that arrive while another commits share the next unit (DESIGN section 6).

A durable commit costs one wait for the disk, whatever it holds, and the queries around a batch cost the same for one
statement as for a hundred. Who gets the turn stores what waits, at most ``MOST`` statements, in one unit. Parts of the
same kind (``Joint``) are stored as one batch; if that is refused, and for all other parts, each goes into a savepoint
of its own, so that a refused part takes nobody else's with it. Everyone is answered after the commit; a writer alone
waits for nobody.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy.orm import Session

from hub.db import checkpoints
from hub.db.uow import TenantDatabase, foreseen, nested
from hub.services.turns import at_short_intervals, turns

#: Statements of one shared unit; a larger batch of one writer is a unit of its own. Twice as many cost a statement a
#: sixth less than 200 did; with more, writers that wait for one unit have nobody left to prepare the next.
MOST = 400
#: A part so large has nothing to gain from others. On PostgreSQL it is a unit of its own: it asks what it has to know,
#: and lines up for the ledger's clock at the server, while the unit before it is still being stored.
LARGE = MOST // 2
Result = TypeVar("Result")


@dataclass(frozen=True)
class Joint:
    """A part that can be stored together with others of the same ``kind``: ``together`` takes the ``load`` of each and
    gives one result for all. It raises rather than store a part that would have been refused alone."""

    kind: Hashable
    load: object
    together: Callable[[Session, list[Any]], object]


@dataclass
class _Part:
    """One writer's work of ``size`` statements; once ``done``, its result or its error. ``called`` is released when it
    is done, or when its writer is the next to store: nobody who is served waits for those who still are."""

    work: Callable[[Session], object]
    size: int
    joint: Joint | None = None
    called: threading.Lock = field(default_factory=threading.Lock)
    done: bool = False
    result: object = None
    error: BaseException | None = None


@dataclass
class _Queue:
    """The parts of one tenant that wait, in the order they came. ``busy``: somebody stores, or is called to."""

    guard: threading.Lock = field(default_factory=threading.Lock)
    waiting: list[_Part] = field(default_factory=list)
    busy: bool = False

    def enter(self, part: _Part) -> bool:
        """Line up; whether nobody stores, so that its writer does."""
        with self.guard:
            self.waiting.append(part)
            free, self.busy = not self.busy, True
        return free

    def leave(self) -> None:
        """Call the writer of the first part that waits."""
        with self.guard:
            self.busy = bool(self.waiting)
            if self.busy:
                self.waiting[0].called.release()

    def take(self) -> list[_Part]:
        """The next parts of one unit."""
        taken: list[_Part] = []
        with self.guard:
            while self.waiting and (not taken or sum(p.size for p in taken) + self.waiting[0].size <= MOST):
                taken.append(self.waiting.pop(0))
        return taken


_queues: WeakKeyDictionary[TenantDatabase, _Queue] = WeakKeyDictionary()
_making = threading.Lock()


def write(tenant: TenantDatabase, work: Callable[[Session], Result], size: int, joint: Joint | None = None) -> Result:
    """Run ``work`` in a writing unit, perhaps one shared with others; its result is given once it is committed.

    ``size``: how many statements it stores. ``joint``: how to do the same for several writers at once, with the same
    type of result. Raises what ``work`` raises, its own part rolled back, or what the unit raises.
    """
    if size > MOST or (tenant.dialect != "sqlite" and (joint is None or size >= LARGE)):
        with _unit(tenant, large=size >= LARGE) as (session, turn):
            result = work(session)
            turn.close()
        checkpoints.wrote(tenant, size)
        return result
    with _making:
        queue = _queues.setdefault(tenant, _Queue())
    part = _Part(work, size, joint)
    part.called.acquire()
    if not queue.enter(part):
        part.called.acquire()  # until somebody releases it
    if not part.done:  # so it is the first that waits
        taken = queue.take()
        try:
            _store(tenant, taken)
        finally:
            queue.leave()
            for other in taken:
                other.called.release()
    if part.error is not None:
        raise part.error
    return part.result  # type: ignore[return-value]  # what work gave


def _store(tenant: TenantDatabase, parts: list[_Part]) -> None:
    try:
        with _unit(tenant) as (session, turn):
            if len(parts) == 1:  # its refusal is the unit's: no savepoint needed
                parts[0].result = parts[0].work(session)
            for some in _kinds(parts) if len(parts) > 1 else ():
                if len(some) == 1 or not _stored_together(session, some):
                    _store_apart(session, some)
            turn.close()
        checkpoints.wrote(tenant, sum(part.size for part in parts))
    except BaseException as error:
        for part in parts:
            part.error = part.error or error
    finally:
        for part in parts:
            part.done = True


@contextmanager
def _unit(tenant: TenantDatabase, *, large: bool = False) -> Iterator[tuple[Session, ExitStack]]:
    """A writing unit with its turn among who prepares in this process, which is closed before the commit. None is
    taken for PostgreSQL, whose queries are a wait in which others may prepare."""
    on_sqlite = tenant.dialect == "sqlite"
    with ExitStack() as turn, at_short_intervals() if large and not on_sqlite else nullcontext():
        taken = turns.to_store() if on_sqlite else nullcontext()
        with tenant.write(before=lambda: turn.enter_context(taken)) as session:
            yield session, turn


def _kinds(parts: list[_Part]) -> list[list[_Part]]:
    """The parts, those of one kind together, in the order in which the kinds came."""
    found: dict[Hashable, list[_Part]] = {}
    for part in parts:
        found.setdefault(id(part) if part.joint is None else (part.joint.kind,), []).append(part)
    return list(found.values())


def _stored_together(session: Session, parts: list[_Part]) -> bool:
    joints = [part.joint for part in parts if part.joint is not None]
    try:
        with nested(session):
            result = joints[0].together(session, [joint.load for joint in joints])
    except Exception as error:  # one of them is refused: apart, the others are not
        if foreseen(error):
            raise  # nobody can go on in this unit
        return False
    for part in parts:
        part.result = result
    return True


def _store_apart(session: Session, parts: list[_Part]) -> None:
    for part in parts:
        try:
            with nested(session):
                part.result = part.work(session)
        except Exception as error:  # its writer gets it, the others go on
            if foreseen(error):
                raise
            part.error = error

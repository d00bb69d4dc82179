"""Which function does which kind of work. Handlers live in ``hub/jobs/handlers/*.py`` and are found there.

@job("sync_platform")
def sync_platform(tenant, payload, report): ...

@delivery("email")
def email(tenant, payload, report): ...
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any

from hub.db.uow import TenantDatabase
from hub.jobs.report import Report
from hub.jobs.timetable import Condition
from hub.models.platforms import Job
from hub.services.jobs import DONE, QueueModel


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a handler ended well. ``state``: ``done``, or ``waiting`` when a human has to act; ``answer`` what the remote
    said, or what the human has to know.
    """

    state: str = DONE
    answer: str = ""


Handler = Callable[[TenantDatabase, Mapping[str, Any], Report], Outcome | None]

_jobs: dict[str, Handler] = {}
_deliveries: dict[str, Handler] = {}
_conditions: dict[str, Condition] = {}


@dataclass(frozen=True, slots=True)
class Registry:
    """Handlers by kind, for either queue."""

    jobs: Mapping[str, Handler]
    deliveries: Mapping[str, Handler]
    conditions: Mapping[str, Condition] = field(default_factory=dict)

    def find(self, model: QueueModel, kind: str) -> Handler | None:
        """The handler of a kind; None when no module brings one."""
        return (self.jobs if model is Job else self.deliveries).get(kind)


def job(kind: str) -> Callable[[Handler], Handler]:
    """Register the handler of a kind of job. Raises ValueError when the kind has one."""
    return _registers(_jobs, kind)


def delivery(kind: str) -> Callable[[Handler], Handler]:
    """Register the handler of a kind of delivery. Raises ValueError when the kind has one."""
    return _registers(_deliveries, kind)


def _registers(handlers: dict[str, Handler], kind: str) -> Callable[[Handler], Handler]:
    def register(handler: Handler) -> Handler:
        if kind in handlers:
            raise ValueError(f"two handlers for {kind}")
        handlers[kind] = handler
        return handler

    return register


def worth_it(kind: str) -> Callable[[Condition], Condition]:
    """Register a question asked before a recurring job of this kind is put down: a turn with nothing to do leaves no
    row behind. Asked in the timetable's unit, so it has to be one quick read."""

    def register(condition: Condition) -> Condition:
        _conditions[kind] = condition
        return condition

    return register


@cache
def discovered() -> Registry:
    """Every handler of the package ``hub.jobs.handlers``, whose modules are imported once."""
    package = importlib.import_module("hub.jobs.handlers")
    for module in pkgutil.iter_modules(package.__path__, "hub.jobs.handlers."):
        importlib.import_module(module.name)
    return Registry(MappingProxyType(_jobs), MappingProxyType(_deliveries), MappingProxyType(_conditions))

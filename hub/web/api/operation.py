"""Declaring an operation: method, path, summary, scope and roles in the decorator; query, body and answer in the
handler's own signature.

    api = Api("people")

    @api.get("/persons/{person_id}", "One person", roles=("administrator",))
    def person(call: Call, person_id: UUID) -> PersonAnswer: ...

A handler's parameter ``query`` or ``body`` is a pydantic model; a return type of None answers 204. The handler runs
inside the one unit of work of its request, a reading one for GET. The scope is ``<area>:read`` or ``<area>:write``, by
the method.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar, get_type_hints
from uuid import UUID

from pydantic import BaseModel

from hub.config import Config
from hub.db.uow import TenantDatabase
from hub.db.vault import Vault
from hub.domain.roles import ROLES, Role, Viewer
from hub.services.api_tokens import Area, Bearer

Handler = TypeVar("Handler", bound=Callable[..., Any])
_VARIABLE = re.compile(r"\{(\w+)\}")
LARGEST_KEY = 2**63 - 1
"""Integer keys are 64 bits wide in the database: a larger number names nothing."""
_KINDS: dict[type, str] = {UUID: "uuid", int: "int"}


class DeclarationError(Exception):
    """An operation is declared in a way that makes no sense: the application does not start."""


@dataclass(slots=True)
class Call:
    """One call. ``session`` is its unit of work (None where the operation opens its own); ``etag``,
    ``location`` and ``headers`` go into the answer."""

    session: Any
    bearer: Bearer
    now: datetime
    tenant: TenantDatabase
    vault: Vault
    config: Config
    place_name: str
    if_match: str | None = None
    etag: str | None = None
    location: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def viewer(self) -> Viewer:
        """Whom the token acts for."""
        return self.bearer.viewer

    @property
    def me(self) -> UUID:
        """The id of that person."""
        return self.bearer.viewer.person_id


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. ``roles`` empty: whoever has the scope; ``projects``: progress is computed after it;
    ``statuses``: refusals it may answer beside the usual ones; ``own_units``: the handler opens its own units of
    work, because it waits for others or computes for long."""

    name: str
    method: str
    path: str
    summary: str
    description: str
    tag: str
    scope: str | None
    roles: tuple[Role, ...]
    handler: Callable[..., Any]
    query: type[BaseModel] | None
    body: type[BaseModel] | None
    answer: type[BaseModel] | None
    status: int
    statuses: tuple[int, ...]
    variables: dict[str, type]
    projects: bool
    if_match: bool
    etag: bool
    own_units: bool

    @property
    def reads(self) -> bool:
        """Whether it changes nothing."""
        return self.method == "GET"

    @property
    def rule(self) -> str:
        """The path as werkzeug's routing takes it."""
        return _VARIABLE.sub(lambda found: f"<{_KINDS[self.variables[found[1]]]}:{found[1]}>", self.path)


class Api:
    """The operations of one area. ``area`` None: no scope is asked for, any valid token will do."""

    def __init__(self, area: Area | None, tag: str) -> None:
        self.area = area
        self.tag = tag
        self.operations: list[Operation] = []

    def get(self, path: str, summary: str, **more: Any) -> Callable[[Handler], Handler]:
        """Declare a reading operation; see `_declare` for ``more``."""
        return self._declare("GET", path, summary, **more)

    def post(self, path: str, summary: str, **more: Any) -> Callable[[Handler], Handler]:
        """Declare an operation that makes or does something; 201 unless ``status`` or a None answer says otherwise."""
        return self._declare("POST", path, summary, **more)

    def put(self, path: str, summary: str, **more: Any) -> Callable[[Handler], Handler]:
        """Declare an operation that sets something whole."""
        return self._declare("PUT", path, summary, **more)

    def patch(self, path: str, summary: str, **more: Any) -> Callable[[Handler], Handler]:
        """Declare an operation that changes the members it is given."""
        return self._declare("PATCH", path, summary, **more)

    def delete(self, path: str, summary: str, **more: Any) -> Callable[[Handler], Handler]:
        """Declare an operation that takes something back."""
        return self._declare("DELETE", path, summary, **more)

    def _declare(
        self,
        method: str,
        path: str,
        summary: str,
        *,
        roles: tuple[Role, ...] = (),
        status: int | None = None,
        statuses: tuple[int, ...] = (),
        projects: bool = False,
        if_match: bool = False,
        etag: bool = False,
        own_units: bool = False,
    ) -> Callable[[Handler], Handler]:
        if set(roles) - set(ROLES):
            raise DeclarationError(f"{method} {path}: unknown role")

        def keep(handler: Handler) -> Handler:
            hints = get_type_hints(handler)
            answer = hints.pop("return", None)
            answer = None if answer is type(None) else answer
            variables = {name: hints.get(name, str) for name in _VARIABLE.findall(path)}
            if set(variables.values()) - set(_KINDS):
                raise DeclarationError(f"{method} {path}: a variable is neither a UUID nor a whole number")
            act = "read" if method == "GET" else "write"
            self.operations.append(
                Operation(
                    name=handler.__name__,
                    method=method,
                    path=path,
                    summary=summary,
                    description=" ".join((handler.__doc__ or "").split()),
                    tag=self.tag,
                    scope=f"{self.area}:{act}" if self.area else None,
                    roles=roles,
                    handler=handler,
                    query=hints.get("query"),
                    body=hints.get("body"),
                    answer=answer,
                    status=204 if answer is None else status or (201 if method == "POST" else 200),
                    statuses=statuses,
                    variables=variables,
                    projects=projects,
                    if_match=if_match,
                    etag=etag or if_match,
                    own_units=own_units,
                )
            )
            return handler

        return keep

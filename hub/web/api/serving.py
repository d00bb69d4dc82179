"""From an operation to a Flask view: token, scope, roles, validation, one unit of work, the answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import orjson
from flask import Blueprint, Response, request
from pydantic import BaseModel

from hub.services import api_tokens
from hub.services.api_tokens import Bearer
from hub.services.projection import project_dirty
from hub.web.access import TOKEN, access
from hub.web.api import problems
from hub.web.api.faults import LARGEST_BODY, Refused, body_of, query_of
from hub.web.api.operation import LARGEST_KEY, Call, Operation
from hub.web.context import here

REALM = 'Bearer realm="hub"'
PROJECT_AT_ONCE = 25
"""Enrolments whose progress is computed before the answer; the worker computes the others."""
_ETAG = re.compile(r'\s*(?:W/)?"([^"]*)"\s*')


def add(blueprint: Blueprint, operation: Operation) -> None:
    """Serve an operation."""
    view = access(TOKEN)(_view(operation))
    blueprint.add_url_rule(
        operation.rule, operation.name, view, methods=[operation.method], provide_automatic_options=False
    )


def _view(operation: Operation) -> Callable[..., Response]:
    def view(**variables: Any) -> Response:
        try:
            return _serve(operation, variables)
        except Exception as error:
            return problems.answer(error)

    return view


def _serve(operation: Operation, variables: dict[str, Any]) -> Response:
    bearer = _bearer()
    _admit(operation, bearer)
    if any(isinstance(value, int) and value > LARGEST_KEY for value in variables.values()):
        raise Refused(404, "not_found")
    given = _given(operation)
    where = here()
    call = Call(
        None,
        bearer,
        where.now,
        where.tenant,
        where.vault,
        where.installation.config,
        where.record.name,
        if_match=_if_match(operation),
    )
    unit = where.tenant.read if operation.reads else where.tenant.write
    with nullcontext() if operation.own_units else unit() as call.session:
        found = operation.handler(call, **variables, **given)
    if operation.projects:
        project_dirty(where.tenant, at_most=PROJECT_AT_ONCE)
    return _answer(operation, call, found)


def _bearer() -> Bearer:
    """Whoever calls. Raises Refused 401 (RFC 6750 section 3). The use is noted in a unit of its own, each minute."""
    kind, _blank, text = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not text.strip():
        raise Refused(401, "token_missing", headers={"WWW-Authenticate": REALM})
    where = here()
    with where.tenant.read() as session:
        bearer = api_tokens.authenticate(session, where.vault, text.strip(), where.now)
    if bearer is None:
        raise Refused(401, "token_not_valid", headers={"WWW-Authenticate": f'{REALM}, error="invalid_token"'})
    if bearer.due:
        with where.tenant.write() as session:
            api_tokens.touch(session, bearer.token_id, where.now)
    return bearer


def _admit(operation: Operation, bearer: Bearer) -> None:
    if operation.scope is not None and operation.scope not in bearer.scopes:
        challenge = f'{REALM}, error="insufficient_scope", scope="{operation.scope}"'
        raise Refused(403, "scope_missing", headers={"WWW-Authenticate": challenge}, scope=operation.scope)
    if operation.roles and not bearer.viewer.has(*operation.roles):
        raise Refused(403, "role_missing")


def _given(operation: Operation) -> dict[str, BaseModel]:
    found: dict[str, BaseModel] = {}
    arguments = request.args.to_dict(flat=False)
    if operation.query is not None:
        found["query"] = query_of(operation.query, arguments)
    if operation.body is not None:
        if (request.content_length or 0) > LARGEST_BODY:
            raise Refused(413, "body_too_large")
        found["body"] = body_of(operation.body, request.headers.get("Content-Type", ""), request.get_data())
    return found


def _if_match(operation: Operation) -> str | None:
    if not operation.if_match:
        return None
    found = _ETAG.fullmatch(request.headers.get("If-Match", ""))
    if found is None:
        raise Refused(428, "revision_missing")
    return found[1]


def _answer(operation: Operation, call: Call, found: Any) -> Response:
    headers = {"Cache-Control": "no-store", **call.headers}
    if call.etag is not None:
        headers["ETag"] = f'"{call.etag}"'
    if call.location is not None:
        headers["Location"] = call.location
    if operation.answer is None:
        return Response(status=204, headers=headers)
    content = orjson.dumps(found.model_dump(mode="json"))
    return Response(content, operation.status, headers, content_type="application/json")

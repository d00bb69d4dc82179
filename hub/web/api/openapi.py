"""The OpenAPI 3.1 document, from the operations and their pydantic models (whose JSON Schema 2020-12 it speaks)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from hub.services.api_tokens import AREAS
from hub.web.api.examples import example_of
from hub.web.api.operation import LARGEST_KEY, Operation
from hub.web.api.shapes import Problem
from hub.web.render import PROBLEM

BASE: Final = "/api/v1"
VERSION: Final = "1.0.0"
_REF: Final = "#/components/schemas/{model}"
_KINDS: Final[Mapping[str, dict[str, Any]]] = {
    "UUID": {"type": "string", "format": "uuid"},
    "int": {"type": "integer", "minimum": 0, "maximum": LARGEST_KEY},
}
_PROBLEMS: Final[Mapping[int, tuple[str, str]]] = {
    400: ("NotUnderstood", "The body is no JSON."),
    401: ("Unauthorised", "No token, or one that is unknown, revoked or too old."),
    403: ("Forbidden", "The token has not the scope, or its person not the role or reach."),
    404: ("NotFound", "It does not exist, or not for this person."),
    409: ("Conflict", "It contradicts what is there; `code` says how."),
    412: ("RevisionChanged", "Somebody else changed it since it was read."),
    413: ("TooLarge", "The body is too large."),
    415: ("UnsupportedMediaType", "The body is not announced as JSON."),
    422: ("Invalid", "Something sent does not fit; `errors` says where and why."),
    428: ("RevisionMissing", "The header If-Match is missing."),
    429: ("TooManyRequests", "Asked again too soon; see Retry-After."),
    503: ("Unavailable", "The place is busy or closed for the moment."),
}
_TAGS: Final[Mapping[str, str]] = {
    "me": "Whom the token acts for.",
    "people": "Persons, their roles, organisations.",
    "groups": "Groups (promotions), their members, and where each learner stands.",
    "paths": "Learning paths, their versions and documents.",
    "catalogue": "What the activities of a path can be tied to.",
    "learning": "Enrolments, journeys, evidence, trainers' words, work handed in, requests for help.",
    "sessions": "Meetings of a group and their rolls.",
    "platforms": "Partners' platforms, their readings, and the sources that send xAPI statements.",
    "administration": "Identities to link, deliveries, jobs, the journal.",
}
_DESCRIPTION: Final = (
    "Everything that the pages of the hub do. A token (made on the page of one's account) acts as its person: what a "
    "call may do is the overlap of the token's scopes and of that person's roles at that instant. Lists are paged by "
    "`cursor`, `limit` and `next`; instants are RFC 3339 in UTC; dates and times of day are local to the place; "
    "refusals are problem+json (RFC 9457) with a stable `code`, their words in the language of Accept-Language."
)


def document(operations: Sequence[Operation]) -> dict[str, Any]:
    """The document of these operations."""
    references, schemas = _schemas(operations)
    paths: dict[str, dict[str, Any]] = {}
    for one in operations:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, references, schemas)
    queries = {references[one.query, "validation"]["$ref"].rpartition("/")[2] for one in operations if one.query}
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "The hub's API",
            "version": VERSION,
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": BASE}],
        "tags": [{"name": name, "description": text} for name, text in _TAGS.items()],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": {name: schema for name, schema in schemas.items() if name not in queries},
            "responses": {name: _problem(status, text) for status, (name, text) in _PROBLEMS.items()},
            "securitySchemes": {"token": _token()},
        },
    }


def _token() -> dict[str, str]:
    scopes = ", ".join(f"`{area}:read`, `{area}:write`" for area in AREAS)
    return {"type": "http", "scheme": "bearer", "bearerFormat": "hub_…", "description": f"Scopes: {scopes}."}


Model = tuple[type[BaseModel], JsonSchemaMode]


def _schemas(operations: Iterable[Operation]) -> tuple[Mapping[Model, dict[str, Any]], dict[str, Any]]:
    models: list[Model] = [(Problem, "serialization")]
    for one in operations:
        models += [(model, "validation") for model in (one.body, one.query) if model is not None]
        models += [(one.answer, "serialization")] if one.answer is not None else []
    references, top = models_json_schema(list(dict.fromkeys(models)), ref_template=_REF)
    return {(model, mode): references[model, mode] for model, mode in models}, top["$defs"]


def _operation(one: Operation, references: Mapping[Model, Any], schemas: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": one.name,
        "tags": [one.tag],
        "summary": one.summary,
        "description": one.description,
        "security": [{"token": [one.scope] if one.scope else []}],
        "x-roles": list(one.roles),
        "responses": _responses(one, references, schemas),
    }
    parameters = [*_variables(one), *_query(one, references, schemas), *_headers(one)]
    if parameters:
        found["parameters"] = parameters
    if one.body is not None:
        found["requestBody"] = {
            "required": True,
            "content": {"application/json": _media(references[one.body, "validation"], schemas)},
        }
    return found


def _media(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> dict[str, Any]:
    return {"schema": schema, "example": example_of(schema, schemas)}


def _variables(one: Operation) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": _KINDS[kind.__name__],
         "example": example_of(_KINDS[kind.__name__], {}, name)}
        for name, kind in one.variables.items()
    ]  # fmt: skip


def _query(one: Operation, references: Mapping[Model, Any], schemas: Mapping[str, Any]) -> list[dict[str, Any]]:
    if one.query is None:
        return []
    schema = schemas[references[one.query, "validation"]["$ref"].rpartition("/")[2]]
    required = set(schema.get("required", ()))
    return [
        {
            "name": name,
            "in": "query",
            "required": name in required,
            "description": member.get("description", ""),
            "schema": _plain(member),
            "example": example_of(_plain(member), schemas, name),
        }
        for name, member in schema.get("properties", {}).items()
    ]


def _plain(member: Mapping[str, Any]) -> dict[str, Any]:
    """A parameter of the query is absent, never null."""
    choices = [choice for choice in member.get("anyOf", ()) if choice.get("type") != "null"]
    kept = {key: value for key, value in member.items() if key not in ("anyOf", "description", "title")}
    if len(choices) == 1:
        kept = {**choices[0], **{key: value for key, value in kept.items() if key != "default"}}
    return kept


def _headers(one: Operation) -> list[dict[str, Any]]:
    if not one.if_match:
        return []
    text = "The ETag of the revision that was read: nothing is written when it is not the present one."
    return [
        {"name": "If-Match", "in": "header", "required": True, "description": text,
         "schema": {"type": "string"}, "example": '"3"'}
    ]  # fmt: skip


def _responses(one: Operation, references: Mapping[Model, Any], schemas: Mapping[str, Any]) -> dict[str, Any]:
    done: dict[str, Any] = {"description": "Done." if one.answer is None else one.summary + "."}
    if one.answer is not None:
        done["content"] = {"application/json": _media(references[one.answer, "serialization"], schemas)}
    if one.etag:
        done["headers"] = {"ETag": {"description": "The revision.", "schema": {"type": "string"}}}
    refusals = {401, 403, 503, *one.statuses}
    refusals |= {404} if one.variables else set()
    refusals |= {400, 413, 415, 422} if one.body is not None else set()
    refusals |= {422} if one.query is not None else set()
    refusals |= {412, 428} if one.if_match else set()
    return {
        str(one.status): done,
        **{str(status): {"$ref": f"#/components/responses/{_PROBLEMS[status][0]}"} for status in sorted(refusals)},
    }


def _problem(status: int, text: str) -> dict[str, Any]:
    code = _PROBLEMS[status][0].lower()
    example: dict[str, Any] = {
        "type": f"urn:hub:problem:{code}",
        "status": status,
        "code": code,
        "title": text,
    }
    if status == 422:
        example["errors"] = [{"pointer": "#/given_name", "code": "required", "detail": "To be filled in."}]
    schema = {"$ref": _REF.format(model="Problem")}
    return {"description": text, "content": {PROBLEM: {"schema": schema, "example": example}}}

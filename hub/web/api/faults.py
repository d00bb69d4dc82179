"""Reading what a call sends, and saying where it is at fault: pydantic's findings as JSON pointers and stable codes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from hub.texts import gettext
from hub.web.api.words import FAULTS
from hub.web.error_words import FIELD_FAULTS

LARGEST_BODY = 2_000_000
"""Bytes of a body; the largest is the document of a path."""
DEEPEST = 64
_CODES = {
    "missing": "required",
    "string_too_short": "too_short",
    "string_too_long": "too_long",
    "too_long": "too_long",
    "too_short": "too_short",
    "extra_forbidden": "unknown_member",
    "enum": "unknown",
    "literal_error": "unknown",
    "union_tag_invalid": "unknown",
    "union_tag_not_found": "required",
    "greater_than_equal": "out_of_range",
    "less_than_equal": "out_of_range",
    "greater_than": "out_of_range",
    "less_than": "out_of_range",
    "finite_number": "out_of_range",
    "uuid_parsing": "not_an_id",
    "uuid_type": "not_an_id",
    "is_instance_of": "wrong_type",
}


class Refused(Exception):
    """A call that is refused before its handler: ``status``, stable ``code``, and faults where there are any."""

    def __init__(
        self,
        status: int,
        code: str,
        errors: Iterable[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        **details: Any,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.errors = [dict(one) for one in errors]
        self.headers = dict(headers or {})
        self.details = details


def pointer(parts: Iterable[str | int]) -> str:
    """A JSON Pointer as a URI fragment's content (RFC 6901 section 3, with the leading ``#`` of RFC 9457's example)."""
    return "#" + "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def words(code: str) -> str:
    """The sentence of a fault in the reader's language."""
    known = FAULTS.get(code) or FIELD_FAULTS.get(code) or FIELD_FAULTS["incorrect"]
    return gettext(known)


def fault(code: str, *, at: str | None = None, parameter: str | None = None) -> dict[str, str]:
    """One member of ``errors``."""
    place = {"pointer": at} if at is not None else {"parameter": parameter or ""}
    return {**place, "code": code, "detail": words(code)}


def body_of(model: type[BaseModel], content_type: str, data: bytes) -> BaseModel:
    """The body of a call. Raises Refused: 415, 413, 400 (no JSON), 422 with the pointers of its faults."""
    if content_type.partition(";")[0].strip().lower() not in ("application/json", "application/merge-patch+json"):
        raise Refused(415, "unsupported_media_type")
    if len(data) > LARGEST_BODY:
        raise Refused(413, "body_too_large")
    try:
        # orjson is the strict reader: no NaN, no lone surrogates, nothing after the end.
        sent = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise Refused(400, "not_json") from None
    found = [fault("not_text", at=pointer(place)) for place in _unfit(sent, ())]
    if found:
        raise Refused(422, "invalid", found)
    try:
        return model.model_validate_json(data, strict=True)
    except ValidationError as error:
        raise Refused(422, "invalid", (_of(one, sent) for one in _found(error))) from None


def query_of(model: type[BaseModel], arguments: Mapping[str, Sequence[str]]) -> BaseModel:
    """The query parameters of a call, each at most once. Raises Refused 422."""
    faults = [fault("repeated", parameter=name) for name, given in arguments.items() if len(given) > 1]
    faults += [fault("not_text", parameter=name) for name, given in arguments.items() if "\0" in "".join(given)]
    if not faults:
        try:
            return model.model_validate({name: given[0] for name, given in arguments.items()})
        except ValidationError as error:
            faults = [fault(_code(one), parameter=str(one["loc"][0]) if one["loc"] else "") for one in _found(error)]
    raise Refused(422, "invalid", faults)


def _found(error: ValidationError) -> list[ErrorDetails]:
    return error.errors(include_url=False, include_context=False, include_input=False)[:50]


def _code(one: ErrorDetails) -> str:
    kind = one["type"]
    if kind in _CODES:
        return _CODES[kind]
    if kind.startswith(("date", "time", "timezone")):
        return "not_a_date" if kind.startswith("date") else "not_a_time"
    return "wrong_type" if kind.endswith("_type") else "incorrect"


def _of(one: ErrorDetails, sent: Any) -> dict[str, str]:
    return fault(_code(one), at=pointer(_within(one["loc"], sent)))


def _within(places: tuple[str | int, ...], sent: Any) -> Iterator[str | int]:
    """The places of pydantic that are places of the document: tags of unions are none, a missing member is one."""
    for n, place in enumerate(places):
        listed = isinstance(sent, list) and isinstance(place, int) and place < len(sent)
        if listed or (isinstance(sent, dict) and place in sent):
            sent = sent[place]
        elif n + 1 < len(places) or not isinstance(sent, dict):
            continue
        yield place


def _unfit(value: Any, place: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    """Where a text holds the null character, which no database keeps, or the nesting is beyond reason."""
    if len(place) > DEEPEST:
        yield place[:DEEPEST]
    elif isinstance(value, str):
        if "\0" in value:
            yield place
    elif isinstance(value, dict):
        for name, one in value.items():
            if "\0" in name:
                yield place
            yield from _unfit(one, (*place, name))
    elif isinstance(value, list):
        for n, one in enumerate(value):
            yield from _unfit(one, (*place, n))

"""What the models of all areas are made of: strict bodies, answers with UTC instants, pages, the problem document."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

Item = TypeVar("Item")


def _utc(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


Instant = Annotated[
    AwareDatetime,
    PlainSerializer(_utc, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""An instant, written as RFC 3339 in UTC (``2026-11-23T09:00:00.000000Z``)."""

_WALL = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?")


def _wall(value: object) -> object:
    if isinstance(value, str):
        if not _WALL.fullmatch(value):
            raise PydanticCustomError("time_parsing", "a time of day is HH:MM or HH:MM:SS")
        return time.fromisoformat(value)
    return value


LocalTime = Annotated[
    time,
    BeforeValidator(_wall),
    PlainSerializer(lambda value: value.strftime("%H:%M:%S"), return_type=str, when_used="json-unless-none"),
    WithJsonSchema({"type": "string", "pattern": f"^{_WALL.pattern}$", "examples": ["09:00:00"]}),
]
"""A local wall time, ``HH:MM:SS``; ``HH:MM`` is taken too."""

#: Text of one line and of several: bounded, so that no call fills the database.
Line = Annotated[str, Field(max_length=200)]
Prose = Annotated[str, Field(max_length=10_000)]
Why = Annotated[str, Field(min_length=1, max_length=2000, pattern=r"\S", description="The reason, for the journal.")]
Share = Annotated[float, Field(ge=0, le=1)]


class Body(BaseModel):
    """What a call sends: JSON types are not converted, unknown members are refused."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Query(BaseModel):
    """The query parameters of a call; unknown ones are refused, so that a misspelt filter is not lost in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Answer(BaseModel):
    """What a call answers; made from rows and dataclasses by attribute."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class Paged(Query):
    """A page of a list: at most ``limit`` items, from the ``next`` of the page before."""

    limit: int = Field(default=50, ge=1, le=200, description="Items of a page.")
    cursor: str = Field(default="", max_length=1000, description="The `next` of the page before.")


class Page(BaseModel, Generic[Item]):
    """A page of a list. ``next`` is the ``cursor`` of the following page, null on the last."""

    model_config = ConfigDict(frozen=True)
    items: list[Item]
    next: str | None = Field(default=None, description="The `cursor` of the following page; null on the last.")


class FieldFault(BaseModel):
    """One fault of what was sent: ``pointer`` (RFC 6901, from the body) or the name of a query ``parameter``."""

    pointer: str | None = Field(default=None, description="JSON Pointer to the faulty member of the body.")
    parameter: str | None = Field(default=None, description="The faulty query parameter or header.")
    code: str = Field(description="Stable code of the fault.")
    detail: str = Field(description="The fault in the reader's language.")


class Problem(BaseModel):
    """A refusal (RFC 9457). ``code`` is stable; ``title`` and ``detail`` are in the reader's language."""

    model_config = ConfigDict(extra="allow")
    type: str
    status: int
    code: str
    title: str
    detail: str | None = None
    errors: list[FieldFault] | None = None
    reference: str | None = Field(default=None, description="What the hub's log calls this failure (status 500).")


def _plain(value: Any) -> Any:
    return {str(name): one for name, one in value.items()} if isinstance(value, Mapping) else value


#: A JSON object whose members depend on a code beside it.
Details = Annotated[dict[str, Any], BeforeValidator(_plain)]

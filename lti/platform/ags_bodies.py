"""The JSON that tools send to Assignment and Grade Services 2.0, read tolerantly: numbers and identifiers in each
other's form (Moodle sends ``"15.00000"`` and ``2``), zones without a colon, unknown members."""

import json
import math
import re
from datetime import UTC, datetime
from typing import Annotated, Any, Final, NoReturn, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from lti.errors import Code, ServiceRefused
from lti.parameters import is_text
from lti.platform.gradebook import ActivityProgress, GradingProgress

MAX_BODY: Final = 65_536
MAX_POINTS: Final = 1e9
"""Points above this, or below its inverse, are refused, so that scaling can neither overflow nor lose a score."""

_DECIMAL = re.compile(r"[+-]?\d{1,30}(\.\d{1,30})?", re.ASCII)
# ISO 8601 extended date and time with a zone (AGS 2.0 wants a time zone designator).
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(:\d\d([.,]\d{1,12})?)?([Zz]|[+-]\d\d(:?\d\d)?)", re.ASCII)


def _to_number(value: object) -> object:
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("must be a number")
    return value


def _to_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _to_optional_text(value: object) -> object:
    return None if value == "" else _to_text(value)


def _to_instant(value: object) -> datetime:
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        raise ValueError("must be an instant of ISO 8601 with a time zone")
    try:
        return datetime.fromisoformat(value.upper().replace(",", ".")).astimezone(UTC)
    except OverflowError:
        raise ValueError("must be an instant that a calendar has") from None


_Number = Annotated[float, BeforeValidator(_to_number), Field(allow_inf_nan=False, le=MAX_POINTS)]
_Maximum = Annotated[_Number, Field(ge=1 / MAX_POINTS)]
_Text = Annotated[str, BeforeValidator(_to_text), Field(min_length=1, max_length=255)]
_OptionalText = Annotated[Annotated[str, Field(max_length=1024)] | None, BeforeValidator(_to_optional_text)]
_Instant = Annotated[datetime, BeforeValidator(_to_instant)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="allow", hide_input_in_errors=True)


class LineItemBody(_Body):
    """A line item (section on the line item service)."""

    label: Annotated[str, Field(min_length=1, max_length=1024, pattern=r"\S")]
    scoreMaximum: _Maximum
    resourceId: _OptionalText = None
    resourceLinkId: _OptionalText = None
    tag: _OptionalText = None
    startDateTime: _Instant | None = None
    endDateTime: _Instant | None = None
    gradesReleased: bool | None = None


class ScoreBody(_Body):
    """A score (section on the score service)."""

    userId: _Text
    activityProgress: ActivityProgress
    gradingProgress: GradingProgress
    timestamp: _Instant
    scoreGiven: Annotated[_Number, Field(ge=0)] | None = None
    scoreMaximum: _Maximum | None = None
    comment: str | None = Field(default=None, repr=False)
    scoringUserId: _OptionalText = None

    @model_validator(mode="after")
    def _has_a_denominator(self) -> "ScoreBody":
        if self.scoreGiven is not None and self.scoreMaximum is None:
            raise ValueError("scoreGiven needs scoreMaximum")
        return self


_BodyType = TypeVar("_BodyType", bound=_Body)


def read_body(model: type[_BodyType], body: bytes) -> _BodyType:
    """The body as ``model``. Raises ServiceRefused: BODY_TOO_LARGE, or BODY_INVALID with the member at fault."""
    if len(body) > MAX_BODY:
        raise ServiceRefused(Code.BODY_TOO_LARGE)
    try:
        content = json.loads(body, parse_constant=_refuse_constant, parse_float=_finite)
        _require_text(content)
        return model.model_validate(content)
    except ValidationError as error:
        place = error.errors(include_input=False, include_url=False)[0]["loc"]
        raise ServiceRefused(Code.BODY_INVALID, str(place[0]) if place else None) from None
    except (ValueError, RecursionError):
        raise ServiceRefused(Code.BODY_INVALID) from None


def unknown_members(body: _Body, *known: str) -> dict[str, Any]:
    """The members that the standard does not know, but for ``known`` ones that mean nothing here."""
    return {name: value for name, value in (body.model_extra or {}).items() if name not in known}


def _require_text(content: object) -> None:
    """Refuse texts that no database keeps, anywhere in the body, as unknown members are kept too."""
    if isinstance(content, str) and not is_text(content):
        raise ValueError
    if isinstance(content, dict):
        _require_text([*content, *content.values()])
    if isinstance(content, list):
        for part in content:
            _require_text(part)


def _refuse_constant(_: str) -> NoReturn:
    # NaN and Infinity are no JSON (RFC 8259 section 6), though Python reads them.
    raise ValueError


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError
    return value

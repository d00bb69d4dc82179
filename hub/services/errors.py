"""Errors of the use cases: one tree, stable codes, no HTTP numbers and no text for users (``hub.web.errors`` has
those).

ServiceError
├── NotFound            the thing asked for does not exist, or not for this viewer
├── Forbidden           the viewer may not do this
│   └── VoidForbidden   a source may void only its own statements
├── Conflict            it changed meanwhile, or contradicts what is there
│   └── StatementConflict   the id is taken by another statement
├── Invalid             the input does not fit; ``fields`` says where and why
└── TooManyRequests     asked again too soon; ``retry_at`` says when
"""

from __future__ import annotations

from datetime import datetime
from typing import Any


class ServiceError(Exception):
    """Root of the tree. ``details`` fill the text of ``code``; they hold no secret."""

    code = "service_error"

    def __init__(self, code: str | None = None, **details: Any) -> None:
        self.code = code or self.code
        self.details = details
        super().__init__(self.code)


class NotFound(ServiceError):
    """The thing asked for does not exist, or not for this viewer."""

    code = "not_found"


class Forbidden(ServiceError):
    """The viewer may not do this."""

    code = "forbidden"


class VoidForbidden(Forbidden):
    """A source may void only statements of its own authority."""

    code = "void_forbidden"

    def __init__(self, statement_id: str) -> None:
        super().__init__(statement_id=statement_id)


class Conflict(ServiceError):
    """It changed meanwhile, or contradicts what is there."""

    code = "conflict"


class StatementConflict(Conflict):
    """The id is taken by a statement of other content (xAPI 1.0.3 Part Three 2.1.1)."""

    code = "statement_conflict"

    def __init__(self, statement_id: str) -> None:
        super().__init__(statement_id=statement_id)


class Invalid(ServiceError):
    """The input does not fit. ``fields``: name of the field -> code of the fault."""

    code = "invalid"

    def __init__(self, fields: dict[str, str], code: str | None = None, **details: Any) -> None:
        self.fields = fields
        super().__init__(code, **details)


class TooManyRequests(ServiceError):
    """Asked again too soon."""

    code = "too_many_requests"

    def __init__(self, retry_at: datetime) -> None:
        self.retry_at = retry_at
        super().__init__(retry_at=retry_at)

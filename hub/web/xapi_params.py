"""The query parameters of the xAPI resources: each known, given once, of the right form; anything else is refused."""

import re
from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from flask import request

from content.xapi import formats
from content.xapi.canonical import ifi
from content.xapi.errors import Fault, StatementError
from content.xapi.explain_people import actor
from content.xapi.parse import load
from hub.web.xapi_errors import bad

LONGEST_NAME: Final = 1500
"""Bytes of a stateId or profileId: what an index of the database holds."""
_IRI = re.compile(formats.IRI)
_UUID = re.compile(formats.UUID)
_TIMESTAMP = re.compile(formats.TIMESTAMP_1_0)


class Parameters:
    """The parameters of this request; ``allowed`` are the names the resource knows. Raises Refusal with status 400."""

    def __init__(self, allowed: Collection[str], requirement: str) -> None:
        self._requirement = requirement
        for name, values in request.args.lists():
            if name not in allowed:
                raise bad(name[:100], requirement, "this resource has no such parameter", Fault.UNKNOWN_PROPERTY)
            if len(values) > 1:
                raise bad(name, requirement, "is given more than once", Fault.REPEATED_KEY)
            if "\x00" in values[0]:
                raise bad(name, requirement, "holds the character U+0000", Fault.ENCODING)

    def text(self, name: str, *, required: bool = False) -> str | None:
        """The parameter as it came; None where it is absent."""
        value = request.args.get(name)
        if value is None and required:
            raise bad(name, self._requirement, "is required", Fault.MISSING)
        return value

    def name(self, name: str, *, required: bool = False) -> str | None:
        """A stateId or profileId."""
        value = self.text(name, required=required)
        if value is not None and not 0 < len(value.encode("utf-8", "surrogatepass")) <= LONGEST_NAME:
            raise bad(name, self._requirement, f"must have 1 to {LONGEST_NAME} bytes", Fault.RANGE)
        return value

    def iri(self, name: str, *, required: bool = False) -> str | None:
        """An IRI."""
        return self._matching(name, _IRI, "must be an IRI with its scheme", required)

    def uuid(self, name: str) -> str | None:
        """A UUID in lower case."""
        value = self._matching(name, _UUID, "must be a UUID", required=False)
        return value.lower() if value else None

    def instant(self, name: str) -> datetime | None:
        """An instant, aware. A blank stands for the plus that some clients forget to encode."""
        value = self.text(name)
        if value is None:
            return None
        value = value.replace(" ", "+")
        try:
            if _TIMESTAMP.fullmatch(value):
                return formats.instant(value)
        except ValueError:
            pass
        raise bad(name, self._requirement, "must be an ISO 8601 instant with its offset", Fault.FORMAT)

    def flag(self, name: str) -> bool:
        """``true`` or ``false``, in any case, as clients of several languages write it; false where absent."""
        value = (self.text(name) or "false").lower()
        if value not in ("true", "false"):
            raise bad(name, self._requirement, "must be true or false", Fault.ENUMERATION)
        return value == "true"

    def whole(self, name: str) -> int:
        """A whole number from 0; 0 where absent."""
        value = self.text(name) or "0"
        if not re.fullmatch(r"[0-9]{1,18}", value):
            raise bad(name, self._requirement, "must be a whole number from 0", Fault.RANGE)
        return int(value)

    def choice(self, name: str, allowed: tuple[str, ...]) -> str:
        """One of some words; the first where absent."""
        value = self.text(name)
        if value is not None and value not in allowed:
            raise bad(name, self._requirement, f"must be one of {', '.join(allowed)}", Fault.ENUMERATION)
        return value or allowed[0]

    def agent(self, name: str = "agent", *, required: bool = False) -> dict[str, Any] | None:
        """An agent or identified group in JSON."""
        value = self.text(name, required=required)
        if value is None:
            return None
        try:
            found: Any = load(value.encode("utf-8", "surrogatepass"))
            actor(found, "$")
            identifier = ifi(found)
        except StatementError as error:
            raise bad(error.path.replace("$", name, 1), error.requirement, error.reason, error.code) from error
        except ValueError:
            reason = "an anonymous group has no identifier to look for"
            raise bad(name, self._requirement, reason, Fault.IDENTIFIER_COUNT) from None
        if "\x00" in identifier + str(found.get("name", "")):
            raise bad(name, self._requirement, "holds the character U+0000", Fault.ENCODING)
        return dict(found)

    def _matching(self, name: str, pattern: re.Pattern[str], reason: str, required: bool) -> str | None:
        value = self.text(name, required=required)
        if value is not None and not pattern.fullmatch(value):
            raise bad(name, self._requirement, reason, Fault.FORMAT)
        return value
